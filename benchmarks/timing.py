"""Interleaved timing: each query on each peer in turn, round after round.

Whatever else the machine does then falls on all peers alike, and no peer answers the same query
twice in a row out of a warm processor cache. The first round is kept apart: it shows what a
query costs that was never asked before.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.peers import Answer, Searcher
from benchmarks.queries import Query

_SLOW = 30_000_000  # ns; slower queries are asked in two rounds only


@dataclass
class Timings:
    """What one peer took: nanoseconds by query; None where it has no such query."""

    first: list[int | None] = field(default_factory=list)
    rounds: list[list[int]] = field(default_factory=list)
    answers: list[Answer | None] = field(default_factory=list)

    def medians(self) -> list[float | None]:
        """The median of each query's rounds."""
        return [median(r) if r else None for r in self.rounds]


def interleaved(
    searchers: Mapping[str, Searcher],
    queries: Sequence[Query],
    supported: Mapping[str, Sequence[bool]],
    rounds: int,
) -> dict[str, Timings]:
    """Ask every query of every peer, one warm-up round and ``rounds`` timed ones."""
    names = list(searchers)
    found = {name: Timings() for name in names}
    for timings in found.values():
        timings.first = [None] * len(queries)
        timings.rounds = [[] for _ in queries]
        timings.answers = [None] * len(queries)
    for name, searcher in searchers.items():
        for _ in range(getattr(searcher, "warm_rounds", 0)):
            for query, asks in zip(queries, supported[name], strict=True):
                if asks:
                    searcher.search(query)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds + 1):
            which = f"round {turn} of {rounds}" if turn else "first round"
            print(f"  {which} ...", file=sys.stderr, flush=True)
            for i, query in enumerate(queries):
                if i % 50 == 0:
                    gc.collect()
                at = (turn + i) % len(names)
                for name in names[at:] + names[:at]:
                    if supported[name][i] and _wanted(found[name].first[i], turn):
                        _ask(searchers[name], query, found[name], i)
    finally:
        if was_enabled:
            gc.enable()
    return found


def _wanted(first: int | None, turn: int) -> bool:
    return turn <= 2 or (first or 0) < _SLOW


def _ask(searcher: Searcher, query: Query, timings: Timings, i: int) -> None:
    start = time.perf_counter_ns()
    answer = searcher.search(query)
    took = time.perf_counter_ns() - start
    took = getattr(searcher, "elapsed", took)  # a peer in another process took it itself
    if timings.first[i] is None:
        timings.first[i] = took
        timings.answers[i] = answer
    else:
        timings.rounds[i].append(took)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values are not above (nearest rank); nan for none.

    >>> percentile([1, 2, 3, 4], 0.5)
    2
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def geometric_mean(values: Sequence[float]) -> float:
    """The geometric mean; nan for none.

    >>> geometric_mean([1, 4])
    2.0
    """
    if not values:
        return math.nan
    return math.exp(sum(map(math.log, values)) / len(values))


def per_call(call: object, arguments: Sequence[object], rounds: int = 7) -> list[float]:
    """Median nanoseconds of ``call(argument)`` for each argument."""
    assert callable(call)
    taken: list[list[int]] = [[] for _ in arguments]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for i, argument in enumerate(arguments):
                start = time.perf_counter_ns()
                call(argument)
                taken[i].append(time.perf_counter_ns() - start)
    finally:
        gc.enable()
    return [median(one) for one in taken]
