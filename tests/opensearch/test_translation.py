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
from searchlib.opensearch.intervals import interval
from searchlib.opensearch.patterns import query_of_pattern
from searchlib.opensearch.scoring import Scorer, WordScore, unscored
from searchlib.opensearch.translation import Translator
from searchlib.search.word_forms import Dictionary, Form, WordMeaning, WordReader
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, Word

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


class _Words(WordReader):
    """Knows what a few words stand for; any other stands for itself."""

    def _dictionary(self, name: str) -> Dictionary:
        raise AssertionError

    def _used_languages(self) -> tuple[str, ...]:
        raise AssertionError

    def _resolve(self, name: str, token: str, languages: tuple[str, ...] | None) -> WordMeaning:
        if token == "paris":  # which is also a form of another
            return WordMeaning((b"paris",), (Form(b"par", b"pariss"),), (), b"paris")
        return WordMeaning((f"{token}-{languages[0]}".encode() if languages else token.encode(),))


class _Scorer:
    """Says which words it scores, and what patterns it was asked for the words of."""

    def __init__(self, ranking: str = "bm25f", *forms: str) -> None:
        self.ranking, self.forms = ranking, list(forms)
        self.asked: list[Any] = []

    def word(self, word: WordScore) -> dict[str, Any]:
        terms = [text for cs in word.clauses.values() for c in cs for text in c["term"].values()]
        return {"word": terms, "boost": word.boost}

    def words_of(self, pattern: Any, path: str) -> list[str]:
        self.asked.append((pattern, path))
        return self.forms


TEXTUAL = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(), tag=sl.Keyword())
PARIS, RAIN = Word("body", ("paris",)), Word("body", ("rain",))
RAIN_TERM: dict[str, Any] = {"term": {"f.body.terms": "rain"}}
PARIS_TERMS = [{"term": {"f.body.terms": "paris"}}, {"term": {"f.body.exact": "pariss"}}]


def textual(scorer: _Scorer, check: Any = lambda tree, words: ["7"]) -> Translator:
    anything: Any = scorer
    return Translator(TEXTUAL, _Words(TEXTUAL), anything, check)


def word(*terms: str, boost: float = 1.0) -> dict[str, Any]:
    return {"word": list(terms), "boost": boost}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (wq.Term("body", b"rain", boost=2.0), [({"body": [RAIN_TERM]}, 2.0)]),
        (wq.Term("body", "rain", boost=0.0), [({"body": [RAIN_TERM]}, 0.0)]),
        (wq.Term("body_exact", "Rain"), [({"body": [{"term": {"f.body.exact": "Rain"}}]}, 1.0)]),
        (Word("body", ("rain",), ("de",), 3.0),
         [({"body": [{"term": {"f.body.terms": "rain-de"}}]}, 3.0)]),
        (Word("body", ("paris",), None, 2.0),
         [({"body": PARIS_TERMS}, 2.0), ({"body": PARIS_TERMS[:1]}, 0.2)]),
        (AnyField([Word("title", ("rain",), None, 2.0), PARIS]),
         [({"title": [{"term": {"f.title.terms": "rain"}}], "body": PARIS_TERMS}, 2.0),
          ({"body": PARIS_TERMS[:1]}, 0.2)]),
        (AnyField([]), []),
        (AnyField([RAIN, wq.Term("tag", "x")]), []),
        (wq.Or([RAIN, PARIS]), []),
        (wq.Prefix("body", "ra"), []),
        (wq.Term("tag", "x"), []),
        (wq.Term("nothing", "x"), []),
        (Word("tag", ("rain",)), []),
        (Word("body", ("rain", "snow")), []),
        (Word("body", ()), []),
    ],
)  # fmt: skip
def test_what_scores_a_word(query: Any, expected: list[Any]) -> None:
    scores = textual(_Scorer()).word_scores(query)
    assert [(score.clauses, score.boost) for score in scores] == expected
    assert [score.frequency_of for score in scores] == [None, *scores[:1]][: len(scores)]
    # Only of the other ranking are fields and spellings one word.
    others = [] if isinstance(query, AnyField) else expected[:1]
    scores = textual(_Scorer("whoosh")).word_scores(query)
    assert [(score.clauses, score.boost) for score in scores] == others


def span_of(query: Any, *words: dict[str, Any]) -> dict[str, Any]:
    """The translation of what intervals find and words score."""
    found = {"intervals": {"f.body.terms": interval(TEXTUAL, query)}}
    should = words[0] if len(words) == 1 else {"bool": {"must": list(words)}}
    return {"bool": {"filter": [found], "should": [should]}}


