"""Characters that are the same to readers are one."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.characters import COMBINING, INVISIBLE, clean, clean_with_offsets
from tests.texts import TEXTS


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("e\u0301tude", "étude"),
        ("ﬁrst ofﬁce", "first office"),
        ("Ⅱ ２０２２ H₂O ㎏", "II 2022 H2O kg"),
        ("ｶﾞｿﾘﾝ", "ガソリン"),
        (unicodedata.normalize("NFD", "한국"), "한국"),
        ("٢٠٢٢ ۲۰۲۲ २०२२ ๒๐๒๒", "2022 2022 2022 2022"),
        ("٣٫٥ ١٬٢٣٤", "3.5 1,234"),
        ("in\u00adter\u200bna\u2060tio\u200cn\u200da\ufeffl\u200e", "international"),
        ("O’Neill O`Neill O´Neill Hawaiʻi ג׳ורג׳ ＇", "O'Neill O'Neill O'Neill Hawai'i ג'ורג' '"),
        ("צה״ל", 'צה"ל'),
        ("½ cup, Windows™, №5", "½ cup, Windows ,  No 5"),
        ("محمـــد", "محمد"),
        ("❤\ufe0f 👍🏽 5\ufe0f\u20e3", "❤ 👍 5"),
        ("coŀlecció", "col·lecció"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_cleaning_every_character_twice_changes_nothing() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        cleaned = clean(character)
        assert clean(cleaned) == cleaned, hex(ord(character))


def test_all_marks_of_unicode_are_marks_or_invisible() -> None:
    known = re.compile(f"[{COMBINING}{INVISIBLE}]")
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) in ("Mn", "Mc"):
            assert known.match(character), hex(ord(character))


@given(TEXTS | st.text(max_size=20))
def test_offsets_lead_back_to_the_text(text: str) -> None:
    cleaned, offsets = clean_with_offsets(text)
    assert cleaned == clean(text)
    if offsets is None:
        assert len(cleaned) == len(text)
        return
    assert len(offsets) == len(cleaned) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(text)
