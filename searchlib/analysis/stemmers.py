"""Stemming: a word -> its term, by the Snowball stemmer of its language.

A word is stemmed as written, for the endings of most languages have accents, and the stem is
folded. :mod:`.normalizers` has what some stemmers need done first.

See Porter, 'An algorithm for suffix stripping', 1980, and https://snowballstem.org.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_letters, digits

import numpy as np
import numpy.typing as npt

from searchlib.analysis.alternates import alternates
from searchlib.analysis.byte_strings import ByteStrings, byte_class
from searchlib.analysis.folding import surface
from searchlib.analysis.languages import LANGUAGES
from searchlib.analysis.normalizers import NORMALIZERS
from searchlib.analysis.snowball import snowball
from searchlib.analysis.stop_words import stop_words

__all__ = ["LANGUAGES", "alternates", "encoded_terms", "has_stemmer", "stop_words", "terms"]

# Numbers, initials and what has a digit are not stemmed: "3.5", "u.s", "1990s", "h2o".
_UNSTEMMED = re.compile("[0-9.]")
_LETTERS = byte_class(ascii_letters.encode())
_ALNUMS_AND_DOTS = byte_class(f"{ascii_letters}{digits}.".encode())
_DOTS = byte_class(b".")


def has_stemmer(language: str) -> bool:
    """Whether there is a stemmer for this language (an ISO 639-1 code).

    >>> has_stemmer("en"), has_stemmer("zh")
    (True, False)
    """
    return language in LANGUAGES


def terms(words: Sequence[str], language: str) -> list[str]:
    """The folded stems of words, as written, of a language; without a stemmer their surface
    forms.

    >>> terms(["écoles", "écolière"], "fr"), terms(["eleições", "eleição"], "pt")
    (['ecol', 'ecoli'], ['eleica', 'eleica'])
    >>> terms(["1990s", "u.s", "runs"], "en"), terms(["écoles"], "")
    (['1990s', 'u.s', 'run'], ['ecoles'])
    """
    singular = normalized = words
    if any("'" in word for word in words):  # "mp's" is the plural of initials, in all languages
        singular = normalized = [word.removesuffix("'s") for word in words]
    if language not in LANGUAGES:
        return [word if word.isascii() and word.isalnum() else surface(word) for word in singular]
    for step in NORMALIZERS.get(language, ()):
        normalized = [step(word) for word in normalized]
    stems = snowball(language).stemWords(normalized)
    # The first case is that of most words; of it the second says the same.
    return [
        stemmed
        if stemmed.isascii() and stemmed.isalpha() and word.isalpha()
        else surface(stemmed if stemmed and not _UNSTEMMED.search(word) else word)
        for word, stemmed in zip(singular, stems, strict=True)
    ]


def encoded_terms(words: ByteStrings, language: str) -> ByteStrings:
    """What :func:`terms` gives of many words, all in UTF-8, where most are of ASCII letters: those
    are not decoded.

    >>> encoded_terms(ByteStrings.of([b"agreed", "écoles".encode(), b"u.s"]), "en").tolist()
    [b'agre', b'ecole', b'u.s']
    """
    found = words
    is_plain = _are_letters(words)
    if language in LANGUAGES and language not in NORMALIZERS:
        plain = np.flatnonzero(is_plain)
        stems = snowball(language).stemWords(words.take(plain).tolist())
        found = words.replaced(plain, ByteStrings.of(stems))
        is_done = ~is_plain | _are_letters(found)
    else:  # what is to be normalized first is left for the end
        is_done = ~is_plain | (language not in LANGUAGES)
    # Numbers and initials of ASCII are their own terms.
    is_done &= found.consist_of(_ALNUMS_AND_DOTS) & ~found.consist_of(_DOTS)
    others = np.flatnonzero(~is_done)
    rest = terms([word.decode() for word in words.take(others).tolist()], language)
    return found.replaced(others, ByteStrings.of([term.encode() for term in rest]))


def _are_letters(words: ByteStrings) -> npt.NDArray[np.bool_]:
    """Which words are ASCII letters, one or more."""
    are_letters: npt.NDArray[np.bool_] = words.consist_of(_LETTERS) & (words.lengths > 0)
    return are_letters
