"""The index reader: keys of live articles, one commit pinned, closed once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from searchlib.errors import CorruptArchive, SnapshotClosed
from searchlib.schema import Key, Schema
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


def test_what_a_reader_knows_of_its_commit(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "x y z"}, {"id": "b"}, {"id": "c"})
    add_records(store, {"id": "d"})
    delete_keys(store, "b")
    with store.reader() as reader:
        assert not reader.closed
        assert reader.manifest_bytes == (tmp_path / "manifest.json").stat().st_size
        bitsets = [None if bits is None else bits.tolist() for bits in reader.live_bitsets]
        assert bitsets == [[0b101], None]
        assert reader.languages == ("en",)
        assert (reader.origins, reader.generations) == ((), {})
        assert reader.find_in("d", "whatever") == reader.find("d") == (1, 0)
        assert reader.find_many(["a", "b", "c", "d"]) == {"a": (0, 0), "c": (0, 2), "d": (1, 0)}
        assert reader.find("") is None
    assert reader.closed
    store.keep_open(None)
    assert store.pool._cores == {}


def test_segments_that_do_not_fit_the_schema_are_released(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "n": 1})
    add_records(store, {"id": "b"})
    other = replace(store.manifest(), schema=Schema(id=Key()))
    with pytest.raises(CorruptArchive, match="its field 'body' is of type 'text'"):
        store.open_commit(other)
    store.keep_open(None)
    assert store.pool._cores == {}


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
