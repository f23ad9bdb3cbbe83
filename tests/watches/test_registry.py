"""The standing queries kept in memory: programs are made when something changed, and then only."""

from __future__ import annotations

import itertools
import os
import string
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from whoosh import fields as whoosh_fields

import searchlib as sl
from searchlib.codec.checksum import crc32
from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import WatchFile
from searchlib.schema import NEWS
from searchlib.watches import registry
from searchlib.watches.programs import ProgramMaker
from searchlib.watches.registry import Registry, registry_of
from searchlib.watches.stored_programs import decode_programs
from searchlib.watches.watch_list import encode_watches, row_of


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
        for number in range(9):
            archive.watch("rain", f"rain OR word{number}")
            archive.add([{"id": f"{number}", "title": f"word{number}"}])
        assert len(archive.alerts()) == 9
        assert registry_of(archive._store).table.count < 9


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


def test_a_time_that_is_over_or_has_not_begun_has_no_article(tmp_path: Path) -> None:
    """And fails no commit, of which none would be made any more."""
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive._now = datetime(2026, 11, 26, 12, tzinfo=UTC)
        archive.watch("until", "date:today..2026-12-24")
        archive.watch("since", "date:2026-11-20..yesterday")
        archive.watch("either", "rain OR date:today to 2026-12-24")
        archive.watch("filtered", "rain", filters={"date": "today..2026-12-24"})
        archive.watch("not", "rain -date:[2026-11-26T11:00Z TO now}")
        article = {"id": "a", "title": "rain"}
        for now, day, names in (
            (datetime(2026, 11, 26, 12), "2026-11-26", ["until", "either", "filtered", "not"]),
            (datetime(2026, 12, 28), "2026-12-28", ["either", "not"]),
            (datetime(2028, 2, 28), "2028-02-28", ["either", "not"]),
            (datetime(2028, 2, 28), "2026-11-26T11:05Z", ["since", "either"]),
            (datetime(2026, 11, 20), "2026-11-20", ["until", "either", "filtered", "not"]),
            (datetime(2026, 11, 26, 10), "2026-11-22", ["since", "either", "not"]),
            (datetime(2024, 1, 1), "2026-11-26", ["until", "either", "filtered", "not"]),
            (datetime(2026, 11, 26, 12), "2026-11-26T11:05Z", ["until", "either", "filtered"]),
        ):
            archive._now = now.replace(tzinfo=UTC)
            assert archive.match(article | {"date": day}) == names, (now, day)


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


# -- without an archive --------------------------------------------------------------------------

NOW = DateSettings(now=datetime(2026, 11, 26, 12, tzinfo=UTC))
TOKYO = replace(NOW, zone=timezone(timedelta(hours=9)))


