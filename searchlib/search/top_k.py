"""The best documents of a plan, and how many there are: exact, and without scoring them all.

Documents are cut into blocks (:mod:`searchlib.codec.postings`). The blocks with the highest
bounds are scored first; then only those whose bound reaches the lowest score kept so far. Ties
go to the lower document number, as in Whoosh. See Mallia and others, 'Faster Learned Sparse
Retrieval with Block-Max Pruning', SIGIR 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.index.index_reader import IndexReader
from searchlib.search.docset import DocSet, Mask
from searchlib.search.kernel_plan import maker
from searchlib.search.plan_boolean import PlanNode

__all__ = ["Found", "Pruning", "matches", "top"]

Docs = npt.NDArray[Any]
_ROUNDS = 2  # of the most promising blocks, before all that are left
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pruning:
    """When to prune: not below ``least`` matching documents; how many blocks come first.
    ``native`` allows for the compiled kernels, which prune whenever ``on`` says so."""

    least: int = 8192
    first: int = 16
    on: bool = True
    native: bool = True


#: How many live documents match; segment, document and score of the best ones, best first; the
#: live matching ones by segment, if they were asked for.
Found = tuple[int, list[tuple[int, int, float]], list[DocSet]]


def matches(plan: PlanNode, snapshot: IndexReader, segment: int) -> DocSet:
    """The live documents of a segment that match."""
    found = plan.match(segment)
    live = snapshot.segments[segment].live
    if live is None:
        return found
    if found.is_few:
        return DocSet(found.size, docs=found.docs[live[found.docs]])
    return DocSet(found.size, mask=found.mask & live)


def top(
    plan: PlanNode, snapshot: IndexReader, limit: int, pruning: Pruning, *, sets: bool = False
) -> Found:
    """The ``limit`` best documents, and the exact count of all."""
    if pruning.native and kernels.available:
        run = _run(plan, snapshot, limit, pruning, sets)
        if run is not None:
            return run
    best = _Best(limit)
    total = 0
    for segment, start in enumerate(snapshot.starts):
        live = snapshot.segments[segment].live
        found = None if live is None else matches(plan, snapshot, segment)
        count = plan.count(segment) if found is None else found.count
        total += count
        if not count or not limit:
            continue
        if pruning.on and count >= pruning.least and limit * 4 < count:
            _prune(plan, segment, start, live, best, pruning)
        else:
            best.add(*plan.all(segment), live, start)
    segments = range(len(snapshot.segments)) if sets else ()
    found_sets = [matches(plan, snapshot, number) for number in segments]
    return total, best.places(snapshot.starts), found_sets


def _run(
    plan: PlanNode, snapshot: IndexReader, limit: int, pruning: Pruning, sets: bool
) -> Found | None:
    """The same by the compiled kernels; None if they have no form for the plan."""
    make = maker(plan)
    if make is None:
        return None
    best = kernels.search.TopCollector(limit)
    total, found = 0, []
    for number, segment in enumerate(snapshot.segments):
        plan.stats.clock.check()
        compiled = make(plan, number)
        if compiled is None:
            return None
        start = snapshot.starts[number]
        bits = np.zeros(-(-segment.documents // 64), np.uint64) if sets else None
        live = None if segment.live is None else segment.live_bits
        total += kernels.search.collect(compiled, best, start, live, bits, pruning.on)
        if bits is not None:
            found.append(DocSet(segment.documents, bits=bits))
    return total, best.top_docs(snapshot.starts), found


class _Best:
    """The best documents so far."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.docs: Docs = np.empty(0, np.int64)
        self.scores: Floats = np.empty(0)
        self.least = -np.inf  # what a document must reach to come in

    def places(self, starts: Sequence[int]) -> list[tuple[int, int, float]]:
        """(segment, document, score), best first."""
        segments = np.searchsorted(starts, self.docs, "right") - 1
        docs = self.docs - np.array(starts, np.int64)[segments] if len(starts) else self.docs
        return list(zip(segments.tolist(), docs.tolist(), self.scores.tolist(), strict=True))

    def add(self, docs: Docs, scores: Floats, live: Mask | None, start: int) -> None:
        """Consider documents of a segment whose numbers begin at ``start``."""
        if live is not None:
            keep = live[docs]
            docs, scores = docs[keep], scores[keep]
        if len(self.docs) == self._limit:
            keep = scores >= self.least
            docs, scores = docs[keep], scores[keep]
            if not len(docs):
                return
        docs = docs + start
        if len(self.docs):
            docs = np.concatenate((self.docs, docs))
            scores = np.concatenate((self.scores, scores))
        if len(docs) > 4 * self._limit:
            # All that reach the limit-th score, so that ties are settled by number.
            cut = np.partition(scores, len(scores) - self._limit)[len(scores) - self._limit]
            keep = scores >= cut
            docs, scores = docs[keep], scores[keep]
        order = np.lexsort((docs, -scores))[: self._limit]
        self.docs, self.scores = docs[order], scores[order]
        if len(order) == self._limit:
            self.least = float(self.scores[-1])


def _prune(
    plan: PlanNode, segment: int, start: int, live: Mask | None, best: _Best, pruning: Pruning
) -> None:
    bounds = plan.bounds(segment)
    left = bounds >= best.least
    wanted = pruning.first
    for _ in range(_ROUNDS):
        chosen = np.flatnonzero(left)
        if len(chosen) > 4 * wanted:
            # Many blocks may still hold a better one: only the most promising for now.
            part = np.argpartition(bounds[chosen], len(chosen) - wanted)[len(chosen) - wanted :]
            chosen = np.sort(chosen[part])
        if len(chosen):
            best.add(*plan.inside(segment, chosen), live, start)
        left[chosen] = False
        left &= bounds >= best.least
        wanted *= 4
    chosen = np.flatnonzero(left)
    if len(chosen):
        best.add(*plan.reaching(segment, chosen, best.least), live, start)
