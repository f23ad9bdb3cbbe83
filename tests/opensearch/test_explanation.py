"""Tests of searchlib/opensearch/explanation.py: a folder explains the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from tests.opensearch.test_scoring import ARTICLES, SCHEMA

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
