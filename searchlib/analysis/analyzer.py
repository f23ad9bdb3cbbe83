"""The rules of analysis as a Whoosh analyzer, for Whoosh's own tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh.analysis import Filter, Tokenizer
from whoosh.analysis.acore import Token

from searchlib.analysis.rules import CURRENT_VERSION, rules

__all__ = ["SurfaceFilter", "TermFilter", "WordTokenizer", "analyzer"]


class WordTokenizer(Tokenizer):  # type: ignore[misc]
    """A Whoosh tokenizer that gives the words of a text in a language.

    >>> [t.text for t in WordTokenizer("fr")("L’Économie")]
    ['l', 'économie']
    """

    def __init__(self, language: str = "", version: int = CURRENT_VERSION) -> None:
        self.language = language
        self.version = version

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((self.language, self.version))

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        removestops: bool = True,
        start_pos: int = 0,
        start_char: int = 0,
        tokenize: bool = True,
        mode: str = "",
        **kwargs: Any,
    ) -> Iterator[Any]:
        by = rules(self.version)
        token = Token(positions, chars, removestops=removestops, mode=mode, **kwargs)
        if tokenize:
            prepared = by.prepare(value)
            spans = by.token_spans(prepared)
            tokens = [by.word(text, self.language) for text in by.tokenize(prepared)]
        else:
            spans, tokens = [(0, len(value))], [value]
        for number, (text, (start, end)) in enumerate(zip(tokens, spans, strict=True)):
            token.text = text
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = value[start:end]
            if positions:
                token.pos = start_pos + number
            if chars:
                token.startchar, token.endchar = start_char + start, start_char + end
            yield token


class SurfaceFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter that makes surface forms of words.

    >>> [t.text for t in (WordTokenizer() | SurfaceFilter())("Café Society")]
    ['cafe', 'society']
    """

    def __init__(self, version: int = CURRENT_VERSION) -> None:
        self.version = version

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        surface = rules(self.version).surface
        for token in tokens:
            token.text = surface(token.text)
            yield token


class TermFilter(Filter):  # type: ignore[misc]
    """A Whoosh filter that makes terms of the words of a language.

    >>> [t.text for t in (WordTokenizer("en") | TermFilter("en"))("They agreed")]
    ['they', 'agre']
    """

    def __init__(self, language: str, version: int = CURRENT_VERSION) -> None:
        self.language = language
        self.version = version

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        terms = rules(self.version).terms
        for token in tokens:
            (token.text,) = terms([token.text], self.language)
            yield token


def analyzer(language: str = "", version: int = CURRENT_VERSION) -> Any:
    """The Whoosh analyzer for a language, by the rules of a version: it gives the terms that the
    index has. Without a stemmer they are the surface forms.

    >>> [t.text for t in analyzer("")("They agreed")], [t.text for t in analyzer("en")("agreed")]
    (['they', 'agreed'], ['agre'])
    """
    return WordTokenizer(language, version) | TermFilter(language, version)
