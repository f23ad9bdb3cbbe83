"""The terms of each hit: those that Whoosh's matchers stand at."""

from __future__ import annotations

import random
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq
from whoosh.searching import Searcher

from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.matched_terms import can_tell_terms

RAIN, SUN, SNOW = (wq.Term("body", word) for word in ("rain", "sun", "snow"))


@pytest.fixture(scope="module")
def index() -> Any:
    schema = fields.Schema(body=fields.TEXT, size=fields.NUMERIC)
    index, rng = RamStorage().create_index(schema), random.Random(3)
    for _ in range(2):
        with index.writer() as writer:
            writer.merge = False
            writer.add_document(body="rain sun", size=1)
            for number in range(12):
                words = rng.choices(["rain", "sun", "snow", "wind"], k=rng.randint(1, 4))
                writer.add_document(body=" ".join(words), size=number % 3)
    return index


@pytest.mark.parametrize(
    "q",
    [
        RAIN,
        RAIN | SUN,
        RAIN & SUN,
        wq.Or([RAIN & SUN, SNOW]),
        wq.Phrase("body", ["rain", "sun"]),
        wq.AndNot(RAIN | SUN, wq.Term("size", 7)),
        wq.AndMaybe(RAIN, SUN),
        wq.And([RAIN, wq.Not(SUN)]),
        wq.Or([wq.Term("size", 1), SNOW]),
    ],
)
def test_they_are_those_of_whooshs_collector(index: Any, q: Any) -> None:
    assert can_tell_terms(q)
    with index.searcher() as searcher, index.reader() as reader:
        results = searcher.search(q, terms=True, limit=None)
        assert type(results.collector).__name__ == "_Found"  # the engine's
        stock = Searcher(reader).search(q, terms=True, limit=None)
        assert results.matched_terms() == stock.matched_terms()
        ours = {hit.docnum: sorted(hit.matched_terms()) for hit in results}
        assert ours == {hit.docnum: sorted(set(hit.matched_terms())) for hit in stock}
        first = searcher.search(q, terms=True, limit=2)
        assert {hit.docnum for hit in first} == set(first.docterms)


def test_words_of_a_phrase_count_where_it_stands(index: Any) -> None:
    """Whoosh names them too where its matcher of a word has come to rest."""
    phrase = wq.Phrase("body", ["rain", "sun"])
    with index.searcher() as searcher:
        with_phrase = searcher.search(phrase, limit=None).docs()
        results = searcher.search(phrase | SNOW, terms=True, limit=None)
        assert with_phrase and len(results) > len(with_phrase)
        for hit in results:
            assert (("body", b"rain") in hit.matched_terms()) == (hit.docnum in with_phrase)


def test_other_queries_are_left_to_whoosh(index: Any) -> None:
    with index.searcher() as searcher:
        results = searcher.search(wq.Prefix("body", "s"), terms=True)
        assert results.has_matched_terms() and len(results)
