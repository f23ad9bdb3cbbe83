"""Fields whose terms a Whoosh field type makes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from whoosh import analysis, fields, formats

import searchlib as sl
from searchlib.errors import SchemaError
from searchlib.schema import HIDDEN_KEY, Column, Key, Schema, Terms, column_of, terms_of
from searchlib.schema.fieldtype_data import describe


def whoosh_schema() -> fields.Schema:
    return fields.Schema(
        path=fields.ID(stored=True, unique=True, sortable=True),
        body=fields.TEXT(analyzer=analysis.StemmingAnalyzer(), spelling=True),
        tags=fields.KEYWORD(field_boost=2.0),
        note=fields.STORED,
    )


def test_a_schema_comes_back() -> None:
    schema = Schema.from_whoosh(whoosh_schema(), exact=True)
    assert schema.is_exact and schema.key == HIDDEN_KEY
    assert set(schema.names(Key, Column)) == {HIDDEN_KEY, column_of("path")}
    assert set(schema.names(Terms)) == {"path", "body", "spell_body", "tags", "note"}
    restored = Schema.from_json(schema.to_json())
    assert restored == schema == pickle.loads(pickle.dumps(schema))
    for one in (schema, restored):
        assert list(map(describe, one.to_whoosh())) == list(map(describe, whoosh_schema()))
        assert one.to_whoosh().names() == whoosh_schema().names()
        assert one.to_whoosh()["tags"].format.field_boost == 2.0
    assert not Schema(id=Key()).is_exact


def test_an_analyzer_of_the_programs_own_is_given_again() -> None:
    class Own(analysis.Filter):  # type: ignore[misc]
        def __call__(self, tokens):  # type: ignore[no-untyped-def]
            return tokens

    own = fields.Schema(body=fields.TEXT(analyzer=analysis.SimpleAnalyzer() | Own()))
    schema = Schema.from_whoosh(own, exact=True)
    restored = Schema.from_json(schema.to_json())
    with pytest.raises(SchemaError, match=r"open_dir\(folder, schema=schema\)"):
        restored.to_whoosh()
    assert schema.over(restored).to_whoosh()["body"] is own["body"]


def test_terms_have_what_their_tokens_have() -> None:
    terms = terms_of(fields.TEXT(chars=True), "rain in Spain")
    assert terms == [b"rain", b"spain"]
    assert terms.attributes == {"starts": [0, 8], "ends": [4, 13]}
    delimited = analysis.SpaceSeparatedTokenizer() | analysis.DelimitedAttributeFilter()
    assert terms_of(fields.TEXT(delimited), "a^3 b").attributes == {"boosts": [3.0, 1.0]}
    assert terms_of(fields.ID(), "a b", 2.0).attributes == {"boosts": [2.0]}
    double = analysis.RegexTokenizer() | analysis.TeeFilter(
        analysis.PassFilter(), analysis.LowercaseFilter()
    )
    terms = terms_of(fields.TEXT(double), "Ab Cd")
    assert sorted(zip(terms.attributes["positions"], terms, strict=True)) == [
        (0, b"Ab"), (0, b"ab"), (1, b"Cd"), (1, b"cd"),
    ]  # fmt: skip
    assert terms_of(fields.STORED(), "rain") == []
    with pytest.raises(ValueError, match="unicode"):
        terms_of(fields.TEXT(), 7)


def test_what_has_no_place_is_refused_by_name() -> None:
    glob = fields.Schema()
    glob.add("*_text", fields.TEXT, glob=True)
    with pytest.raises(SchemaError, match=r"\*_text"):
        Schema.from_whoosh(glob, exact=True)
    vector = fields.KEYWORD(vector=formats.Positions())
    with pytest.raises(SchemaError, match="tags: a vector"):
        Schema.from_whoosh(fields.Schema(tags=vector), exact=True)


def test_parts_of_words_are_no_words_of_the_query_language(tmp_path: Path) -> None:
    schema = fields.Schema(body=fields.TEXT(stored=True), parts=fields.NGRAMWORDS(2, 3))
    with sl.Archive.create(tmp_path / "x", sl.Schema.from_whoosh(schema, exact=True)) as archive:
        with archive.whoosh.writer() as writer:
            writer.add_document(body="raining", parts="raining")
        assert archive.search("raining").total == 1 and not archive.search("raining").notes
        with pytest.raises(sl.QueryError, match="'parts' is kept but not searched: try body"):
            archive.search("parts:rain")
