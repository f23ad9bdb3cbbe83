"""Running sums in few bytes, each read at once: where the terms of a dictionary end, or the
postings of each term.

Offsets never fall, so they stand in blocks of ``BLOCK``: the first of a block whole, and of all its
sums the differences from that one, in as few bytes (0, 1, 2, 4 or 8) as its last one asks for.
This is a frame of reference for each block (Goldstein, Ramakrishnan and Shaft, 'Compressing
Relations and Indexes', ICDE 1998). Three sections hold them:

- ``NAME.heads`` (u8): the first sum of each block; at the end how many sums there are;
- ``NAME.places`` (u4): where in ``NAME.steps`` the block's differences begin, in units of
  ``BLOCK`` bytes, above 4 bits that say how many bytes each takes;
- ``NAME.steps`` (u1): the differences.

Format 1 had one plain array instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import OFFSETS_BLOCK as BLOCK

__all__ = ["BLOCK", "Offsets", "OffsetsWriter"]

_WIDTHS = (1, 2, 4, 8)
_MANY = 1 << 16  # sums that are checked together: whole blocks

Array = npt.NDArray[Any]


class OffsetsWriter:
    """Writes the sums of numbers that come in any number of calls: 0, then a sum for each."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._out = out
        self._name = name
        self._open: Array = np.zeros(1, np.int64)  # the sums of the block that is not full yet
        self._count = 1
        self._bytes = 0

    def add(self, numbers: Array) -> None:
        """Add numbers, none below 0."""
        self._count += len(numbers)
        sums = np.empty(len(self._open) + len(numbers), np.int64)
        sums[: len(self._open)] = self._open
        made = sums[len(self._open) :]
        np.cumsum(numbers, dtype=np.int64, out=made)
        made += self._open[-1]
        # One sum stays for the next call to go on from.
        whole = (len(sums) - 1) // BLOCK * BLOCK
        self._put(sums[:whole])
        self._open = sums[whole:].copy()

    def finish(self) -> None:
        """Write the last block."""
        self._put(np.append(self._open, np.repeat(self._open[-1], -len(self._open) % BLOCK)))
        self._out.put(f"{self._name}.heads", np.array([self._count], "u8"))

    def _put(self, sums: Array) -> None:
        heads, places, steps = _pack(sums)
        self._out.put(f"{self._name}.heads", heads)
        self._out.put(f"{self._name}.places", places + np.uint32(self._bytes // BLOCK << 4))
        self._out.put(f"{self._name}.steps", steps)
        self._bytes += len(steps)


def _pack(sums: Array) -> tuple[Array, Array, Array]:
    """Whole blocks of sums as they are written, all but their number."""
    rows = sums.reshape(-1, BLOCK)
    steps = rows - rows[:, :1]
    widths = np.array([0, *_WIDTHS])[np.searchsorted([0, 0xFF, 0xFFFF, 0xFFFF_FFFF], steps[:, -1])]
    starts = np.cumsum(widths) - widths
    packed = np.empty((int(widths.sum()), BLOCK), np.uint8)
    for width in _WIDTHS:
        mine = np.flatnonzero(widths == width)
        if len(mine):
            narrow = steps[mine].astype(f"<u{width}").view(np.uint8).reshape(-1, width, BLOCK)
            packed[starts[mine][:, None] + np.arange(width)] = narrow
    return rows[:, 0].astype("u8"), (starts << 4 | widths).astype("u4"), packed.ravel()


class Offsets:
    """Offsets that :class:`OffsetsWriter` wrote.

    ``at`` gives one of them.

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> folder = Directory(tempfile.mkdtemp())
    >>> draft = SegmentFileWriter(folder)
    >>> writer = OffsetsWriter(draft, "s")
    >>> writer.add(np.array([3, 0, 500])); writer.finish()
    >>> sums = Offsets(SegmentFile(folder, "s", *draft.write("s")), "s")
    >>> len(sums), sums.at(1), sums.part(1, 4).tolist()
    (4, 3, [3, 3, 503])
    """

    at: Callable[[int], int]
    _length: int

    def __init__(self, segment_file: SegmentFile, name: str, old: str = "sums") -> None:
        """``old`` says what the plain array of format 1 held: the sums, the sums but for the
        first ("ends"), or the numbers ("numbers")."""
        try:
            if f"{name}.heads" in segment_file:
                parts = [
                    segment_file.array(f"{name}.{part}") for part in ("heads", "places", "steps")
                ]
            else:
                parts = _packed(segment_file.array(name), old)
            self.compiled = kernels.codec.Offsets(*parts) if kernels.available else None
            self._length = _length(*parts) if self.compiled is None else self.compiled.length
        except ValueError as error:
            raise CorruptArchive(segment_file.file, f"section {name!r}: {error}") from None
        self._where = segment_file.file, name
        self.heads, self.places, self.steps = parts
        self.at = self.compiled.at if self.compiled is not None else self._reader()

    def __len__(self) -> int:
        return self._length

    def check(self, end: int) -> None:
        """Raises CorruptArchive unless the sums rise from 0 to ``end``: then what they say is
        nowhere more than there is."""
        before = 0
        for first in range(0, self._length, _MANY):
            some = self.part(first, min(first + _MANY, self._length))
            if (first == 0 and some[0] != 0) or some[0] < before or np.any(some[1:] < some[:-1]):
                break
            before = int(some[-1])
        else:
            if before == end:
                return
        file, name = self._where
        raise CorruptArchive(file, f"section {name!r}: it does not rise from 0 to {end}")

    def part(self, first: int, last: int) -> Array:
        """The sums from ``first`` to ``last``: int64."""
        start, end = first // BLOCK, -(-last // BLOCK)
        made = np.repeat(self.heads[start:end].astype(np.int64), BLOCK)
        rows, places = made.reshape(-1, BLOCK), self.places[start:end]
        widths = places & 15
        at = (places >> 4).astype(np.int64) * BLOCK
        for width in _WIDTHS:
            mine = np.flatnonzero(widths == width)
            if len(mine):
                steps = self.steps[at[mine][:, None] + np.arange(BLOCK * width)]
                rows[mine] += steps.view(f"<u{width}").astype(np.int64)
        return made[first - start * BLOCK : last - start * BLOCK]

    def all(self) -> Array:
        """All sums: int64."""
        return self.part(0, self._length)

    def differences(self, first: int = 0, last: int | None = None) -> Array:
        """The numbers that were added, from ``first`` to ``last``: int64."""
        end = self._length - 1 if last is None else last
        return np.diff(self.part(first, end + 1))

    def _reader(self) -> Callable[[int], int]:
        heads, places, steps = self.heads.data, self.places.data, self.steps.data

        def at(number: int) -> int:
            block = number // BLOCK
            place = places[block]
            width = place & 15
            start = (place >> 4) * BLOCK + number % BLOCK * width
            return heads[block] + int.from_bytes(steps[start : start + width], "little")

        return at


def _packed(plain: Array, old: str) -> list[Array]:
    """The array of format 1 as it is written now."""
    sums = plain.astype(np.int64)
    if old == "numbers":
        sums = np.cumsum(sums)
    if old != "sums":
        sums = np.append(0, sums)
    if np.any(np.diff(sums, prepend=0) < 0):
        raise ValueError("it does not rise")
    heads, places, steps = _pack(np.append(sums, np.repeat(sums[-1:], -len(sums) % BLOCK)))
    return [np.append(heads, np.uint64(len(sums))), places, steps]


def _length(heads: Array, places: Array, steps: Array) -> int:
    """How many sums there are; ValueError if the sections do not fit together."""
    length = int(heads[-1]) if len(heads) else 0
    ends = (places >> 4).astype(np.int64) + (places & 15)
    if length < 1 or -(-length // BLOCK) != len(places) or len(heads) != len(places) + 1:
        raise ValueError("it has another number of blocks")
    if not np.isin(places & 15, (0, *_WIDTHS)).all() or int(ends.max()) * BLOCK > len(steps):
        raise ValueError("it is cut short")
    return length
