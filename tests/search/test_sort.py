"""Sorting by a field: what can be asked for, the order over segments, ties and missing values."""

from __future__ import annotations

import random
import unicodedata
from bisect import bisect_right
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib.index.index_reader import IndexReader
from searchlib.requests import SortKey
from searchlib.search import sort
from searchlib.search.planner import Planner
from searchlib.search.sort import first_by_fields, sort_text
from searchlib.search.top_k import live_matches

from .samples import SCHEMA

KEYS = ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"]  # by their number over all segments


def ordered(reader: IndexReader, planner: Planner, key: Any, limit: int = 99) -> list[str]:
    plan = planner.plan(wq.Every())
    matches = [live_matches(plan, reader, number) for number in range(2)]
    return [
        KEYS[n]
        for n in first_by_fields(key if isinstance(key, list) else [key], reader, matches, limit)
    ]


def test_texts_that_are_read() -> None:
    assert SortKey.parse("date") == SortKey("date")
    assert SortKey.parse("-words") == SortKey("words", descending=True)
    assert len({SortKey.parse("id"), SortKey("id")}) == 1


def test_a_text_is_sorted_by_its_first_200_characters() -> None:
    text = "«" + "Ä" * 199
    assert sort_text(text + "b") == sort_text(text + "c") == "a" * 199
    assert sort_text(text[:199] + "b") == "a" * 198 + "b"
    assert sort_text("?!") == "?!"  # nothing but signs


@pytest.mark.parametrize("text", ["", "-", "places", "--date", "nothing"])
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
    assert first_by_fields([SortKey("date")], reader, matches, 5).tolist() == []


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("section,-words", "a1 a2 a0 b0 b2 a3 a4"),
        ("-section,words", "a0 a2 b0 a1 b2 a3 a4"),
        ("words:missing=first,-date", "b0 a3 a4 a0 a2 b2 a1"),
        ("-words:missing=first,id", "a3 a4 b0 a1 a2 b2 a0"),
        ("title", "a0 b0 a4 a1 a2 a3 b2"),
        ("-title:missing=first,-id", "b2 a3 a2 a1 a4 b0 a0"),
        ("places", ""),
    ],
)
def test_several_keys_and_texts(
    reader: IndexReader, planner: Planner, sort: str, order: str
) -> None:
    keys = [SortKey.parse(text) for text in sort.split(",")]
    if not order:
        with pytest.raises(sl.ArgumentError, match="cannot sort by 'places'"):
            [key.resolve(SCHEMA) for key in keys if key]
        return
    for limit in range(9):
        assert ordered(reader, planner, keys, limit) == order.split()[:limit]


NEWS = sl.Schema(
    id=sl.Key(), title=sl.Text(), date=sl.Date(), section=sl.Keyword(), words=sl.Number()
)
VALUES = {
    "title": st.sampled_from(
        ["Ávila", "avila", "Bonn", "\u201cZug\u201d", "zag", "", "Çe", "ce b"]
    ),
    "date": st.sampled_from(["2022-01-01", "2021-05-05", "2022-01-01T00:00Z"]),
    "section": st.sampled_from(["Arts", "arts", "World", "Örtlich"]),
    "words": st.sampled_from([1, 2, 2.5, -3, 10**9]),
}
_SORT = st.lists(
    st.tuples(st.sampled_from(["id", *VALUES]), st.booleans(), st.sampled_from(["last", "first"])),
    min_size=1, max_size=3,
)  # fmt: skip


