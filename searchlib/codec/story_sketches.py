"""Sketches of texts, by which near copies of one text are found: a sample of the three-word
shingles of each, and of its names and numbers.

A shingle's *level* is the number of zero bits that its hash begins with, at most 5. Of a long text
only those from some level on are kept, its *rate* (:func:`rates_of`): the higher, the fewer. Two
texts of different rates are compared by the shingles from the higher one on, which is the same
sample of both.

Of the hash of a shingle 9 bits are kept (others than those that make its level), of that of a name
12. An archive with stories has these sections, all by document, whose hashes ascend::

    stories.shingles.low     bits  the low 4 bits of each hash
    stories.shingles.high    bits  what is above it: for each document and each value of those bits
                                   a 1 for every hash, and a 0
    stories.shingles.levels  bits  for each shingle as many 0 as its level is above the lowest one
                                   of the document, and a 1
    stories.names.low        bits  as of the shingles, but the low 7 bits of each
    stories.names.high       bits
    stories.heads            u2    a hash of the title, and in the lowest 3 bits the lowest level

Low and unary high bits are an Elias-Fano code (Elias, 'Efficient Storage and Retrieval by
Content and Address of Static Files', JACM 1974) of the hashes of all documents, one after the
other: 5.4 to 10 bits a hash, and how many a document has need not be kept beside it. Bits are
packed eight to a byte, the first one lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.ordering import ascends
from searchlib.codec.packed_ints import ranges
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.kernels.constants import Sketch

__all__ = ["StorySketches", "rates_of"]

Array = npt.NDArray[Any]

_PREFIX = "stories"
_LEVEL_BITS = 3  # of a head
_LEVELS = int(Sketch.LEVELS)
# Bits of a hash, and how many of them are low ones.
_SHINGLES = (int(Sketch.HASH_BITS), 4)
_NAMES = (int(Sketch.NAME_BITS), 7)


def rates_of(words: Array) -> npt.NDArray[np.int64]:
    """The levels from which on the shingles of texts with so many words are kept.

    >>> rates_of(np.array([30, 100, 500, 100_000])).tolist()
    [1, 3, 2, 5]
    """
    words = np.minimum(words.astype(np.int64), int(Sketch.MOST_WORDS))
    is_short = words < Sketch.LONG_TEXT
    least = np.clip(
        words // np.where(is_short, int(Sketch.WORDS_A_SHINGLE_SHORT), int(Sketch.WORDS_A_SHINGLE)),
        int(Sketch.LEAST_SHINGLES), int(Sketch.ENOUGH_SHINGLES),
    )  # fmt: skip
    rates = np.zeros(len(words), np.int64)
    for rate in range(1, _LEVELS):
        rates += (words - 2) >> rate >= least
    return rates


@dataclass(frozen=True, slots=True)
class StorySketches:
    """The sketches of some documents.

    ``shingles`` has the hashes of each document's shingles by level, from the highest down,
    ascending within each, and ``levels`` a row for each with how many are of each level;
    ``names`` has hashes of names and numbers, ascending, the lowest ones of a text that has many,
    and ``name_counts`` how many of each; ``titles`` a hash of each title, 0 for none.
    """

    shingles: npt.NDArray[np.uint16]
    levels: npt.NDArray[np.uint8]
    names: npt.NDArray[np.uint16]
    name_counts: npt.NDArray[np.uint8]
    titles: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.titles)

    @classmethod
    def join(cls, parts: Sequence[StorySketches]) -> StorySketches:
        """The sketches of several segments, one after the other.

        >>> len(StorySketches.join([]))
        0
        """
        empty = cls(
            np.empty(0, np.uint16), np.empty((0, _LEVELS), np.uint8),
            np.empty(0, np.uint16), np.empty(0, np.uint8), np.empty(0, np.uint16),
        )  # fmt: skip
        columns = ([getattr(part, name) for part in (empty, *parts)] for name in cls.__slots__)
        arrays: list[Any] = [np.concatenate(column) for column in columns]
        return cls(*arrays)

    def take(self, docs: npt.NDArray[Any]) -> Self:
        """The sketches of these documents (numbers, in any order)."""
        shingle_counts = self.levels.sum(1, dtype=np.int64)
        return type(self)(
            _take_runs(self.shingles, shingle_counts, docs), self.levels[docs],
            _take_runs(self.names, self.name_counts.astype(np.int64), docs),
            self.name_counts[docs], self.titles[docs],
        )  # fmt: skip

    def write(self, out: SegmentFileWriter) -> None:
        """Write the sections of a segment."""
        docs = np.repeat(np.arange(len(self)), self.levels.sum(1, dtype=np.int64))
        # Groups are the levels of a document, the highest one first.
        groups = np.repeat(np.tile(np.arange(_LEVELS), len(self)), self.levels.ravel())
        keys = (docs << Sketch.HASH_BITS | self.shingles) << _LEVEL_BITS | groups
        keys.sort()
        _write_hashes(out, "shingles", keys >> _LEVEL_BITS, len(self), *_SHINGLES)
        # The last group that has some is that of the lowest level.
        lowest = np.argmax(self.levels[:, ::-1] > 0, 1).astype(np.int64)
        above = (_LEVELS - 1 - lowest)[docs] - (keys & (1 << _LEVEL_BITS) - 1)
        _put_bits(out, "shingles.levels", np.cumsum(above + 1) - 1)
        docs = np.repeat(np.arange(len(self)), self.name_counts)
        keys = docs << Sketch.NAME_BITS | self.names
        _write_hashes(out, "names", keys, len(self), *_NAMES)
        out.put(f"{_PREFIX}.heads", (self.titles << _LEVEL_BITS | lowest).astype(np.uint16))

    @staticmethod
    def are_in(segment_file: SegmentFile) -> bool:
        """Whether a segment has sketches."""
        return f"{_PREFIX}.heads" in segment_file

    @classmethod
    def read(cls, segment_file: SegmentFile, documents: int) -> StorySketches:
        """The sketches of a segment; CorruptArchive if they are not those of its documents."""
        require = segment_file.require
        heads = segment_file.array(f"{_PREFIX}.heads", "u2")
        require(len(heads) == documents, f"{_PREFIX}.heads", "it is of other documents")
        counts, hashes = _read_hashes(segment_file, "shingles", documents, *_SHINGLES)
        most = int(counts.max(initial=0))
        require(most <= Sketch.MOST_SHINGLES, f"{_PREFIX}.shingles.high", "there are too many")
        lowest = (heads & (1 << _LEVEL_BITS) - 1).astype(np.uint8)
        shingles, levels = _read_levels(segment_file, hashes, counts, lowest)
        name_counts, names = _read_hashes(segment_file, "names", documents, *_NAMES)
        most = int(name_counts.max(initial=0))
        require(most <= Sketch.MOST_NAMES, f"{_PREFIX}.names.high", "there are too many")
        titles = (heads >> _LEVEL_BITS).astype(np.uint16)
        return cls(shingles, levels, names, name_counts.astype(np.uint8), titles)

    def check(self, segment_file: SegmentFile, words: npt.NDArray[Any]) -> None:
        """CorruptArchive unless hashes are in order, and of levels that are kept of texts with so
        many words."""
        require = segment_file.require
        counts = self.levels.ravel().astype(np.int64)
        require(_ascend(self.shingles, counts), f"{_PREFIX}.shingles.low", "one is there twice")
        names = self.name_counts.astype(np.int64)
        require(_ascend(self.names, names), f"{_PREFIX}.names.low", "they are not in order")
        # From the lowest level on that a document may have.
        allowed = np.arange(_LEVELS) < (_LEVELS - rates_of(words))[:, None]
        wrong = np.flatnonzero(((self.levels > 0) & ~allowed).any(1))
        why = f"document {wrong[:1].tolist()} has too low a level"
        require(not len(wrong), f"{_PREFIX}.shingles.levels", why)


def _write_hashes(
    out: SegmentFileWriter, name: str, keys: Array, documents: int, bits: int, low_bits: int
) -> None:
    """Hashes of so many bits, each with its document's number above them: ascending."""
    low: Array = keys.astype(np.uint8)  # of which the low bits are taken
    bits_of_each = np.unpackbits(low[:, None], axis=1, count=low_bits, bitorder="little")
    out.put(f"{_PREFIX}.{name}.low", np.packbits(bits_of_each, bitorder="little"))
    size = len(keys) + (documents << bits - low_bits)
    _put_bits(out, f"{name}.high", (keys >> low_bits) + np.arange(len(keys)), size)