class Commits:
    """Commits with standing queries, and files with their programs, in memory: a store, and what is
    the manifest of each. A query that is text has that as its name."""

    def __init__(self) -> None:
        self.directory = SimpleNamespace(path=Path("archive"))
        self.files: dict[WatchFile, bytes | Exception] = {}
        self.forgotten = 0
        self.last: Any = None
        self._numbers = itertools.count()

    def add(self, *queries: Any, programs: WatchFile | None = None) -> Any:
        watches = [sl.Watch(each, each) if isinstance(each, str) else each for each in queries]
        self.last = SimpleNamespace(
            rows=list(map(row_of, watches)), programs=programs,
            watches=WatchFile("queries", next(self._numbers), 0),
        )  # fmt: skip
        return self.last

    def file_of(self, data: bytes) -> WatchFile:
        """The file of some programs."""
        named = WatchFile("programs", len(data), crc32(data))
        self.files[named] = data
        return named

    def read(self, _: object, named: WatchFile) -> bytes:
        if isinstance(data := self.files[named], Exception):
            raise data
        return data

    def manifest(self) -> Any:
        return self.last

    def forget_manifest(self) -> None:
        self.forgotten += 1


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    store = Commits()
    monkeypatch.setattr(registry, "read_rows", lambda _, manifest: manifest.rows)
    monkeypatch.setattr(registry, "read_watch_file", store.read)
    for name, value in (("_MIN_STORED", 2), ("_MIN_CHANGES", 1), ("_MANY_FORMS", 5)):
        monkeypatch.setattr(registry, name, value)
    return store


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that are parsed."""
    texts: list[str] = []
    parse = registry.parse  # type: ignore[attr-defined]

    def noting(text: str, *args: Any, **kwargs: Any) -> Any:
        texts.append(text)
        return parse(text, *args, **kwargs)

    monkeypatch.setattr(registry, "parse", noting)
    return texts  # type: ignore[return-value]


def loaded(commits: Commits, *queries: Any, programs: WatchFile | None = None) -> Registry:
    """A registry with the queries of a commit."""
    new = Registry()
    new.load(commits, commits.add(*queries, programs=programs), NEWS, NOW)  # type: ignore[arg-type]
    return new


def test_queries_may_be_larger_than_those_that_are_typed() -> None:
    for field in fields(sl.query.Limits):
        most, usual = (getattr(each, field.name) for each in (registry._LIMITS, sl.query.Limits()))
        assert most >= 5 * usual


def test_what_a_registry_has(commits: Commits, parsed: list[str]) -> None:
    empty = Registry()
    assert (empty.names, empty.for_changes.shape) == ([], (0, 1))
    assert empty.for_changes.dtype == np.uint64
    watches = [
        sl.Watch("a", "rain snow"), sl.Watch("b", "rain snow", match="any", notify="changed"),
        sl.Watch("c", "the rain"), sl.Watch("d", "rain", filters={"section": "world"}),
    ]  # fmt: skip
    one = loaded(commits, *watches)
    assert parsed == ["rain", "snow", "rain snow", "the rain", "rain"]
    assert one.names == list("abcd")
    assert one.for_changes.tolist() == [[0], [(1 << 64) - 1], [0], [0]]
    assert (one._set.unused, one._changes, one._dated, one._atoms) == (0, 4, {}, {})
    assert one._is_behind is False
    every, programs = one._set, [one._set.programs[number] for number in range(4)]
    one.load(commits, commits.last, NEWS, replace(NOW, now=None))  # type: ignore[arg-type]
    assert one._set is every
    one.load(commits, commits.add(watches[3], "hail", watches[1]), NEWS, NOW)  # type: ignore[arg-type]
    assert parsed[5:] == ["hail"]
    assert one.names == ["d", "hail", "b"]
    assert [one._set.programs[number] for number in (0, 2)] == [programs[3], programs[1]]
    assert (one._set.unused, one._changes) == (2, 7)  # a, c and hail
    table = one.table
    for schema, dates in ((NEWS, TOKYO), (NEWS.bound(2, "fr"), NOW)):
        one.load(commits, commits.last, schema, dates)  # type: ignore[arg-type]
        assert one.table is not table
        assert (one._set.unused, one._changes) == (0, 3)
        table = one.table


@pytest.mark.parametrize(("others", "times"), [(1, 5), (4, 7)])
def test_a_table_is_made_anew_when_much_of_it_is_not_used(
    others: int, times: int, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is when more than three programs, or more than there are queries, are of no query."""
    monkeypatch.setattr(registry, "_MIN_UNUSED", 3)
    words = ["aa", "bb", "cc", "dd"][:others]
    one = loaded(commits, *words, "word")
    table, count = one.table, 0
    while one.table is table:
        count += 1
        name = "w" + string.ascii_lowercase[count]
        one.load(commits, commits.add(*words, name), NEWS, NOW)  # type: ignore[arg-type]
    assert count == times
    assert one.names == [*words, name]


