"""What a query says, as a tree: plain values with the place in the text where each was written.

The parser makes this tree, :mod:`.build` makes the ``whoosh.query`` tree of it, and
:mod:`.canonical` the text. Trees compare by meaning: the places do not count.

A ``field`` of None stands for the fields that words are looked for in by default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from searchlib.dates import Interval

__all__ = [
    "And",
    "AtLeast",
    "Everything",
    "First",
    "Has",
    "Maybe",
    "Near",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Period",
    "Phrase",
    "Range",
    "Span",
    "Value",
    "Word",
]

Span = tuple[int, int]
Unit = Literal["word", "sentence", "paragraph"]


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a query; ``span`` is its place in the text."""

    span: Span = field(default=(0, 0), compare=False, kw_only=True)
    weight: float = field(default=1.0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A bare word in any form, or with ``exact`` as written; several tokens are one after another.

    >>> Word(("co", "operation")) == Word(("co", "operation"), span=(3, 15))
    True
    """

    tokens: tuple[str, ...]
    field: str | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words as written, in order, each at most ``slop`` places after the one before.

    A word with ``*`` or ``?`` is a pattern.
    """

    tokens: tuple[str, ...]
    field: str | None = None
    slop: int = 1


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """Words of a form: "prefix", "wildcard", "regex", or "fuzzy" with up to ``edits`` changes."""

    kind: Literal["prefix", "wildcard", "regex", "fuzzy"]
    text: str
    field: str | None = None
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Value(Node):
    """A whole value of a keyword or key field."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """Numbers from ``low`` to ``high``; None is open, ``low_open`` leaves the end itself out."""

    field: str
    low: float | None
    high: float | None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Period(Node):
    """A period of time in a date field."""

    field: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Has(Node):
    """Articles that have something in a field."""

    field: str


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """All articles."""


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of the parts; those that are :class:`Not` are excluded."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Articles without the part."""

    part: Node


@dataclass(frozen=True, slots=True)
class Maybe(Node):
    """The articles of ``required``; those that ``optional`` finds as well rank higher."""

    required: Node
    optional: Node


@dataclass(frozen=True, slots=True)
class Near(Node):
    """Parts within ``slop`` words of each other, or in the same sentence or paragraph."""

    parts: tuple[Node, ...]
    slop: int = 0
    ordered: bool = False
    unit: Unit = "word"


@dataclass(frozen=True, slots=True)
class AtLeast(Node):
    """The part, ``count`` times or more in an article."""

    part: Node
    count: int


@dataclass(frozen=True, slots=True)
class First(Node):
    """The part, within the first ``limit`` words of a field."""

    part: Node
    limit: int
