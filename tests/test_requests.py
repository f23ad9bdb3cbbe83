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
from searchlib.requests import (
    ALL_HITS,
    FacetRequest,
    SearchRequest,
    SortKey,
    by_day,
    by_month,
    by_year,
)
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Text
from searchlib.span_queries import Near
from searchlib.synonyms import Synonyms


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
        ({"recency": True}, "recency is a number of days, not True"),
        ({"recency": "7"}, "recency is a number of days, not '7'"),
        ({"boost_by": 7}, "name of a field is text, not 7"),
        ({"facets": [{"unit": "year"}]}, "{'unit': 'year'} is no FacetRequest: it has field and"),
        ({"facets": {"field": "a", "size": 3}}, "is no FacetRequest: it has field and unit and"),
        ({"sort": {"name": "a"}}, "no SortKey: it has field and descending and missing"),
        ({"filters": 7}, 'names of fields, as in filters={"section": \\["world", "sports"\\]}'),
        ({"filters": [("a",)]}, "filters are values by the names of fields"),
        ({"filters": {"a": None}}, "filters are values by the names of fields"),
        ({"filters": {7: "a"}}, "name of a field is text, not 7"),
        ({"synonyms": "tv"}, "synonyms are a dict"),
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
        ({"ranking": "tfidf"}, 'ranking is "bm25f" or "whoosh", not \'tfidf\''),
        ({"collapse": "all"}, 'collapse is "story" or "story:first" or "story:latest", not'),
        ({"recency": 0}, "recency is a number of days above 0, not 0"),
        ({"recency": 1e9}, "recency is a number of days above 0, not 1000000000.0"),
        ({"recency": float("nan")}, "a number of days above 0, not nan"),
        ({"filters": {"section": []}}, "filters: no value is given for 'section'"),
        ({"facets": ["words:limit=x"]}, "'words:limit=x': 'x' is no whole number"),
        ({"facets": ["words:min=-1"]}, "'words:min=-1': '-1' is no whole number"),
        ({"facets": ["words:limit=1" + "0" * 12]}, "'1000000000000' is no whole number"),
        ({"facets": ["words:step=x"]}, "'words:step=x': 'x' is no number"),
        ({"facets": ["words:edges=1/x"]}, "'words:edges=1/x': 'x' is no number"),
        (
            {"facets": ["words:size=3"]},
            "no option 'size': the options are edges, step, limit, min, order and prefix",
        ),
        ({"facets": ["words:edges=1,2,2"]}, "a slash between them: 'words:edges=1/2,2'"),
        ({"facets": ["words:edges=1,2,limit=3"]}, "a slash between them: 'words:edges=1/2,limit"),
        ({"facets": ["words:order=name"]}, 'the order is "count" or "value"'),
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
    for by in (by_year, by_month, by_day):
        with pytest.raises(ArgumentTypeError, match="the name of a field is text, not 7"):
            by(7)  # type: ignore[arg-type]


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
    synonyms = Synonyms({"rain": ["wet"]})
    for given in (synonyms, {"rain": ["wet"]}):
        assert SearchRequest("rain", synonyms=given).synonyms == synonyms


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"field": 7}, TypeError, "the name of a field is text, not 7"),
        (
            {"unit": "fortnight"},
            ValueError,
            "'f:fortnight': a date is counted by decade, year, "
            "quarter, month, week, week_of, day, weekday or hour",
        ),
        ({"limit": -1}, ValueError, "limit is a whole number from 0 on, not -1"),
        ({"limit": "3"}, TypeError, "limit is a whole number from 0 on, not '3'"),
        ({"min_count": -1}, ValueError, "min_count is a whole number from 0 on, not -1"),
        ({"min_count": True}, TypeError, "min_count is a whole number from 0 on, not True"),
        ({"prefix": "a,limit=3"}, ValueError, "'a,limit=3': a prefix comes last: f:limit=5,prefix"),
        ({"order": "size"}, ValueError, "'f:order=size': the order is"),
        ({"edges": (1, 2), "step": 5}, ValueError, "'f:edges=1/2,step=5': give edges or a step"),
        ({"edges": (1, 2, 2)}, ValueError, "'f:edges=1/2/2': each edge is higher than the one"),
        ({"edges": (2, 1, 3)}, ValueError, "each edge is higher than the one before it"),
        ({"edges": (1, float("inf"))}, ValueError, "edges are numbers, not inf"),
        ({"edges": (True,)}, TypeError, "edges are numbers, not True"),
        ({"edges": ("1",)}, TypeError, "edges are numbers, not '1'"),
        ({"step": 0}, ValueError, "'f:step=0': a step is a number above 0, or nice"),
        ({"step": -1}, ValueError, "'f:step=-1': a step is a number above 0, or nice"),
        ({"step": float("nan")}, ValueError, "step are numbers, not nan"),
        ({"step": "good"}, TypeError, "step are numbers, not 'good'"),
    ],
)
def test_facets_check_themselves(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        FacetRequest(**{"field": "f", **options})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"edges": [1, 2.5]}, "f:edges=1/2.5"),
        ({"edges": (1e15 - 1, 1e15)}, "f:edges=999999999999999/1000000000000000.0"),
        ({"edges": (-1e15, 0)}, "f:edges=-1000000000000000.0/0"),
        ({"step": 0.5}, "f:step=0.5"),
        ({"step": 20.0}, "f:step=20"),
        ({"limit": 0}, "f:limit=0"),
        ({"min_count": 1}, "f:min=1"),
        ({"prefix": "a,b=c"}, "f:prefix=a,b=c"),
        ({"unit": "day", "order": "value"}, "f:day,order=value"),
    ],
)
def test_facets_as_text(options: dict[str, Any], text: str) -> None:
    request = FacetRequest("f", **options)
    assert str(request) == text
    assert FacetRequest.parse(text) == request
    assert all(type(edge) is float for edge in request.edges)


