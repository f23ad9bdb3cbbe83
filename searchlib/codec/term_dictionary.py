"""A sorted list of byte strings over two arrays: the term dictionary of a field.

Terms stand end to end in one section, the sums of their lengths in others
(:mod:`searchlib.codec.offsets`). A look-up is a binary search; a prefix is two. Order is that of
the bytes, which for UTF-8 is that of the code points.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter

__all__ = ["TermDictionary", "narrow", "write_terms"]


def narrow(array: npt.NDArray[Any], highest: int | None = None) -> npt.NDArray[Any]:
    """The same numbers in the narrowest unsigned dtype that holds them all.

    >>> narrow(np.array([1, 300])).dtype
    dtype('uint16')
    """
    top = highest if highest is not None else int(array.max()) if len(array) else 0
    width = 1 if top < 1 << 8 else 2 if top < 1 << 16 else 4 if top < 1 << 32 else 8
    return array.astype(f"u{width}", copy=False)


def write_terms(out: SegmentFileWriter, name: str, terms: Iterable[bytes]) -> None:
    """Write byte strings in the order given; sorted ones can be searched."""
    ends = OffsetsWriter(out, f"{name}.ends")
    left = iter(terms)
    out.append(f"{name}.text", b"")
    while some := list(islice(left, 1 << 14)):
        out.append(f"{name}.text", b"".join(some))
        ends.add(np.fromiter(map(len, some), np.int64, len(some)))
    ends.finish()


class TermDictionary:
    """Byte strings that :func:`write_terms` wrote.

    ``shifts``, where given, are the permutation that sorts them: how much the number of each
    rank's term is above the rank (int32).

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> folder = Directory(tempfile.mkdtemp())
    >>> draft = SegmentFileWriter(folder)
    >>> write_terms(draft, "t", [b"bank", b"banker", b"barn"])
    >>> terms = TermDictionary(SegmentFile(folder, "t", *draft.write("t")), "t")
    >>> terms.find(b"banker"), terms.find(b"b"), terms.prefixed(b"ban"), terms[2]
    (1, -1, (0, 2), b'barn')
    """

    def __init__(
        self, segment_file: SegmentFile, name: str, shifts: npt.NDArray[np.int32] | None = None
    ) -> None:
        self._ends = ends = Offsets(segment_file, f"{name}.ends", "ends")
        self._text = segment_file.array(f"{name}.text")
        self._length = len(ends) - 1
        self._terms: Any = (
            kernels.codec.TermDictionary(ends.compiled, self._text, shifts)
            if ends.compiled is not None
            else _Terms(ends, self._text, shifts)
        )
        #: The term of a number, in the order written, as text.
        self.text: Callable[[int], str] = self._terms.as_text

    def __len__(self) -> int:
        return self._length

    def check(self) -> None:
        """Raises CorruptArchive unless the terms share out the text, each behind the last."""
        self._ends.check(len(self._text))

    def __getitem__(self, number: int) -> bytes:
        """The term of that number, in the order written."""
        found: bytes = self._terms.get(number)
        return found

    def part(self, first: int, last: int) -> list[bytes]:
        """The terms of the ranks from ``first`` to ``last``."""
        found: list[bytes] = self._terms.part(first, last)
        return found

    def __iter__(self) -> Iterator[bytes]:
        for first in range(0, self._length, 1 << 14):
            yield from self.part(first, min(first + (1 << 14), self._length))

    def joined(self) -> tuple[bytes, npt.NDArray[np.int64]]:
        """All terms end to end, in the order written, and where each ends."""
        return self._text.tobytes(), self._ends.part(1, self._length + 1)

    def ranked(self, rank: int) -> bytes:
        """The term of that rank in sorted order."""
        return self[self._terms.number(rank)]

    def number(self, rank: int) -> int:
        """The number, in the order written, of the term of that rank in sorted order."""
        found: int = self._terms.number(rank)
        return found

    def rank(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """How many terms sort before this one, looking between two ranks."""
        found: int = self._terms.rank(term, low, self._length if high is None else high)
        return found

    def find(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """The number of the term, or -1, looking between two ranks."""
        top = self._length if high is None else high
        terms = self._terms
        rank = terms.rank(term, low, top)
        if rank < top and terms.get(number := terms.number(rank)) == term:
            return number  # type: ignore[no-any-return]
        return -1

    def prefixed(self, prefix: bytes) -> tuple[int, int]:
        """The ranks, from and to, of the terms that start with the prefix."""
        first = self.rank(prefix)
        key = lambda rank: self.ranked(rank)[: len(prefix)] > prefix  # noqa: E731
        return first, bisect_left(range(self._length), True, first, self._length, key=key)


class _Terms:
    """What is compiled as ``kernels.codec.TermDictionary``."""

    def __init__(
        self, ends: Offsets, text: npt.NDArray[np.uint8], shifts: npt.NDArray[np.int32] | None
    ) -> None:
        self._at = ends.at
        self._text = text.data
        self._shifts = None if shifts is None else shifts.data

    def number(self, rank: int) -> int:
        return rank if self._shifts is None else rank + self._shifts[rank]

    def get(self, number: int) -> bytes:
        return bytes(self._text[self._at(number) : self._at(number + 1)])

    def as_text(self, number: int) -> str:
        return str(self.get(number), "utf-8")

    def part(self, first: int, last: int) -> list[bytes]:
        return [self.get(self.number(rank)) for rank in range(first, last)]

    def rank(self, term: bytes, low: int, high: int) -> int:
        key = lambda rank: self.get(self.number(rank))  # noqa: E731
        return bisect_left(range(high), term, low, high, key=key)
