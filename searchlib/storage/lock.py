"""One writer at a time: a lock that the system gives back when its holder dies.

The lock is on an open file (``flock``; on Windows a locked byte), so a killed process leaves
none behind. The file's text says who holds it, for the message to the next one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime

from searchlib.errors import ArchiveError, ArchiveLocked
from searchlib.storage.folder import Folder

__all__ = ["LOCK", "WriterLock"]

LOCK = "writer.lock"
_PAUSE = 0.02  # seconds between tries

# flock belongs to the open file, not to the thread: threads of one process queue here first.
_held: set[str] = set()
_change = threading.Condition()

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # past the text, which others may read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """The right to write to an archive, held inside ``with``.

    Waits up to ``timeout`` seconds, then raises :class:`ArchiveLocked` with the holder.
    """

    def __init__(self, folder: Folder, timeout: float = 10.0) -> None:
        self._folder = folder
        self._timeout = timeout
        self._name = os.path.realpath(folder.path)
        self._handle = -1

    def __enter__(self) -> WriterLock:
        limit = time.monotonic() + self._timeout
        with _change:
            while self._name in _held:
                if not _change.wait(max(0.0, limit - time.monotonic())):
                    raise ArchiveLocked(self._folder.path, *self._holder())
            _held.add(self._name)
        try:
            self._acquire(limit)
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._handle)
        self._let_go()

    def _acquire(self, limit: float) -> None:
        path = self._folder.path / LOCK
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._handle = os.open(path, flags, 0o666)
        except OSError as error:
            raise ArchiveError(f"{path}: cannot open the lock: {error.strerror}", path) from error
        while True:
            try:
                _take(self._handle)
                break
            except OSError:
                if time.monotonic() >= limit:
                    os.close(self._handle)
                    raise ArchiveLocked(self._folder.path, *self._holder()) from None
                time.sleep(_PAUSE)
        self._sign()

    def _sign(self) -> None:
        text = f"{os.getpid()} {datetime.now(UTC).isoformat()}\n".encode()
        try:
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, text)
            os.truncate(self._handle, len(text))
        except OSError:
            pass  # a full disk: the lock holds all the same, only its text is missing

    def _holder(self) -> tuple[int | None, datetime | None]:
        try:
            pid, since = (self._folder.path / LOCK).read_text().split()
            return int(pid), datetime.fromisoformat(since)
        except (OSError, ValueError):
            return None, None

    def _let_go(self) -> None:
        with _change:
            _held.discard(self._name)
            _change.notify_all()


def _forget_after_fork() -> None:
    """A forked child holds no lock: its parent's threads are not there."""
    global _change
    _held.clear()
    _change = threading.Condition()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
