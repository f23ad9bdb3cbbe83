"""The merge policy: which segments are merged next, from their sizes alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searchlib.index.merge_policy import _MANY_TINY, _TINY, MAX_MERGED, next_merge


def large(*sizes: int) -> list[int]:
    """Sizes of segments that are not tiny."""
    return [size * _TINY for size in sizes]


def test_nothing_to_merge() -> None:
    assert next_merge([]) == []
    assert next_merge([5]) == []
    assert next_merge(large(9, 4, 2, 1)) == []


def test_a_segment_not_larger_than_all_later_ones_is_merged_with_them() -> None:
    assert next_merge(large(20, 5, 2, 2)) == [2, 3]
    assert next_merge(large(10, 4, 2, 3)) == [1, 2, 3]
    assert next_merge(large(9, 9)) == [0, 1]


def test_of_tiny_segments_many_are_waited_for() -> None:
    assert next_merge([9_000_000, *[3] * (_MANY_TINY - 1)]) == []
    assert next_merge([9_000_000, *[3] * _MANY_TINY]) == [*range(1, _MANY_TINY + 1)]
    assert next_merge([_TINY // 2, _TINY // 2]) == []
    assert next_merge([_TINY // 2, _TINY // 2 + 1]) == [0, 1]
    assert next_merge([5, 3], has_deletions=[False, False], optimize=True) == [0, 1]


def test_segments_too_large_together_are_left_apart() -> None:
    assert next_merge([MAX_MERGED, MAX_MERGED]) == []
    assert next_merge([MAX_MERGED, *large(3, 3)]) == [1, 2]


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


@given(st.lists(st.integers(1, 100) | st.integers(1, 4 * _TINY), max_size=60))
def test_merging_ends_with_few_segments(commits: list[int]) -> None:
    sizes: list[int] = []
    for size in commits:
        sizes.append(size)
        while numbers := next_merge(sizes):
            merged = sum(sizes[number] for number in numbers)
            sizes[numbers[0] : numbers[-1] + 1] = [merged]
        for n, size in enumerate(sizes):
            later = sizes[n + 1 :]
            is_tiny = size + sum(later) <= _TINY and len(later) < _MANY_TINY
            assert size > sum(later) or is_tiny
    assert sum(sizes) == sum(commits)
    assert len(sizes) <= max(1, sum(commits).bit_length()) + _MANY_TINY
