"""Tokens: their kinds, values and places, what is skipped, and the nearness operators."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.query.lexer import OPERATORS, Lexer, near_operator


def tokens(text: str) -> list[tuple[str, str]]:
    lexer, found = Lexer(text), []
    while lexer.kind != "end":
        found.append((lexer.kind, lexer.value))
        lexer.advance()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rain snow", [("word", "rain"), ("word", "snow")]),
        ("title:rain", [("field", "title:"), ("word", "rain")]),
        ("title^2:rain", [("field", "title^2:"), ("word", "rain")]),
        ("http://x.org", [("chunk", "http://x.org")]),
        ("a OR b|c", [("word", "a"), ("or", "OR"), ("chunk", "b"), ("or", "|"), ("word", "c")]),
        ("NOT -a +b", [("not", "NOT"), ("sign", "-"), ("word", "a"), ("sign", "+"), ("word", "b")]),
        ("a NEAR/5 b", [("word", "a"), ("near", "NEAR/5"), ("word", "b")]),
        ("AND(a)", [("and", "AND"), ("open", "("), ("word", "a"), ("close", ")")]),
        ('"a b"~3', [("quote", '"a b"~3')]),
        ('"a', [("unclosed_quote", '"'), ("word", "a")]),
        ("«a b»", [("guillemets", "«a b»")]),
        ("/ra.n/", [("regex", "/ra.n/")]),
        ("rain^2", [("chunk", "rain"), ("weight", "^2")]),
        ("rain ^2", [("word", "rain"), ("stray_caret", "^"), ("word", "2")]),
        ("first5(a)", [("call", "first5("), ("word", "a"), ("close", ")")]),
        ("[1 TO 2}", [("range", "[1 TO 2}")]),
        ("co-op*", [("chunk", "co-op*")]),
        ("... — :-) foo()", [("chunk", "foo")]),
    ],
)
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert tokens(text) == expected


def test_signs_that_are_skipped_are_kept_aside() -> None:
    lexer = Lexer("words > 300")
    lexer.advance()
    assert (lexer.value, lexer.signs) == ("300", [(6, 7)])


def test_seek() -> None:
    lexer = Lexer("date:last week rain")
    lexer.seek(14)
    assert (lexer.value, lexer.start, lexer.end) == ("rain", 15, 19)


@pytest.mark.parametrize(
    ("text", "distance", "ordered", "unit", "is_word"),
    [
        ("NEAR/5", 5, False, "word", False),
        ("W/3", 3, True, "word", False),
        ("pre/12", 12, True, "word", False),
        ("near5", 5, False, "word", True),
        ("adj5", 5, True, "word", True),
        ("NEAR", None, False, "word", False),
        ("ADJ", 1, True, "word", False),
        ("/s", 0, False, "sentence", False),
        ("w/P", 0, False, "paragraph", False),
        ("SAME", 0, False, "paragraph", False),
    ],
)
def test_near_operators(
    text: str, distance: int | None, ordered: bool, unit: str, is_word: bool
) -> None:
    assert near_operator(text) == (distance, ordered, unit, is_word)


@pytest.mark.parametrize("text", ["rain", "w5", "pre5", "5", "near", "NEAR/", "/x", "near/5x"])
def test_no_near_operators(text: str) -> None:
    assert near_operator(text) is None


@given(st.text(max_size=60))
def test_tokens_are_in_order_and_within_the_text(text: str) -> None:
    lexer, last = Lexer(text), 0
    while lexer.kind != "end":
        assert last <= lexer.start < lexer.end <= len(text)
        assert text[lexer.start : lexer.end] == lexer.value
        last = lexer.end
        lexer.advance()


@given(
    st.lists(st.sampled_from(["rain", "near5", "NEAR/3", "title:", "x.y", *OPERATORS]), max_size=6)
)
def test_the_shortcut_agrees_with_the_pattern(parts: list[str]) -> None:
    # A tab is no plain blank: the shortcut does not apply to the word before it.
    assert tokens(" ".join(parts)) == tokens("\t".join(parts))
