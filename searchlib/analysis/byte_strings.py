"""Byte strings in one array, picked, classed and sorted without an object for each.

The words of a segment, their surface forms and their terms are a million in large segments. Python
objects of them would take longer to make than the words to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels

__all__ = ["ByteStrings", "byte_class"]

_Places = npt.NDArray[np.int64]


def byte_class(members: bytes) -> npt.NDArray[np.bool_]:
    """A class of bytes, for :meth:`ByteStrings.consist_of`."""
    is_member = np.zeros(256, bool)
    is_member[list(members)] = True
    return is_member


@dataclass(frozen=True, eq=False, slots=True)
class ByteStrings:
    """Byte strings: number ``n`` is ``text[starts[n]:ends[n]]``. Several may share bytes of it.

    >>> words = ByteStrings.of([b"rain", b"bank", b"rain"])
    >>> words.ranks().tolist(), words.take(np.array([1, 0])).tolist(), words[1]
    ([1, 0, 1], [b'bank', b'rain'], b'bank')
    """

    text: npt.NDArray[np.uint8]
    starts: _Places
    ends: _Places

    @classmethod
    def of(cls, items: Sequence[bytes]) -> ByteStrings:
        """These byte strings, copied."""
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        ends = np.cumsum(lengths)
        return cls(np.frombuffer(b"".join(items), np.uint8), ends - lengths, ends)

    @classmethod
    def concatenated(cls, parts: Sequence[ByteStrings]) -> ByteStrings:
        """The byte strings of all parts, one after the other, copied."""
        text = np.frombuffer(b"".join(part.joined() for part in parts), np.uint8)
        lengths = np.concatenate([np.empty(0, np.int64), *(part.lengths for part in parts)])
        ends = np.cumsum(lengths)
        return cls(text, ends - lengths, ends)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> bytes:
        return self.text[self.starts[number] : self.ends[number]].tobytes()

    @property
    def lengths(self) -> _Places:
        """How many bytes each has."""
        return self.ends - self.starts

    def take(self, numbers: npt.NDArray[Any]) -> ByteStrings:
        """Those of these numbers, or where a mask is true; nothing is copied."""
        return ByteStrings(self.text, self.starts[numbers], self.ends[numbers])

    def replaced(self, numbers: npt.NDArray[Any], others: ByteStrings) -> ByteStrings:
        """The same with others in the place of those of these numbers."""
        starts, ends = self.starts.copy(), self.ends.copy()
        ends[numbers] = len(self.text) + np.cumsum(others.lengths)
        starts[numbers] = ends[numbers] - others.lengths
        more = np.frombuffer(others.joined(), np.uint8)
        return ByteStrings(np.concatenate((self.text, more)), starts, ends)

    def prefixed(self, prefixes: npt.NDArray[np.uint8]) -> ByteStrings:
        """Each with a prefix, a row of these bytes, copied.

        >>> ByteStrings.of([b"1", b""]).prefixed(np.array([[97, 98], [99, 100]], np.uint8)).tolist()
        [b'ab1', b'cd']
        """
        width = prefixes.shape[1]
        lengths = self.lengths + width
        ends = np.cumsum(lengths)
        starts = ends - lengths
        text = np.empty(int(lengths.sum()), np.uint8)
        is_own = np.ones(len(text), bool)
        for column in range(width):
            text[starts + column] = prefixes[:, column]
            is_own[starts + column] = False
        text[is_own] = np.frombuffer(self.joined(), np.uint8)
        return ByteStrings(text, starts, ends)

    def consist_of(self, members: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which of them have only bytes of a class, or none: a mask.

        >>> ByteStrings.of([b"a1", b"", b"1"]).consist_of(byte_class(b"123")).tolist()
        [False, True, True]
        """
        if kernels.available:
            table = members.view(np.uint8)
            return kernels.inverter.consist_of(self.text, self.starts, self.ends, table)
        others = np.append(0, np.cumsum(~members[self.text]))  # before each place
        is_without: npt.NDArray[np.bool_] = others[self.starts] == others[self.ends]
        return is_without

    def same_as(self, other: ByteStrings) -> bool:
        """Whether these are the same byte strings in the same order."""
        return np.array_equal(self.lengths, other.lengths) and self.joined() == other.joined()

    def joined(self) -> bytes:
        """All of them end to end."""
        if kernels.available:
            return kernels.inverter.joined(self.text, self.starts, self.ends)
        return b"".join(self.tolist())

    def ranks(self) -> npt.NDArray[np.int32]:
        """The place of each among the distinct ones, sorted."""
        if kernels.available:
            return kernels.inverter.ranks_of(self.text, self.starts, self.ends)
        items = self.tolist()
        rank_of = {item: rank for rank, item in enumerate(sorted(set(items)))}
        return np.array([rank_of[item] for item in items], np.int32)

    def tolist(self) -> list[bytes]:
        """All of them as objects."""
        if kernels.available:
            return kernels.inverter.listed(self.text, self.starts, self.ends)
        text = self.text.tobytes()
        places = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [text[start:end] for start, end in places]
