"""Copies of archives: whole, gone on with, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.cli import copying
from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore

from .conftest import Cli

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), date=sl.Date(), authors=sl.Keyword(many=True))
ROWS = [
    {"id": "a", "title": "Rain", "date": "2022-05", "authors": ["Ann", "Bo"], "extra": {"n": 1}},
    {"id": "b", "title": "Neige à Oslo", "date": "2022-08-31T09:20+08:00"},
    {"id": "c"},
]


def make(path: Path) -> None:
    with sl.Archive.create(
        path, SCHEMA, language="fr", zone="Europe/Oslo", week_start=6
    ) as archive:
        archive.add(ROWS)
        archive.add([{"id": "gone", "title": "Gone"}])
        archive.delete("gone")


def test_a_copy_is_the_same(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert ran.code == 0
    assert "3 added, 0 updated, 0 unchanged" in ran.err
    assert "the same: 3 articles" in ran.err
    with sl.open(tmp_path / "a") as old, sl.open(tmp_path / "b") as new:
        assert list(new.export()) == list(old.export())
        assert (new.schema, new.settings) == (old.schema, old.settings)
        assert new.settings["zone"] == "Europe/Oslo"


def test_standing_queries_stay_and_it_is_said(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    assert "standing" not in cli("copy", str(tmp_path / "a"), str(tmp_path / "b")).err
    with sl.open(tmp_path / "a") as old:
        old.watch_all([sl.Watch("rain", "rain"), sl.Watch("oslo", "oslo")])
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert ran.code == 0
    said = " ".join(ran.err.split())
    assert f"2 standing queries of {tmp_path / 'a'} and their alerts are not copied: search" in said
    assert copying._cure("a", "b") == (
        ": searchlib watch list --json --archive a | searchlib watch load - --archive b"
    )
    assert copying._cure("a", "opensearch+https://host/wire") == ""


def test_a_copy_is_gone_on_with(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    with sl.open(tmp_path / "a") as old:
        with sl.Archive.create(tmp_path / "b", SCHEMA, **old.settings) as new:
            new.add(ROWS[:1])
        old.update("a", title="Snow")
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert "2 added, 1 updated, 0 unchanged" in ran.err
    assert ran.code == 0
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert "0 added, 0 updated, 3 unchanged" in ran.err
    assert ran.code == 0


def test_differences_are_said(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    make(tmp_path / "b")
    with sl.open(tmp_path / "b") as other:
        other.add([{"id": "other"}])
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert ran.code == 4
    assert "has 3 articles" in " ".join(ran.err.split())
    with sl.open(tmp_path / "b") as other:
        other.delete("other")
        other.update("a", title="Snow")
    with sl.open(tmp_path / "a") as old, sl.open(tmp_path / "b") as other:
        sums = [copying._Sum(SCHEMA) for _ in range(3)]
        for one, articles in zip(sums, (old, other, old), strict=True):
            assert len(list(one.passed(articles.export()))) == 3
    assert [sums[0].same_as(one) for one in sums] == [True, False, True]


def test_places_that_cannot_be(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    assert cli("copy", str(tmp_path / "a"), f"{tmp_path}/./a").code == 2
    sl.Archive.create(tmp_path / "other", SCHEMA).close()
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "other"))
    assert (ran.code, len(sl.open(tmp_path / "other"))) == (3, 0)
    assert "another schema or zone" in " ".join(ran.err.split())
    assert cli("copy", str(tmp_path / "none"), str(tmp_path / "c")).code == 3
    assert not (tmp_path / "c").exists()


def test_the_same_place_by_other_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = "opensearch+https://ann@search.example/wire"
    assert copying._place(f"{wire}?shards=3") == copying._place(wire) == wire
    assert copying._place(f"{wire}?a=1") != copying._place(f"{wire}2?a=1")
    monkeypatch.chdir(tmp_path)
    assert copying._place("./a?b") == str(tmp_path / "a?b")


def test_an_archive_with_other_settings_is_closed_again(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "a")
    sl.Archive.create(tmp_path / "b", SCHEMA).close()
    closed: list[str] = []
    close = sl.Archive.close
    monkeypatch.setattr(sl.Archive, "close", lambda self: closed.append(self.path) or close(self))
    assert cli("copy", str(tmp_path / "a"), str(tmp_path / "b")).code == 3
    assert sorted({Path(path).name for path in closed}) == ["a", "b"]


def test_an_archive_that_a_whoosh_program_made(cli: Cli, tmp_path: Path) -> None:
    """It has no settings of its own: those that stand by default are the copy's too."""
    settings = {"zone": "UTC", "week_start": 0, "day_first": None}
    IndexStore.create(Directory(tmp_path / "b"), SCHEMA)
    for _ in range(2):
        assert cli("copy", str(tmp_path / "b"), str(tmp_path / "c")).code == 0
    with sl.open(tmp_path / "b") as old, sl.open(tmp_path / "c") as new:
        assert new.settings == old.settings == settings


def test_a_copy_may_have_stories(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path / "a")
    ran = cli("stories", "--archive", str(tmp_path / "a"))
    assert (ran.code, f"searchlib copy {tmp_path / 'a'} TO --stories" in ran.err) == (2, True)
    assert cli("copy", str(tmp_path / "a"), str(tmp_path / "b"), "--strict-stories").code == 0
    with sl.open(tmp_path / "b") as new:
        assert new.settings["stories"] == "strict"
        assert list(new.copies("a")) != []
    ran = cli("copy", str(tmp_path / "a"), "opensearch+http://localhost/a", "--stories")
    assert (ran.code, "TO is on a cluster" in ran.err) == (2, True)


def test_what_is_not_all_stored_is_not_copied(cli: Cli, tmp_path: Path) -> None:
    sl.Archive.create(tmp_path / "a", sl.Schema(id=sl.Key(), body=sl.Text(stored=False))).close()
    ran = cli("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert (ran.code, (tmp_path / "b").exists()) == (2, False)
    assert "copy: it has texts that are not stored, or terms that a Whoosh program" in ran.err


def test_a_copy_on_a_cluster_has_no_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    def open_archive(target: str) -> None:
        raise sl.ArchiveNotFound(f"{target}: there is no archive", target)

    def create_archive(*arguments: Any, **settings: Any) -> str:
        made.append((arguments, settings))
        return "new"

    monkeypatch.setattr(copying, "open_archive", open_archive)
    monkeypatch.setattr(copying, "create_archive", create_archive)
    plain = {"zone": "UTC", "week_start": 0, "day_first": None}
    with sl.Archive.create(tmp_path / "a", SCHEMA, stories=True) as old:
        for target, stories, more in (
            ("b", None, {"stories": True}), ("b", "strict", {"stories": "strict"}),
            ("opensearch+http://localhost/b", None, {}),
        ):  # fmt: skip
            assert copying._open_or_create(target, old, stories) == "new"  # type: ignore[comparison-overlap]
            assert made.pop() == ((target, SCHEMA), {**plain, **more})
