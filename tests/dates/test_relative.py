"""Periods relative to the present, and months and days without a year."""

from __future__ import annotations

from datetime import datetime

import pytest

from searchlib.dates import DateSettings, MonthDay
from searchlib.dates.relative import LocalPeriod, read_relative, resolve_year

NOW = DateSettings(now=datetime(2026, 11, 24, 10, 30))  # a Tuesday


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("now", datetime(2026, 11, 24, 10, 30), datetime(2026, 11, 24, 10, 31)),
        ("yesterday", day(11, 23), day(11, 24)),
        ("day before yesterday", day(11, 22), day(11, 23)),
        ("last week", day(11, 16), day(11, 23)),
        ("last 7 days", day(11, 18), day(11, 25)),
        ("past week", day(11, 18), day(11, 25)),
        ("past two hours", datetime(2026, 11, 24, 8, 31), datetime(2026, 11, 24, 10, 31)),
        ("3 months ago", day(8, 1), day(9, 1)),
        ("ytd", day(1, 1), day(11, 25)),
        ("tuesday", day(11, 24), day(11, 25)),
        ("last tuesday", day(11, 17), day(11, 18)),
        ("next tuesday", day(12, 1), day(12, 2)),
        ("this sunday", day(11, 29), day(11, 30)),
        ("november", day(11, 1), day(12, 1)),
        ("last november", day(11, 1, 2025), day(12, 1, 2025)),
        ("next november", day(11, 1, 2027), day(12, 1, 2027)),
        ("this august", day(8, 1), day(9, 1)),
    ],
)
def test_periods(text: str, start: datetime, end: datetime) -> None:
    assert read_relative(text, NOW) == LocalPeriod(start, end)


@pytest.mark.parametrize(
    "text", ["", "rain", "week", "last weeks", "2022", "Last Week", "days ago"]
)
def test_other_texts(text: str) -> None:
    assert read_relative(text, NOW) is None


def test_weeks_begin_as_set() -> None:
    sunday = DateSettings(now=NOW.now, week_start=6)
    assert read_relative("this week", sunday) == LocalPeriod(day(11, 22), day(11, 29))


@pytest.mark.parametrize("text", ["last 0 days", "last 999999 years", "999999 decades ago"])
def test_outside_the_years(text: str) -> None:
    with pytest.raises((OverflowError, ValueError)):
        read_relative(text, NOW)


def test_the_latest_year_that_has_begun() -> None:
    now = datetime(2026, 11, 24)
    assert resolve_year(MonthDay(11, 24), now).start == day(11, 24)
    assert resolve_year(MonthDay(11, 25), now).start == day(11, 25, 2025)
    assert resolve_year(MonthDay(12, None), now) == LocalPeriod(day(12, 1, 2025), day(1, 1))
    assert resolve_year(MonthDay(2, 29), now).start == day(2, 29, 2024)
