"""Results and errors for other programs: exact values that no terminal obeys."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from searchlib import errors
from searchlib.archive import Archive
from searchlib.repl.data import csv_lines, error_data, hit_data, results_data, to_json
from searchlib.repl.render import Layout
from searchlib.schema import Key, Keyword, Schema


def test_json_is_exact_and_safe_to_print() -> None:
    value = {"title": "Café \x1b[31m \x9b \u202e \u2028 \ud800", "n": [1, 2.5, None]}
    text = to_json(value)
    assert json.loads(text) == value
    assert "Café" in text
    assert not {"\x1b", "\x9b", "\u202e", "\u2028", "\ud800"} & set(text)


def test_a_hit_with_its_fields_and_a_snippet(archive: Archive) -> None:
    (hit,) = archive.search("wheat", limit=1)
    data = hit_data(hit, Layout.of(archive.schema))
    assert (data["rank"], data["id"], data["score"], data["fields"]) == (
        1, hit.id, hit.score, archive.get(hit.id),
    )  # fmt: skip
    assert "**wheat**" in data["snippet"].lower()


def test_a_page_of_results(archive: Archive) -> None:
    results = archive.search("wheat", limit=1, offset=1, facets=["section"])
    data = results_data(results, Layout.of(archive.schema), "Wheat", "wheel")
    assert (data["query"], data["understood"], data["did_you_mean"]) == ("Wheat", "wheat", "wheel")
    assert (data["offset"], data["limit"], data["total"]) == (1, 1, results.total)
    assert [hit["rank"] for hit in data["hits"]] == [2]
    counts = data["facets"]["section"]["counts"]
    assert [(one["value"], one["count"]) for one in counts] == list(results.facets["section"])


def test_csv_has_a_header_and_a_line_for_each_hit(tmp_path: Path) -> None:
    schema = Schema(id=Key(), tags=Keyword(many=True))
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a", "tags": ['x "y"', "z\n\x1b"]}, {"id": "b"}])
        results = archive.search("*", sort="id")
        header, *rows = csv.reader(csv_lines(results, schema, Layout.of(schema)))
    assert header == ["rank", "score", "id", "tags", "snippet"]
    assert [row[2:] for row in rows] == [["a", 'x "y", z', ""], ["b", "", ""]]


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (
            errors.QueryError("bad-date", (5, 6), "no such day", "write 2022", "date:x"),
            {"kind": "QueryError", "code": "bad-date", "message": "no such day",
             "cure": "write 2022", "span": [5, 6], "query": "date:x"},
        ),
        (
            errors.ArchiveNotFound("nothing here", "index"),
            {"kind": "ArchiveNotFound", "message": "nothing here", "path": "index"},
        ),
        (errors.ArgumentError("limit"), {"kind": "ArgumentError", "message": "limit"}),
    ],
)  # fmt: skip
def test_errors(error: Exception, data: dict[str, object]) -> None:
    assert error_data(error) == {"error": data}
