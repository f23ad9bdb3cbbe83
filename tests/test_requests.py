"""Searches as values: checked when made, compared by value, picklable, held against a schema."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import asdict
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq

from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.requests import FacetRequest, SearchRequest, SortKey, by_day, by_month, by_year
from searchlib.schema import NEWS, Schema
from searchlib.span_queries import Near


def test_text_is_read_into_values() -> None:
    request = SearchRequest("rain", facets=("section", FacetRequest("date")), sort="-date")
    assert request.facets == (FacetRequest("section"), FacetRequest("date"))
    assert request.sort == (SortKey("date", descending=True),)
    assert request == SearchRequest("rain", facets=iter(request.facets), sort=request.sort)
    assert SearchRequest("rain", facets="section").facets == (FacetRequest("section"),)
    assert SearchRequest("rain", sort="rank") == SearchRequest("rain")


def test_a_request_is_frozen_and_compares_by_value() -> None:
    request = SearchRequest("rain")
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.limit = 3  # type: ignore[misc]
    assert request == SearchRequest("rain", limit=10)
    assert hash(request) == hash(SearchRequest("rain"))
    assert request != SearchRequest("rain", offset=1)
    assert len({request, SearchRequest("rain"), SearchRequest("snow")}) == 2
    assert dataclasses.replace(request, limit=3) == SearchRequest("rain", limit=3)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "query",
    [
        "rain",
        wq.And([wq.Term("body", "rain"), wq.Not(wq.Phrase("title", ["new", "york"]))]),
        Near(wq.Term("body", "rain"), wq.Prefix("body", "sno"), 5, False),
        wq.NullQuery,
    ],
)
def test_requests_can_be_pickled(query: Any, protocol: int) -> None:
    request = SearchRequest(query, facets=["date:year", "section"], sort="-date", match="any")
    assert pickle.loads(pickle.dumps(request, protocol)) == request


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"query": None}, "NoneType is not a query"),
        ({"query": wq.Term}, "not a query: give text"),
        ({"limit": "3"}, "limit is a whole number"),
        ({"limit": True}, "limit is a whole number"),
        ({"offset": 1.0}, "offset is a whole number"),
        ({"facets": 7}, "facets are a list"),
        ({"facets": [7]}, "name of a field is text, not 7"),
        ({"sort": [7]}, "name of a field is text, not 7"),
        ({"sort": 7}, "several, not 7"),
        ({"highlight": 1}, "highlight is True or False"),
        ({"lenient": "no"}, "lenient is True or False"),
        ({"sideways": 1}, "sideways is True or False"),
    ],
)
def test_wrong_types_are_type_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says) as caught:
        SearchRequest(**{"query": "rain", **options})
    assert isinstance(caught.value, ArgumentTypeError)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"limit": -1}, "limit is a whole number from 0 on, not -1"),
        ({"offset": -3}, "offset is a whole number from 0 on, not -3"),
        ({"match": "some"}, 'match is "all" or "any" or "best", not \'some\''),
        ({"match": None}, 'match is "all" or "any"'),
        ({"facets": ["date:fortnight"]}, "'date:fortnight': a date is counted by decade, year"),
        ({"sort": ["date", "rank"]}, "rank is an order of its own"),
        ({"sort": "date:first"}, "after the colon comes missing=first"),
        ({"sort": "date:missing=no"}, '"last" or "first"'),
        ({"facets": ["words:edges=0,250,500"]}, "a slash between them: 'words:edges=0/250,500'"),
        ({"facets": ["words:edges=0//5"]}, "a slash between them: edges=0/250/500"),
        ({"facets": ["date:month:limit=3"]}, "commas between them: date:month,limit=3"),
        ({"facets": ["date:"]}, "'date:': a date is counted by decade, year"),
    ],
)
def test_wrong_values_are_value_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        SearchRequest("rain", **options)
    assert isinstance(caught.value, ArgumentError)


@pytest.mark.parametrize(
    "text",
    [
        "section", "date", "date:year", "date:month", "date:day", "date:week_of,limit=3,min=2",
        "section:limit=5,min=2,order=value,prefix=wo", "section:prefix=a,b", "words:step=100",
        "words:step=nice,limit=3", "words:edges=-5/0/0.5/1e+20,order=count",
    ],
)  # fmt: skip
def test_facets_are_read_back_from_their_text(text: str) -> None:
    assert str(FacetRequest.parse(text)) == text


def test_a_prefix_comes_last() -> None:
    with pytest.raises(ArgumentError, match="comes last: topics:limit=5,prefix=co"):
        FacetRequest.parse("topics:prefix=co,limit=4")
    with pytest.raises(ArgumentError, match="comes last"):
        FacetRequest("topics", prefix="a,order=value")


@pytest.mark.parametrize("text", ["date", "-date", "id", "-", "-date:missing=first"])
def test_sort_keys_are_read_back_from_their_text(text: str) -> None:
    assert str(SortKey.parse(text)) == text


def test_facets_are_held_against_a_schema() -> None:
    assert FacetRequest("section").resolve(NEWS) == FacetRequest("section")
    assert FacetRequest("date", "day").resolve(NEWS) == FacetRequest("date", "day")
    assert FacetRequest("date").resolve(NEWS) == FacetRequest("date", "month")
    for wrong in ("body", "id", "url", "section:year", "nowhere", ""):
        with pytest.raises(ArgumentError, match="cannot be counted: try one of source, section"):
            FacetRequest.parse(wrong).resolve(NEWS)


def test_columns_of_whoosh_programs_are_not_ours_to_count() -> None:
    whoosh_schema = fields.Schema(id=fields.ID(sortable=True), section=fields.ID(sortable=True))
    schema = Schema.from_whoosh(whoosh_schema, exact=True)
    for name in ("section", "_column_section", "_key"):
        with pytest.raises(ArgumentError, match="groups by Whoosh's searcher") as raised:
            FacetRequest(name).resolve(schema)
        assert "try" not in str(raised.value)
    with pytest.raises(ArgumentError, match="groups by Whoosh's searcher"):
        SortKey("nowhere").resolve(schema)


def test_sort_keys_are_held_against_a_schema() -> None:
    for able in ("id", "date", "source"):
        assert SortKey(able).resolve(NEWS) == SortKey(able)
    for wrong in ("authors", "url", "nowhere", "", "-date"):
        with pytest.raises(ArgumentError, match="try one of id, title, body, date, crawled"):
            SortKey(wrong).resolve(NEWS)


def test_names_of_date_facets() -> None:
    assert (by_year("date"), by_month("date"), by_day("crawled")) == (
        "date:year", "date:month", "crawled:day",
    )  # fmt: skip


def test_no_limit_is_all() -> None:
    request = SearchRequest("rain", limit=None)
    assert request.limit > 10**9
    assert SearchRequest(**asdict(request)) == request


def test_every_option_is_kept() -> None:
    options: dict[str, Any] = {
        "limit": 3, "offset": 2, "match": "any", "highlight": False, "lenient": True,
        "ranking": "bm25f", "recency": 7.0, "boost_by": "words", "sideways": False,
        "collapse": "story:first",
    }  # fmt: skip
    plain = SearchRequest("rain")
    for name, value in options.items():
        request = SearchRequest("rain", **{name: value})
        assert getattr(request, name) == value != getattr(plain, name)
        assert request != plain
        assert all(getattr(request, n) == getattr(plain, n) for n in options if n != name)
    filtered = SearchRequest("rain", filters={"section": "a", "date": ["2021", "2022"]})
    assert filtered.filters == (("section", ("a",)), ("date", ("2021", "2022")))
    assert SearchRequest("rain", filters={}) == plain
    assert SearchRequest("rain", synonyms={"rain": ["wet"]}) != plain
