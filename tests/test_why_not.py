"""Why a query does not find an article: which parts, in words; never where it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl

ARTICLE = {
    "id": "a", "title": "Rain in Oslo", "date": "2022-05-03", "section": "weather",
    "authors": ["Ann Lee", "Bo"], "lang": "en",
    "body": "Heavy rain fell. The harbour flooded, and a bridge was closed.\n\nWheat is dear.",
}  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path_factory.mktemp("why") / "a") as archive:
        archive.add([ARTICLE, {"id": "b", "title": "Snow", "body": "snow storm"}])
        yield archive


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("rain oslo", []),
        ("rain snow", ["snow: it does not have this word"]),
        ("title:harbour", ["title:harbour: it does not have this word in its title"]),
        ('"rain heavy"', ['"rain heavy": it has all of the words, but not next to each other in '
                          "one field"]),
        ('"heavy snow"', ['"heavy snow": it does not have snow']),
        ("rain -oslo", ["NOT oslo: it has this"]),
        ("snow OR storm", ["snow OR storm: it has none of these"]),
        ("rain (snow OR storm) -harbour",
         ["snow OR storm: it has none of these", "NOT harbour: it has this"]),
        ("heavy NEAR/2 wheat", ["heavy NEAR/2 wheat: it has both, but not within 2 words"]),
        ("heavy NEAR/2 snow", ["heavy NEAR/2 snow: it does not have snow"]),
        ("heavy /s bridge", ["heavy /s bridge: it has both, but not in one sentence"]),
        ("heavy /p wheat", ["heavy /p wheat: it has both, but not in one paragraph"]),
        ("section:sports", ["section:sports: its section is weather"]),
        ("authors:Cy", ["authors:Cy: its authors is Ann Lee, Bo"]),
        ("source:wire", ["source:wire: it has no source"]),
        ("date:2023", ["date:2023: its date is 2022-05-03"]),
        ("atleast3(rain)", ["atleast3(rain): it has this, but not 3 times"]),
        ("first3(wheat)", ["first3(wheat): it has this, but not within the first 3 words"]),
        ("walr*", ["walr*: it has no word like this"]),
        ("has:source", ["has:source: it has no source"]),
    ],
)  # fmt: skip
def test_the_parts_that_fail(archive: sl.Archive, query: str, lines: list[str]) -> None:
    assert archive.why_not(query, "a") == lines


def test_filters_trees_and_what_is_not_there(archive: sl.Archive) -> None:
    request = sl.SearchRequest("rain", filters={"section": ["arts", "world"], "date": "2022"})
    assert archive.why_not(request, "a") == ["filter section: arts, world: its section is weather"]
    assert archive.why_not(wq.Term("title", "snow"), "a") == ["title:snow: it does not match"]
    assert archive.why_not(wq.Term("title", "rain"), "a") == []
    assert archive.why_not("rain snow", "a", match="any") == []
    assert archive.why_not("rain", archive.search("snow")[0]) != []
    with pytest.raises(sl.UnknownKey):
        archive.why_not("rain", "z")
    with pytest.raises(sl.QueryError):
        archive.why_not("(rain", "a")


WORDS = st.sampled_from([
    "rain", "snow", "oslo", '"heavy rain"', '"rain heavy"', "title:rain", "section:weather",
    "section:x", "date:2022", "har*", "lang:en",
])  # fmt: skip
QUERIES: Any = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.builds("({} {})".format, inner, inner), st.builds("({} OR {})".format, inner, inner),
        st.builds("({} NOT {})".format, inner, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@given(QUERIES)
def test_there_are_reasons_where_it_is_not_found_and_only_there(
    archive: sl.Archive, query: str
) -> None:
    for key in ("a", "b"):
        found = archive.count(f"({query}) id:{key}") == 1
        assert (archive.why_not(query, key) == []) == found


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("snow ANDMAYBE rain", ["snow: it does not have this word"]),
        ("rain ANDMAYBE snow", []),
        ("storm NEAR/2 snow", ["storm NEAR/2 snow: it does not have storm and snow"]),
        ("atleast2(snow)", ["atleast2(snow): it does not have this"]),
        ("first3(snow)", ["first3(snow): it does not have this"]),
        ('"snow storm"', ['"snow storm": it does not have snow, storm']),
    ],
)
def test_each_kind_of_part(archive: sl.Archive, query: str, lines: list[str]) -> None:
    assert archive.why_not(query, "a") == lines
