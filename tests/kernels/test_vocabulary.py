"""The compiled vocabulary cuts, tokenizes and folds as the Python form does."""

from __future__ import annotations

import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.folding import fold
from searchlib.analysis.tokenizer import tokenize
from searchlib.analysis.vocabulary import Vocabulary, analyse_chunk
from tests.texts import TEXTS

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")


def both() -> tuple[Any, Any]:
    """The Python and the compiled vocabulary."""
    return Vocabulary(), kernels.vocabulary.Vocabulary(analyse_chunk)


def spelled(vocabulary: Any, texts: list[str]) -> tuple[list[bytes], list[int]]:
    numbers, counts = vocabulary.numbers(texts)
    known = vocabulary.words()
    return [known[i] for i in numbers.tolist()], counts.tolist()


def compiled_words(texts: list[str]) -> list[list[str]]:
    """The words of each text by the compiled rules alone: nothing goes back to Python."""
    vocabulary = kernels.vocabulary.Vocabulary(lambda chunk: 1 / 0)
    numbers, counts = vocabulary.numbers(texts)
    words = [word.decode() for word in vocabulary.words()]
    ends = np.cumsum(counts)
    return [
        [words[i] for i in numbers[end - count : end].tolist()]
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True)
    ]


def agree(texts: list[str]) -> None:
    """The compiled rules and those of the tokenizer and of folding give the same words."""
    for text, words in zip(texts, compiled_words(texts), strict=True):
        assert words == [fold(token) for token in tokenize(text)], repr(text)


def test_rules_for_all_pairs_of_ascii_characters() -> None:
    pairs = ["".join(pair) for pair in product(map(chr, range(128)), repeat=2)]
    agree(pairs)
    agree([f"a{x}b{y}c" for x, y in pairs])
    agree([f"1{x}2{y}3" for x, y in pairs])
    agree([f"U{x}S{y}" for x, y in pairs])


def test_rules_for_all_short_texts_of_one_character_of_each_class() -> None:
    for size in range(6):
        agree(["".join(text) for text in product("aS1.,'&+#_-", repeat=size)])


@given(st.lists(TEXTS | st.text(max_size=40), max_size=8))
def test_words_of_any_text(texts: list[str]) -> None:
    plain, compiled = both()
    for _ in range(2):  # the second time all chunks are known
        assert spelled(compiled, texts) == spelled(plain, texts)
    assert len(compiled) == len(plain)
    assert compiled.cut(texts)[1].tolist() == [len(text.split()) for text in texts]


@given(st.lists(st.text("aB1.,'&+#_s-", max_size=12), max_size=20))
def test_words_of_ascii(texts: list[str]) -> None:
    plain, compiled = both()
    assert spelled(compiled, texts) == spelled(plain, texts)


def test_texts_are_cut_at_the_blanks_of_python() -> None:
    signs = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]
    texts = [f"a{sign}b" for sign in signs]
    for text_, count in zip(
        texts, kernels.vocabulary.Vocabulary(analyse_chunk).cut(texts)[1], strict=True
    ):
        assert count == len(text_.split()), repr(text_)


def test_words_next_to_every_character_of_unicode() -> None:
    """Every character of the first planes, alone and between letters and digits."""
    characters = [chr(c) for c in range(0x3000) if not 0xD800 <= c <= 0xDFFF]
    characters += [
        chr(c) for c in range(0x3000, sys.maxunicode + 1, 97) if not 0xD800 <= c <= 0xDFFF
    ]
    texts = [f"{c} a{c}b 1{c}2 U{c}S." for c in characters]
    plain, compiled = both()
    assert spelled(compiled, texts) == spelled(plain, texts)


def test_odd_texts() -> None:
    texts = ["", "\x00", "a\x00b \x00", "\ud800 a\udfffb", "\ud83d", "\u3000", "x" * 5_000_000]
    texts.append(" ".join(f"w{i:x}" for i in range(300_000)))
    texts.append("é" * 100_000)
    plain, compiled = both()
    numbers, counts = compiled.numbers(texts)
    wanted, wanted_counts = plain.numbers(texts)
    assert (counts.tolist(), numbers.tolist()[:9]) == (wanted_counts.tolist(), wanted.tolist()[:9])
    known = [word.decode("utf-8", "surrogatepass") for word in compiled.words()]
    assert [known[i] for i in numbers] == [plain.surface_forms[i] for i in wanted]
    with pytest.raises(TypeError):
        compiled.cut(["a", None])
    assert compiled.size > 5_000_000


def test_an_error_while_a_chunk_is_analysed_comes_out() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(lambda chunk: 1 / 0)
    assert vocabulary.cut(["plain"])[0].tolist() == [0]
    with pytest.raises(ZeroDivisionError):
        vocabulary.cut(["caf\u00e9"])
