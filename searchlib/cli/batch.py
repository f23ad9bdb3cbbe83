"""Many queries at once: a table of queries -> a table of totals and counts."""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import click

from searchlib.errors import ArgumentError, SearchlibError
from searchlib.repl import data
from searchlib.repl.render import plain
from searchlib.requests import FacetRequest, SearchRequest
from searchlib.results import FacetCounts
from searchlib.schema import Schema
from searchlib.search.facets import in_order_of_time
from searchlib.snapshot import Searchable

__all__ = [
    "BatchForm",
    "BatchRow",
    "as_csv",
    "as_json",
    "as_matrix",
    "check_columns",
    "lines_of",
    "matrix_facets",
    "read_queries",
    "run_queries",
]

BatchForm = Literal["csv", "json", "matrix"]

#: Columns that are options of the search; one that is called as a field narrows to its values.
_OPTIONS = ("match", "sort", "recency", "boost_by")
_SEPARATOR = ";"  # between several values of a filter


@dataclass(frozen=True)
class BatchRow:
    """The answer to one query; ``error`` says why there is none."""

    name: str
    query: str
    total: int = 0
    facets: Mapping[str, FacetCounts] = field(default_factory=dict)
    ids: Sequence[str] = ()
    error: str = ""


def read_queries(lines: Iterable[str], place: str) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and the rows of a table of queries; ArgumentError if it has no such column."""
    lines = iter(lines)
    first = next(lines, "").removeprefix("\ufeff")
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(itertools.chain([first], lines), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or []]
    if "query" not in columns:
        cure = "its first line names them: name,query"
        raise ArgumentError(f"{place}: no column is called query: {cure}")
    reader.fieldnames = columns
    rows = [
        {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        for row in reader
    ]
    return columns, [row for row in rows if any(row.values())]


def check_columns(columns: Sequence[str], schema: Schema) -> None:
    """ArgumentError for a column that is neither an option nor a field."""
    known = ("name", "query", *_OPTIONS)
    for name in columns:
        if name not in known and name not in schema.fields:
            cure = f"columns are {', '.join(known)}, and names of fields"
            raise ArgumentError(f"there is no field {name!r} for a column: {cure}")


def run_queries(
    snapshot: Searchable, rows: Iterable[Mapping[str, str]],
    facets: Sequence[str], options: Mapping[str, Any], ids: int,
) -> Iterator[BatchRow]:  # fmt: skip
    """The answers, one after the other; a row that cannot be answered says so, the others go on."""
    for number, row in enumerate(rows, 1):
        query = row.get("query", "")
        title = row.get("name") or query or f"query {number}"
        try:
            request = _request(row, snapshot.schema, facets, options, ids)
            found = snapshot.search(request)
        except SearchlibError as error:
            yield BatchRow(title, query, error=str(error).replace("\n", " "))
        else:
            yield BatchRow(title, query, found.total, found.facets, [hit.id for hit in found])


def _request(
    row: Mapping[str, str], schema: Schema, facets: Sequence[str], options: Mapping[str, Any],
    ids: int,
) -> SearchRequest:  # fmt: skip
    own: dict[str, Any] = {name: row[name] for name in _OPTIONS if row.get(name)}
    if "recency" in own:
        with suppress(ValueError):  # the request refuses what is no number
            own["recency"] = float(own["recency"])
    filters = {
        name: [one.strip() for one in value.split(_SEPARATOR) if one.strip()]
        for name, value in row.items()
        if value and name in schema.fields and name not in _OPTIONS
    }
    if not row.get("query") and not filters:
        raise ArgumentError("this row has no query: * finds all articles")
    return SearchRequest(
        row.get("query") or "*", limit=ids, facets=facets, filters=filters, highlight=False,
        sideways=False, **{**options, **own},
    )  # fmt: skip


def as_csv(answers: Iterable[BatchRow], facets: Sequence[str], ids: int) -> Iterator[str]:
    """A line for each query, or with facets for each query and value; what has no value is counted
    in a line with an empty one."""
    head = ["name", "query", "total", *(["facet", "value", "count"] if facets else [])]
    yield data.csv_line([*head, *(["ids"] if ids else []), "error"])
    for row in answers:
        start = [plain(row.name), plain(row.query), "" if row.error else str(row.total)]
        end = [*(["; ".join(row.ids)] if ids else []), plain(row.error)]
        if not facets or row.error:
            yield data.csv_line([*start, *([""] * 3 if facets else []), *end])
        for name, counts in row.facets.items():
            for value, count in data.counted_values(counts) or [
                ("", 0)
            ]:  # a query without an article is a line too
                yield data.csv_line([*start, name, plain(value), str(count), *end])


def matrix_facets(facet: str) -> list[str]:
    """What is counted for a matrix: the facet, which chooses the columns, and all of its values,
    since a column that one query chooses is counted for all.

    >>> matrix_facets("section:limit=3"), matrix_facets("section")
    (['section:limit=3', 'section'], ['section'])
    """
    request = FacetRequest.parse(facet)
    whole = replace(request, limit=None, min_count=0)
    return [facet] if whole == request else [facet, str(whole)]


def as_matrix(answers: Iterable[BatchRow]) -> Iterator[str]:
    """A line for each query, a column for each value of the facet that one of them has; with
    :func:`matrix_facets` each cell is the whole count."""
    rows = list(answers)
    facets = [list(row.facets.values()) for row in rows]
    chosen = {value for of_row in facets for one in of_row[:1] for value, _ in one}
    counts = [of_row[-1] if of_row else None for of_row in facets]
    totals = Counter[str]()
    for one in counts:
        for value, count in one or ():
            if value in chosen:
                totals[value] += count
    name = next((of_row[0].field for of_row in facets if of_row), "")
    in_order = _in_order(name, totals)
    yield data.csv_line(["name", "query", "total", *map(plain, in_order), "error"])
    for row, one in zip(rows, counts, strict=True):
        by_value = dict(one or ())
        cells = ["" if row.error else str(by_value.get(value, 0)) for value in in_order]
        start = [plain(row.name), plain(row.query), "" if row.error else str(row.total)]
        yield data.csv_line([*start, *cells, plain(row.error)])


def _in_order(name: str, totals: Mapping[str, int]) -> list[str]:
    """The values of all queries: periods in the order of time, with the empty ones between them;
    ranges of numbers ascending; other values by their counts."""
    request = FacetRequest.parse(name) if name else None
    if request is not None and request.unit:
        return FacetCounts(name, in_order_of_time(request.unit, totals)).with_empty().values()
    if request is not None and (request.edges or request.step):
        return sorted(totals, key=_lowest)
    return sorted(totals, key=lambda value: -totals[value])


def _lowest(label: str) -> tuple[bool, float]:
    """What a range of numbers is sorted by: "<5" comes first, then "0..4", "[0 TO 5}", ">=5"."""
    number = re.search(r"-?[0-9][0-9.e+-]*?(?=\.\.|[^0-9.e+-]|$)", label)
    return not label.startswith("<"), float(number[0]) if number else 0.0


def as_json(answers: Iterable[BatchRow]) -> list[dict[str, Any]]:
    """The answers as plain values."""
    return [
        {
            "name": row.name, "query": row.query, "total": row.total,
            "facets": {
                name: {"counts": counts.to_dicts(), "missing": counts.missing}
                for name, counts in row.facets.items()
            },
            "ids": list(row.ids), "error": row.error or None,
        }
        for row in answers
    ]  # fmt: skip


def lines_of(path: str) -> Iterator[str]:
    """The lines of a file, or of standard input for -."""
    with click.open_file(path, encoding="utf-8", errors="strict") as file:
        yield from file
