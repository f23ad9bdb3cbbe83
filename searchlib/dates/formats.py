"""The formats that one date can be written in, as explicit patterns.

Supported are ISO 8601 dates, times, weeks and ordinal days; English dates in words ("Aug. 31,
2022", "31 August 2022"), with a time before or after and the zone of an e-mail; numeric dates
whose order is unambiguous; Chinese, Japanese and Korean dates ("2022年8月31日"). A text in none of
these formats is no date (None); a date that does not exist (31 June), or that could be two, is a
:class:`DateFormatError`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple

__all__ = [
    "MONTHS",
    "MONTH_NAMES",
    "WEEKDAYS",
    "DateFormatError",
    "MonthDay",
    "ParsedDate",
    "parse_date",
]

#: The English months, January first.
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
#: The first three letters of a month -> its number; of a weekday -> its number, Monday 0.
MONTHS = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


class ParsedDate(NamedTuple):
    """A date as written, by the local clock.

    ``start`` is naive; ``precision`` is that of a :class:`PartialDate`, or "week"; ``offset`` is
    in minutes east of UTC, None if no zone was written.

    >>> parse_date("2022-08")
    ParsedDate(start=datetime.datetime(2022, 8, 1, 0, 0), precision='month', offset=None)
    """

    start: datetime
    precision: str
    offset: int | None


class MonthDay(NamedTuple):
    """A month, or a day of a month, without a year.

    >>> parse_date("Aug. 30")
    MonthDay(month=8, day=30)
    """

    month: int
    day: int | None


class DateFormatError(ValueError):
    """The text has the format of a date, but the date does not exist or is ambiguous.

    >>> DateFormatError("there is no month 13", "months are 01 to 12").cure
    'months are 01 to 12'
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message}: {cure}" if cure else message)
        self.message = message
        self.cure = cure


_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = (
    r"(?:(?P<wd>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\.?,? )?"
)
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<y>\d{4})"
_CLOCK = r"(?P<h>\d{1,2})(?::(?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?"
_MERIDIEM = r"(?: ?(?P<meridiem>[ap])\.?m\b\.?)?"
_ZONE = (
    r"(?: ?(?P<z>z|utc|gmt|ut|(?:utc|gmt)? ?[+-]\d\d?(?::?\d\d)?|[ecmp][sd]t|beijing time)"
    r"(?: \([a-z ]+\))?)?"
)


_MAX_LENGTH = 80  # longer than any format; bounds the work of the patterns


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_ISO = _pattern(
    r"(?P<y>\d{4})(?:-?w(?P<w>\d\d)(?:-?(?P<wd>\d))?|-(?P<ordinal>\d{3})|(?P<mc>\d\d)(?P<dc>\d\d)"
    r"|-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?"
    r"(?P<time>[t ](?P<h>\d\d)(?::?(?P<mi>\d\d)(?::?(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?)?"
    r"(?: ?(?P<z>z|[+-]\d\d(?::?\d\d)?))?"
)
_DAY_FORMATS = tuple(
    _pattern(format_)
    for format_ in (
        rf"{_WEEKDAY}{_MONTH} {_DAY}(?:, ?| ){_YEAR}",
        rf"{_WEEKDAY}{_DAY}(?: of |[ -]){_MONTH}(?:,? |-){_YEAR}",
        rf"{_MONTH}(?:,? |-){_YEAR}",
        rf"{_YEAR}[ -]{_MONTH}(?:[ -]{_DAY})?",
        rf"{_YEAR}(?P<sep>[-/.])(?P<m>\d{{1,2}})(?:(?P=sep){_DAY})?",
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
        rf"{_YEAR} ?[年년](?: ?(?P<m>\d{{1,2}}) ?[月월](?: ?(?P<d>\d{{1,2}}) ?[日号號일])?)?",
    )
)
_MONTH_DAYS = (
    _pattern(rf"{_WEEKDAY}{_MONTH}(?: {_DAY})?"),
    _pattern(rf"{_WEEKDAY}{_DAY} (?:of )?{_MONTH}"),
)
_NUMERIC = _pattern(r"(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4})")
_SHORT_YEAR = _pattern(r"\d{1,2}(?:[/.-]\d{1,2}[/.-]|[ -][a-z]{3,9}[ -])\d\d")
_TIME_LAST = _pattern(rf"(?P<date>.+?)(?:,? at|,)? {_CLOCK}{_MERIDIEM}{_ZONE}")
_TIME_FIRST = _pattern(rf"{_CLOCK}{_MERIDIEM}{_ZONE}(?:,| on)? (?P<date>.+)")
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "beijing time": 480, "est": -300, "edt": -240,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip


