"""Tests of searchlib/similar.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.similar import _counted_terms, similar_query

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text())


def made(row: dict[str, str], counts: dict[str, int], documents: int = 100) -> Any:
    def frequencies(queries: Sequence[Any]) -> list[int]:
        return [counts.get(str(query), 0) for query in queries]

    return similar_query(SCHEMA, row, documents, frequencies)


def test_the_rarest_and_most_frequent_terms_come_first() -> None:
    row = {"id": "a", "title": "rain", "body": "the rain rain snow hail"}
    counts = {"title:rain": 2, "body:rain": 9, "body:snow": 50, "body:hail": 1, "body:the": 99}
    query = made(row, counts)
    # Of equal length: what no other article has, and stop words, are left out.
    assert str(query) == "((title:rain OR body:rain OR body:snow) ANDNOT id:a)"


def test_characters_count_in_pairs() -> None:
    query = made({"id": "z", "body": "北京天"}, {'body:"北 京"': 3, 'body:"京 天"': 1})
    assert query.a == wq.Or([wq.Phrase("body", ["北", "京"])])


def test_an_article_like_no_other_has_none_like_it() -> None:
    assert made({"id": "a", "body": "rain"}, {"body:rain": 1}) == wq.NullQuery
    assert made({"id": "a"}, {}) == wq.NullQuery


@pytest.mark.parametrize("often", ["hail", "snow"])
def test_how_frequent_a_term_is_in_both(often: str) -> None:
    """Twice in the article and in half of all others is as much as once and in a quarter; of two
    alike, the last by the alphabet comes first."""
    query = made(
        {"id": "a", "body": f"{often} rain {often}"}, {f"body:{often}": 4, "body:rain": 2}, 7
    )
    first, second = sorted(("rain", often), reverse=True)
    assert query.a == wq.Or([wq.Term("body", first), wq.Term("body", second)])


def test_so_many_terms_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "alfa bravo corn"
    counts = {f"body:{word}": number for number, word in enumerate(words.split(), 2)}
    for most, found in ((2, "alfa bravo"), (3, words), (4, words)):
        monkeypatch.setattr("searchlib.similar._SIMILAR_TERMS", most)
        query = made({"id": "a", "body": words}, counts)
        assert query.a == wq.Or([wq.Term("body", word) for word in found.split()])


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("rain 北京 snow 天", {"rain": 1, "snow": 1, "北京": 1}),
        ("北京天北京", {"北京": 2, "京天": 1, "天北": 1}),
        ("北 rain 京", {"rain": 1}),
        ("北", {}),
        ("the rains of the rain", {"rain": 2}),
    ],
)
def test_terms_and_pairs_of_characters(text: str, terms: dict[str, int]) -> None:
    counted = _counted_terms(SCHEMA, {"body": text}, {})
    assert {"".join(pair): count for (_, pair), count in counted} == terms
    assert {name for (name, _), _ in counted} <= {"body"}
