"""Plan nodes: what each answers, and the nodes of the boolean queries.

A plan is a tree of nodes. Each answers, for one segment at a time:

- ``match``: which documents match (deleted ones may be among them),
- ``contains``: which of the given documents match,
- ``score``: the scores of the given documents, 0 where they do not match,
- ``cost``: an estimate of how many match, at most.

Scores are those of Whoosh's matchers: And and Or add, Not and Every give their boost. Expensive
checks (phrase adjacency, spans) are made with ``contains``, on documents that passed the cheap
ones (two-phase matching); that is why And begins with the child of the lowest cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet, Mask

__all__ = [
    "AndMaybeNode",
    "AndNode",
    "AndNotNode",
    "ConstantScoreBase",
    "ConstantScoreNode",
    "Docs",
    "Floats",
    "OrNode",
    "PlanNode",
]

Docs = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class PlanNode:
    """A part of a plan over the segments of ``stats``. Matches are computed once a segment."""

    def __init__(self, stats: CollectionStatistics) -> None:
        self.stats = stats
        self._matches: dict[int, DocSet] = {}
        #: Compiled forms of the plan, each with a node for every segment, that no search is using;
        #: None if they are not kept.
        self.compiled: list[list[Any]] | None = None

    def max_doc(self, segment: int) -> int:
        """How many documents the segment has, deleted ones included."""
        return self.stats.segments[segment].documents

    def match(self, segment: int) -> DocSet:
        """The documents of a segment that match. Checks the time budget."""
        matches = self._matches.get(segment)
        if matches is None:
            self.stats.budget.check()
            matches = self._matches[segment] = self._match(segment)
        return matches

    def contains(self, segment: int, docs: Docs) -> Mask:
        """Which of these documents match: a bool for each."""
        return self.match(segment).contains(docs)

    def cost(self, segment: int) -> int:
        """An estimate of how many documents match, at most."""
        return self.match(segment).count

    def count(self, segment: int) -> int:
        """Exactly how many documents match."""
        return self.match(segment).count

    def scored_matches(self, segment: int) -> tuple[Docs, Floats]:
        """The documents that match, ascending, and their scores."""
        docs = self.match(segment).docs
        return docs, self.score(segment, docs, known_match=True)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        """The scores of these documents: float64. With ``known_match`` the caller knows that all
        of them match, and nothing is checked."""
        raise NotImplementedError

    def _match(self, segment: int) -> DocSet:
        raise NotImplementedError


class _ChildrenNode(PlanNode):
    def __init__(
        self, stats: CollectionStatistics, children: Sequence[PlanNode], boost: float = 1.0
    ) -> None:
        super().__init__(stats)
        self.children = children
        self.boost = boost

    def _sum(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        total = self.children[0].score(segment, docs, known_match=known_match)
        for child in self.children[1:]:
            total = total + child.score(segment, docs, known_match=known_match)
        return total * self.boost if self.boost != 1.0 else total


class AndNode(_ChildrenNode):
    """The documents that match all children; scores add."""

    def cost(self, segment: int) -> int:
        return min(child.cost(segment) for child in self.children)

    def _match(self, segment: int) -> DocSet:
        by_cost = sorted(self.children, key=lambda child: child.cost(segment))
        matches = by_cost[0].match(segment)
        for child in by_cost[1:]:
            if not matches.count:
                break
            if matches.is_sparse:
                docs = matches.docs
                matches = DocSet(matches.max_doc, docs=docs[child.contains(segment, docs)])
            else:
                matches = matches.intersection(child.match(segment))
        return matches

    def contains(self, segment: int, docs: Docs) -> Mask:
        if segment in self._matches:
            return self.match(segment).contains(docs)
        mask = self.children[0].contains(segment, docs)
        for child in self.children[1:]:
            mask = mask & child.contains(segment, docs)
        return mask

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        if known_match:
            return self._sum(segment, docs, known_match=True)
        mask = self.contains(segment, docs)
        scores = np.zeros(len(docs))
        scores[mask] = self._sum(segment, docs[mask], known_match=True)
        return scores


class OrNode(_ChildrenNode):
    """The documents that match any child; scores add."""

    def cost(self, segment: int) -> int:
        return min(self.max_doc(segment), sum(child.cost(segment) for child in self.children))

    def _match(self, segment: int) -> DocSet:
        max_doc = self.max_doc(segment)
        matches = [child.match(segment) for child in self.children]
        sparse = [docs for docs in matches if docs.is_sparse]
        masks = [docs.mask for docs in matches if not docs.is_sparse]
        if not masks and sum(docs.count for docs in sparse) * 8 < max_doc:
            return DocSet(max_doc, docs=np.unique(np.concatenate([docs.docs for docs in sparse])))
        mask = np.zeros(max_doc, bool)
        for other in masks:
            mask |= other
        for docs in sparse:
            mask[docs.docs] = True
        return DocSet(max_doc, mask=mask)

    def contains(self, segment: int, docs: Docs) -> Mask:
        mask = self.children[0].contains(segment, docs)
        for child in self.children[1:]:
            mask = mask | child.contains(segment, docs)
        return mask

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        return self._sum(segment, docs, known_match=False)


class AndNotNode(PlanNode):
    """The documents of ``required`` that do not match ``excluded``."""

    def __init__(self, stats: CollectionStatistics, required: PlanNode, excluded: PlanNode) -> None:
        super().__init__(stats)
        self.required = required
        self.excluded = excluded

    def cost(self, segment: int) -> int:
        return self.required.cost(segment)

    def _match(self, segment: int) -> DocSet:
        matches = self.required.match(segment)
        if matches.is_sparse:
            docs = matches.docs
            return DocSet(matches.max_doc, docs=docs[~self.excluded.contains(segment, docs)])
        return matches.difference(self.excluded.match(segment))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.required.contains(segment, docs) & ~self.excluded.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        scores = self.required.score(segment, docs, known_match=known_match)
        if known_match:
            return scores
        return np.where(self.excluded.contains(segment, docs), 0.0, scores)


class AndMaybeNode(PlanNode):
    """The documents of ``required``; those that match ``optional`` too score higher."""

    def __init__(self, stats: CollectionStatistics, required: PlanNode, optional: PlanNode) -> None:
        super().__init__(stats)
        self.required = required
        self.optional = optional

    def cost(self, segment: int) -> int:
        return self.required.cost(segment)

    def match(self, segment: int) -> DocSet:
        return self.required.match(segment)  # which caches it, or does not

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.required.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        optional = self.optional.score(segment, docs, known_match=False)
        scores = self.required.score(segment, docs, known_match=known_match)
        if not known_match:
            optional = np.where(self.required.contains(segment, docs), optional, 0.0)
        return scores + optional


class ConstantScoreBase(PlanNode):
    """A node all of whose documents have the same score, ``value``."""

    value: float

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        if known_match:
            return np.full(len(docs), self.value)
        return np.where(self.contains(segment, docs), self.value, 0.0)


class ConstantScoreNode(ConstantScoreBase):
    """The documents of ``child``, with a constant score in place of theirs."""

    def __init__(self, stats: CollectionStatistics, child: PlanNode, value: float) -> None:
        super().__init__(stats)
        self.child = child
        self.value = value

    def cost(self, segment: int) -> int:
        return self.child.cost(segment)

    def _match(self, segment: int) -> DocSet:
        return self.child.match(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.child.contains(segment, docs)
