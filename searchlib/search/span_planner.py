"""Queries about places in a text (:mod:`.queries`) -> plans (:mod:`.near`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from whoosh import query as wq

from searchlib.analysis.sentences import begins
from searchlib.codec.text_field import PostingList
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Schema
from searchlib.search.budget import TimeBudget
from searchlib.search.plan_boolean import AndNode, Docs, PlanNode
from searchlib.search.plan_spans import (
    FilteredSpans,
    NearSpans,
    OrSpans,
    PhraseSpans,
    SameUnitSpans,
    Spans,
    SpansNode,
)
from searchlib.span_queries import AtLeast, Near, Same, Within

__all__ = ["PATTERNS", "SpanContext", "TextUnits", "spans_node"]

#: The query types that stand for many words.
PATTERNS = (wq.Prefix, wq.Wildcard, wq.Regex, wq.FuzzyTerm)
_KEPT = 20_000  # articles whose units are remembered


class SpanContext(Protocol):
    """What is needed of the compiler."""

    units: TextUnits

    def compile(self, query: Any) -> PlanNode: ...
    def lists(self, name: str, term: bytes) -> list[PostingList | None]: ...
    def is_text(self, name: str) -> bool: ...
    def expanded(self, query: Any, segment: int) -> list[bytes]: ...
    def starts(self, segment: int, name: str) -> Docs | None: ...
    def to_bytes(self, name: str, text: Any) -> bytes: ...


def spans_node(maker: SpanContext, query: Any) -> PlanNode:
    """The plan of a :class:`~.queries.Near` or another of these."""
    return SpansNode(_part(maker, query))


def _part(maker: SpanContext, query: Any) -> Spans:
    if isinstance(query, wq.Or) and query.subqueries:
        return OrSpans(maker.compile(query), [_part(maker, one) for one in query.subqueries])
    if isinstance(query, (Near, Same)):
        a, b = (_part(maker, one) for one in query.parts)
        both = AndNode(a.node.stats, a.node.block, [a.node, b.node])
        if isinstance(query, Near):
            return NearSpans(both, a, b, query.slop, ordered=query.ordered)
        return SameUnitSpans(both, a, b, maker.units.of(query.name, query.unit))
    if isinstance(query, (AtLeast, Within)):
        part = _part(maker, query.parts[0])
        if isinstance(query, AtLeast):
            return FilteredSpans(part.node, part, least=query.count)
        return FilteredSpans(part.node, part, limit=query.limit)
    name = getattr(query, "fieldname", None)
    if name is None or not maker.is_text(name):
        raise QueryError(
            "not-in-text", (0, 0), f"{query} has no place in a text", "use words and phrases"
        )

    def starts(segment: int) -> Docs | None:
        return maker.starts(segment, name)

    node = maker.compile(query)
    if isinstance(query, wq.Term):
        return PhraseSpans(node, starts, [_word(maker, name, query.text)], 1)
    if isinstance(query, wq.Phrase):
        return PhraseSpans(node, starts, [_word(maker, name, w) for w in query.words], query.slop)
    if isinstance(query, PATTERNS):
        return PhraseSpans(node, starts, [_pattern(maker, query)], 1)
    raise QueryError(
        "not-in-text", (0, 0), f"{type(query).__name__} cannot be part of this",
        "use words, phrases and patterns",
    )  # fmt: skip


def _word(maker: SpanContext, name: str, text: Any) -> Callable[[int], Sequence[PostingList]]:
    lists = maker.lists(name, maker.to_bytes(name, text))

    def of(segment: int) -> Sequence[PostingList]:
        found = lists[segment]
        return () if found is None else (found,)

    return of


def _pattern(maker: SpanContext, query: Any) -> Callable[[int], Sequence[PostingList]]:
    known: dict[int, list[PostingList]] = {}

    def of(segment: int) -> Sequence[PostingList]:
        if segment not in known:
            terms = maker.expanded(query, segment)
            lists = (maker.lists(query.fieldname, term)[segment] for term in terms)
            known[segment] = [found for found in lists if found is not None]
        return known[segment]

    return of


class TextUnits:
    """Where sentences and paragraphs begin, found in the text of the articles that may match.

    A query that asks for more than ``most`` articles is refused; those read are remembered.
    """

    def __init__(self, snapshot: IndexReader, most: int, clock: TimeBudget) -> None:
        self._snapshot = snapshot
        self._schema: Schema = snapshot.schema
        self.most = most
        self._clock = clock
        self._known: dict[tuple[int, int, str, str], Docs] = {}

    def of(self, name: str, unit: str) -> Callable[[int, Docs, Docs], Docs]:
        """For documents of a segment and where each begins: the places where units begin."""
        read = 0

        def find(segment: int, docs: Docs, starts: Docs) -> Docs:
            nonlocal read
            read += len(docs)
            if read > self.most:
                raise QueryError(
                    "too-many-articles", (0, 0),
                    f"more than {self.most:,} articles have these words: each would be read",
                    f"add words or a date, or use NEAR/15 instead of a {unit}",
                )  # fmt: skip
            found = [self._begins(segment, doc, name, unit) + starts[doc] for doc in docs.tolist()]
            return np.concatenate(found) if found else np.empty(0, np.int64)

        return find

    def _begins(self, segment: int, doc: int, name: str, unit: str) -> Docs:
        key = (segment, doc, name, unit)
        known = self._known.get(key)
        if known is None:
            self._clock.check()
            record = json.loads(self._snapshot.segments[segment].core.doc_store[doc])
            known = np.array(begins(str(record.get(name, "")), unit), np.int64)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = known
        return known
