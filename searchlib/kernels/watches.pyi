from typing import TypeVar

import numpy as np
import numpy.typing as npt

CONSTANTS: int

_Int32 = npt.NDArray[np.int32]
_Int64 = npt.NDArray[np.int64]
_Rows = npt.NDArray[np.uint64]
_Value = TypeVar("_Value")

def set_bits(
    forms: _Int32, starts: _Int32, bits_of: _Int32, firsts: _Int32, leaves: _Int32, rows: _Rows
) -> None: ...
def find_phrases(
    forms: _Int32,
    starts: _Int32,
    bits_of: _Int32,
    word_of_form: _Int32,
    roots: _Int32,
    firsts: _Int32,
    words: _Int32,
    children: _Int32,
    is_end: npt.NDArray[np.uint8],
) -> _Int32: ...
def positions(
    forms: _Int32, starts: _Int32, bits_of: _Int32, firsts: _Int32, sets: _Int32, count: int
) -> tuple[_Int64, _Int32]: ...
def near(
    joins: _Int32,
    ends: _Int64,
    places: _Int32,
    lengths: _Int32,
    bits_by_token: _Int32,
    rows: _Rows,
) -> None: ...
def same(
    joins: _Int32,
    ends: _Int64,
    places: _Int32,
    lengths: _Int32,
    bits_by_token: _Int32,
    units: _Int32,
    rows: _Rows,
) -> None: ...
def run_programs(codes: _Int32, starts: _Int64, rows: _Rows, out: _Rows) -> None: ...
def chosen(rows: _Rows, values: list[_Value]) -> list[tuple[_Value, ...]]: ...
