from typing import Self

import numpy as np
import numpy.typing as npt
from typing_extensions import disjoint_base

from searchlib.kernels.vocabulary import Vocabulary

CONSTANTS: int

_Int32 = npt.NDArray[np.int32]
_Int64 = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]

@disjoint_base
class Inverter:
    def __new__(cls, vocabulary: Vocabulary, parts: list[tuple[_Int32, _Int32]]) -> Self: ...
    def count_words(self) -> tuple[_Int64, _Int64]: ...
    def count_postings(self, terms: _Int32, forms: _Int32, size: int) -> tuple[_Int64, _Int64]: ...
    def postings(self, first: int, last: int) -> tuple[_Int32, _Int32, _Int32, _Int32]: ...

def ranks_of(text: _Bytes, starts: _Int64, ends: _Int64) -> _Int32: ...
def joined(text: _Bytes, starts: _Int64, ends: _Int64) -> bytes: ...
def listed(text: _Bytes, starts: _Int64, ends: _Int64) -> list[bytes]: ...
def consist_of(
    text: _Bytes, starts: _Int64, ends: _Int64, members: _Bytes
) -> npt.NDArray[np.bool_]: ...