def parse_date(text: str, day_first: bool | None = None) -> ParsedDate | MonthDay | None:
    """The date that the whole ``text`` is; None if it has the format of none.

    ``day_first`` decides how "03/04/2022" is read. Raises :class:`DateFormatError` for a date
    that does not exist or is ambiguous.

    >>> parse_date("09:20, August 31, 2022")
    ParsedDate(start=datetime.datetime(2022, 8, 31, 9, 20), precision='minute', offset=None)
    """
    if len(text) > _MAX_LENGTH:
        return None
    # Chinese writes no blank between day and time.
    text = " ".join(text.replace("日", "日 ").split()).lower()
    match = _ISO.fullmatch(text)
    if match is not None:
        return _parse_iso(match)
    parsed = _parse_day(text, day_first)
    if parsed is not None:
        return parsed
    for pattern in (_TIME_LAST, _TIME_FIRST):
        match = pattern.fullmatch(text)
        # A lone number is an hour only before "am" or "pm".
        if match is None or not (match["mi"] or match["meridiem"]):
            continue
        day = _parse_day(match["date"], day_first)
        if isinstance(day, ParsedDate) and day.precision == "day":
            return _with_time(day.start, match, match["meridiem"])
    if _SHORT_YEAR.fullmatch(text):
        raise DateFormatError(f"'{text}' does not say the century", "write the year in four digits")
    return None


def _parse_iso(match: re.Match[str]) -> ParsedDate | None:
    year = _year(match["y"])
    month, day = match["m"] or match["mc"], match["d"] or match["dc"]
    if match["w"]:
        start = _week_day(year, int(match["w"]), int(match["wd"] or 1))
        parsed = ParsedDate(start, "day" if match["wd"] else "week", None)
    elif match["ordinal"]:
        parsed = ParsedDate(_ordinal_day(year, int(match["ordinal"])), "day", None)
    else:
        parsed = _calendar_date(year, int(month) if month else None, int(day) if day else None)
    if match["time"]:
        return _with_time(parsed.start, match, None) if parsed.precision == "day" else None
    if not match["z"]:
        return parsed
    # "2022-08-31+08:00" is a day with its zone; "2022-08-31-05" is nothing certain.
    if parsed.precision != "day" or not (match["z"] == "z" or ":" in match["z"]):
        return None
    return parsed._replace(offset=_offset(match["z"]))


def _parse_day(text: str, day_first: bool | None) -> ParsedDate | MonthDay | None:
    match = _ISO.fullmatch(text)
    if match is not None and not match["time"] and not match["z"]:
        return _parse_iso(match)
    for pattern in _DAY_FORMATS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        name = parts.get("mon")
        month = MONTHS[name[:3]] if name else parts["m"]
        day = parts.get("d")
        parsed = _calendar_date(
            _year(parts["y"]), int(month) if month else None, int(day) if day else None
        )
        _check_weekday(parsed.start, parts.get("wd"))
        return parsed
    match = _NUMERIC.fullmatch(text)
    if match is not None:
        return _numeric_date(match, day_first)
    for pattern in _MONTH_DAYS:
        match = pattern.fullmatch(text)
        if match is not None and not (match["wd"] and not match["d"]):
            return _month_day(MONTHS[match["mon"][:3]], int(match["d"]) if match["d"] else None)
    return None


def _year(digits: str) -> int:
    if digits == "0000":
        raise DateFormatError("there is no year 0000", "years are 0001 to 9999")
    return int(digits)


