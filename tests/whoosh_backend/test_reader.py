"""The Whoosh reader of a segment: terms, postings, stored fields and columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh.reading import ReaderClosed, TermNotFound

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Schema, Text
from searchlib.whoosh_backend.reader import ValuesReader, WhooshSegmentReader, whoosh_reader
from tests.parts import add_records, create_store, delete_keys

RECORDS = (
    {"id": "a", "body": "rain rains", "kind": ["World"], "n": 2, "day": "2022-08-31", "more": 1},
    {"id": "b", "body": "snow"},
    {"id": "c", "body": "rain snow snow", "kind": ["Arts", "World"]},
)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Any]:
    store = create_store(tmp_path, *RECORDS)
    delete_keys(store, "b")
    with store.reader() as index_reader:
        yield whoosh_reader(index_reader)


def test_terms(reader: Any) -> None:
    assert list(reader.lexicon("body")) == [b"rain", b"snow"]
    assert list(reader.expand_prefix("body_exact", "rai")) == [b"rain", b"rains"]
    assert ("body", "rain") in reader
    assert ("body", "hail") not in reader
    assert ("nowhere", "rain") not in reader
    assert [text for name, text in reader.terms_from("body", "s") if name == "body"] == [b"snow"]


def test_statistics_of_a_term(reader: Any) -> None:
    info = reader.term_info("body", "snow")
    assert (info.doc_frequency(), info.min_id(), info.max_id()) == (2, 1, 2)
    assert reader.doc_frequency("body", "rain") == 2
    assert reader.frequency("body", "rain") == 3
    assert reader.frequency("body", "hail") == 0
    assert reader.doc_frequency("nowhere", "rain") == 0
    with pytest.raises(TermNotFound):
        reader.term_info("body", "hail")


def test_postings_leave_deleted_documents_out(reader: Any) -> None:
    matcher = reader.postings("body", "snow")
    assert list(matcher.all_ids()) == [2]
    with pytest.raises(TermNotFound):
        reader.postings("kind", "sports")


def test_deleted_documents(reader: Any) -> None:
    assert reader.has_deletions()
    assert [reader.is_deleted(doc) for doc in range(4)] == [False, True, False, False]
    assert list(reader.all_doc_ids()) == [0, 2]
    assert (reader.doc_count_all(), reader.doc_count()) == (3, 2)


def test_stored_fields_have_only_fields_of_the_schema(reader: Any) -> None:
    stored = reader.stored_fields(0)
    assert stored["day"] == datetime(2022, 8, 31)
    assert "more" not in stored
    assert [fields["id"] for fields in reader.all_stored_fields()] == ["a", "c"]


def test_a_field_that_no_article_had_yet_has_no_lengths(tmp_path: Path) -> None:
    schema = Schema(id=Key(), body=Text(), title=Text())
    add_records(IndexStore.create(Directory(tmp_path), Schema(id=Key(), body=Text())), {"id": "a"})
    store = IndexStore(Directory(tmp_path))
    with store.reader() as commit:
        segment = WhooshSegmentReader(commit.segments[0], schema, 1)
        assert segment.field_length("title") == 0
        assert segment._lengths("title").tolist() == []


def test_field_lengths(reader: Any) -> None:
    assert reader.field_length("body") == 6
    assert [reader.doc_field_length(doc, "body") for doc in range(3)] == [2, 1, 3]
    assert (reader.min_field_length("body"), reader.max_field_length("body")) == (1, 3)


def test_columns(reader: Any) -> None:
    assert not reader.has_column("body")
    with pytest.raises(TermNotFound):
        reader.column_reader("body")
    assert reader.column_reader("id", translate=False).load() == [b"a", b"b", b"c"]
    assert reader.column_reader("kind", translate=False).load() == [b"World", b"", b"Arts"]
    assert reader.column_reader("n", translate=False)[0] == 2.0


def test_a_values_reader_in_reverse() -> None:
    values = ValuesReader([3, 1])
    assert (len(values), list(values), values.sort_key(0)) == (2, [3, 1], 3)
    values.set_reverse()
    assert values.sort_key(0) == -3


def test_a_closed_reader(reader: Any) -> None:
    reader.close()
    with pytest.raises(ReaderClosed):
        reader.doc_count()


def test_no_segment_and_several(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with store.reader() as index_reader:
        assert whoosh_reader(index_reader).doc_count() == 0
    add_records(store, {"id": "a", "body": "rain rain rain"})
    add_records(store, {"id": "b"})
    with store.reader() as index_reader:
        assert whoosh_reader(index_reader).doc_count() == 2


def test_lengths_of_a_field_without_words(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": "a", "title": "rain in oslo"}, {"id": "b", "title": "sun"}])
        with archive.whoosh.reader() as reader:
            assert (reader.min_field_length("body"), reader.max_field_length("body")) == (0, 0)
            assert (reader.min_field_length("title"), reader.max_field_length("title")) == (1, 3)
