"""The Whoosh reader of a segment: terms, postings, stored fields and columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from whoosh import analysis, fields
from whoosh import query as wq
from whoosh.filedb import filestore
from whoosh.reading import ReaderClosed, TermNotFound

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.dates import to_micros
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Schema, Text
from searchlib.span_queries import Word
from searchlib.whoosh_backend import RamStorage
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


def _said_of(index: Any) -> list[Any]:
    """What a reader of an index says of each field, term and document."""
    rows: list[Any] = []
    with index.reader() as reader:
        names = sorted(reader.indexed_field_names())
        rows.append(names)
        for name in [*names, "note", "nothing"]:
            lengths = [reader.doc_field_length(doc, name, 7) or 0 for doc in range(3)]
            rows.append((name, lengths, reader.has_vector(3, name)))
            if reader.field_length(name):  # else Whoosh does not know the longest
                rows += [reader.field_length(name), reader.max_field_length(name)]
        for name in names:
            for term in [*reader.lexicon(name), b"zzz"]:
                text = reader.schema[name].from_bytes(term) if term != b"zzz" else "zzz"
                rows.append(
                    (
                        name,
                        term,
                        reader.frequency(name, text) if term != b"zzz" else 0.0,
                        reader.doc_frequency(name, text) if term != b"zzz" else 0,
                    )
                )
                if term == b"zzz":
                    with pytest.raises(TermNotFound):
                        reader.term_info(name, term)
                    continue
                info = reader.term_info(name, text)
                rows.append(
                    (
                        info.weight(),
                        info.doc_frequency(),
                        info.min_length(),
                        info.max_length(),
                        info.max_weight(),
                        info.min_id(),
                        info.max_id(),
                    )
                )
                matcher = reader.postings(name, text)
                while matcher.is_active():
                    rows.append((matcher.id(), matcher.weight()))
                    matcher.next()
        rows.append(list(reader.terms_from("body", "r")))
        rows.append([list(reader.expand_prefix(name, "ra")) for name in ("body", "tags")])
    return rows


def test_it_says_what_a_reader_of_whoosh_says() -> None:
    delimited = analysis.SpaceSeparatedTokenizer() | analysis.DelimitedAttributeFilter()
    schema = fields.Schema(
        body=fields.TEXT(analyzer=delimited, field_boost=2.0), title=fields.TEXT,
        path=fields.ID(stored=True), tags=fields.KEYWORD, words=fields.KEYWORD(scorable=True),
        note=fields.STORED,
    )  # fmt: skip
    rows = [
        {"body": "rain^3 snow rain", "title": "rain in oslo rain", "path": "/a", "tags": "x y x"},
        {"body": "snow", "path": "/b", "words": "rain rain wind", "note": 3},
        {"title": "sun", "tags": "rain y", "words": "sun"},
    ]
    said = []
    for storage in (RamStorage(), filestore.RamStorage()):
        index = storage.create_index(schema)
        with index.writer() as writer:
            for row in rows:
                writer.add_document(**row)
        said.append(_said_of(index))
    assert said[0] == said[1]


def test_columns_that_are_not_there() -> None:
    schema = fields.Schema(
        id=fields.ID(sortable=True),
        size=fields.NUMERIC(sortable=True),
        body=fields.TEXT(stored=True),
    )
    index = RamStorage().create_index(schema)
    with index.writer() as writer:
        writer.add_document(id="a")
        writer.add_document(body="rain")
    with index.reader() as reader:
        assert (reader.has_column("id"), reader.has_column("size")) == (True, False)
        assert list(reader.column_reader("id")) == ["a", ""]
        size = reader.column_reader("size", translate=False)
        assert [size[0], size[1]] == [schema["size"].column_type.default_value()] * 2
        for name, says in (("body", "field 'body' has no column"), ("none", "No field 'none'")):
            with pytest.raises(TermNotFound, match=says):
                reader.column_reader(name)
        with pytest.raises(KeyError, match="no vectors are stored for document 0 field 'body'"):
            reader.vector(0, "body")
        assert reader.generation() == index.latest_generation()
        assert repr(reader).startswith("WhooshSegmentReader('")
        reader.close()
        with pytest.raises(ReaderClosed):
            reader.postings("body", "rain")


def test_dates_beyond_an_instant(tmp_path: Path) -> None:
    schema = Schema(id=Key(), day=sl.Date(), body=Text())
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": "a", "day": "2022"}, {"id": "b", "day": "2022-01-01"}, {"id": "c"}])
        with archive.whoosh.reader() as reader:
            end = to_micros(datetime(2022, 6, 1))
            assert reader.docs_beyond("day", end) == {0}
            assert reader.tree_of_word(Word("body", ("rain",))) == wq.Term("body", "rain")
    with create_store(tmp_path / "b", {"id": "a"}).reader() as commit:
        segment = WhooshSegmentReader(commit.segments[0], commit.schema, 7)
        assert segment.generation() == 7
        assert segment.docs_beyond("day", 0) == set()
        assert segment.tree_of_word(Word("body", ("rain",))) == wq.NullQuery
