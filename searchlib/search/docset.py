"""Sets of documents of one segment: an ascending array while they are few, a boolean mask when
they are many, a bitset where the kernels made them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.live_docs import pack_bitset

__all__ = ["DocSet", "isin_sorted"]

Docs = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]
_SPARSE = 32  # a set is sparse if it has less than one in so many documents


def isin_sorted(docs: Docs, sorted_docs: Docs) -> Mask:
    """Which of ``docs`` are among ``sorted_docs`` (ascending): a bool for each.

    >>> isin_sorted(np.array([5, 6]), np.array([2, 5])).tolist()
    [True, False]
    """
    if not len(sorted_docs):
        return np.zeros(len(docs), bool)
    rows = np.searchsorted(sorted_docs, docs)
    rows[rows == len(sorted_docs)] = 0
    mask: Mask = sorted_docs[rows] == docs
    return mask


class DocSet:
    """Some of the documents 0 to ``max_doc - 1``. Made as an array, a mask or a bitset; the
    others are computed when they are asked for. Its arrays are not to be changed.

    >>> DocSet(4, docs=np.array([1, 3])).mask.tolist()
    [False, True, False, True]
    """

    __slots__ = ("_bits", "_count", "_docs", "_mask", "max_doc")

    def __init__(
        self, max_doc: int, *, docs: Docs | None = None, mask: Mask | None = None,
        bits: Bits | None = None,
    ) -> None:  # fmt: skip
        self.max_doc = max_doc
        self._docs = docs
        self._mask = mask
        self._bits = bits
        self._count = None if docs is None else len(docs)

    @classmethod
    def empty(cls, max_doc: int) -> DocSet:
        """The set of no document.

        >>> DocSet.empty(4).count
        0
        """
        return cls(max_doc, docs=np.empty(0, np.int64))

    @classmethod
    def from_unsorted(cls, max_doc: int, docs: Docs) -> DocSet:
        """The set of distinct documents in any order.

        >>> DocSet.from_unsorted(4, np.array([3, 1])).docs.tolist()
        [1, 3]
        """
        if len(docs) * _SPARSE < max_doc:
            return cls(max_doc, docs=np.sort(docs).astype(np.int64))
        mask = np.zeros(max_doc, bool)
        mask[docs] = True
        return cls(max_doc, mask=mask)

    @property
    def count(self) -> int:
        """How many documents are in the set."""
        if self._count is None:
            self._count = int(np.count_nonzero(self.mask))
        return self._count

    @property
    def docs(self) -> Docs:
        """The documents, ascending: signed integers."""
        if self._docs is None:
            self._docs = np.flatnonzero(self.mask)
        return self._docs

    @property
    def mask(self) -> Mask:
        """A bool for each of the ``max_doc`` documents."""
        if self._mask is None:
            if self._bits is not None:
                packed = self._bits.view(np.uint8)
                unpacked = np.unpackbits(packed, count=self.max_doc, bitorder="little")
                self._mask = unpacked.view(bool)
            else:
                mask = np.zeros(self.max_doc, bool)
                mask[self._docs] = True
                self._mask = mask  # complete: another thread may use the same set
        return self._mask

    @property
    def bits(self) -> Bits:
        """The bitset: uint64 words of 64 documents, the first one in the lowest bit."""
        if self._bits is None:
            self._bits = pack_bitset(self.mask)
        return self._bits

    @property
    def has_bits(self) -> bool:
        """Whether the bitset was given or computed already."""
        return self._bits is not None

    @property
    def has_docs(self) -> bool:
        """Whether the array of documents was given or computed already."""
        return self._docs is not None

    @property
    def is_sparse(self) -> bool:
        """Whether ``docs`` is the better form to work with."""
        return self._mask is None and self.count * _SPARSE < self.max_doc

    def contains(self, docs: Docs) -> Mask:
        """Which of these documents are in the set: a bool for each."""
        if self._docs is not None and self.is_sparse:
            return isin_sorted(docs, self._docs)
        mask: Mask = self.mask[docs]
        return mask

    def difference(self, other: DocSet) -> DocSet:
        """The documents that are not in the other."""
        if self.is_sparse:
            return DocSet(self.max_doc, docs=self.docs[~other.contains(self.docs)])
        if other.is_sparse:
            mask = self.mask.copy()
            mask[other.docs] = False
            return DocSet(self.max_doc, mask=mask)
        return DocSet(self.max_doc, mask=self.mask & ~other.mask)

    def intersection(self, other: DocSet) -> DocSet:
        """The documents in both."""
        fewer, more = (self, other) if self.count <= other.count else (other, self)
        if fewer.is_sparse or more.is_sparse:
            return DocSet(self.max_doc, docs=fewer.docs[more.contains(fewer.docs)])
        return DocSet(self.max_doc, mask=fewer.mask & more.mask)
