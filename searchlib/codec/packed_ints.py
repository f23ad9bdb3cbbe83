"""Packed integer arrays (1, 2, 4, 8 or 12 bits a value) with an exception list; range and random
access.

- :class:`PackedBits`: 1, 2 or 4 bits a value, several to a byte, the first one lowest;
- :class:`PackedBytes`: 8 bits a value;
- :class:`Packed12Bit`: 12 bits a value, the low bytes and the high halves in two sections.

``PackedBytes`` and ``Packed12Bit`` take larger values too: the array holds its highest value there,
and the value is listed by its index, ascending, as an exception. This is patched frame of
reference with one frame (Zukowski and others, 'Super-Scalar RAM-CPU Cache Compression', ICDE 2006).
Sections of a 12-bit array ``NAME``, which holds 7, 4095, 513::

    NAME          u1   07 00 01      low bytes
    NAME.high     u1   f0 02         high halves, two to a byte (0, f, 2)
    NAME.at       u8   1             index of each exception
    NAME.value    u4   4095          its value: from 0xf00 on, values are exceptions

Every width was chosen so that a value's place follows from its index: no block has to be decoded
before another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.ordering import ascends
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import BYTE_EXCEPTION, TWELVE_BIT_EXCEPTION

__all__ = [
    "Packed12Bit",
    "Packed12BitWriter",
    "PackedBits",
    "PackedBitsWriter",
    "PackedBytes",
    "PackedBytesWriter",
    "ranges",
]

Ints = npt.NDArray[Any]
_CHECK_STEP = 1 << 20  # values that are checked together


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """The numbers of several ranges, one range after the other: int64.

    >>> ranges(np.array([5, 9]), np.array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(lengths)
    if not len(ends):
        return np.empty(0, np.int64)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1])


class _ExceptionsWriter:
    """Lists the values from ``limit`` on, with their indices."""

    def __init__(self, out: SegmentFileWriter, name: str, limit: int) -> None:
        self._out = out
        self._name = name
        self._limit = limit
        self.count = 0

    def add(self, values: Ints) -> Ints:
        """The values as the array holds them: no exception is above ``limit``."""
        exceptions = np.flatnonzero(values >= self._limit)
        self._out.put(f"{self._name}.at", (exceptions + self.count).astype("u8"))
        self._out.put(f"{self._name}.value", values[exceptions].astype("u4"))
        self.count += len(values)
        return np.minimum(values, self._limit) if len(exceptions) else values


class _Exceptions:
    """The exception list of a packed array."""

    def __init__(self, segment_file: SegmentFile, name: str, size: int, limit: int) -> None:
        """``size`` is the length of the packed array. Raises CorruptArchive unless each exception
        has its own place in it and is a value that needs one."""
        self._indices = segment_file.array(f"{name}.at", "u8")
        self._values = segment_file.array(f"{name}.value", "u4")
        self._file, self._name, self._limit = segment_file.file, name, limit
        count = len(self._indices)
        segment_file.require(len(self._values) == count, f"{name}.value", "it has another length")
        is_right = not count or bool(
            self._indices[-1] < size and ascends(self._indices) and np.all(self._values >= limit)
        )
        segment_file.require(is_right, f"{name}.at", "the exceptions are not in order")

    @property
    def arrays(self) -> tuple[Ints, Ints]:
        """Their indices, ascending (uint64), and their values (uint32)."""
        return self._indices, self._values

    @property
    def total(self) -> int:
        """The sum of their values."""
        return int(self._values.sum(dtype=np.uint64))

    def check(self, values: Ints, start: int) -> None:
        """Raises CorruptArchive unless exactly the exceptions have the highest value among these
        unpacked values, the first of which has the index ``start``."""
        first, last = np.searchsorted(
            self._indices, np.array((start, start + len(values)), np.uint64)
        )
        indices = self._indices[first:last].astype(np.int64) - start
        if not np.array_equal(np.flatnonzero(values >= self._limit), indices):
            why = f"section {self._name!r}: its exceptions are at other places"
            raise CorruptArchive(self._file, why)

    def patch(self, values: Ints, start: int, end: int) -> Ints:
        """Unpacked values from ``start`` to ``end`` with the exceptions put in: uint32 then."""
        if len(self._indices):
            first, last = np.searchsorted(self._indices, np.array((start, end), np.uint64))
            if first < last:
                values = values.astype(np.uint32)
                targets = self._indices[first:last].astype(np.int64) - start
                values[targets] = self._values[first:last]
        return values

    def patch_gathered(self, values: Ints, indices: Ints) -> Ints:
        """Unpacked values at these indices with the exceptions put in: uint32 then."""
        if len(self._indices):
            nearest = np.searchsorted(self._indices, indices.astype(np.uint64))
            nearest[nearest == len(self._indices)] = 0
            is_exception = self._indices[nearest] == indices.astype(np.uint64)
            if is_exception.any():
                values = values.astype(np.uint32)
                values[is_exception] = self._values[nearest[is_exception]]
        return values


