"""The compiled inverter and sort give what the Python forms give, and refuse what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary
from searchlib.index import inverter
from tests.texts import TEXTS

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
INT32 = np.int32


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=4), st.data())
def test_inverter(parts: list[list[str]], data: st.DataObject) -> None:
    found = []
    known: list[bytes] = []
    for vocabulary in (Vocabulary(ChunkAnalyser()), kernels.vocabulary.Vocabulary(ChunkAnalyser())):
        cut = [vocabulary.cut(texts)[:2] for texts in parts]
        made = inverter.inverter(vocabulary, cut)
        lengths, uses = made.count_words()
        words = vocabulary.words()
        if not found:
            known = sorted(words)
            size = data.draw(st.integers(1, 5))
            terms = {word: data.draw(st.integers(0, size - 1)) for word in known}
            step = data.draw(st.integers(1, size))
        assert sorted(words) == known
        term = np.array([terms[word] for word in words], INT32)
        form = np.array([known.index(word) for word in words], INT32)
        counts, occurrences = made.count_postings(term, form, size)
        spread = [
            [array.tolist() for array in made.postings(at, min(at + step, size))]
            for at in range(0, size, step)
        ]
        by_word = {word: int(times) for word, times in zip(words, uses, strict=True)}
        found.append((lengths.tolist(), by_word, counts.tolist(), occurrences.tolist(), spread))
    assert found[0] == found[1]


def test_documents_of_many_chunks() -> None:
    chunks = ["rain", "U.S.-led", "sun", "--", "well-known", "bank"]  # of none, one and two words
    sizes = (255, 256, 257, 511, 512, 513, 800)
    texts = [" ".join(chunks[(n * n + n // 7) % 6] for n in range(size)) for size in sizes]
    found = []
    for vocabulary in (Vocabulary(ChunkAnalyser()), kernels.vocabulary.Vocabulary(ChunkAnalyser())):
        made = inverter.inverter(vocabulary, [vocabulary.cut(texts)[:2]])
        made.count_words()
        words = sorted(vocabulary.words())
        term = np.array([words.index(word) for word in vocabulary.words()], INT32)
        made.count_postings(term, np.zeros(len(words), INT32), len(words))
        found.append([
            [array.tolist() for array in made.postings(at, at + 2)]
            for at in range(len(words) - 1)
        ])  # fmt: skip
    assert found[0] == found[1]
    assert max(found[0][0][2]) > 512


def test_inverter_refuses_what_does_not_fit() -> None:
    vocabulary = kernels.vocabulary.Vocabulary(ChunkAnalyser())
    chunks, counts, _ = vocabulary.cut(["a b c", "a"])
    make = kernels.inverter.Inverter
    for bad in (chunks + 1, chunks - 1, chunks[1:]):
        with pytest.raises(ValueError, match="chunk"):
            make(vocabulary, [(bad, counts)])
    with pytest.raises(ValueError, match="chunk"):
        make(vocabulary, [(chunks, np.array([5, -1], INT32))])
    made = make(vocabulary, [(chunks, counts)])
    with pytest.raises(ValueError, match="no such terms"):
        made.postings(0, 1)
    ids = np.arange(3, dtype=INT32)
    for bad in (ids + 1, ids - 1):
        with pytest.raises(ValueError, match="no term"):
            made.count_postings(bad, ids, 3)
    with pytest.raises(ValueError):  # noqa: PT011
        made.count_postings(ids[:2], ids[:2], 3)
    made.count_postings(ids, ids, 3)
    with pytest.raises(ValueError, match="no such terms"):
        made.postings(1, 4)
    assert made.postings(0, 3)[0].tolist() == [0, 1, 0, 0]
    vocabulary.cut(["d " * 1000 + " ".join(map(str, range(10_000)))])
    with pytest.raises(ValueError, match="was added to"):
        made.postings(0, 3)


def test_byte_strings_outside_of_their_text_are_refused() -> None:
    text, table = np.zeros(4, np.uint8), np.ones(256, np.uint8)
    places = [([0, 5], [1, 5]), ([2], [1]), ([-1], [2]), ([0], [5]), ([0, 1], [2])]
    for bad in places:
        starts, ends = (np.array(row, np.int64) for row in bad)
        for refuse in (
            kernels.inverter.ranks_of, kernels.inverter.joined, kernels.inverter.listed,
            lambda *strings: kernels.inverter.consist_of(*strings, table),
        ):  # fmt: skip
            with pytest.raises(ValueError, match="byte string"):
                refuse(text, starts, ends)
    one = np.ones(1, np.int64)
    with pytest.raises(ValueError, match="256"):
        kernels.inverter.consist_of(text, one, one, table[:255])
