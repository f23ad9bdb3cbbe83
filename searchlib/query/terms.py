"""Query text -> terms, by the same steps as article text, remembered."""

from __future__ import annotations

from functools import lru_cache

from searchlib.analysis import fold, stem, tokenize

__all__ = ["folded", "is_cjk", "odd", "stems"]

_LONG = 256  # longer texts are not remembered


#: Folded words that no text folds to but the one they came from ("½" is "1⁄2") -> that text.
odd: dict[str, str] = {}
_ODD = 4096


def _fold_all(text: str) -> tuple[str, ...]:
    made = tuple(fold(token) for token in tokenize(text))
    if not text.isascii():
        for token, raw in zip(made, tokenize(text), strict=True):
            if tuple(map(fold, tokenize(token))) != (token,):
                if len(odd) >= _ODD:
                    odd.clear()
                odd[token] = raw
    return made


_folded = lru_cache(maxsize=16384)(_fold_all)


def folded(text: str) -> tuple[str, ...]:
    """The words of a text as written, folded.

    >>> folded("Co-operation at AT&T")
    ('co', 'operation', 'at', 'at&t')
    """
    if len(text) > _LONG:
        return _fold_all(text)
    return _folded(text)


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
