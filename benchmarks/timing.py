"""Interleaved timing: each query on each peer in turn, round after round.

So other load on the machine affects all peers alike, and no peer answers the same query twice in a
row from a warm processor cache. The first round is recorded separately: it shows the cost of a
query that was never run before.
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

_SLOW = 30_000_000  # ns; slower queries run in two rounds only


@dataclass
class Timings:
    """One peer's times: nanoseconds by query; None for queries it does not support."""

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
    """Run every query on every peer: one warm-up round and ``rounds`` timed ones."""
    names = list(searchers)
    all_timings = {name: Timings() for name in names}
    for timings in all_timings.values():
        timings.first = [None] * len(queries)
        timings.rounds = [[] for _ in queries]
        timings.answers = [None] * len(queries)
    for name, searcher in searchers.items():
        for _ in range(getattr(searcher, "warm_rounds", 0)):
            for query, is_supported in zip(queries, supported[name], strict=True):
                if is_supported:
                    searcher.search(query)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds + 1):
            label = f"round {turn} of {rounds}" if turn else "first round"
            print(f"  {label} ...", file=sys.stderr, flush=True)
            for i, query in enumerate(queries):
                if i % 50 == 0:
                    gc.collect()
                first = (turn + i) % len(names)
                for name in names[first:] + names[:first]:
                    timings = all_timings[name]
                    if supported[name][i] and _runs_in(turn, timings.first[i]):
                        _time_query(searchers[name], query, timings, i)
    finally:
        if was_enabled:
            gc.enable()
    return all_timings


def _runs_in(turn: int, first: int | None) -> bool:
    return turn <= 2 or (first or 0) < _SLOW


def _time_query(searcher: Searcher, query: Query, timings: Timings, i: int) -> None:
    start = time.perf_counter_ns()
    answer = searcher.search(query)
    elapsed = time.perf_counter_ns() - start
    elapsed = getattr(searcher, "elapsed", elapsed)  # a peer in another process measures it itself
    if timings.first[i] is None:
        timings.first[i] = elapsed
        timings.answers[i] = answer
    else:
        timings.rounds[i].append(elapsed)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile, with ``share`` from 0 to 1; nan if there are no values.

    >>> percentile([1, 2, 3, 4], 0.5)
    2
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def geometric_mean(values: Sequence[float]) -> float:
    """The geometric mean; nan if there are no values.

    >>> geometric_mean([1, 4])
    2.0
    """
    if not values:
        return math.nan
    return math.exp(sum(map(math.log, values)) / len(values))


def per_call(call: object, arguments: Sequence[object], rounds: int = 7) -> list[float]:
    """Median nanoseconds of ``call(argument)`` for each argument."""
    assert callable(call)
    times: list[list[int]] = [[] for _ in arguments]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for i, argument in enumerate(arguments):
                start = time.perf_counter_ns()
                call(argument)
                times[i].append(time.perf_counter_ns() - start)
    finally:
        gc.enable()
    return [median(runs) for runs in times]
