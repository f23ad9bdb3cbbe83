"""A segment's file: named sections, each an array, with a checksum for every page.

Little endian::

    +--------------------------------+
    | magic                  8 bytes |
    +--------------------------------+ <- multiple of 64       --+
    | section, then zeros            |                           |
    +--------------------------------+ <- multiple of 64         |  pages of 16 KB
    | section, then zeros            |                           |  from the start
    |   ...                          |                           |  of the file
    +--------------------------------+ <- checked_to           --+
    | page table   uint32 for a page |   the CRC-32 of each page
    +--------------------------------+
    | footer                    JSON |   {"sections": {name: [offset, count, dtype]},
    |                                |    "meta": {...}, "table": [offset, pages, CRC-32]}
    +--------------------------------+
    | footer's offset         uint64 |
    | footer's length         uint64 |
    | footer's CRC-32         uint32 |
    | magic                  8 bytes |
    +--------------------------------+

The file is mapped, not read. A page's checksum is compared the first time that a part of the page
is read, so opening is quick and no unverified byte is ever used. The manifest also keeps the CRC-32
of the footer, so a valid file in the wrong place is noticed too.

So the checksums form a chain: manifest -> footer -> page table -> pages. Sections are what Lucene
keeps in the files of a segment, and this file what it calls a compound file (``.cfs``).
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from mmap import mmap
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive, SnapshotClosed

__all__ = [
    "PAGE",
    "SegmentFile",
    "SegmentFileWriter",
    "Slice",
    "footer_of",
    "section_prefix",
]

PAGE = 1 << 14
_MAGIC = b"slseg\x00\x02\n"
_MAGIC_1 = b"slseg\x00\x01\n"  # format 1: the same layout, other sections
_TAIL = struct.Struct("<QQI8s")
_ALIGNMENT = 64
_MAX_IN_MEMORY = 1 << 22  # bytes of a section that is being written
_MAX_FOOTER = 1 << 24  # bytes
_SIZES = {kind: int(kind[1:]) for kind in ("u1", "u2", "u4", "u8", "i2", "i4", "i8", "f8")}

Array = npt.NDArray[Any]


def section_prefix(field: str) -> str:
    """What the names of a field's sections start with; no other section's name does.

    >>> section_prefix("body")
    'field.body'
    """
    return "field." + field.replace("%", "%25").replace(".", "%2E")


class _Section:
    """The bytes of a section that is being written: in memory while they are few, then in a file
    in the archive's own directory."""

    __slots__ = ("_directory", "_file", "_pieces", "_size", "dtype")

    def __init__(self, directory: Directory, dtype: str) -> None:
        self._directory = directory
        self.dtype = dtype
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def append(self, data: bytes | memoryview) -> None:
        self._size += len(data)
        if self._size <= _MAX_IN_MEMORY:
            self._pieces.append(bytes(data))
            return
        with self._directory.translate_errors(self._directory.path, "write a draft in this folder"):
            if self._file is None:
                self._file = self._directory.temporary_file()
                self._file.writelines(self._pieces)
                self._pieces.clear()
            self._file.write(data)

    def chunks(self) -> Iterator[bytes]:
        if self._file is None:
            yield from self._pieces
            return
        self._file.seek(0)
        while chunk := self._file.read(1 << 20):
            yield chunk

    def close(self) -> None:
        self._pieces.clear()
        if self._file is not None:
            with suppress(OSError):  # bytes that a full disk did not take: not needed any more
                self._file.close()


