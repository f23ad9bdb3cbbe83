"""``python -m benchmarks``: runs every part on every peer, or those that are named."""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import (
    answering,
    corpus,
    growth,
    indexing,
    merging,
    plot,
    report,
    targets,
    threads,
)
from benchmarks.peers import PEERS
from benchmarks.setup import Setup, machine

_HERE = Path(__file__).resolve().parent
_PARTS: dict[str, Callable[[Setup], dict[str, Any]]] = {
    "indexing": indexing.indexing,
    "size": indexing.size,
    "queries": answering.queries,
    "parse": answering.parse,
    "segments": answering.segments,
    "merging": merging.merging,
    "processes": answering.processes,
    "threads": threads.threads,
    "growth": growth.growth,
}
_GROWTH_PEERS = ("searchlib", "tantivy")  # the slow ones take hours at a million articles


def main(arguments: list[str] | None = None) -> None:
    """Run the parts that the command line names."""
    parser = _parser()
    options = parser.parse_intermixed_args(arguments)
    if unknown := set(options.names) - {*_PARTS, *PEERS, "targets"}:
        parser.error(f"no part or peer: {', '.join(sorted(unknown))}")
    named_peers = tuple(name for name in PEERS if name in options.names)
    parts = [part for part in _PARTS if part in options.names]
    if not parts and options.names != ["targets"]:
        parts = list(_PARTS)
    setup = _setup(options, named_peers or tuple(PEERS))
    if parts:
        print("# Benchmarks\n")
        about = machine(setup)
        for key, value in about.items():
            print(f"- {key}: {value}")
        if not setup.peers:
            raise SystemExit("none of these peers is installed")
    for part in parts:
        part_setup = setup
        if part == "growth" and not named_peers:
            part_setup = dataclasses.replace(setup, peer_names=_GROWTH_PEERS)
            if not part_setup.peers:
                continue
        _run(part, part_setup, about)
        if part in ("indexing", "size"):
            for name in options.corpus.split(",")[1:]:
                _run(part, dataclasses.replace(setup, corpus_name=name), about)
    report.heading("Targets")
    targets.show()


def _run(part: str, setup: Setup, about: dict[str, Any]) -> None:
    corpus_name = "synthetic" if part == "growth" else setup.corpus.name
    report.heading(f"{part} ({corpus_name})")
    figures = _PARTS[part](setup)
    report.save(part, corpus_name, about, figures)
    if part == "queries":
        path = report.RESULTS / f"queries-{corpus_name}.png"
        print(f"\nPlot: {plot.classes(figures['classes'], setup.ours, path)}")


def _setup(options: argparse.Namespace, names: tuple[str, ...]) -> Setup:
    return Setup(
        peer_names=names,
        corpus_name=options.corpus.split(",")[0],
        limit=options.limit,
        per_kind=options.queries,
        rounds=options.rounds,
        seed=options.seed,
        fields=tuple(options.fields.split(",")),
        work=Path(options.work),
        fresh=options.fresh,
        reuse=options.reuse,
        sizes=tuple(int(size) for size in options.sizes.split(",")),
        commits=options.commits,
        seconds=options.seconds,
        pairs=options.pairs,
    )


def _parser() -> argparse.ArgumentParser:
    known = corpus.names()
    real = [name for name in ("senate_press", "reuters21578") if name in known]
    default = ",".join(real) or "synthetic"
    work = os.environ.get("SEARCHLIB_BENCHMARKS_WORK", str(_HERE / ".work"))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures searchlib beside other search libraries. Names select parts and "
        "peers; without names everything runs.",
        epilog=f"parts: {', '.join(_PARTS)}, targets (compares saved results with them); "
        f"peers: {', '.join(PEERS)}; corpora: {', '.join(known)}",
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="part|peer")
    add(
        "--corpus",
        default=default,
        help=f"default {default}; further ones are used for indexing and size only",
    )
    add("--limit", type=int, help="use only the first LIMIT articles")
    add("--queries", type=int, default=200, help="queries of each class (default %(default)s)")
    add("--rounds", type=int, default=7, help="timed rounds (default %(default)s)")
    add("--seed", type=int, default=1, help="of queries and synthetic articles")
    add("--fields", default="body", help="text fields searched: body, or title,body")
    add("--sizes", default="10000,100000,1000000", help="articles of growth (%(default)s)")
    add(
        "--commits",
        type=int,
        default=50,
        help="commits of segments and merging (default %(default)s)",
    )
    add(
        "--seconds",
        type=float,
        default=10,
        help="of each run of processes and threads",
    )
    add(
        "--pairs",
        action="store_true",
        help="interleave each peer with searchlib alone",
    )
    add("--work", default=work, help="directory for corpora and archives")
    add("--fresh", action="store_true", help="rebuild all archives")
    add("--reuse", action="store_true", help="keep searchlib's archives when its code changes")
    return parser


if __name__ == "__main__":
    main()
