"""The project's performance targets, and whether the saved results reach them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks import report
from benchmarks.comparison import COUNTED

Verdict = tuple[str, float, float, bool]  # label, measured, target, whether more is better


def verdicts() -> list[Verdict]:
    """One verdict for each target that the saved results cover."""
    verdicts: list[Verdict] = []
    for part, judge in _JUDGES.items():
        for corpus, figures in report.load(part):
            for label, value, target, more in judge(figures):
                verdicts.append((f"{label} [{corpus}]", value, target, more))
    return verdicts


def show() -> None:
    """Print the verdicts as a table."""
    rows = []
    for label, value, target, more in verdicts():
        reached = value >= target if more else value <= target
        sign = ">=" if more else "<="
        rows.append([label, float(value), f"{sign} {target:g}", "yes" if reached else "NO"])
    print(report.table(["target", "measured", "required", "reached"], rows))


def _queries(figures: dict[str, Any]) -> Iterator[Verdict]:
    classes = figures["classes"]
    if figures["ours"] != "searchlib":
        return
    yield from _against_tantivy(classes, "tantivy", 1.0)
    for peer, most in (("whoosh", 0.01), ("fts5", 1.0), ("xapian", 1.0), ("bm25s", 1.0)):
        for kind in COUNTED:
            figure = classes.get(kind, {}).get(peer, {})
            if figure.get("queries"):
                yield f"{kind}: time / {peer}'s, geometric mean", figure["ratio"], most, False
    if classes["all"].get("lucene", {}).get("queries"):
        yield "all classes: time / lucene's", classes["all"]["lucene"]["ratio"], 1.0, False


def _against_tantivy(classes: dict[str, Any], peer: str, tolerance: float) -> Iterator[Verdict]:
    for kind in COUNTED:
        figure = classes.get(kind, {}).get(peer, {})
        if figure.get("queries"):
            yield f"{kind}: time / {peer}'s, geometric mean", figure["ratio"], tolerance, False
            yield f"{kind}: p99 / {peer}'s", figure["ratio_p99"], 2 * tolerance, False
    figure = classes.get("all", {}).get(peer, {})
    if figure.get("queries"):
        yield f"all classes: time / {peer}'s", figure["ratio"], 0.8 * tolerance, False


def _segments(figures: dict[str, Any]) -> Iterator[Verdict]:
    if figures and figures["ours"].startswith("searchlib"):
        for label, value, target, more in _against_tantivy(figures["classes"], "tantivy", 1.5):
            yield f"many commits, {label}", value, target, more


def _indexing(figures: dict[str, Any]) -> Iterator[Verdict]:
    ours = figures.get("searchlib")
    if not ours:
        return
    for peer, least in (("tantivy", 1.0), ("fts5", 1.0), ("whoosh", 40.0)):
        if peer in figures:
            yield f"articles a second / {peer}'s", ours["rate"] / figures[peer]["rate"], least, True
    yield "memory while indexing, MB", ours["peak_memory"] / 2**20, 512, False


def _size(figures: dict[str, Any]) -> Iterator[Verdict]:
    if "searchlib" in figures and "tantivy" in figures:
        ratio = figures["searchlib"]["bytes"] / figures["tantivy"]["bytes"]
        yield "size / tantivy's", ratio, 1.0, False


def _growth(figures: dict[str, Any]) -> Iterator[Verdict]:
    sizes = figures.get("searchlib", {})
    for articles, figure in sizes.items():
        at = f"at {int(articles):,} articles"
        yield f"open, ms, {at}", figure["open_ms"], 50, False
        yield f"add 100 and find them, ms, {at}", figure["append_ms"], 250, False
        yield f"memory while indexing, MB, {at}", figure["peak_memory"] / 2**20, 512, False
    if len(sizes) > 1:
        small, large = (min(sizes, key=int), max(sizes, key=int))
        for kind in ("one word", "any of 2", "any of 4"):
            low, high = (sizes[n]["classes"][kind]["p50_us"] for n in (small, large))
            grown = int(large) / int(small)
            yield f"{kind}: median's growth / that of the archive", high / low / grown, 0.5, False


def _parse(figures: dict[str, Any]) -> Iterator[Verdict]:
    if ours := figures.get("searchlib"):
        yield "parsing, us", ours["parse_us"], 50, False
        yield "a search without hits, us", ours["nothing_us"], 100, False


def _threads(figures: dict[str, Any]) -> Iterator[Verdict]:
    if ours := figures.get("searchlib"):
        yield "searches of two threads / of one", ours["ratio"], 1.7, True


def _processes(figures: dict[str, Any]) -> Iterator[Verdict]:
    if ours := figures.get("searchlib"):
        yield "searches of two processes / of one", ours["two"] / ours["one"], 1.8, True
        one = ours["memory_one"].get("archive", 0)
        two = sum(memory.get("archive", 0) for memory in ours["memory_two"])
        if one:
            yield "pages of the archive, two processes / one", two / one, 1.2, False


_JUDGES = {
    "queries": _queries,
    "indexing": _indexing,
    "size": _size,
    "growth": _growth,
    "parse": _parse,
    "segments": _segments,
    "processes": _processes,
    "threads": _threads,
}
