"""The tokenizer: which runs of characters are one token."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import rules, words
from searchlib.analysis.characters import clean
from searchlib.analysis.tokenizer import (
    _ASCII_TOKEN,
    _BEYOND_LATIN,
    _any_token,
    _latin_token,
    _vowels,
    is_elision,
    token_pattern,
    token_spans,
    tokenize,
    tokenize_parts,
)
from tests.texts import TEXTS


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("first-rate, co_op", ["first", "rate", "co", "op"]),
        ("China's O’Neill rock'n'roll 'quoted'",
         ["China's", "O'Neill", "rock", "n", "roll", "quoted"]),
        ("don't Xi'an Qur'an Ba'ath Hawai'i N'Djamena B'nai c'mon o'clock all's Dell's",
         ["don't", "Xi'an", "Qur'an", "Ba'ath", "Hawai'i", "N'Djamena", "B'nai", "c'mon", "o'clock",
          "all's", "Dell's"]),
        ("l'économie L’État qu’elle lorsqu'il j'habite",
         ["l'", "économie", "L'", "État", "qu'", "elle", "lorsqu'", "il", "j'", "habite"]),
        ("chef-d’œuvre, Côte d'Ivoire, aujourd'hui, presqu'île",
         ["chef", "d'", "œuvre", "Côte", "d'", "Ivoire", "aujourd'hui", "presqu'", "île"]),
        ("dell'Italia un'altra l'Fbi c'è l'11 sant'Anna",
         ["dell'", "Italia", "un'", "altra", "l'", "Fbi", "c'", "è", "l'", "11", "sant'", "Anna"]),
        ("d'fhág b'fhearr m'athair", ["d'", "fhág", "b'", "fhearr", "m'", "athair"]),
        ("Davos'24 1990's 2022'de", ["Davos", "24", "1990's", "2022'de"]),
        ("AT&T R&D & co, B&Bs AT&T's", ["AT&T", "R&D", "co", "B&Bs", "AT&T's"]),
        ("Harper&Finch ?q=flood&lang=en ?a=b&c=d",
         ["Harper", "Finch", "q", "flood", "lang", "en", "a", "b", "c", "d"]),
        ("U.S. U.S U.S.A. U.S.'s J.K. Rowling J.K.Rowling e.g. t.co",
         ["U.S.", "U.S", "U.S.A.", "U.S.'s", "J.K.", "Rowling", "J.K", "Rowling", "e.g.", "t",
          "co"]),
        ("vitamin B. Then", ["vitamin", "B", "Then"]),
        ("1,000 3.5, 1,234,567.89. 1.250,50 5,5 12,34,567 3'500",
         ["1,000", "3.5", "1,234,567.89", "1.250,50", "5,5", "12,34,567", "3'500"]),
        ("2010,2011 1,2,3 31.08.2022 192.168.0.1",
         ["2010", "2011", "1", "2", "3", "31", "08", "2022", "192", "168", "0", "1"]),
        ("$1.5bn 5m 2,5kg", ["1.5", "bn", "5m", "2,5", "kg"]),
        ("2022-08-31 09:20", ["2022", "08", "31", "09", "20"]),
        ("C++, C# and C#7; A+B", ["C++", "C#", "and", "C", "7", "A", "B"]),
        ("e\u0301tude cafe\u0301", ["étude", "café"]),
        ("北京2022年", ["北", "京", "2022", "年"]),
        ("ジョン・スミス", list("ジョンスミス")),
        ("佐々木〇〇", list("佐々木〇〇")),
        ("한국 news", ["한", "국", "news"]),
        (unicodedata.normalize("NFD", "한국 がんば"), ["한", "국", "が", "ん", "ば"]),
        ("हिन्दी שָׁלוֹם ਪੰਜਾਬੀ සිංහල", ["हिन्दी", "שָׁלוֹם", "ਪੰਜਾਬੀ", "සිංහල"]),
        ("ประเทศไทย ๒๕๖๕", ["ป", "ร", "ะ", "เ", "ท", "ศ", "ไ", "ท", "ย", "2565"]),
        ("ភ្នំពេញ ရန်ကုန် ສະບາຍດີ",
         ["ភ្នំ", "ពេ", "ញ", "ရ", "န်", "ကု", "န်", "ສ", "ະ", "ບ", "າ", "ຍ", "ດີ"]),
        ("น้ำ ນ້ຳ", ["น้ํา", "ນ້ໍາ"]),
        ('צה"ל צה״ל ב"הארץ"', ['צה"ל', 'צה"ל', "ב", "הארץ"]),
        ("col·lecció Ben·Ali", ["col·lecció", "Ben", "Ali"]),
        ("🎉🎉 👩‍💻 🇳🇴🇸🇪 ❤️ → ©", ["🎉", "🎉", "👩", "💻", "🇳🇴", "🇸🇪", "❤"]),
        ("", []),
        (" \u3000—… \u0301", []),
    ],
)  # fmt: skip
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_tokens_of_ascii_are_the_same_by_both_patterns() -> None:
    pairs = list(product(map(chr, range(128)), repeat=2))
    texts = [
        f"{a}{x}{b}{y}{c}" for x, y in pairs for a, b, c in ("abc", "123", "USs", "laS", "d1a")
    ]
    for size in range(5):
        texts += map("".join, product("asS1.,'&+#_-e`", repeat=size))
    for text in texts:
        assert _ASCII_TOKEN.findall(text) == _any_token().findall(text), repr(text)


def test_tokens_of_latin_letters_are_the_same_by_both_patterns() -> None:
    signs = [*map(chr, range(0x250)), *map(chr, range(0x2010, 0x2028))]
    texts = [
        f"{a}{sign}{b}" for sign in signs for a, b in ("ab", "L'", "l ", "1,", ".é", "US", "D'")
    ]
    for size in range(5):
        texts += map("".join, product("éSl1.,'&·ß", repeat=size))
    for text in texts:
        assert not _BEYOND_LATIN.search(text)
        assert _latin_token().findall(text) == _any_token().findall(text), repr(text)
    beyond = ("\u0250", "\u0300", "\u200d", "\u2028", "я", "北", "☀")
    assert all(_BEYOND_LATIN.search(f"é{sign}é") for sign in beyond)


@given(st.text(st.characters(max_codepoint=0x24F) | st.sampled_from("–—‘’“”„…"), max_size=20))
def test_tokens_of_texts_of_latin_letters(text: str) -> None:
    cleaned = clean(text)
    assert token_pattern(cleaned).findall(cleaned) == _any_token().findall(cleaned)


@given(st.text("aS1.,'&#-“”„–—…•\xa0’‘", max_size=12))
def test_typographic_signs_are_as_those_of_ascii(text: str) -> None:
    assert tokenize(text) == _any_token().findall(clean(text))


@given(TEXTS | st.text(max_size=30))
def test_spans_are_those_of_the_tokens(text: str) -> None:
    tokens, spans = tokenize(text), token_spans(text)
    assert len(tokens) == len(spans)
    end = 0
    for token, (start, after) in zip(tokens, spans, strict=True):
        assert 0 <= start < after <= len(text)
        # One character can be several words.
        assert start >= end or text[start] in "".join(c for c in text if len(words(c)) > 1)
        assert token in clean(text[start:after])
        end = after


@given(TEXTS | st.text(max_size=30))
def test_whitespace_separates_tokens(text: str) -> None:
    """The vocabulary relies on this: it splits texts at whitespace before it tokenizes."""
    for version in (1, 2):
        by = rules(version)
        chunks = text.split()
        assert [token for chunk in chunks for token in by.tokenize(chunk)] == by.tokenize(text)


@given(TEXTS)
def test_a_token_stays_one(text: str) -> None:
    for token in tokenize(text):
        assert not any(character.isspace() for character in token)
        if not is_elision(token):
            assert len(tokenize(f" {token} ")) >= 1


def test_the_vowels_of_latin_script() -> None:
    vowels = {
        letter
        for letter in map(chr, range(0x2000))
        if unicodedata.name(letter, "").startswith("LATIN")
        and unicodedata.normalize("NFD", letter)[0] in "aeiouyAEIOUY"
    }
    assert set(_vowels()) == vowels | set("œŒæÆ")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("№5", [(0, 1), (1, 2)]),
        ("rain №", [(0, 4), (5, 6)]),
        ("l’in\xadfo, ﬁn", [(0, 2), (2, 7), (9, 11)]),
        ("cafe\u0301 e\u0301", [(0, 5), (6, 8)]),
        ("ﬁ㎏", [(0, 2)]),
        ("\xadrain\xad x", [(1, 6), (7, 8)]),
        ("5℀", [(0, 2), (1, 2)]),
    ],
)
def test_where_tokens_are_in_a_text(text: str, spans: list[tuple[int, int]]) -> None:
    assert token_spans(text) == spans


def test_elisions() -> None:
    assert list(map(is_elision, tokenize("l'eau dell’acqua O'Neill"))) == [
        True, False, True, False, False
    ]  # fmt: skip


@pytest.mark.parametrize("end", '。！？｡．؟۔।॥።፧፨។៕།༎”’」』）»)"')
def test_no_mark_makes_another_character_of_the_end_of_a_sentence(end: str) -> None:
    marks = [chr(code) for code in range(0x20000) if unicodedata.category(chr(code))[0] == "M"]
    assert clean("".join(f"a{end}{mark}" for mark in marks)) == "".join(
        f"a{clean(end)}{clean(mark)}" for mark in marks
    )


PARTS = st.lists(
    st.sampled_from(
        ["雨", "R&D", "n’x", "'n", "3,5", "1", "\u0301", "\u00ad", "\u3099", "ﬁ", "１", "“雪"]
    )
    | st.text("a1é雨\u0338&'’nN.,", max_size=4),
    max_size=5,
).map("".join)


@given(
    st.lists(st.tuples(PARTS, st.sampled_from(["。", "？", "。”", "！’", "؟"])), min_size=1), PARTS
)
def test_tokens_by_part_are_those_of_the_whole(parts: list[tuple[str, str]], last: str) -> None:
    texts = [f"{part}{end}" for part, end in parts] + ([last] if last else [])
    by_part = tokenize_parts(texts)
    assert len(by_part) == len(texts)
    assert [token for part in by_part for token in part] == tokenize("".join(texts))
