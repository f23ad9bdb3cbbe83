"""The posting lists of a text field: the format, its writer and its reader.

All postings of a field stand end to end, by term and then by document, in parallel planes
(:mod:`searchlib.storage.planes`): document numbers, frequencies, and for each occurrence its
position and its *form*, which of the words that share the stem it was. The form takes as many
bits as the number of the term's forms asks for, none if there is but one.

A term in many documents is *dense*. The documents are cut into blocks of ``Layout.block``; a
dense term keeps, for each block, how many of its documents lie in it and an upper bound of what
the term can add to a score there, and a document number is then one byte within its block.
See Ding and Suel, 'Faster Top-k Document Retrieval Using Block-Max Indexes', SIGIR 2011, and
Mallia and others, 'Faster Learned Sparse Retrieval with Block-Max Pruning', SIGIR 2024.

The bound is kept as a byte, rounded up, of the saturated frequency

    w * (K1 + 1) / (w + K1 * (1 - B + B * length / average))

with the *segment's* average length. For another average it holds when it is multiplied by
``max(1, average' / average)``, since lengths then count for at most that much less.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.errors import CorruptArchive
from searchlib.storage.container import Container, Draft, Window
from searchlib.storage.planes import (
    Bits,
    BitsWriter,
    Bytes,
    BytesWriter,
    Twelve,
    TwelveWriter,
    ranges,
)
from searchlib.storage.terms import narrow

__all__ = ["BOUND", "K1", "B", "Layout", "Postings", "PostingsWriter"]

K1, B = 1.2, 0.75  # Whoosh's BM25F
_WIDTHS = (1, 2, 4, 8, 16)  # bits of a form
BOUND = (K1 + 1) / 255  # what one step of a bound's byte is worth; K1 + 1 is never reached

Ints = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a field's postings are cut: documents a block, and from how many a term is dense."""

    block: int = 64
    dense: int = 256

    def blocks(self, documents: int) -> int:
        """How many blocks that many documents make."""
        return -(-documents // self.block)

    def dense_from(self, documents: int) -> int:
        """The document frequency from which on a term of such a segment is dense."""
        return max(self.blocks(documents), self.dense)


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
        self, draft: Draft, name: str, lengths: Ints, weight: float, layout: Layout
    ) -> None:
        self._draft = draft
        self._name = name
        self._lengths = lengths
        self._weight = weight
        self._layout = layout
        self._average = float(lengths.mean()) or 1.0 if len(lengths) else 1.0
        self._dense_from = layout.dense_from(len(lengths))
        self._starts: list[Ints] = []
        self._token_starts: list[Ints] = []
        self._form_starts: list[Ints] = []
        self._at: list[Ints] = []
        self._width: list[Ints] = []
        self._freqs = BytesWriter(draft, f"{name}.freqs")
        self._positions = TwelveWriter(draft, f"{name}.positions")
        self._bits = {w: BitsWriter(draft, f"{name}.forms{w}", w) for w in _WIDTHS[:3]}
        self._formed = dict.fromkeys(_WIDTHS, 0)
        self._postings = self._tokens = self._sparse = self._low = 0

    def add(
        self, counts: Ints, docs: Ints, freqs: Ints, positions: Ints, forms: Ints, sizes: Ints
    ) -> None:
        """Add terms: how many documents each has, and then per posting its document and
        frequency, per occurrence its position and form; ``sizes`` says of each term how many
        forms it has (those of a term with one are not kept)."""
        tokens = _sums(counts, freqs)
        self._starts.append(self._postings + np.cumsum(counts) - counts)
        self._token_starts.append(self._tokens + np.cumsum(tokens) - tokens)
        self._add_forms(tokens, forms, sizes)
        dense = counts >= self._dense_from
        sparse_counts, dense_counts = np.where(dense, 0, counts), np.where(dense, counts, 0)
        sparse_at = self._sparse + np.cumsum(sparse_counts) - sparse_counts
        dense_at = self._low + np.cumsum(dense_counts) - dense_counts
        self._at.append(np.where(dense, dense_at, sparse_at))
        self._add_docs(counts, docs, freqs)
        self._freqs.add(freqs)
        self._positions.add(positions)
        self._postings += len(docs)
        self._tokens += len(positions)
        self._sparse += int(sparse_counts.sum())
        self._low += int(dense_counts.sum())

    def finish(self) -> dict[str, Any]:
        """Write what remains; returns what :class:`Postings` needs to know of the field."""
        self._positions.finish()
        for bits in self._bits.values():
            bits.finish()
        self._draft.put(f"{self._name}.width", np.concatenate(self._width).astype("u1"))
        for section, starts, end in (
            ("starts", self._starts, self._postings),
            ("tokens", self._token_starts, self._tokens),
            ("formed", self._form_starts, 0),
            ("at", self._at, 0),
        ):
            self._draft.put(
                f"{self._name}.{section}", narrow(np.concatenate([*starts, [end]]).astype(np.int64))
            )
        return {
            "block": self._layout.block,
            "dense": self._dense_from,
            "tokens": int(self._lengths.sum()),
        }

    def _add_forms(self, tokens: Ints, forms: Ints, sizes: Ints) -> None:
        kinds = np.searchsorted(np.array([1, 2, 4, 16, 256]), sizes).astype(np.uint8)
        starts = np.zeros(len(tokens), np.int64)
        if kernels.text is not None:
            planes = kernels.text.split_forms(tokens, _int32(forms), kinds)
        else:
            planes = split_forms(tokens, forms, kinds)
        for kind, (width, kept) in enumerate(zip(_WIDTHS, planes, strict=True), 1):
            mine = kinds == kind
            held = np.where(mine, tokens, 0)
            starts += np.where(mine, self._formed[width] + np.cumsum(held) - held, 0)
            self._formed[width] += len(kept)
            if width < 8:
                self._bits[width].add(kept)
            else:
                self._draft.put(f"{self._name}.forms{width}", kept)
        self._form_starts.append(starts)
        self._width.append(np.array([0, *_WIDTHS])[kinds])

    def _add_docs(self, counts: Ints, docs: Ints, freqs: Ints) -> None:
        split, narrowed = split_docs, (docs, freqs)
        if kernels.text is not None:
            split, narrowed = kernels.text.split_docs, (_int32(docs), _int32(freqs))
        sparse, low, held, bounds = split(
            counts, *narrowed, self._lengths, self._dense_from, self._layout.block,
            self._weight, self._average, K1, B, BOUND,
        )  # fmt: skip
        self._draft.put(f"{self._name}.docs", sparse.astype("u2"))
        if len(self._lengths) > 1 << 16:
            self._draft.put(f"{self._name}.high", (sparse >> 16).astype("u1"))
        self._draft.put(f"{self._name}.held", held)
        self._draft.put(f"{self._name}.bounds", bounds)
        self._draft.put(f"{self._name}.low", low)


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
        bounds[cell[first]] = np.minimum(np.ceil(top / step + 1e-6), 255)
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


