"""``cases/queries.txt``: what each query means, or where and why it is refused."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from searchlib import Date, DateSettings, Key, Keyword, Number, QueryError, Schema, Stored, Text
from searchlib.query import ast as sx
from searchlib.query import parse
from searchlib.query.diagnostics import CODES

CASES = Path(__file__).parent.parent / "cases" / "queries.txt"
SCHEMA = Schema(
    id=Key(),
    title=Text(weight=2.0),
    body=Text(),
    date=Date(),
    crawled=Date(),
    source=Keyword(),
    authors=Keyword(many=True),
    words=Number(),
    url=Stored(),
)
DATES = DateSettings(now=datetime(2026, 11, 24, 10, 30))
REFUSED = re.compile(r"! (\S+) (\d+)-(\d+)")


def cases() -> list[tuple[str, str]]:
    lines = CASES.read_text(encoding="utf-8").split("\n")
    pairs = [line.rsplit(" => ", 1) for line in lines if " => " in line and line[0] != "%"]
    return [(query, meaning) for query, meaning in pairs]


def test_there_are_many() -> None:
    assert len(cases()) >= 400
    refused = {match[1] for _, meaning in cases() if (match := REFUSED.match(meaning))}
    # These need a longer query or another schema than a line can show, or an archive.
    assert CODES - refused == {
        "too-long",
        "too-deep",
        "too-many-clauses",
        "phrase-too-long",
        "no-text-field",
        "not-a-query",
        "too-many-words",
        "too-many-spans",
        "too-many-articles",
        "too-slow",
        "not-supported",
    }


def check_spans(query: str, tree: sx.Expr) -> None:
    """What stands at the span of each part of a query, read by itself, is that part."""
    for node in sx.walk(tree):
        start, end = node.span
        assert 0 <= start < end <= len(query)
        part, field = query[start:end], getattr(node, "field", None)
        if not NO_PART.search(query) and not part.startswith("ANDNOT"):
            texts = [part] if field is None else [part, f"{field}:({part})"]
            assert node in [part_of(text) for text in texts], part


#: Parts that do not stand by themselves: weights, words and patterns in one pair of quotes, words
#: that others have left an operator, exclusions from a field.
NO_PART = re.compile(r"\^|\".*[*?]|\w-.*\*|^[+]a|!|:\(rain -|^NOT:")


def part_of(text: str) -> sx.Expr | None:
    try:
        return parse(text, SCHEMA, dates=DATES).node
    except QueryError:  # a date without its field
        return None


def messages() -> list[tuple[str, ...]]:
    lines = CASES.with_name("messages.txt").read_text(encoding="utf-8").split("\n")
    return [tuple(line.rsplit(" => ", 3)) for line in lines if line and line[0] != "%"]


@pytest.mark.parametrize(("query", "place", "message", "cure"), messages())
def test_messages(query: str, place: str, message: str, cure: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    error = caught.value
    assert ("{}-{}".format(*error.span), error.message, error.cure) == (place, message, cure)


def notes() -> list[tuple[str, list[str]]]:
    lines = CASES.with_name("notes.txt").read_text(encoding="utf-8").split("\n")
    rows = [line.split(" => ") for line in lines if line and line[0] != "%"]
    return [(query, [note for note in said if note != "-"]) for query, *said in rows]


@pytest.mark.parametrize(("query", "said"), notes())
def test_notes(query: str, said: list[str]) -> None:
    found = parse(query, SCHEMA, dates=DATES).notes
    assert [note for note in found if not note.startswith("left out, ")] == said


LONG = "x" * 70


@pytest.mark.parametrize(
    ("query", "note"),
    [
        (f"{LONG}: rain", f"{'x' * 60}: is a word here, not a field"),
        (f"!{LONG}", f"!{'x' * 40} is read as NOT {'x' * 40}"),
        (f"url={LONG}", f"url={'x' * 40} is read as words: a field is written url:word"),
        (f"rain ~{'5' * 30}",
         f"~{'5' * 19} is a number here: write it right behind the word, as in rain~1"),
        (f"x y NOT {LONG}",
         f"NOT leaves out articles with '{'x' * 40}': write not in small letters for the word "
         "itself"),
    ],
)  # fmt: skip
def test_long_texts_are_cut_in_notes(query: str, note: str) -> None:
    assert parse(query, SCHEMA, dates=DATES).notes == (note,)


def test_what_is_left_out() -> None:
    for query, note in (
        ("a the b the c", "left out, as they say little: a, the; write +a to ask for one"),
        ("the president", "left out, as they say little: the; write +the to ask for one"),
    ):
        assert parse(query, SCHEMA, dates=DATES).notes == (note,)
    assert parse("who is", SCHEMA, dates=DATES).notes == ()


@pytest.mark.parametrize(
    ("query", "start", "message"),
    [
        (f"{LONG}:rain", 0, f"there is no field '{'x' * 60}'"),
        (f"rain^{LONG}", 4, f"'{'x' * 40}' is not a weight"),
        (f"={LONG}*", 0, f"'={'x' * 39}' is a pattern and something else at once"),
        (f"{LONG}*-b", 0, f"'{'x' * 60}' is more than one word with a *"),
        (f"{LONG}?b-c", 0, f"'{'x' * 60}' is more than one word with a ?"),
        (f"a NEAR/{LONG} b", 2, f"NEAR/{'x' * 35} says no distance"),
        (f"{'北' * 50}*京", 0, f"'{'北' * 40}': in this script each character is a word"),
        (f"{'?' * 50}*", 0, f"'{'?' * 40}' fits almost any word"),
        (f"words:{LONG}", 6, f"'{'x' * 40}' is not a number"),
        (f"words:300 >{LONG}", 10, f"'>{'x' * 39}' is left over from a range or a time"),
        (f"words:{'0' * 45}1e999", 6, f"'{'0' * 40}' has a number that is too large"),
        (f"/{'a' * 257}/", 1, "an expression of 257 characters"),
        (f"words:{'2' * 300}.{'2' * 301}", 6, f"'{'2' * 40}' is not a number"),
    ],
)
def test_long_texts_are_cut_in_messages(query: str, start: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    assert (caught.value.span[0], caught.value.message) == (start, message)


@pytest.mark.parametrize(("query", "meaning"), cases())
def test_query(query: str, meaning: str) -> None:
    refused = REFUSED.match(meaning)
    if refused is None:
        parsed = parse(query, SCHEMA, dates=DATES)
        assert parsed.canonical == meaning
        again = parse(meaning, SCHEMA, dates=DATES)
        assert (again.node, again.query) == (parsed.node, parsed.query)
        check_spans(query, parsed.node)
        return
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    error = caught.value
    assert (error.code, *error.span) == (refused[1], int(refused[2]), int(refused[3]))
    assert error.text == query
    assert error.cure
