"""Monotonic offsets in few bytes, with random access: where the terms of a dictionary end, or where
the postings of each term start.

Offsets never fall, so they are stored in blocks of ``BLOCK`` (32): the first offset of a block
whole, and for each of its offsets the difference from that one (its delta), in as few bytes (0, 1,
2, 4 or 8) as the last one of the block needs. This is a frame of reference for each block
(Goldstein, Ramakrishnan and Shaft, 'Compressing Relations and Indexes', ICDE 1998); compare
Lucene's DirectMonotonicWriter. With blocks of 4 instead of 32::

    offsets        0 3 3 503    503 504 504 510    511 (511 511 511)     the last block is padded
    NAME.heads     0            503                511            9      u8  bases, and the count
    NAME.places    (0, 2)       (2, 1)             (3, 0)                u4  start of the deltas,
                                                                             bytes of each
    NAME.steps     0 3 3 503    0 1 1 7                                  u1  deltas

A place is in units of ``BLOCK`` bytes, shifted left by the 4 bits that hold the width. Format 1 had
one plain array ``NAME`` instead, which is packed when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.ordering import never_falls
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import OFFSETS_BLOCK as BLOCK

__all__ = ["BLOCK", "Format1", "Offsets", "OffsetsWriter"]

_WIDTHS = (1, 2, 4, 8)

Array = npt.NDArray[Any]
#: What the plain array of format 1 holds: the offsets, all but the first of them, or the lengths.
Format1 = Literal["offsets", "ends", "lengths"]


class OffsetsWriter:
    """Writes the running sums of lengths, which may come in any number of calls: 0, and then the
    sum after each length."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._pending: Array = np.zeros(1, np.int64)  # the offsets of the block that is not full
        self._count = 1
        self._delta_bytes = 0

    def add(self, lengths: Array) -> None:
        """Append lengths, none below 0."""
        self._count += len(lengths)
        offsets = np.empty(len(self._pending) + len(lengths), np.int64)
        offsets[: len(self._pending)] = self._pending
        added = offsets[len(self._pending) :]
        np.cumsum(lengths, dtype=np.int64, out=added)
        added += self._pending[-1]
        # At least one offset stays pending: the next call adds to it.
        whole = (len(offsets) - 1) // BLOCK * BLOCK
        if whole:
            self._put(offsets[:whole])
        self._pending = offsets[whole:].copy()

    def finish(self) -> None:
        """Write the last block and the count."""
        padding = np.repeat(self._pending[-1], -len(self._pending) % BLOCK)
        self._put(np.append(self._pending, padding))
        self._out.put(f"{self._name}.heads", np.array([self._count], "u8"))

    def _put(self, offsets: Array) -> None:
        bases, places, deltas = _pack(offsets)
        self._out.put(f"{self._name}.heads", bases)
        self._out.put(f"{self._name}.places", places + np.uint32(self._delta_bytes // BLOCK << 4))
        self._out.put(f"{self._name}.steps", deltas)
        self._delta_bytes += len(deltas)


def _pack(offsets: Array) -> tuple[Array, Array, Array]:
    """Whole blocks of offsets as they are written: bases, places and deltas."""
    if len(offsets) == BLOCK:
        return _pack_block(offsets)
    rows = offsets.reshape(-1, BLOCK)
    deltas = rows - rows[:, :1]
    limits = [0, 0xFF, 0xFFFF, 0xFFFF_FFFF]
    widths = np.array([0, *_WIDTHS])[np.searchsorted(limits, deltas[:, -1])]
    starts = np.cumsum(widths) - widths
    packed = np.empty((int(widths.sum()), BLOCK), np.uint8)
    for width in _WIDTHS:
        blocks = np.flatnonzero(widths == width)
        if len(blocks):
            narrow = deltas[blocks].astype(f"<u{width}").view(np.uint8).reshape(-1, width, BLOCK)
            packed[starts[blocks][:, None] + np.arange(width)] = narrow
    return rows[:, 0].astype("u8"), (starts << 4 | widths).astype("u4"), packed.ravel()


def _pack_block(offsets: Array) -> tuple[Array, Array, Array]:
    """What :func:`_pack` gives of one block: small segments have many of one."""
    deltas = offsets - offsets[0]
    width = next(w for w in (0, *_WIDTHS) if int(deltas[-1]) < 1 << 8 * w)
    packed = deltas.astype(f"<u{width}").view(np.uint8) if width else np.empty(0, np.uint8)
    return offsets[:1].astype("u8"), np.array([width], "u4"), packed


class Offsets:
    """Offsets that :class:`OffsetsWriter` wrote. ``at(index)`` is one of them, as an int.

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> directory = Directory(tempfile.mkdtemp())
    >>> out = SegmentFileWriter(directory)
    >>> writer = OffsetsWriter(out, "s")
    >>> writer.add(np.array([3, 0, 500])); writer.finish()
    >>> offsets = Offsets(SegmentFile(directory, "s", *out.write("s")), "s")
    >>> len(offsets), offsets.at(1), offsets.read(1, 4).tolist()
    (4, 3, [3, 3, 503])
    """

    at: Callable[[int], int]
    _length: int

    def __init__(self, segment_file: SegmentFile, name: str, format1: Format1 = "offsets") -> None:
        """``format1`` says what the plain array of format 1 holds. Raises CorruptArchive if the
        sections do not fit together."""
        try:
            if f"{name}.heads" in segment_file:
                arrays = [
                    segment_file.array(f"{name}.{part}", dtype)
                    for part, dtype in (("heads", "u8"), ("places", "u4"), ("steps", "u1"))
                ]
            else:
                arrays = _pack_format1(segment_file.array(name), format1)
            self.compiled = kernels.codec.Offsets(*arrays) if kernels.available else None
            self._length = _length(*arrays) if self.compiled is None else self.compiled.length
        except ValueError as error:
            raise CorruptArchive(segment_file.file, f"section {name!r}: {error}") from None
        self._file, self._name = segment_file.file, name
        self.bases, self.places, self.deltas = arrays
        self.at = self.compiled.at if self.compiled is not None else self._reader()

    def __len__(self) -> int:
        return self._length

    def check(self, end: int, count: int | None = None) -> None:
        """Raises CorruptArchive unless the offsets rise from 0 to ``end``: then none of them points
        outside of an array of ``end`` items. ``count``, where given, is that of the parts into
        which they cut it, one less than that of the offsets."""
        if count is not None and self._length != count + 1:
            why = f"section {self._name!r}: it is for {self._length - 1} items, not {count}"
            raise CorruptArchive(self._file, why)
        if not self._rises_to(end):
            why = f"section {self._name!r}: it does not rise from 0 to {end}"
            raise CorruptArchive(self._file, why)

    def _rises_to(self, end: int) -> bool:
        if self.compiled is not None:
            return self.compiled.rises_to(end)
        offsets = self.read_all()
        return bool(offsets[0] == 0 and offsets[-1] == end and never_falls(offsets))

    def read(self, first: int, last: int) -> Array:
        """The offsets from ``first`` to ``last``: int64."""
        if self.compiled is not None:
            compiled_offsets = np.empty(last - first, np.int64)
            self.compiled.read_into(first, compiled_offsets)
            return compiled_offsets
        start, end = first // BLOCK, -(-last // BLOCK)
        offsets = np.repeat(self.bases[start:end].astype(np.int64), BLOCK)
        rows, places = offsets.reshape(-1, BLOCK), self.places[start:end]
        widths = places & 15
        delta_rows = self.deltas[: len(self.deltas) // BLOCK * BLOCK].reshape(-1, BLOCK)
        delta_starts = (places >> 4).astype(np.int64)
        for width in _WIDTHS:
            blocks = np.flatnonzero(widths == width)
            if len(blocks):
                deltas = delta_rows[delta_starts[blocks][:, None] + np.arange(width)]
                rows[blocks] += deltas.reshape(len(blocks), -1).view(f"<u{width}").astype(np.int64)
        return offsets[first - start * BLOCK : last - start * BLOCK]

    def read_all(self) -> Array:
        """All offsets: int64."""
        return self.read(0, self._length)

    def lengths(self, first: int = 0, last: int | None = None) -> Array:
        """The lengths that were added, from ``first`` to ``last``: int64."""
        if not first and last is None:
            return np.diff(self.read_all())
        end = self._length - 1 if last is None else last
        return np.diff(self.read(first, end + 1))

    def _reader(self) -> Callable[[int], int]:
        """``at`` where the kernels do not run."""
        bases, places, deltas = self.bases.data, self.places.data, self.deltas.data

        def at(index: int) -> int:
            block = index // BLOCK
            place = places[block]
            width = place & 15
            start = (place >> 4) * BLOCK + index % BLOCK * width
            offset = bases[block]
            # Byte by byte: without a global interpreter lock several threads may not slice one
            # memoryview, which counts its slices.
            for shift in range(width):
                offset += deltas[start + shift] << 8 * shift
            return offset

        return at


def _pack_format1(plain: Array, format1: Format1) -> list[Array]:
    """The array of format 1 as bases, places and deltas."""
    offsets = plain.astype(np.int64)
    if format1 == "lengths":
        offsets = np.cumsum(offsets)
    if format1 != "offsets":
        offsets = np.append(0, offsets)
    if np.any(np.diff(offsets, prepend=0) < 0):
        raise ValueError("it does not rise")
    padding = np.repeat(offsets[-1:], -len(offsets) % BLOCK)
    bases, places, deltas = _pack(np.append(offsets, padding))
    return [np.append(bases, np.uint64(len(offsets))), places, deltas]


def _length(bases: Array, places: Array, deltas: Array) -> int:
    """The number of offsets; ValueError if the sections do not fit together."""
    length = int(bases[-1]) if len(bases) else 0
    ends = (places >> 4).astype(np.int64) + (places & 15)
    if length < 1 or -(-length // BLOCK) != len(places) or len(bases) != len(places) + 1:
        raise ValueError("it has another number of blocks")
    if not np.isin(places & 15, (0, *_WIDTHS)).all() or int(ends.max()) * BLOCK > len(deltas):
        raise ValueError("it is cut short")
    return length
