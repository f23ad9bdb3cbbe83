"""Sorted runs into one: every range of keys once, and where each item is."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchlib.index.term_merge import TermMerge, key_ranges


class Plain(list[bytes]):
    def term_at_rank(self, rank: int) -> bytes:
        return self[rank]

    def rank(self, term: bytes) -> int:
        return bisect_left(self, term)


_runs = st.lists(st.sets(st.binary(max_size=3), max_size=12).map(sorted), max_size=5)


@given(_runs, st.integers(1, 9))
def test_like_a_sorted_set(lists: list[list[bytes]], most: int) -> None:
    runs = [Plain(items) for items in lists]
    parts = []
    for span in key_ranges(runs, most):
        part = [run[a:b] for run, (a, b) in zip(runs, span, strict=True)]
        assert 0 < sum(map(len, part)) <= max(most, len(runs))
        parts.append(part)
    found = TermMerge(len(runs), parts)
    wanted = sorted(set().union(*lists))
    assert len(found) == len(wanted)
    assert list(found.items(runs, np.arange(len(wanted)))) == wanted
    for items, numbers in zip(lists, found.numbers, strict=True):
        assert [wanted[number] for number in numbers] == items


def test_runs_that_are_not_sorted_come_to_an_end() -> None:
    runs = [Plain([b"z", b"b", b"a", b"y"]), Plain([b"c", b"a", b"b"])]
    assert [end for _, end in list(key_ranges(runs, 2))[-1]] == [4, 3]
