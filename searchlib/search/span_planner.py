"""Span queries (:mod:`searchlib.span_queries`) -> plans (:mod:`.plan_spans`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from whoosh import query as wq

from searchlib.analysis.sentences import TextUnit, unit_starts
from searchlib.codec.joined_postings import Postings
from searchlib.codec.text_field import TextField
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search.budget import TimeBudget
from searchlib.search.plan_boolean import AndNode, Docs, PlanNode
from searchlib.search.plan_leaves import TermNode
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.plan_spans import (
    FilteredSpans,
    NearSpans,
    OrSpans,
    PhraseSpans,
    SameUnitSpans,
    SegmentPostings,
    Spans,
    SpansNode,
)
from searchlib.span_queries import AtLeast, First, Near, Same, Word

__all__ = ["PATTERNS", "FieldUnits", "SpanContext", "TextUnits", "spans_node"]

#: The multi-term queries that may be a part of a span query.
PATTERNS = (wq.Prefix, wq.Wildcard, wq.Regex, wq.FuzzyTerm)
_CACHED_ARTICLES = 20_000  # articles whose unit starts are cached


class SpanContext(Protocol):
    """What span queries need of the planner."""

    text_units: TextUnits

    def node_for(self, query: Any) -> PlanNode: ...
    def posting_lists(self, name: str, term: bytes) -> list[Postings | None]: ...
    def word_node(self, query: Word, number: int) -> TermNode: ...
    def is_text(self, name: str) -> bool: ...
    def expand(self, query: Any, segment: int) -> list[bytes]: ...
    def doc_starts(self, segment: int, name: str) -> Docs | None: ...
    def to_bytes(self, name: str, text: Any) -> bytes: ...


def spans_node(context: SpanContext, query: Any) -> PlanNode:
    """The plan of a span query. Raises :class:`QueryError` "not-in-text" if a part of it has no
    positions in a text."""
    return SpansNode(_spans(context, query))


def _spans(context: SpanContext, query: Any) -> Spans:
    if isinstance(query, wq.Or) and query.subqueries:
        parts = [_spans(context, part) for part in query.subqueries]
        return OrSpans(context.node_for(query), parts)
    if isinstance(query, (Near, Same)):
        a, b = (_spans(context, part) for part in query.parts)
        both = AndNode(a.node.stats, [a.node, b.node])
        if isinstance(query, Near):
            return NearSpans(both, a, b, query.slop, ordered=query.ordered)
        units = FieldUnits(context.text_units, query.name, query.unit)
        return SameUnitSpans(both, a, b, units)
    if isinstance(query, (AtLeast, First)):
        part = _spans(context, query.parts[0])
        if isinstance(query, AtLeast):
            return FilteredSpans(part.node, part, min_count=query.count)
        return FilteredSpans(part.node, part, limit=query.limit)
    return _phrase_spans(context, query)


def _phrase_spans(context: SpanContext, query: Any) -> PhraseSpans:
    name = getattr(query, "fieldname", None)
    if name is None or not context.is_text(name):
        raise QueryError(
            "not-in-text", (0, 0), f"{query} has no position in a text", "use words and phrases"
        )

    def doc_starts(segment: int) -> Docs | None:
        return context.doc_starts(segment, name)

    node = context.node_for(query)
    if isinstance(query, wq.Term):
        terms = [_term(context, name, query.text)]
        return PhraseSpans(node, doc_starts, terms, _term_nodes(node))
    if isinstance(query, Word):
        words = [context.word_node(query, number) for number in range(len(query.words))]
        lists = [_of_segments(word.posting_lists) for word in words]
        return PhraseSpans(node, doc_starts, lists, words)
    if isinstance(query, wq.Phrase):
        terms = [_term(context, name, word) for word in query.words]
        return PhraseSpans(node, doc_starts, terms, _term_nodes(node), query.slop)
    if isinstance(query, PATTERNS):
        return PhraseSpans(node, doc_starts, [_pattern(context, query)])
    raise QueryError(
        "not-in-text", (0, 0), f"{type(query).__name__} cannot be part of a span query",
        "use words, phrases and patterns",
    )  # fmt: skip


def _term_nodes(node: PlanNode) -> Sequence[TermNode]:
    """The terms of a node that matches a term, or terms next to each other."""
    if isinstance(node, PhraseNode) and node.slop == 1:
        return node.terms
    return [node] if isinstance(node, TermNode) else ()


def _term(context: SpanContext, name: str, text: Any) -> SegmentPostings:
    return _of_segments(context.posting_lists(name, context.to_bytes(name, text)))


def _of_segments(posting_lists: Sequence[Postings | None]) -> SegmentPostings:
    def of_segment(segment: int) -> Sequence[Postings]:
        postings = posting_lists[segment]
        return () if postings is None else (postings,)

    return of_segment


def _pattern(context: SpanContext, query: Any) -> SegmentPostings:
    by_segment: dict[int, list[Postings]] = {}

    def of_segment(segment: int) -> Sequence[Postings]:
        if segment not in by_segment:
            terms = context.expand(query, segment)
            lists = (context.posting_lists(query.fieldname, term)[segment] for term in terms)
            by_segment[segment] = [postings for postings in lists if postings is not None]
        return by_segment[segment]

    return of_segment


class TextUnits:
    """Where the sentences and paragraphs of articles begin. Segments of formats 1 and 2 do not have
    that: there the articles that may match are read, at most ``max_articles_read`` for a query, and
    the results are cached."""

    def __init__(self, reader: IndexReader, max_articles_read: int, budget: TimeBudget) -> None:
        self._reader = reader
        self.max_articles_read = max_articles_read
        self._budget = budget
        self._cache: dict[tuple[int, int, str, str], Docs] = {}

    def field(self, segment: int, name: str) -> TextField | None:
        """A text field of a segment; None if the segment lacks it."""
        return self._reader.segments[segment].core.text(name)

    def read(self, segment: int, docs: Docs, name: str, unit: TextUnit, doc_starts: Docs) -> Docs:
        """The positions where the units of some documents begin (ascending)."""
        arrays = [self._starts(segment, doc, name, unit) + doc_starts[doc] for doc in docs.tolist()]
        return np.concatenate(arrays) if arrays else np.empty(0, np.int64)

    def _starts(self, segment: int, doc: int, name: str, unit: TextUnit) -> Docs:
        key = (segment, doc, name, unit)
        starts = self._cache.get(key)
        if starts is None:
            self._budget.check()
            article = json.loads(self._reader.segments[segment].core.doc_store[doc])
            text, version = str(article.get(name, "")), self._reader.schema.rules.version
            starts = np.array(unit_starts(text, unit, version), np.int64)
            if len(self._cache) >= _CACHED_ARTICLES:
                self._cache.clear()
            self._cache[key] = starts
        return starts


class FieldUnits:
    """The units of a text field, for one query: :class:`.plan_spans.QueryUnits`."""

    def __init__(self, text_units: TextUnits, name: str, unit: TextUnit) -> None:
        self._text_units = text_units
        self._name = name
        self._unit: TextUnit = unit
        self._articles_read = 0

    @property
    def field_unit(self) -> tuple[str, str]:
        return self._name, self._unit

    def bitset(self, segment: int) -> Docs | None:
        field = self._text_units.field(segment, self._name)
        return None if field is None else field.unit_bitset(self._unit)

    def starts(self, segment: int, docs: Docs, doc_starts: Docs) -> Docs:
        field = self._text_units.field(segment, self._name)
        starts = None if field is None else field.unit_starts(self._unit)
        if starts is not None:
            return starts
        self._articles_read += len(docs)
        most = self._text_units.max_articles_read
        if self._articles_read > most:
            raise QueryError(
                "too-many-articles", (0, 0),
                f"more than {most:,} articles have these words: each would be read",
                f"add words or a date, use NEAR/15 instead of a {self._unit}, or run searchlib"
                " upgrade",
            )  # fmt: skip
        return self._text_units.read(segment, docs, self._name, self._unit, doc_starts)
