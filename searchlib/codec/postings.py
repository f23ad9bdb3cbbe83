"""The posting lists of a text field: the format and its reader.

All postings of a field stand end to end, by term and then by document, in parallel packed arrays
(:mod:`searchlib.codec.packed_ints`). For each posting there is a document and a frequency, for each
occurrence of the term in the document a position and a *form*: which of the words that share the
stem it was, numbered from 0 within the term. A form takes as many bits as the number of the term's
forms needs, and none if there is but one. A small field, its terms "bank" (2 forms) and "rain"::

    term         bank                    rain
    documents    0        7              7
    frequency    2        1              1
    position     4  9     0              3
    form         0  1     1              (only one form: not stored)

    NAME.starts       0 2 3        offsets   first posting of each term
    NAME.tokens       0 3 4        offsets   first occurrence of each term
    NAME.docs         0 7 7        u2        documents of sparse terms, low 16 bits
    NAME.high         .            u1        their high bits, in segments of more than 65,536
    NAME.freqs        2 1 1        8 bits    by posting
    NAME.positions    4 9 0 3      12 bits   by occurrence
    NAME.forms1       0 1 1        1 bit     forms of the terms that have 2 of them;
    NAME.forms2 ... NAME.forms16             likewise of those with up to 4, 16, 256, 65,536
    NAME.formed       0            u4, u8    where the forms of a term start in its array: one entry
                                             for each form but the first of a term

A term in many documents is *dense*. The documents are cut into blocks of ``PostingsFormat.block``
(64), and a dense term has, for every block of the segment, the number of its documents there and
an upper bound of what it can add to a score there. A document of it is one byte, its place within
its block. One dense term, blocks of 4::

    documents       1 2 3   (none)   8 11
    NAME.held       3       0        2         u1  block counts
    NAME.bounds     160     0        116       u1  block-max scores
    NAME.low        1 2 3            0 3       u1
    NAME.dense      which terms are dense      u4
    NAME.dense.at   where in NAME.low each starts  u8

Block-max scores let a search skip blocks (:mod:`searchlib.search.top_k`): Ding and Suel, 'Faster
Top-k Document Retrieval Using Block-Max Indexes', SIGIR 2011; Mallia and others, 'Faster Learned
Sparse Retrieval with Block-Max Pruning', SIGIR 2024. A block-max score is a byte, rounded up, of
the saturated frequency

    w * (K1 + 1) / (w + K1 * (1 - B + B * length / average))

with the *segment's* average length. For another average it is an upper bound when it is multiplied
by ``max(1, average' / average)``, since lengths then count for at most that much less.

In format 1, ``NAME.formed`` has one entry for each term and one more (and ``NAME.width`` exists),
there is no ``NAME.dense``, and the offsets are plain arrays.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.cached_property import cached_property
from searchlib.codec.offsets import Offsets
from searchlib.codec.packed_ints import Packed12Bit, PackedBits, PackedBytes, ranges
from searchlib.codec.segment_file import SegmentFile, Slice
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import BLOCK_MAX_STEPS, FORM_WIDTHS, MAX_BLOCK

__all__ = [
    "BLOCK_MAX_STEP",
    "K1",
    "B",
    "PostingsFormat",
    "PostingsReader",
    "width_classes",
]

K1, B = 1.2, 0.75  # Whoosh's BM25F
#: What 1 of a block-max score is worth; K1 + 1 is never reached.
BLOCK_MAX_STEP = (K1 + 1) / BLOCK_MAX_STEPS

Ints = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class PostingsFormat:
    """Documents a block, and the document frequency from which on a term may be dense.

    >>> PostingsFormat().blocks(130), PostingsFormat().dense_from(130)
    (3, 256)
    """

    block: int = 64
    dense: int = 256

    def blocks(self, documents: int) -> int:
        """The number of blocks of a segment with so many documents."""
        return -(-documents // self.block)

    def dense_from(self, documents: int) -> int:
        """The document frequency from which on a term of such a segment is dense."""
        return max(self.blocks(documents), self.dense)


def width_classes(form_counts: Ints) -> Ints:
    """Which of ``FORM_WIDTHS`` the terms with so many forms take, from 1 on; 0 for those with one
    form, which is not stored: uint8.

    >>> width_classes(np.array([1, 2, 3, 200])).tolist()
    [0, 1, 2, 4]
    """
    return np.searchsorted(np.array([1, 2, 4, 16, 256]), form_counts).astype(np.uint8)


def _number_of(
    segment_file: SegmentFile, name: str, meta: dict[str, Any], key: str, highest: int
) -> int:
    """A number of a field's meta data, from 1 to ``highest``."""
    value = meta.get(key)
    if type(value) is not int or not 1 <= value <= highest:
        why = f"its meta data say {value!r:.40} for {key!r} of {name!r}"
        raise CorruptArchive(segment_file.file, why)
    return value


