"""A word in several text fields, ranked as one: see :mod:`.bm25`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib import kernels
from searchlib.codec.joined_postings import Postings
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import Docs, Floats, OrNode
from searchlib.search.plan_leaves import ScorePart, TermNode, explain_terms

__all__ = ["FieldsNode", "document_frequency"]


class FieldsNode(OrNode):
    """The documents with a word in any of several fields, each with a term node of the same
    factor. Like term nodes it is kept for later queries, and caches nothing."""

    def __init__(self, stats: CollectionStatistics, terms: Sequence[TermNode]) -> None:
        super().__init__(stats, terms)
        self.terms = terms
        self.factor = terms[0].factor

    def match(self, segment: int) -> DocSet:
        return self._match(segment)

    def terms_in(self, segment: int) -> Sequence[TermNode]:
        """Those of its terms that a segment has."""
        return [term for term in self.terms if term.posting_lists[segment] is not None]

    def explain(self, segment: int, doc: int) -> list[ScorePart]:
        """What the score of a document that has the word is made of: it is the product."""
        return explain_terms(self.terms_in(segment), segment, doc)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        terms = self.terms_in(segment)
        if len(terms) < 2:
            one = (terms or self.terms)[0]
            return one.score(segment, docs, known_match=known_match)
        odds = terms[0].odds(segment, docs)
        for term in terms[1:]:
            odds = odds + term.odds(segment, docs)
        scores: Floats = odds / (1 + odds) * self.factor
        return scores


def document_frequency(posting_lists: Sequence[Sequence[Postings | None]]) -> int:
    """How many documents are in any of these lists, each of which is one by segment."""
    total = 0
    for in_fields in zip(*posting_lists, strict=True):
        lists = [postings for postings in in_fields if postings is not None]
        if len(lists) == 1:
            total += lists[0].count
        elif lists and kernels.available and all(p.form < 0 for p in lists):
            # The kernels' list of a single form is that of its whole term.
            total += kernels.search.count_any([postings.kernel_list() for postings in lists])
        elif lists:
            total += len(np.unique(np.concatenate([postings.docs for postings in lists])))
    return total
