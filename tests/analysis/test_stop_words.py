"""Stop words are function words, as surface forms, in every language with a stemmer."""

from __future__ import annotations

import pytest

from searchlib.analysis import rules
from searchlib.analysis.stemmers import LANGUAGES
from searchlib.analysis.stop_words import stop_words


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja"])
def test_they_are_surface_forms(language: str) -> None:
    words = stop_words(language)
    assert len(words) >= 20
    assert {rules().surface(word) for word in words} == words


@pytest.mark.parametrize(
    ("language", "function_words", "others"),
    [
        ("en", "the and of was us it", "bank rain president"),
        ("fr", "le la des que dans", "banque pluie president"),
        ("de", "der die und nicht fur", "bank regen prasident"),
        ("ru", "и в не что", "банк дождь президент"),
    ],
)
def test_function_words_and_no_others(language: str, function_words: str, others: str) -> None:
    assert stop_words(language).issuperset(function_words.split())
    assert stop_words(language).isdisjoint(others.split())
