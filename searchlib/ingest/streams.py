"""Bytes of files and streams, unpacked, with every fault of theirs under one name."""

from __future__ import annotations

import io
import zlib
from typing import IO, Any, cast

# isal unpacks by the processor's own instructions, three times as fast; it is not built for
# every machine.
_zlib: Any = zlib
_BAD_PACKING: tuple[type[Exception], ...] = (zlib.error,)
try:
    from isal import isal_zlib as _zlib
except ImportError:
    pass
else:
    _BAD_PACKING += (cast("type[Exception]", _zlib.error),)

__all__ = ["BAD_STREAM", "GZIP_MAGIC", "MAX_RECORD", "buffered", "unpacked", "why_unreadable"]

GZIP_MAGIC = b"\x1f\x8b"

#: The longest record that is read, in bytes. A longer one is set aside.
MAX_RECORD = 256 * 1024 * 1024

#: What reading a damaged or unreadable stream raises.
BAD_STREAM: tuple[type[Exception], ...] = (OSError, EOFError, *_BAD_PACKING)

_BUFFER = 256 * 1024
_PACKED = 16 * 1024  # packed bytes that are unpacked together: lost if one of them is damaged
_GZIP = 16 + zlib.MAX_WBITS
# The flags of a header of which isal reads every part on its own, as far as it has come. It takes
# a sound header for damaged if it comes in two pieces and has a checksum, or several fields.
_SIMPLE = (0, 4, 8, 16)


class _Bytes(io.RawIOBase):
    """A stream read piece by piece, so that what comes before a fault is not lost with it.

    A stream of text is read as UTF-8. Closing this leaves the stream itself open.
    """

    def __init__(self, source: Any) -> None:
        self._read = getattr(source, "read1", None) or source.read
        self._rest = b""

    def readable(self) -> bool:
        return True

    def put_back(self, piece: bytes) -> None:
        """Give this before all else."""
        self._rest = piece + self._rest

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

    >>> import gzip
    >>> unpacked(buffered(io.BytesIO(gzip.compress(b"news")))).read()
    b'news'
    """
    if len(stream.peek(2)) == 1:  # a pipe may give its first byte alone
        whole = _Bytes(stream)
        whole.put_back(stream.read(2))
        stream = io.BufferedReader(whole, _BUFFER)
    if not stream.peek(2).startswith(GZIP_MAGIC):
        return stream
    return io.BufferedReader(_Bytes(_Unpacking(stream)), _BUFFER)


class _Unpacking:
    """Reads the members of a gzip file (RFC 1952), end to end; zeros may stand behind each."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._member: Any = None  # the one that is being read
        self._rest = b""

    def read(self, _size: int) -> bytes:
        """The next bytes, as many as is handy; none at the end."""
        while True:
            packed = self._rest or self._stream.read1(_PACKED)
            if self._member is None or self._member.eof:
                if not packed:
                    return b""
                if self._member is not None:
                    self._rest = packed = packed.lstrip(b"\0")
                    if not packed:
                        continue
                while len(packed) < 4 and (more := self._stream.read1(_PACKED)):
                    packed += more
                unpacking = _zlib if packed[3:4] and packed[3] in _SIMPLE else zlib
                self._member = unpacking.decompressobj(_GZIP)
            elif not packed:
                raise EOFError
            found: bytes = self._member.decompress(packed, _BUFFER)
            self._rest = self._member.unused_data or self._member.unconsumed_tail
            if found:
                return found


def why_unreadable(error: BaseException) -> str:
    """The reason, in words, for one of ``BAD_STREAM``.

    >>> why_unreadable(EOFError())
    'the gzip data ends too early: the rest of the file is missing'
    """
    if isinstance(error, EOFError):
        return "the gzip data ends too early: the rest of the file is missing"
    if isinstance(error, _BAD_PACKING):
        return f"the gzip data is damaged ({error}): the rest of the file is not read"
    return f"the file cannot be read further: {getattr(error, 'strerror', None) or error}"
