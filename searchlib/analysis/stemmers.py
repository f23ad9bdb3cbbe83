"""Stemming: a surface form -> its stem, by the Snowball stemmer of a language.

See Porter, 'An algorithm for suffix stripping', 1980, and https://snowballstem.org.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from searchlib.analysis.folding import surface
from searchlib.analysis.snowball import SNOWBALL, snowball

__all__ = ["LANGUAGES", "alternates", "has_stemmer", "stem", "stem_many", "stop_words", "terms"]

#: Languages with a stemmer: ISO 639-1 code -> name of the Snowball algorithm.
LANGUAGES = SNOWBALL


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
    forms."""
    if language not in LANGUAGES:
        return [surface(word) for word in words]
    stems = snowball(language).stemWords(words)
    return [
        surface(word if "." in word or not stemmed else stemmed)
        for word, stemmed in zip(words, stems, strict=True)
    ]


def alternates(word: str, language: str) -> tuple[str, ...]:
    """Other surface forms that a word with accents is typed as."""
    return ()


def stop_words(language: str) -> frozenset[str]:
    """The words of a language that say little, as surface forms."""
    return frozenset()
