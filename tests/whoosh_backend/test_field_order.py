"""Documents in the order of a field: as Whoosh's categorizers order them, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import columns, fields
from whoosh.sorting import FieldFacet

from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.field_order import field_order

ROWS: list[dict[str, Any]] = [
    {"path": "b", "size": 3, "kind": "x"}, {"path": "a", "size": -1, "is_new": True}, {},
    {"path": "Z", "size": 70000, "kind": "a", "is_new": False}, {"size": 3, "kind": "x"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["path", "size", "kind", "is_new"])
@pytest.mark.parametrize("reverse", [False, True])
def test_it_is_the_order_of_whooshs_categorizers(name: str, reverse: bool) -> None:
    schema = fields.Schema(
        path=fields.ID(sortable=True), size=fields.NUMERIC(sortable=True),
        kind=fields.ID(sortable=columns.RefBytesColumn()), is_new=fields.BOOLEAN,
    )  # fmt: skip
    index = RamStorage().create_index(schema)
    for rows in (ROWS[:3], ROWS[3:]):
        with index.writer() as writer:
            writer.merge = False
            for row in rows:
                writer.add_document(**row)
    facet = FieldFacet(name, reverse=reverse)
    with index.searcher() as searcher:
        order = searcher._order_by(facet)
        keys = []
        categorizer = facet.categorizer(searcher)
        for leaf, offset in searcher.leaf_searchers():
            categorizer.set_searcher(leaf, offset)
            keys += [categorizer.key_for(None, doc) for doc in range(leaf.doc_count_all())]
        assert [order.key(rank) for rank in order.ranks.tolist()] == keys
        assert sorted(range(5), key=lambda doc: order.ranks[doc]) == sorted(
            range(5), key=keys.__getitem__
        )
        if not reverse:
            names = [order.name(rank) for rank in order.ranks.tolist()]
            assert names == [categorizer.key_to_name(key) for key in keys]


def test_more_than_a_field_is_left_to_whoosh() -> None:
    index = RamStorage().create_index(fields.Schema(tags=fields.KEYWORD))
    with index.searcher() as searcher:
        args = searcher._index_reader, searcher.schema, searcher._field_caches
        assert field_order(FieldFacet("tags", allow_overlap=True), *args) is None
        assert field_order("tags", *args) is None
        assert field_order(FieldFacet("none"), *args) is None
