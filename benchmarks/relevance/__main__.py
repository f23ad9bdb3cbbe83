"""``python -m benchmarks.relevance [FOLDER ...]``: nDCG@10 of each library on the collections in
these folders, and the mean reciprocal rank of known headlines."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.relevance.collections import Collection, headlines, load
from benchmarks.relevance.engines import ENGINES
from benchmarks.relevance.measures import mean_difference_by_chance, ndcg, reciprocal_rank

#: The ids of the documents that were found, and the grades of those that were judged.
Measure = Callable[[Sequence[str], Mapping[str, int]], float]

_DEPTH = 10
_HEADLINES = 500
_SURE = 0.05  # the probability of chance below which a difference is marked


def main() -> None:
    """Run the benchmark and print its table."""
    corpora = Path(os.environ.get("SEARCHLIB_CORPORA", "../shared/corpora"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[corpora / "cranfield"])
    parser.add_argument("--engines", default="searchlib,searchlib best,tantivy,whoosh,bm25s")
    parser.add_argument("--reuters", type=Path, default=corpora / "reuters21578.jsonl.gz")
    options = parser.parse_args()
    names = options.engines.split(",")
    print(f"| collection | documents | queries | {' | '.join(names)} |")
    print(f"| --- | ---: | ---: |{' ---: |' * len(names)}", flush=True)
    rows = [_measure(load(folder), names, ndcg) for folder in options.folders]
    macro = [sum(row[n] for row in rows) / len(rows) for n in range(len(names))]
    print(f"| **macro nDCG@{_DEPTH}** | | | {' | '.join(f'{mean:.4f}' for mean in macro)} |")
    if options.reuters.exists():
        _measure(headlines(options.reuters, _HEADLINES), names, reciprocal_rank)


def _measure(collection: Collection, names: list[str], measure: Measure) -> list[float]:
    """Print the means of a collection, in the order of ``names``. A star marks those that differ
    from the first by more than chance."""
    values = []
    for name in names:
        search = ENGINES[name](collection.docs)
        by_query = []
        for query, text in collection.queries.items():
            words = " ".join(re.findall(r"\w+", text.lower()))
            by_query.append(measure(search(words, _DEPTH), collection.judgements[query]))
        values.append(by_query)
    means = [sum(one) / len(one) for one in values]
    cells = []
    for mean, one in zip(means, values, strict=True):
        star = "*" if mean_difference_by_chance(values[0], one) < _SURE else ""
        cells.append(f"{mean:.4f}{star}")
    counts = f"{len(collection.docs):,} | {len(collection.queries)}"
    print(f"| {collection.name} | {counts} | {' | '.join(cells)} |", flush=True)
    return means


if __name__ == "__main__":
    main()
