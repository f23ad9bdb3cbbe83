"""The batch vocabulary: the numbers stand for the surface forms of the texts, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.analyzer import analyzer
from searchlib.analysis.folding import fold
from searchlib.analysis.tokenizer import tokenize
from searchlib.analysis.vocabulary import Vocabulary, analyse_chunk, vocabulary
from tests.texts import TEXTS


@given(st.lists(TEXTS, max_size=5))
def test_numbers_stand_for_the_surface_forms(texts: list[str]) -> None:
    batch = Vocabulary()
    for part in (texts, texts[::-1]):  # the second time all chunks are known
        numbers, counts = batch.numbers(part)
        assert numbers.dtype == "int32"
        assert counts.dtype == "int64"
        forms = [batch.surface_forms[number] for number in numbers.tolist()]
        start = 0
        for text, count in zip(part, counts.tolist(), strict=True):
            forms_of_text = forms[start : start + count]
            start += count
            assert forms_of_text == [token.text for token in analyzer("")(text)]
            assert forms_of_text == [fold(token) for token in tokenize(text)]
        assert start == len(forms)
    assert len(set(batch.surface_forms)) == len(batch.surface_forms)
    assert batch.words() == [form.encode() for form in batch.surface_forms]


@given(TEXTS)
def test_chunks_have_the_tokens_of_the_text(text: str) -> None:
    batch = Vocabulary()
    chunks, _ = batch.cut([text])
    assert len(chunks) == len(text.split())
    lengths = batch.lengths(chunks)
    assert lengths.tolist() == [len(tokenize(chunk)) for chunk in text.split()]
    assert len(batch.expand(chunks)) == lengths.sum() == len(tokenize(text))


def test_each_distinct_chunk_has_one_number() -> None:
    batch = Vocabulary()
    chunks, counts = batch.cut(["rain, rain", "snow rain,"])
    assert chunks.dtype == counts.dtype == "int32"
    assert chunks.tolist() == [0, 1, 2, 0]
    assert counts.tolist() == [2, 2]
    assert list(batch) == ["rain,", "rain", "snow"]
    assert batch.expand(chunks[::-1]).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("texts", [[], [""], [" ", "—"]])
def test_texts_without_tokens(texts: list[str]) -> None:
    numbers, counts = Vocabulary().numbers(texts)
    assert numbers.tolist() == []
    assert counts.tolist() == [0] * len(texts)


def test_the_size_grows_with_what_is_new() -> None:
    batch = Vocabulary()
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
        forms = [batch.words()[number].decode() for number in numbers]
        assert forms == ["the", "cafe", "u.s", "rain", "北", "京", "rain"]


def test_analyse_chunk() -> None:
    assert analyse_chunk("«Café’s,A.B.»") == ["cafe", "a.b"]
    assert analyse_chunk("—") == []
