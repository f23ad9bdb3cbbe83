"""Factors of scores: against a plain Python scorer, over random archives and queries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.codec.doc_values import MISSING
from searchlib.dates import DateSettings
from searchlib.search.docset import DocSet
from searchlib.search.plan_factors import FactorsNode, NumberFactor, RecencyFactor, factors_of
from searchlib.search.plan_leaves import FixedDocsNode

SCHEMA = sl.Schema(
    id=sl.Key(), body=sl.Text(language="en"), date=sl.Date(), stars=sl.Number(), note=sl.Keyword()
)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ARTICLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["rain", "snow", "wind"]), min_size=1, max_size=6),
        st.none() | st.integers(-400, 4000),  # days before now
        st.none() | st.integers(-3, 500),
    ),
    min_size=1,
    max_size=12,
)


def factor(days: int | None, stars: int | None, half_life: float | None, boost: bool) -> float:
    product = 1.0
    if half_life is not None:
        halvings = 50.0 if days is None else min(max(days, 0) / half_life, 50.0)
        product *= 2.0**-halvings
    if boost:
        product *= 1 + math.log1p(max(stars or 0, 0))
    return product


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ARTICLES, st.sampled_from(["rain", "rain snow", "-wind", "rain OR wind^3"]),
    st.sampled_from([None, 0.5, 30.0, 1000.0]), st.booleans(), st.sampled_from(["any", "best"]),
)  # fmt: skip
def test_scores_are_multiplied(
    tmp_path_factory: pytest.TempPathFactory,
    articles: list[tuple[list[str], int | None, int | None]], query: str,
    half_life: float | None, boost: bool, match: str,
) -> None:  # fmt: skip
    with sl.Archive.create(tmp_path_factory.mktemp("factors"), SCHEMA) as archive:
        rows = [
            {"id": f"a{n}", "body": " ".join(words), "stars": stars,
             "date": None if days is None else (NOW - timedelta(days)).isoformat()}
            for n, (words, days, stars) in enumerate(articles)
        ]  # fmt: skip
        archive.add(rows[:5])
        archive.add(rows[5:])
        archive._now = NOW
        plain = archive.search(query, match=match, limit=100)  # type: ignore[call-overload]
        found = archive.search(
            query, match=match, limit=100, recency=half_life, boost_by="stars" if boost else None
        )  # type: ignore[call-overload]
        factors = {
            f"a{n}": factor(days, stars, half_life, boost)
            for n, (_, days, stars) in enumerate(articles)
        }
        wanted = {hit.id: hit.score * factors[hit.id] for hit in plain}
        assert {hit.id: hit.score for hit in found} == pytest.approx(wanted, rel=1e-9)
        assert found.total == plain.total
        first = found.complete or 0
        for part in (found[:first], found[first:]):
            scores = [hit.score for hit in part]
            assert scores == sorted(scores, reverse=True)
        three = archive.search(
            query, match=match, limit=3, recency=half_life, boost_by="stars" if boost else None
        )  # type: ignore[call-overload]
        assert [hit.id for hit in three] == [hit.id for hit in found[:3]]


def _reader(values: list[float] | None, kind: str) -> Any:
    """A reader of one segment with these doc values, or without any."""
    numbers = None if values is None else SimpleNamespace(values=np.array(values, kind))
    core = SimpleNamespace(number=lambda name: {"field": numbers}[name])
    return SimpleNamespace(segments=[SimpleNamespace(core=core)])


def test_recency_halves_with_each_half_life() -> None:
    day, now = 86_400_000_000, 1_700_000_000_000_000
    factor = RecencyFactor("field", 3.0, now)
    ages: list[Any] = [0, -5 * day, 3 * day, 6 * day, 30 * day, 150 * day, 153 * day]
    reader = _reader([*(now - age for age in ages), MISSING], "i8")
    values = factor.values(reader, 0, np.arange(8)).tolist()
    assert values == [1, 1, 2**-1, 2**-2, 2**-10, 2**-50, 2**-50, 2**-50]
    assert factor.values(reader, 0, np.array([2])).tolist() == [0.5]
    assert factor.values(_reader(None, "i8"), 0, np.arange(2)).tolist() == [2**-50] * 2


def test_a_number_counts_by_its_logarithm() -> None:
    factor = NumberFactor("field")
    reader = _reader([0.0, 9.0, -3.0, math.nan], "f8")
    assert factor.values(reader, 0, np.arange(4)).tolist() == [1, 1 + math.log1p(9), 1, 1]
    assert factor.values(_reader(None, "f8"), 0, np.arange(2)).tolist() == [1, 1]


def test_what_matches_is_what_the_child_matches() -> None:
    stats: Any = SimpleNamespace(
        segments=[SimpleNamespace(documents=4)], budget=SimpleNamespace(check=lambda: None)
    )
    child = FixedDocsNode(stats, [DocSet(4, docs=np.array([1, 3]))], 2.0)
    node = FactorsNode(child, _reader([0, 9, 0, 0], "f8"), [NumberFactor("field")] * 2)
    docs = np.arange(4)
    assert node.cost(0) == node.count(0) == 2
    assert node.contains(0, docs).tolist() == [False, True, False, True]
    assert node.match(0).docs.tolist() == [1, 3]
    expected = [0.0, 2 * (1 + math.log1p(9)) ** 2, 0.0, 2.0]
    assert node.score(0, docs, known_match=False).tolist() == pytest.approx(expected)


def test_explanations_show_the_factors(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "rain", "date": "2024-05-02T12:00Z", "stars": 9}])
        archive._now = NOW
        request = sl.SearchRequest("rain", recency=30, boost_by="stars")
        explanation = archive.explain(request, "a")
        assert explanation.score == pytest.approx(archive.search(request)[0].score)
        text = str(explanation)
        assert "0.5000 times recency by date, half-life 30 days" in text
        assert f"{1 + math.log(10):.4f} times 1 + ln(1 + stars)" in text


def test_what_cannot_be_a_factor(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", sl.Schema(id=sl.Key(), body=sl.Text())) as archive:
        archive.add([{"id": "a", "body": "rain"}])
        with pytest.raises(sl.ArgumentError, match="no dates"):
            archive.search("rain", recency=3)
        with pytest.raises(sl.ArgumentError, match="'stars' is no field of numbers"):
            archive.search("rain", boost_by="stars")
        with pytest.raises(sl.ArgumentError, match="this archive has none"):
            archive.search("rain", boost_by="stars")
        for wrong in (0, -1, 1e9, float("nan"), float("inf")):
            with pytest.raises(sl.ArgumentError, match="recency is a number of days"):
                archive.search("rain", recency=wrong)
        with pytest.raises(sl.ArgumentTypeError, match="recency is a number of days"):
            archive.search("rain", recency="30d")  # type: ignore[call-overload]
    numbers = sl.Schema(id=sl.Key(), stars=sl.Number(), words=sl.Number())
    with pytest.raises(sl.ArgumentError) as caught:
        factors_of(sl.SearchRequest("rain", boost_by="id"), numbers, DateSettings())
    assert str(caught.value) == "boost_by: 'id' is no field of numbers: stars, words"
