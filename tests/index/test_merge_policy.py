"""The merge policy: which segments are merged next, from their sizes alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searchlib.index.merge_policy import MAX_MERGED, next_merge


def test_nothing_to_merge() -> None:
    assert next_merge([]) == []
    assert next_merge([5]) == []
    assert next_merge([9, 4, 2, 1]) == []


def test_a_segment_not_larger_than_all_later_ones_is_merged_with_them() -> None:
    assert next_merge([20, 5, 2, 2]) == [2, 3]
    assert next_merge([10, 4, 2, 3]) == [1, 2, 3]
    assert next_merge([9, 9]) == [0, 1]


def test_segments_too_large_together_are_left_apart() -> None:
    assert next_merge([MAX_MERGED, MAX_MERGED]) == []
    assert next_merge([MAX_MERGED, 3, 3]) == [1, 2]


def test_what_fits_exactly_is_merged() -> None:
    for before in ([], [MAX_MERGED]):  # the first group, and one after another
        last = [len(before), len(before) + 1]
        assert next_merge([*before, MAX_MERGED // 2, MAX_MERGED // 2]) == last
        assert next_merge([*before, MAX_MERGED // 2, MAX_MERGED // 2 + 1]) == []


def test_optimize_merges_all_that_may_be_merged() -> None:
    assert next_merge([9, 4, 2], has_deletions=[False] * 3, optimize=True) == [0, 1, 2]
    assert next_merge([MAX_MERGED, 4, 2], has_deletions=[False] * 3, optimize=True) == [1, 2]


def test_optimize_rewrites_a_single_segment_with_deletions() -> None:
    assert next_merge([9], has_deletions=[True], optimize=True) == [0]
    assert next_merge([9], has_deletions=[False], optimize=True) == []


@given(st.lists(st.integers(1, 1000), max_size=30))
def test_merging_ends_with_few_segments(commits: list[int]) -> None:
    sizes: list[int] = []
    for size in commits:
        sizes.append(size)
        while numbers := next_merge(sizes):
            merged = sum(sizes[number] for number in numbers)
            sizes[numbers[0] : numbers[-1] + 1] = [merged]
        assert all(size > sum(sizes[n + 1 :]) for n, size in enumerate(sizes))
    assert sum(sizes) == sum(commits)
    assert len(sizes) <= max(1, sum(commits).bit_length())
