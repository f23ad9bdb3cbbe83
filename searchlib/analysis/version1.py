"""The rules of version 1: those of archives of the formats 1 and 2, kept as they were.

An archive answers by the rules that it was written with, so nothing here changes; new rules are a
new version.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.snowball import has_snowball, snowball

__all__ = ["Version1"]

# Characters that are a token each: kana (without the middle dot), Han with the iteration and
# closing marks, Hangul syllables, and Han beyond the Basic Multilingual Plane.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Combining marks that \w does not match but that belong to the letter before them: accents,
# Hebrew points, Arabic vowel signs, the vowel signs of the Indic scripts, of Thai and of Lao.
_COMBINING = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03"
    "\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
)
_LETTER = rf"[^\W_{_CJK}]"
_WORD = rf"{_LETTER}+(?:[{_COMBINING}]+{_LETTER}*)*"


@cache
def _token_pattern() -> re.Pattern[str]:
    # Made when it is needed: it takes 15 ms, and most archives are of later versions.
    return re.compile(
        # 1,234,567.89 and 3.5, not followed by a letter or digit
        rf"\d+(?:[.,]\d+)+(?!{_LETTER})"
        # U.S., U.S.A., J.K.: two or more single letters, each with a full stop
        rf"|(?:[^\W\d_{_CJK}]\.){{2,}}"
        # C++ and C#, which the next pattern would cut to "C"
        rf"|[A-Za-z](?:\+\+|\#)(?!\w)"
        # words; an inner apostrophe or ampersand does not end a word
        rf"|{_WORD}(?:['’ʼ&]{_WORD})*"
        rf"|[{_CJK}]"
    )


_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})
# Combining accents, and the Arabic vowel signs and tatweel. Other marks distinguish words.
_REMOVED = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0652\u0670]")


def _fold(token: str) -> str:
    """The surface form of a token: without case, accents, apostrophes and possessive.

    Never empty for a token that is not. The kernels do the same for ASCII (``fold_token`` in
    ``kernels/vocabulary.pyx``).

    >>> _fold("Café’s"), _fold("O'Neill"), _fold("U.S."), _fold("155,221"), _fold("Straße")
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


def _fold_keyword(value: str) -> str:
    """The term of a keyword: the whole value, with case, accents and runs of spaces folded.

    >>> _fold_keyword("  São  Tomé ")
    'sao tome'
    """
    folded = value.lower() if value.isascii() else _fold_characters(value)
    # A value of accents alone folds to spaces; it is its own term.
    return " ".join(folded.split()) or " ".join(value.split())


class Version1:
    """Tokens are folded, accents too, and then stemmed."""

    version = 1

    def prepare(self, text: str) -> str:
        """The text as it is."""
        return text

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token of a prepared text begins and ends."""
        return [match.span() for match in _token_pattern().finditer(text)]

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a prepared text, in order."""
        tokens: list[str] = _token_pattern().findall(text)
        return tokens

    def tokenize_parts(self, parts: list[str]) -> list[list[str]]:
        """The tokens of a prepared text by its parts: each ends with a sign between tokens."""
        return list(map(self.tokenize, parts))

    def word(self, token: str, language: str) -> str:
        """The surface form: this version knows no other writing of a token."""
        return _fold(token)

    def surface(self, word: str) -> str:
        """The word as it is."""
        return word

    def terms(self, words: Sequence[str], language: str) -> list[str]:
        """The stems of surface forms; initials and decimal numbers are not stemmed."""
        if not has_snowball(language):
            return list(words)
        stems = snowball(language).stemWords(words)
        return [
            word if "." in word or not stem else stem
            for word, stem in zip(words, stems, strict=True)
        ]

    def encoded_terms(self, words: ByteStrings, language: str) -> ByteStrings:
        """The same, of many words, all in UTF-8."""
        terms = self.terms([word.decode() for word in words.tolist()], language)
        return ByteStrings.of([term.encode() for term in terms])

    def alternates(self, word: str, language: str) -> tuple[str, ...]:
        """None."""
        return ()

    def stop_words(self, language: str) -> frozenset[str]:
        """None."""
        return frozenset()

    def keyword(self, value: str) -> str:
        """The term of a keyword: the whole value without case, accents and runs of spaces."""
        return _fold_keyword(value)
