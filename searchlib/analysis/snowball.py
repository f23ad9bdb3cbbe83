"""The Snowball stemmers: see Porter, 'An algorithm for suffix stripping', 1980, and
https://snowballstem.org.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from searchlib.analysis.snowball_library import LibraryStemmer, stemmer_library

_gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
_library = None if _gil_enabled else stemmer_library()
if _library is None:
    import Stemmer  # type: ignore[import-untyped,unused-ignore]

__all__ = ["SNOWBALL", "has_snowball", "snowball"]

#: Languages with a Snowball stemmer: ISO 639-1 code -> name of the algorithm.
SNOWBALL: dict[str, str] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech",
    "da": "danish", "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "no": "norwegian", "fa": "persian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


def _new_stemmer(algorithm: str) -> Any:
    if _library is not None:
        return LibraryStemmer(_library, algorithm)
    return Stemmer.Stemmer(algorithm, 0)


class _Stemmers(threading.local):
    """The stemmers of one thread: a Snowball stemmer has state and cannot be shared."""

    def __init__(self) -> None:
        self.by_language: dict[str, Any] = {}

    def get(self, language: str) -> Any:
        stemmer = self.by_language.get(language)
        if stemmer is None:
            stemmer = self.by_language[language] = _new_stemmer(SNOWBALL[language])
        return stemmer


_stemmers = _Stemmers()


def has_snowball(language: str) -> bool:
    """Whether there is a Snowball stemmer for this language (an ISO 639-1 code).

    >>> has_snowball("en"), has_snowball("zh")
    (True, False)
    """
    return language in SNOWBALL


def snowball(language: str) -> Any:
    """The stemmer of a language, for this thread alone: ``stemWord(str)``, ``stemWords(list)``.

    >>> snowball("en").stemWord("agreed")
    'agre'
    """
    return _stemmers.get(language)
