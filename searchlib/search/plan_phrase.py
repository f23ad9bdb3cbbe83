"""Phrases: words in order, each at most ``slop`` places after the one before.

All documents of a field are thought to stand end to end, so that an occurrence is one number,
its place, and "next to" is a difference of one. Posting lists come in the order of the places,
and finding neighbours is the intersection of two sorted arrays. A match that would reach over
the end of a document is dropped at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib.codec.text_field import PostingList
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet, within
from searchlib.search.plan_boolean import Docs, Floats, PlanNode
from searchlib.search.plan_leaves import TermNode

__all__ = ["PhraseNode", "common"]

_FEW = 16  # a word in so many times more documents than are left is not decoded whole


def _documents(places: Docs, starts: Docs) -> Docs:
    """The documents of some places (ascending), each once."""
    found = np.searchsorted(starts, places, "right") - 1
    return found[np.flatnonzero(np.diff(found, prepend=-1))]


def common(few: Docs, many: Docs) -> Docs:
    """The numbers that are in both; both are ascending and hold no number twice."""
    if len(few) * 6 < len(many):
        return few[within(many, few)]
    # Two sorted runs: the stable sort merges them in one pass, and equal numbers meet.
    merged = np.concatenate((few, many))
    merged.sort(kind="stable")
    twice: Docs = merged[1:][merged[1:] == merged[:-1]]
    return twice


class PhraseNode(PlanNode):
    """The documents with the phrase; the score is the sum of its words' scores."""

    def __init__(
        self,
        stats: CollectionStatistics,
        block: int,
        words: Sequence[TermNode],
        slop: int,
        boost: float,
    ) -> None:
        super().__init__(stats, block)
        self.words = words
        self.slop = slop
        self.boost = boost

    def size(self, segment: int) -> int:
        if segment in self._matches:
            return self.match(segment).count
        return min(word.size(segment) for word in self.words)

    def _match(self, segment: int) -> DocSet:
        size = self.documents(segment)
        lists = [word.lists[segment] for word in self.words]
        known = [found for found in lists if found is not None]
        if len(known) < len(lists):
            return DocSet(size, docs=np.empty(0, np.int64))
        if self.slop == 1:
            hits, reach = self._adjacent(known, segment), len(known)
        else:
            hits, reach = self._chain(known, self._with_all(segment)), 1
        starts = known[0].doc_starts
        found = np.searchsorted(starts, hits, "right") - 1
        hits = hits[hits + (reach - 1) < starts[found + 1]]
        return DocSet(size, docs=_documents(hits, starts))

    def _with_all(self, segment: int) -> Docs:
        """The documents that have all the words, in whatever order."""
        ordered = sorted(self.words, key=lambda word: word.size(segment))
        docs = ordered[0].match(segment).docs
        for word in ordered[1:]:
            docs = docs[word.contains(segment, docs)]
        return docs

    def _adjacent(self, lists: Sequence[PostingList], segment: int) -> Docs:
        """Where the first word of an exact phrase is, beginning with the rarest word.

        A word that is much commoner than what is left is decoded only in the documents of
        what is left.
        """
        order = sorted(range(len(lists)), key=lambda i: lists[i].occurrences)
        starts = lists[order[0]].global_positions - order[0]
        for i in order[1:]:
            if not len(starts):
                break
            there = None
            if len(starts) * _FEW < lists[i].occurrences:
                docs = _documents(starts, lists[i].doc_starts)
                if len(docs) * _FEW < lists[i].count:
                    with_word = docs[self.words[i].contains(segment, docs)]
                    there = lists[i].global_positions_in(with_word)
            starts = common(starts + i, lists[i].global_positions if there is None else there) - i
        return starts

    def _chain(self, lists: Sequence[PostingList], docs: Docs) -> Docs:
        """Where the last word of a loose phrase is."""
        bounds = lists[0].doc_starts
        ends = lists[0].global_positions_in(docs)
        for found in lists[1:]:
            there = found.global_positions_in(docs)
            if not len(ends):
                return ends
            before = np.searchsorted(ends, there) - 1
            near = ends[np.maximum(before, 0)]
            gap = there - near
            document = np.searchsorted(bounds, there, "right") - 1
            ok = (before >= 0) & (gap <= self.slop) & (near >= bounds[document])
            ends = there[ok]
        return ends

    def score(self, segment: int, docs: Docs, *, known: bool) -> Floats:
        if not known:
            mask = self.contains(segment, docs)
            made = np.zeros(len(docs))
            made[mask] = self.score(segment, docs[mask], known=True)
            return made
        total = self.words[0].score(segment, docs, known=True)
        for word in self.words[1:]:
            total = total + word.score(segment, docs, known=True)
        return total * self.boost if self.boost != 1.0 else total

    def bounds(self, segment: int) -> Floats:
        total = self.words[0].bounds(segment)
        for word in self.words[1:]:
            total = total + word.bounds(segment)
        return total * abs(self.boost)
