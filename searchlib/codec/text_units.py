"""Where the sentences and paragraphs of a text field begin.

Two packed arrays (:mod:`searchlib.codec.packed_ints`), with a byte for each number below 255. All
documents stand end to end, and those without a token have nothing in them::

    texts             It rained. Then sun.   Snow.        three sentences, two paragraphs
    NAME.sentences    2 2 1                               tokens of each sentence
    NAME.paragraphs   2 1                                 sentences of each paragraph

Segments of formats 1 and 2 have neither: their sentences are found in the texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis.sentences import TextUnit
from searchlib.codec.packed_ints import PackedBytes, PackedBytesWriter
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter

__all__ = ["TextUnitsReader", "TextUnitsWriter"]

Array = npt.NDArray[Any]


class TextUnitsWriter:
    """Writes the units of a text field, document after document."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._sentences = PackedBytesWriter(out, f"{name}.sentences")
        self._paragraphs = PackedBytesWriter(out, f"{name}.paragraphs")
        self.add(np.empty(0), np.empty(0))  # they are there, also if nothing is in them

    def add(self, sentences: Array, paragraphs: Array) -> None:
        """Append the units of some documents: the tokens of each sentence, and the sentences of
        each paragraph."""
        self._sentences.add(sentences)
        self._paragraphs.add(paragraphs)


class TextUnitsReader:
    """The units of an open text field.

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> directory = Directory(tempfile.mkdtemp())
    >>> out = SegmentFileWriter(directory)
    >>> TextUnitsWriter(out, "body").add(np.array([2, 2, 1]), np.array([2, 1]))
    >>> segment_file = SegmentFile(directory, "s", *out.write("s"))
    >>> units = TextUnitsReader(segment_file, "body", np.array([0, 4, 5]))
    >>> units.starts("sentence").tolist(), units.starts("paragraph").tolist()
    ([0, 2, 4], [0, 4])
    """

    def __init__(self, segment_file: SegmentFile, name: str, doc_starts: Array) -> None:
        """``doc_starts`` are those of the field's documents put end to end, and the end."""
        self._segment_file = segment_file
        self._name = name
        self._doc_starts = doc_starts
        self._sentences = PackedBytes(segment_file, f"{name}.sentences")
        self._paragraphs = PackedBytes(segment_file, f"{name}.paragraphs")

    @classmethod
    def is_in(cls, segment_file: SegmentFile, name: str) -> bool:
        """Whether a segment has the units of this field."""
        return f"{name}.sentences" in segment_file

    def starts(self, unit: TextUnit) -> npt.NDArray[np.int32]:
        """The global positions where units begin, ascending: int32. Raises CorruptArchive unless
        they share out the documents."""
        tokens = int(self._doc_starts[-1])
        starts = self._share_out("sentences", self._sentences, tokens)
        self._require_starts("sentences", starts)
        if unit == "paragraph":
            firsts = self._share_out("paragraphs", self._paragraphs, len(starts))
            starts = starts[firsts]
            self._require_starts("paragraphs", starts)
        return starts.astype(np.int32)

    def bitset(self, unit: TextUnit) -> npt.NDArray[np.uint64]:
        """The same as a bitset of all global positions, and one more beyond them: uint64."""
        starts = np.append(self.starts(unit), self._doc_starts[-1:])
        words = starts >> 6
        bits = np.left_shift(np.uint64(1), (starts & 63).astype(np.uint64))
        firsts = np.flatnonzero(np.diff(words, prepend=-1))
        bitset = np.zeros(int(words[-1]) + 1, np.uint64)
        bitset[words[firsts]] = np.add.reduceat(bits, firsts)  # no bit comes twice
        return bitset

    def check(self) -> None:
        """Raises CorruptArchive unless exceptions are where the arrays say, and units share out
        the documents."""
        self._sentences.check()
        self._paragraphs.check()
        self.starts("paragraph")

    def _share_out(self, section: str, lengths: PackedBytes, total: int) -> Array:
        """Where the parts of these lengths begin, of ``total`` in all."""
        parts = lengths.read(0, len(lengths)).astype(np.int64)
        is_right = not len(parts) or int(parts.min()) > 0
        self._require(is_right and int(parts.sum()) == total, section, "it has another sum")
        starts: Array = np.cumsum(parts) - parts
        return starts

    def _require_starts(self, section: str, starts: Array) -> None:
        """Each document with a token begins a unit."""
        doc_starts = self._doc_starts[:-1][np.diff(self._doc_starts) > 0]
        places = np.searchsorted(starts, doc_starts)
        is_right = np.array_equal(starts[np.minimum(places, len(starts) - 1)], doc_starts)
        self._require(is_right, section, "a document begins within one")

    def _require(self, is_right: bool, section: str, why: str) -> None:
        self._segment_file.require(is_right, f"{self._name}.{section}", why)
