"""The search methods of archives and snapshots: search, pages, order, facets and the rest."""

from __future__ import annotations

import dataclasses
import inspect
import os
import pickle
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any, get_overloads

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.commit_view import CommitView
from searchlib.snapshot import as_request
from tests.weather import RECORDS, ids


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "archive") as archive:
        assert archive.add(RECORDS).added == len(RECORDS)
        yield archive


# --- search


def test_words_match_all_or_any(archive: sl.Archive) -> None:
    assert set(ids(archive.search("rain harbour"))) == {"a1", "a2"}
    assert set(ids(archive.search("rain internet", match="any"))) == {"a1", "a2", "a3", "a4"}
    assert archive.search("rain internet").total == archive.count("rain internet") == 0
    assert archive.count("rain internet", match="any") == 4


def test_best_puts_the_articles_with_all_words_first(archive: sl.Archive) -> None:
    every = ids(archive.search("rain harbour", limit=99))
    others = ids(archive.search("rain harbour", match="any", limit=99))
    best = archive.search("rain harbour", match="best", limit=99)
    assert ids(best) == every + [id for id in others if id not in every]
    assert (best.total, best.complete) == (len(others), len(every))
    assert best.notes[0] == f"{len(others)} articles have some of the words, {len(every)} all: " \
        "these come first"  # fmt: skip
    pages, page = list[str](), archive.search("rain harbour", match="best", limit=1)
    while page.hits:
        pages, page = pages + ids(page), page.next()
    assert pages == ids(best)
    assert pickle.loads(pickle.dumps(best)).complete == len(every)


@pytest.mark.parametrize(
    "query",
    ["storm -(tax cut)", "storm -(tax AND cut rate)", "-(tax cut)", "storm -(tax -(cut rate))",
     "storm NOT (+tax cut)", "storm rate -(tax cut)"],
)  # fmt: skip
def test_best_of_exclusions_finds_what_any_finds(query: str, tmp_path: Path) -> None:
    words = ("storm", "tax", "cut", "rate")
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add(
            {"id": n, "body": " ".join(word for bit, word in enumerate(words) if n >> bit & 1)}
            for n in range(16)
        )
        best = archive.search(query, match="best", limit=99)
        wanted = ids(archive.search(query, match="any", limit=99))
        every = ids(archive.search(query, match="all", limit=99))
    assert sorted(ids(best)) == sorted(wanted)
    assert best.total == len(wanted)
    assert best.complete == len({*wanted} & {*every})


def test_best_of_words_that_no_article_has_together(archive: sl.Archive) -> None:
    best = archive.search("rain internet", match="best", facets=["source"])
    everything = archive.search("rain internet", match="any", facets=["source"])
    assert (ids(best), best.complete, best.total) == (ids(everything), 0, 4)
    assert best.facets == everything.facets
    assert best.notes[0] == "no article has all of the words; 4 with some of them were found"
    assert archive.count("rain internet", match="best") == 4
    one = archive.search("rain", match="best")
    assert (one.complete, one.notes) == (one.total, [])
    assert archive.search("rain", match="all").complete is None


def test_best_in_the_order_of_a_field(archive: sl.Archive) -> None:
    every = ids(archive.search("rain harbour", sort="date"))
    both = ids(archive.search("rain harbour", sort="date", match="best", limit=99))
    assert both[: len(every)] == every
    rest = archive.search("rain harbour", sort="date", match="any", limit=99)
    assert both[len(every) :] == [id for id in ids(rest) if id not in every]


def test_a_ranking_for_each_kind_of_query(archive: sl.Archive) -> None:
    text, tree = "rain", archive.parse("rain").query
    scores = {h.id: h.score for h in archive.search(text)}
    whoosh = {h.id: h.score for h in archive.search(tree)}
    assert scores.keys() == whoosh.keys()
    assert scores != whoosh
    assert {h.id: h.score for h in archive.search(text, ranking="whoosh")} == whoosh
    assert {h.id: h.score for h in archive.search(tree, ranking="bm25f")} == scores
    with pytest.raises(sl.ArgumentError, match='"bm25f" or "whoosh"'):
        archive.search(text, ranking="tf")  # type: ignore[call-overload]


