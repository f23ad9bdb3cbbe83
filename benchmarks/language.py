"""Times of the query language: parsing a query, and running its more expensive kinds.

    python -m benchmarks.language [FILE.jsonl.gz]

Prints microseconds per query for parsing, and milliseconds (first, best of five) for searching the
articles of the file, or generated articles with 250,000 different words if none is given.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import searchlib as sl

PARSED = [
    "bank",
    "oil price opec",
    '"internet civilization" china date:2021..2022 -section:sports',
    "(rice OR wheat) price",
    "title:oil date:1987-03",
    "oil NEAR/5 price",
    "econom* growth",
]
SEARCHED = [
    "the NEAR/5 of",
    '"crude oil" NEAR/10 (price OR barrel)',
    "oil /s opec",
    "atleast5(oil)",
    "first20(oil)",
    "econom*",
    "wom?n",
    "*ation",
    "/gr[ae]y.*/",
    "colour~1",
    "colour~2",
    "a*",
]


def generated() -> Iterator[dict[str, Any]]:
    rng = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    words = ["".join(rng.choices(letters, range(26, 0, -1), k=8)) for _ in range(270_000)]
    common = ["the", "of", "oil", "price", "opec", "crude", "barrel", "women", "colour", "gray"]
    for number in range(9000):
        rare = words[number * 30 : number * 30 + 30]
        yield {"id": number, "body": " ".join(rare + rng.choices(common, k=60)) + "."}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sl.Archive.create(folder) as archive:
        archive.add(sl.read(*sys.argv[1:]) if len(sys.argv) > 1 else generated())
        archive.optimize()
        for query in PARSED:
            for _ in range(100):
                archive.parse(query)
            started = time.perf_counter()
            for _ in range(1000):
                archive.parse(query)
            print(f"{(time.perf_counter() - started) * 1000:8.1f} us  {query}")
        for query in SEARCHED:
            times = []
            for _ in range(5):
                started = time.perf_counter()
                try:
                    outcome = f"{archive.search(query).total:,}"
                except sl.QueryError as error:
                    outcome = error.code
                times.append((time.perf_counter() - started) * 1000)
            print(f"{times[0]:8.1f} {min(times):8.2f} ms  {query}: {outcome}")


if __name__ == "__main__":
    main()
