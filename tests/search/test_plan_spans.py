"""Spans against every pair in plain Python, and against Whoosh's span matchers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.searching import Searcher

import searchlib as sl
from searchlib.search import plan_spans
from searchlib.span_queries import AtLeast, First, Near

SCHEMA = sl.Schema(id=sl.Key(), body=sl.Text(language=""))
LETTERS = "abcde"
SpanSet = set[tuple[int, int]]


@pytest.fixture(scope="module")
def archive_and_texts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[sl.Archive, list[list[str]]]]:
    pick = random.Random(11)
    texts = [pick.choices(LETTERS, (1, 2, 4, 8, 8), k=pick.randint(0, 24)) for _ in range(150)]
    with sl.Archive.create(tmp_path_factory.mktemp("near"), SCHEMA) as archive:
        for start in range(0, 150, 50):
            part = range(start, start + 50)
            archive.add({"id": n, "body": " ".join(texts[n]) or "-"} for n in part)
        yield archive, texts


def spans(query: Any, text: list[str]) -> SpanSet:
    """All spans of a query in a text, pair by pair."""
    if isinstance(query, wq.Term):
        return {(n, n) for n, word in enumerate(text) if word == query.text}
    if isinstance(query, wq.Phrase):
        reached = {(n, n) for n, word in enumerate(text) if word == query.words[0]}
        for word in query.words[1:]:
            reached = {
                (first, n) for first, last in reached for n, other in enumerate(text)
                if other == word and 1 <= n - last <= query.slop
            }  # fmt: skip
        return reached
    if isinstance(query, wq.Or):
        return set().union(*(spans(one, text) for one in query.subqueries))
    if isinstance(query, AtLeast):
        inside = spans(query.parts[0], text)
        return inside if len(inside) >= query.count else set()
    if isinstance(query, First):
        return {span for span in spans(query.parts[0], text) if span[1] < query.limit}
    assert isinstance(query, Near)
    pairs_in_reach: SpanSet = set()
    pairs = list(itertools.product(spans(query.parts[0], text), spans(query.parts[1], text)))
    for a, b in pairs:
        if 1 <= b[0] - a[1] <= query.slop:
            pairs_in_reach.add((a[0], b[1]))
        if not query.ordered and 1 <= a[0] - b[1] <= query.slop:
            pairs_in_reach.add((b[0], a[1]))
    return pairs_in_reach


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
        return First(part, pick.randint(1, 12))
    return Near(part, random_part(pick, 2), pick.randint(1, 5), pick.random() < 0.5)


def test_every_pair_is_found(archive_and_texts: tuple[sl.Archive, list[list[str]]]) -> None:
    archive, texts = archive_and_texts
    for seed in range(400):
        query = random_query(seed)
        ids = {int(hit.id) for hit in archive.search(query, limit=999)}
        assert ids == {n for n, text in enumerate(texts) if spans(query, text)}, query


def test_the_same_hits_as_whoosh(archive_and_texts: tuple[sl.Archive, list[list[str]]]) -> None:
    archive, _ = archive_and_texts
    with Searcher(archive.whoosh.reader()) as searcher:
        for seed in range(60):
            pick = random.Random(seed)
            a, b = (wq.Term("body", pick.choice(LETTERS)) for _ in range(2))
            query = pick.choice(
                [
                    Near(a, b, pick.randint(1, 6), pick.random() < 0.5),
                    AtLeast(a, pick.randint(1, 3)),
                    First(a, pick.randint(1, 9)),
                ]
            )
            stock = searcher.search(query, limit=None)
            own = archive.search(query, limit=999)
            assert [hit["id"] for hit in stock] == [hit.id for hit in own], query
            assert [hit.score for hit in stock] == pytest.approx([hit.score for hit in own])


def test_parts_without_positions_are_refused(
    archive_and_texts: tuple[sl.Archive, list[list[str]]],
) -> None:
    archive, _ = archive_and_texts
    a = wq.Term("body", "a")
    for other in (wq.Every(), wq.Term("id", "1"), wq.And([a, a])):
        with pytest.raises(sl.QueryError) as caught:
            archive.search(Near(a, other, 5, True))
        assert caught.value.code == "not-in-text"


def test_too_many_pairs_are_refused(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "1", "body": "a b " * 3000}])
        near = Near(wq.Term("body", "a"), wq.Term("body", "b"), 5000, True)
        # The documents are found without the pairs; to count the pairs, they are needed.
        assert archive.count(near) == 1
        with pytest.raises(sl.QueryError) as caught:
            archive.search(AtLeast(near, 2))
        assert caught.value.code == "too-many-spans"


def test_spans_of_a_pattern_of_many_terms(
    archive_and_texts: tuple[sl.Archive, list[list[str]]],
) -> None:
    archive, texts = archive_and_texts
    pattern = wq.Regex("body", "[ab]")
    expected = {
        n for n, text in enumerate(texts)
        if any(x in "ab" and y == "c" for x, y in itertools.pairwise(text))
    }  # fmt: skip
    hits = archive.search(Near(pattern, wq.Term("body", "c"), 1, True), limit=999)
    assert {int(hit.id) for hit in hits} == expected


@pytest.mark.parametrize("size", [1, 2, 7])
def test_documents_are_looked_at_in_parts(
    archive_and_texts: tuple[sl.Archive, list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    archive, _ = archive_and_texts
    tree = Near(wq.Term("body", "d"), wq.Term("body", "e"), 2, False)
    whole = [hit.id for hit in archive.search(tree, limit=200)]
    assert len(whole) > 20
    monkeypatch.setattr(plan_spans, "_DOCS", size)
    assert [hit.id for hit in archive.search(tree, limit=200)] == whole
