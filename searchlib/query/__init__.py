"""The query language: text -> a ``whoosh.query`` tree, and what the text was understood to mean.

:mod:`.lexer` splits the text into tokens, :mod:`.parser` builds the syntax tree of :mod:`.ast`
(with :mod:`.operands` for words and patterns, and :mod:`.field_values` for dates and numbers),
:mod:`.to_whoosh` turns it into a ``whoosh.query`` tree, :mod:`.format` into text again, and
:mod:`.lenient` changes a text that cannot be parsed until it can. ``LANGUAGE.md`` is the
reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from whoosh.query import NullQuery

from searchlib.cached_property import cached_property
from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.highlight_terms import Highlight, HighlightTerm, highlight_terms_of
from searchlib.query.ast import Expr, PatternExpr, PeriodExpr, walk
from searchlib.query.expansion import with_synonyms
from searchlib.query.format import format_query
from searchlib.query.help import HELP
from searchlib.query.lenient import parse_leniently
from searchlib.query.limits import DEFAULT_LIMITS, Limits
from searchlib.query.parser import Parser
from searchlib.query.to_whoosh import TreeTranslator, pattern_text
from searchlib.requests import check_match
from searchlib.schema import Schema
from searchlib.synonyms import Synonyms

__all__ = ["HELP", "HighlightTerm", "Limits", "Parsed", "highlight_terms_of", "parse"]

_DATES = DateSettings()
_OBVIOUS_DATE = re.compile(r"(?:[\d.,–—-]|\s|to)+\Z", re.ASCII)  # needs no explanation
_MAX_TRANSLATORS = 64
_translators: dict[int, tuple[Schema, TreeTranslator]] = {}


@dataclass
class Parsed:
    """A query that was understood: ``query`` is its ``whoosh.query`` tree, ``node`` its syntax
    tree (:mod:`.ast`), None if nothing is searched for.

    ``changes`` lists what was changed to understand it (``lenient=True``), ``parser_notes`` what
    the parser has to say about it; ``notes`` has both, and how dates were read.

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
    parser_notes: tuple[str, ...] = ()
    #: What makes a tree of Whoosh's own queries of one of ours, with the words that an archive has.
    plain: Callable[[Any], Any] | None = field(default=None, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"plain": None}  # it holds the archive

    @cached_property
    def canonical(self) -> str:
        """The query in full: dates absolute, operators written out. It parses to the same tree."""
        return "" if self.node is None else format_query(self.node, self.dates.zone)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Notes for the user: what was changed, how a date was read ("last week -> 16 to 22
        November 2026"), a word that may have been meant as an operator."""
        notes = [*self.changes, *self.parser_notes]
        for node in self.intervals:
            description = node.interval.describe(self.dates.zone)
            if description != node.text and not _OBVIOUS_DATE.match(node.text):
                notes.append(f"{node.text} -> {description}")
        return tuple(dict.fromkeys(notes))

    @cached_property
    def intervals(self) -> tuple[PeriodExpr, ...]:
        """The periods of time in the query, each with its field."""
        return tuple(node for node in walk(self.node) if isinstance(node, PeriodExpr))

    @cached_property
    def highlight_terms(self) -> tuple[Highlight, ...]:
        """What to highlight in the articles found."""
        tree = self.query if self.plain is None else self.plain(self.query)
        return highlight_terms_of(tree, self.schema)

    def part(self, node: Expr) -> Any:
        """The ``whoosh.query`` tree of a part of the query."""
        entry = _translators.get(id(self.schema))
        translator = entry[1] if entry is not None else _new_builder(self.schema)
        return translator.build_part(node)

    def locate_error(self, error: QueryError) -> QueryError:
        """An error raised while the query was run, with the span of the pattern it is about."""
        span = (0, len(self.text))
        for node in walk(self.node):
            if (
                isinstance(node, PatternExpr)
                and node.text
                and error.text == pattern_text(node, self.schema.rules)
            ):
                span = node.span
                break
        return QueryError(error.code, span, error.message, error.cure, self.text)


def parse(
    text: str, schema: Schema, *, match: str = "all", dates: DateSettings | None = None,
    limits: Limits | None = None, lenient: bool = False, synonyms: Synonyms | None = None,
) -> Parsed:  # fmt: skip
    """Parse a query. ``match`` says what words side by side mean: "all" or "any" of them ("best"
    is a way to rank, and finds the same as "any").

    Raises :class:`~searchlib.errors.QueryError` with the place and the cure. With ``lenient`` a
    query that cannot be parsed is changed until it can be, and ``changes`` lists how. Words are
    searched with their ``synonyms``.

    >>> from searchlib.schema import NEWS
    >>> parse('"new york" source:wire date:2021..2022', NEWS).canonical
    '"new york" AND source:wire AND date:2021..2022'
    >>> parse("(bank OR", NEWS, lenient=True).canonical
    'bank'
    """
    check_match(match)
    limits, dates = limits or DEFAULT_LIMITS, dates or _DATES

    if lenient:
        strictly = partial(_parse, schema, match, dates, limits, synonyms)
        parsed, changes = parse_leniently(text, strictly, limits)
        if parsed is None:
            return Parsed(text, NullQuery, None, schema, dates, changes)
        return Parsed(text, parsed.query, parsed.node, schema, dates, changes, parsed.parser_notes)
    return _parse(schema, match, dates, limits, synonyms, text)


def _parse(
    schema: Schema, match: str, dates: DateSettings, limits: Limits, synonyms: Synonyms | None,
    text: str,
) -> Parsed:  # fmt: skip
    parser = Parser(text, schema, match, dates, limits, synonyms)
    node = parser.parse()
    if synonyms:
        node = with_synonyms(node, synonyms, schema.rules, parser.notes)
    # Keyed by identity: hashing a schema by value costs as much as parsing a query. The entry
    # holds a reference to the schema, so that its id cannot be reused.
    entry = _translators.get(id(schema))
    translator = entry[1] if entry is not None else _new_builder(schema)
    return Parsed(text, translator.build(node, text), node, schema, dates, (), tuple(parser.notes))


def _new_builder(schema: Schema) -> TreeTranslator:
    if len(_translators) >= _MAX_TRANSLATORS:
        _translators.clear()
    translator = TreeTranslator(schema)
    _translators[id(schema)] = (schema, translator)
    return translator
