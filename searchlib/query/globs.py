"""Glob patterns (words with * and ?): where they start and end, and their folded letters."""

from __future__ import annotations

import re

from searchlib.analysis import fold_keyword, is_elision, token_spans, tokenize
from searchlib.analysis.characters import APOSTROPHES, COMBINING, INVISIBLE

__all__ = ["BETWEEN", "GLOB", "letters", "pieces", "word_letters"]

# Letters and digits, marks on them, the signs of a pattern, and what may stand within a word: dots
# of initials (U.S*), separators of a number (1,23*).
_LETTER = (
    rf"[^\W_]|[{COMBINING}{INVISIBLE}{APOSTROPHES}*?'&]"
    r"|(?<=\d)[.,](?=[\d*?])"
    r"|(?<=[^\W\d_])(?<![^\W_]{2})\.(?=[*?]|[^\W\d_](?:[.*?]|\Z))"
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
    text = text.translate(_TYPEWRITER)
    folded = fold_keyword(text)
    lower = text.lower()
    if folded == lower or text.isascii():
        return folded
    has_new_signs = any(not letter.isalnum() and letter not in lower for letter in folded)
    if has_new_signs or ":" in folded or fold_keyword(folded) != folded:
        return lower
    return folded


def word_letters(text: str) -> str:
    """The letters of a pattern of words, folded as surface forms are: without apostrophes, elided
    articles and the separators of thousands.

    >>> word_letters("O’Ne*"), word_letters("l'écon*"), word_letters("U.S*"), word_letters("1,23*")
    ('one*', 'econ*', 'u.s*', '123*')
    """
    head = text[: _HEAD.match(text).end()]  # type: ignore[union-attr]
    spans = token_spans(head + "a")
    if len(spans) > 1 and is_elision(tokenize(head + "a")[0]):
        text = text[spans[1][0] :]
    return _SEPARATOR.sub("", letters(text)).replace("'", "")


_TYPEWRITER = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
_HEAD = re.compile(r"[^*?]*")
_SEPARATOR = re.compile(r"(?<=\d),(?=[\d*?])")


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
