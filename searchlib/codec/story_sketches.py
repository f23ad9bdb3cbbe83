"""Sketches of texts, by which near copies of one text are found: a sample of the three-word
shingles of each, and of its names and numbers.

An archive with stories has these sections, all by document::

    stories.shingles       u2   hashes, by level from the highest down, ascending within each
    stories.levels         u1   6 a document: how many of the shingles are of each level
    stories.names          u2   hashes of names and numbers, ascending: the lowest 32
    stories.name_counts    u1   how many names
    stories.titles         u2   a hash of the title

A shingle's *level* is the number of zero bits that its hash begins with, at most 5. Of a long text
only those from some level on are kept, its *rate* (:func:`rate_of`): the higher, the fewer. Two
texts of different rates are compared by the shingles from the higher one on, which is the same
sample of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.kernels.constants import Sketch

__all__ = ["StorySketches", "rate_of"]

_PREFIX = "stories"


def rate_of(words: int) -> int:
    """The level from which on the shingles of a text with so many words are kept.

    >>> rate_of(30), rate_of(100), rate_of(500), rate_of(100_000)
    (0, 2, 4, 5)
    """
    shingles = min(words, Sketch.MOST_WORDS) - 2
    rate = 0
    while rate < Sketch.LEVELS - 1 and (shingles >> (rate + 1)) >= Sketch.LEAST_SHINGLES:
        rate += 1
    return rate


@dataclass(frozen=True, slots=True)
class StorySketches:
    """The sketches of some documents: arrays as in the sections; ``levels`` has a row for each."""

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
            np.empty(0, np.uint16), np.empty((0, int(Sketch.LEVELS)), np.uint8),
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
        for name in self.__slots__:
            out.put(f"{_PREFIX}.{name}", getattr(self, name).ravel())

    @staticmethod
    def are_in(segment_file: SegmentFile) -> bool:
        """Whether a segment has sketches."""
        return f"{_PREFIX}.levels" in segment_file

    @classmethod
    def read(cls, segment_file: SegmentFile, documents: int) -> StorySketches:
        """The sketches of a segment; CorruptArchive if they are not those of its documents."""
        array, require = segment_file.array, segment_file.require
        levels = array(f"{_PREFIX}.levels", "u1")
        require(len(levels) == documents * Sketch.LEVELS, f"{_PREFIX}.levels", "a wrong length")
        levels = levels.reshape(documents, int(Sketch.LEVELS))
        sketches = cls(
            array(f"{_PREFIX}.shingles", "u2"), levels, array(f"{_PREFIX}.names", "u2"),
            array(f"{_PREFIX}.name_counts", "u1"), array(f"{_PREFIX}.titles", "u2"),
        )  # fmt: skip
        for name, length, right in (
            ("shingles", len(sketches.shingles), int(levels.sum(dtype=np.int64))),
            ("names", len(sketches.names), int(sketches.name_counts.sum(dtype=np.int64))),
            ("name_counts", len(sketches.name_counts), documents),
            ("titles", len(sketches.titles), documents),
        ):
            require(length == right, f"{_PREFIX}.{name}", "it is of other documents")
        most = int(sketches.name_counts.max(initial=0))
        require(most <= Sketch.MOST_NAMES, f"{_PREFIX}.name_counts", "there are too many")
        return sketches

    def check(self, segment_file: SegmentFile, words: npt.NDArray[Any]) -> None:
        """CorruptArchive unless hashes are in order, and of levels that are kept of texts with so
        many words."""
        require = segment_file.require
        counts = self.levels.ravel().astype(np.int64)
        require(_ascend(self.shingles, counts), f"{_PREFIX}.shingles", "they are not in order")
        names = self.name_counts.astype(np.int64)
        require(_ascend(self.names, names), f"{_PREFIX}.names", "they are not in order")
        for document, levels in enumerate(self.levels.tolist()):
            rate = rate_of(int(words[document]))
            is_right = not any(levels[Sketch.LEVELS - rate :])
            require(is_right, f"{_PREFIX}.levels", f"document {document} has too low ones")


def _take_runs(values: npt.NDArray[Any], counts: npt.NDArray[Any], docs: npt.NDArray[Any]) -> Any:
    """The runs of ``values`` of these documents; ``counts`` are the lengths of all runs."""
    starts = np.cumsum(counts) - counts
    lengths = counts[docs]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return values[np.repeat(starts[docs] - (ends - lengths), lengths) + np.arange(total)]


def _ascend(values: npt.NDArray[Any], counts: npt.NDArray[Any]) -> bool:
    """Whether values ascend within each of the runs of these lengths."""
    rises = values[1:] > values[:-1]
    ends = np.cumsum(counts)
    rises[ends[(ends > 0) & (ends < len(values))] - 1] = True
    return bool(rises.all())
