"""The searcher: totals, pages, facets and sorting together, scores of single documents."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq

from searchlib.errors import SnapshotClosed
from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest, SortKey
from searchlib.search.searcher import IndexSearcher
from searchlib.whoosh_backend.fallback import MatcherFallback

from .samples import SCHEMA, keys, sample_store

RAIN = wq.Term("body", "rain")


def test_hits_are_live_and_by_score(reader: IndexReader, searcher: IndexSearcher) -> None:
    top = searcher.search(RAIN, 10)
    assert top.total == 4  # without the deleted b1
    assert keys(reader, top.best)[0] == "a1"  # twice
    scores = [score for *_, score in top.best]
    assert scores == sorted(scores, reverse=True)
    assert top.facets == {}


@pytest.mark.parametrize("limit", range(6))
def test_a_limit_takes_the_first(searcher: IndexSearcher, limit: int) -> None:
    everything = searcher.search(RAIN, 100)
    assert searcher.search(RAIN, limit) == everything._replace(best=everything.best[:limit])


def test_facets_do_not_depend_on_the_limit(searcher: IndexSearcher) -> None:
    facets = [
        FacetRequest.parse("section").resolve(SCHEMA),
        FacetRequest.parse("date:year").resolve(SCHEMA),
    ]
    for limit in (0, 1, 10):
        top = searcher.search(RAIN, limit, facets=facets)
        assert top.facets == {
            "section": ([("World", 2), ("Arts", 1)], 1, 2),
            "date:year": ([("2022", 2)], 2, 1),
        }
        assert len(top.best) == min(limit, 4)


def test_sorting_keeps_the_scores(reader: IndexReader, searcher: IndexSearcher) -> None:
    scores = {hit[:2]: hit[2] for hit in searcher.search(RAIN, 10).best}
    top = searcher.search(RAIN, 3, sort=[SortKey("words", descending=True)])
    assert keys(reader, top.best) == ["a1", "a2", "b2"]
    assert top.total == 4
    assert [score for *_, score in top.best] == [scores[hit[:2]] for hit in top.best]


def test_documents(reader: IndexReader, searcher: IndexSearcher) -> None:
    assert keys(reader, searcher.documents(RAIN)) == ["a0", "a1", "a2", "b2"]


def test_score_of_one_document(searcher: IndexSearcher) -> None:
    for segment, document, score in searcher.search(RAIN, 10).best:
        assert searcher.score(RAIN, segment, document) == pytest.approx(score)
    assert searcher.score(RAIN, 0, 3) is None


@pytest.mark.parametrize("keep", [True, False])
def test_only_plans_of_queries_that_come_again_are_kept(
    searcher: IndexSearcher, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """In tiers: not that of the rest, a tree that is made anew each time."""
    kept, plan = [], searcher.planner.plan

    def noted(query: Any, **options: Any) -> Any:
        kept.append((query, options["keep"]))
        return plan(query, **options)

    monkeypatch.setattr(searcher.planner, "plan", noted)
    first = wq.And([RAIN, wq.Term("body", "wind")])
    both, narrow = searcher.search_tiers(first, RAIN, 10, keep=keep)
    assert 0 < narrow < both.total == len(both.best)
    assert dict(kept) == {
        first: keep, RAIN: keep, wq.AndNot(RAIN, first): False
    }  # fmt: skip


def test_a_closed_reader_is_refused(tmp_path: Path) -> None:
    reader = sample_store(tmp_path / "archive").reader()
    searcher = IndexSearcher(reader, UTC, fallback=MatcherFallback(reader))
    reader.close()
    with pytest.raises(SnapshotClosed):
        searcher.search(RAIN, 10)
