"""Whoosh's field types as plain data: what comes back does the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from whoosh import analysis, columns, fields, formats

from searchlib.errors import SchemaError
from searchlib.schema.fieldtype_data import (
    _CLASSES,
    _MAX_DEPTH,
    _to_data,
    check_description,
    describe,
    fieldtype_of,
)

WORDS = "The Quick-Thinking foxes of WiFi-4500, Müller's café"
FIELDTYPES: list[tuple[Any, Any]] = [
    (fields.TEXT(), WORDS),
    (fields.TEXT(analyzer=analysis.StemmingAnalyzer(stoplist=["of"], minsize=3)), WORDS),
    (fields.TEXT(analyzer=analysis.FancyAnalyzer(), chars=True), WORDS),
    (fields.TEXT(lang="de"), WORDS),
    (fields.TEXT(analyzer=analysis.NgramWordAnalyzer(2, 4, at="start"), phrase=False), WORDS),
    (fields.TEXT(analyzer=analysis.SimpleAnalyzer() | analysis.IntraWordFilter()), WORDS),
    (fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer() | analysis.ShingleFilter()), WORDS),
    (fields.TEXT(analyzer=analysis.RegexTokenizer() | analysis.CharsetFilter({233: "e"})), WORDS),
    (fields.TEXT(spelling=True, sortable=True, vector=formats.Frequency()), WORDS),
    (fields.KEYWORD(commas=True, lowercase=True, scorable=True, sortable=True), WORDS),
    (fields.ID(unique=True, sortable=columns.RefBytesColumn()), WORDS),
    (fields.NUMERIC(int, 64, signed=False, sortable=True, default=7), 2**64 - 1),
    (fields.NUMERIC(float), 2.5),
    (fields.NUMERIC(int, decimal_places=2), Decimal("1.25")),
    (fields.DATETIME(stored=True, sortable=True), datetime(2022, 8, 31, 9, 20)),
    (fields.BOOLEAN(), True),
    (fields.NGRAM(2, 3, phrase=True), WORDS),
    (fields.NGRAMWORDS(queryor=True, at="end"), WORDS),
]


@pytest.mark.parametrize(("fieldtype", "value"), FIELDTYPES)
def test_what_comes_back_does_the_same(fieldtype: Any, value: Any) -> None:
    description = describe(fieldtype)
    assert description is not None
    restored = fieldtype_of(description)
    assert sorted(restored.index(value)) == sorted(fieldtype.index(value))
    assert describe(restored) == description
    assert restored.format == fieldtype.format
    for name in ("stored", "unique", "scorable", "indexed", "multitoken_query"):
        assert getattr(restored, name) == getattr(fieldtype, name)
    if fieldtype.column_type:
        assert restored.to_column_value(value) == fieldtype.to_column_value(value)
        assert restored.column_type.default_value() == fieldtype.column_type.default_value()


class OwnFilter(analysis.Filter):  # type: ignore[misc]
    def __call__(self, tokens: Any) -> Any:
        return tokens


@pytest.mark.parametrize(
    "fieldtype",
    [
        fields.TEXT(analyzer=analysis.SimpleAnalyzer() | OwnFilter()),
        fields.TEXT(analyzer=analysis.StemmingAnalyzer(stemfn=str.upper)),
        fields.COLUMN(columns.PickleColumn(columns.VarBytesColumn())),
    ],
)
def test_what_is_the_programs_own_has_no_description(fieldtype: Any) -> None:
    assert describe(fieldtype) is None


@pytest.mark.parametrize(
    "description",
    [
        "", "7", "null", "[]", '{"class":"os.system","state":{}}', '{"class":"TEXT"}',
        '{"class":"PickleColumn","state":{}}', '{"function":"eval"}', '{"type":"type"}',
        '{"class":"Positions","state":{}}', '{"pattern":"(","flags":0}', "[" * 500,
        '{"class":"StemFilter","state":{"lang":"xx","cachesize":5}}',
        json.dumps({"class": "TEXT", "state": []}),
    ],
)  # fmt: skip
def test_what_describes_no_field_type_is_refused(description: str) -> None:
    with pytest.raises(SchemaError, match="describes no field type"):
        fieldtype_of(description)


WRAPPERS: list[Callable[[Any], Any]] = [
    lambda x: [x], lambda x: (x,), lambda x: {1: x}, lambda x: frozenset([x]),
]  # fmt: skip


@pytest.mark.parametrize("wrapped", WRAPPERS)
def test_what_is_as_deep_as_it_may_be_comes_back(wrapped: Callable[[Any], Any]) -> None:
    fieldtype = fields.STORED()
    fieldtype.own = "x"
    for _ in range(_MAX_DEPTH - 1):
        fieldtype.own = wrapped(fieldtype.own)
    description = describe(fieldtype)
    assert description is not None
    assert fieldtype_of(description).own == fieldtype.own
    data = json.loads(description)
    data["state"]["own"] = [data["state"]["own"]]
    with pytest.raises(SchemaError, match="too deep"):
        fieldtype_of(json.dumps(data))
    fieldtype.own = wrapped(fieldtype.own)
    assert describe(fieldtype) is None


def test_a_key_that_is_too_deep_does_not_come_back() -> None:
    fieldtype = fields.STORED()
    key: Any = "x"
    for _ in range(_MAX_DEPTH - 2):
        key = (key,)
    fieldtype.own = {key: 1}
    description = describe(fieldtype)
    assert description is not None
    assert fieldtype_of(description).own == {key: 1}
    data = json.loads(description)
    data["state"]["own"] = {"dict": [[{"tuple": [data["state"]["own"]["dict"][0][0]]}, 1]]}
    with pytest.raises(SchemaError, match="too deep"):
        fieldtype_of(json.dumps(data))


@pytest.mark.parametrize("wrapped", WRAPPERS)
def test_how_deep_data_may_be(wrapped: Callable[[Any], Any]) -> None:
    value: Any = "x"
    for _ in range(_MAX_DEPTH):
        value = wrapped(value)
    assert _to_data(value, 0)
    with pytest.raises(TypeError, match="too deep"):
        _to_data(wrapped(value), 0)


def test_a_key_is_a_step_deeper_than_its_dict() -> None:
    value: Any = "x"
    for _ in range(_MAX_DEPTH - 1):
        value = (value,)
    assert _to_data({value: 1}, 0)
    with pytest.raises(TypeError, match="too deep"):
        _to_data({(value,): 1}, 0)


def test_each_field_type_has_one_description() -> None:
    """The same bytes for the same field type, of which no reader of JSON makes something else."""
    accents = analysis.CharsetFilter({233: "é", 65: "a"})
    fieldtype = fields.TEXT(analyzer=analysis.RegexTokenizer() | accents)
    fieldtype.own = [float("inf"), 2.5, {"b", "a"}]
    description = describe(fieldtype)
    assert description is not None
    assert "é" in description
    assert '"own":[{"float":"inf"},2.5,{"set":["a","b"]}]' in description
    data = json.loads(description)
    assert description == json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert fieldtype_of(description).own == fieldtype.own


@pytest.mark.parametrize(
    ("part", "value", "is_right"),
    [
        ("format", None, False), ("format", "x", False), ("format", {"class": "STORED"}, False),
        ("analyzer", None, True), ("analyzer", "x", False), ("column_type", None, True),
        ("column_type", [1], False), ("vector", None, True), ("vector", "x", False),
        ("vector", {"class": "Existence"}, True),
    ],
)  # fmt: skip
def test_parts_are_what_they_are_called(part: str, value: Any, is_right: bool) -> None:
    data = json.loads(describe(fields.TEXT(sortable=True)) or "")
    if isinstance(value, dict):
        value = value | {"state": {}}
    data["state"][part] = value
    description = json.dumps(data)
    if is_right:
        check_description(description)
        return
    for read in (check_description, fieldtype_of):
        with pytest.raises(SchemaError, match="describes no field type"):
            read(description)


def test_the_classes_of_descriptions() -> None:
    """Whoosh's own, none of which runs what it is given."""
    assert {"TEXT", "NUMERIC", "Positions", "StemFilter", "CompositeAnalyzer"} <= {*_CLASSES}
    assert not {"LoggingFilter", "PickleColumn", "ReverseField", "FieldWrapper"} & {*_CLASSES}
    for name, whoosh_class in _CLASSES.items():
        assert whoosh_class.__name__ == name
        assert whoosh_class.__module__.startswith("whoosh.")
        assert not name.startswith("_")
