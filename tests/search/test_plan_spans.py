"""Spans against every pair in plain Python, and against Whoosh's span matchers."""

from __future__ import annotations

import bisect
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import query as wq
from whoosh.searching import Searcher

import searchlib as sl
from searchlib import kernels
from searchlib.index.index_reader import IndexReader
from searchlib.search import plan_spans
from searchlib.search.plan_spans import (
    FilteredSpans,
    NearSpans,
    OrSpans,
    SameUnitSpans,
    Spans,
    SpansNode,
)
from searchlib.search.planner import Planner
from searchlib.search.searcher import IndexSearcher
from searchlib.span_queries import AtLeast, First, Near, Word
from searchlib.whoosh_backend.fallback import MatcherFallback

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
    if isinstance(query, Word):
        return spans(wq.Phrase("body", list(query.words)), text)
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
        words = pick.choices(LETTERS, k=2)
        slop = pick.randint(0, 3)
        return wq.Phrase("body", words, slop) if slop else Word("body", tuple(words))
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


@contextmanager
def planner_of(archive: sl.Archive) -> Iterator[tuple[IndexReader, Planner]]:
    with archive.snapshot() as snapshot:
        reader = snapshot._view.reader
        yield reader, IndexSearcher(reader, UTC, fallback=MatcherFallback(reader)).planner


def test_the_spans_of_a_segment(archive_and_texts: tuple[sl.Archive, list[list[str]]]) -> None:
    """Over arrays: which they are, their order, and the scores of the documents."""
    archive, texts = archive_and_texts
    with planner_of(archive) as (reader, planner):
        for seed in range(30):
            query = random_query(seed)
            plan = planner.plan(query)
            assert isinstance(plan, SpansNode)
            for segment, data in enumerate(reader.segments):
                of_doc = [
                    spans(query, texts[int(key)]) if texts[int(key)] else set()
                    for key in data.core.keys.keys
                ]
                starts = np.asarray(plan.spans.doc_starts(segment))
                docs = plan.spans.node.match(segment).docs
                first, last = plan.spans.find(segment, docs)
                assert list(zip(first.tolist(), last.tolist(), strict=True)) == [
                    (int(starts[doc]) + a, int(starts[doc]) + b)
                    for doc in docs.tolist()
                    for a, b in sorted(of_doc[doc])
                ], query
                every = np.arange(data.documents)
                scores = plan.score(segment, every, known_match=False)
                has = np.array([bool(one) for one in of_doc])
                assert plan.match(segment).docs.tolist() == np.flatnonzero(has).tolist()
                of_node = plan.spans.node.score(segment, every, known_match=False)
                assert scores.tolist() == np.where(has, of_node, 0.0).tolist()
                if has.any():
                    known = plan.score(segment, every[has], known_match=True)
                    assert known.tolist() == pytest.approx(of_node[has].tolist())


def test_spans_of_patterns_are_in_order(
    archive_and_texts: tuple[sl.Archive, list[list[str]]],
) -> None:
    archive, texts = archive_and_texts
    with planner_of(archive) as (reader, planner):
        for text, letters in (("[ab]", "ab"), ("a", "a"), ("z", "")):
            plan: Any = planner.plan(AtLeast(wq.Regex("body", text), 1))
            part = plan.spans._part
            docs = part.node.match(0).docs[::2]
            first, last = part.find(0, docs)
            starts = part.doc_starts(0).tolist()
            keys = reader.segments[0].core.keys.keys
            assert first.tolist() == last.tolist() == [
                starts[doc] + place for doc in docs.tolist()
                for place, word in enumerate(texts[int(keys[doc])]) if word in letters
            ]  # fmt: skip


DOC_STARTS = [0, 6, 6, 7, 19, 30, 42]  # of six documents; the second is empty


