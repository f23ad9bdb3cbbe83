"""The writer lock: one holder, a wait with a limit, and a lock file that was replaced."""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked
from searchlib.index import lock as module
from searchlib.index.lock import LOCK, WriterLock
from tests.parts import open_files

fcntl = pytest.importorskip("fcntl", reason="another lock there")


def test_a_second_one_is_refused_and_told_the_holder(tmp_path: Path) -> None:
    with WriterLock(Directory(tmp_path)) as lock:
        assert lock.is_locked
        with pytest.raises(ArchiveLocked) as refused:
            WriterLock(Directory(tmp_path), timeout=0).__enter__()
        assert refused.value.holder == os.getpid()
        assert refused.value.since is not None
        assert abs(datetime.now(UTC) - refused.value.since) < timedelta(minutes=1)
        text = f"{os.getpid()} {refused.value.since.isoformat()}\n"
        assert (tmp_path / LOCK).read_text() == text
    assert not lock.is_locked


def test_it_can_be_taken_again_after_release(tmp_path: Path) -> None:
    lock = WriterLock(Directory(tmp_path))
    for _ in range(2):
        with lock:
            lock.check()
    lock.release()
    assert (tmp_path / LOCK).read_bytes() == b""


def test_a_waiting_thread_gets_it(tmp_path: Path) -> None:
    entered = threading.Event()

    def wait() -> None:
        with WriterLock(Directory(tmp_path), timeout=30):
            entered.set()

    with WriterLock(Directory(tmp_path)):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(30)
    thread.join()


def test_check_outside_of_the_block(tmp_path: Path) -> None:
    with WriterLock(Directory(tmp_path)) as lock:
        pass
    with pytest.raises(ArchiveError, match="this writer is closed"):
        lock.check()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
def test_check_finds_a_deleted_lock_file(tmp_path: Path) -> None:
    with WriterLock(Directory(tmp_path)) as lock:
        (tmp_path / LOCK).unlink()
        with pytest.raises(ArchiveError, match="taken away while it was held"):
            lock.check()


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot lock this archive"):
        WriterLock(Directory(tmp_path / "no")).__enter__()


@contextmanager
def locked_by_another(path: Path, text: bytes = b"") -> Iterator[int]:
    """The lock as another process would have it: of an open file of its own."""
    handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(handle, text)
    try:
        yield handle
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    ("text", "holder", "since"),
    [
        (b"4711 2022-08-31T12:00:00+00:00\n", 4711, datetime(2022, 8, 31, 12, tzinfo=UTC)),
        (b"", None, None),
        (b"4711\n", None, None),
        (b"x 2022-08-31T12:00:00+00:00\n", None, None),
        (b"4711 yesterday\n", None, None),
        (b"\xff \xff", None, None),
    ],
)
def test_a_holder_in_another_process_is_named(
    tmp_path: Path, text: bytes, holder: int | None, since: datetime | None
) -> None:
    lock, free = WriterLock(Directory(tmp_path), timeout=0), open_files()
    with locked_by_another(tmp_path, text):
        with pytest.raises(ArchiveLocked) as refused:
            lock.__enter__()
        assert (refused.value.holder, refused.value.since) == (holder, since)
        assert not lock.is_locked
        assert (tmp_path / LOCK).read_bytes() == text
    assert open_files() == free
    with lock:
        assert lock.is_locked
        with pytest.raises(BlockingIOError), locked_by_another(tmp_path):
            pass
    with locked_by_another(tmp_path):
        pass