def test_a_title_counts_more(archive: sl.Archive) -> None:
    assert ids(archive.search("rain"))[0] == "a1"


def test_a_whoosh_tree(archive: sl.Archive) -> None:
    query = wq.Or([wq.Term("title", "rain"), wq.Prefix("body", "civil")])
    found = archive.search(query, facets=["source"])
    assert set(ids(found)) == {"a1", "a4"}
    assert dict(found.facets["source"]) == {"Post": 1, "Wire": 1}
    assert found.notes == []
    assert "**rain**" in archive.search(wq.Term("body", "rain"))[0].snippet()


def test_pages(archive: sl.Archive) -> None:
    archive.add([{"id": f"n{n:02}", "title": "Numbered"} for n in range(25)])
    every = ids(archive.search("numbered", limit=99))
    assert len(every) == 25
    page, seen = archive.search("numbered", limit=10), list[str]()
    for start in (0, 10, 20, 30):
        assert (page.offset, page.limit, page.total) == (start, 10, 25)
        assert [hit.rank for hit in page] == list(range(start + 1, start + 1 + len(page)))
        seen += ids(page)
        page = page.next()
    assert seen == every
    assert ids(archive.search("numbered", offset=20, limit=3)) == every[20:23]
    assert ids(archive.search("numbered", offset=5).previous()) == every[:10]
    assert archive.search("numbered", limit=0).total == 25
    assert ids(archive.search("numbered", offset=1 << 40)) == []


def test_a_next_page_is_of_the_same_commit_and_has_the_same_facets(archive: sl.Archive) -> None:
    found = archive.search("rain", limit=1, facets=(f for f in ("section",)), sort="id")
    archive.add([{"id": "a0", "title": "Rain"}])
    archive.delete(["a2"])
    archive.optimize()
    assert ids(found.next()) == ["a2"]
    assert found.next()[0]["title"] == "Snow in Bergen"
    assert found.next().facets == found.facets != {}
    assert ids(found.next().next()) == ["a3"]
    assert found.next().total == 3


def test_sorting(archive: sl.Archive) -> None:
    def by(sort: str | None) -> list[str]:
        return ids(archive.search("*", sort=sort))

    assert by("date") == ["a1", "a3", "a2", "a4"]  # those without it are last
    assert by("-date") == ["a2", "a3", "a1", "a4"]
    assert by("-id") == ["a4", "a3", "a2", "a1"]
    assert by("source") == ["a3", "a4", "a1", "a2"]
    assert by("section") == ["a3", "a1", "a2", "a4"]
    assert ids(archive.search("rain", sort="rank")) == ids(archive.search("rain"))
    assert archive.search("rain", sort="date")[0].score == pytest.approx(
        archive.search("rain")[0].score
    )
    assert ids(archive.search("rain", sort="-date", limit=1, offset=1)) == ["a3"]


def test_facets(archive: sl.Archive) -> None:
    names = ["section", "authors", sl.by_month("date"), "date:year", "date:day", "date"]
    found = archive.search("rain", facets=names, limit=1)
    assert list(found.facets) == names
    assert list(found.facets["section"]) == [("Weather", 2), ("Politics", 1)]
    assert list(found.facets["authors"]) == [("Ann Lee", 2), ("Bo Ek", 1)]
    assert found.facets["authors"].missing == 1
    assert list(found.facets["date:year"]) == [("2021", 1), ("2022", 2)]
    assert list(found.facets["date:month"]) == [("2021-05", 1), ("2022-08", 1), ("2022-09", 1)]
    assert found.facets["date:day"].values() == ["2021-05-02", "2022-08-02", "2022-09-01"]
    assert found.facets["date"].counts() == [1, 1, 1]
    assert archive.search("*", facets=["date:year"]).facets["date:year"].missing == 1
    assert archive.search("rain", facets="section").facets == {"section": found.facets["section"]}
    nothing = archive.search("nothing", facets=["section", "date:year"])
    assert all(len(counts) == counts.missing == 0 for counts in nothing.facets.values())


def test_facets_of_several_segments_are_one(archive: sl.Archive) -> None:
    archive.add([{"id": "n1", "section": "WEATHER"}, {"id": "n2", "section": "Arts"}])
    counts = archive.search("*", facets=["section"]).facets["section"]
    assert list(counts) == [("Weather", 3), ("Arts", 1), ("Politics", 1)]
    assert counts.missing == 1


