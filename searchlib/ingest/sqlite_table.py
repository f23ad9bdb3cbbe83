"""A table of an SQLite database."""

from __future__ import annotations

import io
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfileobj

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem

__all__ = ["read_sqlite"]


def read_sqlite(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield a record a row of the table that ``name`` ends with ("file.db#table"), or of the only
    one that there is."""
    path, _, table = name.partition("#")
    # Always a copy: the file cannot be changed by reading it, nor while it is read.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        with copy.open("wb") as file:
            copyfileobj(stream, file)
        try:
            with closing(sqlite3.connect(copy.as_uri() + "?mode=ro", uri=True)) as database:
                database.text_factory = lambda data: data.decode("utf-8", "replace")
                yield from _rows(database, path, table)
        except (sqlite3.Error, ValueError) as error:
            yield Rejected(name, None, f"the database cannot be read: {error}")


def _rows(database: sqlite3.Connection, path: str, table: str) -> Iterator[RecordItem]:
    names = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    tables = [row[0] for row in names if not row[0].startswith("sqlite_")]
    if table not in tables and (table or len(tables) != 1):
        why = "which table? " if tables else "the database has no table"
        choices = ", ".join(f"{path}#{one}" for one in tables[:20])
        yield Rejected(path, None, f"{why}{choices}")
        return
    quoted = (table or tables[0]).replace('"', '""')
    rows = database.execute(f'SELECT * FROM "{quoted}"')
    columns = [column[0] for column in rows.description]
    for number, row in enumerate(rows, 1):
        values = {
            name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            for name, value in zip(columns, row, strict=True)
            if value is not None
        }
        yield RawRecord(values, str(number))
