"""A date expression of a query -> the half-open interval it means, or why it means none.

Grammar, in the order tried (P is a period)::

    range    [P TO P] {P TO P] ...   brackets include, braces exclude; * or nothing is open
             P..P   ..P   P..        from P to P, between P and P, P to P, P - P
    bound    >P >=P <P <=P  since P  after P  before P  until P
    period   2022  2022-08  31 August 2022  q3 2021  1990s  2022-W35  2022-08-31T09:20+08:00
             today  last week  last 30 days  3 days ago  monday  august

There is one reader, :func:`_read`, which is given the offsets at which the expression may end:
the end of a whole text (:func:`read_interval`), or the ends of the words of a longer text
(:func:`read_interval_at`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import NamedTuple

from searchlib.dates.formats import MONTH_NAMES, DateFormatError, ParsedDate, parse_date
from searchlib.dates.interval import Interval
from searchlib.dates.periods import following
from searchlib.dates.relative import (
    RELATIVE_WORDS,
    LocalPeriod,
    read_date_math,
    read_relative,
    resolve_year,
)
from searchlib.dates.settings import DateProblem, DateSettings

__all__ = ["read_interval", "read_interval_at"]

_DEFAULT = DateSettings()
_CURE = "write 2022, 2022-08, 2022-08-31, aug 2022, 2012..2021, since 2015 or last week"
_MAX_LENGTH = 200  # characters of an expression
_MAX_WORDS = 8  # words of an expression that is part of a longer text
_MAX_ISO_LENGTH = 22  # characters of the longest ISO range: 2022-08-30..2022-08-31


class _Period(NamedTuple):
    """A period in UTC; an end outside the years 1 to 9999 is None.

    ``has_year`` says whether its year was written, ``is_point`` whether it is a minute that was
    counted from now, which may only begin or end a period.
    """

    start: datetime | None
    end: datetime | None
    has_year: bool
    is_point: bool = False


class _Slice(NamedTuple):
    """A part of a text, without outer blanks, and its offset in the text."""

    text: str
    at: int

    def cut(self, start: int, end: int | None = None) -> _Slice:
        part = self.text[start:end]
        bare = part.lstrip()
        return _Slice(bare.rstrip(), self.at + start + len(part) - len(bare))

    def problem(self, message: str, cure: str) -> DateProblem:
        return DateProblem(self.at, self.at + len(self.text), message, cure)


class _Reading(NamedTuple):
    """One way to read an expression: ``read(end)`` is what it means up to an offset, which is
    from ``earliest`` to ``latest``; it raises DateProblem if that is no expression."""

    read: Callable[[int], Interval]
    earliest: int
    latest: int


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE | re.DOTALL)


#: Length of an ISO date -> its unit, its dashes, and the rest of the ISO time of its start.
_ISO_DATES = {
    4: ("year", "", "-01-01T00Z"),
    7: ("month", "-", "-01T00Z"),
    10: ("day", "--", "T00Z"),
}
_BRACKETS = _pattern(r"([\[{])((?:.*?\s)?)\s*to((?:\s.*)?)([\]}])")
_QUOTES = "'\"‘’“”"
_BETWEEN = _pattern(r"(between)\s+(.+?)\s+and\s+(.+)")
_FROM_TO = _pattern(r"(from\s+)?(.+?)\s+(?:to|until|till|through)\s+(?!date\b)(.+)")
_YEARS = _pattern(r"()(\d{4})\s*[-\u2013\u2014]\s*(\d{4})(?!\S)")
_DASH = _pattern(r"()(.+?)\s+[-\u2013\u2014]\s+(.+)")
_BOUND = _pattern(
    r"(>=|=>|<=|=<|\u2265|\u2264|>|<|=|(?:since|from|after|before|until|till|through|up\s+to|on|in"
    r"|during|within)\b)\s*(.*)"
)
_FROM = frozenset((">=", "=>", "\u2265", "since", "from"))
_UP_TO = frozenset(("<=", "=<", "\u2264", "until", "till", "through", "up to"))
_FILLER = re.compile(r"(?:(?:in|within|during|over|on|the)\s+)+", re.IGNORECASE)
_QUARTER = _pattern(r"(?:([qh])([1-9])[ ,/-]{0,2}(\d{4})|(\d{4})[ /-]?([qh])([1-9]))")
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
_NTH_QUARTER = _pattern(rf"({'|'.join(_ORDINALS)}) quarter(?: of)? (\d{{4}})")
_DECADE = _pattern(r"(\d{3})0'?s")
_SHORT_DECADE = _pattern(r"'?(\d)0'?s")
_WEEK = _pattern(r"week (\d{1,2}),? (?:of )?(\d{4})")
_MONTH_WORDS = frozenset(
    name for month in MONTH_NAMES for name in (month.lower(), month[:3].lower())
) | {"sept"}

# Within a longer text.
_WORD = re.compile(r"\s*([^\s()^\"“”\[\]{}]+)")
_IN_BRACKETS = re.compile(r"\s*([\[{][^\]}]*[\]}])")
# An ISO date or range by itself ...
_ISO_WORD = re.compile(
    r"(?:>=?|<=?)?\d{4}(?:-\d\d){0,2}(?:\.\.(?:\d{4}(?:-\d\d){0,2})?)?\Z", re.ASCII
)
# ... unless this comes after it.
_MORE_OF_DATE = re.compile(
    r"\s+(?:(?:to|until|till|through|at|[-–—])\s|[-–—]\d|\d\d?(?::\d\d|\s?[ap]\.?m\b))|\s*\.\.",
    re.IGNORECASE | re.ASCII,
)
_LETTERS = re.compile(r"[a-z]+")
#: The runs of letters in date expressions: a word with another one ends the expression.
_DATE_LETTERS = _MONTH_WORDS | {
    # weekdays, days, times and zones
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
    "st", "nd", "rd", "th", "t", "w", "at", "a", "p", "m", "am", "pm", "z", "utc", "gmt", "ut",
    "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "beijing", "time",
    # units and counts
    "second", "minute", "hour", "day", "week", "fortnight", "month", "quarter", "year", "decade",
    "seconds", "minutes", "hours", "days", "weeks", "fortnights", "months", "quarters", "years",
    "decades", "q", "h", "s", "third", "fourth", "of", "an", "one", "two", "three", "four",
    "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "first",
    # the present
    "this", "current", "last", "past", "previous", "next", "coming", "ago", "now", "today",
    "yesterday", "tomorrow", "date", "wtd", "mtd", "qtd", "ytd",
    # ranges and bounds
    "between", "and", "from", "to", "since", "before", "after", "until", "till", "through", "up",
    "in", "within", "during", "over", "on", "the", "onward", "onwards",
}  # fmt: skip


def read_interval(text: str, settings: DateSettings = _DEFAULT) -> Interval:
    """The period that the whole of ``text`` means.

    A date stands for its whole period, ranges include both ends as written, and a clock time
    without a zone is in ``settings.zone``. Raises :class:`DateProblem`, with the place, the
    reason and the cure, if the text has no meaning or more than one.

    >>> read_interval("2012..2021").describe()
    '2012 to 2021'
    >>> read_interval("last week", DateSettings(now=datetime(2026, 11, 24))).describe()
    '16 to 22 November 2026'
    """
    interval = _read_iso(text, settings)
    if interval is not None:
        return interval
    whole = _Slice(text, 0).cut(0)
    if not whole.text:
        raise DateProblem(0, len(text), "there is no date", _CURE)
    return _read_whole(whole, settings)


def read_interval_at(
    text: str, at: int, settings: DateSettings = _DEFAULT
) -> tuple[Interval, int, int]:
    """The longest date expression that begins at ``at``, blanks aside: what it means, and the
    offsets of its start and end.

    An expression ends with a word, before ``( ) ^`` and quotation marks at the latest, or is a
    range in brackets. A year, month or day in ISO format is an expression by itself, unless a
    time or the other end of a range follows. Raises :class:`DateProblem`, with offsets in
    ``text``, if not even the first word is a date.

    >>> now = DateSettings(now=datetime(2026, 11, 24))
    >>> interval, start, end = read_interval_at("date:last week rain", 5, now)
    >>> interval.describe(), start, end
    ('16 to 22 November 2026', 5, 14)
    """
    if len(text) - at <= _MAX_ISO_LENGTH and (interval := _read_iso(text[at:], settings)):
        return interval, at, len(text)
    match = _IN_BRACKETS.match(text, at)
    if match is not None:
        start, end = match.span(1)
        return _read_whole(_Slice(text[start:end], start), settings), start, end
    match = _WORD.match(text, at)
    if match is None:
        raise DateProblem(at, at, "there is no date", _CURE)
    start, end = match.span(1)
    first = _Slice(text[start:end], start)
    is_alone = _ISO_WORD.match(first.text) and not _MORE_OF_DATE.match(text, end)
    if not is_alone and (ends := _ends(text, start, end)):
        try:
            interval, length = _read(_Slice(text[start : start + ends[0]], start), ends, settings)
        except DateProblem:
            pass  # the reason is the first word: where the expression should end is not known
        else:
            return interval, start, start + length
    return _read_iso(first.text, settings) or _read_whole(first, settings), start, end


def _ends(text: str, start: int, end: int) -> list[int]:
    """The ends, counted from ``start``, of the words that an expression may consist of, the last
    one first, without the first word, which ends at ``end``."""
    ends: list[int] = []
    while len(ends) < _MAX_WORDS - 1 and (match := _WORD.match(text, end)):
        end = match.end()
        if end - start > _MAX_LENGTH or not _DATE_LETTERS.issuperset(
            _LETTERS.findall(match[1].lower())
        ):
            break
        ends.insert(0, end - start)
    return ends


def _read_whole(part: _Slice, settings: DateSettings) -> Interval:
    if len(part.text) > _MAX_LENGTH:
        raise part.problem(f"a date is not {len(part.text)} characters long", _CURE)
    return _read(part, (len(part.text),), settings)[0]


def _read(part: _Slice, ends: Sequence[int], settings: DateSettings) -> tuple[Interval, int]:
    """The longest expression at the start of ``part`` that ends at one of ``ends`` (the largest
    first), and its end. Raises the problem of the first way to read it if there is none."""
    longest: tuple[Interval, int] | None = None
    problem: DateProblem | None = None
    for reading in _readings(part, settings):
        for end in ends:
            if end < reading.earliest or (longest is not None and end <= longest[1]):
                break
            if end > reading.latest:
                continue
            try:
                longest = reading.read(end), end
                break
            except DateProblem as error:
                problem = problem or error
    if longest is None:
        assert problem is not None
        raise problem
    return longest


def _readings(part: _Slice, settings: DateSettings) -> Iterator[_Reading]:
    """The ways to read an expression, in the order of the grammar."""
    text, size = part.text, len(part.text)
    if text[0] in "[{" or text[-1] in "]}":
        yield _Reading(lambda end: _bracketed(part, settings), size, size)
        return
    dots = text.find("..")
    if dots >= 0:
        yield _Reading(partial(_dotted, part, dots, settings), dots + 2, size)
    for pattern in (_BETWEEN, _YEARS, _FROM_TO, _DASH):
        match = pattern.match(text)
        # 'since 2015 to 2020' and 'up to 2015' are no ranges.
        if match is not None and match[2].lower() != "up" and not _BOUND.fullmatch(match[2]):
            left, right = match.span(2), match.start(3)
            yield _Reading(partial(_from_to, part, left, right, settings), right + 1, match.end())
    if text.lower().startswith("between "):
        yield _Reading(partial(_half_between, part), size, size)
    match = _BOUND.fullmatch(text)
    if match is not None:
        yield _Reading(partial(_bound, part, match, settings), match.end(1), size)
    yield _Reading(partial(_single, part, settings), 1, size)


def _bracketed(part: _Slice, settings: DateSettings) -> Interval:
    match = _BRACKETS.fullmatch(part.text)
    if match is None:
        if part.text[0] not in "[{" or part.text[-1] not in "]}":
            raise part.problem("a bracket is missing", "write [2012 TO 2021]")
        raise part.problem("a range in brackets has a TO", "write [2012 TO 2021]")
    left, right = _unquoted(part.cut(*match.span(2))), _unquoted(part.cut(*match.span(3)))
    return _range(part, left, right, settings, after=match[1] == "{", before=match[4] == "}")


def _unquoted(part: _Slice) -> _Slice:
    """An end of a range without the quotes that it is written in, as Whoosh has it."""
    is_quoted = len(part.text) > 2 and part.text[0] in _QUOTES and part.text[-1] in _QUOTES
    return part.cut(1, len(part.text) - 1) if is_quoted else part


def _dotted(part: _Slice, dots: int, settings: DateSettings, end: int) -> Interval:
    right = part.cut(dots + 2, end)
    if right.text.startswith("."):
        raise part.cut(0, end).problem("a range has two dots", "write 2012..2021")
    return _range(part.cut(0, end), part.cut(0, dots), right, settings)


def _from_to(
    part: _Slice, left: tuple[int, int], right: int, settings: DateSettings, end: int
) -> Interval:
    return _range(
        part.cut(0, end), part.cut(*left), part.cut(right, end), settings, open_ends=False
    )


def _half_between(part: _Slice, end: int) -> Interval:
    raise part.cut(0, end).problem("'between' needs two dates", "write between 2019 and 2021")


def _single(part: _Slice, settings: DateSettings, end: int) -> Interval:
    whole = part.cut(0, end)
    period = _period(whole, settings)
    if period.is_point:
        message = f"'{whole.text}' is a point in time"
        raise whole.problem(message, f"write [{whole.text} TO now], >={whole.text} or last 7 days")
    return Interval(period.start, period.end)


def _range(
    whole: _Slice,
    left: _Slice,
    right: _Slice,
    settings: DateSettings,
    *,
    after: bool = False,
    before: bool = False,
    open_ends: bool = True,
) -> Interval:
    """From ``left`` to ``right``; ``after`` and ``before`` exclude the period named there."""
    opened = ("", "*") if open_ends else ()
    first = None if left.text in opened else _period(left, settings)
    last = None if right.text in opened else _period(right, settings)
    if first is None and last is None and (left.text or right.text) != "*":
        raise whole.problem("both ends of the range are open", "write 2012.., ..2021 or 2012..2021")
    if first is not None and last is not None and first.has_year != last.has_year:
        part = right if first.has_year else left
        raise part.problem(f"'{part.text}' does not say its year", "write the year at both ends")
    start = None if first is None else first.end if after else first.start
    end = None if last is None else last.start if before else last.end
    if start and end and start >= end and settings.allows_empty:
        return Interval(start, start)
    if (after and first is not None and start is None) or (start and end and start >= end):
        if first and last and first.start and last.start and first.start <= last.start:
            raise whole.problem("nothing lies between the two", "use [ and ] to include them")
        raise whole.problem("the range ends before it begins", "write the earlier date first")
    return Interval(start, end)


def _bound(part: _Slice, match: re.Match[str], settings: DateSettings, end: int) -> Interval:
    whole = part.cut(0, end)
    operator = " ".join(match[1].lower().split())
    rest = part.cut(match.start(2), end)
    if operator in ("from", "since"):  # 'from 2015 on'
        bare = re.sub(r"\s+on(?:wards?)?$", "", rest.text, flags=re.IGNORECASE)
        rest = _Slice(bare, rest.at)
    if not rest.text:
        raise whole.problem(f"'{match[1]}' needs a date after it", f"write {match[1]} 2015")
    period = _period(rest, settings)
    if operator in _FROM:
        return Interval(period.start, None)
    if operator in _UP_TO:
        return Interval(None, period.end)
    if operator in (">", "after"):
        if period.end is None:
            raise whole.problem("no date comes after that", "write an earlier date")
        return Interval(period.end, None)
    if operator in ("<", "before"):
        if period.start is None or period.start.replace(tzinfo=None) == datetime.min:
            raise whole.problem("no date comes before that", "write a later date")
        return Interval(None, period.start)
    return Interval(period.start, period.end)  # =, on, in, during, within


def _period(part: _Slice, settings: DateSettings) -> _Period:
    """One period; its problems are about the place of ``part``."""
    if not part.text:
        raise part.problem("a date is missing", _CURE)
    match = _FILLER.match(part.text)
    if match is not None:
        part = part.cut(match.end())
    text = " ".join(part.text.split()).lower()
    try:
        local = _named_period(text) or read_relative(text, settings)
        if local is not None:
            return _in_utc(local, settings, has_year=text not in _MONTH_WORDS)
        if (counted := read_date_math(part.text, settings)) is not None:
            period = _in_utc(counted[0], settings)
            return period._replace(is_point=not counted[1])
        date = parse_date(part.text, settings.day_first)
    except DateFormatError as error:
        raise part.problem(error.message, error.cure) from None
    except (OverflowError, ValueError):
        raise part.problem(f"'{part.text}' is not in the years 1 to 9999", "name a date") from None
    if date is None:
        raise part.problem(f"'{part.text}' is not a date", _cure(text))
    if isinstance(date, ParsedDate):
        local = LocalPeriod(date.start, following(date.start, date.precision))
        return _in_utc(local, settings, offset=date.offset)
    return _in_utc(resolve_year(date, settings.local_now()), settings, has_year=False)


def _named_period(text: str) -> LocalPeriod | None:
    """Quarters, half years, decades and weeks with a year."""
    match = _QUARTER.fullmatch(text)
    if match is not None:
        kind, number, year = (match[1] or match[5], match[2] or match[6], match[3] or match[4])
        return _part_of_year(kind, int(number), year)
    match = _NTH_QUARTER.fullmatch(text)
    if match is not None:
        return _part_of_year("q", _ORDINALS[match[1]], match[2])
    match = _DECADE.fullmatch(text)
    if match is not None:
        year = int(match[1]) * 10
        if not year:  # there is no year 0
            return LocalPeriod(datetime(1, 1, 1), datetime(10, 1, 1))
        start = datetime(year, 1, 1)
        return LocalPeriod(start, following(start, "decade"))
    match = _WEEK.fullmatch(text)
    if match is not None:
        week = parse_date(f"{match[2]}-W{int(match[1]):02d}")
        assert isinstance(week, ParsedDate)
        return LocalPeriod(week.start, following(week.start, "week"))
    match = _SHORT_DECADE.fullmatch(text)
    if match is not None:
        raise DateFormatError(
            f"'{text}' does not say the century", f"write 19{match[1]}0s or 20{match[1]}0s"
        )
    return None


def _part_of_year(kind: str, number: int, year: str) -> LocalPeriod:
    unit, months = ("quarter", 3) if kind == "q" else ("half", 6)
    if number * months > 12 or year == "0000":
        raise DateFormatError(f"there is no {kind.upper()}{number} {year}", f"write {kind}1 2021")
    start = datetime(int(year), 1 + (number - 1) * months, 1)
    return LocalPeriod(start, following(start, unit))


def _cure(text: str) -> str:
    """What to write instead of a text that is no date."""
    months = (name.lower() for name in MONTH_NAMES)
    known = [*months, *RELATIVE_WORDS, "last", "past", "since", "before"]
    for word in re.findall(r"[a-z]{4,}", text[:60]):
        near = get_close_matches(word, known, n=1, cutoff=0.75)
        if near and near[0] != word.removesuffix("s"):
            return f"did you mean '{near[0]}'?"
    return _CURE


# --- ISO dates and ranges, without the patterns above: most dates of queries are of this kind ----


def _read_iso(text: str, settings: DateSettings) -> Interval | None:
    """An ISO year, month or day, also with an operator or as a range; None for anything else,
    also for dates that do not exist."""
    if len(text) > _MAX_ISO_LENGTH:
        return None
    return _read_iso_utc(text) if settings.zone is UTC else _read_iso_in(text, settings.zone)


@lru_cache(maxsize=4096)
def _read_iso_utc(text: str) -> Interval | None:
    return _read_iso_in(text, UTC)


def _read_iso_in(text: str, zone: tzinfo) -> Interval | None:
    if text[:1] in ("<", ">"):
        return _read_iso_bound(text, zone)
    end: datetime | None
    try:
        left, dots, right = text.partition("..")
        start, unit = _iso_start(left, zone)
        if not dots:
            end = following(start, unit)
        elif right:
            end = following(*_iso_start(right, zone))
            if end is not None and end <= start:
                return None
        else:
            end = None
    except ValueError:
        return None
    if zone is UTC:
        return Interval(start, end)
    return Interval(_to_utc(start), None if end is None else _to_utc(end))


def _read_iso_bound(text: str, zone: tzinfo) -> Interval | None:
    operator = text[:2] if text[1:2] == "=" else text[:1]
    try:
        start, unit = _iso_start(text[len(operator) :], zone)
    except ValueError:
        return None
    end = following(start, unit)
    if operator[0] == "<":
        last = end if operator == "<=" else start
        if last is None or last.replace(tzinfo=None) == datetime.min:
            return None
        return Interval(None, _to_utc(last))
    first = start if operator == ">=" else end
    return None if first is None else Interval(_to_utc(first), None)


def _iso_start(text: str, zone: tzinfo) -> tuple[datetime, str]:
    """The start of 2022, 2022-08 or 2022-08-31 in a zone, and its unit.

    Raises ValueError for anything else.
    """
    date = _ISO_DATES.get(len(text))
    # fromisoformat takes other formats of the same length, which have other dashes.
    if date is None or text[4:8:3] != date[1]:
        raise ValueError(text)
    unit, _, rest = date
    start = datetime.fromisoformat(text + rest)
    return start if zone is UTC else start.replace(tzinfo=zone), unit


# --- Local times -> UTC ---------------------------------------------------------------------------


def _in_utc(
    local: LocalPeriod, settings: DateSettings, *, has_year: bool = True, offset: int | None = None
) -> _Period:
    start = _instant(local.start, settings, offset)
    end = _instant(local.end, settings, offset) if local.end else None
    return _Period(start, end, has_year)


def _instant(local: datetime, settings: DateSettings, offset: int | None) -> datetime | None:
    """The instant of a naive local time; None outside the years 1 to 9999."""
    if offset is not None:
        try:
            return (local - timedelta(minutes=offset)).replace(tzinfo=UTC)
        except OverflowError:
            return None
    return _to_utc(local.replace(tzinfo=settings.zone))


def _to_utc(local: datetime) -> datetime | None:
    """An aware time in UTC; None outside the years 1 to 9999."""
    if local.tzinfo is UTC:
        return local
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return None
