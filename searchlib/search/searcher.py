"""Runs queries on a reader (one commit): plan, best documents, facets.

The planner (:mod:`.planner`) makes a plan of the query: a tree of plan nodes that say, for each
segment, which documents match and what they score. The best are found by score (:mod:`.top_k`) or
by a field (:mod:`.sort`), and matches are counted by value (:mod:`.facets`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

import numpy as np
from whoosh import query as wq

from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest, Ranking, SortKey
from searchlib.schema import Date, Number
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.docset import DocSet
from searchlib.search.facets import (
    FacetResult,
    KeywordCounter,
    PeriodCounter,
    StoryCounts,
    listed,
)
from searchlib.search.number_facets import count_number_stories, count_numbers
from searchlib.search.plan_boolean import AndMaybeNode, PlanNode
from searchlib.search.plan_factors import FactorsNode, NumberFactor, RecencyFactor
from searchlib.search.plan_fields import FieldsNode
from searchlib.search.plan_leaves import ScorePart, TermNode
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.planner import Fallback, Planner
from searchlib.search.sort import first_by_fields
from searchlib.search.top_k import ExecutionOptions, live_matches, run_cached, top_k

__all__ = ["Factors", "IndexSearcher", "SearchResult", "narrowed"]

#: What multiplies the scores of a query.
Factors = Sequence[RecencyFactor | NumberFactor]


class SearchResult(NamedTuple):
    """The result of a query: how many documents match, (segment, document, score) of the first
    ones, and the counts of each facet by the text of its request."""

    total: int
    best: Sequence[tuple[int, int, float]]
    facets: dict[str, FacetResult]


def narrowed(query: Any, filters: Iterable[Any]) -> Any:
    """A query with those documents alone that these trees find too; they have no part in the score.

    >>> rain, world = wq.Term("body", "rain"), wq.Term("section", "world")
    >>> narrowed(rain, []) is rain, len(list(narrowed(rain, [world]).children()))
    (True, 2)
    """
    constant = [wq.ConstantScoreQuery(tree, 0.0) for tree in filters]
    return wq.And([query, *constant]) if constant else query


class IndexSearcher:
    """Answers queries on a reader, which stays the caller's to close. ``fallback`` runs queries
    that have no plan."""

    def __init__(
        self,
        reader: IndexReader,
        zone: tzinfo,
        *,
        fallback: Fallback,
        options: ExecutionOptions | None = None,
        week_start: int = 0,
    ) -> None:
        self._reader = reader
        self._zone = zone
        self._week_start = week_start
        self._options = options or ExecutionOptions()
        self._keyword_counters: dict[str, KeywordCounter] = {}
        self._period_counters: dict[str, PeriodCounter] = {}
        self.planner = Planner(reader, CollectionStatistics(reader), fallback)
        self._planners: dict[Ranking, Planner] = {"whoosh": self.planner}

    def planner_of(self, ranking: Ranking) -> Planner:
        """The planner of a ranking, made when it is first asked for."""
        planner = self._planners.get(ranking)
        if planner is None:
            planner = self._planners[ranking] = self.planner.with_statistics(
                CollectionStatistics(self._reader, ranking)
            )
        return planner

    def search(
        self, query: Any, limit: int, *, sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (), is_parsed: bool = False, ranking: Ranking = "whoosh",
        factors: Factors = (), keep: bool = False,
    ) -> SearchResult:  # fmt: skip
        """The first ``limit`` documents of a ``whoosh.query`` tree, by score or by ``sort``, and
        the counts that ``facets`` ask for. ``is_parsed``: the tree comes from the parser;
        ``factors`` multiply the scores; ``keep``: this very tree is going to be asked again."""
        self._reader.check_open()
        plan = self.planner_of(ranking).plan(
            query, is_parsed=is_parsed, keep=keep and not factors
        )  # fmt: skip
        if factors:
            plan = FactorsNode(plan, self._reader, factors)
        if not (facets or sort):
            total, best, _ = top_k(plan, self._reader, limit, self._options)
            return SearchResult(total, best, {})
        total, best, matches = top_k(
            plan, self._reader, 0 if sort else limit, self._options, with_docs=True
        )
        if sort:
            best = self._sorted(plan, matches, limit, sort)
        return SearchResult(
            total, best, {str(facet): self._count(facet, matches) for facet in facets}
        )

    def cached_plan(self, query: Any, ranking: Ranking) -> PlanNode | None:
        """The plan of a tree that was searched to be asked again, if it was kept."""
        return self.planner_of(ranking).cached_plan(query)

    def run_again(self, plan: PlanNode, limit: int) -> tuple[int, Sequence[tuple[int, int, float]]]:
        """How many documents a kept plan finds, and the first of them."""
        reader = self._reader
        if reader.closed:
            reader.check_open()
        plan.stats.budget.start(self.planner.seconds)
        return run_cached(plan, reader, limit, self._options)

    def search_tiers(
        self, first: Any, query: Any, limit: int, *, sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (), ranking: Ranking = "whoosh", factors: Factors = (),
        keep: bool = False,
    ) -> tuple[SearchResult, int]:  # fmt: skip
        """What :meth:`search` gives of ``query``, but with the documents that ``first``, a narrower
        query, finds before all others; and how many these are. Both trees come from the parser."""

        def search(tree: Any, limit: int, facets: Sequence[FacetRequest] = ()) -> SearchResult:
            return self.search(
                tree, limit, sort=sort, facets=facets, is_parsed=True, ranking=ranking,
                factors=factors, keep=keep and (tree is first or tree is query),
            )  # fmt: skip

        top = search(first, limit)
        if not top.total:
            return search(query, limit, facets), 0
        total, _, counts = search(query, 0, facets)
        best, left = top.best, limit - len(top.best)
        if left and total > top.total:
            best = [*best, *search(wq.AndNot(query, first), left).best]
        return SearchResult(total, best, counts), top.total

    def matches(self, query: Any, *, is_parsed: bool = False) -> list[DocSet]:
        """The live documents of each segment that a tree finds."""
        self._reader.check_open()
        plan = self.planner.plan(query, is_parsed=is_parsed)
        segments = range(len(self._reader.segments))
        return [live_matches(plan, self._reader, segment) for segment in segments]

    def count_stories(
        self, facet: FacetRequest, matches: Sequence[DocSet], story_of: Any
    ) -> StoryCounts:
        """How many stories have an article of the ``matches`` (by segment) with each value."""
        bases = self._reader.doc_bases
        stories = [story_of[docs.docs + base] for docs, base in zip(matches, bases, strict=True)]
        field = self._reader.schema.fields[facet.field]
        if isinstance(field, Number):
            return count_number_stories(facet, self._reader, matches, stories)
        if isinstance(field, Date):
            return self._period_counter(facet).count_stories(matches, stories)
        return self._keyword_counter(facet.field).count_stories(matches, stories)

    def documents(self, query: Any) -> Iterator[tuple[int, int]]:
        """(segment, document) of all live documents that match, in that order."""
        plan = self.planner.plan(query)
        for segment in range(len(self._reader.segments)):
            for document in live_matches(plan, self._reader, segment).docs.tolist():
                yield segment, document

    def score(
        self, query: Any, segment: int, document: int, ranking: Ranking = "whoosh"
    ) -> float | None:
        """The score of one document; None if it does not match."""
        plan = self.planner_of(ranking).plan(query)
        docs = np.array([document])
        if not plan.contains(segment, docs)[0]:
            return None
        return float(plan.score(segment, docs, known_match=True)[0])

    def explain_word(
        self, query: Any, segment: int, document: int, ranking: Ranking
    ) -> list[ScorePart]:
        """The factors of the score of a document that has a word, or what is added up for one with
        a shared spelling; none if the query is no word."""
        return _explain_node(self.planner_of(ranking).plan(query), segment, document)

    def _count(self, facet: FacetRequest, matches: Sequence[DocSet]) -> FacetResult:
        field = self._reader.schema.fields[facet.field]
        if isinstance(field, Number):
            return listed(facet, count_numbers(facet, self._reader, matches))
        if isinstance(field, Date):
            return listed(facet, self._period_counter(facet).count(matches))
        return listed(facet, self._keyword_counter(facet.field).count(matches))

    def _keyword_counter(self, name: str) -> KeywordCounter:
        counter = self._keyword_counters.get(name)
        if counter is None:
            counter = self._keyword_counters[name] = KeywordCounter(self._reader, name)
        return counter

    def _period_counter(self, facet: FacetRequest) -> PeriodCounter:
        key = f"{facet.field}:{facet.unit}"
        counter = self._period_counters.get(key)
        if counter is None:
            counter = PeriodCounter(facet, self._reader, self._zone, self._week_start)
            self._period_counters[key] = counter
        return counter

    def _sorted(
        self, plan: PlanNode, matches: Sequence[DocSet], limit: int, sort: Sequence[SortKey]
    ) -> list[tuple[int, int, float]]:
        hits = []
        for number in first_by_fields(sort, self._reader, matches, limit).tolist():
            segment, document = self._segment_of(number)
            score = plan.score(segment, np.array([document]), known_match=True)[0]
            hits.append((segment, document, float(score)))
        return hits

    def _segment_of(self, number: int) -> tuple[int, int]:
        """(segment, document) of a number over all segments."""
        doc_bases = self._reader.doc_bases
        segment = len(doc_bases) - 1
        while doc_bases[segment] > number:
            segment -= 1
        return segment, number - doc_bases[segment]


def _explain_node(node: PlanNode, segment: int, document: int) -> list[ScorePart]:
    if isinstance(node, (TermNode, FieldsNode)):
        return node.explain(segment, document)
    if isinstance(node, PhraseNode):
        docs = np.array([document])
        words = [
            ScorePart(
                f"word {number} of the phrase",
                float(term.score(segment, docs, known_match=True)[0]),
                tuple(term.explain(segment, document)),
            )
            for number, term in enumerate(node.terms, 1)
        ]
        return words if node.boost == 1.0 else [*words, ScorePart("times", node.boost)]
    if not isinstance(node, AndMaybeNode):
        return []
    parts = [("the word in any spelling", node.required), ("the word as spelled", node.optional)]
    docs = np.array([document])
    return [
        ScorePart(what, float(part.score(segment, docs, known_match=True)[0]),
                  tuple(_explain_node(part, segment, document)))
        for what, part in parts
        if part.contains(segment, docs)[0]
    ]  # fmt: skip
