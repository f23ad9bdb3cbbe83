"""Results, facets and errors as data for other programs: JSON, JSON Lines and CSV.

The values are exact. Characters that a terminal would obey are written as JSON escapes, which
mean the same to a program; in CSV, which has no escapes, they become blanks.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from searchlib.errors import ArchiveError, NotSupported, QueryError
from searchlib.repl.render import Layout, plain
from searchlib.results import Carried, FacetCounts, Hit, Results
from searchlib.schema import Schema

__all__ = [
    "copies_data",
    "copies_row",
    "counted_values",
    "csv_line",
    "csv_lines",
    "error_data",
    "facet_lines",
    "hit_data",
    "results_data",
    "story_lines",
    "to_json",
]

_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SNIPPET_WIDTH = 240  # characters


def to_json(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON in readable Unicode, safe to print.

    >>> to_json({"title": "Café \\x9b31m"})
    '{"title": "Café \\\\u009b31m"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def hit_data(hit: Hit, layout: Layout) -> dict[str, Any]:
    """A hit: its stored fields and, if the schema has a text field for it, a snippet."""
    data = {"rank": hit.rank, "id": hit.id, "score": hit.score, "fields": dict(hit)}
    if hit.archive is not None:
        data["archive"] = hit.archive
    body = layout.for_hit(hit).body
    if body and hit.get(body):
        data["snippet"] = hit.snippet(body, width=_SNIPPET_WIDTH)
    return data


def copies_data(hit: Hit) -> dict[str, Any]:
    """The copies of a hit; nothing in an archive without stories."""
    copies = hit.copies
    if copies is None:
        return {}
    return {
        "copies": {
            "count": copies.count, **({} if copies.found is None else {"found": copies.found}),
            "first": _carried(copies.first), "last": _carried(copies.last),
            "sources": [{"value": value, "count": count} for value, count in copies.sources],
        }
    }  # fmt: skip


def _carried(one: Carried) -> dict[str, Any]:
    values = asdict(one)
    return (
        values if one.archive is not None else {k: v for k, v in values.items() if k != "archive"}
    )


def story_lines(hits: Sequence[Hit], layout: Layout) -> Iterator[str]:
    """Stories as CSV, a header first: how many articles, how many of them are found, id and title
    of the first of these (of several archives the one that it is in), the dates of the first and
    the last of all, sources."""
    archive = ["archive"] if any(hit.archive is not None for hit in hits) else []
    yield csv_line(["copies", "found", *archive, "id", "title", "first", "last", "sources"])
    for hit in hits:
        copies, found, *rest = copies_row(hit, layout.for_hit(hit))
        yield csv_line([copies, found, *([hit.archive or ""] if archive else []), *rest])


def copies_row(hit: Hit, layout: Layout) -> list[str]:
    """A story as a row: see :func:`story_lines`."""
    copies = hit.copies
    assert copies is not None
    title = plain(hit.get(layout.title or "") or "")
    sources = "; ".join(plain(source) for source, _ in copies.sources)
    ends = (copies.first.date or "", copies.last.date or "")
    found = "" if copies.found is None else str(copies.found)
    return [str(copies.count), found, plain(hit.id), title, *ends, sources]


def results_data(
    results: Results, layout: Layout, query: str, did_you_mean: str | None
) -> dict[str, Any]:
    """A page of results; ``query`` is as it was typed, ``did_you_mean`` a likelier one, if any."""
    return {
        "query": query,
        "understood": results.query,
        "notes": list(results.notes),
        "total": results.total,
        **({} if results.stories is None else {"stories": results.stories}),
        "complete": results.complete,
        "took_ms": round(results.took * 1000, 3),
        "offset": results.offset,
        "limit": results.limit,
        "did_you_mean": did_you_mean,
        "hits": [
            hit_data(hit, layout) | ({} if results.stories is None else copies_data(hit))
            for hit in results
        ],
        "facets": {
            name: {
                "counts": [{"value": value, "count": count} for value, count in counts],
                "missing": counts.missing,
                **(
                    {}
                    if counts.stories is None
                    else {"stories": counts.stories, "missing_stories": counts.missing_stories}
                ),
            }
            for name, counts in results.facets.items()
        },
    }


def csv_lines(results: Results, schema: Schema, layout: Layout) -> Iterator[str]:
    """The hits as CSV (RFC 4180), a header first; a snippet takes the place of the body."""
    names = [name for name in schema.fields if name != layout.body]
    copies = ["copies"] if results.stories is not None else []
    archive = ["archive"] if any(hit.archive is not None for hit in results) else []
    yield csv_line(["rank", "score", *copies, *archive, *names, "snippet"])
    for hit in results:
        place = [str(hit.rank), f"{hit.score:.6g}"]
        if copies:
            place.append("" if hit.copies is None else str(hit.copies.count))
        if archive:
            place.append(hit.archive or "")
        snippet = ""
        if layout.body and hit.get(layout.body):
            snippet = hit.snippet(layout.body, width=_SNIPPET_WIDTH)
        values = [plain(hit.get(name)) if hit.get(name) is not None else "" for name in names]
        yield csv_line([*place, *values, snippet])


def facet_lines(results: Results) -> Iterator[str]:
    """The facets as CSV, a header first: a line for each value, with its stories, too, where hits
    are one a story."""
    by_story = results.stories is not None
    yield csv_line(["facet", "value", "count", *(["stories"] if by_story else [])])
    for name, counts in results.facets.items():
        for value, count in counted_values(counts):
            row = [name, plain(value), str(count)]
            if counts.stories is not None:
                in_stories = counts.stories.get(value, 0) if value else counts.missing_stories
                row.append(str(in_stories or 0))
            elif by_story:
                row.append("")
            yield csv_line(row)


def csv_line(values: Iterable[str]) -> str:
    """A line of CSV.

    >>> csv_line(["a", "b, c"])
    'a,"b, c"\\n'
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def counted_values(counts: FacetCounts) -> list[tuple[str, int]]:
    """The values of a facet for a table: with empty periods between others, and at the end "" for
    the articles that have none.

    >>> counted_values(FacetCounts("date:year", [("2021", 3), ("2023", 1)], missing=2))
    [('2021', 3), ('2022', 0), ('2023', 1), ('', 2)]
    """
    pairs = list(counts.with_empty())
    return [*pairs, ("", counts.missing)] if counts.missing else pairs


def error_data(error: Exception) -> dict[str, Any]:
    """An error as data; a query error with its code, span, message and cure.

    >>> error_data(QueryError("bad-date", (5, 9), "no such day", "", "date:x"))["error"]["span"]
    [5, 9]
    """
    data: dict[str, Any] = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, QueryError):
        data |= {
            "code": error.code,
            "message": error.message,
            "cure": error.cure,
            "span": list(error.span),
            "query": error.text,
        }
    elif isinstance(error, NotSupported):
        data["message"] = error.shell_message
    elif isinstance(error, ArchiveError):
        data["path"] = error.path
    return {"error": data}
