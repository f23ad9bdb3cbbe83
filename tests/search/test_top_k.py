"""The best documents: by kernels and over arrays, with ties, deleted documents and limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from whoosh import query as wq

from searchlib.index.index_reader import IndexReader
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.plan_leaves import FixedDocsNode
from searchlib.search.planner import Planner
from searchlib.search.top_k import ExecutionOptions, live_matches, top_k

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
        live: Any = rng.random(3000) < 0.9

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
        if Segment.live[doc]
    )
    fake: Any = Reader
    for limit in (1, 10, 500):
        total, best, _ = top_k(plan, fake, limit, ExecutionOptions(kernels=False))
        assert total == len(expected)
        assert [(-score, segment, doc) for segment, doc, score in best] == expected[:limit]


def test_live_matches(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.Term("body", "rain"))
    assert plan.match(1).docs.tolist() == [1, 2]
    assert live_matches(plan, reader, 1).docs.tolist() == [2]
    assert live_matches(plan, reader, 0).docs.tolist() == [0, 1, 2]  # nothing deleted there