@pytest.mark.parametrize(
    ("error", "call", "says"),
    [
        (sl.QueryError, {"query": "autor:lee"}, "there is no field 'autor'"),
        (sl.QueryError, {"query": ""}, "no word to look for"),
        (sl.QueryError, {"query": '"open'}, ""),
        (sl.ArgumentError, {"query": "rain", "limit": -1}, "limit is a whole number from 0 on"),
        (sl.ArgumentError, {"query": "rain", "offset": -1}, "offset is a whole number from 0 on"),
        (sl.ArgumentError, {"query": "rain", "match": "some"}, '"all" or "any"'),
        (sl.ArgumentError, {"query": "rain", "sort": "authors"}, "cannot sort by 'authors'"),
        (sl.ArgumentError, {"query": "rain", "sort": ""}, "cannot sort by ''"),
        (sl.ArgumentError, {"query": "rain", "facets": ["body"]}, "'body' cannot be counted"),
        (
            sl.ArgumentError,
            {"query": "rain", "facets": ["date:fortnight"]},
            "counted by decade, year",
        ),
        (sl.ArgumentError, {"query": "rain", "facets": ["section:year"]}, "cannot be counted"),
        (sl.ArgumentTypeError, {"query": None}, "NoneType is not a query"),
        (sl.ArgumentTypeError, {"query": 42}, "int is not a query"),
        (sl.ArgumentTypeError, {"query": wq.Term}, "is not a query"),
        (sl.ArgumentTypeError, {"query": sl.SearchRequest("rain"), "limit": 3}, "so no limit"),
    ],
)
def test_search_refuses(
    archive: sl.Archive, error: type[Exception], call: dict[str, Any], says: str
) -> None:
    with pytest.raises(error) as caught:
        archive.search(**call)
    assert isinstance(caught.value, sl.SearchlibError)
    assert says in str(caught.value)


def test_a_request_is_searched_as_its_arguments_are(archive: sl.Archive) -> None:
    request = sl.SearchRequest("rain", limit=2, facets=["section"], sort="-date")
    results = archive.search(request)
    same = archive.search("rain", limit=2, facets=["section"], sort="-date")
    assert (ids(results), results.total, results.facets) == (ids(same), same.total, same.facets)
    assert results.request == same.request == request
    assert results.next().request == dataclasses.replace(request, offset=2)
    assert archive.count(request) == archive.count("rain") == 3
    assert archive.explain(request, "a1").score == archive.explain("rain", "a1").score
    assert archive.count(sl.SearchRequest("rain internet", match="any")) == 4
    assert archive.delete(query=sl.SearchRequest("rain", limit=0)) == 3


def test_a_facet_is_found_under_the_name_it_was_asked_for_with(archive: sl.Archive) -> None:
    facets = archive.search("*", facets=["date", sl.by_month("date")]).facets
    assert list(facets) == ["date", "date:month"]
    assert list(facets["date"]) == list(facets["date:month"])
    assert facets["date"].field == "date"


def test_archives_and_snapshots_are_like_a_dict_of_articles(archive: sl.Archive) -> None:
    with archive.snapshot() as snapshot:
        archive.delete(["a2"])
        archive.add([{"id": 7, "title": "Seven"}])
        assert (list(snapshot), list(archive)) == (
            ["a1", "a2", "a3", "a4"],
            ["a1", "a3", "a4", "7"],
        )
        assert ("a2" in snapshot, "a2" in archive, 7 in archive, None in archive) == (
            True, False, True, False,
        )  # fmt: skip
        assert snapshot["a2"] == RECORDS[1]
        assert archive["7"] == {"id": "7", "title": "Seven"}
        for key in ("a2", "", "nowhere"):
            with pytest.raises(KeyError, match=f"no article has the key '{key}'") as caught:
                archive[key]
            assert isinstance(caught.value, sl.UnknownKey)
            assert caught.value.key == key


def test_a_snapshot_knows_its_schema_and_commit(archive: sl.Archive) -> None:
    with archive.snapshot() as snapshot:
        assert snapshot.schema == archive.schema
        assert str(snapshot.generation) in repr(snapshot)


