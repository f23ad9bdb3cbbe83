"""The archive's folder: every touch of the file system goes through here.

Names are plain file names; a symbolic link or a name that leads elsewhere is refused. What
:meth:`Directory.write` and :meth:`Directory.replace` have written is on the disk once
:meth:`Directory.sync` (or ``replace``) has returned: file first, then the folder that names it.
"""

from __future__ import annotations

import mmap
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from searchlib.errors import ArchiveError, CorruptArchive

__all__ = ["DRAFT", "FRESH", "Directory"]

FRESH = ".new"  # ends the name of a file that is to take another's place
DRAFT = ("draft-", ".tmp")  # begins and ends the name of a draft, where drafts have names

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # to open a pipe, which is no file of ours, would wait
_BUFFER = 1 << 20
_SPOOL = 1 << 22  # a draft longer than this is kept on disk, not in memory


class Directory:
    """A folder of files; trouble with it is an :class:`~searchlib.errors.ArchiveError`.

    >>> import tempfile
    >>> folder = Directory(tempfile.mkdtemp())
    >>> folder.replace("a.txt", b"text")
    >>> folder.read("a.txt", 100), folder.names()
    (b'text', ['a.txt'])
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def make(self) -> None:
        """Make the folder, and the folders above it, if they are not there; their names last."""
        with self.trouble(self.path, "make this folder"):
            missing = []
            path = Path(os.path.abspath(self.path))
            while not os.path.isdir(path):
                missing.append(path)
                path = path.parent
            for fresh in reversed(missing):
                try:
                    os.mkdir(fresh)
                except FileExistsError:
                    if not os.path.isdir(fresh):
                        raise
            # Also if it was there: whoever made it may have died before its name was on disk.
            for above in [path.parent, path, *reversed(missing)]:
                try:
                    _sync_directory(above)
                except PermissionError:
                    if above in missing:
                        raise

    def names(self) -> list[str]:
        """The names of the files, sorted; none where there is no folder."""
        with self.trouble(self.path, "list this folder"):
            try:
                return sorted(os.listdir(self.path))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        with self.trouble(self._at(name), "look for this file"):
            try:
                os.lstat(self._at(name))
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a file; CorruptArchive if it is missing or longer than ``limit``."""
        with self.trouble(self._at(name), "read this file"), self._opened(name) as handle:
            size = os.fstat(handle).st_size
            if size > limit:
                raise CorruptArchive(self._at(name), f"it is longer than {limit} bytes")
            parts = []
            while part := os.read(handle, _BUFFER):
                parts.append(part)
            return b"".join(parts)

    def map(self, name: str) -> mmap.mmap:
        """The file mapped into memory, read only; the map outlives the file's name."""
        with self.trouble(self._at(name), "map this file"), self._opened(name) as handle:
            if not os.fstat(handle).st_size:
                raise CorruptArchive(self._at(name), "it is empty")
            return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write a new file and bring it to the disk; :meth:`sync` makes its name lasting."""
        path = self._at(name)
        with self.trouble(path, "write this file"):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NOFOLLOW | _BINARY
            handle = os.open(path, flags, 0o666)
            try:
                buffer = bytearray()
                for chunk in chunks:
                    buffer += chunk
                    if len(buffer) >= _BUFFER:
                        _write_all(handle, buffer)
                        buffer.clear()
                _write_all(handle, buffer)
                _to_disk(handle)
            finally:
                os.close(handle)

    def replace(self, name: str, data: bytes) -> None:
        """Put ``data`` in the place of a file, all or nothing, and bring it to the disk."""
        fresh = name + FRESH
        self.write(fresh, [data])
        with self.trouble(self._at(name), "replace this file"):
            os.replace(self._at(fresh), self._at(name))
        self.sync()

    def sync(self) -> None:
        """Bring the folder's names to the disk."""
        with self.trouble(self.path, "sync this folder"):
            _sync_directory(self.path)

    def remove(self, name: str) -> bool:
        """Take a file away; False if it cannot be now (a later commit tries again)."""
        try:
            os.unlink(self._at(name))
        except OSError:
            return False
        return True

    def temporary(self) -> IO[bytes]:
        """A file to be read back and thrown away: in memory while it is short, then on the disk
        that holds the archive. Use it in :meth:`trouble`."""
        prefix, suffix = DRAFT
        return tempfile.SpooledTemporaryFile(
            _SPOOL, dir=os.fspath(self.path), prefix=prefix, suffix=suffix
        )

    @contextmanager
    def trouble(self, path: Path, what: str) -> Iterator[None]:
        """Turns an OSError inside of it into an ArchiveError: cannot do ``what``."""
        try:
            yield
        except OSError as error:
            raise ArchiveError(f"{path}: cannot {what}: {error.strerror or error}", path) from error

    def _at(self, name: str) -> Path:
        if not name or name in (".", "..") or any(c in name for c in "/\\:\0"):
            raise CorruptArchive(self.path, f"{name!r} is not the name of a file of an archive")
        return self.path / name

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        """A plain file, open for reading."""
        path = self._at(name)
        try:
            handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY | _NO_WAIT)
        except FileNotFoundError:
            raise CorruptArchive(path, "it is missing") from None
        except OSError:
            if os.path.islink(path):
                raise CorruptArchive(path, "it is a link, which no archive holds") from None
            raise
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise CorruptArchive(path, "it is not a plain file")
            yield handle
        finally:
            os.close(handle)


def _write_all(handle: int, data: bytearray) -> None:
    with memoryview(data) as view:
        at = 0
        while at < len(view):
            at += os.write(handle, view[at:])


if sys.platform == "darwin":
    import fcntl

    def _to_disk(handle: int) -> None:
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync there stops at the disk's own memory

else:

    def _to_disk(handle: int) -> None:
        os.fsync(handle)


def _sync_directory(path: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; renames are journalled
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
