"""Writes the posting lists of a text field, in the format of :mod:`searchlib.codec.postings`.

``merge_postings``, ``split_docs`` and ``split_forms`` are the NumPy implementations of functions of
:mod:`searchlib.kernels`, which give the same arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.offsets import OffsetsWriter
from searchlib.codec.packed_ints import (
    Packed12BitWriter,
    PackedBitsWriter,
    PackedBytesWriter,
    ranges,
)
from searchlib.codec.postings import (
    BLOCK_MAX_STEP,
    K1,
    B,
    PostingsFormat,
    width_classes,
)
from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.kernels.constants import BLOCK_MAX_MARGIN, BLOCK_MAX_STEPS, FORM_WIDTHS

__all__ = [
    "PostingsWriter",
    "cut_docs",
    "merge_postings",
    "saturation",
    "split_docs",
    "split_forms",
]

Ints = npt.NDArray[Any]


def saturation(
    weights: Ints, lengths: Ints, average: float, k1: float = K1, b: float = B
) -> npt.NDArray[np.float64]:
    """BM25's term frequency factor, below K1 + 1, for weighted frequencies in documents of these
    lengths: float64.

    >>> saturation(np.array([1.0]), np.array([5]), 5.0).tolist()
    [1.0]
    """
    factors: npt.NDArray[np.float64] = (weights * (k1 + 1)) / (
        weights + k1 * ((1 - b) + b * lengths / average)
    )
    return factors


class PostingsWriter:
    """Writes the posting lists of one field, terms in order, in any number of calls."""

    def __init__(
        self,
        out: SegmentFileWriter,
        name: str,
        lengths: Ints,
        weight: float,
        postings_format: PostingsFormat,
    ) -> None:
        """``lengths`` are those of all documents in this field, ``weight`` the field's."""
        self._out = out
        self._name = name
        self._lengths = lengths
        self._weight = weight
        self._postings_format = postings_format
        self._dense_from = postings_format.dense_from(len(lengths))
        self._starts = OffsetsWriter(out, f"{name}.starts")
        self._tokens = OffsetsWriter(out, f"{name}.tokens")
        self._freqs = PackedBytesWriter(out, f"{name}.freqs")
        self._positions = Packed12BitWriter(out, f"{name}.positions")
        self._packed_forms = {
            width: PackedBitsWriter(out, f"{name}.forms{width}", width)
            for width in FORM_WIDTHS
            if width < 8
        }
        self._forms_written = dict.fromkeys(FORM_WIDTHS, 0)
        self._terms_written = self._dense_postings = 0
        self._form_start_dtype = "u4" if int(lengths.sum()) < 1 << 32 else "u8"

    def add(
        self, counts: Ints, docs: Ints, freqs: Ints, positions: Ints, forms: Ints, form_counts: Ints
    ) -> None:
        """Append terms. ``counts`` has the document frequency of each term; ``docs`` and ``freqs``
        have an entry a posting, ``positions`` and ``forms`` one an occurrence; ``form_counts``
        says how many forms each term has (the forms of a term with one are not stored)."""
        tokens = _run_totals(counts, freqs)
        self._starts.add(counts)
        self._tokens.add(tokens)
        self._add_forms(tokens, forms, form_counts)
        self._add_docs(counts, docs, freqs)
        self._freqs.add(freqs)
        self._positions.add(positions)
        dense = np.flatnonzero(counts >= self._dense_from)
        dense_counts = counts[dense]
        dense_starts = self._dense_postings + np.cumsum(dense_counts) - dense_counts
        self._out.put(f"{self._name}.dense", (self._terms_written + dense).astype("u4"))
        self._out.put(f"{self._name}.dense.at", dense_starts.astype("u8"))
        self._terms_written += len(counts)
        self._dense_postings += int(dense_counts.sum())

    def finish(self) -> dict[str, Any]:
        """Write what is pending; returns the meta data that :class:`PostingsReader` needs."""
        self._starts.finish()
        self._tokens.finish()
        self._positions.finish()
        for packed_forms in self._packed_forms.values():
            packed_forms.finish()
        return {
            "block": self._postings_format.block,
            "dense": self._dense_from,
            "tokens": int(self._lengths.sum()),
        }

    def _add_forms(self, tokens: Ints, forms: Ints, form_counts: Ints) -> None:
        classes = width_classes(form_counts)
        starts = np.zeros(len(tokens), np.int64)
        if kernels.available:
            by_width = kernels.codec.split_forms(tokens, _int32(forms), classes)
        else:
            by_width = split_forms(tokens, forms, classes)
        for width_class, (width, values) in enumerate(zip(FORM_WIDTHS, by_width, strict=True), 1):
            is_class = classes == width_class
            lengths = np.where(is_class, tokens, 0)
            written = self._forms_written[width]
            starts += np.where(is_class, written + np.cumsum(lengths) - lengths, 0)
            self._forms_written[width] += len(values)
            if width < 8:
                self._packed_forms[width].add(values)
            else:
                self._out.put(f"{self._name}.forms{width}", values)
        # An entry for each form but the first of a term: its index is the ordinal of the term's
        # first form less the term's, which the reader knows.
        entries = np.repeat(starts, form_counts - 1)
        self._out.put(f"{self._name}.formed", entries.astype(self._form_start_dtype))

    def _add_docs(self, counts: Ints, docs: Ints, freqs: Ints) -> None:
        sparse, low, block_counts, block_max_scores = cut_docs(
            counts, docs, freqs, self._lengths, self._dense_from, self._postings_format.block,
            self._weight,
        )  # fmt: skip
        self._out.put(f"{self._name}.docs", sparse.astype("u2"))
        if len(self._lengths) > 1 << 16:
            self._out.put(f"{self._name}.high", (sparse >> 16).astype("u1"))
        self._out.put(f"{self._name}.held", block_counts)
        self._out.put(f"{self._name}.bounds", block_max_scores)
        self._out.put(f"{self._name}.low", low)


