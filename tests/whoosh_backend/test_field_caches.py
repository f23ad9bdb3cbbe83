"""The order of documents by a field without a column: as Whoosh works it out."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import fields
from whoosh.sorting import PostingCategorizer

from searchlib.whoosh_backend import RamStorage

ROWS = [("b", "x y", 3), ("a", "y", -1), (None, "z", None), ("c", "a a z", 70000), ("a", None, 3)]


@pytest.mark.parametrize("name", ["id", "body", "size"])
def test_it_is_what_whoosh_works_out(name: str) -> None:
    schema = fields.Schema(id=fields.ID, body=fields.TEXT(stored=True), size=fields.NUMERIC)
    index = RamStorage().create_index(schema)
    for rows in (ROWS[:3], ROWS[3:]):
        with index.writer() as writer:
            writer.merge = False
            for row in rows:
                writer.add_document(**dict(zip(("id", "body", "size"), row, strict=True)))
    with index.searcher() as searcher:
        assert name in searcher._field_caches
        ours = PostingCategorizer(searcher, name, False)
        searcher._field_caches: Any = {}
        stock = PostingCategorizer(searcher, name, False)
        assert ours.values == stock.values
        assert list(ours.array) == list(stock.array)
        assert type(ours.array) is type(stock.array)
