"""What an archive holds, in numbers: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["FieldStats", "Stats"]


@dataclass(frozen=True)
class FieldStats:
    """A field: ``words`` of a text field, different ``values`` of a keyword field, and the
    lowest and highest value of dates (days, ISO 8601) and numbers.

    >>> FieldStats("words", "number", 0, 0, 1, 900).last
    900
    """

    name: str
    kind: str
    words: int
    values: int
    first: Any = None
    last: Any = None


@dataclass(frozen=True)
class Stats:
    """An archive: live ``articles``, ``deleted`` ones whose room is not given back yet,
    ``segments``, ``bytes`` on disk, and what each field holds.

    >>> Stats(2, 0, 1, 4096, 1, ()).articles
    2
    """

    articles: int
    deleted: int
    segments: int
    bytes: int
    generation: int
    fields: tuple[FieldStats, ...]
