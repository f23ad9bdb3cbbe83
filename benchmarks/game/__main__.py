"""The game: ``python -m benchmarks.game run ARTICLES QUERIES``.

``build ENGINE FOLDER`` makes an index of the JSON lines on standard input, as the game's
``build_index`` does; ``query ENGINE FOLDER`` reads its lines, a command, a tab and a query, and
prints a number for each. ``run`` makes the index of each engine, asks all of them each query with
each command in turn, several times over, and prints how the least times compare.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, TextIO

from benchmarks import report
from benchmarks.game.engines import COMMANDS, ENGINES, Lucene, plain_text

#: By class: what all queries are divided into.
_CLASSES = ("all", "union", "intersection", "phrase", "negated", "intersection_union")


def main(arguments: list[str] | None = None) -> None:
    """Build, query or run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.game", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for action in ("build", "query"):
        part = actions.add_parser(action)
        part.add_argument("engine", choices=ENGINES)
        part.add_argument("folder", type=Path)
        part.add_argument("--nanoseconds", action="store_true", help="print the time too")
    part = actions.add_parser("run")
    part.add_argument("articles", type=Path, help="JSON lines of articles")
    part.add_argument("queries", type=Path, help="the game's queries.txt")
    part.add_argument("--rounds", type=int, default=10)
    part.add_argument("--work", type=Path, help="where the indexes are kept")
    options = parser.parse_args(arguments)
    if options.action == "build":
        texts = (json.loads(line).get("body") or "" for line in sys.stdin)
        ENGINES[options.engine].build(map(plain_text, texts), options.folder)
    elif options.action == "query" and options.engine == "lucene":  # which prints the time too
        subprocess.run(Lucene.command("query", options.folder), check=True)
    elif options.action == "query":
        _answer(ENGINES[options.engine](options.folder), sys.stdin, timed=options.nanoseconds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _run(options.articles, options.queries, options.rounds, options.work or Path(folder))


def _answer(engine: Any, lines: TextIO, *, timed: bool) -> None:
    for line in lines:
        command, _, query = line.rstrip("\n").partition("\t")
        if command not in COMMANDS:
            print("UNSUPPORTED", flush=True)
            continue
        start = time.perf_counter_ns()
        number = engine.answer(command, query)
        took = time.perf_counter_ns() - start
        print(f"{number} {took}" if timed else number, flush=True)


class _Player:
    """An engine in a process of its own."""

    def __init__(self, engine: str, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.game", "query", engine, str(folder)]
        self._process = subprocess.Popen(
            [*command, "--nanoseconds"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, command: str, query: str) -> tuple[int, float]:
        """The answer, and the microseconds that it took within the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\t{query}\n")
        self._process.stdin.flush()
        number, took = self._process.stdout.readline().split()
        return int(number), int(took) / 1e3

    def close(self) -> None:
        self._process.communicate()


def _run(articles: Path, queries: Path, rounds: int, work: Path) -> None:
    asked = [json.loads(line) for line in queries.read_text().splitlines()]
    for engine in ENGINES:
        if not (work / engine).exists():
            ENGINES[engine].build(map(plain_text, _texts(articles)), work / engine)
    players = {engine: _Player(engine, work / engine) for engine in ENGINES}
    least: dict[tuple[str, str, int], float] = {}
    answers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for command in COMMANDS:
        # All queries to one engine and then to the other, as the game does: caches stay warm.
        for _, (engine, player) in product(range(rounds), players.items()):
            for number, one in enumerate(asked):
                answer, took = player.ask(command, one["query"])
                answers[command, one["query"]].add(answer)
                key = engine, command, number
                least[key] = min(took, least.get(key, took))
    different = [asked for asked, found in answers.items() if len(found) > 1]
    for player in players.values():
        player.close()
    _print(asked, least, different)


def _texts(articles: Path) -> Iterator[str]:
    opened = gzip.open if articles.suffix == ".gz" else open
    with opened(articles, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line).get("body") or ""


def _print(
    asked: list[dict[str, Any]], least: dict[tuple[str, str, int], float], different: list[Any]
) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(asked):
        numbers["all"].append(number)
        for name in _CLASSES[1:]:
            if name in one["tags"] or any(tag.startswith(f"{name}:") for tag in one["tags"]):
                numbers[name].append(number)
    print(f"{len(asked)} queries; answers differ for {len(different)}: {sorted(different)[:5]}")
    ours, *peers = ENGINES
    for peer in peers:
        rows = []
        for command, name in product(COMMANDS, _CLASSES):
            mine, theirs = (
                [least[engine, command, number] for number in numbers[name]]
                for engine in (ours, peer)
            )
            ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
            rows.append([
                command,
                name,
                statistics.geometric_mean(ratios),
                _p99(mine) / _p99(theirs),
                statistics.geometric_mean(mine),
                statistics.geometric_mean(theirs),
                max(ratios),
            ])  # fmt: skip
        header = ["", "", "ratio", "p99 ratio", f"{ours} µs", f"{peer} µs", "worst ratio"]
        print(report.table(header, rows))


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


if __name__ == "__main__":
    main()
