"""searchlib itself."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import Article, Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.queries import Query


class Searchlib(Peer):
    """The library that this suite belongs to."""

    name = "searchlib"
    package = "searchlib"
    module = "searchlib"

    def version(self) -> str:
        try:
            return super().version()
        except ImportError:
            return "in place"

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        import searchlib as sl

        schema = sl.Schema(
            id=sl.Key(),
            title=sl.Text(searched="title" in self.fields),
            body=sl.Text(searched="body" in self.fields),
            date=sl.Date(),
            source=sl.Keyword(),
            section=sl.Keyword(),
            authors=sl.Keyword(many=True),
        )
        with sl.Archive.create(folder, schema) as archive:
            if commits == 1:
                reports = [archive.add(sl.read(corpus.path))]
            else:
                reports = [archive.add(batch) for batch in corpus.batches(commits)]
        rejected = [record for report in reports for record in report.rejected]
        if rejected:
            print(f"  {len(rejected)} rejected: {rejected[0]}", file=sys.stderr)

    def open(self, folder: Path) -> _Searcher:
        import searchlib as sl

        return _Searcher(sl.Archive.open(folder), self.fields)

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        import searchlib as sl

        with sl.Archive.open(folder) as archive:
            archive.search("warm")
            start = time.perf_counter()
            archive.add(articles)
            total = archive.search(text_of(query)).total
            return time.perf_counter() - start, total


def text_of(query: Query) -> str:
    """The query in searchlib's language.

    >>> text_of(Query("dates", ("tax",), since="2006-01-02", until="2006-02-01"))
    'tax date:2006-01-02..2006-02-01'
    """
    text = quoted(query.words) if query.match == "phrase" else " ".join(query.words)
    return f"{text} date:{query.since}..{query.until}" if query.since else text


class _Searcher:
    def __init__(self, archive: Any, fields: tuple[str, ...]) -> None:
        self.archive = archive
        self.fields = fields

    def search(self, query: Query, k: int = 10) -> Answer:
        text: Any = self._any_form(query) if query.stems else text_of(query)
        match = "any" if query.match == "any" else "all"
        results = self.archive.search(text, limit=k, match=match, facets=list(query.facets))
        counts = {field: dict(results.facets[field]) for field in query.facets}
        return Answer(results.total, [hit.id for hit in results], counts)

    def parse(self, query: Query) -> object:
        match = "any" if query.match == "any" else "all"
        return self.archive.parse(text_of(query), match=match)

    def close(self) -> None:
        self.archive.close()

    def _any_form(self, query: Query) -> Any:
        """A phrase of stems, as the other libraries read a quoted phrase."""
        from whoosh.query import Or, Phrase

        schema = self.archive.schema.to_whoosh()
        phrases = []
        for field in self.fields:
            stems = [term for word in query.words for term in schema[field].process_text(word)]
            phrases.append(Phrase(field, stems))
        return phrases[0] if len(phrases) == 1 else Or(phrases)
