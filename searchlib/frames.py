"""Rows of results and counts in other libraries' tables: pandas, polars, Arrow.

The libraries are imported only when a table is asked for. Dates become instants in UTC with
microseconds, which all of them have for the years 1 to 9999.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from typing import Any

from searchlib.dates import read_partial_date

__all__ = ["arrow_stream", "instant", "pandas_frame", "polars_frame"]

Row = dict[str, Any]


def instant(value: Any) -> datetime | None:
    """A date as it is stored, as an instant with its zone: the offset that was written, or UTC. The
    start of the period where only the year or the month is known; None for what is no date.

    >>> instant("2022-08-31T09:20+08:00").isoformat(), instant("2022").isoformat()
    ('2022-08-31T09:20:00+08:00', '2022-01-01T00:00:00+00:00')
    """
    if not isinstance(value, str):
        return None
    try:
        date = read_partial_date(value)
        return date.start.astimezone(timezone(timedelta(minutes=date.offset or 0)))
    except (ValueError, OverflowError):
        return None


def _columns(
    rows: Sequence[Row], dates: Collection[str], known: Sequence[str]
) -> dict[str, list[Any]]:
    """The values of all rows by name: the known names, then others in the order in which they are
    first seen."""
    names = dict.fromkeys([*known, *(name for row in rows for name in row)])
    return {
        name: [instant(row.get(name)) if name in dates else row.get(name) for row in rows]
        for name in names
    }


def pandas_frame(
    rows: Sequence[Row], dates: Collection[str] = (), known: Sequence[str] = ()
) -> Any:
    """A ``pandas.DataFrame``."""
    pandas = import_module("pandas")
    columns = _columns(rows, dates, known)
    for name in dates:
        if name in columns:
            columns[name] = pandas.array(_utc(columns[name]), dtype="datetime64[us, UTC]")
    return pandas.DataFrame(columns)


def polars_frame(
    rows: Sequence[Row], dates: Collection[str] = (), known: Sequence[str] = ()
) -> Any:
    """A ``polars.DataFrame``."""
    polars = import_module("polars")
    series = []
    for name, values in _columns(rows, dates, known).items():
        if name in dates:
            kind = polars.Datetime("us", "UTC")
            series.append(polars.Series(name, _utc(values), dtype=kind))
        else:
            series.append(polars.Series(name, values, strict=False))
    return polars.DataFrame(series)


def arrow_stream(
    rows: Sequence[Row], dates: Collection[str], requested: Any, known: Sequence[str] = ()
) -> Any:
    """A capsule with a stream of Arrow arrays (the PyCapsule interface of Arrow), by pyarrow."""
    arrow = import_module("pyarrow")
    arrays = {}
    for name, values in _columns(rows, dates, known).items():
        if name in dates:
            arrays[name] = arrow.array(_utc(values), arrow.timestamp("us", "UTC"))
        else:
            arrays[name] = _arrow_array(arrow, values)
    return arrow.table(arrays).__arrow_c_stream__(requested)


def _arrow_array(arrow: Any, values: list[Any]) -> Any:
    """The values as they are; as text where they are of several kinds."""
    try:
        return arrow.array(values)
    except (arrow.ArrowInvalid, arrow.ArrowTypeError):
        return arrow.array([None if value is None else str(value) for value in values])


def _utc(values: list[datetime | None]) -> list[datetime | None]:
    return [None if value is None else value.astimezone(UTC) for value in values]
