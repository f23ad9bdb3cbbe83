"""How a query is refused: the errors that the parser raises, in one table of codes.

Codes are stable; messages are for people and may get better.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn

from searchlib.errors import QueryError

__all__ = ["CODES", "near_names", "refuse"]

#: Every code that a query text can be refused with -> what it stands for.
CODES: dict[str, str] = {
    "too-long": "the query is longer than the limit",
    "too-deep": "brackets inside brackets, beyond the limit",
    "too-many-clauses": "more words and values than the limit",
    "phrase-too-long": "a phrase of more words than the limit",
    "empty-query": "there is nothing to search for",
    "unknown-field": "no field has that name",
    "not-searchable": "the field is kept but not searched",
    "no-text-field": "no field of the schema is searched by default",
    "empty-field": "a field without a value",
    "misplaced-sign": "a - or + between a field and its value",
    "unclosed-bracket": "a bracket is opened and not closed",
    "unopened-bracket": "a bracket is closed that was not opened",
    "empty-brackets": "nothing between brackets",
    "unclosed-quote": "a quotation mark is opened and not closed",
    "empty-quote": "no word between quotation marks",
    "dangling-operator": "an operator without something on both sides",
    "no-distance": "NEAR without a number",
    "bad-distance": "a distance, count or limit that cannot be",
    "not-in-text": "NEAR, atleast or first around something that has no place in a text",
    "two-fields": "NEAR over words of different fields, or a field inside a field",
    "unclear-not": "NOT, - before a NEAR without brackets",
    "bad-weight": "a weight that is not a number above 0",
    "bad-number": "not a number, or an empty range of numbers",
    "bad-date": "not a date, or one that can be read in two ways",
    "not-a-range": "a range or comparison in a field that has none, or in no field",
    "missing-colon": "= or > behind the name of a field, where a : belongs",
    "not-a-word": "a pattern or fuzzy word made of several words, or of none",
    "too-broad": "a pattern that would stand for most words",
    "mixed-signs": "signs that do not go together, as in =civil*",
    "bad-fuzzy": "more changes than the limit, or not a number of them",
    "bad-pattern": "a regular expression that is not well formed, or not allowed",
}


def refuse(code: str, start: int, end: int, message: str, cure: str, text: str) -> NoReturn:
    """Raise the :class:`QueryError` of a code in the table.

    >>> refuse("unknown-field", 0, 6, "there is no field 'autor'", "try authors", "autor:x")
    Traceback (most recent call last):
    searchlib.errors.QueryError: there is no field 'autor': try authors
    """
    assert code in CODES, code
    raise QueryError(code, (start, end), message, cure, text)


def near_names(name: str, names: list[str], cutoff: float = 0.6) -> list[str]:
    """The names nearest to one that is not among them, the nearest first, three at most.

    >>> near_names("autor", ["title", "authors", "date"])
    ['authors']
    """
    return get_close_matches(name.lower()[:64], names, n=3, cutoff=cutoff)
