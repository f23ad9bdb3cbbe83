"""Which segments to merge next.

Segments are kept in the order of their commits, and each is kept larger than all later ones
together: when one is not, it and the later ones become one. So there are few segments (their number
grows with the logarithm of the archive), and a small addition rewrites little. This is a log-merge
policy of factor 2 (Lucene's LogMergePolicy; O'Neil and others, 'The Log-Structured Merge-Tree',
Acta Informatica 1996) that only merges neighbours.

Of segments that are tiny together, eight are waited for: a commit of a few words would else take
most of its time to merge.

Sizes are in tokens. Segments of more than ``MAX_MERGED`` tokens together are not merged.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["MAX_MERGED", "next_merge"]

MAX_MERGED = 1 << 26  # tokens
_TINY = 1 << 13  # tokens of some segments together
_MANY_TINY = 8  # segments


def next_merge(
    sizes: Sequence[int], *, has_deletions: Sequence[bool] = (), optimize: bool = False
) -> list[int]:
    """The numbers of the segments to merge next, ascending; none if nothing is to be done.

    ``optimize`` merges all segments that may be merged, and rewrites a single one that has deleted
    documents.

    >>> next_merge([90_000, 20_000, 10_000])
    []
    >>> next_merge([90_000, 20_000, 10_000, 15_000])
    [1, 2, 3]
    >>> next_merge([90_000, 3, 4, 5])
    []
    >>> next_merge([900, 200], has_deletions=[False, False], optimize=True)
    [0, 1]
    >>> next_merge([900], has_deletions=[True], optimize=True)
    [0]
    """
    for group in _mergeable_groups(sizes):
        if optimize and (len(group) > 1 or has_deletions[group[0]]):
            return group
        later = sum(sizes[number] for number in group)
        for index, number in enumerate(group[:-1]):
            is_worth_it = later > _TINY or len(group) - index >= _MANY_TINY
            later -= sizes[number]
            if sizes[number] <= later and is_worth_it:
                return group[index:]
    return []


def _mergeable_groups(sizes: Sequence[int]) -> list[list[int]]:
    """The numbers of segments of these sizes, in groups that may each become one.

    >>> _mergeable_groups([MAX_MERGED, 5, 7, MAX_MERGED - 9])
    [[0], [1, 2], [3]]
    """
    groups: list[list[int]] = []
    total = 0
    for number, size in enumerate(sizes):
        if not groups or total + size > MAX_MERGED:
            groups.append([])
            total = 0
        groups[-1].append(number)
        total += size
    return groups