def _form_width(form_count: int) -> int:
    """How many bits a form takes, of a term with so many of them."""
    return next((width for width in FORM_WIDTHS if form_count <= 1 << width), FORM_WIDTHS[-1])


class PostingsReader:
    """The posting lists of one field of one segment, by the ordinal of the term."""

    def __init__(
        self, segment_file: SegmentFile, name: str, meta: dict[str, Any], documents: int,
        first_forms: Offsets | None,
    ) -> None:  # fmt: skip
        """``first_forms`` has the ordinal of the first form of each term; None if the field has
        no stemmer."""
        self._segment_file, self._name = segment_file, name
        self._documents = documents
        self.block: int = _number_of(segment_file, name, meta, "block", MAX_BLOCK)
        self.dense_from: int = _number_of(segment_file, name, meta, "dense", 1 << 53)
        self.blocks = -(-documents // self.block)
        self._starts = Offsets(segment_file, f"{name}.starts")
        #: Where the occurrences of each term start among those of all, and where the last ones end.
        self.token_starts = Offsets(segment_file, f"{name}.tokens")
        self._docs = segment_file.slice(f"{name}.docs", "u2")
        self._high = (
            segment_file.slice(f"{name}.high", "u1") if f"{name}.high" in segment_file else None
        )
        self._block_counts = segment_file.slice(f"{name}.held", "u1")
        self._block_max_scores = segment_file.slice(f"{name}.bounds", "u1")
        self._low = segment_file.slice(f"{name}.low", "u1")
        self._freqs = PackedBytes(segment_file, f"{name}.freqs")
        self._positions = Packed12Bit(segment_file, f"{name}.positions")
        self._first_forms = first_forms
        self._form_starts = segment_file.slice(f"{name}.formed", "u")
        self._is_format1 = f"{name}.width" in segment_file
        self._forms: dict[int, PackedBits | Slice] = {
            width: PackedBits(segment_file, f"{name}.forms{width}", width)
            if width < 8
            else segment_file.slice(f"{name}.forms{width}", f"u{width // 8}")
            for width in FORM_WIDTHS
        }
        self._file = segment_file.file
        self._block_starts = (np.arange(self.blocks) * self.block).astype(np.int32)
        counts, dense = self._check_structure()
        if f"{name}.dense" in segment_file:
            self._dense_terms = segment_file.array(f"{name}.dense", "u4").data
            self._dense_starts = segment_file.array(f"{name}.dense.at", "u8").data
        else:
            self._dense_terms = dense.data
            self._dense_starts = (np.cumsum(counts[dense]) - counts[dense]).data
        is_right = np.array_equal(dense, self._dense_terms)
        segment_file.require(is_right, f"{name}.dense", "it has other terms than the counts say")
        starts = np.cumsum(counts[dense]) - counts[dense]
        is_right = np.array_equal(starts, self._dense_starts)
        segment_file.require(is_right, f"{name}.dense.at", "it has other places")

    def _check_structure(self) -> tuple[Ints, Ints]:
        """Raises CorruptArchive unless the terms share out all postings, and all occurrences, one
        after the other, and all sections have the lengths that follow. Returns the document
        frequencies of the terms and which terms are dense."""
        require, name = self._segment_file.require, self._name
        terms = len(self._starts) - 1
        self._starts.check(len(self._freqs))
        self.token_starts.check(len(self._positions), terms)
        counts, occurrences = self._starts.lengths(), self.token_starts.lengths()
        is_right = not terms or bool(
            counts.max() <= self._documents and np.all(occurrences >= counts)
        )
        require(is_right, f"{name}.starts", "a term has more documents than it can have")
        is_right = self._freqs.exceptions_total <= len(self._positions)
        require(is_right, f"{name}.freqs.value", "it has higher frequencies than there are words")
        dense = np.flatnonzero(counts >= self.dense_from)
        in_dense = int(counts[dense].sum())
        lengths = {"docs": len(self._docs), "low": len(self._low)}
        expected = {"docs": len(self._freqs) - in_dense, "low": in_dense}
        lengths |= {"held": len(self._block_counts), "bounds": len(self._block_max_scores)}
        expected |= dict.fromkeys(("held", "bounds"), len(dense) * self.blocks)
        if self._high is not None or self._documents > 1 << 16:
            lengths["high"] = -1 if self._high is None else len(self._high)
            expected["high"] = expected["docs"]
        for part, length in expected.items():
            require(lengths[part] == length, f"{name}.{part}", "it has another length")
        self._check_forms(terms, occurrences)
        return counts, dense

    def _check_forms(self, terms: int, occurrences: Ints) -> None:
        require, name = self._segment_file.require, self._name
        sizes = np.zeros(len(FORM_WIDTHS) + 1, np.int64)  # of the arrays of forms
        if self._first_forms is not None:
            require(len(self._first_forms) == terms + 1, f"{name}.first", "it has another length")
            form_counts = self._first_forms.lengths()
            require(bool(np.all(form_counts > 0)), f"{name}.first", "a term has no form")
            several = np.flatnonzero(form_counts > 1)
            entries = terms + 1 if self._is_format1 else int(form_counts.sum()) - terms
            is_right = len(self._form_starts) == entries
            require(is_right, f"{name}.formed", "it has another length")
            classes = width_classes(form_counts[several])
            # Sums as floats: exact, as there are fewer than 2**53 occurrences.
            tokens = np.bincount(classes, occurrences[several], minlength=len(sizes))
            sizes = tokens.astype(np.int64)
        for size, (width, forms) in zip(sizes[1:].tolist(), self._forms.items(), strict=True):
            is_right = forms.holds(size) if isinstance(forms, PackedBits) else len(forms) == size
            require(is_right, f"{name}.forms{width}", "it has another length")

    def check(self) -> None:
        """Raises CorruptArchive unless exceptions and forms are where the arrays say. Postings
        themselves are not looked at: see :mod:`searchlib.index.segment_check`."""
        self._freqs.check()
        self._positions.check()
        self.check_form_starts(self.all_occurrences())

    def check_form_starts(self, occurrences: Ints) -> None:
        """Raises CorruptArchive unless the forms of each term start where those of the term before
        it end, in the array of their width. ``occurrences`` are :meth:`all_occurrences`."""
        if self._first_forms is None:
            return
        form_counts = np.diff(self._first_forms.read_all())
        terms = np.flatnonzero(form_counts > 1)  # a term with one form has no entry
        occurrences, classes = occurrences[terms], width_classes(form_counts[terms])
        starts = np.zeros(len(terms), np.int64)
        for width_class in range(1, len(FORM_WIDTHS) + 1):
            of_class = np.flatnonzero(classes == width_class)
            lengths = occurrences[of_class]
            starts[of_class] = np.cumsum(lengths) - lengths
        form_starts = self._form_starts.read_all()
        if self._is_format1:
            form_starts = form_starts[terms]
        else:
            starts = np.repeat(starts, form_counts[terms] - 1)
        is_right = np.array_equal(starts, form_starts)
        self._segment_file.require(is_right, f"{self._name}.formed", "it has other places")

    @property
    def terms(self) -> int:
        """The number of terms."""
        return len(self._starts) - 1

    @property
    def tokens(self) -> int:
        """How many times all terms occur."""
        return len(self._positions)

    def _check_frequencies(self, term: int, freqs: Ints, occurrences: int) -> None:
        """Raises CorruptArchive unless the frequencies of a term, or from that term on, have this
        sum: arrays are made of that size."""
        if int(freqs.sum(dtype=np.int64)) != occurrences:
            raise CorruptArchive(self._file, f"term {term} has other frequencies than occurrences")

    def count(self, term: int) -> int:
        """The number of documents that have the term."""
        return self._starts.at(term + 1) - self._starts.at(term)

    def occurrences(self, term: int) -> int:
        """How many times the term occurs."""
        return self.token_starts.at(term + 1) - self.token_starts.at(term)

    def counts(self, first: int = 0, last: int | None = None) -> Ints:
        """The document frequencies of the terms from ``first`` to ``last``: int64."""
        return self._starts.lengths(first, last)

    def all_occurrences(self) -> Ints:
        """How many times each term occurs: int64."""
        return self.token_starts.lengths()

    def occurrences_between(self, first: int, last: int) -> Ints:
        """How many times the terms from ``first`` to ``last`` occur: int64."""
        return self.token_starts.lengths(first, last)

    def is_dense(self, term: int) -> bool:
        """Whether the term has block counts and block-max scores."""
        return self.count(term) >= self.dense_from

    def docs(self, term: int) -> npt.NDArray[np.int32]:
        """The documents of a term, ascending: int32."""
        start, count = self._starts.at(term), self.count(term)
        row = bisect_left(self._dense_terms, term)
        if count >= self.dense_from:
            first = self._dense_start(row)
            docs = np.repeat(self._block_starts, self._block_counts.read(*self._cells(row)))
            is_right = len(docs) == count
            self._segment_file.require(is_right, f"{self._name}.held", "it has other counts")
            docs += self._low.read(first, first + count)
            return docs
        return self._sparse_docs(start - self._dense_start(row), count)

    def _sparse_docs(self, first: int, count: int) -> npt.NDArray[np.int32]:
        """``count`` documents of sparse terms: int32."""
        docs = self._docs.read(first, first + count).astype(np.int32)
        if self._high is not None:
            docs |= self._high.read(first, first + count).astype(np.int32) << 16
        return docs

    def _dense_start(self, row: int) -> int:
        """How many postings the dense terms before this one of them have."""
        return self._dense_starts[row] if row < len(self._dense_starts) else len(self._low)

    def _cells(self, row: int) -> tuple[int, int]:
        """Where the blocks of this one of the dense terms are, from and to."""
        return row * self.blocks, (row + 1) * self.blocks

    def freqs(self, term: int) -> Ints:
        """How often the term occurs in each of its documents: unsigned."""
        freqs = self._freqs.read(self._starts.at(term), self._starts.at(term + 1))
        self._check_frequencies(term, freqs, self.occurrences(term))
        return freqs

    def block_counts(self, term: int) -> Ints:
        """How many documents of each block have a dense term: uint8."""
        return self._block_counts.read(*self._cells(bisect_left(self._dense_terms, term)))

    def block_max_scores(self, term: int) -> Ints:
        """The block-max scores of a dense term, in units of ``BLOCK_MAX_STEP``: uint8."""
        return self._block_max_scores.read(*self._cells(bisect_left(self._dense_terms, term)))

    def dense_arrays(self, first: int, last: int) -> tuple[Ints, Ints, Ints]:
        """Block counts, block-max scores and documents within their blocks (uint8) of the dense
        ones of the terms from ``first`` to ``last``, end to end."""
        rows = bisect_left(self._dense_terms, first), bisect_left(self._dense_terms, last)
        cells = rows[0] * self.blocks, rows[1] * self.blocks
        low = self._low.read(self._dense_start(rows[0]), self._dense_start(rows[1]))
        return self._block_counts.read(*cells), self._block_max_scores.read(*cells), low

    def positions(self, term: int) -> Ints:
        """The positions of all occurrences of a term, by document: unsigned."""
        return self._positions.read(self.token_starts.at(term), self.token_starts.at(term + 1))

    def positions_at(self, term: int, occurrences: Ints) -> Ints:
        """The positions of some occurrences of a term, counted from its first, ascending."""
        return self._positions.gather(occurrences + self.token_starts.at(term))

    def _form_array(self, term: int) -> tuple[int, int]:
        """How many bits the forms of a term take (0: it has but one), and where they start in the
        array of that width."""
        if self._first_forms is None:
            return 0, 0
        first, last = self._first_forms.at(term), self._first_forms.at(term + 1)
        if last - first < 2:
            return 0, 0
        entry = term if self._is_format1 else first - term
        return _form_width(last - first), int(self._form_starts.read(entry, entry + 1)[0])

    def forms(self, term: int) -> Ints | None:
        """The forms of all occurrences, or None if the term has but one form."""
        width, start = self._form_array(term)
        if not width:
            return None
        return self._forms[width].read(start, start + self.occurrences(term))

    def forms_at(self, term: int, occurrences: Ints) -> Ints:
        """The forms of some occurrences of a term with several, counted from its first."""
        width, start = self._form_array(term)
        forms = self._forms[width]
        if isinstance(forms, PackedBits):
            return forms.gather(occurrences + start)
        if not len(occurrences):
            return np.empty(0, np.uint8)
        last = start + int(occurrences[-1]) + 1
        return forms.read(start, last)[occurrences]

    def kernel_list(self, term: int) -> Any:
        """The posting list of a term as the object that :mod:`searchlib.kernels` run over."""
        try:
            return self._kernel_lists.open(term)
        except ValueError as error:
            raise self._malformed(term, error) from None

    @cached_property
    def _kernel_lists(self) -> kernels.codec.PostingLists:
        """What makes the posting lists of the kernels."""
        assert self._starts.compiled is not None
        return kernels.codec.PostingLists(
            self._starts.compiled, self._freqs.section.for_kernels(), *self._freqs.exceptions,
            self._docs.for_kernels(), None if self._high is None else self._high.for_kernels(),
            np.asarray(self._dense_terms, np.uint32), np.asarray(self._dense_starts, np.uint64),
            self._block_counts.for_kernels(), self._block_max_scores.for_kernels(),
            self._low.for_kernels(), self._documents, self.block, self.dense_from,
        )  # fmt: skip

    def add_positions(self, term: int, kernel_list: Any) -> None:
        """Give a list of :meth:`kernel_list` the positions and forms of its occurrences."""
        start, end = self.token_starts.at(term), self.token_starts.at(term + 1)
        low, high, exception_indices, exceptions = self._positions.packed(start, end)
        width, first = self._form_array(term)
        packed_forms = None
        if width:
            forms, last = self._forms[width], first + end - start
            packed_forms = (
                forms.packed(first, last)
                if isinstance(forms, PackedBits)
                else forms.read(first, last).view(np.uint8)
            )
        try:
            kernel_list.add_positions(
                low, high, start, exception_indices, exceptions, width, packed_forms, first
            )
        except ValueError as error:
            raise self._malformed(term, error) from None

    def _malformed(self, term: int, error: ValueError) -> CorruptArchive:
        """What an error of the kernels is to who reads the archive."""
        why = f"the postings of term {term} are not well formed: {error}"
        return CorruptArchive(self._file, why)

    def read_terms(self, first: int, last: int) -> tuple[Ints, Ints, Ints, Ints]:
        """The postings of the terms from ``first`` to ``last``, end to end: documents (int32),
        frequencies, positions, forms (int32; 0 where a term has but one)."""
        docs, starts = self.docs_of_terms(first, last)
        freqs = self._freqs.read(int(starts[0]), int(starts[-1]))
        tokens = self.token_starts.read(first, last + 1)
        positions = self._positions.read(int(tokens[0]), int(tokens[-1]))
        self._check_frequencies(first, freqs, len(positions))
        return docs, freqs, positions, self._read_forms(first, last, np.diff(tokens))

    def tokens_of_docs(
        self, first: int, last: int, are_wanted: npt.NDArray[np.bool_]
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each token of the terms from ``first`` to ``last`` in some documents, by term: the
        term, the document, the position, and the form (0 where the term has but one)."""
        docs, starts = self.docs_of_terms(first, last)
        rows = np.flatnonzero(are_wanted[docs])
        freqs = self._freqs.read(int(starts[0]), int(starts[-1]))
        occurrences = self.token_starts.lengths(first, last)
        self._check_frequencies(first, freqs, int(occurrences.sum()))
        own = freqs[rows].astype(np.int64)
        tokens = ranges(np.cumsum(freqs, dtype=np.int64)[rows] - own, own)
        terms = np.searchsorted(starts, rows + starts[0], "right") + (first - 1)
        forms = self._read_forms(first, last, occurrences)[tokens]
        positions = self.positions_at(first, tokens)
        return np.repeat(terms, own), np.repeat(docs[rows], own), positions, forms

    def docs_of_terms(self, first: int, last: int) -> tuple[Ints, Ints]:
        """The documents (int32) of the terms from ``first`` to ``last``, end to end, and the places
        in the postings of the field where those of each term start, and where the last ones end."""
        starts = self._starts.read(first, last + 1)
        counts = np.diff(starts)
        docs = np.empty(int(starts[-1] - starts[0]), np.int32)
        sparse = counts < self.dense_from
        first_sparse = int(starts[0]) - self._dense_start(bisect_left(self._dense_terms, first))
        docs[np.repeat(sparse, counts)] = self._sparse_docs(first_sparse, int(counts[sparse].sum()))
        for term in np.flatnonzero(~sparse).tolist():
            start = int(starts[term] - starts[0])
            docs[start : start + int(counts[term])] = self.docs(first + term)
        return docs, starts

    def freqs_of_terms(self, first: int, last: int) -> tuple[Ints, Ints]:
        """The frequencies of the terms from ``first`` to ``last`` in their documents, end to end
        (unsigned), and the document frequency of each term (int64)."""
        starts = self._starts.read(first, last + 1)
        return self._freqs.read(int(starts[0]), int(starts[-1])), np.diff(starts)

    def start(self, term: int) -> int:
        """How many postings the terms before one have together."""
        return int(self._starts.at(term))

    def _read_forms(self, first: int, last: int, occurrences: Ints) -> Ints:
        """The forms of the terms from ``first`` to ``last``, which have so many occurrences each:
        int32."""
        all_forms = np.zeros(int(occurrences.sum()), np.int32)
        if self._first_forms is None:
            return all_forms
        classes = width_classes(self._first_forms.lengths(first, last))
        for width_class, forms in enumerate(self._forms.values(), 1):
            terms = np.flatnonzero(classes == width_class)
            if len(terms):
                start = self._form_array(first + int(terms[0]))[1]
                values = forms.read(start, start + int(occurrences[terms].sum()))
                all_forms[np.repeat(classes == width_class, occurrences)] = values
        return all_forms
