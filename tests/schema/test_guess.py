"""Schemas guessed from articles."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib.schema import NEWS, Date, Field, Keyword, Number, Stored, Text
from searchlib.schema.guess import guess_schema


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ([1, 2.5], Number()),
        ([True, False], Stored()),
        (["2022-08-31", "1 May 2020"], Date()),
        (["2022", "2021"], Number()),
        (["2022-08", "2021-07"], Date()),
        (["red", "red", "blue", "red"], Keyword()),
        ([["a", "b"], ["c"]], Keyword(many=True)),
        ([[{"a": 1}]], Stored()),
        ([["a", 3], ["b"]], Stored()),
        ([["x" * 60], ["b"]], Keyword(many=True)),
        ([["x" * 61], ["b"]], Stored()),
        (["x" * 60] * 2, Keyword()),
        (["x" * 61] * 2, Text()),
        (["red"], Keyword()),
        (["red", "blue", "red"], Text()),
        (["x" * 100, "y" * 100], Text()),
        (["one", "two", "three"], Text()),
        ([{"a": 1}], Stored()),
        (["7", "8.5", "-3", "0"], Number()),
        # One value of another kind is enough.
        ([1, "a"], Stored()),
        ([1, True], Stored()),
        ([["a"], "b"], Stored()),
        (["a", {"b": 1}], Stored()),
        (["2022-8", "2021-7"], Date()),
        (["2022-08-31", "rain"], Text()),
        (["rain in 2022", "snow in 2021"], Text()),
        (["007", "8"], Text()),
        (["7", "8 of 9"], Text()),
    ],
)
def test_fields(values: list[Any], field: Field) -> None:
    schema = guess_schema([{"id": str(n), "x": value} for n, value in enumerate(values)])
    assert schema.fields["x"] == field


def test_known_fields_are_as_in_news() -> None:
    schema = guess_schema([{"id": "a", "title": "Rain", "date": "2022", "_rev": 1, "a b": "x"}])
    assert list(schema.fields) == ["id", "title", "date"]
    assert schema.fields["title"] == NEWS.fields["title"]
