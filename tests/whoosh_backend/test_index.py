"""The Whoosh index: its counts, readers that pin a commit, searchers and writers."""

from __future__ import annotations

from pathlib import Path

from whoosh import query as wq

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
