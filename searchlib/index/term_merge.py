"""Merges sorted runs of byte strings: the term dictionaries of segments that become one.

The runs are read in ranges of keys of some thousands of items each, which are sorted together; no
run is held in memory as a whole. Of each distinct item it is kept in which run it is, and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchlib.analysis.byte_strings import ByteStrings

__all__ = ["MAX_ITEMS", "SortedRun", "TermMerge", "key_ranges"]

Array = npt.NDArray[Any]
MAX_ITEMS = 1 << 16  # of all runs, in memory together
_LOOKUP_BATCH = 1 << 14


class SortedRun(Protocol):
    """Sorted byte strings; :class:`~searchlib.codec.term_dictionary.TermDictionary` is one."""

    def __len__(self) -> int: ...

    def term_at_rank(self, rank: int) -> bytes: ...

    def rank(self, term: bytes) -> int: ...


def key_ranges(
    runs: Sequence[SortedRun], max_items: int = MAX_ITEMS
) -> Iterator[list[tuple[int, int]]]:
    """Consecutive ranges of keys: for each run, the ranks from and to of its items in the range;
    about ``max_items`` in all, and together all items of all runs."""
    starts = [0] * len(runs)
    while unfinished := [number for number, run in enumerate(runs) if starts[number] < len(run)]:
        step = max(1, max_items // len(unfinished))
        # The range ends with the lowest of the keys one step ahead, so it has no more than one
        # step of any run.
        last_keys = [
            runs[number].term_at_rank(starts[number] + step - 1)
            for number in unfinished
            if starts[number] + step < len(runs[number])
        ]
        end_key = min(last_keys) + b"\0" if last_keys else None
        ends = [len(run) if end_key is None else run.rank(end_key) for run in runs]
        if end_key is not None and sum(ends) <= sum(starts):  # damaged: they are not sorted
            ends = [len(run) for run in runs]
        yield list(zip(starts, ends, strict=True))
        starts = ends


class TermMerge:
    """The distinct items of several sorted runs, numbered in order. No run has an item twice.

    ``parts`` are the items of all runs in consecutive ranges of keys. ``numbers`` has, for each
    run, the numbers of its items (int32); item ``i`` is at ``index[i]`` of run ``run[i]`` (int32).

    >>> runs = [ByteStrings.of([b"bank", b"rain"]), ByteStrings.of([b"rain", b"vote"])]
    >>> merge = TermMerge(2, [runs])
    >>> [numbers.tolist() for numbers in merge.numbers]
    [[0, 1], [1, 2]]
    >>> [items.tolist() for items in merge.items(runs, np.array([0, 2]))]
    [[b'bank', b'vote']]
    """

    def __init__(self, runs: int, parts: Iterable[Sequence[ByteStrings]]) -> None:
        empty: Array = np.empty(0, np.int32)
        numbers: list[list[Array]] = [[empty] for _ in range(runs)]
        owners, indices = [empty], [empty]
        starts, size = [0] * runs, 0
        for part in parts:
            ranks = ByteStrings.concatenated(part).ranks()
            distinct = int(ranks.max(initial=-1)) + 1
            owner, index = np.empty((2, distinct), np.int32)
            first = 0
            for run, items in enumerate(part):
                item_numbers = ranks[first : first + len(items)]
                owner[item_numbers] = run
                index[item_numbers] = np.arange(starts[run], starts[run] + len(items))
                first += len(items)
                starts[run] += len(items)
                numbers[run].append(item_numbers + np.int32(size))
            owners.append(owner)
            indices.append(index)
            size += distinct
        self.numbers: list[Array] = [np.concatenate(arrays) for arrays in numbers]
        self.run: Array = np.concatenate(owners)
        self.index: Array = np.concatenate(indices)

    def __len__(self) -> int:
        return len(self.run)

    def items(self, runs: Sequence[Any], numbers: Array) -> Iterator[ByteStrings]:
        """The items of these numbers, some thousands at a time, which the runs ``take``."""
        for first in range(0, len(numbers), _LOOKUP_BATCH):
            batch = numbers[first : first + _LOOKUP_BATCH]
            owners, indices = self.run[batch], self.index[batch]
            starts, ends = np.empty((2, len(batch)), np.int64)
            texts, size = list[bytes](), 0
            for owner in np.flatnonzero(np.bincount(owners)).tolist():
                places = np.flatnonzero(owners == owner)
                items = runs[owner].take(indices[places])
                ends[places] = size + np.cumsum(items.lengths)
                starts[places] = ends[places] - items.lengths
                texts.append(items.joined())
                size += len(texts[-1])
            yield ByteStrings(np.frombuffer(b"".join(texts), np.uint8), starts, ends)
