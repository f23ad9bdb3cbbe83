"""The archives of a set, each open or left out."""

from __future__ import annotations

from pathlib import Path

import pytest

import searchlib as sl
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
    assert not member.is_of(sl.CorruptArchive(tmp_path / "manifest.json", "it is cut"))
    member.leave_out(sl.CorruptArchive(manifest, "it is cut"))
    assert member.note.endswith("is left out: it is damaged")
    assert not member.has_changed()
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert member.has_changed()
    member.leave_out(sl.ArchiveError("the disk is away"))
    assert member.note.endswith("is left out: the disk is away")
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
