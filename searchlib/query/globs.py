"""Words with * and ? in them: where they begin and end, and their letters."""

from __future__ import annotations

import re

from searchlib.analysis import fold_keyword

__all__ = ["BETWEEN", "GLOB", "letters", "pieces"]

# Letters, their marks in the scripts that write vowels so, and the signs of a pattern.
_LETTER = (
    r"[^\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0eff"
    r"\U00020000-\U0003ffff*?'’&]"
)
GLOB = re.compile(rf"(?:{_LETTER})+\Z")
BETWEEN = re.compile(rf"(?:(?!{_LETTER}).)+", re.DOTALL)
_AROUND = "?!.,;:()[]{}'‘’…-–—"  # may stand around a word in a phrase


def letters(text: str) -> str:
    """The letters of a pattern folded, as :mod:`.build` does; as they are in small letters, if
    what they fold to would be read as something else ("⑼" is "(9)").

    >>> letters("Café"), letters("⑼")
    ('cafe', '⑼')
    """
    made = fold_keyword(text)
    small = text.lower()
    if made == small or text.isascii():
        return made
    odd = any(not letter.isalnum() and letter not in small for letter in made)
    if odd or ":" in made or fold_keyword(made) != made:
        return small
    return made


def pieces(text: str) -> list[str]:
    """The words and patterns in a phrase.

    >>> pieces("econom*, growth")
    ['econom*', 'growth']
    """
    found: list[str] = []
    for chunk in text.split():
        if "*" in chunk:
            found += [p if "*" in p else p.replace("?", " ") for p in BETWEEN.split(chunk) if p]
            continue
        core = chunk.strip(_AROUND)
        pattern = "?" in core and GLOB.match(core) is not None
        found.append(core if pattern else chunk.replace("?", " "))
    return found
