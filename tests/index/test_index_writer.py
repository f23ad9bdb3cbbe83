"""The index writer: put, delete, commit and cancel; what failed can only be cancelled."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked
from searchlib.index import merge_policy
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from tests.parts import SCHEMA, create_store, entry


def keys(store: IndexStore) -> list[str]:
    with store.reader() as reader:
        return sorted(
            segment.core.keys.keys[document].decode()
            for segment in reader.segments
            for document in range(segment.documents)
            if segment.live_docs is None or segment.live_docs[document]
        )


def test_outcomes_of_put(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    with IndexWriter(store) as writer:
        records = [
            {"id": "a"},
            {"id": "b"},
            {"id": "b", "n": 1},
            {"id": "b", "n": 1},
            {"id": "a", "n": 2},
        ]
        outcomes = writer.put_many([entry(SCHEMA, record) for record in records])
        assert outcomes == ["unchanged", "added", "updated", "unchanged", "updated"]
        writer.commit()
    assert keys(store) == ["a", "b"]


def test_what_was_not_committed_is_discarded(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    with IndexWriter(store) as writer:
        writer.put(*entry(SCHEMA, {"id": "b"}))
        assert writer.delete(["a", "x"]) == 1
    assert keys(store) == ["a"]
    with IndexWriter(store) as writer:
        writer.put(*entry(SCHEMA, {"id": "c"}))
        writer.cancel()
        writer.put(*entry(SCHEMA, {"id": "d"}))
        writer.commit()
    assert keys(store) == ["a", "d"]


def test_delete_by_key_and_by_document(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"}, {"id": "b"}, {"id": "c"})
    with IndexWriter(store) as writer:
        assert writer.delete_document(0, 1)
        assert not writer.delete_document(0, 1)
        assert writer.delete(["b", "a", "a"]) == 1
        writer.commit()
    assert keys(store) == ["c"]


def test_a_commit_without_changes_is_none(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    generation = store.manifest().generation
    with IndexWriter(store) as writer:
        assert writer.commit() == generation
        writer.commit_data = [1]
        assert writer.commit() == generation + 1
    assert store.manifest().commit_data == [1]


def test_optimize_leaves_one_segment_and_no_deleted_docs(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "x y z"})
    with IndexWriter(store) as writer:
        writer.put(*entry(SCHEMA, {"id": "b"}))
        writer.delete(["a"])
        writer.commit(optimize=True)
    [info] = store.manifest().segments
    assert info.deleted_docs is None
    assert sorted(os.listdir(tmp_path)) == sorted([info.file, "manifest.json", "writer.lock"])


def test_segments_are_merged_by_their_sizes_and_by_optimize(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_policy, "_TINY", 0)
    store = IndexStore.create(Directory(tmp_path), SCHEMA)

    def sizes() -> list[int]:
        return [info.documents for info in store.manifest().segments]

    def add(*names: str, **options: bool) -> list[int]:
        with IndexWriter(store) as writer:
            for name in names:
                writer.put(*entry(SCHEMA, {"id": name, "body": "rain"}))
            writer.commit(**options)
        return sizes()

    assert add("a", "b", "c", "d") == [4]
    assert add("e") == [4, 1]  # the first is larger than all later ones
    assert add("f") == [4, 2]
    assert add("g", merge=False) == [4, 2, 1]
    assert add("h", merge=False) == [4, 2, 1, 1]
    assert add("i", "j") == [10]  # 4 <= 2 + 1 + 1 + 2
    assert add("k", optimize=True) == [11]
    with IndexWriter(store) as writer:
        writer.delete(["a"])
        writer.commit()
        assert sizes() == [11]
        writer.commit(optimize=True)
    assert sizes() == [10]
    assert keys(store) == list("bcdefghijk")


def test_many_chunks_are_committed_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.index.index_writer._MAX_CHUNKS", 10)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        writer.put_many([entry(SCHEMA, {"id": f"{n}", "body": "rain " * 20}) for n in range(9)])
        assert 0 < len(keys(store)) <= 9


def test_after_an_error_only_cancel_is_possible(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        with (
            patch.object(writer.last_commit, "find_many", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            writer.put(*entry(SCHEMA, {"id": "a"}))
        with pytest.raises(ArchiveError, match="this writer failed before"):
            writer.commit()
        writer.cancel()
        writer.put(*entry(SCHEMA, {"id": "b"}))
        writer.commit()
    assert keys(store) == ["b"]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with IndexWriter(store), pytest.raises(ArchiveLocked):
        IndexWriter(store, timeout=0).__enter__()


def test_files_that_no_commit_needs_are_deleted(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    for name in ("00000077.seg", "draft-x.tmp", "notes.txt"):
        (tmp_path / name).touch()
    with IndexWriter(store):
        pass
    assert sorted(os.listdir(tmp_path)) == ["manifest.json", "notes.txt", "writer.lock"]
