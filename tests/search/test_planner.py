"""The planner: which node a query becomes, and what is left to the fallback."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from whoosh import fields
from whoosh import query as wq
from whoosh.analysis import DelimitedAttributeFilter, RegexTokenizer, StopFilter

import searchlib as sl
from searchlib import kernels
from searchlib.dates import to_micros
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search import planner as planner_module
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_fields import FieldsNode
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
from searchlib.span_queries import AnyField, Near, Period, Word
from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.fallback import MatcherFallback

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
    assert (caught.value.code, caught.value.span) == ("not-a-query", (0, 0))


def test_nodes_and_posting_lists_of_terms_are_cached(planner: Planner) -> None:
    assert planner.plan(RAIN) is planner.plan(wq.Term("body", "rain"))
    assert planner.plan(RAIN) is not planner.plan(wq.Term("body", "rain", boost=2.0))
    assert planner.posting_lists("body", b"rain") is planner.posting_lists("body", b"rain")
    assert planner.posting_lists("body", b"cloud")[1] is None


def test_only_terms_of_texts_are_cached_by_what_was_asked_for(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner.plan(wq.Term("section", "world"))
    planner.plan(wq.Term("words", 20))
    assert planner._term_nodes == {}
    node = planner.plan(RAIN)
    monkeypatch.setattr(planner, "to_bytes", None)  # which is not asked again
    assert planner.plan(wq.Term("body", "rain")) is node


def test_one_of_several_words_has_not_the_boost_of_all(planner: Planner) -> None:
    assert planner.word_node(word("rain", boost=3.0), 0).boost == 3.0
    assert planner.word_node(word("rain", "wind", boost=3.0), 1).boost == 1.0
    node = planner.word_node(word("rain"), 0)
    assert planner.word_node(word("rain", "wind"), 0) is node


def micros(*day: int) -> int:
    return to_micros(datetime(*day, tzinfo=UTC))  # type: ignore[misc]


def word(*words: str, field: str = "body", **options: Any) -> Word:
    return Word(field, words, **options)


@pytest.mark.parametrize(
    ("query", "node", "keys"),
    [
        (word("rain"), TermNode, "a0 a1 a2 b1 b2"),
        (word("zebra"), MatchNoneNode, ""),
        (word("rain", "wind"), PhraseNode, "a1 a2"),
        (word(), MatchNoneNode, ""),
        (word("rain", field="section"), MatchNoneNode, ""),
        (word("rain", field="nothing"), MatchNoneNode, ""),
        (AnyField([word("rain", field="title"), word("rain")]), FieldsNode, "a0 a1 a2 a4 b0 b1 b2"),
        (AnyField([word("cloud", field="title"), word("cloud")]), TermNode, "a4"),
        (AnyField([word("zebra", field="title"), word("zebra")]), MatchNoneNode, ""),
        (AnyField([wq.Term("title_exact", "raining"), wq.Term("body", "cloud")]), FieldsNode,
         "a4"),
        (AnyField([word("rain", "wind"), word("rain", field="title")]), OrNode, "a0 a1 a2 a4 b0"),
        (AnyField([wq.Prefix("body", "sn"), RAIN]), OrNode, "a0 a1 a2 b0 b1 b2"),
        (wq.And([]), MatchNoneNode, ""),
        (wq.Or([SNOW]), TermNode, "a0 a2 b0 b2"),
        (wq.Or([SNOW], scale=0.5), TermNode, "a0 a2 b0 b2"),
        (wq.Prefix("section", "w"), FixedDocsNode, "a0 a2 b0"),
        (Period("date", micros(2022, 1, 1), micros(2022, 2, 2)), RangeNode, "a0 a1"),
        (Period("date", micros(2022, 2, 1), None), RangeNode, "a1 b0 b1"),
    ],
    ids=repr,
)  # fmt: skip
def test_nodes_of_words(reader: IndexReader, query: Any, node: type, keys: str) -> None:
    """None of them is left to the fallback, which would give the same, only slower."""

    def refuse(query: Any, check: Any) -> Any:
        raise AssertionError(f"{query!r} has no plan")

    plan = IndexSearcher(reader, UTC, fallback=refuse).planner_of("bm25f").plan(query)
    assert type(plan) is node
    assert matching_keys(reader, plan) == keys.split()


@pytest.mark.parametrize("query", [
    word("rain", boost=3.0), word("rain", "wind", boost=3.0), wq.Term("body", "rain", boost=3.0),
    wq.And([RAIN, SNOW], boost=3.0), wq.Or([RAIN, SNOW], boost=3.0), wq.Every(boost=3.0),
    AnyField([word("rain", field="title", boost=3.0), word("rain", boost=3.0)]),
    wq.Every("title", boost=3.0), wq.NumericRange("words", 10, 20, boost=3.0),
    wq.Phrase("body", ["rain", "wind"], boost=3.0), wq.Term("section", "world", boost=3.0),
], ids=repr)  # fmt: skip
def test_boosts_multiply_scores(searcher: IndexSearcher, query: Any) -> None:
    planner = searcher.planner_of("bm25f")
    plain = copy.deepcopy(query)
    plain.boost = 1.0
    for part in plain.subqueries if isinstance(plain, AnyField) else ():
        part.boost = 1.0
    for segment in (0, 1):
        once = planner.plan(plain).scored_matches(segment)[1]
        boosted = planner.plan(query).scored_matches(segment)[1]
        assert boosted.tolist() == pytest.approx((3.0 * once).tolist())


def test_boosts_are_checked_unless_the_parser_did(planner: Planner) -> None:
    query = wq.Term("body", "rain", boost=1e300)
    for parsed in ({}, {"is_parsed": False}):
        with pytest.raises(QueryError) as caught:
            planner.plan(query, **parsed)
        assert caught.value.code == "bad-weight"
    assert planner.plan(query, is_parsed=True).count(0) == 3


@pytest.mark.skipif(not kernels.available, reason="only compiled plans are kept")
def test_plans_are_kept_when_it_is_asked_for(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = [wq.And([RAIN, wq.Term("body", text)]) for text in ("snow", "wind", "sun", "came")]
    first = planner.plan(queries[0])
    assert planner.plan(queries[0]) is not first
    assert first.compiled is None

    def kept() -> list[PlanNode]:
        return [plan for _, plan in planner._plans.values()]

    monkeypatch.setattr(planner_module, "cacheable_memory", lambda plan: {id(plan): 10})
    for most, most_bytes in ((2, 1000), (99, 20)):
        monkeypatch.setattr(planner_module, "_CACHED_PLANS", most)
        planner._max_plan_bytes = most_bytes
        planner._plans, planner._plan_bytes = {}, 0
        for _ in range(2):
            plans = [planner.plan(query, keep=True) for query in queries]
            assert [plan.compiled for plan in plans] == [None, None, [], []]
            assert kept() == plans[2:]
            assert planner.plan(queries[3], keep=True) is plans[3]
            planner._plans, planner._plan_bytes = {}, 0
    monkeypatch.setattr(planner_module, "cacheable_memory", lambda plan: None)
    assert planner.plan(queries[0], keep=True).compiled is None
    assert kept() == []


@pytest.mark.skipif(not kernels.available, reason="only compiled plans are kept")
def test_plans_are_let_go_while_another_thread_adds_one(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plan:
        compiled = property(lambda self: None, lambda self, _: others.update({0: (RAIN, self)}))

    monkeypatch.setattr(planner_module, "_CACHED_PLANS", 1)
    others: dict[Any, Any] = {1: (RAIN, Plan()), 2: (RAIN, Plan())}
    planner._plans = others
    plan = planner.plan(RAIN, keep=True)
    assert [kept for _, kept in planner._plans.values()] == [plan]


def test_the_plans_of_a_large_archive_may_take_more(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_module, "cache_limit", lambda size: size)
    archive_bytes = sum(segment.info.bytes for segment in planner._reader.segments)
    made = planner.with_statistics(planner._stats)
    assert made._max_plan_bytes == 2 * archive_bytes
    assert archive_bytes > 0


def test_what_is_cached_is_bounded(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "_CACHED_TERMS", 2)
    for text in "rain snow wind sun".split():
        planner.plan(AnyField([word(text), word(text, field="title")]))
        planner.plan(word("after", text))
        planner.term_node("body", text.encode())
        for cache in (planner._posting_lists, planner._term_nodes, planner._word_nodes):
            assert len(cache) <= 2


def test_nodes_of_words_are_kept_but_for_phrases(searcher: IndexSearcher) -> None:
    planner = searcher.planner_of("bm25f")
    fields = AnyField([word("rain", field="title"), word("rain")])
    for query in (word("rain"), fields, AnyField([RAIN, wq.Term("title", "rain")])):
        assert planner.plan(query) is planner.plan(copy.deepcopy(query))
    phrase = word("rain", "wind")
    assert planner.plan(phrase) is not planner.plan(phrase)
    others = [word("rain", boost=2.0), word("rain", languages=("en",)), word("rain", field="title")]
    assert all(planner.plan(query) is not planner.plan(word("rain")) for query in others)


def test_a_value_that_a_field_type_refuses_in_its_own_way(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: Any) -> bytes:
        raise raised

    monkeypatch.setattr(planner, "_whoosh_schema", {"x": SimpleNamespace(to_bytes=fail)})
    raised: Exception = RuntimeError("no such thing")
    with pytest.raises(QueryError, match="'v' is no value of x: no such thing") as caught:
        planner.to_bytes("x", "v")
    assert (caught.value.code, caught.value.span) == ("not-supported", (0, 0))
    for raised in (ValueError("so"), QueryError("bad", (1, 2), "so", "so")):
        with pytest.raises(type(raised)) as caught_too:
            planner.to_bytes("x", "v")
        assert caught_too.value is raised


def test_scores_of_the_fallback_are_numbers(reader: IndexReader) -> None:
    for scores in ([np.inf, 1.0], [1.0, np.nan]):
        planner = IndexSearcher(
            reader, UTC, fallback=lambda query, check, scores=scores: [([1, 2], scores), ([], [])]
        ).planner
        with pytest.raises(QueryError, match="DisjunctionMax has scores that are no num") as caught:
            planner.plan(wq.DisjunctionMax([RAIN]))
        assert (caught.value.code, caught.value.span) == ("bad-weight", (0, 0))
    good = [(np.array([1]), np.array([0.5])), (np.array([0]), np.array([2.5]))]
    plan = IndexSearcher(reader, UTC, fallback=lambda query, check: good).planner.plan(
        wq.DisjunctionMax([RAIN])
    )
    assert [plan.scored_matches(segment)[1].tolist() for segment in (0, 1)] == [[0.5], [2.5]]


def test_periods_leave_out_dates_that_go_beyond_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = sl.Schema(id=sl.Key(), date=sl.Date())
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        dates = ["2022", "2022-01", "2022-01-05", "2021", "2023-01-01"]
        archive.add({"id": date, "date": date} for date in dates)
        with archive.snapshot() as snapshot:
            reader = snapshot._view.reader
            planner = IndexSearcher(reader, UTC, fallback=MatcherFallback(reader)).planner
            january = Period("date", micros(2022, 1, 1), micros(2022, 2, 1))
            plan = planner.plan(january)
            assert isinstance(plan, AndNotNode)
            docs, scores = plan.scored_matches(0)
            keys = [reader.segments[0].core.keys.keys[doc].decode() for doc in docs]
            assert "2022-01-05" in keys
            assert not {"2022", "2021", "2023-01-01"} & {*keys}
            assert set(scores.tolist()) == {1.0}
        archive.add([{"id": "later", "date": "2022-01-06"}])
        with archive.snapshot() as snapshot:
            reader = snapshot._view.reader
            # As where a segment is older than the field.
            monkeypatch.setattr(reader.segments[1].core, "number", lambda name: None)
            planner = IndexSearcher(reader, UTC, fallback=MatcherFallback(reader)).planner
            plan = planner.plan(january)
            assert isinstance(plan, AndNotNode)
            assert [plan.excluded.match(segment).count for segment in (0, 1)] == [1, 0]
            assert plan.match(1).count == 0


@pytest.fixture(scope="module")
def whoosh_reader() -> Iterator[IndexReader]:
    """Two segments of fields of Whoosh's. In the second one words have weights of their own, and
    there is a gap between the words of a text."""
    weighted = RegexTokenizer(r"\S+") | DelimitedAttributeFilter()
    gaps = RegexTokenizer() | StopFilter(stoplist=["and"], minsize=1, renumber=False)
    schema = fields.Schema(
        tags=fields.KEYWORD(field_boost=4.0), kind=fields.ID(field_boost=3.0),
        weighted=fields.TEXT(analyzer=weighted), gaps=fields.TEXT(analyzer=gaps),
        row=fields.TEXT(analyzer=RegexTokenizer()), n=fields.NUMERIC(int),
        u=fields.NUMERIC(int, signed=False),
    )  # fmt: skip
    index = RamStorage().create_index(schema)
    rows: list[dict[str, Any]] = [
        {"tags": "x y x", "weighted": "rain snow", "gaps": "rain snow", "n": 5, "u": 3},
        {"tags": "y y y", "weighted": "rain^2 snow", "gaps": "rain and snow", "n": -7, "u": 0},
    ]
    for row in rows:
        with index.writer() as writer:
            writer.merge = False
            writer.add_document(kind="k", row="rain and snow", **row)
    with index.reader() as reader:
        yield reader._index_reader


@pytest.mark.parametrize(
    ("query", "node", "scores"),
    [
        # What is not scorable is scored by its weights.
        (wq.Term("tags", "x"), FixedDocsNode, [{0: 8.0}, {}]),
        (wq.Term("tags", "y", boost=0.5), FixedDocsNode, [{0: 2.0}, {0: 6.0}]),
        (wq.Term("kind", "k", boost=2.0), FixedDocsNode, [{0: 6.0}, {0: 6.0}]),
        (wq.Term("weighted", b"rain"), None, None),
        (wq.Term("row", "rain"), TermNode, None),
        (wq.Term("gaps", "rain"), TermNode, None),
        (wq.Phrase("row", ["rain", "and"]), PhraseNode, None),
        (wq.Phrase("gaps", ["rain", "snow"]), None, None),
        (wq.Phrase("tags", ["x", "y"]), None, None),
        (wq.NumericRange("n", -7, 4), FixedDocsNode, [{}, {0: 1.0}]),
        (wq.NumericRange("n", -6, 5, boost=2.0), FixedDocsNode, [{0: 2.0}, {}]),
        (wq.NumericRange("u", 0, 0), FixedDocsNode, [{}, {0: 1.0}]),
        (wq.NumericRange("u", 0, 3), FixedDocsNode, [{0: 1.0}, {0: 1.0}]),
        # Without numbers in it, or with scores: by Whoosh's terms for ranges.
        (wq.NumericRange("u", 0, 0, startexcl=True), ConstantScoreNode, None),
        (wq.NumericRange("n", -7, 4, constantscore=False), FixedDocsNode, [{}, {0: 1.0}]),
    ],
    ids=repr,
)  # fmt: skip
def test_nodes_of_fields_of_whooshs(
    whoosh_reader: IndexReader, query: Any, node: type | None, scores: Any
) -> None:
    asked: list[Any] = []

    def fallback(query: Any, check: Any) -> Any:
        asked.append(query)
        return [([], [])] * 2

    plan = IndexSearcher(whoosh_reader, UTC, fallback=fallback).planner.plan(query)
    assert asked == ([query] if node is None else [])
    assert node is None or type(plan) is node
    if scores is not None:
        matches = [plan.scored_matches(segment) for segment in (0, 1)]
        assert [dict(zip(*map(np.ndarray.tolist, pair), strict=True)) for pair in matches] == scores


def test_terms_with_weights_of_single_words_are_scored_one_by_one(
    whoosh_reader: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.search.multi_term._MANY", 1)
    planner = IndexSearcher(
        whoosh_reader, UTC, fallback=lambda query, check: [(np.array([0]), np.array([4.0]))] * 2
    ).planner
    plan = planner.plan(wq.Prefix("weighted", "r"))
    assert [plan.scored_matches(segment)[1].tolist() for segment in (0, 1)] == [[4.0], [4.0]]


def test_limits_of_a_ranking_are_those_of_the_other(planner: Planner) -> None:
    planner.set_limits(2, 7, 0.0)
    other = planner.with_statistics(planner.match_none().stats)
    assert other.text_units.max_articles_read == 7
    assert other._expansion.max_expansions == 2
    with pytest.raises(QueryError) as caught:
        other.plan(RAIN).match(0)
    assert caught.value.code == "too-slow"


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
