"""Glob patterns (words with * and ?): where they start and end, and their folded letters."""

from __future__ import annotations

import re

from searchlib.analysis import fold_keyword

__all__ = ["BETWEEN", "GLOB", "letters", "pieces"]

# Letters and digits, combining marks of scripts that write vowels so, and the signs of a pattern.
_LETTER = (
    r"[^\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0eff"
    r"\U00020000-\U0003ffff*?'’&]"
)
#: One pattern, or one word without signs of its own.
GLOB = re.compile(rf"(?:{_LETTER})+\Z")
#: What separates the words of a text.
BETWEEN = re.compile(rf"(?:(?!{_LETTER}).)+", re.DOTALL)
_PUNCTUATION = "?!.,;:()[]{}'‘’…-–—"  # around a word in a phrase


def letters(text: str) -> str:
    """The letters of a pattern, folded as keyword values are (:mod:`.to_whoosh` folds again); only
    in lower case if the folded text would be parsed as something else ("⑼" is "(9)").

    >>> letters("Café"), letters("⑼")
    ('cafe', '⑼')
    """
    folded = fold_keyword(text)
    lower = text.lower()
    if folded == lower or text.isascii():
        return folded
    has_new_signs = any(not letter.isalnum() and letter not in lower for letter in folded)
    if has_new_signs or ":" in folded or fold_keyword(folded) != folded:
        return lower
    return folded


def pieces(text: str) -> list[str]:
    """The words and patterns in a phrase.

    >>> pieces("econom*, growth")
    ['econom*', 'growth']
    """
    parts: list[str] = []
    for chunk in text.split():
        if "*" in chunk:
            parts += [p if "*" in p else p.replace("?", " ") for p in BETWEEN.split(chunk) if p]
            continue
        core = chunk.strip(_PUNCTUATION)
        is_pattern = "?" in core and GLOB.match(core) is not None
        parts.append(core if is_pattern else chunk.replace("?", " "))
    return parts
