"""Stemming by the Snowball stemmer of a language.

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
    """A Snowball stemmer keeps state, so each thread has its own."""

    def __init__(self) -> None:
        self.by_language: dict[str, Any] = {}

    def get(self, language: str) -> Any:
        found = self.by_language.get(language)
        if found is None:
            found = self.by_language[language] = Stemmer.Stemmer(LANGUAGES[language], 0)
        return found


_stemmers = _Stemmers()


def has_stemmer(language: str) -> bool:
    """Whether words of this language are stemmed.

    >>> has_stemmer("en"), has_stemmer("zh")
    (True, False)
    """
    return language in LANGUAGES


@lru_cache(maxsize=65536)
def stem(folded: str, language: str) -> str:
    """The stem of a folded word; the word itself in a language without a stemmer.

    >>> stem("agreed", "en"), stem("北", "zh")
    ('agre', '北')
    """
    if language not in LANGUAGES or "." in folded:  # initials and numbers are no words to stem
        return folded
    found: str = _stemmers.get(language).stemWord(folded)
    return found or folded


def stem_many(folded: Sequence[bytes], language: str) -> list[bytes]:
    """The stems of many folded words, all in UTF-8, as :func:`stem` gives them.

    >>> stem_many([b"agreed", b"u.s"], "en")
    [b'agre', b'u.s']
    """
    if language not in LANGUAGES:
        return list(folded)
    found: list[bytes] = _stemmers.get(language).stemWords(folded)
    ends = np.cumsum(np.fromiter(map(len, folded), np.int64, len(folded)))
    dots = np.flatnonzero(np.frombuffer(b"".join(folded), np.uint8) == ord("."))
    for at in np.unique(np.searchsorted(ends, dots, "right")).tolist():
        found[at] = folded[at]
    if b"" in found:
        found = [made or word for word, made in zip(folded, found, strict=True)]
    return found
