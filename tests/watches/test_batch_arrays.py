"""The inner loops of a batch: kernels and arrays give the same, and what a plain model gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.kernels.constants import WatchCode
from searchlib.watches import batch_arrays
from searchlib.watches.leaves import Trie, rows_of

LOOPS: list[Any] = [batch_arrays, *([kernels.watches] if kernels.available else [])]
FORMS, SETS = 5, 4
TEXTS = st.lists(st.lists(st.integers(0, FORMS - 1), max_size=8), min_size=1, max_size=6)
PAIRS = st.sets(st.tuples(st.integers(0, FORMS - 1), st.integers(0, SETS - 1)))


class Batch:
    """Documents of forms, some of which are not looked at, with bits in an order of their own."""

    def __init__(self, texts: list[list[int]], skipped: set[int]) -> None:
        self.texts = {n: text for n, text in enumerate(texts) if n not in skipped}
        self.forms = np.array([form for text in texts for form in text], np.int32)
        self.starts = np.cumsum([0, *map(len, texts)]).astype(np.int32)
        bits = [-1 if n in skipped else 70 - n for n in range(len(texts))]
        self.bits_of = np.array(bits, np.int32)
        self.arguments = self.forms, self.starts, self.bits_of
        self.bits_by_token = np.repeat(self.bits_of, np.diff(self.starts)).astype(np.int32)

    def docs(self, row: Any) -> set[int]:
        """The documents of a row of bits."""
        return {70 - bit for bit in range(128) if int(row[bit >> 6]) >> (bit & 63) & 1}


def rows(pairs: set[tuple[int, int]]) -> tuple[Any, Any]:
    """What :func:`rows_of` makes of (form, set)."""
    every = np.array(sorted(pairs), np.int32).reshape(-1, 2)
    return rows_of(every[:, 0], every[:, 1], FORMS)


@pytest.mark.parametrize("loops", LOOPS)
def test_bits_and_places(loops: Any) -> None:
    @settings(max_examples=50, deadline=None)
    @given(TEXTS, PAIRS, st.sets(st.integers(0, 5)))
    def run(texts: list[list[int]], pairs: set[tuple[int, int]], skipped: set[int]) -> None:
        batch, bits = Batch(texts, skipped), np.zeros((SETS, 2), np.uint64)
        loops.set_bits(*batch.arguments, *rows(pairs), bits)
        ends, places = loops.positions(*batch.arguments, *rows(pairs), SETS)
        for number in range(SETS):
            forms = {form for form, of in pairs if of == number}
            docs = {doc for doc, text in batch.texts.items() if forms & set(text)}
            assert batch.docs(bits[number]) == docs
            expected = [
                int(batch.starts[doc]) + at
                for doc, text in batch.texts.items()
                for at, form in enumerate(text) if form in forms
            ]  # fmt: skip
            assert places[ends[number] : ends[number + 1]].tolist() == expected

    run()


@pytest.mark.parametrize("loops", LOOPS)
def test_phrases(loops: Any) -> None:
    phrases = st.sets(st.lists(st.integers(0, FORMS - 1), min_size=1, max_size=4).map(tuple))

    @settings(max_examples=50, deadline=None)
    @given(TEXTS, phrases, st.sets(st.integers(0, 5)))
    def run(texts: list[list[int]], phrases: set[tuple[int, ...]], skipped: set[int]) -> None:
        batch, trie = Batch(texts, skipped), Trie()
        nodes = {trie.add(tuple(map(str, phrase))): phrase for phrase in phrases}
        is_end = np.array([node in nodes for node in range(len(trie))], np.uint8)
        words = [trie.words.get(str(form).encode(), -1) for form in range(FORMS)]
        word_of_form = np.array(words, np.int32)
        found = loops.find_phrases(*batch.arguments, word_of_form, *trie.arrays(), is_end)
        expected = [
            (phrase, int(batch.starts[doc]) + at)
            for doc, text in batch.texts.items() for at in range(len(text)) for phrase in phrases
            if tuple(text[at : at + len(phrase)]) == phrase
        ]  # fmt: skip
        assert sorted((nodes[node], at) for node, at in found.tolist()) == sorted(expected)

    run()


@pytest.mark.parametrize("loops", LOOPS)
def test_two_places(loops: Any) -> None:
    """Sets 0 and 1 are of one token, 2 and 3 of two."""
    sets, slops = st.integers(0, 3), st.integers(1, 4)
    joins = st.lists(st.tuples(sets, sets, slops, st.booleans()), max_size=5)

    @settings(max_examples=60, deadline=None)
    @given(TEXTS, PAIRS, joins, st.sets(st.integers(0, 30)))
    def run(
        texts: list[list[int]], pairs: set[tuple[int, int]], joins: Any, cuts: set[int]
    ) -> None:
        batch = Batch(texts, set())
        firsts, sets = rows(pairs)
        ends, places = loops.positions(*batch.arguments, firsts, sets, SETS)
        lengths = np.array([1, 1, 2, 2], np.int32)
        spans = [places[ends[n] : ends[n + 1]] for n in range(SETS)]
        doc_ends = np.repeat(batch.starts[1:], np.diff(batch.starts))
        spans = [s[s + length <= doc_ends[s]] for s, length in zip(spans, lengths, strict=True)]
        ends = np.cumsum([0, *map(len, spans)]).astype(np.int64)
        places = np.concatenate(spans).astype(np.int32)
        joins = [(n, *join) for n, join in enumerate(joins)]
        bits = np.zeros((len(joins) + 1, 2), np.uint64)
        array = np.array(joins, np.int32).reshape(-1, 5)
        loops.near(array, ends, places, lengths, batch.bits_by_token, bits)
        units = _units(batch, cuts)
        same = np.zeros_like(bits)
        loops.same(array[:, :3].copy(), ends, places, lengths, batch.bits_by_token, units, same)
        for leaf, a, b, slop, ordered in joins:
            near_docs, same_docs = set(), set()
            for x in spans[a].tolist():
                for y in spans[b].tolist():
                    doc = int(np.searchsorted(batch.starts, x, "right")) - 1
                    if y < batch.starts[doc] or y >= batch.starts[doc + 1]:
                        continue
                    after, before = y - (x + lengths[a] - 1), x - (y + lengths[b] - 1)
                    if 1 <= after <= slop or (not ordered and 1 <= before <= slop):
                        near_docs.add(doc)
                    touched = [x, x + lengths[a] - 1, y, y + lengths[b] - 1]
                    if len(set(units[touched].tolist())) == 1:
                        same_docs.add(doc)
            assert batch.docs(bits[leaf]) == near_docs
            assert batch.docs(same[leaf]) == same_docs

    run()


def _units(batch: Batch, cuts: set[int]) -> Any:
    """A unit begins with each document, and at the cuts."""
    begins = set(batch.starts[:-1].tolist()) | cuts
    return np.cumsum([token in begins for token in range(len(batch.forms))]).astype(np.int32)


@pytest.mark.parametrize("loops", LOOPS)
def test_programs_and_values(loops: Any) -> None:
    bits = np.array([[0, 0], [0b1111, 1], [0b0011, 1], [0b0101, 0]], np.uint64)
    push, and_, or_, without = WatchCode
    programs = [
        [0], [1 << 2], [2 << 2, 3 << 2 | and_], [1 << 2, 2 << 2, 3 << 2 | or_, without],
        [2 << 2, 1 << 2, 3 << 2 | without, or_], [2 << 2, 3 << 2, push, or_, or_],
    ]  # fmt: skip
    codes = np.array([code for program in programs for code in program], np.int32)
    starts = np.cumsum([0, *map(len, programs)]).astype(np.int64)
    out = np.zeros((len(programs), 2), np.uint64)
    loops.run_programs(codes, starts, bits, out)
    assert out.tolist() == [[0, 0], [15, 1], [1, 0], [8, 0], [11, 1], [7, 1]]
    counts, numbers = loops.numbers_of(out[:3], 65)
    assert (counts.tolist(), numbers.tolist()) == ([0, 5, 1], [0, 1, 2, 3, 64, 0])
    assert (counts.dtype, numbers.dtype) == (np.int64, np.uint32)
    for below in (0, 64):
        with pytest.raises(ValueError, match="no value"):
            loops.numbers_of(out[:3], below)
    assert [len(array) for array in loops.numbers_of(out[:0], 0)] == [0, 0]
