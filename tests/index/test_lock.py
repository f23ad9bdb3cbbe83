"""The writer lock: one holder, a wait with a limit, and a lock file that was replaced."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked
from searchlib.index.lock import LOCK, WriterLock


def test_a_second_one_is_refused_and_told_the_holder(tmp_path: Path) -> None:
    with WriterLock(Directory(tmp_path)) as lock:
        assert lock.is_locked
        with pytest.raises(ArchiveLocked) as refused:
            WriterLock(Directory(tmp_path), timeout=0).__enter__()
        assert refused.value.holder == os.getpid()
        assert refused.value.since is not None
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
