"""The index writer: put, delete, commit and cancel; what failed can only be cancelled."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked, CorruptArchive
from searchlib.index import alert_log, merge_policy
from searchlib.index import index_writer as module
from searchlib.index.alert_log import read_alert_file
from searchlib.index.alerts import Alert, CommitAlerts, NumberRows
from searchlib.index.index_writer import IndexWriter
from searchlib.index.lock import LOCK, WriterLock
from searchlib.index.manifest import MANIFEST, read_manifest
from searchlib.index.store import Findings, IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.schema import Key, Number, Schema
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


def put(writer: IndexWriter, *records: dict[str, Any]) -> list[str]:
    return writer.put_many([entry(SCHEMA, record) for record in records])


CALLS: list[Callable[[IndexWriter], Any]] = [
    lambda writer: put(writer, {"id": "b"}),
    lambda writer: writer.delete(["a"]),
    lambda writer: writer.delete_document(0, 0),
    lambda writer: writer.clear(),
    lambda writer: writer.put_watches(b"x"),
    lambda writer: writer.forget_alerts(1),
    lambda writer: writer.use_schema(SCHEMA),
    lambda writer: writer.commit(),
    lambda writer: writer.cancel(),
]


@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_done_without_the_lock(
    tmp_path: Path, call: Callable[[IndexWriter], Any]
) -> None:
    store = create_store(tmp_path, {"id": "a"})
    with IndexWriter(store) as writer:
        (tmp_path / LOCK).unlink()
        with pytest.raises(ArchiveError, match="the lock was taken away"):
            call(writer)
    assert keys(store) == ["a"]


def test_a_lock_that_is_lost_during_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = create_store(tmp_path, {"id": "a"})
    before = read_manifest(store.directory)
    with IndexWriter(store) as writer:
        put(writer, {"id": "b"})
        lose = lambda self: (tmp_path / LOCK).unlink(missing_ok=True)  # noqa: E731
        monkeypatch.setattr(Directory, "sync", lose)
        with pytest.raises(ArchiveError, match="the lock was taken away"):
            writer.commit()
    assert read_manifest(store.directory) == before


def test_a_writer_that_cannot_begin_leaves_the_lock(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    whole = (tmp_path / MANIFEST).read_bytes()
    (tmp_path / MANIFEST).write_bytes(b"{}")
    writer = IndexWriter(store)
    with pytest.raises(CorruptArchive):
        writer.__enter__()
    with WriterLock(store.directory, timeout=0):
        pass
    (tmp_path / MANIFEST).write_bytes(whole)
    with writer:
        put(writer, {"id": "b"})
        writer.commit()
    assert keys(store) == ["a", "b"]


def test_what_a_writer_says_of_its_archive(tmp_path: Path) -> None:
    for name, settings in (("plain", {}), ("german", {"language": "de"})):
        store = IndexStore.create(Directory(tmp_path / name), SCHEMA, **settings)
        with IndexWriter(store) as writer:
            assert writer.names_language is (name == "german")
            assert writer.manifest_path == str(tmp_path / name / MANIFEST)
            assert writer.last_commit_data == []
            put(writer, {"id": "a"}, {"id": "b"})
            writer.commit_data = [["x", 1]]
            assert writer.commit() == 1
            assert writer.last_commit_data == [["x", 1]]
            assert writer.delete(["a", "a", "none"]) == 1
            assert writer.commit() == 2
            assert writer.last_commit_data == [["x", 1]]
            assert writer.delete(["b"]) == 1
            assert writer.commit() == 3
            assert writer.last_commit_data == []
        assert sorted(os.listdir(tmp_path / name)) == [MANIFEST, LOCK]


# An article has ten chunks or so. They are looked at after the first one, and after each 1 or 1000
# bytes.
@pytest.mark.parametrize(
    ("least", "most", "elapsed", "generations"),
    [
        (10, 1000, [0.0, 9.9, 9.9], [1, 1, 1]),
        (10, 1000, [0.0, 10.0, 10.0], [1, 2, 2]),
        (10, 1000, [10.0, 10.0, 10.0], [2, 2, 2]),
        (11, 1000, [10.0, 10.0, 10.0], [1, 2, 2]),
        (10, 1000, [0.0, 10.0, 20.0], [1, 2, 3]),
        (99, 10, [0.0, 0.0, 0.0], [2, 3, 4]),
        (99, 11, [0.0, 0.0, 0.0], [1, 2, 2]),
        (99, 1000, [99.0, 99.0, 99.0], [1, 1, 1]),
    ],
)
def test_when_what_was_collected_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, most: int, elapsed: list[float],
    generations: list[int],
) -> None:  # fmt: skip
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_MIN_CHUNKS", least)
    monkeypatch.setattr(module, "_MAX_CHUNKS", most)
    monkeypatch.setattr(module, "_CHECK_BYTES", 1)
    monkeypatch.setattr(module, "next_merge", lambda *_, **__: [])
    store = create_store(tmp_path, {"id": "z"})
    records = [{"id": f"{n}", "body": "x" * (80 - len('{"body":"","id":"0"}'))} for n in range(3)]
    with IndexWriter(store) as writer:
        for record, seconds, generation in zip(records, elapsed, generations, strict=True):
            now[0] = 1000 + seconds
            assert put(writer, record) == ["added"]
            assert writer.last_commit.generation == generation
        writer.commit()
    assert keys(store) == ["0", "1", "2", "z"]


def test_a_batch_that_is_committed_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_CHUNKS", 1)
    store = create_store(tmp_path, {"id": "a"}, {"id": "b"})
    with IndexWriter(store) as writer:
        records = [{"id": "a", "n": 1}, {"id": "c"}, {"id": "c"}, {"id": "a", "n": 1}, {"id": "b"},
                   {"id": "c", "n": 2}, {"id": "b", "n": 3}]  # fmt: skip
        assert put(writer, *records) == [
            "updated", "added", "unchanged", "unchanged", "unchanged", "updated", "updated",
        ]  # fmt: skip
        writer.commit()
    assert keys(store) == ["a", "b", "c"]


def test_articles_that_are_replaced_before_they_are_written(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        put(writer, {"id": "a"}, {"id": "b"}, {"id": "a", "n": 1})
        assert writer.delete(["b"]) == 1
        writer.commit(merge=False)
        [segment] = writer.last_commit.segments
        assert (segment.documents, segment.info.live_count) == (3, 1)
        put(writer, {"id": "c"})
        assert writer.delete(["c"]) == 1
        before = writer.last_commit.generation
        assert writer.commit(merge=False) == before  # nothing of it is left
    assert keys(store) == ["a"]


def test_all_but_some_are_deleted(tmp_path: Path) -> None:
    store = create_store(tmp_path, *({"id": key} for key in "abcd"))
    with IndexWriter(store) as writer:
        writer.delete(["b"])
        assert [writer.is_deleted(0, doc) for doc in range(4)] == [False, True, False, False]
        writer.clear(keep=["a", "b", "d", "none"])
        assert [writer.is_deleted(0, doc) for doc in range(4)] == [False, True, True, False]
        [segment] = writer.segments_without_deleted()
        assert segment.live_docs is not None
        assert segment.live_docs.tolist() == [True, False, False, True]
        assert writer.last_commit.segments[0].live_docs is None
        assert not writer.delete_document(0, 1)
        assert writer.delete_document(0, 0)
        writer.commit(merge=False)
        assert [writer.is_deleted(0, doc) for doc in range(4)] == [True, True, True, False]
    assert keys(store) == ["d"]


def test_segments_without_texts_are_merged_by_their_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_policy, "_TINY", 0)
    schema = Schema(id=Key(), n=Number())
    store = IndexStore.create(Directory(tmp_path), schema)
    sizes = []
    for start, count in ((0, 9), (9, 4), (20, 2), (30, 2)):
        with IndexWriter(store) as writer:
            writer.put_many([entry(schema, {"id": str(start + n)}) for n in range(count)])
            writer.commit()
            sizes.append([segment.documents for segment in writer.last_commit.segments])
    assert sizes == [[9], [9, 4], [9, 4, 2], [9, 8]]


#: A standing query, and the keys of the articles that it found first, and of changed ones.
Row = tuple[str, list[str], list[str]]


def alerts_of(generation: int, rows: list[Row]) -> CommitAlerts:
    keys = [key for _, first, changed in rows for key in (*first, *changed)]
    number = {key: place for place, key in enumerate(keys)}
    first, changed = (
        NumberRows.of([[number[key] for key in row[which]] for row in rows]) for which in (1, 2)
    )
    return CommitAlerts(generation, keys, [name for name, _, _ in rows], first, changed)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """What standing queries find in each commit that has new articles; it may be changed."""
    rows: list[Row] = [("rain", ["a", "b"], []), ("snow", [], ["c"])]

    def find(store: object, old: object, new: Any, first: int) -> Findings:
        assert len(new.segments) == first + 1
        return Findings(alerts_of(new.manifest.generation, rows))

    monkeypatch.setattr(IndexStore, "alert_finder", staticmethod(find))
    monkeypatch.setattr(module, "next_merge", lambda *_, **__: [])
    return rows


def test_the_alerts_of_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row]
) -> None:
    monkeypatch.setattr(module, "_REPORTED_ALERTS", 4)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        put(writer, {"id": "a"})
        writer.commit()
        assert (writer.alerts, writer.alert_count) == ([], 0)  # there are no standing queries
        writer.put_watches(b"[]")
        assert writer.commit() == 2
        watches = writer.last_commit.manifest.watches
        assert watches is not None
        assert read_watch_file(store.directory, watches) == b"[]"
        assert writer.alert_count == 0  # there is no new article
        for number in (3, 4):
            put(writer, {"id": str(number)})
            assert writer.commit() == number
        first = [Alert("rain", key, 3, "first") for key in "ab"]
        assert writer.alerts[:2] == first
        assert [alert.commit for alert in writer.alerts] == [3, 3, 3, 4]
        assert writer.alert_count == 6
        files = writer.last_commit.manifest.alerts
        assert [(file.first, file.last) for file in files] == [(3, 3), (4, 4)]
        [commit] = read_alert_file(store.directory, files[0])
        assert list(commit) == list(alerts_of(3, found))
        writer.delete(["a"])
        writer.commit()
        assert writer.alert_count == 6
        found.clear()
        put(writer, {"id": "5"})
        writer.commit()
        assert writer.last_commit.manifest.alerts == files
        writer.forget_alerts(4)
        assert writer.commit() == 7
        forgotten, *rest = writer.last_commit.manifest.alerts
        assert (forgotten.first, forgotten.last, tuple(rest)) == (3, 3, files[1:])
        writer.put_watches(b"")
        writer.forget_alerts(9)
        writer.commit()
        manifest = writer.last_commit.manifest
        assert manifest.watches is None
        assert [(file.first, file.last) for file in manifest.alerts] == [(4, 4)]
        needed = manifest.files() | {MANIFEST, LOCK}
        assert set(os.listdir(tmp_path)) == needed


def test_small_files_of_alerts_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row]
) -> None:
    monkeypatch.setattr(alert_log, "_MANY_FILES", 3)
    monkeypatch.setattr(alert_log, "_SMALL_FILE", 300)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        writer.put_watches(b"[]")
        found[:] = [("rain", [f"{n * n * 7919}" for n in range(200)], [])]
        for number in range(1, 5):
            put(writer, {"id": str(number)})
            writer.commit()
            found[:] = [("rain", [str(number)], [])]
        files = writer.last_commit.manifest.alerts
        assert [(file.first, file.last) for file in files] == [(1, 1), (2, 4)]
        commits = [one for file in files for one in read_alert_file(store.directory, file)]
        assert [commit.generation for commit in commits] == [1, 2, 3, 4]
        keys_found = [[alert.key for alert in commit] for commit in commits[1:]]
        assert keys_found == [["1"], ["2"], ["3"]]


def test_damaged_alerts_keep_no_article_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row]
) -> None:
    monkeypatch.setattr(alert_log, "_MANY_FILES", 3)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        writer.put_watches(b"[]")
        found[:] = [("rain", ["1"], [])]
        for number in range(1, 5):
            put(writer, {"id": str(number)})
            if number == 3:
                (tmp_path / writer.last_commit.manifest.alerts[0].file).unlink()
            writer.commit()
        files = writer.last_commit.manifest.alerts
        assert [(file.first, file.last) for file in files] == [(n, n) for n in range(1, 5)]
        writer.forget_alerts(2)
        put(writer, {"id": "5"})
        writer.commit()
        files = writer.last_commit.manifest.alerts
        assert [(file.first, file.last) for file in files] == [(1, 5)]
        assert set(os.listdir(tmp_path)) == writer.last_commit.manifest.files() | {MANIFEST, LOCK}


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        (
            "_MAX_ALERTS",
            2,
            "a commit with 3 alerts, 2 of them of the standing query",
        ),
        ("_MAX_ALERTS", 3, ""),
        ("_MAX_ALERT_FILES", 0, "too many alerts: take the broadest standing queries away"),
        ("_MAX_ALERT_FILES", 1, ""),
    ],
)
def test_too_many_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row], limit: str, value: int,
    says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, limit, value)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        writer.put_watches(b"[]")
        put(writer, {"id": "a"})
        if not says:
            writer.commit()
            assert writer.alert_count == 3
            return
        with pytest.raises(ArchiveError, match=f"{re.escape(says)}.*nothing was committed"):
            writer.commit()
    assert keys(store) == []


def test_standing_queries_that_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IndexStore, "alert_finder", None)
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        writer.put_watches(b"[]")
        writer.commit()
        put(writer, {"id": "a"})
        with pytest.raises(ArchiveError, match="nothing runs its standing queries: import searchl"):
            writer.commit()


def test_an_upgrade_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row]
) -> None:
    monkeypatch.setattr(module, "_PROGRESS_STEP", 2)
    store = IndexStore.create(Directory(tmp_path), SCHEMA, analysis=1)
    told: list[int] = []
    with IndexWriter(store) as writer:
        writer.put_watches(b"[]")
        writer.put_many([entry(writer.schema, {"id": str(n), "body": "rain"}) for n in range(6)])
        writer.delete(["3"])
        writer.commit()
        count = writer.alert_count
        assert writer.upgrade(told.append) == 5
        assert writer.last_commit.manifest.analysis == CURRENT_VERSION
        assert told == [2, 4, 5]
        assert writer.alert_count == count  # these articles are not new
        assert writer.upgrade(told.append) == 0
        assert told == [2, 4, 5]
    assert keys(store) == ["0", "1", "2", "4", "5"]
