"""Tests of searchlib/opensearch/scoring.py: a folder ranks the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.opensearch.scoring import unscored
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
