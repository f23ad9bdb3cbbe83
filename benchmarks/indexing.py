"""The parts that measure indexing: indexing, size."""

from __future__ import annotations

from typing import Any

from benchmarks import archives, report
from benchmarks.setup import Setup


def indexing(setup: Setup) -> dict[str, Any]:
    """Articles per second including reading the file, memory, opening, adding a few more."""
    figures: dict[str, Any] = {}
    word = setup.queries[0].words[0]
    for peer in setup.builders:
        built = setup.build(peer)
        opens = archives.timed_opens(peer, built.folder, word)
        figure = built.as_json() | {
            "articles": setup.corpus.articles,
            "rate": setup.corpus.articles / built.seconds,
            "open_ms": sorted(one["open"] for one in opens)[len(opens) // 2] * 1e3,
            "first_search_ms": sorted(o["first_search"] for o in opens)[len(opens) // 2] * 1e3,
        }
        if peer.appends:
            added = archives.timed_append(peer, built.folder, setup.work)
            if added["found"] != added["articles"]:
                print(f"- {peer.name}: {added['found']} of {added['articles']} were found")
            figure["append_ms"] = added["seconds"] * 1e3
        figures[peer.name] = figure
    print(f"{setup.corpus.articles:,} articles, {setup.corpus.text_bytes / 1e6:,.1f} MB of text.")
    print("Memory is the peak of all processes of the build, without mapped files; RSS is that")
    print("of the building process alone, mapped files included.\n")
    ours = figures[setup.ours]["rate"]
    rows = [
        [
            name,
            one["seconds"],
            one["rate"],
            ours / one["rate"],
            report.megabytes(one["peak_memory"]),
            report.megabytes(one["peak_rss"]),
            one["open_ms"],
            one["first_search_ms"],
            one.get("append_ms"),
        ]
        for name, one in figures.items()
    ]
    header = ["", "s", "articles/s", f"{setup.ours} / it", "memory MB", "RSS MB"]
    print(report.table([*header, "open ms", "first search ms", "add 100 + find ms"], rows))
    return figures


def size(setup: Setup) -> dict[str, Any]:
    """The size of each archive."""
    figures: dict[str, Any] = {}
    for peer in setup.builders:
        built = setup.build(peer)
        figures[peer.name] = {"bytes": built.bytes, "text_bytes": setup.corpus.text_bytes}
    ours = figures[setup.ours]["bytes"]
    rows = [
        [
            name,
            report.megabytes(one["bytes"]),
            one["bytes"] / one["text_bytes"],
            ours / one["bytes"],
        ]
        for name, one in figures.items()
    ]
    print(report.table(["", "MB", "per text byte", f"{setup.ours} / it"], rows))
    return figures