def _calendar_date(year: int, month: int | None, day: int | None) -> ParsedDate:
    if month is None:
        return ParsedDate(datetime(year, 1, 1), "year", None)
    if not 1 <= month <= 12:
        cure = "months are 01 to 12"
        if year % 100 + 1 == month:
            cure += f"; for the years, write {year}..{year + 1}"
        raise DateFormatError(f"there is no month {month}", cure)
    if day is None:
        return ParsedDate(datetime(year, month, 1), "month", None)
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise DateFormatError(
            f"there is no day {day} in {MONTH_NAMES[month - 1]} {year}", f"its days are 1 to {last}"
        )
    return ParsedDate(datetime(year, month, day), "day", None)


def _month_day(month: int, day: int | None) -> MonthDay:
    if day is not None:
        last = monthrange(2000, month)[1]  # a leap year: 29 February is in some year
        if not 1 <= day <= last:
            raise DateFormatError(
                f"there is no day {day} in {MONTH_NAMES[month - 1]}", f"its days are 1 to {last}"
            )
    return MonthDay(month, day)


def _numeric_date(match: re.Match[str], day_first: bool | None) -> ParsedDate:
    first, second, year = int(match["a"]), int(match["b"]), _year(match["y"])
    if day_first is None:
        if first <= 12 and second <= 12 and first != second:
            raise DateFormatError(
                f"'{match[0]}' is {first} {MONTH_NAMES[second - 1]} or {second} "
                f"{MONTH_NAMES[first - 1]}"
                if first and second
                else f"'{match[0]}' is no date",
                "write it as 2022-08-31, or say which comes first: day_first, index --day-first",
            )
        day_first = first > 12
    day, month = (first, second) if day_first else (second, first)
    return _calendar_date(year, month, day)


def _week_day(year: int, week: int, weekday: int) -> datetime:
    try:
        day = date.fromisocalendar(year, week, weekday)
    except ValueError:
        raise DateFormatError(
            f"there is no day {weekday} of week {week} in {year}",
            "weeks are W01 to W52 or W53, their days 1 to 7",
        ) from None
    return datetime(day.year, day.month, day.day)


def _ordinal_day(year: int, number: int) -> datetime:
    last = 366 if monthrange(year, 2)[1] == 29 else 365
    if not 1 <= number <= last:
        raise DateFormatError(f"there is no day {number} in {year}", f"its days are 001 to {last}")
    return datetime(year, 1, 1) + timedelta(days=number - 1)


def _check_weekday(day: datetime, name: str | None) -> None:
    if name is not None and day.weekday() != WEEKDAYS[name[:3]]:
        raise DateFormatError(
            f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year} is not a {name.capitalize()}",
            f"it is a {day:%A}: leave the weekday out",
        )


def _with_time(day: datetime, match: re.Match[str], meridiem: str | None) -> ParsedDate:
    hour = int(match["h"])
    minute, second = int(match["mi"] or 0), int(match["s"] or 0)
    if meridiem is not None:
        if not 1 <= hour <= 12:
            raise DateFormatError(f"there is no hour {hour} {meridiem}m", "such hours are 1 to 12")
        hour = hour % 12 + (12 if meridiem == "p" else 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise DateFormatError(
            f"there is no time {match['h']}:{minute:02d}:{second:02d}", "00:00 to 23:59"
        )
    fraction = match["f"]
    precision = "microsecond" if fraction else "second" if match["s"] else "minute"
    if not match["mi"]:
        precision = "hour"
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    try:
        start = day + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    except OverflowError:
        raise DateFormatError("the time is past the year 9999", "write an earlier one") from None
    return ParsedDate(start, precision, _offset(match["z"]))


def _offset(zone: str | None) -> int | None:
    # An e-mail writes -0000 for 'the zone is not known' (RFC 5322, section 3.3).
    if zone is None or zone == "-0000":
        return None
    if zone == "cst":
        raise DateFormatError("CST is the name of several zones", "write -06:00 or +08:00")
    if zone in _ZONES:
        return _ZONES[zone]
    number = zone.removeprefix("utc").removeprefix("gmt").strip()
    digits = number[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if int(hours) > 23 or int(minutes) > 59:
        raise DateFormatError(f"there is no zone {number}", "zones are -12:00 to +14:00")
    offset = int(hours) * 60 + int(minutes)
    return -offset if number[0] == "-" else offset
