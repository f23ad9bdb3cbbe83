from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from searchlib.kernels.vocabulary import Vocabulary

CONSTANTS: int

_UInt8 = npt.NDArray[np.uint8]
_UInt16 = npt.NDArray[np.uint16]
_Int32 = npt.NDArray[np.int32]

def sketch(
    vocabulary: Vocabulary,
    parts: list[tuple[_Int32, _Int32]],
    word_hashes: npt.NDArray[np.uint64],
    has_digit: _UInt8,
) -> tuple[_UInt16, _UInt8, _UInt16, _UInt8]: ...
def read_hashes(
    low: _UInt8, high: _UInt8, documents: int, bits: int, low_bits: int
) -> tuple[npt.NDArray[np.int64], _UInt16] | None: ...
def sort_by_level(
    hashes: _UInt16, counts: npt.NDArray[np.int64], level_bits: _UInt8, lowest: _UInt8
) -> tuple[_UInt16, _UInt8] | Literal[False] | None: ...
def group(
    shingles: _UInt16,
    levels: _UInt8,
    names: _UInt16,
    name_counts: _UInt8,
    words: _Int32,
    titles: _UInt16,
    sources: npt.NDArray[np.uint64],
    authors: npt.NDArray[np.uint64],
    days: _Int32,
    rules: tuple[Any, ...],
) -> _Int32: ...
