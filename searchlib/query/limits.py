"""What a query may cost: budgets that keep parsing and searching bounded."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets of a query; each is refused with an error that says so when it is passed.

    ``length`` is in characters, ``depth`` counts brackets and NEARs inside each other,
    ``clauses`` the words, phrases, patterns and values, ``phrase`` the words of one phrase,
    ``edits`` the letters that ``word~2`` may differ in, ``distance`` the words that NEAR and
    ``~`` may span, ``expansions`` the words of the archive that all patterns together may stand
    for, ``reread`` the articles whose text may be read for sentences and paragraphs, and
    ``seconds`` how long its thread may compute, which is asked between steps of the search.

    >>> Limits(clauses=50).depth
    40
    """

    length: int = 65_536
    depth: int = 40
    clauses: int = 1024
    phrase: int = 1000
    edits: int = 2
    distance: int = 10_000
    expansions: int = 10_000
    reread: int = 5000
    seconds: float = 0.75


DEFAULT_LIMITS = Limits()
