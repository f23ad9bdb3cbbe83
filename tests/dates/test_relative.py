"""Periods relative to the present, and months and days without a year."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from searchlib.dates import DateSettings, MonthDay, relative
from searchlib.dates.relative import LocalPeriod, read_date_math, read_relative, resolve_year

NOW = DateSettings(now=datetime(2026, 11, 24, 10, 30))  # a Tuesday
DAY = timedelta(days=1)


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
    assert resolve_year(MonthDay(1, None), datetime(1, 5, 1)).start == day(1, 1, 1)
    for never, early in ((MonthDay(2, 29), datetime(3, 5, 1)), (MonthDay(6, 1), datetime(1, 5, 1))):
        with pytest.raises(ValueError, match="before the year 1"):
            resolve_year(never, early)


@pytest.mark.parametrize(
    ("now", "text", "start"),
    [
        (datetime(2026, 3, 31, 9), "past month", datetime(2026, 3, 1)),
        (datetime(2024, 2, 29, 9), "past year", datetime(2023, 3, 1)),
        (datetime(2026, 3, 31, 9, 20, 30), "past hour", datetime(2026, 3, 31, 8, 21)),
    ],
)
def test_past_periods_that_begin_at_the_end_of_a_month(
    now: datetime, text: str, start: datetime
) -> None:
    period = read_relative(text, DateSettings(now=now))
    assert period is not None and period.start == start


#: Day of November 2026, for a number of days before the 24th.
NUMBER_WORDS = {
    "a": 23, "an": 23, "one": 23, "two": 22, "three": 21, "four": 20, "five": 19, "six": 18,
    "seven": 17, "eight": 16, "nine": 15, "ten": 14, "eleven": 13, "twelve": 12,
    "0": 24, "1": 23, "2": 22, "13": 11, "023": 1,
}  # fmt: skip


@pytest.mark.parametrize("number", NUMBER_WORDS)
def test_every_number_word(number: str) -> None:
    start = day(11, NUMBER_WORDS[number])
    assert read_relative(f"{number} days ago", NOW) == LocalPeriod(start, start + DAY)
    if number != "0":
        assert read_relative(f"last {number} days", NOW) == LocalPeriod(start + DAY, day(11, 25))


def test_there_are_no_other_number_words() -> None:
    words = [word for word in NUMBER_WORDS if word.isalpha()]
    assert sorted(relative._NUMBERS) == sorted(words)
    for text in ("thirteen days ago", "zero days ago", "many days ago", "last thirteen days"):
        assert read_relative(text, NOW) is None


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("second", datetime(2026, 11, 24, 10, 29, 59), datetime(2026, 11, 24, 10, 30)),
        ("minute", datetime(2026, 11, 24, 10, 29), datetime(2026, 11, 24, 10, 30)),
        ("hour", datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 10)),
        ("day", day(11, 23), day(11, 24)),
        ("week", day(11, 16), day(11, 23)),
        ("month", day(10, 1), day(11, 1)),
        ("quarter", day(7, 1), day(10, 1)),
        ("year", day(1, 1, 2025), day(1, 1)),
        ("decade", day(1, 1, 2010), day(1, 1, 2020)),
    ],
)
def test_every_unit(unit: str, start: datetime, end: datetime) -> None:
    for text in (f"one {unit} ago", f"1 {unit}s ago", f"last {unit}", f"previous {unit}"):
        assert read_relative(text, NOW) == LocalPeriod(start, end), text
    following = read_relative(f"next {unit}", NOW)
    current = read_relative(f"this {unit}", NOW)
    assert following is not None
    assert current is not None
    assert current == read_relative(f"current {unit}", NOW) == LocalPeriod(end, current.end)
    assert following == read_relative(f"coming {unit}", NOW)
    assert following.start == current.end


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", day(11, 24), day(11, 25)),
        ("tomorrow", day(11, 25), day(11, 26)),
        ("wtd", day(11, 23), day(11, 25)),
        ("mtd", day(11, 1), day(11, 25)),
        ("qtd", day(10, 1), day(11, 25)),
        ("week to date", day(11, 23), day(11, 25)),
        ("month to date", day(11, 1), day(11, 25)),
        ("quarter to date", day(10, 1), day(11, 25)),
        ("year to date", day(1, 1), day(11, 25)),
    ],
)
def test_days_and_periods_to_date(text: str, start: datetime, end: datetime) -> None:
    assert read_relative(text, NOW) == LocalPeriod(start, end)


WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
YEAR = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip


@pytest.mark.parametrize("name", WEEK)
def test_every_weekday(name: str) -> None:
    number = WEEK.index(name)  # the 23rd is a Monday
    latest = day(11, 23 + number) if number <= 1 else day(11, 16 + number)
    for text in (name, name[:3]):
        assert read_relative(text, NOW) == LocalPeriod(latest, latest + DAY)
        this = read_relative(f"this {text}", NOW)
        assert this == LocalPeriod(day(11, 23 + number), day(11, 23 + number) + DAY)


@pytest.mark.parametrize("name", YEAR)
def test_every_month(name: str) -> None:
    number = YEAR.index(name) + 1
    year = 2026 if number <= 11 else 2025
    for text in (name, name[:3]):
        period = read_relative(text, NOW)
        assert period is not None
        assert period.start == day(number, 1, year)
        assert read_relative(f"this {text}", NOW) == LocalPeriod(
            day(number, 1), day(number + 1, 1) if number < 12 else day(1, 1, 2027)
        )


@pytest.mark.parametrize(
    ("text", "start", "unit", "rounded"),
    [
        ("now-7d", datetime(2026, 11, 17, 10, 30), "minute", False),
        ("now-7d/d", day(11, 17), "day", True),
        ("now/d", day(11, 24), "day", True),
        ("now/M", day(11, 1), "month", True),
        ("now-90m", datetime(2026, 11, 24, 9, 0), "minute", False),
        ("now-1M+2d", datetime(2026, 10, 26, 10, 30), "minute", False),
        ("now+1y/y", day(1, 1, 2027), "year", True),
        ("NOW-7DAYS", datetime(2026, 11, 17, 10, 30), "minute", False),
        ("NOW/DAY-7DAYS", day(11, 17), "minute", False),
        ("NOW/MONTH", day(11, 1), "minute", False),
        ("NOW-1YEAR/DAY", day(11, 24, 2025), "minute", False),
        ("-1 month", datetime(2026, 10, 24, 10, 30), "minute", False),
        ("-1 Week", datetime(2026, 11, 17, 10, 30), "minute", False),
        ("+2 days", datetime(2026, 11, 26, 10, 30), "minute", False),
        ("-7d", datetime(2026, 11, 17, 10, 30), "minute", False),
        ("-3mo", datetime(2026, 8, 24, 10, 30), "minute", False),
        ("-2h", datetime(2026, 11, 24, 8, 30), "minute", False),
        ("- 2 hrs", datetime(2026, 11, 24, 8, 30), "minute", False),
        ("-2hours", datetime(2026, 11, 24, 8, 30), "minute", False),
        ("-2y", datetime(2024, 11, 24, 10, 30), "minute", False),
        ("-2yrs", datetime(2024, 11, 24, 10, 30), "minute", False),
        ("-2 mons", datetime(2026, 9, 24, 10, 30), "minute", False),
        ("-2wks", datetime(2026, 11, 10, 10, 30), "minute", False),
        ("-2w", datetime(2026, 11, 10, 10, 30), "minute", False),
        ("-2ds", datetime(2026, 11, 22, 10, 30), "minute", False),
        ("-2min", datetime(2026, 11, 24, 10, 28), "minute", False),
        ("-120s", datetime(2026, 11, 24, 10, 28), "minute", False),
        ("-120 secs", datetime(2026, 11, 24, 10, 28), "minute", False),
        ("now-120s", datetime(2026, 11, 24, 10, 28), "minute", False),
        ("now-2H", datetime(2026, 11, 24, 8, 30), "minute", False),
        ("now+1w", datetime(2026, 12, 1, 10, 30), "minute", False),
        ("NOW-2DATES", datetime(2026, 11, 22, 10, 30), "minute", False),
    ],
)
def test_date_math(text: str, start: datetime, unit: str, rounded: bool) -> None:
    following = {
        "minute": timedelta(minutes=1), "day": DAY, "month": timedelta(30), "year": timedelta(365),
    }  # fmt: skip
    assert read_date_math(text, NOW) == (LocalPeriod(start, start + following[unit]), rounded)


@pytest.mark.parametrize(
    "text",
    ["now", "NOW", "now-7", "now/day", "NOW-7d", "7d", "-1", "-2m", "last week", "now-7d/d/d", ""],
)
def test_no_date_math(text: str) -> None:
    assert read_date_math(text, NOW) is None
