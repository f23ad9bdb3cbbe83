"""Spans: occurrences of a part of a text, and the plan node of the span queries.

A span is a pair of global positions, those of its first and of its last token, with the documents
of a field put end to end (as in :mod:`.plan_phrase`). Spans of two parts are joined by binary
search of one sorted array in the other; that both are in one document is checked after the join.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from searchlib.codec.joined_postings import Postings
from searchlib.codec.packed_ints import ranges
from searchlib.errors import QueryError
from searchlib.search.docset import DocSet, isin_sorted
from searchlib.search.plan_boolean import Docs, Floats, PlanNode
from searchlib.search.plan_leaves import TermNode

__all__ = [
    "DocStarts",
    "FilteredSpans",
    "NearSpans",
    "OrSpans",
    "PhraseSpans",
    "QueryUnits",
    "SameUnitSpans",
    "SegmentPostings",
    "SpanArrays",
    "Spans",
    "SpansNode",
]

_DOCS = 4096  # documents whose spans are found at a time
_MAX_SPANS = 1_000_000  # spans that a join may give at a time: some 60 MB

#: The first and the last positions of spans (int64), ordered by the first.
SpanArrays = tuple[Docs, Docs]

#: Segment -> where each document of the field begins, None if the segment lacks the field.
DocStarts = Callable[[int], Docs | None]

#: Segment -> the posting lists of a term, or of all terms that a pattern stands for.
SegmentPostings = Callable[[int], Sequence[Postings]]

_NO_SPANS: SpanArrays = (np.empty(0, np.int64), np.empty(0, np.int64))


class Spans:
    """A part of a text. ``node`` finds a superset of the documents that have it, and scores
    them."""

    def __init__(self, node: PlanNode, doc_starts: DocStarts) -> None:
        self.node = node
        self.doc_starts = doc_starts

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        """The spans in these documents (ascending)."""
        raise NotImplementedError

    def matching_docs(self, segment: int, docs: Docs) -> Docs:
        """Which of these documents have a span: ascending."""
        first, _ = self.find(segment, docs)
        matches: Docs = np.unique(self.docs_of(segment, first)) if len(first) else first
        return matches

    def docs_of(self, segment: int, positions: Docs) -> Docs:
        """The document of each position."""
        doc_starts: Any = self.doc_starts(segment)
        docs: Docs = np.searchsorted(doc_starts, positions, "right") - 1
        return docs


class PhraseSpans(Spans):
    """Terms in order, each at most ``slop`` positions after the one before. A term may be a
    pattern, with several posting lists in a segment; ``term_nodes`` has the terms of an exact
    phrase without patterns."""

    def __init__(
        self, node: PlanNode, doc_starts: DocStarts, terms: Sequence[SegmentPostings],
        term_nodes: Sequence[TermNode] = (), slop: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(node, doc_starts)
        self.term_nodes = term_nodes
        self._terms = terms
        self._slop = slop
        self._pattern_positions: dict[tuple[int, int], Docs] = {}

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        spans: SpanArrays | None = None
        for number, term in enumerate(self._terms):
            posting_lists = term(segment)
            if not posting_lists:
                return _NO_SPANS
            if len(posting_lists) == 1:
                positions = _positions(posting_lists[0], docs)
            else:
                positions = self._any_of(number, segment, docs)
            one_token = (positions, positions)
            if spans is None:
                spans = one_token
            else:
                spans = _followed_by(self, segment, spans, one_token, self._slop)
            if not len(spans[0]):
                return _NO_SPANS
        assert spans is not None
        return spans

    def _any_of(self, number: int, segment: int, docs: Docs) -> Docs:
        """The positions, in these documents, of all terms that a pattern stands for."""
        positions = self._pattern_positions.get((number, segment))
        if positions is None:
            posting_lists = self._terms[number](segment)
            arrays = [postings.global_positions for postings in posting_lists]
            positions = np.concatenate(arrays).astype(np.int64)
            positions.sort()
            self._pattern_positions[number, segment] = positions
        return positions[isin_sorted(self.docs_of(segment, positions), docs)]


class OrSpans(Spans):
    """The spans of any of several parts."""

    def __init__(self, node: PlanNode, parts: Sequence[Spans]) -> None:
        super().__init__(node, parts[0].doc_starts)
        self.parts = parts

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        spans = [part.find(segment, docs) for part in self.parts]
        return _unique(*(np.concatenate(arrays) for arrays in zip(*spans, strict=True)))


class NearSpans(Spans):
    """Two parts at most ``slop`` positions apart, in the given order or in any."""

    def __init__(self, node: PlanNode, a: Spans, b: Spans, slop: int, *, ordered: bool) -> None:
        super().__init__(node, a.doc_starts)
        self.a = a
        self.b = b
        self.slop = slop
        self.ordered = ordered

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        a = self.a.find(segment, docs)
        b = self.b.find(segment, docs)
        first, last = _followed_by(self, segment, a, b, self.slop)
        if self.ordered:
            return first, last
        other_first, other_last = _followed_by(self, segment, b, a, self.slop)
        return _unique(np.concatenate((first, other_first)), np.concatenate((last, other_last)))

    def matching_docs(self, segment: int, docs: Docs) -> Docs:
        # One neighbour is enough: the pairs, which may be very many, are not made.
        a = self.a.find(segment, docs)
        b = self.b.find(segment, docs)
        matches = self._docs_with_pair(segment, a, b)
        if not self.ordered:
            matches = np.concatenate((matches, self._docs_with_pair(segment, b, a)))
        unique: Docs = np.unique(matches)
        return unique

    def _docs_with_pair(self, segment: int, a: SpanArrays, b: SpanArrays) -> Docs:
        """The documents in which a ``b`` begins within ``slop`` positions of the end of an
        ``a``; a document may come more than once."""
        if not len(a[0]) or not len(b[0]):
            return _NO_SPANS[0]
        rows = np.searchsorted(b[0], a[1] + 1, "left")
        following = b[0][np.minimum(rows, len(b[0]) - 1)]
        distance = following - a[1]
        near = (distance >= 1) & (distance <= self.slop)
        docs = self.docs_of(segment, a[0][near])
        same_doc: Docs = docs[docs == self.docs_of(segment, following[near])]
        return same_doc


class QueryUnits(Protocol):
    """The units of a text field, for one query."""

    @property
    def field_unit(self) -> tuple[str, str]:
        """The field, and "sentence" or "paragraph"."""

    def starts(self, segment: int, docs: Docs, doc_starts: Docs) -> Docs:
        """Positions where units begin, those of some documents (ascending) among them;
        ``doc_starts`` has where each document of the field begins."""

    def bitset(self, segment: int) -> Docs | None:
        """The starts of all units as a bitset of global positions (uint64), and one bit beyond
        them; None if the segment does not have them."""


class SameUnitSpans(Spans):
    """Two parts in one sentence or paragraph. A span reaches from the first to the last token of
    all the spans of either part that are in the unit."""

    def __init__(self, node: PlanNode, a: Spans, b: Spans, units: QueryUnits) -> None:
        super().__init__(node, a.doc_starts)
        self.a = a
        self.b = b
        self.units = units

    def parts(self) -> list[Spans]:
        """All that must be in one unit: those of its own two parts that are of the same kind are
        taken apart."""
        parts: list[Spans] = []
        for part in (self.a, self.b):
            is_same = isinstance(part, SameUnitSpans) and (
                part.units.field_unit == self.units.field_unit
            )
            parts += part.parts() if is_same else [part]  # type: ignore[attr-defined]
        return parts

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        a, b = self.a.find(segment, docs), self.b.find(segment, docs)
        if not len(a[0]) or not len(b[0]):
            return _NO_SPANS
        a_docs, b_docs = self.docs_of(segment, a[0]), self.docs_of(segment, b[0])
        common = np.intersect1d(a_docs, b_docs)
        unit_starts = self.units.starts(segment, common, np.asarray(self.doc_starts(segment)))
        a = _within_a_unit(a, np.isin(a_docs, common), unit_starts)
        b = _within_a_unit(b, np.isin(b_docs, common), unit_starts)
        first, last = np.concatenate((a[0], b[0])), np.concatenate((a[1], b[1]))
        units = _units_of(first, unit_starts)
        with_both = np.isin(units, np.intersect1d(units[: len(a[0])], units[len(a[0]) :]))
        first, last, units = first[with_both], last[with_both], units[with_both]
        if not len(units):
            return _NO_SPANS
        order = np.lexsort((first, units))
        first, last, units = first[order], last[order], units[order]
        _, heads = np.unique(units, return_index=True)
        return np.minimum.reduceat(first, heads), np.maximum.reduceat(last, heads)


class FilteredSpans(Spans):
    """The spans of a part in the documents that have at least ``min_count`` of them; with a
    ``limit``, only those within the first ``limit`` tokens of their document."""

    def __init__(self, node: PlanNode, part: Spans, *, min_count: int = 1, limit: int = 0) -> None:
        super().__init__(node, part.doc_starts)
        self._part = part
        self._min_count = min_count
        self._limit = limit

    def find(self, segment: int, docs: Docs) -> SpanArrays:
        first, last = self._part.find(segment, docs)
        if self._limit and len(first):
            doc_starts = np.asarray(self.doc_starts(segment))
            early = last - doc_starts[self.docs_of(segment, last)] < self._limit
            first, last = first[early], last[early]
        if self._min_count > 1 and len(first):
            _, counts = np.unique(self.docs_of(segment, first), return_counts=True)
            enough = np.repeat(counts >= self._min_count, counts)
            first, last = first[enough], last[enough]
        return first, last


class SpansNode(PlanNode):
    """The documents that have a span, scored as its ``node`` scores them."""

    def __init__(self, spans: Spans) -> None:
        super().__init__(spans.node.stats)
        self.spans = spans

    def cost(self, segment: int) -> int:
        matches = self._matches.get(segment)
        return self.spans.node.cost(segment) if matches is None else matches.count

    def _match(self, segment: int) -> DocSet:
        docs = self.spans.node.match(segment).docs
        matches = [np.empty(0, np.int64)]
        for start in range(0, len(docs), _DOCS):
            self.stats.budget.check()
            matches.append(self.spans.matching_docs(segment, docs[start : start + _DOCS]))
        return DocSet(self.max_doc(segment), docs=np.concatenate(matches))

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        scores = self.spans.node.score(segment, docs, known_match=known_match)
        return scores if known_match else np.where(self.contains(segment, docs), scores, 0.0)


def _positions(postings: Postings, docs: Docs) -> Docs:
    """The positions of a term in those of these documents that have it: int64, ascending."""
    both = np.intersect1d(postings.docs, docs, assume_unique=True)
    if len(both) == len(postings.docs):
        return postings.global_positions.astype(np.int64)
    return postings.global_positions_in(both).astype(np.int64)


def _followed_by(spans: Spans, segment: int, a: SpanArrays, b: SpanArrays, slop: int) -> SpanArrays:
    """A span from each ``a`` to each ``b`` that begins at most ``slop`` positions after its
    end, in the same document."""
    if not len(a[0]) or not len(b[0]):
        return _NO_SPANS
    low = np.searchsorted(b[0], a[1] + 1, "left")
    counts = np.searchsorted(b[0], a[1] + slop, "right") - low
    total = int(counts.sum())
    if total > _MAX_SPANS:
        raise QueryError(
            "too-many-spans", (0, 0), f"these words are near each other {total:,} times",
            "use rarer words or a smaller distance",
        )  # fmt: skip
    if not total:
        return _NO_SPANS
    left = np.repeat(np.arange(len(low)), counts)
    right = ranges(low, counts)
    first, last = a[0][left], b[1][right]
    same_doc = spans.docs_of(segment, first) == spans.docs_of(segment, last)
    return _unique(first[same_doc], last[same_doc])


def _unique(first: Docs, last: Docs) -> SpanArrays:
    """The spans by first and last position, each once."""
    order = np.lexsort((last, first))
    first, last = first[order], last[order]
    new = np.ones(len(first), bool)
    new[1:] = (first[1:] != first[:-1]) | (last[1:] != last[:-1])
    return first[new], last[new]


def _within_a_unit(spans: SpanArrays, chosen: Docs, unit_starts: Docs) -> SpanArrays:
    """The chosen spans (a mask) that do not cross the end of their unit."""
    first, last = spans[0][chosen], spans[1][chosen]
    inside = _units_of(first, unit_starts) == _units_of(last, unit_starts)
    return first[inside], last[inside]


def _units_of(positions: Docs, unit_starts: Docs) -> Docs:
    """The unit of each position: how many units begin up to it."""
    units: Docs = np.searchsorted(unit_starts, positions, "right")
    return units
