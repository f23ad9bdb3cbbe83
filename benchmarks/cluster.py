"""One archive in a folder and on a cluster of OpenSearch, beside each other.

    python -m benchmarks.cluster CORPUS opensearch+http://127.0.0.1:9200/bench

Loads all articles into both, and asks both the same queries with a facet by month, in turn. Totals
and counts must be equal; how many of the first ten articles are the same ones is told. The index
must not be there yet; it is taken away at the end.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import searchlib as sl

_QUERIES = (
    "oil prices", '"interest rates"', "wheat NEAR/5 export", "bank* -japan",
    "date:1987-03 trade", "tariff OR quota", "dollar /s yen", "=banks", "profit~1",
    "atleast3 gold", "cocoa", "merger agreement", '"the bank of england"', "title:earnings",
    "(oil NEAR/3 price) NEAR/10 opec", "first50 president", "econom* growth", "health care reform",
    "senat* -budget", "water OR energy", "u.s. economy", "develo?ment",
)  # fmt: skip


def _loaded(archive: Any, corpus: str) -> str:
    started = time.perf_counter()
    report = archive.add(sl.read(corpus))
    took = time.perf_counter() - started
    size = archive.stats().bytes / 1e6
    rate = report.added / took
    return f"{report.added:,} articles in {took:.1f} s, {rate:,.0f} a second, {size:.0f} MB"


def _asked(archive: Any, query: str) -> tuple[float, Any, list[str]]:
    """How long a query takes, in seconds, its total and counts, and the best articles."""
    started = time.perf_counter()
    found = archive.search(query, facets=["date:month"])
    took = time.perf_counter() - started
    return took, (found.total, list(found.facets["date:month"])), [hit.id for hit in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=Path, help="a file of other queries, one a line")
    args = parser.parse_args()
    queries = args.queries.read_text().splitlines() if args.queries else _QUERIES
    with (
        tempfile.TemporaryDirectory() as path,
        sl.Archive.create(path) as folder,
        sl.ClusterArchive.create(args.address) as cluster,
    ):
        print("folder: ", _loaded(folder, args.corpus), flush=True)
        print("cluster:", _loaded(cluster, args.corpus), flush=True)
        best: dict[str, tuple[float, float]] = {}
        overlaps: dict[str, float] = {}
        for _ in range(args.rounds):
            for query in queries:
                (ours, expected, first), (theirs, found, other) = (
                    _asked(folder, query), _asked(cluster, query)
                )  # fmt: skip
                if found != expected:
                    raise SystemExit(f"{query}: {found} on the cluster, {expected} in the folder")
                old = best.get(query, (ours, theirs))
                best[query] = (min(ours, old[0]), min(theirs, old[1]))
                if first:
                    overlaps[query] = len({*first} & {*other}) / len(first)
        cluster._cluster.call("DELETE", "")
    medians = [1000 * statistics.median(times) for times in zip(*best.values(), strict=True)]
    print(f"{len(best)} queries, the best of {args.rounds} rounds, median in ms: "
          f"folder {medians[0]:.2f}, cluster {medians[1]:.1f}")  # fmt: skip
    print(f"the same articles of the first ten: {statistics.mean(overlaps.values()):.3f} in the "
          f"mean, {min(overlaps.values()):.2f} at least")  # fmt: skip


if __name__ == "__main__":
    main()
