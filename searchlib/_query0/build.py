"""What a query says (:mod:`.ast`) -> a ``whoosh.query`` tree over the fields of a schema.

Trees are made in their normal form: ``normalize()``, which costs more than most searches, is
never called.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from whoosh import query as wq

from searchlib.analysis import fold, fold_keyword, stem, words
from searchlib.dates import to_micros
from searchlib.errors import QueryError
from searchlib._query0.ast import (
    Boolean,
    Boosted,
    DateSpan,
    Has,
    Not,
    NumberSpan,
    Quoted,
    Scoped,
    Word,
)
from searchlib._query0.limits import Limits
from searchlib.schema import Date, Keyword, Schema, Text

__all__ = ["Builder"]


@lru_cache(maxsize=16384)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(fold(token) for token in words(text))


@lru_cache(maxsize=16384)
def _stems(text: str, language: str) -> tuple[str, ...]:
    return tuple(stem(word, language) for word in _folded(text))


class Builder:
    """Builds the tree of one query; ``text`` is for its errors."""

    def __init__(self, schema: Schema, text: str, limits: Limits) -> None:
        self._schema = schema
        self._text = text
        self._limits = limits
        self._searched = [n for n, f in schema if isinstance(f, Text) and f.searched]

    def build(self, node: Any) -> Any:
        """The tree of a whole query; None (it says nothing) finds nothing."""
        if node is None:
            return wq.NullQuery
        return self._build(node, None)

    def _build(self, node: Any, field: str | None) -> Any:
        if isinstance(node, Word):
            return self._everywhere(field, lambda name: self._word(node, name))
        if isinstance(node, Quoted):
            return self._everywhere(field, lambda name: self._quoted(node, name))
        if isinstance(node, Boolean):
            return self._boolean(node, field)
        if isinstance(node, Scoped):
            return self._build(node.child, node.field)
        if isinstance(node, Not):
            return wq.Not(self._build(node.child, field))
        if isinstance(node, Boosted):
            return _boosted(self._build(node.child, field), node.factor)
        if isinstance(node, DateSpan):
            return self._date(node)
        if isinstance(node, NumberSpan):
            return wq.NumericRange(node.field, node.low, node.high, node.low_open, node.high_open)
        assert isinstance(node, Has)
        return wq.Every(node.field)

    def _boolean(self, node: Boolean, field: str | None) -> Any:
        yes: list[Any] = []
        no: list[Any] = []
        for part in node.parts:
            if isinstance(part, Not):
                no.append(self._build(part.child, field))
            else:
                made = self._build(part, field)
                if made is not wq.NullQuery:
                    yes.append(made)
                elif node.operator == "AND" and not isinstance(part, (Word, Quoted)):
                    return wq.NullQuery
        if node.operator == "OR":
            return _any([*yes, *(wq.AndNot(wq.Every(), one) for one in no)])
        if not yes:
            return wq.AndNot(wq.Every(), _any(no)) if no else wq.NullQuery
        found = yes[0] if len(yes) == 1 else wq.And(yes)
        return wq.AndNot(found, _any(no)) if no else found

    def _everywhere(self, field: str | None, make: Any) -> Any:
        if field is not None:
            return make(field)
        made = [one for name in self._searched if (one := make(name)) is not wq.NullQuery]
        return _any(made)

    def _word(self, node: Word, name: str) -> Any:
        field = self._schema.fields[name]
        if not isinstance(field, Text):
            return self._value(node, name)
        exact = self._schema.exact(name)
        if node.kind == "plain":
            stems = _stems(node.text, field.language)
            return _words(name, stems, 1)
        if node.kind == "exact":
            return _words(exact, _folded(node.text), 1)
        if node.kind == "fuzzy":
            parts = _folded(node.text)
            if len(parts) != 1:
                return _words(exact, parts, 1)
            return wq.FuzzyTerm(exact, parts[0], maxdist=node.edits, prefixlength=1)
        letters = _pattern(node.text)
        if not letters.strip("*?"):
            raise QueryError(
                "too-broad", (node.start, node.end), f"{node.text!r} has no letters to look for",
                "write how the word begins, as in civil*", self._text,
            )  # fmt: skip
        return (wq.Prefix if node.kind == "prefix" else wq.Wildcard)(exact, letters)

    def _value(self, node: Word, name: str) -> Any:
        """A keyword or key: the value is one term."""
        text = node.text
        if isinstance(self._schema.fields[name], Keyword):
            text = fold_keyword(text)
        if node.kind == "prefix":
            return wq.Prefix(name, text)
        if node.kind == "wildcard":
            return wq.Wildcard(name, text)
        if node.kind == "fuzzy":
            return wq.FuzzyTerm(name, text, maxdist=node.edits, prefixlength=1)
        return wq.Term(name, text)

    def _quoted(self, node: Quoted, name: str) -> Any:
        field = self._schema.fields[name]
        if isinstance(field, Keyword):
            return wq.Term(name, fold_keyword(node.text))
        if not isinstance(field, Text):
            return wq.Term(name, node.text)
        parts = _folded(node.text)
        if len(parts) > self._limits.phrase:
            raise QueryError(
                "too-long", (node.start, node.end), f"a phrase of {len(parts):,} words",
                f"a phrase has at most {self._limits.phrase:,}", self._text,
            )  # fmt: skip
        return _words(self._schema.exact(name), parts, node.slop)

    def _date(self, node: DateSpan) -> Any:
        assert isinstance(self._schema.fields[node.field], Date)
        start, end = node.interval.start, node.interval.end
        return wq.NumericRange(
            node.field,
            None if start is None else to_micros(start),
            None if end is None else to_micros(end),
            endexcl=end is not None,
        )


def _words(name: str, terms: Sequence[str], slop: int) -> Any:
    if not terms:
        return wq.NullQuery
    return wq.Term(name, terms[0]) if len(terms) == 1 else wq.Phrase(name, list(terms), slop)


def _any(parts: list[Any]) -> Any:
    if not parts:
        return wq.NullQuery
    return parts[0] if len(parts) == 1 else wq.Or(parts)


def _pattern(text: str) -> str:
    """The letters of a pattern folded, its signs kept."""
    return fold_keyword(text.replace("’", "'"))


def _boosted(query: Any, factor: float) -> Any:
    if query is wq.NullQuery:
        return query
    if isinstance(query, wq.AndNot):
        return wq.AndNot(_boosted(query.a, factor), query.b)
    if isinstance(query, (wq.And, wq.Or)):
        # Whoosh drops the boost of a compound that has one part: put it on the parts.
        return type(query)([_boosted(part, factor) for part in query.subqueries])
    if isinstance(query, wq.Not):
        return query
    return query.with_boost(query.boost * factor)
