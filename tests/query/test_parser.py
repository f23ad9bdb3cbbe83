"""The grammar: how tightly operators bind, and the spans of the nodes."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib.errors import ArgumentError, QueryError
from searchlib.query import Limits, parse
from searchlib.query import ast as sx
from searchlib.query.parser import Parser
from searchlib.schema import Key, Number, Schema, Text
from tests.query.test_cases import DATES, SCHEMA


def read(text: str, match: str = "all") -> Any:
    return Parser(text, SCHEMA, match, DATES, Limits()).parse()


def word(text: str, field: str | None = None) -> sx.WordExpr:
    return sx.WordExpr((text,), field)


A, B, C = word("x"), word("b"), word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x b OR c", sx.OrExpr((sx.AndExpr((A, B)), C))),
        ("x OR b c", sx.OrExpr((A, sx.AndExpr((B, C))))),
        ("(x b) c", sx.AndExpr((A, B, C))),
        ("(x b)^2 c", sx.AndExpr((sx.AndExpr((A, B), weight=2.0), C))),
        ("NOT NOT x", A),
        ("x -b", sx.AndExpr((A, sx.NotExpr(B)))),
        ("x NEAR/5 b W/3 c", sx.NearExpr(sx.NearExpr(A, B, 5), C, 3, True)),
        ("x /s b", sx.NearExpr(A, B, 0, False, "sentence")),
        ("NOT (x NEAR/5 b)", sx.NotExpr(sx.NearExpr(A, B, 5))),
        ("x ANDMAYBE b OR c", sx.OrExpr((sx.MaybeExpr(A, B), C))),
        ("title:(x OR b)", sx.OrExpr((word("x", "title"), word("b", "title")))),
        ("atleast3(x)", sx.AtLeastExpr(A, 3)),
        ("first50(x OR b)", sx.FirstExpr(sx.OrExpr((A, B)), 50)),
        ("has:title", sx.HasExpr("title")),
        ("words>300", sx.RangeExpr("words", 300.0, None, True)),
        ('source:"x b"', sx.ValueExpr("x b", "source")),
    ],
)
def test_trees(text: str, tree: sx.Expr) -> None:
    assert read(text) == tree


def test_any_takes_one_of_the_words() -> None:
    assert read("x b", "any") == sx.OrExpr((A, B))
    assert read("x AND b c", "any") == sx.OrExpr((sx.AndExpr((A, B)), C))
    assert read("+x b", "any") == sx.MaybeExpr(A, B)
    assert read("x -b", "any") == sx.AndExpr((A, sx.NotExpr(B)))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("who is the president", "president"),
        ("WHO IS THE PRESIDENT", "president"),
        ("the president US", "president AND US"),
        ("us economy", "us AND economy"),
        ("vitamin d", "vitamin AND d"),
        ("who's the president", "president"),
        ("It’s the president's", "president's"),
        # All of them, or nothing else but filters and exclusions:
        ("the who", "the AND who"),
        ("to be", "to AND be"),
        ("who", "who"),
        ("who date:2022", "who AND date:2022"),
        ("who -rain", "who AND NOT rain"),
        # With a sign, an operator, a field or a weight of their own:
        ("+the president", "the AND president"),
        ("=the president", '"the" AND president'),
        ("the AND president", "the AND president"),
        ("rain AND the snow", "rain AND the AND snow"),
        ("the NEAR/3 president", "the NEAR/3 president"),
        ("title:the president", "title:the AND president"),
        ("the, president", "president"),
        ("to-be president", "to-be AND president"),
        ("the^2 president", "the^2 AND president"),
        ('"the president"', '"the president"'),
        # Group by group:
        ("rain OR the snow", "rain OR snow"),
        ("title:(the rain) in oslo", "title:rain AND oslo"),
        ("(the who) rain", "the AND who AND rain"),
    ],
)
def test_loose_stop_words_are_left_out(text: str, meaning: str) -> None:
    assert parse(text, SCHEMA, dates=DATES).canonical == meaning


def test_what_is_left_out_is_noted_and_not_needed_in_any_mode() -> None:
    note = "left out, as they say little: who, is, the; write +who to ask for one"
    for match in ("all", "any", "best"):
        parsed = parse("who is the president", SCHEMA, match=match)
        assert (parsed.canonical, parsed.notes) == ("president", (note,))
    assert parse("+the president", SCHEMA, match="any").canonical == "the ANDMAYBE president"
    assert parse("to be", SCHEMA).notes == ()


def test_a_field_without_a_language_has_no_stop_words() -> None:
    schema = Schema(id=Key(), title=Text(), code=Text(language=""), name=Text(language="de"))
    assert parse("code:(the rain)", schema).canonical == "code:the AND code:rain"
    assert (
        parse("the rain", schema).canonical == "the AND rain"
    )  # in one of three it says something
    assert parse("name:(das Haus)", schema).canonical == "name:haus"
    assert parse("title:(das haus)", schema).canonical == "title:das AND title:haus"


def test_spans() -> None:
    tree = read("rain (snow OR date:last week) wind")
    assert tree.span == (0, 34)
    assert [part.span for part in tree.parts] == [(0, 4), (5, 29), (30, 34)]
    assert tree.parts[1].parts[1].span == (14, 28)


def test_notes_are_given_once() -> None:
    parser = Parser("x or b or c", SCHEMA, "all", DATES, Limits())
    parser.parse()
    assert parser.notes == [
        '"or" is a word here: write OR for the operator',
        "left out, as they say little: or; write +or to ask for one",
    ]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a OR", "dangling-operator", "OR"),
        ("(a", "unclosed-bracket", "("),
        ("a) b", "unopened-bracket", ")"),
        ("title:", "empty-field", "title:"),
        ("rain source:%", "empty-field", "%"),
        ("title:-a", "misplaced-sign", "-a"),
        ("a NEAR/5 date:2022", "not-in-text", "date:2022"),
        ("words > 300", "missing-colon", "words >"),
        ("a^0", "bad-weight", "^0"),
        ("a^0.0000001 b", "bad-weight", "^0.0000001"),
        ("a^1000001", "bad-weight", "^1000001"),
        ("a^", "bad-weight", "^"),
        ("a^x", "bad-weight", "^x"),
        ("(a^1000)^1001", "bad-weight", "^1001"),
        ("title^1000:a^1001 b", "bad-weight", "title^1000:a"),
        ("-a NEAR/5 b", "unclear-not", "-"),
        ("autor:b", "unknown-field", "autor"),
    ],
)
def test_errors_name_their_place(text: str, code: str, place: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text)
    start, end = caught.value.span
    assert (caught.value.code, text[start:end]) == (code, place)


def test_the_lowest_and_the_highest_weight() -> None:
    for weight in ("0.000001", "1000000", "1000000.0", ".5"):
        assert read(f"a^{weight}").weight == float(weight)
    assert read("(a^1000)^1000").weight == 1e6


def test_only_text_is_parsed() -> None:
    with pytest.raises(QueryError, match="not int") as caught:
        read(5)  # type: ignore[arg-type]
    assert caught.value.code == "not-a-query"


@pytest.mark.parametrize(
    ("query", "cure"),
    [
        ("WC = 300", "write length:300"),
        ("length < 300", "write length:<300"),
        ("length >300", "write length:>300"),
        ("rain length =300 snow", "write length:300"),
        ("headline > 300", None),
        ("score > 300", None),
        ("words > rain", None),
    ],
)
def test_a_sign_alone_behind_the_number_of_words_under_any_name(
    query: str, cure: str | None
) -> None:
    schema = Schema(id=Key(), body=Text(), length=Number())
    if cure is None:
        parse(query, schema)
        return
    with pytest.raises(QueryError) as caught:
        parse(query, schema)
    assert caught.value.code == "missing-colon"
    assert caught.value.cure.startswith(cure)


@pytest.mark.parametrize(
    "query", ["a NEAR/{} b", "a W/{} b", "atleast{}(a)", "first{}(a)", "a AROUND({}) b"]
)
def test_numbers_from_one_to_the_limit(query: str) -> None:
    schema, limits = Schema(id=Key(), body=Text()), Limits(distance=5)
    for number in (1, 5):
        parse(query.format(number), schema, limits=limits)
    for number in (0, 6):
        with pytest.raises(QueryError, match="write a number from 1 to 5") as caught:
            parse(query.format(number), schema, limits=limits)
        assert caught.value.code == "bad-distance"


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        ("a^0", "'0' is not a weight", "write a number above 0: word^2"),
        ("a^x", "'x' is not a weight", "write a number above 0: word^2"),
        ("a^", "a weight is missing after ^", "write a number above 0: word^2"),
        ("a^2000000", "'2000000' is not a weight", "write a number above 0: word^2"),
        ("(a^1000)^2000", "the weights multiply to 2e+06", "keep them between 1e-06 and 1e+06"),
        ("atleast0(a)", "atleast0: no such count", "write a number from 1 to 10,000"),
        ("a NEAR/0 b", "0 words is no distance", "write a number from 1 to 10,000"),
        ("rain source:%", "'%' is a sign, not a word", 'write it in quotes: source:"%"'),
        ("rain source:", "source: has nothing after it", "write source:word"),
        ("title:source:a", "source: inside title:", "write title:word source:word"),
    ],
)
def test_messages(text: str, message: str, cure: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text)
    assert (caught.value.message, caught.value.cure) == (message, cure)


@pytest.mark.parametrize(
    "part", ["title:(a b)", "title:a", "(a)", "NOT a", "+a", "a NEAR/5 b", "a ANDMAYBE b",
             "atleast2(a)", '"a b"', "(title:(a OR b))^2", "date:2022", "source:(a b)"]
)  # fmt: skip
def test_what_stands_side_by_side_is_not_deep(part: str) -> None:
    joined = " OR ".join if " " in part and part[0] != "t" else " ".join
    parse(joined([f"({part})"] * 99), SCHEMA, limits=Limits(depth=5))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("+x AND b c", sx.MaybeExpr(sx.AndExpr((A, B)), C)),
        ("x AND +b c", sx.MaybeExpr(sx.AndExpr((A, B)), C)),
        ("+x +b c", sx.MaybeExpr(sx.AndExpr((A, B)), C)),
        ("+x -b c", sx.MaybeExpr(sx.AndExpr((A, sx.NotExpr(B))), C)),
        ("+x +b", sx.AndExpr((A, B))),
        ("-x -b", sx.AndExpr((sx.NotExpr(A), sx.NotExpr(B)))),
        ("x AND -b c", sx.OrExpr((sx.AndExpr((A, sx.NotExpr(B))), C))),
        ("(x OR b) c", sx.OrExpr((A, B, C))),
        ("(x OR b)^2 c", sx.OrExpr((sx.OrExpr((A, B), weight=2.0), C))),
        ("x ANDMAYBE b c", sx.MaybeExpr(A, sx.OrExpr((B, C)))),
        ("x source:b", sx.AndExpr((A, sx.ValueExpr("b", "source")))),
        ("x has:title b", sx.AndExpr((sx.OrExpr((A, B)), sx.HasExpr("title")))),
        ("x words>5", sx.AndExpr((A, sx.RangeExpr("words", 5.0, None, True)))),
    ],
)
def test_trees_of_any(text: str, tree: sx.Expr) -> None:
    assert read(text, "any") == tree


def test_spans_of_any() -> None:
    assert read("+x b", "any").span == (1, 4)
    assert read("x +bc d", "any").span == (0, 7)
    assert read("x ANDMAYBE b", "any").span == (0, 12)
    assert parse("x b OR c", SCHEMA, match="any").notes == ()


def test_how_words_are_joined_is_checked() -> None:
    with pytest.raises(ArgumentError, match="match is"):
        parse("rain", SCHEMA, match="none")


@pytest.mark.parametrize(
    ("text", "limits", "span", "message", "cure"),
    [
        ("abcdefg", Limits(length=5), (0, 5), "this query has 7 characters, more than 5",
         "search for fewer words"),
        ("a b c", Limits(clauses=2), (4, 5), "this query has more than 2 words",
         "search for fewer"),
        ('rain "a b c"', Limits(phrase=2), (5, 12), "a phrase of 3 words",
         "a phrase has at most 2"),
        ("rain a-b-c", Limits(phrase=2), (5, 10), "3 words in a row", "search for at most 2"),
        ("a NEAR/6 b", Limits(distance=5), (2, 8), "6 words is no distance",
         "write a number from 1 to 5"),
        ("a AROUND(12345678901) b", Limits(), (2, 21), "123,456,789 words is no distance",
         "write a number from 1 to 10,000"),
        ("first12345678901(a)", Limits(), (0, 17), "first12345678901: no such count",
         "write a number from 1 to 10,000"),
        ("autor^2: smith", Limits(), (0, 7), "there is no field 'autor'",
         "try authors:, or leave the colon out"),
        ("title: body:rain", Limits(), (7, 12), "body: inside title:",
         "write title:word body:word"),
        ("title:(a body:(b source:c))", Limits(), None, "", ""),
        ('date: "2021', Limits(), (6, 7), 'this " is not closed', 'write "last week"'),
        ("date: {2021", Limits(), (6, 7), "this { is not closed", "write [2012 TO 2021]"),
    ],
)  # fmt: skip
def test_limits_and_places_in_full(
    text: str, limits: Limits, span: tuple[int, int] | None, message: str, cure: str
) -> None:
    if span is None:
        parse(text, SCHEMA, limits=limits)
        return
    with pytest.raises(QueryError) as caught:
        parse(text, SCHEMA, limits=limits)
    assert (caught.value.span, caught.value.message, caught.value.cure) == (span, message, cure)


def test_the_depth_of_nearness() -> None:
    """A chain of NEARs is a deep tree, also in brackets."""
    for text, depth in (("a NEAR/2 b NEAR/2 c", 2), ("(a NEAR/2 b NEAR/2 c)", 3),
                        ("first5(a NEAR/2 b)", 2), ("NOT a", 1), ("+a", 1), ("a ANDMAYBE b", 1),
                        ("title:a", 1), ("title:(a)", 2), ("date:2022", 1), ("(date:2022)", 2),
                        ("-(a)", 2), ('"a* b c"', 3)):  # fmt: skip
        parse(text, SCHEMA, limits=Limits(depth=depth))
        if depth:
            with pytest.raises(QueryError) as caught:
                parse(text, SCHEMA, limits=Limits(depth=depth - 1))
            assert caught.value.code == "too-deep"


def test_an_error_of_a_search_is_placed_at_its_pattern() -> None:
    def place(query: str, pattern: str) -> tuple[int, int]:
        error = QueryError("too-many-words", (0, 0), "m", "c", pattern)
        located = parse(query, SCHEMA).locate_error(error)
        assert (located.code, located.message, located.cure, located.text) == (
            "too-many-words", "m", "c", query,
        )  # fmt: skip
        return located.span

    assert place("rain civil*", "civil") == (5, 11)
    assert place("rain civil* OR civil*", "civil") == (5, 11)  # the first of them
    assert place("rain snow*", "civil") == (0, 10)
    assert place("rain /ra.n/", "ra.n$") == (5, 11)
