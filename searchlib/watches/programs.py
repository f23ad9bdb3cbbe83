"""A ``whoosh.query`` tree -> a program over leaves: steps in postfix order, a number each.

A step is a leaf times four plus what to do with its bits (:class:`WatchCode`): push them, or join
them to those pushed last. For leaf 0 the latter joins the two pushed last. This is that of
``rain OR (snow wind)``::

    PUSH snow   AND wind   OR rain

The program of what matches nothing is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from whoosh import query as wq
from whoosh.query.qcore import _NullQuery

from searchlib.kernels.constants import WatchCode
from searchlib.schema import Date, Keyword, Number, Schema, Text
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, Word
from searchlib.watches.leaves import ALL, Codes, LeafTable, Part

__all__ = ["ProgramMaker"]

_NOTHING: Codes = ()
_EVERYTHING: Codes = (ALL << 2 | WatchCode.PUSH,)
_SPANS = (Near, Same, AtLeast, First)
_PATTERNS = (wq.Prefix, wq.Wildcard, wq.Regex, wq.FuzzyTerm, wq.TermRange)


class ProgramMaker:
    """Makes programs of trees, and their leaves in a table."""

    def __init__(self, table: LeafTable) -> None:
        self._table = table
        self._schema: Schema = table.schema
        self._whoosh_schema = table.schema.to_whoosh()
        self._texts = frozenset(table.schema.names(Text))

    def compile(self, query: Any) -> Codes:
        """The program of a tree: the articles of a batch that it matches are its result."""
        if self._schema.is_exact:  # its words may stand elsewhere than in a row, for one
            return _push(self._table.searched(query, ()))
        parts = self._parts(query)
        if parts is not None:
            return _push(self._table.parts(parts))
        make = _MAKERS.get(type(query), ProgramMaker._searched)
        return make(self, query)

    def joined(self, required: Iterable[Iterable[Codes]], excluded: Iterable[Codes]) -> Codes:
        """The program of the articles that match one of each of ``required``, and none of
        ``excluded``."""
        return _without(_all(map(_any, required)), _any(excluded))

    # -- sets of surface forms, which are one leaf -------------------------------------------------

    def _parts(self, query: Any) -> tuple[Part, ...] | None:
        """The surface forms that a query stands for; None if it is another kind of query."""
        if type(query) is AnyField:
            each = [self._part(child) for child in query.subqueries]
            parts = tuple(part for part in each if part is not None)
            return parts if parts and len(parts) == len(each) else None
        part = self._part(query)
        return None if part is None else (part,)

    def _part(self, query: Any) -> Part | None:
        kind, name = type(query), getattr(query, "fieldname", None) or ""
        if kind is Word:
            is_one = len(query.words) == 1 and name in self._texts
            return Part(name, "word", query.words[0], query.languages) if is_one else None
        if kind not in (wq.Term, wq.Prefix, wq.Wildcard) or name not in self._whoosh_schema:
            return None
        base, text = self._schema.base(name), query.text
        if base not in self._texts or type(text) is not str:
            return None
        is_exact = self._schema.exact(base) == name
        if kind is wq.Term:
            return Part(base, "form" if is_exact else "stem", text)
        if kind is wq.Prefix:
            return Part(base, "prefix", text) if is_exact and text else None
        is_suffix = is_exact and text[:1] == "*" and text[1:].isalnum()
        return Part(base, "suffix", text[1:]) if is_suffix else None

    # -- places ------------------------------------------------------------------------------------

    def _positional(self, query: Any, name: str) -> int | None:
        """The number of a leaf among those of the field whose places are needed; None if it is not
        one of surface forms, or a phrase."""
        parts = self._parts_of_or(query)
        leaves = self._table.fields[name]
        if parts is not None:
            is_here = all(part.field == name for part in parts)
            return leaves.place(self._table.parts(parts)) if is_here else None
        if self._is_row(query) and self._schema.base(query.fieldname) == name:
            words = tuple(query.words)
            leaf = self._table.phrase((name,), words)
            return leaves.place(leaf, len(words), self._table.trie.add(words))
        return None

    def _parts_of_or(self, query: Any) -> tuple[Part, ...] | None:
        if type(query) is not wq.Or:
            return self._parts(query)
        each = [self._parts_of_or(child) for child in query.subqueries]
        parts = tuple(part for some in each if some is not None for part in some)
        return parts if parts and None not in each else None

    def _near(self, query: Near) -> Codes:
        name = self._field_of(query)
        places = [self._positional(part, name) for part in query.parts] if name else [None]
        if name is None or None in places:
            return self._searched(query)
        a, b = places
        assert a is not None
        assert b is not None
        return _push(self._table.near(name, a, b, query.slop, ordered=query.ordered))

    def _same(self, query: Same) -> Codes:
        name = query.name
        places = (
            [self._positional(part, name) for part in query.parts] if name in self._texts else []
        )
        if len(places) != 2 or None in places:
            return self._searched(query)
        a, b = places
        assert a is not None
        assert b is not None
        return _push(self._table.same(name, a, b, query.unit))

    def _field_of(self, query: Any) -> str | None:
        """The text field of a span query."""
        while not hasattr(query, "fieldname") and (children := list(query.children())):
            query = children[0]
        name = self._schema.base(getattr(query, "fieldname", None) or "")
        return name if name in self._texts else None

    # -- all else ----------------------------------------------------------------------------------

    def _term(self, query: Any) -> Codes:
        name = query.fieldname
        if name not in self._whoosh_schema:
            return _NOTHING
        if not isinstance(self._schema.fields.get(name), Keyword):
            return self._searched(query)
        try:
            term = self._whoosh_schema[name].to_bytes(query.text)
        except ValueError:
            return _NOTHING
        return _push(self._table.keyword(name, term))

    def _word(self, query: Word) -> Codes:
        """A word of several tokens, which stand next to each other."""
        if query.fieldname not in self._texts or not query.words:
            return _NOTHING
        words = [Word(query.fieldname, (word,), query.languages) for word in query.words]
        if len(words) == 2:
            return self._near(Near(words[0], words[1], 1, True))
        return self._searched(query)

    def _is_row(self, query: Any) -> bool:
        """Whether a query is a phrase of surface forms next to each other."""
        if type(query) is not wq.Phrase or query.slop != 1 or len(query.words) < 2:
            return False
        base = self._schema.base(query.fieldname)
        return base in self._texts and self._schema.exact(base) == query.fieldname

    def _phrase(self, query: Any) -> Codes:
        if query.fieldname not in self._whoosh_schema:
            return _NOTHING
        if not self._is_row(query):
            return self._searched(query)
        fields = (self._schema.base(query.fieldname),)
        return _push(self._table.phrase(fields, tuple(query.words)))

    def _any_field(self, query: AnyField) -> Codes:
        children = query.subqueries
        words = {tuple(child.words) for child in children if self._is_row(child)}
        if len(words) != 1 or not all(map(self._is_row, children)):
            return self._or(query)
        fields = tuple(self._schema.base(child.fieldname) for child in children)
        return _push(self._table.phrase(fields, words.pop()))

    def _or(self, query: Any) -> Codes:
        return _any(self.compile(child) for child in query.subqueries)

    def _and(self, query: Any) -> Codes:
        if not query.subqueries:
            return _NOTHING
        return _all(self.compile(child) for child in query.subqueries)

    def _and_not(self, query: Any) -> Codes:
        return _without(self.compile(query.a), self.compile(query.b))

    def _not(self, query: Any) -> Codes:
        return _without(_EVERYTHING, self.compile(query.query))

    def _range(self, query: Any) -> Codes:
        field = self._schema.fields.get(query.fieldname)
        if not isinstance(field, (Date, Number)) or not query.constantscore:
            return self._searched(query)
        return _push(self._table.range(query))

    def _every(self, query: Any) -> Codes:
        return _EVERYTHING if query.fieldname in (None, "", "*") else self._searched(query)

    def _searched(self, query: Any) -> Codes:
        needs = self._needs(query) if isinstance(query, (*_SPANS, wq.Phrase, Word)) else _EVERYTHING
        if not needs:
            return _NOTHING
        needs = needs if needs != _EVERYTHING else _NOTHING
        return _push(self._table.searched(query, needs))

    def _needs(self, query: Any) -> Codes:
        """What an article needs to match a query about places: its words, anywhere."""
        if isinstance(query, _SPANS):
            return _all(map(self._needs, query.parts))
        if type(query) is wq.Or:
            return _any(map(self._needs, query.subqueries))
        if type(query) is wq.Phrase:
            return _all(self.compile(wq.Term(query.fieldname, word)) for word in query.words)
        if type(query) is Word:
            words = [Word(query.fieldname, (word,), query.languages) for word in query.words]
            return _all(map(self.compile, words))
        if self._part(query) is None and isinstance(query, _PATTERNS):
            return _EVERYTHING  # to look for its forms costs as much as to look for the places
        return self.compile(query)


def _push(leaf: int) -> Codes:
    return (leaf << 2 | WatchCode.PUSH,)


def _joined(a: Codes, b: Codes, code: WatchCode) -> Codes:
    if len(b) == 1:
        return (*a, b[0] | code)  # the one step pushes, and the code of that is 0
    return (*a, *b, code)


def _any(programs: Iterable[Codes]) -> Codes:
    some = [program for program in programs if program]
    if _EVERYTHING in some:
        return _EVERYTHING
    return _folded(some, WatchCode.OR) if some else _NOTHING


def _all(programs: Iterable[Codes]) -> Codes:
    some = list(programs)
    if not all(some):
        return _NOTHING
    some = [program for program in some if program != _EVERYTHING]
    return _folded(some, WatchCode.AND) if some else _EVERYTHING


def _folded(programs: list[Codes], code: WatchCode) -> Codes:
    # The longest first: what is joined to it takes no place on the stack.
    programs = sorted(programs, key=len, reverse=True)
    steps = list(programs[0])
    for program in programs[1:]:
        steps += _joined((), program, code)
    return tuple(steps)


def _without(a: Codes, b: Codes) -> Codes:
    return _joined(a, b, WatchCode.AND_NOT) if a and b else a


#: Query type -> what makes its program.
_MAKERS: dict[type, Callable[[ProgramMaker, Any], Codes]] = {
    AnyField: ProgramMaker._any_field,
    wq.Or: ProgramMaker._or,
    wq.And: ProgramMaker._and,
    wq.AndNot: ProgramMaker._and_not,
    wq.AndMaybe: lambda maker, query: maker.compile(query.a),
    wq.Not: ProgramMaker._not,
    wq.ConstantScoreQuery: lambda maker, query: maker.compile(query.child),
    wq.Every: ProgramMaker._every,
    wq.Term: ProgramMaker._term,
    wq.NumericRange: ProgramMaker._range,
    Period: ProgramMaker._range,
    wq.Phrase: ProgramMaker._phrase,
    Word: ProgramMaker._word,
    Near: ProgramMaker._near,
    Same: ProgramMaker._same,
    _NullQuery: lambda maker, query: _NOTHING,
}
