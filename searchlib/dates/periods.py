"""Calendar arithmetic on naive local times: the start of a period, and of the next one."""

from __future__ import annotations

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

__all__ = ["PRECISIONS", "UNITS", "floor", "following", "iso", "shift"]

#: The precisions of an article's date, from coarse to fine.
PRECISIONS = ("year", "month", "day", "hour", "minute", "second", "microsecond")

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120}
_FIXED_LENGTH = {
    "microsecond": timedelta(microseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "fortnight": timedelta(weeks=2),
}

_TIMESPECS = {
    "minute": "minutes", "second": "seconds", "microsecond": "microseconds",
}  # fmt: skip
_DATE_LENGTHS = {"year": 4, "month": 7, "day": 10}

#: Every unit of time.
UNITS = frozenset(_FIXED_LENGTH) | frozenset(_MONTHS)


def floor(instant: datetime, unit: str, week_start: int = 0) -> datetime:
    """The start of the ``unit`` that contains ``instant``; weeks start on ``week_start``.

    >>> floor(datetime(2026, 11, 24, 10, 30), "week")
    datetime.datetime(2026, 11, 23, 0, 0)
    """
    if unit == "microsecond":
        return instant
    if unit in ("second", "minute", "hour"):
        timespec = {"second": "seconds", "minute": "minutes", "hour": "hours"}[unit]
        return datetime.fromisoformat(instant.isoformat(timespec=timespec))
    day = datetime(instant.year, instant.month, instant.day)
    if unit == "day":
        return day
    if unit in ("week", "fortnight"):
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    if unit == "decade":
        return datetime(max(1, day.year - day.year % 10), 1, 1)
    months = _MONTHS[unit]
    return datetime(day.year, (day.month - 1) // months * months + 1, 1)


def iso(local: datetime, precision: str) -> str:
    """A naive time in ISO 8601, down to a precision.

    >>> iso(datetime(2022, 8, 31, 9, 20), "month"), iso(datetime(2022, 8, 31, 9, 20), "minute")
    ('2022-08', '2022-08-31T09:20')
    """
    text = local.isoformat(timespec=_TIMESPECS.get(precision, "hours"))
    return text[: _DATE_LENGTHS.get(precision)]


def following(start: datetime, unit: str) -> datetime | None:
    """The first instant after the ``unit`` that starts at ``start``; None past the year 9999.

    >>> following(datetime(2022, 12, 1), "month")
    datetime.datetime(2023, 1, 1, 0, 0)
    """
    fixed = _FIXED_LENGTH.get(unit)
    try:
        if fixed is not None:
            return start + fixed
        # Every period of months starts on the first of a month, so no day has to be clipped.
        ahead = start.month - 1 + _MONTHS[unit]
        return start.replace(year=start.year + ahead // 12, month=ahead % 12 + 1)
    except (OverflowError, ValueError):
        return None


def shift(instant: datetime, count: int, unit: str) -> datetime:
    """``instant`` moved by ``count`` units; the 31st becomes the last day of a shorter month.

    Raises ``OverflowError`` or ``ValueError`` outside the years 1 to 9999.

    >>> shift(datetime(2022, 3, 31), -1, "month")
    datetime.datetime(2022, 2, 28, 0, 0)
    """
    fixed = _FIXED_LENGTH.get(unit)
    if fixed is not None:
        return instant + fixed * count
    return instant + relativedelta(months=_MONTHS[unit] * count)
