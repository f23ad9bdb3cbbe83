"""Initials: U.S. and US are two ways to write one word."""

from __future__ import annotations

import re

__all__ = ["initials"]

_CAPITALS = re.compile(r"[A-Z]{2,5}\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+(?:[^\W\d_]\.?)\Z")


def initials(token: str) -> tuple[str, ...]:
    """The surface forms of other ways to write initials, as typed; () if it is none.

    >>> initials("US"), initials("U.S."), initials("us")
    (('u.s',), ('us',), ())
    """
    if _CAPITALS.match(token):
        return (".".join(token.lower()),)
    if _DOTTED.match(token):
        return (token.replace(".", "").lower(),)
    return ()
