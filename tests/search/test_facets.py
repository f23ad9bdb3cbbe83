"""Facets: what can be asked for, and counts over both segments."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from whoosh import query as wq

from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest
from searchlib.search.facets import KeywordCounter, count_dates
from searchlib.search.planner import Planner
from searchlib.search.top_k import live_matches

from .samples import SCHEMA


def all_live(reader: IndexReader, planner: Planner) -> Any:
    plan = planner.plan(wq.Every())
    return [live_matches(plan, reader, number) for number in range(len(reader.segments))]


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("section", FacetRequest("section")),
        ("date", FacetRequest("date", "month")),
        ("date:year", FacetRequest("date", "year")),
        ("date:day", FacetRequest("date", "day")),
    ],
)
def test_texts_that_are_read(text: str, request_: FacetRequest) -> None:
    assert FacetRequest.parse(text).resolve(SCHEMA) == request_
    assert hash(FacetRequest.parse(text).resolve(SCHEMA)) == hash(request_)


@pytest.mark.parametrize("text", ["", "body", "words", "nothing", "section:year", "id"])
def test_fields_that_cannot_be_counted(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be counted: try one of section, places, date:m"):
        FacetRequest.parse(text).resolve(SCHEMA)


def test_units_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="counted by year, month or day"):
        FacetRequest.parse("date:week").resolve(SCHEMA)


def test_keywords_are_merged_by_their_folded_term(reader: IndexReader, planner: Planner) -> None:
    matches = all_live(reader, planner)
    # "world" of the second segment is spelled as in the first; the deleted b1 does not count.
    assert KeywordCounter(reader, "section").count(matches) == ([("World", 3), ("Arts", 1)], 3)
    assert KeywordCounter(reader, "places").count(matches) == ([("Rome", 3), ("Oslo", 1)], 4)


def test_the_bitset_of_the_kernels_gives_the_same(reader: IndexReader, planner: Planner) -> None:
    matches = all_live(reader, planner)
    assert all(docs.bits is not None for docs in matches)  # now they have a bitset
    assert KeywordCounter(reader, "places").count(matches) == ([("Rome", 3), ("Oslo", 1)], 4)


def test_a_field_without_values(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.Term("body", "cloud"))
    matches = [live_matches(plan, reader, number) for number in range(2)]
    assert KeywordCounter(reader, "section").count(matches) == ([], 1)
    assert count_dates(FacetRequest("date", "day"), reader, matches, UTC) == ([], 1)


@pytest.mark.parametrize(
    ("unit", "zone", "counts"),
    [
        ("year", UTC, [("2021", 1), ("2022", 3)]),
        ("month", UTC, [("2021-12", 1), ("2022-01", 1), ("2022-02", 2)]),
        # In Oslo a0 is of the next day, and dates without a zone were read as UTC.
        ("month", ZoneInfo("Europe/Oslo"), [("2021-12", 1), ("2022-02", 3)]),
        ("day", UTC, [("2021-12-31", 1), ("2022-01-31", 1), ("2022-02-01", 1), ("2022-02-15", 1)]),
    ],
)
def test_dates(reader: IndexReader, planner: Planner, unit: str, zone: tzinfo, counts: Any) -> None:
    request = FacetRequest("date", unit)
    assert count_dates(request, reader, all_live(reader, planner), zone) == (counts, 3)
