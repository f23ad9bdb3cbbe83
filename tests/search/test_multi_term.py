"""Multi-term expansion: the terms of each query type, limits over a whole query, scores."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC
from itertools import product
from typing import Any

import numpy as np
import pytest
import whoosh
from whoosh import query as wq

from searchlib.codec.directory import Directory
from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Schema, Text
from searchlib.search import multi_term
from searchlib.search.multi_term import _after, _required_prefix
from searchlib.search.planner import Planner
from searchlib.search.searcher import IndexSearcher
from tests.parts import add_records

from .samples import matching_keys

# Of the first segment: after and came cloud nothing of rain snow sun that wind.


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        (wq.Prefix("body", "s"), "snow sun"),
        (wq.Prefix("body", "zz"), ""),
        (wq.Wildcard("body", "s?n"), "sun"),
        (wq.Wildcard("body", "*in*"), "nothing rain wind"),
        (wq.Regex("body", "[rs].*n$"), "rain sun"),
        (wq.Regex("body", "sno?w?$"), "snow"),
        (wq.Regex("body", "sun|wind"), "sun wind"),
        (wq.FuzzyTerm("body", "snowy", maxdist=1), "snow"),
        (wq.FuzzyTerm("body", "rein", maxdist=1, prefixlength=1), "rain"),
        (wq.TermRange("body", "rain", "sun"), "rain snow sun"),
        (wq.TermRange("body", "rain", "sun", True, True), "snow"),
        (wq.TermRange("body", None, "and"), "after and"),
        (wq.TermRange("body", "wind", None), "wind"),
        (wq.TermRange("body", "sun", "rain"), ""),
        (wq.Prefix("section", "w"), "world"),
    ],
    ids=str,
)
def test_terms(planner: Planner, query: Any, terms: str) -> None:
    planner.plan(wq.Every())
    assert [term.decode() for term in planner.expand(query, 0)] == terms.split()


def test_all_ranges_of_terms(planner: Planner) -> None:
    words = "after and came cloud nothing of rain snow sun that wind".split()
    ends = [None, "a", "and", "b", "nothing", "of", "wind", "x"]
    planner.plan(wq.Every())
    for low, high, after, before in product(ends, ends, (False, True), (False, True)):
        expected = [
            word for word in words
            if (low is None or low < word or (low == word and not after))
            and (high is None or word < high or (word == high and not before))
        ]  # fmt: skip
        found = planner.expand(wq.TermRange("body", low, high, after, before), 0)
        assert [term.decode() for term in found] == expected, (low, high, after, before)


def test_matches_are_those_of_any_term(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.Wildcard("body", "*ow"))
    assert matching_keys(reader, plan) == ["a0", "a2", "b0", "b2"]
    assert planner.plan(wq.Prefix("body", "zz")).match(0).count == 0


def test_scores_are_summed_or_constant(planner: Planner) -> None:
    summed = planner.plan(wq.Prefix("body", "s", constantscore=False))
    docs, scores = summed.scored_matches(0)
    snow, sun = (planner.term_node("body", term) for term in (b"snow", b"sun"))
    total = snow.score(0, docs, known_match=False) + sun.score(0, docs, known_match=False)
    assert scores.tolist() == pytest.approx(total.tolist())
    constant = planner.plan(wq.Wildcard("body", "*n*"))
    assert set(constant.scored_matches(0)[1].tolist()) == {1.0}


def test_patterns_of_a_query_are_counted_together(planner: Planner) -> None:
    planner.set_limits(4, 0, 10.0)
    first, second = wq.Prefix("body", "s"), wq.Wildcard("body", "*in*")
    planner.plan(first)
    planner.plan(second)  # another query: counted anew
    planner.plan(wq.Or([first, first]))  # the same pattern counts once
    with pytest.raises(QueryError) as caught:
        planner.plan(wq.Or([first, second]))
    assert caught.value.code == "too-many-words"
    assert "with the patterns before it" in str(caught.value)


def test_a_term_of_both_segments_counts_once(planner: Planner) -> None:
    planner.set_limits(1, 0, 10.0)
    assert planner.plan(wq.Prefix("body", "sn")).count(1) == 2
    with pytest.raises(QueryError, match="stands for 2 words, more than 1"):
        planner.plan(wq.Prefix("body", "s"))


def test_terms_of_all_segments_are_counted_together(planner: Planner) -> None:
    planner.set_limits(1, 0, 10.0)
    with pytest.raises(QueryError, match="stands for 2 words, more than 1"):
        planner.plan(wq.Regex("body", "(sun|fell)$"))  # one of each segment
    planner.set_limits(2, 0, 10.0)
    planner.plan(wq.Regex("body", "(sun|fell)$"))


def test_a_bad_expression_is_refused(planner: Planner) -> None:
    with pytest.raises(QueryError) as caught:
        planner.plan(wq.Regex("body", "[a"))
    assert (caught.value.code, caught.value.span) == ("bad-pattern", (0, 0))


# Words by how many of them begin so: ten with p, three with q, of which the second segment has one,
# two with r, and one with s.
WORDS = [f"p{n}" for n in range(10)] + ["qa", "qb", "qc", "ra", "rb", "s"]


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexReader]:
    pick = random.Random(9)
    schema = Schema(id=Key(), body=Text(language="", weight=2.0))
    store = IndexStore.create(Directory(tmp_path_factory.mktemp("words") / "a"), schema)
    for size in (9, 4):
        words = [word for word in WORDS if size == 9 or word not in ("qb", "qc")]
        texts = [pick.choices(words, k=pick.randint(1, 12)) for _ in range(size - 1)]
        add_records(store, *({"id": f"{size}{n}", "body": " ".join(text)}
                             for n, text in enumerate([words, *texts])))  # fmt: skip
    with store.reader() as reader:
        assert [segment.documents for segment in reader.segments] == [9, 4]
        yield reader


def refuse(query: Any, check: Any) -> Any:
    raise AssertionError(f"{query!r} has no plan")


MAKE: dict[str, Callable[..., Any]] = {
    "prefix": lambda text, **options: wq.Prefix("body", text, **options),
    "range": lambda text, **options: wq.TermRange("body", text, f"{text}zz", **options),
    "wildcard": lambda text, **options: wq.Wildcard("body", f"{text}*", **options),
}


@pytest.mark.parametrize("boosts_single", [True, False])
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("small", [0, 12, 13])
@pytest.mark.parametrize("kind", MAKE)
def test_scores_are_those_of_whoosh_for_so_many_terms(
    segments: IndexReader, monkeypatch: pytest.MonkeyPatch,
    kind: str, small: int, constant: bool, boosts_single: bool,
) -> None:  # fmt: skip
    """A constant of 1 for more than two terms in a small index, or for very many; the score of a
    single one, without the boost in Whoosh 2; else the sum. All segments count together."""
    monkeypatch.setattr(multi_term, "SMALL_INDEX", small)
    monkeypatch.setattr(multi_term, "_BOOSTS_SINGLE_TERM", boosts_single)
    monkeypatch.setattr(wq.Or, "TOO_MANY_CLAUSES", 10)
    planner = IndexSearcher(segments, UTC, fallback=refuse).planner
    for first in "pqrsx":
        words = [word for word in WORDS if word.startswith(first)]
        plan = planner.plan(MAKE[kind](first, boost=3.0, constantscore=constant))
        for segment, data in enumerate(segments.segments):
            every = np.arange(data.documents)
            nodes = [planner.term_node("body", word.encode()) for word in words]
            scores = [node.score(segment, every, known_match=False) for node in nodes]
            present = [of_word for of_word in scores if of_word.any()]
            total = sum(present, np.zeros(data.documents))
            if constant and (len(words) >= 10 or (len(words) > 2 and segments.documents <= small)):
                expected = (total > 0).astype(float)
            else:
                expected = total * (3.0 if len(words) > 1 or boosts_single else 1.0)
            assert plan.match(segment).docs.tolist() == np.flatnonzero(total).tolist()
            found = plan.score(segment, every, known_match=False).tolist()
            assert found == pytest.approx(expected.tolist()), (first, segment)


def test_a_single_term_has_the_boost_that_this_whoosh_gives_it(segments: IndexReader) -> None:
    planner = IndexSearcher(segments, UTC, fallback=refuse).planner
    plan = planner.plan(wq.Prefix("body", "s", boost=3.0))
    once = planner.term_node("body", b"s").scored_matches(0)[1]
    boost = 1.0 if whoosh.__version__[0] == 2 else 3.0
    assert plan.scored_matches(0)[1].tolist() == pytest.approx((once * boost).tolist())


def test_many_terms_are_not_looked_up_one_by_one(
    segments: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = IndexSearcher(segments, UTC, fallback=refuse).planner
    looked_up: list[bytes] = []

    def counted(name: str, term: bytes, boost: float) -> Any:
        looked_up.append(term)
        return planner.term_node(name, term, boost)

    monkeypatch.setattr(planner._expansion, "_term_node", counted)
    planner.plan(wq.Prefix("body", "p", constantscore=False))
    assert looked_up == [b"p0", b"p0"]  # one of each segment, for what they have in common
    looked_up.clear()
    planner.plan(wq.Prefix("body", "p"))
    planner.plan(wq.TermRange("body", "p", "q"))
    assert looked_up == []
    planner.set_limits(2, 0, 10.0)
    with pytest.raises(QueryError, match="stands for 3 words, more than 2") as caught:
        planner.plan(wq.Or([wq.Wildcard("body", "r*"), wq.Wildcard("body", "q*")]).subqueries[1])
    assert (caught.value.code, caught.value.span) == ("too-many-words", (0, 0))
    assert looked_up == []  # all are counted first


@pytest.mark.parametrize(("documents", "is_constant"), [(5000, True), (5001, False)])
def test_in_a_small_index_any_of_several_words_scores_the_same(
    planner: Planner, documents: int, is_constant: bool
) -> None:
    """Up to as many documents as in Whoosh."""
    expansion, query = planner._expansion, wq.Prefix("body", "")
    planner.plan(wq.Every())
    expansion.node_for(query, planner.match_none())
    assert expansion._is_constant(query, documents) == is_constant


def test_all_terms_are_counted_before_any_is_looked_up(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner.set_limits(11, 0, 10.0)  # those of the first segment
    planner.plan(wq.Every())
    expansion = planner._expansion
    monkeypatch.setattr(expansion, "_is_constant", None)
    with pytest.raises(QueryError) as caught:
        expansion.node_for(wq.Prefix("body", ""), planner.match_none())
    assert caught.value.code == "too-many-words"


@pytest.mark.parametrize("many", [1, 99])
def test_terms_without_frequencies_are_scored_one_by_one(
    planner: Planner, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(multi_term, "_MANY", many)
    plan = planner.plan(wq.Prefix("section", ""))
    assert [plan.scored_matches(segment)[1].tolist() for segment in (0, 1)] == [[1] * 3, [1]]


def test_expanding_checks_the_time_budget(planner: Planner) -> None:
    planner.set_limits(100, 0, 0.0)
    planner.plan(wq.Every())
    with pytest.raises(QueryError) as caught:
        planner.expand(wq.Prefix("body", "s"), 0)
    assert caught.value.code == "too-slow"


def test_a_segment_without_the_field_has_no_terms(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner.plan(wq.Every())
    monkeypatch.setattr(planner._expansion, "_field_terms", lambda segment, name: None)
    assert planner.expand(wq.Prefix("body", "s"), 0) == []


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("rain.*", "rain"), ("rain?", "rai"), ("rain*", "rai"), ("ra{2}", "r"), ("a|b", ""),
     ("[ab]c", ""), ("", ""), ("rain+", "rain"), ("*", "")],
)  # fmt: skip
def test_required_prefix_of_an_expression(text: str, prefix: str) -> None:
    assert _required_prefix(text, is_wildcard=False) == prefix


def test_required_prefix_of_a_wildcard() -> None:
    assert _required_prefix("rain*", is_wildcard=True) == "rain"
    assert _required_prefix("?ain", is_wildcard=True) == ""


@pytest.mark.parametrize("prefix", [b"a", b"a\xff", b"snow", "北".encode()])
def test_after_follows_every_term_with_the_prefix(prefix: bytes) -> None:
    for rest in (b"", b"a", b"\xff\xff\xff"):
        assert prefix + rest < _after(prefix)
    assert _after(prefix)[:-1] <= prefix
