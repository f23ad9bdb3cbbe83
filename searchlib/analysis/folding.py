"""Folding: what two spellings of a word have in common.

Case, accents and typographic apostrophes are folded, and a possessive ``'s`` is dropped.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "fold_keyword"]

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})
# Combining accents and the Arabic vowel signs; other marks change the word.
_DROPPED = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0652\u0670]")


def fold(token: str) -> str:
    """The token without its case, accents and possessive: what two spellings have in common.

    >>> fold("Café’s"), fold("O'Neill"), fold("U.S."), fold("155,221"), fold("Straße")
    ('cafe', 'oneill', 'u.s', '155221', 'strasse')
    """
    if token.isascii():
        folded = token.lower()
    else:
        folded = "".join(_plain(token).translate(_APOSTROPHES).split()) or token
    if folded.isalpha():
        return folded
    if "'" in folded:
        folded = folded.removesuffix("'s").replace("'", "") or folded
    if "," in folded:
        folded = folded.replace(",", "")
    return folded.rstrip(".") or folded


def _plain(text: str) -> str:
    """The text without case and accents. Decomposing may bring capitals out (of a bold letter,
    say) and folding case may bring accents, so each is done twice."""
    plain = text
    for _ in range(2):
        plain = _DROPPED.sub("", unicodedata.normalize("NFKD", plain.casefold()))
    return unicodedata.normalize("NFC", plain) or text


def fold_keyword(value: str) -> str:
    """A keyword's term: case, accents and runs of blanks folded, the whole value kept.

    >>> fold_keyword("  São  Tomé ")
    'sao tome'
    """
    plain = value.lower() if value.isascii() else _plain(value)
    # Accents that stand alone become blanks: then they are kept.
    return " ".join(plain.split()) or " ".join(value.split())
