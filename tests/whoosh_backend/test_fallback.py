"""The fallback: any Whoosh query, by segment; what Whoosh cannot run is a query error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.searching import Searcher

from searchlib.errors import QueryError
from searchlib.whoosh_backend.fallback import MatcherFallback
from tests.parts import add_records, create_store


def test_documents_and_scores_of_each_segment(tmp_path: Path) -> None:
    store = create_store(
        tmp_path, {"id": "a", "body": "rain rain snow"}, {"id": "b", "body": "hail"}
    )
    add_records(store, {"id": "c", "body": "rain"})
    with store.reader() as reader:
        results = list(MatcherFallback(reader)(wq.Term("body", "rain"), lambda: None))
        assert [docs.tolist() for docs, _ in results] == [[0], [0]]
        assert [(scores > 0).tolist() for _, scores in results] == [[True], [True]]


def test_an_empty_archive_has_no_segments(tmp_path: Path) -> None:
    with create_store(tmp_path).reader() as reader:
        assert list(MatcherFallback(reader)(wq.Every(), lambda: None)) == []


def test_the_time_is_checked_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.whoosh_backend.fallback._CHECK_EVERY", 2)

    def check_time() -> None:
        raise TimeoutError

    store = create_store(tmp_path, *({"id": str(n), "body": "rain"} for n in range(3)))
    with store.reader() as reader, pytest.raises(TimeoutError):
        list(MatcherFallback(reader)(wq.Term("body", "rain"), check_time))


@pytest.mark.parametrize(("documents", "checks"), [(1, 0), (2, 1), (3, 1), (5, 2), (6, 3)])
def test_the_time_is_checked_after_so_many_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, documents: int, checks: int
) -> None:
    monkeypatch.setattr("searchlib.whoosh_backend.fallback._CHECK_EVERY", 2)
    store = create_store(tmp_path, *({"id": str(n), "body": "rain"} for n in range(documents)))
    asked: list[int] = []
    with store.reader() as reader:
        ((docs, _),) = MatcherFallback(reader)(wq.Term("body", "rain"), lambda: asked.append(1))
    assert (docs.tolist(), len(asked)) == (list(range(documents)), checks)


def test_a_query_that_whoosh_cannot_run(tmp_path: Path) -> None:
    class Unknown(wq.Query):  # type: ignore[misc]
        pass

    with create_store(tmp_path, {"id": "a"}).reader() as reader:
        with pytest.raises(QueryError, match="Unknown cannot be run") as refused:
            list(MatcherFallback(reader)(Unknown(), lambda: None))
        assert (refused.value.code, refused.value.span) == ("not-supported", (0, 0))


def test_a_thread_that_is_faster_leaves_the_searchers_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the segments refer weakly to that of the index."""
    query = wq.Term("body", "rain")
    leaves: Any = Searcher.leaf_searchers
    store = create_store(tmp_path, {"id": "a", "body": "rain"})
    add_records(store, {"id": "b", "body": "rain"})
    with store.reader() as reader:
        fallback = MatcherFallback(reader)
        first = list(MatcherFallback(reader)(query, lambda: None))

        def another_is_faster(searcher: Searcher) -> Any:
            monkeypatch.setattr(Searcher, "leaf_searchers", leaves)
            list(fallback(query, lambda: None))
            return leaves(searcher)

        monkeypatch.setattr(Searcher, "leaf_searchers", another_is_faster)
        for _ in range(2):
            assert repr(list(fallback(query, lambda: None))) == repr(first)
