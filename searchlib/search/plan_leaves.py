"""The leaves of a plan: terms, ranges, fixed docs, all and none. See :mod:`.plan_boolean` for
what a plan node answers."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

import numpy as np

from searchlib import kernels
from searchlib.codec.doc_values import NumericDocValues
from searchlib.codec.joined_postings import Postings
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet, Mask, isin_sorted
from searchlib.search.plan_boolean import ConstantScoreBase, Docs, Floats, PlanNode

__all__ = [
    "FixedDocsNode",
    "MatchAllNode",
    "MatchNoneNode",
    "RangeNode",
    "ScorePart",
    "SortedDocValues",
    "TermNode",
    "explain_terms",
    "field_part",
    "word_parts",
]

# A part of a smaller factor may be a subnormal number, which can be below what it bounds.
_LEAST_FACTOR = 1e-280


class ScorePart(NamedTuple):
    """A number that a score is made of, and those that it is made of itself."""

    what: str
    value: float
    parts: tuple[ScorePart, ...] = ()


class MatchNoneNode(PlanNode):
    """No document."""

    def _match(self, segment: int) -> DocSet:
        return DocSet.empty(self.max_doc(segment))

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        return np.zeros(len(docs))


class FixedDocsNode(PlanNode):
    """Documents that are known before the plan runs, by segment. ``scores`` is one for all of
    them, or for each segment those of its documents in their order."""

    def __init__(
        self,
        stats: CollectionStatistics,
        doc_sets: Sequence[DocSet],
        scores: float | Sequence[Floats],
    ) -> None:
        super().__init__(stats)
        self.doc_sets = doc_sets
        self.scores = scores

    def _match(self, segment: int) -> DocSet:
        return self.doc_sets[segment]

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        if isinstance(self.scores, (int, float)):
            if known_match:
                return np.full(len(docs), float(self.scores))
            return np.where(self.contains(segment, docs), float(self.scores), 0.0)
        matches = self.doc_sets[segment].docs
        if not len(matches):
            return np.zeros(len(docs))
        rows = np.minimum(np.searchsorted(matches, docs), len(matches) - 1)
        return np.where(matches[rows] == docs, self.scores[segment][rows], 0.0)


class SortedDocValues:
    """The dates or numbers of one segment, with what a range query needs of them: made once and
    used by every query."""

    __slots__ = ("doc_values", "kernel_values")

    def __init__(self, doc_values: NumericDocValues) -> None:
        self.doc_values = doc_values
        #: The same for the kernels; None if these were not built.
        self.kernel_values: kernels.search.SortedValues | None = None
        if kernels.available:
            order = doc_values.order.astype(np.uint32, copy=False)
            self.kernel_values = kernels.search.SortedValues(
                doc_values.values, doc_values.sorted_values(), order
            )

    def ranks(
        self, low: Any, high: Any, low_exclusive: bool, high_exclusive: bool
    ) -> tuple[int, int]:
        """Where in ``doc_values.order`` the documents of a range begin and end."""
        if self.kernel_values is not None:
            ranks = self.kernel_values.find_range(low, high, low_exclusive, high_exclusive)
            if ranks is not None:
                return ranks
        return self.doc_values.order_range(
            low, high, low_exclusive=low_exclusive, high_exclusive=high_exclusive
        )


class RangeNode(ConstantScoreBase):
    """The documents whose date or number lies in a range (None is no limit), each with the same
    score. ``doc_values`` has those of each segment, None where it has none."""

    def __init__(
        self, stats: CollectionStatistics, doc_values: Sequence[SortedDocValues | None],
        low: Any, high: Any, low_exclusive: bool, high_exclusive: bool, value: float,
    ) -> None:  # fmt: skip
        super().__init__(stats)
        self.value = value
        #: For each segment the doc values, and where in their order the range begins and ends.
        self.ranges: list[tuple[SortedDocValues, int, int] | None] = [
            None
            if values is None
            else (values, *values.ranks(low, high, low_exclusive, high_exclusive))
            for values in doc_values
        ]

    def cost(self, segment: int) -> int:
        return self.count(segment)

    def count(self, segment: int) -> int:
        entry = self.ranges[segment]
        return 0 if entry is None else entry[2] - entry[1]

    def _match(self, segment: int) -> DocSet:
        entry = self.ranges[segment]
        if entry is None:
            return DocSet.empty(self.max_doc(segment))
        values, first, last = entry
        return DocSet.from_unsorted(self.max_doc(segment), values.doc_values.order[first:last])


class MatchAllNode(PlanNode):
    """Every document, each with the same score."""

    def __init__(self, stats: CollectionStatistics, value: float) -> None:
        super().__init__(stats)
        self.value = value

    def cost(self, segment: int) -> int:
        return self.max_doc(segment)

    def _match(self, segment: int) -> DocSet:
        max_doc = self.max_doc(segment)
        return DocSet(max_doc, mask=np.ones(max_doc, bool))

    def contains(self, segment: int, docs: Docs) -> Mask:
        return np.ones(len(docs), bool)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        return np.full(len(docs), self.value)


class TermNode(PlanNode):
    """The documents with a term (a stem, or one surface form) in a text field, or with any of
    several that count as one, scored by BM25F.

    ``posting_lists`` has the term's list in each segment, None where it does not occur. The
    planner keeps term nodes for later queries, so they cache nothing of the size of a segment."""

    def __init__(
        self, stats: CollectionStatistics, name: str,
        posting_lists: Sequence[Postings | None], field_weight: float, boost: float,
        frequency: int | None = None,
    ) -> None:  # fmt: skip
        """``frequency`` is the document frequency to score with, if it is not that of the lists."""
        super().__init__(stats)
        self.name = name
        self.posting_lists = posting_lists
        self.field_weight = field_weight
        self.boost = boost
        if frequency is None:
            frequency = sum(postings.count for postings in posting_lists if postings is not None)
        self.frequency = frequency
        #: What the saturated term frequency is multiplied by.
        self.factor = stats.idf(frequency) * (stats.k1 + 1) * boost
        #: For each segment the weighting of the kernels, once one of them needed it.
        self.kernel_weightings: list[Any] = [None] * len(posting_lists)

    def weighting(self, segment: int) -> tuple[Floats, float, float, float, Floats, Floats, float]:
        """What a score is made of: the norms of the segment's documents, the field's weight, and
        the factor; and what bounds it: the size of the factor, what block-max scores bound
        (:meth:`CollectionStatistics.bounds`), and what no norm is below."""
        norms = self.stats.norms(self.name, segment)
        size = abs(self.factor)
        if 0 < size < _LEAST_FACTOR:
            size = inf
        bounds = self.stats.bounds(self.name, segment)
        return norms, self.field_weight, self.factor, size, *bounds, self.stats.least_norm

    def match(self, segment: int) -> DocSet:
        self.stats.budget.check()
        return self._match(segment)

    def cost(self, segment: int) -> int:
        return self.count(segment)

    def count(self, segment: int) -> int:
        postings = self.posting_lists[segment]
        return 0 if postings is None else postings.count

    def scored_matches(self, segment: int) -> tuple[Docs, Floats]:
        postings = self.posting_lists[segment]
        if postings is None:
            return np.empty(0, np.int64), np.empty(0)
        docs = postings.docs
        return docs, self._scores(segment, docs, postings.freqs)

    def _match(self, segment: int) -> DocSet:
        max_doc, postings = self.max_doc(segment), self.posting_lists[segment]
        if postings is None:
            return DocSet.empty(max_doc)
        if postings.is_dense:
            return DocSet(max_doc, mask=postings.freqs_by_doc(max_doc) != 0)
        return DocSet(max_doc, docs=postings.docs)

    def contains(self, segment: int, docs: Docs) -> Mask:
        postings = self.posting_lists[segment]
        if postings is None:
            return np.zeros(len(docs), bool)
        if postings.is_dense:
            mask: Mask = postings.freqs_by_doc(self.max_doc(segment))[docs] != 0
            return mask
        return isin_sorted(docs, postings.docs)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        postings = self.posting_lists[segment]
        if postings is None or not postings.count:
            return np.zeros(len(docs))
        freqs = self._freqs(segment, docs, known_match=known_match)
        return self._scores(segment, docs, freqs)

    def odds(self, segment: int, docs: Docs) -> Floats:
        """The odds of these documents: the weighted frequency by the length norm, 0 where the term
        is not."""
        freqs = self._freqs(segment, docs, known_match=False)
        odds: Floats = freqs * self.field_weight / self.stats.norms(self.name, segment)[docs]
        return odds

    def explain(self, segment: int, doc: int) -> list[ScorePart]:
        """What the score of a document that has the term is made of: it is the product."""
        return explain_terms([self], segment, doc)

    def explain_odds(self, segment: int, doc: int) -> ScorePart:
        """What a field adds to the frequency of a word in a document that has it there."""
        docs = np.array([doc])
        frequency = int(self._freqs(segment, docs, known_match=True)[0])
        field: Any = self.stats.segments[segment].core.text(self.name)
        odds = float(self.odds(segment, docs)[0])
        length = int(field.lengths[doc])
        return field_part(self.name, frequency, length, self.field_weight, odds * self.stats.k1)

    def _freqs(self, segment: int, docs: Docs, *, known_match: bool) -> Docs:
        postings: Any = self.posting_lists[segment]
        if postings.is_dense:
            by_doc: Docs = postings.freqs_by_doc(self.max_doc(segment))
            return by_doc[docs]
        matches = postings.docs
        rows = np.minimum(np.searchsorted(matches, docs), len(matches) - 1)
        freqs = postings.freqs[rows]
        return freqs if known_match else np.where(matches[rows] == docs, freqs, 0)

    def _scores(self, segment: int, docs: Docs, freqs: Docs) -> Floats:
        weighted_freqs = freqs * self.field_weight
        scores: Floats = weighted_freqs + self.stats.norms(self.name, segment)[docs]
        np.divide(weighted_freqs, scores, out=scores)
        scores *= self.factor
        return scores


def explain_terms(terms: Sequence[TermNode], segment: int, doc: int) -> list[ScorePart]:
    """The factors of the score of a word in one field, or in several together."""
    first, stats = terms[0], terms[0].stats
    docs = np.array([doc])
    fields = tuple(t.explain_odds(segment, doc) for t in terms if t.contains(segment, docs)[0])
    idf = stats.idf(first.frequency)
    return word_parts(first.frequency, stats.documents, idf, stats.k1, fields, first.boost)


def field_part(name: str, frequency: int, length: int, weight: float, value: float) -> ScorePart:
    """What a field adds to the frequency of a word that is so often in so many words."""
    times = "once" if frequency == 1 else f"{frequency:,} times"
    return ScorePart(f"{name}: {times} in {length:,} words, weight {weight:g}", value)


def word_parts(
    frequency: int, documents: int, idf: float, k1: float, fields: tuple[ScorePart, ...],
    boost: float,
) -> list[ScorePart]:  # fmt: skip
    """The factors of the score of a word, from what each field adds to its frequency."""
    weight = sum(part.value for part in fields)
    of = f"{frequency:,} of {documents:,} articles have it"
    saturated = f"{k1 + 1:g} X / (X + {k1:g}), with X the frequency by length and weight"
    parts = [
        ScorePart(f"idf: {of}", idf),
        ScorePart(saturated, (k1 + 1) * weight / (weight + k1), fields),
    ]
    return parts if boost == 1.0 else [*parts, ScorePart("weight", boost)]
