"""Regressions: notes, highlight terms, words side by side, and the budget patterns share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.query import Limits, parse
from tests.query.test_cases import DATES, SCHEMA

ANY = {
    "china AND internet trade": "china AND internet OR trade",
    "x b AND c": "x OR b AND c",
    "a AND b c AND d": "a AND b OR c AND d",
    "x -b c AND d": "(x OR c AND d) AND NOT b",
    "+a b AND c": "a ANDMAYBE (b AND c)",
    "x b date:2021": "(x OR b) AND date:2021",
}
NOTES = {
    "Breaking: rain": ("Breaking: is a word here, not a field",),
    "autor: smith": ("autor: is a word here, not a field; for the field write authors:word",),
    "rain ~5": ("~5 is a number here: write it right behind the word, as in rain~1",),
    "date:2023..2024": (),
    "date:2023 to 2024": (),
    "date:'last week'": ("last week -> 16 to 22 November 2026",),
    'source:"har*"': ("a * in quotes is a plain sign in source: a pattern has no quotes",),
}


@pytest.mark.parametrize(("query", "meaning"), ANY.items())
def test_any(query: str, meaning: str) -> None:
    assert parse(query, SCHEMA, dates=DATES, match="any").canonical == meaning


@pytest.mark.parametrize(("query", "notes"), NOTES.items())
def test_notes(query: str, notes: tuple[str, ...]) -> None:
    assert parse(query, SCHEMA, dates=DATES).notes == notes


@pytest.mark.parametrize("edits", [1, 2])
def test_fuzzy_words_are_highlighted(edits: int) -> None:
    terms = parse(f"title:civilisation~{edits}", SCHEMA).highlight_terms
    assert [(term.field, term.kind, term.exact) for term in terms] == [("title", "pattern", True)]
    fits = re.compile(terms[0].terms[0]).fullmatch
    assert fits("civilization")
    assert fits("civilisation")
    assert fits("ivilisation")
    assert bool(fits("civilizations")) == (edits == 2)
    assert not fits("civil")


def letters(first: str, count: int) -> list[str]:
    return [f"{first}{number:05d}x" for number in range(count)]


def test_patterns_share_a_budget(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language=""))
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        for first in "ab":  # the same words in two segments count once
            archive.add([{"id": first, "body": " ".join(letters("a", 60) + letters("b", 50))}])
    with sl.Archive.open(tmp_path / "a", limits=Limits(expansions=100)) as archive:
        assert archive.search("a*").total == 2
        assert archive.search("a* OR (a* AND a*)").total == 2
        for query in ("a* OR b*", "a* OR /b.*x/", "/a.*x/ AND -b*"):
            with pytest.raises(
                sl.QueryError, match=r"b.* 50 words, with .* 110, more than 100"
            ) as caught:
                archive.search(query)
            assert caught.value.code == "too-many-words"
            start, end = caught.value.span
            assert "b" in query[start:end]
            assert end - start < len(query)


def test_too_many_words_are_refused_before_they_are_looked_up(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language=""))
    limits = Limits(seconds=60)  # without kernels and on a busy machine it takes its time
    with sl.Archive.create(tmp_path / "a", schema, limits=limits) as archive:
        rows = ({"id": c, "body": " ".join(letters(c, 1950))} for c in "abcdefghijklmno")
        archive.add(rows)
        assert archive.search("a* OR b* OR c* OR d* OR e*").total == 5
        with pytest.raises(sl.QueryError, match="more than 10,000"):
            archive.search("a* OR b* OR c* OR d* OR e* OR f*")
