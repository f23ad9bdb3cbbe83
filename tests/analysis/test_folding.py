"""Folding: the spellings of a word have one surface form, and folding is idempotent."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given

from searchlib.analysis.folding import fold, fold_keyword
from searchlib.analysis.tokenizer import tokenize
from tests.texts import TEXTS


@pytest.mark.parametrize(
    ("spellings", "form"),
    [
        (["Café", "CAFÉ", "cafe\u0301", "cafe", "CAFÉ’s", "café's"], "cafe"),
        (["O'Neill", "O’Neill", "Oʼneill", "oneill"], "oneill"),
        (["1,000", "1000"], "1000"),
        (["U.S.", "u.s."], "u.s"),
        (["Straße", "STRASSE"], "strasse"),
        (["ﬁnance", "Finance", "𝐅𝐢𝐧𝐚𝐧𝐜𝐞"], "finance"),
        (["İzmir", "Izmir"], "izmir"),
        (["ΟΔΟΣ", "οδός", "οδος"], "οδοσ"),
        (["ガ", "カ\u3099", "ｶﾞ"], "ガ"),
        (["قَالَ", "قال", "قـال"], "قال"),
        (["C++", "c++"], "c++"),
    ],
)
def test_spellings_of_one_word(spellings: list[str], form: str) -> None:
    assert {fold(spelling) for spelling in spellings} == {form}


@pytest.mark.parametrize("pair", [("co", "cot"), ("か", "が"), ("का", "की"), ("U.S.", "us")])
def test_different_words_stay_different(pair: tuple[str, str]) -> None:
    assert fold(pair[0]) != fold(pair[1])


@pytest.mark.parametrize(
    ("keyword", "term"),
    [
        ("  São  Tomé ", "sao tome"),
        ("World\tNews", "world news"),
        ("O'Neill's", "o'neill's"),  # only words lose a possessive
        ("¨", "¨"),
        ("", ""),
        (" \u3000", ""),
    ],
)
def test_keywords(keyword: str, term: str) -> None:
    assert fold_keyword(keyword) == term


def test_folding_every_character_twice_changes_nothing() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        decomposed = unicodedata.normalize("NFKD", character.casefold())
        if character == decomposed and not character.isspace():
            continue  # there is nothing to fold
        form, term = fold(character), fold_keyword(character)
        assert fold(form) == form, hex(ord(character))
        assert fold_keyword(term) == term, hex(ord(character))
        assert bool(term) != character.isspace()


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    for token in tokenize(text):
        assert fold(token)
        assert fold(fold(token)) == fold(token)
    term = fold_keyword(text)
    assert fold_keyword(term) == term
    assert fold_keyword(f"  {text}\t") == term
    assert bool(term) == bool(text.strip())
