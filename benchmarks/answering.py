"""The parts that measure search: queries, segments, parse, processes."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import archives, comparison, report, timing
from benchmarks.peers import Searcher
from benchmarks.queries import KINDS, Query
from benchmarks.setup import Setup


def queries(setup: Setup) -> dict[str, Any]:
    """Every class of queries on every peer, interleaved."""
    folders = {peer.name: setup.build(peer).folder for peer in setup.peers}
    opened = {peer.name: peer.open(folders[peer.name]) for peer in setup.peers}
    supported = {p.name: [p.supports(q) for q in setup.queries] for p in setup.peers}
    return _measure(setup, opened, supported, setup.ours)


def segments(setup: Setup) -> dict[str, Any]:
    """Archives built in many commits against archives built in one."""
    peers = [peer for peer in setup.peers if peer.name in ("searchlib", "tantivy")]
    opened: dict[str, Searcher] = {}
    supported: dict[str, list[bool]] = {}
    for peer in peers:
        for commits in (setup.commits, 1):
            name = peer.name if commits == 1 else f"{peer.name} ({commits} commits)"
            opened[name] = peer.open(setup.build(peer, commits).folder)
            supported[name] = [peer.supports(query) for query in setup.queries]
    if not opened:
        print("Neither searchlib nor tantivy is here.")
        return {}
    return _measure(setup, opened, supported, next(iter(opened)))


def _measure(
    setup: Setup,
    opened: Mapping[str, Searcher],
    supported: Mapping[str, Sequence[bool]],
    ours: str,
) -> dict[str, Any]:
    try:
        timings, baselines = _time(setup, opened, supported, ours)
    finally:
        for searcher in opened.values():
            searcher.close()
    classes = comparison.compare(setup.queries, timings, baselines)
    pairs = comparison.agreement(timings)
    _print(classes, list(opened), ours)
    print("\nShare of queries whose totals differ by over 2 %:\n")
    rows = [[a, *(report.share(pairs[a][b]) for b in opened)] for a in opened]
    print(report.table(["", *opened], rows))
    return {
        "ours": ours,
        "per_kind": setup.per_kind,
        "rounds": setup.rounds,
        "fields": setup.fields,
        "pairs": setup.pairs,
        "classes": classes,
        "agreement": pairs,
        "disagreements": comparison.disagreements(setup.queries, timings),
    }


def _time(
    setup: Setup,
    opened: Mapping[str, Searcher],
    supported: Mapping[str, Sequence[bool]],
    ours: str,
) -> tuple[dict[str, timing.Timings], dict[str, timing.Timings]]:
    """Every peer's timings, and for each peer our own that were interleaved with it."""
    if not setup.pairs:
        timings = timing.interleaved(opened, setup.queries, supported, setup.rounds)
        return timings, dict.fromkeys(timings, timings[ours])
    timings = {}
    baselines = {}
    for name in opened:
        pair = {peer: opened[peer] for peer in dict.fromkeys((ours, name))}
        pair_timings = timing.interleaved(pair, setup.queries, supported, setup.rounds)
        timings[name], baselines[name] = pair_timings[name], pair_timings[ours]
    return timings, baselines


def _print(classes: dict[str, dict[str, Any]], names: Sequence[str], ours: str) -> None:
    def cell(kind: str, name: str, text: str) -> str:
        figures = classes[kind][name]
        if not figures["queries"]:
            return ""
        return text.format(**{key: report.number(value) for key, value in figures.items()})

    print("Microseconds per query: median / p99 of the queries' medians.\n")
    rows = [[k, *(cell(k, name, "{p50_us} / {p99_us}") for name in names)] for k in classes]
    print(report.table(["class", *names], rows))
    others = [name for name in names if name != ours]
    if not others:
        return
    print(f"\nTime of {ours} / time of the peer: geometric mean (ratio of the p99s). ", end="")
    print(f"Below 1, {ours} is faster.\n")
    rows = [[k, *(cell(k, name, "{ratio} ({ratio_p99})") for name in others)] for k in classes]
    print(report.table(["class", *others], rows))
    print("\nThe same in the first round, where each query is new: geometric mean.\n")
    rows = [[k, *(cell(k, name, "{ratio_first}") for name in others)] for k in classes]
    print(report.table(["class", *others], rows))
    print(f"\nAnswers compared with {ours}: share of queries whose totals differ by over 2 %; ")
    print("mean share of common ids in the top ten.\n")
    rows = []
    for kind in classes:
        row = [kind]
        for name in others:
            figures = classes[kind][name]
            if figures["queries"]:
                shares = (figures["totals_differ"], figures["same_ids"])
                row.append("; ".join(map(report.share, shares)))
            else:
                row.append("")
        rows.append(row)
    print(report.table(["class", *others], rows))


