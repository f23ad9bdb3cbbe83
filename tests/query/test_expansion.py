"""Queries with synonyms: what they mean, what they find, and that they read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchlib as sl
from searchlib.query import ast as sx
from searchlib.query import parse

SYNONYMS = sl.Synonyms([["tv", "television"], ["uk", "united kingdom", "britain"]])
ARTICLES = {
    "1": "Television in the United Kingdom", "2": "TV licence", "3": "Kingdom united by tv",
    "4": "Rain in Britain", "5": "Snow on Monday",
}  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path_factory.mktemp("synonyms") / "a", language="en") as archive:
        archive.add({"id": key, "title": title} for key, title in ARTICLES.items())
        yield archive


@pytest.mark.parametrize(
    ("query", "understood", "found"),
    [
        ("tv", "tv OR television", "123"),
        ("TVs", "TVs", "23"),  # a plural is another word; it finds the forms of its own
        ("rain uk", "rain AND (uk OR united-kingdom OR britain)", "4"),
        ("united kingdom", "united AND kingdom OR uk OR britain", "134"),
        ("united kingdom tv", "(united AND kingdom OR uk OR britain) AND (tv OR television)", "13"),
        ("snow OR tv", "snow OR tv OR television", "1235"),
        ("uk -tv", "(uk OR united-kingdom OR britain) AND NOT (tv OR television)", "4"),
        ("uk NEAR/5 tv", "(uk OR united-kingdom OR britain) NEAR/5 (tv OR television)", "1"),
        ("title:tv", "title:tv OR title:television", "123"),
        ("tv^2", "tv^2 OR television^2", "123"),
        ("uk ANDMAYBE tv", "(uk OR united-kingdom OR britain) ANDMAYBE (tv OR television)", "14"),
        # The words of one synonym stand side by side, in one field, with one weight.
        ("united title:rain kingdom", "united AND title:rain AND kingdom", ""),
        ("united =rain kingdom", 'united AND "rain" AND kingdom', ""),
        ("title:united kingdom", "title:united AND kingdom", "13"),
        ("united^2 kingdom", "united^2 AND kingdom", "13"),
        ("united OR kingdom", "united OR kingdom OR uk OR britain", "134"),
        (
            "(rain britain) OR tv",
            "rain AND (britain OR uk OR united-kingdom) OR tv OR television",
            "1234",
        ),
        ("(snow OR rain)^2 OR tv", "(snow OR rain)^2 OR tv OR television", "12345"),
        ('"tv"', '"tv"', "23"),
        ("=tv", '"tv"', "23"),
        ("televis*", "televis*", "1"),
        ("id:4", "id:4", "4"),
        ('"united kingdom"', '"united kingdom"', "1"),
    ],
)
def test_words_stand_for_each_other(
    archive: sl.Archive, query: str, understood: str, found: str
) -> None:
    results = archive.search(query, synonyms=SYNONYMS)
    assert results.query == understood
    assert "".join(sorted(hit.id for hit in results)) == found
    assert archive.search(understood).total == results.total
    assert archive.search(query).query != understood or "also" not in " ".join(results.notes)


@pytest.mark.parametrize(
    ("query", "match", "understood", "notes"),
    [
        ("house of commons rain", "all", "(house AND commons OR parliament) AND rain", []),
        ("House of Commons rain", "any", "house OR commons OR parliament OR rain", []),
        ("the house of commons", "all", "house AND commons OR parliament", ["the"]),
        ("house of rain", "all", "house AND rain", ["of"]),
        ("title:(bank of oslo)", "all", "title:bank AND title:oslo OR title:dnb", []),
        ("house +of commons", "all", "house AND of AND commons OR parliament", []),
        ("the who rain", "all", "(the AND who OR band) AND rain", []),
        ("it rain", "all", "(it OR computers) AND rain", []),
        ("rain (house of commons)", "best", "rain OR house OR commons OR parliament", []),
        # What stands in the way of a synonym leaves its small words to be left out.
        ("house (of commons) rain", "all", "house AND commons AND rain", ["of"]),
        ("+rain +house +commons of", "any", "rain AND house AND commons", ["of"]),
        ("+house +snow of", "any", "(house AND snow) ANDMAYBE of", []),
        ('"house of commons" rain', "all", '"house of commons" AND rain', []),
    ],
)
def test_words_that_say_little_are_part_of_synonyms(
    query: str, match: Any, understood: str, notes: list[str]
) -> None:
    synonyms = sl.Synonyms(
        {
            "house of commons": ["parliament"],
            "bank of oslo": ["dnb"],
            "the who": ["band"],
            "it": ["computers"],
            "house snow of": ["winter"],
        }
    )
    schema = sl.Schema(id=sl.Key(), title=sl.Text(language="en"))
    parsed = parse(query, schema, match=match, synonyms=synonyms)
    assert parsed.canonical == understood
    left_out = [note.partition(";")[0] for note in parsed.notes if note.startswith("left out")]
    assert left_out == [f"left out, as they say little: {word}" for word in notes]


def test_the_tree_and_where_its_parts_stand() -> None:
    schema = sl.Schema(id=sl.Key(), title=sl.Text())
    node = parse("rain united kingdom tv", schema, synonyms=SYNONYMS).node
    assert isinstance(node, sx.AndExpr)
    word = [sx.WordExpr((text,)) for text in ("united", "kingdom", "uk", "britain")]
    assert node.parts[1:] == (
        sx.OrExpr((sx.AndExpr((word[0], word[1])), word[2], word[3])),
        sx.OrExpr((sx.WordExpr(("tv",)), sx.WordExpr(("television",)))),
    )
    assert [part.span for part in node.parts] == [(0, 4), (5, 19), (20, 22)]
    either = node.parts[1]
    assert isinstance(either, sx.OrExpr)
    assert [part.span for part in either.parts] == [(5, 19)] * 3
    twice = parse("tv OR (tv rain)", schema, synonyms=SYNONYMS)
    assert twice.notes.count("tv: also television") == 1


def test_what_was_added_is_said_and_marked(archive: sl.Archive) -> None:
    results = archive.search("tv", synonyms={"tv": ["television"]})
    assert "tv: also television" in results.notes
    hits = {hit.id: hit.snippet("title") for hit in results}
    assert hits["1"].startswith("**Television**")
    assert archive.search("television", synonyms={"tv": ["television"]}).total == 1
    assert archive.count(sl.SearchRequest("tv", synonyms=SYNONYMS)) == 3
    assert archive.why_not(sl.SearchRequest("tv", synonyms=SYNONYMS), "1") == []
    assert archive.explain(sl.SearchRequest("tv", synonyms=SYNONYMS), "1").matched


def test_all_words_come_first(archive: sl.Archive) -> None:
    results = archive.search("rain tv", synonyms=SYNONYMS, match="best")
    assert (results.total, results.complete) == (4, 0)
    assert archive.search("uk tv", synonyms=SYNONYMS, match="best")[0].id == "1"


WORDS = st.sampled_from(["tv", "uk", "united", "kingdom", "britain", "rain", "snow", "monday"])
QUERIES: Any = st.recursive(
    st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
    lambda inner: st.one_of(
        st.builds("({}) OR ({})".format, inner, inner), st.builds("({}) ({})".format, inner, inner),
        st.builds("({}) NOT ({})".format, inner, inner),
    ),
    max_leaves=5,
)  # fmt: skip


@given(QUERIES, st.sampled_from(["all", "any"]))
def test_what_is_understood_reads_back(archive: sl.Archive, query: str, match: Any) -> None:
    results = archive.search(query, synonyms=SYNONYMS, match=match, limit=None)
    again = archive.search(results.query, limit=None)
    assert {hit.id for hit in again} == {hit.id for hit in results}
    plain = {hit.id for hit in archive.search(query, match=match, limit=None)}
    if "NOT" not in query:
        assert plain <= {hit.id for hit in results}
    assert (
        parse(results.query, archive.schema).canonical
        == parse(parse(results.query, archive.schema).canonical, archive.schema).canonical
    )
