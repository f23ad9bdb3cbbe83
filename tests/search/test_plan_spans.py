"""Nearness on arrays against every pair in plain Python, and against Whoosh's span matchers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.searching import Searcher

import searchlib as sl
from searchlib.span_queries import AtLeast, Near, Same, Within

SCHEMA = sl.Schema(id=sl.Key(), body=sl.Text(language=""))
LETTERS = "abcde"
Spans = set[tuple[int, int]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sl.Archive, list[list[str]]]]:
    pick = random.Random(11)
    texts = [pick.choices(LETTERS, (1, 2, 4, 8, 8), k=pick.randint(0, 24)) for _ in range(150)]
    with sl.Archive.create(tmp_path_factory.mktemp("near"), SCHEMA) as archive:
        for start in range(0, 150, 50):
            part = range(start, start + 50)
            archive.add({"id": n, "body": " ".join(texts[n]) or "-"} for n in part)
        yield archive, texts


def spans(query: Any, text: list[str]) -> Spans:
    """All occurrences, pair by pair."""
    if isinstance(query, wq.Term):
        return {(n, n) for n, word in enumerate(text) if word == query.text}
    if isinstance(query, wq.Phrase):
        found = {(n, n) for n, word in enumerate(text) if word == query.words[0]}
        for word in query.words[1:]:
            found = {
                (first, n) for first, last in found for n, other in enumerate(text)
                if other == word and 1 <= n - last <= query.slop
            }  # fmt: skip
        return found
    if isinstance(query, wq.Or):
        return set().union(*(spans(one, text) for one in query.subqueries))
    if isinstance(query, AtLeast):
        inside = spans(query.parts[0], text)
        return inside if len(inside) >= query.count else set()
    if isinstance(query, Within):
        return {span for span in spans(query.parts[0], text) if span[1] < query.limit}
    assert isinstance(query, Near)
    made: Spans = set()
    pairs = list(itertools.product(spans(query.parts[0], text), spans(query.parts[1], text)))
    for a, b in pairs:
        if 1 <= b[0] - a[1] <= query.slop:
            made.add((a[0], b[1]))
        if not query.ordered and 1 <= a[0] - b[1] <= query.slop:
            made.add((b[0], a[1]))
    return made


def random_part(pick: random.Random, depth: int) -> Any:
    kind = pick.randint(0, 5 if depth else 1)
    if kind == 0:
        return wq.Term("body", pick.choice(LETTERS))
    if kind == 1:
        return wq.Phrase("body", pick.choices(LETTERS, k=2), pick.randint(1, 3))
    if kind == 2:
        return wq.Or([random_part(pick, depth - 1) for _ in range(2)])
    inside = random_part(pick, depth - 1)
    return Near(inside, random_part(pick, depth - 1), pick.randint(1, 6), pick.random() < 0.5)


def random_query(seed: int) -> Any:
    pick = random.Random(seed)
    part = random_part(pick, 3)
    kind = pick.randint(0, 3)
    if kind == 0:
        return AtLeast(part, pick.randint(1, 4))
    if kind == 1:
        return Within(part, pick.randint(1, 12))
    return Near(part, random_part(pick, 2), pick.randint(1, 5), pick.random() < 0.5)


def test_pairs(world: tuple[sl.Archive, list[list[str]]]) -> None:
    archive, texts = world
    for seed in range(400):
        query = random_query(seed)
        found = {int(hit.id) for hit in archive.search(query, limit=999)}
        assert found == {n for n, text in enumerate(texts) if spans(query, text)}, query


def test_like_whoosh(world: tuple[sl.Archive, list[list[str]]]) -> None:
    archive, _ = world
    with Searcher(archive.whoosh.reader()) as searcher:
        for seed in range(60):
            pick = random.Random(seed)
            a, b = (wq.Term("body", pick.choice(LETTERS)) for _ in range(2))
            query = pick.choice(
                [
                    Near(a, b, pick.randint(1, 6), pick.random() < 0.5),
                    AtLeast(a, pick.randint(1, 3)),
                    Within(a, pick.randint(1, 9)),
                ]
            )
            stock = searcher.search(query, limit=None)
            own = archive.search(query, limit=999)
            assert [hit["id"] for hit in stock] == [hit.id for hit in own], query
            assert [hit.score for hit in stock] == pytest.approx([hit.score for hit in own])


def test_queries_are_values() -> None:
    rain, snow = wq.Term("body", "rain"), wq.Term("body", "snow")
    made = [
        Near(rain, snow, 5, False), Near(rain, snow, 5, True), Near(rain, snow, 4, True),
        Near(snow, rain, 5, True), AtLeast(rain, 2), AtLeast(rain, 3), Within(rain, 2),
        Same(rain, snow, "sentence", "body"), Same(rain, snow, "paragraph", "body"),
    ]  # fmt: skip
    assert len(set(made)) == len(made)
    for query in made:
        assert not query.is_leaf()
        assert set(query.children()) <= {rain, snow}
        assert query.apply(lambda part: part) == query.normalize() == query
        assert query != rain
        assert repr(query).startswith(type(query).__name__)
        assert set(query.all_terms()) <= {("body", "rain"), ("body", "snow")}
    assert Near(rain, wq.NullQuery, 5, True).normalize() == wq.NullQuery


def test_what_has_no_place_is_refused(world: tuple[sl.Archive, list[list[str]]]) -> None:
    archive, _ = world
    a = wq.Term("body", "a")
    for other in (wq.Every(), wq.Term("id", "1"), wq.And([a, a])):
        with pytest.raises(sl.QueryError) as caught:
            archive.search(Near(a, other, 5, True))
        assert caught.value.code == "not-in-text"
