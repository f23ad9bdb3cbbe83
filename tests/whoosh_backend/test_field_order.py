"""Documents in the order of a field: as Whoosh's categorizers order them, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import columns, fields
from whoosh.sorting import FieldFacet

from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.field_order import field_groups, field_order

ROWS: list[dict[str, Any]] = [
    {"path": "b", "size": 3, "kind": "x"}, {"path": "a", "size": -1, "is_new": True}, {},
    {"path": "Z", "size": 70000, "kind": "a", "is_new": False}, {"size": 3, "kind": "x"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["path", "size", "kind", "is_new"])
@pytest.mark.parametrize(
    ("reverse", "parts"),
    [
        (True, (0, 3, 5)),
        *((False, parts) for parts in [(0, 3, 5), (2, 3, 5), (0, 2, 3), (3, 4, 5)]),
    ],
)
def test_it_is_the_order_of_whooshs_categorizers(
    name: str, reverse: bool, parts: tuple[int, int, int]
) -> None:
    schema = fields.Schema(
        path=fields.ID(sortable=True), size=fields.NUMERIC(sortable=True),
        kind=fields.ID(sortable=columns.RefBytesColumn()), is_new=fields.BOOLEAN,
    )  # fmt: skip
    index = RamStorage().create_index(schema)
    first, second, end = parts  # some of the segments have no value
    for rows in (ROWS[first:second], ROWS[second:end]):
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
        assert sorted(range(end - first), key=lambda doc: order.ranks[doc]) == sorted(
            range(end - first), key=keys.__getitem__
        )
        if not reverse or name == "is_new":  # which has no column
            for rank, key in zip(order.ranks.tolist(), keys, strict=True):
                assert _named(order.name, rank) == _named(categorizer.key_to_name, key)


def _named(name_of: Any, key: Any) -> Any:
    try:
        return name_of(key)
    except IndexError:  # Whoosh has no name for those without a value, if they come first
        return IndexError


def test_more_than_a_field_is_left_to_whoosh() -> None:
    index = RamStorage().create_index(fields.Schema(tags=fields.KEYWORD))
    with index.searcher() as searcher:
        args = searcher._index_reader, searcher.schema, searcher._field_caches
        assert field_order(FieldFacet("tags", allow_overlap=True), *args) is None
        assert field_order("tags", *args) is None
        assert field_order(FieldFacet("none"), *args) is None


def test_groups_of_fields_without_one_order() -> None:
    schema = fields.Schema(
        tags=fields.KEYWORD, size=fields.NUMERIC, body=fields.TEXT(vector=True),
    )  # fmt: skip
    index = RamStorage().create_index(schema)
    with index.writer() as writer:
        writer.add_document(tags="a b", size=3, body="rain")
    with index.searcher() as searcher:
        args = searcher._index_reader, searcher.schema
        groups = field_groups(FieldFacet("tags", allow_overlap=True), *args)
        assert groups is not None
        assert [groups.name(rank) for rank in groups.ranks.tolist()] == ["a", "b"]
        for facet in ("tags", FieldFacet("tags"), FieldFacet("none", allow_overlap=True),
                      FieldFacet("size", allow_overlap=True),
                      FieldFacet("body", allow_overlap=True)):  # fmt: skip
            assert field_groups(facet, *args) is None
