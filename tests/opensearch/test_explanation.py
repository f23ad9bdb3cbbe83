"""Tests of searchlib/opensearch/explanation.py: a folder explains the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.opensearch.explanation import ArticleScores
from searchlib.opensearch.scoring import Scorer
from searchlib.opensearch.translation import Translator
from searchlib.search.bm25 import idf_of
from searchlib.search.plan_leaves import ScorePart, field_part, word_parts
from searchlib.span_queries import AnyField, Word
from tests.opensearch.test_scoring import ARTICLES, SCHEMA
from tests.opensearch.test_translation import _Words

#: The first has a spelling that another word shares.
ROWS = [{"id": "a", "body": "pâris paris"}, {"id": "b", "body": "pari"}, *ARTICLES]
QUERIES = [
    "rain", "rain^2 snow", '"rain snow"', '"rain snow"^3', "rain OR body:snow", "rain -sun",
    "rain NEAR/4 bank", "date:2022 rain", "title:rains AND MAYBE snow", "sn*", "none",
    wq.And([wq.Term("body", "rain"), wq.Phrase("body", ["rain", "snow"])]), wq.Every(),
]  # fmt: skip


def lines(explanation: sl.Explanation) -> list[tuple[str, bool]]:
    own = (explanation.what, explanation.matched)
    return [own, *(line for part in explanation.parts for line in lines(part))]


def values(explanation: sl.Explanation) -> list[float]:
    return [explanation.score, *(v for part in explanation.parts for v in values(part))]


def test_explanations_are_those_of_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    for query in QUERIES:
        for key in ("0", "9"):
            expected, found = folder.explain(query, key), cluster.explain(query, key)
            assert lines(found) == lines(expected), query
            assert values(found) == pytest.approx(values(expected), rel=1e-5), query
    shared = [archive.explain("paris", "a") for archive in (folder, cluster)]
    assert lines(shared[0]) == lines(shared[1])
    assert cluster.explain("rain", "none").matched is False


def test_factors_are_explained(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    request = sl.SearchRequest("snow", recency=30.0, boost_by="reads")
    for archive in (folder, cluster):
        archive._now = datetime(2022, 3, 10)
    expected, found = folder.explain(request, "1"), cluster.explain(request, "1")
    assert lines(found) == lines(expected) and "times" in str(found)
    assert values(found) == pytest.approx(values(expected), rel=1e-5)


def test_why_an_article_is_not_found(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    for query in [*QUERIES, "hail OR fog", "first1 snow", "rain /s hail", "date:1999", "hail*"]:
        expected = folder.why_not(query, "2", filters={"date": "1999"})
        assert cluster.why_not(query, "2", filters={"date": "1999"}) == expected, query
    with pytest.raises(sl.UnknownKey):
        cluster.why_not("rain", "none")


def test_similar_articles_are_those_of_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(
        SCHEMA, [*ROWS, {"id": "zh", "body": "北京天气"}, {"id": "z2", "body": "天气"}]
    )
    for key in ("0", "3", "a", "zh"):
        expected, found = folder.similar(key), cluster.similar(key)
        assert [hit.id for hit in found] == [hit.id for hit in expected]
        assert found.total == expected.total


class _Cluster:
    """Has ten articles, and runs queries of words on one of them, "a"."""

    TEXTS: ClassVar[dict[str, list[str]]] = {"title": ["rain"], "body": "rain rain paris x".split()}
    COUNTS: ClassVar[dict[str, int]] = {"rain": 4, "paris": 2}  # of the others 3

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        if "words" in (aggregations := body.get("aggs", ())):
            filters = body["aggs"]["words"]["filters"]["filters"]
            buckets = {n: {"doc_count": self._count(query)} for n, query in filters.items()}
            return {"aggregations": {"words": {"buckets": buckets}}}
        if aggregations:
            sums = {"title": {"value": 20}, "body": {"value": 60}}
            return {"hits": {"total": {"value": 10}}, "aggregations": sums}
        self.asked.append(body)
        score = self._score(body["query"])
        hit = {"_score": score, "fields": {
            f"f.{name}.length": [len(text)] for name, text in self.TEXTS.items()
            if f"f.{name}.length" in body["docvalue_fields"]
        }}  # fmt: skip
        return {"hits": {"hits": [] if score is None else [hit]}}

    def _count(self, query: dict[str, Any]) -> int:
        parts = query["bool"]["should"] if "bool" in query else [query]
        return self.COUNTS.get(next(iter(parts[0]["term"].values())), 3)

    def _score(self, query: dict[str, Any]) -> float | None:
        if "term" in query:
            [(path, text)] = query["term"].items()
            if path == "f.id.value":
                return 0.0 if text == "a" else None
            return self.TEXTS[path.split(".")[1]].count(text) or None
        if "script_score" in query:
            score = self._score(query["script_score"]["query"])
            params = query["script_score"]["script"]["params"]
            if score is None:
                return None
            if "factor" in params:
                return float(params["factor"] * score / (score + params["k1"]))
            words = len(self.TEXTS[params["length"].split(".")[1]])
            b = params["b"]
            return float(score * params["weight"] / (1 - b + b * words / params["average"]))
        parts = query["bool"]
        needed = [self._score(part) for part in (*parts.get("must", ()), *parts.get("filter", ()))]
        scores = [s for part in parts.get("should", ()) if (s := self._score(part)) is not None]
        if None in needed or ("minimum_should_match" in parts and not scores):
            return None
        return sum(filter(None, needed)) + sum(scores)


def scores_of(key: str = "a", ranking: Any = "bm25f") -> tuple[_Cluster, ArticleScores]:
    cluster: Any = _Cluster()

    def translator(scorer: Scorer) -> Translator:
        return Translator(SCHEMA, _Words(SCHEMA), scorer, lambda tree, words: [])

    return cluster, ArticleScores(cluster, SCHEMA, key, ranking, translator)


def made_of(
    frequency: int, *fields: tuple[str, int, int, float, float], boost: float = 1.0,
    ranking: Any = "bm25f",
) -> list[ScorePart]:  # fmt: skip
    """The parts of a word, of fields (name, how often, in how many words, weight, average)."""
    k1, b = {"bm25f": (1.5, 0.6), "whoosh": (1.2, 0.75)}[ranking]
    parts = tuple(
        field_part(name, often, words, weight, weight * often / (1 - b + b * words / average))
        for name, often, words, weight, average in fields
    )
    return word_parts(frequency, 10, idf_of(ranking, 10, frequency), k1, parts, boost)


RAIN_IN_BODY = ("body", 2, 4, 1.0, 6.0)


@pytest.mark.parametrize("ranking", ["bm25f", "whoosh"])
def test_what_the_score_of_a_word_is_made_of(ranking: Any) -> None:
    cluster, scores = scores_of(ranking=ranking)
    parts = made_of(4, RAIN_IN_BODY, boost=2.0, ranking=ranking)
    assert scores.parts_of_word(wq.Term("body", "rain", boost=2.0)) == parts
    assert cluster.asked == [{
        "query": {"bool": {"must": [{"term": {"f.body.terms": "rain"}}],
                           "filter": [{"term": {"f.id.value": "a"}}]}},
        "size": 1, "_source": False, "docvalue_fields": ["f.body.length"],
    }]  # fmt: skip
    score = scores.score(wq.Term("body", "rain", boost=2.0))
    assert score == pytest.approx(parts[0].value * parts[1].value * 2.0)
    assert scores.score(wq.Term("body", "snow")) is None
    assert scores_of("b")[1].score(wq.Term("body", "rain")) is None
    assert scores.parts_of_word(wq.Term("tag", "x")) == []


def test_fields_without_the_word_are_no_part_of_its_score() -> None:
    _, scores = scores_of()
    both = AnyField([wq.Term("title", "rain"), wq.Term("body", "rain")])
    assert scores.parts_of_word(both) == made_of(4, ("title", 1, 1, 3.0, 2.0), RAIN_IN_BODY)
    both = AnyField([wq.Term("title", "paris"), wq.Term("body", "paris")])
    assert scores.parts_of_word(both) == made_of(2, ("body", 1, 4, 1.0, 6.0))


def test_two_spellings_are_two_parts() -> None:
    _, scores = scores_of()
    own = ("body", 1, 4, 1.0, 6.0)
    anyhow, spelled = scores.parts_of_word(Word("body", ("paris",)))
    assert (anyhow.what, spelled.what) == ("the word in any spelling", "the word as spelled")
    assert list(anyhow.parts) == made_of(2, own)
    assert list(spelled.parts) == made_of(2, own, boost=0.1)
    assert spelled.value == pytest.approx(anyhow.value * 0.1)
    whole = scores.score(Word("body", ("paris",)))
    assert whole == pytest.approx(anyhow.value + spelled.value)
    assert scores_of("b")[1].parts_of_word(Word("body", ("paris",))) == []


@pytest.mark.parametrize("boost", [1.0, 3.0])
def test_the_words_of_a_phrase_are_its_parts(boost: float) -> None:
    _, scores = scores_of()
    rain = scores.parts_of_word(wq.Term("body", "rain"))
    value = scores.score(wq.Term("body", "rain"))
    assert value is not None
    for phrase in (
        wq.Phrase("body", ["rain", "snow"], boost=boost),
        Word("body", ("rain", "snow"), None, boost),
    ):
        first, second, *rest = scores.parts_of_word(phrase)
        assert first == ScorePart("word 1 of the phrase", value, tuple(rain))
        assert second[:2] == ("word 2 of the phrase", 0.0)
        assert rest == ([] if boost == 1.0 else [ScorePart("times", boost)])
    [in_german, _] = scores.parts_of_word(Word("body", ("rain", "snow"), ("de",)))
    assert in_german.value == 0.0  # "rain-de" is in no text
