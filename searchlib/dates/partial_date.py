"""The date of an article: the instant, and the offset and precision as written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from searchlib.dates.formats import MonthDay, ParsedDate, parse_date
from searchlib.dates.periods import PRECISIONS, following, iso

__all__ = ["PartialDate", "from_micros", "read_iso", "read_partial_date", "to_micros"]

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
# The two most common formats: they go straight to the C parser, which takes others too.
_COMMON = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """The date of an article.

    ``start`` is the first instant of the period written, in UTC; ``precision`` one of "year",
    "month", "day", "hour", "minute", "second", "microsecond"; ``offset`` minutes east of UTC as
    written, None when no zone was written (such a date is read as UTC).

    >>> read_partial_date("2022-08-31T09:20+08:00").start.isoformat()
    '2022-08-31T01:20:00+00:00'
    """

    start: datetime
    precision: str
    offset: int | None

    @property
    def end(self) -> datetime | None:
        """The first instant after the period, in UTC; None past the year 9999.

        >>> read_partial_date("2022-08").end.isoformat()
        '2022-09-01T00:00:00+00:00'
        """
        end = following(self.local, self.precision)
        return _to_utc(end, self.offset) if end is not None else None

    @property
    def local(self) -> datetime:
        """The start in local time at the written offset, naive.

        >>> read_partial_date("2022-08-31T09:20+08:00").local.isoformat()
        '2022-08-31T09:20:00'
        """
        return self.start.replace(tzinfo=None) + timedelta(minutes=self.offset or 0)

    def iso(self) -> str:
        """The date in canonical ISO 8601, in the offset and precision as written.

        >>> read_partial_date("August 31, 2022 09:20 +0800").iso()
        '2022-08-31T09:20+08:00'
        """
        text = iso(self.local, self.precision)
        if self.offset is None:
            return text
        if self.offset == 0:
            return text + "Z"
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{text}{'-' if self.offset < 0 else '+'}{hours:02d}:{minutes:02d}"

    def in_zone(self, zone: tzinfo) -> PartialDate:
        """The same local time in ``zone``, if a time but no offset was written; else itself.

        A date without a time stays without an offset: it is a calendar day, whatever the zone.

        >>> from zoneinfo import ZoneInfo
        >>> read_partial_date("2022-08-31T09:20").in_zone(ZoneInfo("Asia/Shanghai")).iso()
        '2022-08-31T09:20+08:00'
        """
        if self.offset is not None or self.precision in ("year", "month", "day"):
            return self
        shift = zone.utcoffset(self.local) or timedelta()
        offset = round(shift.total_seconds() / 60)
        return _partial_date(ParsedDate(self.local, self.precision, offset))


def read_partial_date(
    value: str | date | datetime, *, day_first: bool | None = None
) -> PartialDate:
    """The date of an article, from ISO 8601, e-mail (RFC 5322) or spelt-out English forms.

    ``start`` treats a time without a zone as UTC; indexing shifts it to the archive's zone.
    "03/04/2022" needs ``day_first``. Raises
    ``ValueError`` with the reason for whatever is not wholly and only a date.

    >>> read_partial_date("Wed, 31 Aug 2022 09:20:00 +0800").iso()
    '2022-08-31T09:20:00+08:00'
    >>> read_partial_date("some day in 2022")
    Traceback (most recent call last):
        ...
    ValueError: 'some day in 2022' is not a date: write it as 2022-08-31
    """
    if isinstance(value, str):
        return _read(value, day_first)
    if isinstance(value, datetime):
        precision = "microsecond" if value.microsecond else "second"
        shift = value.utcoffset()
        if shift is None:
            return _partial_date(ParsedDate(value.replace(tzinfo=None), precision, None))
        if shift % timedelta(minutes=1):  # local mean time: the offset is not in whole minutes
            return PartialDate(_aware(value), precision, 0)
        return _partial_date(
            ParsedDate(value.replace(tzinfo=None), precision, shift // timedelta(minutes=1))
        )
    if isinstance(value, date):
        return PartialDate(datetime(value.year, value.month, value.day, tzinfo=UTC), "day", None)
    raise ValueError(f"a date is a text such as 2022-08-31, not {type(value).__name__}")


def read_iso(value: str | date | datetime, *, day_first: bool | None = None) -> str:
    """The date of an article in canonical ISO 8601: :func:`read_partial_date` and ``iso``.

    >>> read_iso("Wed, 31 Aug 2022")
    '2022-08-31'
    """
    if isinstance(value, str):
        return _read_iso(value, day_first)
    return read_partial_date(value, day_first=day_first).iso()


@lru_cache(maxsize=8192)
def _read_iso(text: str, day_first: bool | None) -> str:
    match = _COMMON.fullmatch(text)
    if match is not None and match[1]:
        try:
            return datetime.fromisoformat(text).isoformat()
        except ValueError:
            pass
    return _read(text, day_first).iso()


@lru_cache(maxsize=8192)
def _read(text: str, day_first: bool | None) -> PartialDate:
    match = _COMMON.fullmatch(text)
    if match is not None:
        try:
            start = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            pass  # parse_date finds the reason
        else:
            return PartialDate(start, "second" if match[1] else "day", None)
    parsed = parse_date(text, day_first)
    if parsed is None or isinstance(parsed, MonthDay):
        why = "is not a date" if parsed is None else "has no year"
        raise ValueError(f"{_abridged(text)} {why}: write it as 2022-08-31")
    if parsed.precision not in PRECISIONS:
        raise ValueError(f"{_abridged(text)} is a {parsed.precision}: write its day, as 2022-08-31")
    return _partial_date(parsed)


def _partial_date(parsed: ParsedDate) -> PartialDate:
    start = _to_utc(parsed.start, parsed.offset)
    if start is None:
        raise ValueError(f"{parsed.start.isoformat()} is outside the years 1 to 9999 in UTC")
    return PartialDate(start, parsed.precision, parsed.offset)


def _to_utc(local: datetime, offset: int | None) -> datetime | None:
    if not offset:
        return local.replace(tzinfo=UTC)
    try:
        return (local - timedelta(minutes=offset)).replace(tzinfo=UTC)
    except OverflowError:
        return None


def _aware(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value.isoformat()} is outside the years 1 to 9999 in UTC") from None


def _abridged(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def to_micros(instant: datetime) -> int:
    """Microseconds since the start of the year 1 in UTC, as Whoosh counts them.

    A naive ``instant`` is read as UTC.

    >>> to_micros(datetime(1, 1, 1, 0, 0, 1))
    1000000
    """
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The aware UTC instant ``micros`` microseconds after the start of the year 1.

    Raises ``OverflowError`` outside the years 1 to 9999.

    >>> from_micros(to_micros(datetime(2022, 8, 31, tzinfo=UTC))).isoformat()
    '2022-08-31T00:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)
