"""Canonical text: what is written out reads back as the same tree, for any tree and any word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchlib.analysis import rules
from searchlib.dates import Interval
from searchlib.query import ast as sx
from searchlib.query import parse
from searchlib.query.format import format_query
from tests.query.test_cases import DATES, SCHEMA

TOKENS = st.sampled_from(
    [
        "rain",
        "snow",
        "or",
        "and",
        "near5",
        "same",
        "at&t",
        "u.s",
        "c++",
        "3.5",
        "北",
        "京",
        "first50",
    ]
)
TEXT_FIELDS = st.sampled_from([None, "title", "body"])
WEIGHTS = st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.5, 0.1, 3.25])
VALUES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")), min_size=1, max_size=8
)
STEPS = st.integers(0, 40_000).map(lambda n: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(hours=n))


def words(field: Any) -> st.SearchStrategy[Any]:
    tokens = st.lists(TOKENS, min_size=1, max_size=3).map(tuple)
    single = st.lists(TOKENS, min_size=1, max_size=1).map(tuple)
    return st.one_of(
        st.builds(sx.WordExpr, single, field, weight=WEIGHTS),
        st.builds(sx.PhraseExpr, tokens, field, weight=WEIGHTS),
        st.builds(
            sx.PhraseExpr, st.just(("heavy", "rain")), field, st.integers(1, 9), weight=WEIGHTS
        ),
        st.builds(sx.PatternExpr, st.just("prefix"), st.sampled_from(["ra", "civil"]), field),
        st.builds(sx.PatternExpr, st.just("wildcard"), st.sampled_from(["ra?n", "c*l*n"]), field),
        st.builds(sx.PatternExpr, st.just("regex"), st.sampled_from(["ra.n", "(?:a|b)c"]), field),
        st.builds(
            sx.PatternExpr,
            st.just("fuzzy"),
            st.just("rain"),
            field,
            st.integers(1, 2),
            weight=WEIGHTS,
        ),
    )


def placed(field: Any) -> st.SearchStrategy[Any]:
    """What has a place in a text, all in one field."""
    leaf = words(st.just(field))

    def joined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        either = st.builds(
            sx.OrExpr, st.lists(leaf, min_size=2, max_size=3).map(tuple), weight=WEIGHTS
        )
        side = st.one_of(parts, either)
        return st.one_of(
            st.builds(sx.NearExpr, side, side, st.integers(1, 9), st.booleans(), weight=WEIGHTS),
            st.builds(sx.NearExpr, side, side, unit=st.sampled_from(["sentence", "paragraph"])),
        )

    return st.recursive(leaf, joined, max_leaves=4)


def interval(a: datetime, b: datetime) -> Interval:
    return Interval(min(a, b), max(a, b) + timedelta(hours=1))


LEAVES = st.one_of(
    words(TEXT_FIELDS),
    TEXT_FIELDS.flatmap(placed),
    TEXT_FIELDS.flatmap(lambda f: st.builds(sx.AtLeastExpr, placed(f), st.integers(1, 9))),
    TEXT_FIELDS.flatmap(lambda f: st.builds(sx.FirstExpr, placed(f), st.integers(1, 99))),
    st.builds(sx.ValueExpr, VALUES, st.sampled_from(["source", "authors", "id"]), weight=WEIGHTS),
    st.builds(
        sx.RangeExpr, st.just("words"), st.sampled_from([None, -5.0, 0.1]),
        st.sampled_from([None, 7.0, 1e300]), weight=WEIGHTS,
    ),
    st.builds(sx.PeriodExpr, st.just("date"), st.builds(interval, STEPS, STEPS)),
    st.builds(sx.HasExpr, st.sampled_from(["date", "title"])),
    st.just(sx.EverythingExpr()),
)  # fmt: skip


def flat(kind: Any, parts: list[Any], weight: float) -> Any:
    """As the parser makes it: no part of the same kind without a weight."""
    made: list[Any] = []
    for part in parts:
        made.extend(part.parts if type(part) is kind and part.weight == 1.0 else [part])
    return kind(tuple(made), weight=weight)


def joined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many = st.lists(parts, min_size=2, max_size=4)
    return st.one_of(
        st.builds(flat, st.just(sx.AndExpr), many, WEIGHTS),
        st.builds(flat, st.just(sx.OrExpr), many, WEIGHTS),
        st.builds(lambda p: p.part if isinstance(p, sx.NotExpr) else sx.NotExpr(p), parts),
        st.builds(sx.MaybeExpr, parts, parts, weight=WEIGHTS),
    )


TREES = st.recursive(LEAVES, joined, max_leaves=8)


@given(TREES)
@settings(max_examples=60, deadline=None)
def test_round_trip(tree: Any) -> None:
    text = format_query(tree, DATES.zone)
    read = parse(text, SCHEMA, dates=DATES)
    assert read.node == tree, text
    assert read.canonical == text
    assert parse(text, SCHEMA, dates=DATES, match="any").query == read.query


@given(
    st.text(st.characters(max_codepoint=0x5FF) | st.sampled_from("北京एमहि½ﬁ２»«“”"), max_size=60)
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_read_reads_back(text: str) -> None:
    read = parse(text, SCHEMA, dates=DATES, lenient=True)
    if read.node is not None:
        again = parse(read.canonical, SCHEMA, dates=DATES)
        assert (again.node, again.query) == (read.node, read.query)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ('"½ cup"', '"½ cup"'),
        ("½", "½"),
        ("half-½", "half-½"),
        ("=¼", '"¼"'),
        ("⑼~1", "9~1"),
        ("½-cup*", '"½" W/1 cup*'),
        ('"½ cup*"', '"½" W/1 cup*'),
        ("café", "café"),
        ("U.S.", "u.s."),
    ],
)
def test_words_are_spelled_so_that_they_read_back(query: str, canonical: str) -> None:
    assert parse(query, SCHEMA).canonical == canonical
    assert parse(canonical, SCHEMA).node == parse(query, SCHEMA).node


def test_canonical_text_does_not_depend_on_other_queries() -> None:
    first = parse('"½ cup"', SCHEMA)
    for letters in islice(product("abcdefghij", repeat=4), 4300):
        parse(f'"{"".join(letters)}½"', SCHEMA)
    again = parse(first.canonical, SCHEMA)
    assert (first.canonical, again.node) == ('"½ cup"', first.node)
    assert parse('"½ cup"', SCHEMA).canonical == '"½ cup"'


def unstable() -> list[str]:
    """The characters whose surface form is not itself."""
    by = rules()
    characters = filter(str.isalnum, map(chr, range(0x110000)))
    return [c for c in characters if any(by.surface(by.word(t, "")) != t for t in by.tokenize(c))]


def test_words_whose_folding_is_no_fixed_point_read_back() -> None:
    characters = unstable()
    assert len(characters) > 30
    forms = ("{0}", '"{0} cup"', "={0}", "{0}~1", "x{0}y", "{0}-cup", 'body:"{0} a*"', "{0}*")
    for query in (form.format(c) for form in forms for c in characters):
        parsed = parse(query, SCHEMA, lenient=True)
        if parsed.node is not None:
            again = parse(parsed.canonical, SCHEMA)
            assert (again.node, again.query) == (parsed.node, parsed.query), query


def test_a_tree_without_spellings_is_written_as_it_is() -> None:
    tree = sx.PhraseExpr(("1⁄2", "cup"))
    assert format_query(tree, UTC) == '"1⁄2 cup"'
    assert format_query(sx.PhraseExpr(("½",)), UTC) == '"½"'
