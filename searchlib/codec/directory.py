"""The archive's directory: its files are opened, written and removed here, but for the writer lock.

File names are plain names; a symbolic link, or a name that leads out of the directory, is refused.

Durability: :meth:`Directory.write` fsyncs the file, :meth:`Directory.sync` the directory that names
it; a file survives a power cut once both have returned. :meth:`Directory.write_atomic` does both
and swaps the file in by a rename, so that a reader sees the old contents or the new, never a part.
With ``durability="relaxed"`` nothing is fsynced: what was written outlives the process, and not a
power cut.
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
from typing import IO, Literal, get_args

from searchlib.errors import ArchiveError, ArgumentError, CorruptArchive

__all__ = ["NEW_SUFFIX", "TEMPORARY_AFFIXES", "Directory", "Durability"]

#: Whether a commit is on the disk when it returns, or whenever the system writes it there.
Durability = Literal["full", "relaxed"]

NEW_SUFFIX = ".new"  # of the file that write_atomic renames
TEMPORARY_AFFIXES = ("draft-", ".tmp")  # prefix and suffix of temporary files that have a name

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # opening a pipe, which is refused below, would block
_BUFFER_SIZE = 1 << 20


class Directory:
    """A directory of files. An OSError is raised as :class:`~searchlib.errors.ArchiveError`.

    >>> import tempfile
    >>> directory = Directory(tempfile.mkdtemp())
    >>> directory.write_atomic("a.txt", b"text")
    >>> directory.read("a.txt", 100), directory.list_files()
    (b'text', ['a.txt'])
    """

    def __init__(self, path: str | os.PathLike[str], *, durability: Durability = "full") -> None:
        if durability not in get_args(Durability):
            raise ArgumentError(f'durability is "full" or "relaxed", not {durability!r}')
        self.path = Path(path)
        self.is_durable = durability == "full"

    def create(self) -> None:
        """Create the directory and its parents where they are missing, and fsync their entries."""
        with self.translate_errors(self.path, "make this folder"):
            missing = []
            path = Path(os.path.abspath(self.path))
            while not os.path.isdir(path):
                missing.append(path)
                path = path.parent
            for directory in reversed(missing):
                try:
                    os.mkdir(directory)
                except FileExistsError:
                    if not os.path.isdir(directory):
                        raise
            if not self.is_durable:
                return
            # Existing ones too: the process that created them may have died before its fsync.
            for directory in [path.parent, path, *reversed(missing)]:
                try:
                    _sync_directory(directory)
                except PermissionError:
                    if directory in missing:
                        raise

    def list_files(self) -> list[str]:
        """The names of all files, sorted; an empty list if the directory does not exist."""
        with self.translate_errors(self.path, "list this folder"):
            try:
                return sorted(os.listdir(self.path))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        with self.translate_errors(self._path_of(name), "look for this file"):
            try:
                os.lstat(self._path_of(name))
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a file. Raises CorruptArchive if it is missing or longer than ``limit``."""
        path = self._path_of(name)
        with self.translate_errors(path, "read this file"), self._open(name) as handle:
            if os.fstat(handle).st_size > limit:
                raise CorruptArchive(path, f"it is longer than {limit} bytes")
            chunks = []
            while chunk := os.read(handle, _BUFFER_SIZE):
                chunks.append(chunk)
            return b"".join(chunks)

    def map_file(self, name: str) -> mmap.mmap:
        """The file mapped into memory, read-only. The map stays valid if the file is deleted."""
        path = self._path_of(name)
        with self.translate_errors(path, "map this file"), self._open(name) as handle:
            if not os.fstat(handle).st_size:
                raise CorruptArchive(path, "it is empty")
            return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write a file and fsync it. Its name is durable after :meth:`sync`."""
        path = self._path_of(name)
        with self.translate_errors(path, "write this file"):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NOFOLLOW | _BINARY
            handle = os.open(path, flags, 0o666)
            try:
                buffer = bytearray()
                for chunk in chunks:
                    buffer += chunk
                    if len(buffer) >= _BUFFER_SIZE:
                        _write_fully(handle, buffer)
                        buffer.clear()
                _write_fully(handle, buffer)
                if self.is_durable:
                    _sync_file(handle)
            finally:
                os.close(handle)

    def write_atomic(self, name: str, data: bytes) -> None:
        """Write a file, or replace it, all or nothing; it is durable when this returns."""
        new_name = name + NEW_SUFFIX
        self.write(new_name, [data])
        with self.translate_errors(self._path_of(name), "replace this file"):
            os.replace(self._path_of(new_name), self._path_of(name))
        self.sync()

    def sync(self) -> None:
        """fsync the directory, so that new and renamed entries are durable."""
        if not self.is_durable:
            return
        with self.translate_errors(self.path, "sync this folder"):
            _sync_directory(self.path)

    def sync_files(self, names: Iterable[str]) -> None:
        """fsync those of these files that are there, which others wrote, and the directory."""
        if not self.is_durable:
            return
        for name in names:
            if not self.exists(name):
                continue  # whoever reads it says so
            path = self._path_of(name)
            with self.translate_errors(path, "sync this file"), self._open(name) as handle:
                _sync_file(handle)
        self.sync()

    def delete(self, name: str) -> bool:
        """Delete a file. False if that is not possible now; a later commit tries again."""
        try:
            os.unlink(self._path_of(name))
        except OSError:
            return False
        return True

    def temporary_file(self) -> IO[bytes]:
        """A file in this directory that is deleted when it is closed. Use it within
        :meth:`translate_errors`."""
        prefix, suffix = TEMPORARY_AFFIXES
        return tempfile.TemporaryFile(dir=os.fspath(self.path), prefix=prefix, suffix=suffix)

    @contextmanager
    def translate_errors(self, path: Path, action: str) -> Iterator[None]:
        """Raises an OSError of the block as an ArchiveError: ``path`` "cannot ``action``"."""
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"{path}: cannot {action}: {error.strerror or error}", path
            ) from error

    def _path_of(self, name: str) -> Path:
        if not name or name in (".", "..") or any(c in name for c in "/\\:\0"):
            raise CorruptArchive(self.path, f"{name!r} is not the name of a file of an archive")
        return self.path / name

    @contextmanager
    def _open(self, name: str) -> Iterator[int]:
        """A handle of a regular file, open for reading."""
        path = self._path_of(name)
        try:
            handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY | _NONBLOCK)
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


def _write_fully(handle: int, data: bytearray) -> None:
    with memoryview(data) as view:
        written = 0
        while written < len(view):
            written += os.write(handle, view[written:])


if sys.platform == "darwin":
    import fcntl

    def _sync_file(handle: int) -> None:
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync there stops at the disk's own cache

else:

    def _sync_file(handle: int) -> None:
        os.fsync(handle)


def _sync_directory(path: Path) -> None:
    if os.name == "nt":  # a directory cannot be opened there; renames are journalled
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
