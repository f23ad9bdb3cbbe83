"""A term dictionary: byte strings in one array, found by binary search.

The terms stand end to end, their ends in :mod:`searchlib.codec.offsets`::

    terms        bank       banker       barn
    NAME.text    b a n k    b a n k e r  b a r n      u1
    NAME.ends    0        4            10      14     offsets

A term has an *ordinal*, its place in the order written, and a *rank*, its place in sorted order (of
bytes, which for UTF-8 is that of code points). They are the same for the terms of a field. The
surface forms of a stemmed field are written by term and then by spelling, so that those of one term
stand together; there, a permutation gives the ordinal of each rank.

A look-up is one binary search, a prefix two; the kernels search a sample first, the first bytes of
every 32nd term, which stand close together in memory. Plain arrays take more room than a trie or an
FST (Lucene's BlockTree, BurntSushi/fst) and need no decoding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.errors import CorruptArchive

__all__ = ["TermDictionary", "narrow", "write_term_batches", "write_terms"]

_BATCH = 1 << 14  # terms that are read or written together


def narrow(array: npt.NDArray[Any], highest: int | None = None) -> npt.NDArray[Any]:
    """The same values in the narrowest unsigned dtype that holds them, and ``highest``.

    >>> narrow(np.array([1, 300])).dtype
    dtype('uint16')
    """
    maximum = highest if highest is not None else int(array.max()) if len(array) else 0
    width = 1 if maximum < 1 << 8 else 2 if maximum < 1 << 16 else 4 if maximum < 1 << 32 else 8
    return array.astype(f"u{width}", copy=False)


def write_terms(
    out: SegmentFileWriter, name: str, terms: ByteStrings | Iterable[bytes]
) -> None:  # fmt: skip
    """Write byte strings in the order given; sorted ones can be searched."""
    if isinstance(terms, ByteStrings):
        write_term_batches(out, name, [terms])
        return
    remaining = iter(terms)
    batches = iter(lambda: list(islice(remaining, _BATCH)), [])
    write_term_batches(out, name, map(ByteStrings.of, batches))


def write_term_batches(
    out: SegmentFileWriter, name: str, batches: Iterable[ByteStrings]
) -> None:  # fmt: skip
    """What :func:`write_terms` writes of all these byte strings."""
    ends = OffsetsWriter(out, f"{name}.ends")
    out.append(f"{name}.text", b"")
    for batch in batches:
        out.append(f"{name}.text", batch.joined())
        ends.add(batch.lengths)
    ends.finish()


class TermDictionary:
    """The terms that :func:`write_terms` wrote, by ordinal and by rank.

    ``shifts``, where given, are the permutation that sorts them: for each rank, the ordinal of its
    term less the rank (int32).

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> directory = Directory(tempfile.mkdtemp())
    >>> out = SegmentFileWriter(directory)
    >>> write_terms(out, "t", [b"bank", b"banker", b"barn"])
    >>> terms = TermDictionary(SegmentFile(directory, "t", *out.write("t")), "t")
    >>> terms.ordinal(b"banker"), terms.ordinal(b"b"), terms.prefix_range(b"ban"), terms[2]
    (1, -1, (0, 2), b'barn')
    """

    def __init__(
        self, segment_file: SegmentFile, name: str, shifts: npt.NDArray[np.int32] | None = None
    ) -> None:
        self._file, self._name = segment_file.file, name
        self._ends = ends = Offsets(segment_file, f"{name}.ends", "ends")
        self._text = segment_file.array(f"{name}.text", "u1")
        self._shifts = shifts
        self._length = len(ends) - 1
        #: The same for the kernels; None if these were not built.
        self.compiled: kernels.codec.TermDictionary | None = None
        if ends.compiled is not None:
            self.compiled = kernels.codec.TermDictionary(ends.compiled, self._text, shifts)
        self._terms: Any = self.compiled or _Terms(ends, self._text, shifts)
        #: The term of an ordinal, decoded from UTF-8.
        self.text: Callable[[int], str] = self._terms.as_text

    def __len__(self) -> int:
        return self._length

    def check(self) -> None:
        """Raises CorruptArchive unless the terms share out the text, one after the other."""
        if self._length > len(self._text) + 1:  # one may be empty
            raise CorruptArchive(self._file, f"{self._name!r} has more terms than letters")
        self._ends.check(len(self._text))

    def check_order(self, runs: npt.NDArray[np.int64] | None = None) -> None:
        """Raises CorruptArchive unless :meth:`check` passes and the terms are sorted by rank, no
        two of them equal; or by ordinal within each of the ``runs``, which start at these ordinals.
        Equal terms are accepted where a permutation sorts them.
        """
        self.check()
        size, distinct = self._length, self._shifts is None
        if self._shifts is not None:
            order = np.arange(size) + self._shifts
            in_range = size == 0 or bool(order.min() >= 0 and order.max() < size)
            if not in_range or np.any(np.bincount(order, minlength=size) != 1):
                raise CorruptArchive(self._file, f"the order of {self._name!r} is no permutation")
        if not self._terms.is_sorted(runs, distinct):
            raise CorruptArchive(self._file, f"the terms of {self._name!r} are not sorted")

    def check_texts(self) -> None:
        """Raises CorruptArchive unless each term is UTF-8. Call :meth:`check` first."""
        if self._text.max(initial=0) < 0x80:  # ASCII
            return
        for first in range(0, self._length, _BATCH):
            last = min(first + _BATCH, self._length)
            offsets = self._ends.read(first, last + 1)
            text = self._text[offsets[0] : offsets[-1]]
            starts = offsets[:-1][np.diff(offsets) > 0] - offsets[0]
            try:
                text.tobytes().decode()
                if np.any((text[starts] & 0xC0) == 0x80):  # a term that starts within a character
                    raise ValueError("a character is cut")
            except ValueError as error:
                why = f"the terms of {self._name!r} are not UTF-8: {error}"
                raise CorruptArchive(self._file, why) from None

    def __getitem__(self, ordinal: int) -> bytes:
        """The term of an ordinal."""
        term: bytes = self._terms.get(ordinal)
        return term

    def take(self, ordinals: npt.NDArray[Any]) -> ByteStrings:
        """The terms of these ordinals, without a copy. Call :meth:`check` first."""
        if not len(ordinals):
            return ByteStrings.of([])
        first = int(ordinals.min())
        offsets, places = self._ends.read(first, int(ordinals.max()) + 2), ordinals - first
        return ByteStrings(self._text, offsets[places], offsets[places + 1])

    def take_ranks(self, first: int, last: int) -> ByteStrings:
        """What :meth:`terms_between` gives, without an object for each. Call :meth:`check_order`
        first."""
        ordinals = np.arange(first, last)
        return self.take(ordinals if self._shifts is None else ordinals + self._shifts[first:last])

    def terms_between(self, first: int, last: int) -> list[bytes]:
        """The terms of the ranks from ``first`` to ``last``."""
        terms: list[bytes] = self._terms.part(first, last)
        return terms

    def __iter__(self) -> Iterator[bytes]:
        for first in range(0, self._length, _BATCH):
            yield from self.terms_between(first, min(first + _BATCH, self._length))

    def concatenated(self) -> tuple[bytes, npt.NDArray[np.int64]]:
        """All terms end to end, by ordinal, and where each ends (int64)."""
        return self._text.tobytes(), self._ends.read(1, self._length + 1)

    def term_at_rank(self, rank: int) -> bytes:
        """The term of a rank."""
        return self[self._terms.number(rank)]

    def ordinal_at_rank(self, rank: int) -> int:
        """The ordinal of the term of a rank."""
        ordinal: int = self._terms.number(rank)
        return ordinal

    def rank(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """How many terms sort before this one; only ranks from ``low`` to ``high`` are searched."""
        rank: int = self._terms.rank(term, low, self._length if high is None else high)
        return rank

    def ordinal(self, term: bytes, low: int = 0, high: int | None = None) -> int:
        """The ordinal of a term, or -1; only ranks from ``low`` to ``high`` are searched."""
        end = self._length if high is None else high
        terms = self._terms
        rank = terms.rank(term, low, end)
        if rank < end and terms.get(ordinal := terms.number(rank)) == term:
            return ordinal  # type: ignore[no-any-return]
        return -1

    def distinct_ranks(self) -> npt.NDArray[np.int64]:
        """The ranks of the terms that are not equal to the one before: int64."""
        offsets, order = self._ends.read_all(), np.arange(self._length)
        if self._shifts is None:
            return order
        order += self._shifts
        starts, ends = offsets[order], offsets[order + 1]
        equal = np.flatnonzero(np.diff(ends - starts) == 0) + 1  # so far: by their lengths
        is_distinct = np.ones(self._length, bool)
        for first in range(0, int((ends - starts).max()) if len(order) else 0, 8):
            left, right = (
                _next_bytes(self._text, starts[ranks] + first, ends[ranks])
                for ranks in (equal - 1, equal)
            )
            equal = equal[left == right]
            ended = ends[equal] - starts[equal] <= first + 8
            is_distinct[equal[ended]] = False
            equal = equal[~ended]
        return np.flatnonzero(is_distinct)

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """The ranks, from and to, of the terms that start with a prefix."""
        ranks: tuple[int, int] = self._terms.prefix_range(prefix)
        return ranks


def _ascend(
    text: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], order: npt.NDArray[np.int64],
    starts_run: npt.NDArray[np.bool_], *, distinct: bool,
) -> bool:  # fmt: skip
    """Whether each of these byte strings of ``text`` sorts before the next one in ``order``, unless
    that starts a run; if ``distinct``, they may not be equal.

    Eight bytes are compared at a time, as one number, of the pairs that are equal so far.
    """
    starts, ends = offsets[order], offsets[order + 1]
    numbers = _next_bytes(text, starts, ends)
    falls, equal = numbers[:-1] > numbers[1:], numbers[:-1] == numbers[1:]
    if np.any(falls & ~starts_run[1:]):
        return False
    pairs = np.flatnonzero(equal & ~starts_run[1:])
    while len(pairs):
        starts = starts + 8
        ends_here = (
            np.minimum(ends[pairs] - starts[pairs], ends[pairs + 1] - starts[pairs + 1]) <= 0
        )
        ended = pairs[ends_here]
        lengths = ends[ended] - starts[ended]
        if np.any(lengths + distinct > ends[ended + 1] - starts[ended + 1]):
            return False
        pairs = pairs[~ends_here]
        left = _next_bytes(text, starts[pairs], ends[pairs])
        right = _next_bytes(text, starts[pairs + 1], ends[pairs + 1])
        if np.any(left > right):
            return False
        pairs = pairs[left == right]
    return True


def _next_bytes(
    text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The first eight bytes from each start as a number, zeros after the end."""
    unused = 8 - (ends - starts)
    padded = text if len(text) >= 8 else np.concatenate((text, np.zeros(8, np.uint8)))
    heads: npt.NDArray[Any] = np.ndarray(len(padded) - 7, ">u8", padded, strides=(1,))
    # Near the end of the text the eight bytes start earlier.
    places = np.minimum(starts, len(padded) - 8)
    numbers = heads[places].astype(np.uint64) << (8 * (starts - places)).astype(np.uint64)
    cut = (8 * np.clip(unused, 0, 7)).astype(np.uint64)
    return np.where(unused < 8, numbers >> cut << cut, np.uint64(0))


