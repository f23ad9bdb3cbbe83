"""Merges: what is deleted is gone, what is left is as if it had been added alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from searchlib.codec.directory import Directory
from searchlib.index import merger as merging
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text
from tests.parts import drop, optimize, put

PLAIN = Schema(id=Key(), body=Text(), raw=Text(language=""), kind=Keyword(many=True), n=Number())


def terms(snapshot: IndexReader, name: str) -> list[str]:
    """The words of a field's only segment."""
    [segment] = snapshot.segments
    field = segment.core.text(name)
    return [] if field is None else [term.decode() for term in field.terms]


def content(snapshot: IndexReader) -> Any:
    """All that is in the only segment, for comparison."""
    [segment] = snapshot.segments
    segment_file = segment.core.segment_file
    names = sorted(n for n in segment_file._sections if not n.startswith("stored"))
    arrays = {n: repr(segment_file.array(n).tolist()) for n in names}  # as text: NaN is not NaN
    return arrays | {"docs": list(segment.core.doc_store)}


RECORDS = (
    {
        "id": "a",
        "body": "connected connection banks",
        "raw": "Connected",
        "kind": ["x", "y"],
        "n": 1,
    },
    {"id": "b", "body": "connects the bank", "kind": ["y"]},
    {"id": "c", "n": -0.5},
    {"id": "d", "body": "zebra zebras " * 200, "raw": "only here", "kind": ["z"]},
    {"id": "e", "body": "bank connected", "kind": ["X"], "n": 7},
)


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_as_if_added_alone(tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_MAX_TOKENS", chunk)
    many = IndexStore.create(Directory(tmp_path / "many"), PLAIN, layout={"block": 2, "dense": 2})
    once = IndexStore.create(Directory(tmp_path / "once"), PLAIN, layout={"block": 2, "dense": 2})
    for record in RECORDS:
        put(many, record)
    drop(many, "d")  # with it go all documents of some terms, forms and keywords
    optimize(many)
    put(once, *(record for record in RECORDS if record["id"] != "d"))
    with many.reader() as merged, once.reader() as made:
        assert terms(merged, "body") == ["bank", "connect", "the"]
        assert "zebras" not in [t.decode() for t in merged.segments[0].core.text("body").surface_forms]  # type: ignore[union-attr]
        assert content(merged) == content(made)


def test_all_documents_gone(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    put(store, *RECORDS)
    drop(store, *"abcde")
    with store.reader() as snapshot:
        assert snapshot.segments == ()
        assert snapshot.documents == snapshot.live_count == 0
    optimize(store)
    assert not list(tmp_path.glob("*.seg"))


def test_only_empty_texts_are_left(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    put(store, *RECORDS)
    put(store, {"id": "f"})
    drop(store, *"abde")
    optimize(store)
    with store.reader() as snapshot:
        [segment] = snapshot.segments
        assert segment.documents == 2
        assert terms(snapshot, "body") == []
        field = segment.core.text("body")
        assert field is not None
        assert field.lengths.tolist() == [0, 0]
        assert len(field.surface_forms) == 0
        assert field.find(b"bank") is None
    put(store, {"id": "g", "body": "bank"})
    optimize(store)  # and such a segment can be merged again
    with store.reader() as snapshot:
        assert terms(snapshot, "body") == ["bank"]


def test_added_fields(tmp_path: Path) -> None:
    put(IndexStore.create(Directory(tmp_path), Schema(id=Key())), {"id": "a"}, {"id": "b"})
    wider = Schema(
        id=Key(), body=Text(), kind=Keyword(), tags=Keyword(many=True), n=Number(), d=Date()
    )
    store = IndexStore(Directory(tmp_path), wider)
    with store.reader() as snapshot:
        assert snapshot.segments[0].core.text("body") is None
        assert snapshot.segments[0].core.keyword("kind") is None
        assert snapshot.segments[0].core.number("n") is None
    put(store, {"id": "c", "body": "banks", "kind": "x", "tags": ["y"], "n": 3, "d": "2022"})
    optimize(store)
    with IndexStore(Directory(tmp_path)).reader() as snapshot:
        assert snapshot.schema == wider
        [segment] = snapshot.segments
        kind, tags = segment.core.keyword("kind"), segment.core.keyword("tags")
        numbers, dates, text = (
            segment.core.number("n"),
            segment.core.number("d"),
            segment.core.text("body"),
        )
        assert kind is not None
        assert tags is not None
        assert numbers is not None
        assert dates is not None
        assert text is not None
        assert [kind.ranks_of(doc) for doc in range(3)] == [[], [], [0]]
        assert [tags.ranks_of(doc) for doc in range(3)] == [[], [], [0]]
        assert numbers.docs_with_value().tolist() == dates.docs_with_value().tolist() == [2]
        assert text.lengths.tolist() == [0, 0, 1]


def test_above_65536_documents(tmp_path: Path) -> None:
    schema = Schema(id=Key(), body=Text())
    store = IndexStore.create(Directory(tmp_path), schema)
    size = 66_000
    body = {0: "first bank", 65_535: "bank", 65_536: "banks", size - 1: "last"}
    put(store, *({"id": str(n), "body": body.get(n, "")} for n in range(size)))
    put(store, {"id": "more", "body": "bank"})
    drop(store, "7")
    optimize(store)
    with store.reader() as snapshot:
        [segment] = snapshot.segments
        text = segment.core.text("body")
        assert text is not None
        bank, last = text.find(b"bank"), text.find(b"last")
        assert bank is not None
        assert last is not None
        assert bank.docs.tolist() == [0, 65_534, 65_535, size - 1]
        assert last.docs.tolist() == [size - 2]
        assert text.form_postings(text.surface_forms.ordinal(b"banks")).docs.tolist() == [65_535]
        assert segment.core.keys.keys[size - 1] == b"more"
        assert snapshot.find("7") is None
        assert snapshot.find("65536") == (0, 65_535)


def test_eight_small_segments_become_one(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    for number in range(17):
        put(store, {"id": str(number), "body": "bank"})
    with store.reader() as snapshot:
        assert len(snapshot.segments) < 8
        assert snapshot.live_count == 17
        assert sorted(key for s in snapshot.segments for key in s.core.keys.keys) == sorted(
            b"%d" % n for n in range(17)
        )


def test_same_key_in_one_batch_and_across(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    put(store, {"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b"})
    put(store, {"id": "a", "n": 3})
    optimize(store)
    with store.reader() as snapshot:
        [segment] = snapshot.segments
        assert list(segment.core.doc_store) == [b'{"id":"b"}', b'{"id":"a","n":3}']
