"""What a query says, as plain values: each part with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from searchlib.dates import Interval

__all__ = [
    "Boolean",
    "Boosted",
    "DateSpan",
    "Has",
    "Node",
    "Not",
    "NumberSpan",
    "Quoted",
    "Scoped",
    "Word",
]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query from ``start`` to ``end`` in its text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A word. ``kind`` says how it is matched: "plain" (any form), "exact" (as written),
    "prefix", "wildcard", or "fuzzy" with so many ``edits``."""

    text: str
    kind: str = "plain"
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Quoted(Node):
    """Words in a row as written, each at most ``slop`` places after the one before."""

    text: str
    slop: int = 1


@dataclass(frozen=True, slots=True)
class DateSpan(Node):
    """Articles of a time: what was written, and the period that was understood."""

    field: str
    text: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class NumberSpan(Node):
    """Articles whose number lies between two; None is no limit."""

    field: str
    low: float | None
    high: float | None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Has(Node):
    """Articles that have something in a field."""

    field: str


@dataclass(frozen=True, slots=True)
class Scoped(Node):
    """A part whose words are looked for in one field."""

    field: str
    child: Any


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Articles that do not match."""

    child: Any


@dataclass(frozen=True, slots=True)
class Boosted(Node):
    """A part that counts more, or less, in the ranking."""

    child: Any
    factor: float


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """All (``operator`` "AND") or any ("OR") of the parts."""

    operator: str
    parts: tuple[Any, ...]
