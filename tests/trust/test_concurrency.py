"""Threads, processes, and the lock between them."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked
from searchlib.index.index_writer import IndexWriter
from searchlib.index.lock import LOCK
from searchlib.index.store import IndexStore
from tests.trust.world import SCHEMA, article, contents, put

ROOT = Path(__file__).parent.parent.parent
HOLD = """
import sys, time
from searchlib.codec.directory import Directory
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
with IndexWriter(IndexStore(Directory(sys.argv[1]))) as writer:
    print("held", flush=True)
    time.sleep(60)
"""
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as made:
        yield made


def holder(path: str) -> subprocess.Popen[str]:
    """A process that holds the archive's lock."""
    command = [sys.executable, "-c", HOLD, path]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_error_names_the_lock_holder_and_a_killed_holder_leaves_no_lock(
    archive: sl.Archive,
) -> None:
    process = holder(archive.path)
    with process:
        started = time.monotonic()
        with pytest.raises(ArchiveLocked) as caught:
            archive.add([article("a")], timeout=0.3)
        assert 0.3 <= time.monotonic() - started < 5
        assert caught.value.holder == process.pid
        assert caught.value.since is not None
        assert abs((datetime.now(UTC) - caught.value.since).total_seconds()) < 60
        assert str(process.pid) in str(caught.value)
        assert archive.search("rain").total == 0  # reading goes on
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert archive.add([article("a")], timeout=1).added == 1


def test_waiting_for_a_writer_that_ends(archive: sl.Archive) -> None:
    store = IndexStore(Directory(archive.path))
    with IndexWriter(store) as writer, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(archive.add, [article("b")], timeout=20)
        time.sleep(0.1)
        assert not waiting.done()
        writer.__exit__(None, None, None)
        assert waiting.result(10).added == 1


def test_threads_add_and_lose_nothing(archive: sl.Archive) -> None:
    def add(number: int) -> None:
        view = archive if number % 2 else sl.Archive.open(archive.path)
        for part in range(5):
            view.add([article(f"t{number}x{part}x{n}") for n in range(3)], timeout=60)
        if view is not archive:
            view.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    assert len(archive) == 6 * 5 * 3
    assert len(contents(archive.path)) == 90


def test_threads_search_one_archive(archive: sl.Archive) -> None:
    archive.add([article(f"k{n}", 0, 60) for n in range(300)])
    archive.add([article(f"m{n}", 0, 60) for n in range(50)])
    queries = ["rain", "oslo river", '"rain oslo"', "har*", "section:world", "date:2012..2020"]
    single = {
        query: [(hit.id, hit.score, hit["title"]) for hit in archive.search(query)]
        for query in queries
    }
    fresh = sl.Archive.open(archive.path)
    barrier = threading.Barrier(8)

    def ask(number: int) -> None:
        barrier.wait()
        for turn in range(30):
            query = queries[(number + turn) % len(queries)]
            found = [(hit.id, hit.score, hit["title"]) for hit in fresh.search(query)]
            assert found == single[query]

    with fresh, ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))


def child_adds(path: str, name: str, count: int) -> None:
    with sl.Archive.open(path) as archive:
        for number in range(count):
            archive.add([article(f"{name}x{number}")], timeout=60)


