"""Sorting and grouping by arrays: what Whoosh's collectors give of the same documents."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.sorting import Best, Count, FieldFacet, OrderedList, UnorderedList

from searchlib.whoosh_backend.arrangement import (
    Arrangement,
    Groups,
    _by_group,
    added_documents,
    counts_of,
    facets_to_group,
    facets_to_sort,
    first_of_groups,
    keys_of,
)
from searchlib.whoosh_backend.field_order import FieldGroups, FieldOrder

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8)


def arranged(
    rows: list[tuple[int, int]], limit: int | None = None, *, reverse: bool = False, first: int = 0
) -> Arrangement:
    """Rows in the order of their numbers, from one of them on."""
    columns = [np.array([row[n] for row in rows], np.int64) for n in range(first, 2)]
    keys = np.array([row[first:] for row in rows], np.int64).reshape(len(rows), 2 - first)
    return Arrangement(
        np.arange(len(rows)) * 2, columns, lambda places: keys[places].tolist(), limit,
        reverse=reverse,
    )  # fmt: skip


@given(ROWS, st.none() | st.integers(1, 9), st.booleans())
def test_the_first_in_order(rows: list[tuple[int, int]], limit: int | None, reverse: bool) -> None:
    arrangement = arranged(rows, limit, reverse=reverse)
    expected = sorted(((*row, n) for n, row in enumerate(rows)), reverse=reverse)[:limit]
    assert arrangement.rows.tolist() == [row[-1] for row in expected]
    assert len(arrangement) == len(expected)
    assert arrangement.hits(1, 3) == [([a, b], n * 2) for a, b, n in expected[1:3]]


@given(ROWS, st.sampled_from([OrderedList, UnorderedList, Count, Best]), st.booleans())
def test_maps_are_those_that_whoosh_fills(
    rows: list[tuple[int, int]], maptype: Any, are_several: bool
) -> None:
    ranks = np.array([row[0] for row in rows], np.int64)
    groups: Any = FieldOrder(np.repeat(ranks, 2), int, "g{}".format)
    if are_several:  # in its own group and in one more, or in none
        starts = np.cumsum([0, *(0 if n % 2 else 2 * (rank > 0) for rank in ranks for n in (0, 1))])
        several = [other for rank in ranks.tolist() if rank for other in (rank, rank + 7)]
        groups = FieldGroups(np.array(several, np.int64), starts, "g{}".format)
    ours = Groups(maptype, groups, arranged(rows, first=1))
    whooshs = maptype()
    for number, (group, key) in enumerate(rows):
        names = [f"g{group}"] if not are_several else [f"g{group}", f"g{group + 7}"] * (group > 0)
        for name in names:
            whooshs.add(name, number * 2, [key])
    assert ours.as_dict() == whooshs.as_dict() == ours.as_dict()


@given(ROWS)
def test_collapsed(rows: list[tuple[int, int]]) -> None:
    ranks = np.array([row[0] for row in rows], np.int64)
    is_grouped = ranks > 0
    best: dict[int, tuple[int, int]] = {}
    added = []
    for number, (group, key) in enumerate(rows):
        added.append(not group or group not in best or key < best[group][0])
        if added[-1]:
            best[group or -number - 1] = key, number
    arrangement = arranged(rows, first=1)
    left = first_of_groups(arrangement, ranks, is_grouped).tolist()
    assert left == sorted(number for _, number in best.values())
    assert added_documents(arrangement, ranks, is_grouped).tolist() == added
    assert arrangement.chosen(np.array(left, np.int64)).hits(0, 9) == [
        ([key], number * 2) for key, number in sorted(best.values())
    ]


def test_what_is_asked_for() -> None:
    assert [facet.fieldname for facet in facets_to_sort(["a", FieldFacet("b")])] == ["a", "b"]
    assert facets_to_sort(None) == [] and facets_to_group(None, None) == {}
    groups = facets_to_group(["a", "b"], Count)
    assert groups is not None and list(groups) == ["a", "b"]
    assert all(map_type is Count for _, map_type in groups.values())

    class Own(OrderedList):  # type: ignore[misc]
        pass

    assert facets_to_group("a", Own) is None
    assert facets_to_group(["a", FieldFacet("b", maptype=Own)], Count) is None
    assert facets_to_group(["a", FieldFacet("b", maptype=Best)], Count) is not None


@pytest.mark.parametrize(("orders", "keys"), [(1, [-5, -6]), (2, [(-5, -5), (-6, -6)])])
def test_keys(orders: int, keys: list[Any]) -> None:
    order = FieldOrder(np.array([4, 5, 6]), lambda rank: -rank, str)
    assert keys_of([order] * orders, np.array([1, 2])) == keys


@pytest.mark.parametrize("most", [2, 32_766, 32_767, 32_768, 40_000, 1 << 40])
def test_groups_stay_in_order_however_many_there_are(most: int) -> None:
    ranks = np.array([most, 1, most, 0, most - 1])
    assert _by_group(ranks).tolist() == sorted(range(5), key=lambda row: ranks[row])
    assert counts_of(ranks) == sorted(Counter(ranks.tolist()).items())
    assert counts_of(np.empty(0, np.int64)) == []
