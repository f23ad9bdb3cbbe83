"""Stock Whoosh: its own storage, its own searcher, its own query parser."""

from __future__ import annotations

import datetime
import os
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.corpus import Article, Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.peers.ours import Searchlib
from benchmarks.queries import Query


class Whoosh(Peer):
    """One writer process per core, 256 MB of buffer, stop words indexed."""

    name = "whoosh"
    package = "Whoosh"
    module = "whoosh"

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        from whoosh import index

        created = index.create_in(str(folder), schema())
        for batch in corpus.batches(commits):
            writer = created.writer(procs=os.cpu_count() or 1, limitmb=256)
            for article in batch:
                writer.add_document(**document(article))
            writer.commit()

    def open(self, folder: Path) -> _Searcher:
        from whoosh import index

        return _Searcher(index.open_dir(str(folder)), self.fields)

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        searcher = self.open(folder)
        start = time.perf_counter()
        writer = searcher.index.writer()
        for article in articles:
            writer.update_document(**document(article))
        writer.commit()
        searcher.refresh()
        total = searcher.search(query).total
        took = time.perf_counter() - start
        searcher.close()
        return took, total


class WhooshFace(Searchlib):
    """searchlib's archive as a Whoosh program sees it: ``archive.whoosh``, with Whoosh's parser,
    searcher and results, and the titles of the hits read."""

    name = "whoosh_face"
    archive = "searchlib"

    def open(self, folder: Path) -> _Searcher:
        import searchlib as sl

        return _Searcher(sl.Archive.open(folder).whoosh, self.fields)


def schema() -> Any:
    """The ``whoosh.fields.Schema`` of the articles."""
    from whoosh import analysis, fields

    def text() -> Any:
        analyzer = analysis.StemmingAnalyzer(stoplist=None, minsize=1)
        return fields.TEXT(analyzer=analyzer, phrase=True, stored=True)

    return fields.Schema(
        id=fields.ID(stored=True, unique=True),
        title=text(),
        body=text(),
        date=fields.DATETIME(stored=True),
        source=fields.ID(stored=True),
        section=fields.ID(stored=True),
        authors=fields.KEYWORD(stored=True, commas=True),
    )


def document(article: Article) -> dict[str, Any]:
    """The fields of an article as Whoosh takes them."""
    document = {k: v for k, v in article.items() if v and k not in ("date", "authors")}
    if article["authors"]:
        document["authors"] = ",".join(name.replace(",", " ") for name in article["authors"])
    if article["date"]:
        document["date"] = datetime.datetime.fromisoformat(article["date"])
    return document


class _Searcher:
    def __init__(self, index: Any, fields: tuple[str, ...]) -> None:
        self.index = index
        self.searcher = index.searcher()
        self._parsers = {match: parser(index, fields, match) for match in ("all", "any")}

    def refresh(self) -> None:
        self.searcher = self.searcher.refresh()

    def parse(self, query: Query) -> Any:
        return self._parsers["any" if query.match == "any" else "all"].parse(text_of(query))

    def search(self, query: Query, k: int = 10) -> Answer:
        from whoosh import sorting

        groupings = {f: sorting.FieldFacet(f, allow_overlap=f == "authors") for f in query.facets}
        results = self.searcher.search(self.parse(query), limit=k, groupedby=groupings or None)
        counts = {
            field: {str(v): len(docs) for v, docs in results.groups(field).items() if v}
            for field in query.facets
        }
        # When it counts groups, Whoosh returns more hits than the limit.
        return Answer(len(results), [hit["id"] for hit in islice(results, k)], counts)

    def close(self) -> None:
        self.searcher.close()
        self.index.close()


def parser(index: Any, fields: tuple[str, ...], match: str) -> Any:
    """Whoosh's parser of queries that find articles with "all" or "any" of their words."""
    from whoosh import qparser

    group = qparser.OrGroup if match == "any" else qparser.AndGroup
    return qparser.MultifieldParser(list(fields), index.schema, group=group)


def text_of(query: Query) -> str:
    """The query in the language of Whoosh's parser."""
    text = quoted(query.words) if query.match == "phrase" else " ".join(query.words)
    if query.since:
        text += f" date:[{query.since.replace('-', '')} TO {query.until.replace('-', '')}]"
    return text
