"""The parts of a plan. Each answers, for one segment at a time:

- ``match``: which documents match (deleted ones may be among them),
- ``contains``: which of the given documents match,
- ``score``: the score of the given documents, 0 where they do not match,
- ``bounds``: for each block of documents a number that no score in the block exceeds (never
  below 0, so that bounds add up),
- ``size``: about how many match, at most.

Scores are those of Whoosh's matchers: And and Or add, Not and Every give their weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.execution.docset import DocSet, Mask, within
from searchlib.execution.scoring import Statistics
from searchlib.storage.postings import BOUND, K1
from searchlib.storage.text import PostingList

__all__ = ["All", "And", "AndMaybe", "AndNot", "Constant", "Given", "Node", "Nothing", "Or", "Term"]

Docs = npt.NDArray[Any]
_BITS = 8  # children whose matches fit into a byte a document
Floats = npt.NDArray[np.float64]


class Node:
    """A part of a plan over the segments of ``stats``; ``block`` documents make a block."""

    def __init__(self, stats: Statistics, block: int) -> None:
        self.stats = stats
        self.block = block
        self._matches: dict[int, DocSet] = {}

    def documents(self, segment: int) -> int:
        """How many documents the segment has."""
        return self.stats.segments[segment].documents

    def blocks(self, segment: int) -> int:
        """How many blocks they make."""
        return -(-self.documents(segment) // self.block)

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

    def inside(self, segment: int, blocks: Docs) -> tuple[Docs, Floats]:
        """The documents of these blocks (ascending) that match, and their scores."""
        docs = self.match(segment).inside(blocks, self.block)
        return docs, self.score(segment, docs, known=True)

    def reaching(self, segment: int, blocks: Docs, least: float) -> tuple[Docs, Floats]:
        """Like :meth:`inside`, but documents that cannot score ``least`` may be left out."""
        return self.inside(segment, blocks)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        """The scores of these documents: float64; ``known`` says that all of them match."""
        raise NotImplementedError

    def bounds(self, segment: int) -> Floats:
        """An upper bound of the scores in each block: float64."""
        raise NotImplementedError

    def _match(self, segment: int) -> DocSet:
        raise NotImplementedError


class Nothing(Node):
    """No document."""

    def _match(self, segment: int) -> DocSet:
        return DocSet(self.documents(segment), docs=np.empty(0, np.int64))

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return np.zeros(len(docs))

    def bounds(self, segment: int) -> Floats:
        return np.zeros(self.blocks(segment))


class Given(Node):
    """Documents and scores that are known already, or one score for all."""

    def __init__(
        self,
        stats: Statistics,
        block: int,
        sets: Sequence[DocSet],
        scores: float | Sequence[Floats],
    ) -> None:
        super().__init__(stats, block)
        self._sets = sets
        self._scores = scores

    def _match(self, segment: int) -> DocSet:
        return self._sets[segment]

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if isinstance(self._scores, (int, float)):
            if known:
                return np.full(len(docs), float(self._scores))
            return np.where(self.contains(segment, docs), float(self._scores), 0.0)
        mine = self._sets[segment].docs
        if not len(mine):
            return np.zeros(len(docs))
        at = np.minimum(np.searchsorted(mine, docs), len(mine) - 1)
        return np.where(mine[at] == docs, self._scores[segment][at], 0.0)

    def bounds(self, segment: int) -> Floats:
        if isinstance(self._scores, (int, float)):
            return np.full(self.blocks(segment), max(0.0, float(self._scores)))
        return _by_block(
            self._sets[segment].docs, self._scores[segment], self.block, self.blocks(segment)
        )


class All(Node):
    """Every document, each with the same score."""

    def __init__(self, stats: Statistics, block: int, value: float) -> None:
        super().__init__(stats, block)
        self._value = value

    def size(self, segment: int) -> int:
        return self.documents(segment)

    def _match(self, segment: int) -> DocSet:
        return DocSet(self.documents(segment), mask=np.ones(self.documents(segment), bool))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return np.ones(len(docs), bool)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return np.full(len(docs), self._value)

    def bounds(self, segment: int) -> Floats:
        return np.full(self.blocks(segment), max(0.0, self._value))


class Term(Node):
    """The documents with a word (stem, or one form) in a text field."""

    def __init__(
        self, stats: Statistics, block: int, name: str, lists: Sequence[PostingList | None],
        weight: float, boost: float,
    ) -> None:  # fmt: skip
        super().__init__(stats, block)
        self.name = name
        self.lists = lists
        self.weight = weight
        total = sum(found.count for found in lists if found is not None)
        self._factor = stats.idf(total) * (K1 + 1) * boost

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
            scale = abs(self._factor) / (K1 + 1) * BOUND * self.stats.slack(self.name, segment)
            return found.bounds * scale
        scores = self._of(segment, found.docs, found.freqs)
        return _by_block(found.docs, scores, self.block, self.blocks(segment))

    def _of(self, segment: int, docs: Docs, freqs: Docs) -> Floats:
        weights = freqs * self.weight
        made: Floats = weights + self.stats.norm(self.name, segment)[docs]
        np.divide(weights, made, out=made)
        made *= self._factor
        return made


class _Compound(Node):
    def __init__(
        self, stats: Statistics, block: int, children: Sequence[Node], boost: float = 1.0
    ) -> None:
        super().__init__(stats, block)
        self.children = children
        self._boost = boost

    def _sum(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        total = self.children[0].score(segment, docs, known=known)
        for child in self.children[1:]:
            total = total + child.score(segment, docs, known=known)
        return total * self._boost if self._boost != 1.0 else total

    def _sum_bounds(self, segment: int) -> Floats:
        total = self.children[0].bounds(segment)
        for child in self.children[1:]:
            total = total + child.bounds(segment)
        return total * abs(self._boost) if self._boost != 1.0 else total


class And(_Compound):
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

    def bounds(self, segment: int) -> Floats:
        return self._sum_bounds(segment)


class Or(_Compound):
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

    def reaching(self, segment: int, blocks: Docs, least: float) -> tuple[Docs, Floats]:
        count = len(self.children)
        if count > _BITS or self._boost <= 0:
            return self.inside(segment, blocks)
        # Which children a document matches is a number of so many bits; the children's highest
        # scores say of each number whether it can be enough. One table look-up a document.
        held = np.zeros(self.documents(segment), np.uint8)
        tops = []
        for bit, child in enumerate(self.children):
            found = child.match(segment)
            if found.is_few:
                held[found.docs] |= np.uint8(1 << bit)
            else:
                held |= found.mask.view(np.uint8) << np.uint8(bit)
            tops.append(float(child.bounds(segment).max()) * self._boost)
        enough = bytearray(256)
        for number in range(1, 1 << count):
            top = sum(top for bit, top in enumerate(tops) if number >> bit & 1)
            enough[number] = top * (1 + 1e-9) >= least
        able = np.frombuffer(held.tobytes().translate(enough), bool)
        docs = DocSet(len(able), mask=able).inside(blocks, self.block)
        return docs, self.score(segment, docs, known=True)

    def contains(self, segment: int, docs: Docs) -> Mask:
        mask = self.children[0].contains(segment, docs)
        for child in self.children[1:]:
            mask = mask | child.contains(segment, docs)
        return mask

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        return self._sum(segment, docs, known=False)

    def bounds(self, segment: int) -> Floats:
        return self._sum_bounds(segment)


class AndNot(Node):
    """The documents of ``yes`` that do not match ``no``."""

    def __init__(self, stats: Statistics, block: int, yes: Node, no: Node) -> None:
        super().__init__(stats, block)
        self._yes = yes
        self._no = no

    def size(self, segment: int) -> int:
        return self._yes.size(segment)

    def _match(self, segment: int) -> DocSet:
        yes = self._yes.match(segment)
        if yes.is_few:
            keep = ~self._no.contains(segment, yes.docs)
            return DocSet(yes.size, docs=yes.docs[keep])
        return yes.minus(self._no.match(segment))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self._yes.contains(segment, docs) & ~self._no.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        scores = self._yes.score(segment, docs, known=known)
        return scores if known else np.where(self._no.contains(segment, docs), 0.0, scores)

    def bounds(self, segment: int) -> Floats:
        return self._yes.bounds(segment)


class AndMaybe(Node):
    """The documents of ``must``; those that match ``may`` too score higher."""

    def __init__(self, stats: Statistics, block: int, must: Node, may: Node) -> None:
        super().__init__(stats, block)
        self._must = must
        self._may = may

    def size(self, segment: int) -> int:
        return self._must.size(segment)

    def _match(self, segment: int) -> DocSet:
        return self._must.match(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self._must.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        extra = self._may.score(segment, docs, known=False)
        scores = self._must.score(segment, docs, known=known)
        if not known:
            extra = np.where(self._must.contains(segment, docs), extra, 0.0)
        return scores + extra

    def bounds(self, segment: int) -> Floats:
        return self._must.bounds(segment) + self._may.bounds(segment)


class Constant(Node):
    """The documents of a child, each with the same score."""

    def __init__(self, stats: Statistics, block: int, child: Node, value: float) -> None:
        super().__init__(stats, block)
        self._child = child
        self._value = value

    def size(self, segment: int) -> int:
        return self._child.size(segment)

    def _match(self, segment: int) -> DocSet:
        return self._child.match(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self._child.contains(segment, docs)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if known:
            return np.full(len(docs), self._value)
        return np.where(self.contains(segment, docs), self._value, 0.0)

    def bounds(self, segment: int) -> Floats:
        return np.full(self.blocks(segment), max(0.0, self._value))


def _by_block(docs: Docs, scores: Floats, block: int, blocks: int) -> Floats:
    """The highest score in each block."""
    made = np.zeros(blocks)
    if len(docs):
        cells = docs // block
        first = np.flatnonzero(np.diff(cells, prepend=-1))
        made[cells[first]] = np.maximum.reduceat(scores, first)
    return made
