"""Tests of searchlib/opensearch/scoring.py: a folder ranks the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.opensearch.scoring import Scorer, WordScore, any_of, multiplied, unscored
from searchlib.search.bm25 import idf_of
from searchlib.search.plan_factors import NumberFactor, RecencyFactor
from tests.opensearch.test_translation import ROWS, WORDS

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text(), date=sl.Date(), reads=sl.Number(),
)  # fmt: skip
ARTICLES = [
    {"id": n, "title": " ".join(WORDS[n % 5 :: 2]), "body": ROWS[n % 6]["body"],
     "date": [None, "2021", "2022-03-04"][n % 3], "reads": [None, n * 10, -3][n % 3]}
    for n in range(12)
]  # fmt: skip

word = st.sampled_from([*WORDS, "=banks", "title:rain", "body:snow", "snow^3", "sn*", "rian~2"])
phrase = st.sampled_from(['"rain snow"', '"bank snow rain"', "(rain NEAR/3 bank)", "atleast2 rain"])
texts = st.recursive(
    st.one_of(word, word, phrase),
    lambda of: st.builds(
        "({} {} {})".format, of, st.sampled_from(["AND", "OR", "OR", "AND NOT", "AND MAYBE"]), of
    ),
    max_leaves=4,
)


def scores(results: sl.Results) -> dict[str, float]:
    return {hit.id: hit.score for hit in results}


def test_random_texts_score_the_same(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ARTICLES)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts, st.sampled_from(["bm25f", "bm25f", "whoosh"]))
    def same(text: str, ranking: Any) -> None:
        expected = scores(folder.search(text, limit=None, ranking=ranking))
        found = scores(cluster.search(text, limit=None, ranking=ranking))
        assert found == pytest.approx(expected, rel=1e-5)

    same()


@pytest.mark.parametrize(
    "options", [{"recency": 30.0}, {"boost_by": "reads"}, {"recency": 300, "boost_by": "reads"}]
)
def test_scores_are_multiplied(options: dict[str, Any], pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ARTICLES)
    for archive in (folder, cluster):
        archive._now = datetime(2022, 3, 10)
    for match in ("any", "best"):
        expected = folder.search("rain snow", limit=None, match=match, **options)
        found = cluster.search("rain snow", limit=None, match=match, **options)
        assert scores(found) == pytest.approx(scores(expected), rel=1e-5)
        assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert len(set(scores(found).values())) > 3
    with pytest.raises(sl.ArgumentError, match="no field of numbers"):
        cluster.search("rain", boost_by="title")


def test_a_pattern_of_more_words_than_are_scored_is_found_all_the_same(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.opensearch.scoring.SMALL_INDEX", 0)
    monkeypatch.setattr("searchlib.opensearch.scoring._MAX_SCORED", 3)
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        archive.add([{"id": 1, "body": "aa ab ac ac"}, {"id": 2, "body": "ab"}])
        few, many = archive.search("body:ab* OR body:aa*"), archive.search("body:a* OR body:ac*")
        assert few.total == many.total == 2 and few[0].score != 2.0
        assert scores(many)["2"] == 1.0  # a* has all three
        archive.add({"id": n, "body": f"ad{n}"} for n in range(3, 9))
        assert set(scores(archive.search("body:a*")).values()) == {1.0}


def test_nothing_is_asked_where_no_word_is_scored(address: str) -> None:
    with sl.ClusterArchive.create(address, SCHEMA) as archive:
        assert archive.search("rain").total == archive.search("*").total == 0
    assert unscored({"a": {}}) == {"bool": {"filter": [{"a": {}}]}}


class _Cluster:
    """Has ten articles, of which some have a word, and notes what it is asked."""

    def __init__(self, counts: list[int], documents: int = 10, explained: Any = None) -> None:
        self.asked: list[Any] = []
        self._counts, self._documents, self._explained = counts, documents, explained

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        if "words" in body["aggs"]:
            filters = body["aggs"]["words"]["filters"]["filters"]
            assert body["size"] == 0
            counts = zip(filters, self._counts, strict=True)
            buckets = {number: {"doc_count": count} for number, count in counts}
            return {"aggregations": {"words": {"buckets": buckets}}}
        lengths = {name: {"sum": {"field": f"f.{name}.length"}} for name in ("title", "body")}
        assert body == {"size": 0, "track_total_hits": True, "aggs": lengths}
        sums = {"title": {"value": 0}, "body": {"value": 45}}
        return {"hits": {"total": {"value": self._documents}}, "aggregations": sums}

    def call(self, method: str, path: str, body: Any, params: Any) -> Any:
        assert (method, path) == ("POST", "/_validate/query")
        assert (body, params) == ({"query": {"p": 1}}, {"rewrite": "true", "all_shards": "true"})
        if isinstance(self._explained, Exception):
            raise self._explained
        return self._explained


def _term(name: str, text: str) -> dict[str, Any]:
    return {"term": {f"f.{name}.terms": text}}


@pytest.mark.parametrize(("ranking", "k1", "b"), [("bm25f", 1.5, 0.6), ("whoosh", 1.2, 0.75)])
def test_the_query_of_a_word(ranking: Any, k1: float, b: float) -> None:
    cluster = _Cluster([4, 12])
    scorer = Scorer(cluster, SCHEMA, ranking)  # type: ignore[arg-type]
    rain = WordScore({"title": [_term("title", "rain")],
                      "body": [_term("body", "rain"), _term("body", "rains")]}, 2.0)  # fmt: skip
    snow = WordScore({"body": [_term("body", "snow")]}, 1.0)
    other = WordScore({"body": [_term("body", "snows")]}, 1.0, frequency_of=rain)
    queries = [scorer.word(word) for word in (rain, snow, other)]
    scorer.complete()
    whole = [_term("title", "rain"), _term("body", "rain"), _term("body", "rains")]
    filters = {"0": any_of(whole), "1": _term("body", "snow")}
    assert cluster.asked[-1]["aggs"] == {"words": {"filters": {"filters": filters}}}
    assert len(cluster.asked) == 2
    assert [word.frequency for word in (rain, snow, other)] == [4, 12, 4]
    # More than all: one was added in between.
    for word, documents in ((rain, 10), (snow, 12), (other, 10)):
        assert word.idf == idf_of(ranking, documents, word.frequency)
        assert word.params == {"k1": k1, "factor": word.idf * (k1 + 1) * word.boost}
    script = queries[0]["script_score"]
    assert script["script"]["params"] is rain.params
    title, body = script["query"]["bool"]["should"]
    assert script["query"]["bool"]["minimum_should_match"] == 1
    fields = [(title, "title", 3.0, 1.0, whole[:1]), (body, "body", 1.0, 4.5, whole[1:])]
    for part, name, weight, average, clauses in fields:
        assert part["script_score"]["query"] == any_of(clauses)
        assert part["script_score"]["script"]["params"] == {
            "weight": weight, "b": b, "length": f"f.{name}.length", "average": average,
        }  # fmt: skip
    assert scorer.share("title", 2, 3) == pytest.approx(6 / (1 - b + b * 3))
    assert scorer.share("body", 2, 9) == pytest.approx(2 / (1 - b + b * 2))
    assert scorer.documents == 10


def test_nothing_is_asked_for_where_nothing_is_scored() -> None:
    cluster = _Cluster([])
    scorer = Scorer(cluster, SCHEMA, "bm25f")  # type: ignore[arg-type]
    scorer.complete()
    assert scorer.frequencies([]) == cluster.asked == []
    assert scorer.frequencies(iter([])) == []


def _explained(*words: str, failed: int = 0) -> dict[str, Any]:
    shards = [{"explanation": f"(f.body.terms:{word} other:x)^2.0"} for word in words]
    return {"_shards": {"failed": failed}, "explanations": shards}


@pytest.mark.parametrize(
    ("documents", "answer", "words"),
    [
        (10, _explained("rain", "raid", "rain"), ["raid", "rain"]),
        (10, _explained("rain", "raid", "rail"), []),  # they all score the same there
        (5000, _explained("rain", "raid", "rail"), []),
        (5001, _explained("rain", "raid", "rail"), ["raid", "rail", "rain"]),
        (10, _explained("rain", failed=1), []),
        (10, {"_shards": {"failed": 0}}, []),
        (10, sl.ArchiveDenied("no", "wire"), []),
        (5001, _explained(*(f"w{n}" for n in range(300))), sorted(f"w{n}" for n in range(300))),
        (5001, _explained(*(f"w{n}" for n in range(301))), []),
    ],
)
def test_words_of_patterns_that_are_scored(documents: int, answer: Any, words: list[str]) -> None:
    scorer = Scorer(_Cluster([], documents, answer), SCHEMA, "bm25f")  # type: ignore[arg-type]
    assert scorer.words_of({"p": 1}, "f.body.terms") == words


def test_no_more_words_of_patterns_are_scored_than_are_allowed() -> None:
    cluster = _Cluster([], 5001, _explained(*(f"w{n}" for n in range(150))))
    scorer = Scorer(cluster, SCHEMA, "bm25f")  # type: ignore[arg-type]
    assert [len(scorer.words_of({"p": 1}, "f.body.terms")) for _ in range(3)] == [150, 150, 0]


def test_factors_of_a_query() -> None:
    inner: dict[str, Any] = {"match_all": {}}
    query = multiplied(inner, [RecencyFactor("date", 2.0, 77), NumberFactor("reads")])
    outer = query["script_score"]
    assert outer["script"]["params"] == {"field": "f.reads.value"}
    recency = outer["query"]["script_score"]
    assert recency["query"] == inner
    assert recency["script"]["params"] == {
        "field": "f.date.start", "now": 77, "most": 50.0, "half": 2.0 * 86_400_000_000,
    }  # fmt: skip
    assert multiplied(inner, []) is inner
    assert any_of([]) == {"bool": {"should": [], "minimum_should_match": 1}}
    assert any_of(iter([inner])) == inner
