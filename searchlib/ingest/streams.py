"""Byte streams of files: buffered, decompressed, and with one set of errors to catch."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any, cast

import zstandard

# isal decompresses about three times as fast as zlib, with instructions of the processor; it is
# not available on every machine.
_zlib: Any = zlib
_GZIP_ERRORS: tuple[type[Exception], ...] = (zlib.error,)
try:
    from isal import isal_zlib as _zlib
except ImportError:
    pass
else:
    _GZIP_ERRORS += (cast("type[Exception]", _zlib.error),)

__all__ = ["COMPRESSED", "GZIP_MAGIC", "MAX_RECORD", "STREAM_ERRORS", "buffered", "decompressed",
           "why_unreadable"]  # fmt: skip

GZIP_MAGIC = b"\x1f\x8b"
_BZIP2_MAGIC, _XZ_MAGIC, _ZSTD_MAGIC = b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"

#: The ends of the names of compressed files.
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")

#: The longest record that is read, in bytes. A longer one is rejected.
MAX_RECORD = 256 * 1024 * 1024

#: What reading a damaged or unreadable stream raises.
STREAM_ERRORS: tuple[type[Exception], ...] = (
    OSError, EOFError, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile, tarfile.TarError,
    *_GZIP_ERRORS,
)  # fmt: skip

_BUFFER_SIZE = 256 * 1024
# Compressed bytes that are decompressed in one call: all are lost if one of them is damaged.
_COMPRESSED_CHUNK = 16 * 1024
# zstd cannot be told how much to give at once: at its highest ratio this becomes 32 MB.
_ZSTD_CHUNK = 1024
_GZIP_WBITS = 16 + zlib.MAX_WBITS
# The values of a gzip header's flag byte with which isal can read the header in several pieces.
# It takes a sound header for damaged if that arrives in pieces and has a checksum or several
# optional fields; zlib reads those members.
_FLAGS_FOR_ISAL = (0, 4, 8, 16)


class _RawStream(io.RawIOBase):
    """A stream that is read piece by piece, so that the data before an error is not lost with it.

    Text is encoded as UTF-8. Closing this object leaves the source open.
    """

    def __init__(self, source: Any) -> None:
        self._read = getattr(source, "read1", None) or source.read
        self._pending = b""

    def readable(self) -> bool:
        return True

    def push_back(self, data: bytes) -> None:
        """Return these bytes before all others."""
        self._pending = data + self._pending

    def readinto(self, buffer: Any) -> int:
        data = self._pending or self._read(len(buffer)) or b""
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        self._pending = data[size:]
        return size


def buffered(stream: IO[bytes] | IO[str]) -> io.BufferedReader:
    """The stream as buffered bytes, whose start can be inspected with ``peek``.

    >>> buffered(io.StringIO("caf\u00e9")).read()
    b'caf\\xc3\\xa9'
    """
    return io.BufferedReader(_RawStream(stream), _BUFFER_SIZE)


def decompressed(stream: io.BufferedReader) -> io.BufferedReader:
    """The decompressed stream if it is gzip, bzip2, xz or zstd, else the stream itself.

    >>> import gzip
    >>> decompressed(buffered(io.BytesIO(gzip.compress(b"news")))).read()
    b'news'
    """
    if len(stream.peek(6)) < 6:  # a pipe may deliver its first bytes alone
        raw = _RawStream(stream)
        raw.push_back(stream.read(6))
        stream = io.BufferedReader(raw, _BUFFER_SIZE)
    start = stream.peek(6)
    source: Any
    if start.startswith(GZIP_MAGIC):
        source = _GzipReader(stream)
    elif start.startswith(_BZIP2_MAGIC) and start[3:4].isdigit():
        source = _MemberReader(stream, bz2.BZ2Decompressor)
    elif start.startswith(_XZ_MAGIC):
        source = _MemberReader(stream, lzma.LZMADecompressor)
    elif start.startswith(_ZSTD_MAGIC):
        source = _MemberReader(stream, zstandard.ZstdDecompressor().decompressobj, _ZSTD_CHUNK)
    else:
        return stream
    return io.BufferedReader(_RawStream(source), _BUFFER_SIZE)


class _MemberReader:
    """Decompresses the members of a file, one after the other, each with a new decompressor."""

    def __init__(
        self, stream: io.BufferedReader, new: Callable[[], Any], chunk: int = _COMPRESSED_CHUNK
    ) -> None:
        self._stream = stream
        self._new = new
        self._chunk = chunk
        self._member: Any = None
        self._pending = b""

    def read(self, _size: int) -> bytes:
        """The next decompressed bytes; none at the end."""
        while True:
            member = self._member
            has_more = (
                member is not None and not member.eof and not getattr(member, "needs_input", True)
            )
            compressed = b"" if has_more else self._pending or self._stream.read1(self._chunk)
            self._pending = b""
            if member is None or member.eof:
                if not compressed:
                    return b""
                if member is not None:
                    compressed = compressed.lstrip(b"\0")  # padding
                    if not compressed:
                        continue
                self._member = self._new()
            elif not compressed and not has_more:
                raise EOFError
            bounds = () if self._chunk == _ZSTD_CHUNK else (_BUFFER_SIZE,)
            data: bytes = self._member.decompress(compressed, *bounds)
            if self._member.eof:
                self._pending = self._member.unused_data
            if data:
                return data


class _GzipReader:
    """Decompresses the members of a gzip file (RFC 1952) one after the other; each may be
    padded with zeros."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._member: Any = None  # the decompressor of the current member
        self._pending = b""  # compressed bytes that were read but not used

    def read(self, _size: int) -> bytes:
        """The next decompressed bytes, at most ``_BUFFER_SIZE``; none at the end."""
        while True:
            compressed = self._pending or self._stream.read1(_COMPRESSED_CHUNK)
            if self._member is None or self._member.eof:
                if not compressed:
                    return b""
                if self._member is not None:
                    self._pending = compressed = compressed.lstrip(b"\0")
                    if not compressed:
                        continue
                while len(compressed) < 4 and (more := self._stream.read1(_COMPRESSED_CHUNK)):
                    compressed += more
                isal_reads = compressed[3:4] and compressed[3] in _FLAGS_FOR_ISAL
                self._member = (_zlib if isal_reads else zlib).decompressobj(_GZIP_WBITS)
            elif not compressed:
                raise EOFError
            data: bytes = self._member.decompress(compressed, _BUFFER_SIZE)
            self._pending = self._member.unused_data or self._member.unconsumed_tail
            if data:
                return data


def why_unreadable(error: BaseException) -> str:
    """The reason, in words, for one of ``STREAM_ERRORS``.

    >>> why_unreadable(EOFError())
    'the compressed data ends too early: the rest of the file is missing'
    """
    if isinstance(error, EOFError):
        return "the compressed data ends too early: the rest of the file is missing"
    if isinstance(error, _GZIP_ERRORS):
        return f"the gzip data is damaged ({error}): the rest of the file is not read"
    if isinstance(error, (lzma.LZMAError, zstandard.ZstdError)) or "stream" in str(error):
        return f"the compressed data is damaged ({error}): the rest of the file is not read"
    return f"the file cannot be read further: {getattr(error, 'strerror', None) or error}"