class SegmentFileWriter:
    """Collects the sections of a segment file, in any order, and writes them in one go.

    Long sections are buffered in temporary files in the archive's own directory, so that no other
    disk can be full.

    >>> import tempfile
    >>> out = SegmentFileWriter(Directory(tempfile.mkdtemp()))
    >>> out.put("numbers", np.arange(3, dtype="u2"))
    >>> out.append("text", b"ab"); out.append("text", b"cd")
    >>> out.close()
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.meta: dict[str, Any] = {}
        self._written: dict[str, _Section] = {}

    def put(self, name: str, array: Array) -> None:
        """Append an array to a section, whose dtype is that of its first array."""
        dtype = array.dtype.str[1:]
        # Little endian on every machine.
        little = array if sys.byteorder == "little" else array.astype(array.dtype.newbyteorder("<"))
        self._append(name, dtype, np.ascontiguousarray(little).data.cast("B"))

    def append(self, name: str, data: bytes) -> None:
        """Append bytes to a section of bytes."""
        self._append(name, "u1", data)

    def write(self, name: str) -> tuple[int, int]:
        """Write the file and fsync it; returns its length in bytes and its footer's CRC-32."""
        length_and_crc = [0, 0]
        try:
            self._directory.write(name, self._chunks(length_and_crc))
        finally:
            self.close()
        return length_and_crc[0], length_and_crc[1]

    def close(self) -> None:
        """Delete the buffers."""
        for section in self._written.values():
            section.close()

    def _append(self, name: str, dtype: str, data: bytes | memoryview) -> None:
        section = self._written.get(name)
        if section is None:
            section = self._written[name] = _Section(self._directory, dtype)
        assert section.dtype == dtype, name
        section.append(data)

    def _chunks(self, length_and_crc: list[int]) -> Iterator[bytes]:
        sections: dict[str, tuple[int, int, str]] = {}
        pages = _PageChecksums()
        yield pages.add(_MAGIC)
        for name, section in self._written.items():
            yield pages.add(bytes(-pages.length % _ALIGNMENT))
            start, dtype = pages.length, section.dtype
            for chunk in section.chunks():
                yield pages.add(chunk)
            sections[name] = (start, (pages.length - start) // int(dtype[1:]), dtype)
        yield pages.add(bytes(-pages.length % _ALIGNMENT))
        table = pages.table()
        yield table
        footer = json.dumps(
            {
                "sections": sections,
                "meta": self.meta,
                "table": [pages.length, len(table) // 4, crc32(table)],
            },
            separators=(",", ":"),
        ).encode()
        crc = crc32(footer)
        yield footer
        yield _TAIL.pack(pages.length + len(table), len(footer), crc, _MAGIC)
        length_and_crc[:] = pages.length + len(table) + len(footer) + _TAIL.size, crc


class _PageChecksums:
    """The CRC-32 of every page of a stream of chunks."""

    def __init__(self) -> None:
        self.length = 0
        self._checksums: list[int] = []
        self._last = 0  # the checksum of the page that is not full yet

    def add(self, chunk: bytes) -> bytes:
        view, start = memoryview(chunk), 0
        while start < len(view):
            piece = view[start : start + PAGE - self.length % PAGE]
            self._last = crc32(piece, self._last)
            self.length += len(piece)
            start += len(piece)
            if self.length % PAGE == 0:
                self._checksums.append(self._last)
                self._last = 0
        return chunk

    def table(self) -> bytes:
        checksums = self._checksums + ([self._last] if self.length % PAGE else [])
        return np.array(checksums, "<u4").tobytes()


def footer_of(directory: Directory, name: str) -> tuple[int, int, dict[str, Any]]:
    """The length of a segment file, the checksum of its footer as the file itself has it, and its
    meta data. CorruptArchive if the footer is not what was written.

    >>> import tempfile
    >>> directory = Directory(tempfile.mkdtemp())
    >>> out = SegmentFileWriter(directory)
    >>> out.write("a.seg") == footer_of(directory, "a.seg")[:2]
    True
    """
    with directory.map_file(name) as mapped:
        size = len(mapped)
        crc = _TAIL.unpack(mapped[-_TAIL.size :])[2] if size >= _TAIL.size else 0
    with SegmentFile(directory, name, size, crc) as segment_file:
        return size, crc, segment_file.meta


class SegmentFile:
    """A segment file open for reading: sections as arrays over the mapped file.

    Raises :class:`CorruptArchive`, naming the file, as soon as bytes that are read are not what was
    written.

    >>> import tempfile
    >>> directory = Directory(tempfile.mkdtemp())
    >>> out = SegmentFileWriter(directory)
    >>> out.put("numbers", np.arange(3, dtype="u2"))
    >>> size, crc = out.write("a.seg")
    >>> with SegmentFile(directory, "a.seg", size, crc) as segment_file:
    ...     segment_file.array("numbers").tolist()
    [0, 1, 2]
    """

    _verified: bytearray  # for each page, whether its checksum was compared

    def __init__(self, directory: Directory, name: str, size: int, crc: int) -> None:
        self.file = str(directory.path / name)
        self.bytes = size
        self._map: mmap | None = directory.map_file(name)
        try:
            footer = self._read_footer(self._map, size, crc)
            self.meta: dict[str, Any] = footer["meta"]
            self._sections: Mapping[str, tuple[int, int, str]] = footer["sections"]
            if not isinstance(self.meta, dict) or not isinstance(self._sections, dict):
                raise ValueError("no tables")
            self._read_page_table(self._map, *footer["table"])
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            self.close()
            raise CorruptArchive(self.file, f"its footer is not well formed: {error!r}") from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SegmentFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def array(self, name: str, dtype: str = "") -> Array:
        """A whole section, all of its pages verified; read-only, over the mapped file. ``dtype``
        as for :meth:`slice`."""
        return self.slice(name, dtype).read_all()

    def slice(self, name: str, dtype: str = "") -> Slice:
        """A section to be read in parts, whose pages are verified when they are read.

        ``dtype`` is what the section's must be, or how it must begin ("u": any unsigned one).
        """
        expected = dtype
        try:
            start, count, dtype = self._sections[name]
        except KeyError:
            raise CorruptArchive(self.file, f"it has no section {name!r}") from None
        except (TypeError, ValueError):
            raise CorruptArchive(self.file, f"section {name!r} is not well formed") from None
        mapped = self._open_map()
        size = _SIZES.get(dtype) if type(dtype) is str else None
        are_ints = isinstance(start, int) and isinstance(count, int)
        is_inside = are_ints and start >= _ALIGNMENT and count >= 0
        if size is None or not is_inside or start + count * size > self._checked_to:
            raise CorruptArchive(self.file, f"section {name!r} reaches outside of the file")
        self.require(start % _ALIGNMENT == 0, name, "it does not start where a section can")
        self.require(dtype.startswith(expected), name, f"it holds {dtype}, not {expected}")
        return Slice(self, np.frombuffer(mapped, "<" + dtype, count, start), start)

    def require(self, condition: bool, name: str, why: str) -> None:
        """Raises CorruptArchive, which names the section and says why, unless the condition holds.

        What checks call: a right checksum does not say that the numbers make sense.
        """
        if not condition:
            raise CorruptArchive(self.file, f"section {name!r}: {why}")

    def offset(self, name: str) -> int:
        """Where in the file a section starts, in bytes."""
        return self.slice(name).start

    def verify(self, start: int, end: int) -> None:
        """Compare the checksums of the pages of these bytes, of those not verified before."""
        page, last = start // PAGE, -(-end // PAGE)
        while (page := self._verified.find(0, page, last)) >= 0:
            view = memoryview(self._open_map())
            view = view[page * PAGE : min((page + 1) * PAGE, self._checked_to)]
            with view:
                if crc32(view) != self._page_checksums[page]:
                    raise CorruptArchive(
                        self.file, f"the checksum of bytes {page * PAGE} on is wrong"
                    )
            self._verified[page] = 1

    def verify_all(self) -> None:
        """Compare the checksums of all pages, also of those verified before."""
        self._verified[:] = bytes(len(self._verified))
        self.verify(0, self._checked_to)

    def close(self) -> None:
        """Close the map; arrays that are still in use keep it open until they are gone."""
        mapped, self._map = self._map, None
        if mapped is not None:
            with suppress(BufferError):  # then the last array over the map closes it
                mapped.close()

    def _open_map(self) -> mmap:
        if self._map is None:
            raise SnapshotClosed(f"{self.file}: this snapshot was closed: make a new one")
        return self._map

    def _read_footer(self, mapped: mmap, size: int, crc: int) -> Any:
        if len(mapped) != size:
            raise CorruptArchive(self.file, f"it has {len(mapped)} bytes, not {size}")
        if size < _TAIL.size + len(_MAGIC):
            raise CorruptArchive(self.file, "it is too short")
        start, length, footer_crc, magic = _TAIL.unpack(mapped[size - _TAIL.size :])
        if magic not in (_MAGIC, _MAGIC_1) or mapped[: len(_MAGIC)] != magic:
            raise CorruptArchive(self.file, "it is no segment of this version of searchlib")
        if length > _MAX_FOOTER:
            raise CorruptArchive(self.file, "its footer is too long")
        footer, end = mapped[start : start + length], size - _TAIL.size
        if start + length != end or footer_crc != crc or crc32(footer) != crc:
            raise CorruptArchive(self.file, "its footer's checksum is wrong")
        self._footer_start: int = start
        return json.loads(footer)

    def _read_page_table(self, mapped: mmap, start: int, count: int, crc: int) -> None:
        table = mapped[start : start + 4 * count]
        pages = -(-start // PAGE)
        if count != pages or len(table) != 4 * count or crc32(table) != crc:
            raise CorruptArchive(self.file, "its page table's checksum is wrong")
        if start + len(table) != self._footer_start:
            raise CorruptArchive(self.file, "its page table is not where it should be")
        self._checked_to = start
        self._page_checksums: list[int] = np.frombuffer(table, "<u4").tolist()
        self._verified = bytearray(count)


class Slice:
    """A section of a segment file that is read in parts."""

    __slots__ = ("_array", "_itemsize", "_segment_file", "start")

    def __init__(self, segment_file: SegmentFile, array: Array, start: int) -> None:
        self._segment_file = segment_file
        self._array = array
        self.start = start  # in the file, in bytes
        self._itemsize = array.itemsize

    def __len__(self) -> int:
        return len(self._array)

    def for_kernels(self) -> kernels.codec.Section:
        """The same for the kernels."""
        segment_file, data = self._segment_file, self._array.view(np.uint8)
        return kernels.codec.Section(
            data, self._itemsize, self.start, PAGE, segment_file._verified, segment_file.verify
        )

    def read_all(self) -> Array:
        """All items, verified."""
        return self.read(0, len(self._array))

    def read(self, start: int, end: int) -> Array:
        """The items from ``start`` to ``end``, verified; CorruptArchive if they do not exist."""
        if not 0 <= start <= end <= len(self._array):
            raise CorruptArchive(self._segment_file.file, f"items {start} to {end} are outside")
        first = self.start + start * self._itemsize
        self._segment_file.verify(first, first + (end - start) * self._itemsize)
        return self._array[start:end]