@pytest.mark.parametrize(
    ("options", "is_selection"),
    [
        ({}, False), ({"limit": 0}, True), ({"min_count": 1}, True), ({"order": "count"}, True),
        ({"order": "value"}, False), ({"prefix": "a"}, False), ({"step": 5}, False),
    ],
)  # fmt: skip
def test_selections(options: dict[str, Any], is_selection: bool) -> None:
    assert FacetRequest("f", **options).is_selection is is_selection


KINDS = Schema(
    id=Key(), title=Text(), day=Date(), words=Number(), section=Keyword(), tags=Keyword(many=True)
)


@pytest.mark.parametrize(
    ("options", "able"),
    [
        ("", "day words section tags"), ("limit=3", "day words section tags"), ("year", "day"),
        ("prefix=a", "section tags"), ("step=5", "words"), ("step=nice", "words"),
        ("edges=1/2", "words"), ("year,prefix=a", ""), ("year,step=5", ""), ("edges=1,year", ""),
    ],
)  # fmt: skip
def test_which_fields_are_counted_how(options: str, able: str) -> None:
    for name in KINDS.fields:
        text = f"{name}:{options}" if options else name
        if options == "edges=1,year":
            request = FacetRequest(name, unit="year", edges=(1,))
        else:
            request = FacetRequest.parse(text)
        if name in able.split():
            expected = request if name != "day" or "year" in options else None
            resolved = request.resolve(KINDS)
            assert resolved == (expected or dataclasses.replace(request, unit="month"))
            continue
        with pytest.raises(ArgumentError) as raised:
            request.resolve(KINDS)
        assert str(raised.value) == (
            f"{str(request)!r} cannot be counted: try one of section, tags, day:month, "
            "words:step=nice"
        )


def test_which_fields_articles_are_sorted_by() -> None:
    for name in ("id", "title", "day", "words", "section"):
        assert SortKey(name, descending=True).resolve(KINDS) == SortKey(name, descending=True)
    with pytest.raises(ArgumentError) as raised:
        SortKey("tags", descending=True).resolve(KINDS)
    assert str(raised.value) == (
        "cannot sort by '-tags': try one of id, title, day, words, section, rank"
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [({"field": 7}, TypeError), ({"field": "a", "descending": 1}, TypeError),
     ({"field": "a", "missing": "never"}, ValueError)],
)  # fmt: skip
def test_sort_keys_check_themselves(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        SortKey(**options)


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        ("a,-b", (SortKey("a"), SortKey("b", descending=True))),
        (["a", SortKey("b")], (SortKey("a"), SortKey("b"))),
        (SortKey("a"), (SortKey("a"),)),
        (asdict(SortKey("a")), (SortKey("a"),)),
        ([asdict(SortKey("a", missing="first")), "b"],
         (SortKey("a", missing="first"), SortKey("b"))),
        ("rank", ()), (["rank"], ()), (None, ()), ([], ()),
    ],
)  # fmt: skip
def test_orders(sort: Any, keys: tuple[SortKey, ...]) -> None:
    assert SearchRequest("rain", sort=sort).sort == keys


@pytest.mark.parametrize(
    ("filters", "pairs"),
    [
        ({"a": "x", "b": 3, "c": 2.5}, (("a", ("x",)), ("b", ("3",)), ("c", ("2.5",)))),
        ([("a", ["x", "y"]), ("b", "z"), ("a", "w")], (("a", ("x", "y", "w")), ("b", ("z",)))),
        ({"a": iter([1, "x"])}, (("a", ("1", "x")),)),
        ((), ()),
    ],
)
def test_filters(filters: Any, pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    assert SearchRequest("rain", filters=filters).filters == pairs


def test_bounds_of_arguments() -> None:
    assert SearchRequest("rain", limit=0, offset=0).limit == 0
    assert SearchRequest("rain", limit=None).limit == ALL_HITS == 2**40
    assert SearchRequest("rain", recency=1).recency == 1.0
    assert type(SearchRequest("rain", recency=1).recency) is float
    assert SearchRequest("rain", recency=1e-9).recency == 1e-9
    assert SearchRequest("rain", ranking="whoosh", collapse="story").collapse == "story"
    assert FacetRequest.parse("a:limit=" + "9" * 12).limit == 10**12 - 1
    assert SearchRequest("rain", facets=asdict(FacetRequest("a", limit=3))).facets == (
        FacetRequest("a", limit=3),
    )