class _Terms:
    """The Python form of ``kernels.codec.TermDictionary``; ``number`` is an ordinal there."""

    def __init__(
        self, ends: Offsets, text: npt.NDArray[np.uint8], shifts: npt.NDArray[np.int32] | None
    ) -> None:
        self._ends = ends
        self._end_at = ends.at
        self._text = text  # no memoryview, of which threads take slices: see Offsets
        self._order = shifts
        self._shifts = None if shifts is None else shifts.data

    def number(self, rank: int) -> int:
        return rank if self._shifts is None else rank + self._shifts[rank]

    def get(self, ordinal: int) -> bytes:
        return self._text[self._end_at(ordinal) : self._end_at(ordinal + 1)].tobytes()

    def as_text(self, ordinal: int) -> str:
        return str(self.get(ordinal), "utf-8")

    def is_sorted(self, runs: npt.NDArray[np.int64] | None, distinct: bool) -> bool:
        offsets, size = self._ends.read_all(), len(self._ends) - 1
        order = np.arange(size)
        if self._order is not None:
            order += self._order
        starts_run = np.zeros(size, bool)
        if runs is not None:
            starts_run[runs[runs < size]] = True
        text = self._text
        batches = ((first, min(first + _BATCH + 1, size)) for first in range(0, size - 1, _BATCH))
        return all(
            _ascend(text, offsets, order[first:last], starts_run[first:last], distinct=distinct)
            for first, last in batches
        )

    def part(self, first: int, last: int) -> list[bytes]:
        return [self.get(self.number(rank)) for rank in range(first, last)]

    def rank(self, term: bytes, low: int, high: int) -> int:
        term_at = lambda rank: self.get(self.number(rank))  # noqa: E731
        return bisect_left(range(high), term, low, high, key=term_at)

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        size = len(self._ends) - 1
        first = self.rank(prefix, 0, size)
        is_past = lambda rank: self.get(self.number(rank))[: len(prefix)] > prefix  # noqa: E731
        return first, bisect_left(range(size), True, first, size, key=is_past)
