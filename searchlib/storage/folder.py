"""The archive's folder: every touch of the file system goes through here.

Names are plain file names; a symbolic link or a name that leads elsewhere is refused. What
:meth:`Folder.write` and :meth:`Folder.replace` have written is on the disk once
:meth:`Folder.sync` (or ``replace``) has returned: file first, then the folder that names it.
"""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from searchlib.errors import ArchiveError, CorruptArchive

__all__ = ["Folder"]

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Folder:
    """A folder of files; trouble with it is an :class:`~searchlib.errors.ArchiveError`.

    >>> import tempfile
    >>> folder = Folder(tempfile.mkdtemp())
    >>> folder.replace("a.txt", b"text")
    >>> folder.read("a.txt"), folder.names()
    (b'text', ['a.txt'])
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def make(self) -> None:
        """Make the folder, and the folders above it, if they are not there."""
        with self._trouble(self.path, "make this folder"):
            self.path.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """The names of the files, sorted; none where there is no folder."""
        with self._trouble(self.path, "list this folder"):
            try:
                return sorted(os.listdir(self.path))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        with self._trouble(self._at(name), "look for this file"):
            try:
                os.lstat(self._at(name))
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def size(self, name: str) -> int:
        """The length of a file in bytes."""
        with self._trouble(self._at(name), "look at this file"):
            return os.lstat(self._at(name)).st_size

    def read(self, name: str, limit: int = 1 << 26) -> bytes:
        """All bytes of a file; CorruptArchive if it is missing or longer than ``limit``."""
        handle = self._open(name)
        with os.fdopen(handle, "rb") as file:
            if os.fstat(handle).st_size > limit:
                raise CorruptArchive(self._at(name), f"it is longer than {limit} bytes")
            with self._trouble(self._at(name), "read this file"):
                return file.read()

    def map(self, name: str) -> mmap.mmap:
        """The file mapped into memory, read only; the map outlives the file's name."""
        handle = self._open(name)
        try:
            if not os.fstat(handle).st_size:
                raise CorruptArchive(self._at(name), "it is empty")
            with self._trouble(self._at(name), "map this file"):
                return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(handle)

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write a new file and bring it to the disk; :meth:`sync` makes its name lasting."""
        path = self._at(name)
        with self._trouble(path, "write this file"):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NOFOLLOW | _BINARY
            with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())

    def replace(self, name: str, data: bytes) -> None:
        """Put ``data`` in the place of a file, all or nothing, and bring it to the disk."""
        fresh = name + ".new"
        self.write(fresh, [data])
        with self._trouble(self._at(name), "replace this file"):
            os.replace(self._at(fresh), self._at(name))
        self.sync()

    def sync(self) -> None:
        """Bring the folder's names to the disk."""
        if os.name == "nt":  # a folder cannot be opened there; renames are journalled
            return
        with self._trouble(self.path, "sync this folder"):
            handle = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def remove(self, name: str) -> bool:
        """Take a file away; False if it cannot be now (a later commit tries again)."""
        try:
            os.unlink(self._at(name))
        except OSError:
            return False
        return True

    def _at(self, name: str) -> Path:
        if not name or name in (".", "..") or any(c in name for c in "/\\:\0"):
            raise CorruptArchive(self.path, f"{name!r} is not the name of a file of an archive")
        return self.path / name

    def _open(self, name: str) -> int:
        path = self._at(name)
        try:
            handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY)
        except FileNotFoundError:
            raise CorruptArchive(path, "it is missing") from None
        except OSError as error:
            if path.is_symlink():
                raise CorruptArchive(path, "it is a link, which no archive holds") from None
            raise ArchiveError(f"{path}: cannot open this file: {error.strerror}", path) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise CorruptArchive(path, "it is not a plain file")
        return handle

    @contextmanager
    def _trouble(self, path: Path, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(f"{path}: cannot {what}: {error.strerror or error}", path) from error
