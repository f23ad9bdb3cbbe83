"""The leaves of a plan: terms against the formula, ranges, fixed docs, all and none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from searchlib.index.index_reader import IndexReader
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet
from searchlib.search.plan_leaves import (
    FixedDocsNode,
    MatchAllNode,
    MatchNoneNode,
    RangeNode,
    SortedDocValues,
    TermNode,
    field_part,
)
from searchlib.search.planner import Planner


@pytest.fixture
def stats(reader: IndexReader) -> CollectionStatistics:
    return CollectionStatistics(reader)


ALL = np.arange(5)


def term(
    planner: Planner, stats: CollectionStatistics, text: bytes, boost: float = 1.0
) -> TermNode:
    return TermNode(stats, "body", planner.posting_lists("body", text), 1.5, boost)


def test_term(planner: Planner, stats: CollectionStatistics) -> None:
    node = term(planner, stats, b"rain", 2.0)
    assert [node.count(0), node.count(1)] == [3, 2]
    assert node.match(0).docs.tolist() == [0, 1, 2]
    assert node.contains(0, ALL).tolist() == [True, True, True, False, False]
    norms = stats.norms("body", 0)
    weights = np.array([1, 2, 1, 0, 0]) * 1.5
    expected = weights / (weights + norms) * stats.idf(5) * (stats.k1 + 1) * 2.0
    assert node.score(0, ALL, known_match=False).tolist() == pytest.approx(expected.tolist())
    docs, scores = node.scored_matches(0)
    assert docs.tolist() == [0, 1, 2]
    assert scores.tolist() == pytest.approx(expected[:3].tolist())


def test_a_term_that_a_segment_lacks(planner: Planner, stats: CollectionStatistics) -> None:
    node = term(planner, stats, b"cloud")
    assert [node.count(0), node.count(1)] == [1, 0]
    assert node.match(1).count == 0
    assert not node.contains(1, ALL).any()
    assert not node.score(1, ALL, known_match=False).any()
    assert [array.tolist() for array in node.scored_matches(1)] == [[], []]


def test_weighting_bounds_every_score(planner: Planner, stats: CollectionStatistics) -> None:
    node = term(planner, stats, b"rain", -3.0)
    norms, weight, factor, size, saturated, odds, least_norm = node.weighting(0)
    assert 0 < least_norm <= norms.min()
    assert (weight, factor, size) == (1.5, node.factor, -node.factor)
    assert factor < 0
    scores = node.scored_matches(0)[1]
    assert np.all(np.abs(scores) <= size * saturated[-1])
    assert odds[-1] == np.inf


@pytest.mark.parametrize(
    ("low", "high", "open_", "docs"),
    [
        (None, None, False, [[0, 1, 2], [1, 2]]),
        (10, 20, False, [[0, 2], [2]]),
        (10, 20, True, [[], []]),
        (10, 30, True, [[2], [2]]),
        (20.5, None, False, [[1], []]),
        (None, 5, False, [[], [1]]),
        (40, 20, False, [[], []]),
    ],
)
def test_range(
    reader: IndexReader, stats: CollectionStatistics, low: Any, high: Any, open_: bool, docs: Any
) -> None:
    numbers: list[Any] = [segment.core.number("words") for segment in reader.segments]
    values = [SortedDocValues(number) for number in numbers]
    node = RangeNode(stats, values, low, high, open_, open_, 2.5)
    for segment, expected in enumerate(docs):
        assert node.match(segment).docs.tolist() == expected
        assert node.count(segment) == node.cost(segment) == len(expected)
        scores = node.score(segment, np.arange(3), known_match=False).tolist()
        assert scores == [2.5 * (doc in expected) for doc in range(3)]


def test_range_in_a_segment_without_the_field(stats: CollectionStatistics) -> None:
    node = RangeNode(stats, [None, None], 1, 2, False, False, 1.0)
    assert node.count(0) == node.match(1).count == 0


def test_fixed_docs(stats: CollectionStatistics) -> None:
    sets = [DocSet(5, docs=np.array([1, 4])), DocSet.empty(3)]
    one_score = FixedDocsNode(stats, sets, 2.0)
    assert one_score.score(0, ALL, known_match=False).tolist() == [0, 2, 0, 0, 2]
    assert one_score.score(0, np.array([4]), known_match=True).tolist() == [2]
    scored = FixedDocsNode(stats, sets, [np.array([0.5, 7.0]), np.empty(0)])
    assert scored.score(0, ALL, known_match=False).tolist() == [0, 0.5, 0, 0, 7]
    assert scored.score(1, np.arange(3), known_match=False).tolist() == [0, 0, 0]
    assert scored.cost(0) == 2


def test_all_and_none(stats: CollectionStatistics) -> None:
    everything, nothing = MatchAllNode(stats, 1.5), MatchNoneNode(stats)
    assert everything.match(0).docs.tolist() == ALL.tolist()
    assert everything.cost(1) == 3
    assert everything.contains(0, ALL).all()
    assert everything.score(0, ALL, known_match=True).tolist() == [1.5] * 5
    assert nothing.match(0).count == nothing.cost(1) == 0
    assert not nothing.score(0, ALL, known_match=False).any()


@pytest.mark.parametrize(
    ("frequency", "times"), [(1, "once"), (2, "2 times"), (1000, "1,000 times")]
)
def test_what_a_field_adds_is_said_in_words(frequency: int, times: str) -> None:
    part = field_part("body", frequency, 2000, 1.5, 0.25)
    assert (part.what, part.value) == (f"body: {times} in 2,000 words, weight 1.5", 0.25)


def test_bounds_of_scores_of_tiny_factors(planner: Planner, stats: CollectionStatistics) -> None:
    for boost, is_bounded in ((1e-300, False), (1e-200, True), (0.0, True), (-1e-300, False)):
        size = term(planner, stats, b"rain", boost).weighting(0)[3]
        assert (size == np.inf) == (not is_bounded)
        assert size >= 0


def test_odds_are_those_of_the_score(planner: Planner, stats: CollectionStatistics) -> None:
    node = term(planner, stats, b"rain", 2.0)
    odds = node.odds(0, ALL)
    scores = node.score(0, ALL, known_match=False)
    assert (odds / (1 + odds) * node.factor).tolist() == pytest.approx(scores.tolist())
    for doc in (0, 1, 2):
        part = node.explain_odds(0, doc)
        assert part.value == pytest.approx(odds[doc] * stats.k1)
        assert part.what.startswith("body: 2 times in 3" if doc == 1 else "body: once in ")
        idf, saturated, weight = node.explain(0, doc)
        assert idf.value * saturated.value * weight.value == pytest.approx(scores[doc])
        assert (weight.what, weight.value) == ("weight", 2.0)
    assert term(planner, stats, b"rain").frequency == 5
    other = TermNode(stats, "body", planner.posting_lists("body", b"rain"), 1.0, 1.0, 2)
    assert other.frequency == 2
    assert other.factor == pytest.approx(stats.idf(2) * (stats.k1 + 1))


def test_scores_of_fixed_docs_that_are_many(stats: CollectionStatistics) -> None:
    sets = [DocSet(5, mask=np.array([True, False, True, True, False])), DocSet.empty(3)]
    node = FixedDocsNode(stats, sets, [np.array([3.0, 1.0, 2.0]), np.empty(0)])
    assert node.score(0, ALL, known_match=False).tolist() == [3, 0, 1, 2, 0]
    assert node.scored_matches(0)[1].tolist() == [3, 1, 2]
    assert node.cost(0) == node.count(0) == 3
