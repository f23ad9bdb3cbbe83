"""Span queries as intervals of OpenSearch, where these find the same.

OpenSearch keeps of overlapping intervals the shortest alone. That loses nothing as long as all
intervals of a part are equally long (:func:`span_length`): words, patterns and phrases are; what is
built of parts near each other is not, and is checked by :mod:`.candidates`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from whoosh import query as wq

from searchlib.opensearch.mapping import UNIT_BITS, UNIT_TOKENS, path_of
from searchlib.opensearch.patterns import PATTERNS, interval_of_pattern, text_of
from searchlib.schema import Schema
from searchlib.span_queries import AtLeast, First, Near, Same

__all__ = ["field_of", "has_intervals", "interval", "span_length"]

_MAX_COUNT = 100  # of ``atleast``: each is an interval of its own


def field_of(query: Any) -> str:
    """The field of a span query or of a part of one."""
    while not hasattr(query, "fieldname"):
        query = query.parts[0] if hasattr(query, "parts") else query.subqueries[0]
    name: str = query.fieldname
    return name


def span_length(query: Any) -> int | None:
    """How many tokens each interval of a part of a span query has; None if they differ.

    >>> span_length(wq.Phrase("body", ["new", "york"])), span_length(wq.Term("body", "rain"))
    (2, 1)
    """
    if isinstance(query, (wq.Term, *PATTERNS)):
        return 1
    if isinstance(query, wq.Phrase) and query.slop == 1:
        return len(query.words)
    if isinstance(query, wq.Or) and query.subqueries:
        lengths = {span_length(part) for part in query.subqueries}
        return lengths.pop() if len(lengths) == 1 else None
    return None


def has_intervals(query: Any) -> bool:
    """Whether a phrase or span query finds the same as intervals."""
    if isinstance(query, wq.Phrase):
        return query.slop == 1 or len(query.words) == 2
    if isinstance(query, AtLeast):
        return span_length(query.parts[0]) == 1 and query.count <= _MAX_COUNT
    return all(span_length(part) is not None for part in query.parts)


def interval(schema: Schema, query: Any) -> dict[str, Any]:
    """The intervals of a phrase, of a span query, or of a part of one."""
    return _Intervals(schema, field_of(query)).of(query)


class _Intervals:
    """Makes intervals; those of other fields than ``terms`` name their own."""

    def __init__(self, schema: Schema, whoosh_field: str) -> None:
        self._schema = schema
        base = schema.base(whoosh_field)
        self._terms, self._units = f"f.{base}.terms", f"f.{base}.units"

    def of(self, query: Any) -> dict[str, Any]:
        for kind, make in self._MAKERS.items():
            if isinstance(query, kind):
                found: dict[str, Any] = make(self, query)
                return found
        return interval_of_pattern(query, self._use(query.fieldname))

    def _use(self, whoosh_field: str) -> dict[str, str]:
        path = path_of(self._schema, whoosh_field)
        return {} if path == self._terms else {"use_field": path}

    def _words(self, words: str, use: dict[str, str], gaps: int = 0) -> dict[str, Any]:
        options = {"analyzer": "words", "ordered": True, "max_gaps": gaps, **use}
        return {"match": {"query": words, **options}}

    def _term(self, query: Any) -> dict[str, Any]:
        return self._words(text_of(query.text), self._use(query.fieldname))

    def _phrase(self, query: Any) -> dict[str, Any]:
        words = " ".join(map(text_of, query.words))
        return self._words(words, self._use(query.fieldname), query.slop - 1)

    def _any(self, query: Any) -> dict[str, Any]:
        return {"any_of": {"intervals": [self.of(part) for part in query.subqueries]}}

    def _near(self, query: Any) -> dict[str, Any]:
        a, b = map(self.of, query.parts)
        both = [[a, b]] if query.ordered else [[a, b], [b, a]]
        rows = [
            {"all_of": {"intervals": pair, "ordered": True, "max_gaps": query.slop - 1}}
            for pair in both
        ]
        return rows[0] if query.ordered else {"any_of": {"intervals": rows}}

    def _same(self, query: Any) -> dict[str, Any]:
        """The units, from a beginning to the next end, that contain both."""
        begins, ends = UNIT_BITS[query.unit]
        # A token that is a unit by itself neither begins nor ends a longer one.
        pair = [self._edges(begins, ends), self._edges(ends, begins)]
        units = [
            self._edges(begins | ends, 0),
            {"all_of": {"ordered": True, "intervals": pair}},
        ]
        found: dict[str, Any] = {"any_of": {"intervals": units}}
        for part in query.parts:  # one token may be both
            inside = {"containing": self.of(part)}
            found = {"any_of": {"intervals": [found], "filter": inside}}
        return found

    def _edges(self, bits: int, without: int) -> dict[str, Any]:
        tokens = [t for n, t in enumerate(UNIT_TOKENS) if n & bits == bits and not n & without]
        return {
            "any_of": {"intervals": [self._words(t, {"use_field": self._units}) for t in tokens]}
        }

    def _at_least(self, query: Any) -> dict[str, Any]:
        return {"all_of": {"intervals": [self.of(query.parts[0])] * query.count, "ordered": True}}

    def _first(self, query: Any) -> dict[str, Any]:
        inside = {"script": {"source": f"interval.end < {int(query.limit)}"}}
        return {"any_of": {"intervals": [self.of(query.parts[0])], "filter": inside}}

    _MAKERS: ClassVar[dict[type, Callable[[_Intervals, Any], dict[str, Any]]]] = {
        wq.Term: _term,
        wq.Phrase: _phrase,
        wq.Or: _any,
        Near: _near,
        Same: _same,
        AtLeast: _at_least,
        First: _first,
    }
