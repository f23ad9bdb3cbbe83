"""The planner: which node a query becomes, and what is left to the fallback."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib import kernels
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
)
from searchlib.search.plan_leaves import (
    FixedDocsNode,
    MatchAllNode,
    MatchNoneNode,
    RangeNode,
    TermNode,
)
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.plan_spans import SpansNode
from searchlib.search.planner import Planner
from searchlib.search.searcher import IndexSearcher
from searchlib.span_queries import Near

from .samples import matching_keys

RAIN, SNOW = wq.Term("body", "rain"), wq.Term("body", "snow")


@pytest.mark.parametrize(
    ("query", "node", "keys"),
    [
        (RAIN, TermNode, "a0 a1 a2 b1 b2"),
        (wq.Term("title", "rain"), TermNode, "a0 a4 b0"),  # stems
        (wq.Term("title_exact", "raining"), TermNode, "a4"),
        (wq.Term("section", "world"), FixedDocsNode, "a0 a2 b0"),
        (wq.Term("id", "b0"), FixedDocsNode, "b0"),
        (wq.Term("words", 20), FixedDocsNode, "a2 b2"),
        (wq.Term("nothing", "rain"), MatchNoneNode, ""),
        (wq.Term("words", "many"), MatchNoneNode, ""),
        (wq.NullQuery, MatchNoneNode, ""),
        (wq.And([RAIN, SNOW]), AndNode, "a0 a2 b2"),
        (wq.Or([RAIN, SNOW]), OrNode, "a0 a1 a2 b0 b1 b2"),
        (wq.And([RAIN]), TermNode, "a0 a1 a2 b1 b2"),
        (wq.Or([]), MatchNoneNode, ""),
        (wq.AndNot(RAIN, SNOW), AndNotNode, "a1 b1"),
        (wq.AndMaybe(SNOW, RAIN), AndMaybeNode, "a0 a2 b0 b2"),
        (wq.Not(RAIN), AndNotNode, "a3 a4 b0"),
        (wq.ConstantScoreQuery(SNOW, 3.0), ConstantScoreNode, "a0 a2 b0 b2"),
        (wq.Every(), MatchAllNode, "a0 a1 a2 a3 a4 b0 b1 b2"),
        (wq.Every("title"), FixedDocsNode, "a0 a4 b0"),
        (wq.Every("places"), FixedDocsNode, "a0 a4 b0"),
        (wq.Every("words"), FixedDocsNode, "a0 a1 a2 b1 b2"),
        (wq.Every("id"), FixedDocsNode, "a0 a1 a2 a3 a4 b0 b1 b2"),
        (wq.NumericRange("words", 10, 20), RangeNode, "a0 a2 b2"),
        (wq.NumericRange("words", 10, 20, startexcl=True), RangeNode, "a2 b2"),
        (wq.Phrase("body", ["rain", "wind"]), PhraseNode, "a1 a2"),
        (wq.Phrase("nothing", ["rain", "wind"]), MatchNoneNode, ""),
        (wq.Prefix("body", "sn"), FixedDocsNode, "a0 a2 b0 b2"),
        (wq.Wildcard("nothing", "s*"), MatchNoneNode, ""),
        (Near(RAIN, SNOW, 1, True), SpansNode, "b2"),
        # These have no plan of their own.
        (wq.Phrase("body", ["rain"]), FixedDocsNode, "a0 a1 a2 b2"),
        (wq.DisjunctionMax([RAIN, SNOW]), FixedDocsNode, "a0 a1 a2 b0 b2"),
        (wq.Or([RAIN, SNOW], scale=0.5), FixedDocsNode, "a0 a1 a2 b0 b2"),
    ],
    ids=repr,
)
def test_nodes(reader: IndexReader, planner: Planner, query: Any, node: type, keys: str) -> None:
    plan = planner.plan(query)
    assert type(plan) is node
    assert matching_keys(reader, plan) == keys.split()


@pytest.mark.parametrize("query", [None, 42, "rain", wq.Term])
def test_what_is_no_query_is_refused(planner: Planner, query: Any) -> None:
    with pytest.raises(QueryError) as caught:
        planner.plan(query)
    assert caught.value.code == "not-a-query"


def test_nodes_and_posting_lists_of_terms_are_cached(planner: Planner) -> None:
    assert planner.plan(RAIN) is planner.plan(wq.Term("body", "rain"))
    assert planner.plan(RAIN) is not planner.plan(wq.Term("body", "rain", boost=2.0))
    assert planner.posting_lists("body", b"rain") is planner.posting_lists("body", b"rain")
    assert planner.posting_lists("body", b"cloud")[1] is None


def test_limits(planner: Planner) -> None:
    planner.set_limits(2, 0, 10.0)
    planner.plan(wq.Prefix("body", "sn"))
    with pytest.raises(QueryError) as caught:
        planner.plan(wq.Wildcard("body", "*n*"))
    assert caught.value.code == "too-many-words"
    planner.set_limits(100, 0, 0.0)
    with pytest.raises(QueryError) as caught:
        planner.plan(RAIN).match(0)
    assert caught.value.code == "too-slow"


def test_the_fallback_gets_the_query_and_a_check_of_the_budget(reader: IndexReader) -> None:
    calls = []

    def fallback(query: Any, check: Any) -> Any:
        check()
        calls.append(query)
        return [([1], [0.5]), ([], [])]

    planner = IndexSearcher(reader, UTC, fallback=fallback).planner
    query = wq.DisjunctionMax([RAIN])
    plan = planner.plan(query)
    assert calls == [query]
    assert isinstance(plan, FixedDocsNode)
    assert list(plan.doc_sets[0].docs) == [1]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_word_of_several_terms_is_one_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language="fr"))
    texts = ["pâris vent paris vent bon", "paris bon bon bon bon", "bon " * 5,
             "pâris bon pâris bon paris", "vent bon bon bon bon"]  # fmt: skip
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": str(n), "body": text} for n, text in enumerate(texts)])
        for query in ("paris", '"paris"'):
            assert [hit.id for hit in archive.search(query)] == ["3", "0", "1"]  # by how often
            assert archive.count(f"{query} vent") == 1
        both = archive.search("paris OR vent")
        assert sorted(hit.id for hit in both) == ["0", "1", "3", "4"]