class Given(Spans):
    """Spans that are known: in these documents."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        super().__init__(None, lambda segment: np.array(DOC_STARTS))  # type: ignore[arg-type]
        self.spans = sorted({*spans})

    def find(self, segment: int, docs: Any) -> Any:
        chosen = [one for one in self.spans if doc_of(one[0]) in docs.tolist()]
        first, last = ([one[side] for one in chosen] for side in (0, 1))
        return np.array(first, np.int64), np.array(last, np.int64)


def doc_of(position: int) -> int:
    return bisect.bisect_right(DOC_STARTS, position) - 1


class GivenUnits:
    field_unit = "body", "sentence"

    def __init__(self, begin: list[int]) -> None:
        self.begin = begin

    def starts(self, segment: int, docs: Any, doc_starts: Any) -> Any:
        assert doc_starts.tolist() == DOC_STARTS
        return np.array(self.begin, np.int64)

    def bitset(self, segment: int) -> None:
        return None


def random_spans(pick: random.Random) -> Given:
    found = []
    for _ in range(pick.choice((0, 1, 3, 8, 14))):
        first = pick.randrange(DOC_STARTS[-1])
        end = DOC_STARTS[doc_of(first) + 1]
        found.append((first, min(first + pick.choice((0, 0, 1, 4)), end - 1)))
    return Given(found)


def in_one_unit(a: list[tuple[int, int]], b: list[tuple[int, int]], begin: list[int]) -> SpanSet:
    """Of each unit with a span of both, from the first to the last token of all of them."""
    whole: SpanSet = set()
    for start, end in itertools.pairwise([*begin, 99]):
        inside = [[one for one in part if start <= one[0] <= one[1] < end] for part in (a, b)]
        if all(inside):
            of_unit = inside[0] + inside[1]
            whole.add((min(one[0] for one in of_unit), max(one[1] for one in of_unit)))
    return whole


def test_joins_of_any_spans() -> None:
    every = np.array([0, 2, 3, 4, 5])
    for seed in range(250):
        pick = random.Random(seed)
        a, b, slop = random_spans(pick), random_spans(pick), pick.randint(1, 5)
        docs = np.array(sorted(pick.sample(every.tolist(), pick.randint(1, 5))))
        left, right = ([s for s in part.spans if doc_of(s[0]) in docs.tolist()] for part in (a, b))
        pairs = [
            (one[0], other[1]) for one, other in itertools.product(left, right)
            if doc_of(one[0]) == doc_of(other[0]) and 1 <= other[0] - one[1] <= slop
        ]  # fmt: skip
        others = [
            (one[0], other[1]) for one, other in itertools.product(right, left)
            if doc_of(one[0]) == doc_of(other[0]) and 1 <= other[0] - one[1] <= slop
        ]  # fmt: skip
        begin = sorted({*DOC_STARTS[:-1], *pick.sample(range(42), 9)})
        counts = Counter(doc_of(first) for first, _ in left)
        of_first = {one for one in left if one[1] - DOC_STARTS[doc_of(one[1])] < slop}
        enough = Counter(doc_of(first) for first, _ in of_first)
        node: Any = None
        cases: list[tuple[Spans, Iterable[tuple[int, int]]]] = [
            (NearSpans(node, a, b, slop, ordered=True), pairs),
            (NearSpans(node, a, b, slop, ordered=False), pairs + others),
            (OrSpans(node, [a, b]), left + right),
            (SameUnitSpans(node, a, b, GivenUnits(begin)), in_one_unit(left, right, begin)),
            (FilteredSpans(node, a), left),
            (FilteredSpans(node, a, min_count=slop),
             [one for one in left if counts[doc_of(one[0])] >= slop]),
            (FilteredSpans(node, a, limit=slop), of_first),
            (FilteredSpans(node, a, limit=slop, min_count=2),
             [one for one in of_first if enough[doc_of(one[0])] >= 2]),
        ]  # fmt: skip
        for joined, expected in cases:
            first, last = joined.find(0, docs)
            assert list(zip(first.tolist(), last.tolist(), strict=True)) == sorted({*expected})
            found = joined.matching_docs(0, docs).tolist()
            assert found == sorted({doc_of(one) for one, _ in expected}), (seed, joined)


def test_each_kind_of_spans_says_how_they_are_found() -> None:
    node: Any = None
    with pytest.raises(NotImplementedError):
        Spans(node, lambda segment: None).find(0, np.array([0]))


def test_parts_that_are_to_be_in_one_unit_are_taken_apart() -> None:
    a, b, c = (Given([(n, n)]) for n in range(3))
    node: Any = None
    units, others = GivenUnits([]), GivenUnits([])
    inner = SameUnitSpans(node, a, b, units)
    assert SameUnitSpans(node, inner, c, units).parts() == [a, b, c]
    assert SameUnitSpans(node, c, inner, units).parts() == [c, a, b]
    others.field_unit = "body", "paragraph"
    assert SameUnitSpans(node, inner, c, others).parts() == [inner, c]


def test_how_many_pairs_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = Given((n, n) for n in range(7, 10)), Given((n, n) for n in range(11, 15))
    joined = NearSpans(None, a, b, 9, ordered=True)  # type: ignore[arg-type]
    monkeypatch.setattr(plan_spans, "_MAX_SPANS", 12)
    assert len(joined.find(0, np.array([3]))[0]) == 12
    monkeypatch.setattr(plan_spans, "_MAX_SPANS", 11)
    with pytest.raises(sl.QueryError, match="these words are near each other 12 times") as caught:
        joined.find(0, np.array([3]))
    assert (caught.value.code, caught.value.span) == ("too-many-spans", (0, 0))


def test_the_time_budget_is_checked_between_parts(
    archive_and_texts: tuple[sl.Archive, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, _ = archive_and_texts
    with planner_of(archive) as (_, planner):
        plan: Any = planner.plan(Near(wq.Term("body", "d"), wq.Term("body", "e"), 2, False))
        count = plan.spans.node.match(0).count
        calls: list[int] = []
        monkeypatch.setattr(plan.stats.budget, "check", lambda: calls.append(1))
        monkeypatch.setattr(plan_spans, "_DOCS", 1)
        plan._match(0)
        assert len(calls) == count


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
    monkeypatch.setattr(kernels, "available", False)
    assert [hit.id for hit in archive.search(tree, limit=200)] == whole
