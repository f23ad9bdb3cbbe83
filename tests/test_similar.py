"""Tests of searchlib/similar.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whoosh import query as wq

import searchlib as sl
from searchlib.similar import similar_query

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text())


def made(row: dict[str, str], counts: dict[str, int]) -> Any:
    def frequencies(queries: Sequence[Any]) -> list[int]:
        return [counts.get(str(query), 0) for query in queries]

    return similar_query(SCHEMA, row, 100, frequencies)


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
