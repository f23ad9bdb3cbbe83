"""Tests of searchlib/opensearch/view.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch import view
from tests.opensearch.test_facets import ROWS
from tests.opensearch.test_facets import SCHEMA as SORTED
from tests.query.test_finds import SCHEMA, read, wrong_answers


@pytest.mark.parametrize("number", range(len(read())))
def test_finds(number: int, pair: Callable[..., Any]) -> None:
    """All queries find the same, and 99 of 100 in the same order."""
    options, rows, queries = read()[number]
    day_first = {"true": True, "false": False}.get(options.get("day_first", ""))
    folder, cluster = pair(SCHEMA, rows, zone=options.get("zone", "UTC"), day_first=day_first)
    for archive in (folder, cluster):
        archive._now = datetime(2026, 11, 24, 10, 30)
    orders: dict[str, list[str]] = {}

    class Cluster:
        def search(self, query: str, limit: int) -> sl.Results:
            found: sl.Results = cluster.search(query, limit=limit)
            orders[query] = [hit.id for hit in found]
            return found

    asked: Any = Cluster()
    assert not wrong_answers(asked, queries)
    others = [
        q for q, ids in orders.items() if [hit.id for hit in folder.search(q, limit=99)] != ids
    ]
    assert len(others) <= len(orders) / 100, others


@pytest.mark.parametrize(
    "sort", ["date", "-date", "source,-date", "words:missing=first", "-words", "body,-id", "-id"]
)
def test_orders(sort: str, pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SORTED, ROWS)
    expected = [hit.id for hit in folder.search("rain OR snow", sort=sort, limit=None)]
    assert [hit.id for hit in cluster.search("rain OR snow", sort=sort, limit=None)] == expected


def test_pages(pair: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_WINDOW", 10)  # the others by a point in time
    monkeypatch.setattr(view, "_PAGE", 4)
    folder, cluster = pair(SORTED, ROWS)
    results, every = cluster.search("rain", sort="id", limit=8), []
    while results:
        every += [hit.id for hit in results]
        results = results.next()
    assert every == [hit.id for hit in folder.search("rain", sort="id", limit=None)]
    assert list(cluster) == list(folder) and list(cluster.export()) == list(folder.export())
    assert cluster.search("rain", limit=0).total == 20
    assert cluster.search("rain", sort="id").at(13).id == every[12]


def test_the_best_come_first(pair: Callable[..., Any]) -> None:
    rows = [{"id": n, "body": "rain snow" if n in (2, 5) else "rain"} for n in range(8)]
    _, cluster = pair(SORTED, rows)
    found = cluster.search("rain snow", match="best", limit=3)
    assert (found.total, found.complete) == (8, 2)
    assert {hit.id for hit in found.hits[:2]} == {"2", "5"}
    assert len({hit.id for hit in [*found, *found.next(), *found.next().next()]}) == 8


def test_snippets_and_marks(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(
        SORTED, [{"id": 1, "body": "The rains fell.\n\nSnow in Oslo, heavy snow."}]
    )
    for query in ("rain", '"heavy snow"', "sno*", "oslo NEAR/5 snow"):
        [expected], [found] = folder.search(query), cluster.search(query)
        assert found.snippet() == expected.snippet() and "**" in found.snippet()
        assert found.marked("body", "html") == expected.marked("body", "html")


def test_what_each_field_holds(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SORTED, ROWS, zone="Asia/Shanghai")
    assert cluster.stats().fields == folder.stats().fields
    assert cluster.stats().articles == 30 and cluster.stats().bytes > 0
    folder.delete(query="*"), cluster.delete(query="*")
    assert {field.first for field in cluster.stats().fields} == {None}
