"""SQLite's FTS5, the full-text index of the database that comes with Python."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from benchmarks.corpus import Article, Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.queries import Query

_TABLES = """
CREATE TABLE articles (number INTEGER PRIMARY KEY, id TEXT UNIQUE, title TEXT, body TEXT,
    date TEXT, source TEXT, section TEXT);
CREATE TABLE authors (number INTEGER, name TEXT, PRIMARY KEY (number, name)) WITHOUT ROWID;
CREATE INDEX dates ON articles (date);
CREATE VIRTUAL TABLE words USING fts5 (title, body, content='articles', content_rowid='number',
    tokenize='porter unicode61');
"""
_MATCHES = "FROM words JOIN articles ON number = words.rowid WHERE words MATCH ?"
_DATED = " AND date >= ? AND date < date(?, '+1 day')"


class Fts5(Peer):
    """External content, `porter unicode61` tokenizer, bm25 order; counts by a second query."""

    name = "fts5"
    package = "sqlite3"
    module = "sqlite3"

    def missing(self) -> str:
        try:
            # A connection's own context manager ends the transaction, but does not close it.
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.execute("CREATE VIRTUAL TABLE t USING fts5 (a)")
        except sqlite3.Error as error:
            return str(error)
        return ""

    def version(self) -> str:
        return sqlite3.sqlite_version

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        with closing(sqlite3.connect(folder / "articles.db")) as connection:
            connection.executescript(_TABLES)
            connection.execute("PRAGMA cache_size = -262144")
            last = 0
            for batch in corpus.batches(commits):
                with connection:
                    last = _insert(connection, batch, last)

    def open(self, folder: Path) -> _Searcher:
        return _Searcher(sqlite3.connect(folder / "articles.db"), self.fields)

    def append(self, folder: Path, articles: list[Article], query: Query) -> tuple[float, int]:
        with closing(self.open(folder)) as searcher:
            start = time.perf_counter()
            with searcher.connection as connection:
                ids = [article["id"] for article in articles]
                marks = ",".join("?" * len(ids))
                known = connection.execute(
                    f"SELECT count(*) FROM articles WHERE id IN ({marks})", ids
                )
                assert known.fetchone() == (0,)
                (last,) = connection.execute("SELECT max(number) FROM articles").fetchone()
                _insert(connection, articles, last)
            total = searcher.search(query).total
            return time.perf_counter() - start, total


def _insert(connection: sqlite3.Connection, articles: Iterable[Article], last: int) -> int:
    for last, a in enumerate(articles, last + 1):  # noqa: B020 (numbering continues)
        connection.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)",
            (last, a["id"], a["title"], a["body"], a["date"] or None, a["source"], a["section"]),
        )
        connection.execute("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
                           (last, a["title"], a["body"]))  # fmt: skip
        connection.executemany(
            "INSERT OR IGNORE INTO authors VALUES (?, ?)", [(last, n) for n in a["authors"]]
        )
    return last


class _Searcher:
    def __init__(self, connection: sqlite3.Connection, fields: tuple[str, ...]) -> None:
        self.connection = connection
        self._columns = f"{{{' '.join(fields)}}} : "

    def parse(self, query: Query) -> str:
        """Only builds the text: FTS5 parses it as part of each statement."""
        words = [f'"{word}"' for word in query.words]
        if query.match == "phrase":
            return self._columns + quoted(query.words)
        return f"{self._columns}({(' OR ' if query.match == 'any' else ' AND ').join(words)})"

    def search(self, query: Query, k: int = 10) -> Answer:
        run = self.connection.execute
        text = self.parse(query)
        if query.since:
            parameters = (text, query.since, query.until)
            best = run(f"SELECT id {_MATCHES}{_DATED} ORDER BY rank LIMIT ?", (*parameters, k))
            total = run(f"SELECT count(*) {_MATCHES}{_DATED}", parameters)
        else:
            best = run(
                "SELECT id FROM (SELECT rowid AS n, rank AS r FROM words WHERE words MATCH ? "
                "ORDER BY rank LIMIT ?) JOIN articles ON number = n ORDER BY r",
                (text, k),
            )
            total = run("SELECT count(*) FROM words WHERE words MATCH ?", (text,))
        ids = [row[0] for row in best]
        counts = {field: self._counts(field, text) for field in query.facets}
        return Answer(total.fetchone()[0], ids, counts)

    def _counts(self, field: str, text: str) -> dict[str, int]:
        if field == "authors":
            rows = self.connection.execute(
                "SELECT name, count(*) FROM words JOIN authors ON number = words.rowid "
                "WHERE words MATCH ? GROUP BY name",
                (text,),
            )
        else:
            rows = self.connection.execute(
                f"SELECT {field}, count(*) {_MATCHES} AND {field} <> '' GROUP BY {field}", (text,)
            )
        return dict(rows.fetchall())

    def close(self) -> None:
        self.connection.close()
