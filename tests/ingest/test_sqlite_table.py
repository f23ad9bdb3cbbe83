"""Tables of SQLite databases."""

from __future__ import annotations

import io
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.sources import read
from searchlib.ingest.sqlite_table import read_sqlite
from tests.ingest.parts import rejections, values


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "old stories" (nr INTEGER, headline TEXT, story BLOB)')
        connection.execute("INSERT INTO \"old stories\" VALUES (1, 'Rain', X'4974207261696E6564')")
        connection.execute("INSERT INTO \"old stories\" VALUES (2, NULL, 'Snow')")
    return path


def test_the_only_table(database: Path) -> None:
    before = database.read_bytes()
    assert list(read(database, fields={"id": "nr"})) == [
        Article(id="1", title="Rain", body="It rained", extra={"path": str(database)}),
        Article(id="2", body="Snow", extra={"path": str(database)}),
    ]
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == ["news.db"]


def test_one_of_the_tables(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE news (id, title)")
        connection.execute("INSERT INTO news VALUES ('n', 'Sun')")
    (rejected,) = read(database)
    assert isinstance(rejected, Rejected)
    assert rejected.why == f"which table? {database}#old stories, {database}#news"
    (article,) = read(f"{database}#news")
    assert article == Article(id="n", title="Sun", extra={"path": f"{database}#news"})
    (rejected,) = read(f"{database}#other")
    assert "which table?" in str(rejected)


def test_damaged_databases(database: Path) -> None:
    data = database.read_bytes()
    for cut in (100, 1000, 4096):
        assert len(rejections(read_sqlite, data[:cut])) == 1


def database_of(*statements: str) -> bytes:
    """The bytes of a database that these statements make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return path.read_bytes()


def test_rows_of_tables_and_views() -> None:
    data = database_of(
        'CREATE TABLE "say ""rain""" (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT, n REAL)',
        'INSERT INTO "say ""rain""" VALUES (7, CAST(X\'C3A9FF\' AS TEXT), 1.5), (9, NULL, NULL)',
    )
    found: list[Any] = list(read_sqlite(io.BufferedReader(io.BytesIO(data)), "a.db"))
    assert [(record.place, record.values) for record in found] == [
        ("1", {"id": 7, "t": "é\ufffd", "n": 1.5}), ("2", {"id": 9}),
    ]  # fmt: skip
    view = ("CREATE TABLE a (id)", "CREATE VIEW b AS SELECT 1 AS one", "CREATE INDEX c ON a (id)")
    [article] = values(read_sqlite, database_of(*view), "a.db#b")
    assert article == {"one": 1}
    [why] = rejections(read_sqlite, database_of(*view), "a.db")
    assert why == "a.db: which table? a.db#a, a.db#b"
    assert values(read_sqlite, database_of(*view), "a.db#a") == []


def test_databases_without_tables_or_with_many() -> None:
    [why] = rejections(read_sqlite, database_of("PRAGMA user_version = 1"), "a.db")
    assert why == "a.db: the database has no table"
    [why] = rejections(read_sqlite, database_of("PRAGMA user_version = 1"), "a.db#b")
    assert why == "a.db: the database has no table"
    many = database_of(*(f"CREATE TABLE t{n} (id)" for n in range(21)))
    [why] = rejections(read_sqlite, many, "a.db")
    assert why == "a.db: which table? " + ", ".join(f"a.db#t{n}" for n in range(20))
    [why] = rejections(read_sqlite, b"no database at all" * 100, "a.db")
    assert why == "a.db: the database cannot be read: file is not a database"
