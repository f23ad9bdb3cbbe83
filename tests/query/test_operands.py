"""Words, phrases, values and patterns: the leaf that each text is read as."""

from __future__ import annotations

import pytest

from searchlib.errors import QueryError
from searchlib.query import Limits, parse
from searchlib.query import ast as sx
from searchlib.query.context import ParseContext
from searchlib.query.operands import read_phrase, read_prefix, read_regex, read_value, read_word
from tests.query.test_cases import DATES, SCHEMA

OP = sx.PatternExpr("prefix", "op")


def context(text: str) -> ParseContext:
    return ParseContext(text, SCHEMA, DATES, Limits())


def word(text: str, field: str | None = None) -> sx.Expr | None:
    return read_word(context(text), text, (0, len(text)), field)


@pytest.mark.parametrize(
    ("text", "field", "node"),
    [
        ("Café", None, sx.WordExpr(("café",))),
        ("co-op", "title", sx.WordExpr(("co", "op"), "title")),
        ("=rains", None, sx.PhraseExpr(("rains",))),
        ("civil*", None, sx.PatternExpr("prefix", "civil")),
        ("wom?n", None, sx.PatternExpr("wildcard", "wom?n")),
        ("why?", None, sx.WordExpr(("why",))),
        ("rain~", None, sx.PatternExpr("fuzzy", "rain", edits=1)),
        ("rain~2", "title", sx.PatternExpr("fuzzy", "rain", "title", 2)),
        ("co-op*", None, sx.NearExpr(sx.PhraseExpr(("co",)), OP, 1, True)),
        ("*", None, sx.EverythingExpr()),
        ("*", "source", sx.HasExpr("source")),
        ("*:*", None, sx.EverythingExpr()),
        ("北京*", None, sx.WordExpr(("北", "京"))),
        ("har*", "source", sx.PatternExpr("prefix", "har", "source")),
        ("=Wire", "source", sx.ValueExpr("Wire", "source")),
        ("=a", "source", sx.ValueExpr("a", "source")),
        ("=", "source", sx.ValueExpr("=", "source")),
        ("~", "source", sx.ValueExpr("~", "source")),
        ("Har-Bour", "source", sx.ValueExpr("Har-Bour", "source")),
        ("...", None, None),
    ],
)  # fmt: skip
def test_words(text: str, field: str | None, node: sx.Expr | None) -> None:
    assert word(text, field) == node


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("*a*", None, "too-broad"),
        ("=civil*", None, "mixed-signs"),
        ("=*civil", None, "mixed-signs"),
        ("=?ivil", None, "mixed-signs"),
        ("word~3", None, "bad-fuzzy"),
        ("co-op~1", None, "not-a-word"),
        ("co*-op", None, "not-a-word"),
        ("a?b-c", None, "not-a-word"),
        ("北*京", None, "not-a-word"),
        (">5", "source", "not-a-range"),
        ("a-" * 1001, None, "phrase-too-long"),
    ],
)
def test_refused_words(text: str, field: str | None, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        word(text, field)
    assert (caught.value.code, caught.value.span) == (code, (0, len(text)))


def test_phrases() -> None:
    def phrase(text: str, slop: int = 1) -> sx.Expr:
        return read_phrase(context(text), text, (0, len(text)), None, slop)

    assert phrase("tax cut", 5) == sx.PhraseExpr(("tax", "cut"), None, 5)
    assert phrase("tax", 5) == sx.PhraseExpr(("tax",))  # a slop needs two words
    assert phrase("econom* growth") == sx.NearExpr(
        sx.PatternExpr("prefix", "econom"), sx.PhraseExpr(("growth",)), 1, True
    )
    assert phrase("½ Cup") == sx.PhraseExpr(("½", "cup"))
    for text, slop, code in ((" . ", 1, "empty-quote"), ("a * b", 1, "not-a-word"),
                             ("tax* cut", 5, "mixed-signs")):  # fmt: skip
        with pytest.raises(QueryError) as caught:
            phrase(text, slop)
        assert caught.value.code == code


def test_values() -> None:
    value = read_value(context("x"), " Harbour   Wire ", (0, 1), "source")
    assert value == sx.ValueExpr("Harbour Wire", "source")
    assert read_value(context("x"), " a  b ", (0, 1), "id") == sx.ValueExpr("a  b", "id")
    assert read_prefix(value, (0, 9)) == sx.PatternExpr("prefix", "harbour wire", "source")
    with pytest.raises(QueryError, match="nothing in these quotes"):
        read_value(context("x"), "  ", (0, 1), "source")


def test_regular_expressions() -> None:
    assert read_regex(context("/Ra.n/"), "Ra.n", (0, 6), None) == sx.PatternExpr("regex", "ra.n")
    for expression, field, code, span in (
        ("(a+)+", None, "bad-pattern", (1, 6)),
        (".*", None, "too-broad", (0, 4)),
        ("rain", "words", "not-a-word", (0, 6)),
    ):
        text = f"/{expression}/"
        with pytest.raises(QueryError) as caught:
            read_regex(context(text), expression, (0, len(text)), field)
        assert (caught.value.code, caught.value.span) == (code, span)


@pytest.mark.parametrize("brackets", [0, 1, 2])
def test_a_phrase_of_patterns_is_as_deep_as_its_parts_and_the_brackets_around_it(
    brackets: int,
) -> None:
    text = "(x OR " * brackets + '"a* b c"' + ")" * brackets
    parse(text, SCHEMA, limits=Limits(depth=3 + brackets))
    with pytest.raises(QueryError) as caught:
        parse(text, SCHEMA, limits=Limits(depth=2 + brackets))
    assert caught.value.code == "too-deep"


def test_as_many_words_in_a_row_as_are_allowed() -> None:
    parse("a-b-c", SCHEMA, limits=Limits(phrase=3))
    with pytest.raises(QueryError, match="4 words in a row") as caught:
        parse("a-b-c-d", SCHEMA, limits=Limits(phrase=3))
    assert caught.value.code == "phrase-too-long"