def merge_postings(
    parts: list[tuple[Ints, Ints, Ints, Ints, Ints]], terms: int
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """The postings of several parts (one at least) as one, by term (from 0 to ``terms``) and then
    by part. Each part has the term, the document and the frequency of its postings, by term, and
    the position and the form of its occurrences: int32.

    Returns how many documents and occurrences each term has (int64), and documents, frequencies,
    positions and forms: int32."""
    term_of, docs, freqs, positions, forms = map(np.concatenate, zip(*parts, strict=True))
    order = np.argsort(term_of, kind="stable")  # of sorted runs: a merge
    token_starts = (np.cumsum(freqs) - freqs)[order]
    term_of, docs, freqs = term_of[order], docs[order], freqs[order]
    tokens = ranges(token_starts, freqs)
    counts = np.bincount(term_of, minlength=terms)
    occurrences = np.bincount(term_of, freqs, minlength=terms).astype(np.int64)
    return counts, occurrences, docs, freqs, positions[tokens], forms[tokens]


def cut_docs(
    counts: Ints, docs: Ints, freqs: Ints, lengths: Ints, dense_from: int, block: int,
    weight: float,
) -> tuple[Ints, Ints, Ints, Ints]:  # fmt: skip
    """What :func:`split_docs` gives for these terms of a segment, whose documents have these
    lengths in the field: by a kernel, if there is one."""
    average = float(lengths.mean()) or 1.0 if len(lengths) else 1.0
    split: Any = split_docs
    if kernels.available:
        split, docs, freqs = kernels.codec.split_docs, _int32(docs), _int32(freqs)
    arrays: tuple[Ints, Ints, Ints, Ints] = split(
        counts, docs, freqs, lengths, dense_from, block, weight, average, K1, B, BLOCK_MAX_STEP
    )
    return arrays


def split_docs(
    counts: Ints, docs: Ints, freqs: Ints, lengths: Ints, dense_from: int, block: int,
    weight: float, average: float, k1: float, b: float, step: float,
) -> tuple[Ints, Ints, Ints, Ints]:  # fmt: skip
    """The documents of sparse terms, end to end; those of dense terms as places within their
    blocks (uint8); the block counts (uint8) and block-max scores (uint8) of dense terms."""
    blocks = -(-len(lengths) // block)
    dense = counts >= dense_from
    in_dense = np.repeat(dense, counts)
    sparse, docs, freqs = docs[~in_dense], docs[in_dense], freqs[in_dense]
    counts = counts[dense]
    block_counts, block_max_scores = np.zeros((2, len(counts) * blocks), np.uint8)
    if len(docs):
        cells = np.repeat(np.arange(len(counts)) * blocks, counts) + docs // block
        first = np.flatnonzero(np.diff(cells, prepend=-1))
        block_counts[cells[first]] = np.diff(first, append=len(cells))
        scores = saturation(freqs * weight, lengths[docs], average, k1, b)
        highest = np.maximum.reduceat(scores, first)
        # A little more, so that rounding can never put a block-max score below a score.
        block_max_scores[cells[first]] = np.minimum(
            np.ceil(highest / step + BLOCK_MAX_MARGIN), BLOCK_MAX_STEPS
        )
    return sparse, (docs % block).astype("u1"), block_counts, block_max_scores


def split_forms(tokens: Ints, forms: Ints, classes: Ints) -> list[Ints]:
    """The forms of the terms of each width class from 1 to 5, end to end: uint8, and uint16 of
    the last class; ``tokens`` says how many occurrences each term has."""
    class_of = np.repeat(classes, tokens)
    return [
        forms[class_of == width_class].astype("u1" if width_class < 5 else "u2")
        for width_class in range(1, 6)
    ]


def _int32(array: Ints) -> npt.NDArray[np.int32]:
    return array.astype(np.int32, copy=False)


def _run_totals(counts: Ints, values: Ints) -> Ints:
    """The sums of consecutive runs of ``values``, of the lengths ``counts``: int64."""
    totals = np.zeros(len(counts), np.int64)
    runs = np.flatnonzero(counts)
    if len(runs):
        starts = np.cumsum(counts)[runs] - counts[runs]
        totals[runs] = np.add.reduceat(values, starts, dtype=np.int64)
    return totals
