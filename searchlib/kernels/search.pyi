from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from typing_extensions import disjoint_base

from searchlib.kernels.codec import PostingList

CONSTANTS: int

_UInt32 = npt.NDArray[np.uint32]
_UInt64 = npt.NDArray[np.uint64]
_Int32 = npt.NDArray[np.int32]
_Int64 = npt.NDArray[np.int64]
_Float64 = npt.NDArray[np.float64]

@disjoint_base
class PlanNode: ...

def match_none(documents: int) -> PlanNode: ...
def match_all(documents: int, value: float) -> PlanNode: ...

@disjoint_base
class Bm25Weight:
    def __new__(
        cls,
        norms: _Float64,
        weight: float,
        factor: float,
        scale: float,
        max_saturated: _Float64,
        max_odds: _Float64,
        least_norm: float = ...,
    ) -> Self: ...

def term(posting_list: PostingList, form: int, weight: Bm25Weight) -> PlanNode: ...
def doc_list(documents: int, docs: _Int32, scores: _Float64 | None, value: float) -> PlanNode: ...
def doc_bitset(documents: int, bits: _UInt64, value: float) -> PlanNode: ...

@disjoint_base
class SortedValues:
    def __new__(
        cls, values: _Int64 | _Float64, ordered: _Int64 | _Float64, order: _UInt32
    ) -> Self: ...
    def find_range(
        self, low: float | None, high: float | None, low_exclusive: bool, high_exclusive: bool
    ) -> tuple[int, int] | None: ...
    def range_node(self, first: int, last: int, value: float) -> PlanNode: ...

def conjunction(children: list[PlanNode], boost: float) -> PlanNode: ...
def disjunction(children: list[PlanNode], boost: float) -> PlanNode: ...
def fields(terms: list[PlanNode]) -> PlanNode: ...
def count_any(posting_lists: list[PostingList]) -> int: ...
def near(child: PlanNode, a: PlanNode, b: PlanNode, slop: int, ordered: bool) -> PlanNode: ...
def same_unit(
    child: PlanNode,
    parts: list[PlanNode],
    doc_starts: _Int32,
    units: _UInt64,
) -> PlanNode: ...
def and_not(required: PlanNode, excluded: PlanNode) -> PlanNode: ...
def and_maybe(required: PlanNode, optional: PlanNode) -> PlanNode: ...
def constant_score(child: PlanNode, value: float) -> PlanNode: ...
def phrase(terms: list[PlanNode], boost: float) -> PlanNode: ...

@disjoint_base
class RankedDocs:  # what ``top_docs`` returns
    def __len__(self) -> int: ...
    def __getitem__(self, index: int | slice, /) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...

@disjoint_base
class TopCollector:
    def __new__(cls, limit: int) -> Self: ...
    def top_docs(self, doc_bases: list[int]) -> Sequence[tuple[int, int, float]]: ...

def best_of(
    plans: list[PlanNode],
    limit: int,
    doc_bases: list[int],
    lives: list[_UInt64 | None],
    prune: bool,
    check: Callable[[], None] | None,
) -> tuple[int, Sequence[tuple[int, int, float]]]: ...
def collect(
    plans: list[PlanNode],
    top: TopCollector,
    doc_bases: list[int],
    lives: list[_UInt64 | None],
    outs: list[_UInt64] | None,
    prune: bool,
    check: Callable[[], None] | None,
) -> int: ...
