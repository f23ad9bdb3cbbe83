"""Tests of searchlib/opensearch/facets.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch import facets
from searchlib.opensearch.facets import FacetCounter

SCHEMA = sl.Schema(
    id=sl.Key(), body=sl.Text(), date=sl.Date(), source=sl.Keyword(),
    authors=sl.Keyword(many=True), words=sl.Number(),
)  # fmt: skip
DATES = ["2022", "2022-08", "2022-08-31", "2021-12-31T20:00:00Z", "2019-03-03T10:15+05:45", None]
ROWS = [
    {"id": n, "body": "rain" if n % 3 else "snow", "date": DATES[n % 6],
     "source": ["Wire", "WIRE", "wire", "Tass", None, "Wire"][n % 6],
     "authors": ["Ann Lee", "Bob Ray"][: n % 3], "words": [n * 7, None][n % 5 == 0]}
    for n in range(30)
]  # fmt: skip
ASKED = [
    *(f"date:{unit}" for unit in ("decade", "year", "quarter", "month", "week", "week_of", "day",
                                  "weekday", "hour")),
    "source", "authors", "source:limit=1", "authors:prefix=a", "words", "words:step=nice",
    "words:edges=0/50/100", "date:year,order=count",
]  # fmt: skip


def test_all_counts_are_those_of_the_folder(
    pair: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "_PAGE", 3)  # several pages each
    folder, cluster = pair(SCHEMA, ROWS, zone="Asia/Shanghai", week_start=6)
    for query in ("rain", "rain OR snow", "date:2022"):
        expected = folder.search(query, facets=ASKED).facets
        found = cluster.search(query, facets=ASKED).facets
        for name in ASKED:
            assert found[name] == expected[name], (query, name)
            assert found[name].distinct == expected[name].distinct


def test_a_facet_that_is_filtered_counts_its_other_values(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    filters = {"source": ["wire"], "date": "2022"}
    asked: dict[str, Any] = {"facets": ["source", "date:month", "authors"], "filters": filters}
    expected, found = folder.search("rain", **asked), cluster.search("rain", **asked)
    assert found.total == expected.total > 0 and found.facets == expected.facets
    assert cluster.timeline(["rain", "snow"], by="year").to_dicts() == folder.timeline(
        ["rain", "snow"], by="year"
    ).to_dicts()  # fmt: skip


class _Cluster:
    """Has the counts of the values of fields, and gives them page by page."""

    def __init__(self, **counts: dict[Any, int]) -> None:
        self.counts = {name.replace("__", "."): values for name, values in counts.items()}
        self.asked: list[dict[str, Any]] = []

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        pages = body["aggs"]["values"]["composite"]
        field = pages["sources"][0]["v"]["terms"]["field"].removeprefix("f.")
        values = sorted(value for value in self.counts[field] if value is not None)
        after = pages.get("after")
        rest = [value for value in values if after is None or value > after["v"]]
        page = rest[: pages["size"]]
        buckets = [{"key": {"v": value}, "doc_count": self.counts[field][value]} for value in page]
        answer: dict[str, Any] = {"values": {"buckets": buckets}}
        if page:
            answer["values"]["after_key"] = {"v": page[-1]}
        if "missing" in body["aggs"]:
            assert body["aggs"]["missing"] == {"missing": {"field": f"f.{field}"}}
            answer["missing"] = {"doc_count": self.counts[field].get(None, 0)}
        return {"aggregations": answer}


def _counted(facet: str, cluster: _Cluster, week_start: int = 0) -> Any:
    request = sl.FacetRequest.parse(facet).resolve(SCHEMA)
    return FacetCounter(cluster, SCHEMA, week_start).count(request, {"match_all": {}})  # type: ignore[arg-type]


@pytest.mark.parametrize(("page", "requests"), [(1, 4), (2, 2), (3, 2), (4, 1), (100, 1)])
def test_values_are_asked_for_page_by_page(
    monkeypatch: pytest.MonkeyPatch, page: int, requests: int
) -> None:
    monkeypatch.setattr(facets, "_PAGE", page)
    counts: dict[Any, int] = {"a": 1, "b": 2, "c": 3, None: 7}
    cluster = _Cluster(source__value=counts)
    query = {"term": {"x": "y"}}
    counter = FacetCounter(cluster, SCHEMA, 0)  # type: ignore[arg-type]
    assert counter.values("f.source.value", query) == ({"a": 1, "b": 2, "c": 3}, 7)
    assert len(cluster.asked) == requests
    assert all((body["size"], body["query"]) == (0, query) for body in cluster.asked)
    assert ["missing" in body["aggs"] for body in cluster.asked] == [True] + [False] * (
        requests - 1
    )


def test_a_value_is_spelled_as_in_the_most_articles() -> None:
    cluster = _Cluster(
        source__value={"wire": 3, "post": 3, "news": 4, None: 2},
        source__label={"wire\x1fWire": 2, "wire\x1fWIRE": 5, "post\x1fPost": 1, "post\x1fPOST": 1},
    )
    # The last one was added between the two requests.
    assert _counted("source", cluster) == ([("news", 4), ("POST", 3), ("WIRE", 3)], 2, 3)
    assert _counted("source", _Cluster(source__value={None: 5})) == ([], 5, 0)


DAYS: dict[Any, int] = {"2022": 1, "2022-08": 2, "2022-08-31": 4, "2021-12-31": 8, None: 16}


@pytest.mark.parametrize(
    ("unit", "counts", "missing"),
    [
        ("decade", {"2020s": 15}, 16), ("year", {"2021": 8, "2022": 7}, 16),
        ("quarter", {"2021-Q4": 8, "2022-Q3": 6}, 17), ("month", {"2021-12": 8, "2022-08": 6}, 17),
        ("week", {"2021-W52": 8, "2022-W35": 4}, 19),
        ("day", {"2021-12-31": 8, "2022-08-31": 4}, 19),
        ("week_of", {"2021-12-26": 8, "2022-08-28": 4}, 19),
        ("weekday", {"Wednesday": 4, "Friday": 8}, 19),
    ],
)  # fmt: skip
def test_dates_by_what_is_known_of_them(unit: str, counts: dict[str, int], missing: int) -> None:
    found = _counted(f"date:{unit}", _Cluster(date__day=DAYS), week_start=6)
    assert found == (list(counts.items()), missing, len(counts))


def test_hours_and_numbers() -> None:
    hours = _Cluster(date__hour={"09": 1, "00": 2, None: 3})
    assert _counted("date:hour", hours) == ([("00", 2), ("09", 1)], 3, 2)
    numbers = {1.0: 2, 30.0: 1, None: 4}
    steps = [("0..9", 2), ("10..19", 0), ("20..29", 0), ("30..39", 1)]
    assert _counted("words:step=10", _Cluster(words__value=numbers)) == (steps, 4, 4)
    half = _Cluster(words__value={0.5: 1, **numbers})
    assert _counted("words:step=10", half)[0][0] == ("[0 TO 10}", 3)