A, B = wq.Term("body", "a"), wq.Term("body_exact", "b")
PHRASE = wq.Phrase("body", ["a", "b"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RAIN, word("rain")),
        (PARIS, {"bool": {"must": [word("paris", "pariss")],
                          "should": [word("paris", boost=0.1)]}}),
        (wq.Term("body", "rain", boost=2.0), word("rain", boost=2.0)),
        (Word("tag", ("rain",)), NOTHING),
        (Word("nothing", ("rain",)), NOTHING),
        (Word("body", ()), NOTHING),
        (AnyField([RAIN, Word("title", ("snow",))]), word("rain", "snow")),
        (AnyField([RAIN, wq.Term("tag", "x")]), {"bool": {"should": [word("rain"), tag("x")]}}),
        (Word("body", ("a", "b"), None, 2.0),
         span_of(PHRASE, word("a"), word("b"))),
        (Word("body", ("a", "b"), ("de",)),
         span_of(wq.Phrase("body", ["a-de", "b-de"]), word("a-de"), word("b-de"))),
        (PHRASE, span_of(PHRASE, word("a"), word("b"))),
        (Near(A, B, 2, True), span_of(Near(A, B, 2, True), word("a"), word("b"))),
        (Same(A, B, "sentence", "body"),
         span_of(Same(A, B, "sentence", "body"), word("a"), word("b"))),
        (AtLeast(A, 2), span_of(AtLeast(A, 2), word("a"))),
        (First(B, 2), span_of(First(B, 2), word("b"))),
        (First(Word("body", ("rain",), None, 2.0), 2),
         span_of(First(wq.Term("body", "rain"), 2), word("rain", boost=2.0))),
        (First(PHRASE, 2), span_of(First(PHRASE, 2), word("a"), word("b"))),
        (First(wq.Or([PHRASE, PHRASE]), 2),
         span_of(First(wq.Or([PHRASE, PHRASE]), 2),
                 {"bool": {"should": [span_of(PHRASE, word("a"), word("b"))] * 2}})),
    ],
)  # fmt: skip
def test_words_and_where_they_stand(query: Any, expected: dict[str, Any]) -> None:
    if isinstance(query, Word) and query.boost != 1.0:
        expected["bool"]["should"][0]["bool"]["boost"] = query.boost
    assert textual(_Scorer())(query) == expected


def test_the_words_of_a_phrase_have_its_weight() -> None:
    phrase = wq.Phrase("body", ["a", "b"], boost=3.0)
    words = {"bool": {"must": [word("a"), word("b")], "boost": 3.0}}
    assert textual(_Scorer())(phrase)["bool"]["should"] == [words]


def test_what_is_checked_is_plain() -> None:
    asked: list[Any] = []

    def check(tree: Any, words: Any) -> list[str]:
        asked.append((tree, words))
        return ["7", "8"]

    near = Near(A, B, 2, True)
    found = textual(_Scorer(), check)(Near(near, PARIS, 3, False))
    words = {"bool": {"must": [
        {"bool": {"must": [word("a"), word("b")]}},
        {"bool": {"must": [word("paris", "pariss")],
                  "should": [word("paris", boost=0.1)]}},
    ]}}  # fmt: skip
    assert found == {"bool": {"filter": [{"terms": {"f.id.value": ["7", "8"]}}], "should": [words]}}
    forms = wq.Or([wq.Term("body", "paris"), wq.Term("body_exact", "pariss")])
    assert asked == [(Near(near, forms, 3, False), unscored(words))]


@pytest.mark.parametrize("field", ["body", "body_exact"])
def test_patterns_of_few_words_score_by_these(field: str) -> None:
    path = {"body": "f.body.terms", "body_exact": "f.body.exact"}[field]
    pattern = wq.Prefix(field, "ra", boost=2.0)
    found = query_of_pattern(pattern, path, 2.0)
    asked = (query_of_pattern(pattern, path, 1.0, "scoring_boolean"), path)
    for forms, scores in (
        ((), found),
        (("raid",), {"bool": {"filter": [found], "should": [word("raid")]}}),
        (("raid", "rain"), {"bool": {"filter": [found], "should": [
            {"bool": {"should": [word("raid"), word("rain")], "boost": 2.0}}]}}),
    ):  # fmt: skip
        scorer = _Scorer("bm25f", *forms)
        assert textual(scorer)(pattern) == scores
        assert scorer.asked == [asked]
    scorer = _Scorer("bm25f", "x")
    assert textual(scorer)(wq.Prefix("tag", "ra")) == query_of_pattern(
        wq.Prefix("tag", "ra"), "f.tag.value", 1.0
    )
    assert scorer.asked == []


def test_what_is_refused_says_what_to_do() -> None:
    class Other(wq.Query):  # type: ignore[misc]
        pass

    translate = translator(lambda tree, words: [])
    for query, line, hint in (
        (Other(), "a cluster cannot run Other", "use the nodes that query texts have"),
        (wq.Term("body", "rain", boost=-1.0),
         "body:rain^-1.0: a cluster has no scores below 0", "use a weight of 0 or more"),
        (wq.Term("size", 5), "a cluster cannot look up the term size:5", "use a range"),
        (First(X, 2), f"{First(X, 2)} has no position in a text", "use words and phrases"),
    ):  # fmt: skip
        with pytest.raises(sl.QueryError) as caught:
            translate(query)
        assert str(caught.value) == str(sl.QueryError(caught.value.code, (0, 0), line, hint))
        assert caught.value.span == (0, 0)