def test_keys_are_those_of_one_commit(archive: sl.Archive) -> None:
    keys = iter(archive)
    assert next(keys) == "a1"
    archive.delete(query="*")
    assert list(keys) == ["a2", "a3", "a4"]


def test_wrong_types_are_refused(archive: sl.Archive) -> None:
    for call in (
        lambda: archive.parse(7), lambda: archive.suggest(None),  # type: ignore[arg-type]
        lambda: archive.did_you_mean(["rain"]), lambda: archive.count(7),  # type: ignore[arg-type]
        lambda: archive.similar("a1", limit="3"),  # type: ignore[arg-type]
    ):  # fmt: skip
        with pytest.raises(sl.ArgumentTypeError):
            call()
    for wrong in (lambda: archive.similar("a1", limit=-1), lambda: archive.suggest("r", limit=-1)):
        with pytest.raises(sl.ArgumentError):
            wrong()


def test_lenient(archive: sl.Archive) -> None:
    found = archive.search('(rain "harbour', lenient=True)
    assert set(ids(found)) == {"a1", "a2"}
    assert found.notes
    assert archive.parse("(rain", lenient=True).canonical == "rain"


def test_what_was_understood(archive: sl.Archive) -> None:
    found = archive.search("Rain  date:2022-08")
    assert ids(archive.search(found.query)) == ids(found)
    assert repr(found) == f"<Results 1 of 1 for {found.query!r}>"
    assert archive.parse("rain OR snow").canonical == "rain OR snow"


def test_highlight_can_be_left_out(archive: sl.Archive) -> None:
    assert "**Rain**" in archive.search("oslo rain")[0].snippet("title")
    assert archive.search("rain", highlight=False)[0].snippet("title") == "Rain in Oslo"


# --- get, explain, similar, suggest, did_you_mean, stats, check, export


def test_get(archive: sl.Archive) -> None:
    for record in RECORDS:
        assert archive.get(record["id"]) == record
    assert archive.get("a") is None
    mine = archive.get("a1")
    assert mine is not None
    mine["title"] = "changed"
    assert archive.get("a1") == RECORDS[0]
    for bad in ("", " ", "\ud800"):
        with pytest.raises(sl.RecordError):
            archive.get(bad)


def test_explain(archive: sl.Archive) -> None:
    for query in ("rain", "rain harbour", "rain OR snow", "title:rain^2", "rain date:2021"):
        for hit in archive.search(query):
            why = archive.explain(query, hit.id)
            assert why.matched
            assert why.score == pytest.approx(hit.score, rel=1e-6)
            assert str(why).startswith(f"{why.score:.4f} ")
    idf, frequency = archive.explain("rain", "a1").parts
    assert idf.what.startswith("idf: ")
    assert idf.score * frequency.score == pytest.approx(archive.explain("rain", "a1").score)
    not_found = archive.explain("oslo", "a3")
    assert (not_found.matched, not_found.score) == (False, 0.0)
    assert "'nowhere'" in archive.explain("oslo", "nowhere").what
    assert "from 2021-01-01T00:00Z to 2022-01-01T00:00Z" in str(archive.explain("date:2021", "a1"))
    assert archive.explain(wq.Term("title", "rain"), "a1").matched
    assert archive.explain("oslo internet", "a1", match="any").matched
    with pytest.raises(sl.QueryError):
        archive.explain("(", "a1")


def test_similar(archive: sl.Archive) -> None:
    near = archive.similar("a1")
    assert ids(near)[0] == "a2"  # rain, the harbour
    assert "a1" not in ids(near)
    assert len(archive.similar("a1", limit=1)) == 1
    with pytest.raises(sl.UnknownKey, match="no article has the key 'nowhere'"):
        archive.similar("nowhere")
    archive.add([{"id": "alone"}])
    assert ids(archive.similar("alone")) == []


def test_did_you_mean(archive: sl.Archive) -> None:
    assert archive.did_you_mean("rain") is None
    assert archive.did_you_mean("internet civilisation") == "internet civilization"
    assert archive.did_you_mean("intermet AND harbor") == "internet AND harbour"
    with pytest.raises(sl.QueryError):
        archive.did_you_mean("(")


