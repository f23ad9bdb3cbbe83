"""Planes: long runs of small unsigned numbers in few bits, read in part or at places.

- :class:`Bytes`: one byte a number;
- :class:`Bits`: 1, 2 or 4 bits a number, several to a byte, the first one lowest;
- :class:`Packed12Bit`: a byte and a half a number, in two planes, low byte and high half.

``Bytes`` and ``Packed12Bit`` take larger numbers too: those stand in a list aside, by their place,
and the plane holds its highest value there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
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


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """The numbers of all ranges end to end: int64.

    >>> ranges(np.array([5, 9]), np.array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(lengths)
    if not len(ends):
        return np.empty(0, np.int64)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1])


class _ExceptionsWriter:
    """Lists the numbers from ``top`` on with their places."""

    def __init__(self, out: SegmentFileWriter, name: str, top: int) -> None:
        self._out = out
        self._name = name
        self._top = top
        self.count = 0

    def add(self, numbers: Ints) -> Ints:
        wide = np.flatnonzero(numbers >= self._top)
        self._out.put(f"{self._name}.at", (wide + self.count).astype("u8"))
        self._out.put(f"{self._name}.value", numbers[wide].astype("u4"))
        self.count += len(numbers)
        return np.minimum(numbers, self._top) if len(wide) else numbers


class _Exceptions:
    """The numbers that stand aside."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self._at = segment_file.array(f"{name}.at")
        self._value = segment_file.array(f"{name}.value")

    @property
    def parts(self) -> tuple[Ints, Ints]:
        """Their places, ascending (uint64), and the numbers (uint32)."""
        return self._at, self._value

    def patch(self, found: Ints, start: int, end: int) -> Ints:
        """``found`` are the plane's numbers from ``start`` to ``end``; mended if need be."""
        if len(self._at):
            first, last = np.searchsorted(self._at, np.array((start, end), np.uint64))
            if first < last:
                found = found.astype(np.uint32)
                places = self._at[first:last].astype(np.int64) - start
                found[places] = self._value[first:last]
        return found

    def patch_at(self, found: Ints, places: Ints) -> Ints:
        """``found`` are the plane's numbers at these places; mended if need be."""
        if len(self._at):
            near = np.searchsorted(self._at, places.astype(np.uint64))
            near[near == len(self._at)] = 0
            hit = self._at[near] == places.astype(np.uint64)
            if hit.any():
                found = found.astype(np.uint32)
                found[hit] = self._value[near[hit]]
        return found


class PackedBytesWriter:
    """Writes a plane of bytes."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._aside = _ExceptionsWriter(out, name, BYTE_EXCEPTION)

    def add(self, numbers: Ints) -> None:
        """Add numbers."""
        self._out.put(self._name, self._aside.add(numbers).astype("u1"))


class PackedBytes:
    """A plane of bytes, to read."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self._plane = segment_file.window(name)
        self._aside = _Exceptions(segment_file, name)

    def __len__(self) -> int:
        return len(self._plane)

    def part(self, start: int, end: int) -> Ints:
        """The numbers from ``start`` to ``end``: uint8, or uint32 if some are larger."""
        return self._aside.patch(self._plane.part(start, end), start, end)

    def packed(self, start: int, end: int) -> tuple[Ints, Ints, Ints]:
        """The plane as it is from ``start`` to ``end`` (uint8), and the numbers aside."""
        return self._plane.part(start, end), *self._aside.parts


class PackedBitsWriter:
    """Writes a plane of numbers of ``width`` bits (1, 2 or 4)."""

    def __init__(self, out: SegmentFileWriter, name: str, width: int) -> None:
        self._out = out
        self._name = name
        self._per = 8 // width
        self._width = width
        self._left = np.empty(0, np.uint8)  # numbers that do not fill a byte yet
        self.count = 0

    def add(self, numbers: Ints) -> None:
        """Add numbers."""
        self.count += len(numbers)
        joined = np.concatenate((self._left, numbers.astype(np.uint8, copy=False)))
        whole = len(joined) // self._per * self._per
        self._put(joined[:whole])
        self._left = joined[whole:]

    def finish(self) -> None:
        """Write the last byte."""
        self._put(np.concatenate((self._left, np.zeros(-len(self._left) % self._per, np.uint8))))

    def _put(self, numbers: Ints) -> None:
        packed = numbers[:: self._per].copy()
        for place in range(1, self._per):
            packed |= numbers[place :: self._per] << np.uint8(place * self._width)
        self._out.put(self._name, packed)


class PackedBits:
    """A plane of numbers of ``width`` bits, to read."""

    def __init__(self, segment_file: SegmentFile, name: str, width: int) -> None:
        self._plane = segment_file.window(name)
        self._width = width
        self._per = 8 // width
        self._shifts = np.arange(0, 8, width, dtype=np.uint8)
        self._mask = np.uint8((1 << width) - 1)

    def part(self, start: int, end: int) -> Ints:
        """The numbers from ``start`` to ``end``: uint8."""
        first = start // self._per
        rows = (self.packed(start, end)[:, None] >> self._shifts) & self._mask
        return rows.ravel()[start - first * self._per : end - first * self._per]

    def packed(self, start: int, end: int) -> Ints:
        """The bytes that hold the numbers from ``start`` to ``end``: uint8."""
        first = start // self._per
        return self._plane.part(first, max(first, -(-end // self._per)))

    def at(self, places: Ints) -> Ints:
        """The numbers at ascending places: uint8."""
        if not len(places):
            return np.empty(0, np.uint8)
        first = int(places[0]) // self._per
        packed = self._plane.part(first, int(places[-1]) // self._per + 1)
        shifts = (places % self._per * self._width).astype(np.uint8)
        found: Ints = (packed[places // self._per - first] >> shifts) & self._mask
        return found


_TOP = TWELVE_BIT_EXCEPTION  # in a plane of twelve bits, from here on numbers stand aside


class Packed12BitWriter:
    """Writes a plane of twelve bits a number."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._aside = _ExceptionsWriter(out, name, _TOP)
        self._high = PackedBitsWriter(out, f"{name}.high", 4)

    def add(self, numbers: Ints) -> None:
        """Add numbers."""
        kept = self._aside.add(numbers)
        self._out.put(self._name, (kept & 0xFF).astype("u1"))
        self._high.add(kept >> 8)

    def finish(self) -> None:
        """Write the last byte."""
        self._high.finish()


class Packed12Bit:
    """A plane of twelve bits a number, to read."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self._low = segment_file.window(name)
        self._high = PackedBits(segment_file, f"{name}.high", 4)
        self._aside = _Exceptions(segment_file, name)

    def __len__(self) -> int:
        return len(self._low)

    def part(self, start: int, end: int) -> Ints:
        """The numbers from ``start`` to ``end``: uint16, or uint32 if some are larger."""
        found = self._high.part(start, end).astype(np.uint16)
        found <<= 8
        found |= self._low.part(start, end)
        return self._aside.patch(found, start, end)

    def packed(self, start: int, end: int) -> tuple[Ints, Ints, Ints, Ints]:
        """The two planes as they are from ``start`` to ``end`` (uint8), and the numbers aside."""
        return self._low.part(start, end), self._high.packed(start, end), *self._aside.parts

    def at(self, places: Ints) -> Ints:
        """The numbers at ascending places: uint16, or uint32 if some are larger."""
        if not len(places):
            return np.empty(0, np.uint16)
        found = self._high.at(places).astype(np.uint16)
        found <<= 8
        first = int(places[0])
        found |= self._low.part(first, int(places[-1]) + 1)[places - first]
        return self._aside.patch_at(found, places)
