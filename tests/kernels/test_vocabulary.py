"""The compiled vocabulary cuts, tokenizes and folds as the Python form does."""

from __future__ import annotations

import sys
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.characters import letter_table
from searchlib.analysis.sentences import ABBREVIATIONS
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary
from tests.texts import TEXTS

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")

LANGUAGES = ("en", "de", "tr", "fr")  # among them one with each of the flags
ANALYSERS = {version: ChunkAnalyser(version, LANGUAGES) for version in (1, 2)}


class Failing:
    """An analyser that fails, with a table of letters."""

    def __init__(self, letters: bytes) -> None:
        self.letters = letters

    def __call__(self, chunk: str, tag: int) -> Any:
        return 1 / 0


def both(version: int = 2) -> tuple[Any, Any]:
    """The Python and the compiled vocabulary."""
    analyse = ANALYSERS[version]
    return Vocabulary(analyse), kernels.vocabulary.Vocabulary(analyse, analyse.flags)


def spelled(vocabulary: Any, texts: list[str], tag: int = 0) -> tuple[list[bytes], list[int]]:
    numbers, counts = vocabulary.numbers(texts, tag)
    known = vocabulary.words()
    return [known[i] for i in numbers.tolist()], counts.tolist()


def agree(texts: list[str]) -> None:
    """The compiled rules and those in Python give the same words, in all languages."""
    for version, tags in ((1, 1), (2, len(LANGUAGES))):  # version 1 is the same in all languages
        plain, compiled = both(version)
        for tag in range(tags):
            if spelled(compiled, texts, tag) != spelled(plain, texts, tag):
                for text in texts:
                    assert spelled(compiled, [text], tag) == spelled(plain, [text], tag), repr(text)


def agree_on_sentences(chunks: list[str]) -> None:
    """The compiled rules and those in Python see the same sentences around these chunks."""
    texts = [f"{chunk} {after}" for chunk in chunks for after in ("Next", "next")]
    texts += [f"Before. {chunk}" for chunk in chunks]
    plain, compiled = both()
    units = [batch.text_units(*batch.cut(texts))[0].tolist() for batch in (plain, compiled)]
    assert units[0] == units[1]


def test_simple_chunks_are_analysed_without_python() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(lambda chunk, tag: 1 / 0)
    texts = [
        "The (first-rate) cat's, WAL-MART'S $1,234.50 3.5% 1,234,567; C++ 2022-08-31 word.Word"
    ]
    words, _ = spelled(vocabulary, texts)
    assert words == [
        b"the", b"first", b"rate", b"cat", b"wal", b"mart", b"1234.50", b"3.5", b"1234567", b"c++",
        b"2022", b"08", b"31", b"word", b"word",
    ]  # fmt: skip


def test_rules_for_all_pairs_of_ascii_characters() -> None:
    characters = [chr(code) for code in (0, 9, 31, *range(32, 128))]
    pairs = ["".join(pair) for pair in product(characters, repeat=2)]
    agree(pairs)
    agree([f"a{x}b{y}c" for x, y in pairs])
    agree([f"1{x}2{y}3" for x, y in pairs])
    agree([f"U{x}S{y}" for x, y in pairs])
    agree([f"US{x}s{y}" for x, y in pairs])
    agree([f"l{x}s{y}" for x, y in pairs])


