"""Phrases: terms in order, each at most ``slop`` positions after the one before.

The documents of a field are put end to end, so that an occurrence is one number, its global
position, and "next to" is a difference of one. The positions of a posting list are ascending, and
adjacent terms are found by intersecting two sorted arrays. Matches that cross the end of a
document are dropped last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib.codec.joined_postings import Postings
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet, isin_sorted
from searchlib.search.plan_boolean import Docs, Floats, PlanNode
from searchlib.search.plan_leaves import TermNode

__all__ = ["PhraseNode", "intersect_sorted"]

# A term that has so many times more documents than candidates are left is decoded in these only.
_SPARSE = 16


def _docs_of(positions: Docs, doc_starts: Docs) -> Docs:
    """The documents of global positions (ascending), each once."""
    docs = np.searchsorted(doc_starts, positions, "right") - 1
    return docs[np.flatnonzero(np.diff(docs, prepend=-1))]


def intersect_sorted(fewer: Docs, more: Docs) -> Docs:
    """The numbers that are in both arrays, each of which is ascending without duplicates.

    >>> intersect_sorted(np.array([2, 5]), np.array([1, 2, 3])).tolist()
    [2]
    """
    if len(fewer) * 6 < len(more):
        return fewer[isin_sorted(fewer, more)]
    # Two sorted runs: the stable sort merges them in one pass, and equal numbers meet.
    merged = np.concatenate((fewer, more))
    merged.sort(kind="stable")
    common: Docs = merged[1:][merged[1:] == merged[:-1]]
    return common


class PhraseNode(PlanNode):
    """The documents with the phrase; the score is the sum of the scores of its terms."""

    def __init__(
        self, stats: CollectionStatistics, terms: Sequence[TermNode], slop: int, boost: float
    ) -> None:
        super().__init__(stats)
        self.terms = terms
        self.slop = slop
        self.boost = boost

    def cost(self, segment: int) -> int:
        if segment in self._matches:
            return self.match(segment).count
        return min(term.cost(segment) for term in self.terms)

    def _match(self, segment: int) -> DocSet:
        max_doc = self.max_doc(segment)
        posting_lists = []
        for term in self.terms:
            postings = term.posting_lists[segment]
            if postings is None:
                return DocSet.empty(max_doc)
            posting_lists.append(postings)
        if self.slop == 1:
            positions, length = self._exact(posting_lists, segment), len(posting_lists)
        else:
            positions, length = self._sloppy(posting_lists, self._with_all_terms(segment)), 1
        doc_starts = posting_lists[0].doc_starts
        docs = np.searchsorted(doc_starts, positions, "right") - 1
        positions = positions[positions + (length - 1) < doc_starts[docs + 1]]
        return DocSet(max_doc, docs=_docs_of(positions, doc_starts))

    def _with_all_terms(self, segment: int) -> Docs:
        """The documents that have all the terms, in whatever order."""
        by_cost = sorted(self.terms, key=lambda term: term.cost(segment))
        docs = by_cost[0].match(segment).docs
        for term in by_cost[1:]:
            docs = docs[term.contains(segment, docs)]
        return docs

    def _exact(self, posting_lists: Sequence[Postings], segment: int) -> Docs:
        """Where exact phrases begin (global positions), found from the rarest term on.

        A term that is much more frequent than the candidates that are left is decoded only in
        their documents.
        """
        by_frequency = sorted(range(len(posting_lists)), key=lambda i: posting_lists[i].occurrences)
        starts = posting_lists[by_frequency[0]].global_positions - by_frequency[0]
        for i in by_frequency[1:]:
            if not len(starts):
                break
            postings = posting_lists[i]
            positions = None
            if len(starts) * _SPARSE < postings.occurrences:
                docs = _docs_of(starts, postings.doc_starts)
                if len(docs) * _SPARSE < postings.count:
                    with_term = docs[self.terms[i].contains(segment, docs)]
                    positions = postings.global_positions_in(with_term)
            if positions is None:
                positions = postings.global_positions
            starts = intersect_sorted(starts + i, positions) - i
        return starts

    def _sloppy(self, posting_lists: Sequence[Postings], docs: Docs) -> Docs:
        """Where the last term of a phrase with slop is (global positions), in these documents."""
        doc_starts = posting_lists[0].doc_starts
        ends = posting_lists[0].global_positions_in(docs)
        for postings in posting_lists[1:]:
            positions = postings.global_positions_in(docs)
            if not len(ends):
                return ends
            row = np.searchsorted(ends, positions) - 1
            previous = ends[np.maximum(row, 0)]
            doc = np.searchsorted(doc_starts, positions, "right") - 1
            same_doc = previous >= doc_starts[doc]
            ends = positions[(row >= 0) & (positions - previous <= self.slop) & same_doc]
        return ends

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        if not known_match:
            mask = self.contains(segment, docs)
            scores = np.zeros(len(docs))
            scores[mask] = self.score(segment, docs[mask], known_match=True)
            return scores
        total = self.terms[0].score(segment, docs, known_match=True)
        for term in self.terms[1:]:
            total = total + term.score(segment, docs, known_match=True)
        return total * self.boost if self.boost != 1.0 else total
