"""The Whoosh writer: what is not shown by the stock tools in ``versus/test_whoosh_tools.py``."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq
from whoosh.fields import UnknownFieldError
from whoosh.index import LockError
from whoosh.writing import (
    CLEAR,
    MERGE_SMALL,
    NO_MERGE,
    OPTIMIZE,
    AsyncWriter,
    BufferedWriter,
    IndexingError,
)

import searchlib as sl
from searchlib.index import merge_policy
from tests.versus.archives import Memory

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
            authors=["Ann  Lee", "ann lee"], words="12", _stored_title="Rains agreed", _boost=1.0,
        )  # fmt: skip
    record = archive.get("c")
    assert record == {
        "id": "c", "title": "Rains agreed", "date": "2022-08-31T00:00:00", "authors": ["Ann Lee"],
        "words": 12,
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
    index = Memory().create_index(SCHEMA.to_whoosh())
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
    started = time.monotonic()
    for call in (archive.whoosh.writer, archive.whoosh.optimize):
        with pytest.raises(LockError, match="another writer of this program") as caught:
            call()
        assert isinstance(caught.value, sl.ArchiveLocked)
        assert caught.value.path == archive.path
    assert AsyncWriter(archive.whoosh).writer is None
    assert time.monotonic() - started < 5  # seconds: it does not wait, as Whoosh does not
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


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"titel": "Sun"}, UnknownFieldError),
        ({"title": "Sun", "_stored_title": "other"}, IndexingError),
        ({"title": "Sun", "title_exact": "other"}, IndexingError),
        ({"title": "Sun", "_boost": 2.0}, IndexingError),
        ({"title": "Sun", "_title_boost": 0.5}, IndexingError),
    ],
)
def test_what_an_archive_cannot_do_is_refused(
    archive: sl.Archive, fields: dict[str, Any], error: type[Exception]
) -> None:
    with archive.whoosh.writer() as writer:
        with pytest.raises(error):
            writer.add_document(id="c", **fields)
        writer.add_document(id="d", title="Wind", _boost=1, _title_boost=None, _stored_title="Wind")
    assert list(archive) == ["a", "b", "d"]


def test_clear_keeps_what_this_writer_added(archive: sl.Archive) -> None:
    writer = archive.whoosh.writer()
    writer.add_document(id="c", title="Sun")
    writer.add_document(id="b", title="Snow")  # as it was
    writer.commit(mergetype=CLEAR)
    assert sorted(archive) == ["b", "c"]
    writer = archive.whoosh.writer()
    writer.add_document(id="b", title="Snow")
    writer.update_document(id="b", title="Snow melts")
    writer.commit(mergetype=CLEAR)
    assert archive.search("snow").total == len(archive) == 1
    assert archive["b"]["title"] == "Snow melts"
    with archive.whoosh.writer() as writer:
        writer.mergetype = CLEAR
    assert len(archive) == archive.whoosh.doc_count_all() == 0
    assert archive.check() == []


def test_merging_is_asked_for_as_in_whoosh(archive: sl.Archive) -> None:
    def segments() -> int:
        return archive.stats().segments

    with archive.whoosh.writer() as writer:
        writer.merge = False
        writer.add_document(id="c", title="Sun")
    assert segments() == 2
    with archive.whoosh.writer() as writer:
        writer.delete_by_term("id", "a")
        writer.optimize = True
    assert (segments(), archive.whoosh.doc_count_all()) == (1, 2)
    writer = archive.whoosh.writer()
    writer.add_document(id="d", title="Wind")
    writer.commit(mergetype=NO_MERGE)
    assert segments() == 2
    writer = archive.whoosh.writer()
    writer.commit(mergetype=OPTIMIZE)
    assert segments() == 1
    writer = archive.whoosh.writer()
    with pytest.raises(IndexingError, match="merge policies of its own"):
        writer.commit(mergetype=lambda writer, segments: segments)
    writer.commit()


def test_a_writer_does_not_show_what_it_deleted_or_replaced(archive: sl.Archive) -> None:
    with archive.whoosh.writer() as writer:
        writer.delete_by_term("id", "a")
        writer.update_document(id="b", title="Sleet")
        writer.add_document(id="c", title="Sun")
        assert [writer.is_deleted(docnum) for docnum in range(2)] == [True, True]
        with writer.searcher() as searcher:
            assert (searcher.doc_count(), searcher.doc_count_all()) == (0, 2)
            assert not searcher.search(wq.Every())
            assert not searcher.search(wq.Term("title", "snow"))
        with archive.whoosh.searcher() as searcher:
            assert len(searcher.search(wq.Every())) == 2
    assert sorted(archive) == ["b", "c"]


def test_a_buffered_writer_shows_an_update_once(archive: sl.Archive) -> None:
    writer = BufferedWriter(archive.whoosh, period=None, limit=100)
    try:
        writer.update_document(id="a", title="Sleet")
        writer.add_document(id="c", title="Sun")
        writer.delete_by_term("id", "b")
        with writer.searcher() as searcher:
            found = searcher.search(wq.Every(), limit=None)
            assert sorted(hit["title"] for hit in found) == ["Sleet", "Sun"]
    finally:
        writer.close()
    assert sorted(record["title"] for record in archive.export()) == ["Sleet", "Sun"]


def test_a_reader_without_its_texts_is_refused(archive: sl.Archive) -> None:
    for schema, error in (
        (fields.Schema(id=fields.ID(stored=True), title=fields.TEXT), IndexingError),
        (
            fields.Schema(id=fields.ID(stored=True), body=fields.TEXT(stored=True)),
            UnknownFieldError,
        ),
    ):
        old = Memory().create_index(schema)
        with old.writer() as writer:
            writer.add_document(id="z", **{name: "Sun" for name in schema.names() if name != "id"})
        with archive.whoosh.writer() as writer, old.reader() as reader, pytest.raises(error):
            writer.add_reader(reader)
    assert list(archive) == ["a", "b"]


def test_calls_on_a_closed_writer(archive: sl.Archive) -> None:
    writer = archive.whoosh.writer()
    writer.commit()
    for call in (
        writer.reader, writer.searcher, writer.commit, writer.cancel,
        lambda: writer.add_document(id="c"), lambda: writer.update_document(id="c"),
        lambda: writer.delete_document(0), lambda: writer.delete_by_query(wq.Every()),
        lambda: writer.is_deleted(0), lambda: writer.add_reader(archive.whoosh.reader()),
    ):  # fmt: skip
        with pytest.raises(IndexingError, match="closed"):
            call()


@pytest.mark.parametrize(
    ("options", "small", "large"),
    [
        ({}, 1, 2), ({"merge": False}, 2, 2), ({"merge": True}, 1, 2), ({"optimize": True}, 1, 1),
        ({"optimize": True, "merge": False}, 1, 1), ({"mergetype": NO_MERGE}, 2, 2),
        ({"mergetype": MERGE_SMALL}, 1, 2), ({"mergetype": OPTIMIZE}, 1, 1),
        ({"mergetype": NO_MERGE, "optimize": True}, 2, 2),
    ],
)  # fmt: skip
def test_which_segments_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], small: int, large: int
) -> None:
    """Two small segments would be merged; a small one is not merged with a large one."""
    monkeypatch.setattr(merge_policy, "_TINY", 0)
    for words, segments in ((1, small), (200, large)):
        with sl.Archive.create(tmp_path / str(words), SCHEMA) as archive:
            archive.add([{"id": "a", "title": "rain " * words}])
            writer = archive.whoosh.writer()
            writer.add_document(id="b", title="snow")
            writer.commit(**options)
            assert archive.stats().segments == segments
            assert list(archive) == ["a", "b"]


def test_documents_are_deleted_in_any_segment(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add([{"id": "a", "title": "rain " * 200}, {"id": "b"}])
        archive.add([{"id": "c", "title": "snow"}, {"id": "d"}])
        assert archive.stats().segments == 2
        writer = archive.whoosh.writer()
        for number in (1, 2):
            writer.delete_document(number)
        assert [writer.is_deleted(number) for number in range(4)] == [False, True, True, False]
        for number in (-1, 4):
            with pytest.raises(IndexingError, match=f"no document has this number: {number}"):
                writer.delete_document(number)
        writer.commit()
        assert list(archive) == ["a", "d"]


def test_fields_of_a_schema_of_our_own_stay(archive: sl.Archive) -> None:
    writer = archive.whoosh.writer()
    with pytest.raises(IndexingError, match="open the archive with a schema that has the field: "):
        writer.add_field("more", fields.TEXT)
    with pytest.raises(IndexingError, match="a field cannot be taken away from an archive: make"):
        writer.remove_field("title")
    writer.cancel()


def test_fields_of_a_program_come_and_go(tmp_path: Path) -> None:
    schema = fields.Schema(id=fields.ID(stored=True), title=fields.TEXT)
    with sl.Archive.create(tmp_path / "x", sl.Schema.from_whoosh(schema, exact=True)) as archive:
        index = archive.whoosh
        with index.writer() as writer:
            writer.add_field("more", fields.TEXT(stored=True))
            writer.remove_field("title")
            assert writer.schema.names() == ["id", "more"]
            writer.add_document(id="a", more="rain")
            with pytest.raises(
                IndexingError, match="fields are changed before documents are added"
            ):
                writer.add_field("last", fields.TEXT)
        assert index.schema.names() == archive.whoosh.schema.names() == ["id", "more"]
        with index.searcher() as searcher:
            assert [hit["more"] for hit in searcher.search(wq.Term("more", "rain"))] == ["rain"]


def test_a_reader_with_other_fields_is_refused(archive: sl.Archive) -> None:
    stock = Memory().create_index(fields.Schema(id=fields.ID(stored=True), other=fields.STORED))
    with stock.writer() as writer:
        writer.add_document(id="z", other=1)
    writer = archive.whoosh.writer()
    with stock.reader() as reader, pytest.raises(UnknownFieldError, match="No field named 'other'"):
        writer.add_reader(reader)
    writer.cancel()
    assert list(archive) == ["a", "b"]


def test_a_searcher_of_its_own_is_closed(
    archive: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = archive.whoosh.writer()
    searcher = writer.searcher()
    monkeypatch.setattr(writer, "searcher", lambda: searcher)
    assert writer.delete_by_query(wq.Term("title", "rain")) == 1
    assert searcher.is_closed
    writer.cancel()
