"""The rules of analysis, by version. An archive keeps the version that it was written with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.version1 import Version1
from searchlib.analysis.version2 import Version2

__all__ = ["CURRENT_VERSION", "Rules", "rules"]

CURRENT_VERSION = 2


class Rules(Protocol):
    """Text -> tokens -> words -> surface forms and terms.

    A *token* is a piece of text, a *word* what it says (in lower case, with its accents), a
    *surface form* the word without accents, a *term* the folded stem of the word. Tokens do not
    depend on the language; words may, and terms do. Within a text, tokens contain no blank.
    """

    @property
    def version(self) -> int: ...
    def prepare(self, text: str) -> str: ...
    def token_spans(self, text: str) -> list[tuple[int, int]]: ...
    def tokenize(self, text: str) -> list[str]: ...
    def tokenize_parts(self, parts: list[str]) -> list[list[str]]: ...
    def word(self, token: str, language: str) -> str: ...
    def surface(self, word: str) -> str: ...
    def terms(self, words: Sequence[str], language: str) -> list[str]: ...
    def encoded_terms(self, words: ByteStrings, language: str) -> ByteStrings: ...
    def alternates(self, word: str, language: str) -> tuple[str, ...]: ...
    def stop_words(self, language: str) -> frozenset[str]: ...
    def keyword(self, value: str) -> str: ...


_RULES: dict[int, Rules] = {1: Version1(), 2: Version2()}


def rules(version: int = CURRENT_VERSION) -> Rules:
    """The rules of a version. Raises KeyError if this searchlib does not know it.

    >>> rules().surface(rules().word("Écoles", "fr")), rules().terms(["écoles"], "fr")
    ('ecoles', ['ecol'])
    """
    return _RULES[version]
