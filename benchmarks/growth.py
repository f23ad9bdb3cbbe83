"""Scaling with the archive's size, on synthetic corpora."""

from __future__ import annotations

import dataclasses
from typing import Any

from benchmarks import archives, comparison, plot, report, timing
from benchmarks.queries import KINDS
from benchmarks.setup import Setup


def growth(setup: Setup) -> dict[str, Any]:
    """Indexing rate, size, memory, opening, adding and every class of queries at every size."""
    figures: dict[str, Any] = {}
    for articles in setup.sizes:
        sized = dataclasses.replace(setup, corpus_name="synthetic", limit=articles)
        for name, figure in _one_size(sized).items():
            figures.setdefault(name, {})[str(articles)] = figure
    _print(figures)
    print(f"\nPlot: {plot.growth(figures, report.RESULTS)}")
    return figures


def _one_size(setup: Setup) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    opened = {}
    for peer in setup.builders:
        built = setup.build(peer)
        word = setup.queries[0].words[0]
        opens = archives.timed_opens(peer, built.folder, word)
        figures[peer.name] = figure = built.as_json()
        figure["rate"] = setup.corpus.articles / built.seconds
        figure["open_ms"] = sorted(one["open"] for one in opens)[len(opens) // 2] * 1e3
        if peer.appends:
            added = archives.timed_append(peer, built.folder, setup.work)
            figure |= {"append_ms": added["seconds"] * 1e3, "append_found": added["found"]}
        opened[peer.name] = peer.open(built.folder)
    supported = {p.name: [p.supports(q) for q in setup.queries] for p in setup.builders}
    timings = timing.interleaved(opened, setup.queries, supported, setup.rounds)
    for searcher in opened.values():
        searcher.close()
    classes = comparison.compare(
        setup.queries, timings, dict.fromkeys(timings, timings[setup.ours])
    )
    for name, figure in figures.items():
        figure["classes"] = {kind: one[name] for kind, one in classes.items()}
    return figures


def _print(figures: dict[str, Any]) -> None:
    rows = [
        [
            f"{name}, {int(articles):,}",
            one["rate"],
            report.megabytes(one["bytes"]),
            report.megabytes(one["peak_memory"]),
            one["open_ms"],
            one.get("append_ms"),
        ]
        for name, sizes in figures.items()
        for articles, one in sizes.items()
    ]
    header = ["articles", "articles/s", "MB", "memory MB", "open ms", "add 100 + find ms"]
    print(report.table(header, rows))
    print("\nMicroseconds per query: median / p99.\n")
    columns = [(name, n) for name, sizes in figures.items() for n in sizes]
    rows = []
    for kind in KINDS:
        row = [kind]
        for name, articles in columns:
            one = figures[name][articles]["classes"].get(kind, {"queries": 0})
            both = (report.number(one[k]) for k in ("p50_us", "p99_us")) if one["queries"] else ()
            row.append(" / ".join(both))
        rows.append(row)
    print(report.table(["class", *(f"{name} {int(n):,}" for name, n in columns)], rows))
