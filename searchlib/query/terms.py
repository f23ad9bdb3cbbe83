"""Query text -> terms, by the same tokenizer, folding and stemmers as article text; memoized."""

from __future__ import annotations

from functools import lru_cache

from searchlib.analysis import fold, stem, tokenize

__all__ = ["folded", "is_cjk", "raw_tokens", "stems"]

_MAX_CACHED = 256  # characters of a text that is memoized


def _fold_all(text: str) -> tuple[str, ...]:
    return tuple(fold(token) for token in tokenize(text))


def _split(text: str) -> tuple[str, ...]:
    return tuple(tokenize(text))


_folded = lru_cache(maxsize=16384)(_fold_all)
_raw_tokens = lru_cache(maxsize=4096)(_split)


def folded(text: str) -> tuple[str, ...]:
    """The words of a text as written, folded.

    >>> folded("Co-operation at AT&T")
    ('co', 'operation', 'at', 'at&t')
    """
    if len(text) > _MAX_CACHED:
        return _fold_all(text)
    return _folded(text)


def raw_tokens(text: str) -> tuple[str, ...]:
    """The words of a text as typed; () for ASCII text, whose folded words fold to themselves.

    A folded word may fold to something else ("½" to "1⁄2", and that to "1" and "2"), so a query
    is written out with the words as typed.

    >>> raw_tokens("½ cup"), raw_tokens("Half a cup")
    (('½', 'cup'), ())
    """
    if text.isascii():
        return ()
    if len(text) > _MAX_CACHED:
        return _split(text)
    return _raw_tokens(text)


@lru_cache(maxsize=16384)
def stems(tokens: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The stems of folded words.

    >>> stems(("cats", "agreed"), "en")
    ('cat', 'agre')
    """
    return tuple(stem(token, language) for token in tokens)


@lru_cache(maxsize=16384)
def is_cjk(character: str) -> bool:
    """Whether a character is a word by itself, as in Chinese, Japanese and Korean text.

    >>> is_cjk("北"), is_cjk("b")
    (True, False)
    """
    return not character.isascii() and len(tokenize(character * 2)) == 2
