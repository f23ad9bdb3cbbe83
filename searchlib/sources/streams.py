"""Bytes of files and streams, unpacked, with every fault of theirs under one name."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, Any, cast

__all__ = ["BAD_STREAM", "GZIP_MAGIC", "MAX_RECORD", "buffered", "unpacked", "why_unreadable"]

GZIP_MAGIC = b"\x1f\x8b"

#: The longest record that is read, in bytes. A longer one is set aside.
MAX_RECORD = 256 * 1024 * 1024

#: What reading a damaged or unreadable stream raises.
BAD_STREAM = (OSError, EOFError, zlib.error)

_BUFFER = 256 * 1024


class _Bytes(io.RawIOBase):
    """A stream read piece by piece, so that what comes before a fault is not lost with it.

    A stream of text is read as UTF-8. Closing this leaves the stream itself open.
    """

    def __init__(self, source: Any) -> None:
        self._read = getattr(source, "read1", None) or source.read
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._rest or self._read(len(buffer)) or b""
        if isinstance(piece, str):
            piece = piece.encode("utf-8", "surrogatepass")
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        self._rest = piece[size:]
        return size


def buffered(stream: IO[bytes] | IO[str]) -> io.BufferedReader:
    """The stream as buffered bytes, of which the first can be looked at with ``peek``.

    >>> buffered(io.StringIO("caf\u00e9")).read()
    b'caf\\xc3\\xa9'
    """
    return io.BufferedReader(_Bytes(stream), _BUFFER)


def unpacked(stream: io.BufferedReader) -> io.BufferedReader:
    """The stream without its gzip packing, if it has one.

    >>> unpacked(buffered(io.BytesIO(gzip.compress(b"news")))).read()
    b'news'
    """
    if not stream.peek(2).startswith(GZIP_MAGIC):
        return stream
    packed = gzip.GzipFile(fileobj=cast("IO[bytes]", stream), mode="rb")
    return io.BufferedReader(_Bytes(packed), _BUFFER)


def why_unreadable(error: BaseException) -> str:
    """The reason, in words, for one of ``BAD_STREAM``.

    >>> why_unreadable(EOFError())
    'the gzip data ends too early: the rest of the file is missing'
    """
    if isinstance(error, EOFError):
        return "the gzip data ends too early: the rest of the file is missing"
    if isinstance(error, (gzip.BadGzipFile, zlib.error)):
        return f"the gzip data is damaged ({error}): the rest of the file is not read"
    return f"the file cannot be read further: {getattr(error, 'strerror', None) or error}"
