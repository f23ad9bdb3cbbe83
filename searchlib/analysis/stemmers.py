"""Stemming: a word -> its term, by the Snowball stemmer of its language.

A word is stemmed as written, for the endings of most languages have accents, and the stem is
folded. :mod:`.normalizers` has what some stemmers need done first.

See Porter, 'An algorithm for suffix stripping', 1980, and https://snowballstem.org.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from searchlib.analysis.alternates import alternates
from searchlib.analysis.folding import surface
from searchlib.analysis.languages import LANGUAGES
from searchlib.analysis.normalizers import NORMALIZERS
from searchlib.analysis.snowball import snowball
from searchlib.analysis.stop_words import stop_words

__all__ = ["LANGUAGES", "alternates", "has_stemmer", "stem", "stem_many", "stop_words", "terms"]

# Numbers, initials and what has a digit are not stemmed: "3.5", "u.s", "1990s", "h2o".
_UNSTEMMED = re.compile("[0-9.]")


def has_stemmer(language: str) -> bool:
    """Whether there is a stemmer for this language (an ISO 639-1 code).

    >>> has_stemmer("en"), has_stemmer("zh")
    (True, False)
    """
    return language in LANGUAGES


@lru_cache(maxsize=65536)
def stem(form: str, language: str) -> str:
    """The stem of a surface form; the form itself in a language without a stemmer.

    >>> stem("agreed", "en"), stem("北", "zh")
    ('agre', '北')
    """
    if language not in LANGUAGES or "." in form:  # initials and decimal numbers are not stemmed
        return form
    stemmed: str = snowball(language).stemWord(form)
    return stemmed or form


def stem_many(forms: Sequence[bytes], language: str) -> list[bytes]:
    """The stems of many surface forms, all in UTF-8, as :func:`stem` gives them.

    >>> stem_many([b"agreed", b"u.s"], "en")
    [b'agre', b'u.s']
    """
    if language not in LANGUAGES:
        return list(forms)
    stems: list[bytes] = snowball(language).stemWords(forms)
    # Forms with a full stop are not stemmed: they are found by a search of the joined text.
    ends = np.cumsum(np.fromiter(map(len, forms), np.int64, len(forms)))
    stops = np.flatnonzero(np.frombuffer(b"".join(forms), np.uint8) == ord("."))
    for number in np.unique(np.searchsorted(ends, stops, "right")).tolist():
        stems[number] = forms[number]
    if b"" in stems:
        stems = [stemmed or form for form, stemmed in zip(forms, stems, strict=True)]
    return stems


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
