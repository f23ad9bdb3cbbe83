"""Calendar arithmetic: the start of a period, the next one, and moves by units."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.dates.periods import PRECISIONS, UNITS, floor, following, iso, shift

NOW = datetime(2026, 11, 24, 10, 30, 15, 7)  # a Tuesday


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("second", datetime(2026, 11, 24, 10, 30, 15), datetime(2026, 11, 24, 10, 30, 16)),
        ("minute", datetime(2026, 11, 24, 10, 30), datetime(2026, 11, 24, 10, 31)),
        ("day", datetime(2026, 11, 24), datetime(2026, 11, 25)),
        ("week", datetime(2026, 11, 23), datetime(2026, 11, 30)),
        ("month", datetime(2026, 11, 1), datetime(2026, 12, 1)),
        ("quarter", datetime(2026, 10, 1), datetime(2027, 1, 1)),
        ("half", datetime(2026, 7, 1), datetime(2027, 1, 1)),
        ("year", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("decade", datetime(2020, 1, 1), datetime(2030, 1, 1)),
    ],
)
def test_period_of_an_instant(unit: str, start: datetime, end: datetime) -> None:
    assert floor(NOW, unit) == start
    assert following(start, unit) == end


def test_weeks_begin_on_any_day() -> None:
    assert floor(NOW, "week", 6) == datetime(2026, 11, 22)
    assert floor(NOW, "week", 1) == datetime(2026, 11, 24)


def test_ends_of_time() -> None:
    assert following(datetime(9999, 1, 1), "year") is None
    assert following(datetime(9999, 12, 31), "day") is None
    assert floor(datetime(5, 3, 1), "decade") == datetime(1, 1, 1)
    with pytest.raises((OverflowError, ValueError)):
        shift(datetime(9999, 1, 1), 1, "year")


def test_shift_clips_the_day() -> None:
    assert shift(datetime(2022, 3, 31), -1, "month") == datetime(2022, 2, 28)
    assert shift(datetime(2024, 2, 29), 1, "year") == datetime(2025, 2, 28)
    assert shift(NOW, 2, "fortnight") == datetime(2026, 12, 22, 10, 30, 15, 7)


@pytest.mark.parametrize(
    ("unit", "moved"),
    [
        ("second", datetime(2026, 11, 24, 10, 30, 18, 7)),
        ("minute", datetime(2026, 11, 24, 10, 33, 15, 7)),
        ("hour", datetime(2026, 11, 24, 13, 30, 15, 7)),
        ("day", datetime(2026, 11, 27, 10, 30, 15, 7)),
        ("week", datetime(2026, 12, 15, 10, 30, 15, 7)),
        ("fortnight", datetime(2027, 1, 5, 10, 30, 15, 7)),
        ("month", datetime(2027, 2, 24, 10, 30, 15, 7)),
        ("quarter", datetime(2027, 8, 24, 10, 30, 15, 7)),
        ("half", datetime(2028, 5, 24, 10, 30, 15, 7)),
        ("year", datetime(2029, 11, 24, 10, 30, 15, 7)),
        ("decade", datetime(2056, 11, 24, 10, 30, 15, 7)),
    ],
)
def test_shift_by_three_of_each_unit(unit: str, moved: datetime) -> None:
    assert shift(NOW, 3, unit) == moved
    assert shift(moved, -3, unit) == NOW


@given(
    st.datetimes(datetime(20, 1, 1), datetime(9900, 1, 1)),
    st.sampled_from(sorted(UNITS - {"fortnight"})),
)
def test_an_instant_lies_in_its_period(instant: datetime, unit: str) -> None:
    start = floor(instant, unit)
    end = following(start, unit)
    assert end is not None
    assert start <= instant < end
    assert floor(start, unit) == start


def test_iso_in_every_precision() -> None:
    whole = "2026-11-24T10:30:15.000007"
    lengths = dict(zip(PRECISIONS, (4, 7, 10, 13, 16, 19, 26), strict=True))
    assert {unit: iso(NOW, unit) for unit in PRECISIONS} == {
        unit: whole[:length] for unit, length in lengths.items()
    }
    assert iso(datetime(1, 1, 1), "microsecond") == "0001-01-01T00:00:00.000000"


def test_precisions_are_units() -> None:
    assert set(PRECISIONS) <= UNITS
