"""Characters that are the same to readers are one."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.characters import (
    COMBINING,
    INVISIBLE,
    _letter,
    _ranges,
    clean,
    clean_with_offsets,
    letter_table,
)
from searchlib.kernels.constants import Letter
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


def test_fractions_and_signs_that_are_not_decomposed() -> None:
    fractions = [
        character
        for character in map(chr, range(0x3000))
        if "VULGAR FRACTION" in unicodedata.name(character, "") and clean(character) == character
    ]
    assert "".join(fractions) == "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞↉"
    assert clean("⅟2") == "1⁄2"
    assert clean("℠™№") == "   No "


@pytest.mark.parametrize(
    ("codes", "ranges"),
    [([5], "\5"), ([5, 6], "\5-\6"), ([5, 6, 7, 9], "\5-\7\t"), ([1, 3, 4, 8], "\1\3-\4\b")],
)
def test_ranges_of_characters(codes: list[int], ranges: str) -> None:
    assert _ranges(codes) == ranges


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("rain", None), ("é½", None), ("１２", None), ("", None), ("É", None),
        ("ﬁn", [0, 0, 1, 2]), ("１ﬁ２", [0, 1, 1, 2, 3]), ("a\xadb", [0, 2, 3]),
        ("e\u0301tude", [0, 2, 3, 4, 5, 6]), ("e\u0301e\u0301x", [0, 2, 4, 5]),
        ("a\xad\u0301b", [0, 3, 4]),  # an invisible sign between a letter and its mark
        ("ﬁe\u0301", [0, 0, 1, 3]), ("e\u0301ﬁ", [0, 2, 2, 3]), ("e\u0301\xad", [0, 3]),
        ("\xad\xade\u0301", [2, 4]), ("\u1112\u1161\u11ab가", [0, 3, 4]),
    ],
)  # fmt: skip
def test_where_cleaned_characters_come_from(text: str, offsets: list[int] | None) -> None:
    assert clean_with_offsets(text) == (clean(text), offsets)


NOTHING = 0, "\0"


@pytest.mark.parametrize(
    ("characters", "letter"),
    [
        ("“«", (Letter.SIGN, "(")), ("”»", (Letter.SIGN, ")")), ("„–§†", (Letter.SIGN, "-")),
        ("‘", (Letter.APOSTROPHE, "(")), ("’", (Letter.APOSTROPHE, ")")),
        ("é", (Letter.SMALL, "é")), ("É", (Letter.CAPITAL, "é")), ("ẞ", (Letter.CAPITAL, "ß")),
        ("я", (Letter.SMALL, "я")), ("ا", (Letter.CASELESS, "ا")),
        # The ends of sentences; what is cleaned, and blanks; what has two small letters, or longer
        # ones; letters and marks of other kinds.
        ("….؟۔։՞՜", NOTHING), ("·²ªĳ", NOTHING), ("\x85\xa0\u2028", NOTHING), ("ΣİȺ", NOTHING),
        ("ːʰ\u0301٣", NOTHING),
    ],
)  # fmt: skip
def test_what_a_character_is_to_the_kernels(characters: str, letter: tuple[int, str]) -> None:
    shown = set(map(_letter, characters))
    assert shown == {letter}
    table = memoryview(letter_table()).cast("H")
    for character in characters:
        assert ord(character) < len(table) == Letter.LIMIT
        assert table[ord(character)] == letter[0] << 13 | ord(letter[1])


def test_the_blocks_that_the_kernels_know() -> None:
    assert len(letter_table()) == 2 * Letter.LIMIT
    table = memoryview(letter_table()).cast("H")
    known = (0x80, 0x58F), (0x600, 0x6FF), (0x1E00, 0x1EFF), (0x2010, 0x2023)
    for first, last in known:
        assert table[first] and table[last]
    inside = {code for first, last in known for code in range(first, last + 1)}
    assert not any(table[code] for code in range(Letter.LIMIT) if code not in inside)
