"""Writes the posting lists of a text field, in the format of :mod:`searchlib.codec.postings`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.offsets import OffsetsWriter
from searchlib.codec.packed_ints import Packed12BitWriter, PackedBitsWriter, PackedBytesWriter
from searchlib.codec.postings import BOUND, K1, WIDTHS, B, PostingsFormat, kinds_of
from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.kernels.constants import BLOCK_MAX_MARGIN, BLOCK_MAX_STEPS

__all__ = ["PostingsWriter", "saturation", "split_docs", "split_forms"]

Ints = npt.NDArray[Any]


def saturation(
    weights: Ints, lengths: Ints, average: float, k1: float = K1, b: float = B
) -> npt.NDArray[np.float64]:
    """BM25's term frequency part, below K1 + 1: float64, as many as ``weights``."""
    made: npt.NDArray[np.float64] = (weights * (k1 + 1)) / (
        weights + k1 * ((1 - b) + b * lengths / average)
    )
    return made


class PostingsWriter:
    """Writes the posting lists of one field, terms in order, in as many calls as is handy."""

    def __init__(
        self,
        out: SegmentFileWriter,
        name: str,
        lengths: Ints,
        weight: float,
        postings_format: PostingsFormat,
    ) -> None:
        self._out = out
        self._name = name
        self._lengths = lengths
        self._weight = weight
        self._postings_format = postings_format
        self._average = float(lengths.mean()) or 1.0 if len(lengths) else 1.0
        self._dense_from = postings_format.dense_from(len(lengths))
        self._starts = OffsetsWriter(out, f"{name}.starts")
        self._tokens = OffsetsWriter(out, f"{name}.tokens")
        self._freqs = PackedBytesWriter(out, f"{name}.freqs")
        self._positions = Packed12BitWriter(out, f"{name}.positions")
        self._bits = {w: PackedBitsWriter(out, f"{name}.forms{w}", w) for w in WIDTHS[:3]}
        self._formed = dict.fromkeys(WIDTHS, 0)
        self._terms = self._low = 0
        self._place = "u4" if int(lengths.sum()) < 1 << 32 else "u8"

    def add(
        self, counts: Ints, docs: Ints, freqs: Ints, positions: Ints, forms: Ints, sizes: Ints
    ) -> None:
        """Add terms: how many documents each has, and then per posting its document and
        frequency, per occurrence its position and form; ``sizes`` says of each term how many
        forms it has (those of a term with one are not kept)."""
        tokens = _sums(counts, freqs)
        self._starts.add(counts)
        self._tokens.add(tokens)
        self._add_forms(tokens, forms, sizes)
        self._add_docs(counts, docs, freqs)
        self._freqs.add(freqs)
        self._positions.add(positions)
        dense = np.flatnonzero(counts >= self._dense_from)
        held = counts[dense]
        self._out.put(f"{self._name}.dense", (self._terms + dense).astype("u4"))
        self._out.put(f"{self._name}.dense.at", (self._low + np.cumsum(held) - held).astype("u8"))
        self._terms += len(counts)
        self._low += int(held.sum())

    def finish(self) -> dict[str, Any]:
        """Write what remains; returns what :class:`PostingsReader` needs to know of the field."""
        self._starts.finish()
        self._tokens.finish()
        self._positions.finish()
        for bits in self._bits.values():
            bits.finish()
        return {
            "block": self._postings_format.block,
            "dense": self._dense_from,
            "tokens": int(self._lengths.sum()),
        }

    def _add_forms(self, tokens: Ints, forms: Ints, sizes: Ints) -> None:
        kinds = kinds_of(sizes)
        starts = np.zeros(len(tokens), np.int64)
        if kernels.available:
            planes = kernels.codec.split_forms(tokens, _int32(forms), kinds)
        else:
            planes = split_forms(tokens, forms, kinds)
        for kind, (width, kept) in enumerate(zip(WIDTHS, planes, strict=True), 1):
            mine = kinds == kind
            held = np.where(mine, tokens, 0)
            starts += np.where(mine, self._formed[width] + np.cumsum(held) - held, 0)
            self._formed[width] += len(kept)
            if width < 8:
                self._bits[width].add(kept)
            else:
                self._out.put(f"{self._name}.forms{width}", kept)
        # A place for each form but the first of a term: what finds the term's is at hand.
        self._out.put(f"{self._name}.formed", np.repeat(starts, sizes - 1).astype(self._place))

    def _add_docs(self, counts: Ints, docs: Ints, freqs: Ints) -> None:
        split, narrowed = split_docs, (docs, freqs)
        if kernels.available:
            split, narrowed = kernels.codec.split_docs, (_int32(docs), _int32(freqs))
        sparse, low, held, bounds = split(
            counts, *narrowed, self._lengths, self._dense_from, self._postings_format.block,
            self._weight, self._average, K1, B, BOUND,
        )  # fmt: skip
        self._out.put(f"{self._name}.docs", sparse.astype("u2"))
        if len(self._lengths) > 1 << 16:
            self._out.put(f"{self._name}.high", (sparse >> 16).astype("u1"))
        self._out.put(f"{self._name}.held", held)
        self._out.put(f"{self._name}.bounds", bounds)
        self._out.put(f"{self._name}.low", low)


def split_docs(
    counts: Ints, docs: Ints, freqs: Ints, lengths: Ints, dense_from: int, block: int,
    weight: float, average: float, k1: float, b: float, step: float,
) -> tuple[Ints, Ints, Ints, Ints]:  # fmt: skip
    """The documents of sparse terms, end to end; of dense ones the places in their blocks
    (uint8), and by term and block how many there are and their bound (uint8)."""
    width = -(-len(lengths) // block)
    dense = counts >= dense_from
    in_dense = np.repeat(dense, counts)
    sparse, docs, freqs = docs[~in_dense], docs[in_dense], freqs[in_dense]
    counts = counts[dense]
    held, bounds = np.zeros((2, len(counts) * width), np.uint8)
    if len(docs):
        cell = np.repeat(np.arange(len(counts)) * width, counts) + docs // block
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        held[cell[first]] = np.diff(first, append=len(cell))
        top = np.maximum.reduceat(saturation(freqs * weight, lengths[docs], average, k1, b), first)
        # A hair more, so that rounding can never put a bound below what it bounds.
        bounds[cell[first]] = np.minimum(np.ceil(top / step + BLOCK_MAX_MARGIN), BLOCK_MAX_STEPS)
    return sparse, (docs % block).astype("u1"), held, bounds


def split_forms(tokens: Ints, forms: Ints, kinds: Ints) -> list[Ints]:
    """The forms of the terms of each kind from 1 to 5, end to end: uint8, and uint16 of the
    last; ``tokens`` says how many forms each term has."""
    owner = np.repeat(kinds, tokens)
    return [forms[owner == kind].astype("u1" if kind < 5 else "u2") for kind in range(1, 6)]


def _int32(array: Ints) -> npt.NDArray[np.int32]:
    return array.astype(np.int32, copy=False)


def _sums(counts: Ints, values: Ints) -> Ints:
    """The sums of runs of ``values`` of the lengths ``counts``: int64."""
    total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return np.diff(total[np.cumsum(counts)], prepend=0)
