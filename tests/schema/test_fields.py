"""The field types: the stored form of a value, or the reason why it is refused."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest.record import canonical_json
from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from tests.schema.samples import ALL, ANYTHING


@given(st.sampled_from([field for _, field in ALL]), ANYTHING)
def test_normalizing_twice_changes_nothing(field: Field, value: Any) -> None:
    try:
        normalized = field.normalize(value)
    except ValueError:
        return
    if normalized is None:
        return
    assert field.normalize(normalized) == normalized
    assert type(field.normalize(normalized)) is type(normalized)
    assert json.loads(canonical_json({"value": normalized})) == {"value": normalized}


@given(st.text(max_size=20), st.text(max_size=20))
def test_equal_texts_have_one_form(a: str, b: str) -> None:
    text = a + "e\u0301" + b
    assert Text().normalize(text) == Text().normalize(unicodedata.normalize("NFC", text))
    assert Key().normalize(text) == Key().normalize(f" {text} ")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (Key(), 17, "17"),
        (Key(), "  a 1 ", "a 1"),
        (Key(), "é" * 256, "é" * 256),
        (Text(), "", None),
        (Text(), "a\x00b\ufeff\u2028c\r\nd\te", "a b c\r\nd\te"),
        (Keyword(), "  World   News ", "World News"),
        (Keyword(), 2022, "2022"),
        (Keyword(), " ", None),
        (Keyword(), ["One"], "One"),
        (Keyword(), ["One", "ONE "], "One"),
        (Keyword(many=True), "One", ["One"]),
        (Keyword(many=True), ("b", "a", "B"), ["b", "a"]),
        (Keyword(many=True), {"b", "a"}, ["a", "b"]),
        # One keyword, by the rules of any version.
        (Keyword(many=True), ["O’Neill", "O'Neill", "рай", "раи"], ["O’Neill", "рай"]),
        (Keyword(), ["раи", "рай"], "раи"),
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
        (Stored(), ["a", (1,), "b"], ["a", [1], "b"]),
        (Stored(), {"a": "é"}, {"a": "é"}),
        (Stored(), "", ""),
        (Stored(), False, False),
    ],
)
def test_normalized(field: Field, value: Any, expected: Any) -> None:
    normalized = field.normalize(value)
    assert normalized == expected
    assert type(normalized) is type(expected)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


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
        (Key(), "a" * 513, "longer than 512 bytes"),
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
        (Stored(), [[], nested(63)], "within each other"),
        (Stored(), {"a": 1, "b": (1, nested(62))}, "within each other"),
        (Stored(), nested(100_000), "cannot be stored as JSON"),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, list) else "list",
)
def test_refused_values(field: Field, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        field.normalize(value)


@pytest.mark.parametrize("value", ["Rain", "caf\u00e9", "a\tb\n", "a\x00", ["a", "b"], 7, None])
def test_the_same_with_and_without_the_kernel(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    def normalized(field: Field) -> Any:
        try:
            return field.normalize(value)
        except ValueError as error:
            return str(error)

    fields = [Key(), Text(), Keyword(), Keyword(many=True), Stored()]
    before = [normalized(field) for field in fields]
    monkeypatch.setattr("searchlib.schema.fields._is_plain", lambda _: False)
    assert [normalized(field) for field in fields] == before


def test_how_deep_a_stored_value_may_be() -> None:
    value = {"a": [1, nested(61), 2], "b": []}
    assert Stored().normalize(value) == value
    assert Stored().normalize(nested(63)) == nested(63)


@pytest.mark.parametrize(
    ("field", "kind", "options"),
    [
        (Key(), "ID", (True, True, True)),
        (Text(), "TEXT", (True, False, False)),
        (Keyword(), "KEYWORD", (True, False, True)),
        (Keyword(many=True), "KEYWORD", (True, False, True)),
        (Date(), "DATETIME", (True, False, True)),
        (Number(), "NUMBER", (True, False, True)),
        (Stored(), "STORED", (True, False, False)),
    ],
)
def test_what_whoosh_knows_of_a_field(
    field: Field, kind: str, options: tuple[bool, bool, bool]
) -> None:
    fieldtype = field.to_whoosh()
    assert type(fieldtype).__name__ == kind
    assert (fieldtype.stored, bool(fieldtype.unique), bool(fieldtype.column_type)) == options


def test_a_stored_list_is_a_copy() -> None:
    value = ["a", ["b"]]
    for original in (value, value[1]):
        stored = Stored().normalize(original)
        assert stored == original
        assert stored is not original


def test_the_base_class_is_not_a_field() -> None:
    for method in (lambda: Field().normalize("a"), Field().to_whoosh):
        with pytest.raises(NotImplementedError):
            method()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["rain"]), ("fr", ["rain"]), ("", ["rains"]), (None, ["rains"])],
)
def test_the_analyzer_of_a_text_is_that_of_its_language(
    language: str | None, words: list[str]
) -> None:
    fieldtype = Text(language=language, weight=2.5).to_whoosh()
    assert [token.text for token in fieldtype.analyzer("Rains", mode="index")] == words
    assert fieldtype.format.field_boost == 2.5
