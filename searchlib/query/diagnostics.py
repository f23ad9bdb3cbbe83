"""How a query is refused: the codes of all errors, and the function that raises them.

Codes are stable; messages are for people and may improve.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn, get_args

from searchlib.errors import QueryCode, QueryError

__all__ = ["CODES", "QueryCode", "near_names", "refuse"]

#: Every code that a query can be refused with, by the parser or while it is run.
CODES: frozenset[str] = frozenset(get_args(QueryCode))


def refuse(code: QueryCode, start: int, end: int, message: str, cure: str, text: str) -> NoReturn:
    """Raise the :class:`QueryError` of a code, for the place from ``start`` to ``end``.

    >>> refuse("unknown-field", 0, 6, "there is no field 'autor'", "try authors", "autor:x")
    Traceback (most recent call last):
    searchlib.errors.QueryError: there is no field 'autor': try authors
    """
    raise QueryError(code, (start, end), message, cure, text)


def near_names(name: str, names: list[str], cutoff: float = 0.6) -> list[str]:
    """The names most similar to one that is not among them, the best first, three at most.

    >>> near_names("autor", ["title", "authors", "date"])
    ['authors']
    """
    return get_close_matches(name.lower()[:64], names, n=3, cutoff=cutoff)