def test_after_an_error_all_is_read_anew(commits: Commits) -> None:
    one = loaded(commits, "rain")
    good = commits.last
    wrong = commits.add("rain", "snow date:today", "autor:x")
    for _ in range(2):
        with pytest.raises(sl.QueryError, match=r"query 'autor:x': .*take it away"):
            one.load(commits, wrong, NEWS, NOW)  # type: ignore[arg-type]
    for date in (NOW, replace(NOW, now=datetime(2026, 11, 27, tzinfo=UTC))):
        one.load(commits, good, NEWS, date)  # type: ignore[arg-type]
        assert one.names == ["rain"]
    with pytest.raises(ArgumentError) as refused:
        loaded(commits, sl.Watch("a", "rain", filters={"nowhere": "x"}))
    assert str(refused.value).startswith("standing query 'a': ")
    assert str(refused.value).endswith("; change it with watch, or take it away with unwatch")
    with pytest.raises(CorruptArchive, match=r"queries: .*a name is there twice"):
        loaded(commits, sl.Watch("a", "rain"), sl.Watch("a", "snow"))


def test_programs_of_days(commits: Commits) -> None:
    one = loaded(commits, "rain", "atleast2(rain) date:today")
    assert (list(one._dated), one._changes) == ([1], 1)
    late = replace(NOW, now=datetime(2026, 11, 26, 23, 59, tzinfo=UTC))
    program = one._set.programs[1]
    one.load(commits, commits.last, NEWS, late)  # type: ignore[arg-type]
    assert (one._set.programs[1], one._set.unused) == (program, 0)
    one.load(commits, commits.last, NEWS, replace(NOW, now=datetime(2026, 11, 27, tzinfo=UTC)))  # type: ignore[arg-type]
    assert one._set.programs[1] != program
    assert (len(one._set.programs), one._set.unused) == (2, 1)
    # Programs of days, and of the searcher, are no changes to what is kept.
    one.load(commits, commits.add(
        "rain", "atleast2(rain) date:today", "atleast2(snow) date:today", "date:today hail",
        "title:atleast2(rain)", "rain date:2020", "wind",
    ), NEWS, NOW)  # type: ignore[arg-type]  # fmt: skip
    assert (list(one._dated), one._changes) == ([1, 2, 3], 3)
    assert one._left_out(one._set.programs).tolist() == [1, 2, 3, 4]
    assert loaded(commits, "atleast2(rain) date:today")._changes == 0


WORDS = ["".join(letters) for letters in itertools.product("b", "cdfg", string.ascii_lowercase)]


