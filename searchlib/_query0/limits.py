"""How large a query may be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of a query: its ``length`` in characters, ``depth`` of brackets, ``clauses``
    (words and other parts), words of a ``phrase``, letters of a ``word``, and ``edits``.

    >>> Limits(depth=10).clauses
    1024
    """

    length: int = 65_536
    depth: int = 100
    clauses: int = 1024
    phrase: int = 1000
    word: int = 1000
    edits: int = 2