def test_stats(archive: sl.Archive) -> None:
    archive.delete(["a3"])
    stats = archive.stats()
    assert (stats.articles, stats.deleted, stats.segments) == (3, 1, 1)
    fields = {field.name: field for field in stats.fields}
    assert list(fields) == archive.schema.names()
    assert fields["title"].words == 3 + 3 + 4 + 2
    assert fields["source"].values == 2
    assert (fields["date"].first, fields["date"].last) == ("2021-05-02", "2022-09-01")
    assert fields["url"].kind == "stored"
    files = [entry for entry in os.scandir(archive.path) if entry.name != "writer.lock"]
    assert stats.bytes == sum(entry.stat().st_size for entry in files)
    generation = stats.generation
    archive.add([{"id": "new"}])
    assert archive.stats().generation > generation


def test_a_snapshot_does_not_change(archive: sl.Archive) -> None:
    with archive.snapshot() as before:
        archive.add([{"id": "a5", "title": "Rain again"}])
        archive.delete(["a1"])
        archive.optimize()
        with archive.snapshot() as after:
            assert after.generation > before.generation
            assert (before.count("rain"), after.count("rain")) == (3, 3)
            assert (before.get("a5"), after.get("a1")) == (None, None)
            assert [record["id"] for record in before.export()] == ["a1", "a2", "a3", "a4"]
            assert ids(before.similar("a1")) == ids(before.similar("a1"))
            assert before.suggest("os") == ["oslo"]
            assert before.did_you_mean("osko") == "oslo"
            assert before.explain("oslo", "a1").matched
            assert before.stats().articles == len(before) == 4


def test_hits_can_be_listed_when_their_archive_was_closed(archive: sl.Archive) -> None:
    archive.add([{"id": f"k{n}", "title": "Rain"} for n in range(3)])
    snapshot = archive.snapshot()
    results = snapshot.search("rain")
    snapshot.close()
    assert {hit.id for hit in results} >= {"k0", "k1", "k2"}
    with pytest.raises(sl.SnapshotClosed):
        results[0]["title"]


def test_a_closed_snapshot_refuses(archive: sl.Archive) -> None:
    snapshot = archive.snapshot()
    snapshot.close()
    snapshot.close()
    for call in (
        lambda: snapshot.search("rain"), lambda: snapshot.count("rain"), snapshot.stats,
        lambda: snapshot.get("a1"), lambda: snapshot.explain("rain", "a1"),
        lambda: snapshot.similar("a1"), lambda: snapshot.suggest("ra"),
        lambda: snapshot.did_you_mean("raim"), lambda: list(snapshot.export()),
    ):  # fmt: skip
        with pytest.raises(sl.SnapshotClosed):
            call()
    assert archive.count("rain") == 3  # the archive's own view goes on


def test_the_parts_of_an_explained_phrase_give_its_score(tmp_path: Path) -> None:
    def phrases(node: sl.Explanation) -> Iterator[sl.Explanation]:
        if node.parts and node.parts[0].what.startswith("word 1 of the phrase"):
            yield node
        for part in node.parts:
            yield from phrases(part)

    def product(parts: Sequence[sl.Explanation]) -> float:
        return prod(part.score for part in parts)

    with sl.Archive.create(tmp_path / "phrases", language="en") as made:
        made.add([
            {"id": "a", "title": "Heavy rain", "body": "Heavy rain fell. Rain fell on Oslo."},
            {"id": "b", "title": "Sun", "body": "No rain in Oslo, heavy traffic."},
        ])  # fmt: skip
        for query, boost in (('"heavy rain"', 1.0), ('"heavy rain"^3', 3.0)):
            found = list(phrases(made.explain(query, "a")))
            assert found
            for phrase in found:
                words = [part for part in phrase.parts if part.what.startswith("word")]
                assert phrase.score == pytest.approx(boost * sum(word.score for word in words))
                for word in words:
                    assert word.score == pytest.approx(product(word.parts))


