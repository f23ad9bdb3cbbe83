"""Term merge: every range of keys once, the distinct items, and where each is."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.analysis.byte_strings import ByteStrings
from searchlib.index import term_merge
from searchlib.index.term_merge import TermMerge, key_ranges


class ListRun(list[bytes]):
    def term_at_rank(self, rank: int) -> bytes:
        return self[rank]

    def rank(self, term: bytes) -> int:
        return bisect_left(self, term)


_runs = st.lists(st.sets(st.binary(max_size=3), max_size=12).map(sorted), max_size=5)


@given(_runs, st.integers(1, 9))
def test_merges_like_a_sorted_set(lists: list[list[bytes]], max_items: int) -> None:
    runs = [ListRun(items) for items in lists]
    parts = []
    for rank_ranges in key_ranges(runs, max_items):
        part = [run[a:b] for run, (a, b) in zip(runs, rank_ranges, strict=True)]
        assert 0 < sum(map(len, part)) <= max(max_items, len(runs))
        parts.append([ByteStrings.of(items) for items in part])
    merged = TermMerge(len(runs), parts)
    expected = sorted(set().union(*lists))
    assert len(merged) == len(expected)
    strings = [ByteStrings.of(items) for items in lists]
    found = merged.items(strings, np.arange(len(expected)))
    assert [item for batch in found for item in batch.tolist()] == expected
    for items, numbers in zip(lists, merged.numbers, strict=True):
        assert [expected[number] for number in numbers] == items


def test_unsorted_runs_end_too() -> None:
    runs = [ListRun([b"z", b"b", b"a", b"y"]), ListRun([b"c", b"a", b"b"])]
    assert [end for _, end in list(key_ranges(runs, 2))[-1]] == [4, 3]


class LyingRun(ListRun):
    def rank(self, term: bytes) -> int:
        return 0


def test_runs_that_say_nothing_comes_before_end_too() -> None:
    assert list(key_ranges([LyingRun([b"a", b"b", b"c"])], 1)) == [[(0, 3)]]


def test_runs_that_fit_are_read_in_one_range() -> None:
    runs = [ListRun([b"a", b"b"]), ListRun([b"c", b"d"])]
    assert list(key_ranges(runs, 4)) == [[(0, 2), (0, 2)]]
    assert next(iter(key_ranges(runs, 3))) == [(0, 1), (0, 0)]


def test_many_items_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(term_merge, "_LOOKUP_BATCH", 2)
    runs = [ByteStrings.of([b"a", b"c"]), ByteStrings.of([b"b", b"d", b"e"])]
    merge = TermMerge(2, [runs])
    batches = merge.items(runs, np.array([4, 0, 1, 3, 2]))
    assert [batch.tolist() for batch in batches] == [[b"e", b"a"], [b"b", b"d"], [b"c"]]
