"""Sorted runs into one, item by item: for the dictionaries of segments that are merged.

No run is held in memory. What is kept of an item is its number, and in which run it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Union"]

Array = npt.NDArray[Any]


class Union:
    """The different items of some sorted runs, none of which has an item twice, numbered in
    order. ``numbers`` has, for each run, the numbers of its items (int32); item ``i`` is at
    ``place[i]`` of run ``run[i]``.

    >>> runs = [[b"bank", b"rain"], [b"rain", b"vote"]]
    >>> found = Union(runs)
    >>> [numbers.tolist() for numbers in found.numbers]
    [[0, 1], [1, 2]]
    >>> list(found.items(runs, np.array([0, 2])))
    [b'bank', b'vote']
    """

    def __init__(self, runs: Sequence[Iterable[Any]]) -> None:
        numbers = [array("i") for _ in runs]
        found, places = array("i"), array("i")
        last: Any = None
        for item, run in merge(*map(_marked, runs, range(len(runs)))):
            if item != last or not found:
                last = item
                found.append(run)
                places.append(len(numbers[run]))
            numbers[run].append(len(found) - 1)
        self.numbers: list[Array] = [np.array(n, np.int32) for n in numbers]
        self.run: Array = np.array(found, np.int32)
        self.place: Array = np.array(places, np.int32)

    def __len__(self) -> int:
        return len(self.run)

    def items(self, sources: Sequence[Any], wanted: Array) -> Iterator[Any]:
        """Some items by their numbers; ``sources`` are the runs, to look into."""
        for at in range(0, len(wanted), 1 << 14):
            some = wanted[at : at + (1 << 14)]
            for run, place in zip(self.run[some].tolist(), self.place[some].tolist(), strict=True):
                yield sources[run][place]


def _marked(run: Iterable[Any], number: int) -> Iterator[tuple[Any, int]]:
    return ((item, number) for item in run)
