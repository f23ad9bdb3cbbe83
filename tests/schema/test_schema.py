"""The schema: what it refuses, how it cleans values, its JSON form, and its Whoosh form."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import query as wq
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser import QueryParser

from searchlib import analysis
from searchlib.errors import RecordError, SchemaError
from searchlib.ingest.record import canonical_json
from searchlib.schema import NEWS, Date, Field, Key, Keyword, Number, Schema, Stored, Text

ALL = Schema(
    id=Key(),
    title=Text(weight=2.0),
    names=Text(language=""),
    date=Date(),
    section=Keyword(),
    authors=Keyword(many=True),
    words=Number(),
    note=Stored(),
)

FIELDS = (
    st.builds(
        Text,
        language=st.sampled_from([*analysis.LANGUAGES, "", "zh", "ja", "ko"]),
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
    made = draw(st.dictionaries(NAMES, FIELDS, max_size=6))
    key = draw(NAMES.filter(lambda name: name not in made))
    place = draw(st.integers(0, len(made)))
    fields = list(made.items())
    return Schema(**dict([*fields[:place], (key, Key()), *fields[place:]]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=8,
)
ANYTHING = (
    JSON
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["", " ", "2022-08-31", "2022-02-30", "1e5", "1_000", "\ud800", "a\x00", "ß"])
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-9.5))))
    | st.dates()
    | st.decimals()
    | st.binary(max_size=3)
    | st.frozensets(st.text(max_size=2), max_size=3)
)


@pytest.mark.parametrize(
    ("fields", "field", "says"),
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
        ({"id": Key(), "body": Text(weight=0)}, "body", "above 0"),
        ({"id": Key(), "body": Text(weight=float("nan"))}, "body", "above 0"),
        ({"id": Key(), "body": Text(weight=float("inf"))}, "body", "above 0"),
        ({"id": Key(), "body": Text(weight="2")}, "body", "a number, not '2'"),
        ({"id": Key(), "body": Text(weight=True)}, "body", "a number, not True"),
        ({"id": Key(), "body": Text(searched="no")}, "body", "searched is True or False"),
        ({"id": Key(), "names": Keyword(many="no")}, "names", "many is True or False"),
        ({"id": Key(), "body": Text}, "body", "a field is a Key"),
        ({"id": Key(), "body": Field()}, "body", "a field is a Key"),
        ({"id": Key(), "body": "text"}, "body", "a field is a Key"),
    ],
)
def test_refused(fields: dict[str, Any], field: str | None, says: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema(**fields)
    assert caught.value.field == field
    assert says in str(caught.value)


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
def test_what_is_no_schema(data: Any) -> None:
    with pytest.raises(SchemaError):
        Schema.from_json(data)


@given(schemas())
def test_names_and_twins(schema: Schema) -> None:
    names = set(schema.to_whoosh().names())
    assert names == set(schema.names()) | {schema.exact(name) for name in schema.names()}
    for name, field in schema:
        twin = schema.exact(name)
        assert (twin != name) == (isinstance(field, Text) and field.language in analysis.LANGUAGES)
        assert schema.base(twin) == schema.base(name) == name
    assert schema.to_whoosh() is schema.to_whoosh()
    assert schema.names() == list(schema.fields)
    assert schema.names(Key) == [schema.key]


def test_schemas_compare_by_value_and_order() -> None:
    one = Schema(id=Key(), a=Text(), b=Date())
    assert one == Schema(id=Key(), a=Text(), b=Date())
    assert one != Schema(id=Key(), b=Date(), a=Text())
    assert one != Schema(id=Key(), a=Text(weight=2), b=Date())
    assert one != "schema"
    with pytest.raises(TypeError):
        one.fields["c"] = Text()  # type: ignore[index]


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
def test_what_a_schema_does_not_extend(other: Schema, field: str) -> None:
    old = Schema(id=Key(), title=Text(), date=Date())
    with pytest.raises(SchemaError) as caught:
        other.extends(old)
    assert caught.value.field == field
    assert Schema(words=Number(), id=Key(), date=Date(), title=Text()).extends(old)


@given(st.sampled_from([field for _, field in ALL]), ANYTHING)
def test_a_value_is_cleaned_once_or_refused(field: Field, value: Any) -> None:
    try:
        kept = field.normalize(value)
    except ValueError:
        return
    if kept is None:
        return
    assert field.normalize(kept) == kept
    assert type(field.normalize(kept)) is type(kept)
    assert json.loads(canonical_json({"value": kept})) == {"value": kept}


@given(
    st.dictionaries(
        st.sampled_from(ALL.names()) | st.text(st.characters(), max_size=4), ANYTHING, max_size=8
    )
)
def test_a_record_is_cleaned_once_or_refused(record: dict[str, Any]) -> None:
    try:
        row = ALL.normalize(record, "news.jsonl:17")
    except RecordError:
        return
    assert ALL.normalize(row) == row
    assert json.loads(canonical_json(row)) == row
    assert set(row) <= set(record)


@given(st.text(max_size=20), st.text(max_size=20))
def test_equal_texts_are_kept_alike(a: str, b: str) -> None:
    text = a + "e\u0301" + b
    assert Text().normalize(text) == Text().normalize(unicodedata.normalize("NFC", text))
    assert Key().normalize(text) == Key().normalize(f" {text} ")


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (Key(), 17, "17"),
        (Key(), "  a 1 ", "a 1"),
        (Text(), "", None),
        (Text(), "a\x00b\ufeff\u2028c\r\nd\te", "a b  c\r\nd\te"),
        (Keyword(), "  World   News ", "World News"),
        (Keyword(), 2022, "2022"),
        (Keyword(), " ", None),
        (Keyword(), ["One"], "One"),
        (Keyword(), ["One", "ONE "], "One"),
        (Keyword(many=True), "One", ["One"]),
        (Keyword(many=True), ("b", "a", "B"), ["b", "a"]),
        (Keyword(many=True), {"b", "a"}, ["a", "b"]),
        (Keyword(many=True), [], None),
        (Keyword(), "¨", "¨"),
        (Date(), " ", None),
        (Date(), "2022-08", "2022-08"),
        (Date(), date(2022, 8, 31), "2022-08-31"),
        (Date(), datetime(2022, 8, 31, 9, 20, tzinfo=UTC), "2022-08-31T09:20:00Z"),
        (Number(), " 12 ", 12),
        (Number(), "-2.5e3", -2500.0),
        (Number(), "", None),
        (Number(), 10**300, 10**300),
        (Stored(), {"b": (1, 2), "a": None}, {"a": None, "b": [1, 2]}),
        (Stored(), {1: {2: 3}}, {"1": {"2": 3}}),
        (Stored(), "", ""),
        (Stored(), False, False),
    ],
)
def test_kept(field: Field, value: Any, kept: Any) -> None:
    found = field.normalize(value)
    assert found == kept
    assert type(found) is type(kept)


def nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (Key(), "", "the key is empty"),
        (Key(), " \x00 ", "the key is empty"),
        (Key(), True, "text is expected, not bool"),
        (Key(), 1.5, "text is expected, not float"),
        (Key(), "é" * 257, "longer than 512 bytes"),
        (Text(), 7, "text is expected, not int"),
        (Text(), b"bytes", "text is expected, not bytes"),
        (Text(), ["a"], "text is expected, not list"),
        (Text(), "half \ud83d", "surrogate"),
        (Keyword(), ["One", "Two"], "one value is expected, not 2"),
        (Keyword(), True, "text is expected, not bool"),
        (Keyword(many=True), ["a", None], "text is expected, not NoneType"),
        (Keyword(many=True), {"a": 1}, "text is expected, not dict"),
        (Date(), 20220831, "a date is expected, not int"),
        (Date(), "2022-02-30", "there is no day 30"),
        (Date(), "last week", "last week"),
        (Number(), "twelve", "'twelve' is not a number"),
        (Number(), "1_000", "'1_000' is not a number"),
        (Number(), "1,000", "'1,000' is not a number"),
        (Number(), "nan", "not a number"),
        (Number(), float("inf"), "not a number"),
        (Number(), 10**400, "not a number"),
        (Number(), "9" * 5000, "not a number"),
        (Number(), True, "a number is expected, not bool"),
        (Number(), Decimal(1), "a number is expected, not Decimal"),
        (Stored(), {1, 2}, "set cannot be stored as JSON"),
        (Stored(), {1: 2, "a": 3}, "dict cannot be stored as JSON"),
        (Stored(), {"a": [float("nan")]}, "float values"),
        (Stored(), "half \ud83d", "surrogate"),
        (Stored(), {"\ud83d": 1}, "surrogate"),
        (Stored(), LOOP, "Circular"),
        (Stored(), nested(64), "within each other"),
        (Stored(), nested(100_000), "cannot be stored as JSON"),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, list) else "list",
)
def test_refused_values(field: Field, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        field.normalize(value)


def test_a_record_that_is_refused_says_where_which_and_why() -> None:
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


def test_empty_values_are_left_out_and_unknown_keys_kept() -> None:
    record = {"id": "a", "title": "", "authors": [], "date": None, "more": {"x": 1}, "none": None}
    assert ALL.normalize(record) == {"id": "a", "more": {"x": 1}}


def test_keys_to_look_up() -> None:
    assert NEWS.normalize_key(" cafe\u0301 ") == "café"
    for bad in ("", None, "\ud800"):
        with pytest.raises(RecordError):
            NEWS.normalize_key(bad)


def test_stock_whoosh_uses_the_whole_schema() -> None:
    """Lists of keywords, sets, articles without any value, and every column in its order."""
    index = RamStorage().create_index(ALL.to_whoosh())
    rows: list[dict[str, Any]] = [
        {"id": "a", "title": "Rains agreed", "words": 3.5, "authors": ["Ann  Lee", "Bo Ek"],
         "section": "World  News", "date": datetime(2022, 1, 2), "note": [1]},
        {"id": "b"},
        {"id": "c", "words": -7, "authors": [], "section": "sports", "date": datetime(2020, 1, 2)},
        {"id": "d", "words": 10, "authors": {"Cy", "Bo Ek"}, "date": datetime(2024, 1, 2)},
    ]  # fmt: skip
    for part in (rows[:2], rows[2:]):  # two segments
        with index.writer() as writer:
            for row in part:
                exact = {"title_exact": row["title"]} if "title" in row else {}
                writer.add_document(**row, **exact)
    with index.searcher() as searcher:

        def ids(query: Any, **options: Any) -> list[str]:
            return [hit["id"] for hit in searcher.search(query, **options)]

        assert ids(wq.Term("authors", "bo ek")) == ["a", "d"]
        assert ids(wq.Term("section", "world news")) == ["a"]
        assert ids(wq.NumericRange("words", -10, 4)) == ["a", "c"]
        assert ids(wq.DateRange("date", datetime(2022, 1, 1), None)) == ["a", "d"]
        assert ids(QueryParser("title", index.schema).parse("agree rain")) == ["a"]
        assert ids(QueryParser("title_exact", index.schema).parse("rain")) == []
        assert ids(QueryParser("title", index.schema).parse('section:"World News"')) == ["a"]
        assert ids(wq.Every(), sortedby="words") == ["c", "a", "d", "b"]
        assert ids(wq.Every(), sortedby="date") == ["c", "a", "d", "b"]
        assert ids(wq.Every(), sortedby="id", reverse=True) == ["d", "c", "b", "a"]
        assert ids(wq.Every(), sortedby="section")[-2:] == ["a", "c"]  # as written
        assert searcher.document(id="a")["authors"] == ["Ann  Lee", "Bo Ek"]
    index.optimize()
    assert index.doc_count() == 4
