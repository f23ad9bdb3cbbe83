"""Several posting lists of a text field as one, in memory: the list of a word that several terms
stand for.

The lists have no occurrence in common, so all of it follows from their global positions. It answers
as a :class:`~searchlib.codec.text_field.PostingList` does, over arrays and for the kernels, with
the statistics of all of them together. What is made is cached with the arrays of the segment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.cache import Cache
from searchlib.codec.packed_ints import ranges
from searchlib.codec.postings_writer import cut_docs
from searchlib.codec.term_dictionary import narrow
from searchlib.kernels.constants import BYTE_EXCEPTION, TWELVE_BIT_EXCEPTION

__all__ = ["JoinedPostings", "Postings", "spread_freqs"]

Array = npt.NDArray[Any]


class Postings(Protocol):
    """A posting list of a text field: documents, frequencies and positions, ascending. ``form`` is
    the number of the one form it is of, or -1."""

    @property
    def form(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def occurrences(self) -> int: ...
    @property
    def is_dense(self) -> bool: ...
    @property
    def doc_starts(self) -> npt.NDArray[np.int32]: ...
    @property
    def docs(self) -> npt.NDArray[np.int32]: ...
    @property
    def freqs(self) -> Array: ...
    @property
    def ends(self) -> Array: ...
    @property
    def positions(self) -> Array: ...
    @property
    def global_positions(self) -> npt.NDArray[np.int32]: ...
    def global_positions_in(self, docs: Array) -> npt.NDArray[np.int32]: ...
    def freqs_by_doc(self, documents: int) -> Array: ...
    def kernel_list(self, with_positions: bool = False) -> Any: ...


def spread_freqs(postings: Postings, documents: int) -> Array:
    """The frequency in each of so many documents, 0 where a list has none."""
    freqs = postings.freqs
    by_doc = np.zeros(documents, freqs.dtype)
    by_doc[postings.docs] = freqs
    return by_doc


class JoinedPostings:
    """The postings of several lists of ``field`` (a text field) together. ``key`` names them in the
    cache, ``weight`` is that of the field, which block-max scores depend on."""

    __slots__ = ("_cache", "_field", "_key", "_parts", "_weight", "count", "occurrences")

    form = -1

    def __init__(
        self, field: Any, cache: Cache, parts: Sequence[Postings], key: tuple[Any, ...],
        weight: float,
    ) -> None:  # fmt: skip
        self._field = field
        self._cache = cache
        self._parts = parts
        self._key = key
        self._weight = weight
        self.count = len(self.docs)
        self.occurrences = sum(part.occurrences for part in parts)

    @property
    def is_dense(self) -> bool:
        """Whether it has block counts and block-max scores."""
        dense: bool = self.count >= self._field.postings.dense_from
        return dense

    @property
    def doc_starts(self) -> npt.NDArray[np.int32]:
        """Where the documents begin, put end to end."""
        starts: npt.NDArray[np.int32] = self._field.doc_starts
        return starts

    @property
    def docs(self) -> npt.NDArray[np.int32]:
        """The documents, ascending: int32."""
        return self._cached("docs", self._docs)

    @property
    def freqs(self) -> Array:
        """How often in each of the documents: unsigned."""
        return self._cached("freqs", self._freqs)

    @property
    def ends(self) -> Array:
        """Where in ``positions`` those of each document end: int32."""
        return self._cached("ends", lambda: np.cumsum(self.freqs, dtype=np.int32))

    @property
    def positions(self) -> Array:
        """The positions of all occurrences, by document, ascending in each: unsigned."""
        starts = np.repeat(self.doc_starts[self.docs], self.freqs)
        return (self.global_positions - starts).astype(np.uint32)

    @property
    def global_positions(self) -> npt.NDArray[np.int32]:
        """The global positions of all occurrences, ascending: int32."""
        return self._cached("global_positions", self._global_positions)

    def global_positions_in(self, docs: Array) -> npt.NDArray[np.int32]:
        """The global positions in some documents, all of which have the word, ascending: int32."""
        rows = np.searchsorted(self.docs, docs)
        freqs = self.freqs[rows].astype(np.int64)
        return self.global_positions[ranges(self.ends[rows] - freqs, freqs)]

    def freqs_by_doc(self, documents: int) -> Array:
        """How often in every document of the segment, 0 where it is not: unsigned."""
        return self._cached("freqs_by_doc", lambda: spread_freqs(self, documents))

    def kernel_list(self, with_positions: bool = False) -> Any:
        """The list as the object that :mod:`searchlib.kernels` run over."""
        key = (self._field, "kernel_list", *self._key)
        kernel_list = self._cache.get_growing(key, self._kernel_list)
        if with_positions and not kernel_list.has_positions:
            kernel_list.add_positions(*_pack_positions(self.positions), 0, None, 0)
        return kernel_list

    def _cached(self, name: str, load: Callable[[], Array]) -> Array:
        array: Array = self._cache.get((self._field, name, *self._key), load)
        return array

    def _docs(self) -> npt.NDArray[np.int32]:
        docs: npt.NDArray[np.int32] = np.unique(np.concatenate([p.docs for p in self._parts]))
        return docs

    def _freqs(self) -> Array:
        docs = self.docs
        freqs = np.zeros(len(docs), np.int64)
        for part in self._parts:
            freqs[np.searchsorted(docs, part.docs)] += part.freqs
        return narrow(freqs)

    def _global_positions(self) -> npt.NDArray[np.int32]:
        positions = np.concatenate([part.global_positions for part in self._parts])
        positions.sort(kind="stable")  # of sorted runs: a merge
        return positions

    def _kernel_list(self) -> Any:
        field, docs, freqs = self._field, self.docs, self.freqs
        block = field.postings.block
        exceptions = np.flatnonzero(freqs >= BYTE_EXCEPTION)
        packed_freqs = np.minimum(freqs, BYTE_EXCEPTION).astype(np.uint8)
        block_counts = low = block_max_scores = None
        if self.is_dense:
            _, low, block_counts, block_max_scores = cut_docs(
                np.array([len(docs)]),
                docs,
                freqs,
                field.lengths.astype(np.int64),
                0,
                block,
                self._weight,
            )
        return kernels.codec.PostingList(
            field.documents, docs if low is None else None, block_counts, low, block_max_scores,
            block, packed_freqs, 0, exceptions.astype(np.uint64),
            freqs[exceptions].astype(np.uint32),
        )  # fmt: skip


def _pack_positions(positions: Array) -> tuple[Array, Array, int, Array, Array]:
    """Positions as :meth:`searchlib.kernels.codec.PostingList.add_positions` takes them: 12 bits a
    value, in low bytes and high halves, with exceptions (:mod:`searchlib.codec.packed_ints`)."""
    exceptions = np.flatnonzero(positions >= TWELVE_BIT_EXCEPTION)
    capped = np.minimum(positions, TWELVE_BIT_EXCEPTION)
    halves = np.zeros(len(capped) + len(capped) % 2, np.uint8)
    halves[: len(capped)] = capped >> 8
    high = halves[::2] | halves[1::2] << np.uint8(4)
    low = (capped & 0xFF).astype(np.uint8)
    values = positions[exceptions].astype(np.uint32)
    return low, high, 0, exceptions.astype(np.uint64), values
