"""Counts by value, filters and timelines beside Tantivy's aggregations and DuckDB.

    python -m benchmarks.counting ../shared/corpora/senate_press.jsonl.gz [--rounds 7]

Each task is asked of each in turn, round after round, with the same words: in DuckDB a table of
(word, article) sorted by word takes the place of an index of texts. All answers must be equal, but
for Tantivy's months: it has none, so it counts periods of 30 days there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import searchlib as sl

_WORDS = re.compile(r"[a-z]{3,12}")
_TASKS = ("facet", "months", "filter", "timeline")


def _records(path: Path) -> list[dict[str, Any]]:
    """The articles, each word of the text once: what is measured is counting."""
    records = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            article = json.loads(line)
            authors = article.get("authors") or []
            first = authors[0] if authors else article.get("section") or "none"
            words = sorted(set(_WORDS.findall(article.get("body", "").lower())))
            records.append({
                "id": str(number), "body": " ".join(words), "author": str(first).lower(),
                "date": (article.get("date") or "2000-01-01")[:10],
            })  # fmt: skip
    return records


class Ours:
    """searchlib, with the options of its manual."""

    def __init__(self, records: Sequence[dict[str, Any]], folder: Path) -> None:
        schema = sl.Schema(
            id=sl.Key(), body=sl.Text(language=""), author=sl.Keyword(), date=sl.Date()
        )
        self.archive = sl.Archive.create(folder / "ours", schema)
        self.archive.add(records)
        self.archive.optimize()

    def facet(self, word: str) -> dict[str, int]:
        return dict(self.archive.search(word, limit=0, facets=["author"]).facets["author"])

    def months(self, word: str) -> dict[str, int]:
        facet = "date:month"
        return dict(self.archive.search(word, limit=0, facets=[facet]).facets[facet])

    def filter(self, word: str, authors: Sequence[str]) -> int:
        return self.archive.search(word, limit=0, filters={"author": authors}).total

    def timeline(self, words: Sequence[str]) -> int:
        return sum(map(sum, self.archive.timeline(words, by="year").counts.values()))


class Tantivy:
    """Tantivy's aggregations, by its Python package."""

    def __init__(self, records: Sequence[dict[str, Any]], folder: Path) -> None:
        import datetime

        import tantivy

        self.package = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", tokenizer_name="default")
        builder.add_text_field("author", tokenizer_name="raw", fast=True)
        builder.add_date_field("date", fast=True, indexed=True)
        self.schema = builder.build()
        (folder / "tantivy").mkdir()
        index = tantivy.Index(self.schema, str(folder / "tantivy"))
        writer = index.writer(256_000_000, 1)
        for record in records:
            document = tantivy.Document(body=record["body"], author=record["author"])
            day = datetime.datetime.fromisoformat(record["date"])
            document.add_date("date", day.replace(tzinfo=datetime.UTC))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.index, self.searcher = index, index.searcher()

    def _query(self, word: str) -> Any:
        return self.package.Query.term_query(self.schema, "body", word)

    def facet(self, word: str) -> dict[str, int]:
        asked = {"a": {"terms": {"field": "author", "size": 10_000}}}
        found = self.searcher.aggregate(self._query(word), asked)["a"]["buckets"]
        return {one["key"]: one["doc_count"] for one in found}

    def months(self, word: str) -> dict[str, int]:
        return self._periods(self._query(word))

    def _periods(self, query: Any, days: int = 30) -> dict[str, int]:
        asked = {"d": {"date_histogram": {"field": "date", "fixed_interval": f"{days}d"}}}
        found = self.searcher.aggregate(query, asked)["d"]["buckets"]
        return {str(one["key"]): one["doc_count"] for one in found}

    def filter(self, word: str, authors: Sequence[str]) -> int:
        package = self.package
        terms = package.Query.term_set_query(self.schema, "author", list(authors))
        both = [(package.Occur.Must, self._query(word)), (package.Occur.Must, terms)]
        query = package.Query.boolean_query(both)
        return int(self.searcher.search(query, 1, count=True).count)

    def timeline(self, words: Sequence[str]) -> int:
        self._periods(self.package.Query.all_query(), 365)
        return sum(sum(self._periods(self._query(word), 365).values()) for word in words)


