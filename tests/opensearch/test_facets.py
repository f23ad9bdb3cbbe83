"""Tests of searchlib/opensearch/facets.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch import facets

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
