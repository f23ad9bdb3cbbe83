"""The standing queries kept in memory: programs are made when something changed, and then only."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields as whoosh_fields

import searchlib as sl
from searchlib.index.index_writer import IndexWriter
from searchlib.watches import registry
from searchlib.watches.programs import ProgramMaker
from searchlib.watches.registry import registry_of
from searchlib.watches.watch_list import encode_watches


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The trees of which programs are made."""
    trees: list[Any] = []
    compile_tree = ProgramMaker.compile

    def noting(self: ProgramMaker, query: Any) -> Any:
        trees.append(query)
        return compile_tree(self, query)

    monkeypatch.setattr(ProgramMaker, "compile", noting)
    return trees


def test_programs_are_made_once(tmp_path: Path, made: list[Any]) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        archive.add([{"id": "a", "title": "rain"}])
        archive.add([{"id": "b", "title": "rain"}])
        assert archive.match({"id": "c", "title": "rains"}) == ["rain"]
        assert len(made) == 1
        archive.watch("snow", "snow")
        archive.watch("rain", "rain", notify="changed")
        archive.add([{"id": "a", "title": "rain snow"}])
        assert len(made) == 3
        told = [(a.name, a.key, a.kind) for a in archive.alerts()][2:]
        assert told == [("rain", "a", "changed"), ("snow", "a", "first")]


def test_what_no_query_has_any_more_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_MIN_UNUSED", 3)
    with sl.Archive.create(tmp_path / "archive") as archive:
        for number in range(30):
            archive.watch("rain", f"rain OR word{number}")
            archive.add([{"id": f"{number}", "title": f"word{number}"}])
        assert len(archive.alerts()) == 30
        assert registry_of(archive._store).table.count < 20


def test_relative_dates_are_read_again(tmp_path: Path, made: list[Any]) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("today", "rain date:today")
        archive.watch("filtered", "rain", filters={"date": "last 3 days"})
        archive.watch("then", "rain date:2026-11-26")
        archive.watch("capitals", "-(snow OR -(rain DATE:today))")
        for day in (26, 27, 30):
            archive._now = datetime(2026, 11, day, 12, tzinfo=UTC)
            made.clear()
            article = {"id": "a", "title": "rain", "date": "2026-11-26"}
            expected = {26: ["today", "filtered", "then", "capitals"], 27: ["filtered", "then"],
                        30: ["then"]}  # fmt: skip
            assert archive.match(article) == expected[day]
            assert any("date" in str(tree) for tree in made)
            archive._now += timedelta(hours=11, minutes=59)
            made.clear()
            assert archive.match(article) == expected[day]
            assert not made


