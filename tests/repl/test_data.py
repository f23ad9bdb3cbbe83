"""Results and errors for other programs: exact values that no terminal obeys."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from searchlib import errors
from searchlib.archive import Archive
from searchlib.repl.data import (
    copies_data,
    copies_row,
    counted_values,
    csv_lines,
    error_data,
    facet_lines,
    hit_data,
    results_data,
    to_json,
)
from searchlib.repl.render import Layout
from searchlib.results import FacetCounts
from searchlib.schema import Key, Keyword, Schema, Text


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


def test_a_page_of_stories_in_full(copies: Archive) -> None:
    page = copies.search("late", collapse="story", facets=["source", "date:month"], limit=5)
    page.took = 0.0123456
    layout = Layout.of(copies.schema)
    (hit,) = page
    data = results_data(page, layout, "Late", None)
    assert data == {
        "query": "Late", "understood": "late", "notes": [], "total": 1, "stories": 1,
        "complete": None, "took_ms": 12.346, "offset": 0, "limit": 5, "did_you_mean": None,
        "hits": [{
            "rank": 1, "id": "t1", "score": hit.score,
            "fields": {"id": "t1", "title": "Late", "body": "The ferry to Bergen is late.",
                       "source": "Post"},
            "snippet": "The ferry to Bergen is **late**.",
            "copies": {"count": 1, "first": {"id": "t1", "source": "Post", "date": None},
                       "last": {"id": "t1", "source": "Post", "date": None},
                       "sources": [{"value": "Post", "count": 1}]},
        }],
        "facets": {
            "source": {"counts": [{"value": "Post", "count": 1}], "missing": 0,
                       "stories": {"Post": 1}, "missing_stories": 0},
            "date:month": {"counts": [], "missing": 1, "stories": {}, "missing_stories": 1},
        },
    }  # fmt: skip
    plain = results_data(copies.search("late", facets=["source"]), layout, "late", "lane")
    assert "stories" not in plain and "copies" not in plain["hits"][0]
    assert plain["facets"] == {"source": {"counts": [{"value": "Post", "count": 1}], "missing": 0}}


def test_a_hit_of_one_of_several_archives_and_one_without_a_text(copies: Archive) -> None:
    layout = Layout.of(copies.schema)
    (hit,) = copies.search("late")
    assert "archive" not in hit_data(hit, layout)
    assert "snippet" not in hit_data(hit, Layout("title", None, None, ()))
    hit.archive = "a"
    assert hit_data(hit, layout)["archive"] == "a"
    text = hit_data(next(iter(copies.search("harbour"))), layout)["snippet"]
    assert len(text.replace("**", "")) <= 240


def test_stories_as_rows(copies: Archive, archive: Archive) -> None:
    layout = Layout.of(copies.schema)
    ferry, storm = copies.most_copied()
    assert copies_row(ferry, layout) == [
        "3", "3", "w1", "Ferry aground", "2024-05-07", "2024-05-09", "Post; Wire",
    ]  # fmt: skip
    assert copies_row(storm, Layout(None, None, None, ()))[:4] == ["2", "2", "s1", ""]
    (late,) = copies.search("late")
    assert copies_row(late, layout) == ["1", "", "t1", "Late", "", "", "Post"]
    assert copies_data(late)["copies"]["count"] == 1
    assert "found" not in copies_data(late)["copies"]
    (part,) = copies.most_copied("title:safe")
    assert copies_row(part, layout)[:4] == ["3", "1", "p1", "All safe"]
    assert copies_data(part)["copies"] | {"sources": 0} == {
        "count": 3, "found": 1, "sources": 0,
        "first": {"id": "w1", "source": "Wire", "date": "2024-05-07"},
        "last": {"id": "n1", "source": "Post", "date": "2024-05-09"},
    }  # fmt: skip
    assert copies_data(archive.search("wheat")[0]) == {}


def test_csv_has_columns_for_copies_and_archives(copies: Archive) -> None:
    layout = Layout.of(copies.schema)
    page = copies.search("ferry", collapse="story")
    rows = list(csv.reader(csv_lines(page, copies.schema, layout)))
    assert rows[0][:4] == ["rank", "score", "copies", "id"]
    assert [row[2:4] for row in rows[1:]] == [["3", "w1"], ["1", "t1"]]
    assert "body" not in rows[0]
    page[1].archive = "b"  # one of them says where it is
    rows = list(csv.reader(csv_lines(page, copies.schema, layout)))
    assert rows[0][:5] == ["rank", "score", "copies", "archive", "id"]
    assert [row[2:5] for row in rows[1:]] == [["3", "", "w1"], ["1", "b", "t1"]]
    plain = copies.search("ferry", limit=1)
    assert next(csv.reader(csv_lines(plain, copies.schema, layout)))[:3] == [
        "rank", "score", "id",
    ]  # fmt: skip
    whole = Layout("title", None, None, ())
    rows = list(csv.reader(csv_lines(plain, copies.schema, whole)))
    assert "body" in rows[0] and rows[1][-1] == ""
    rows = list(csv.reader(csv_lines(plain, copies.schema, layout)))
    assert rows[1][-1].startswith("The **ferry** Nordlys ran aground")


def test_facets_as_csv_have_their_stories(copies: Archive) -> None:
    options: Any = {"facets": ["source", "date:month"], "limit": 0}
    lines = list(facet_lines(copies.search("ferry", **options)))
    assert lines[:3] == ["facet,value,count\n", "source,Post,3\n", "source,Wire,1\n"]
    assert lines[-1] == "date:month,,1\n"
    results = copies.search("ferry", collapse="story", **options)
    lines = list(facet_lines(results))
    assert lines[:3] == ["facet,value,count,stories\n", "source,Post,3,2\n", "source,Wire,1,1\n"]
    assert lines[3:] == ["date:month,2024-05,3,1\n", "date:month,,1,1\n"]
    results.facets["source"].stories = None
    assert list(facet_lines(results))[1] == "source,Post,3,\n"


def test_what_has_no_value_of_a_facet_is_counted_at_the_end() -> None:
    counts = [("2021", 3), ("2022", 1)]
    assert counted_values(FacetCounts("date:year", counts)) == counts
    assert counted_values(FacetCounts("date:year", counts, missing=1)) == [*counts, ("", 1)]
    assert counted_values(FacetCounts("date:year", [])) == []


def test_snippets_have_240_letters(tmp_path: Path) -> None:
    schema = Schema(id=Key(), body=Text())
    layout = Layout.of(schema)
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a", "body": "网" * 500}, {"id": "b", "body": "x" + "网" * 500}])
        page = archive.search("网")
        rows = csv.reader(csv_lines(page, schema, layout))
        for hit, row in zip(page, list(rows)[1:], strict=True):
            snippet = hit_data(hit, layout)["snippet"]
            assert snippet == hit.snippet("body", width=240) == row[-1]
            assert snippet not in [hit.snippet("body", width=width) for width in (239, 241)]


def test_texts_that_are_not_stored_have_no_snippet(tmp_path: Path) -> None:
    schema = Schema(id=Key(), title=Text(), body=Text(stored=False))
    layout = Layout.of(schema)
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a", "title": "Rain", "body": "It rained."}])
        page = archive.search("rained")
        assert "snippet" not in hit_data(page[0], layout)
        rows = list(csv.reader(csv_lines(page, schema, layout)))
        assert [row[-2:] for row in rows] == [["title", "snippet"], ["Rain", ""]]
