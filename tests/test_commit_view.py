"""One commit, searched: views keep their files while results are in use, and release them after."""

from __future__ import annotations

import gc
from datetime import UTC
from pathlib import Path

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.commit_view import CommitView, _PreparedQuery
from searchlib.dates import DateSettings
from searchlib.errors import CorruptArchive, QueryError, RecordError, SnapshotClosed
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import IndexingRun
from searchlib.index.store import IndexStore
from searchlib.query import Limits, parse
from searchlib.requests import FacetRequest, SearchRequest
from searchlib.results import Explanation
from searchlib.schema import NEWS
from tests.weather import RECORDS

needs_kernels = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")


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


@needs_kernels
@pytest.mark.parametrize("text", ["rain", "rain harbour", '"heavy rain"', "rain -snow", "nowhere"])
def test_what_is_asked_again_is_answered_as_before(view: CommitView, text: str) -> None:
    requests = [SearchRequest(text, limit=2), SearchRequest(text, limit=1, offset=1)]
    requests += [
        SearchRequest(text, facets=["section"], match="best"),
        SearchRequest(text, sort="-date"),
    ]

    def answers() -> list[object]:
        found = [view.search(one) for one in requests]
        return [
            (one.total, one.complete, one.hits, one.notes, one.query, one.facets) for one in found
        ]

    first = answers()
    assert first == answers()
    plan = view._prepare(requests[0]).plan
    assert plan is not None
    assert plan.compiled  # so the second time was another way
    plan.compiled = None  # as when too many are kept
    assert first == answers()


@needs_kernels
def test_a_query_that_is_asked_again_has_a_time_budget_too(view: CommitView) -> None:
    request = SearchRequest("rain OR snow")
    view.search(request)
    plan = view._prepare(request).plan
    assert plan is not None
    asked = []
    plan.stats.budget.start = asked.append  # type: ignore[method-assign]
    view.search(request)
    assert asked == [Limits().seconds]


