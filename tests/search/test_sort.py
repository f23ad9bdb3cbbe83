"""Sorting by a field: what can be asked for, the order over segments, ties and missing values."""

from __future__ import annotations

import pytest
from whoosh import query as wq

from searchlib.index.index_reader import IndexReader
from searchlib.requests import SortKey
from searchlib.search.planner import Planner
from searchlib.search.sort import first_by_field
from searchlib.search.top_k import live_matches

from .samples import SCHEMA

KEYS = ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"]  # by their number over all segments


def ordered(reader: IndexReader, planner: Planner, key: SortKey, limit: int = 99) -> list[str]:
    plan = planner.plan(wq.Every())
    matches = [live_matches(plan, reader, number) for number in range(2)]
    return [KEYS[n] for n in first_by_field(key, reader, matches, limit).tolist()]


def test_texts_that_are_read() -> None:
    assert SortKey.parse("date") == SortKey("date")
    assert SortKey.parse("-words") == SortKey("words", descending=True)
    assert len({SortKey.parse("id"), SortKey("id")}) == 1


@pytest.mark.parametrize("text", ["", "-", "body", "places", "--date", "nothing"])
def test_fields_that_cannot_be_sorted_by(text: str) -> None:
    key = SortKey.parse(text)
    assert key is not None
    with pytest.raises(ValueError, match=r"cannot sort by .*: try one of .*, rank") as caught:
        key.resolve(SCHEMA)
    assert "section" in str(caught.value)
    assert "places" not in str(caught.value).partition(": ")[2]


@pytest.mark.parametrize(
    ("key", "order"),
    [
        (SortKey("id"), "a0 a1 a2 a3 a4 b0 b2"),
        (SortKey("id", descending=True), "b2 b0 a4 a3 a2 a1 a0"),
        (SortKey("date"), "a3 a0 a1 b0 a2 a4 b2"),
        (SortKey("date", descending=True), "b0 a1 a0 a3 a2 a4 b2"),
        # a2 and b2 have 20 words: the lower number comes first, both ways.
        (SortKey("words"), "a0 a2 b2 a1 a3 a4 b0"),
        (SortKey("words", descending=True), "a1 a2 b2 a0 a3 a4 b0"),
        (SortKey("section"), "a1 a0 a2 b0 a3 a4 b2"),
    ],
)
def test_order(reader: IndexReader, planner: Planner, key: SortKey, order: str) -> None:
    assert ordered(reader, planner, key) == order.split()
    for limit in range(9):
        assert ordered(reader, planner, key, limit) == order.split()[:limit]


def test_no_matches(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.NullQuery)
    matches = [plan.match(number) for number in range(2)]
    assert first_by_field(SortKey("date"), reader, matches, 5).tolist() == []
