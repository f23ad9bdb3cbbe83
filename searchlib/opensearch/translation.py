"""A ``whoosh.query`` tree -> the query language of OpenSearch.

Trees come without :class:`~searchlib.span_queries.Word` (``WordReader.plain``). A span query that
intervals would not find all of is handed to ``check``, which gives the keys of what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.opensearch.intervals import field_of, has_intervals, interval
from searchlib.opensearch.mapping import path_of
from searchlib.opensearch.patterns import PATTERNS, query_of_pattern, text_of
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text
from searchlib.span_queries import AtLeast, First, Near, Period, Same

__all__ = ["Translator"]

_NONE: dict[str, Any] = {"match_none": {}}
#: The keys that a span query finds, given it and the query for the articles that it may find.
Check = Callable[[Any, dict[str, Any]], list[str]]


class Translator:
    """Translates the trees of one schema.

    >>> from searchlib.schema import NEWS
    >>> Translator(NEWS, lambda tree, query: [])(wq.Term("source", "wire"))
    {'constant_score': {'filter': {'term': {'f.source.value': 'wire'}}, 'boost': 1.0}}
    """

    def __init__(self, schema: Schema, check: Check) -> None:
        self._schema = schema
        self._check = check

    def __call__(self, query: Any) -> dict[str, Any]:
        """The translation; QueryError "not-supported" for a node that has none."""
        for kind in type(query).__mro__:
            if kind in self._MAKERS:
                translated: dict[str, Any] = self._MAKERS[kind](self, query)
                return translated
        if query == wq.NullQuery:
            return _NONE
        raise QueryError(
            "not-supported", (0, 0), f"a cluster cannot run {type(query).__name__}",
            "use the nodes that query texts have",
        )  # fmt: skip

    def _field(self, name: str) -> Any:
        return self._schema.fields.get(self._schema.base(name))

    def _boost(self, query: Any) -> float:
        field = self._field(query.fieldname)
        boost: float = query.boost
        return boost * field.weight if isinstance(field, Text) else boost

    def _term(self, query: Any) -> dict[str, Any]:
        field, name = self._field(query.fieldname), query.fieldname
        if field is None:
            return _NONE
        text, boost = text_of(query.text), self._boost(query)
        if isinstance(field, Text):
            return {"term": {path_of(self._schema, name): {"value": text, "boost": boost}}}
        if isinstance(field, (Key, Keyword)):
            return _constant({"term": {path_of(self._schema, name): text}}, boost)
        raise QueryError(
            "not-supported", (0, 0), f"a cluster cannot look up the term {query}", "use a range"
        )

    def _every(self, query: Any) -> dict[str, Any]:
        if query.fieldname in (None, "", "*"):
            return {"match_all": {"boost": query.boost}}
        if not isinstance(self._field(query.fieldname), (Text, Keyword, Date, Number, Key)):
            return _NONE
        return _constant({"exists": {"field": self._path(query)}}, query.boost)

    def _path(self, query: Any) -> str:
        return path_of(self._schema, query.fieldname)

    def _and(self, query: Any) -> dict[str, Any]:
        must, must_not = [], []
        for part in query.subqueries:
            if isinstance(part, wq.Not):
                must_not.append(self(part.query))
            else:
                must.append(self(part))
        return _bool(must=must or [{"match_all": {}}], must_not=must_not)

    def _or(self, query: Any) -> dict[str, Any]:
        if not query.subqueries:
            return _NONE
        translated = _bool(should=[self(part) for part in query.subqueries], minimum_should_match=1)
        if query.boost != 1.0:
            translated["bool"]["boost"] = query.boost
        return translated

    def _not(self, query: Any) -> dict[str, Any]:
        return _bool(must=[{"match_all": {}}], must_not=[self(query.query)])

    def _and_not(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], must_not=[self(query.b)])

    def _and_maybe(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], should=[self(query.b)])

    def _require(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], filter=[self(query.b)])

    def _constant(self, query: Any) -> dict[str, Any]:
        return _constant(self(query.child), query.score)

    def _range(self, query: Any) -> dict[str, Any]:
        bounds = {}
        if query.start is not None:
            bounds["gt" if query.startexcl else "gte"] = query.start
        if query.end is not None:
            bounds["lt" if query.endexcl else "lte"] = query.end
        return _constant({"range": {self._path(query): bounds}}, query.boost)

    def _period(self, query: Any) -> dict[str, Any]:
        found = self._range(query)
        if query.end is None:
            return found
        beyond = {"range": {f"f.{query.fieldname}.end": {"gt": query.end}}}
        return _bool(must=[found], must_not=[beyond])

    def _pattern(self, query: Any) -> dict[str, Any]:
        if not isinstance(self._field(query.fieldname), (Text, Keyword, Key)):
            return _NONE
        return query_of_pattern(query, self._path(query), self._boost(query))

    def _spans(self, query: Any) -> dict[str, Any]:
        """Where words stand decides alone what is found, and the words alone how it scores."""
        name = field_of(query)
        if not isinstance(self._field(name), Text):
            if isinstance(query, wq.Phrase):
                return _NONE
            raise QueryError(
                "not-in-text", (0, 0), f"{query} has no position in a text",
                "use words and phrases",
            )  # fmt: skip
        words = self(_words_of(query))
        if has_intervals(query):
            path = path_of(self._schema, self._schema.base(name))
            found: dict[str, Any] = {"intervals": {path: interval(self._schema, query)}}
        else:
            keys = self._check(query, words)
            found = {"terms": {path_of(self._schema, self._schema.key): keys}}
        return _bool(filter=[found], should=[words])

    _MAKERS: ClassVar[dict[type, Callable[[Translator, Any], dict[str, Any]]]] = {
        wq.Term: _term,
        wq.Every: _every,
        wq.And: _and,
        wq.Or: _or,
        wq.Not: _not,
        wq.AndNot: _and_not,
        wq.AndMaybe: _and_maybe,
        wq.Require: _require,
        wq.ConstantScoreQuery: _constant,
        wq.NumericRange: _range,
        Period: _period,
        wq.TermRange: _range,
        wq.Phrase: _spans,
        Near: _spans,
        Same: _spans,
        AtLeast: _spans,
        First: _spans,
        **dict.fromkeys(PATTERNS, _pattern),
    }


def _words_of(query: Any) -> Any:
    """What scores a span query, and what every article that it finds matches: its words."""
    if isinstance(query, wq.Phrase):
        return wq.And([wq.Term(query.fieldname, word, query.boost) for word in query.words])
    if isinstance(query, (Near, Same)):
        return wq.And([_words_of(part) for part in query.parts])
    if isinstance(query, (AtLeast, First)):
        return _words_of(query.parts[0])
    if isinstance(query, wq.Or):
        return wq.Or([_words_of(part) for part in query.subqueries])
    return query


def _constant(found: dict[str, Any], boost: float) -> dict[str, Any]:
    return {"constant_score": {"filter": found, "boost": boost}}


def _bool(minimum_should_match: int | None = None, **parts: Iterable[Any]) -> dict[str, Any]:
    clauses: dict[str, Any] = {name: list(found) for name, found in parts.items() if found}
    if minimum_should_match is not None:
        clauses["minimum_should_match"] = minimum_should_match
    return {"bool": clauses}