def test_an_error_of_running_again_is_located_or_damage(
    view: CommitView, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = SearchRequest("rain OR snow")
    view.search(request)

    def fail(error: Exception) -> None:
        def raises(*_: object, **__: object) -> None:
            raise error

        for name in ("run_again", "search"):
            monkeypatch.setattr(view._searcher, name, raises)

    fail(QueryError("too-slow", (0, 0), "the query takes too long", "ask less"))
    with pytest.raises(QueryError, match="too long") as located:
        view.search(request)
    assert (located.value.text, located.value.span) == ("rain OR snow", (0, 12))
    fail(IndexError("at 7"))
    with pytest.raises(IndexError, match="at 7"):  # no damage: a mistake of ours
        view.search(request)
    damage = CorruptArchive("docs.seg", "it is damaged")
    monkeypatch.setattr(view, "find_damage", lambda: damage)
    with pytest.raises(CorruptArchive) as caught:
        view.search(request)
    assert caught.value is damage
    assert isinstance(caught.value.__cause__, IndexError)


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


def test_a_closed_view_keeps_no_queries(view: CommitView) -> None:
    found = view.search(SearchRequest(wq.Term("body", "rain"), filters={"section": ["nowhere"]}))
    view.search(SearchRequest("rain"))
    assert len(view._prepared) == 1
    view.close()
    assert not view._prepared
    with pytest.raises(SnapshotClosed):
        found.notes  # noqa: B018


def test_limits_of_an_archive_and_where_they_are_passed(store: IndexStore) -> None:
    view = CommitView(store, DateSettings(zone=UTC), Limits(expansions=1))
    place = view.find("a1")
    assert place is not None
    request = SearchRequest("title:rain r*")
    for ask in (
        lambda: view.search(request),
        lambda: view.counts(request, FacetRequest("section")),
        lambda: view.score(request, place),
    ):
        with pytest.raises(QueryError) as raised:
            ask()
        assert raised.value.span == (11, 13)
        assert raised.value.text == request.query


def test_searches_take_a_moment(view: CommitView) -> None:
    assert 0 <= view.search(SearchRequest("rain")).took < 60


def test_the_score_of_one_article(view: CommitView) -> None:
    request = SearchRequest("rain", filters={"section": ["weather"]})
    scores = {hit.id: hit.score for hit in view.search(request)}
    for key in list(view.keys()):
        place = view.find(key)
        assert place is not None
        assert view.score(request, place) == scores.get(key)
    assert 0 < len(scores) < len(list(view.keys()))
    place = view.find("a1")
    assert place is not None
    tree = SearchRequest(wq.Term("title", "rain"))
    assert view.score(tree, place) == {hit.id: hit.score for hit in view.search(tree)}["a1"]
    assert view.explain(request, None, "z") == Explanation("no article has the key 'z'", 0.0, False)


def test_frequencies_of_terms_and_phrases(view: CommitView) -> None:
    bodies = [record.get("body", "") for record in RECORDS]
    queries = [wq.Term("title", "rain"), wq.Phrase("title", ["rain", "in"]), wq.Term("title", "xx"),
               wq.Phrase("title", ["in", "rain"])]  # fmt: skip
    assert bodies
    totals = [view.search(SearchRequest(query)).total for query in queries]
    assert view._frequencies(queries) == totals
    assert totals[0] > 0 and totals[1] > 0 and totals[2:] == [0, 0]


def test_a_text_means_the_same_for_a_minute(
    view: CommitView, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = {}
    for second in (600.0, 659.9, 660.0, 719.0, 720.0):
        monkeypatch.setattr("searchlib.commit_view.time", lambda second=second: second)
        prepared[second] = view._prepare(SearchRequest("rain"))
        assert prepared[second].is_cached
    assert prepared[600.0] is prepared[659.9]
    assert prepared[660.0] is prepared[719.0]
    assert len(set(map(id, prepared.values()))) == 3
    assert not view._prepare(SearchRequest(wq.Term("body", "rain"))).is_cached


def test_no_more_queries_are_remembered_than_are_allowed(
    view: CommitView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.commit_view._PREPARED", 2)
    remembered = []
    for query in ("rain", "snow", "rain", "wind", "rain"):
        view.search(SearchRequest(query))
        remembered.append([key[0] for key in view._prepared])
    assert remembered == [["rain"], ["rain", "snow"], ["rain", "snow"], ["wind"], ["wind", "rain"]]


def test_a_query_that_was_changed_to_be_understood_is_not_remembered(view: CommitView) -> None:
    assert view.search(SearchRequest("rain AND", lenient=True)).total > 0
    with pytest.raises(QueryError):
        view.search(SearchRequest("rain AND"))


def test_scores_with_factors_are_explained_in_every_segment(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), date=sl.Date(), stars=sl.Number())
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": "big", "body": "rain " * 90, "stars": 3, "date": "2022-01-01"}])
        archive.add([
            {"id": n, "body": "rain and snow", "stars": 2 + n, "date": f"2022-0{n + 1}-01"}
            for n in range(3)
        ])  # fmt: skip
        assert archive.stats().segments == 2
        request = sl.SearchRequest("rain", recency=400, boost_by="stars")
        scores = {hit.id: hit.score for hit in archive.search(request)}
        assert len(set(scores.values())) == 4
        for key, score in scores.items():
            assert archive.explain(request, key).score == pytest.approx(score)


def test_texts_that_are_not_stored_are_not_lost_by_an_update(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(stored=False))
    with sl.Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a", "title": "zoo " * 300}])  # a segment that is not merged
        archive.add([{"id": "b", "body": "rain"}, {"id": "c", "title": "snow"}])
        assert archive.stats().segments == 2
        with pytest.raises(sl.NotSupported, match="the text of body is not stored, and would be"):
            archive.update("b", title="new")
        assert archive.update("b", title="new", body="hail").updated == 1
        for key in "ac":
            assert archive.update(key, title="new").updated == 1


def test_an_error_of_ours_is_laid_to_damage_only_where_there_is_some(
    view: CommitView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*of: object, **how: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(view._searcher, "search", broken)
    with pytest.raises(ZeroDivisionError):
        view.search(SearchRequest("rain"))
    [segment] = tmp_path.glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(CorruptArchive) as caught:
        view.search(SearchRequest("rain"))
    assert caught.value.file == str(segment)