class Postings:
    """The posting lists of one field of one segment, by the number of the term."""

    def __init__(
        self, container: Container, name: str, meta: dict[str, Any], documents: int
    ) -> None:
        self._starts = container.array(f"{name}.starts")
        self._tokens = container.array(f"{name}.tokens")
        self._formed = container.array(f"{name}.formed")
        self._at = container.array(f"{name}.at")
        self._docs = container.window(f"{name}.docs")
        self._high = container.window(f"{name}.high") if f"{name}.high" in container else None
        self._held = container.window(f"{name}.held")
        self._bounds = container.window(f"{name}.bounds")
        self._low = container.window(f"{name}.low")
        self._freqs = Bytes(container, f"{name}.freqs")
        self._positions = Twelve(container, f"{name}.positions")
        self._widths = container.array(f"{name}.width")
        self._forms: dict[int, Bits | Window] = {
            width: Bits(container, f"{name}.forms{width}", width)
            if width < 8
            else container.window(f"{name}.forms{width}")
            for width in _WIDTHS
        }
        self._file = container.file
        self._documents = documents
        self.block: int = meta["block"]
        self.dense_from: int = meta["dense"]
        self.width = -(-documents // self.block)
        counts = np.diff(self._starts.astype(np.int64))
        self._dense_terms = np.flatnonzero(counts >= self.dense_from)
        self._base = (np.arange(self.width) * self.block).astype(np.int32)

    def count(self, term: int) -> int:
        """In how many documents the term is."""
        return int(self._starts[term + 1]) - int(self._starts[term])

    def occurrences(self, term: int) -> int:
        """How many times the term occurs."""
        return int(self._tokens[term + 1]) - int(self._tokens[term])

    def counts(self) -> Ints:
        """The document frequencies of all terms: int64."""
        return np.diff(self._starts.astype(np.int64))

    def all_occurrences(self) -> Ints:
        """How many times each term occurs: int64."""
        return np.diff(self._tokens.astype(np.int64))

    def is_dense(self, term: int) -> bool:
        """Whether the term has counts and bounds by block."""
        return self.count(term) >= self.dense_from

    def docs(self, term: int) -> npt.NDArray[np.int32]:
        """The documents of a term, ascending: int32."""
        count, at = self.count(term), int(self._at[term])
        if count >= self.dense_from:
            found = np.repeat(self._base, self.held(term))
            found += self._low.part(at, at + count)
            return found
        found = self._docs.part(at, at + count).astype(np.int32)
        if self._high is not None:
            found |= self._high.part(at, at + count).astype(np.int32) << 16
        return found

    def inside(self, term: int, blocks: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """The documents of a dense term in some blocks, and its frequencies there; ``ends``
        are the sums of :meth:`held`."""
        held = self.held(term)[blocks].astype(np.int64)
        places = ranges(ends[blocks] - held, held)
        at, start = int(self._at[term]), int(self._starts[term])
        count = int(ends[-1])
        docs = self._low.part(at, at + count)[places] + np.repeat(blocks * self.block, held)
        return docs, self._freqs.part(start, start + count)[places]

    def freqs(self, term: int) -> Ints:
        """How often the term occurs in each of its documents: unsigned."""
        return self._freqs.part(int(self._starts[term]), int(self._starts[term + 1]))

    def held(self, term: int) -> Ints:
        """How many documents of a dense term lie in each block: uint8."""
        row = int(np.searchsorted(self._dense_terms, term)) * self.width
        return self._held.part(row, row + self.width)

    def bounds(self, term: int) -> Ints:
        """The bound of a dense term in each block, in steps of ``BOUND``: uint8."""
        row = int(np.searchsorted(self._dense_terms, term)) * self.width
        return self._bounds.part(row, row + self.width)

    def positions(self, term: int) -> Ints:
        """The positions of all occurrences of a term, by document: unsigned."""
        return self._positions.part(int(self._tokens[term]), int(self._tokens[term + 1]))

    def positions_at(self, term: int, places: Ints) -> Ints:
        """The positions of some occurrences of a term, counted from its first, ascending."""
        return self._positions.at(places + int(self._tokens[term]))

    def forms(self, term: int) -> Ints | None:
        """The forms of all occurrences, or None if the term has but one form."""
        width = int(self._widths[term])
        if not width:
            return None
        start = int(self._formed[term])
        return self._forms[width].part(start, start + self.occurrences(term))

    def forms_at(self, term: int, places: Ints) -> Ints:
        """The forms of some occurrences of a term with several, counted from its first."""
        plane = self._forms[int(self._widths[term])]
        start = int(self._formed[term])
        if isinstance(plane, Bits):
            return plane.at(places + start)
        if not len(places):
            return np.empty(0, np.uint8)
        last = start + int(places[-1]) + 1
        return plane.part(start, last)[places]

    def ready(self, term: int) -> Any:
        """The posting list of a term in the form that :mod:`searchlib.kernels` run over."""
        start, end, at = int(self._starts[term]), int(self._starts[term + 1]), int(self._at[term])
        freqs, wide_at, wide = self._freqs.packed(start, end)
        docs = held = low = bounds = None
        if end - start >= self.dense_from:
            held, low, bounds = (
                self.held(term),
                self._low.part(at, at + end - start),
                self.bounds(term),
            )
        else:
            docs = self.docs(term)
        with self._well_formed(term):
            return kernels.search.List(
                self._documents, docs, held, low, bounds, self.block, freqs, start, wide_at, wide
            )

    def place(self, term: int, ready: Any) -> None:
        """Add to a list of :meth:`ready` where its occurrences are, and of what form."""
        start, end = int(self._tokens[term]), int(self._tokens[term + 1])
        low, high, wide_at, wide = self._positions.packed(start, end)
        width, first = int(self._widths[term]), int(self._formed[term])
        forms = None
        if width:
            plane, last = self._forms[width], first + end - start
            forms = (
                plane.packed(first, last)
                if isinstance(plane, Bits)
                else plane.part(first, last).view(np.uint8)
            )
        with self._well_formed(term):
            ready.place(low, high, start, wide_at, wide, width, forms, first)

    @contextmanager
    def _well_formed(self, term: int) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            why = f"the postings of term {term} are not well formed: {error}"
            raise CorruptArchive(self._file, why) from None

    def span(self, first: int, last: int) -> tuple[Ints, Ints, Ints, Ints]:
        """The postings of the terms from ``first`` to ``last``, end to end: documents (int64),
        frequencies, positions, forms (int64; 0 where a term has but one)."""
        starts = self._starts[first : last + 1].astype(np.int64)
        counts = np.diff(starts)
        docs = np.empty(int(starts[-1] - starts[0]), np.int64)
        dense = np.flatnonzero(counts >= self.dense_from)
        sparse = np.where(counts >= self.dense_from, 0, counts)
        if sparse.any():
            kept = np.flatnonzero(sparse)
            at = int(self._at[first + kept[0]])
            found = self._docs.part(at, at + int(sparse.sum())).astype(np.int64)
            if self._high is not None:
                found |= self._high.part(at, at + len(found)).astype(np.int64) << 16
            docs[np.repeat(counts < self.dense_from, counts)] = found
        for term in dense:
            at = starts[term] - starts[0]
            docs[at : at + counts[term]] = self.docs(first + int(term))
        freqs = self._freqs.part(int(starts[0]), int(starts[-1]))
        tokens = self._tokens[first : last + 1].astype(np.int64)
        positions = self._positions.part(int(tokens[0]), int(tokens[-1]))
        forms = np.zeros(len(positions), np.int64)
        widths, held = self._widths[first:last], np.diff(tokens)
        for width, plane in self._forms.items():
            mine = np.flatnonzero(widths == width)
            if len(mine):
                at = int(self._formed[first + mine[0]])
                found = plane.part(at, at + int(held[mine].sum()))
                forms[np.repeat(widths == width, held)] = found
        return docs, freqs, positions, forms
