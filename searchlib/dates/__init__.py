"""Dates: as articles carry them, and as people ask for them. Nothing here guesses.

A date is a half-open UTC period: ``2022-08`` is the whole month. Two questions are answered:

- :func:`read_partial_date`: the date written in an article -> :class:`PartialDate` (the instant,
  and the offset and precision as written);
- :func:`read_interval`: the date expression of a query -> :class:`Interval`.

Both read explicit patterns only (``forms.py``). What fits no pattern, or fits two ("03/04/2022"),
is refused with the reason. This package alone imports dateutil, and only for calendar
arithmetic: never its parser, which fills missing parts from today and finds dates in prose.
"""

from searchlib.dates.expressions import read_interval, read_last
from searchlib.dates.forms import FormError, Written, Yearless, read_form
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
    "DateProblem",
    "DateSettings",
    "FormError",
    "Interval",
    "PartialDate",
    "Written",
    "Yearless",
    "from_micros",
    "read_form",
    "read_interval",
    "read_iso",
    "read_last",
    "read_partial_date",
    "to_micros",
]
