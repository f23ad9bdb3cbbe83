"""The query language: text -> a ``whoosh.query`` tree, and what it was understood to say.

:mod:`.lexer` cuts the text, :mod:`.parser` and :mod:`.items` read it into :mod:`.syntax`,
:mod:`.build` makes the tree, :mod:`.canonical` writes it out, :mod:`.marks` says what to
highlight, :mod:`.lenient` mends what cannot be read. ``LANGUAGE.md`` is the reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from whoosh.query import NullQuery

from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.highlight_terms import HighlightTerm, highlight_terms_of
from searchlib.query.ast import Expr, PatternExpr, PeriodExpr, walk
from searchlib.query.format import format_query
from searchlib.query.help import HELP
from searchlib.query.lenient import mended
from searchlib.query.limits import DEFAULT_LIMITS, Limits
from searchlib.query.parser import Parser
from searchlib.query.to_whoosh import Builder, pattern_text
from searchlib.schema import Schema

__all__ = ["HELP", "HighlightTerm", "Limits", "Parsed", "highlight_terms_of", "parse"]

_DATES = DateSettings()
_PLAIN = re.compile(r"(?:[\d.,–—-]|\s|to)+\Z", re.ASCII).match  # a date that needs no saying
_MOST = 64
_builders: dict[int, tuple[Schema, Builder]] = {}


@dataclass
class Parsed:
    """A query that was understood: ``query`` is its ``whoosh.query`` tree.

    ``changes`` says what was changed to understand it (``lenient=True``), ``node`` is what it
    says as a tree of :mod:`.syntax`.

    >>> from searchlib.schema import NEWS
    >>> parse("title:rain -title:snow", NEWS).canonical
    'title:rain AND NOT title:snow'
    """

    text: str
    query: Any
    node: Expr | None
    schema: Schema
    dates: DateSettings
    changes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @cached_property
    def canonical(self) -> str:
        """The query in full: dates absolute, operators written out; it means the same."""
        return "" if self.node is None else format_query(self.node, self.dates.zone)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What should be said about the query: what was changed, what a date was understood to
        be ("last week -> 16 to 22 November 2026"), a word that may have been meant as an operator.
        """
        found = [*self.changes, *self.remarks]
        for node in walk(self.node):
            if isinstance(node, PeriodExpr):
                said = node.interval.describe(self.dates.zone)
                if said != node.text and not _PLAIN(node.text):
                    found.append(f"{node.text} -> {said}")
        return tuple(dict.fromkeys(found))

    @cached_property
    def intervals(self) -> tuple[PeriodExpr, ...]:
        """The periods of time that were asked for, each with its field."""
        return tuple(node for node in walk(self.node) if isinstance(node, PeriodExpr))

    def located(self, error: QueryError) -> QueryError:
        """An error of running the query, with the place of the pattern that it is about."""
        for node in walk(self.node):
            if isinstance(node, PatternExpr) and node.text and error.text == pattern_text(node):
                return QueryError(error.code, node.span, error.message, error.cure, self.text)
        whole = (0, len(self.text))
        return QueryError(error.code, whole, error.message, error.cure, self.text)

    @cached_property
    def marks(self) -> tuple[HighlightTerm, ...]:
        """The words and phrases to mark in what is found."""
        return highlight_terms_of(self.query, self.schema)


def parse(
    text: str, schema: Schema, *, match: str = "all", dates: DateSettings | None = None,
    limits: Limits | None = None, lenient: bool = False,
) -> Parsed:  # fmt: skip
    """Read a query. ``match`` says what words side by side mean: "all" or "any" of them.

    Raises :class:`~searchlib.errors.QueryError` with the place and the cure; with ``lenient``
    it never does, but takes the best reading and lists in ``changes`` what was changed.

    >>> from searchlib.schema import NEWS
    >>> parse('"new york" source:wire date:2021..2022', NEWS).canonical
    '"new york" AND source:wire AND date:2021..2022'
    >>> parse("(bank OR", NEWS, lenient=True).canonical
    'bank'
    """
    if match != "all" and match != "any":
        raise QueryError("bad-match", (0, 0), f'match is "all" or "any", not {match!r}')
    limits, dates = limits or DEFAULT_LIMITS, dates or _DATES

    if lenient:
        found, changes = mended(text, partial(_read, schema, match, dates, limits), limits)
        if found is None:
            return Parsed(text, NullQuery, None, schema, dates, changes)
        return Parsed(text, found.query, found.node, schema, dates, changes, found.remarks)
    return _read(schema, match, dates, limits, text)


def _read(schema: Schema, match: str, dates: DateSettings, limits: Limits, text: str) -> Parsed:
    parser = Parser(text, schema, match, dates, limits)
    node = parser.parse()
    # By identity: hashing a schema by value costs as much as parsing a query. The entry holds
    # the schema, so its identity is not given to another one meanwhile.
    known = _builders.get(id(schema))
    builder = known[1] if known is not None else _builder(schema)
    return Parsed(text, builder.build(node, text), node, schema, dates, (), tuple(parser.notes))


def _builder(schema: Schema) -> Builder:
    if len(_builders) >= _MOST:
        _builders.clear()
    made = Builder(schema)
    _builders[id(schema)] = (schema, made)
    return made
