"""What stands after the colon of a date or number field."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NoReturn

from searchlib.dates import DateProblem, DateSettings, Interval, read_interval, read_last
from searchlib.query.diagnostics import refuse

__all__ = ["read_number", "read_period"]

_CHUNK = re.compile(r"\s*([^\s()^\"“”\[\]{}]+)")
_BRACKETS = re.compile(r"\s*([\[{][^\]}]*[\]}])")
_QUOTED = re.compile(r"\s*(?:[\"“”„]([^\"“”„]*)[\"“”„]|['‘’]([^'‘’\"“”„]*)['’](?=[\s()^]|\Z))")
_ONE = re.compile(r"(?:>=?|<=?)?\d{4}(?:-\d\d){0,2}(?:\.\.(?:\d{4}(?:-\d\d){0,2})?)?\Z", re.ASCII)
_ON = re.compile(
    r"\s+(?:(?:to|until|till|through|at|[-–—])\s|[-–—]\d|\d\d?(?::\d\d|\s?[ap]\.?m\b))|\s*\.\.",
    re.IGNORECASE | re.ASCII,
)
# What goes on with a value that has ended: after it, nothing else can have been meant.
_GOES_ON = re.compile(
    r"\s+(?:(?:to|until|till|through)(?![\w-])|[-–—]\s*\d|(?:at\s+)?\d\d?:\d\d(?!\d))"
    r"|\s*(?:\.\.\.?(?!\.)|[<>≥≤])\s*\S",
    re.IGNORECASE | re.ASCII,
)
_REST = re.compile(r"\s*(\S+)")
_ALONE = re.compile(r"\s*[<>≥≤]")  # in brackets a value by itself: words:(>100 <300)
_DIGIT = re.compile(r"\s+\d")
_YEAR = re.compile(r"\d{4}")
_YEAR_AFTER = re.compile(r"\s+([12]\d{3})(?![\w.,:/-])")
_MINUS = re.compile(r"\s[-–—]\d")
_OPEN = re.compile(r"\s*([\[{]|[\"“”„])")
_CHUNKS = 8  # the most words that a date expression takes without quotes

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
_MARKS = re.compile(r"\s*(?:[\"“”„]([^\"“”„]*)[\"“”„]|['‘’]([^'‘’]*)['’])(?=[\s()^]|\Z)")
_RANGE = re.compile(r"\s*([\[{])\s*(\S+)\s+TO\s+(\S+?)\s*([\]}])")
_PLAIN = re.compile(rf"{_ANY}\Z", re.ASCII)


def read_period(text: str, at: int, field: str, dates: DateSettings) -> tuple[Interval, int, int]:
    """The date expression at an offset: its period, where its text begins, and where it ends.

    The longest run of words that is a date is taken: ``date:last week rain`` ends before
    ``rain``. Raises QueryError.

    >>> from datetime import datetime
    >>> settings = DateSettings(now=datetime(2026, 11, 24))
    >>> found, start, end = read_period("date:last week rain", 5, "date", settings)
    >>> found.describe(), end
    ('16 to 22 November 2026', 14)
    """
    if last := read_last(text, at, dates):
        return last
    for pattern in (_QUOTED, _BRACKETS):
        if match := pattern.match(text, at):
            inside = match.span(match.lastindex or 1)
            return _interval(text, *inside, dates), inside[0], match.end()
    _check_closed(text, at)
    ends: list[int] = []
    start = end = at
    while len(ends) < _CHUNKS and (match := _CHUNK.match(text, end)):
        if not ends:
            start = match.start(1)
        end = match.end()
        ends.append(end)
        if len(ends) == 1 and _ONE.match(text, start, end) and not _ON.match(text, end):
            break
    if not ends:
        message, cure = f"{field}: has no date after it", f"write it as {field}:2022-08"
        refuse("empty-field", max(0, at - len(field) - 1), at, message, cure, text)
    for end in reversed(ends):
        if end != ends[0]:
            try:
                interval = read_interval(text[start:end], dates)
            except DateProblem:
                continue
        elif _rest(text, start, end):
            break
        else:
            interval = _interval(text, start, end, dates)
        _check_ended(text, start, end, field)
        return interval, start, end
    return _half(text, start, ends, field, dates)


def _check_ended(text: str, start: int, end: int, field: str) -> None:
    """Refuse what was left over after a date, if it would have been the rest of it."""
    rest = _rest(text, start, end)
    if (year := _YEAR_AFTER.match(text, end)) and not _YEAR.search(text, start, end):
        message = f"{year[1]!r}: is it the year of this date, or a word?"
        cure = f"write the year at both ends, as in {field}:2021-03-15..2021-03-20"
        refuse("bad-date", year.start(1), year.end(1), message, cure, text)
    if rest is None and text[end - 2 : end] == ".." and start < end - 2:
        rest = _DIGIT.match(text, end)
    if rest is None and (minus := _MINUS.search(text, start, end)):
        message = f"{text[minus.start() + 1 : end][:40]!r}: the end of a range, or not wanted"
        cure = f"write {field}:2012..2021, or NOT before a word"
        refuse("bad-date", minus.start() + 1, end, message, cure, text)
    if rest is not None:
        _refuse_rest(text, end, "bad-date", f"{field}:2012..2021")


def _rest(text: str, at: int, end: int) -> re.Match[str] | None:
    """What goes on with the value from ``at`` to ``end``, if anything does."""
    found = _GOES_ON.match(text, end)
    inside = found is not None and text[at - 1 : at] in ("(", " ") and _ALONE.match(text, end)
    return None if inside else found


def _half(text: str, start: int, ends: list[int], field: str, dates: DateSettings) -> NoReturn:
    """Refuse a range of which only the first half is a date: for the reason that is nearest."""
    for end in ends[2:]:
        try:
            read_interval(text[start:end], dates)
        except DateProblem as problem:
            if not problem.message.startswith(repr(text[start:end])[:20]):
                first = start + problem.start
                last = max(start + problem.end, first + 1)
                cure = f'{problem.cure}; or put the date in quotes: {field}:"2021"'
                refuse("bad-date", first, last, problem.message, cure, text)
    _interval(text, start, ends[0], dates)
    _refuse_rest(text, ends[0], "bad-date", f"{field}:2012..2021")


def _refuse_rest(text: str, end: int, code: str, example: str) -> NoReturn:
    rest = _REST.match(text, end)
    assert rest is not None
    message = f"{rest[1][:40]!r} is left over from a range or a time"
    field = example.partition(":")[0]
    cure = f'write {example}, or put the value in quotes: {field}:"..."'
    refuse(code, rest.start(1), rest.end(1), message, cure, text)


def _check_closed(text: str, at: int) -> None:
    """Refuse a bracket or quote that begins a value and is not closed."""
    if match := _OPEN.match(text, at):
        start, end = match.span(1)
        code = "unclosed-bracket" if match[1] in "[{" else "unclosed-quote"
        cure = "write [2012 TO 2021]" if match[1] in "[{" else 'write "last week"'
        refuse(code, start, end, f"this {match[1]} is not closed", cure, text)


def _interval(text: str, start: int, end: int, dates: DateSettings) -> Interval:
    try:
        return read_interval(text[start:end], dates)
    except DateProblem as problem:
        first = start + problem.start
        last = max(start + problem.end, first + 1)
        refuse("bad-date", first, last, problem.message, problem.cure, text)


def read_number(
    text: str, at: int, field: str
) -> tuple[float | None, float | None, bool, bool, int]:
    """The number or range at an offset: the limits, whether each is left out, where it ends.

    >>> read_number("words:100..300", 6, "words")
    (100.0, 300.0, False, False, 14)
    >>> read_number("words:>300 x", 6, "words")
    (300.0, None, True, False, 10)
    """
    if quoted := _MARKS.match(text, at):
        first, last = quoted.span(quoted.lastindex or 1)
        *limits, end = _number(text, first, field, last)
        if text[end:last].strip():
            _refuse(text, first, field)
        _check_finite(text, limits, first, last)
        return limits[0], limits[1], bool(limits[2]), bool(limits[3]), quoted.end()
    found = _number(text, at, field, len(text))
    end = found[-1]
    _check_finite(text, found, at, end)
    if end < len(text) and text[end] != ")" and _rest(text, at, end):
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
    match = _CHUNK.match(text, at)
    start, end = match.span(1) if match else (max(0, at - len(field) - 1), at)
    message = f"{text[start:end][:40]!r} is not a number" if match else f"{field}: has no number"
    cure = f"write {field}:300, {field}:>300 or {field}:100..300"
    refuse("bad-number", start, max(end, start + 1), message, cure, text)
