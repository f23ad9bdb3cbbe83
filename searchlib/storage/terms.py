"""A sorted list of byte strings over two arrays: the term dictionary of a field.

Terms stand end to end in one section, their ends in another. A look-up is a binary search;
a prefix is two. Order is that of the bytes, which for UTF-8 is that of the code points.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.storage.container import Container, Draft

__all__ = ["TermList", "narrow", "write_terms"]


def narrow(array: npt.NDArray[Any], highest: int | None = None) -> npt.NDArray[Any]:
    """The same numbers in the narrowest unsigned dtype that holds them all.

    >>> narrow(np.array([1, 300])).dtype
    dtype('uint16')
    """
    top = highest if highest is not None else int(array.max()) if len(array) else 0
    width = 1 if top < 1 << 8 else 2 if top < 1 << 16 else 4 if top < 1 << 32 else 8
    return array.astype(f"u{width}", copy=False)


def write_terms(draft: Draft, name: str, terms: Iterable[bytes]) -> None:
    """Write byte strings in the order given; sorted ones can be searched."""
    lengths = array("q")
    left = iter(terms)
    draft.append(f"{name}.text", b"")
    while some := list(islice(left, 1 << 14)):
        draft.append(f"{name}.text", b"".join(some))
        lengths.extend(map(len, some))
    draft.put(f"{name}.ends", narrow(np.cumsum(np.array(lengths, np.int64))))


class TermList:
    """Byte strings that :func:`write_terms` wrote.

    ``order``, where given, is the permutation that sorts them.

    >>> import tempfile
    >>> from searchlib.storage.folder import Folder
    >>> folder = Folder(tempfile.mkdtemp())
    >>> draft = Draft(folder)
    >>> write_terms(draft, "t", [b"bank", b"banker", b"barn"])
    >>> terms = TermList(Container(folder, "t", *draft.write("t")), "t")
    >>> terms.find(b"banker"), terms.find(b"b"), terms.prefixed(b"ban"), terms[2]
    (1, -1, (0, 2), b'barn')
    """

    def __init__(
        self, container: Container, name: str, order: npt.NDArray[Any] | None = None
    ) -> None:
        ends = container.array(f"{name}.ends")
        text = self._text = container.array(f"{name}.text").data
        marks = self._marks = np.concatenate((np.zeros(1, ends.dtype), ends)).data
        self._length = len(ends)
        self._order = None if order is None else order.data
        # The inner loop of every look-up: no call and no test more than it needs.
        numbers = self._order

        def in_order(rank: int) -> bytes:
            return bytes(text[marks[rank] : marks[rank + 1]])

        def by_rank(rank: int) -> bytes:
            number = numbers[rank]  # type: ignore[index]
            return bytes(text[marks[number] : marks[number + 1]])

        self._key: Callable[[int], bytes] = in_order if order is None else by_rank

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> bytes:
        """The term of that number, in the order written."""
        return bytes(self._text[self._marks[number] : self._marks[number + 1]])

    def text(self, number: int) -> str:
        """The term of that number as text."""
        return str(self._text[self._marks[number] : self._marks[number + 1]], "utf-8")

    def __iter__(self) -> Iterator[bytes]:
        for start, end in pairwise(self._marks):
            yield bytes(self._text[start:end])

    def joined(self) -> tuple[bytes, npt.NDArray[Any]]:
        """All terms end to end, in the order written, and where each ends."""
        return bytes(self._text), np.asarray(self._marks)[1:]

    def ranked(self, rank: int) -> bytes:
        """The term of that rank in sorted order."""
        return self._key(rank)

    def number(self, rank: int) -> int:
        """The number, in the order written, of the term of that rank in sorted order."""
        return rank if self._order is None else self._order[rank]

    def rank(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """How many terms sort before this one, looking between two ranks."""
        top = self._length if high is None else high
        return bisect_left(range(self._length), term, low, top, key=self._key)

    def find(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """The number of the term, or -1, looking between two ranks."""
        top = self._length if high is None else high
        rank = self.rank(term, low, top)
        return self.number(rank) if rank < top and self._key(rank) == term else -1

    def prefixed(self, prefix: bytes) -> tuple[int, int]:
        """The ranks, from and to, of the terms that start with the prefix."""
        first = self.rank(prefix)
        key = lambda rank: self.ranked(rank)[: len(prefix)] > prefix  # noqa: E731
        return first, bisect_left(range(self._length), True, first, self._length, key=key)
