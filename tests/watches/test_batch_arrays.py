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
BITS = [64, 0, 63, 127, 1, 70]  # of documents
TEXTS = st.lists(st.lists(st.integers(0, FORMS - 1), max_size=8), min_size=1, max_size=6)
PAIRS = st.sets(st.tuples(st.integers(0, FORMS - 1), st.integers(0, SETS - 1)), min_size=2)


class Batch:
    """Documents of forms, some of which are not looked at, with bits in an order of their own."""

    def __init__(self, texts: list[list[int]], skipped: set[int]) -> None:
        self.texts = {n: text for n, text in enumerate(texts) if n not in skipped}
        self.forms = np.array([form for text in texts for form in text], np.int32)
        self.starts = np.cumsum([0, *map(len, texts)]).astype(np.int32)
        bits = [-1 if n in skipped else BITS[n] for n in range(len(texts))]
        self.bits_of = np.array(bits, np.int32)
        self.arguments = self.forms, self.starts, self.bits_of
        self.bits_by_token = np.repeat(self.bits_of, np.diff(self.starts)).astype(np.int32)

    def docs(self, row: Any) -> set[int]:
        """The documents of a row of bits."""
        return {BITS.index(bit) for bit in range(128) if int(row[bit >> 6]) >> (bit & 63) & 1}


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
    joins = st.lists(st.tuples(sets, sets, slops, st.booleans()), min_size=2, max_size=5)

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


def places_of(*sets: list[int]) -> tuple[Any, Any]:
    """The places of some sets, as :func:`batch_arrays.positions` gives them."""
    ends = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    return ends, np.array([place for places in sets for place in places], np.int32)


#: Four documents: one that is not looked at, and those of the bits 0, 64 and 1.
TOKEN_BITS = np.array([-1] * 5 + [0] * 5 + [64] * 3 + [1] * 3, np.int32)


@pytest.mark.parametrize("loops", LOOPS)
@pytest.mark.parametrize(
    ("a", "b", "slop", "ordered", "near"),
    [
        ([5], [6], 1, True, {0}), ([6], [5], 1, True, set()), ([6], [5], 1, False, {0}),
        ([5], [8], 3, True, {0}), ([5], [8], 2, True, set()), ([8], [5], 3, False, {0}),
        ([8], [5], 2, False, set()), ([7], [7], 9, False, set()),
        ([4], [5], 9, False, set()), ([9], [10], 9, False, set()), ([0], [1], 9, True, set()),
        ([5, 10, 13], [3, 9, 12, 15], 2, True, {64, 1}), ([5, 10], [], 9, False, set()),
        ([], [5, 10], 9, False, set()), ([5, 10], [6, 11], 1, True, {0, 64}),
    ],
)  # fmt: skip
def test_what_is_near(
    loops: Any, a: list[int], b: list[int], slop: int, ordered: bool, near: set[int]
) -> None:
    """Before and after the join is another, which finds nothing, for a set that has no places."""
    none = (0, 2, 2, 9, 0)
    joins = np.array([none, (1, 0, 1, slop, ordered), none, (2, 0, 1, slop, ordered)], np.int32)
    rows, lengths = np.zeros((3, 2), np.uint64), np.ones(3, np.int32)
    loops.near(joins, *places_of(a, b, []), lengths, TOKEN_BITS, rows)
    found = [{bit for bit in range(128) if int(row[bit >> 6]) >> (bit & 63) & 1} for row in rows]
    assert found == [set(), near, near]


@pytest.mark.parametrize("loops", LOOPS)
@pytest.mark.parametrize(
    ("length", "b", "same"),
    [
        (1, [5, 10, 13], {0, 64, 1}), (1, [0, 4], set()), (1, [7, 12], {64}),
        (2, [5, 6], {0}), (2, [11, 15], {64}),
    ],
)  # fmt: skip
def test_what_is_in_one_unit(loops: Any, length: int, b: list[int], same: set[int]) -> None:
    """Units begin at tokens 0, 5, 7, 10 and 13; a place at the end of one reaches into the next if
    it has two tokens."""
    units = np.array([0] * 5 + [1] * 2 + [2] * 3 + [3] * 3 + [4] * 3, np.int32)
    rows = np.zeros((2, 2), np.uint64)
    lengths = np.array([length, 1], np.int32)
    places = places_of([1, 5, 10] if length == 2 else [1, 6, 11, 14], b)
    loops.same(np.array([(1, 0, 1)], np.int32), *places, lengths, TOKEN_BITS, units, rows)
    found = [{bit for bit in range(128) if int(row[bit >> 6]) >> (bit & 63) & 1} for row in rows]
    assert found == [set(), same]
    # A place that crosses the end of its unit is in none.
    crossing, rows = places_of([6, 9, 12], [5, 6, 7, 9, 10, 12, 13]), np.zeros((1, 2), np.uint64)
    loops.same(np.array([(0, 0, 1)], np.int32), *crossing, lengths, TOKEN_BITS, units, rows)
    assert bool(rows.any()) == (length == 1)


@pytest.mark.parametrize("loops", LOOPS)
def test_phrases_of_one_word(loops: Any) -> None:
    batch, trie = Batch([[0, 1, 0], [1], [0, 0]], {1}), Trie()
    assert trie.add(("0",)) == 0
    word_of_form = np.array([0, -1, -1, -1, -1], np.int32)
    ends = np.ones(1, np.uint8)
    found = loops.find_phrases(*batch.arguments, word_of_form, *trie.arrays(), ends)
    assert sorted(found.tolist()) == [[0, 0], [0, 2], [0, 4], [0, 5]]
    assert found.dtype == np.int32


def test_the_loops_are_the_kernels_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch_arrays.loops() is (kernels.watches if kernels.available else batch_arrays)
    monkeypatch.setattr(batch_arrays.kernels, "available", False)
    assert batch_arrays.loops() is batch_arrays


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
        [1 << 2, 2 << 2, 3 << 2 | and_, without], [3 << 2, push, 2 << 2 | or_, without],
        [2 << 2, push, 1 << 2, 3 << 2, without, or_, and_],
    ]  # fmt: skip
    codes = np.array([code for program in programs for code in program], np.int32)
    starts = np.cumsum([0, *map(len, programs)]).astype(np.int64)
    out = np.zeros((len(programs), 2), np.uint64)
    loops.run_programs(codes, starts, bits, out)
    assert out.tolist() == [
        [0, 0], [15, 1], [1, 0], [8, 0], [11, 1], [7, 1], [14, 1], [4, 0], [2, 1],
    ]  # fmt: skip
    counts, numbers = loops.numbers_of(out[:3], 65)
    assert (counts.tolist(), numbers.tolist()) == ([0, 5, 1], [0, 1, 2, 3, 64, 0])
    assert (counts.dtype, numbers.dtype) == (np.int64, np.uint32)
    for below, some in ((0, out[:3]), (64, out[:3]), (1, out[3:4]), (3, out[3:4])):
        with pytest.raises(ValueError, match="no value"):
            loops.numbers_of(some, below)
    assert loops.numbers_of(out[3:4], 4)[1].tolist() == [3]
    one = np.array([[2]], np.uint64)
    assert loops.numbers_of(one, 2)[1].tolist() == [1]
    with pytest.raises(ValueError, match="no value"):
        loops.numbers_of(one, 1)
    assert [len(array) for array in loops.numbers_of(out[:0], 0)] == [0, 0]
