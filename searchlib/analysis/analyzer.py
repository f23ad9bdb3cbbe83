"""The tokenizer, folding and stemmer as a Whoosh analyzer, for Whoosh's own tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh.analysis import Filter, RegexTokenizer

from searchlib.analysis.folding import fold
from searchlib.analysis.stemmers import has_stemmer, stem
from searchlib.analysis.tokenizer import TOKEN

__all__ = ["FoldFilter", "SnowballFilter", "analyzer"]


class FoldFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter that applies :func:`~searchlib.analysis.fold` to each token.

    >>> [t.text for t in (RegexTokenizer(TOKEN) | FoldFilter())("Café Society")]
    ['cafe', 'society']
    """

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = fold(token.text)
            yield token


class SnowballFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter that applies :func:`~searchlib.analysis.stem` to each token.

    >>> [t.text for t in analyzer("en")("They agreed")]
    ['they', 'agre']
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = stem(token.text, self.language)
            yield token


def analyzer(language: str = "") -> Any:
    """The Whoosh analyzer for a language. Without a stemmer its terms are the surface forms.

    >>> [t.text for t in analyzer("")("They agreed")]
    ['they', 'agreed']
    """
    chain = RegexTokenizer(TOKEN) | FoldFilter()
    return chain | SnowballFilter(language) if has_stemmer(language) else chain
