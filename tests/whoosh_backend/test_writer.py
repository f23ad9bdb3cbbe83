"""The Whoosh writer: what is not shown by the stock tools in ``versus/test_whoosh_tools.py``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.filedb.filestore import RamStorage
from whoosh.index import LockError
from whoosh.writing import AsyncWriter, BufferedWriter, IndexingError

import searchlib as sl

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), date=sl.Date(), authors=sl.Keyword(many=True), words=sl.Number()
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path, SCHEMA) as made:
        made.add([{"id": "a", "title": "Rain"}, {"id": "b", "title": "Snow"}])
        yield made


def test_what_whoosh_writes_searchlib_finds(archive: sl.Archive) -> None:
    with archive.whoosh.writer() as writer:
        writer.add_document(
            id=" c ", title="Rains agreed", title_exact="Rains agreed", date=datetime(2022, 8, 31),
            authors=["Ann  Lee", "ann lee"], words="12", _stored_title="other", _boost=2.0, more=1,
        )  # fmt: skip
    record = archive.get("c")
    assert record == {
        "id": "c", "title": "Rains agreed", "date": "2022-08-31T00:00:00", "authors": ["Ann Lee"],
        "words": 12, "more": 1,
    }  # fmt: skip
    assert [hit.id for hit in archive.search('"rains agreed" date:2022-08 authors:"ANN LEE"')] == [
        "c"
    ]


def test_the_same_key_twice(archive: sl.Archive) -> None:
    with archive.whoosh.writer() as writer:
        for title in ("First", "Second", "Third"):
            writer.add_document(id="a", title=title)
        writer.update_document(id="c", title="New")
        writer.delete_by_term("id", "b")
    assert [record["title"] for record in archive.export()] == ["Third", "New"]


def test_searching_while_writing_sees_the_last_commit(archive: sl.Archive) -> None:
    with archive.whoosh.writer() as writer:
        writer.add_document(id="c", title="Rain")
        with writer.searcher() as searcher:
            assert [hit["id"] for hit in searcher.search(wq.Term("title", "rain"))] == ["a"]
            assert writer.delete_by_query(wq.Term("title", "rain"), searcher=searcher) == 1
            assert searcher.doc_count() == 2  # it is not closed, and sees no delete
        assert len(archive) == 2
    assert {record["id"] for record in archive.export()} == {"b", "c"}


def test_documents_by_number(archive: sl.Archive) -> None:
    archive.add([{"id": "c"}])
    with archive.whoosh.reader() as reader:
        numbers = {fields["id"]: number for number, fields in reader.iter_docs()}
    writer = archive.whoosh.writer()
    for bad in (-1, -3, 3, 1 << 40):
        with pytest.raises(IndexingError, match="no document has this number"):
            writer.delete_document(bad)
    with pytest.raises(IndexingError, match="brought back"):
        writer.delete_document(0, delete=False)
    writer.delete_document(numbers["b"])
    writer.delete_document(numbers["b"])
    writer.commit()
    assert sorted(record["id"] for record in archive.export()) == ["a", "c"]


def test_a_bad_document_harms_no_other(archive: sl.Archive) -> None:
    with archive.whoosh.writer() as writer:
        for bad in ({}, {"id": ""}, {"id": "x", "words": "many"}, {"id": "x", "title": 7}):
            with pytest.raises(sl.RecordError):
                writer.add_document(**bad)
        writer.add_document(id="c")
    assert len(archive) == 3


def test_any_word_names_a_field(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, sl.Schema(self=sl.Key())) as archive:
        with archive.whoosh.writer() as writer:
            writer.add_document(self="a")
            writer.update_document(self="a")
        assert len(archive) == 1


def test_a_whole_reader_of_a_stock_index(archive: sl.Archive) -> None:
    index = RamStorage().create_index(SCHEMA.to_whoosh())
    with index.writer() as writer:
        writer.add_document(
            id="s1", title="Old", words=3.5, authors=["A", "B"], date=datetime(1999, 1, 2, 3, 4)
        )
        writer.add_document(id="a", title="Replaced")
    with index.reader() as reader, archive.whoosh.writer() as ours:
        ours.add_reader(reader)
    assert archive.get("s1") == {
        "id": "s1", "title": "Old", "date": "1999-01-02T03:04:00", "authors": ["A", "B"],
        "words": 3.5,
    }  # fmt: skip
    assert len(archive) == 3
    assert archive.search("date:1999 AND words:3.5").total == 1


def test_a_closed_writer_does_nothing_more(archive: sl.Archive) -> None:
    for end in ("commit", "cancel"):
        writer = archive.whoosh.writer()
        getattr(writer, end)()
        assert writer.is_closed
        calls: list[tuple[Any, ...]] = [
            (writer.commit,), (writer.cancel,), (writer.reader,), (writer.delete_document, 0),
        ]  # fmt: skip
        for call, *arguments in calls:
            with pytest.raises(IndexingError, match="closed"):
                call(*arguments)
        with pytest.raises(IndexingError, match="closed"):
            writer.add_document(id="x")
    archive.add([{"id": "c"}], timeout=0)  # the lock is free


def test_optimize(archive: sl.Archive) -> None:
    archive.add([{"id": "c"}])
    archive.delete(["a"])
    writer = archive.whoosh.writer()
    writer.commit(optimize=True)
    assert (archive.stats().segments, archive.stats().deleted) == (1, 0)
    archive.delete(["b"])
    archive.whoosh.optimize()
    assert archive.stats().deleted == 0


def test_a_second_writer_is_refused_as_whoosh_expects(archive: sl.Archive) -> None:
    first = archive.whoosh.writer()
    with pytest.raises(LockError) as caught:
        archive.whoosh.writer(timeout=0.01)
    assert isinstance(caught.value, sl.ArchiveLocked)
    assert caught.value.path == archive.path
    first.cancel()
    archive.whoosh.writer(timeout=0).cancel()


def test_an_async_writer_waits_for_the_lock(archive: sl.Archive) -> None:
    first = archive.whoosh.writer()
    waiting = AsyncWriter(archive.whoosh, delay=0.01, writerargs={"timeout": 0.01})
    assert waiting.writer is None
    waiting.add_document(id="later", title="Rain")
    waiting.commit()
    assert isinstance(waiting, threading.Thread)
    first.add_document(id="first")
    first.commit()
    waiting.join(10)
    assert not waiting.is_alive()
    assert {record["id"] for record in archive.export()} == {"a", "b", "first", "later"}


def test_a_buffered_writer(archive: sl.Archive) -> None:
    writer = BufferedWriter(archive.whoosh, period=None, limit=2)
    try:
        for key in ("c", "d", "e"):
            writer.add_document(id=key, title="Buffered")
    finally:
        writer.close()
    assert archive.search("title:buffered").total == 3
