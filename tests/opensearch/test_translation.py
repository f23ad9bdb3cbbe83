"""Tests of searchlib/opensearch/translation.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib.opensearch.dictionary import ClusterWords
from searchlib.opensearch.scoring import Scorer
from searchlib.opensearch.translation import Translator
from searchlib.span_queries import AtLeast, First, Near, Period, Same

SCHEMA = sl.Schema(id=sl.Key(), body=sl.Text(), tag=sl.Keyword(many=True), size=sl.Number())
WORDS = ["rain", "rains", "snow", "bank", "banks"]
TEXTS = [
    "rain snow bank. Rains bank snow rain.",
    "Snow rain. Bank banks! rain",
    "rain rain rain bank",
    "banks snow snow. Rain bank",
    "bank",
    "snow. Rain. Snow. Rain",
]
ROWS = [
    {"id": n, "body": text, "tag": [WORDS[n % 5], "x"], "size": n} for n, text in enumerate(TEXTS)
]

term = st.sampled_from(WORDS).map(lambda word: wq.Term("body_exact", word))
stem = st.sampled_from(["rain", "snow", "bank"]).map(lambda word: wq.Term("body", word))
phrase = st.builds(
    lambda words, slop: wq.Phrase("body_exact", words, slop),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3), st.integers(1, 3),
)  # fmt: skip
prefix = st.sampled_from(["ra", "b", "sno"]).map(lambda text: wq.Prefix("body_exact", text))
part = st.one_of(term, stem, phrase, prefix, st.lists(term, min_size=2, max_size=2).map(wq.Or))


def spans(of: Any) -> Any:
    return st.one_of(
        st.builds(Near, of, of, st.integers(1, 4), st.booleans()),
        st.builds(lambda a, b: Same(a, b, "sentence", "body"), of, of),
        st.builds(AtLeast, of, st.integers(2, 3)),
        st.builds(First, of, st.integers(1, 4)),
    )


leaf = st.one_of(
    part, spans(part), spans(spans(part)),
    st.sampled_from(WORDS).map(lambda word: wq.Term("tag", word)),
    st.integers(0, 5).map(lambda n: wq.NumericRange("size", n, None)),
)  # fmt: skip
trees = st.recursive(
    leaf,
    lambda of: st.one_of(
        st.lists(of, min_size=2, max_size=3).map(wq.And),
        st.lists(of, min_size=2, max_size=3).map(wq.Or),
        st.builds(wq.AndNot, of, of),
        st.builds(wq.AndMaybe, of, of),
    ),
    max_leaves=4,
)


def test_random_trees_find_and_score_the_same(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees)
    def same(tree: Any) -> None:
        expected = {hit.id: hit.score for hit in folder.search(tree, limit=None)}
        found = {hit.id: hit.score for hit in cluster.search(tree, limit=None)}
        assert found == pytest.approx(expected, rel=1e-5)

    same()


def translator(check: Any) -> Translator:
    nowhere: Any = None
    scorer = Scorer(nowhere, SCHEMA, "whoosh")
    return Translator(SCHEMA, ClusterWords(nowhere, SCHEMA), scorer, check)


def test_a_node_without_a_translation_is_refused() -> None:
    class Other(wq.Query):  # type: ignore[misc]
        pass

    translate = translator(lambda tree, words: [])
    with pytest.raises(sl.QueryError, match="cannot run Other"):
        translate(Other())
    with pytest.raises(sl.QueryError, match="no scores below 0"):
        translate(wq.Term("body", "rain", boost=-1.0))
    with pytest.raises(sl.QueryError, match="no position"):
        translate(Near(wq.Term("tag", "a"), wq.Term("tag", "b"), 1, True))


def test_what_intervals_would_not_find_is_checked() -> None:
    asked: list[Any] = []

    def check(tree: Any, words: Any) -> list[str]:
        asked.append(tree)
        return ["7"]

    a, b = wq.Term("body", "a"), wq.Term("body", "b")
    tree = Near(Near(a, b, 2, True), a, 3, False)
    assert translator(check)(tree)["bool"]["filter"] == [{"terms": {"f.id.value": ["7"]}}]
    assert asked == [tree]


X, Y = wq.Term("tag", "x"), wq.Term("tag", "y")


def tag(text: str, boost: float = 1.0) -> dict[str, Any]:
    return {"constant_score": {"filter": {"term": {"f.tag.value": text}}, "boost": boost}}


NOTHING: dict[str, Any] = {"match_none": {}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (X, tag("x")),
        (wq.Term("tag", b"x", boost=2.0), tag("x", 2.0)),
        (wq.Term("nothing", "x"), NOTHING),
        (wq.NullQuery, NOTHING),
        (wq.Every(), {"match_all": {"boost": 1.0}}),
        (wq.Every(boost=3.0), {"match_all": {"boost": 3.0}}),
        (wq.Every("tag", 2.0),
         {"constant_score": {"filter": {"exists": {"field": "f.tag.value"}}, "boost": 2.0}}),
        (wq.Every("body"),
         {"constant_score": {"filter": {"exists": {"field": "f.body.terms"}}, "boost": 1.0}}),
        (wq.Every("nothing"), NOTHING),
        (wq.And([X, Y]), {"bool": {"must": [tag("x"), tag("y")]}}),
        (wq.And([X, Y], boost=2.0), {"bool": {"must": [tag("x"), tag("y")], "boost": 2.0}}),
        (wq.Or([X, Y]), {"bool": {"should": [tag("x"), tag("y")]}}),
        (wq.Or([X], boost=2.0), tag("x")),
        (wq.And([]), NOTHING),
        (wq.Not(X), {"bool": {"must": [{"match_all": {}}], "must_not": [tag("x")]}}),
        (wq.AndNot(X, Y), {"bool": {"must": [tag("x")], "must_not": [tag("y")]}}),
        (wq.AndMaybe(X, Y), {"bool": {"must": [tag("x")], "should": [tag("y")]}}),
        (wq.Require(X, Y), {"bool": {"must": [tag("x")], "filter": [tag("y")]}}),
        (wq.ConstantScoreQuery(X, 4.0), {"constant_score": {"filter": tag("x"), "boost": 4.0}}),
        (wq.Prefix("nothing", "x"), NOTHING),
        (wq.Prefix("size", "x"), NOTHING),
        (wq.Prefix("tag", "x", boost=2.0),
         {"prefix": {"f.tag.value": {"value": "x", "rewrite": "constant_score", "boost": 2.0}}}),
        (wq.Phrase("tag", ["x", "y"]), NOTHING),
    ],
)  # fmt: skip
def test_each_kind_of_node(query: Any, expected: dict[str, Any]) -> None:
    assert translator(lambda tree, words: [])(query) == expected


@pytest.mark.parametrize(
    ("limits", "bounds"),
    [
        ((1, 5), {"gte": 1, "lte": 5}),
        ((1, 5, True, False), {"gt": 1, "lte": 5}),
        ((1, 5, False, True), {"gte": 1, "lt": 5}),
        ((None, 5), {"lte": 5}),
        ((0, None), {"gte": 0}),
    ],
)
def test_ranges(limits: tuple[Any, ...], bounds: dict[str, Any]) -> None:
    translate = translator(lambda tree, words: [])
    whole = {"constant_score": {"filter": {"range": {"f.size.value": bounds}}, "boost": 2.0}}
    assert translate(wq.NumericRange("size", *limits, boost=2.0)) == whole


def test_a_period_leaves_out_dates_that_go_on_after_it() -> None:
    schema = sl.Schema(id=sl.Key(), date=sl.Date())
    nowhere: Any = None
    scorer = Scorer(nowhere, schema, "whoosh")
    translate = Translator(schema, ClusterWords(nowhere, schema), scorer, lambda tree, words: [])
    begins = {"range": {"f.date.start": {"gte": 1, "lt": 5}}}
    assert translate(Period("date", 1, 5)) == {
        "bool": {
            "must": [{"constant_score": {"filter": begins, "boost": 1.0}}],
            "must_not": [{"range": {"f.date.end": {"gt": 5}}}],
        }
    }
    open_end = {"range": {"f.date.start": {"gte": 1}}}
    assert translate(Period("date", 1, None)) == {
        "constant_score": {"filter": open_end, "boost": 1.0}
    }


def test_where_an_error_of_a_node_is() -> None:
    translate = translator(lambda tree, words: [])
    for query, code in (
        (wq.Term("size", 5), "not-supported"),
        (wq.Term("body", "rain", boost=-1.0), "not-supported"),
        (Near(X, Y, 1, True), "not-in-text"),
    ):
        with pytest.raises(sl.QueryError) as caught:
            translate(query)
        assert (caught.value.code, caught.value.span) == (code, (0, 0))
