"""Sets of documents of a segment: as ascending numbers when they are few, as a mask when many,
and as a bit each where the compiled kernels made them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.live_docs import pack_bitset

__all__ = ["DocSet", "within"]

Docs = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]
_FEW = 32  # numbers are kept if there is less than one in so many documents


def within(sorted_docs: Docs, docs: Docs) -> Mask:
    """Which of ``docs`` are among ``sorted_docs`` (ascending).

    >>> within(np.array([2, 5]), np.array([5, 6])).tolist()
    [True, False]
    """
    if not len(sorted_docs):
        return np.zeros(len(docs), bool)
    at = np.searchsorted(sorted_docs, docs)
    at[at == len(sorted_docs)] = 0
    found: Mask = sorted_docs[at] == docs
    return found


class DocSet:
    """Some documents out of ``size``. Made with any form; the others are made when needed.

    >>> DocSet(10, docs=np.array([1, 3])).union(DocSet(10, docs=np.array([3, 4]))).docs.tolist()
    [1, 3, 4]
    """

    __slots__ = ("_bits", "_count", "_docs", "_mask", "size")

    def __init__(
        self, size: int, *, docs: Docs | None = None, mask: Mask | None = None,
        bits: Bits | None = None,
    ) -> None:  # fmt: skip
        self.size = size
        self._docs = docs
        self._mask = mask
        self._bits = bits
        self._count = -1 if docs is None else len(docs)

    @classmethod
    def of(cls, size: int, docs: Docs) -> DocSet:
        """The set of some documents in any order.

        >>> DocSet.of(4, np.array([3, 1])).docs.tolist()
        [1, 3]
        """
        if len(docs) * _FEW < size:
            return cls(size, docs=np.sort(docs).astype(np.int64))
        mask = np.zeros(size, bool)
        mask[docs] = True
        return cls(size, mask=mask)

    @property
    def count(self) -> int:
        """How many documents are in the set."""
        if self._count < 0:
            self._count = int(np.count_nonzero(self.mask))
        return self._count

    @property
    def docs(self) -> Docs:
        """The documents, ascending."""
        if self._docs is None:
            self._docs = np.flatnonzero(self.mask)
        return self._docs

    @property
    def mask(self) -> Mask:
        """A bool for each document."""
        if self._mask is None:
            if self._bits is not None:
                packed = self._bits.view(np.uint8)
                found = np.unpackbits(packed, count=self.size, bitorder="little")
                self._mask = found.view(bool)
            else:
                self._mask = np.zeros(self.size, bool)
                self._mask[self._docs] = True
        return self._mask

    @property
    def bits(self) -> Bits:
        """A bit for each document, the first one lowest, 64 to a number: uint64."""
        if self._bits is None:
            self._bits = pack_bitset(self.mask)
        return self._bits

    @property
    def has_bits(self) -> bool:
        """Whether the bits are known already."""
        return self._bits is not None

    @property
    def is_listed(self) -> bool:
        """Whether the numbers are known already."""
        return self._docs is not None

    @property
    def is_few(self) -> bool:
        """Whether the numbers are the better form."""
        return self._mask is None and self.count * _FEW < self.size

    def contains(self, docs: Docs) -> Mask:
        """Which of these documents are in the set."""
        if self._mask is None and self._docs is not None and len(self._docs) * _FEW < self.size:
            return within(self._docs, docs)
        found: Mask = self.mask[docs]
        return found

    def inside(self, blocks: Docs, block: int) -> Docs:
        """The documents in these blocks (ascending) of ``block`` documents each."""
        if self.is_few:
            wanted = np.zeros(-(-self.size // block), bool)
            wanted[blocks] = True
            kept: Docs = self.docs[wanted[self.docs // block]]
            return kept
        mask = self.mask
        if self.size % block:
            whole = np.zeros(-(-self.size // block) * block, bool)
            whole[: self.size] = mask
            mask = whole
        places = np.flatnonzero(mask.reshape(-1, block)[blocks])
        inside: Docs = blocks[places // block] * block + places % block
        return inside

    def union(self, other: DocSet) -> DocSet:
        """The documents in either."""
        if self.is_few and other.is_few:
            return DocSet(self.size, docs=np.union1d(self.docs, other.docs))
        if self.is_few or other.is_few:
            few, many = (self, other) if self.is_few else (other, self)
            mask = many.mask.copy()
            mask[few.docs] = True
            return DocSet(self.size, mask=mask)
        return DocSet(self.size, mask=self.mask | other.mask)

    def minus(self, other: DocSet) -> DocSet:
        """The documents that are not in the other."""
        if self.is_few:
            return DocSet(self.size, docs=self.docs[~other.contains(self.docs)])
        if other.is_few:
            mask = self.mask.copy()
            mask[other.docs] = False
            return DocSet(self.size, mask=mask)
        return DocSet(self.size, mask=self.mask & ~other.mask)

    def intersect(self, other: DocSet) -> DocSet:
        """The documents in both."""
        few, many = (self, other) if self.count <= other.count else (other, self)
        if few.is_few or many.is_few:
            return DocSet(self.size, docs=few.docs[many.contains(few.docs)])
        return DocSet(self.size, mask=few.mask & many.mask)
