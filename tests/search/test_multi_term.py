"""Multi-term expansion: the terms of each query type, limits over a whole query, scores."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.search.multi_term import _after, _required_prefix
from searchlib.search.planner import Planner

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
    assert caught.value.code == "bad-pattern"


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
