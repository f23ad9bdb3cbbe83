"""Bytes of files and streams, unpacked, with every fault of theirs under one name."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

__all__ = ["BAD_STREAM", "GZIP_MAGIC", "MAX_RECORD", "buffered", "unpacked", "why_unreadable"]

GZIP_MAGIC = b"\x1f\x8b"

#: The longest record that is read, in bytes. A longer one is set aside.
MAX_RECORD = 256 * 1024 * 1024

#: What reading a damaged or unreadable stream raises.
BAD_STREAM = (OSError, EOFError, zlib.error)

_BUFFER = 256 * 1024
_PIECE = 512 * 1024


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


def unpacked(stream: io.BufferedReader, *, ahead: bool = False) -> io.BufferedReader:
    """The stream without its gzip packing, if it has one.

    With ``ahead`` a thread unpacks what comes next while the last is in use, until this is
    closed; not for what may keep it waiting, such as a pipe.

    >>> import gzip
    >>> unpacked(buffered(io.BytesIO(gzip.compress(b"news")))).read()
    b'news'
    """
    if not stream.peek(2).startswith(GZIP_MAGIC):
        return stream
    return io.BufferedReader(_Pieces(_unpack(stream), ahead=ahead), _BUFFER)


def _unpack(stream: io.BufferedReader) -> Iterator[bytes]:
    """The gzip members of a stream, unpacked, piece by piece and up to a fault."""
    packed = stream.read1(_BUFFER)
    while packed:
        member, most = zlib.decompressobj(31), _BUFFER
        while not member.eof:
            packed = packed or stream.read1(_BUFFER)
            before = member.copy()
            try:
                piece = member.decompress(packed[:most], _PIECE)
            except zlib.error:
                # A smaller part may be whole: at the end there is one byte, which is not.
                if most == 1:
                    raise
                member, most = before, max(1, min(most, len(packed)) // 2)
                continue
            if piece:
                yield piece
            elif not packed and not member.eof:
                raise EOFError
            packed = (member.unused_data or member.unconsumed_tail) + packed[most:]
        packed = packed.lstrip(b"\0")  # some fill up the last block
        while not packed and (packed := stream.read1(_BUFFER)):
            packed = packed.lstrip(b"\0")


class _Pieces(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, pieces: Iterator[bytes], *, ahead: bool) -> None:
        self._pieces = pieces
        self._ahead = ahead
        self._thread: ThreadPoolExecutor | None = None
        self._next: Future[bytes] | None = None
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        rest = self._rest or memoryview(self._take())
        size = min(len(rest), len(buffer))
        buffer[:size] = rest[:size]
        self._rest = rest[size:]
        return size

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        super().close()

    def _take(self) -> bytes:
        piece = self._next.result() if self._next is not None else next(self._pieces, b"")
        if self._ahead and self._thread is None and len(piece) >= _BUFFER:
            # Not for a short file, which is not worth a thread.
            self._thread = ThreadPoolExecutor(1, "searchlib-reading")
        if self._thread is not None and piece:
            self._next = self._thread.submit(next, self._pieces, b"")
        return piece


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
