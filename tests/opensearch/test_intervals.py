"""Tests of searchlib/opensearch/intervals.py."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import query as wq

from searchlib.opensearch.intervals import field_of, has_intervals, interval
from searchlib.opensearch.mapping import UNIT_TOKENS
from searchlib.schema import NEWS
from searchlib.span_queries import AtLeast, First, Near, Same

A, B = wq.Term("body", "a"), wq.Term("body", "b")
PHRASE = wq.Phrase("body", ["a", "b"])


@pytest.mark.parametrize(
    ("query", "exact"),
    [
        (Near(A, B, 5, False), True),
        (Near(A, wq.Or([PHRASE, wq.Phrase("body", ["b", "a"])]), 5, True), True),
        (Near(A, wq.Or([PHRASE, B]), 5, True), False),
        (Near(A, Near(A, B, 5, True), 5, True), False),
        (AtLeast(PHRASE, 2), False),
        (AtLeast(A, 2), True),
        (AtLeast(A, 100), True),
        (AtLeast(A, 101), False),
        (wq.Phrase("body", ["a", "b", "c"], 1), True),
        (wq.Phrase("body", ["a", "b", "c"], 3), False),
        (wq.Phrase("body", ["a", "b"], 3), True),
        (Same(A, B, "sentence", "body"), True),
    ],
)
def test_only_parts_of_one_length_are_left_to_intervals(query: object, exact: bool) -> None:
    assert has_intervals(query) is exact


def test_the_field_of_a_query() -> None:
    other = wq.Term("title", "a")
    for query in (A, Near(A, other, 5, True), wq.Or([A, other]), AtLeast(wq.Or([A, other]), 2)):
        assert field_of(query) == "body"


def test_another_field_is_named() -> None:
    made = interval(NEWS, wq.Term("body_exact", "rains"))
    assert made["match"]["use_field"] == "f.body.exact"
    assert "use_field" not in interval(NEWS, A)["match"]


def test_each_kind_of_query_as_intervals() -> None:
    a, b = ({"match": {"query": word, "analyzer": "words", "ordered": True, "max_gaps": 0}}
            for word in "ab")  # fmt: skip
    near = {"all_of": {"intervals": [a, b], "ordered": True, "max_gaps": 4}}
    other_way = {"all_of": {"intervals": [b, a], "ordered": True, "max_gaps": 4}}
    first = {"script": {"source": "interval.end < 7"}}
    for query, expected in [
        (PHRASE, {"match": {**a["match"], "query": "a b"}}),
        (
            wq.Phrase("body", ["a", "b"], 3),
            {"match": {**a["match"], "query": "a b", "max_gaps": 2}},
        ),
        (wq.Or([A, B]), {"any_of": {"intervals": [a, b]}}),
        (Near(A, B, 5, True), near),
        (Near(A, B, 5, False), {"any_of": {"intervals": [near, other_way]}}),
        (AtLeast(A, 3), {"all_of": {"intervals": [a, a, a], "ordered": True}}),
        (First(A, 7), {"any_of": {"intervals": [a], "filter": first}}),
        (wq.Prefix("body", "a"), {"wildcard": {"pattern": "a*", "max_expansions": 1024}}),
    ]:
        assert interval(NEWS, query) == expected


@pytest.mark.parametrize(("unit", "first", "last"), [("sentence", "s", "e"),
                                                     ("paragraph", "p", "q")])  # fmt: skip
def test_both_words_are_within_a_unit(unit: Any, first: str, last: str) -> None:
    made = interval(NEWS, Same(A, B, unit, "body"))["any_of"]
    assert made["filter"] == {"containing": interval(NEWS, B)}
    (inner,) = made["intervals"]
    assert inner["any_of"]["filter"] == {"containing": interval(NEWS, A)}
    whole, from_to = inner["any_of"]["intervals"][0]["any_of"]["intervals"]
    assert from_to["all_of"]["ordered"]
    begin, end = from_to["all_of"]["intervals"]
    begins, ends = ({token for token in UNIT_TOKENS if letter in token} for letter in (first, last))
    for part, tokens in ((whole, begins & ends), (begin, begins - ends), (end, ends - begins)):
        matches = [one["match"] for one in part["any_of"]["intervals"]]
        assert {match["query"] for match in matches} == tokens != set()
        assert {match["use_field"] for match in matches} == {"f.body.units"}