def test_counting_asks_for_no_hits(archive: sl.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[sl.SearchRequest] = []
    view = archive._current()

    def search(request: sl.SearchRequest) -> Any:
        asked.append(request)
        return CommitView.search(view, request)

    monkeypatch.setattr(view, "search", search)
    request = sl.SearchRequest("rain", limit=3, offset=2, facets=["section"], sort="-date")
    assert archive.count("rain") == archive.count(request) == 3
    assert asked == [sl.SearchRequest("rain", limit=0, highlight=False)] * 2


def test_arguments_are_checked(archive: sl.Archive) -> None:
    for ask in (
        lambda: archive.similar("a1", limit=None),  # type: ignore[arg-type]
        lambda: archive.most_copied(limit=None),  # type: ignore[arg-type]
        lambda: archive.suggest("r", limit="3"),  # type: ignore[arg-type]
    ):
        with pytest.raises(sl.ArgumentTypeError, match="limit is a whole number from 0 on, not"):
            ask()
    with pytest.raises(sl.ArgumentError, match='match is "all" or'):
        archive.parse("rain", match="some")  # type: ignore[arg-type]


def test_all_arguments_at_once(archive: sl.Archive) -> None:
    request = sl.SearchRequest("rain", facets=["section"])
    options = {one.name: getattr(request, one.name) for one in dataclasses.fields(request)}
    del options["query"]
    found = archive.search("rain", **options | {"facets": ["section"], "highlight": True})
    assert found.request == request
    assert found.total == 3


def test_a_request_is_narrowed_by_more_filters() -> None:
    request = sl.SearchRequest("rain", filters={"section": "a"}, match="any")
    assert as_request(request) is as_request(request, "all", {}) is request
    narrowed = as_request(request, "all", {"date": 2022})
    assert narrowed == sl.SearchRequest(
        "rain", filters={"section": "a", "date": "2022"}, match="any"
    )
    assert as_request("rain", "any", {"date": 2022}) == sl.SearchRequest(
        "rain", filters={"date": 2022}, match="any"
    )


def test_an_article_is_no_key(archive: sl.Archive) -> None:
    for ask in (lambda: archive[{"id": "a1"}], lambda: archive.similar({"id": "a1"}),
                lambda: archive.delete([{"id": "a1"}])):  # fmt: skip
        with pytest.raises(sl.RecordError, match="a key is expected, not dict: name one"):
            ask()  # type: ignore[no-untyped-call]


def test_how_a_query_is_matched_is_checked_where_it_is_parsed(archive: sl.Archive) -> None:
    for match in ("none", None, ["all"]):
        with pytest.raises(sl.ArgumentError, match="match is"):
            archive.parse("rain", match=match)  # type: ignore[arg-type]


def test_the_signature_of_search_says_what_a_request_does() -> None:
    _, of_text = get_overloads(sl.Searchable.search)
    parameters = inspect.signature(of_text).parameters
    defaults = {n: one.default for n, one in parameters.items() if n not in ("self", "query")}
    of_request = inspect.signature(sl.SearchRequest).parameters
    assert defaults == {name: of_request[name].default for name in defaults}


def test_an_archive_and_a_snapshot_are_closed_after_with(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive, archive.snapshot() as snapshot:
        assert len(archive) == len(snapshot) == 0
    for one in (archive, snapshot):
        with pytest.raises(sl.SnapshotClosed):
            len(one)


@pytest.mark.parametrize("method", ["similar", "most_copied", "suggest"])
def test_ten_are_given_unless_more_are_asked_for(method: str) -> None:
    parameters = inspect.signature(getattr(sl.Searchable, method)).parameters
    assert parameters["limit"].default == 10


def test_what_was_asked_lately_does_not_stand_for_something_else(archive: sl.Archive) -> None:
    assert len(archive.search("rain", limit=1)) == 1
    with pytest.raises(sl.ArgumentTypeError, match="limit"):
        archive.search("rain", limit=True)
    assert archive.search("rain", highlight=True).request.highlight
    with pytest.raises(sl.ArgumentTypeError, match="highlight"):
        archive.search("rain", highlight=1)  # type: ignore[call-overload]


def test_a_query_is_parsed_strictly_unless_it_is_said(archive: sl.Archive) -> None:
    with pytest.raises(sl.QueryError):
        archive.parse("rain (")
    assert archive.parse("rain (", lenient=True).canonical == "rain"
