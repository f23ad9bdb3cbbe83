"""The values of columns in archives with a schema of our own: what Whoosh sorts by."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.dates import to_micros
from searchlib.whoosh_backend.column_values import MAX_MICROS, column_values, has_column

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), day=sl.Date(), section=sl.Keyword(),
    authors=sl.Keyword(many=True), words=sl.Number(),
)  # fmt: skip


def test_the_last_microsecond() -> None:
    assert to_micros(datetime.max) == MAX_MICROS


def test_values_by_document(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "day": "0001-01-02", "section": "World", "authors": ["B", "a"], "words": -0.5},
        {"id": "b"},
    ]
    with sl.Archive.create(tmp_path / "x", SCHEMA) as archive:
        archive.add(rows)
        reader = archive._store.reader()
        segment = reader.segments[0]
        values = {
            name: list(column_values(segment, name, field))
            for name, field in SCHEMA.fields.items()
            if has_column(field)
        }
        reader.close()
    assert values == {
        "id": [b"a", b"b"], "day": [86_400_000_000, MAX_MICROS], "section": [b"World", b""],
        "authors": [b"B", b""], "words": [-0.5, math.inf],
    }  # fmt: skip
    assert not has_column(SCHEMA.fields["title"])


def test_sorted_and_grouped_as_whoosh_does(tmp_path: Path) -> None:
    from whoosh import query as wq
    from whoosh import sorting
    from whoosh.searching import Searcher

    sections = ["World", "", "Arts", "World", "arts"]
    with sl.Archive.create(tmp_path / "x", SCHEMA) as archive:
        for number, section in enumerate(sections):  # a segment each
            archive.add([{"id": f"a{number}", "section": section or None, "words": -number,
                          "authors": [section, "x"] if section else []}])  # fmt: skip
        facet = sorting.FieldFacet("authors", allow_overlap=True)
        for arguments in (
            {"sortedby": "section"}, {"sortedby": ["section", "words"], "limit": 2},
            {"sortedby": sorting.FieldFacet("words", reverse=True)}, {"sortedby": "day"},
            {"groupedby": facet}, {"groupedby": "section", "sortedby": "words"},
            {"groupedby": facet, "maptype": sorting.Count}, {"collapse": "section"},
        ):  # fmt: skip
            with archive.whoosh.searcher() as searcher:
                ours = searcher.search(wq.Every(), **arguments)
                whooshs = Searcher.search(searcher, wq.Every(), **arguments)
                assert type(ours) is not type(whooshs)
                assert [hit["id"] for hit in ours] == [hit["id"] for hit in whooshs]
                assert len(ours) == len(whooshs)
                for name in whooshs.facet_names():
                    assert ours.groups(name) == whooshs.groups(name)


@pytest.mark.parametrize("schema", [SCHEMA, sl.Schema(id=sl.Key())])
def test_fields_that_no_article_of_a_segment_has(tmp_path: Path, schema: sl.Schema) -> None:
    """Since they have no value there, or since the archive got them later."""
    with sl.Archive.create(tmp_path / "x", schema) as archive:
        archive.add([{"id": "a"}, {"id": "b"}])
    with sl.Archive.open(tmp_path / "x", SCHEMA) as archive:
        segment = archive._current().reader.segments[0]
        values = {
            name: list(column_values(segment, name, SCHEMA.fields[name]))
            for name in ("day", "section", "words")
        }
    assert values == {"day": [MAX_MICROS] * 2, "section": [b""] * 2, "words": [math.inf] * 2}
