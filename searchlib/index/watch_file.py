"""The files of the standing queries and of their programs: which bytes a commit names. What they
say is not known here."""

from __future__ import annotations

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.manifest import WatchFile

__all__ = ["read_watch_file"]


def read_watch_file(directory: Directory, watches: WatchFile | None) -> bytes:
    """The bytes of one of these files; none if the commit names none. Raises
    :class:`CorruptArchive` if it is not what was written.

    >>> import tempfile
    >>> directory = Directory(tempfile.mkdtemp())
    >>> directory.write("00000001.wat", [b"[]"])
    >>> read_watch_file(directory, WatchFile("00000001.wat", 2, crc32(b"[]")))
    b'[]'
    """
    if watches is None:
        return b""
    data = directory.read(watches.file, watches.bytes)
    path = directory.path / watches.file
    if len(data) != watches.bytes:
        raise CorruptArchive(path, f"it has {len(data)} bytes, not {watches.bytes}")
    if crc32(data) != watches.crc:
        raise CorruptArchive(path, "its checksum is wrong")
    return data
