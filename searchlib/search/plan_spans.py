"""Parts of a text near each other, often, or early: plans for :mod:`.queries`.

An occurrence of a part is a pair of numbers, the places of its first and its last word, with all
documents of a field thought to stand end to end (as in :mod:`.phrase`). Occurrences of two parts
are joined by searching one sorted array in the other. That two words are in one document is
checked where they are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from searchlib.codec.packed_ints import ranges
from searchlib.codec.text_field import PostingList
from searchlib.errors import QueryError
from searchlib.search.docset import DocSet, within
from searchlib.search.plan_boolean import Docs, Floats, PlanNode

__all__ = [
    "FilteredSpans",
    "NearSpans",
    "Occurrences",
    "OrSpans",
    "PhraseSpans",
    "SameUnitSpans",
    "Spans",
    "SpansNode",
]

_DOCS = 4096  # documents that are looked into at a time
_PAIRS = 1_000_000  # occurrences that may be held at a time: some 60 MB

#: Places of the first and of the last words, by the first.
Occurrences = tuple[Docs, Docs]
_NONE: Occurrences = (np.empty(0, np.int64), np.empty(0, np.int64))


class Spans:
    """A part of a text. ``node`` is a plan that finds at least the documents that have it, and
    scores them; ``starts`` says where each document of a segment begins."""

    def __init__(self, node: PlanNode, starts: Callable[[int], Docs | None]) -> None:
        self.node = node
        self.starts = starts

    def find(self, segment: int, docs: Docs) -> Occurrences:
        """The occurrences in these documents (ascending)."""
        raise NotImplementedError

    def documents(self, segment: int, docs: Docs) -> Docs:
        """Which of these documents have an occurrence: ascending."""
        first, _ = self.find(segment, docs)
        found: Docs = np.unique(self.owners(segment, first)) if len(first) else first
        return found

    def owners(self, segment: int, places: Docs) -> Docs:
        """The documents in which places are."""
        starts: Any = self.starts(segment)
        found: Docs = np.searchsorted(starts, places, "right") - 1
        return found


class PhraseSpans(Spans):
    """Words in a row, each at most ``slop`` places after the one before; each word is given as
    its posting lists in a segment (more than one for a pattern)."""

    def __init__(
        self, node: PlanNode, starts: Callable[[int], Docs | None],
        words: Sequence[Callable[[int], Sequence[PostingList]]], slop: int,
    ) -> None:  # fmt: skip
        super().__init__(node, starts)
        self._words = words
        self._slop = slop
        self._unions: dict[tuple[int, int], Docs] = {}

    def find(self, segment: int, docs: Docs) -> Occurrences:
        found: Occurrences | None = None
        for number, word in enumerate(self._words):
            lists = word(segment)
            if not lists:
                return _NONE
            one = _places(lists[0], docs) if len(lists) == 1 else self._any(number, segment, docs)
            step = (one, one)
            found = step if found is None else _after(self, segment, found, step, self._slop)
            if not len(found[0]):
                return _NONE
        assert found is not None
        return found

    def _any(self, number: int, segment: int, docs: Docs) -> Docs:
        """The places of any of the words of a pattern."""
        places = self._unions.get((number, segment))
        if places is None:
            lists = self._words[number](segment)
            places = np.concatenate([found.global_positions for found in lists]).astype(np.int64)
            places.sort()
            self._unions[number, segment] = places
        return places[within(docs, self.owners(segment, places))]


class OrSpans(Spans):
    """Any of several parts."""

    def __init__(self, node: PlanNode, parts: Sequence[Spans]) -> None:
        super().__init__(node, parts[0].starts)
        self._parts = parts

    def find(self, segment: int, docs: Docs) -> Occurrences:
        found = [part.find(segment, docs) for part in self._parts]
        return _distinct(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))


class NearSpans(Spans):
    """Two parts at most ``slop`` words apart, in the given order or in any."""

    def __init__(self, node: PlanNode, a: Spans, b: Spans, slop: int, *, ordered: bool) -> None:
        super().__init__(node, a.starts)
        self._a = a
        self._b = b
        self._slop = slop
        self._ordered = ordered

    def find(self, segment: int, docs: Docs) -> Occurrences:
        a = self._a.find(segment, docs)
        b = self._b.find(segment, docs)
        first, last = _after(self, segment, a, b, self._slop)
        if self._ordered:
            return first, last
        other, end = _after(self, segment, b, a, self._slop)
        return _distinct(np.concatenate((first, other)), np.concatenate((last, end)))

    def documents(self, segment: int, docs: Docs) -> Docs:
        # One neighbour is enough: the pairs, which may be very many, are not made.
        a = self._a.find(segment, docs)
        b = self._b.find(segment, docs)
        found = self._followed(segment, a, b)
        if not self._ordered:
            found = np.concatenate((found, self._followed(segment, b, a)))
        made: Docs = np.unique(found)
        return made

    def _followed(self, segment: int, a: Occurrences, b: Occurrences) -> Docs:
        """The documents in which a ``b`` comes soon enough after an ``a``."""
        if not len(a[0]) or not len(b[0]):
            return _NONE[0]
        low = np.searchsorted(b[0], a[1] + 1, "left")
        following = b[0][np.minimum(low, len(b[0]) - 1)]
        gap = following - a[1]
        near = (gap >= 1) & (gap <= self._slop)
        owners = self.owners(segment, a[0][near])
        made: Docs = owners[owners == self.owners(segment, following[near])]
        return made


class SameUnitSpans(Spans):
    """Two parts in one sentence or paragraph; ``units`` gives the places where those of some
    documents begin. An occurrence reaches from the first to the last word of all in it."""

    def __init__(
        self, node: PlanNode, a: Spans, b: Spans, units: Callable[[int, Docs, Docs], Docs]
    ) -> None:
        super().__init__(node, a.starts)
        self._a = a
        self._b = b
        self._units = units

    def find(self, segment: int, docs: Docs) -> Occurrences:
        a, b = self._a.find(segment, docs), self._b.find(segment, docs)
        if not len(a[0]) or not len(b[0]):
            return _NONE
        of_a, of_b = self.owners(segment, a[0]), self.owners(segment, b[0])
        owners = np.intersect1d(of_a, of_b)
        begins = self._units(segment, owners, np.asarray(self.starts(segment)))
        a = _whole(a, np.isin(of_a, owners), begins)
        b = _whole(b, np.isin(of_b, owners), begins)
        starts, ends = np.concatenate((a[0], b[0])), np.concatenate((a[1], b[1]))
        units = _numbers(starts, begins)
        kept = np.isin(units, np.intersect1d(units[: len(a[0])], units[len(a[0]) :]))
        starts, ends, units = starts[kept], ends[kept], units[kept]
        if not len(units):
            return _NONE
        order = np.lexsort((starts, units))
        starts, ends, units = starts[order], ends[order], units[order]
        heads = np.flatnonzero(np.diff(units, prepend=-1))
        return np.minimum.reduceat(starts, heads), np.maximum.reduceat(ends, heads)


class FilteredSpans(Spans):
    """The occurrences of a part in the documents that have ``least`` of them, within the first
    ``limit`` words where that is given."""

    def __init__(self, node: PlanNode, part: Spans, *, least: int = 1, limit: int = 0) -> None:
        super().__init__(node, part.starts)
        self._part = part
        self._least = least
        self._limit = limit

    def find(self, segment: int, docs: Docs) -> Occurrences:
        first, last = self._part.find(segment, docs)
        if self._limit and len(first):
            starts = np.asarray(self.starts(segment))
            kept = last - starts[self.owners(segment, last)] < self._limit
            first, last = first[kept], last[kept]
        if self._least > 1 and len(first):
            owners = self.owners(segment, first)
            heads = np.flatnonzero(np.diff(owners, prepend=-1))
            counts = np.diff(heads, append=len(owners))
            kept = np.repeat(counts >= self._least, counts)
            first, last = first[kept], last[kept]
        return first, last


class SpansNode(PlanNode):
    """The documents with an occurrence of a part, scored as its ``node`` scores them."""

    def __init__(self, part: Spans) -> None:
        super().__init__(part.node.stats, part.node.block)
        self._part = part

    def size(self, segment: int) -> int:
        known = self._matches.get(segment)
        return self._part.node.size(segment) if known is None else known.count

    def _match(self, segment: int) -> DocSet:
        docs = self._part.node.match(segment).docs
        found = []
        for at in range(0, len(docs), _DOCS):
            self.stats.clock.check()
            found.append(self._part.documents(segment, docs[at : at + _DOCS]))
        made = np.concatenate(found) if found else np.empty(0, np.int64)
        return DocSet(self.documents(segment), docs=made)

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        scores = self._part.node.score(segment, docs, known=known)
        return scores if known else np.where(self.contains(segment, docs), scores, 0.0)

    def bounds(self, segment: int) -> Floats:
        return self._part.node.bounds(segment)


def _places(found: PostingList, docs: Docs) -> Docs:
    """Where a word is in those of these documents that have it: int64, ascending."""
    mine = found.docs
    both = np.intersect1d(mine, docs, assume_unique=True)
    if len(both) == len(mine):
        return found.global_positions.astype(np.int64)
    return found.global_positions_in(both).astype(np.int64)


def _after(part: Spans, segment: int, a: Occurrences, b: Occurrences, slop: int) -> Occurrences:
    """Each ``b`` with each ``a`` that ends at most ``slop`` words before it."""
    if not len(a[0]) or not len(b[0]):
        return _NONE
    low = np.searchsorted(b[0], a[1] + 1, "left")
    counts = np.searchsorted(b[0], a[1] + slop, "right") - low
    total = int(counts.sum())
    if total > _PAIRS:
        raise QueryError(
            "too-many-words", (0, 0), f"these words are near each other {total:,} times",
            "use rarer words or a smaller distance",
        )  # fmt: skip
    if not total:
        return _NONE
    left = np.repeat(np.arange(len(low)), counts)
    right = ranges(low, counts)
    first, last = a[0][left], b[1][right]
    kept = part.owners(segment, first) == part.owners(segment, last)
    return _distinct(first[kept], last[kept])


def _distinct(first: Docs, last: Docs) -> Occurrences:
    """The occurrences in order, each once."""
    order = np.lexsort((last, first))
    first, last = first[order], last[order]
    kept = np.ones(len(first), bool)
    kept[1:] = (first[1:] != first[:-1]) | (last[1:] != last[:-1])
    return first[kept], last[kept]


def _whole(found: Occurrences, kept: Docs, begins: Docs) -> Occurrences:
    """Those of some occurrences that do not reach over the end of their unit."""
    first, last = found[0][kept], found[1][kept]
    inside = _numbers(first, begins) == _numbers(last, begins)
    return first[inside], last[inside]


def _numbers(places: Docs, begins: Docs) -> Docs:
    """The numbers of the units in which places are."""
    found: Docs = np.searchsorted(begins, places, "right") - 1
    return found
