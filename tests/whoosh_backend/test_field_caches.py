"""The order of documents by a field without a column: as Whoosh works it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh.sorting import PostingCategorizer

import searchlib as sl
from searchlib.whoosh_backend import RamStorage

ROWS = [("b", "x y", 3), ("a", "y", -1), (None, "z", None), ("c", "a a z", 70000), ("a", None, 3)]


@pytest.mark.parametrize("name", ["id", "body", "size"])
@pytest.mark.parametrize("parts", [(0, 3, 5), (2, 3, 5), (3, 4, 5), (0, 2, 3)])
def test_it_is_what_whoosh_works_out(name: str, parts: tuple[int, int, int]) -> None:
    schema = fields.Schema(id=fields.ID, body=fields.TEXT(stored=True), size=fields.NUMERIC)
    index = RamStorage().create_index(schema)
    first, second, end = parts  # some of the segments have no value
    for rows in (ROWS[first:second], ROWS[second:end]):
        with index.writer() as writer:
            writer.merge = False
            for row in rows:
                writer.add_document(**dict(zip(("id", "body", "size"), row, strict=True)))
    with index.searcher() as searcher:
        assert name in searcher._field_caches
        assert "nothing" not in searcher._field_caches
        ours = PostingCategorizer(searcher, name, False)
        searcher._field_caches: Any = {}
        stock = PostingCategorizer(searcher, name, False)
        assert ours.values == stock.values
        assert list(ours.array) == list(stock.array)
        assert type(ours.array) is type(stock.array)


def test_fields_of_a_schema_of_our_own_are_not_known(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": "a", "title": "rain"}])
        with archive.whoosh.searcher() as searcher:
            assert "title" not in searcher._field_caches


def test_a_field_that_came_later() -> None:
    index = RamStorage().create_index(fields.Schema(id=fields.ID))
    with index.writer() as writer:
        writer.add_document(id="a")
    with index.writer() as writer:
        writer.merge = False
        writer.add_field("kind", fields.ID)
        writer.add_document(id="b", kind="x")
    with index.searcher() as searcher:
        values, places = searcher._field_caches["kind"]
        assert (values, list(places)) == (["x"], [3, 0])  # of two documents: 3 is beyond all
