"""What the fields and documents of a Whoosh index become."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from whoosh import fields
from whoosh.analysis import NgramWordAnalyzer
from whoosh.filedb.filestore import RamStorage

from searchlib.cli.whoosh_mapping import WhooshMapping
from searchlib.errors import ArgumentError
from searchlib.schema import Key, Keyword, Number, Stored, Text


def index(schema: Any, *documents: dict[str, Any]) -> Any:
    made = RamStorage().create_index(schema)
    with made.writer() as writer:
        for document in documents:
            writer.add_document(**document)
    return made


def test_fields_of_dynamic_names() -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True))
    for name, kind in (
        ("*_t", fields.TEXT(stored=True)),
        ("*_s", fields.STORED),
        ("*_u", fields.TEXT),
    ):
        schema.add(name, kind, glob=True)
    old = index(schema, {"id": "a", "x_t": "Rain"}, {"id": "b", "y_s": 3, "z_u": "Sun", "_x_u": 1})
    mapping = WhooshMapping(old)
    assert list(mapping.articles()) == [{"id": "a", "x_t": "Rain"}, {"id": "b", "y_s": 3}]
    assert mapping.schema.fields["x_t"] == Text(language="")
    assert mapping.lost == {"z_u": "the index does not store it"}
    assert (mapping.notes, mapping.not_searched) == ([], {})


def test_which_field_is_the_key() -> None:
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True), url=fields.ID(unique=True, stored=True),
        body=fields.TEXT,
    )  # fmt: skip
    old = index(schema, {"id": "1", "url": "a"}, {"url": "b"})
    numbered = WhooshMapping(old)
    assert list(numbered.articles()) == [
        {"id": "document 1", "id_": "1", "url": "a"}, {"id": "document 2", "url": "b"},
    ]  # fmt: skip
    keys, renamed = numbered.notes
    assert "the index stores the unique fields id, url: --key FIELD" in keys
    assert renamed == "the field id is id_ in the archive"
    mapping = WhooshMapping(old, "url")
    assert list(mapping.articles()) == [{"id": "1", "url": "a"}, {"url": "b"}]
    assert mapping.notes == [] and mapping.schema.key == "url"
    for name in ("body", "nope"):
        with pytest.raises(ArgumentError, match=f"no field '{name}': the key is one of id, url"):
            WhooshMapping(old, name)
    nothing = WhooshMapping(index(fields.Schema(t=fields.STORED), {"t": 1}))
    assert "the index stores no unique field" in nothing.notes[0]
    number = fields.Schema(n=fields.NUMERIC(unique=True, stored=True, decimal_places=1))
    assert list(WhooshMapping(index(number, {"n": Decimal("1.5")})).articles()) == [{"n": "1.5"}]


def test_names_that_an_archive_cannot_have() -> None:
    names = ("my-title", "my_title", "title_exact", "Ünï", "7up", "and", "日期", "a1-b")
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True), **dict.fromkeys(names, fields.STORED())
    )
    mapping = WhooshMapping(index(schema, {"id": "a"} | dict.fromkeys(names, 1)))
    (article,) = mapping.articles()
    assert set(article) == {
        "id", "my_title", "my_title_", "title_exact_", "Uni", "field_7up", "and_", "field_",
        "a1_b",
    }  # fmt: skip
    assert "the field my-title is my_title_ in the archive" in mapping.notes
    assert len(mapping.notes) == 7


def test_values_that_json_does_not_have() -> None:
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True), price=fields.NUMERIC(stored=True, decimal_places=2),
        note=fields.STORED, tag=fields.ID(stored=True),
    )  # fmt: skip
    note = {"b": b"\xff", "d": datetime(2022, 8, 31), "t": (1, {Decimal("0.5")}), 7: None}
    mapping = WhooshMapping(index(
        schema, {"id": "a", "price": Decimal("1.25"), "note": note}, {"id": "b", "note": object()},
        {"id": "c", "price": Decimal(2), "note": {1: object()}, "tag": "x", "_stored_tag": [b"y"]},
    ))  # fmt: skip
    kept = {"b": "/w==", "d": "2022-08-31T00:00:00", "t": [1, [0.5]], "7": None}
    assert list(mapping.articles()) == [
        {"id": "a", "price": 1.25, "note": kept}, {"id": "b"}, {"id": "c", "price": 2},
    ]  # fmt: skip
    assert mapping.lost == {
        "note": "2 values, the first of document 2: object cannot be stored as JSON: Object of "
        "type object is not JSON serializable",
        "tag": "the value of document 3: text is expected, not bytes",
    }


def test_numbers_that_a_float_does_not_hold_are_named() -> None:
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True), big=fields.NUMERIC(int, 64, stored=True),
        small=fields.NUMERIC(stored=True), ratio=fields.NUMERIC(float, stored=True),
        when=fields.DATETIME(stored=True),
    )  # fmt: skip
    mapping = WhooshMapping(index(schema, {"id": "a", "big": (1 << 53) + 1}))
    assert list(mapping.articles()) == [{"id": "a", "big": (1 << 53) + 1}]
    (note,) = mapping.notes
    assert note.startswith("big: integers above 2**53")


def test_kinds_that_an_archive_does_not_have() -> None:
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True), yes=fields.BOOLEAN(stored=True),
        grams=fields.NGRAM(stored=True), parts=fields.TEXT(NgramWordAnalyzer(2), stored=True),
        vector=fields.TEXT(stored=True, vector=True, spelling=True),
        size=fields.NUMERIC(stored=True), tags=fields.KEYWORD(stored=True),
    )  # fmt: skip
    document = {
        "id": "a",
        "yes": True,
        "grams": "rain",
        "parts": "snow",
        "vector": "Sun",
        "size": 3,
    }
    mapping = WhooshMapping(index(schema, document | {"tags": "a b"}))
    assert list(mapping.articles()) == [document | {"tags": ["a", "b"]}]
    assert dict(mapping.schema.fields) == {
        "grams": Stored(), "id": Key(), "parts": Text(language=""), "size": Number(),
        "tags": Keyword(many=True, separator=" "), "vector": Text(language=""), "yes": Stored(),
    }  # fmt: skip
    assert mapping.not_searched == {
        "grams": "an archive has no NGRAM fields", "yes": "an archive has no BOOLEAN fields",
    }  # fmt: skip
    assert mapping.lost == {}
    (note,) = mapping.notes
    assert note.startswith("parts: its words are searched as they are written: parts of words")


def test_fields_that_the_schema_has_no_more() -> None:
    schema = fields.Schema(id=fields.ID(unique=True, stored=True), old=fields.STORED)
    made = index(schema, {"id": "a", "old": 1})
    made.remove_field("old")
    mapping = WhooshMapping(made)
    assert list(mapping.articles()) == [{"id": "a"}]
    assert mapping.lost == {"old": "the schema of the index does not have it any more"}
