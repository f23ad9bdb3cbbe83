"""Query text -> words, by the same tokenizer and rules as article text; memoized."""

from __future__ import annotations

from functools import lru_cache

from searchlib.analysis import Rules, elisions, initials, rules
from searchlib.query.lexer import OPERATORS

__all__ = ["is_cjk", "stems", "surface_forms", "without_elisions", "words"]

_APOSTROPHES = "'’`"
_MAX_CACHED = 256  # characters of a text that is memoized


def _read(text: str, version: int) -> tuple[str, ...]:
    chosen = rules(version)
    return tuple(_written(token, chosen) for token in chosen.tokenize(chosen.prepare(text)))


_cached = lru_cache(maxsize=16384)(_read)


def words(text: str, rules: Rules) -> tuple[str, ...]:
    """The words of a text as typed, by the rules of an archive: with their accents, and in lower
    case where this says the same, which it does not for initials.

    >>> from searchlib.analysis import rules
    >>> words("Co-operation in the US", rules())
    ('co', 'operation', 'in', 'the', 'US')
    """
    if text.isalpha() and text.islower() and text.isascii():
        return (text,)  # as the tokenizer would cut it: most words of queries
    if len(text) > _MAX_CACHED:
        return _read(text, rules.version)
    return _cached(text, rules.version)


def _written(token: str, rules: Rules) -> str:
    lower = token.replace("İ", "i").lower().rstrip("'’")
    if lower == token:
        return token
    is_capital = "." not in token and initials(token) != initials(lower)
    if is_capital and token not in OPERATORS:
        return token
    is_same = rules.word(lower, "") == rules.word(token, "") and rules.tokenize(lower) == [lower]
    return lower if is_same else token


def without_elisions(text: str, rules: Rules) -> tuple[str, ...]:
    """:func:`words` without an elided article before the first: who types ``l'école`` looks for
    schools. A capital before a capital is part of a name (D'Angelo).

    >>> from searchlib.analysis import rules
    >>> [without_elisions(text, rules()) for text in ("L'école", "d'Artagnan", "D'Angelo")]
    [('école',), ('artagnan',), ('d', 'angelo')]
    """
    tokens = words(text, rules)
    if len(tokens) < 2 or not any(sign in text for sign in _APOSTROPHES):
        return tokens
    return tokens[elisions(rules.tokenize(rules.prepare(text))) :]


@lru_cache(maxsize=16384)
def _surface_forms(tokens: tuple[str, ...], language: str, version: int) -> tuple[str, ...]:
    chosen = rules(version)
    return tuple(chosen.surface(chosen.word(token, language)) for token in tokens)


def surface_forms(tokens: tuple[str, ...], language: str, rules: Rules) -> tuple[str, ...]:
    """The surface forms of words as typed, in a language.

    >>> from searchlib.analysis import rules
    >>> surface_forms(("Neill's", "U.S."), "en", rules())
    ('neill', 'u.s')
    """
    return _surface_forms(tokens, language, rules.version)


@lru_cache(maxsize=16384)
def stems(tokens: tuple[str, ...], language: str, version: int) -> tuple[str, ...]:
    """The terms of words as typed, in a language and by the rules of a version."""
    chosen = rules(version)
    return tuple(chosen.terms([chosen.word(token, language) for token in tokens], language))


@lru_cache(maxsize=16384)
def is_cjk(character: str) -> bool:
    """Whether a character is a word by itself, as in Chinese, Japanese and Korean text.

    >>> is_cjk("北"), is_cjk("b")
    (True, False)
    """
    return not character.isascii() and len(rules().tokenize(character * 2)) == 2
