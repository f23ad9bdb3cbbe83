"""The syntax tree of a query: plain values, each with its span in the query text.

The parser builds it, :mod:`.to_whoosh` turns it into a ``whoosh.query`` tree, and :mod:`.format`
into text. Trees compare by meaning: spans and spellings are ignored.

A ``field`` of None stands for the text fields that are searched by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal

from searchlib.dates import Interval

__all__ = [
    "AndExpr",
    "AtLeastExpr",
    "EverythingExpr",
    "Expr",
    "FirstExpr",
    "HasExpr",
    "MaybeExpr",
    "NearExpr",
    "NotExpr",
    "OrExpr",
    "PatternExpr",
    "PeriodExpr",
    "PhraseExpr",
    "RangeExpr",
    "Span",
    "Unit",
    "ValueExpr",
    "WordExpr",
    "parts_of",
    "walk",
]

#: Start and end offsets in the query text.
Span = tuple[int, int]
#: What the distance of a NEAR is counted in.
Unit = Literal["word", "sentence", "paragraph"]


@dataclass(slots=True)
class Expr:
    """A node of the tree; ``span`` is its place in the text, ``weight`` its factor in ranking."""

    span: Span = dataclass_field(default=(0, 0), compare=False, kw_only=True)
    weight: float = dataclass_field(default=1.0, kw_only=True)


@dataclass(slots=True)
class WordExpr(Expr):
    """A word in any form, as typed (:func:`searchlib.query.terms.words`); several tokens must stand
    next to each other. ``languages`` are those that it is read in, None if all of the archive.
    ``says_little`` marks a stop word that stands loose and is there for a synonym alone.

    >>> WordExpr(("co", "operation")) == WordExpr(("co", "operation"), span=(3, 15))
    True
    """

    tokens: tuple[str, ...]
    field: str | None = None
    languages: tuple[str, ...] | None = dataclass_field(default=None, compare=False, kw_only=True)
    says_little: bool = dataclass_field(default=False, compare=False, kw_only=True)


@dataclass(slots=True)
class PhraseExpr(Expr):
    """Words as written, in order, each at most ``slop`` positions after the one before."""

    tokens: tuple[str, ...]
    field: str | None = None
    slop: int = 1


@dataclass(slots=True)
class PatternExpr(Expr):
    """All words that match: "prefix", "wildcard", "regex", or "fuzzy" with up to ``edits``
    changes."""

    kind: Literal["prefix", "wildcard", "regex", "fuzzy"]
    text: str
    field: str | None = None
    edits: int = 0


@dataclass(slots=True)
class ValueExpr(Expr):
    """A whole value of a keyword or key field."""

    text: str
    field: str


@dataclass(slots=True)
class RangeExpr(Expr):
    """Numbers from ``low`` to ``high``; None is no limit, ``low_exclusive`` excludes ``low``."""

    field: str
    low: float | None
    high: float | None
    low_exclusive: bool = False
    high_exclusive: bool = False


@dataclass(slots=True)
class PeriodExpr(Expr):
    """A period of time in a date field; ``text`` is how it was written.

    >>> from datetime import UTC, datetime
    >>> year = Interval(datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
    >>> PeriodExpr(field="date", interval=year, text="2022").interval.end.year
    2023
    """

    field: str
    interval: Interval
    text: str = dataclass_field(default="", compare=False)


@dataclass(slots=True)
class HasExpr(Expr):
    """Articles with a value in a field."""

    field: str


@dataclass(slots=True)
class EverythingExpr(Expr):
    """All articles."""


@dataclass(slots=True)
class AndExpr(Expr):
    """All of the parts; those that are :class:`NotExpr` are excluded."""

    parts: tuple[Expr, ...]


@dataclass(slots=True)
class OrExpr(Expr):
    """Any of the parts."""

    parts: tuple[Expr, ...]


@dataclass(slots=True)
class NotExpr(Expr):
    """Articles without the part."""

    part: Expr


@dataclass(slots=True)
class MaybeExpr(Expr):
    """The articles that match ``required``; those that match ``optional`` as well rank higher."""

    required: Expr
    optional: Expr


@dataclass(slots=True)
class NearExpr(Expr):
    """Two parts within ``slop`` words of each other, or in the same sentence or paragraph."""

    a: Expr
    b: Expr
    slop: int = 0
    ordered: bool = False
    unit: Unit = "word"


@dataclass(slots=True)
class AtLeastExpr(Expr):
    """The part, ``count`` times or more in a field of an article."""

    part: Expr
    count: int


@dataclass(slots=True)
class FirstExpr(Expr):
    """The part, within the first ``limit`` words of a field."""

    part: Expr
    limit: int


def walk(node: Expr | None) -> Iterator[Expr]:
    """The node and all nodes below it, from left to right.

    >>> [type(node).__name__ for node in walk(NotExpr(WordExpr(("rain",))))]
    ['NotExpr', 'WordExpr']
    """
    pending = [] if node is None else [node]
    while pending:
        last = pending.pop()
        yield last
        pending.extend(reversed(parts_of(last)))


def parts_of(node: Expr) -> tuple[Expr, ...]:
    """The nodes right below one, from left to right.

    >>> parts_of(NotExpr(WordExpr(("rain",))))[0].tokens
    ('rain',)
    """
    if isinstance(node, (AndExpr, OrExpr)):
        return node.parts
    if isinstance(node, (NotExpr, AtLeastExpr, FirstExpr)):
        return (node.part,)
    if isinstance(node, NearExpr):
        return (node.a, node.b)
    if isinstance(node, MaybeExpr):
        return (node.required, node.optional)
    return ()
