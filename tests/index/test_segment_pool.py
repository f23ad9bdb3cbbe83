"""The segment pool: one open file for all readers, closed after the last."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from searchlib.errors import SnapshotClosed
from searchlib.index import segment_pool
from searchlib.index.store import IndexStore
from tests.parts import create_store


def released_store(path: Path, record: dict[str, str]) -> IndexStore:
    """A store of one article, whose segment nobody has open."""
    store = create_store(path, record)
    store.keep_open(None)
    return store


def test_readers_share_a_segment(tmp_path: Path) -> None:
    store = released_store(tmp_path, {"id": "a", "body": "rain"})
    [info] = store.manifest().segments
    first, second = store.pool.acquire(info), store.pool.acquire(info)
    assert first is second
    store.pool.release(first)
    assert second.keys.keys[0] == b"a"
    store.pool.release(second)
    with pytest.raises(SnapshotClosed):
        second.segment_file.array("key.text")


def test_a_closed_segment_is_opened_anew(tmp_path: Path) -> None:
    store = released_store(tmp_path, {"id": "a"})
    [info] = store.manifest().segments
    first = store.pool.acquire(info)
    store.pool.release(first)
    second = store.pool.acquire(info)
    assert second is not first
    assert second.doc_store[0] == b'{"id":"a"}'
    store.pool.release(second)


def test_the_cache_forgets_a_closed_segment(tmp_path: Path) -> None:
    store = released_store(tmp_path, {"id": "a", "body": "rain"})
    with store.reader() as reader:
        field = reader.segments[0].core.text("body")
        assert field is not None
        rain = field.find(b"rain")
        assert rain is not None
        assert rain.docs.tolist() == [0]
        assert store.pool.cache.bytes > 0
    assert store.pool.cache.bytes == 0


def test_the_cache_grows_with_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = released_store(tmp_path, {"id": "a"})
    [info] = store.manifest().segments
    monkeypatch.setattr(segment_pool, "cache_limit", lambda size: 1000 + size)
    core = store.pool.acquire(info)
    assert store.pool.cache.limit == 1000 + info.bytes
    assert store.pool.acquire(info) is core
    assert store.pool.cache.limit == 1000 + info.bytes
    store.pool.release(core)
    store.pool.release(core)
    assert store.pool.cache.limit == 1000


def test_new_locks_work(tmp_path: Path) -> None:
    store = released_store(tmp_path, {"id": "a"})
    with store.reader() as reader:
        store.pool.reset_locks()
        assert reader.segments[0].core.doc_store[0] == b'{"id":"a"}'


def test_a_forked_child_has_other_locks(tmp_path: Path) -> None:
    pool = released_store(tmp_path, {"id": "a"}).pool
    lock = pool._lock
    segment_pool._reset_locks()  # as is done after a fork
    assert pool._lock is not lock


def test_a_release_waits_for_no_lock(tmp_path: Path) -> None:
    """It may be the garbage collector's, in a thread that has a lock which another waits for."""
    store = released_store(tmp_path, {"id": "a"})
    pool = store.pool
    [info] = store.manifest().segments
    core = pool.acquire(info)
    has_lock, may_go = threading.Event(), threading.Event()

    def open_slowly() -> None:
        with pool._lock:
            has_lock.set()
            may_go.wait(10)
            with core._lock:  # as long as a field is opened
                pass
        pool.release(pool.acquire(info))

    other = threading.Thread(target=open_slowly)
    other.start()
    has_lock.wait(10)
    with core._lock:
        pool.release(core)
        may_go.set()
    other.join(10)
    assert not other.is_alive()
    with pytest.raises(SnapshotClosed):
        core.segment_file.array("key.text")
