"""The Whoosh index: its counts, readers that pin a commit, searchers and writers."""

from __future__ import annotations

from pathlib import Path

import whoosh
from whoosh import query as wq
from whoosh.index import _CURRENT_TOC_VERSION

from searchlib.whoosh_backend.index import ArchiveIndex
from tests.parts import SCHEMA, add_records, create_store, delete_keys


def test_counts_and_generation(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    index = ArchiveIndex(store)
    assert index.is_empty()
    generation = index.latest_generation()
    add_records(store, {"id": "a"}, {"id": "b"})
    delete_keys(store, "a")
    assert (index.doc_count_all(), index.doc_count()) == (2, 1)
    assert index.latest_generation() == generation + 2
    assert index.up_to_date()
    assert index.refresh() is index
    assert index.schema.names() == SCHEMA.to_whoosh().names()


def test_a_reader_pins_a_commit_until_it_is_closed(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "rain"})
    with ArchiveIndex(store).reader() as reader:
        delete_keys(store, "a")
        assert reader.doc_count() == 1
        assert store.pool._cores
    assert not store.pool._cores


def test_search_and_write(tmp_path: Path) -> None:
    index = ArchiveIndex(create_store(tmp_path, {"id": "a", "body": "rain"}))
    with index.writer() as writer:
        writer.add_document(id="b", body="rains")
    with index.searcher() as searcher:
        found = searcher.search(wq.Term("body", "rain"))
        assert sorted(hit["id"] for hit in found) == ["a", "b"]
    index.optimize()
    index.close()
    assert index.doc_count() == 2


def test_what_whoosh_programs_ask_of_an_index(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    index = ArchiveIndex(store)
    assert (index.release, index.version) == (whoosh.__version__, _CURRENT_TOC_VERSION)
    assert (index.indexname, index.storage) == ("MAIN", None)
    assert index.last_modified() == (tmp_path / "manifest.json").stat().st_mtime
    assert index._current_schema().names() == index.schema.names()
    assert [segment.documents for segment in index._segments()] == [1]


def test_orders_are_worked_out_once_a_commit(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    index = ArchiveIndex(store)
    orders = []
    for key in ("b", "c"):
        for _ in range(2):
            with index.searcher():
                orders.append(index._orders)
        add_records(store, {"id": key})
    assert [generation for generation, _ in orders] == [1, 1, 2, 2]
    assert orders[0][1] is orders[1][1] is not orders[2][1] is orders[3][1]
