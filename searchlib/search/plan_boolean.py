"""The parts of a plan. Each answers, for one segment at a time:

- ``match``: which documents match (deleted ones may be among them),
- ``contains``: which of the given documents match,
- ``score``: the score of the given documents, 0 where they do not match,
- ``size``: about how many match, at most.

Scores are those of Whoosh's matchers: And and Or add, Not and Every give their weight.
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
    "ConstantScoreNode",
    "Docs",
    "Floats",
    "OrNode",
    "PlanNode",
    "UniformScoreNode",
]

Docs = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class PlanNode:
    """A part of a plan over the segments of ``stats``."""

    def __init__(self, stats: CollectionStatistics) -> None:
        self.stats = stats
        self._matches: dict[int, DocSet] = {}

    def documents(self, segment: int) -> int:
        """How many documents the segment has."""
        return self.stats.segments[segment].documents

    def match(self, segment: int) -> DocSet:
        """The documents of a segment that match, worked out once."""
        found = self._matches.get(segment)
        if found is None:
            self.stats.clock.check()
            found = self._matches[segment] = self._match(segment)
        return found

    def contains(self, segment: int, docs: Docs) -> Mask:
        """Which of these documents match."""
        return self.match(segment).contains(docs)

    def size(self, segment: int) -> int:
        """At most about how many documents match."""
        return self.match(segment).count

    def count(self, segment: int) -> int:
        """Exactly how many documents match."""
        return self.match(segment).count

    def all(self, segment: int) -> tuple[Docs, Floats]:
        """The documents that match, ascending, and their scores."""
        docs = self.match(segment).docs
        return docs, self.score(segment, docs, known=True)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        """The scores of these documents: float64; ``known`` says that all of them match."""
        raise NotImplementedError

    def _match(self, segment: int) -> DocSet:
        raise NotImplementedError


class _Compound(PlanNode):
    def __init__(
        self,
        stats: CollectionStatistics,
        children: Sequence[PlanNode],
        boost: float = 1.0,
    ) -> None:
        self.stats = stats
        self._matches: dict[int, DocSet] = {}
        self.children = children
        self.boost = boost

    def _sum(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        total = self.children[0].score(segment, docs, known=known)
        for child in self.children[1:]:
            total = total + child.score(segment, docs, known=known)
        return total * self.boost if self.boost != 1.0 else total


class AndNode(_Compound):
    """The documents that match all children; scores add."""

    def size(self, segment: int) -> int:
        return min(child.size(segment) for child in self.children)

    def _match(self, segment: int) -> DocSet:
        ordered = sorted(self.children, key=lambda child: child.size(segment))
        found = ordered[0].match(segment)
        for child in ordered[1:]:
            if not found.count:
                break
            if found.is_few:
                docs = found.docs
                found = DocSet(found.size, docs=docs[child.contains(segment, docs)])
            else:
                found = found.intersect(child.match(segment))
        return found

    def contains(self, segment: int, docs: Docs) -> Mask:
        if segment in self._matches:
            return self.match(segment).contains(docs)
        mask = self.children[0].contains(segment, docs)
        for child in self.children[1:]:
            mask = mask & child.contains(segment, docs)
        return mask

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if known:
            return self._sum(segment, docs, known=True)
        mask = self.contains(segment, docs)
        made = np.zeros(len(docs))
        made[mask] = self._sum(segment, docs[mask], known=True)
        return made


class OrNode(_Compound):
    """The documents that match any child; scores add."""

    def size(self, segment: int) -> int:
        return min(self.documents(segment), sum(child.size(segment) for child in self.children))

    def _match(self, segment: int) -> DocSet:
        parts = [child.match(segment) for child in self.children]
        few = [part for part in parts if part.is_few]
        many = [part.mask for part in parts if not part.is_few]
        if not many and sum(part.count for part in few) * 8 < self.documents(segment):
            docs = np.unique(np.concatenate([part.docs for part in few]))
            return DocSet(self.documents(segment), docs=docs)
        mask = many[0] | many[1] if len(many) > 1 else many[0].copy() if many else None
        if mask is None:
            mask = np.zeros(self.documents(segment), bool)
        for other in many[2:]:
            mask |= other
        for part in few:
            mask[part.docs] = True
        return DocSet(self.documents(segment), mask=mask)

    def contains(self, segment: int, docs: Docs) -> Mask:
        mask = self.children[0].contains(segment, docs)
        for child in self.children[1:]:
            mask = mask | child.contains(segment, docs)
        return mask

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return self._sum(segment, docs, known=False)


class AndNotNode(PlanNode):
    """The documents of ``yes`` that do not match ``no``."""

    def __init__(self, stats: CollectionStatistics, yes: PlanNode, no: PlanNode) -> None:
        super().__init__(stats)
        self.yes = yes
        self.no = no

    def size(self, segment: int) -> int:
        return self.yes.size(segment)

    def _match(self, segment: int) -> DocSet:
        yes = self.yes.match(segment)
        if yes.is_few:
            keep = ~self.no.contains(segment, yes.docs)
            return DocSet(yes.size, docs=yes.docs[keep])
        return yes.minus(self.no.match(segment))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.yes.contains(segment, docs) & ~self.no.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        scores = self.yes.score(segment, docs, known=known)
        return scores if known else np.where(self.no.contains(segment, docs), 0.0, scores)


class AndMaybeNode(PlanNode):
    """The documents of ``must``; those that match ``may`` too score higher."""

    def __init__(self, stats: CollectionStatistics, must: PlanNode, may: PlanNode) -> None:
        super().__init__(stats)
        self.must = must
        self.may = may

    def size(self, segment: int) -> int:
        return self.must.size(segment)

    def _match(self, segment: int) -> DocSet:
        return self.must.match(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.must.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        extra = self.may.score(segment, docs, known=False)
        scores = self.must.score(segment, docs, known=known)
        if not known:
            extra = np.where(self.must.contains(segment, docs), extra, 0.0)
        return scores + extra


class UniformScoreNode(PlanNode):
    """Documents of which each has the same score."""

    value: float

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if known:
            return np.full(len(docs), self.value)
        return np.where(self.contains(segment, docs), self.value, 0.0)


class ConstantScoreNode(UniformScoreNode):
    """The documents of a child, each with the same score."""

    def __init__(self, stats: CollectionStatistics, child: PlanNode, value: float) -> None:
        super().__init__(stats)
        self.child = child
        self.value = value

    def size(self, segment: int) -> int:
        return self.child.size(segment)

    def _match(self, segment: int) -> DocSet:
        return self.child.match(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self.child.contains(segment, docs)
