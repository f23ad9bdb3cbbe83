"""The Snowball stemmers of PyStemmer, called as the C library that its module contains.

PyStemmer does not say yet that it can do without the global interpreter lock, so importing it
switches the lock on for the whole process. Where it is off, the same functions, of the same
version, are called without importing the module. They share nothing but constants.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TypeVar

__all__ = ["LibraryStemmer", "stemmer_library"]

Word = TypeVar("Word", str, bytes)


def stemmer_library() -> ctypes.CDLL | None:
    """The library within PyStemmer; None if its functions cannot be called from outside of it."""
    spec = find_spec("Stemmer")
    if spec is None or spec.origin is None:
        return None
    try:
        library = ctypes.CDLL(spec.origin)
        library.sb_stemmer_new.restype = ctypes.c_void_p
        library.sb_stemmer_new.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        library.sb_stemmer_delete.restype = None
        library.sb_stemmer_delete.argtypes = [ctypes.c_void_p]
        library.sb_stemmer_stem.restype = ctypes.c_void_p
        library.sb_stemmer_stem.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        library.sb_stemmer_length.argtypes = [ctypes.c_void_p]
    except (OSError, AttributeError):  # it is no library, or keeps its functions to itself
        return None
    return library


class LibraryStemmer:
    """What ``Stemmer.Stemmer(algorithm, 0)`` is: a stemmer for one thread."""

    def __init__(self, library: ctypes.CDLL, algorithm: str) -> None:
        """Raises KeyError if there is no such algorithm."""
        self._library = library
        self._stemmer = library.sb_stemmer_new(algorithm.encode(), None)  # for UTF-8
        if not self._stemmer:
            raise KeyError(f"there is no Snowball stemmer {algorithm!r}")

    def __del__(self) -> None:
        if self._stemmer:
            self._library.sb_stemmer_delete(self._stemmer)

    def stemWord(self, word: Word) -> Word:
        """The stem of a word; of bytes it is bytes."""
        return self.stemWords([word])[0]

    def stemWords(self, words: Sequence[Word]) -> list[Word]:
        """The stem of each word. Raises MemoryError."""
        library, stemmer = self._library, self._stemmer
        stems: list[Word] = []
        for word in words:
            data = word.encode() if isinstance(word, str) else word
            place = library.sb_stemmer_stem(stemmer, data, len(data))
            if not place:
                raise MemoryError
            stem = ctypes.string_at(place, library.sb_stemmer_length(stemmer))
            stems.append(stem.decode() if isinstance(word, str) else stem)
        return stems