class PackedBytesWriter:
    """Writes an array of 8 bits a value."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._exceptions = _ExceptionsWriter(out, name, BYTE_EXCEPTION)

    def add(self, values: Ints) -> None:
        """Append values (0 to 2**32 - 1)."""
        self._out.put(self._name, self._exceptions.add(values).astype("u1"))


class PackedBytes:
    """Reads an array of 8 bits a value."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        #: The packed bytes.
        self.section = segment_file.slice(name, "u1")
        self._exceptions = _Exceptions(segment_file, name, len(self.section), BYTE_EXCEPTION)

    def __len__(self) -> int:
        return len(self.section)

    @property
    def exceptions_total(self) -> int:
        """The sum of the values that are exceptions."""
        return self._exceptions.total

    def check(self) -> None:
        """Raises CorruptArchive unless the exceptions are where the array says."""
        for start in range(0, len(self), _CHECK_STEP):
            end = min(start + _CHECK_STEP, len(self))
            self._exceptions.check(self.section.read(start, end), start)

    def read(self, start: int, end: int) -> Ints:
        """The values from ``start`` to ``end``: uint8, or uint32 if there are exceptions."""
        return self._exceptions.patch(self.section.read(start, end), start, end)

    @property
    def exceptions(self) -> tuple[Ints, Ints]:
        """The indices of all exceptions (uint64), ascending, and their values (uint32)."""
        return self._exceptions.arrays


class PackedBitsWriter:
    """Writes an array of ``width`` bits a value (1, 2 or 4)."""

    def __init__(self, out: SegmentFileWriter, name: str, width: int) -> None:
        self._out = out
        self._name = name
        self._per_byte = 8 // width
        self._width = width
        self._pending = np.empty(0, np.uint8)  # values that do not fill a byte yet

    def add(self, values: Ints) -> None:
        """Append values (0 to 2**width - 1)."""
        joined = np.concatenate((self._pending, values.astype(np.uint8, copy=False)))
        whole = len(joined) // self._per_byte * self._per_byte
        self._put(joined[:whole])
        self._pending = joined[whole:]

    def finish(self) -> None:
        """Write the last byte."""
        padding = np.zeros(-len(self._pending) % self._per_byte, np.uint8)
        self._put(np.concatenate((self._pending, padding)))

    def _put(self, values: Ints) -> None:
        packed = values[:: self._per_byte].copy()
        for place in range(1, self._per_byte):
            packed |= values[place :: self._per_byte] << np.uint8(place * self._width)
        self._out.put(self._name, packed)


