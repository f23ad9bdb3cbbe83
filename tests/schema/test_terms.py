"""Fields whose terms a Whoosh field type makes."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from whoosh import analysis, fields, formats

import searchlib as sl
from searchlib.errors import SchemaError
from searchlib.schema import HIDDEN_KEY, Column, Key, Schema, Terms, Text, column_of, terms_of
from searchlib.schema.fieldtype_data import describe
from searchlib.schema.terms import occurrences, query_fields


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
        with pytest.raises(
            sl.QueryError, match="'parts' of a Whoosh program holds no words: try body"
        ):
            archive.search("parts:rain")


def _own() -> Any:
    class Own(analysis.Filter):  # type: ignore[misc]
        def __call__(self, tokens):  # type: ignore[no-untyped-def]
            return tokens

    return analysis.SimpleAnalyzer() | Own()


@pytest.mark.parametrize(
    ("fieldtype", "weight", "is_text", "searched"),
    [
        (fields.TEXT(), 1.0, True, True),
        (fields.TEXT(field_boost=2.0), 2.0, True, True),
        (fields.KEYWORD(), 1.0, True, False),
        (fields.KEYWORD(scorable=True), 1.0, True, True),
        (fields.ID(), 1.0, True, False),
        (fields.STORED(), 1.0, False, False),
        (fields.NUMERIC(), 1.0, False, False),
        (fields.DATETIME(), 1.0, False, False),
        (fields.BOOLEAN(), 1.0, False, False),
        (fields.NGRAM(), 1.0, False, False),
        (fields.TEXT(analyzer=_own()), 1.0, True, True),
    ],
)
def test_what_is_known_of_a_field(
    fieldtype: Any, weight: float, is_text: bool, searched: bool
) -> None:
    field = Terms.of("x", fieldtype)
    assert (field.weight, field.is_text, field.searched) == (weight, is_text, searched)
    assert field.given is field.to_whoosh() is fieldtype
    assert field.fieldtype == (describe(fieldtype) or "")
    assert field.stored == isinstance(fieldtype, fields.STORED)
    assert field == Terms("", weight, searched, field.stored, field.fieldtype, is_text)
    assert field.normalize(value := [7]) is value
    (seen,) = query_fields({"x": field}).values()
    text = Text("", weight, searched, field.stored) if is_text else sl.Stored()
    are_values = isinstance(fieldtype, (fields.ID, fields.KEYWORD))
    assert seen == (sl.Keyword(many=True) if are_values else text)


class _Given(fields.FieldType):  # type: ignore[misc]
    """A field type whose terms are not those of its analyzer alone."""

    def __init__(self, form: Any, boosted: bool) -> None:
        self.format = form
        self.analyzer = analysis.SpaceSeparatedTokenizer()
        if boosted:
            self.analyzer = self.analyzer | analysis.DelimitedAttributeFilter()
        self.indexed, self.scorable, self.stored, self.unique = True, True, False, False

    def index(self, value: str, **kwargs: Any) -> Any:
        return super().index(value, **kwargs)


@pytest.mark.parametrize("kind", [formats.Existence, formats.Frequency, formats.Positions,
                                  formats.Characters, formats.PositionBoosts,
                                  formats.CharacterBoosts])  # fmt: skip
@pytest.mark.parametrize("field_boost", [1.0, 4.0])
def test_the_terms_of_each_format(kind: Any, field_boost: float) -> None:
    form = kind(field_boost=field_boost)
    has_boosts = kind in (formats.PositionBoosts, formats.CharacterBoosts)
    has_positions = kind not in (formats.Existence, formats.Frequency)
    text = "b^3 a b" if has_boosts else "b a b"
    terms = terms_of(_Given(form, has_boosts), text)
    attributes = dict(terms.attributes)
    if kind is formats.Existence:  # which has no counts
        assert (sorted(terms), attributes) == ([b"a", b"b"], {})
        return
    assert has_positions or sorted(terms) == [b"a", b"b", b"b"]
    assert not has_positions or terms == [b"b", b"a", b"b"]
    expected: dict[str, list[Any]] = {}
    if kind in (formats.Characters, formats.CharacterBoosts):
        places = [(0, 1), (4, 5), (6, 7)] if has_boosts else [(0, 1), (2, 3), (4, 5)]
        expected["starts"], expected["ends"] = map(list, zip(*places, strict=True))
    if has_boosts:
        expected["boosts"] = [3.0, 1.0, 1.0]
    assert attributes == expected
    twice = terms_of(_Given(form, has_boosts), text, 2.0).attributes["boosts"]
    assert twice == ([6.0, 2.0, 2.0] if has_boosts else [2.0] * 3)


def test_occurrences_without_positions_follow_each_other() -> None:
    found = occurrences(formats.Frequency(field_boost=2.0), b"a", 3, 12.0, b"", 5)
    assert [(token.term, token.position, token.boost) for token in found] == [
        (b"a", 5, 2.0), (b"a", 6, 2.0), (b"a", 7, 2.0),
    ]  # fmt: skip


def test_stopped_tokens_are_no_terms() -> None:
    stopping = analysis.RegexTokenizer() | analysis.StopFilter(stoplist=["the"], renumber=False)
    terms = terms_of(fields.TEXT(analyzer=stopping), "the rain the snow")
    assert (terms, terms.attributes) == ([b"rain", b"snow"], {"positions": [1, 3]})
    assert terms_of(fields.TEXT(analyzer=stopping), "the") == []


@pytest.mark.parametrize(
    ("form", "vector", "is_allowed"),
    [
        (formats.Positions(), formats.Positions(), True),
        (formats.Positions(), formats.Frequency(), True),
        (formats.Characters(), formats.Positions(), True),
        (formats.Frequency(), formats.Frequency(), True),
        (formats.Frequency(), formats.Positions(), False),
        (formats.Positions(), formats.Characters(), False),
        (formats.Positions(), formats.CharacterBoosts(), False),
    ],
)
def test_a_vector_has_no_more_than_its_field(form: Any, vector: Any, is_allowed: bool) -> None:
    fieldtype = fields.TEXT()
    fieldtype.format, fieldtype.vector = form, vector
    if is_allowed:
        assert Terms.of("x", fieldtype).given is fieldtype
        return
    with pytest.raises(SchemaError, match="x: a vector has what its field has, and no more"):
        Terms.of("x", fieldtype)


def test_formats_of_the_programs_own_are_refused() -> None:
    class Own(formats.Positions):  # type: ignore[misc]
        pass

    fieldtype = fields.TEXT()
    fieldtype.format = Own()
    with pytest.raises(SchemaError, match="x: postings of the format Own are not kept"):
        Terms.of("x", fieldtype)


def test_the_terms_are_those_of_the_field_types_own_way() -> None:
    class Reversed(_Given):
        def index(self, value: str, **kwargs: Any) -> Any:
            return super().index(value[::-1], **kwargs)

    assert terms_of(Reversed(formats.Positions(), False), "niar wons") == [b"snow", b"rain"]


def test_what_is_not_indexed_is_no_text() -> None:
    fieldtype = fields.TEXT()
    fieldtype.indexed = False
    field = Terms.of("x", fieldtype)
    assert (field.is_text, field.searched) == (False, False)
    assert field.terms("rain") == []
