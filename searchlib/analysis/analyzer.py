"""The rules of analysis as a Whoosh analyzer: it gives the terms that the index has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis as whoosh_analysis

from searchlib.analysis.rules import CURRENT_VERSION, Rules, rules

__all__ = ["TextAnalyzer", "analyzer"]


class TextAnalyzer(whoosh_analysis.Tokenizer):  # type: ignore[misc]
    """A Whoosh analyzer by the rules of an archive: its tokens are terms, or with ``stem=False``
    surface forms.

    >>> [t.text for t in TextAnalyzer(rules(), "en")("They agreed")]
    ['they', 'agre']
    """

    def __init__(self, rules: Rules, language: str, *, stem: bool = True) -> None:
        self.rules = rules
        self.language = language
        self.stem = stem

    def __call__(
        self, value: str, positions: bool = False, chars: bool = False, keeporiginal: bool = False,
        removestops: bool = True, start_pos: int = 0, start_char: int = 0, tokenize: bool = True,
        mode: str = "", **kwargs: Any,
    ) -> Iterator[Any]:  # fmt: skip
        token = whoosh_analysis.Token(positions, chars, removestops=removestops, mode=mode)
        prepared = self.rules.prepare(value)
        spans = self.rules.token_spans(prepared) if tokenize else [(0, len(value))]
        tokens = self.rules.tokenize(prepared) if tokenize else [prepared]
        words = [self.rules.word(text, self.language) for text in tokens]
        if self.stem:
            terms = self.rules.terms(words, self.language)
        else:
            terms = [self.rules.surface(word) for word in words]
        for number, ((first, last), term) in enumerate(zip(spans, terms, strict=True)):
            token.text, token.boost, token.stopped = term, 1.0, False
            if keeporiginal:
                token.original = value[first:last]
            if positions:
                token.pos = start_pos + number
            if chars:
                token.startchar, token.endchar = start_char + first, start_char + last
            yield token


def analyzer(language: str = "", version: int = CURRENT_VERSION) -> TextAnalyzer:
    """The Whoosh analyzer for a language, by the rules of a version. Without a stemmer its terms
    are the surface forms.

    >>> [t.text for t in analyzer("")("They agreed")], [t.text for t in analyzer("en")("agreed")]
    (['they', 'agreed'], ['agre'])
    """
    return TextAnalyzer(rules(version), language)
