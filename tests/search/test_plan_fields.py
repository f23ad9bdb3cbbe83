"""A word in several fields: what matches, and how the scores come about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import searchlib as sl
from searchlib import kernels
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.plan_boolean import OrNode
from searchlib.search.plan_fields import FieldsNode, document_frequency
from searchlib.search.plan_leaves import TermNode
from searchlib.search.searcher import IndexSearcher
from searchlib.span_queries import AnyField, Word

ALL = np.arange(5)
RAIN = AnyField([Word("title", ("rain",)), Word("body", ("rain",))])


@pytest.fixture
def node(searcher: IndexSearcher) -> FieldsNode:
    plan = searcher.planner_of("bm25f").plan(RAIN)
    assert isinstance(plan, FieldsNode)
    return plan


def test_the_odds_of_the_fields_are_added(node: FieldsNode) -> None:
    title, body = node.terms
    assert (title.name, body.name, title.factor) == ("title", "body", body.factor)
    odds = title.odds(0, ALL) + body.odds(0, ALL)
    expected = odds / (1 + odds) * node.factor
    assert node.score(0, ALL, known_match=False).tolist() == expected.tolist()
    assert node.match(0).docs.tolist() == np.flatnonzero(odds).tolist() == [0, 1, 2, 4]
    docs, scores = node.scored_matches(0)
    assert scores.tolist() == expected[docs].tolist()


def test_an_article_counts_once_for_the_idf(node: FieldsNode, reader: IndexReader) -> None:
    count = sum(node.count(segment) for segment in range(len(reader.segments)))
    assert [term.frequency for term in node.terms] == [count, count]
    assert node.factor == pytest.approx(node.stats.idf(count) * 2.5)


def test_a_word_in_one_field_is_a_term(searcher: IndexSearcher) -> None:
    cloud = AnyField([Word("title", ("cloud",)), Word("body", ("cloud",))])
    assert isinstance(searcher.planner_of("bm25f").plan(cloud), TermNode)
    assert isinstance(searcher.planner_of("whoosh").plan(cloud), OrNode)


def test_parts_multiply_to_the_score(node: FieldsNode) -> None:
    for doc in (0, 1, 2, 4):
        idf, saturated = node.explain(0, doc)
        score = node.score(0, np.array([doc]), known_match=True)[0]
        assert idf.value * saturated.value == pytest.approx(score)
        weighted = sum(part.value for part in saturated.parts)
        assert saturated.value == pytest.approx(2.5 * weighted / (weighted + 1.5))


@pytest.mark.parametrize("compiled", [True, False])
def test_document_frequency(
    node: FieldsNode, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    lists: Any = [term.posting_lists for term in node.terms]
    assert document_frequency(lists) == node.terms[0].frequency
    assert document_frequency(lists[:1]) == sum(p.count for p in lists[0] if p is not None)
    assert document_frequency([[None, None]]) == 0


def test_the_kernel_refuses_lists_of_other_segments(node: FieldsNode) -> None:
    if not kernels.available:
        pytest.skip("no kernels were built")
    first, second = (p.kernel_list() for p in node.terms[1].posting_lists if p is not None)
    with pytest.raises(ValueError, match="of different segments"):
        kernels.search.count_any([first, second])
    with pytest.raises(ValueError, match="made of terms"):
        kernels.search.fields([kernels.search.match_all(5, 1.0)])


def test_statistics_of_both_rankings_are_apart(searcher: IndexSearcher) -> None:
    whoosh, bm25f = searcher.planner_of("whoosh"), searcher.planner_of("bm25f")
    assert whoosh is searcher.planner
    assert bm25f is searcher.planner_of("bm25f")
    assert bm25f.word_forms is whoosh.word_forms
    assert CollectionStatistics(searcher._reader).adds_fields is False


def test_matching_is_within_the_time_budget(node: FieldsNode) -> None:
    node.stats.budget.start(0.0)
    with pytest.raises(QueryError, match="takes longer than 0 seconds"):
        node.match(0)


@pytest.mark.parametrize("compiled", [True, False])
def test_an_exact_word_counts_its_own_form_alone(
    compiled: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    schema = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text())
    rows = [{"id": n, "title": "bank", "body": "banks" if n < 2 else "banking"} for n in range(9)]
    with sl.Archive.create(tmp_path, schema) as archive:
        archive.add([*rows, {"id": "x", "title": "Banks", "body": "banks"}])
        assert "3 of 10 articles have it" in str(archive.explain("=banks", "x"))
        # The first of the forms of a word, and one that is its only one in a field.
        archive.add([{"id": "y", "title": "bank cars", "body": "bank cars"},
                     {"id": "z", "body": "car"}])  # fmt: skip
        archive.optimize()
        assert "10 of 12 articles have it" in str(archive.explain("=bank", "y"))
        assert "1 of 12 articles have it" in str(archive.explain("=cars", "y"))


def test_scores_where_a_segment_lacks_the_word_in_a_field(node: FieldsNode) -> None:
    title, body = node.terms
    lacking = TermNode(node.stats, "title", [None, None], 2.0, 1.0, title.frequency)
    for terms in ([lacking, body], [body, lacking]):
        fields = FieldsNode(node.stats, terms)
        assert fields.terms_in(0) == [body]
        for known in (True, False):
            scores = body.score(0, ALL[:3], known_match=known).tolist()
            assert fields.score(0, ALL[:3], known_match=known).tolist() == scores
    nowhere = FieldsNode(node.stats, [lacking, lacking])
    assert nowhere.score(0, ALL, known_match=False).tolist() == [0.0] * 5