def _read_hashes(
    segment_file: SegmentFile, name: str, documents: int, bits: int, low_bits: int
) -> tuple[Array, npt.NDArray[np.uint16]]:
    """How many hashes each document has, and the hashes."""
    low = segment_file.array(f"{_PREFIX}.{name}.low", "u1")
    high = segment_file.array(f"{_PREFIX}.{name}.high", "u1")
    read: Any = kernels.stories.read_hashes if kernels.available else read_hashes
    found = read(low, high, documents, bits, low_bits)
    segment_file.require(found is not None, f"{_PREFIX}.{name}.high", "it is of other documents")
    counts, hashes = found
    return counts, hashes


def read_hashes(
    low: Array, high: Array, documents: int, bits: int, low_bits: int
) -> tuple[Array, npt.NDArray[np.uint16]] | None:
    """How many hashes each document has, and the hashes; None if the sections do not fit together.

    The Python implementation of ``searchlib.kernels.stories.read_hashes``.
    """
    places = np.flatnonzero(np.unpackbits(high, bitorder="little"))
    count, zeros = len(places), documents << bits - low_bits
    runs = places - np.arange(count)
    if len(high) != (count + zeros + 7) // 8 or len(low) != (count * low_bits + 7) // 8:
        return None
    if count and int(runs[-1]) >= zeros:
        return None
    low_ones = np.unpackbits(low, count=count * low_bits, bitorder="little")
    low_bytes = np.packbits(low_ones.reshape(count, low_bits), axis=1, bitorder="little").ravel()
    hashes = (runs & (1 << bits - low_bits) - 1) << low_bits | low_bytes
    counts = np.bincount(runs >> bits - low_bits, minlength=documents)
    return counts, hashes.astype(np.uint16)


