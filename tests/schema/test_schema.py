"""The schema: what it refuses, how it normalises records, its JSON form and its Whoosh schema."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import fields as whoosh_fields

from searchlib import analysis
from searchlib.errors import RecordError, SchemaError
from searchlib.ingest.record import canonical_json
from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import NEWS, Schema
from searchlib.schema.terms import Column, Terms
from searchlib.schema.weights import MAX_WEIGHT, MIN_WEIGHT
from tests.schema.samples import ALL, ANYTHING

FIELDS = (
    st.builds(
        Text,
        language=st.sampled_from([None, *analysis.LANGUAGES, "", "zh", "ja", "ko"]),
        weight=st.floats(0.001, 1000) | st.integers(1, 9),
        searched=st.booleans(),
    )
    | st.builds(Keyword, many=st.booleans())
    | st.sampled_from([Date(), Number(), Stored()])
)

RESERVED = {"and", "or", "not", "near", "same", "has", "rank", "score", "since"}

NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,9}\Z").filter(
    lambda name: not name.endswith("_exact") and name.lower() not in RESERVED
)


@st.composite
def schemas(draw: Any) -> Schema:
    fields = list(draw(st.dictionaries(NAMES, FIELDS, max_size=6)).items())
    key = draw(NAMES.filter(lambda name: name not in dict(fields)))
    index = draw(st.integers(0, len(fields)))
    return Schema(**dict([*fields[:index], (key, Key()), *fields[index:]]))


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({}, None, "none: add id=Key"),
        ({"title": Text()}, None, "none: add id=Key"),
        ({"id": Key(), "other": Key()}, None, "2 (id, other)"),
        ({"id": Key(), "two words": Text()}, "two words", "cannot name a field"),
        ({"id": Key(), "_x": Text()}, "_x", "cannot name a field"),
        ({"id": Key(), "": Text()}, "", "cannot name a field"),
        ({"id": Key(), "título": Text()}, "título", "cannot name a field"),
        ({"id": Key(), "title\n": Text()}, "title\n", "cannot name a field"),
        ({"id": Key(), "AND": Text()}, "AND", "meaning of its own"),
        ({"id": Key(), "rank": Number()}, "rank", "meaning of its own"),
        ({"id": Key(), "body_exact": Text()}, "body_exact", "meaning of its own"),
        ({"id": Key(), "body": Text(language="xx")}, "body", "'xx' is not known"),
        ({"id": Key(), "body": Text(language="english")}, "body", "is not known"),
        ({"id": Key(), "body": Text(language=["en"])}, "body", "is not known"),
        ({"id": Key(), "body": Text(weight=0)}, "body", "from 1e-06 to 1e+06"),
        ({"id": Key(), "body": Text(weight=float("nan"))}, "body", "from 1e-06 to 1e+06"),
        ({"id": Key(), "body": Text(weight=float("inf"))}, "body", "from 1e-06 to 1e+06"),
        ({"id": Key(), "body": Text(weight="2")}, "body", "a number, not '2'"),
        ({"id": Key(), "body": Text(weight=True)}, "body", "a number, not True"),
        ({"id": Key(), "body": Text(searched="no")}, "body", "searched is True or False"),
        ({"id": Key(), "names": Keyword(many="no")}, "names", "many is True or False"),
        ({"id": Key(), "body": Text}, "body", "a field is a Key"),
        ({"id": Key(), "body": Field()}, "body", "a field is a Key"),
        ({"id": Key(), "body": "text"}, "body", "a field is a Key"),
    ],
)
def test_refused(fields: dict[str, Any], field: str | None, why: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema(**fields)
    assert caught.value.field == field
    assert why in str(caught.value)


@given(schemas())
def test_json_round_trip(schema: Schema) -> None:
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert again == schema
    assert list(again) == list(schema)
    assert (hash(again), repr(again), again.key) == (hash(schema), repr(schema), schema.key)
    assert again.extends(schema)


@pytest.mark.parametrize(
    "data",
    [
        None, 7, "id", {}, [], [7], [{}], [{"name": "id"}], [{"name": "id", "kind": "nokind"}],
        [{"name": "id", "kind": "key", "other": 1}], [{"name": 7, "kind": "key"}],
        [{"name": "id", "kind": ["key"]}], [{"name": "id", "kind": "key"}, None],
        [{"name": "id", "kind": "key"}, {"name": "a", "kind": "keyword", "many": "x"}],
    ],
)  # fmt: skip
def test_data_that_is_not_a_schema(data: Any) -> None:
    with pytest.raises(SchemaError):
        Schema.from_json(data)


class Faulty(int):
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


def test_a_value_whose_own_code_fails_is_rejected() -> None:
    schema = Schema(id=Key(), tags=Keyword(many=True))
    values: list[Any] = [Faulty(3), [Faulty(3)], ("a", Faulty(3))]
    for value in values:
        with pytest.raises(RecordError, match="the code of the value itself fails: RuntimeError"):
            schema.normalize({"id": "a", "tags": value}, "record 1")


def test_a_mistake_of_ours_is_not_taken_for_one_of_the_value() -> None:
    def fails(value: Any) -> Any:
        raise RuntimeError("ours")

    schema = Schema(id=Key(), tags=Keyword(many=True))
    schema._normalizers["tags"] = fails
    for value in ("a", ["a", 3, None], {"a": {"b": datetime.date(2024, 5, 1)}}):
        with pytest.raises(RuntimeError, match="ours"):
            schema.normalize({"id": "a", "tags": value})


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ([{"name": "id", "kind": "key"}, {"name": "body", "kind": "text", "sotred": False}], "body",
         ["text field", "'sotred'", "name, kind, language, weight, searched, stored"]),
        ([{"name": "tags", "kind": "keyword", "stored": True}], "tags",
         ["keyword field", "'stored'", "name, kind, many, separator"]),
        ([{"name": "id", "kind": "key"}, {"name": "tags", "kind": "keyword", "separator": [","]}],
         "tags", ["separator is text, not [',']"]),
        ([{"name": "id", "kind": "colour"}], "id",
         ["'colour'", "key, text, keyword, date, number, stored"]),
        ([{"name": "id"}], "id", ["it has no kind", "key, text"]),
        ([{"name": "id", "kind": "key"}, {"kind": "text"}], None, ["field 2", "no name"]),
        ([{"name": "a", "kind": "key"}, {"name": "a", "kind": "text"}], "a", ["two fields", "'a'"]),
        ({"id": "key"}, None, ["a list with an object for each field", "not dict"]),
    ],
)  # fmt: skip
def test_what_is_not_a_schema_is_refused_with_which_field_and_what_it_may_have(
    data: Any, field: str | None, words: list[str]
) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema.from_json(data)
    assert caught.value.field == field
    assert all(word in str(caught.value) for word in words), str(caught.value)


@given(schemas())
def test_names_and_exact_fields(schema: Schema) -> None:
    names = set(schema.to_whoosh().names())
    assert names == set(schema.names()) | {schema.exact(name) for name in schema.names()}
    for name, field in schema:
        exact = schema.exact(name)
        assert (exact != name) == (
            isinstance(field, Text)
            and field.language != ""
            and (
                field.language is None
                or field.language in analysis.LANGUAGES
                or schema.language_field is not None
            )
        )
        assert schema.base(exact) == schema.base(name) == name
    assert schema.to_whoosh() is schema.to_whoosh()
    assert schema.names() == list(schema.fields)
    assert schema.names(Key) == [schema.key]


def test_schemas_compare_by_value_and_order() -> None:
    schema = Schema(id=Key(), a=Text(), b=Date())
    assert schema == Schema(id=Key(), a=Text(), b=Date())
    assert schema != Schema(id=Key(), b=Date(), a=Text())
    assert schema != Schema(id=Key(), a=Text(weight=2), b=Date())
    assert schema != "schema"
    with pytest.raises(TypeError):
        schema.fields["c"] = Text()  # type: ignore[index]


def test_any_word_can_name_a_field() -> None:
    schema = Schema(self=Key(), cls=Text(), fields=Keyword())
    assert Schema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (Schema(id=Key(), title=Text()), "date"),
        (Schema(id=Key(), title=Text(weight=2), date=Date()), "title"),
        (Schema(id=Key(), title=Keyword(), date=Date()), "title"),
        (Schema(other=Key(), title=Text(), date=Date()), "id"),
    ],
)
def test_schemas_that_do_not_extend_the_old_one(other: Schema, field: str) -> None:
    old = Schema(id=Key(), title=Text(), date=Date())
    with pytest.raises(SchemaError) as caught:
        other.extends(old)
    assert caught.value.field == field
    assert Schema(words=Number(), id=Key(), date=Date(), title=Text()).extends(old)


@given(
    st.dictionaries(
        st.sampled_from(ALL.names()) | st.text(st.characters(), max_size=4), ANYTHING, max_size=8
    )
)
def test_normalizing_a_record_twice_changes_nothing(record: dict[str, Any]) -> None:
    try:
        row = ALL.normalize(record, "news.jsonl:17")
    except RecordError:
        return
    assert ALL.normalize(row) == row
    assert json.loads(canonical_json(row)) == row
    assert set(row) <= set(record)


def test_a_refused_record_names_place_field_and_reason() -> None:
    for record, field, why in [
        ({"title": "no key"}, "id", "the key is missing"),
        ({"id": None}, "id", "the key is missing"),
        ({"id": "a", "words": "many"}, "words", "'many' is not a number"),
        ({"id": "a", 7: "seven"}, None, "a field's name is text, not int"),
        ({"id": "a", "\ud800": 1}, None, "half of a surrogate pair"),
        ({"id": "a", "extra": {1}}, "extra", "cannot be stored as JSON"),
    ]:
        with pytest.raises(RecordError) as caught:
            ALL.normalize(record, "x.jsonl:3")
        assert caught.value.field == field
        assert caught.value.where == "x.jsonl:3"
        assert why in caught.value.why


def test_empty_values_are_left_out_and_unknown_keys_stored() -> None:
    record = {"id": "a", "title": "", "authors": [], "date": None, "more": {"x": 1}, "none": None}
    assert ALL.normalize(record) == {"id": "a", "more": {"x": 1}}


def test_keys_to_look_up() -> None:
    assert NEWS.normalize_key(" cafe\u0301 ") == "café"
    for bad in ("", None, "\ud800"):
        with pytest.raises(RecordError):
            NEWS.normalize_key(bad)


LANG, LANGS = {"lang": Keyword()}, {"lang": Keyword(many=True)}


@pytest.mark.parametrize(
    ("fields", "language", "row", "bound", "expected"),
    [
        ({}, None, {}, (2, "en"), "en"),
        ({}, None, {}, (2, "fr"), "fr"),
        ({}, "de", {}, (2, "fr"), "de"),
        ({}, "", {}, (2, "fr"), ""),
        ({}, None, {"lang": "pt"}, (2, "fr"), "fr"),  # the schema has no such field
        ({"lang": Stored()}, None, {"lang": "pt"}, (2, "fr"), "fr"),
        (LANG, None, {"lang": "pt-BR"}, (2, "fr"), "pt"),
        (LANG, "de", {"lang": "pt"}, (2, "fr"), "pt"),
        (LANG, "de", {"lang": "klingon"}, (2, "fr"), ""),
        (LANG, "de", {"lang": ""}, (2, "fr"), "de"),
        (LANG, "", {"lang": "pt"}, (2, "fr"), ""),
        (LANG, None, {}, (2, "fr"), "fr"),
        (LANG, None, {"lang": "pt"}, (1, "fr"), "fr"),  # of which version 1 knows nothing
        (LANGS, None, {"lang": ["pt", "de"]}, (2, "fr"), "pt"),
    ],
)
def test_the_language_of_a_text(
    fields: dict[str, Field], language: str | None, row: dict[str, Any], bound: tuple[int, str],
    expected: str,
) -> None:  # fmt: skip
    schema = Schema(id=Key(), body=Text(language=language), **fields).bound(*bound)
    assert schema.language_of("body", row) == expected
    named = "lang" if bound[0] > 1 and isinstance(fields.get("lang"), Keyword) else None
    assert schema.language_field == named
    is_stemmed = language != "" and (named is not None or schema.default_language("body") != "")
    assert schema.exact("body") == ("body_exact" if is_stemmed else "body")
    assert schema.bound(*bound) is schema


def test_what_whoosh_knows_of_a_schema() -> None:
    schema = Schema(
        body=Text(weight=2.5), id=Key(), tags=Keyword(many=True, separator=","), note=Stored()
    ).bound(1, "fr")
    whoosh_schema = schema.to_whoosh()
    assert whoosh_schema.names() == ["body", "body_exact", "id", "note", "tags"]
    body, exact = whoosh_schema["body"], whoosh_schema["body_exact"]
    assert (body.stored, exact.stored) == (True, False)
    assert body.format.field_boost == exact.format.field_boost == 2.5
    assert [[t.text for t in one.analyzer("l'École fermée")] for one in (body, exact)] == [
        ["lecol", "ferme"], ["lecole", "fermee"],
    ]  # fmt: skip
    assert (whoosh_schema["tags"].separator, whoosh_schema["tags"].rules.version) == (",", 1)


@pytest.mark.parametrize(
    ("fields", "searched"),
    [
        ({"a": Text(), "b": Text(searched=False)}, ("a",)),
        ({"a": Text(searched=False), "b": Text(searched=False)}, ("a", "b")),
        ({"a": Keyword()}, ()),
    ],
)
def test_which_fields_are_searched(fields: dict[str, Field], searched: tuple[str, ...]) -> None:
    assert Schema(id=Key(), **fields).searched() == searched


def test_a_field_of_a_program_is_no_text_of_our_own() -> None:
    ours = Schema(_key=Key(), x=Text(language=""))
    theirs = Schema(_key=Key(), x=Terms.of("x", whoosh_fields.TEXT()))
    for one, other in ((ours, theirs), (theirs, ours)):
        with pytest.raises(SchemaError, match="field 'x' is "):
            one.extends(other)


def test_words_that_say_little_in_all_fields() -> None:
    schema = Schema(
        id=Key(), en=Text(language="en"), de=Text(language="de"), fr=Text("fr", searched=False)
    )
    english, german = schema.stop_words("en"), schema.stop_words("de")
    assert schema.stop_words(None) == english & german
    assert "in" in schema.stop_words(None) and "the" not in schema.stop_words(None)
    assert Schema(id=Key()).stop_words(None) == frozenset()


def test_a_schema_for_an_archive_that_is_there() -> None:
    old = Schema(id=Key(), a=Text(language="fr"), b=Text(), c=Text(weight=2)).bound(1, "de")
    new = Schema(id=Key(), a=Text(), b=Text(language="en"), c=Text(weight=2), d=Text())
    assert new.extends(Schema(id=Key(), a=Text(language="fr"), c=Text(weight=2)))
    with pytest.raises(SchemaError, match=r"field 'b' is Text.* make a new archive"):
        new.extends(old)
    merged = new.over(old)
    assert [merged.fields[name].language for name in "abcd"] == ["fr", "en", None, None]  # type: ignore[attr-defined]
    assert (merged.rules.version, merged.language) == (1, "de")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"language": "xx"}, "language 'xx' is not known"),
        ({"weight": 0}, "the weight is from"),
        ({"searched": 1}, "x: it is not well formed"),
        ({"is_text": "yes"}, "x: it is not well formed"),
        ({"fieldtype": "{}"}, "describes no field type"),
    ],
)
def test_damaged_fields_of_whoosh_programs(changes: dict[str, Any], why: str) -> None:
    terms = Terms.of("x", whoosh_fields.TEXT())
    Schema(_key=Key(), x=terms)
    with pytest.raises(SchemaError, match=why):
        Schema(_key=Key(), x=dataclasses.replace(terms, given=None, **changes))
    if "fieldtype" in changes:  # a program knows its own
        assert Schema(_key=Key(), x=dataclasses.replace(terms, **changes)).to_whoosh()["x"]


@pytest.mark.parametrize("name", ["", "a\nb", "half \ud83d"])
@pytest.mark.parametrize("field", [Terms.of("x", whoosh_fields.TEXT()), Column()])
def test_names_that_no_field_of_a_whoosh_program_has(name: str, field: Field) -> None:
    Schema(_key=Key(), **{"two words": field})
    with pytest.raises(SchemaError, match="cannot name a field"):
        Schema(_key=Key(), **{name: field})


def test_weights_at_the_ends_of_their_range() -> None:
    schema = Schema(
        id=Key(), a=Text(weight=MIN_WEIGHT), b=Text(weight=MAX_WEIGHT), c=Text(weight=1)
    )
    for weight in (MIN_WEIGHT / 2, MAX_WEIGHT * 2, -1):
        with pytest.raises(SchemaError, match=f"c: the weight is from 1e-06 to .*, not {weight!r}"):
            Schema(**{**schema.fields, "c": Text(weight=weight)})


def test_texts_without_a_stemmer_have_no_exact_field() -> None:
    schema = Schema(id=Key(), en=Text(language="en"), zh=Text(language="zh"), no=Text(language=""))
    assert [schema.exact(name) for name in ("en", "zh", "no")] == ["en_exact", "zh", "no"]
    assert [schema.base(name) for name in ("en_exact", "zh_exact", "en")] == [
        "en",
        "zh_exact",
        "en",
    ]


def test_which_fields_of_news_have_several_values() -> None:
    many = [name for name, field in NEWS if getattr(field, "many", False)]
    assert many == ["authors", "editors", "places", "topics"]