@pytest.mark.parametrize(
    ("queries", "changes", "is_kept"),
    [(2, 1, False), (2, 2, True), (98, 1, False), (98, 2, True), (100, 2, False), (100, 3, True)],
)
def test_when_programs_are_kept_anew(
    queries: int, changes: int, is_kept: bool, commits: Commits
) -> None:
    """After two changes, or three where there are a hundred queries."""
    names = WORDS[:queries]
    one = loaded(commits, *names)
    data = one.to_store(commits.last)
    assert data is not None
    assert (one.table._known, one._changes) == (None, 0)
    file = commits.file_of(data)
    assert one.to_store(commits.add(*names, programs=file)) is None
    names = [*names[changes // 2 :], *["aaa", "bbb"][: changes - changes // 2]]
    one.load(commits, commits.add(*names, programs=file), NEWS, NOW)  # type: ignore[arg-type]
    assert one._changes == changes
    again = one.to_store(commits.last)
    assert (again is not None) == is_kept
    if again is not None:
        assert decoded_names(one, again) == names
    assert one._changes == (0 if is_kept else changes)


def decoded_names(one: Registry, data: bytes) -> list[str]:
    """The names of the queries of which programs are kept."""
    programs = decode_programs(data, NEWS, one._settings())
    assert programs is not None
    return programs.names


@pytest.mark.parametrize(
    ("queries", "kept"),
    [
        (["rain"], None), (["rain", "snow"], ["rain", "snow"]),
        (["rain", "atleast2(snow)", "date:today"], None),
        (["date:today", "rain", "atleast2(snow)", "snow"], ["rain", "snow"]), ([], None),
    ],
)  # fmt: skip
def test_few_programs_are_not_kept(
    queries: list[str], kept: list[str] | None, commits: Commits
) -> None:
    """Nor are those of the searcher, and of days. A file that there is goes."""
    one, other = loaded(commits, *queries), WatchFile("programs", 1, 2)
    data = one.to_store(commits.last)
    assert (data and decoded_names(one, data)) == kept
    one = loaded(commits, *queries)
    commits.add(*queries, programs=other)
    # Another process has made the file since.
    assert one.to_store(commits.last) == (None if len(queries) > 1 else b"")
    assert one._changes == (0 if len(queries) > 1 else len(queries))
    one._stored, one._changes = (1, 2), 2
    data = one.to_store(commits.last)
    assert (decoded_names(one, data) if data else data) == (kept or b"")


def stored(commits: Commits) -> WatchFile:
    """The file of the programs of three queries."""
    data = loaded(commits, "rain", "snow", "atleast2(hail)").to_store(commits.last)
    assert data is not None
    return commits.file_of(data)


def test_programs_of_a_file_are_not_made(commits: Commits, parsed: list[str]) -> None:
    file = stored(commits)
    parsed.clear()
    one = loaded(commits, "rain", "snow", "atleast2(hail)", "wind", programs=file)
    assert parsed == ["atleast2(hail)", "wind"]
    assert (one._stored, one._changes, one._is_behind) == ((file.bytes, file.crc), 1, True)
    assert one.names == ["rain", "snow", "atleast2(hail)", "wind"]
    # It is that of other settings, and too few queries have no need of one.
    for queries, dates in (
        (["rain", "snow"], TOKYO), (["rain"], NOW), (["rain", "snow"], NOW)
    ):  # fmt: skip
        parsed.clear()
        other = Registry()
        other.load(commits, commits.add(*queries, programs=file), NEWS, dates)  # type: ignore[arg-type]
        assert parsed == ([] if dates is NOW and len(queries) > 1 else queries)
        is_of_others = dates is not NOW
        assert (other._changes >= registry._MANY_CHANGES) == is_of_others
        assert (other.to_store(commits.last) or b"")[:9] == (b"searchlib" if is_of_others else b"")
    # It is read at first only.
    other.load(commits, commits.add("rain", "snow", "wind", programs=file), NEWS, NOW)  # type: ignore[arg-type]
    commits.files.clear()
    other.load(commits, commits.add("rain", "snow", programs=file), NEWS, NOW)  # type: ignore[arg-type]


def test_a_file_that_cannot_be_read(commits: Commits, parsed: list[str]) -> None:
    file = stored(commits)
    commits.files[file] = CorruptArchive(Path("programs"), "it is gone")
    parsed.clear()
    one = loaded(commits, "rain", "snow", programs=file)
    assert parsed == ["rain", "snow"]
    assert (commits.forgotten, one._changes >= registry._MANY_CHANGES) == (1, True)
    assert one.to_store(commits.last) is not None
    old = commits.add("rain", "snow", programs=file)
    commits.add("rain", "snow")  # a later commit, which has another
    one = Registry()
    for number in (2, 3):
        with pytest.raises(CorruptArchive, match="it is gone"):
            one.load(commits, old, NEWS, NOW)  # type: ignore[arg-type]
        assert commits.forgotten == number


def test_a_file_is_made_anew_when_much_came_since(commits: Commits) -> None:
    file = stored(commits)
    for scanned, is_kept in ((5, False), (6, True)):
        one = loaded(commits, "rain", "snow", programs=file)
        one.known.scanned = scanned
        assert (one.to_store(commits.last) is not None) == is_kept
        assert one.to_store(commits.add("rain", "snow", programs=commits.last.programs)) is None
        one._stored, one._changes = (file.bytes, file.crc), 0  # it is that of this process
        assert one.to_store(commits.last) is None
