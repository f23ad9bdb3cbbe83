"""The text of a query -> tokens with their places. One pattern cuts the whole text."""

from __future__ import annotations

import re
from typing import NamedTuple

from searchlib.errors import QueryError
from searchlib._query0.limits import Limits

__all__ = ["Token", "tokenize"]


class Token(NamedTuple):
    """A piece of a query. ``kind`` is "(", ")", "field", "quote", "word", "and", "or", "not",
    "plus", "boost", "slop", "range" or "end"; ``value`` is its text without the signs."""

    kind: str
    value: str
    start: int
    end: int


_PATTERN = re.compile(
    r"""
      (?P<blank>[\s\u3000]+)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<quote>["\u201c\u201d\u201e\u00ab\u00bb]([^"\u201c\u201d\u201e\u00ab\u00bb]*)
                ["\u201c\u201d\u201e\u00ab\u00bb]?)
    | (?P<boost>\^([^\s()"]*))
    | (?P<slop>~([0-9]*))
    | (?P<range>[\[{][^\]}\n]*[\]}]?)
    | (?P<field>([^\W\d]\w*):(?!//))
    | (?P<and>&&?(?=[\s("=]|$)|AND(?=[\s()"]|$))
    | (?P<or>\|\|?|OR(?=[\s()"]|$))
    | (?P<not>[-\u2212!](?=[\w("=\u201c])|NOT(?=[\s()"]|$))
    | (?P<plus>\+(?=[\w("=\u201c]))
    | (?P<word>[^\s()"\u201c\u201d\u201e\u00ab\u00bb^~\[\]{}|]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {"open": "(", "close": ")"}
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'


def tokenize(text: str, limits: Limits) -> list[Token]:
    """The tokens of a query, and an "end". Raises QueryError for an unclosed quote or bracket
    of a range, and for a text longer than ``limits.length``.

    >>> [token.kind for token in tokenize('bank "new york"~3 -title:x', Limits())]
    ['word', 'quote', 'slop', 'not', 'field', 'word', 'end']
    """
    if len(text) > limits.length:
        raise QueryError(
            "too-long", (0, limits.length),
            f"this query has {len(text):,} characters, more than {limits.length:,}",
            "search for fewer words", text[: limits.length],
        )  # fmt: skip
    tokens: list[Token] = []
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "blank":
            continue
        value = match.group()
        if kind == "quote":
            value = _unquoted(text, match)
        elif kind == "range":
            _check_range(text, start, value)
        elif kind == "field":
            value = value[:-1]
        elif kind == "boost" or kind == "slop":
            value = value[1:]
        elif kind == "other":
            continue  # a lone sign that no word has
        tokens.append(Token(_KINDS.get(kind, kind), value, start, end))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _unquoted(text: str, match: re.Match[str]) -> str:
    value = match.group()
    if len(value) < 2 or value[-1] not in _QUOTES:
        start = match.start()
        raise QueryError(
            "unclosed-quote", (start, start + 1), "this quote is not closed",
            'write a " after the last word of the phrase', text,
        )  # fmt: skip
    return value[1:-1]


def _check_range(text: str, start: int, value: str) -> None:
    if value[-1] not in "]}" or len(value) < 2:
        raise QueryError(
            "unclosed-bracket", (start, start + 1), f"this {value[0]} is not closed",
            "write a range as [2021 TO 2022]", text,
        )  # fmt: skip
