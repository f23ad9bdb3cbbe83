"""The Whoosh analyzer: the same terms as our own three steps, with positions and characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.analyzer import analyzer
from searchlib.analysis.folding import fold
from searchlib.analysis.stemmers import LANGUAGES, stem
from searchlib.analysis.tokenizer import tokenize
from tests.texts import TEXTS


def test_the_three_steps() -> None:
    assert [token.text for token in analyzer("en")("The Cafés’ owners agreed.")] == [
        "the", "cafe", "owner", "agre"
    ]  # fmt: skip
    assert [token.text for token in analyzer("")("Owners agreed.")] == ["owners", "agreed"]


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", ""])
def test_every_language(language: str) -> None:
    assert [token.text for token in analyzer(language)("2022 北")] == ["2022", "北"]


@given(TEXTS, st.sampled_from(["en", "de", "ru", "ar", "zh", ""]))
def test_terms_and_positions(text: str, language: str) -> None:
    tokens = [(token.text, token.pos) for token in analyzer(language)(text, positions=True)]
    terms = [stem(fold(token), language) for token in tokenize(text)]
    assert tokens == list(zip(terms, range(len(terms)), strict=True))


@given(TEXTS)
def test_characters_are_those_of_the_token(text: str) -> None:
    for token in analyzer("en")(text, chars=True):
        raw = text[token.startchar : token.endchar]
        assert stem(fold(raw), "en") == token.text
