"""The syntax tree: comparison by meaning, and walking from left to right."""

from __future__ import annotations

from searchlib.query import ast as sx

A, B, C = (sx.WordExpr((text,)) for text in "abc")


def test_spans_and_spellings_do_not_count() -> None:
    assert sx.WordExpr(("a",), span=(3, 4)) == A
    assert sx.PhraseExpr(("1⁄2",), raw=("½",)) == sx.PhraseExpr(("1⁄2",))
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
