"""Documents of a Whoosh program, kept as Whoosh does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from whoosh import fields, query
from whoosh.analysis import RegexTokenizer, StemmingAnalyzer
from whoosh.fields import UnknownFieldError
from whoosh.filedb import filestore
from whoosh.writing import BufferedWriter, IndexingError

from searchlib import Archive, NotSupported, Schema
from searchlib.schema import HIDDEN_KEY
from searchlib.whoosh_backend import RamStorage, create_in, open_dir
from searchlib.whoosh_backend.documents import articles_of_reader


def schema() -> fields.Schema:
    return fields.Schema(
        path=fields.ID(stored=True, unique=True, sortable=True),
        body=fields.TEXT,
        size=fields.NUMERIC(sortable=True),
        note=fields.STORED,
    )


def add(index: Any) -> None:
    with index.writer() as writer:
        writer.add_document(path="/a", body="The rain", size=3, note={"a": (1, b"x")})
        writer.add_document(path="/b", body="rain rain", _stored_path="B", _body_boost=2.0)
    with index.writer() as writer:
        writer.add_document(path="/c", body="A rain of sun")
        writer.delete_by_term("path", "/b")
        writer.update_document(path="/a", body="sun", size=4)
        writer.merge = False


def contents(index: Any) -> list[Any]:
    """All that a reader says of an index, without the numbers of documents."""
    with index.searcher() as searcher:
        reader = searcher.reader()
        rows: list[Any] = []
        for name in ("body", "path", "size"):
            for term in reader.lexicon(name):
                matcher = reader.postings(name, term)
                while matcher.is_active():
                    path = reader.stored_fields(matcher.id())["path"]
                    places = matcher.value_as("positions") if name == "body" else None
                    rows.append((name, term, path, matcher.weight(), places))
                    matcher.next()
        columns = reader.column_reader("size"), reader.column_reader("path")
        for number in reader.all_doc_ids():
            fields_of = reader.stored_fields(number)
            rows.append((fields_of, [column[number] for column in columns]))
        hits = searcher.search(query.Term("body", "rain"))
        rows += [(hit["path"], round(hit.score, 9)) for hit in hits]
    return sorted(rows, key=repr)


def test_a_reader_says_what_whooshs_says() -> None:
    ours, stock = RamStorage().create_index(schema()), filestore.RamStorage().create_index(schema())
    for index in (ours, stock):
        add(index)
    assert contents(ours) == contents(stock)
    ours.optimize()
    stock.optimize()
    assert contents(ours) == contents(stock)


@pytest.mark.parametrize("phrase", [True, False])
def test_words_for_spelling_come_with_other_readers(phrase: bool) -> None:
    text = fields.TEXT(analyzer=StemmingAnalyzer(), spelling=True, stored=True, phrase=phrase)
    schema = fields.Schema(body=text, path=fields.ID)
    index = RamStorage().create_index(schema)
    with BufferedWriter(index, period=None, limit=100) as writer:
        for body in ("flooding rain", "flooding rivers", "flooding"):
            writer.add_document(body=body, path="/a")
    stock = filestore.RamStorage().create_index(schema)
    with stock.writer() as writer:
        writer.add_document(body="raining dogs", path="/c")  # has all words of its segment
        writer.add_document(body="raining cats", path="/d")
    stock.delete_by_term("path", "/c")
    with index.writer() as writer, stock.reader() as reader:
        writer.add_reader(reader)
    with index.reader() as reader:
        words = [b"cats", b"dogs", b"flooding", b"rain", b"raining", b"rivers"]
        assert list(reader.lexicon("spell_body")) == words
        assert reader.frequency("spell_body", "flooding") == 3
        bodies = [fields["body"] for _, fields in reader.iter_docs()]
        assert bodies == ["flooding rain", "flooding rivers", "flooding", "raining cats"]


def test_the_documents_of_another_reader_come_with_their_postings() -> None:
    stock = filestore.RamStorage().create_index(schema())
    add(stock)
    ours = RamStorage().create_index(schema())
    with ours.writer() as writer, stock.reader() as reader:
        writer.add_reader(reader)
    assert contents(ours) == contents(stock)
    again = RamStorage().create_index(schema())
    with again.writer() as writer, ours.reader() as reader:
        writer.add_reader(reader)
    assert contents(again) == contents(stock)


def test_a_buffered_writer_loses_no_text() -> None:
    index = RamStorage().create_index(schema())
    writer = BufferedWriter(index, period=None, limit=100)
    writer.add_document(path="/a", body="rain")
    writer.update_document(path="/a", body="sun")
    writer.close()
    with index.searcher() as searcher:
        assert [hit["path"] for hit in searcher.search(query.Term("body", "sun"))] == ["/a"]
        assert not searcher.search(query.Term("body", "rain"))


def test_what_cannot_be_stored_is_said() -> None:
    with pytest.raises(IndexingError, match="note: a value of the type object"):
        RamStorage().create_index(schema()).writer().add_document(note=object())


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("path", "\ud800", "half of a surrogate pair"),
        ("note", {"a": ["\ud800"]}, "half of a surrogate pair"),
        ("size", 1 << 40, "out of range"),
        ("size", 10**5000, "limit"),
        ("body", 5, "not unicode"),
    ],
    ids=["id", "stored", "number", "long", "type"],  # pytest cannot show the long one
)
def test_a_value_that_a_field_cannot_have_is_named(name: str, value: Any, why: str) -> None:
    index = RamStorage().create_index(schema())
    with index.writer() as writer:
        for error in (IndexingError, ValueError):  # that of the other values, and Whoosh's
            with pytest.raises(error, match=f"{name}: .*{why}"):
                writer.add_document(**{"path": "/a", name: value})
        writer.add_document(path="/b")
    assert index.doc_count() == 1


def test_numbers_of_numpy_and_long_ones_are_stored() -> None:
    index = RamStorage().create_index(schema())
    note = {"a": [np.float32(0.5), np.bool_(True), np.int64(-7)], "b": 10**5000, "c": -(10**5000)}
    with index.writer() as writer:
        writer.add_document(path="/a", size=np.int64(3), note=note)
    with index.searcher() as searcher:
        (hit,) = searcher.search(query.NumericRange("size", 3, 3), sortedby="size")
        assert hit["note"] == {"a": [0.5, True, -7], "b": 10**5000, "c": -(10**5000)}


def _archive_with_a_damaged_segment(path: Any) -> Any:
    """Documents /a and /b in a segment whose terms are damaged, /c in a sound one; /b deleted."""
    index = create_in(str(path), schema())
    add_two = index.writer()
    add_two.add_document(path="/a", body="The rain", size=3, note={"a": (1, b"x")})
    add_two.add_document(path="/b", body="sun")
    add_two.commit(merge=False)
    writer = index.writer()
    writer.add_document(path="/c", body="A rain of sun", size=4)
    writer.delete_by_term("path", "/b")
    writer.commit(merge=False)
    damaged = min(path.glob("*.seg"))
    data = bytearray(damaged.read_bytes())
    data[data.find(b"rain")] ^= 1
    damaged.write_bytes(data)
    return damaged


def test_repair_keeps_sound_segments_and_what_is_stored_of_others(tmp_path: Any) -> None:
    damaged = _archive_with_a_damaged_segment(tmp_path / "old")
    report = Archive.repair(tmp_path / "old", tmp_path / "new")
    assert (report.saved, report.lost) == (2, 0)
    said = "1 article is saved without what is not stored (body, size): add it again"
    assert report.problems[-1] == f"{damaged}: {said}"
    with open_dir(str(tmp_path / "new")).searcher() as searcher:
        assert searcher.document(path="/a") == {"path": "/a", "note": {"a": (1, b"x")}}
        assert [hit["path"] for hit in searcher.search(query.Term("body", "rain"))] == ["/c"]
        assert [hit["path"] for hit in searcher.search(query.Every(), sortedby="path")] == [
            "/a", "/c",
        ]  # fmt: skip
    with Archive.open(tmp_path / "new") as archive:
        assert archive.check() == []


def test_repair_without_the_programs_own_analyzer_says_so(tmp_path: Any) -> None:
    class Own(RegexTokenizer):  # type: ignore[misc]
        pass

    whoosh_schema = fields.Schema(path=fields.TEXT(analyzer=Own(), stored=True))
    with create_in(str(tmp_path / "old"), whoosh_schema).writer() as writer:
        writer.add_document(path="rain")
    [damaged] = (tmp_path / "old").glob("*.seg")
    data = bytearray(damaged.read_bytes())
    data[data.find(b"rain")] ^= 1
    damaged.write_bytes(data)
    report = Archive.repair(tmp_path / "old", tmp_path / "new")
    assert (report.saved, report.lost) == (0, 1)
    assert "cannot be indexed anew" in report.problems[-1]
    known = Schema.from_whoosh(whoosh_schema, exact=True)
    assert Archive.repair(tmp_path / "old", tmp_path / "newer", known).saved == 1


def test_all_other_ways_in_name_the_writer(tmp_path: Any) -> None:
    create_in(str(tmp_path), schema())
    with Archive.open(tmp_path) as archive:
        for change in (
            lambda: archive.add([{"path": "/a"}]), lambda: archive.update("x", path="/a"),
        ):  # fmt: skip
            with pytest.raises(NotSupported, match=r"use archive.whoosh.writer\(\)"):
                change()
        assert archive.upgrade().articles == 0


def test_documents_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another index with a field more, in which some documents are deleted."""
    theirs = schema()
    theirs.add("more", fields.TEXT(stored=True))
    theirs.add("tags", fields.KEYWORD)
    theirs.add("words", fields.KEYWORD(scorable=True))
    ours = schema()
    ours.add("tags", fields.KEYWORD)
    ours.add("words", fields.KEYWORD(scorable=True))
    stock = filestore.RamStorage().create_index(theirs)
    with stock.writer() as writer:
        for number in range(7):
            body = f"rain {'snow ' * (number % 3)}" if number % 2 else None
            writer.add_document(path=f"/{number}", body=body, more="x", tags="a b a", size=number,
                                words="a a b" if number > 3 else None)  # fmt: skip
    with stock.writer() as writer:
        writer.delete_by_term("path", "/2")
        writer.merge = False
    said = []
    for size in (1, 2, 3, 100):
        monkeypatch.setattr("searchlib.whoosh_backend.documents._DOCUMENTS_READ", size)
        index = RamStorage().create_index(ours)
        with index.writer() as writer, stock.reader() as reader:
            writer.add_reader(reader)
        with index.reader() as reader:
            assert [fields_of["path"] for fields_of in reader.all_stored_fields()] == [
                f"/{number}" for number in (0, 1, 3, 4, 5, 6)
            ]
            assert all("more" not in fields_of for fields_of in reader.all_stored_fields())
            assert reader.frequency("words", "a") == 6
            assert reader.frequency("body", "snow") == 3
        said.append(contents(index))
    assert said == [said[0]] * 4


def test_fields_that_are_none_or_not_known() -> None:
    index = RamStorage().create_index(schema())
    with index.writer() as writer:
        writer.add_document(body=None, path="/a", size=None)
        with pytest.raises(UnknownFieldError, match="No field named 'nothing' in"):
            writer.add_document(nothing=None)
    with index.reader() as reader:
        assert list(reader.all_stored_fields()) == [{"path": "/a"}]


def test_values_are_stored_as_they_were_given() -> None:
    index = RamStorage().create_index(schema())
    note = {"a": (1, b"x"), "b": [None, 2.5], "c": "text"}
    with index.writer() as writer:
        writer.add_document(path="/a", note=note)
        writer.add_document(path="/b", note="text")
    with index.reader() as reader:
        assert [fields_of["note"] for fields_of in reader.all_stored_fields()] == [note, "text"]
        without = fields.Schema(path=fields.ID(stored=True))
        kept = [set(json.loads(data)) for _, data in articles_of_reader(reader, without)]
    assert kept == [{HIDDEN_KEY, "path"}] * 2
