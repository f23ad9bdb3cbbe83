"""The parts about answering queries: queries, segments, parse, processes."""

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
    """Archives that were built in many commits against those that were built in one."""
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
        timings, beside = _take(setup, opened, supported, ours)
    finally:
        for searcher in opened.values():
            searcher.close()
    classes = comparison.compare(setup.queries, timings, beside)
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


def _take(
    setup: Setup,
    opened: Mapping[str, Searcher],
    supported: Mapping[str, Sequence[bool]],
    ours: str,
) -> tuple[dict[str, timing.Timings], dict[str, timing.Timings]]:
    """Every peer's timings, and ours taken in turn with them: all together or in pairs."""
    if not setup.pairs:
        timings = timing.interleaved(opened, setup.queries, supported, setup.rounds)
        return timings, dict.fromkeys(timings, timings[ours])
    timings = {}
    beside = {}
    for name in opened:
        pair = {one: opened[one] for one in dict.fromkeys((ours, name))}
        taken = timing.interleaved(pair, setup.queries, supported, setup.rounds)
        timings[name], beside[name] = taken[name], taken[ours]
    return timings, beside


def _print(classes: dict[str, dict[str, Any]], names: Sequence[str], ours: str) -> None:
    def cell(kind: str, name: str, text: str) -> str:
        one = classes[kind][name]
        return (
            text.format(**{k: report.number(v) for k, v in one.items()}) if one["queries"] else ""
        )

    print("Microseconds a query: median / p99 of the queries' medians.\n")
    rows = [[k, *(cell(k, name, "{p50_us} / {p99_us}") for name in names)] for k in classes]
    print(report.table(["class", *names], rows))
    others = [name for name in names if name != ours]
    if not others:
        return
    print(f"\nTime of {ours} / time of the peer: geometric mean (ratio of the p99s). ", end="")
    print(f"Below 1, {ours} is faster.\n")
    rows = [[k, *(cell(k, name, "{ratio} ({ratio_p99})") for name in others)] for k in classes]
    print(report.table(["class", *others], rows))
    print("\nThe same in the first round, each query asked for the first time: geometric mean.\n")
    rows = [[k, *(cell(k, name, "{ratio_first}") for name in others)] for k in classes]
    print(report.table(["class", *others], rows))
    print(f"\nAnswers beside those of {ours}: share of queries whose totals differ by over 2 %; ")
    print("mean share of ids in common among the ten best.\n")
    rows = []
    for kind in classes:
        row = [kind]
        for name in others:
            one = classes[kind][name]
            if one["queries"]:
                shares = (one["totals_differ"], one["same_ids"])
                row.append("; ".join(map(report.share, shares)))
            else:
                row.append("")
        rows.append(row)
    print(report.table(["class", *others], rows))


def parse(setup: Setup) -> dict[str, Any]:
    """The cost of reading a query's text, and of a search that finds nothing."""
    nothing = [Query("nothing", (f"zyxw{i}vut",)) for i in range(50)]
    nothing += [Query("nothing", (f"zyxw{i}vut", "the")) for i in range(50)]
    figures: dict[str, Any] = {}
    for peer in setup.builders:
        searcher = peer.open(setup.build(peer).folder)
        asked = [q for q in setup.queries if peer.supports(q) and not q.stems]
        first = timing.per_call(searcher.parse, asked, rounds=1)
        parsed = timing.per_call(searcher.parse, asked)
        # Lucene's own times leave the pipe out; the others are taken here.
        missed = [] if hasattr(searcher, "elapsed") else timing.per_call(searcher.search, nothing)
        searcher.close()
        figures[peer.name] = {
            "parse_us": timing.percentile(parsed, 0.5) / 1e3,
            "parse_p99_us": timing.percentile(parsed, 0.99) / 1e3,
            "parse_first_us": timing.percentile(first, 0.5) / 1e3,
            "parse_us_by_kind": _by_kind(asked, parsed),
            "nothing_us": timing.percentile(missed, 0.5) / 1e3,
            "nothing_p99_us": timing.percentile(missed, 0.99) / 1e3,
        }
    print("Microseconds: reading a query, and a whole search that finds nothing.")
    print("(FTS5 and Lucene read the text within the search: theirs is only the making of it.)\n")
    columns = ("parse_us", "parse_p99_us", "parse_first_us", "nothing_us", "nothing_p99_us")
    rows = [[name, *(one[c] for c in columns)] for name, one in figures.items()]
    header = ["", "parse p50", "p99", "p50, first time", "nothing p50", "p99"]
    print(report.table(header, rows))
    return figures


def _by_kind(asked: Sequence[Query], taken: Sequence[float]) -> dict[str, float]:
    pairs = list(zip(asked, taken, strict=True))
    found = {k: [ns for q, ns in pairs if q.kind == k] for k in KINDS}
    return {k: timing.percentile(v, 0.5) / 1e3 for k, v in found.items() if v}


def processes(setup: Setup) -> dict[str, Any]:
    """Searches a second of one process and of two that share the archive, and their memory."""
    drawn = {
        "corpus": asdict(setup.corpus),
        "per_kind": setup.per_kind,
        "seed": setup.seed,
        "work": setup.work,
    }
    assert setup.queries  # drawn here, so that the processes find them
    figures: dict[str, Any] = {}
    gc.collect()  # what other parts had open counts as one more that shares
    for peer in setup.builders:
        if peer.name in ("whoosh", "lucene"):  # slow, or a process of its own anyway
            continue
        folder = setup.build(peer).folder
        one = archives.together(peer, folder, drawn, 1, setup.seconds)
        two = archives.together(peer, folder, drawn, 2, setup.seconds)
        figures[peer.name] = {
            "one": one[0]["searches"] / setup.seconds,
            "two": sum(answer["searches"] for answer in two) / setup.seconds,
            "memory_one": one[0]["memory"],
            "memory_two": [answer["memory"] for answer in two],
        }
    print("Searches a second; megabytes of the archive in memory, shared pages counted once.\n")
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
