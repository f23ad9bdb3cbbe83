"""A half-open period of time, and how it is told to people and written in a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from searchlib.dates.formats import MONTH_NAMES
from searchlib.dates.periods import PRECISIONS, floor, following

__all__ = ["Interval"]

_LENGTHS = {"year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16, "second": 19}


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` up to but without ``end``, both aware and in UTC; None is open.

    >>> Interval(datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)).describe()
    '2022'
    """

    start: datetime | None
    end: datetime | None

    def floating(self, zone: tzinfo) -> Interval:
        """The same clock times of ``zone`` read as UTC: the period of dates without a zone.

        An article dated only to the day is kept as that day in UTC; compared with this period
        it is found by its own calendar day, whatever zone the question was asked in.

        >>> from datetime import timezone
        >>> morning = datetime(2022, 8, 31, 4, tzinfo=UTC)
        >>> day = Interval(morning, morning + timedelta(days=1))
        >>> day.floating(timezone(timedelta(hours=-4))).describe()
        '31 August 2022'
        """
        start, end = _local(self.start, zone), _local(self.end, zone)
        return Interval(
            start.replace(tzinfo=UTC) if start else None, end.replace(tzinfo=UTC) if end else None
        )

    def describe(self, zone: tzinfo = UTC) -> str:
        """The period in words, by the clock of ``zone``, with both ends included.

        >>> monday = datetime(2026, 11, 16, tzinfo=UTC)
        >>> Interval(monday, monday + timedelta(days=7)).describe()
        '16 to 22 November 2026'
        """
        start, end = _local(self.start, zone), _local(self.end, zone)
        first = _edge(start) if start is not None else None
        last = _edge(end, closing=True) if end is not None else None
        words = _words(first, last)
        timed = any(edge is not None and edge[1] not in _WHOLE for edge in (first, last))
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
        first, last = _stated(self.start, zone), _stated(self.end, zone, closing=True)
        if first is not None and last is not None:
            first, last = (
                _finer(first, last) if first[0].tzinfo is last[0].tzinfo else (first, last)
            )
            if first == last:
                return _text(first)
        return f"{_text(first)}..{_text(last)}"


# One end of an interval: the first instant of the coarsest period that ends or begins there.
_Edge = tuple[datetime, str]
_WHOLE = ("year", "month", "day")


def _local(instant: datetime | None, zone: tzinfo) -> datetime | None:
    if instant is None:
        return None
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return instant.replace(tzinfo=None)


def _edge(instant: datetime, *, closing: bool = False, coarsest: str = "year") -> _Edge:
    """The coarsest period that begins at ``instant``, or that ends there when ``closing``."""
    units = PRECISIONS[PRECISIONS.index(coarsest) :]
    unit = next(unit for unit in units if floor(instant, unit) == instant)
    if not closing or instant == datetime.min:
        return instant, unit
    return floor(instant - timedelta(microseconds=1), unit), unit


def _finer(first: _Edge, last: _Edge) -> tuple[_Edge, _Edge]:
    """Both ends in days, or both in months, or both in years: whichever is the finer."""
    unit = max(first[1], last[1], key=PRECISIONS.index)
    if unit == first[1] == last[1]:
        return first, last
    return (first[0], unit), _last(last, unit)


def _last(edge: _Edge, unit: str) -> _Edge:
    """The last ``unit`` of the period ``edge``."""
    end = following(*edge)
    return (floor(end - timedelta(microseconds=1), unit), unit) if end else (edge[0], unit)


def _words(first: _Edge | None, last: _Edge | None) -> str:
    if first is None and last is None:
        return "any date"
    if last is None:
        assert first is not None
        return f"from {_name(first)}"
    if first is None:
        return f"to the end of {_name(last)}" if last[1] in _WHOLE else f"to {_name(last)}"
    first, last = _finer(first, last)
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


def _name(edge: _Edge) -> str:
    instant, unit = edge
    if unit == "year":
        return f"{instant.year:04d}"
    month = f"{MONTH_NAMES[instant.month - 1]} {instant.year:04d}"
    if unit == "month":
        return month
    day = f"{instant.day} {month}"
    if unit == "day":
        return day
    clock = instant.isoformat(timespec="microseconds")[11 : max(16, _LENGTHS.get(unit, 26))]
    return f"{day}, {clock}"


def _stated(instant: datetime | None, zone: tzinfo, *, closing: bool = False) -> _Edge | None:
    """One end to be written: whole days by the clock of ``zone``, anything finer in UTC."""
    local = _local(instant, zone)
    if instant is None or local is None:
        return None
    edge = _edge(local, closing=closing)
    # A midnight that comes twice (clocks set back) would be read back as the first one.
    if edge[1] in _WHOLE and local.replace(tzinfo=zone) == instant:
        return edge
    start, unit = _edge(instant.replace(tzinfo=None), closing=closing, coarsest="hour")
    return start.replace(tzinfo=UTC), unit


def _text(edge: _Edge | None) -> str:
    if edge is None:
        return ""
    start, unit = edge
    text = start.replace(tzinfo=None).isoformat(timespec="microseconds")
    return text[: _LENGTHS.get(unit, 26)] + ("Z" if start.tzinfo is not None else "")


def _zone_name(zone: tzinfo, local: datetime | None) -> str:
    return str(zone.tzname(local) if zone is UTC else getattr(zone, "key", zone.tzname(local)))
