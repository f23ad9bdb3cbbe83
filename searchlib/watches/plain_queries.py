"""Standing queries that are words and phrases side by side, taken apart without the parser.

Most are: names, alternatives, exclusions. The parser takes as long for a word as for all that is
done with it later, and the same words and names stand in many queries; so of such a query each part
is parsed once, whatever queries have it, and the query is put together of their programs. That is
done only where the parts mean together what they mean alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["PlainQuery", "plain_query"]

# A word of small letters, with a * at its end or without, or a phrase of words in quotes.
_ATOM = r'(?:[a-z]{2,40}\*?|"[A-Za-z]{2,40}(?: [A-Za-z]{2,40}){0,9}")'
_ANY_OF = rf"{_ATOM}(?: OR {_ATOM})*"
_ONE_LIST = re.compile(rf"\({_ANY_OF}\)|{_ANY_OF}", re.ASCII)
_PART = rf"(?:-?{_ATOM}|\({_ANY_OF}\))"
_SIDE_BY_SIDE = re.compile(rf"{_PART}(?: {_PART})*", re.ASCII)
_EACH = re.compile(rf"(?P<not>-)?(?P<atom>{_ATOM})|\((?P<list>{_ANY_OF})\)", re.ASCII)


class PlainQuery(NamedTuple):
    """Words and phrases as they are typed: those of ``required`` of which an article has one of
    each, and the ``excluded``; ``loose`` are words that are left out if they say little."""

    required: list[list[str]]
    excluded: list[str]
    loose: list[str]


def plain_query(text: str) -> PlainQuery | None:
    """The parts of a query whose words side by side must all be there; None if it has to be parsed.

    >>> plain_query('(rain OR "Oslo Fjord") harbour -ferry')
    PlainQuery(required=[['rain', '"Oslo Fjord"'], ['harbour']], excluded=['ferry'], \
loose=['harbour'])
    >>> plain_query("rain NEAR/5 wind"), plain_query("-rain")
    (None, None)
    """
    if _ONE_LIST.fullmatch(text):
        return PlainQuery([text.strip("()").split(" OR ")], [], [])
    if not _SIDE_BY_SIDE.fullmatch(text):
        return None
    required, excluded, loose = list[list[str]](), list[str](), list[str]()
    for each in _EACH.finditer(text):
        if each["list"]:
            required.append(each["list"].split(" OR "))
        elif each["not"]:
            excluded.append(each["atom"])
        else:
            required.append([each["atom"]])
            if each["atom"].isalpha():
                loose.append(each["atom"])
    return PlainQuery(required, excluded, loose) if required else None
