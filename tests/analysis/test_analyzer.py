"""The Whoosh analyzer: the terms that the index has, with positions and characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import rules
from searchlib.analysis.analyzer import TextAnalyzer, analyzer
from searchlib.analysis.stemmers import LANGUAGES
from tests.texts import TEXTS


def test_the_steps() -> None:
    assert [token.text for token in analyzer("en")("The Cafés’ owners agreed.")] == [
        "the", "cafe", "owner", "agre"
    ]  # fmt: skip
    assert [token.text for token in analyzer("")("Owners agreed.")] == ["owners", "agreed"]
    assert [token.text for token in analyzer("en", 1)("l'eau")] == ["leau"]
    exact = TextAnalyzer(rules(), "en", stem=False)
    assert [token.text for token in exact("<b>Cafés</b> agreed")] == ["cafes", "agreed"]


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", ""])
def test_every_language(language: str) -> None:
    assert [token.text for token in analyzer(language)("2022 北")] == ["2022", "北"]


@given(TEXTS, st.sampled_from(["en", "de", "ru", "ar", "zh", ""]), st.sampled_from([1, 2]))
def test_terms_and_positions(text: str, language: str, version: int) -> None:
    by = rules(version)
    tokens = [(t.text, t.pos) for t in analyzer(language, version)(text, positions=True)]
    words = [by.word(token, language) for token in by.tokenize(by.prepare(text))]
    terms = by.terms(words, language)
    assert tokens == list(zip(terms, range(len(terms)), strict=True))


@given(TEXTS)
def test_characters_are_those_of_the_token(text: str) -> None:
    by = rules()
    spans = [(t.startchar, t.endchar) for t in analyzer("en")(text, chars=True)]
    assert spans == by.token_spans(by.prepare(text))


def test_what_whoosh_asks_of_tokens() -> None:
    options = {"positions": True, "chars": True, "keeporiginal": True}
    found = analyzer("en")("The <b>Cafés</b>", **options, start_pos=5, start_char=100)
    assert [(t.text, t.original, t.pos, t.startchar, t.endchar, t.boost, t.stopped)
            for t in found] == [
        ("the", "The", 5, 100, 103, 1.0, False), ("cafe", "Cafés", 6, 107, 112, 1.0, False),
    ]  # fmt: skip
    (whole,) = analyzer("en")("Running Cafés", **options, tokenize=False)
    assert (whole.text, whole.original, whole.pos) == ("running cafe", "Running Cafés", 0)
    assert (whole.startchar, whole.endchar) == (0, 13)
    (plain,) = analyzer("en")("rain", mode="query")
    assert not (plain.positions or plain.chars)
    assert plain.removestops
    assert plain.mode == "query"
    for name in ("original", "pos", "startchar"):
        assert not hasattr(plain, name)
    assert not next(analyzer("en")("rain", removestops=False)).removestops
