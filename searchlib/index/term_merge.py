"""Sorted runs of byte strings into one: for the dictionaries of segments that are merged.

Runs are gone through by ranges of keys, each of some thousands of items, in which Python's own
sets and sort do the work; no run is held in memory. What is kept of an item is in which run it
is, and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["MOST", "Run", "Union", "spans"]

Array = npt.NDArray[Any]
MOST = 1 << 16  # items of all runs that are looked at together


class Run(Protocol):
    """Sorted byte strings, as a :class:`~.term_dictionary.TermDictionary` holds them."""

    def __len__(self) -> int: ...

    def ranked(self, rank: int) -> bytes: ...

    def rank(self, term: bytes) -> int: ...


def spans(runs: Sequence[Run], most: int = MOST) -> Iterator[list[tuple[int, int]]]:
    """Ranges of keys, one after the other: for each run, the ranks from and to of its items in
    the range; about ``most`` in all, none more than once."""
    starts = [0] * len(runs)
    while left := [place for place, run in enumerate(runs) if starts[place] < len(run)]:
        step = max(1, most // len(left))
        # The last key of a full step of one run: no run has more than a step up to the least.
        lasts = [
            runs[place].ranked(starts[place] + step - 1)
            for place in left
            if starts[place] + step < len(runs[place])
        ]
        after = min(lasts) + b"\0" if lasts else None
        ends = [len(run) if after is None else run.rank(after) for run in runs]
        if after is not None and sum(ends) <= sum(starts):  # damaged: they are not sorted
            ends = [len(run) for run in runs]
        yield list(zip(starts, ends, strict=True))
        starts = ends


class Union:
    """The different items of some sorted runs, none of which has an item twice, numbered in
    order. ``parts`` are the items of all runs in one range of keys after the other. ``numbers``
    has, for each run, the numbers of its items (int32); item ``i`` is at ``place[i]`` of run
    ``run[i]`` (int32).

    >>> runs = [[b"bank", b"rain"], [b"rain", b"vote"]]
    >>> found = Union(2, [runs])
    >>> [numbers.tolist() for numbers in found.numbers]
    [[0, 1], [1, 2]]
    >>> list(found.items(runs, np.array([0, 2])))
    [b'bank', b'vote']
    """

    def __init__(self, runs: int, parts: Iterable[Sequence[Sequence[bytes]]]) -> None:
        none: Array = np.empty(0, np.int32)
        numbers: list[list[Array]] = [[none] for _ in range(runs)]
        owners, places = [none], [none]
        starts, size = [0] * runs, 0
        for items in parts:
            merged = sorted(set().union(*items))
            number = dict(zip(merged, range(len(merged)), strict=True)).__getitem__
            owner, place = np.empty((2, len(merged)), np.int32)
            for run, mine in enumerate(items):
                found = np.fromiter(map(number, mine), np.int32, len(mine))
                owner[found] = run
                place[found] = np.arange(starts[run], starts[run] + len(mine))
                starts[run] += len(mine)
                numbers[run].append(found + np.int32(size))
            owners.append(owner)
            places.append(place)
            size += len(merged)
        self.numbers: list[Array] = [np.concatenate(found) for found in numbers]
        self.run: Array = np.concatenate(owners)
        self.place: Array = np.concatenate(places)

    def __len__(self) -> int:
        return len(self.run)

    def items(self, sources: Sequence[Any], wanted: Array) -> Iterator[Any]:
        """Some items by their numbers; ``sources`` are the runs, to look into."""
        for at in range(0, len(wanted), 1 << 14):
            some = wanted[at : at + (1 << 14)]
            for run, place in zip(self.run[some].tolist(), self.place[some].tolist(), strict=True):
                yield sources[run][place]
