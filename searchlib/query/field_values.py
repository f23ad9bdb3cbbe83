"""What stands after the colon of a date or number field."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NoReturn

from searchlib.dates import DateProblem, DateSettings, Interval, read_interval, read_interval_at
from searchlib.query.diagnostics import QueryCode, refuse

__all__ = ["read_number", "read_period", "refuse_quotes_within"]

_WORD = re.compile(r"\s*([^\s()^\"“”\[\]{}]+)")
_QUOTED_DATE = re.compile(r"\s*(?:[\"“”„]([^\"“”„]*)[\"“”„]|['‘’]([^'‘’\"“”„]*)['’](?=[\s()^]|\Z))")
_UNQUOTED_STARTS = "0123456789<>=."
# What goes on with a date behind quotes, or stands before them.
_RANGE_SIGN = re.compile(
    r"\.\.\.?|\s*(?:\.\.\.?(?=\s*[\d\"“”„'‘’])|(?:to|until|till|through)(?=\s+[\d\"“”„'‘’]))",
    re.IGNORECASE,
)
_OPEN_END_BEFORE_QUOTES = re.compile(r"\.\.(?=[\"“”„'‘’])")
_SIGN_BEFORE_QUOTES = re.compile(r"\s*(?:>=|<=|>|<|≥|≤|\.\.\.?)\s*(?=[\"“”„'‘’])")
_UNCLOSED = re.compile(r"\s*([\[{](?![^\]}]*[\]}])|[\"“”„])")
# After a value, only more of the value can have been meant by this.
_MORE_OF_VALUE = re.compile(
    r"\s+(?:(?:to|until|till|through)(?![\w-])|[-–—]\s*\d|(?:at\s+)?\d\d?:\d\d(?!\d))"
    r"|\s*(?:\.\.\.?(?!\.)|[<>≥≤])\s*\S",
    re.IGNORECASE | re.ASCII,
)
_NEXT_VALUE = re.compile(r"\s*[<>≥≤]")  # in brackets another value: words:(>100 <300)
_REST = re.compile(r"\s*(\S+)")
_DIGIT = re.compile(r"\s+\d")
_YEAR = re.compile(r"\d{4}")
_YEAR_AFTER = re.compile(r"\s+([12]\d{3})(?![\w.,:/-])")
# A number after a day or month without a year: the end of the date, or a word?
_NUMBER_AFTER_DAY = re.compile(
    r"[\s,]+(['’]?\d{1,2}(?!\d)[,.]?)(?![\w:/-])(?!\s?[ap]\.?m)", re.ASCII
)
_NAMES_MONTH = re.compile(
    r"(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.IGNORECASE
)
_MINUS = re.compile(r"\s[-–—]\d")
_MAX_WORDS = 8  # words after a field name that are looked at to explain an error

_NUMBER = r"[-+]?(?:\d{1,300}(?:\.\d{1,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,3})?"
_GROUPED = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_ANY = rf"(?:{_GROUPED}|{_NUMBER})"
_BOUND = re.compile(rf"\s*(>=|<=|>|<|=|≥|≤)\s*({_ANY})(?=[\s()^]|\Z)", re.ASCII)
_SPAN = re.compile(rf"\s*({_ANY}?)(\s*\.\.\s*(?={_ANY})|\.\.)?({_ANY}?)(?=[\s()^]|\Z)", re.ASCII)
_TWO = re.compile(
    rf"\s*(?:(?:from\s+)?({_ANY})\s+(?:to|-|–|—)\s+|between\s+({_ANY})\s+and\s+)({_ANY})"
    r"(?=[\s()^]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_IN_QUOTES = re.compile(r"\s*(?:[\"“”„]([^\"“”„]*)[\"“”„]|['‘’]([^'‘’]*)['’])(?=[\s()^]|\Z)")
_RANGE = re.compile(r"\s*([\[{])\s*(\S+)\s+TO\s+(\S+?)\s*([\]}])")
_PLAIN = re.compile(rf"{_ANY}\Z", re.ASCII)


def read_period(text: str, at: int, field: str, dates: DateSettings) -> tuple[Interval, int, int]:
    """The date expression at an offset: its interval, where its text starts, and where it ends.

    Without quotes or brackets it is the longest run of words that is a date: ``date:last week
    rain`` ends before ``rain``. Raises QueryError.

    >>> from datetime import datetime
    >>> settings = DateSettings(now=datetime(2026, 11, 24))
    >>> interval, start, end = read_period("date:last week rain", 5, "date", settings)
    >>> interval.describe(), end
    ('16 to 22 November 2026', 14)
    """
    if sign := _SIGN_BEFORE_QUOTES.match(text, at):
        refuse_quotes_within(sign, field)
    if text[at : at + 1] not in _UNQUOTED_STARTS:
        if quoted := _QUOTED_DATE.match(text, at):
            start, end = quoted.span(quoted.lastindex or 1)
            if more := _RANGE_SIGN.match(text, quoted.end()):
                refuse_quotes_within(more, field)
            try:
                return read_interval(text[start:end], dates), start, quoted.end()
            except DateProblem as problem:
                _refuse_date(text, problem, start)
        _check_closed(text, at)
    try:
        interval, start, end = read_interval_at(text, at, dates)
    except DateProblem as problem:
        first = _WORD.match(text, at)
        if first is not None and _more_of_value(text, first.start(1), first.end()):
            _refuse_half(text, first, field, dates)
        if first is None and problem.start == problem.end:
            message, cure = f"{field}: has no date after it", f"write it as {field}:2022-08"
            refuse("empty-field", max(0, at - len(field) - 1), at, message, cure, text)
        _refuse_date(text, problem)
    if end == len(text) and len(text[start:].split()) == 1:
        return interval, start, end  # one word, and nothing after it
    if sign := _OPEN_END_BEFORE_QUOTES.match(text, end - 2):
        refuse_quotes_within(sign, field)
    first = _WORD.match(text, at)
    if first is not None:  # None before a range in brackets
        if end == first.end() and _more_of_value(text, start, end):
            _refuse_half(text, first, field, dates)
        _check_end(text, start, end, field)
    return interval, start, end


def refuse_quotes_within(sign: re.Match[str], field: str) -> NoReturn:
    """Refuse a range or comparison of which a part alone is in quotes, given its sign, which may
    have blanks around it."""
    start = sign.start() + len(sign[0]) - len(sign[0].lstrip())
    message = "the quotes hold a part of this range alone"
    cure = f'put all of it into quotes, or nothing: {field}:"12 April 1987..20 May 1987"'
    refuse("bad-date", start, start + len(sign[0].strip()), message, cure, sign.string)


def _check_closed(text: str, at: int) -> None:
    """Refuse a bracket or quote that begins a value and is not closed."""
    if unclosed := _UNCLOSED.match(text, at):
        bracket = unclosed[1] in "[{"
        code: QueryCode = "unclosed-bracket" if bracket else "unclosed-quote"
        cure = "write [2012 TO 2021]" if bracket else 'write "last week"'
        refuse(code, *unclosed.span(1), f"this {unclosed[1]} is not closed", cure, text)


def _check_end(text: str, start: int, end: int, field: str) -> None:
    """Refuse what follows a date if it may have been meant as more of it."""
    if (year := _YEAR_AFTER.match(text, end)) and not _YEAR.search(text, start, end):
        message = f"{year[1]!r}: is it the year of this date, or a word?"
        cure = f"write the year at both ends, as in {field}:2021-03-15..2021-03-20"
        refuse("bad-date", *year.span(1), message, cure, text)
    if (
        (number := _NUMBER_AFTER_DAY.match(text, end))
        and _NAMES_MONTH.search(text, start, end)
        and not _YEAR.search(text, start, end)
    ):
        message = f"{number[1]!r}: does it belong to the date, or is it a word?"
        cure = f'write {field}:2023-11-19, or the date in quotes: {field}:"19 nov"'
        refuse("bad-date", *number.span(1), message, cure, text)
    more = _more_of_value(text, start, end)
    if not more and text[end - 2 : end] == ".." and start < end - 2:
        more = _DIGIT.match(text, end) is not None
    if not more and (minus := _MINUS.search(text, start, end)):
        message = f"{text[minus.start() + 1 : end][:40]!r}: the end of a range, or not wanted"
        cure = f"write {field}:2012..2021, or NOT before a word"
        refuse("bad-date", minus.start() + 1, end, message, cure, text)
    if more:
        _refuse_rest(text, end, "bad-date", f"{field}:2012..2021")


def _more_of_value(text: str, start: int, end: int) -> bool:
    """Whether the value from ``start`` to ``end`` goes on behind its end."""
    if not _MORE_OF_VALUE.match(text, end):
        return False
    in_group = text[start - 1 : start] in ("(", " ")
    return not (in_group and _NEXT_VALUE.match(text, end))


def _refuse_half(text: str, first: re.Match[str], field: str, dates: DateSettings) -> NoReturn:
    """Refuse a range of which only the first half is a date, for the most specific reason."""
    start, end = first.span(1)
    problem: DateProblem | None = None
    try:
        read_interval(first[1], dates)
    except DateProblem as error:
        problem = error
    # After a date with its year, a comparison is a value of its own and explains nothing.
    words = 0 if _YEAR.search(text, start, end) and _NEXT_VALUE.match(text, end) else _MAX_WORDS
    for count in range(2, words + 1):
        word = _WORD.match(text, end)
        if word is None:
            break
        end = word.end()
        if count == 2:
            continue  # one half and "to"
        try:
            read_interval(text[start:end], dates)
        except DateProblem as error:
            if not error.message.startswith(repr(text[start:end])[:20]):
                cure = f'{error.cure}; or put the date in quotes: {field}:"2021"'
                _refuse_date(text, error, start, cure)
    if problem is not None:
        _refuse_date(text, problem, start)
    _refuse_rest(text, first.end(), "bad-date", f"{field}:2012..2021")


def _refuse_date(text: str, problem: DateProblem, at: int = 0, cure: str = "") -> NoReturn:
    """Refuse the query for a problem of the date expression that begins at ``at``."""
    start = at + problem.start
    end = max(at + problem.end, start + 1)
    refuse("bad-date", start, end, problem.message, cure or problem.cure, text)


def _refuse_rest(text: str, end: int, code: QueryCode, example: str) -> NoReturn:
    rest = _REST.match(text, end)
    assert rest is not None
    message = f"{rest[1][:40]!r} is left over from a range or a time"
    field = example.partition(":")[0]
    cure = f'write {example}, or put the value in quotes: {field}:"..."'
    refuse(code, *rest.span(1), message, cure, text)


def read_number(
    text: str, at: int, field: str
) -> tuple[float | None, float | None, bool, bool, int]:
    """The number or range at an offset: the limits, whether each is left out, where it ends.

    >>> read_number("words:100..300", 6, "words")
    (100.0, 300.0, False, False, 14)
    >>> read_number("words:>300 x", 6, "words")
    (300.0, None, True, False, 10)
    """
    if quoted := _IN_QUOTES.match(text, at):
        first, last = quoted.span(quoted.lastindex or 1)
        *limits, end = _number(text, first, field, last)
        if text[end:last].strip():
            _refuse(text, first, field)
        _check_finite(text, limits, first, last)
        return limits[0], limits[1], bool(limits[2]), bool(limits[3]), quoted.end()
    found = _number(text, at, field, len(text))
    end = found[-1]
    _check_finite(text, found, at, end)
    if end < len(text) and text[end] != ")" and _more_of_value(text, at, end):
        _refuse_rest(text, end, "bad-number", f"{field}:100..300")
    return found


_Found = tuple[float | None, float | None, bool, bool, int]


def _number(text: str, at: int, field: str, end: int) -> _Found:
    if match := _BOUND.match(text, at, end):
        sign, value = match[1], _float(match[2])
        if sign == "=":
            return value, value, False, False, match.end()
        if sign in (">", ">=", "≥"):
            return value, None, sign == ">", False, match.end()
        return None, value, False, sign == "<", match.end()
    if match := _RANGE.match(text, at, end):
        low, high = (_limit(text, match.span(group), field) for group in (2, 3))
        opened = match[1] == "{", match[4] == "}"
        _check(text, low, high, match.span(), open_=any(opened))
        return low, high, low is not None and opened[0], high is not None and opened[1], match.end()
    if match := _TWO.match(text, at, end):
        low, high = _float(match[1] or match[2]), _float(match[3])
        _check(text, low, high, match.span(), open_=False)
        return low, high, False, False, match.end()
    match = _SPAN.match(text, at, end)
    if match is None or not (match[1] or match[3]) or (not match[2] and match[3]):
        _refuse(text, at, field)
    low = _float(match[1]) if match[1] else None
    high = (_float(match[3]) if match[3] else None) if match[2] else low
    _check(text, low, high, match.span(), open_=False)
    return low, high, False, False, match.end()


def _float(text: str) -> float:
    return float(text.replace(",", "")) + 0.0  # -0.0 is 0


def _check_finite(text: str, limits: Sequence[float | None], start: int, end: int) -> None:
    """Refuse what no article can have: such a number is refused there as well."""
    if math.inf in limits or -math.inf in limits:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        message = f"{text[start:end][:40]!r} has a number that is too large"
        refuse("bad-number", start, end, message, "numbers go up to about 1.8e308", text)


def _limit(text: str, span: tuple[int, int], field: str) -> float | None:
    value = text[slice(*span)]
    if value == "*":
        return None
    if not _PLAIN.match(value):
        _refuse(text, span[0], field)
    return _float(value)


def _check(
    text: str, low: float | None, high: float | None, span: tuple[int, int], *, open_: bool
) -> None:
    if low is None or high is None:
        return
    if low > high or (open_ and low == high):
        start = span[0] + len(text[slice(*span)]) - len(text[slice(*span)].lstrip())
        message = "no number is in this range"
        refuse("bad-number", start, span[1], message, "write the lower number first", text)


def _refuse(text: str, at: int, field: str) -> NoReturn:
    match = _WORD.match(text, at)
    start, end = match.span(1) if match else (max(0, at - len(field) - 1), at)
    message = f"{text[start:end][:40]!r} is not a number" if match else f"{field}: has no number"
    cure = f"write {field}:300, {field}:>300 or {field}:100..300"
    refuse("bad-number", start, max(end, start + 1), message, cure, text)
