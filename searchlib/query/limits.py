"""What a query may cost: budgets that keep parsing and searching bounded."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets of a query; each is refused with an error that says so when it is passed.

    ``length`` is in characters, ``depth`` in brackets inside each other, ``clauses`` counts
    words, phrases, patterns and values, ``phrase`` the words of one phrase, ``word`` the
    letters of one word, ``edits`` the letters that ``word~2`` may differ in, ``distance`` the
    words that NEAR and ``~`` may span.

    >>> Limits(clauses=50).depth
    100
    """

    length: int = 65_536
    depth: int = 100
    clauses: int = 1024
    phrase: int = 1000
    word: int = 1000
    edits: int = 2
    distance: int = 10_000


DEFAULT_LIMITS = Limits()
