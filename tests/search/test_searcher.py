"""The searcher: totals, pages, facets and sorting together, scores of single documents."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import query as wq

from searchlib.errors import QueryError, SnapshotClosed
from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest, SortKey
from searchlib.search.searcher import IndexSearcher
from searchlib.span_queries import Word
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


def test_boosts_are_checked_unless_the_tree_comes_from_the_parser(searcher: IndexSearcher) -> None:
    beyond = wq.Term("body", "rain", boost=1e200)
    for ask in (lambda tree: searcher.search(tree, 5), searcher.matches):
        with pytest.raises(QueryError, match=r"1e\+200 is not a boost"):
            ask(beyond)
    assert searcher.search(beyond, 5, is_parsed=True).total == 4
    assert searcher.matches(beyond, is_parsed=True)[0].count == 3
    assert searcher.search_tiers(beyond, beyond, 5)[1] == 4


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
    with pytest.raises(SnapshotClosed):
        searcher.matches(RAIN)
    with pytest.raises(SnapshotClosed):
        searcher.run_again(searcher.planner.match_none(), 10)


@pytest.mark.parametrize("ranking", ["whoosh", "bm25f"])
def test_the_factors_of_a_word_multiply_to_its_score(searcher: IndexSearcher, ranking: Any) -> None:
    for boost in (1.0, 2.0):
        query = Word("body", ("rain",), boost=boost)
        parts = searcher.explain_word(query, 0, 1, ranking)
        assert [part.what.partition(" ")[0] for part in parts] == [
            "idf:", f"{searcher.planner_of(ranking)._stats.k1 + 1:g}", *["weight"] * (boost != 1.0)
        ]  # fmt: skip
        score = searcher.score(query, 0, 1, ranking)
        assert np.prod([part.value for part in parts]) == pytest.approx(score)
        assert parts[0].what == "idf: 5 of 8 articles have it"
        assert parts[1].parts[0].what == "body: 2 times in 3 words, weight 1"


def test_the_words_of_a_phrase_add_up_to_its_score(searcher: IndexSearcher) -> None:
    for boost in (1.0, 2.0):
        query = Word("body", ("rain", "wind"), boost=boost)
        *words, last = searcher.explain_word(query, 0, 1, "bm25f")
        if boost == 1.0:
            words.append(last)
        else:
            assert (last.what, last.value) == ("times", boost)
        assert [word.what for word in words] == ["word 1 of the phrase", "word 2 of the phrase"]
        score = searcher.score(query, 0, 1, "bm25f")
        assert sum(word.value for word in words) * boost == pytest.approx(score)
        for word in words:
            assert np.prod([part.value for part in word.parts]) == pytest.approx(word.value)


def test_what_only_a_spelling_adds_is_apart(searcher: IndexSearcher) -> None:
    query = wq.AndMaybe(RAIN, wq.Term("body", "snow"))
    for document, names in (
        (0, ["the word in any spelling", "the word as spelled"]), (1, ["the word in any spelling"]),
    ):  # fmt: skip
        parts = searcher.explain_word(query, 0, document, "whoosh")
        assert [part.what for part in parts] == names
        assert sum(part.value for part in parts) == pytest.approx(
            searcher.score(query, 0, document)
        )
        assert all(len(part.parts) == 2 for part in parts)
    assert searcher.explain_word(wq.Every(), 0, 0, "whoosh") == []


def test_counts_in_stories(searcher: IndexSearcher) -> None:
    matches = searcher.matches(RAIN)
    assert [docs.docs.tolist() for docs in matches] == [[0, 1, 2], [2]]
    story_of = np.array([0, 0, 2, 3, 3, 5, 6, 6])
    for text, *counts in (
        ("section", {"World": 2, "Arts": 1}, 1), ("words", {"10": 1, "20": 2, "30": 1}, 0),
        ("date:year", {"2022": 1}, 2), ("date:day", {"2022-01-31": 1, "2022-02-01": 1}, 2),
    ):  # fmt: skip
        facet = FacetRequest.parse(text).resolve(SCHEMA)
        assert searcher.count_stories(facet, matches, story_of) == (*counts,)


def test_tiers(reader: IndexReader, searcher: IndexSearcher) -> None:
    snow, wind = wq.Term("body", "snow"), wq.Term("body", "wind")
    facets = [FacetRequest.parse("section").resolve(SCHEMA)]
    whole = searcher.search(RAIN, 9, facets=facets)
    for limit in range(6):
        found, narrow = searcher.search_tiers(wq.And([RAIN, snow]), RAIN, limit, facets=facets)
        assert narrow == 3
        assert (found.total, found.facets) == (whole.total, whole.facets)
        first = keys(reader, found.best)
        assert {*first[:3]} <= {"a0", "a2", "b2"}
        assert first[3:] == ["a1"][: max(0, limit - 3)]
        assert len({*first}) == min(limit, 4)
    nothing, narrow = searcher.search_tiers(wq.Term("body", "zebra"), RAIN, 9, facets=facets)
    assert (nothing, narrow) == (whole, 0)
    same, narrow = searcher.search_tiers(RAIN, RAIN, 9)
    assert (same.total, narrow, len(same.best)) == (4, 4, 4)
    by_words, _ = searcher.search_tiers(wind, RAIN, 2, sort=[SortKey("words")])
    assert keys(reader, by_words.best) == ["a2", "b2"]


@pytest.mark.parametrize(("start", "days"), [(0, ["2022-01-31"]), (6, ["2022-01-30"])])
def test_the_day_on_which_weeks_begin(reader: IndexReader, start: int, days: list[str]) -> None:
    options = {} if start == 0 else {"week_start": start}
    searcher = IndexSearcher(reader, UTC, fallback=MatcherFallback(reader), **options)  # type: ignore[arg-type]
    facets = [FacetRequest.parse(f"date:{unit}").resolve(SCHEMA) for unit in ("week_of", "year")]
    for _ in range(2):
        found = searcher.search(RAIN, 0, facets=facets).facets
        assert [value for value, _ in found["date:week_of"][0]] == days
        assert found["date:year"][0] == [("2022", 2)]
