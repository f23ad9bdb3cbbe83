"""The rules of version 2: stemmed as written, and then folded.

:mod:`.tokenizer` cuts a text into tokens, the same in all languages, so that positions do not
depend on the language; :mod:`.folding` gives the word of a token and the surface form of a word;
:mod:`.stemmers` gives the term of a word in its language.
"""

from __future__ import annotations

from collections.abc import Sequence

from searchlib.analysis import folding, stemmers, tokenizer
from searchlib.analysis.byte_strings import ByteStrings

__all__ = ["Version2"]


class Version2:
    """Words are stemmed as written, and the stem is folded."""

    version = 2

    def prepare(self, text: str) -> str:
        """The text with blanks or ignored characters in the place of what is not text (HTML tags
        and entities, hyphens at the end of a line), of the same length: places in one are places
        in the other."""
        return tokenizer.prepare(text)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token of a prepared text begins and ends."""
        return tokenizer.token_spans(text)

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a prepared text, in order."""
        return tokenizer.tokenize(text)

    def tokenize_parts(self, parts: list[str]) -> list[list[str]]:
        """The tokens of a prepared text by its parts: each ends with a sign between tokens."""
        return tokenizer.tokenize_parts(parts)

    def word(self, token: str, language: str) -> str:
        """The token as one writes it: in lower case, composed (NFKC), with its accents, without
        apostrophes and endings behind them. Never empty."""
        return folding.word(token, language)

    def surface(self, word: str) -> str:
        """The surface form of a word, which is without accents: what a word typed plain is."""
        return folding.surface(word)

    def terms(self, words: Sequence[str], language: str) -> list[str]:
        """The folded stems of words of a language ("" and languages without a stemmer: the surface
        forms)."""
        return stemmers.terms(words, language)

    def encoded_terms(self, words: ByteStrings, language: str) -> ByteStrings:
        """The same, of many words, all in UTF-8."""
        return stemmers.encoded_terms(words, language)

    def alternates(self, word: str, language: str) -> tuple[str, ...]:
        """Other surface forms that a word with accents is typed as: "haeuser" for "häuser"."""
        return stemmers.alternates(word, language)

    def stop_words(self, language: str) -> frozenset[str]:
        """The words of a language that say little, as surface forms."""
        return stemmers.stop_words(language)

    def keyword(self, value: str) -> str:
        """The term of a keyword: the whole value without case, accents and runs of spaces."""
        return folding.fold_keyword(value)
