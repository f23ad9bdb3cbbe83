"""The index reader: keys of live articles, one commit pinned, closed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.errors import CorruptArchive, SnapshotClosed
from tests.parts import add_records, create_store, delete_keys, merge_all


def test_keys_are_found_in_their_segments(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "x y z"}, {"id": "b"})
    add_records(store, {"id": "c"})
    delete_keys(store, "a")
    with store.reader() as reader:
        assert reader.doc_bases == [0, 2]
        assert (reader.documents, reader.live_count) == (3, 2)
        assert [reader.find(key) for key in ("a", "b", "c", "\ud800")] == [
            None, (0, 1), (1, 0), None,
        ]  # fmt: skip
        assert reader.find_many(["c", "a", "b", "x"]) == {"b": (0, 1), "c": (1, 0)}


def test_a_replaced_article_is_found_in_its_new_place(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "long text " * 9}, {"id": "b"})
    add_records(store, {"id": "a", "n": 2})
    with store.reader() as reader:
        location = reader.find("a")
        assert location is not None
        segment, document = location
        assert reader.segments[segment].core.doc_store[document] == b'{"id":"a","n":2}'


def test_a_commit_stays_readable_after_later_ones(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "rain"})
    with store.reader() as reader:
        delete_keys(store, "a")
        add_records(store, {"id": "b"})
        merge_all(store)
        assert reader.find("a") == (0, 0)
        assert reader.find("b") is None
        assert list(reader.segments[0].core.doc_store) == [b'{"body":"rain","id":"a"}']


def test_an_empty_archive(tmp_path: Path) -> None:
    with create_store(tmp_path).reader() as reader:
        assert (reader.documents, reader.live_count, reader.doc_bases) == (0, 0, [])
        assert reader.find("a") is None
        assert reader.find_many(["a"]) == {}


def test_a_closed_reader(tmp_path: Path) -> None:
    reader = create_store(tmp_path, {"id": "a"}).reader()
    reader.check_open()
    reader.close()
    reader.close()
    assert reader.closed
    assert reader.segments == ()
    with pytest.raises(SnapshotClosed):
        reader.check_open()


def test_a_missing_file_releases_all_segments(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "x y z"})
    add_records(store, {"id": "b"})
    manifest = store.manifest()
    (tmp_path / manifest.segments[1].file).unlink()
    store.keep_open(None)
    with pytest.raises(CorruptArchive, match="it is missing"):
        store.open_commit(manifest)
    assert store.pool._cores == {}
