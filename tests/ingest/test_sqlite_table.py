"""Tables of SQLite databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.sources import read
from searchlib.ingest.sqlite_table import read_sqlite
from tests.ingest.parts import rejections


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
