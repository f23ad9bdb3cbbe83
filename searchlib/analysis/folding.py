"""Folding: a token -> its surface form, which all spellings of the word share.

Case, accents and typographic apostrophes are folded, and a possessive ``'s`` is removed.
Folding a folded token changes nothing.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "fold_keyword", "surface", "word"]

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})
# Combining accents, and the Arabic vowel signs and tatweel. Other marks distinguish words.
_REMOVED = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0652\u0670]")


def fold(token: str) -> str:
    """The surface form of a token: without case, accents, apostrophes and possessive.

    Never empty for a token that is not. The kernels do the same for ASCII (``fold_token`` in
    ``kernels/vocabulary.pyx``).

    >>> fold("Café’s"), fold("O'Neill"), fold("U.S."), fold("155,221"), fold("Straße")
    ('cafe', 'oneill', 'u.s', '155221', 'strasse')
    """
    if token.isascii():
        folded = token.lower()
    else:
        folded = "".join(_fold_characters(token).translate(_APOSTROPHES).split()) or token
    if folded.isalpha():
        return folded
    if "'" in folded:
        folded = folded.removesuffix("'s").replace("'", "") or folded
    if "," in folded:
        folded = folded.replace(",", "")
    return folded.rstrip(".") or folded


def _fold_characters(text: str) -> str:
    """The text without case and accents, or as it is if nothing would be left.

    Done twice: decomposition can yield capitals (from a bold letter, say), and case folding can
    yield accents.
    """
    folded = text
    for _ in range(2):
        folded = _REMOVED.sub("", unicodedata.normalize("NFKD", folded.casefold()))
    return unicodedata.normalize("NFC", folded) or text


def fold_keyword(value: str) -> str:
    """The term of a keyword: the whole value, with case, accents and runs of spaces folded.

    >>> fold_keyword("  São  Tomé ")
    'sao tome'
    """
    folded = value.lower() if value.isascii() else _fold_characters(value)
    # A value of accents alone folds to spaces; it is its own term.
    return " ".join(folded.split()) or " ".join(value.split())


def word(token: str, language: str) -> str:
    """What a token says: in lower case, composed, with accents."""
    folded = unicodedata.normalize("NFKC", token).lower().translate(_APOSTROPHES)
    return folded.removesuffix("'s").replace("'", "").replace(",", "").rstrip(".") or token


def surface(word: str) -> str:
    """The surface form of a word: without accents."""
    return word if word.isascii() else fold(word)
