"""Phrases against plain Python over random texts, with and without slop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Schema, Text
from searchlib.search import plan_phrase
from searchlib.search.bm25 import CollectionStatistics
from searchlib.search.plan_leaves import TermNode
from searchlib.search.plan_phrase import PhraseNode, intersect_sorted
from searchlib.search.planner import Planner
from searchlib.whoosh_backend.fallback import MatcherFallback
from tests.parts import add_records

SCHEMA = Schema(id=Key(), body=Text(language=""))


def texts() -> list[list[str]]:
    rng = random.Random(8)
    words = ("a", "b", "c", "rare")
    return [rng.choices(words, (40, 20, 5, 1), k=rng.randint(1, 60)) for _ in range(300)]


TEXTS = texts()


@pytest.fixture(scope="module")
def phrase_planner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planner]:
    path: Path = tmp_path_factory.mktemp("phrases") / "archive"
    store = IndexStore.create(Directory(path), SCHEMA)
    add_records(store, *({"id": f"{n:03}", "body": " ".join(text)} for n, text in enumerate(TEXTS)))
    with store.reader() as reader:
        assert len(reader.segments) == 1
        yield Planner(reader, CollectionStatistics(reader), MatcherFallback(reader))


def has_phrase(text: list[str], words: list[str], slop: int) -> bool:
    ends = {n for n, word in enumerate(text) if word == words[0]}
    for word in words[1:]:
        ends = {
            n for n, other in enumerate(text)
            if other == word and any(1 <= n - end <= slop for end in ends)
        }  # fmt: skip
    return bool(ends)


@pytest.mark.parametrize("slop", [1, 2, 5])
@pytest.mark.parametrize(
    "words", ["a b", "b a c", "rare a", "a rare b", "a a a", "rare rare", "c c", "a b a b a"]
)
def test_phrases(phrase_planner: Planner, words: str, slop: int) -> None:
    plan = phrase_planner.plan(wq.Phrase("body", words.split(), slop=slop))
    assert isinstance(plan, PhraseNode)
    expected = [n for n, text in enumerate(TEXTS) if has_phrase(text, words.split(), slop)]
    assert plan.match(0).docs.tolist() == expected
    assert plan.cost(0) == len(expected)


@pytest.mark.parametrize("sparse", [0, 1, 4, 1 << 40])
def test_terms_are_decoded_whole_or_in_few_documents(
    phrase_planner: Planner, monkeypatch: pytest.MonkeyPatch, sparse: int
) -> None:
    monkeypatch.setattr(plan_phrase, "_SPARSE", sparse)
    for words in ("rare a", "a rare b", "c b", "rare rare a"):
        plan = phrase_planner.plan(wq.Phrase("body", words.split()))
        expected = [n for n, text in enumerate(TEXTS) if has_phrase(text, words.split(), 1)]
        assert plan.match(0).docs.tolist() == expected
        every = np.arange(len(TEXTS))
        assert np.flatnonzero(plan.contains(0, every)).tolist() == expected


def test_cost_before_matching_is_that_of_the_rarest_term(phrase_planner: Planner) -> None:
    plan = phrase_planner.plan(wq.Phrase("body", ["a", "rare"]))
    assert plan.cost(0) == sum("rare" in text for text in TEXTS)


def test_a_term_that_does_not_occur(phrase_planner: Planner) -> None:
    assert phrase_planner.plan(wq.Phrase("body", ["a", "zebra"])).match(0).count == 0


def test_the_score_is_the_sum_of_the_terms(phrase_planner: Planner) -> None:
    plan = phrase_planner.plan(wq.Phrase("body", ["a", "b"], boost=2.0))
    docs, scores = plan.scored_matches(0)
    terms = [phrase_planner.term_node("body", word) for word in (b"a", b"b")]
    assert all(isinstance(term, TermNode) for term in terms)
    total = sum(term.score(0, docs, known_match=True) for term in terms) * 2.0
    assert scores.tolist() == pytest.approx(total.tolist())
    everything = plan.score(0, np.arange(len(TEXTS)), known_match=False)
    assert np.flatnonzero(everything).tolist() == docs.tolist()


def test_a_phrase_does_not_cross_documents(reader: IndexReader, planner: Planner) -> None:
    # a0 ends with "snow", a1 begins with "rain".
    assert planner.plan(wq.Phrase("body", ["snow", "rain"])).match(0).count == 0


def test_intersect_sorted() -> None:
    rng = random.Random(1)
    for sizes in ((0, 5), (3, 100), (40, 50)):
        a, b = (np.array(sorted(rng.sample(range(120), size)), np.int64) for size in sizes)
        assert intersect_sorted(a, b).tolist() == sorted({*a.tolist()} & {*b.tolist()})


@pytest.mark.parametrize("seed", range(3))
def test_phrases_far_behind_in_long_texts(tmp_path: Path, seed: int) -> None:
    """Positions from 4,095 on are stored in another way; words come more often than one looks at
    together. The texts themselves say what is right."""
    rng = random.Random(seed)
    texts = []
    for number in range(70):
        words = rng.choices(["rain", "bank"], [30, 1], k=rng.choice((9, 4090, 4200, 5000)))
        for found in rng.sample(range(len(words)), 3):
            words[found] = "snow"
        if number % 2 and len(words) > 4095:
            at = rng.choice((4093, 4094, 4095, 4096, len(words) - 4))
            words[at : at + 4] = "snow", "law", "snow", "rain"
        texts.append(words)
    schema = Schema(id=Key(), body=Text())
    with sl.Archive.create(tmp_path / "archive", schema) as archive:
        archive.add(
            {"id": str(number), "body": " ".join(words)} for number, words in enumerate(texts)
        )
        for phrase in ("snow law", "law snow rain", "bank snow", "snow snow", "rain bank rain rain",
                       "rain snow law snow", "bank bank bank"):  # fmt: skip
            expected = {
                str(number) for number, words in enumerate(texts)
                if f" {phrase} " in f" {' '.join(words)} "
            }  # fmt: skip
            found = archive.search(f'"{phrase}"', limit=None)
            assert {hit.id for hit in found} == expected, phrase
