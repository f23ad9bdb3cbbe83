"""The posting lists of a text field: the format and its reader.

All postings of a field stand end to end, by term and then by document, in parallel planes
(:mod:`searchlib.codec.packed_ints`): document numbers, frequencies, and for each occurrence its
position and its *form*, which of the words that share the stem it was. The form takes as many
bits as the number of the term's forms asks for, none if there is but one.

A term in many documents is *dense*. The documents are cut into blocks of ``PostingsFormat.block``;
a dense term keeps, for each block, how many of its documents lie in it and an upper bound of what
the term can add to a score there, and a document number is then one byte within its block.
See Ding and Suel, 'Faster Top-k Document Retrieval Using Block-Max Indexes', SIGIR 2011, and
Mallia and others, 'Faster Learned Sparse Retrieval with Block-Max Pruning', SIGIR 2024.

The bound is kept as a byte, rounded up, of the saturated frequency

    w * (K1 + 1) / (w + K1 * (1 - B + B * length / average))

with the *segment's* average length. For another average it holds when it is multiplied by
``max(1, average' / average)``, since lengths then count for at most that much less.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.offsets import Offsets
from searchlib.codec.packed_ints import Packed12Bit, PackedBits, PackedBytes, ranges
from searchlib.codec.segment_file import SegmentFile, Slice
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import BLOCK_MAX_STEPS, FORM_WIDTHS

__all__ = ["BOUND", "K1", "WIDTHS", "B", "PostingsFormat", "PostingsReader", "kinds_of"]

K1, B = 1.2, 0.75  # Whoosh's BM25F
WIDTHS = FORM_WIDTHS
#: What one step of a bound's byte is worth; K1 + 1 is never reached.
BOUND = (K1 + 1) / BLOCK_MAX_STEPS

Ints = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class PostingsFormat:
    """How a field's postings are cut: documents a block, and from how many a term is dense."""

    block: int = 64
    dense: int = 256

    def blocks(self, documents: int) -> int:
        """How many blocks that many documents make."""
        return -(-documents // self.block)

    def dense_from(self, documents: int) -> int:
        """The document frequency from which on a term of such a segment is dense."""
        return max(self.blocks(documents), self.dense)


def kinds_of(sizes: Ints) -> Ints:
    """Which planes keep the forms of terms with so many: 0 (none) to 5, uint8."""
    return np.searchsorted(np.array([1, 2, 4, 16, 256]), sizes).astype(np.uint8)


def _width(size: int) -> int:
    """How many bits the forms of a term with ``size`` of them take."""
    return next((width for width in WIDTHS if size <= 1 << width), WIDTHS[-1])


class PostingsReader:
    """The posting lists of one field of one segment, by the number of the term."""

    def __init__(
        self, segment_file: SegmentFile, name: str, meta: dict[str, Any], documents: int,
        first: Offsets | None,
    ) -> None:  # fmt: skip
        """``first`` has the number of the first form of each term; None if terms have one."""
        self._starts = Offsets(segment_file, f"{name}.starts")
        self._tokens = Offsets(segment_file, f"{name}.tokens")
        self._docs = segment_file.window(f"{name}.docs")
        self._high = segment_file.window(f"{name}.high") if f"{name}.high" in segment_file else None
        self._held = segment_file.window(f"{name}.held")
        self._bounds = segment_file.window(f"{name}.bounds")
        self._low = segment_file.window(f"{name}.low")
        self._freqs = PackedBytes(segment_file, f"{name}.freqs")
        self._positions = Packed12Bit(segment_file, f"{name}.positions")
        self._first = first
        self._formed = segment_file.window(f"{name}.formed")
        self._old = f"{name}.width" in segment_file  # in format 1 every term has a place there
        self._forms: dict[int, PackedBits | Slice] = {
            width: PackedBits(segment_file, f"{name}.forms{width}", width)
            if width < 8
            else segment_file.window(f"{name}.forms{width}")
            for width in WIDTHS
        }
        self._file = segment_file.file
        self._documents = documents
        self.block: int = meta["block"]
        self.dense_from: int = meta["dense"]
        self.width = -(-documents // self.block)
        if f"{name}.dense" in segment_file:
            self._dense = segment_file.array(f"{name}.dense").data
            self._dense_at = segment_file.array(f"{name}.dense.at").data
        else:
            counts = self.counts()
            dense = np.flatnonzero(counts >= self.dense_from)
            self._dense = dense.data
            self._dense_at = (np.cumsum(counts[dense]) - counts[dense]).data
        self._base = (np.arange(self.width) * self.block).astype(np.int32)

    def check(self) -> None:
        """Raises CorruptArchive unless the terms have all the postings, and these all the
        occurrences, one after the other."""
        self._starts.check(len(self._freqs))
        self._tokens.check(len(self._positions))

    def count(self, term: int) -> int:
        """In how many documents the term is."""
        return self._starts.at(term + 1) - self._starts.at(term)

    def occurrences(self, term: int) -> int:
        """How many times the term occurs."""
        return self._tokens.at(term + 1) - self._tokens.at(term)

    def counts(self, first: int = 0, last: int | None = None) -> Ints:
        """The document frequencies of the terms from ``first`` to ``last``: int64."""
        return self._starts.differences(first, last)

    def all_occurrences(self) -> Ints:
        """How many times each term occurs: int64."""
        return self._tokens.differences()

    def is_dense(self, term: int) -> bool:
        """Whether the term has counts and bounds by block."""
        return self.count(term) >= self.dense_from

    def docs(self, term: int) -> npt.NDArray[np.int32]:
        """The documents of a term, ascending: int32."""
        start, count = self._starts.at(term), self.count(term)
        row = bisect_left(self._dense, term)
        if count >= self.dense_from:
            at = self._before(row)
            found = np.repeat(self._base, self._held.part(*self._cells(row)))
            found += self._low.part(at, at + count)
            return found
        return self._sparse(start - self._before(row), count)

    def _sparse(self, at: int, count: int) -> npt.NDArray[np.int32]:
        """``count`` documents of sparse terms: int32."""
        found = self._docs.part(at, at + count).astype(np.int32)
        if self._high is not None:
            found |= self._high.part(at, at + count).astype(np.int32) << 16
        return found

    def _before(self, row: int) -> int:
        """How many postings the first so many dense terms have."""
        return self._dense_at[row] if row < len(self._dense_at) else len(self._low)

    def _cells(self, row: int) -> tuple[int, int]:
        """Where the blocks of a dense term are, from and to."""
        return row * self.width, (row + 1) * self.width

    def inside(self, term: int, blocks: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """The documents of a dense term in some blocks, and its frequencies there; ``ends``
        are the sums of :meth:`held`."""
        held = self.held(term)[blocks].astype(np.int64)
        places = ranges(ends[blocks] - held, held)
        at, start = self._before(bisect_left(self._dense, term)), self._starts.at(term)
        count = int(ends[-1])
        docs = self._low.part(at, at + count)[places] + np.repeat(blocks * self.block, held)
        return docs, self._freqs.part(start, start + count)[places]

    def freqs(self, term: int) -> Ints:
        """How often the term occurs in each of its documents: unsigned."""
        return self._freqs.part(self._starts.at(term), self._starts.at(term + 1))

    def held(self, term: int) -> Ints:
        """How many documents of a dense term lie in each block: uint8."""
        return self._held.part(*self._cells(bisect_left(self._dense, term)))

    def bounds(self, term: int) -> Ints:
        """The bound of a dense term in each block, in steps of ``BOUND``: uint8."""
        return self._bounds.part(*self._cells(bisect_left(self._dense, term)))

    def positions(self, term: int) -> Ints:
        """The positions of all occurrences of a term, by document: unsigned."""
        return self._positions.part(self._tokens.at(term), self._tokens.at(term + 1))

    def positions_at(self, term: int, places: Ints) -> Ints:
        """The positions of some occurrences of a term, counted from its first, ascending."""
        return self._positions.at(places + self._tokens.at(term))

    def _plane(self, term: int) -> tuple[int, int]:
        """How many bits the forms of a term take (0: it has but one), and where they begin."""
        if self._first is None:
            return 0, 0
        first, last = self._first.at(term), self._first.at(term + 1)
        if last - first < 2:
            return 0, 0
        at = term if self._old else first - term
        return _width(last - first), int(self._formed.part(at, at + 1)[0])

    def forms(self, term: int) -> Ints | None:
        """The forms of all occurrences, or None if the term has but one form."""
        width, start = self._plane(term)
        if not width:
            return None
        return self._forms[width].part(start, start + self.occurrences(term))

    def forms_at(self, term: int, places: Ints) -> Ints:
        """The forms of some occurrences of a term with several, counted from its first."""
        width, start = self._plane(term)
        plane = self._forms[width]
        if isinstance(plane, PackedBits):
            return plane.at(places + start)
        if not len(places):
            return np.empty(0, np.uint8)
        last = start + int(places[-1]) + 1
        return plane.part(start, last)[places]

    def ready(self, term: int) -> kernels.codec.PostingList:
        """The posting list of a term in the form that :mod:`searchlib.kernels` run over."""
        start, end = self._starts.at(term), self._starts.at(term + 1)
        freqs, wide_at, wide = self._freqs.packed(start, end)
        docs = held = low = bounds = None
        if end - start >= self.dense_from:
            row = bisect_left(self._dense, term)
            cells, at = self._cells(row), self._before(row)
            held, bounds = self._held.part(*cells), self._bounds.part(*cells)
            low = self._low.part(at, at + end - start)
        else:
            docs = self.docs(term)
        with self._well_formed(term):
            return kernels.codec.PostingList(
                self._documents, docs, held, low, bounds, self.block, freqs, start, wide_at, wide
            )

    def place(self, term: int, ready: kernels.codec.PostingList) -> None:
        """Add to a list of :meth:`ready` where its occurrences are, and of what form."""
        start, end = self._tokens.at(term), self._tokens.at(term + 1)
        low, high, wide_at, wide = self._positions.packed(start, end)
        width, first = self._plane(term)
        forms = None
        if width:
            plane, last = self._forms[width], first + end - start
            forms = (
                plane.packed(first, last)
                if isinstance(plane, PackedBits)
                else plane.part(first, last).view(np.uint8)
            )
        with self._well_formed(term):
            ready.add_positions(low, high, start, wide_at, wide, width, forms, first)

    @contextmanager
    def _well_formed(self, term: int) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            why = f"the postings of term {term} are not well formed: {error}"
            raise CorruptArchive(self._file, why) from None

    def span(self, first: int, last: int) -> tuple[Ints, Ints, Ints, Ints]:
        """The postings of the terms from ``first`` to ``last``, end to end: documents (int32),
        frequencies, positions, forms (int32; 0 where a term has but one)."""
        starts = self._starts.part(first, last + 1)
        counts = np.diff(starts)
        docs = np.empty(int(starts[-1] - starts[0]), np.int32)
        sparse = counts < self.dense_from
        at = int(starts[0]) - self._before(bisect_left(self._dense, first))
        docs[np.repeat(sparse, counts)] = self._sparse(at, int(counts[sparse].sum()))
        for term in np.flatnonzero(~sparse).tolist():
            at = int(starts[term] - starts[0])
            docs[at : at + int(counts[term])] = self.docs(first + term)
        freqs = self._freqs.part(int(starts[0]), int(starts[-1]))
        tokens = self._tokens.part(first, last + 1)
        positions = self._positions.part(int(tokens[0]), int(tokens[-1]))
        if int(freqs.sum(dtype=np.int64)) != len(positions):
            raise CorruptArchive(self._file, f"terms {first} to {last} have other frequencies")
        return docs, freqs, positions, self._form_span(first, last, np.diff(tokens))

    def _form_span(self, first: int, last: int, tokens: Ints) -> Ints:
        """The forms of the terms from ``first`` to ``last``, of so many ``tokens`` each."""
        forms = np.zeros(int(tokens.sum()), np.int32)
        if self._first is None:
            return forms
        kinds = kinds_of(self._first.differences(first, last))
        for kind, plane in enumerate(self._forms.values(), 1):
            mine = np.flatnonzero(kinds == kind)
            if len(mine):
                at = self._plane(first + int(mine[0]))[1]
                found = plane.part(at, at + int(tokens[mine].sum()))
                forms[np.repeat(kinds == kind, tokens)] = found
        return forms
