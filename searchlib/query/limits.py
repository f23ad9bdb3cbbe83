"""The limits of a query, which keep parsing and searching bounded."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a query; one that exceeds them is refused with an error that says so.

    ``length`` counts characters, ``depth`` brackets and operators inside each other, ``clauses``
    words, phrases, patterns and values, ``phrase`` the words of one phrase, ``edits`` the letters
    in which ``word~2`` may differ, ``distance`` the words that NEAR and ``~`` may span,
    ``expansions`` the terms of the archive that all patterns together may match, ``reread`` the
    articles whose text may be read for sentences and paragraphs, and ``seconds`` the CPU time of
    its thread, checked between steps of the search.

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
