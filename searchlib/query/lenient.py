"""The best reading of a query that cannot be read: what is wrong is changed until it can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from searchlib.errors import QueryError
from searchlib.query.limits import Limits

__all__ = ["mended"]

T = TypeVar("T")
_TRIES = 24
# The sign at the place is taken away, and what stands around it is kept.
_SIGN = frozenset(("unclosed-bracket", "unopened-bracket", "unclosed-quote"))
# The colon becomes a blank: the name is searched for like any word.
_COLON = frozenset(("unknown-field", "not-searchable", "empty-field", "misplaced-sign"))
# The whole of it goes.
_GONE = frozenset(("dangling-operator", "bad-weight", "no-distance"))
_WORD = re.compile(r"(?:[^\W_]|['’&])+")


def mended(text: str, read: Callable[[str], T], limits: Limits) -> tuple[T | None, tuple[str, ...]]:
    """What ``read`` makes of the text, changed until it is readable, and what was changed.

    None if there is nothing in it to search for.

    >>> mended("rain", str.upper, Limits())
    ('RAIN', ())
    """
    changes: list[str] = []
    for _ in range(_TRIES):
        try:
            return read(text), tuple(changes)
        except QueryError as error:
            if error.code == "empty-query":
                changes.append("there is no word to look for")
                return None, tuple(changes)
            text, change = _changed(text, error, limits)
            changes.append(f"{error.message}: {change}")
    plain = " ".join(word.lower() for word in _WORD.findall(text)[: limits.clauses])
    changes.append("only the words were kept")
    try:
        return read(plain), tuple(changes)
    except QueryError:
        return None, tuple(changes)


def _changed(text: str, error: QueryError, limits: Limits) -> tuple[str, str]:
    """The text without its first mistake, and what was done about it."""
    start, end = error.span
    wrong = text[start:end]
    kept = " ".join(_WORD.findall(wrong)).lower()
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
    if error.code in _SIGN:
        return f"{text[:start]} {text[start + 1 :]}", f"{wrong[:1]} taken away"
    if error.code in _COLON:
        colon = text.find(":", start, max(end, start) + 2)
        if error.code == "misplaced-sign":
            colon = text.rfind(":", 0, start)
        if colon >= 0:
            return _uncoloned(text, colon)
    if error.code in ("bad-date", "bad-number"):
        colon = text.rfind(":", 0, start + 1)
        if colon >= 0:
            return _uncoloned(text, colon)
    gone = f"{text[:start]} {text[end:]}"
    if error.code in _GONE and any(map(str.isalnum, gone)):
        return gone, f"{wrong[:40]} taken away"
    return f"{text[:start]} {kept} {text[end:]}", f"read as {kept[:40]!r}"


def _uncoloned(text: str, colon: int) -> tuple[str, str]:
    name = re.split(r"[\s(]", text[:colon])[-1]
    return f"{text[:colon]} {text[colon + 1 :]}", f"{name[:40]!r} read as a word"