def parse(setup: Setup) -> dict[str, Any]:
    """The cost of parsing a query's text, and of a search without hits."""
    no_hits = [Query("nothing", (f"zyxw{i}vut",)) for i in range(50)]
    no_hits += [Query("nothing", (f"zyxw{i}vut", "the")) for i in range(50)]
    figures: dict[str, Any] = {}
    for peer in setup.builders:
        searcher = peer.open(setup.build(peer).folder)
        queries = [q for q in setup.queries if peer.supports(q) and not q.stems]
        first = timing.per_call(searcher.parse, queries, rounds=1)
        parse_times = timing.per_call(searcher.parse, queries)
        # Lucene's own times exclude the pipe, so they cannot be taken here.
        no_hit_times: list[float] = []
        if not hasattr(searcher, "elapsed"):
            no_hit_times = timing.per_call(searcher.search, no_hits)
        searcher.close()
        figures[peer.name] = {
            "parse_us": timing.percentile(parse_times, 0.5) / 1e3,
            "parse_p99_us": timing.percentile(parse_times, 0.99) / 1e3,
            "parse_first_us": timing.percentile(first, 0.5) / 1e3,
            "parse_us_by_kind": _by_kind(queries, parse_times),
            "nothing_us": timing.percentile(no_hit_times, 0.5) / 1e3,
            "nothing_p99_us": timing.percentile(no_hit_times, 0.99) / 1e3,
        }
    print("Microseconds: parsing a query, and a whole search without hits.")
    print("(FTS5 and Lucene parse within the search: for them this only builds the text.)\n")
    columns = ("parse_us", "parse_p99_us", "parse_first_us", "nothing_us", "nothing_p99_us")
    rows = [[name, *(figure[column] for column in columns)] for name, figure in figures.items()]
    header = ["", "parse p50", "p99", "p50, first time", "no hits p50", "p99"]
    print(report.table(header, rows))
    return figures


def _by_kind(queries: Sequence[Query], times: Sequence[float]) -> dict[str, float]:
    pairs = list(zip(queries, times, strict=True))
    by_kind = {kind: [ns for query, ns in pairs if query.kind == kind] for kind in KINDS}
    return {kind: timing.percentile(ns, 0.5) / 1e3 for kind, ns in by_kind.items() if ns}


def processes(setup: Setup) -> dict[str, Any]:
    """Searches per second of one process and of two that share the archive, and their memory."""
    query_spec = {
        "corpus": asdict(setup.corpus),
        "per_kind": setup.per_kind,
        "seed": setup.seed,
        "work": setup.work,
    }
    assert setup.queries  # drawn and saved here; the processes load them
    figures: dict[str, Any] = {}
    gc.collect()  # archives that other parts left open would count as sharing pages
    for peer in setup.builders:
        if peer.name in ("whoosh", "lucene"):  # slow; a process of its own already
            continue
        folder = setup.build(peer).folder
        one = archives.together(peer, folder, query_spec, 1, setup.seconds)
        two = archives.together(peer, folder, query_spec, 2, setup.seconds)
        figures[peer.name] = {
            "one": one[0]["searches"] / setup.seconds,
            "two": sum(answer["searches"] for answer in two) / setup.seconds,
            "memory_one": one[0]["memory"],
            "memory_two": [answer["memory"] for answer in two],
        }
    print("Searches per second; megabytes of the archive in memory, shared pages counted once.\n")
    rows = [_row(name, figure) for name, figure in figures.items()]
    header = [
        "",
        "one process",
        "two",
        "two / one",
        "archive MB, one",
        "archive MB, two",
        "own MB, one",
    ]
    print(report.table(header, rows))
    return figures


def _row(name: str, figure: dict[str, Any]) -> list[Any]:
    one, two = figure["memory_one"], figure["memory_two"]
    return [
        name,
        figure["one"],
        figure["two"],
        figure["two"] / figure["one"],
        report.megabytes(one.get("archive", 0)),
        report.megabytes(sum(memory.get("archive", 0) for memory in two)),
        report.megabytes(one.get("anonymous", 0)),
    ]
