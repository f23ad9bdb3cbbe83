"""The writer lock: one writer at a time, by a lock that the system releases if its holder dies.

The lock is on an open file (``flock``; on Windows a locked byte), so a killed process leaves none
behind. The file's text, "PID TIME", says who holds it, for the error that the next one gets.
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
_RETRY_SECONDS = 0.02
_MAX_TEXT = 200  # bytes of the lock file that are read
_IS_LOCKED = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)

# flock belongs to the open file, not to a thread, so the threads of this process wait here first.
_holders: weakref.WeakValueDictionary[str, WriterLock] = weakref.WeakValueDictionary()
_released = threading.Condition()

if sys.platform == "win32":
    import msvcrt

    def _lock_file(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # past the text, which others may read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock_file(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock_file(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock_file(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class WriterLock:
    """The right to write to an archive, within a ``with`` block.

    Waits up to ``timeout`` seconds, then raises :class:`ArchiveLocked`, which names the holder.

    >>> import tempfile
    >>> directory = Directory(tempfile.mkdtemp())
    >>> with WriterLock(directory):
    ...     WriterLock(directory, timeout=0).__enter__()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    searchlib.errors.ArchiveLocked: ... it is to commit or cancel first
    """

    def __init__(self, directory: Directory, timeout: float = 10.0) -> None:
        self._handle = -1
        self._directory = directory
        self._timeout = timeout
        self._name = os.path.realpath(directory.path)

    def __enter__(self) -> WriterLock:
        deadline = time.monotonic() + self._timeout
        try:
            with _released:
                while self._name in _holders:
                    if not _released.wait(max(0.0, deadline - time.monotonic())):
                        raise ArchiveLocked(self._directory.path, *self._read_holder())
                _holders[self._name] = self
            while not self._acquire(deadline):
                self._close()
            self._write_text(f"{os.getpid()} {datetime.now(UTC).isoformat()}\n")
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()  # an interrupt may fall between acquiring it and the ``with`` block

    @property
    def is_locked(self) -> bool:
        """Whether this process has the lock through this object."""
        return self._handle >= 0

    def check(self) -> None:
        """Raises ArchiveError unless the lock is still held, and on the file that others would
        lock."""
        if not self.is_locked:
            raise ArchiveError(
                f"{self._directory.path}: this writer is closed, or belongs to another process: "
                "make a new one",
                self._directory.path,
            )
        if not self._is_same_file():
            raise ArchiveError(
                f"{self._directory.path / LOCK}: the lock was taken away while it was held: "
                "leave this file alone, and write again",
                self._directory.path,
            )

    def release(self) -> None:
        """Release the lock. A second call does nothing."""
        if self._handle >= 0:
            self._write_text("")
            with suppress(OSError):
                # Closing is not enough while a forked child has the same open file.
                _unlock_file(self._handle)
            self._close()
        with _released:
            if _holders.get(self._name) is self:
                del _holders[self._name]
            _released.notify_all()

    def close_in_child(self) -> None:
        """In a forked child: close the file of the parent's lock, which stays the parent's."""
        self._close()

    def _acquire(self, deadline: float) -> bool:
        """Lock the file. False if it was deleted meanwhile: a lock on it would exclude nobody."""
        path = self._directory.path / LOCK
        with self._directory.translate_errors(path, "lock this archive"):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW, 0o666)
            while True:
                try:
                    _lock_file(self._handle)
                    break
                except OSError as error:
                    if error.errno not in _IS_LOCKED:
                        raise
                if time.monotonic() >= deadline:
                    self._close()
                    raise ArchiveLocked(self._directory.path, *self._read_holder())
                time.sleep(_RETRY_SECONDS)
        return self._is_same_file()

    def _is_same_file(self) -> bool:
        """Whether the open file is still the one of that name."""
        path = self._directory.path / LOCK
        with self._directory.translate_errors(path, "look at the lock"):
            try:
                return os.path.samestat(os.lstat(path), os.fstat(self._handle))
            except FileNotFoundError:
                return False

    def _write_text(self, text: str) -> None:
        data = text.encode()
        try:
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.truncate(self._handle, os.write(self._handle, data))
        except OSError:
            # A full disk: the lock is valid all the same, but an older text must not stay.
            with suppress(OSError):
                os.truncate(self._handle, 0)

    def _read_holder(self) -> tuple[int | None, datetime | None]:
        """The process that holds the lock, and since when; (None, None) if that is not known."""
        try:
            handle = os.open(self._directory.path / LOCK, os.O_RDONLY)
            try:
                pid, since = os.read(handle, _MAX_TEXT).decode().split()
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


def _after_fork() -> None:
    """A forked child holds no lock: its parent's threads do not run in it."""
    global _released
    _released = threading.Condition()
    for lock in list(_holders.values()):
        lock.close_in_child()
    _holders.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