@pytest.mark.parametrize(
    "method", [m for m in multiprocessing.get_all_start_methods() if m != "forkserver"]
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_add_and_lose_nothing(archive: sl.Archive, method: str) -> None:
    context = multiprocessing.get_context(method)
    processes = [
        context.Process(target=child_adds, args=(archive.path, f"p{n}", 8)) for n in range(3)
    ]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        with archive.snapshot() as snapshot:
            assert snapshot.count("v0") == len(snapshot) == len(list(snapshot.export()))
        time.sleep(0.02)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(contents(archive.path)) == 24


def in_child(act: Any) -> int:
    """Run something in a forked child; its exit code."""
    child = os.fork()
    if not child:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@needs_fork
def test_a_forked_child_searches_and_writes_with_its_parents_archive(archive: sl.Archive) -> None:
    archive.add([article("a")])
    total = archive.search("v0").total

    def act() -> None:
        assert archive.search("v0").total == total
        archive.add([article("b")], timeout=5)
        assert len(archive) == 2

    assert in_child(act) == 0
    assert len(archive) == 2


@needs_fork
def test_a_writer_is_not_inherited(archive: sl.Archive) -> None:
    store = IndexStore(Directory(archive.path))
    with IndexWriter(store) as writer:
        row = SCHEMA.normalize(article("a"))
        writer.put("a", b"0" * 16, row, b'{"id":"a"}')

        def act() -> None:
            with pytest.raises(ArchiveError, match="another process"):
                writer.commit()
            writer.__exit__(None, None, None)
            with pytest.raises(ArchiveLocked) as caught:
                archive.add([article("b")], timeout=0.1)
            assert caught.value.holder == os.getppid()

        assert in_child(act) == 0
        writer.commit()
    assert len(archive) == 1


@needs_fork
def test_a_released_lock_is_free_while_a_child_lives_on(archive: sl.Archive) -> None:
    """The child has the same open file, on which the lock is."""
    store = IndexStore(Directory(archive.path))
    hear, say = os.pipe()
    with IndexWriter(store) as writer:
        copy = os.dup(writer._lock._handle)  # as a fork that Python does not know of has it
        child = os.fork()
        if not child:
            os.read(hear, 1)
            os._exit(0)
    process = holder(archive.path)
    with process:
        process.kill()
    os.write(say, b"x")
    os.waitpid(child, 0)
    for handle in (copy, hear, say):
        os.close(handle)


@needs_fork
def test_fork_while_a_thread_holds_the_locks(archive: sl.Archive) -> None:
    archive.add([article("a")])
    assert archive.search("v0")[0]["title"]
    store = archive._store
    ready, done = threading.Event(), threading.Event()
    snapshot = store.reader()
    core = snapshot.segments[0].core

    def hold() -> None:
        with store.pool._lock, store.pool.cache._lock, core._lock, core.doc_store._lock:
            ready.set()
            done.wait(30)

    def act() -> None:
        signal.alarm(10)
        with store.reader() as mine:
            assert mine.segments[0].core.doc_store[0]
        assert archive.search("v0").total == 1

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(10)
    try:
        assert in_child(act) == 0
    finally:
        done.set()
        thread.join()
        snapshot.close()


@needs_fork
def test_fork_while_threads_search(archive: sl.Archive) -> None:
    archive.add([article(f"k{n}", 0, 60) for n in range(200)])
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            archive.search("rain oslo", match="any")
            archive.snapshot().close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if not child:
                signal.alarm(60)
                faulthandler.dump_traceback_later(45)  # says where, if it waits for ever
                with sl.Archive.open(archive.path) as own:
                    code = int(own.search("rain").total == 0)
                code |= archive.snapshot().count("rain") == 0
                os._exit(code)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_deleted_lock_file_stops_the_commit(archive: sl.Archive) -> None:
    store = IndexStore(Directory(archive.path))
    with IndexWriter(store) as writer:
        os.unlink(Path(archive.path) / LOCK)
        with pytest.raises(ArchiveError, match="taken away"):
            writer.delete(["a"])
    put(IndexStore(Directory(archive.path)), [article("a")])


def test_a_recently_written_manifest_is_read_again(
    archive: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two manifests may look the same; while that can be, the file itself is read."""
    reader = IndexStore(Directory(archive.path))
    same = os.stat(Path(archive.path) / "manifest.json")
    monkeypatch.setattr("searchlib.index.store.os.stat", lambda _: same)
    before = reader.manifest()
    put(IndexStore(Directory(archive.path)), [article("a")])
    assert reader.manifest().generation == before.generation + 1


def test_a_reader_whose_files_were_deleted_opens_the_next_commit(
    archive: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add([article("a"), article("b")])
    reader = IndexStore(Directory(archive.path))
    old = reader.manifest()
    archive.add([article("a", 1), article("b", 1)])
    archive.optimize()
    assert not (Path(archive.path) / old.segments[0].file).exists()
    real, given = reader.manifest, [old]
    monkeypatch.setattr(reader, "manifest", lambda: given.pop() if given else real())
    with reader.reader() as snapshot:
        assert snapshot.generation > old.generation


def test_two_commits_within_one_clock_tick_are_both_seen(archive: sl.Archive) -> None:
    """The second manifest may have the first one's inode, length and time."""
    reader = IndexStore(Directory(archive.path))
    for number in range(60):
        put(reader, [article("a", number)])
        put(IndexStore(Directory(archive.path)), [article("a", number + 1000)])
        with reader.reader() as snapshot:
            place = snapshot.find("a")
            assert place is not None
            stored = snapshot.segments[place[0]].core.doc_store[place[1]]
            assert f'"v":{number + 1000}'.encode() in stored
