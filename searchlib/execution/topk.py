"""The best documents of a plan, and how many there are: exact, and without scoring them all.

Documents are cut into blocks (:mod:`searchlib.storage.postings`). The blocks with the highest
bounds are scored first; then only those whose bound reaches the lowest score kept so far. Ties
go to the lower document number, as in Whoosh. See Mallia and others, 'Faster Learned Sparse
Retrieval with Block-Max Pruning', SIGIR 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.execution.docset import DocSet
from searchlib.execution.nodes import Node
from searchlib.storage.store import Snapshot

__all__ = ["Found", "Pruning", "matches", "top"]

Docs = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pruning:
    """When to prune: not below ``least`` matching documents; how many blocks come first."""

    least: int = 2048
    first: int = 32
    on: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """``total`` live matching documents; the best ones as numbers over all segments (int64),
    best first, and their scores (float64)."""

    total: int
    docs: Docs
    scores: Floats


def matches(plan: Node, snapshot: Snapshot, segment: int) -> DocSet:
    """The live documents of a segment that match."""
    found = plan.match(segment)
    live = snapshot.segments[segment].live
    if live is None:
        return found
    if found.is_few:
        return DocSet(found.size, docs=found.docs[live[found.docs]])
    return DocSet(found.size, mask=found.mask & live)


def top(plan: Node, snapshot: Snapshot, limit: int, pruning: Pruning) -> Found:
    """The ``limit`` best documents, and the exact count of all."""
    best = _Best(limit)
    total = 0
    for segment, start in enumerate(snapshot.starts):
        found = matches(plan, snapshot, segment)
        total += found.count
        if not found.count or not limit:
            continue
        if pruning.on and found.count >= pruning.least and limit * 4 < found.count:
            _prune(plan, segment, start, found, best, pruning)
        else:
            docs = found.docs
            best.add(docs + start, plan.score(segment, docs, known=True))
    return Found(total, best.docs, best.scores)


class _Best:
    """The best documents so far."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.docs: Docs = np.empty(0, np.int64)
        self.scores: Floats = np.empty(0)
        self.least = -np.inf  # what a document must reach to come in

    def add(self, docs: Docs, scores: Floats) -> None:
        if len(self.docs) == self._limit:
            keep = scores >= self.least
            docs, scores = docs[keep], scores[keep]
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
    plan: Node, segment: int, start: int, found: DocSet, best: _Best, pruning: Pruning
) -> None:
    bounds = plan.bounds(segment)
    size, block = found.size, plan.block
    first = min(pruning.first, len(bounds))
    chosen = np.argpartition(bounds, len(bounds) - first)[len(bounds) - first :]
    chosen = chosen[bounds[chosen] >= best.least]
    left = np.ones(len(bounds), bool)
    while len(chosen):
        docs = _in_blocks(found, np.sort(chosen), block, size)
        best.add(docs + start, plan.score(segment, docs, known=True))
        left[chosen] = False
        rest = np.flatnonzero(left & (bounds >= best.least))
        if len(rest) > 4 * len(chosen):
            # Many blocks may still hold a better one: again only the most promising.
            wanted = 4 * len(chosen)
            part = np.argpartition(bounds[rest], len(rest) - wanted)[len(rest) - wanted :]
            rest = rest[part]
        chosen = rest


def _in_blocks(found: DocSet, blocks: Docs, block: int, size: int) -> Docs:
    """The documents of a set that lie in these blocks, ascending."""
    if found.is_few:
        wanted = np.zeros(-(-size // block), bool)
        wanted[blocks] = True
        inside: Docs = found.docs[wanted[found.docs // block]]
        return inside
    numbers = (blocks[:, None] * block + np.arange(block)).ravel()
    if len(blocks) and blocks[-1] * block + block > size:
        numbers = numbers[numbers < size]
    kept: Docs = numbers[found.mask[numbers]]
    return kept
