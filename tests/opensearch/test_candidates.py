"""Tests of searchlib/opensearch/candidates.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import searchlib as sl

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
