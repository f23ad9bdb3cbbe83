"""Stemming: a surface form -> its stem, by the Snowball stemmer of a language.

See Porter, 'An algorithm for suffix stripping', 1980, and https://snowballstem.org.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import Stemmer  # type: ignore[import-untyped,unused-ignore]

__all__ = ["LANGUAGES", "has_stemmer", "stem", "stem_many"]

#: Languages with a stemmer: ISO 639-1 code -> name of the Snowball algorithm.
LANGUAGES: dict[str, str] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish",
    "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish",
    "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


class _Stemmers(threading.local):
    """The stemmers of one thread: a Snowball stemmer has state and cannot be shared."""

    def __init__(self) -> None:
        self.by_language: dict[str, Any] = {}

    def get(self, language: str) -> Any:
        stemmer = self.by_language.get(language)
        if stemmer is None:
            stemmer = self.by_language[language] = Stemmer.Stemmer(LANGUAGES[language], 0)
        return stemmer


_stemmers = _Stemmers()


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
    stemmed: str = _stemmers.get(language).stemWord(form)
    return stemmed or form


def stem_many(forms: Sequence[bytes], language: str) -> list[bytes]:
    """The stems of many surface forms, all in UTF-8, as :func:`stem` gives them.

    >>> stem_many([b"agreed", b"u.s"], "en")
    [b'agre', b'u.s']
    """
    if language not in LANGUAGES:
        return list(forms)
    stems: list[bytes] = _stemmers.get(language).stemWords(forms)
    # Forms with a full stop are not stemmed: they are found by a search of the joined text.
    ends = np.cumsum(np.fromiter(map(len, forms), np.int64, len(forms)))
    stops = np.flatnonzero(np.frombuffer(b"".join(forms), np.uint8) == ord("."))
    for number in np.unique(np.searchsorted(ends, stops, "right")).tolist():
        stems[number] = forms[number]
    if b"" in stems:
        stems = [stemmed or form for form, stemmed in zip(forms, stems, strict=True)]
    return stems