@pytest.mark.parametrize("longest", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_rules_for_all_short_texts_of_one_character_of_each_class(longest: int) -> None:
    for size in range(longest + 1):
        agree(["".join(text) for text in product("asS1.,'&+#_-`", repeat=size)])
    agree(["".join(text) for text in product("as1.,'", repeat=longest + 2)])


@pytest.mark.parametrize("longest", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_rules_for_short_texts_with_typographic_signs(longest: int) -> None:
    texts = ["".join(text) for text in product("asI.1‘’“”„–—•…'é", repeat=longest)]
    agree(texts)
    agree_on_sentences(texts)


def test_typographic_signs_are_analysed_without_python() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(Failing(letter_table()))
    words, _ = spelled(vocabulary, ["“Rain’s gone—at last” „Gut“, ‘so’ • 1–0 " + "“" * 64])
    assert words == [b"rain", b"gone", b"at", b"last", b"gut", b"so", b"1", b"0"]


@given(st.lists(st.text("éÉßŁİıΣςЖжאاّệỆ«»“’…„–aBIsS1.,'`&+#", max_size=9), max_size=20))
def test_words_and_sentences_beyond_ascii(chunks: list[str]) -> None:
    agree(chunks)
    agree_on_sentences(chunks)


def test_a_table_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not complete"):
        kernels.vocabulary.Vocabulary(Failing(letter_table()[2:])).cut(["caf\u00e9"])


@pytest.mark.parametrize("size", [61, 62, 63, 64, 65, 200])
def test_long_chunks_with_typographic_signs(size: int) -> None:
    texts = [f"“{'x' * size}.”", f"{'—' * size}’s", f"a’s{'”' * size}", f"{'x' * size}Mr.”"]
    agree(texts)
    agree_on_sentences(texts)


@pytest.mark.parametrize("count", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_rules_for_pieces_of_numbers_and_words(count: int) -> None:
    pieces = ["a", "l", "S", "US", "I", "'s", "'S", "'", ".", ",", "1", "50", "0", "234"]
    agree(["".join(text) for text in product(pieces, repeat=count)])


@given(st.lists(TEXTS | st.text(max_size=40), max_size=8), st.sampled_from([1, 2]))
def test_words_of_any_text(texts: list[str], version: int) -> None:
    plain, compiled = both(version)
    for tag in (0, 0, 2, 3):  # the second time all chunks are known
        assert spelled(compiled, texts, tag) == spelled(plain, texts, tag)
    assert len(compiled) == len(plain)
    assert compiled.cut(texts)[1].tolist() == [len(text.split()) for text in texts]


@given(st.lists(st.text("aB1.,'&+#_s-", max_size=12), max_size=20))
def test_words_of_ascii(texts: list[str]) -> None:
    plain, compiled = both()
    assert spelled(compiled, texts) == spelled(plain, texts)


def test_texts_are_cut_at_the_blanks_of_python() -> None:
    codes = [c for c in range(sys.maxunicode + 1) if c < 0x3100 or c % 31 == 0 or chr(c).isspace()]
    texts = [f"a{chr(code)}b" for code in codes if not 0xD800 <= code <= 0xDFFF]
    counts = kernels.vocabulary.Vocabulary(ANALYSERS[2]).cut(texts)[1]
    for text_, count in zip(texts, counts, strict=True):
        assert count == len(text_.split()), repr(text_)


def test_words_next_to_every_character_of_unicode() -> None:
    """Every character of the first planes, alone and between letters and digits."""
    characters = [chr(c) for c in range(0x3000) if not 0xD800 <= c <= 0xDFFF]
    characters += [
        chr(c) for c in range(0x3000, sys.maxunicode + 1, 397) if not 0xD800 <= c <= 0xDFFF
    ]
    texts = [f"{c} a{c}b 1{c}2 U{c}S." for c in characters]
    for version in (1, 2):
        plain, compiled = both(version)
        assert spelled(compiled, texts) == spelled(plain, texts)


def test_odd_texts() -> None:
    texts = ["", "\x00", "a\x00b \x00", "\ud800 a\udfffb", "\ud83d", "\u3000", "x" * 5_000_000]
    texts.append(" ".join(f"w{i:x}" for i in range(70_000)))
    texts.append("é" * 100_000)
    plain, compiled = both()
    numbers, counts = compiled.numbers(texts)
    wanted, wanted_counts = plain.numbers(texts)
    assert (counts.tolist(), numbers.tolist()[:9]) == (wanted_counts.tolist(), wanted.tolist()[:9])
    for one in (compiled, plain):
        text, places = one.packed_words()
        joined, ends = text.tobytes(), places.tolist()
        words = [joined[start:end] for start, end in pairwise(ends)]
        assert words == one.words()
    known = [word.decode("utf-8", "surrogatepass") for word in compiled.words()]
    spelled_out = [word.decode("utf-8", "surrogatepass") for word in plain.words()]
    assert [known[i] for i in numbers] == [spelled_out[i] for i in wanted]
    with pytest.raises(TypeError):
        compiled.cut(["a", None])
    assert compiled.size > 5_000_000


def test_every_abbreviation_is_found() -> None:
    words = [*sorted(ABBREVIATIONS), "a", "J", "I", "cat", "abbrevs", "x" * 30]
    texts = [
        f"{a}{word}{b}"
        for word in words
        for a in ("", "(", "“", "x" * 20 + "((")
        for b in (".", ".)", ".”")
    ]
    texts += [text.capitalize() for text in texts]
    plain, compiled = both()
    for text in texts:
        cut = [[f"{text} Next"]]
        units = [batch.text_units(*batch.cut(*cut))[0].tolist() for batch in (plain, compiled)]
        assert units[0] == units[1], text


def test_numbers_of_no_chunks_are_refused() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(ANALYSERS[2])
    chunks, _, _ = vocabulary.cut(["Rain. Snow"])
    counts, paragraphs = np.array([2], np.int32), np.array([], np.int32)
    below_zero = np.array([3, -1], np.int32)
    assert len(vocabulary.text_units(chunks, counts, paragraphs)[0]) == 2
    for bad in (chunks + 1, chunks - 1, chunks.astype(np.int64)):
        with pytest.raises(ValueError, match="chunk"):
            vocabulary.lengths(bad)
        with pytest.raises(ValueError, match="chunk"):
            vocabulary.text_units(bad, counts, paragraphs)
    for bad in (counts + 1, below_zero, counts.astype(np.int64)):
        with pytest.raises(ValueError, match=r"more or fewer|int32"):
            vocabulary.text_units(chunks, bad, paragraphs)


def test_an_error_while_a_chunk_is_analysed_comes_out() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(Failing(b""))
    assert vocabulary.cut(["plain"])[0].tolist() == [0]
    with pytest.raises(ZeroDivisionError):
        vocabulary.cut(["caf\u00e9"])
