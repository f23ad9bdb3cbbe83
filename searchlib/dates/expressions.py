"""A date expression of a query -> the half-open interval it means, or why it means none.

Grammar, in the order tried (P is a period)::

    range    [P TO P] {P TO P] ...   brackets include, braces exclude; * is open
             P..P   ..P   P..        from P to P, between P and P, P to P, P - P
    bound    >P >=P <P <=P  since P  after P  before P  until P
    period   2022  2022-08  31 August 2022  q3 2021  1990s  2022-W35  2022-08-31T09:20+08:00
             today  last week  last 30 days  3 days ago  monday  august
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import NamedTuple

from searchlib.dates.forms import MONTH_NAMES, FormError, Written, read_form
from searchlib.dates.interval import Interval
from searchlib.dates.periods import following
from searchlib.dates.relative import WORDS, Local, read_relative, with_year
from searchlib.dates.settings import DateProblem, DateSettings

__all__ = ["read_interval", "read_last"]

_DEFAULT = DateSettings()
_CURE = "write 2022, 2022-08, 2022-08-31, aug 2022, 2012..2021, since 2015 or last week"
_MAX_LENGTH = 200
_SHORT = 22  # characters of a range of days
_BLANKS = " \t\n\r\f\v"
_OPERATORS = frozenset("<>")


class _Period(NamedTuple):
    """A period in UTC; an end that no datetime can hold is None. ``year``: was it written?"""

    start: datetime | None
    end: datetime | None
    year: bool = True


class _Slice(NamedTuple):
    """A part of the expression: its text, without outer blanks, and where it begins."""

    text: str
    at: int

    def cut(self, start: int, end: int | None = None) -> _Slice:
        part = self.text[start:end]
        bare = part.lstrip()
        return _Slice(bare.rstrip(), self.at + start + len(part) - len(bare))

    def problem(self, message: str, cure: str) -> DateProblem:
        return DateProblem(self.at, self.at + len(self.text), message, cure)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE | re.DOTALL)


#: How long a date is as text -> the period that it stands for, its dashes, and what its
#: beginning has more.
_FORMS = {4: ("year", "", "-01-01T00Z"), 7: ("month", "-", "-01T00Z"), 10: ("day", "--", "T00Z")}
_BRACKETS = _pattern(r"([\[{])(.*?)\s+to\s+(.*)([\]}])")
_BETWEEN = _pattern(r"(between)\s+(.+?)\s+and\s+(.+)")
_FROM_TO = _pattern(r"(from\s+)?(.+?)\s+(?:to|until|till|through)\s+(?!date\b)(.+)")
_YEARS = _pattern(r"()(\d{4})\s*[-\u2013\u2014]\s*(\d{4})")
_DASH = _pattern(r"()(.+?)\s+[-\u2013\u2014]\s+(.+)")
_BOUND = _pattern(
    r"(>=|=>|<=|=<|\u2265|\u2264|>|<|=|(?:since|from|after|before|until|till|through|up\s+to|on|in"
    r"|during|within)\b)\s*(.*)"
)
_FROM = frozenset((">=", "=>", "\u2265", "since", "from"))
_UP_TO = frozenset(("<=", "=<", "\u2264", "until", "till", "through", "up to"))
_FILLER = re.compile(r"(?:(?:in|within|during|over|on|the)\s+)+", re.IGNORECASE)
_QUARTER = _pattern(r"(?:([qh])([1-9])[ ,/-]{0,2}(\d{4})|(\d{4})[ /-]?([qh])([1-9]))")
_NTH_QUARTER = _pattern(r"(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)? (\d{4})")
_DECADE = _pattern(r"(\d{3})0'?s")
_SHORT_DECADE = _pattern(r"'?(\d)0'?s")
_WEEK = _pattern(r"week (\d{1,2}),? (?:of )?(\d{4})")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def read_interval(text: str, settings: DateSettings = _DEFAULT) -> Interval:
    """The period that the whole of ``text`` means.

    A date stands for its whole period, ranges include both ends as written, and a clock time
    without a zone is of ``settings.zone``. Raises :class:`DateProblem`, with the place, the
    reason and the cure, for whatever has no meaning or more than one.

    >>> read_interval("2012..2021").describe()
    '2012 to 2021'
    >>> read_interval("last week", DateSettings(now=datetime(2026, 11, 24))).describe()
    '16 to 22 November 2026'
    """
    found = _common(text, settings)
    if found is not None:
        return found
    whole = _Slice(text, 0).cut(0)
    if not whole.text:
        raise DateProblem(0, len(text), "there is no date", _CURE)
    if len(whole.text) > _MAX_LENGTH:
        raise whole.problem(f"a date is not {len(whole.text)} characters long", _CURE)
    return _expression(whole, settings)


def read_last(text: str, at: int, settings: DateSettings) -> tuple[Interval, int, int] | None:
    """The date at an offset, where it begins and ends, if it is written in one of the forms most
    often typed and is the last thing in a text or in brackets.

    >>> found = read_last("rain date:2012..2021", 10, DateSettings())
    >>> found[0].describe(), found[1:]
    ('2012 to 2021', (10, 20))
    """
    if len(text) - at <= _SHORT and (interval := _common(text[at:], settings)) is not None:
        return interval, at, len(text)
    end = text.find(")", at)
    rest = text[at : end if end >= 0 else len(text)]
    if len(rest) > _MAX_LENGTH:
        return None
    said = rest.strip(_BLANKS)
    interval = _common(said, settings)
    if interval is None:
        return None
    start = at + rest.index(said)
    return interval, start, start + len(said)


def _common(text: str, settings: DateSettings) -> Interval | None:
    """The forms most often typed; None leaves any trouble to the full reader."""
    if text[:1] in _OPERATORS:
        return _beside(text, settings)
    zone = settings.zone
    end: datetime | None
    try:
        since, dots, until = text.partition("..")
        start, unit = _beginning(since, zone)
        if not dots:
            end = following(start, unit)
        elif until:
            end = following(*_beginning(until, zone))
            if end is not None and end <= start:
                return None
        else:
            end = None
    except ValueError:
        return None
    if zone is UTC:
        return Interval(start, end)
    return Interval(_utc(start), None if end is None else _utc(end))


def _beside(text: str, settings: DateSettings) -> Interval | None:
    """What is before or after a period, with or without it."""
    operator = text[:2] if text[1:2] == "=" else text[:1]
    try:
        start, unit = _beginning(text[len(operator) :], settings.zone)
    except ValueError:
        return None
    end = following(start, unit)
    if operator[0] == "<":
        last = end if operator == "<=" else start
        nothing = last is None or last.replace(tzinfo=None) == datetime.min
        return None if nothing or last is None else Interval(None, _utc(last))
    first = start if operator == ">=" else end
    return None if first is None else Interval(_utc(first), None)


def _beginning(text: str, zone: tzinfo) -> tuple[datetime, str]:
    """When a date begins, by the clock of a zone, and whether it is a day, month or year.
    Raises ValueError for all that is not written like 2022, 2022-08 or 2022-08-31."""
    form = _FORMS.get(len(text))
    # Of the same length are other forms that the reader takes.
    if form is None or text[4:8:3] != form[1]:
        raise ValueError(text)
    unit, _, rest = form
    start = datetime.fromisoformat(text + rest)
    return start if zone is UTC else start.replace(tzinfo=zone), unit


def _instant(local: datetime, settings: DateSettings, offset: int | None = None) -> datetime | None:
    """The instant of a local time; None where no datetime reaches."""
    if offset is not None:
        try:
            return (local - timedelta(minutes=offset)).replace(tzinfo=UTC)
        except OverflowError:
            return None
    return _utc(local.replace(tzinfo=settings.zone))


def _utc(local: datetime) -> datetime | None:
    """The same instant by the clock of UTC; None where no datetime reaches."""
    if local.tzinfo is UTC:
        return local
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return None


def _expression(whole: _Slice, settings: DateSettings) -> Interval:
    text = whole.text
    if text[0] in "[{" or text[-1] in "]}":
        return _bracketed(whole, settings)
    dots = text.find("..")
    if dots >= 0:
        right = whole.cut(dots + 2)
        if right.text.startswith("."):
            raise whole.problem("a range has two dots", "write 2012..2021")
        return _range(whole, whole.cut(0, dots), right, settings)
    for pattern in (_BETWEEN, _YEARS, _FROM_TO, _DASH):
        match = pattern.fullmatch(text)
        # 'since 2015 to 2020' and 'up to 2015' are no ranges.
        if match is not None and match[2].lower() != "up" and not _BOUND.fullmatch(match[2]):
            left, right = whole.cut(*match.span(2)), whole.cut(*match.span(3))
            return _range(whole, left, right, settings, open_ends=False)
    if text.lower().startswith("between "):
        raise whole.problem("'between' needs two dates", "write between 2019 and 2021")
    match = _BOUND.fullmatch(text)
    if match is not None:
        return _bound(match, whole, settings)
    period = _period(whole, settings)
    return Interval(period.start, period.end)


def _bracketed(whole: _Slice, settings: DateSettings) -> Interval:
    match = _BRACKETS.fullmatch(whole.text)
    if match is None:
        if whole.text[0] not in "[{" or whole.text[-1] not in "]}":
            raise whole.problem("a bracket is missing", "write [2012 TO 2021]")
        raise whole.problem("a range in brackets has a TO", "write [2012 TO 2021]")
    left, right = whole.cut(*match.span(2)), whole.cut(*match.span(3))
    return _range(whole, left, right, settings, after=match[1] == "{", before=match[4] == "}")


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
    """From ``left`` to ``right``; ``after`` and ``before`` leave the period named there out."""
    opened = ("", "*") if open_ends else ()
    first = None if left.text in opened else _period(left, settings)
    last = None if right.text in opened else _period(right, settings)
    if first is None and last is None and (left.text or right.text) != "*":
        raise whole.problem("both ends of the range are open", "write 2012.., ..2021 or 2012..2021")
    if first is not None and last is not None and first.year != last.year:
        part = right if first.year else left
        raise part.problem(f"'{part.text}' does not say its year", "write the year at both ends")
    start = None if first is None else first.end if after else first.start
    end = None if last is None else last.start if before else last.end
    if (after and first is not None and start is None) or (start and end and start >= end):
        if first and last and first.start and last.start and first.start <= last.start:
            raise whole.problem("nothing lies between the two", "use [ and ] to include them")
        raise whole.problem("the range ends before it begins", "write the earlier date first")
    return Interval(start, end)


def _bound(match: re.Match[str], whole: _Slice, settings: DateSettings) -> Interval:
    operator = " ".join(match[1].lower().split())
    rest = whole.cut(*match.span(2))
    if operator in ("from", "since"):  # 'from 2015 on', 'since 2015'
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
    """One period; the part's own place is blamed for whatever is wrong with it."""
    if not part.text:
        raise part.problem("a date is missing", _CURE)
    match = _FILLER.match(part.text)
    if match is not None and match.end() < len(part.text):
        part = part.cut(match.end())
    text = " ".join(part.text.split()).lower()
    try:
        local = _named(text)
        if local is None:
            local = read_relative(text, settings)
        if local is not None:
            return _Period(
                _instant(local.start, settings),
                _instant(local.end, settings) if local.end else None,
                text not in _MONTHLIKE,
            )
        written = read_form(part.text, settings.day_first)
    except FormError as error:
        raise part.problem(error.message, error.cure) from None
    except (OverflowError, ValueError):
        raise part.problem(f"'{part.text}' is not in the years 1 to 9999", "name a date") from None
    if written is None:
        raise part.problem(f"'{part.text}' is not a date", _cure(text))
    if isinstance(written, Written):
        end = following(written.start, written.precision)
        return _Period(
            _instant(written.start, settings, written.offset),
            _instant(end, settings, written.offset) if end else None,
        )
    local = with_year(written, settings.local_now())
    return _Period(
        _instant(local.start, settings), _instant(local.end, settings) if local.end else None, False
    )


