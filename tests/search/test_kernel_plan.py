"""The compiled kernels against the same plans over arrays: the same answers to the last bit.

The archives here are large enough for dense terms, for many words of 64 documents, and for
pruning to leave most of them out, which the archives of ``tests/versus`` are not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as wq

from searchlib import Archive, Date, Key, Keyword, Number, Schema, Text, kernels
from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore
from searchlib.search.searcher import FacetRequest, IndexSearcher, SortKey
from searchlib.search.top_k import Pruning
from searchlib.whoosh_backend.fallback import MatcherFallback

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")

SCHEMA = Schema(
    id=Key(), title=Text(weight=2.0, language="en"), body=Text(language="en"), date=Date(),
    section=Keyword(), authors=Keyword(many=True), words=Number(),
)  # fmt: skip
STEMS = ["rain", "bank", "harbour", "vote", "storm", "river", "market", "school", "train", "law"]
WORDS = [stem + end for stem in STEMS for end in ("", "s", "ed", "ing")]
RARE = [f"{stem}{chr(97 + i)}" for stem in STEMS for i in range(8)]


def article(rng: random.Random, number: int) -> dict[str, Any]:
    """An article of words from the commonest to the rarest; now and then a very long one."""
    length = 9000 if number == 77 else rng.randrange(60)
    words = [WORDS[min(int(rng.paretovariate(0.8)) - 1, 39)] for _ in range(length)]
    words += rng.choices(RARE, k=rng.randrange(2))
    made: dict[str, Any] = {
        "id": f"a{number}",
        "title": " ".join(rng.choices(WORDS, k=rng.randrange(4))),
        "body": " ".join(words),
        "authors": rng.sample(["Ann Lee", "Bo Ek", "Cy Day"], rng.randrange(3)),
        "words": rng.choice((0.5, 2, 7)),
    }
    if rng.random() < 0.9:
        made["date"] = f"20{rng.randrange(10, 14)}-{rng.randrange(1, 13):02}-01"
        made["section"] = rng.choice(["world", "sports", "arts"])
    return made


@pytest.fixture(scope="module", params=[{}, {"layout": {"block": 7, "dense": 3}}])
def store(tmp_path_factory: pytest.TempPathFactory, request: Any) -> Iterator[IndexStore]:
    """Two segments with deleted articles, in blocks of the usual size and of seven documents."""
    folder = tmp_path_factory.mktemp("native") / "archive"
    rng = random.Random(7)
    made = IndexStore.create(Directory(folder), SCHEMA, **request.param)
    archive = Archive(made)
    archive.add([article(rng, n) for n in range(5000)])
    archive.delete([f"a{n}" for n in range(0, 5000, 9)])
    archive.add([article(rng, n) for n in range(5000, 6200)])
    yield made
    archive.close()


_boosts = st.sampled_from((1.0, 0.5, 3.0, 0.0, -1.0))
_stems = st.sampled_from(STEMS + RARE[:20] + ["nowhere"])
_fields = st.sampled_from(("body", "title"))
_leaves = (
    st.builds(wq.Term, _fields, _stems, boost=_boosts)
    | st.builds(wq.Term, st.just("body_exact"), st.sampled_from(WORDS))
    | st.builds(wq.Term, st.just("section"), st.sampled_from(("world", "arts", "none")))
    | st.builds(wq.Term, st.just("authors"), st.sampled_from(("ann lee", "bo ek")))
    | st.builds(wq.NumericRange, st.just("words"), st.sampled_from((None, 0.5, 1)), st.just(5))
    | st.builds(wq.Phrase, _fields, st.lists(st.sampled_from(STEMS), min_size=2, max_size=4))
    | st.builds(
        wq.Phrase,
        st.just("body_exact"),
        st.lists(st.sampled_from(WORDS[:9]), min_size=2, max_size=3),
        boost=_boosts,
    )
    | st.builds(wq.Prefix, st.just("body"), st.sampled_from(("rain", "ba", "lawa")))
    | st.builds(wq.Every, st.sampled_from((None, "date", "authors")), boost=_boosts)
)
_trees: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: (
        st.builds(wq.And, st.lists(inner, min_size=2, max_size=4), boost=_boosts)
        | st.builds(wq.Or, st.lists(inner, min_size=2, max_size=10), boost=_boosts)
        | st.builds(wq.AndNot, inner, inner)
        | st.builds(wq.AndMaybe, inner, inner)
        | st.builds(wq.Not, inner)
        | st.builds(wq.ConstantScoreQuery, inner, score=_boosts)
    ),
    max_leaves=8,
)


def ask(store: IndexStore, query: Any, limit: int, pruning: Pruning, **how: Any) -> Any:
    with store.snapshot() as snapshot:
        engine = IndexSearcher(
            snapshot,
            store.zone,
            block=store.postings_format.block,
            pruning=pruning,
            fallback=MatcherFallback(snapshot),
        )
        found = engine.run(query, limit, **how)
        return found.total, found.best, found.facets


def check(store: IndexStore, query: Any) -> None:
    for limit in (0, 1, 10, 700):
        plain = ask(store, query, limit, Pruning(native=False, on=False))
        for pruning in (Pruning(), Pruning(on=False), Pruning(native=False, least=1, first=1)):
            assert ask(store, query, limit, pruning) == plain


@settings(max_examples=60)
@given(query=_trees)
def test_the_same_as_over_arrays(store: IndexStore, query: Any) -> None:
    check(store, query)


@pytest.mark.slow
@settings(max_examples=200)
@given(query=_trees)
def test_the_same_as_over_arrays_for_long(store: IndexStore, query: Any) -> None:
    check(store, query)


@settings(max_examples=30)
@given(query=_trees)
def test_facets_and_orders_too(store: IndexStore, query: Any) -> None:
    facets = [FacetRequest(name, SCHEMA) for name in ("section", "authors", "date:month")]
    plain = ask(store, query, 10, Pruning(native=False), facets=facets)
    assert ask(store, query, 10, Pruning(), facets=facets) == plain
    sort = SortKey("-date", SCHEMA)
    assert ask(store, query, 10, Pruning(), sort=sort) == ask(
        store, query, 10, Pruning(native=False), sort=sort
    )


def test_many_children_and_long_phrases_run_over_arrays(store: IndexStore) -> None:
    check(store, wq.Or([wq.Term("body", word) for word in [*STEMS, *RARE[:80]]]))
    check(
        store, wq.And([wq.Or([wq.Term("body", w) for w in STEMS + RARE]), wq.Term("body", "law")])
    )
    check(store, wq.Phrase("body", ["rain"] * 70))
    check(store, wq.Phrase("body", ["rain", "bank"], slop=3))


def test_words_far_into_a_text_and_words_that_occur_often(store: IndexStore) -> None:
    """One article has 9,000 words: positions and frequencies that their planes cannot hold."""
    for first in STEMS[:3]:
        for second in STEMS[:3]:
            check(store, wq.Phrase("body", [first, second, first]))
            check(store, wq.Phrase("body_exact", [first, second + "s"]))
