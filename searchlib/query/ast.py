"""What a query says, as a tree: plain values with the place in the text where each was written.

The parser makes this tree, :mod:`.build` makes the ``whoosh.query`` tree of it, and
:mod:`.canonical` the text. Trees compare by meaning: the places do not count.

A ``field`` of None stands for the fields that words are looked for in by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as part_of
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
    "walk",
]

#: Start and end offsets in the query text.
Span = tuple[int, int]
#: What the distance of a NEAR is counted in.
Unit = Literal["word", "sentence", "paragraph"]


@dataclass(slots=True)
class Expr:
    """Any part of a query; ``span`` is its place in the text."""

    span: Span = part_of(default=(0, 0), compare=False, kw_only=True)
    weight: float = part_of(default=1.0, kw_only=True)


@dataclass(slots=True)
class WordExpr(Expr):
    """A bare word in any form, as folded tokens; several of them stand one after another.

    >>> WordExpr(("co", "operation")) == WordExpr(("co", "operation"), span=(3, 15))
    True
    """

    tokens: tuple[str, ...]
    field: str | None = None


@dataclass(slots=True)
class PhraseExpr(Expr):
    """Words as written, in order, each at most ``slop`` places after the one before."""

    tokens: tuple[str, ...]
    field: str | None = None
    slop: int = 1


@dataclass(slots=True)
class PatternExpr(Expr):
    """Words of a form: "prefix", "wildcard", "regex", or "fuzzy" with up to ``edits`` changes."""

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
    """Numbers from ``low`` to ``high``; None is open, ``low_open`` leaves the end itself out."""

    field: str
    low: float | None
    high: float | None
    low_open: bool = False
    high_open: bool = False


@dataclass(slots=True)
class PeriodExpr(Expr):
    """A period of time in a date field; ``text`` is how it was written."""

    field: str
    interval: Interval
    text: str = part_of(default="", compare=False)


@dataclass(slots=True)
class HasExpr(Expr):
    """Articles that have something in a field."""

    field: str


@dataclass(slots=True)
class EverythingExpr(Expr):
    """All articles."""


@dataclass(slots=True)
class AndExpr(Expr):
    """All of the parts; those that are :class:`Not` are excluded."""

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
    """The articles of ``required``; those that ``optional`` finds as well rank higher."""

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
    """The node and all nodes in it, from left to right.

    >>> [type(node).__name__ for node in walk(NotExpr(WordExpr(("rain",))))]
    ['NotExpr', 'WordExpr']
    """
    left = [node]
    while left:
        node = left.pop()
        if node is None:
            continue
        yield node
        if isinstance(node, (AndExpr, OrExpr)):
            left.extend(reversed(node.parts))
        elif isinstance(node, (NotExpr, AtLeastExpr, FirstExpr)):
            left.append(node.part)
        elif isinstance(node, NearExpr):
            left.extend((node.b, node.a))
        elif isinstance(node, MaybeExpr):
            left.extend((node.optional, node.required))
