"""Tests of searchlib/opensearch/view.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.dates import DateSettings, to_micros
from searchlib.opensearch import view
from searchlib.opensearch.cluster import PinnedCluster
from searchlib.opensearch.view import ClusterView
from searchlib.stats import FieldStats
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


SHOWN = sl.Schema(
    id=sl.Key(), title=sl.Text(), day=sl.Date(), source=sl.Keyword(), words=sl.Number(),
    note=sl.Stored(),
)  # fmt: skip


class _Cluster:
    """Has some articles in an order, and gives pages of them; it notes what it is asked."""

    def __init__(self, count: int = 0, **answers: Any) -> None:
        self.count, self.answers = count, answers
        self.asked: list[dict[str, Any]] = []
        self.pins: list[str] = []

    def _hit(self, number: int) -> dict[str, Any]:
        article = json.dumps({"id": f"a{number}", "title": "Rain"})
        return {"_id": f"a{number}", "_score": 1.0 / (number + 1), "sort": [number],
                "_source": {"article": article}}  # fmt: skip

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        first = body.get("from", 0) if "search_after" not in body else body["search_after"][0] + 1
        numbers = range(first, min(self.count, first + body.get("size", 10)))
        hits = {"total": {"value": self.count}, "hits": [self._hit(n) for n in numbers]}
        return {"hits": hits, "aggregations": self.answers.get("aggregations", {})}

    def pinned(self, keep_alive: str) -> Any:
        self.pins.append(keep_alive)
        other = _Cluster(self.count, **self.answers)
        other.asked, other.pins = self.asked, self.pins
        return other

    def unpin(self) -> None:
        self.pins.append("let go")


def _view(cluster: Any) -> ClusterView:
    return ClusterView(cluster, SHOWN, DateSettings(zone=ZoneInfo("Asia/Tokyo")), sl.Limits(), {})


@pytest.mark.parametrize(
    ("page", "limit", "sizes", "given"),
    [
        (2, None, [2, 2, 2], 5), (5, None, [5, 5], 5), (6, None, [6], 5), (2, 3, [2, 1], 3),
        (2, 4, [2, 2], 4), (9, 5, [5], 5), (9, 7, [7], 5), (3, 0, [], 0),
    ],
)  # fmt: skip
def test_hits_come_page_by_page_of_one_state(
    monkeypatch: pytest.MonkeyPatch, page: int, limit: int | None, sizes: list[int], given: int
) -> None:
    monkeypatch.setattr("searchlib.opensearch.view._PAGE", page)
    cluster = _Cluster(5)
    hits = list(_view(cluster)._scroll({"query": "q"}, limit))
    assert [hit["_id"] for hit in hits] == [f"a{n}" for n in range(given)]
    assert [body["size"] for body in cluster.asked] == sizes
    assert ["search_after" in body for body in cluster.asked] == [n > 0 for n in range(len(sizes))]
    assert len(cluster.pins) == 2
    assert cluster.pins[1] == "let go"


@pytest.mark.parametrize(
    ("offset", "limit", "window", "ids", "requests"),
    [
        (0, 3, 10, "a0 a1 a2", 1), (3, 3, 6, "a3 a4", 1), (3, 3, 5, "a3 a4", 2),
        (5, 2, 6, "", 1), (9, 2, 5, "", 1), (4, 9, 5, "a4", 2),
    ],
)  # fmt: skip
def test_pages_beyond_what_a_cluster_gives_at_once(
    monkeypatch: pytest.MonkeyPatch, offset: int, limit: int, window: int, ids: str, requests: int
) -> None:
    monkeypatch.setattr("searchlib.opensearch.view._WINDOW", window)
    cluster = _Cluster(5)
    total, hits = _view(cluster)._page({"query": "q"}, offset, limit)
    assert (total, [hit["_id"] for hit in hits]) == (5, ids.split())
    assert len(cluster.asked) == requests
    first = cluster.asked[0]
    assert first["track_total_hits"] is first["track_scores"] is True
    if offset + limit <= window:
        assert (first["from"], first["size"]) == (offset, limit)
    else:
        assert first["size"] == 0
        assert all(body["track_scores"] for body in cluster.asked)


def test_hits_of_tiers_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    rows = {"one": ["a", "b", "c"], "two": ["d", "e"]}

    def page(body: dict[str, Any], offset: int, limit: int) -> Any:
        asked.append((body, offset, limit))
        found = rows.get(str(body["query"]), ["x"])
        return len(found), found[offset : offset + limit]

    shown = _view(_Cluster())
    monkeypatch.setattr(shown, "_page", page)
    for offset, limit, hits in (
        (0, 2, "ab"),
        (1, 9, "bcde"),
        (3, 9, "de"),
        (4, 9, "e"),
        (9, 9, ""),
    ):
        request = sl.SearchRequest("q", offset=offset, limit=limit)
        assert shown._pages(["one", "two"], request, []) == ([3, 2], list(hits))  # type: ignore[list-item]
    by_score = [{"_score": "desc"}, {"seq": "asc"}]
    assert asked[0] == ({"query": "one", "sort": by_score, "_source": ["article"]}, 0, 2)
    assert [call[1:] for call in asked] == [
        (0, 2), (0, 0), (1, 9), (0, 7), (3, 9), (0, 9), (4, 9), (1, 9), (9, 9), (6, 9),
    ]  # fmt: skip
    keys = [sl.SortKey("day", descending=True), sl.SortKey("title", missing="first")]
    assert shown._pages(["one"], request, keys) == ([3], [])  # type: ignore[list-item]
    body = asked[-1][0]
    assert body["sort"] == [
        {"f.day.start": {"order": "desc", "missing": "_last"}},
        {"f.title.sort": {"order": "asc", "missing": "_first"}}, {"seq": "asc"},
    ]  # fmt: skip


def test_articles_of_an_index() -> None:
    cluster = _Cluster(2)
    shown = _view(cluster)
    assert shown.live_count() == 2
    assert cluster.asked.pop() == {"size": 0, "track_total_hits": True}
    assert shown.find(" a0 ") == ({"id": "a0", "title": "Rain"},)
    term = {"term": {"f.id.value": "a0"}}
    assert cluster.asked.pop() == {"query": term, "size": 1, "_source": ["article"]}
    assert list(shown.keys()) == ["a0", "a1"]
    assert cluster.asked[-1]["_source"] is False
    assert cluster.asked[-1]["sort"] == [{"seq": "asc"}]
    assert [row["id"] for row in shown.records()] == ["a0", "a1"]
    assert cluster.asked[-1]["_source"] == ["article"]
    assert _view(_Cluster(0)).find("a0") is None
    hits = shown._hits([cluster._hit(0), {**cluster._hit(1), "_score": None}],
                      sl.SearchRequest("rain", offset=3), wq.Term("title", "rain"))  # fmt: skip
    assert [(hit.id, hit.score, hit.rank) for hit in hits] == [("a0", 1.0, 4), ("a1", 0.0, 5)]
    assert (hits[0]["title"], hits[0].snippet("title")) == ("Rain", "**Rain**")
    plain = shown._hits([cluster._hit(0)], sl.SearchRequest("rain", highlight=False),
                       wq.Term("title", "rain"))  # fmt: skip
    assert plain[0].snippet("title") == "Rain"


def test_figures_of_fields() -> None:
    micros = to_micros(datetime(2022, 8, 31, 20, tzinfo=UTC))
    found = {
        "title": {"sum": 12.0, "count": 3},
        "day": {"count": 2, "min": float(micros), "max": float(micros + 86_400_000_000)},
        "words": {"count": 0, "min": None, "max": None},
        "values": {"buckets": [{"key": {"v": name}, "doc_count": 1} for name in ("post", "wire")]},
        "missing": {"doc_count": 0},
    }
    cluster = _Cluster(2, aggregations=found)
    assert _view(cluster).field_stats() == (
        FieldStats("id", "key", 0, 0), FieldStats("title", "text", 12, 0),
        FieldStats("day", "date", 0, 0, "2022-09-01", "2022-09-02"),
        FieldStats("source", "keyword", 0, 2), FieldStats("words", "number", 0, 0),
        FieldStats("note", "stored", 0, 0),
    )  # fmt: skip
    assert cluster.asked[0] == {"size": 0, "aggs": {
        "title": {"stats": {"field": "f.title.length"}},
        "day": {"stats": {"field": "f.day.start"}}, "words": {"stats": {"field": "f.words.value"}},
    }}  # fmt: skip


def test_stories_are_not_found_on_a_cluster() -> None:
    shown = _view(_Cluster(2))
    for ask in (shown.search, lambda request: shown.counts(request, sl.FacetRequest("source"))):
        with pytest.raises(
            sl.NotSupported, match="collapse: articles are not grouped into stories"
        ):
            ask(sl.SearchRequest("rain", collapse="story"))


CITIES = [{**row, "body": f"{row['body']} {'in the city ' * (row['id'] % 4)}"} for row in ROWS]
#: Queries whose words, phrases and values a stand-in runs.
QUERIES = [
    "rain OR snow^3", "rain city", "rain -city", '"the city"', "cit*", "source:wire rain", "*",
    "rian", wq.And([wq.Term("body", "rain"), wq.Prefix("body", "c")]),
]  # fmt: skip


def said(results: sl.Results) -> dict[str, Any]:
    """All that results say, but for the time they took."""
    hits = [(hit.id, pytest.approx(hit.score, rel=1e-6), hit.rank, hit["date"]) for hit in results]
    return {
        "hits": hits, "total": results.total, "complete": results.complete,
        "query": results.query, "notes": results.notes, "request": results.request,
        "facets": {name: list(counts) for name, counts in results.facets.items()},
    }  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_stand_in_finds_what_a_folder_finds(
    query: Any, pair_in_memory: Callable[..., Any]
) -> None:
    folder, cluster = pair_in_memory(SORTED, CITIES, zone="Asia/Tokyo")
    facets = ["source", "date:month", "words:edges=0/50/100"]
    for options in (
        {}, {"match": "any", "limit": 4}, {"match": "best", "limit": 9, "offset": 3},
        {"ranking": "whoosh"}, {"sort": "-words"}, {"match": "best", "sort": "id"},
        {"filters": {"source": ["wire"], "date": "2022"}}, {"boost_by": "words"},
        {"filters": {"source": ["wire"]}, "sideways": False, "match": "best"},
        {"recency": 90.0, "filters": {"authors": ["sprots"]}},
    ):  # fmt: skip
        request = sl.SearchRequest(query, facets=facets, **options)  # type: ignore[arg-type]
        for archive in (folder, cluster):
            archive._now = datetime(2022, 10, 1)
        expected, found = folder.search(request), cluster.search(request)
        assert said(found) == said(expected)
        assert 0 <= found.took < 60
        counts = [archive.timeline([request], by="year") for archive in (folder, cluster)]
        assert counts[0].to_dicts() == counts[1].to_dicts()
    for key in ("1", "3"):
        expected, found = (archive.explain(query, key) for archive in (folder, cluster))
        assert str(found) == str(expected)
        assert found.score == pytest.approx(expected.score)
        reasons = [a.why_not(query, key, filters={"date": "1999"}) for a in (folder, cluster)]
        assert reasons[0] == reasons[1]
        similar = [[hit.id for hit in archive.similar(key)] for archive in (folder, cluster)]
        assert similar[0] == similar[1] != []


def test_a_stand_in_has_the_words_of_a_folder(pair_in_memory: Callable[..., Any]) -> None:
    folder, cluster = pair_in_memory(SORTED, CITIES)
    assert cluster.stats().fields == folder.stats().fields
    for archive in (folder, cluster):
        archive._now = datetime(2022, 10, 1)
        assert archive.suggest("ra") == ["rain"]
        assert archive.suggest("c", limit=0) == []
        assert archive.did_you_mean("rian AND cty") == "rain AND city"
        assert archive.did_you_mean("rain") is None
        with pytest.raises(sl.QueryError, match="this quote is not closed"):
            archive.did_you_mean('rain "the')
        with pytest.raises(sl.QueryError, match=r"this . is not closed"):
            archive.search("rain", filters={"date": '"2022'})
        explained = archive.explain(sl.SearchRequest("rain", recency=90.0, boost_by="words"), "2")
        *_, recency, words = explained.parts
        assert recency.what == "times recency by date, half-life 90 days"
        assert words.what.startswith("times ")
        assert 0 < recency.score < 1 < words.score
        assert explained.score == pytest.approx(
            archive.explain("rain", "2").score * recency.score * words.score
        )
        nothing = archive.explain("rain", "none")
        assert (nothing.what, nothing.score, nothing.matched) == (
            "no article has the key 'none'", 0.0, False
        )  # fmt: skip
        assert archive.delete(query="snow date:2022") == 5
        assert list(archive) == [str(n) for n in range(30) if n not in (0, 6, 12, 18, 24)]
    assert cluster._cluster.asked[-1]["_source"] is False


def test_what_a_cluster_cannot_answer_is_shown_in_the_query(
    pair_in_memory: Callable[..., Any],
) -> None:
    _, cluster = pair_in_memory(SORTED, CITIES[:3])
    words = " OR ".join(f"word{n}*" for n in range(600))
    for query, span, says in (
        (r"snow OR /r\w+/", (8, 14), "a cluster does not know"),
        (words, (0, len(words)), "600 patterns, each in each field"),
        (wq.Or([wq.Prefix("body", f"w{n}") for n in range(600)]), (0, 0), "600 patterns"),
        ("rain (", (5, 6), "this . is not closed"),
    ):
        with pytest.raises(sl.QueryError, match=says) as caught:
            cluster.search(query)
        assert caught.value.span == span


def test_a_view_of_one_moment_is_let_go() -> None:
    ended: list[str] = []
    pinned = PinnedCluster.__new__(PinnedCluster)
    pinned.unpin = lambda: ended.append("unpinned")  # type: ignore[method-assign]
    _view(pinned).unpin()
    assert ended == ["unpinned"]
    _view(_Cluster()).unpin()  # sees what is there now
