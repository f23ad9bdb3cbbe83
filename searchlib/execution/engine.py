"""Runs queries on one snapshot: plan, best documents, counts. The rest of searchlib asks here.

How a query is answered: it is compiled (:mod:`.compile`) to a plan of nodes (:mod:`.nodes`,
:mod:`.phrase`); the plan says per segment which documents match; the best are found by blocks
(:mod:`.topk`) or a column's order (:mod:`.sort`), and matches are counted by :mod:`.facets`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np

from searchlib.execution.compile import Compiler
from searchlib.execution.facets import FacetSpec, count
from searchlib.execution.nodes import Node
from searchlib.execution.scoring import Statistics
from searchlib.execution.sort import SortSpec, ordered
from searchlib.execution.topk import Found, Pruning, matches, top
from searchlib.storage.store import Snapshot

__all__ = ["Answer", "Engine", "FacetSpec", "SortSpec"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found: the count of all, (segment, document, score) of the asked ones, and
    per facet the counts and how many documents have no value."""

    total: int
    best: list[tuple[int, int, float]]
    facets: dict[str, tuple[list[tuple[str, int]], int]]


class Engine:
    """Answers queries on a snapshot, which it does not own."""

    def __init__(
        self, snapshot: Snapshot, zone: tzinfo, *, block: int, pruning: Pruning | None = None
    ) -> None:
        self._snapshot = snapshot
        self._zone = zone
        self._pruning = pruning or Pruning()
        self.stats = Statistics(snapshot)
        self.compiler = Compiler(snapshot, self.stats, block)

    def run(
        self, query: Any, limit: int, *, sort: SortSpec | None = None,
        facets: Sequence[FacetSpec] = (),
    ) -> Answer:  # fmt: skip
        """The first ``limit`` documents of a ``whoosh.query`` tree, and counts."""
        self._snapshot.check_open()
        plan = self.compiler.plan(query)
        if sort is None:
            found = top(plan, self._snapshot, limit, self._pruning)
        else:
            found = self._sorted(plan, limit, sort)
        counted = {}
        if facets:
            sets = [matches(plan, self._snapshot, s) for s in range(len(self._snapshot.segments))]
            counted = {f.text: count(f, self._snapshot, sets, self._zone) for f in facets}
        return Answer(found.total, self._place(found), counted)

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

    def _sorted(self, plan: Node, limit: int, sort: SortSpec) -> Found:
        sets = [matches(plan, self._snapshot, s) for s in range(len(self._snapshot.segments))]
        docs = ordered(sort, self._snapshot, sets, limit)
        scores = np.zeros(len(docs))
        for place, (segment, document) in enumerate(map(self._split, docs.tolist())):
            scores[place] = plan.score(segment, np.array([document]), known=True)[0]
        return Found(sum(found.count for found in sets), docs, scores)

    def _split(self, number: int) -> tuple[int, int]:
        starts = self._snapshot.starts
        segment = len(starts) - 1
        while starts[segment] > number:
            segment -= 1
        return segment, number - starts[segment]

    def _place(self, found: Found) -> list[tuple[int, int, float]]:
        pairs = zip(found.docs.tolist(), found.scores.tolist(), strict=True)
        return [(*self._split(number), score) for number, score in pairs]
