"""The batch vocabulary: the numbers stand for the words of the texts, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.characters import letter_table
from searchlib.analysis.rules import rules
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary, split_word, vocabulary
from searchlib.kernels.constants import SentenceFlag, WordRule
from tests.texts import TEXTS

LANGUAGES = ("en", "de", "tr", "")


@given(st.lists(TEXTS, max_size=5), st.sampled_from([1, 2]), st.integers(0, 3))
def test_numbers_stand_for_the_words(texts: list[str], version: int, tag: int) -> None:
    by = rules(version)
    batch = Vocabulary(ChunkAnalyser(version, LANGUAGES))
    for part in (texts, texts[::-1]):  # the second time all chunks are known
        numbers, counts = batch.numbers(part, tag)
        assert numbers.dtype == "int32"
        assert counts.dtype == "int64"
        known = batch.words()
        words = [split_word(known[number]) for number in numbers.tolist()]
        start = 0
        for text, count in zip(part, counts.tolist(), strict=True):
            words_of_text = words[start : start + count]
            start += count
            expected = [by.word(token, LANGUAGES[tag]) for token in by.tokenize(text)]
            assert words_of_text == [
                (tag, word.encode("utf-8", "surrogatepass")) for word in expected
            ]
        assert start == len(words)
    assert len(set(batch.words())) == len(batch.words())


@given(TEXTS)
def test_chunks_have_the_tokens_of_the_text(text: str) -> None:
    tokenize = rules().tokenize
    batch = Vocabulary(ChunkAnalyser())
    chunks, _, _ = batch.cut([text])
    assert len(chunks) == len(text.split())
    lengths = batch.lengths(chunks)
    assert lengths.tolist() == [len(tokenize(chunk)) for chunk in text.split()]
    assert len(batch.expand(chunks)) == lengths.sum() == len(tokenize(text))


@pytest.mark.parametrize(
    ("chunk", "words", "ends", "starts"),
    [
        ("雨。雪。—", ["雨", "雪"], True, (1,)),
        ("雨。雪", ["雨", "雪"], False, (1,)),
        ("。雨。雪", ["雨", "雪"], False, (0, 1)),
        ("雨。—。雪", ["雨", "雪"], False, (1,)),
        ("雨。雪。", ["雨", "雪"], True, (1,)),
    ],
)
def test_what_begins_within_a_chunk(
    chunk: str, words: list[str], ends: bool, starts: tuple[int, ...]
) -> None:
    found, flags, inner = ChunkAnalyser()(chunk, 0)
    assert (found, bool(flags & SentenceFlag.ENDS), inner) == (words, ends, starts)


def test_chunks_without_a_word_give_none() -> None:
    batch = Vocabulary(ChunkAnalyser())
    for text, numbers in (("— rain", [0]), ("rain — rain", [0, 0]), ("— —", []), ("", [])):
        chunks, _, _ = batch.cut([text])
        assert batch.expand(chunks).tolist() == numbers


def test_each_distinct_chunk_has_one_number() -> None:
    batch = Vocabulary(ChunkAnalyser())
    chunks, counts, paragraphs = batch.cut(["rain, rain", "snow\nrain,"])
    assert chunks.dtype == counts.dtype == paragraphs.dtype == "int32"
    assert paragraphs.tolist() == [3]
    assert chunks.tolist() == [0, 1, 2, 0]
    assert counts.tolist() == [2, 2]
    assert list(batch) == ["rain,", "rain", "snow"]
    assert batch.expand(chunks[::-1]).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("texts", [[], [""], [" ", "—"]])
def test_texts_without_tokens(texts: list[str]) -> None:
    numbers, counts = Vocabulary(ChunkAnalyser()).numbers(texts)
    assert numbers.tolist() == []
    assert counts.tolist() == [0] * len(texts)


def test_the_size_grows_with_what_is_new() -> None:
    batch = Vocabulary(ChunkAnalyser())
    assert batch.size == 0
    batch.cut(["one two"])
    size = batch.size
    batch.cut(["two one one"])
    assert batch.size == size
    batch.cut(["three"])
    assert batch.size > size


def test_the_compiled_class_is_used_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["The café's U.S. rain", "北京 rain"]
    compiled = vocabulary()
    assert isinstance(compiled, Vocabulary) == (not kernels.available)
    monkeypatch.setattr(kernels, "available", False)
    plain = vocabulary()
    assert isinstance(plain, Vocabulary)
    for batch in (compiled, plain):
        numbers = batch.numbers(texts)[0].tolist()
        words = [batch.words()[number].decode() for number in numbers]
        assert words == ["the", "café", "u.s", "rain", "北", "京", "rain"]


def test_languages_have_words_of_their_own() -> None:
    batch = vocabulary(languages=LANGUAGES)
    words = {}
    for tag, language in enumerate(LANGUAGES):
        numbers, _ = batch.numbers(["ISPARTA'da 3.500 rain"], tag)
        words[language] = [split_word(batch.words()[n]) for n in numbers.tolist()]
    assert words == {
        "en": [(0, b"ispartada"), (0, b"3.500"), (0, b"rain")],
        "de": [(1, b"ispartada"), (1, b"3500"), (1, b"rain")],
        "tr": [(2, "ısparta".encode()), (2, b"3500"), (2, b"rain")],
        "": [(3, b"ispartada"), (3, b"3.500"), (3, b"rain")],
    }


def test_chunks_are_analysed_by_the_rules_of_a_version() -> None:
    assert ChunkAnalyser(2)("«Café’s,A.B.»", 0)[0] == ["café", "a.b"]
    assert ChunkAnalyser(1)("«Café’s,A.B.»", 0)[0] == ["cafe", "a.b"]
    assert ChunkAnalyser()("—", 0)[0] == []


def test_too_many_languages() -> None:
    for languages in ([], [""] * 256):
        with pytest.raises(ValueError, match="1 to 255 languages"):
            ChunkAnalyser(2, languages)
    assert len(ChunkAnalyser(2, [""] * 255).flags) == 255


def test_what_the_kernels_are_told_of_languages() -> None:
    languages = ("en", "de", "tr", "az", "ga", "")
    both = [ChunkAnalyser(version, languages) for version in (1, 2)]
    comma, dotless, irish = WordRule.DECIMAL_COMMA, WordRule.DOTLESS, WordRule.IRISH
    expected = [0, comma, comma | dotless, dotless, irish, 0]
    assert list(both[1].flags) == expected
    assert list(both[0].flags) == [WordRule.VERSION_1 | flags for flags in expected]
    assert [one.letters for one in both] == [b"", letter_table()]


@pytest.mark.parametrize(
    ("chunk", "words", "inner"),
    [
        ("rain。snow", ["rain", "snow"], (1,)), ("rain。snow。", ["rain", "snow"], (1,)),
        ("rain。。—。snow", ["rain", "snow"], (1,)), ("rain。snow。—", ["rain", "snow"], (1,)),
        ("—。rain", ["rain"], (0,)), ("rain。—", ["rain"], ()),
    ],
)  # fmt: skip
def test_sentences_within_a_chunk(chunk: str, words: list[str], inner: tuple[int, ...]) -> None:
    assert ChunkAnalyser()(chunk, 0)[::2] == (words, inner)