def test_dates_that_change_within_a_day_are_read_each_time(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("hours", "date:last 3 hours")
        archive.watch("math", "date:[now-2h TO now]")
        archive.watch("minute", "date:now")
        article = {"id": "a", "title": "rain", "date": "2026-11-26T10:15Z"}
        expected = {9: [], 10: ["hours", "math", "minute"], 11: ["hours", "math"], 14: []}
        for hour, names in expected.items():
            archive._now = datetime(2026, 11, 26, hour, 15, tzinfo=UTC)
            assert archive.match(article) == names, hour


def test_a_new_field_is_asked_from_its_commit_on(tmp_path: Path) -> None:
    """All queries are read anew by the schema that a commit has: ``rain`` is asked of a text field
    that was added, too, and of the old version of an article by what the query says now."""
    small = sl.Schema(id=sl.Key(), body=sl.Text())
    with sl.Archive.create(tmp_path / "archive", small) as archive:
        archive.watch("rain", "rain")
        archive.watch("changes", "rain", notify="changed")
        archive.add([{"id": "a", "body": "rain"}, {"id": "b", "body": "sun"}])
        token = archive.alerts().token
    larger = sl.Schema(id=sl.Key(), body=sl.Text(), summary=sl.Text(), count=sl.Number())
    with sl.open(tmp_path / "archive", larger) as archive:
        archive.add([{"id": "a", "body": "rain", "count": 1}, {"id": "b", "summary": "rain"}])
        told = [(a.name, a.key, a.kind) for a in archive.alerts(since=token)]
        assert told == [
            ("rain", "b", "first"),
            ("changes", "b", "first"),
            ("changes", "a", "changed"),
        ]
        archive.watch("counted", "count:1")
        archive.add([{"id": "c", "count": 1}, {"id": "a", "body": "sun", "count": 1}])
        assert [a.key for a in archive.alerts() if a.name == "counted"] == ["c"]


def test_a_query_that_cannot_be_run_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        archive.watch("long", "atleast2(rain)")
        archive.watch("dated", "has:date")

        def fail(*_: object) -> Any:
            raise sl.QueryError("too-slow", (0, 0), "it takes too long", "ask for less")

        for watch, text in (("dated", "sun"), ("long", "rain")):
            with monkeypatch.context() as patch:
                patch.setattr("searchlib.search.planner.Planner.plan", fail)
                if watch == "long":
                    archive.unwatch("dated")
                with pytest.raises(
                    sl.QueryError, match=f"'{watch}': it takes too long: ask.*commit"
                ):
                    archive.add([{"id": "a", "title": text}])
                with pytest.raises(sl.QueryError, match=f"'{watch}': it takes too long: ask"):
                    archive.match({"id": "a", "title": text})
        assert archive.add([{"id": "a", "title": "rain rain"}]).alert_count == 2


def test_a_commit_of_another_process_is_taken_in(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("côte", "cote")
        archive.add([{"id": "a", "title": "cote"}])
        with sl.open(tmp_path / "archive") as other:
            other.watch("snow", "snow")
            other.add([{"id": "b", "title": "côtes snow"}])
            other.optimize()
        archive.add([{"id": "c", "title": "côté snow cote"}])
        assert [(a.name, a.key) for a in archive.alerts()][-2:] == [("côte", "c"), ("snow", "c")]
        assert archive.search("cote").total == sum(a.name == "côte" for a in archive.alerts())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="asks in a forked child")
def test_a_forked_child_may_ask(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        assert archive.match({"id": "a", "title": "rain"}) == ["rain"]
        has_lock, is_done = threading.Event(), threading.Event()

        def hold() -> None:
            with registry_of(archive._store).lock:
                has_lock.set()
                is_done.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        has_lock.wait(60)
        child = os.fork()
        if not child:
            os._exit(archive.match({"id": "a", "title": "rain"}) != ["rain"])
        assert os.waitpid(child, 0)[1] == 0
        is_done.set()
        thread.join()


def test_no_query_asks_nothing(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        assert archive.match({"id": "a", "title": "rain"}) == []
        with IndexWriter(archive._store) as writer:
            writer.put_watches(encode_watches([sl.Watch("r", "rain"), sl.Watch("s", "snow")]))
            writer.commit()
        archive.add([{"id": "a"}])
        assert len(archive.alerts()) == 0
        assert archive.match({"id": "a", "title": "snow"}) == ["s"]


def test_an_archive_of_a_whoosh_schema_is_asked_by_the_searcher(tmp_path: Path) -> None:
    fields = whoosh_fields.Schema(id=whoosh_fields.ID(unique=True), title=whoosh_fields.TEXT())
    schema = sl.Schema.from_whoosh(fields, exact=True)
    with sl.Archive.create(tmp_path / "archive", schema) as archive:
        archive.watch("rain", '"heavy rain" OR snow')
        for title in ("heavy rain", "rain heavy", "snow"):
            writer = archive.whoosh.writer()
            writer.add_document(id=title, title=title)
            writer.commit()
        assert len(archive.alerts()) == 2
        assert len(registry_of(archive._store).table.searcher_leaves) == 1