class PackedBits:
    """Reads an array of ``width`` bits a value (1, 2 or 4)."""

    def __init__(self, segment_file: SegmentFile, name: str, width: int) -> None:
        self._bytes = segment_file.slice(name, "u1")
        self._width = width
        self._per_byte = 8 // width
        self._shifts = np.arange(0, 8, width, dtype=np.uint8)
        self._mask = np.uint8((1 << width) - 1)

    def holds(self, size: int) -> bool:
        """Whether this is the array of so many values."""
        return len(self._bytes) == -(-size // self._per_byte)

    def read(self, start: int, end: int) -> Ints:
        """The values from ``start`` to ``end``: uint8."""
        first = start // self._per_byte
        rows = (self.packed(start, end)[:, None] >> self._shifts) & self._mask
        return rows.ravel()[start - first * self._per_byte : end - first * self._per_byte]

    def packed(self, start: int, end: int) -> Ints:
        """The bytes of the values from ``start`` to ``end``: uint8."""
        first = start // self._per_byte
        return self._bytes.read(first, max(first, -(-end // self._per_byte)))

    def gather(self, indices: Ints) -> Ints:
        """The values at ascending indices: uint8."""
        if not len(indices):
            return np.empty(0, np.uint8)
        first = int(indices[0]) // self._per_byte
        packed = self._bytes.read(first, int(indices[-1]) // self._per_byte + 1)
        shifts = (indices % self._per_byte * self._width).astype(np.uint8)
        values: Ints = (packed[indices // self._per_byte - first] >> shifts) & self._mask
        return values


class Packed12BitWriter:
    """Writes an array of 12 bits a value."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._exceptions = _ExceptionsWriter(out, name, TWELVE_BIT_EXCEPTION)
        self._high = PackedBitsWriter(out, f"{name}.high", 4)

    def add(self, values: Ints) -> None:
        """Append values (0 to 2**32 - 1)."""
        capped = self._exceptions.add(values)
        self._out.put(self._name, (capped & 0xFF).astype("u1"))
        self._high.add(capped >> 8)

    def finish(self) -> None:
        """Write the last byte."""
        self._high.finish()


class Packed12Bit:
    """Reads an array of 12 bits a value."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self._low = segment_file.slice(name, "u1")
        self._high = PackedBits(segment_file, f"{name}.high", 4)
        segment_file.require(
            self._high.holds(len(self._low)), f"{name}.high", "it has another length"
        )
        self._exceptions = _Exceptions(segment_file, name, len(self._low), TWELVE_BIT_EXCEPTION)

    def __len__(self) -> int:
        return len(self._low)

    def check(self) -> None:
        """Raises CorruptArchive unless the exceptions are where the array says."""
        for start in range(0, len(self), _CHECK_STEP):
            end = min(start + _CHECK_STEP, len(self))
            self._exceptions.check(self._unpack(start, end), start)

    def read(self, start: int, end: int) -> Ints:
        """The values from ``start`` to ``end``: uint16, or uint32 if there are exceptions."""
        return self._exceptions.patch(self._unpack(start, end), start, end)

    def _unpack(self, start: int, end: int) -> Ints:
        """The values with the highest one in place of the exceptions: uint16."""
        values = self._high.read(start, end).astype(np.uint16)
        values <<= 8
        values |= self._low.read(start, end)
        return values

    def packed(self, start: int, end: int) -> tuple[Ints, Ints, Ints, Ints]:
        """The low bytes and the bytes of the high halves from ``start`` to ``end`` (uint8), and
        all exceptions: indices (uint64) and values (uint32)."""
        return (
            self._low.read(start, end),
            self._high.packed(start, end),
            *self._exceptions.arrays,
        )

    def gather(self, indices: Ints) -> Ints:
        """The values at ascending indices: uint16, or uint32 if there are exceptions."""
        if not len(indices):
            return np.empty(0, np.uint16)
        values = self._high.gather(indices).astype(np.uint16)
        values <<= 8
        first = int(indices[0])
        values |= self._low.read(first, int(indices[-1]) + 1)[indices - first]
        return self._exceptions.patch_gathered(values, indices)
