"""Compiled JSON and checks of records: the same bytes as json.dumps, the same texts as cleaning."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.kernels.constants import ValueCheck
from searchlib.schema import Text

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.lists(ANY_TEXT, max_size=3) | VALUES, max_size=5))
def test_json(row: dict[str, Any]) -> None:
    made = kernels.records.canonical_json(row)
    simple = all(
        isinstance(one, str)
        for value in row.values()
        for one in (value if isinstance(value, list) else [value])
    )
    try:
        wanted = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except (UnicodeEncodeError, TypeError):
        assert made is None
    else:
        assert made == (wanted if simple else None)


def test_json_of_every_character() -> None:
    row = {f"k{c}": chr(c) * 3 for c in (*range(0x300), 0x2028, 0xFFFF, 0x1F600)}
    wanted = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert kernels.records.canonical_json(row) == wanted
    assert kernels.records.canonical_json({}) == b"{}"
    assert kernels.records.canonical_json({1: "a"}) is None


def test_clean_texts_are_those_that_cleaning_leaves_as_they_are() -> None:
    field = Text()
    for c in range(0x100):
        assert kernels.records.is_clean_ascii(chr(c)) == (
            c < 128 and field.normalize(chr(c)) == chr(c)
        ), c
    for other in (None, 7, b"a", [], type("Text", (str,), {})("a")):
        assert not kernels.records.is_clean_ascii(other)


@pytest.mark.parametrize(
    ("check", "canonical", "other"),
    [
        (ValueCheck.TEXT, "two  words\n", "a\x00b"),
        (ValueCheck.LABEL, "New York", "New  York"),
        (ValueCheck.LABELS, ["a", "b"], ["a", "A"]),
        (ValueCheck.DATE, "2024-02-29", "2023-02-29"),
        (ValueCheck.DATE, "2024-02-29T23:59:59", "2024-02-29T24:00:00"),
        (ValueCheck.STORED, 7, 1 << 60),
        (ValueCheck.STORED, True, 0.5),
        (ValueCheck.STORED_TEXT, "a", ["a"]),
        (ValueCheck.STORED_TEXTS, ["a"], "a"),
    ],
)
def test_row_reader_checks(check: ValueCheck, canonical: Any, other: Any) -> None:
    reader = kernels.records.RowReader({"id": ValueCheck.KEY, "x": check}, "id", 10)
    record = {"id": "a1", "x": canonical}
    assert reader(record) is record
    assert reader({"id": "a1", "x": other}) is None


def test_row_reader_asks_once_whether_a_key_stays() -> None:
    asked: list[str] = []

    def stays(name: str) -> bool:
        asked.append(name)
        return name != "headline"

    reader = kernels.records.RowReader({"id": ValueCheck.KEY}, "id", 10, stays)
    record = {"id": "a1", "note": "x"}
    for _ in range(2):
        assert reader(record) is record
        assert reader(record | {"headline": "Rain"}) is None
        assert reader(record | {"headline": None}) == record
        assert reader(record | {"caf\xe9": "x"}) is None
    assert asked == ["note", "headline"]
    assert all(reader(record | {f"x{n}": "y"}) is not None for n in range(12_000))
    assert reader(record | {"x11999": "y"}) is not None
    assert asked.count("x0") == 1
    assert asked.count("x11999") == 2  # as many names as that are data


def test_row_reader_leaves_out_empty_values_and_needs_the_key() -> None:
    checks = {"id": ValueCheck.KEY, "x": ValueCheck.TEXT, "y": ValueCheck.NEVER}
    reader = kernels.records.RowReader(checks, "id", 3)
    assert reader({"id": "a1", "x": "", "z": None}) == {"id": "a1"}
    for record in ({"x": "a"}, {"id": ""}, {"id": "a" * 4}, {"id": "a", "y": "b"}, {"id": "é"}):
        assert reader(record) is None


def test_instants_of_every_day_are_those_of_the_calendar() -> None:
    days = range(1, date.max.toordinal() + 1, 17)
    dates: list[str | None] = [date.fromordinal(day).isoformat() for day in days]
    wanted = [(day - 1) * 86_400_000_000 + 7 for day in days]
    assert kernels.records.instants(dates, -7) == wanted
    around = [date(year, month, 1).toordinal() for year in (1900, 2000, 2023, 2024)
              for month in range(1, 13)]  # fmt: skip
    for day in (first + n for first in around for n in (-1, 0)):
        noon = datetime.fromordinal(day).replace(hour=12, minute=34, second=56)
        micros = ((day - 1) * 86_400 + 45_296) * 1_000_000
        assert kernels.records.instants([noon.isoformat()], 0) == [micros]


def test_instants_of_what_is_no_plain_date_are_left_to_python() -> None:
    others = [
        None, "", "2024", "2024-02", "2023-02-29", "2024-02-29T24:00:00", "2024-02-29 10:00:00",
        "2024-02-29T10:00:00Z", "0000-01-01", "2024-02-29T10:60:00", "2024-02-29T10:00:60",
        "2024-13-01", "2024-00-01", "2024-01-00", "2024-04-31",
    ]  # fmt: skip
    assert kernels.records.instants([*others, "2024-02-29"], 0)[:-1] == [None] * len(others)
