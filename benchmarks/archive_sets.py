"""Ten archives of a month each, asked as one, beside one archive of all their articles.

    python -m benchmarks.archive_sets ../shared/corpora/senate_press.jsonl.gz [--archives 10]

The articles are put in the order of their dates and divided into archives of the same size; the
other archive has all. Each query is asked of both in turn, which first changes, and both must find
as many articles. What is compared is the CPU time of the thread, so that other load on the machine
counts little; hits are made, their texts are not read. The last two classes are words of the first
one, asked for the newest articles and counted by month.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import searchlib as sl
from benchmarks import corpus, queries, timing
from benchmarks.peers.ours import text_of

_SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(searched=False), body=sl.Text(), date=sl.Date(),
    source=sl.Keyword(), section=sl.Keyword(), authors=sl.Keyword(many=True),
)  # fmt: skip


def build(articles: Sequence[corpus.Article], folder: Path, archives: int) -> list[Path]:
    """An archive of all articles, and then those of a part each: their folders."""
    ordered = sorted(articles, key=lambda article: str(article["date"]))
    size = -(-len(ordered) // archives)
    parts = [ordered, *(ordered[n * size : (n + 1) * size] for n in range(archives))]
    folders = [folder / name for name in ("all", *map(str, range(archives)))]
    for place, part in zip(folders, parts, strict=True):
        with sl.Archive.create(place, _SCHEMA) as archive:
            archive.add(part)
    return folders


def requests(drawn: Sequence[queries.Query]) -> dict[str, list[sl.SearchRequest]]:
    """What is asked, by class."""
    asked: dict[str, list[sl.SearchRequest]] = {}
    for query in drawn:
        match: Any = "any" if query.match == "any" else "all"
        request = sl.SearchRequest(text_of(query), match=match, facets=query.facets)
        if not query.stems:  # which have no text
            asked.setdefault(query.kind, []).append(request)
    words = [request.query for request in asked["one word"]]
    asked["newest first"] = [sl.SearchRequest(word, sort="-date") for word in words]
    asked["by month"] = [sl.SearchRequest(word, limit=0, facets="date:month") for word in words]
    return asked


def measure(
    one: sl.Searchable, many: sl.Searchable, asked: Sequence[sl.SearchRequest], rounds: int,
    clock: Callable[[], int] = time.thread_time_ns,
) -> list[tuple[float, float]]:  # fmt: skip
    """The median of the nanoseconds of each request, of one archive and of many."""
    times: list[tuple[list[int], list[int]]] = [([], []) for _ in asked]
    gc.disable()
    try:
        for turn in range(rounds + 1):
            gc.collect()
            for number, request in enumerate(asked):
                totals = [0, 0]
                for which in (0, 1) if (turn + number) % 2 else (1, 0):
                    archive = (one, many)[which]
                    start = clock()
                    results = archive.search(request)
                    totals[which] = results.total + 0 * len(results.hits)
                    if turn:  # the first one warms up
                        times[number][which].append(clock() - start)
                if totals[0] != totals[1]:
                    raise AssertionError(f"{request.query}: {totals[0]} and {totals[1]} articles")
    finally:
        gc.enable()
    return [(median(first), median(second)) for first, second in times]


def main(arguments: list[str] | None = None) -> None:
    """Build the archives, ask them, and print a table."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--archives", type=int, default=10)
    parser.add_argument("--limit", type=int, help="use only so many articles")
    parser.add_argument("--queries", type=int, default=60, help="of each class")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    articles = {article["id"]: article for article in corpus.read_lines(options.corpus)}
    chosen = [
        {name: article.get(name) for name in corpus.FIELDS}
        for article in list(articles.values())[: options.limit]
    ]
    with tempfile.TemporaryDirectory() as folder:
        whole, *parts = build(chosen, Path(folder), options.archives)
        words = queries.Words(iter(chosen), random.Random(options.seed))
        asked = requests(queries.draw_from(words, options.queries, options.seed))
        print(f"{len(chosen):,} articles in one archive, and in {options.archives}\n")
        with sl.open(whole) as one, sl.open_many(parts) as many:
            print_table(one, many, asked, options.rounds)


def print_table(
    one: sl.Searchable, many: sl.Searchable, asked: Mapping[str, Sequence[sl.SearchRequest]],
    rounds: int,
) -> None:  # fmt: skip
    """Print a row for each class, as it is measured, and one for all."""
    print("| class | one, µs | many, µs | ratio of medians | of sums | mean of ratios |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    every: list[tuple[float, float]] = []
    for kind, rows in asked.items():
        times = measure(one, many, rows, rounds)
        print(_row(kind, times), flush=True)
        every += times
    print(_row("all", every))


def _row(kind: str, times: Sequence[tuple[float, float]]) -> str:
    first, second = zip(*times, strict=True)
    ratios = timing.geometric_mean([b / a for a, b in times])
    return (
        f"| {kind} | {median(first) / 1e3:,.0f} | {median(second) / 1e3:,.0f} "
        f"| {median(second) / median(first):.2f} | {sum(second) / sum(first):.2f} | {ratios:.2f} |"
    )


if __name__ == "__main__":
    main()
