"""The query language: text -> a ``whoosh.query`` tree, and what it was understood to say.

:mod:`.lexer` cuts the text, :mod:`.parser` reads it into :mod:`.ast`, :mod:`.build` makes the
tree, :mod:`.canonical` writes it out, :mod:`.marks` says what to highlight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib._query0 import ast
from searchlib._query0.build import Builder
from searchlib._query0.canonical import canonical
from searchlib._query0.limits import Limits
from searchlib.query.marks import Mark, marks_of
from searchlib._query0.parser import Parser
from searchlib.schema import Schema

__all__ = ["Limits", "Mark", "Parsed", "marks_of", "parse"]


@dataclass(frozen=True)
class Parsed:
    """A query that was understood: ``query`` is its ``whoosh.query`` tree.

    >>> from searchlib.schema import NEWS
    >>> parse("title:rain -title:snow", NEWS).canonical
    'title:rain AND NOT title:snow'
    """

    text: str
    query: Any
    node: Any
    schema: Schema
    dates: DateSettings

    @cached_property
    def canonical(self) -> str:
        """The query in full: dates absolute, operators written out; it means the same."""
        return canonical(self.node, self.dates.zone)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What dates were understood to be: "last week -> 16 to 22 November 2026"."""
        found = []
        for node in _walk(self.node):
            if isinstance(node, ast.DateSpan):
                said = node.interval.describe(self.dates.zone)
                if said != node.text:
                    found.append(f"{node.text} -> {said}")
        return tuple(dict.fromkeys(found))

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The words and phrases to mark in what is found."""
        return marks_of(self.query, self.schema)


def parse(
    text: str, schema: Schema, *, match: str = "all", dates: DateSettings | None = None,
    limits: Limits | None = None,
) -> Parsed:  # fmt: skip
    """Read a query. ``match`` says what words side by side mean: "all" or "any" of them.

    Raises :class:`~searchlib.errors.QueryError` with the place and the cure.

    >>> from searchlib.schema import NEWS
    >>> parse('"new york" source:wire date:2021..2022', NEWS).canonical
    '"new york" AND source:wire AND date:2021..2022'
    """
    if match not in ("all", "any"):
        raise QueryError("bad-match", (0, 0), f'match is "all" or "any", not {match!r}')
    limits, dates = limits or Limits(), dates or DateSettings()
    node = Parser(text, schema, match, dates, limits).parse()
    return Parsed(text, Builder(schema, text, limits).build(node), node, schema, dates)


def _walk(node: Any) -> Iterator[Any]:
    if node is not None:
        yield node
    for child in getattr(node, "parts", ()):
        yield from _walk(child)
    if hasattr(node, "child"):
        yield from _walk(node.child)