def test_how_long_it_waits_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds
        if len(slept) == free_after:
            fcntl.flock(other, fcntl.LOCK_UN)

    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "_RETRY_SECONDS", 1.0)
    for free_after, timeout, is_locked in ((99, 3, False), (99, 2.5, False), (3, 3, True),
                                           (2, 3, True), (1, 0, False)):  # fmt: skip
        slept.clear()
        with locked_by_another(tmp_path) as other:
            lock = WriterLock(Directory(tmp_path), timeout)
            if is_locked:
                with lock:
                    lock.check()
                assert len(slept) == free_after
                continue
            with pytest.raises(ArchiveLocked):
                lock.__enter__()
            assert len(slept) == -(-timeout // 1)


def test_how_long_it_waits_for_another_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 100.0))
    with WriterLock(Directory(tmp_path)):
        monkeypatch.setattr(module._released, "wait", lambda seconds: waits.append(seconds))
        for timeout in (0, 7.5, -3):
            with pytest.raises(ArchiveLocked):
                WriterLock(Directory(tmp_path), timeout).__enter__()
    assert waits == [0, 7.5, 0]


def test_other_errors_are_told_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    lock, free = WriterLock(Directory(tmp_path), timeout=9), open_files()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_lock_file", fail)
        with pytest.raises(ArchiveError, match="cannot lock this archive: No locks available"):
            lock.__enter__()
    assert (lock.is_locked, open_files()) == (False, free)
    (tmp_path / LOCK).unlink()
    (tmp_path / LOCK).symlink_to(tmp_path / "other")
    with pytest.raises(ArchiveError, match="cannot lock this archive"):
        lock.__enter__()
    (tmp_path / LOCK).unlink()
    with WriterLock(Directory(tmp_path), timeout=0):
        pass


def test_a_file_that_is_deleted_while_it_is_locked_is_not_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_file, calls, free = module._lock_file, [], open_files()

    def lock_late(handle: int) -> None:
        calls.append(handle)
        if len(calls) < 3:
            (tmp_path / LOCK).unlink()
        lock_file(handle)

    monkeypatch.setattr(module, "_lock_file", lock_late)
    with WriterLock(Directory(tmp_path)) as lock:
        lock.check()
        assert len(calls) == 3
    assert open_files() == free


def test_released_also_while_a_child_has_the_file(tmp_path: Path) -> None:
    with WriterLock(Directory(tmp_path)) as lock:
        duplicate = os.dup(lock._handle)
    with locked_by_another(tmp_path):
        os.close(duplicate)


def test_the_text_replaces_a_longer_one_and_rights_are_those_of_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        with WriterLock(Directory(tmp_path)):
            pass
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) == 0o666
    (tmp_path / LOCK).write_text("x" * 150)
    with WriterLock(Directory(tmp_path)):
        text = (tmp_path / LOCK).read_text()
        assert text.startswith(f"{os.getpid()} ")
        assert text.count("\n") == 1
        assert "x" not in text
    assert (tmp_path / LOCK).read_text() == ""


def test_a_full_disk_leaves_no_older_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / LOCK).write_text("4711 2022-08-31T12:00:00+00:00\n")
    monkeypatch.setattr(os, "write", fail)
    with WriterLock(Directory(tmp_path)) as lock:
        assert lock.is_locked
        assert (tmp_path / LOCK).read_bytes() == b""


def test_one_that_is_forgotten_is_released(tmp_path: Path) -> None:
    lock: Any = WriterLock(Directory(tmp_path)).__enter__()
    with pytest.raises(ArchiveLocked):
        WriterLock(Directory(tmp_path), timeout=0).__enter__()
    del lock
    with WriterLock(Directory(tmp_path), timeout=0):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_have_it(tmp_path: Path) -> None:
    (refused, refuse), (freed, free) = os.pipe(), os.pipe()
    with WriterLock(Directory(tmp_path)) as lock:
        child = os.fork()
        if not child:
            code = 1
            try:
                signal.alarm(60)
                assert not lock.is_locked
                with pytest.raises(ArchiveLocked):
                    WriterLock(Directory(tmp_path), timeout=0).__enter__()
                os.write(refuse, b"x")
                os.read(freed, 1)
                with WriterLock(Directory(tmp_path), timeout=0):
                    code = 0
            finally:
                os._exit(code)
        os.close(refuse)
        os.read(refused, 1)  # also if the child ends without a word
    os.write(free, b"x")
    _, status = os.waitpid(child, 0)
    for handle in (refused, freed, free):
        os.close(handle)
    assert status == 0
