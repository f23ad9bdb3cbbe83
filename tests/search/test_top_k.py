"""The best documents: by kernels and over arrays, with ties, deleted documents and limits."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from whoosh import query as wq

from searchlib import kernels
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search import top_k as top_k_module
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.plan_leaves import FixedDocsNode
from searchlib.search.planner import Planner
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions, TopCollector, live_matches, run_cached, top_k

RAIN = wq.Term("body", "rain")
OPTIONS = [ExecutionOptions(), ExecutionOptions(prune=False), ExecutionOptions(kernels=False)]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("limit", [0, 1, 3, 7, 99])
def test_ties_go_to_the_lower_number(
    reader: IndexReader, planner: Planner, options: ExecutionOptions, limit: int
) -> None:
    total, best, _ = top_k(planner.plan(wq.Every()), reader, limit, options)
    live = [(0, n, 1.0) for n in range(5)] + [(1, 0, 1.0), (1, 2, 1.0)]
    assert total == 7
    assert best == live[:limit]


@pytest.mark.parametrize("options", OPTIONS)
def test_documents_are_given_when_asked_for(
    reader: IndexReader, planner: Planner, options: ExecutionOptions
) -> None:
    plan = planner.plan(wq.Term("body", "rain"))
    assert top_k(plan, reader, 2, options)[2] == []
    matches = top_k(plan, reader, 2, options, with_docs=True)[2]
    assert [docs.docs.tolist() for docs in matches] == [[0, 1, 2], [2]]


@pytest.mark.parametrize("options", OPTIONS)
def test_no_match(reader: IndexReader, planner: Planner, options: ExecutionOptions) -> None:
    assert top_k(planner.plan(wq.NullQuery), reader, 5, options) == (0, [], [])


def test_many_scores_against_a_full_sort(reader: IndexReader, planner: Planner) -> None:
    """Over arrays: a large segment of random scores, of which many are equal."""
    rng = np.random.default_rng(4)
    scores = rng.integers(0, 40, 3000).astype(float)

    class Segment:
        documents = 3000
        live_docs: Any = rng.random(3000) < 0.9

    class Reader:
        segments = (Segment, Segment)
        doc_bases = (0, 3000)

    class Stats:
        segments = (Segment, Segment)
        budget = planner.match_none().stats.budget

    docs = DocSet(3000, docs=np.arange(3000))
    stats: Any = Stats
    plan: PlanNode = FixedDocsNode(stats, [docs, docs], [scores, scores[::-1].copy()])
    expected = sorted(
        (-score, segment, doc)
        for segment, values in enumerate((scores, scores[::-1]))
        for doc, score in enumerate(values.tolist())
        if Segment.live_docs[doc]
    )
    fake: Any = Reader
    for limit in (1, 10, 500):
        total, best, _ = top_k(plan, fake, limit, ExecutionOptions(kernels=False))
        assert total == len(expected)
        assert [(-score, segment, doc) for segment, doc, score in best] == expected[:limit]


def _fixed(planner: Planner, sets: list[DocSet]) -> tuple[Any, PlanNode]:
    """A reader of segments of which all documents are alive, and a plan that finds some."""
    sizes = [docs.max_doc for docs in sets]
    bases = np.cumsum([0, *sizes])[:-1].tolist()
    segments = [SimpleNamespace(documents=size, live_docs=None) for size in sizes]
    reader = SimpleNamespace(segments=segments, doc_bases=bases, live_bitsets=[None] * len(sizes))
    stats: Any = SimpleNamespace(segments=segments, budget=planner.match_none().stats.budget)
    return reader, FixedDocsNode(stats, sets, 1.0)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("size", [64, 65, 8193])
def test_documents_of_large_segments(
    planner: Planner, options: ExecutionOptions, size: int
) -> None:
    ends = np.array([0, size - 1])
    reader, plan = _fixed(planner, [DocSet(size, docs=ends)])
    total, best, (docs,) = top_k(plan, reader, 9, options, with_docs=True)
    assert (total, best) == (2, [(0, 0, 1.0), (0, size - 1, 1.0)])
    assert docs.docs.tolist() == ends.tolist()
    assert len(docs.bits) == -(-size // 64)


@pytest.mark.parametrize("limit", [1, 2, 5, 20, 60])
def test_a_few_documents_of_each_segment(limit: int) -> None:
    rng = random.Random(limit)
    best, entries = TopCollector(limit), []
    for segment in range(20):
        docs = sorted(rng.sample(range(10), rng.randrange(5)))
        scores = [rng.choice([0.5, 1.0, 1.5, 2.0]) for _ in docs]
        best.add(np.array(docs, np.int64), np.array(scores), None, 10 * segment)
        entries += [(-score, segment, doc) for score, doc in zip(scores, docs, strict=True)]
    expected = [(segment, doc, -score) for score, segment, doc in sorted(entries)[:limit]]
    assert best.top_docs(range(0, 200, 10)) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_the_best_of_many_different_scores(limit: int) -> None:
    scores = random.Random(limit).sample(range(100), 100)
    best = TopCollector(limit)
    best.add(np.arange(100), np.array(scores, float), None, 0)
    found = [(-score, doc) for _, doc, score in best.top_docs([0])]
    assert found == sorted((-score, doc) for doc, score in enumerate(scores))[:limit]


def test_a_spent_budget_stops_between_segments(planner: Planner) -> None:
    reader, plan = _fixed(planner, [DocSet(9, docs=np.arange(3))])
    assert plan.match(0).count == 3
    plan.stats.budget.start(0.0)
    with pytest.raises(QueryError, match="takes longer"):
        top_k(plan, reader, 0, ExecutionOptions(kernels=False))


def test_kernels_run_and_skip_unless_they_are_told_not_to() -> None:
    assert ExecutionOptions() == ExecutionOptions(kernels=True, prune=True)


@pytest.mark.skipif(not kernels.available, reason="no kernels were built")
class TestCompiled:
    def test_nothing_is_compiled_once_the_budget_is_spent(
        self, reader: IndexReader, planner: Planner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(top_k_module, "kernel_node_maker", lambda plan: pytest.fail)
        plan = planner.plan(wq.Term("body", "rain"))
        plan.compiled = None
        plan.stats.budget.start(0.0)
        with pytest.raises(QueryError, match="takes longer"):
            top_k(plan, reader, 1, ExecutionOptions())

    def test_compiled_plans_are_kept_and_do_not_run_over_arrays(
        self, reader: IndexReader, planner: Planner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(top_k_module, "TopCollector", None)
        plan = planner.plan(wq.Term("body", "rain"))
        plan.compiled = []
        first = top_k(plan, reader, 9, ExecutionOptions())
        (nodes,) = plan.compiled
        assert len(nodes) == len(reader.segments)
        assert top_k(plan, reader, 9, ExecutionOptions()) == first
        assert len(plan.compiled) == 1
        assert plan.compiled[0] is nodes
        assert run_cached(plan, reader, 9, ExecutionOptions()) == first[:2]
        assert len(plan.compiled) == 1
        assert plan.compiled[0] is nodes

    def test_a_plan_that_runs_again_has_a_budget_of_its_own(self, searcher: IndexSearcher) -> None:
        plan = searcher.planner.plan(RAIN, keep=True)
        first = searcher.search(RAIN, 9, keep=True)
        searcher.planner.set_limits(9, 9, 60.0)
        assert searcher.run_again(plan, 9) == (first.total, first.best)
        assert plan.stats.budget.query[0] == 60.0


def test_live_matches(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.Term("body", "rain"))
    assert plan.match(1).docs.tolist() == [1, 2]
    assert live_matches(plan, reader, 1).docs.tolist() == [2]
    assert live_matches(plan, reader, 0).docs.tolist() == [0, 1, 2]  # nothing deleted there
