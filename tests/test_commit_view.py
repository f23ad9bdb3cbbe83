"""One commit, searched: views keep their files while results are in use, and release them after."""

from __future__ import annotations

import gc
from datetime import UTC
from pathlib import Path

import pytest
from whoosh import query as wq

from searchlib.codec.directory import Directory
from searchlib.commit_view import CommitView, _PreparedQuery
from searchlib.dates import DateSettings
from searchlib.errors import QueryError, RecordError, SnapshotClosed
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import IndexingRun
from searchlib.index.store import IndexStore
from searchlib.query import Limits, parse
from searchlib.requests import SearchRequest
from searchlib.schema import NEWS
from tests.weather import RECORDS


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    store = IndexStore.create(Directory(tmp_path), NEWS)
    with IndexWriter(store, 1.0) as writer:
        run = IndexingRun(writer, RECORDS, resume=False)
        for number, record in enumerate(RECORDS, 1):
            run.add(record, number)
        run.finish()
    return store


@pytest.fixture
def view(store: IndexStore) -> CommitView:
    return CommitView(store, DateSettings(zone=UTC), Limits())


def test_documents_are_found_loaded_and_listed(view: CommitView) -> None:
    place = view.find("a2")
    assert place is not None
    assert view.load(*place) == RECORDS[1]
    assert list(view.keys()) == [record["id"] for record in RECORDS]
    assert list(view.records()) == RECORDS
    assert view.find("nowhere") is None
    with pytest.raises(RecordError):
        view.find("")


def test_a_closed_view_refuses(view: CommitView) -> None:
    results = view.search(SearchRequest("rain"))
    view.close()
    view.close()
    for call in (
        lambda: view.search(SearchRequest("rain")), lambda: view.load(0, 0),
        lambda: results[0]["title"], results.next, lambda: results.notes,
    ):  # fmt: skip
        with pytest.raises(SnapshotClosed):
            call()
    assert results.query == "rain"


def test_files_are_released_with_the_last_results(store: IndexStore) -> None:
    view = CommitView(store, DateSettings(zone=UTC), Limits())
    reader = view.reader
    results = view.search(SearchRequest("rain"))
    del view
    gc.collect()
    assert not reader.closed
    assert results[0]["title"] == "Rain in Oslo"
    del results
    gc.collect()
    assert reader.closed


def test_similar_articles_are_asked_for_by_distinctive_terms(view: CommitView) -> None:
    place = view.find("a1")
    assert place is not None
    query = view.similar_query(place)
    assert isinstance(query, wq.AndNot)
    assert query.b == wq.Term("id", "a1")
    assert wq.Term("body", "harbour") in query.a.subqueries


REQUESTS = [
    SearchRequest("rain -snow"),
    SearchRequest('"heavy rain" OR ra* OR rain NEAR/3 snow', facets=["section", "date:year"]),
    SearchRequest("rain /s snow", sort="-date"),
    SearchRequest("xxx first3(rain)", match="any"),
    SearchRequest(wq.Term("title", "rain")),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_view_that_is_not_used_is_closed_at_once(
    store: IndexStore, request_: SearchRequest
) -> None:
    view = CommitView(store, DateSettings(zone=UTC), Limits())
    found = view.search(request_)
    hit = None
    for hit in found:
        hit.snippet("title")
    assert isinstance(found.notes, list)
    view.explain(request_, view.find("a1"), "a1")
    view.completions("r", 5)
    reader = view.reader
    gc.disable()
    try:
        del view, found
        hit = None
        assert reader.closed
    finally:
        gc.enable()


def test_a_prepared_query_knows_whether_it_came_as_text(view: CommitView) -> None:
    forms = view._searcher.planner.word_forms
    parsed = parse("rain*  -snow", NEWS)
    of_text = _PreparedQuery(parsed.query, parsed, "whoosh", forms)
    of_tree = _PreparedQuery(wq.Term("body", "rain"), None, "whoosh", forms)
    assert (of_text.is_parsed, of_tree.is_parsed) == (True, False)
    assert (of_text.canonical(), of_tree.canonical()) == (parsed.canonical, "body:rain")
    assert of_text.notes(lambda parsed: [parsed.text]) == [*parsed.notes, "rain*  -snow"]
    assert of_tree.notes(lambda parsed: [parsed.text]) == []
    error = QueryError("too-many-words", (0, 0), "too many", "write more", "rain")
    located = of_text.located(error)
    assert (located.span, located.text) == ((0, 5), "rain*  -snow")
    assert of_tree.located(error) is error
    known = QueryError("too-many-words", (7, 8), "too many", "write more", "rain*")
    assert of_text.located(known) is known and of_tree.located(known) is known
    narrowed = of_text.narrowed([wq.Term("section", "a")])
    assert narrowed.is_parsed and narrowed.canonical() == parsed.canonical
    assert of_text.narrowed([]) is of_text
