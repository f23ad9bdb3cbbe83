"""One writer at a time: a lock that the system gives back when its holder dies.

The lock is on an open file (``flock``; on Windows a locked byte), so a killed process leaves
none behind. The file's text says who holds it, for the message to the next one.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
import weakref
from contextlib import suppress
from datetime import UTC, datetime

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveLocked

__all__ = ["LOCK", "WriterLock"]

LOCK = "writer.lock"
_PAUSE = 0.02  # seconds between tries
_TEXT = 200  # bytes of the lock's text that are read
_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_PRIVATE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)

# flock belongs to the open file, not to the thread: threads of one process queue here first.
_held: weakref.WeakValueDictionary[str, WriterLock] = weakref.WeakValueDictionary()
_change = threading.Condition()

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # past the text, which others may read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _give(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class WriterLock:
    """The right to write to an archive, held inside ``with``.

    Waits up to ``timeout`` seconds, then raises :class:`ArchiveLocked` with the holder.

    >>> import tempfile
    >>> folder = Directory(tempfile.mkdtemp())
    >>> with WriterLock(folder):
    ...     WriterLock(folder, timeout=0).__enter__()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    searchlib.errors.ArchiveLocked: ... wait until it is done, or stop it
    """

    def __init__(self, directory: Directory, timeout: float = 10.0) -> None:
        self._handle = -1
        self._directory = directory
        self._timeout = timeout
        self._name = os.path.realpath(directory.path)

    def __enter__(self) -> WriterLock:
        limit = time.monotonic() + self._timeout
        try:
            with _change:
                while self._name in _held:
                    if not _change.wait(max(0.0, limit - time.monotonic())):
                        raise ArchiveLocked(self._directory.path, *self._holder())
                _held[self._name] = self
            while not self._acquire(limit):
                self._close()
            self._sign(f"{os.getpid()} {datetime.now(UTC).isoformat()}\n")
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()  # an interrupt may fall between the lock and the block that gives it back

    @property
    def held(self) -> bool:
        """Whether this process has the lock through this object."""
        return self._handle >= 0

    def check(self) -> None:
        """ArchiveError unless the lock is held still, and on the file that others would lock."""
        if not self.held:
            raise ArchiveError(
                f"{self._directory.path}: this writer is closed, or belongs to another process: "
                "make a new one",
                self._directory.path,
            )
        if not self._is_named():
            raise ArchiveError(
                f"{self._directory.path / LOCK}: the lock was taken away while it was held: "
                "leave this file alone, and write again",
                self._directory.path,
            )

    def release(self) -> None:
        """Give the lock back. A second call does nothing."""
        if self._handle >= 0:
            self._sign("")
            with suppress(OSError):
                # Closing is not enough while a forked child has the same open file.
                _give(self._handle)
            self._close()
        with _change:
            if _held.get(self._name) is self:
                del _held[self._name]
            _change.notify_all()

    def forsake(self) -> None:
        """In a forked child: close the parent's lock, which stays the parent's."""
        self._close()

    def _acquire(self, limit: float) -> bool:
        """Take the lock; False if the file lost its name meanwhile, then it locks nobody out."""
        path = self._directory.path / LOCK
        with self._directory.trouble(path, "lock this archive"):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | _PRIVATE, 0o666)
            while True:
                try:
                    _take(self._handle)
                    break
                except OSError as error:
                    if error.errno not in _TAKEN:
                        raise
                if time.monotonic() >= limit:
                    self._close()
                    raise ArchiveLocked(self._directory.path, *self._holder())
                time.sleep(_PAUSE)
        return self._is_named()

    def _is_named(self) -> bool:
        path = self._directory.path / LOCK
        with self._directory.trouble(path, "look at the lock"):
            try:
                return os.path.samestat(os.lstat(path), os.fstat(self._handle))
            except FileNotFoundError:
                return False

    def _sign(self, text: str) -> None:
        data = text.encode()
        try:
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.truncate(self._handle, os.write(self._handle, data))
        except OSError:
            # A full disk: the lock holds all the same, but an older text must not stay.
            with suppress(OSError):
                os.truncate(self._handle, 0)

    def _holder(self) -> tuple[int | None, datetime | None]:
        try:
            handle = os.open(self._directory.path / LOCK, os.O_RDONLY | _PRIVATE)
            try:
                pid, since = os.read(handle, _TEXT).decode().split()
            finally:
                os.close(handle)
            return int(pid), datetime.fromisoformat(since)
        except (OSError, ValueError):
            return None, None

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            with suppress(OSError):
                os.close(handle)


def _forget_after_fork() -> None:
    """A forked child holds no lock: its parent's threads are not there."""
    global _change
    _change = threading.Condition()
    for lock in list(_held.values()):
        lock.forsake()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
