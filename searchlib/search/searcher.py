"""Runs queries on one snapshot: plan, best documents, counts. The rest of searchlib asks here.

How a query is answered: it is compiled (:mod:`.compile`) to a plan of nodes (:mod:`.nodes`,
:mod:`.phrase`); the plan says per segment which documents match; the best are found by blocks
(:mod:`.topk`) or a column's order (:mod:`.sort`), and matches are counted by :mod:`.facets`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

import numpy as np

from searchlib.index.index_reader import IndexReader
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet
from searchlib.search.facets import FacetRequest, Values, count_dates
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.planner import Fallback, Planner
from searchlib.search.sort import SortKey, ordered
from searchlib.search.top_k import Pruning, matches, top

__all__ = ["FacetRequest", "IndexSearcher", "SortKey", "TopDocs"]


class TopDocs(NamedTuple):
    """What a query found: the count of all, (segment, document, score) of the asked ones, and
    per facet the counts and how many documents have no value."""

    total: int
    best: list[tuple[int, int, float]]
    facets: dict[str, tuple[list[tuple[str, int]], int]]


class IndexSearcher:
    """Answers queries on a snapshot, which it does not own."""

    def __init__(
        self,
        snapshot: IndexReader,
        zone: tzinfo,
        *,
        block: int,
        fallback: Fallback,
        pruning: Pruning | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._zone = zone
        self._pruning = pruning or Pruning()
        self._values: dict[str, Values] = {}
        self.stats = CollectionStatistics(snapshot)
        self.compiler = Planner(snapshot, self.stats, block, fallback)

    def run(
        self, query: Any, limit: int, *, sort: SortKey | None = None,
        facets: Sequence[FacetRequest] = (),
    ) -> TopDocs:  # fmt: skip
        """The first ``limit`` documents of a ``whoosh.query`` tree, and counts."""
        self._snapshot.check_open()
        plan = self.compiler.plan(query)
        if not (facets or sort):
            total, best, _ = top(plan, self._snapshot, limit, self._pruning)
            return TopDocs(total, best, {})
        first = 0 if sort else limit
        total, best, found = top(plan, self._snapshot, first, self._pruning, sets=True)
        if sort:
            best = self._sorted(plan, found, limit, sort)
        return TopDocs(total, best, {f.text: self._count(f, found) for f in facets})

    def _count(
        self, spec: FacetRequest, sets: Sequence[DocSet]
    ) -> tuple[list[tuple[str, int]], int]:
        if spec.unit:
            return count_dates(spec, self._snapshot, sets, self._zone)
        values = self._values.get(spec.name)
        if values is None:
            values = self._values[spec.name] = Values(self._snapshot, spec.name)
        return values.count(sets)

    def documents(self, query: Any) -> Iterator[tuple[int, int]]:
        """(segment, document) of all live documents that match."""
        plan = self.compiler.plan(query)
        for segment in range(len(self._snapshot.segments)):
            for document in matches(plan, self._snapshot, segment).docs.tolist():
                yield segment, document

    def score(self, query: Any, segment: int, document: int) -> float | None:
        """The score of one document; None if it does not match."""
        plan = self.compiler.plan(query)
        docs = np.array([document])
        if not plan.contains(segment, docs)[0]:
            return None
        return float(plan.score(segment, docs, known=True)[0])

    def _sorted(
        self, plan: PlanNode, sets: Sequence[DocSet], limit: int, sort: SortKey
    ) -> list[tuple[int, int, float]]:
        docs = ordered(sort, self._snapshot, sets, limit).tolist()
        return [
            (segment, document, float(plan.score(segment, np.array([document]), known=True)[0]))
            for segment, document in map(self._split, docs)
        ]

    def _split(self, number: int) -> tuple[int, int]:
        starts = self._snapshot.doc_bases
        segment = len(starts) - 1
        while starts[segment] > number:
            segment -= 1
        return segment, number - starts[segment]
