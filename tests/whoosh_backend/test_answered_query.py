"""Whoosh's collectors over what the engine found."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import collectors, fields, sorting
from whoosh import query as wq

from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.answered_query import AnsweredQuery, innermost


@pytest.fixture(scope="module")
def index() -> Any:
    schema = fields.Schema(id=fields.STORED, body=fields.TEXT, tag=fields.ID(sortable=True))
    index = RamStorage().create_index(schema)
    for start in (0, 10):
        with index.writer() as writer:
            writer.merge = False
            for number in range(start, start + 10):
                writer.add_document(id=number, body="rain " * (number % 4), tag=f"t{number % 3}")
    return index


def found(searcher: Any, collector: Any, q: Any) -> list[tuple[int, float]]:
    searcher.search_with_collector(q, collector)
    return [(hit["id"], round(hit.score, 9)) for hit in collector.results()]


def test_a_collector_gives_what_a_search_gives(index: Any) -> None:
    rain = wq.Term("body", "rain")
    with index.searcher() as searcher:
        plain = [(hit["id"], round(hit.score, 9)) for hit in searcher.search(rain, limit=5)]
        collector = collectors.FilterCollector(searcher.collector(limit=5))
        assert found(searcher, collector, rain) == plain
        assert collector.child.q is rain
        # With the terms of each document Whoosh's own matchers are asked.
        terms = searcher.collector(limit=5, terms=True)
        assert innermost(terms) is None
        heart = searcher.collector(limit=5)
        assert innermost(heart) is innermost(collectors.FilterCollector(heart)) is heart
        assert innermost(collectors.TimeLimitCollector(searcher.collector(), 1)) is None
        assert found(searcher, terms, rain) == plain
        assert searcher.collector(limit=5).count is not None


def test_collapsing(index: Any) -> None:
    with index.searcher() as searcher:
        results = searcher.search(wq.Term("body", "rain"), collapse="tag", limit=None)
        assert sorted(index.reader().column_reader("tag")[hit.docnum] for hit in results) == [
            "t0", "t1", "t2",
        ]  # fmt: skip
        assert set(results.collapsed_counts) == {"t0", "t1", "t2"}


def test_scores_are_asked_for_when_they_are_wanted(index: Any) -> None:
    with index.searcher() as searcher:
        answer = searcher._answered(wq.Term("body", "rain"))
        assert isinstance(answer, AnsweredQuery)
        leaf, _ = searcher.leaf_searchers()[1]
        matcher = answer.matcher(leaf)
        assert not matcher.supports_block_quality() and matcher.replace() is matcher
        assert not answer.matcher(searcher).is_active()  # of which no documents are known
        ids = list(matcher.copy().all_ids())
        expected = wq.Term("body", "rain").matcher(leaf, searcher.context())
        assert ids == list(expected.copy().all_ids())
        while matcher.is_active():
            assert matcher.score() == pytest.approx(expected.score())
            matcher.next()
            expected.next()


def test_an_own_facet_is_asked_by_whoosh(index: Any) -> None:
    by_length = sorting.FunctionFacet(lambda searcher, docnum: -docnum)
    with index.searcher() as searcher:
        results = searcher.search(wq.Term("body", "rain"), sortedby=by_length, limit=None)
        assert [hit.docnum for hit in results] == sorted(results.docs(), reverse=True)
