"""The limits of a query, which keep parsing and searching bounded."""

from __future__ import annotations

from dataclasses import dataclass, fields

from searchlib.errors import ArgumentError, ArgumentTypeError

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a query; one that exceeds them is refused with an error that says so.

    ``length`` counts characters, ``depth`` brackets and operators inside each other, ``clauses``
    words, phrases, patterns and values, ``phrase`` the words of one phrase, ``edits`` the letters
    in which ``word~2`` may differ, ``distance`` the words that NEAR and ``~`` may span,
    ``expansions`` the terms of the archive that all patterns together may match, ``articles_read``
    the articles whose text may be read for sentences and paragraphs, and ``seconds`` the CPU time
    of its thread, checked between steps of the search.

    Raises :class:`ArgumentError` or :class:`ArgumentTypeError` for what is no limit.

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
    articles_read: int = 5000
    seconds: float = 0.75

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            is_time = field.name == "seconds"
            if isinstance(value, bool) or not isinstance(value, (int, float) if is_time else int):
                kind = "a number" if is_time else "a whole number"
                raise ArgumentTypeError(f"{field.name} is {kind}, not {value!r}")
            if not value >= 0:
                raise ArgumentError(f"{field.name} is from 0 on, not {value!r}")


DEFAULT_LIMITS = Limits()
