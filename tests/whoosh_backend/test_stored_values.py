"""Stored values and columns: what goes in comes out, and columns sort as their values do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.whoosh_backend.stored_values import column_text, column_value, from_json, to_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.dates() | st.times() | st.decimals(allow_nan=False)
    | st.datetimes(timezones=st.none() | st.just(UTC)),
    lambda values: st.lists(values, max_size=3) | st.lists(values, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=3) | st.integers(), values, max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(VALUES)
def test_what_goes_in_comes_out(value: Any) -> None:
    restored = from_json(json.loads(json.dumps(to_json(value))))
    assert restored == value and type(restored) is type(value)


def test_sets_and_names_that_look_like_ours() -> None:
    for value in ({1, "a"}, frozenset({(1, 2)}), {"$date": 1}, {"a": {"$b": 2}, "c": 3}):
        assert from_json(json.loads(json.dumps(to_json(value)))) == value


def test_what_cannot_be_stored() -> None:
    with pytest.raises(TypeError, match="object"):
        to_json([object()])
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    with pytest.raises(TypeError, match="lists"):
        to_json(nested)


@pytest.mark.parametrize(
    "data",
    [{"$date": 7}, {"$decimal": "x"}, {"$other": 1}, {"$dict": [1]}, {"$int": "x"}, {"$int": 1}],
)
def test_what_is_of_no_value_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"well formed|nvalid|could not"):
        from_json(data)


@given(st.sampled_from(
    [st.integers(-(2**64), 2**64), st.binary(), st.booleans(), st.floats(allow_nan=False)]
).flatmap(lambda values: st.lists(values, min_size=2, max_size=2)))  # fmt: skip
def test_columns_sort_as_their_values_do(values: list[Any]) -> None:
    texts = list(map(column_text, values))
    assert list(map(column_value, texts)) == values
    if values[0] != values[1]:
        in_bytes = [text.encode() for text in texts]
        assert (in_bytes[0] < in_bytes[1]) == (values[0] < values[1])


def test_columns_are_written_as_they_were() -> None:
    texts = [column_text(value) for value in (0, -1, True, 1.0, b"a", None)]
    assert texts == [
        "i10000000000000000", "i0ffffffffffffffff", "t1", "fbff0000000000000", "ba", "jnull",
    ]  # fmt: skip


def test_other_values_of_columns() -> None:
    for value in (("a", 1), [1.5], datetime(2022, 1, 2), date(2022, 1, 2), time(3), Decimal(1)):
        assert column_value(column_text(value)) == value


def test_texts_of_numbers_are_equally_long_and_sort_as_they_do() -> None:
    inf = float("inf")
    floats = [
        -inf,
        -1e300,
        -2.5,
        -1.0,
        -1e-300,
        -5e-324,
        -0.0,
        0.0,
        5e-324,
        1e-5,
        1.0,
        2.0,
        2.5,
        1e300,
        inf,
    ]
    wholes = [-(1 << 63), -300, -1, 0, 1, 255, 256, 1 << 63, (1 << 64) - 1]
    for values, length in ((floats, 17), (wholes, 18)):
        texts = [column_text(value) for value in values]
        assert texts == sorted(set(texts))
        assert {len(text) for text in texts} == {length}
        assert [column_value(text) for text in texts] == values


@pytest.mark.parametrize(
    "wrapped",
    [lambda x: [x], lambda x: (x,), lambda x: frozenset([x]), lambda x: {"a": x},
     lambda x: {"$a": x}, lambda x: {(x,) if isinstance(x, tuple) else 1: x}],
)  # fmt: skip
def test_how_deep_a_stored_value_may_be(wrapped: Any) -> None:
    value: Any = "x"
    for _ in range(64):
        value = wrapped(value)
    assert from_json(json.loads(json.dumps(to_json(value)))) == value
    with pytest.raises(TypeError, match="lists within lists"):
        to_json(wrapped(value))


def test_a_key_is_as_deep_as_its_value() -> None:
    value: Any = "x"
    for _ in range(63):
        value = (value,)
    assert to_json({value: 1})
    with pytest.raises(TypeError, match="lists within lists"):
        to_json({(value,): 1})


class _Text(str):
    __slots__ = ()


class _Number(int):
    pass


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (float("inf"), {"$float": "inf"}), (-2.5, -2.5), (True, True), (None, None),
        (_Text("a"), "a"), (_Number(3), 3), (bytearray(b"\xff"), {"$bytes": "\xff"}),
        ({"b": 1, "a": 2}, {"b": 1, "a": 2}), ({1: 2}, {"$dict": [[1, 2]]}),
        ({"a": 1, 2: 3}, {"$dict": [["a", 1], [2, 3]]}),
        ({"a": 1, "$b": 2}, {"$dict": [["a", 1], ["$b", 2]]}),
        ({10, 9, "a"}, {"$set": ["a", 10, 9]}), (frozenset("ba"), {"$frozenset": ["a", "b"]}),
        (("b", "a"), {"$tuple": ["b", "a"]}),
        (1 << 4095, 1 << 4095), (-(1 << 4096), {"$int": "-0x1" + "0" * 1024}),
        (np.float32(0.5), 0.5), (np.bool_(False), False),
    ],
)  # fmt: skip
def test_the_data_of_values(value: Any, data: Any) -> None:
    found = to_json(value)
    assert json.dumps(found) == json.dumps(data)
    assert type(found) is type(data)
