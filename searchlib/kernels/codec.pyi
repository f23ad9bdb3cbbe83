from array import array
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from typing_extensions import disjoint_base

CONSTANTS: int

_UInt8 = npt.NDArray[np.uint8]
_UInt32 = npt.NDArray[np.uint32]
_UInt64 = npt.NDArray[np.uint64]
_Int32 = npt.NDArray[np.int32]
_Int64 = npt.NDArray[np.int64]

@disjoint_base
class Offsets:
    length: int
    def __new__(cls, heads: _UInt64, places: _UInt32, steps: _UInt8) -> Self: ...
    def at(self, index: int) -> int: ...
    def read_into(self, first: int, offsets: _Int64) -> None: ...
    def rises_to(self, end: int) -> bool: ...

@disjoint_base
class TermDictionary:
    length: int
    def __new__(cls, ends: Offsets, text: _UInt8, shifts: _Int32 | None) -> Self: ...
    def number(self, rank: int) -> int: ...
    def get(self, number: int) -> bytes: ...
    def as_text(self, number: int) -> str: ...
    def part(self, first: int, last: int) -> list[bytes]: ...
    def is_sorted(self, runs: _Int64 | None, distinct: bool) -> bool: ...
    def rank(self, term: bytes, low: int, high: int) -> int: ...
    def prefix_range(self, prefix: bytes) -> tuple[int, int]: ...

@disjoint_base
class FormOwners:
    def __new__(cls, forms: TermDictionary, first_forms: Offsets | None, uses: Offsets) -> Self: ...
    def find(self, surface: bytes) -> list[tuple[int, int, int]]: ...

@disjoint_base
class PositionMasks: ...

@disjoint_base
class PostingList:
    has_positions: bool
    nbytes: int
    on_growth: Callable[[], None] | None
    def __new__(
        cls,
        documents: int,
        docs: _Int32 | None,
        block_counts: _UInt8 | None,
        low: _UInt8 | None,
        block_max: _UInt8 | None,
        block: int,
        freqs: _UInt8,
        freq_start: int,
        freq_indexes: _UInt64,
        freq_values: _UInt32,
    ) -> Self: ...
    @property
    def count(self) -> int: ...
    def add_positions(
        self,
        low: _UInt8,
        high: _UInt8,
        start: int,
        indexes: _UInt64,
        values: _UInt32,
        form_width: int,
        forms: _UInt8 | None,
        form_start: int,
    ) -> None: ...
    def add_masks(self, form: int = -1) -> None: ...
    def add_bitsets(self, form: int = -1) -> None: ...

@disjoint_base
class Section:
    length: int
    def __new__(
        cls,
        data: _UInt8,
        item: int,
        start: int,
        page: int,
        verified: bytearray,
        verify: Callable[[int, int], None],
    ) -> Self: ...

@disjoint_base
class PostingLists:
    def __new__(
        cls,
        starts: Offsets,
        freqs: Section,
        freq_indexes: _UInt64,
        freq_values: _UInt32,
        docs: Section,
        high: Section | None,
        dense_terms: _UInt32,
        dense_starts: _UInt64,
        block_counts: Section,
        block_max: Section,
        low: Section,
        documents: int,
        block: int,
        dense_from: int,
    ) -> Self: ...
    def open(self, term: int) -> PostingList: ...

def are_unchanged(files: list[tuple[bytes, int, int, int, int]]) -> bool: ...
def count_values(
    bits: _UInt64, ranks: _UInt8, item: int, starts: _UInt32 | None, size: int
) -> array[int]: ...
def form_counts(forms: _Int32, freqs: _Int32, size: int) -> tuple[_UInt32, _UInt32]: ...
def are_postings(
    counts: _Int64,
    docs: _Int32,
    freqs: _Int32,
    occurrences: _Int64,
    positions: npt.NDArray[Any],
    lengths: _Int32,
    forms: _Int32,
    form_sizes: _Int64 | None,
    form_uses: _Int64 | None,
) -> bool: ...
def merge_postings(
    parts: list[tuple[_Int32, _Int32, _Int32, _Int32, _Int32]], terms: int
) -> tuple[_Int64, _Int64, _Int32, _Int32, _Int32, _Int32]: ...
def split_docs(
    counts: _Int64,
    docs: _Int32,
    freqs: _Int32,
    lengths: _Int64,
    dense_from: int,
    block: int,
    weight: float,
    average: float,
    k1: float,
    b: float,
    step: float,
) -> tuple[_Int32, _UInt8, _UInt8, _UInt8]: ...
def split_forms(tokens: _Int64, forms: _Int32, width_classes: _UInt8) -> list[npt.NDArray[Any]]: ...
