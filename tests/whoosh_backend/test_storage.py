"""A program that changes one import: what it does with ``whoosh.index`` and here is the same."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields, index
from whoosh.analysis import StemmingAnalyzer
from whoosh.filedb.filestore import ReadOnlyError
from whoosh.qparser import MultifieldParser, QueryParser
from whoosh.query import Term
from whoosh.writing import IndexingError

import searchlib as sl
from searchlib import whoosh_backend
from searchlib.codec.checksum import crc32
from searchlib.index.lock import WriterLock
from searchlib.whoosh_backend import RamStorage


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


def test_an_index_is_written_over_and_an_archive_is_not(tmp_path: Path) -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True))
    with whoosh_backend.create_in(tmp_path, schema).writer() as writer:
        writer.add_document(id="a")
    index = whoosh_backend.create_in(tmp_path, fields.Schema(title=fields.TEXT))
    assert index.doc_count() == 0 and index.schema.names() == ["title"]
    with index.writer() as writer:
        writer.add_document(title="rain")
    assert whoosh_backend.open_dir(tmp_path).doc_count() == 1

    sl.Archive.create(tmp_path / "archive", sl.Schema(id=sl.Key())).close()
    with pytest.raises(sl.ArchiveError, match="there is an archive here already"):
        whoosh_backend.create_in(tmp_path / "archive", schema)


def test_an_index_of_whoosh_is_not_hidden_by_an_empty_archive(tmp_path: Path) -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True))
    index.create_in(str(tmp_path), schema, indexname="old")
    said = "a Whoosh index is here.*searchlib import-whoosh FOLDER"
    for indexname in ("old", None):
        assert not whoosh_backend.exists_in(tmp_path, indexname)
        with pytest.raises(sl.ArchiveNotFound, match=f"{said}.*--exact"):
            whoosh_backend.open_dir(tmp_path, indexname)
        with pytest.raises(sl.ArchiveError, match=f"{said}.*--exact.*name another folder"):
            whoosh_backend.create_in(tmp_path, schema, indexname)
    with pytest.raises(sl.ArchiveError, match=f"{said}.*name another folder"):
        sl.Archive.create(tmp_path)
    assert all(name.startswith(("_old_", "old_")) for name in os.listdir(tmp_path))
    assert whoosh_backend.create_in(tmp_path, schema, "other").doc_count() == 0
    assert index.open_dir(str(tmp_path), "old").doc_count() == 0


def test_no_archive(tmp_path: Path) -> None:
    with pytest.raises(sl.ArchiveNotFound, match="create_in"):
        whoosh_backend.open_dir(tmp_path / "nowhere")
    with pytest.raises(index.EmptyIndexError):
        whoosh_backend.FileStorage(tmp_path).open_index()


def test_a_storage_for_reading_only_is_not_written_to(tmp_path: Path) -> None:
    with whoosh_backend.create_in(tmp_path, fields.Schema(id=fields.ID(stored=True))).writer() as w:
        w.add_document(id="a")
    ix = whoosh_backend.open_dir(tmp_path, readonly=True)
    for call in (ix.writer, ix.optimize, lambda: ix.add_field("b", fields.TEXT)):
        with pytest.raises(ReadOnlyError, match=r"reading only.*without readonly=True"):
            call()
    with ix.searcher() as searcher:
        assert searcher.document(id="a") == {"id": "a"}


def test_create_in_while_another_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = fields.Schema(id=fields.ID)
    monkeypatch.setattr("searchlib.index.store.WriterLock", lambda d: WriterLock(d, timeout=0))
    writer = whoosh_backend.create_in(tmp_path, schema).writer()
    with pytest.raises(index.LockError, match="another writer of this program"):
        whoosh_backend.create_in(tmp_path, schema)
    writer.cancel()
    assert whoosh_backend.create_in(tmp_path, schema).is_empty()


def test_storage_objects(tmp_path: Path) -> None:
    storage = whoosh_backend.FileStorage(tmp_path)
    one = storage.create_index(fields.Schema(a=fields.TEXT))
    two = storage.create_index(fields.Schema(b=fields.ID), indexname="other")
    assert (one.schema.names(), two.schema.names()) == (["a"], ["b"])
    assert storage.open_index("other").schema.names() == ["b"]
    assert whoosh_backend.exists_in(tmp_path, "other")
    assert not whoosh_backend.exists_in(tmp_path, "none")
    memory = whoosh_backend.RamStorage()
    folder, writer = Path(memory.folder), memory.create_index(fields.Schema(a=fields.TEXT)).writer()
    del memory  # the index lives as long as it is used
    writer.add_document(a="rain")
    writer.commit()
    assert folder.exists()
    del writer
    gc.collect()
    assert not folder.exists()


def test_fields_are_added_and_taken_away() -> None:
    ix = whoosh_backend.RamStorage().create_index(fields.Schema(a=fields.ID(stored=True)))
    with ix.writer() as writer:
        writer.add_document(a="1")
    ix.add_field("b", fields.TEXT(stored=True))
    with ix.writer() as writer:
        writer.add_document(a="2", b="rain")
        with pytest.raises(IndexingError, match="before documents"):
            writer.add_field("c", fields.TEXT)
    assert ix.schema.names() == ["a", "b"] == ix.storage.open_index().schema.names()
    with ix.searcher() as searcher:
        assert [hit["a"] for hit in searcher.search(Term("b", "rain"))] == ["2"]
    ix.remove_field("a")
    with ix.searcher() as searcher:
        assert ix.schema.names() == ["b"]
        assert [hit.fields() for hit in searcher.search(Term("b", "rain"))] == [{"b": "rain"}]
        assert not searcher.search(Term("a", "2"))
    ix.optimize()
    assert ix.doc_count() == 2


@pytest.mark.parametrize(
    "fieldtype", ["", "7", '{"class":"PickleColumn","state":{}}', '{"class":"TEXT","state":{}}']
)
def test_a_hostile_description_runs_nothing(tmp_path: Path, fieldtype: str) -> None:
    whoosh_backend.create_in(tmp_path, fields.Schema(a=fields.TEXT))
    manifest = tmp_path / "manifest.json"
    body = json.loads(manifest.read_bytes().removesuffix(b"\n").rpartition(b"\n")[0])
    (entry,) = (entry for entry in body["schema"] if entry["name"] == "a")
    entry["fieldtype"] = fieldtype
    text = json.dumps(body).encode()
    manifest.write_bytes(text + b"\n%08x\n" % crc32(text))
    with pytest.raises(sl.SearchlibError, match=r"describes no field type|open_dir"):
        whoosh_backend.open_dir(tmp_path).schema  # noqa: B018
    if fieldtype:
        with pytest.raises(sl.CorruptArchive):
            whoosh_backend.open_dir(tmp_path)


def test_where_an_index_in_memory_is(monkeypatch: pytest.MonkeyPatch) -> None:
    unraised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraised.append)
    for may_write in (True, False):
        monkeypatch.setattr(
            "searchlib.whoosh_backend.storage._MEMORY", memory := tempfile.mkdtemp()
        )
        monkeypatch.setattr(os, "access", lambda *_, may_write=may_write: may_write)
        storage = RamStorage()
        assert (os.path.dirname(storage.folder) == memory) == may_write
        shutil.rmtree(storage.folder)
        del storage  # its folder is taken away again
    assert unraised == []


def test_what_else_programs_import(tmp_path: Path) -> None:
    for name in ("EmptyIndexError", "IndexVersionError", "LockError", "OutOfDateError"):
        assert getattr(whoosh_backend, name) is getattr(index, name)
    for module, folder in ((whoosh_backend, tmp_path / "ours"), (index, tmp_path / "stock")):
        folder.mkdir()
        storage = module.create_in(str(folder), fields.Schema(id=fields.ID), "other").storage
        assert module.exists(storage, "other") and not module.exists(storage, "nope")
        assert module.version(storage, "other") == module.version_in(str(folder), "other")
        with pytest.raises(module.EmptyIndexError):
            module.version_in(str(folder))
    assert whoosh_backend.version_in(tmp_path / "ours", "other") == index.version_in(
        str(tmp_path / "stock"), "other"
    )


def test_names_of_indexes() -> None:
    storage, schema = RamStorage(), fields.Schema(id=fields.ID)
    for given, name in ((None, "MAIN"), ("other", "other")):
        made = storage.create_index(schema, given)
        assert made.indexname == storage.open_index(given).indexname == name
