"""The leaves of a plan: see :mod:`.nodes` for what each part of a plan answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from searchlib import kernels
from searchlib.codec.doc_values import NumericDocValues
from searchlib.codec.postings import BOUND, K1
from searchlib.codec.text_field import PostingList
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet, Mask, within
from searchlib.search.plan_boolean import Docs, Floats, PlanNode, UniformScoreNode

__all__ = [
    "FixedDocsNode",
    "MatchAllNode",
    "MatchNoneNode",
    "RangeNode",
    "SortedDocValues",
    "TermNode",
]

_NONE = np.empty(0, np.int64)


class MatchNoneNode(PlanNode):
    """No document."""

    def _match(self, segment: int) -> DocSet:
        return DocSet(self.documents(segment), docs=np.empty(0, np.int64))

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return np.zeros(len(docs))

    def bounds(self, segment: int) -> Floats:
        return np.zeros(self.blocks(segment))


class FixedDocsNode(PlanNode):
    """Documents and scores that are known already, or one score for all."""

    def __init__(
        self,
        stats: CollectionStatistics,
        block: int,
        sets: Sequence[DocSet],
        scores: float | Sequence[Floats],
    ) -> None:
        super().__init__(stats, block)
        self.sets = sets
        self.scores = scores

    def _match(self, segment: int) -> DocSet:
        return self.sets[segment]

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if isinstance(self.scores, (int, float)):
            if known:
                return np.full(len(docs), float(self.scores))
            return np.where(self.contains(segment, docs), float(self.scores), 0.0)
        mine = self.sets[segment].docs
        if not len(mine):
            return np.zeros(len(docs))
        at = np.minimum(np.searchsorted(mine, docs), len(mine) - 1)
        return np.where(mine[at] == docs, self.scores[segment][at], 0.0)

    def bounds(self, segment: int) -> Floats:
        if isinstance(self.scores, (int, float)):
            return np.full(self.blocks(segment), abs(float(self.scores)))
        return _by_block(
            self.sets[segment].docs, self.scores[segment], self.block, self.blocks(segment)
        )


class SortedDocValues:
    """A column of dates or numbers of one segment, asked for ranges by every query."""

    __slots__ = ("column", "ready")

    def __init__(self, column: NumericDocValues) -> None:
        self.column = column
        #: Its form for the kernels.
        self.ready: kernels.search.SortedValues | None = None
        if kernels.available:
            order = column.order.astype(np.uint32, copy=False)
            self.ready = kernels.search.SortedValues(column.values, column.sorted(), order)

    def span(self, low: Any, high: Any, low_open: bool, high_open: bool) -> tuple[int, int]:
        """Where in ``column.order`` the documents of a range are, from and to."""
        if self.ready is not None:
            found = self.ready.find_range(low, high, low_open, high_open)
            if found is not None:
                return found
        return self.column.span(low, high, low_open=low_open, high_open=high_open)


class RangeNode(UniformScoreNode):
    """The documents whose date or number lies in a range, each with the same score."""

    def __init__(
        self, stats: CollectionStatistics, block: int, columns: Sequence[SortedDocValues | None],
        low: Any, high: Any, low_open: bool, high_open: bool, value: float,
    ) -> None:  # fmt: skip
        super().__init__(stats, block)
        self.value = value
        #: Per segment the column, and where in its order the range is, from and to.
        self.spans: list[tuple[SortedDocValues, int, int] | None] = []
        for column in columns:
            if column is None:
                self.spans.append(None)
            else:
                first, last = column.span(low, high, low_open, high_open)
                self.spans.append((column, first, last))

    def size(self, segment: int) -> int:
        span = self.spans[segment]
        return 0 if span is None else span[2] - span[1]

    def count(self, segment: int) -> int:
        return self.size(segment)

    def _match(self, segment: int) -> DocSet:
        span = self.spans[segment]
        docs = _NONE if span is None else span[0].column.order[span[1] : span[2]]
        return DocSet.of(self.documents(segment), docs)


class MatchAllNode(PlanNode):
    """Every document, each with the same score."""

    def __init__(self, stats: CollectionStatistics, block: int, value: float) -> None:
        super().__init__(stats, block)
        self.value = value

    def size(self, segment: int) -> int:
        return self.documents(segment)

    def _match(self, segment: int) -> DocSet:
        return DocSet(self.documents(segment), mask=np.ones(self.documents(segment), bool))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return np.ones(len(docs), bool)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return np.full(len(docs), self.value)

    def bounds(self, segment: int) -> Floats:
        return np.full(self.blocks(segment), abs(self.value))


class TermNode(PlanNode):
    """The documents with a word (stem, or one form) in a text field. It is kept for the next
    query, and so keeps nothing that grows with the archive."""

    def __init__(
        self, stats: CollectionStatistics, block: int, name: str,
        lists: Sequence[PostingList | None], weight: float, boost: float,
    ) -> None:  # fmt: skip
        super().__init__(stats, block)
        self.name = name
        self.lists = lists
        self.weight = weight
        total = sum(found.count for found in lists if found is not None)
        self.factor = stats.idf(total) * (K1 + 1) * boost
        #: Per segment what the kernels weigh with, once one of them did.
        self.how: list[kernels.search.Bm25Weight | None] = [None] * len(lists)

    def weighing(self, segment: int) -> tuple[Floats, float, float, float]:
        """The norms of a segment's documents, the field's weight, what the saturated frequency
        is multiplied with, and what a step of a bound is worth."""
        norms, slack = self.stats.norm(self.name, segment), self.stats.slack(self.name, segment)
        scale = abs(self.factor) / (K1 + 1) * BOUND * slack
        return norms, self.weight, self.factor, scale

    def match(self, segment: int) -> DocSet:
        self.stats.clock.check()
        return self._match(segment)

    def size(self, segment: int) -> int:
        found = self.lists[segment]
        return 0 if found is None else found.count

    def count(self, segment: int) -> int:
        return self.size(segment)

    def all(self, segment: int) -> tuple[Docs, Floats]:
        found = self.lists[segment]
        if found is None:
            return np.empty(0, np.int64), np.empty(0)
        docs = found.docs
        return docs, self._of(segment, docs, found.freqs)

    def inside(self, segment: int, blocks: Docs) -> tuple[Docs, Floats]:
        found = self.lists[segment]
        if found is None or not found.dense or found.form >= 0:
            return super().inside(segment, blocks)
        docs, freqs = found.inside(blocks)
        return docs, self._of(segment, docs, freqs)

    def _match(self, segment: int) -> DocSet:
        size, found = self.documents(segment), self.lists[segment]
        if found is None:
            return DocSet(size, docs=np.empty(0, np.int64))
        if found.dense:
            return DocSet(size, mask=found.plane(size) != 0)
        return DocSet(size, docs=found.docs)

    def contains(self, segment: int, docs: Docs) -> Mask:
        found = self.lists[segment]
        if found is None:
            return np.zeros(len(docs), bool)
        if found.dense:
            mask: Mask = found.plane(self.documents(segment))[docs] != 0
            return mask
        return within(found.docs, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        found = self.lists[segment]
        if found is None or not found.count:
            return np.zeros(len(docs))
        if found.dense:
            freqs = found.plane(self.documents(segment))[docs]
        else:
            mine = found.docs
            at = np.minimum(np.searchsorted(mine, docs), len(mine) - 1)
            freqs = found.freqs[at]
            if not known:
                freqs = np.where(mine[at] == docs, freqs, 0)
        return self._of(segment, docs, freqs)

    def bounds(self, segment: int) -> Floats:
        found = self.lists[segment]
        if found is None or not found.count:
            return np.zeros(self.blocks(segment))
        if found.dense:
            return found.bounds * self.weighing(segment)[3]
        scores = self._of(segment, found.docs, found.freqs)
        return _by_block(found.docs, scores, self.block, self.blocks(segment))

    def _of(self, segment: int, docs: Docs, freqs: Docs) -> Floats:
        weights = freqs * self.weight
        made: Floats = weights + self.stats.norm(self.name, segment)[docs]
        np.divide(weights, made, out=made)
        made *= self.factor
        return made


def _by_block(docs: Docs, scores: Floats, block: int, blocks: int) -> Floats:
    """The highest score in each block, whatever its sign."""
    made = np.zeros(blocks)
    if len(docs):
        cells = docs // block
        first = np.flatnonzero(np.diff(cells, prepend=-1))
        made[cells[first]] = np.maximum.reduceat(np.abs(scores), first)
    return made
