"""The syntax tree: comparison by meaning, and walking from left to right."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib.dates import Interval
from searchlib.query import Limits
from searchlib.query import ast as sx
from searchlib.query.parser import Parser
from tests.query.test_cases import DATES, SCHEMA

A, B, C = (sx.WordExpr((text,)) for text in "abc")


def test_spans_and_spellings_do_not_count() -> None:
    assert sx.WordExpr(("a",), span=(3, 4)) == A
    assert sx.WordExpr(("a",), languages=("fr",)) == A
    assert sx.WordExpr(("a",), weight=2.0) != A
    assert sx.WordExpr(("a",), "title") != A
    assert sx.WordExpr(("a",)) != sx.PhraseExpr(("a",))


def test_walk_visits_every_node_from_left_to_right() -> None:
    near = sx.NearExpr(A, sx.OrExpr((B, C)), 5)
    tree = sx.AndExpr((sx.AtLeastExpr(near, 2), sx.NotExpr(sx.FirstExpr(A, 9)), sx.MaybeExpr(B, C)))
    names = [type(node).__name__.removesuffix("Expr") for node in sx.walk(tree)]
    assert names == [
        "And", "AtLeast", "Near", "Word", "Or", "Word", "Word", "Not", "First", "Word", "Maybe",
        "Word", "Word",
    ]  # fmt: skip
    words = [node.tokens[0] for node in sx.walk(tree) if isinstance(node, sx.WordExpr)]
    assert words == ["a", "b", "c", "a", "b", "c"]


def test_walk_of_nothing_and_of_a_deep_tree() -> None:
    assert list(sx.walk(None)) == []
    tree: sx.Expr = A
    for _ in range(5000):  # deeper than the stack
        tree = sx.NotExpr(tree)
    assert sum(1 for _ in sx.walk(tree)) == 5001


#: Every class of node, and its parts from left to right.
PARTS: dict[type[sx.Expr], tuple[sx.Expr, list[sx.Expr]]] = {
    sx.WordExpr: (A, []),
    sx.PhraseExpr: (sx.PhraseExpr(("a", "b")), []),
    sx.PatternExpr: (sx.PatternExpr("prefix", "a"), []),
    sx.ValueExpr: (sx.ValueExpr("a", "section"), []),
    sx.RangeExpr: (sx.RangeExpr("words", 1.0, None), []),
    sx.PeriodExpr: (sx.PeriodExpr("date", Interval(None, None)), []),
    sx.HasExpr: (sx.HasExpr("date"), []),
    sx.EverythingExpr: (sx.EverythingExpr(), []),
    sx.AndExpr: (sx.AndExpr((A, B, C)), [A, B, C]),
    sx.OrExpr: (sx.OrExpr((C, B)), [C, B]),
    sx.NotExpr: (sx.NotExpr(B), [B]),
    sx.MaybeExpr: (sx.MaybeExpr(A, B), [A, B]),
    sx.NearExpr: (sx.NearExpr(B, A, 3), [B, A]),
    sx.AtLeastExpr: (sx.AtLeastExpr(C, 2), [C]),
    sx.FirstExpr: (sx.FirstExpr(C, 9), [C]),
}


def test_every_class_of_node_is_here() -> None:
    classes = {value for value in vars(sx).values() if isinstance(value, type)}
    assert set(PARTS) == {c for c in classes if issubclass(c, sx.Expr) and c is not sx.Expr}


@pytest.mark.parametrize("kind", PARTS)
def test_walk_enters_every_class_of_node(kind: type[sx.Expr]) -> None:
    node, parts = PARTS[kind]
    assert list(sx.walk(node)) == [node, *parts]
    assert [id(part) for part in sx.walk(node)][1:] == [id(part) for part in parts]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("a ANDMAYBE b", ["a", "b"]),
        ("(x y) ANDMAYBE (b OR c)", ["x", "y", "b", "c"]),
        ("x NEAR/3 (b OR c)", ["x", "b", "c"]),
        ("atleast2(x) first9(b) -c", ["x", "b", "c"]),
    ],
)
def test_walk_finds_the_words_of_a_query(query: str, words: list[str]) -> None:
    tree = Parser(query, SCHEMA, "all", DATES, Limits()).parse()
    assert [w for n in sx.walk(tree) if isinstance(n, sx.WordExpr) for w in n.tokens] == words


def test_what_a_node_is_if_nothing_else_is_said() -> None:
    assert (A.span, A.weight, A.field, A.languages) == ((0, 0), 1.0, None, None)
    phrase, pattern = sx.PhraseExpr(("a", "b")), sx.PatternExpr("prefix", "a")
    assert (phrase.slop, pattern.edits, phrase.field, pattern.field) == (1, 0, None, None)
    numbers = sx.RangeExpr("words", 1.0, 2.0)
    assert (numbers.low_exclusive, numbers.high_exclusive) == (False, False)
    near = sx.NearExpr(A, B)
    assert (near.slop, near.ordered, near.unit) == (0, False, "word")
    assert sx.PeriodExpr("date", Interval(None, None), "a") == sx.PeriodExpr(
        "date", Interval(None, None), "b"
    )
    wrong: list[tuple[Any, Any]] = [(sx.Expr, [(1, 2)]), (sx.WordExpr, [("a",), None, ("fr",)])]
    for kind, arguments in wrong:  # the others have names
        with pytest.raises(TypeError):
            kind(*arguments)
