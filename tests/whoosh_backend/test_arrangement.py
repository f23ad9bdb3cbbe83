"""Sorting and grouping by arrays: what Whoosh's collectors give of the same documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.sorting import Best, Count, FieldFacet, OrderedList, UnorderedList

from searchlib.whoosh_backend.arrangement import (
    facets_to_group,
    facets_to_sort,
    filled_map,
    first_in_order,
    keys_of,
)
from searchlib.whoosh_backend.field_order import FieldOrder

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8)


@given(ROWS, st.none() | st.integers(1, 9), st.booleans())
def test_the_first_in_order(rows: list[tuple[int, int]], limit: int | None, reverse: bool) -> None:
    docs = np.arange(len(rows)) * 2
    columns = [np.array([row[n] for row in rows], np.int64) for n in range(2)]
    ordered = first_in_order(docs, columns, limit, reverse=reverse).tolist()
    expected = sorted(((*row, n) for n, row in enumerate(rows)), reverse=reverse)[:limit]
    assert ordered == [row[-1] for row in expected]


@given(ROWS, st.sampled_from([OrderedList, UnorderedList, Count, Best]))
def test_maps_are_those_that_whoosh_fills(rows: list[tuple[int, int]], maptype: Any) -> None:
    order = FieldOrder(np.array([row[0] for row in rows], np.int64), int, "g{}".format)
    keys = [row[1] for row in rows]
    docs, columns = np.arange(len(rows)), [np.array(keys, np.int64)]
    ours = filled_map(maptype(), order, docs, columns, keys)
    whooshs = maptype()
    for doc, (group, key) in enumerate(rows):
        whooshs.add(f"g{group}", doc, key)
    assert ours.as_dict() == whooshs.as_dict()


def test_what_is_asked_for() -> None:
    assert [facet.fieldname for facet in facets_to_sort(["a", FieldFacet("b")])] == ["a", "b"]
    assert facets_to_sort(None) == [] and facets_to_group(None, None) == {}
    groups = facets_to_group(["a", "b"], Count)
    assert groups is not None and list(groups) == ["a", "b"]
    assert all(type(facet_map) is Count for _, facet_map in groups.values())

    class Own(OrderedList):  # type: ignore[misc]
        pass

    assert facets_to_group("a", Own) is None


@pytest.mark.parametrize(("orders", "keys"), [(1, [-5, -6]), (2, [(-5, -5), (-6, -6)])])
def test_keys(orders: int, keys: list[Any]) -> None:
    order = FieldOrder(np.array([4, 5, 6]), lambda rank: -rank, str)
    assert keys_of([order] * orders, np.array([1, 2])) == keys
