"""The archive: create, open, add, delete, optimize, check, close (searches: ``test_snapshot``)."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.index import Index

import searchlib as sl
from searchlib.commit_view import CommitView
from searchlib.index.indexing import IndexingRun
from tests.weather import RECORDS, contents, ids


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "archive") as archive:
        assert archive.add(RECORDS).added == len(RECORDS)
        yield archive


# --- create and open


def test_create_makes_the_folder_and_no_second_archive(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder"
    with sl.Archive.create(path) as archive:
        assert archive.path == str(path)
        assert archive.schema == sl.NEWS
        assert len(archive) == 0
        assert archive.search("rain").total == 0
        assert list(archive.export()) == archive.check() == []
        assert repr(archive) == f"Archive({str(path)!r})"
    with pytest.raises(sl.ArchiveError, match="there is an archive here already"):
        sl.Archive.create(str(path))


def test_create_refuses(tmp_path: Path) -> None:
    with pytest.raises(sl.ArgumentError, match="zone 'Mars/Base' is not known"):
        sl.Archive.create(tmp_path / "a", zone="Mars/Base")
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(sl.ArchiveError):
        sl.Archive.create(tmp_path / "file")


def test_open_refuses(tmp_path: Path) -> None:
    with pytest.raises(sl.ArchiveNotFound) as caught:
        sl.Archive.open(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(sl.ArchiveNotFound):
        sl.Archive.open(tmp_path / "empty")
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(sl.CorruptArchive) as broken:
        sl.Archive.open(tmp_path)
    assert broken.value.file == str(tmp_path / "manifest.json")


def test_settings_are_kept(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path, zone="Asia/Shanghai", week_start=6, day_first=True).close()
    with sl.Archive.open(tmp_path) as archive:
        archive.add(
            [{"id": "a", "date": "2022-08-31T20:00:00Z"}, {"id": "b", "date": "2022-09-01"}]
        )
        assert archive.search("*", facets=["date:day"]).facets["date:day"][0] == (
            "2022-09-01", 2,
        )  # fmt: skip
        assert archive.count("date:2022-08-31") == 0
        assert archive.parse("date:03/04/2022").canonical == "date:2022-04-03"


# --- the schema of an archive


def test_a_field_is_added_on_open(tmp_path: Path) -> None:
    old = sl.Schema(id=sl.Key(), title=sl.Text())
    new = sl.Schema(id=sl.Key(), title=sl.Text(), words=sl.Number(), section=sl.Keyword())
    with sl.Archive.create(tmp_path, old) as archive:
        archive.add([{"id": "a", "title": "Rain", "words": 5}])
    with sl.Archive.open(tmp_path, new) as archive:
        assert archive.schema == new
        assert archive.search("rain", facets=["section"]).facets["section"].missing == 1
        archive.add([{"id": "b", "title": "Rain", "words": 7, "section": "World"}])
        assert ids(archive.search("words:>=7")) == ["b"]
        assert ids(archive.search("rain", sort="-words"))[0] == "b"
    with sl.Archive.open(tmp_path) as archive:
        assert archive.schema == new
        assert ids(archive.search("section:world")) == ["b"]
    with pytest.raises(sl.SchemaError) as caught:
        sl.Archive.open(tmp_path, old)
    assert caught.value.field == "words"


def test_a_change_of_schema_is_not_kept_without_a_commit(tmp_path: Path) -> None:
    old = sl.Schema(id=sl.Key())
    sl.Archive.create(tmp_path, old).close()
    sl.Archive.open(tmp_path, sl.Schema(id=sl.Key(), words=sl.Number())).close()
    with sl.Archive.open(tmp_path) as archive:
        assert archive.schema == old


def test_a_field_that_differs_is_named(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path, sl.Schema(id=sl.Key(), title=sl.Text())).close()
    for wrong in (sl.Text(language="de"), sl.Keyword(), sl.Text(weight=2)):
        with pytest.raises(sl.SchemaError, match="make a new archive") as caught:
            sl.Archive.open(tmp_path, sl.Schema(id=sl.Key(), title=wrong))
        assert caught.value.field == "title"


# --- add


def test_add_reports_what_it_did(archive: sl.Archive) -> None:
    changed = {**RECORDS[0], "title": "Rain in Moss"}
    report = archive.add([changed, RECORDS[1], {"id": "a9"}, {"id": "a9", "title": "x"}])
    assert (report.added, report.updated, report.unchanged) == (1, 2, 1)
    assert report.rejected == []
    assert report.accepted == 4
    assert 0 < report.took < 60
    assert len(archive) == 5
    assert archive.get("a1") == changed


def test_unchanged_articles_make_no_commit(archive: sl.Archive) -> None:
    before = archive.stats()
    shuffled = [dict(reversed(record.items())) for record in reversed(RECORDS)]
    assert archive.add(shuffled).unchanged == len(RECORDS)
    assert archive.add([]).accepted == 0
    assert archive.stats() == before


def test_the_same_key_in_a_batch_and_across_batches(archive: sl.Archive) -> None:
    for size in (1, 3, 700):
        batch = [{"id": "twice", "title": f"version {size} {n}"} for n in range(size)]
        archive.add(batch)
        archive.add([{"id": "other", "title": str(size)}])
        assert archive.get("twice") == batch[-1]
        assert ids(archive.search("version")) == ["twice"]
        assert archive.count("id:twice") == 1
    assert len(archive) == len(RECORDS) + 2


def test_keys_are_the_same_however_they_are_written(archive: sl.Archive) -> None:
    archive.add([{"id": "cafe\u0301", "title": "one"}])
    assert archive.add([{"id": " café ", "title": "two"}]).updated == 1
    archive.add([{"id": 17}])
    assert archive.get("cafe\u0301") == archive.get(" café") == {"id": "café", "title": "two"}
    assert archive.get("17") == {"id": "17"}
    assert archive.explain("two", "cafe\u0301").matched
    assert archive.delete(["cafe\u0301", "café", "17 "]) == 2


def test_bad_records_harm_no_other(archive: sl.Archive) -> None:
    earlier = sl.Rejected("news.jsonl:4", "date", "there is no month 13")
    bad: list[Any] = [
        {"title": "no key"},
        earlier,
        {"id": "b1", "date": "2022-13-01"},
        {"id": "b2", "title": "half \ud83d"},
        {"id": "b3", "more": {1: 2, "a": 3}},
        {"id": "b4", "\ud800": 1},
        {"id": "b5", "more": float("nan")},
        {"id": "b6", 7: "seven"},
        "b7",
        None,
        sl.Article(id="b8", extra={"x": {1}}, where="news.jsonl:9"),
    ]
    good = [{"id": f"g{n}", "title": "good"} for n in range(len(bad))]
    report = archive.add([record for pair in zip(bad, good, strict=True) for record in pair])
    assert report.added == len(good)
    assert report.rejected[1] is earlier
    assert [one.where for one in report.rejected] == [
        "record 1", "news.jsonl:4", *(f"record {n}" for n in range(5, 20, 2)), "news.jsonl:9",
    ]  # fmt: skip
    assert [one.field for one in report.rejected] == [
        "id", "date", "date", "title", "more", None, "more", None, None, None, "x",
    ]  # fmt: skip
    assert all(one.why for one in report.rejected)
    assert archive.count("good") == len(good)
    assert contents(archive).keys() == {r["id"] for r in [*RECORDS, *good]}


def test_add_takes_articles_and_generators(archive: sl.Archive, tmp_path: Path) -> None:
    file = tmp_path / "more.jsonl"
    file.write_text('{"id": "f1", "title": "From a file"}\nnot json\n{"title": 7}\n')
    report = archive.add(sl.read(file, section="files"))
    assert report.added >= 1
    assert [one.where for one in report.rejected][:1] == [f"{file}:2"]
    assert archive.get("f1") == {"id": "f1", "title": "From a file", "section": "files"}
    report = archive.add(
        sl.Article(id=f"n{n}", title="Numbered", extra={"words": n}) for n in range(600)
    )
    assert report.added == 600
    assert archive.get("n599") == {"id": "n599", "title": "Numbered", "words": 599}


def test_a_generator_that_fails_adds_nothing(archive: sl.Archive) -> None:
    before = contents(archive)

    def articles() -> Iterator[dict[str, Any]]:
        for n in range(300):
            yield {"id": f"n{n}"}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        archive.add(articles())
    assert contents(archive) == before
    assert archive.add([{"id": "after"}], timeout=0).added == 1


def test_a_generator_may_search_the_archive(archive: sl.Archive) -> None:
    copies = ({"id": f"copy{hit.id}", "title": hit["title"]} for hit in archive.search("rain"))
    assert archive.add(copies).added == 3
    assert archive.count("title:rain") == 2


def test_progress(archive: sl.Archive) -> None:
    for count in (0, 1, 256, 1000):
        seen: list[int] = []
        archive.add([{"id": f"n{n}"} for n in range(count)], on_progress=seen.append)
        assert seen == sorted(seen)
        assert seen[-1] == count
        assert len(seen) == count // 256 + 1


def test_progress_can_stop_it(archive: sl.Archive) -> None:
    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.add(({"id": f"n{n}"} for n in range(1000)), on_progress=stop)
    assert len(archive) == len(RECORDS)
    archive.add([{"id": "after"}], timeout=0)


def test_values_come_back_as_stored(archive: sl.Archive) -> None:
    record = {"id": "v", "date": date(2020, 2, 29), "authors": "Ann", "more": {"b": [1, (2.5,)]},
              "title": "", "places": [], "section": None, "url": "", "yes": True}  # fmt: skip
    archive.add([record])
    assert archive.get("v") == {
        "id": "v", "date": "2020-02-29", "authors": ["Ann"], "more": {"b": [1, [2.5]]},
        "url": "", "yes": True,
    }  # fmt: skip
    assert list(archive.get("v") or {})[:2] == ["id", "date"]  # as the schema has them


# --- delete and optimize


def test_delete_by_key(archive: sl.Archive) -> None:
    assert archive.delete([]) == archive.delete(["nowhere"]) == 0
    assert archive.delete("a1") == 1
    assert archive.delete(key for key in ("a2", "a2", "a1")) == 1
    assert contents(archive).keys() == {"a3", "a4"}
    assert archive.get("a1") is None
    assert archive.search("oslo").total == 0
    assert archive.add(RECORDS[:2]).added == 2


def test_delete_by_query(archive: sl.Archive) -> None:
    assert archive.delete(query="section:weather AND date:..2021") == 1
    assert archive.delete(query=wq.Term("source", "post")) == 2
    assert archive.delete(query="nothing") == 0
    assert contents(archive).keys() == {"a2"}


def test_delete_refuses(archive: sl.Archive) -> None:
    calls: list[tuple[type[sl.SearchlibError], dict[str, Any]]] = [
        (sl.ArgumentTypeError, {}), (sl.ArgumentTypeError, {"ids": ["a1"], "query": "rain"}),
        (sl.ArgumentTypeError, {"ids": 1.5}), (sl.ArgumentTypeError, {"query": 7}),
        (sl.QueryError, {"query": "autor:x"}), (sl.QueryError, {"query": "("}),
        (sl.RecordError, {"ids": [""]}), (sl.RecordError, {"ids": ["a1", None]}),
    ]  # fmt: skip
    for error, call in calls:
        with pytest.raises(error):
            archive.delete(**call)
    assert len(archive) == len(RECORDS)


def test_optimize_keeps_all(archive: sl.Archive) -> None:
    archive.add([{"id": f"n{n}", "title": f"rain {n}"} for n in range(40)])
    archive.delete(["n1", "a1"])
    before, found = contents(archive), ids(archive.search("rain", limit=99))
    archive.optimize()
    stats = archive.stats()
    assert (stats.segments, stats.deleted, stats.articles) == (1, 0, 42)
    assert contents(archive) == before
    assert sorted(ids(archive.search("rain", limit=99))) == sorted(found)
    archive.optimize()
    assert archive.stats() == stats
    archive.delete(query="*")
    archive.optimize()
    assert (len(archive), archive.stats().segments, archive.check()) == (0, 0, [])


# --- check, export, whoosh


def test_check_names_the_file(archive: sl.Archive) -> None:
    assert archive.check() == []
    (segment,) = Path(archive.path).glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    problems = archive.check()
    assert problems
    assert all(segment.name in problem for problem in problems)


def test_export_is_what_was_added(archive: sl.Archive) -> None:
    assert list(archive.export()) == RECORDS
    copies = [json.loads(json.dumps(record)) for record in archive.export()]
    assert archive.add(copies).unchanged == len(RECORDS)
    half = archive.export()
    next(half)
    archive.delete(query="*")
    assert [record["id"] for record in half] == ["a2", "a3", "a4"]


def test_whoosh(archive: sl.Archive) -> None:
    assert isinstance(archive.whoosh, Index)
    assert archive.whoosh.doc_count() == len(archive)
    with archive.whoosh.searcher() as searcher:
        assert searcher.document(id="a1")["title"] == "Rain in Oslo"


# --- closing, and what outlives it


def test_a_closed_archive_refuses(archive: sl.Archive) -> None:
    found = archive.search("rain", limit=1)
    title = archive.search("rain")[0]
    assert title["title"] == "Rain in Oslo"
    other = archive.snapshot()
    archive.close()
    archive.close()
    for call in (
        lambda: archive.search("rain"), lambda: archive.count("rain"), archive.stats,
        lambda: archive.get("a1"), lambda: archive.add([{"id": "x"}]), archive.snapshot,
        lambda: archive.delete(["a1"]), archive.optimize, archive.export, lambda: len(archive),
        lambda: archive.suggest("ra"), lambda: archive.parse("rain"),
    ):  # fmt: skip
        with pytest.raises(sl.SnapshotClosed):
            call()
    assert (found.total, found[0].id, found.query) == (3, "a1", "rain")
    assert title["title"] == "Rain in Oslo"  # read before
    with pytest.raises(sl.SnapshotClosed):
        found[0]["title"]
    with pytest.raises(sl.SnapshotClosed):
        found.next()
    with other:
        assert other.count("rain") == 3
    assert archive.path.endswith("archive")
    with sl.Archive.open(archive.path) as again:
        assert len(again) == len(RECORDS)


def test_results_outlive_commits(archive: sl.Archive) -> None:
    found = archive.search("rain", sort="id")
    for number in range(5):
        archive.add([{**record, "title": f"version {number}"} for record in RECORDS])
        archive.optimize()
        assert archive.search("version").total == 4
    assert [hit["title"] for hit in found] == [record["title"] for record in RECORDS[:3]]
    assert "**rain**" in found[0].snippet()


def test_another_archive_object_sees_each_commit(archive: sl.Archive) -> None:
    with sl.Archive.open(archive.path) as other:
        assert len(other) == 4
        archive.add([{"id": "a5", "title": "Rain"}])
        assert other.count("rain") == 4
        other.delete(["a5"])
        assert archive.count("rain") == 3


def test_threads_read_while_one_adds(archive: sl.Archive) -> None:
    errors: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                found = archive.search("rain", limit=99, facets=["section"])
                assert len(found) == found.total == len({hit["id"] for hit in found})
                assert found.total % 3 == 0
                assert archive.suggest("osl") == ["oslo"]
                assert archive.get("a1") is not None
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        archive.add({"id": f"t{number}x{n}", "title": "Rain"} for n in range(3))
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]
    assert archive.count("rain") == 33


def test_an_argument_that_is_no_list_of_articles_is_refused(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        for wrong in ("news.jsonl", {"id": "a"}, tmp_path, sl.Article(id="a")):
            with pytest.raises(sl.ArgumentTypeError, match="give a list"):
                archive.add(wrong)  # type: ignore[arg-type]


def test_keys_without_a_field_are_reported(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        report = archive.add([{"id": "a", "titel": "Rain", "people": ["Ann"]}])
        assert report.unsearched == ("people", "titel")
        assert archive.get("a") == {"id": "a", "people": ["Ann"], "titel": "Rain"}


def test_pages_are_whole_numbers(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        for wrong in (1.5, "3", True, [10]):
            with pytest.raises(sl.ArgumentTypeError, match="limit is a whole number"):
                archive.search("rain", limit=wrong)  # type: ignore[call-overload]
        with pytest.raises(sl.ArgumentError, match="limit is a whole number"):
            archive.search("rain", limit=-1)
        with pytest.raises(sl.ArgumentTypeError, match="name of a field"):
            archive.search("rain", sort=[7])  # type: ignore[list-item]


@pytest.mark.parametrize("settings", [{"week_start": 7}, {"week_start": "x"}, {"day_first": 1}])
def test_wrong_settings_make_no_archive(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(sl.ArgumentError, match="week_start"):
        sl.Archive.create(tmp_path / "new", **settings)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: sl.Archive.create(path, {"id": sl.Key()}), "schema is a searchlib.Schema"),
        (lambda path: sl.Archive.create(path, limits={}), "limits is a searchlib.Limits"),
        (lambda path: sl.open(path, schema={}), "schema is a searchlib.Schema"),
    ],
)
def test_arguments_of_other_types(tmp_path: Path, make: Any, says: str) -> None:
    with pytest.raises(sl.ArgumentTypeError, match=says):
        make(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_argument_that_search_does_not_have(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        call: Any = archive.search
        with pytest.raises(sl.ArgumentTypeError, match="'limti': it takes limit, offset"):
            call("rain", limti=3)


def test_what_an_archive_says_of_itself(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="fr", zone="Asia/Tokyo") as archive:
        assert (archive.language, archive.analysis_version) == ("fr", 2)
        assert archive.settings == {
            "zone": "Asia/Tokyo", "week_start": 0, "day_first": None, "language": "fr",
        }  # fmt: skip
        seconds = [archive.add([{"id": "a"}]).took, archive.upgrade().took]
        assert all(0 <= one < 60 for one in seconds)
    with pytest.raises(sl.ArgumentTypeError) as raised:
        sl.Archive("index")  # type: ignore[arg-type]
    assert str(raised.value) == (
        "Archive('index') does not open an archive: searchlib.open('index') does, and "
        "Archive.create('index') makes a new one"
    )


def test_it_is_said_once_that_the_kernels_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[int] = []
    monkeypatch.setattr(
        "searchlib.kernels.warn_if_missing", lambda *, stacklevel: levels.append(stacklevel)
    )
    sl.Archive.create(tmp_path / "a").close()
    assert levels == [3]  # at the caller of ``create``


def test_a_request_to_delete_has_no_page(archive: sl.Archive) -> None:
    request = sl.SearchRequest("rain", limit=1, offset=2, sort="date", facets=["section"])
    assert archive.delete(query=request) == 3
    assert ids(archive.search("*")) == ["a4"]


def test_an_archive_without_articles_keeps_nothing_of_a_sync(tmp_path: Path) -> None:
    news = tmp_path / "news.jsonl"
    news.write_text("")
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.sync(sl.read(news))
        assert not (tmp_path / "a" / "sync.json").exists()
        news.write_text('{"id": "a"}')
        assert archive.sync(sl.read(news), keys=True).added == 1
        assert (tmp_path / "a" / "sync.json").exists()
        assert archive.sync(sl.read(news)).skipped == 1


def test_standing_queries_merge_no_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.index.merge_policy._TINY", 0)  # no segment is waited for
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.watch("rain", "rain")
        with monkeypatch.context() as context:  # something is left to merge
            context.setattr("searchlib.index.index_writer.next_merge", lambda *of, **how: [])
            for number in range(2):
                archive.add([{"id": number, "title": "rain " * (number + 1)}])
        segments = archive.stats().segments
        archive.watch("snow", "snow")
        archive.unwatch("snow")
        archive.forget_alerts()
        assert archive.stats().segments == segments
        assert list(archive.alerts()) == []
        with pytest.raises(sl.UnknownKey, match="no standing query has the name 'snow': watches"):
            archive.unwatch("snow")


def test_how_many_alerts_are_read(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.watch("rain", "rain")
        archive.add([{"id": n, "title": "rain"} for n in range(3)])
        found = [alert.key for alert in archive.alerts()]
        assert [alert.key for alert in archive.alerts(limit=1)] == found[:1]
        assert [alert.key for alert in archive.alerts(limit=4)] == found == ["0", "1", "2"]
        for limit in (0, -1):
            with pytest.raises(sl.ArgumentError, match=f"limit is from 1 on, not {limit}"):
                archive.alerts(limit=limit)
        with pytest.raises(sl.ArgumentTypeError, match="limit is a"):
            archive.alerts(limit="3")  # type: ignore[arg-type]
        with pytest.raises(sl.ArgumentTypeError, match="str is no article: give an Article or"):
            archive.match("rain")  # type: ignore[arg-type]
        first = archive.alerts(limit=2).token
        archive.add([{"id": 9, "title": "rain"}])
        archive.forget_alerts(first)
        assert [alert.key for alert in archive.alerts(since=first)] == ["2", "9"]


def test_nothing_is_asked_of_a_closed_archive(tmp_path: Path) -> None:
    archive = sl.Archive.create(tmp_path / "a")
    archive.watch("rain", "rain")
    archive.close()
    for ask in (
        archive.upgrade, archive.optimize, archive.watches, archive.alerts, archive.forget_alerts,
        archive.check, archive.snapshot, lambda: archive.unwatch("rain"),
        lambda: archive.watch("snow", "snow"), lambda: archive.match({"id": "a"}),
        lambda: archive.search("rain"), lambda: archive.add([]), lambda: archive.delete(["a"]),
    ):  # fmt: skip
        with pytest.raises(sl.SnapshotClosed):
            ask()


def test_standing_queries_are_kept_if_they_can_be_asked(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        watch = archive.watch("rain", "rain", match="any", notify="changed")
        assert archive.watches() == [watch]
        with pytest.raises(sl.ArgumentError):
            archive.watch("snow", "snow", filters={"nothing": "x"})
        assert archive.watches() == [watch]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (7, "the path of an archive is text or a Path, not 7"),
        ("", 'the path of an archive is empty: "." is the current folder'),
        ("opensearch+https://me@host/wire", "this is for folders, and the address is that of an"),
    ],
)
def test_what_is_no_folder(path: Any, says: str) -> None:
    for make in (sl.Archive.create, sl.Archive.open):
        with pytest.raises((sl.ArgumentError, sl.ArgumentTypeError), match=re.escape(says)):
            make(path)
    with pytest.raises(sl.ArgumentTypeError, match=r"limits is a searchlib\.Limits, not int"):
        sl.Archive.open("nowhere", limits=3)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform != "linux", reason="handles are named in /proc")
def test_relaxed_commits_are_made_durable_by_the_next_full_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[str] = set()
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.add(os.readlink(f"/proc/self/fd/{handle}"))
    )
    with sl.Archive.create(tmp_path / "a", durability="relaxed") as archive:
        archive.add([{"id": "a", "title": "Rain"}])
        assert archive.search("rain").total == 1
    with sl.open(tmp_path / "a", durability="relaxed") as archive:
        archive.add([{"id": "b", "title": "Sun"}])
    assert not synced
    relaxed = {str(path) for path in (tmp_path / "a").iterdir() if path.suffix in (".seg", ".json")}
    with sl.open(tmp_path / "a") as archive:
        assert archive.add([{"id": "a", "title": "Rain"}]).unchanged == 1
    assert synced == {*relaxed, str(tmp_path / "a")}
    with pytest.raises(sl.ArgumentError, match="a cluster has a durability of its own"):
        sl.open("opensearch+https://u@h/i", durability="relaxed")


def test_a_closed_archive_lets_go_of_what_the_next_writer_would_have(tmp_path: Path) -> None:
    archive = sl.Archive.create(tmp_path)
    archive.add([{"id": "a"}])
    reader = archive._store._last_reader
    assert reader is not None
    archive.close()
    assert archive._store._last_reader is None
    with pytest.raises(sl.SnapshotClosed):
        reader.check_open()


def test_the_key_of_an_article_cannot_be_changed(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        archive.add([{"id": "a", "title": "Rain"}])
        with pytest.raises(sl.ArgumentError, match="the id of an article cannot be changed: add"):
            archive.update("a", id="b")
        assert archive.update("a", id="a", title="Snow").updated == 1
        assert list(archive) == ["a"]


def test_keys_are_reported_where_they_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    file.write_text('{"id": "a"}\n')
    with sl.Archive.create(tmp_path / "archive") as archive:
        assert archive.sync(sl.read(file)).keys == archive.add([{"id": "b"}]).keys
        assert archive.add([{"id": "c"}], keys=True).keys != archive.add([{"id": "d"}]).keys


def test_a_run_that_was_stopped_is_gone_on_with_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    class Run(IndexingRun):
        def __init__(self, *of: Any, resume: bool, **how: Any) -> None:
            asked.append(resume)
            super().__init__(*of, resume=resume, **how)

    monkeypatch.setattr("searchlib.archive.IndexingRun", Run)
    with sl.Archive.create(tmp_path) as archive:
        archive.add([{"id": "a"}])
        archive.add([{"id": "a"}], resume=False)
    assert asked == [True, False]


def test_an_archive_on_a_cluster_is_opened_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "searchlib.opensearch.archive.ClusterArchive.open", lambda *of, **how: (of, how)
    )
    limits, wire = sl.Limits(), "opensearch+https://h.example/wire"
    opened: Any = sl.open(wire, sl.NEWS, limits=limits)
    assert opened == ((wire, sl.NEWS), {"limits": limits})


def test_several_standing_queries_are_kept_at_once(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        assert archive.watch_all([sl.Watch("a", "rain"), sl.Watch("b", "snow")]) == 2
        assert {one.name for one in archive.watches()} == {"a", "b"}
        with pytest.raises(sl.ArgumentTypeError, match="str is no standing query: give a search"):
            archive.watch_all(["rain"])  # type: ignore[list-item]
        with pytest.raises(sl.QueryError, match="none was kept"):
            archive.watch_all([sl.Watch("c", "hail"), sl.Watch("d", "(rain")])
        assert {one.name for one in archive.watches()} == {"a", "b"}


def test_threads_that_wait_for_a_new_commit_share_one_view(
    archive: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[CommitView] = []

    def new_view(*args: Any) -> CommitView:
        made.append(CommitView(*args))
        return made[-1]

    monkeypatch.setattr("searchlib.archive.CommitView", new_view)
    archive.add([{"id": "new", "title": "news"}])
    threads = [threading.Thread(target=archive.search, args=("rain",)) for _ in range(3)]
    with archive._lock:
        for thread in threads:
            thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert len(made) == 1
