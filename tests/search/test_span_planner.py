"""Span queries -> plans: which parts they may have, and the articles read for their units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search.budget import TimeBudget
from searchlib.search.planner import Planner
from searchlib.search.span_planner import FieldUnits, TextUnits
from searchlib.span_queries import AtLeast, First, Near, Same, Word

from .samples import matching_keys

RAIN, SNOW, WIND = (wq.Term("body", word) for word in ("rain", "snow", "wind"))


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (Near(RAIN, SNOW, 2, True), "a0 b2"),
        (Near(RAIN, SNOW, 2, False), "a0 a2 b2"),
        (Near(RAIN, wq.Or([SNOW, WIND]), 1, True), "a1 a2 b2"),
        (Near(wq.Phrase("body", ["and", "snow"]), wq.Prefix("body", "f"), 1, True), "b0"),
        (Near(RAIN, wq.Term("body", "zebra"), 9, False), ""),
        (Near(Word("body", ("rain", "snow")), WIND, 1, True), "b2"),
        (AtLeast(Word("body", ("rain", "snow")), 1), "b2"),
        (AtLeast(wq.Phrase("body", ["rain", "snow"], slop=2), 1), "a0 b2"),
        (AtLeast(RAIN, 2), "a1"),
        (First(WIND, 1), "b0"),
        (First(Near(RAIN, WIND, 3, True), 3), "a1 b2"),
        (Same(SNOW, RAIN, "sentence", "body"), "a0 a2 b2"),
        (Same(SNOW, WIND, "sentence", "body"), "b0 b2"),
        (Same(SNOW, WIND, "paragraph", "body"), "a2 b0 b2"),
        (Same(WIND, wq.Term("body", "sun"), "paragraph", "body"), ""),
        (wq.And([Near(RAIN, SNOW, 2, True), WIND]), "b2"),
    ],
    ids=str,
)
def test_queries(reader: IndexReader, planner: Planner, query: Any, keys: str) -> None:
    assert matching_keys(reader, planner.plan(query)) == keys.split()


@pytest.mark.parametrize(
    "part",
    [wq.Every(), wq.Term("section", "world"), wq.Term("id", "a0"), wq.And([RAIN, SNOW]),
     wq.TermRange("body", "a", "c"), wq.Or([])],
    ids=str,
)  # fmt: skip
def test_parts_without_positions_are_refused(planner: Planner, part: Any) -> None:
    with pytest.raises(QueryError) as caught:
        planner.plan(Near(RAIN, part, 3, True))
    assert (caught.value.code, caught.value.span) == ("not-in-text", (0, 0))


@pytest.mark.parametrize(
    ("part", "terms"),
    [
        (RAIN, 1), (wq.Phrase("body", ["rain", "and"]), 2), (Word("body", ("rain", "and")), 2),
        # Of these the kernels do not find the spans.
        (wq.Phrase("body", ["rain", "and"], slop=2), 0), (wq.Prefix("body", "r"), 0),
        (wq.Phrase("body", ["rain", "and"], slop=3), 0),
    ],
    ids=str,
)  # fmt: skip
def test_the_terms_of_a_part(planner: Planner, part: Any, terms: int) -> None:
    plan: Any = planner.plan(Near(part, SNOW, 2, True))
    assert len(plan.spans.a.term_nodes) == terms


def test_the_units_of_a_query_say_which_they_are(planner: Planner) -> None:
    for unit in ("sentence", "paragraph"):
        plan: Any = planner.plan(Same(RAIN, SNOW, unit, "body"))
        assert plan.spans.units.field_unit == ("body", unit)


@pytest.fixture
def unit_less(reader: IndexReader, monkeypatch: pytest.MonkeyPatch) -> IndexReader:
    """The reader, with segments as those of formats 1 and 2, whose articles must be read."""
    for segment in reader.segments:
        for name in ("title", "body"):
            field: Any = segment.core.text(name)
            monkeypatch.setitem(field.__dict__, "units", None)
    return reader


def test_articles_are_read_once_and_only_so_many(unit_less: IndexReader) -> None:
    units = TextUnits(unit_less, 2, TimeBudget())
    doc_starts = np.array([0, 3, 6, 12, 15, 16])
    query = FieldUnits(units, "body", "sentence")
    assert query.bitset(0) is None
    assert query.starts(0, np.array([0, 2]), doc_starts).tolist() == [0, 6, 9, 11]
    with pytest.raises(QueryError) as caught:
        query.starts(0, np.array([1]), doc_starts)
    assert (caught.value.code, caught.value.span) == ("too-many-articles", (0, 0))
    assert "NEAR/15 instead of a sentence" in str(caught.value)
    # Another query counts anew, and does not read what was read.
    FieldUnits(units, "body", "sentence").starts(0, np.array([0, 2]), doc_starts)
    assert len(units._cache) == 2


def test_units_are_cached_for_so_many_articles(
    unit_less: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.search.span_planner._CACHED_ARTICLES", 2)
    units, doc_starts = TextUnits(unit_less, 9, TimeBudget()), np.array([0, 3, 6, 12, 15, 16])
    cached = []
    for doc in range(5):
        units.read(0, np.array([doc]), "body", "sentence", doc_starts)
        cached.append(len(units._cache))
    assert cached == [1, 2, 1, 2, 1]


def test_articles_are_read_within_the_time_budget(unit_less: IndexReader) -> None:
    budget = TimeBudget()
    budget.start(0.0)
    with pytest.raises(QueryError, match="takes longer than 0 seconds"):
        TextUnits(unit_less, 9, budget).read(0, np.array([0]), "body", "sentence", np.array([0]))


def test_units_of_no_document(unit_less: IndexReader) -> None:
    units = FieldUnits(TextUnits(unit_less, 0, TimeBudget()), "body", "paragraph")
    assert units.starts(0, np.empty(0, np.int64), np.array([0])).tolist() == []


def test_no_article_is_read_where_the_index_has_the_units(reader: IndexReader) -> None:
    units = FieldUnits(TextUnits(reader, 0, TimeBudget()), "body", "paragraph")
    docs, doc_starts = np.arange(5), np.array([0, 3, 6, 12, 15, 16])
    assert units.starts(0, docs, doc_starts).tolist() == [0, 3, 6, 11, 12, 15]
    bitset = units.bitset(0)
    assert bitset is not None
    assert bitset.tolist() == [1 << 0 | 1 << 3 | 1 << 6 | 1 << 11 | 1 << 12 | 1 << 15 | 1 << 16]


def test_a_spent_budget_stops_the_reading(planner: Planner) -> None:
    plan = planner.plan(Same(RAIN, SNOW, "sentence", "body"))
    plan.stats.budget.start(0.0)
    with pytest.raises(QueryError) as caught:
        plan.match(0)
    assert caught.value.code == "too-slow"
