"""Tests of searchlib/opensearch/intervals.py."""

from __future__ import annotations

import pytest
from whoosh import query as wq

from searchlib.opensearch.intervals import has_intervals, interval
from searchlib.schema import NEWS
from searchlib.span_queries import AtLeast, Near, Same

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
        (AtLeast(A, 1000), False),
        (wq.Phrase("body", ["a", "b", "c"], 3), False),
        (wq.Phrase("body", ["a", "b"], 3), True),
        (Same(A, B, "sentence", "body"), True),
    ],
)
def test_only_parts_of_one_length_are_left_to_intervals(query: object, exact: bool) -> None:
    assert has_intervals(query) is exact


def test_another_field_is_named() -> None:
    made = interval(NEWS, wq.Term("body_exact", "rains"))
    assert made["match"]["use_field"] == "f.body.exact"
    assert "use_field" not in interval(NEWS, A)["match"]
