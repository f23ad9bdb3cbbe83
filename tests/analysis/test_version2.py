"""The current rules: words as written, stemmed and then folded."""

from __future__ import annotations

import pytest

from searchlib.analysis.version2 import Version2

RULES = Version2()


@pytest.mark.parametrize(
    ("language", "token", "word", "surface", "term"),
    [
        ("fr", "Écoles", "écoles", "ecoles", "ecol"),
        ("en", "China’s", "china", "china", "china"),
        ("tr", "Ankara'dan", "ankara", "ankara", "ankar"),
        ("ru", "Новый", "новый", "новый", "нов"),
        ("", "Łódź", "łódź", "lodz", "lodz"),
    ],
)
def test_a_token(language: str, token: str, word: str, surface: str, term: str) -> None:
    assert RULES.word(token, language) == word
    assert RULES.surface(word) == surface
    assert RULES.terms([word], language) == [term]


def test_markup_is_not_text() -> None:
    text = "<p>Oslo&nbsp;today</p>"
    prepared = RULES.prepare(text)
    assert len(prepared) == len(text)
    assert RULES.tokenize(prepared) == ["Oslo", "today"]
