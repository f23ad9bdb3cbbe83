"""What a query asks to have marked in the articles it finds: plain values, one a word or phrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One word, phrase, prefix or pattern to mark in a field.

    ``field`` is the schema's name of the field, never that of its twin. ``terms`` are words as
    the index has them: stems, or with ``exact`` folded words. A "term" has any of them, a
    "phrase" all of them in this order, each at most ``slop`` words after the one before (1:
    next to each other). A "prefix" begins the folded word; a "pattern" is a regular expression
    for the whole folded word.

    >>> Mark("body", "phrase", ("internet", "civilization"), exact=True).slop
    1
    """

    field: str
    kind: Literal["term", "phrase", "prefix", "pattern"]
    terms: tuple[str, ...]
    exact: bool = False
    slop: int = 1