def _plain(text: str) -> str:
    """Without case, accents and signs at its start: not by the code that is tested."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(sign for sign in letters if not unicodedata.combining(sign)).strip(
        "\u201c\u201d"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=12), st.integers(1, 3), _SORT,
    st.sampled_from([1, 2, 5, 100]),
)  # fmt: skip
def test_any_keys_give_the_order_of_plain_python(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], commits: int,
    sort: list[tuple[str, bool, Any]], limit: int,
) -> None:  # fmt: skip
    records = [{"id": f"k{(7 * n) % 13}", **one} for n, one in enumerate(records)]
    path: Path = tmp_path_factory.mktemp("sort") / "archive"
    size = -(-len(records) // commits) or 1
    with sl.Archive.create(path, NEWS) as archive:
        for first in range(0, len(records), size):
            archive.add(records[first : first + size])
        found = archive.search("*", sort=[SortKey(*key) for key in sort], limit=limit)
    wanted = list(records)
    for name, down, missing in reversed(sort):

        def value(record: dict[str, Any], name: str = name) -> Any:
            given = record.get(name)
            if name == "date":
                return (given or "")[:10]
            return _plain(given or "") if name in ("title", "section") else given or 0

        wanted.sort(key=value, reverse=down)
        wanted.sort(key=lambda record, name=name: not record.get(name), reverse=missing == "first")
    assert [hit.id for hit in found] == [record["id"] for record in wanted[:limit]]


@pytest.mark.parametrize(
    ("key", "limit", "sorted_"),
    [
        (SortKey("date", descending=True), 1, [1]),  # the second segment has the newest
        (SortKey("date"), 1, [0]),
        (SortKey("date"), 3, [0]),
        (SortKey("date"), 4, [0, 1]),
        (SortKey("date", missing="first"), 1, [0, 1]),
        (SortKey("words", descending=True), 1, [0]),
        (SortKey("id"), 1, [0, 1]),
        (SortKey("nothing"), 1, [0]),
    ],
    ids=str,
)
def test_segments_are_sorted_when_their_turn_may_have_come(
    reader: IndexReader, planner: Planner, monkeypatch: pytest.MonkeyPatch,
    key: SortKey, limit: int, sorted_: list[int],
) -> None:  # fmt: skip
    if key.field == "nothing":
        monkeypatch.setattr(
            type(reader.segments[0].core), "number", lambda self, name: None
        )  # as where no segment has heard of it
        key = SortKey("words")
    made, numbers = [], sort._SortedSegment.numbers

    def noted(self: Any) -> Any:
        made.append(0 if self.doc_base == 0 else 1)
        return numbers(self)

    monkeypatch.setattr(sort._SortedSegment, "numbers", noted)
    ordered(reader, planner, key, limit)
    assert sorted(made) == sorted_


def test_values_that_are_compared_between_segments(reader: IndexReader) -> None:
    def column(key: SortKey, segment: int = 0) -> Any:
        return sort._Column(key, SCHEMA.fields[key.field], reader.segments[segment])

    for field, doc, value in (
        ("id", 1, b"a1"), ("section", 0, b"world"), ("title", 4, "raining"), ("words", 2, 20.0),
    ):  # fmt: skip
        assert column(SortKey(field)).rank(doc) == (0, value)
        down = column(SortKey(field, descending=True)).rank(doc)
        assert (down[0], down[1].value) == (0, value)
    for field in ("section", "title", "words", "date"):
        assert column(SortKey(field)).rank(3 if field != "date" else 4) == (1, 0)
        assert column(SortKey(field, missing="first")).rank(3 if field != "date" else 4) == (-1, 0)
    date = column(SortKey("date")).rank(0)[1]
    assert column(SortKey("date")).first_possible()[0] == 0
    assert column(SortKey("date")).first_possible()[1] < date
    latest = column(SortKey("date", descending=True)).first_possible()[1].value
    assert latest > date
    assert column(SortKey("date", missing="first")).first_possible() == (-2, 0)
    assert column(SortKey("title")).first_possible() == (-2, 0)
    up, groups = column(SortKey("words")).order(np.arange(5))
    assert (up.tolist(), groups.tolist()) == ([10, 30, 20, 0, 0], [0, 0, 0, 1, 1])
    down, groups = column(SortKey("words", descending=True, missing="first")).order(np.arange(5))
    assert (down.tolist(), groups.tolist()) == ([-10, -30, -20, 0, 0], [0, 0, 0, -1, -1])


def test_fields_that_a_segment_has_not_heard_of(reader: IndexReader) -> None:
    core = SimpleNamespace(keyword=lambda name: None, number=lambda name: None)
    segment: Any = SimpleNamespace(core=core, documents=3)
    for name in ("section", "words", "date"):
        column = sort._Column(SortKey(name), SCHEMA.fields[name], segment)
        ranks, groups = column.order(np.arange(3))
        assert (ranks.tolist(), groups.tolist()) == ([0, 0, 0], [1, 1, 1])
        assert column.rank(1) == (1, 0)
        assert column.first_possible() == ((-2, 0) if name == "section" else (1, 0))


def test_equal_values_are_not_less() -> None:
    assert not sort.Descending(1) < sort.Descending(1)
    assert sort.Descending(2) < sort.Descending(1)
    assert not sort.Descending(1) < sort.Descending(2)


def test_rows_no_higher_than_the_last_of_them() -> None:
    pick, missing = random.Random(3), np.zeros(1000, np.int8)
    for values in (pick.sample(range(1000), 1000), pick.choices(range(50), k=1000)):
        in_order = sorted(values)
        for limit in range(1, 1000):
            rows = sort._first_rows(np.array(values), missing, limit)
            assert len(rows) == bisect_right(in_order, in_order[limit - 1])
            assert max(values[row] for row in rows.tolist()) == in_order[limit - 1]


@pytest.mark.parametrize("limit", range(7))
def test_rows_that_may_be_among_the_first(limit: int) -> None:
    ranks = np.array([3, 1, 2, 1, 9, 0])
    missing = np.array([0, 0, 0, 0, 1, -1], np.int8)
    rows = sorted(sort._first_rows(ranks, missing, limit).tolist())
    assert rows == [[], [5], [1, 3, 5], [1, 3, 5], [1, 2, 3, 5], [0, 1, 2, 3, 5],
                    [0, 1, 2, 3, 4, 5]][limit]  # fmt: skip
