"""Rows of results and counts in other libraries' tables: pandas, polars, Arrow.

The libraries are imported only when a table is asked for. Dates become instants in UTC with
microseconds, which all of them have for the years 1 to 9999.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import import_module
from typing import Any, Literal

from searchlib.dates import read_partial_date

__all__ = ["ColumnType", "arrow_stream", "instant", "pandas_frame", "polars_frame"]

Row = dict[str, Any]

#: What is in a column: its type is the same then, whatever the rows have.
ColumnType = Literal["any", "date", "integer", "number", "text", "texts"]


def instant(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """A date as it is stored, as an instant with its zone: the offset that was written, or
    ``zone``. The start of the period where only the year or the month is known; None for what is no
    date.

    >>> instant("2022-08-31T09:20+08:00").isoformat(), instant("2022").isoformat()
    ('2022-08-31T09:20:00+08:00', '2022-01-01T00:00:00+00:00')
    """
    if not isinstance(value, str):
        return None
    try:
        date = read_partial_date(value)
        if date.offset is not None:
            return date.start.astimezone(timezone(timedelta(minutes=date.offset)))
        local = date.start.replace(tzinfo=zone)
        local.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or beyond the years 1 to 9999 in UTC
        return None
    return local


def _columns(
    rows: Sequence[Row], column_types: Mapping[str, ColumnType], zone: tzinfo
) -> dict[str, tuple[ColumnType, list[Any]]]:
    """The type and the values of all columns by name: those of ``column_types``, then others in the
    order in which they are first seen."""
    names = dict.fromkeys([*column_types, *(name for row in rows for name in row)])
    columns: dict[str, tuple[ColumnType, list[Any]]] = {}
    for name in names:
        column_type, values = column_types.get(name, "any"), [row.get(name) for row in rows]
        if column_type == "date":
            values = [_utc(value, zone) for value in values]
        columns[name] = column_type, values
    return columns


def _utc(value: Any, zone: tzinfo) -> datetime | None:
    found = instant(value, zone)
    return None if found is None else found.astimezone(UTC)


def pandas_frame(
    rows: Sequence[Row], column_types: Mapping[str, ColumnType] | None = None, zone: tzinfo = UTC
) -> Any:
    """A ``pandas.DataFrame``. Dates without a zone are read in ``zone``."""
    pandas = import_module("pandas")
    types = {
        "any": None, "date": "datetime64[us, UTC]", "integer": "int64", "number": "float64",
        "text": "object", "texts": "object",
    }  # fmt: skip
    columns = {
        name: pandas.Series(values, dtype=types[column_type])
        for name, (column_type, values) in _columns(rows, column_types or {}, zone).items()
    }
    return pandas.DataFrame(columns)


def polars_frame(
    rows: Sequence[Row], column_types: Mapping[str, ColumnType] | None = None, zone: tzinfo = UTC
) -> Any:
    """A ``polars.DataFrame``. Dates without a zone are read in ``zone``."""
    polars = import_module("polars")
    types = {
        "any": None, "date": polars.Datetime("us", "UTC"), "integer": polars.Int64,
        "number": polars.Float64, "text": polars.String, "texts": polars.List(polars.String),
    }  # fmt: skip
    return polars.DataFrame(
        [
            polars.Series(name, values, dtype=types[column_type], strict=False)
            for name, (column_type, values) in _columns(rows, column_types or {}, zone).items()
        ]
    )


def arrow_stream(
    rows: Sequence[Row], column_types: Mapping[str, ColumnType], requested: Any, zone: tzinfo = UTC
) -> Any:
    """A capsule with a stream of Arrow arrays (the PyCapsule interface of Arrow), by pyarrow.
    Dates without a zone are read in ``zone``."""
    arrow = import_module("pyarrow")
    types = {
        "any": None, "date": arrow.timestamp("us", "UTC"), "integer": arrow.int64(),
        "number": arrow.float64(), "text": arrow.string(), "texts": arrow.list_(arrow.string()),
    }  # fmt: skip
    arrays = {
        name: _arrow_array(arrow, values, types[column_type])
        for name, (column_type, values) in _columns(rows, column_types, zone).items()
    }
    return arrow.table(arrays).__arrow_c_stream__(requested)


def _arrow_array(arrow: Any, values: list[Any], column_type: Any) -> Any:
    """The values as they are; as text where they are of several kinds."""
    try:
        return arrow.array(values, column_type)
    except (arrow.ArrowInvalid, arrow.ArrowTypeError):
        return arrow.array([None if value is None else str(value) for value in values])
