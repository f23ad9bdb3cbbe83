"""Phrases: words in order, each at most ``slop`` places after the one before.

Candidates are the documents that have all words. Their positions become 64-bit numbers,
document above position, so that "next to" is a difference and finding it is one search in a
sorted array.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib.execution.docset import DocSet
from searchlib.execution.nodes import Docs, Floats, Node, Term
from searchlib.execution.scoring import Statistics
from searchlib.storage.postings import ranges
from searchlib.storage.text import PostingList

__all__ = ["Phrase", "places"]

_SHIFT = 32


def places(found: PostingList, docs: Docs) -> Docs:
    """Where a word is in these documents (ascending; all have it): int64, ascending, the place
    of the document in ``docs`` above the position."""
    at = np.searchsorted(found.docs, docs)
    ends, freqs = found.ends[at], found.freqs[at].astype(np.int64)
    positions = found.positions_at(ranges(ends - freqs, freqs)).astype(np.int64)
    return np.repeat(np.arange(len(docs), dtype=np.int64) << _SHIFT, freqs) + positions


class Phrase(Node):
    """The documents with the phrase; the score is the sum of its words' scores."""

    def __init__(
        self, stats: Statistics, block: int, words: Sequence[Term], slop: int, boost: float
    ) -> None:
        super().__init__(stats, block)
        self._words = words
        self._slop = slop
        self._boost = boost

    def size(self, segment: int) -> int:
        if segment in self._matches:
            return self.match(segment).count
        return min(word.size(segment) for word in self._words)

    def _match(self, segment: int) -> DocSet:
        size = self.documents(segment)
        lists = [word.lists[segment] for word in self._words]
        known = [found for found in lists if found is not None]
        if len(known) < len(lists):
            return DocSet(size, docs=np.empty(0, np.int64))
        ordered = sorted(self._words, key=lambda word: word.size(segment))
        docs = known[0].docs if len(known) == 1 else ordered[0].match(segment).docs
        for word in ordered[1:]:
            docs = docs[word.contains(segment, docs)]
        if not len(docs):
            return DocSet(size, docs=docs)
        ends = self._adjacent(known, docs) if self._slop == 1 else self._chain(known, docs)
        hits = ends >> _SHIFT
        return DocSet(size, docs=docs[hits[np.flatnonzero(np.diff(hits, prepend=-1))]])

    def _adjacent(self, lists: Sequence[PostingList], docs: Docs) -> Docs:
        """Where the first word of an exact phrase is, beginning with the rarest word."""
        order = sorted(range(len(lists)), key=lambda i: lists[i].occurrences)
        starts = places(lists[order[0]], docs) - order[0]
        for i in order[1:]:
            if not len(starts):
                break
            there = places(lists[i], docs)
            at = np.searchsorted(there, starts + i)
            at[at == len(there)] = 0
            starts = starts[there[at] == starts + i]
        return starts

    def _chain(self, lists: Sequence[PostingList], docs: Docs) -> Docs:
        """Where the last word of a loose phrase is."""
        ends = places(lists[0], docs)
        for found in lists[1:]:
            there = places(found, docs)
            before = np.searchsorted(ends, there) - 1
            near = ends[np.maximum(before, 0)] if len(ends) else there
            gap = there - near
            ends = there[(before >= 0) & (gap >= 1) & (gap <= self._slop)]
        return ends

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if not known:
            mask = self.contains(segment, docs)
            made = np.zeros(len(docs))
            made[mask] = self.score(segment, docs[mask], known=True)
            return made
        total = self._words[0].score(segment, docs, known=True)
        for word in self._words[1:]:
            total = total + word.score(segment, docs, known=True)
        return total * self._boost if self._boost != 1.0 else total

    def bounds(self, segment: int) -> Floats:
        total = self._words[0].bounds(segment)
        for word in self._words[1:]:
            total = total + word.bounds(segment)
        return total * abs(self._boost)