_MONTHLIKE = frozenset(
    name for month in MONTH_NAMES for name in (month.lower(), month[:3].lower())
) | {"sept"}


def _named(text: str) -> Local | None:
    """Quarters, half years, decades and weeks of a written year."""
    match = _QUARTER.fullmatch(text)
    if match is not None:
        kind, number, year = (match[1] or match[5], match[2] or match[6], match[3] or match[4])
        return _part_of_year(kind, int(number), year)
    match = _NTH_QUARTER.fullmatch(text)
    if match is not None:
        return _part_of_year("q", _ORDINALS.get(match[1]) or int(match[1][0]), match[2])
    match = _DECADE.fullmatch(text)
    if match is not None:
        start = datetime(max(1, int(match[1]) * 10), 1, 1)
        return Local(start, following(start.replace(year=int(match[1]) * 10), "decade"))
    match = _WEEK.fullmatch(text)
    if match is not None:
        written = read_form(f"{match[2]}-W{int(match[1]):02d}")
        assert isinstance(written, Written)
        return Local(written.start, following(written.start, "week"))
    match = _SHORT_DECADE.fullmatch(text)
    if match is not None:
        raise FormError(
            f"'{text}' does not say the century", f"write 19{match[1]}0s or 20{match[1]}0s"
        )
    return None


def _part_of_year(kind: str, number: int, year: str) -> Local:
    unit, parts = ("quarter", 4) if kind == "q" else ("half", 2)
    if number > parts or year == "0000":
        raise FormError(f"there is no {kind.upper()}{number} {year}", f"write {kind}1 2021")
    start = datetime(int(year), 1 + (number - 1) * 12 // parts, 1)
    return Local(start, following(start, unit))


def _cure(text: str) -> str:
    known = [*(name.lower() for name in MONTH_NAMES), *WORDS, "last", "past", "since", "before"]
    for word in re.findall(r"[a-z]{4,}", text[:60]):
        near = get_close_matches(word, known, n=1, cutoff=0.75)
        if near and near[0] != word.removesuffix("s"):
            return f"did you mean '{near[0]}'?"
    return _CURE
