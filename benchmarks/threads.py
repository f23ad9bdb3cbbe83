"""How many more searches two threads on one archive run than one.

The queries that take a thread longer than ``OVER`` microseconds are asked by one thread and by two
in turn, for the same time.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from benchmarks import queries, report
from benchmarks.setup import Setup

OVER = 100.0  # microseconds


def costly(
    search: Callable[[Any], object], asked: Sequence[queries.Query], over: float
) -> list[queries.Query]:
    """The queries that take longer than ``over`` microseconds when they are asked again."""
    kept = []
    for query in asked:
        search(query)
        start = time.perf_counter()
        search(query)
        if (time.perf_counter() - start) * 1e6 > over:
            kept.append(query)
    return kept


def searches_in(
    search: Callable[[Any], object], asked: Sequence[queries.Query], threads: int, seconds: float
) -> int:
    """How many searches so many threads run together in some seconds."""
    counts, ready, errors = [0] * threads, threading.Barrier(threads), list[Exception]()

    def run(number: int) -> None:
        own = list(asked)
        random.Random(number).shuffle(own)
        ready.wait()
        end = time.perf_counter() + seconds
        try:
            while time.perf_counter() < end:
                search(own[counts[number] % len(own)])
                counts[number] += 1
        except Exception as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]
    return sum(counts)


def measure(
    search: Callable[[Any], object], asked: Sequence[queries.Query], rounds: int, seconds: float
) -> tuple[float, float, float]:
    """Searches a second of one thread and of two, and the median of the rounds' ratios."""
    rows = []
    for _ in range(rounds):
        one, two = (searches_in(search, asked, threads, seconds) for threads in (1, 2))
        rows.append((one / seconds, two / seconds, two / one))
    singles, pairs, ratios = zip(*rows, strict=True)
    return median(singles), median(pairs), median(ratios)


def threads(setup: Setup) -> dict[str, Any]:
    """Searches a second of one thread and of two that share an archive."""
    drawn = [query for query in setup.queries if not query.stems]
    figures: dict[str, Any] = {}
    for peer in setup.builders:
        if peer.name in ("whoosh", "lucene"):  # slow; a process of its own already
            continue
        searcher = peer.open(setup.build(peer).folder)
        asked = costly(searcher.search, drawn, OVER)
        if asked:
            one, two, ratio = measure(searcher.search, asked, setup.rounds, setup.seconds)
            figures[peer.name] = {"queries": len(asked), "one": one, "two": two, "ratio": ratio}
        searcher.close()
    print(f"Searches a second, of the queries that take a thread longer than {OVER:.0f} µs.\n")
    rows = [[name, *figure.values()] for name, figure in figures.items()]
    print(report.table(["", "queries", "one thread", "two", "two / one"], rows))
    return figures
