"""A program that changes one import: what it does with ``whoosh.index`` and here is the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields, index
from whoosh.analysis import StemmingAnalyzer
from whoosh.qparser import MultifieldParser, QueryParser

import searchlib as sl
from searchlib import whoosh_backend


def program(module: Any, folder: Path) -> list[Any]:
    """A small program over the functions of a module; what it found."""
    schema = fields.Schema(
        path=fields.ID(unique=True, stored=True),
        title=fields.TEXT(stored=True),
        body=fields.TEXT(analyzer=StemmingAnalyzer(), stored=True),
        tags=fields.KEYWORD(commas=True, stored=True, lowercase=True),
        date=fields.DATETIME(stored=True, sortable=True),
        size=fields.NUMERIC(int, stored=True),
    )
    folder.mkdir()
    assert not module.exists_in(str(folder))
    found: list[Any] = []
    ix = module.create_in(str(folder), schema)
    with ix.writer() as writer:
        for number in range(6):
            writer.add_document(
                path=f"/{number}", title=f"Rain day {number}", body="It rained on hills " * number,
                tags="weather,oslo" if number % 2 else "weather,moss harbour",
                date=datetime(2022, 8, number + 1), size=number * 10,
            )  # fmt: skip
    ix = module.open_dir(str(folder))
    assert module.exists_in(str(folder))
    with ix.writer() as writer:
        writer.update_document(path="/1", title="Snow", body="It snowed", tags="weather")
        writer.delete_by_term("path", "/2")
    with ix.searcher() as searcher:
        parser = MultifieldParser(["title", "body"], ix.schema)
        for text in (
            *("hills", "snow", "title:rain AND size:[30 TO 40]", "date:[20220804 TO 20220805]"),
            *('tags:"moss harbour"', "tags:oslo", "rain NOT tags:oslo"),
        ):
            query = parser.parse(text)
            found.append(sorted(hit["path"] for hit in searcher.search(query, limit=None)))
        found.append(searcher.document(path="/3")["title"])
        query = QueryParser("title", ix.schema).parse("rain")
        found.append([hit["path"] for hit in searcher.search(query, sortedby="date", reverse=True)])
        found.append(len(searcher.search(query, limit=2)))
    found.append((ix.doc_count(), ix.is_empty()))
    return found


def test_the_same_program(tmp_path: Path) -> None:
    assert program(whoosh_backend, tmp_path / "ours") == program(index, tmp_path / "stock")


def test_an_archive_is_not_written_over(tmp_path: Path) -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True))
    whoosh_backend.create_in(tmp_path, schema)
    with pytest.raises(sl.ArchiveError, match="there is an archive here already"):
        whoosh_backend.create_in(tmp_path, schema)
    with pytest.raises(sl.ArchiveNotFound, match="create_in"):
        whoosh_backend.open_dir(tmp_path / "nowhere")
    with sl.Archive.open(tmp_path) as archive:
        assert archive.schema == sl.Schema(id=sl.Key())
