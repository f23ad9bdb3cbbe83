"""The archives of a set, each open or left out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch.address import Address
from searchlib.set_members import Member, members_of


def test_a_member_is_open_or_left_out(tmp_path: Path) -> None:
    member = Member(tmp_path / "news", None)
    assert isinstance(member.error, sl.ArchiveNotFound)
    assert member.note == f"partial: {tmp_path / 'news'} is left out: there is no archive"
    assert not member.has_changed()
    sl.Archive.create(tmp_path / "news").close()
    assert member.has_changed()
    member.open()
    assert member.archive is not None
    assert member.error is None
    manifest = tmp_path / "news" / "manifest.json"
    assert member.is_of(sl.CorruptArchive(manifest, "it is cut"))
    assert member.is_of(sl.CorruptArchive(tmp_path / "news", "it is away"))
    assert not member.is_of(sl.CorruptArchive(tmp_path / "manifest.json", "it is cut"))
    archive = member.archive
    member.leave_out(sl.CorruptArchive(manifest, "it is cut"))
    cure = f"; see searchlib check --archive {tmp_path / 'news'}"
    assert member.note.endswith(f"is left out: it is damaged{cure}")
    with pytest.raises(sl.SnapshotClosed):
        archive.search("rain")
    assert not member.has_changed()
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert member.has_changed()
    member.leave_out(sl.ArchiveError("the disk is away"))
    assert member.note.endswith("is left out: the disk is away")
    member.close()


def test_a_member_is_opened_again_only_if_there_is_another_case(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path / "news").close()
    member = Member(tmp_path / "news", None)
    archive = member.archive
    member.open_again()
    assert member.archive is archive
    shutil.rmtree(tmp_path / "news")
    member.open_again()
    assert member.archive is archive  # asking it says what is wrong
    sl.Archive.create(tmp_path / "news", zone="Asia/Tokyo").close()
    member.open_again()
    assert member.archive is not archive
    assert archive is not None
    with pytest.raises(sl.SnapshotClosed):
        archive.search("rain")
    member.leave_out(sl.ArchiveError("the disk is away"))
    member.open_again()
    assert member.archive is None
    shutil.rmtree(tmp_path / "news")
    sl.Archive.create(tmp_path / "news").close()
    member.open_again()
    assert member.error is None
    member.close()


def test_members_are_open_or_none_is(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path / "news").close()
    paths = [tmp_path / "news", tmp_path / "none"]
    with pytest.raises(sl.ArchiveNotFound):
        members_of(paths, partial=False, limits=None)
    members = members_of(paths, partial=True, limits=None)
    assert [member.error is None for member in members] == [True, False]
    for member in members:
        member.close()


@pytest.mark.parametrize("partial", [True, False])
def test_members_are_closed_if_there_is_nothing_to_ask(tmp_path: Path, partial: bool) -> None:
    opened: list[sl.Archive] = []
    sl.Archive.create(tmp_path / "news").close()
    places: list[Any] = [tmp_path / "news", tmp_path / "news" / ".", 7]
    error: type[Exception] = sl.ArgumentTypeError
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "searchlib.set_members.open_archive",
            lambda path, limits: opened.append(sl.Archive.open(path)) or opened[-1],
        )
        with pytest.raises(error, match="the path of an archive is text or a Path, not 7"):
            members_of(places, partial=partial, limits=None)
    (archive,) = opened  # once, however it is named
    with pytest.raises(sl.SnapshotClosed):
        archive.search("rain")


def test_sets_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(sl.ArgumentError, match="no archive to ask: no folder is given"):
        members_of([], partial=True, limits=None)
    with pytest.raises(sl.ArgumentTypeError, match=r"expected: open_many\(\['news'\]\)"):
        members_of("news", partial=True, limits=None)
    with pytest.raises(sl.ArchiveError, match=r"no archive to ask: .*one.*; .*two") as raised:
        members_of([tmp_path / "one", tmp_path / "two"], partial=True, limits=None)
    assert raised.value.path == str(tmp_path / "one")


def test_a_cluster_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr("searchlib.set_members.time.monotonic", lambda: seconds[0])
    error = sl.ArchiveUnreachable(
        "no answer", str(Address.parse("opensearch+https://me@HOST/wire"))
    )
    asked: list[str] = []

    def refuse(path: str, limits: Any) -> Any:
        asked.append(path)
        raise error

    monkeypatch.setattr("searchlib.set_members.open_archive", refuse)
    member = Member(name := "opensearch+https://me@HOST/wire", None)
    assert (member.archive, member.error) == (None, error)
    assert member.note == f"partial: {name} is left out: its cluster does not answer"
    assert member.is_of(error)
    assert member.is_of(sl.ArchiveUnreachable("no", name))
    assert not member.is_of(sl.ArchiveUnreachable("no", "opensearch+https://host/other"))
    for now, has_changed in ((104.9, False), (105.0, True), (99.9, True), (100.0, False)):
        seconds[0] = now
        assert member.has_changed() is has_changed
    assert asked == [name]


def test_an_archive_is_a_member_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sl.Archive.create(tmp_path / "news").close()
    paths = ["news", tmp_path / "news", "./news/../news"]
    (member,) = members_of(paths, partial=False, limits=None)
    member.close()


def test_an_address_is_a_member_once() -> None:
    pytest.importorskip("opensearchpy")
    wire = "opensearch+http://127.0.0.1:9/wire"
    with pytest.raises(sl.ArchiveError, match="there is no archive to ask") as caught:
        members_of([wire, wire], partial=True, limits=None)
    assert caught.value.path == wire
