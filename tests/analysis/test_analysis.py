"""Words: what a token is, what folding and stemming make of it, and the form for batches."""

from __future__ import annotations

import sys
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis import (
    LANGUAGES,
    Vocabulary,
    analyzer,
    fold,
    fold_keyword,
    has_stemmer,
    stem,
    tokenize,
)

# Pieces that the pattern has something to say about, and any other text.
PIECES = st.sampled_from(
    ["U.S.", "U.S", "U.S.A.", "1,000", "1,234,567.89", "3.5", "1,2a", "C++", "C#", "c#7", "AT&T",
     "O'Neill", "China’s", "ʼ", "'", ",", ".", "&", "+", "#", "-", "_", "é", "e\u0301", "\u0301",
     "ß", "İ", "ŉ", "ﬁ", "½", "北京", "ニュース", "ガ", "か\u3099", "・", "ﾄﾖﾀ", "〇", "々", "한국",
     "שָׁלוֹם", "قَالَ", "\u0640", "हिन्दी", "ไทย", "น้ำ", "𝐇𝐞𝐥𝐥𝐨", "ℋ", "running", "agreed",
     "\u3000", "\u2028", "\x1c", "\ufeff", "\x00"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=6) | st.just(" "), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("first-rate, co_op", ["first", "rate", "co", "op"]),
        ("China's O’Neill rock'n'roll 'quoted'", ["China's", "O’Neill", "rock'n'roll", "quoted"]),
        ("AT&T R&D & co", ["AT&T", "R&D", "co"]),
        ("U.S. U.S.A. J.K. Rowling", ["U.S.", "U.S.A.", "J.K.", "Rowling"]),
        ("vitamin B. Then", ["vitamin", "B", "Then"]),
        ("1,000 3.5, 1,234,567.89.", ["1,000", "3.5", "1,234,567.89"]),
        ("2022-08-31 09:20", ["2022", "08", "31", "09", "20"]),
        ("C++, C# and C#7; A+B", ["C++", "C#", "and", "C", "7", "A", "B"]),
        ("e\u0301tude cafe\u0301", ["e\u0301tude", "cafe\u0301"]),
        ("北京2022年", ["北", "京", "2022", "年"]),
        ("ジョン・スミス", list("ジョンスミス")),
        ("佐々木〇〇", list("佐々木〇〇")),
        ("한국 news", ["한", "국", "news"]),
        ("हिन्दी שָׁלוֹם", ["हिन्दी", "שָׁלוֹם"]),
        ("", []),
        (" \u3000—… \u0301", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("spellings", "term"),
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
def test_spellings_of_one_word(spellings: list[str], term: str) -> None:
    assert {fold(spelling) for spelling in spellings} == {term}


def test_folding_every_character_twice_changes_nothing() -> None:
    for sign in map(chr, range(sys.maxunicode + 1)):
        if sign == unicodedata.normalize("NFKD", sign.casefold()) and not sign.isspace():
            continue  # there is nothing to fold
        once, name = fold(sign), fold_keyword(sign)
        assert fold(once) == once, hex(ord(sign))
        assert fold_keyword(name) == name, hex(ord(sign))
        assert bool(name) != sign.isspace()


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    for token in tokenize(text):
        assert fold(token)
        assert fold(fold(token)) == fold(token)
    name = fold_keyword(text)
    assert fold_keyword(name) == name
    assert fold_keyword(f"  {text}\t") == name
    assert bool(name) == bool(text.strip())


@given(st.lists(TEXTS, max_size=5), st.sampled_from(["en", "de", "ru", "ar", "zh", ""]))
def test_the_batch_form_is_the_whoosh_analyzer(texts: list[str], language: str) -> None:
    vocabulary = Vocabulary()
    for part in (texts, texts[::-1]):  # the second time from what is remembered
        numbers, counts = vocabulary.numbers(part)
        assert numbers.dtype == "int32"
        assert counts.dtype == "int64"
        surfaces = [vocabulary.surface_forms[number] for number in numbers.tolist()]
        at = 0
        for text, count in zip(part, counts.tolist(), strict=True):
            ours = surfaces[at : at + count]
            at += count
            assert ours == [token.text for token in analyzer("")(text)]
            assert ours == [fold(word) for word in tokenize(text)]
            tokens = [(token.text, token.pos) for token in analyzer(language)(text, positions=True)]
            stems = [stem(surface, language) for surface in ours]
            assert tokens == list(zip(stems, range(count), strict=True))
        assert at == len(surfaces)
    assert len(set(vocabulary.surface_forms)) == len(vocabulary.surface_forms)


@given(TEXTS)
def test_chunks_hold_the_words_of_the_text(text: str) -> None:
    vocabulary = Vocabulary()
    chunks, _ = vocabulary.cut([text])
    assert len(chunks) == len(text.split())
    lengths = vocabulary.lengths(chunks)
    assert lengths.tolist() == [len(tokenize(chunk)) for chunk in text.split()]
    assert len(vocabulary.expand(chunks)) == lengths.sum() == len(tokenize(text))


def test_a_batch_of_nothing() -> None:
    for texts in ([], [""], [" ", "—"]):
        numbers, counts = Vocabulary().numbers(texts)
        assert numbers.tolist() == []
        assert counts.tolist() == [0] * len(texts)


@given(TEXTS)
def test_characters_tell_where_a_token_was(text: str) -> None:
    for token in analyzer("en")(text, chars=True):
        written = text[token.startchar : token.endchar]
        assert stem(fold(written), "en") == token.text


@pytest.mark.parametrize("language", [*LANGUAGES, "zh", "ja", "ko", ""])
def test_every_language(language: str) -> None:
    assert has_stemmer(language) == (language in LANGUAGES)
    assert [t.text for t in analyzer(language)("2022 北")] == ["2022", "北"]
    assert all(stem(word, language) for word in ("a", "s", "ing", "ly", "का", "ها"))


def test_stems() -> None:
    assert stem("running", "en") == stem("runs", "en") == "run"
    assert stem("häuser", "de") == stem("hauser", "de")
    assert stem("u.s", "en") == "u.s"
    assert stem("running", "zh") == "running"


def test_threads_stem_alike() -> None:
    found: list[list[str]] = []
    texts = [f"running{n} agreements{n} nationalization{n}" for n in range(300)]

    def ask() -> None:
        found.append([stem.__wrapped__(word, "en") for text in texts for word in tokenize(text)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one == found[0] for one in found)
