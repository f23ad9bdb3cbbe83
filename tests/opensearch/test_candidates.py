"""Tests of searchlib/opensearch/candidates.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.commit_view import CommitView
from searchlib.dates import DateSettings
from searchlib.opensearch.candidates import CandidateCheck
from searchlib.span_queries import Near

SCHEMA = sl.Schema(id=sl.Key(), body=sl.Text())
ROWS = [{"id": 1, "body": "rain x x snow x bank"}, {"id": 2, "body": "rain x x x x snow bank"}]


def test_nested_nearness_is_checked(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    query = "(rain NEAR/3 snow) NEAR/2 bank"
    for archive in (folder, cluster):
        assert [hit.id for hit in archive.search(query)] == ["1"]


def test_no_more_articles_are_read_than_the_limit(address: str) -> None:
    sl.ClusterArchive.create(address, SCHEMA).close()
    with sl.open(address, limits=sl.Limits(articles_read=1)) as archive:
        archive.add(ROWS)
        with pytest.raises(sl.QueryError, match="more than 1 articles") as caught:
            archive.search("(rain NEAR/3 snow) NEAR/2 bank")
        assert caught.value.code == "too-many-articles"


class _Cluster:
    """Gives all articles that are asked for."""

    def __init__(self, rows: list[dict[str, Any]], total: int) -> None:
        self.asked: list[dict[str, Any]] = []
        self._hits = [{"_source": {"article": json.dumps(row)}} for row in rows]
        self._total = total

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        return {"hits": {"total": {"value": self._total}, "hits": self._hits[: body["size"]]}}


@pytest.mark.parametrize(
    ("limit", "most", "total", "size"),
    [(2, 10_000, 2, 2), (1, 10_000, 2, 1), (9, 3, 3, 3), (9, 1, 2, 1)],
)
def test_candidates_are_read_and_searched(
    monkeypatch: pytest.MonkeyPatch, limit: int, most: int, total: int, size: int
) -> None:
    monkeypatch.setattr("searchlib.opensearch.candidates._MAX_READ", most)
    rows = [{"id": str(row["id"]), "body": row["body"]} for row in ROWS]
    cluster = _Cluster(rows, total)
    closed: list[CommitView] = []

    class View(CommitView):
        def close(self) -> None:
            closed.append(self)
            super().close()

    monkeypatch.setattr("searchlib.opensearch.candidates.CommitView", View)
    check = CandidateCheck(
        cluster, SCHEMA, DateSettings(zone=UTC), sl.Limits(articles_read=limit), {}  # type: ignore[arg-type]
    )  # fmt: skip
    tree = Near(Near(_term("rain"), _term("snow"), 3, False), _term("bank"), 2, False)
    words: dict[str, Any] = {"match_all": {}}
    if total <= size:
        assert check(tree, words) == ["1"]
        assert len(closed) == 1
    else:
        with pytest.raises(
            sl.QueryError, match=f"more than {size} articles have these words"
        ) as caught:
            check(tree, words)
        assert caught.value.span == (0, 0)
    assert cluster.asked == [
        {"query": words, "size": size, "_source": ["article"], "track_total_hits": True}
    ]


def _term(word: str) -> wq.Term:
    return wq.Term("body", word)
