"""Xapian, a search engine library in C++, through its Python bindings."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.corpus import Article, Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.queries import Query

_SLOTS = {"date": 0, "section": 1, "authors": 2, "source": 3, "id": 4}
_PREFIXES = {"title": "S", "body": "B"}
_MANY = "\x1f"  # separates the values of a field


class Xapian(Peer):
    """Every term stemmed and with positions; counts by match spies; dates in a value slot."""

    name = "xapian"
    package = "xapian"
    module = "xapian"

    def version(self) -> str:
        import xapian

        return str(xapian.version_string())

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        import xapian

        database = xapian.WritableDatabase(str(folder), xapian.DB_CREATE_OR_OVERWRITE)
        for batch in corpus.batches(commits):
            _add(database, batch)
            database.commit()
        database.close()

    def open(self, folder: Path) -> _Searcher:
        import xapian

        return _Searcher(xapian.Database(str(folder)), self.fields)

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        import xapian

        searcher = self.open(folder)
        start = time.perf_counter()
        database = xapian.WritableDatabase(str(folder), xapian.DB_OPEN)
        _add(database, articles)
        database.commit()
        searcher.database.reopen()
        total = searcher.search(query).total
        took = time.perf_counter() - start
        database.close()
        searcher.close()
        return took, total


def _add(database: Any, articles: Iterable[Article]) -> None:
    import xapian

    generator = xapian.TermGenerator()
    generator.set_stemmer(xapian.Stem("english"))
    generator.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)
    for article in articles:
        document = xapian.Document()
        generator.set_document(document)
        for field, prefix in _PREFIXES.items():
            generator.set_termpos(0)
            generator.index_text(article[field].encode(), 1, prefix)
        for field, slot in _SLOTS.items():
            values = article[field] if field == "authors" else [article[field]]
            if any(values):
                document.add_value(slot, _MANY.join(values))
            for value in values:
                if value and field in ("section", "authors", "source"):
                    document.add_boolean_term(f"X{field.upper()}:{value}"[:200])
        document.set_data(json.dumps(article))
        key = f"Q{article['id']}"
        document.add_boolean_term(key)
        database.replace_document(key, document)


class _Searcher:
    def __init__(self, database: Any, fields: tuple[str, ...]) -> None:
        import xapian

        self.database = database
        self._dates = xapian.RangeProcessor(_SLOTS["date"], "date:")
        self._parsers = {}
        for match, operator in (("all", xapian.Query.OP_AND), ("any", xapian.Query.OP_OR)):
            parser = self._parsers[match] = xapian.QueryParser()
            parser.set_database(database)
            parser.set_stemmer(xapian.Stem("english"))
            parser.set_stemming_strategy(xapian.QueryParser.STEM_ALL)
            parser.set_default_op(operator)
            parser.add_rangeprocessor(self._dates)
            for field in fields:
                parser.add_prefix("", _PREFIXES[field])

    def parse(self, query: Query) -> Any:
        text = quoted(query.words) if query.match == "phrase" else " ".join(query.words)
        if query.since:  # "~" sorts after the time that may follow the last day
            text += f" date:{query.since}..{query.until}~"
        return self._parsers["any" if query.match == "any" else "all"].parse_query(text)

    def search(self, query: Query, k: int = 10) -> Answer:
        import xapian

        enquire = xapian.Enquire(self.database)
        enquire.set_query(self.parse(query))
        spies = {field: xapian.ValueCountMatchSpy(_SLOTS[field]) for field in query.facets}
        for spy in spies.values():
            enquire.add_matchspy(spy)
        matches = enquire.get_mset(0, k, self.database.get_doccount())
        ids = [match.document.get_value(_SLOTS["id"]).decode() for match in matches]
        counts = {field: _split(spy) for field, spy in spies.items()}
        return Answer(matches.get_matches_estimated(), ids, counts)

    def close(self) -> None:
        self.database.close()


def _split(spy: Any) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for item in spy.values():
        for value in item.term.decode().split(_MANY):
            counts[value] += item.termfreq
    return dict(counts)
