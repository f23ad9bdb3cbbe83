from collections.abc import Callable
from typing import Any

from typing_extensions import disjoint_base

from searchlib.kernels.constants import ValueCheck

CONSTANTS: int

def is_clean_ascii(text: object) -> bool: ...
def canonical_json(row: dict[str, Any]) -> bytes | None: ...
def instants(dates: list[str | None], offset: int) -> list[int | None]: ...

@disjoint_base
class RowReader:
    def __init__(
        self,
        checks: dict[str, ValueCheck],
        key: str,
        max_key: int,
        stays: Callable[[str], bool] | None = ...,
    ) -> None: ...
    def __call__(self, record: dict[str, Any]) -> dict[str, Any] | None: ...
