"""Lenient parsing: a query that cannot be parsed is changed, error by error, until it can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from searchlib.errors import QueryError
from searchlib.query.limits import Limits

__all__ = ["parse_leniently"]

T = TypeVar("T")
_MAX_CHANGES = 24
# What is done about an error, by its code: a single sign is removed, ...
_REMOVE_SIGN = frozenset(("unclosed-bracket", "unopened-bracket", "unclosed-quote"))
# ... the colon becomes a blank, so that the name is searched for like any word, ...
_REMOVE_COLON = frozenset(("unknown-field", "not-searchable", "empty-field", "misplaced-sign"))
# ... or all of the span is removed.
_REMOVE_SPAN = frozenset(("dangling-operator", "bad-weight", "no-distance"))
_WORD = re.compile(r"(?:[^\W_]|['’&])+")


def parse_leniently(
    text: str, parse: Callable[[str], T], limits: Limits
) -> tuple[T | None, tuple[str, ...]]:
    """What ``parse`` returns for the text, changed until it can be parsed, and the changes.

    None if there is no word in it to search for.

    >>> parse_leniently("rain", str.upper, Limits())
    ('RAIN', ())
    """
    changes: list[str] = []
    for _ in range(_MAX_CHANGES):
        try:
            return parse(text), tuple(changes)
        except QueryError as error:
            if error.code == "empty-query":
                changes.append("there is no word to look for")
                return None, tuple(changes)
            text, change = _repaired(text, error, limits)
            changes.append(f"{error.message}: {change}")
    words = " ".join(word.lower() for word in _WORD.findall(text)[: limits.clauses])
    changes.append("only the words were kept")
    try:
        return parse(words), tuple(changes)
    except QueryError:
        return None, tuple(changes)


def _repaired(text: str, error: QueryError, limits: Limits) -> tuple[str, str]:
    """The text without the cause of an error, and what was done about it."""
    start, end = error.span
    wrong = text[start:end]
    if error.code == "too-long":
        return text[: limits.length].rpartition(" ")[0] or text[: limits.length], "cut there"
    if error.code == "too-many-clauses":
        return text[:start], "cut there"
    if error.code == "too-deep":
        return re.sub(r"[()]", " ", text), "brackets taken away"
    if error.code == "phrase-too-long":
        words = wrong.strip('"“”').split()[: limits.phrase // 2]
        return f'{text[:start]}"{" ".join(words)}"{text[end:]}', "cut"
    if error.code == "not-in-text":
        return re.sub(r"\S+/\S+|NEAR|SAME|(?i:atleast|first)\d+", " ", text), "read without it"
    if error.code in _REMOVE_SIGN:
        return f"{text[:start]} {text[start + 1 :]}", f"{wrong[:1]} taken away"
    if error.code in _REMOVE_COLON:
        colon = text.find(":", start, max(end, start) + 2)
        if error.code == "misplaced-sign":
            colon = text.rfind(":", 0, start)
        if colon >= 0:
            return _without_colon(text, colon)
    if error.code in ("bad-date", "bad-number"):
        colon = text.rfind(":", 0, start + 1)
        if colon >= 0:
            return _without_colon(text, colon)
    without = f"{text[:start]} {text[end:]}"
    if error.code in _REMOVE_SPAN and any(map(str.isalnum, without)):
        return without, f"{wrong[:40]} taken away"
    plain_words = " ".join(_WORD.findall(wrong)).lower()
    return f"{text[:start]} {plain_words} {text[end:]}", f"read as {plain_words[:40]!r}"


def _without_colon(text: str, colon: int) -> tuple[str, str]:
    name = re.split(r"[\s(]", text[:colon])[-1]
    return f"{text[:colon]} {text[colon + 1 :]}", f"{name[:40]!r} read as a word"
