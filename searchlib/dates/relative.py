"""Periods relative to the present: "last week", "3 days ago", "past year", "monday", "august"."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from searchlib.dates.formats import MONTHS, WEEKDAYS, MonthDay
from searchlib.dates.periods import UNITS, floor, following, shift
from searchlib.dates.settings import DateSettings

__all__ = ["RELATIVE_WORDS", "LocalPeriod", "read_date_math", "read_relative", "resolve_year"]


class LocalPeriod(NamedTuple):
    """A half-open period in naive local time; an end of None is past the year 9999.

    >>> LocalPeriod(datetime(2022, 1, 1), None).end is None
    True
    """

    start: datetime
    end: datetime | None


_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_UNIT = r"(?P<unit>second|minute|hour|day|week|fortnight|month|quarter|year|decade)s?"
_COUNT = rf"(?P<count>\d{{1,6}}|{'|'.join(_NUMBERS)})"
_WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_CALENDAR_PERIOD = _pattern(
    rf"(?:(?P<which>this|current|last|past|previous|next|coming) )?"
    rf"(?:{_UNIT}|{_WEEKDAY}|{_MONTH})"
)
_ROLLING = _pattern(rf"(?:last|past|previous) {_COUNT} {_UNIT}")
_AGO = _pattern(rf"{_COUNT} {_UNIT} ago")
_TO_DATE = _pattern(r"(?P<unit>week|month|quarter|year) to date|(?P<short>[wmqy])td")
_MATH_UNITS = {
    "y": "year", "yr": "year", "year": "year", "mo": "month", "mon": "month", "month": "month",
    "w": "week", "wk": "week", "week": "week", "d": "day", "day": "day", "date": "day",
    "h": "hour", "hr": "hour", "hour": "hour", "min": "minute", "minute": "minute",
    "s": "second", "sec": "second", "second": "second",
}  # fmt: skip
_ELASTIC_MATH = _pattern(r"now(?:[+-]\d{1,6}[yMwdhHms])*(?:/[yMwdhHms])?(?<!now)")
_SOLR_MATH = _pattern(r"NOW(?:(?:/|[+-]\d{1,6})(?:YEAR|MONTH|WEEK|DAY|DATE|HOUR|MINUTE|SECOND)S?)+")
_WHOOSH_MATH = _pattern(
    rf"(?P<sign>[+-])\s?(?P<count>\d{{1,6}})\s?(?P<unit>(?:{'|'.join(_MATH_UNITS)})s?)"
)
_MATH_STEP = _pattern(r"(?P<sign>[+/-])(?P<count>\d*)(?P<unit>[A-Za-z]+)")
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1, "day before yesterday": -2}
_SHORT = {"w": "week", "m": "month", "q": "quarter", "y": "year"}

#: Words of these expressions, for 'did you mean'.
RELATIVE_WORDS = (*(unit for unit in sorted(UNITS) if unit not in ("half", "microsecond")), *_DAYS)


def read_relative(text: str, settings: DateSettings) -> LocalPeriod | None:
    """The period that ``text`` (lower case, single blanks) means now; None for other texts.

    Counted periods end with today and have exactly that many units: "last 7 days" is today
    and the six days before. Others are whole calendar periods: "last week" is the week before
    this one. Raises ``OverflowError`` or ``ValueError`` outside the years 1 to 9999.

    >>> read_relative("last week", DateSettings(now=datetime(2026, 11, 24))).start
    datetime.datetime(2026, 11, 16, 0, 0)
    """
    now = settings.local_now()
    if text == "now":
        minute = floor(now, "minute")
        return LocalPeriod(minute, following(minute, "minute"))
    if text in _DAYS:
        return _whole(shift(floor(now, "day"), _DAYS[text], "day"), "day")
    match = _ROLLING.fullmatch(text)
    if match is not None:
        return _rolling(now, _count(match["count"]), match["unit"])
    match = _AGO.fullmatch(text)
    if match is not None:
        moved = shift(now, -_count(match["count"]), match["unit"])
        return _whole(floor(moved, match["unit"], settings.week_start), match["unit"])
    match = _TO_DATE.fullmatch(text)
    if match is not None:
        unit = match["unit"] or _SHORT[match["short"]]
        today = floor(now, "day")
        return LocalPeriod(floor(now, unit, settings.week_start), following(today, "day"))
    match = _CALENDAR_PERIOD.fullmatch(text)
    return _calendar_period(match, now, settings) if match is not None else None


def read_date_math(text: str, settings: DateSettings) -> tuple[LocalPeriod, bool] | None:
    """The period that date math means: that of Elasticsearch (``now-7d/d``), of Solr
    (``NOW/DAY-7DAYS``) and of Whoosh (``-1 month``); None for other texts.

    It is a minute, or the unit that it is rounded to last (as Elasticsearch counts: gte is its
    start, lte its end), and then the second value is True. Raises ``OverflowError`` or
    ``ValueError`` outside the years 1 to 9999.

    >>> now = DateSettings(now=datetime(2026, 11, 24, 10, 30))
    >>> read_date_math("now-1d/d", now)[0].start, read_date_math("NOW/DAY-7DAYS", now)[0].start
    (datetime.datetime(2026, 11, 23, 0, 0), datetime.datetime(2026, 11, 17, 0, 0))
    """
    moved, unit = settings.local_now(), ""
    if match := _WHOOSH_MATH.fullmatch(text.lower()):
        moved = shift(moved, int(match["sign"] + match["count"]), _math_unit(match["unit"]))
    elif _ELASTIC_MATH.fullmatch(text) or _SOLR_MATH.fullmatch(text):
        for step in _MATH_STEP.finditer(text):
            unit = _math_unit(step["unit"])
            if step["sign"] == "/":
                moved = floor(moved, unit, settings.week_start)
            else:
                moved = shift(moved, int(step["sign"] + step["count"]), unit)
                unit = ""
        # In Solr, rounding is always down to an instant.
        unit = "" if text.isupper() else unit
    else:
        return None
    return _whole(floor(moved, unit or "minute", settings.week_start), unit or "minute"), bool(unit)


def _math_unit(text: str) -> str:
    """The unit of an abbreviation: "M" is a month and "m" a minute, as in Elasticsearch."""
    if text in ("M", "m"):
        return "month" if text == "M" else "minute"
    name = text.lower().rstrip("s") if len(text) > 1 else text.lower()
    return _MATH_UNITS[name]


def resolve_year(date: MonthDay, now: datetime) -> LocalPeriod:
    """The latest such month or day that has begun by ``now``: news is about the past.

    >>> resolve_year(MonthDay(12, 25), datetime(2026, 11, 24)).start
    datetime.datetime(2025, 12, 25, 0, 0)
    """
    unit = "month" if date.day is None else "day"
    for year in range(now.year, 0, -1):
        with suppress(ValueError):  # 29 February: only leap years have one
            start = datetime(year, date.month, date.day or 1)
            if start <= now:
                return _whole(start, unit)
    raise ValueError("before the year 1")


def _whole(start: datetime, unit: str) -> LocalPeriod:
    return LocalPeriod(start, following(start, unit))


def _count(text: str) -> int:
    return _NUMBERS.get(text) or int(text)


def _rolling(now: datetime, count: int, unit: str) -> LocalPeriod:
    """``count`` units that end with today, or with this minute for hours and less."""
    if count == 0:
        raise ValueError("a period of no length")
    last = "minute" if unit in ("hour", "minute", "second") else "day"
    present = floor(now, last)
    # Moved from today, not from tomorrow, so that 'past month' on 31 March begins on 1 March.
    return LocalPeriod(shift(shift(present, -count, unit), 1, last), shift(present, 1, last))


def _calendar_period(
    match: re.Match[str], now: datetime, settings: DateSettings
) -> LocalPeriod | None:
    which, unit = match["which"], match["unit"]
    if unit is not None:
        if which is None or match[0].endswith("s"):
            return None
        if which == "past":
            return _rolling(now, 1, unit)
        start = floor(now, unit, settings.week_start)
        return _whole(shift(start, _STEPS[which], unit), unit)
    if match["weekday"] is not None:
        return _weekday(WEEKDAYS[match["weekday"][:3]], which, now, settings)
    return _month(MONTHS[match["month"][:3]], which, now)


_STEPS = {"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1, "coming": 1}


def _weekday(weekday: int, which: str | None, now: datetime, settings: DateSettings) -> LocalPeriod:
    """ "monday" is the latest one, today included; "last" the one before today; "next" after."""
    today = floor(now, "day")
    if which in ("this", "current"):
        start = floor(now, "week", settings.week_start)
        return _whole(start + timedelta(days=(weekday - start.weekday()) % 7), "day")
    if which in ("next", "coming"):
        return _whole(today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), "day")
    back = (today.weekday() - weekday) % 7
    if which is not None and back == 0:
        back = 7
    return _whole(today - timedelta(days=back), "day")


def _month(month: int, which: str | None, now: datetime) -> LocalPeriod:
    """ "august" is the latest one, this month included; "last" the one before this month."""
    this = floor(now, "month")
    if which is None:
        return resolve_year(MonthDay(month, None), now)
    if which in ("this", "current"):
        return _whole(this.replace(month=month), "month")
    if which in ("next", "coming"):
        ahead = (month - this.month - 1) % 12 + 1
        return _whole(shift(this, ahead, "month"), "month")
    return _whole(shift(this, -((this.month - month - 1) % 12 + 1), "month"), "month")
