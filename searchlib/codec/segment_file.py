"""A segment's file: named arrays one after the other, with a checksum for each page.

PostingsFormat, little endian::

    magic                       8 bytes
    sections                    each at a multiple of 64 bytes
    page table                  the CRC-32 of every 16 KB of all before it, uint32 each
    footer                      JSON: sections {name: [offset, count, dtype]}, meta, page table
    footer offset, length, CRC  uint64, uint64, uint32
    magic                       8 bytes

The file is mapped, not read. A page's checksum is compared the first time that a part of it is
asked for, so opening is quick and nothing unchecked is ever used. Whoever refers to the file
also keeps its footer's CRC, so a whole file in the wrong place is noticed too.
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

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive, SnapshotClosed

__all__ = ["PAGE", "SegmentFile", "SegmentFileWriter", "Slice", "section"]

PAGE = 1 << 14
_MAGIC = b"slseg\x00\x02\n"
_OLDER = b"slseg\x00\x01\n"  # other sections, in the same container
_TAIL = struct.Struct("<QQI8s")
_ALIGN = 64
_FOOTER = 1 << 24  # bytes of a footer at most
_DTYPES = frozenset({"u1", "u2", "u4", "u8", "i2", "i4", "i8", "f8"})

Array = npt.NDArray[Any]


def section(field: str) -> str:
    """The name that the sections of a field start with; no other section starts with it."""
    return f"field.{field}"


class SegmentFileWriter:
    """The sections of a file to be, collected in any order and then written at once.

    What is long is drafted in the archive's own folder, so that no other disk can be full.

    >>> import tempfile
    >>> draft = SegmentFileWriter(Directory(tempfile.mkdtemp()))
    >>> draft.put("numbers", np.arange(3, dtype="u2"))
    >>> draft.append("text", b"ab"); draft.append("text", b"cd")
    >>> draft.close()
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.meta: dict[str, Any] = {}
        self._parts: dict[str, tuple[IO[bytes], str]] = {}

    def put(self, name: str, array: Array) -> None:
        """Add an array to a section, which takes the dtype of its first array."""
        dtype = array.dtype.str[1:]
        assert self._parts.get(name, (None, dtype))[1] == dtype, name
        # The file is little endian whatever the machine is.
        little = array if sys.byteorder == "little" else array.astype(array.dtype.newbyteorder("<"))
        self._add(name, dtype, np.ascontiguousarray(little).data.cast("B"))

    def append(self, name: str, data: bytes) -> None:
        """Add bytes to a section of bytes."""
        self._add(name, "u1", data)

    def write(self, name: str) -> tuple[int, int]:
        """Write the file, bring it to disk; returns its length and its footer's CRC-32."""
        written = [0, 0]
        try:
            self._directory.write(name, self._bytes(written))
        finally:
            self.close()
        return written[0], written[1]

    def close(self) -> None:
        """Give the drafted sections back."""
        for part, _ in self._parts.values():
            with suppress(OSError):  # what a full disk did not take is not wanted any more
                part.close()

    def _add(self, name: str, dtype: str, data: bytes | memoryview) -> None:
        with self._directory.trouble(self._directory.path, "write a draft in this folder"):
            if name not in self._parts:
                self._parts[name] = (self._directory.temporary(), dtype)
            self._parts[name][0].write(data)

    def _bytes(self, written: list[int]) -> Iterator[bytes]:
        sections: dict[str, tuple[int, int, str]] = {}
        pages = _Pages()
        yield pages.take(_MAGIC)
        for name, (part, dtype) in self._parts.items():
            yield pages.take(bytes(-pages.length % _ALIGN))
            start = pages.length
            part.seek(0)
            while chunk := part.read(1 << 20):
                yield pages.take(chunk)
            sections[name] = (start, (pages.length - start) // np.dtype(dtype).itemsize, dtype)
        yield pages.take(bytes(-pages.length % _ALIGN))
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
        written[:] = pages.length + len(table) + len(footer) + _TAIL.size, crc


class _Pages:
    """The checksums of the pages of a stream."""

    def __init__(self) -> None:
        self.length = 0
        self._sums: list[int] = []
        self._open = 0  # the checksum of the page that is not full yet

    def take(self, chunk: bytes) -> bytes:
        view, at = memoryview(chunk), 0
        while at < len(view):
            part = view[at : at + PAGE - self.length % PAGE]
            self._open = crc32(part, self._open)
            self.length += len(part)
            at += len(part)
            if self.length % PAGE == 0:
                self._sums.append(self._open)
                self._open = 0
        return chunk

    def table(self) -> bytes:
        sums = self._sums + ([self._open] if self.length % PAGE else [])
        return np.array(sums, "<u4").tobytes()


class SegmentFile:
    """A written file, open for reading: sections as arrays over the mapped file.

    Raises :class:`CorruptArchive` naming the file as soon as something that is asked for is not
    what was written.

    >>> import tempfile
    >>> folder = Directory(tempfile.mkdtemp())
    >>> draft = SegmentFileWriter(folder)
    >>> draft.put("numbers", np.arange(3, dtype="u2"))
    >>> size, crc = draft.write("a.seg")
    >>> with SegmentFile(folder, "a.seg", size, crc) as container:
    ...     container.array("numbers").tolist()
    [0, 1, 2]
    """

    _verified: bytearray  # of each page: whether its checksum was compared

    def __init__(self, directory: Directory, name: str, size: int, crc: int) -> None:
        self.file = str(directory.path / name)
        self.bytes = size
        self._map: mmap | None = directory.map(name)
        try:
            footer = self._footer(self._map, size, crc)
            self.meta: dict[str, Any] = footer["meta"]
            self._sections: Mapping[str, tuple[int, int, str]] = footer["sections"]
            if not isinstance(self.meta, dict) or not isinstance(self._sections, dict):
                raise ValueError("no tables")
            self._open_table(self._map, *footer["table"])
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

    def array(self, name: str) -> Array:
        """A whole section, every page of it checked."""
        return self.window(name).all()

    def window(self, name: str) -> Slice:
        """A section to read in parts, the pages of each part checked when it is read."""
        try:
            start, count, dtype = self._sections[name]
        except KeyError:
            raise CorruptArchive(self.file, f"it has no section {name!r}") from None
        except (TypeError, ValueError):
            raise CorruptArchive(self.file, f"section {name!r} is not well formed") from None
        taken = self._taken()
        well = all(isinstance(n, int) and n >= 0 for n in (start, count)) and str(dtype) in _DTYPES
        if not well or start + count * np.dtype(dtype).itemsize > self._checked_to:
            raise CorruptArchive(self.file, f"section {name!r} reaches outside of the file")
        return Slice(self, np.frombuffer(taken, "<" + dtype, count, start), start)

    def offset(self, name: str) -> int:
        """Where in the file a section begins."""
        return self.window(name).start

    def verify(self, start: int, end: int) -> None:
        """Compare the checksums of the pages that hold these bytes, unless that was done."""
        for page in range(start // PAGE, (end + PAGE - 1) // PAGE):
            if not self._verified[page]:
                view = memoryview(self._taken())
                view = view[page * PAGE : min((page + 1) * PAGE, self._checked_to)]
                with view:
                    if crc32(view) != self._table[page]:
                        raise CorruptArchive(
                            self.file, f"the checksum of bytes {page * PAGE} on is wrong"
                        )
                self._verified[page] = 1

    def verify_all(self) -> None:
        """Read and compare every page anew; the folder's file must be as long as was written."""
        self._verified = bytearray(len(self._verified))
        self.verify(0, self._checked_to)

    def close(self) -> None:
        """Give the map back; arrays that are still in use keep it alive until they go."""
        taken, self._map = self._map, None
        if taken is not None:
            with suppress(BufferError):  # then the last array that looks into the map closes it
                taken.close()

    def _taken(self) -> mmap:
        if self._map is None:
            raise SnapshotClosed(f"{self.file}: this snapshot was closed: make a new one")
        return self._map

    def _footer(self, taken: mmap, size: int, crc: int) -> Any:
        if len(taken) != size:
            raise CorruptArchive(self.file, f"it has {len(taken)} bytes, not {size}")
        if size < _TAIL.size + len(_MAGIC):
            raise CorruptArchive(self.file, "it is too short")
        start, length, kept, magic = _TAIL.unpack(taken[size - _TAIL.size :])
        if magic not in (_MAGIC, _OLDER) or taken[: len(_MAGIC)] != magic:
            raise CorruptArchive(self.file, "it is no segment of this version of searchlib")
        if length > _FOOTER:
            raise CorruptArchive(self.file, "its footer is too long")
        footer = taken[start : size - _TAIL.size] if start + length < size else b""
        if len(footer) != length or kept != crc or crc32(footer) != crc:
            raise CorruptArchive(self.file, "its footer's checksum is wrong")
        self._footer_start: int = start
        return json.loads(footer)

    def _open_table(self, taken: mmap, start: int, count: int, crc: int) -> None:
        table = taken[start : start + 4 * count]
        pages = -(-start // PAGE)
        if count != pages or len(table) != 4 * count or crc32(table) != crc:
            raise CorruptArchive(self.file, "its page table's checksum is wrong")
        if start + len(table) != self._footer_start:
            raise CorruptArchive(self.file, "its page table is not where it should be")
        self._checked_to = start
        self._table: list[int] = np.frombuffer(table, "<u4").tolist()
        self._verified = bytearray(count)


class Slice:
    """A section of a container that is read in parts."""

    __slots__ = ("_array", "_item", "_segment_file", "start")

    def __init__(self, segment_file: SegmentFile, array: Array, start: int) -> None:
        self._segment_file = segment_file
        self._array = array
        self.start = start
        self._item = array.itemsize

    def __len__(self) -> int:
        return len(self._array)

    def all(self) -> Array:
        """The whole section, checked."""
        return self.part(0, len(self._array))

    def part(self, start: int, end: int) -> Array:
        """The items from ``start`` to ``end``, checked; CorruptArchive if there are none such."""
        if not 0 <= start <= end <= len(self._array):
            raise CorruptArchive(self._segment_file.file, f"items {start} to {end} are outside")
        first = self.start + start * self._item
        self._segment_file.verify(first, first + (end - start) * self._item)
        return self._array[start:end]
