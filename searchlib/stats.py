"""What an archive holds, in numbers: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from searchlib.article import Rejected

__all__ = ["FieldStats", "Report", "Stats"]


@dataclass(frozen=True)
class FieldStats:
    """A field: ``words`` of a text field, different ``values`` of a keyword field, and the
    lowest and highest value of dates (days, ISO 8601) and numbers.

    >>> FieldStats("words", "number", 0, 0, 1, 900).last
    900
    """

    name: str
    kind: str
    words: int
    values: int
    first: Any = None
    last: Any = None


@dataclass(frozen=True)
class Stats:
    """An archive: live ``articles``, ``deleted`` ones whose room is not given back yet,
    ``segments``, ``bytes`` on disk, and what each field holds.

    >>> Stats(2, 0, 1, 4096, 1, ()).articles
    2
    """

    articles: int
    deleted: int
    segments: int
    bytes: int
    generation: int
    fields: tuple[FieldStats, ...]


@dataclass(frozen=True)
class Report:
    """What ``Archive.add`` did: how many articles were added, updated, unchanged, and which
    records were rejected and why; ``took`` is in seconds. ``unsearched`` are the keys that
    the schema does not have: their values are kept, but not searched. ``resumed`` says where a
    run that was stopped went on: what is before was not read again, and is not counted here.

    >>> Report(2, 1, 0, [], 0.5).taken
    3
    """

    added: int
    updated: int
    unchanged: int
    rejected: list[Rejected]
    took: float
    unsearched: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """Articles that are now in the archive because of this run, or were already."""
        return self.added + self.updated + self.unchanged
