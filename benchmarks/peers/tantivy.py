"""Tantivy, a search engine library in Rust, through its Python package."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import Article, Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.queries import Query


class Tantivy(Peer):
    """Used as in its manual: ids come from the stored document.

    Two indexing threads, 256 MB of buffer, segments as its merge policy leaves them.
    """

    name = "tantivy"
    package = "tantivy"
    module = "tantivy"

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        import tantivy

        index = tantivy.Index(_schema(), str(folder))
        writer = index.writer(256_000_000, 2)
        for batch in corpus.batches(commits):
            for article in batch:
                writer.add_document(_document(article))
            writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> _Searcher:
        import tantivy

        return _Searcher(tantivy.Index.open(str(folder)), self.fields)

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        searcher = self.open(folder)
        start = time.perf_counter()
        writer = searcher.index.writer(256_000_000, 2)
        for article in articles:
            writer.delete_documents("id", article["id"])  # an upsert, as in searchlib
            writer.add_document(_document(article))
        writer.commit()
        searcher.refresh()
        total = searcher.search(query).total
        took = time.perf_counter() - start
        writer.wait_merging_threads()
        return took, total


class BareTantivy(Tantivy):
    """Tantivy without fetching ids from its doc store: a lower bound of its time."""

    name = "tantivy_bare"
    archive = "tantivy"

    def supports(self, query: Query) -> bool:
        return not query.facets

    def open(self, folder: Path) -> _Searcher:
        import tantivy

        return _BareSearcher(tantivy.Index.open(str(folder)), self.fields)


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for field in ("title", "body"):
        builder.add_text_field(field, stored=True, tokenizer_name="en_stem")
    for field in ("source", "section", "authors"):
        builder.add_text_field(field, stored=True, tokenizer_name="raw", fast=True)
    builder.add_date_field("date", stored=True, fast=True, indexed=True)
    return builder.build()


def _document(article: Article) -> Any:
    import tantivy

    document = tantivy.Document(**{k: v for k, v in article.items() if k != "date" and v})
    if article["date"]:
        document.add_date("date", datetime.datetime.fromisoformat(article["date"]))
    return document


class _Searcher:
    def __init__(self, index: Any, fields: tuple[str, ...]) -> None:
        self.index = index
        self.fields = list(fields)
        self.refresh()

    def refresh(self) -> None:
        self.index.reload()
        self.searcher = self.index.searcher()

    def parse(self, query: Query) -> Any:
        return self.index.parse_query(_text(query), self.fields)

    def search(self, query: Query, k: int = 10) -> Answer:
        parsed = self.parse(query)
        results = self.searcher.search(parsed, k, count=True)
        ids = [self.searcher.doc(address)["id"][0] for _, address in results.hits]
        if not query.facets:
            return Answer(results.count, ids)
        terms = {f: {"terms": {"field": f, "size": 10_000}} for f in query.facets}
        buckets = self.searcher.aggregate(parsed, terms)
        counts = {
            field: {b["key"]: b["doc_count"] for b in buckets[field]["buckets"]}
            for field in query.facets
        }
        return Answer(results.count, ids, counts)

    def close(self) -> None:
        del self.searcher, self.index


class _BareSearcher(_Searcher):
    #: Nanoseconds of the last search without the ids.
    elapsed: int

    def search(self, query: Query, k: int = 10) -> Answer:
        start = time.perf_counter_ns()
        results = self.searcher.search(self.parse(query), k, count=True)
        self.elapsed = time.perf_counter_ns() - start
        ids = [self.searcher.doc(address)["id"][0] for _, address in results.hits]
        return Answer(results.count, ids)


def _text(query: Query) -> str:
    if query.match == "phrase":
        return quoted(query.words)
    if query.match == "any":
        return " ".join(query.words)
    text = " ".join(f"+{word}" for word in query.words)
    if query.since:
        text += f" +date:[{query.since}T00:00:00Z TO {query.until}T23:59:59Z]"
    return text