class DuckDB:
    """DuckDB, an analytical database, with one thread and a table of words."""

    def __init__(self, records: Sequence[dict[str, Any]], folder: Path) -> None:
        import duckdb

        self.sql = duckdb.connect(str(folder / "duckdb.db"), config={"threads": 1})
        file = folder / "rows.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(record) + "\n" for record in records)
        self.sql.execute(
            f"create table articles as select id::int as doc, author, date::date as date, body "
            f"from read_json('{file}', maximum_object_size=100000000)"
        )
        self.sql.execute(
            "create table words as select word, doc from "
            "(select unnest(string_split(body, ' ')) as word, doc from articles) order by word, doc"
        )
        self.sql.execute("alter table articles drop column body")

    def _counts(self, what: str, word: str) -> dict[str, int]:
        rows = self.sql.execute(
            f"select {what} as value, count(*) from words join articles using (doc) "
            "where word = ? group by value", [word],
        ).fetchall()  # fmt: skip
        return dict(rows)

    def facet(self, word: str) -> dict[str, int]:
        return self._counts("author", word)

    def months(self, word: str) -> dict[str, int]:
        return self._counts("strftime(date, '%Y-%m')", word)

    def filter(self, word: str, authors: Sequence[str]) -> int:
        marks = ", ".join("?" * len(authors))
        row = self.sql.execute(
            "select count(*) from words join articles using (doc) where word = ? and "
            f"author in ({marks})", [word, *authors],
        ).fetchone()  # fmt: skip
        return int(row[0]) if row else 0

    def timeline(self, words: Sequence[str]) -> int:
        self.sql.execute("select year(date), count(*) from articles group by 1").fetchall()
        return sum(sum(self._counts("year(date)", word).values()) for word in words)


def _arguments(records: Sequence[dict[str, Any]], count: int) -> dict[str, list[tuple[Any, ...]]]:
    """What is asked: words from the commonest to rare ones, and authors."""
    frequency = Counter(word for record in records for word in record["body"].split())
    able = [word for word, n in frequency.most_common() if n >= 20]
    chance = random.Random(7)
    words = [able[int(len(able) ** chance.random()) - 1] for _ in range(count)]
    authors = [author for author, _ in Counter(r["author"] for r in records).most_common(40)]
    return {
        "facet": [(word,) for word in words],
        "months": [(word,) for word in words],
        "filter": [(word, chance.sample(authors, min(3, len(authors)))) for word in words],
        "timeline": [(chance.sample(sorted(set(words)), 3),) for _ in range(count // 2)],
    }


def _timed(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = call(*arguments)
    return time.perf_counter() - started, answer


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--words", type=int, default=40)
    options = parser.parse_args()
    records = _records(options.corpus)
    asked = _arguments(records, options.words)
    with tempfile.TemporaryDirectory() as folder:
        peers = [peer(records, Path(folder)) for peer in (Ours, Tantivy, DuckDB)]
        print(f"{len(records):,} articles; milliseconds: median and 99th percentile; ratio to ours")
        for task in _TASKS:
            times: list[list[float]] = [[] for _ in peers]
            for turn in range(options.rounds + 1):
                for arguments in asked[task]:
                    answers = []
                    for place, peer in enumerate(peers):
                        took, answer = _timed(getattr(peer, task), arguments)
                        answers.append(answer)
                        if turn:  # the first round warms all
                            times[place].append(took)
                    comparable = answers[::2] if task == "months" else answers
                    assert all(one == answers[0] for one in comparable), (task, arguments)
            for peer, one in zip(peers, times, strict=True):
                middle = statistics.median(one)
                tail = statistics.quantiles(one, n=100)[98]
                ratio = statistics.median(a / b for a, b in zip(times[0], one, strict=True))
                print(
                    f"{task:<9} {type(peer).__name__:<8} {middle * 1000:8.3f} {tail * 1000:8.3f} "
                    f"  ours/theirs {ratio:.2f}"
                )


if __name__ == "__main__":
    main()
