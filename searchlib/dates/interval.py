"""A half-open period of time, its description in words, and its form in a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from searchlib.dates.formats import MONTH_NAMES
from searchlib.dates.periods import PRECISIONS, floor, following, iso

__all__ = ["Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` (included) to ``end`` (excluded), both aware and in UTC; None is open.

    >>> Interval(datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)).describe()
    '2022'
    """

    start: datetime | None
    end: datetime | None

    def describe(self, zone: tzinfo = UTC) -> str:
        """The period in words, in local time of ``zone``, with both ends included.

        >>> monday = datetime(2026, 11, 16, tzinfo=UTC)
        >>> Interval(monday, monday + timedelta(days=7)).describe()
        '16 to 22 November 2026'
        """
        start = None if self.start is None else _local(self.start, zone)
        end = None if self.end is None else _local(self.end, zone)
        first = None if start is None else _boundary(start)
        last = None if end is None else _boundary(end, closing=True)
        words = _in_words(first, last)
        timed = any(
            boundary is not None and boundary[1] not in _WHOLE for boundary in (first, last)
        )
        return f"{words} ({_zone_name(zone, start or end)})" if timed else words

    def expression(self, zone: tzinfo = UTC) -> str:
        """The period as a date expression, which reads back as the same interval in ``zone``.

        >>> Interval(datetime(2012, 1, 1, tzinfo=UTC), None).expression()
        '2012..'
        >>> Interval(None, datetime(2022, 8, 31, 9, 20, tzinfo=UTC)).expression()
        '..2022-08-31T09:19Z'
        """
        if self.start is None and self.end is None:
            return "[* TO *]"
        first, last = _written(self.start, zone), _written(self.end, zone, closing=True)
        if first is not None and last is not None:
            first, last = (
                _same_unit(first, last) if first[0].tzinfo is last[0].tzinfo else (first, last)
            )
            if first == last:
                return _text(first)
        return f"{_text(first)}..{_text(last)}"


# One end of an interval: the start and unit of the coarsest period that begins or ends there.
_Boundary = tuple[datetime, str]
_WHOLE = ("year", "month", "day")


def _local(instant: datetime, zone: tzinfo) -> datetime:
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return instant.replace(tzinfo=None)


def _boundary(instant: datetime, *, closing: bool = False, coarsest: str = "year") -> _Boundary:
    """The coarsest period that begins at ``instant``, or that ends there if ``closing``."""
    units = PRECISIONS[PRECISIONS.index(coarsest) :]
    unit = next(unit for unit in units if floor(instant, unit) == instant)
    if not closing or instant == datetime.min:
        return instant, unit
    return floor(instant - timedelta(microseconds=1), unit), unit


def _same_unit(first: _Boundary, last: _Boundary) -> tuple[_Boundary, _Boundary]:
    """Both ends in the finer of their units: both in days, both in months, ..."""
    unit = max(first[1], last[1], key=PRECISIONS.index)
    return (first[0], unit), _last_part(last, unit)


def _last_part(boundary: _Boundary, unit: str) -> _Boundary:
    """The last ``unit`` of the period ``boundary``, such as the last day of a month."""
    end = following(*boundary)
    return (floor(end - timedelta(microseconds=1), unit), unit) if end else (boundary[0], unit)


def _in_words(first: _Boundary | None, last: _Boundary | None) -> str:
    if first is None and last is None:
        return "any date"
    if last is None:
        assert first is not None
        return f"from {_name(first)}"
    if first is None:
        return f"to the end of {_name(last)}" if last[1] in _WHOLE else f"to {_name(last)}"
    first, last = _same_unit(first, last)
    if first == last:
        return _name(first)
    (start, unit), (end, _) = first, last
    if unit in ("month", "day") and start.year == end.year:
        if unit == "month":
            return f"{MONTH_NAMES[start.month - 1]} to {_name(last)}"
        if start.month == end.month:
            return f"{start.day} to {_name(last)}"
        return f"{start.day} {MONTH_NAMES[start.month - 1]} to {_name(last)}"
    return f"{_name(first)} to {_name(last)}"


def _name(boundary: _Boundary) -> str:
    instant, unit = boundary
    if unit == "year":
        return f"{instant.year:04d}"
    month = f"{MONTH_NAMES[instant.month - 1]} {instant.year:04d}"
    if unit == "month":
        return month
    day = f"{instant.day} {month}"
    if unit == "day":
        return day
    _, _, clock = iso(instant, "minute" if unit == "hour" else unit).partition("T")
    return f"{day}, {clock}"


def _written(instant: datetime | None, zone: tzinfo, *, closing: bool = False) -> _Boundary | None:
    """One end as it is written: whole days in local time of ``zone``, finer units in UTC."""
    if instant is None:
        return None
    local = _local(instant, zone)
    boundary = _boundary(local, closing=closing)
    # A midnight that occurs twice (clocks set back) would be read back as the first one.
    if boundary[1] in _WHOLE and local.replace(tzinfo=zone) == instant:
        return boundary
    start, unit = _boundary(instant.replace(tzinfo=None), closing=closing, coarsest="hour")
    return start.replace(tzinfo=UTC), unit


def _text(boundary: _Boundary | None) -> str:
    if boundary is None:
        return ""
    start, unit = boundary
    return iso(start.replace(tzinfo=None), unit) + ("Z" if start.tzinfo is not None else "")


def _zone_name(zone: tzinfo, local: datetime | None) -> str:
    return str(zone.tzname(local) if zone is UTC else getattr(zone, "key", zone.tzname(local)))
