"""Boolean plan nodes against sets and dicts of scores, in sparse and dense document sets."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from searchlib.errors import QueryError
from searchlib.search.budget import TimeBudget
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_leaves import FixedDocsNode

MAX_DOC = 400
Scores = dict[int, float]


class Segment:
    documents = MAX_DOC


class Statistics:
    def __init__(self) -> None:
        self.segments = [Segment]
        self.budget = TimeBudget()


STATS: Any = Statistics()


def leaf(scores: Scores) -> FixedDocsNode:
    docs = np.array(sorted(scores), np.int64)
    values = np.array([scores[doc] for doc in docs.tolist()])
    return FixedDocsNode(STATS, [DocSet.from_unsorted(MAX_DOC, docs)], [values])


def check(node: PlanNode, expected: Scores) -> None:
    assert node.match(0).docs.tolist() == sorted(expected)
    assert node.count(0) == len(expected) <= max(node.cost(0), len(expected))
    docs, scores = node.scored_matches(0)
    assert dict(zip(docs.tolist(), scores.tolist(), strict=True)) == pytest.approx(expected)
    some = np.arange(0, MAX_DOC, 7)
    assert node.contains(0, some).tolist() == [doc in expected for doc in some.tolist()]
    assert node.score(0, some, known_match=False).tolist() == pytest.approx(
        [expected.get(doc, 0.0) for doc in some.tolist()]
    )


def every_pair() -> list[tuple[Scores, Scores]]:
    rng = random.Random(2)

    def scores(size: int) -> Scores:
        return {doc: rng.choice((0.5, 1.0, 3.0)) for doc in rng.sample(range(MAX_DOC), size)}

    return [(scores(a), scores(b)) for a in (0, 3, 200) for b in (0, 5, 300)]


Make = Callable[[PlanNode, PlanNode], PlanNode]


@pytest.mark.parametrize("before", [False, True], ids=["contains first", "match first"])
@pytest.mark.parametrize(("a", "b"), every_pair())
def test_nodes_of_two(a: Scores, b: Scores, before: bool) -> None:
    nodes: list[tuple[Make, Scores]] = [
        (lambda x, y: AndNode(STATS, [x, y], 2.0), {d: 2 * (a[d] + b[d]) for d in a if d in b}),
        (lambda x, y: OrNode(STATS, [x, y], 0.5),
         {d: (a.get(d, 0.0) + b.get(d, 0.0)) / 2 for d in {*a, *b}}),
        (lambda x, y: AndNotNode(STATS, x, y), {d: a[d] for d in a if d not in b}),
        (lambda x, y: AndMaybeNode(STATS, x, y), {d: a[d] + b.get(d, 0.0) for d in a}),
    ]  # fmt: skip
    for make, expected in nodes:
        node = make(leaf(a), leaf(b))
        if not before:
            docs = np.arange(1, MAX_DOC, 3)
            inside = [doc in expected for doc in docs.tolist()]
            assert node.contains(0, docs).tolist() == inside
            assert (node.score(0, docs, known_match=False) > 0).tolist() == inside
        check(node, expected)


def test_constant_score() -> None:
    check(ConstantScoreNode(STATS, leaf({3: 9.0, 5: 1.0}), 1.5), {3: 1.5, 5: 1.5})


def test_or_of_many_children() -> None:
    children = [leaf({n: 1.0, n + 1: 2.0}) for n in range(20)]
    expected = {0: 1.0, **dict.fromkeys(range(1, 20), 3.0), 20: 2.0}
    check(OrNode(STATS, children), expected)


def test_and_asks_expensive_children_about_the_remaining_documents_only() -> None:
    asked: list[list[int]] = []

    class Expensive(FixedDocsNode):
        def contains(self, segment: int, docs: Any) -> Any:
            asked.append(docs.tolist())
            return super().contains(segment, docs)

        def cost(self, segment: int) -> int:
            return MAX_DOC

    everything = [DocSet(MAX_DOC, mask=np.ones(MAX_DOC, bool))]
    node = AndNode(STATS, [Expensive(STATS, everything, 1.0), leaf({4: 1.0, 9: 1.0})])
    assert node.match(0).docs.tolist() == [4, 9]
    assert asked == [[4, 9]]


def test_how_many_documents_match_at_most() -> None:
    few, many = leaf({4: 1.0}), leaf(dict.fromkeys(range(300), 1.0))
    assert AndNode(STATS, [many, few]).cost(0) == 1
    assert OrNode(STATS, [many, few]).cost(0) == 301
    assert OrNode(STATS, [many, many]).cost(0) == MAX_DOC


def test_a_child_that_was_not_matched_is_asked_about_documents() -> None:
    node = AndNode(STATS, [leaf({4: 1.0, 9: 1.0}), leaf({4: 1.0})])
    assert node.contains(0, np.array([4, 9])).tolist() == [True, False]
    assert node._matches == {}
    node.match(0)
    node.children = []  # what matched is known
    assert node.contains(0, np.array([4, 9])).tolist() == [True, False]


@pytest.mark.parametrize(("max_doc", "is_sparse"), [(160, False), (161, True)])
def test_a_union_is_sparse_if_it_has_less_than_one_in_eight_documents(
    max_doc: int, is_sparse: bool
) -> None:
    stats: Any = SimpleNamespace(segments=[SimpleNamespace(documents=max_doc)], budget=TimeBudget())
    fours = [DocSet(max_doc, docs=np.arange(4 * n, 4 * n + 4)) for n in range(5)]
    node = OrNode(stats, [FixedDocsNode(stats, [docs], 1.0) for docs in fours])
    assert node.match(0).has_docs == is_sparse
    assert node.match(0).docs.tolist() == list(range(20))


def test_each_kind_of_node_says_what_matches_and_its_scores() -> None:
    with pytest.raises(NotImplementedError):
        PlanNode(STATS).match(0)
    with pytest.raises(NotImplementedError):
        PlanNode(STATS).score(0, np.arange(1), known_match=True)


def test_matching_checks_the_time_budget_and_is_done_once() -> None:
    stats: Any = Statistics()
    node = AndNode(stats, [FixedDocsNode(stats, [DocSet.empty(MAX_DOC)], 1.0)])
    matches = node.match(0)
    stats.budget.start(0.0)
    assert node.match(0) is matches
    with pytest.raises(QueryError):
        AndNode(stats, node.children).match(0)
