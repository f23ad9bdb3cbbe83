"""Query text -> terms, by the same steps as article text, remembered."""

from __future__ import annotations

from functools import lru_cache

from searchlib.analysis import fold, stem, words

__all__ = ["folded", "stems"]

_LONG = 256  # longer texts are not remembered


@lru_cache(maxsize=16384)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(fold(token) for token in words(text))


def folded(text: str) -> tuple[str, ...]:
    """The words of a text as written, folded.

    >>> folded("Co-operation at AT&T")
    ('co', 'operation', 'at', 'at&t')
    """
    if len(text) > _LONG:
        return tuple(fold(token) for token in words(text))
    return _folded(text)


@lru_cache(maxsize=16384)
def stems(tokens: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The stems of folded words.

    >>> stems(("cats", "agreed"), "en")
    ('cat', 'agre')
    """
    return tuple(stem(token, language) for token in tokens)
