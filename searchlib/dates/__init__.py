"""Dates of articles and date expressions of queries. Nothing here guesses.

A date is a half-open UTC period: ``2022-08`` is the whole month.

- :func:`read_partial_date`: the date of an article -> :class:`PartialDate` (the instant, and the
  offset and precision as written);
- :func:`read_interval`: the date expression of a query -> :class:`Interval`;
  :func:`read_interval_at` reads one within a longer text and returns where it ends.

Both accept explicit formats only (``formats.py``). A text in none of them, or that could be two
dates ("03/04/2022"), is refused with the reason. This package alone imports dateutil, and only
for calendar arithmetic: never its parser, which fills missing parts from today and finds dates
in prose.
"""

from searchlib.dates.expressions import read_interval, read_interval_at
from searchlib.dates.formats import DateFormatError, MonthDay, ParsedDate, parse_date
from searchlib.dates.interval import Interval
from searchlib.dates.partial_date import (
    PartialDate,
    from_micros,
    read_iso,
    read_partial_date,
    to_micros,
)
from searchlib.dates.settings import DateProblem, DateSettings

__all__ = [
    "DateFormatError",
    "DateProblem",
    "DateSettings",
    "Interval",
    "MonthDay",
    "ParsedDate",
    "PartialDate",
    "from_micros",
    "parse_date",
    "read_interval",
    "read_interval_at",
    "read_iso",
    "read_partial_date",
    "to_micros",
]
