"""Folding: the spellings of a word have one surface form, and folding is idempotent."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import words
from searchlib.analysis.folding import _fold_characters, fold, fold_keyword, initials, surface, word
from searchlib.analysis.tokenizer import tokenize
from tests.texts import TEXTS


@pytest.mark.parametrize(
    ("spellings", "form"),
    [
        (["Café", "CAFÉ", "cafe\u0301", "cafe", "CAFÉ’s", "café's"], "cafe"),
        (["O'Neill", "O’Neill", "Oʼneill", "O`Neill", "O´Neill", "oneill", "O'Neill's"], "oneill"),
        (["Hawai'i", "Hawaiʻi", "Hawaii"], "hawaii"),
        (["aujourd'hui", "aujourd’hui", "aujourdhui"], "aujourdhui"),
        (["1,000", "1000", "1'000", "１，０００", "١٬٠٠٠"], "1000"),
        (["5,5", "5.5", "٥٫٥"], "5.5"),
        (["1,250.50", "1.250,50", "1250.50"], "1250.50"),
        (["12,34,567", "1,234,567", "1.234.567"], "1234567"),
        (["1990s", "1990's", "1990’s"], "1990s"),
        (["U.S.", "u.s.", "U.S", "U.S.'s"], "u.s"),
        (["M.P.s", "M.P."], "m.p"),
        (["AT&T", "at&t", "AT&T's"], "at&t"),
        (["MPs", "mps"], "mps"),
        (["Straße", "STRASSE"], "strasse"),
        (["ﬁnance", "Finance", "𝐅𝐢𝐧𝐚𝐧𝐜𝐞", "ＦＩＮＡＮＣＥ"], "finance"),
        (["İzmir", "Izmir", "ızmir"], "izmir"),
        (["Łódź", "Lodz"], "lodz"),
        (["Tromsø", "Tromso"], "tromso"),
        (["Đinđić", "Dindic"], "dindic"),
        (["cœur", "coeur"], "coeur"),
        (["Æthelred", "Aethelred"], "aethelred"),
        (["Seyðisfjörður", "Seydisfjordur"], "seydisfjordur"),
        (["Þór", "Thor"], "thor"),
        (["Ħamrun", "Hamrun"], "hamrun"),
        (["Əliyev", "Aliyev"], "aliyev"),
        (["ΟΔΟΣ", "οδός", "οδος"], "οδοσ"),
        (["самолёт", "самолет", "самолёт".upper()], "самолет"),
        (["ガ", "カ\u3099", "ｶﾞ"], "ガ"),
        (["قَالَ", "قال", "قـال"], "قال"),
        (["أحمد", "احمد"], "احمد"),
        (["القاهرة", "القاهره"], "القاهره"),
        (["یمكن", "يمكن"], "يمكن"),
        (["क़ानून", "कानून"], "कानून"),
        (["שרײַבן", "שרייבן"], "שרייבן"),
        (["צה\"ל", "צה״ל", "צהל"], "צהל"),
        (["col·lecció", "coŀlecció", "colleccio"], "colleccio"),
        (["👍🏽", "👍"], "👍"),
        (["C++", "c++"], "c++"),
        (["½"], "½"),
    ],
)  # fmt: skip
def test_spellings_of_one_word(spellings: list[str], form: str) -> None:
    assert {fold(spelling) for spelling in spellings} == {form}


@pytest.mark.parametrize(
    "pair",
    [("co", "cot"), ("か", "が"), ("का", "की"), ("U.S.", "us"), ("рай", "раи"), ("5,5", "55"),
     ("1990s", "1990"), ("කා", "කි"), ("ཀི", "ཀུ"), ("ކަ", "ކު"), ("កា", "ក"), ("ї", "і")],
)  # fmt: skip
def test_different_words_stay_different(pair: tuple[str, str]) -> None:
    assert fold(pair[0]) != fold(pair[1])


@pytest.mark.parametrize(
    ("token", "language", "expected"),
    [
        ("tAontas", "ga", "t'aontas"),
        ("tRNA", "en", "trna"),
        ("hÉireann", "gd", "héireann"),
        ("Économie", "fr", "économie"),
        ("l’", "fr", "l"),
        ("Straße", "de", "straße"),
        ("Ankara'dan", "tr", "ankara"),
        ("Türkiye’nin", "tr", "türkiye"),
        ("Erdoğan'a", "tr", "erdoğan"),
        ("Partisi'ne", "tr", "partisi"),
        ("Ankara'daki", "tr", "ankara"),
        ("Kur'an", "tr", "kuran"),
        ("Ankara'dan", "en", "ankaradan"),
        ("ISPARTA", "tr", "ısparta"),
        ("İstanbul", "en", "istanbul"),
        ("2022'de", "tr", "2022"),
        ("foto’s", "nl", "foto"),
        ("Kennedy'ego", "pl", "kennedy"),
        ("veure'l", "ca", "veure"),
        ("James’s", "en", "james"),
        ("don’t", "en", "dont"),
        ("MPs", "en", "mp's"),
        ("AXs", "en", "ax's"),
        ("Ups", "en", "ups"),
        ("As", "en", "as"),
        ("MPS", "en", "mps"),
        ("N.G.O.s", "en", "n.g.o"),
        ("N.g.s", "en", "n.g.s"),
        ("AT&T's", "en", "at&t"),
        ("B&Bs", "en", "b&b's"),
        ("B&bs", "en", "b&bs"),
        ("AT&T", "en", "at&t"),
        ("J\u030cA", "", "ǰa"),  # whose capital has no character of its own
        ("o'na", "tr", "ona"),
        ("on'da", "tr", "on"),
        ("9,500", "en", "9500"),
        ("1234,567", "en", "1234.567"),
        ("12.3,5", "en", "123.5"),
        ("1,2,3.5", "en", "123.5"),
        ("1990's", "en", "1990s"),
        ("1990'S", "en", "1990s"),
        ("1990'x", "en", "1990"),
        ("5.", "en", "5"),
        ("3,500", "en", "3500"),
        ("3,500", "de", "3.500"),
        ("3.500", "en", "3.500"),
        ("3.500", "de", "3500"),
        ("0,500", "en", "0.500"),
        ("5,5", "en", "5.5"),
        ("1.234.567", "en", "1234567"),
    ],
)
def test_words(token: str, language: str, expected: str) -> None:
    assert word(token, language) == expected


@pytest.mark.parametrize(
    ("token", "forms"),
    [
        ("UN", ("u.n",)),
        ("USA", ("u.s.a",)),
        ("U.N.", ("un",)),
        ("U.S.A.", ("usa",)),
        ("U.S.", ()),  # us
        ("us", ()),
        ("MPs", ("m.p",)),
        ("UN's", ("u.n",)),
        ("U.S.A.'s", ("usa",)),
        ("Us", ()),
        ("U", ()),
        ("Ups", ()),
        ("ABCDEF", ("a.b.c.d.e.f",)),
        ("ABCDEFG", ()),
        ("", ()),
        ("rain", ()),
        ("3.5", ()),
    ],
)
def test_initials(token: str, forms: tuple[str, ...]) -> None:
    assert initials(token, frozenset(("us", "it", "who"))) == forms


@pytest.mark.parametrize(
    ("keyword", "term"),
    [
        ("  São  Tomé ", "sao tome"),
        ("World\tNews", "world news"),
        ("World\u200b", "world"),
        ("\u200eWorld", "world"),
        ("O’Neill's", "o'neill's"),  # only words lose a possessive
        ("Łódź", "lodz"),
        ("٢٠٢٢", "2022"),
        ("¨", "¨"),
        ("", ""),
        (" \u3000", ""),
    ],
)
def test_keywords(keyword: str, term: str) -> None:
    assert fold_keyword(keyword) == term


def test_surface_forms_letter_by_letter_are_those_of_the_whole_word() -> None:
    """Most letters are folded by a table, of which the others must keep away."""
    for code in range(0x80, 0x3100):
        if not unicodedata.category(chr(code)).startswith(("L", "M", "N", "P")):
            continue
        for text in (f"{chr(code)}", f"a{chr(code)}", f"е{chr(code)}", f"É{chr(code)}ا\u0301ᄒ"):
            folded = _fold_characters(text)
            for mark in "'\"“”„·":
                folded = folded.replace(mark, "")
            assert surface(text) == (folded or text), (hex(code), text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        # A mark that is composed with the letter before it is the same as that letter.
        ("и\u0306", "й"), ("क\u093c", "क"), ("カ\u3099", "ガ"), ("\u1100\u1161", "가"),
        # A mark behind one that comes off; and where nothing would be left.
        ("ι\u0483\u0363", "ι"), ("i\u0483\u036fr", "ir"), ("\u0487\u0363", "\u0487\u0363"),
    ],
)  # fmt: skip
def test_marks_of_a_letter(text: str, form: str) -> None:
    assert (surface(text), fold_keyword(text)) == (form, form)


def test_folding_every_character_twice_changes_nothing() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    # Those that are not assigned, or for private use, have nothing to fold.
    for character in (c for c in characters if unicodedata.category(c) not in ("Cn", "Co")):
        form, term = surface(character), fold_keyword(character)
        assert surface(form) == form, hex(ord(character))
        assert fold_keyword(term) == term, hex(ord(character))
        assert bool(term) != character.isspace()


@given(TEXTS, st.sampled_from(["", "en", "de", "tr", "ca"]))
def test_folding_twice_changes_nothing(text: str, language: str) -> None:
    for token in tokenize(text):
        form = surface(word(token, language))
        assert form
        assert surface(form) == form
    term = fold_keyword(text)
    assert fold_keyword(term) == term
    assert fold_keyword(f"  {text}\t") == term
    assert bool(term) == bool(text.strip())


# Letters of scripts, from which words are made; all have one reading.
_SCRIPTS = {
    "Latin": "aàâäãåąbcçćčdďeéèêëęěfgğhiíîïjklłmnñńoóôöõøőprřsśšßtťuúûüůűvwxyýzźżž",
    "Greek": "αάβγδεέζηήθιίϊκλμνξοόπρτυύφχψωώ",
    "Cyrillic": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآؤئة",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "Devanagari": "अआइईउकखगघचजटडतदनपबमयरलवशसह",
    "Bengali": "অআইউএকখগঘচজটডতদনপবমযরলশসহ",
    "Tamil": "அஆஇஉஎகஙசஞடணதநபமயரலவ",
    "Thai": "กขคงจชซดตถทนบปผพมยรลวสหอ",
    "Hangul": "가나다라마바사아자차카타파하한국",
    "Kana": "かがきぎくぐけげこごさざはばぱカガハバパ",
}


@pytest.mark.parametrize("script", _SCRIPTS)
@given(data=st.data())
def test_every_unicode_spelling_of_a_word_has_the_same_surface_forms(
    script: str, data: st.DataObject
) -> None:
    text = data.draw(st.text(_SCRIPTS[script], min_size=1, max_size=8))
    expected = [fold(token) for token in words(text)]
    assert "".join(expected)
    broken = "".join(
        c + data.draw(st.sampled_from(["", "\u00ad", "\u200b", "\ufeff"])) for c in text
    )
    for spelling in (
        *(unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")), broken
    ):  # fmt: skip
        assert [fold(token) for token in words(spelling)] == expected
    full_width = "".join(chr(ord(c) + 0xFEE0) if c.isascii() else c for c in text)
    assert [fold(token) for token in words(full_width)] == expected
