"""``cases/queries.txt``: what each query means, or where and why it is refused."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from searchlib import Date, DateSettings, Key, Keyword, Number, QueryError, Schema, Stored, Text
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


@pytest.mark.parametrize(("query", "meaning"), cases())
def test_query(query: str, meaning: str) -> None:
    refused = REFUSED.match(meaning)
    if refused is None:
        parsed = parse(query, SCHEMA, dates=DATES)
        assert parsed.canonical == meaning
        again = parse(meaning, SCHEMA, dates=DATES)
        assert (again.node, again.query) == (parsed.node, parsed.query)
        return
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    error = caught.value
    assert (error.code, *error.span) == (refused[1], int(refused[2]), int(refused[3]))
    assert error.text == query
    assert error.cure