def _read_levels(
    segment_file: SegmentFile, hashes: Array, counts: Array, lowest: Array
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """The hashes of each document by their levels, and how many each level has."""
    name = f"{_PREFIX}.shingles.levels"
    sort: Any = kernels.stories.sort_by_level if kernels.available else sort_by_level
    found = sort(hashes, counts, segment_file.array(name, "u1"), lowest)
    segment_file.require(found is not None, name, "it is of other documents")
    segment_file.require(found is not False, name, "there are too high ones")
    shingles, levels = found
    return shingles, levels


def sort_by_level(hashes: Array, counts: Array, level_bits: Array, lowest: Array) -> Any:
    """Hashes of each document by their levels, from the highest, and how many each level has; None
    if the levels are not of so many, False if one is too high.

    The Python implementation of ``searchlib.kernels.stories.sort_by_level``.
    """
    ones = np.flatnonzero(np.unpackbits(level_bits, bitorder="little"))
    used = int(ones[-1]) + 1 if len(ones) else 0
    if len(ones) != len(hashes) or len(level_bits) != (used + 7) // 8:
        return None
    docs = np.repeat(np.arange(len(counts)), counts)
    levels = lowest[docs] + np.diff(ones, prepend=-1) - 1
    if int(levels.max(initial=0)) >= _LEVELS:
        return False
    groups = docs * _LEVELS + (_LEVELS - 1) - levels
    own = np.bincount(groups, minlength=len(counts) * _LEVELS).reshape(-1, _LEVELS)
    # Sorted by document and level: hashes of one ascend, as they did.
    return hashes[np.argsort(groups, kind="stable")], own.astype(np.uint8)


def _put_bits(out: SegmentFileWriter, name: str, ones: Array, size: int | None = None) -> None:
    """Bits that are 1 at these places, up to the last one or ``size`` of them."""
    if size is None:
        size = int(ones[-1]) + 1 if len(ones) else 0
    bits = np.zeros(size, np.uint8)
    bits[ones] = 1
    out.put(f"{_PREFIX}.{name}", np.packbits(bits, bitorder="little"))


def _take_runs(values: npt.NDArray[Any], counts: npt.NDArray[Any], docs: npt.NDArray[Any]) -> Any:
    """The runs of ``values`` of these documents; ``counts`` are the lengths of all runs."""
    starts = np.cumsum(counts) - counts
    return values[ranges(starts[docs], counts[docs])]


def _ascend(values: npt.NDArray[Any], counts: npt.NDArray[Any]) -> bool:
    """Whether values (uint16) ascend within each of the runs of these lengths."""
    runs = np.repeat(np.arange(len(counts)), counts)
    return ascends(runs << 16 | values)
