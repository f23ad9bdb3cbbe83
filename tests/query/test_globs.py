"""Glob patterns: where they start and end in a text, and their folded letters."""

from __future__ import annotations

import pytest

from searchlib.query.globs import BETWEEN, GLOB, letters, pieces


@pytest.mark.parametrize("text", ["civil*", "wom?n", "o'n*", "at&t*", "कम*", "*"])
def test_one_pattern(text: str) -> None:
    assert GLOB.match(text)


@pytest.mark.parametrize("text", ["co-op*", "x_y*", "", "a b*"])
def test_not_one_pattern(text: str) -> None:
    assert not GLOB.match(text)


def test_between() -> None:
    assert BETWEEN.split("co-op*/x_y?") == ["co", "op*", "x", "y?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Café", "cafe"), ("CIVIL*", "civil*"), ("ﬁn*", "fin*"), ("⑼", "⑼"), ("½", "½")],
)
def test_letters(text: str, expected: str) -> None:
    assert letters(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("econom*, growth", ["econom*", "growth"]),
        ("(wom?n) rights", ["wom?n", "rights"]),
        ("why? because", ["why ", "because"]),
        ("http://x?y=1", ["http://x y=1"]),
        ("co-op* a", ["co", "op*", "a"]),
        ("co-op*/x_y?", ["co", "op*", "x", "y "]),
        ("a?b*", ["a?b*"]),
        ("", []),
    ],
)
def test_pieces_of_a_phrase(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected
