"""The grammar: how tightly operators bind, and the spans of the nodes."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib.errors import QueryError
from searchlib.query import Limits
from searchlib.query import ast as sx
from searchlib.query.parser import Parser
from tests.query.test_cases import DATES, SCHEMA


def read(text: str, match: str = "all") -> Any:
    return Parser(text, SCHEMA, match, DATES, Limits()).parse()


def word(text: str, field: str | None = None) -> sx.WordExpr:
    return sx.WordExpr((text,), field)


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b OR c", sx.OrExpr((sx.AndExpr((A, B)), C))),
        ("a OR b c", sx.OrExpr((A, sx.AndExpr((B, C))))),
        ("(a b) c", sx.AndExpr((A, B, C))),
        ("(a b)^2 c", sx.AndExpr((sx.AndExpr((A, B), weight=2.0), C))),
        ("NOT NOT a", A),
        ("a -b", sx.AndExpr((A, sx.NotExpr(B)))),
        ("a NEAR/5 b W/3 c", sx.NearExpr(sx.NearExpr(A, B, 5), C, 3, True)),
        ("a /s b", sx.NearExpr(A, B, 0, False, "sentence")),
        ("NOT (a NEAR/5 b)", sx.NotExpr(sx.NearExpr(A, B, 5))),
        ("a ANDMAYBE b OR c", sx.OrExpr((sx.MaybeExpr(A, B), C))),
        ("title:(a OR b)", sx.OrExpr((word("a", "title"), word("b", "title")))),
        ("atleast3(a)", sx.AtLeastExpr(A, 3)),
        ("first50(a OR b)", sx.FirstExpr(sx.OrExpr((A, B)), 50)),
        ("has:title", sx.HasExpr("title")),
        ("words>300", sx.RangeExpr("words", 300.0, None, True)),
        ('source:"a b"', sx.ValueExpr("a b", "source")),
    ],
)
def test_trees(text: str, tree: sx.Expr) -> None:
    assert read(text) == tree


def test_any_takes_one_of_the_words() -> None:
    assert read("a b", "any") == sx.OrExpr((A, B))
    assert read("a AND b c", "any") == sx.OrExpr((sx.AndExpr((A, B)), C))
    assert read("+a b", "any") == sx.MaybeExpr(A, B)
    assert read("a -b", "any") == sx.AndExpr((A, sx.NotExpr(B)))


def test_spans() -> None:
    tree = read("rain (snow OR date:last week) wind")
    assert tree.span == (0, 34)
    assert [part.span for part in tree.parts] == [(0, 4), (5, 29), (30, 34)]
    assert tree.parts[1].parts[1].span == (14, 28)


def test_notes_are_given_once() -> None:
    parser = Parser("a or b or c", SCHEMA, "all", DATES, Limits())
    parser.parse()
    assert parser.notes == ['"or" is a word here: write OR for the operator']


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a OR", "dangling-operator", "OR"),
        ("(a", "unclosed-bracket", "("),
        ("a) b", "unopened-bracket", ")"),
        ("title:", "empty-field", "title:"),
        ("title:-a", "misplaced-sign", "-a"),
        ("a NEAR/5 date:2022", "not-in-text", "date:2022"),
        ("words > 300", "missing-colon", "words >"),
        ("a^0", "bad-weight", "^0"),
        ("-a NEAR/5 b", "unclear-not", "-"),
        ("autor:b", "unknown-field", "autor"),
    ],
)
def test_errors_name_their_place(text: str, code: str, place: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text)
    start, end = caught.value.span
    assert (caught.value.code, text[start:end]) == (code, place)


def test_only_text_is_parsed() -> None:
    with pytest.raises(QueryError, match="not int") as caught:
        read(5)  # type: ignore[arg-type]
    assert caught.value.code == "not-a-query"
