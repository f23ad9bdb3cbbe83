"""What standing queries cost in a commit, beside running each of them.

    python -m benchmarks.watches reuters21578.jsonl.gz senate_press.jsonl.gz [--queries 100000]
        [--seed 1] [--sample 300] [--percolator 9200]

Queries are drawn with a seed from articles that are not matched: names and organizations in quotes,
alternatives, words near each other or in one sentence, prefixes, keywords, years, exclusions; a
tenth are *broad*: all without a word, ``*tion``, a keyword or a year alone, any of 200 words. They
stand in an archive of other articles, to which batches are added that neither saw. Measured is the
CPU time of the alerts of a commit, the alerts themselves included, and what the queries take of
memory, in the process that reads them first and in another; beside it that of running some of them,
drawn by chance, one by one, over the articles of the last batch alone, times their number. With the
port of an OpenSearch node its percolator is asked the same queries about the articles of the last
batch, up to 1,000 at once.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import itertools
import json
import multiprocessing
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import searchlib as sl
from benchmarks.percolator import Percolator
from searchlib.index import index_writer
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.watches.alerting import find_alerts
from searchlib.watches.watch_list import encode_watches

_NAME = re.compile(r"\b[A-Z][a-z]{2,}(?: (?:of |for )?[A-Z][a-z]{2,}){1,3}\b")
_ORGANIZATION = re.compile(
    r"\b(?:[A-Z][A-Za-z]+ ){1,3}(?:Corp|Inc|Ltd|Co|Bank|Group|Committee|Department|Agency|Union)\b"
)
_WORD = re.compile(r"\b[a-z]{4,14}\b")
_LEARNT = 6000  # articles of a corpus that queries are drawn from
_SIZES = (1, 10, 100, 1000)  # of batches


def articles(corpus: Path, *, learn: bool) -> Iterator[dict[str, Any]]:
    """All but every seventh article of a corpus to draw queries from, or those that are matched."""
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if (number % 7 != 0) == learn:
                record = json.loads(line)
                if len(record.get("body", "")) > 200:
                    yield record


class Queries:
    """Random queries about a corpus."""

    def __init__(self, records: Sequence[dict[str, Any]], chance: random.Random) -> None:
        self._chance = chance
        self._texts = [" ".join(record["body"].split()) for record in records]
        self._texts = [text for text in self._texts if len(_WORD.findall(text)) >= 12]
        frequency = Counter(word for text in self._texts for word in set(_WORD.findall(text)))
        self._words = [word for word, count in frequency.items() if count >= 3]
        self._telling = [word for word in self._words if frequency[word] <= len(records) / 10]
        self._names = self._common(_NAME)
        self._organizations = self._common(_ORGANIZATION)
        values: Counter[tuple[str, str]] = Counter()
        for record, name in itertools.product(records, ("places", "topics", "section", "source")):
            value = record.get(name) or []
            values.update((name, v) for v in ([value] if isinstance(value, str) else value))
        self._values = list(values.elements())
        self._years = [str(record["date"])[:4] for record in records if record.get("date")]

    def _common(self, pattern: re.Pattern[str]) -> list[str]:
        found = Counter(name for text in self._texts for name in pattern.findall(text))
        return [name for name, count in found.items() for _ in range(int(count**0.5))]

    def draw(self, *, broad: bool) -> str:
        """A query."""
        makers = _BROAD if broad else _NARROW
        [make] = self._chance.choices(list(makers), list(makers.values()))
        text: str = make(self)
        return text

    def name(self) -> str:
        """A name, as written."""
        return f'"{self._chance.choice(self._names)}"'

    def organization(self) -> str:
        """An organization, as written."""
        return f'"{self._chance.choice(self._organizations or self._names)}"'

    def word(self) -> str:
        """A word in any form."""
        word: str = self._chance.choice(self._telling)
        return word

    def term(self) -> str:
        """One of these."""
        return self._chance.choice([self.name, self.organization, self.word])()

    def alternatives(self) -> str:
        """Any of 3 to 15 words and names."""
        count = self._chance.randint(3, 15)
        parts = [self.name() if self._chance.random() < 0.25 else self.word() for _ in range(count)]
        return f"({' OR '.join(parts)})"

    def near(self) -> str:
        """Two words of one text near each other, or in one sentence."""
        words = _WORD.findall(self._chance.choice(self._texts))
        place = self._chance.randrange(len(words) - 7)
        operator = self._chance.choice(["NEAR/5", "NEAR/10", "NEAR/15", "W/5", "/s"])
        return f"{words[place]} {operator} {words[place + self._chance.randint(1, 6)]}"

    def prefix(self) -> str:
        """The beginning of a word, and mostly a word."""
        word = next(w for w in iter(self.word, None) if len(w) > 6)
        start = word[: self._chance.randint(5, len(word) - 1)]
        return f"{start}* {self.word()}" if self._chance.random() < 0.6 else f"{start}*"

    def value(self) -> str:
        """A keyword."""
        name, value = self._chance.choice(self._values)
        return f'{name}:"{value}"'.replace('""', '"')

    def filtered(self) -> str:
        """A keyword, or since a year, and one more thing."""
        year = f"date:{self._chance.choice(self._years)}.."
        return f"{self.value() if self._chance.random() < 0.8 else year} {self.term()}"

    def excluding(self) -> str:
        """A thing without two others."""
        return f"{self.term()} -{self.word()} -{self.name()}"

    def without(self) -> str:
        """All without a word."""
        return f"-{self.word()}"

    def ending(self) -> str:
        """The end of a word."""
        return f"*{self._chance.choice(self._words)[-self._chance.randint(4, 5) :]}"

    def year(self) -> str:
        """A month of a year, or since then."""
        text = f"date:{self._chance.choice(self._years)}-{self._chance.randint(1, 12):02}"
        return self._chance.choice([text, f"{text}.."])

    def any_of_200(self) -> str:
        """Any of 200 words."""
        return " OR ".join(self._chance.sample(self._words, 200))


_Makers = dict[Callable[[Queries], str], int]
_NARROW: _Makers = {
    Queries.name: 28, Queries.organization: 14, Queries.alternatives: 10, Queries.near: 10,
    lambda q: f"{q.name()} {q.word()}": 8, lambda q: f"{q.alternatives()} {q.term()}": 10,
    Queries.prefix: 5, Queries.filtered: 7, Queries.excluding: 8,
}  # fmt: skip
_BROAD: _Makers = {
    Queries.without: 1, Queries.ending: 1, Queries.any_of_200: 1,
    lambda q: q.value() if q._chance.random() < 0.5 else q.year(): 1,
}  # fmt: skip


def memory() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--broad", type=float, default=0.1, help="the share of broad queries")
    parser.add_argument("--sample", type=int, default=300, help="queries that are run one by one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--percolator", type=int, help="the port of an OpenSearch node")
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="of batches")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    index_writer._MAX_ALERTS = 1 << 40  # of the broad queries
    with tempfile.TemporaryDirectory() as folder:
        archive = sl.Archive.create(Path(folder, "archive"))
        learnt = [
            list(itertools.islice(articles(corpus, learn=True), _LEARNT))
            for corpus in arguments.corpora
        ]
        archive.add(
            {**record, "id": f"learnt-{n}"} for n, record in enumerate(itertools.chain(*learnt))
        )
        drawn = [Queries(records, chance) for records in learnt]
        texts = [
            chance.choice(drawn).draw(broad=chance.random() < arguments.broad)
            for _ in range(arguments.queries)
        ]
        with IndexWriter(archive._store) as writer:
            watches = (sl.Watch(f"q{n}", text) for n, text in enumerate(texts))
            writer.put_watches(encode_watches(watches))
            writer.commit(merge=False)
        _measure(archive, arguments, texts, chance)


def _measure(archive: Any, arguments: Any, texts: list[str], chance: random.Random) -> None:
    seconds: list[float] = []

    def timed(*args: Any) -> Any:
        start = time.process_time()
        rows = find_alerts(*args)
        seconds.append(time.process_time() - start)
        return rows

    IndexStore.alert_finder = staticmethod(timed)
    del texts[200_000:]
    gc.collect()
    before = memory()
    archive.add([{"id": "first", "title": "The first commit reads the queries"}])
    gc.collect()
    print(f"{len(texts):,} queries: read in {seconds[-1]:.1f} s, {memory() - before:.0f} MB")
    # Another process has the programs from a file.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        took, megabytes = pool.apply(_first_commit, (archive.path,))
        print(f"read in another process in {took:.2f} s, {megabytes:.0f} MB")
    print("| articles | words | batch | alerts | ms an article | ms a commit |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    last, whole = list[str](), 0.0
    for corpus in arguments.corpora:
        matched = articles(corpus, learn=False)
        for size in arguments.sizes:
            figures = []
            for _ in range(5 if size < 1000 else 2):
                batch = [
                    {**record, "id": f"{corpus.stem}-{size}-{len(seconds)}-{n}"}
                    for n, record in enumerate(itertools.islice(matched, size))
                ]
                if len(batch) < size:
                    break
                began = time.process_time()
                report = archive.add(batch)
                whole = time.process_time() - began
                figures.append((seconds[-1] * 1e3, report.alert_count))
                last = [record["id"] for record in batch]
            middle, alerts = sorted(figures)[(len(figures) - 1) // 2]
            words = sum(len(archive[key]["body"].split()) for key in last) / len(last)
            print(
                f"| {corpus.name.partition('.')[0]} | {words:.0f} | {size:,} | {alerts:,} | "
                f"{middle / size:.2f} | {middle:.1f} |"
            )
    print(f"the whole of the last commit took {whole / len(last) * 1e3:.2f} ms an article")
    if arguments.percolator is not None:
        _percolate(archive, texts, last, arguments.percolator)
    _run_each(archive, texts, last, arguments.sample, chance)


def _first_commit(path: str) -> tuple[float, float]:
    """How long the first commit of a process takes, in seconds, and what the queries take of
    memory."""
    with sl.open(path) as archive:
        before, start = memory(), time.process_time()
        archive.add([{"id": "second", "title": "The first commit reads the queries"}])
        took = time.process_time() - start
        gc.collect()
        return took, memory() - before


def _percolate(archive: Any, texts: list[str], last: list[str], port: int) -> None:
    """Ask the percolator of OpenSearch the same."""
    trees = [archive.parse(text).query for text in texts]
    with Percolator(port) as percolator:
        took = percolator.add(trees)
        print(f"percolator: {percolator.count:,} of {len(texts):,} queries kept in {took:.1f} s")
        batch = [archive[key] for key in last]
        for _ in range(2):
            computed, took, pairs = percolator.match(batch)
            print(
                f"percolator: {computed / len(batch) * 1e3:.2f} ms of CPU an article, in "
                f"{took / len(batch) * 1e3:.2f}; {pairs:,} alerts"
            )


def _run_each(
    archive: Any, texts: list[str], last: list[str], sample: int, chance: random.Random
) -> None:
    """Run some of the queries one by one over the articles of the last batch, as an archive."""
    with tempfile.TemporaryDirectory() as folder, sl.Archive.create(folder) as batch:
        batch.add(archive[key] for key in last)
        some = chance.sample(texts, min(sample, len(texts)))
        trees = [batch.parse(text).query for text in some]
        snapshot = batch.snapshot()
        searcher = snapshot._view._searcher
        start = time.process_time()
        for tree in trees:
            searcher.matches(tree)
        each = (time.process_time() - start) / len(trees)
        total = each * len(texts) / len(last) * 1e3
        print(f"running each: {each * 1e6:.0f} µs a query, {total:.1f} ms an article")


if __name__ == "__main__":
    main()
