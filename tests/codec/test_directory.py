"""The directory: files are read, mapped, written and replaced; strange names and links refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from searchlib.codec import directory as module
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive


def test_create_makes_parents_and_may_be_called_again(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "a" / "b")
    assert directory.list_files() == []
    directory.create()
    directory.create()
    assert (tmp_path / "a" / "b").is_dir()


def test_write_read_map_and_delete(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.write("x", [b"ab", memoryview(b"cd")])
    assert directory.read("x", 4) == b"abcd"
    with directory.map_file("x") as mapped:
        assert mapped[:] == b"abcd"
    assert directory.exists("x")
    assert directory.delete("x")
    assert not directory.exists("x")
    assert not directory.delete("x")


@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
def test_many_chunks_are_written_once_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "_BUFFER_SIZE", size)
    chunks = [bytes(range(n)) for n in (3, 0, 5, 1, 1, 2, 9)]
    directory = Directory(tmp_path)
    directory.write("x", chunks)
    assert directory.read("x", 21) == b"".join(chunks)
    with pytest.raises(CorruptArchive, match="longer than 20 bytes"):
        directory.read("x", 20)


def test_write_atomic_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.write_atomic("x", b"old")
    directory.write_atomic("x", b"new")
    assert (directory.read("x", 9), directory.list_files()) == (b"new", ["x"])


def test_missing_long_and_empty_files(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.write("x", [b"abc"])
    directory.write("empty", [])
    for read, message in (
        (lambda: directory.read("no", 9), "it is missing"),
        (lambda: directory.read("x", 2), "longer than 2 bytes"),
        (lambda: directory.map_file("empty"), "it is empty"),
    ):
        with pytest.raises(CorruptArchive, match=message):
            read()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b", "C:x"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorruptArchive, match="not the name of a file"):
        Directory(tmp_path).read(name, 9)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_links_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CorruptArchive, match="it is a link"):
        Directory(tmp_path).read("link", 9)
    with pytest.raises(CorruptArchive, match="not a plain file"):
        Directory(tmp_path).read("pipe", 9)


def test_an_os_error_names_the_path_and_the_action(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "missing")
    with pytest.raises(ArchiveError, match=r"missing.x: cannot write this file: No such file"):
        directory.write("x", [b"a"])


def test_a_temporary_file_is_in_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with Directory(tmp_path).temporary_file() as file:
        file.write(b"abc")
        file.seek(0)
        assert file.read() == b"abc"
    assert os.listdir(tmp_path) == []


def test_a_folder_cannot_be_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(ArchiveError, match="cannot make this folder"):
            Directory(path).create()
    assert (tmp_path / "a").read_text() == "x"


@pytest.mark.parametrize("refused", ["old", "new", "new/folder"])
def test_only_what_is_made_must_be_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    (tmp_path / "old").mkdir()
    synced: list[str] = []

    def sync(path: Path) -> None:
        synced.append(path.relative_to(tmp_path).as_posix().removeprefix("old/"))
        if synced[-1] == refused:
            raise PermissionError(13, "no")

    monkeypatch.setattr(module, "_sync_directory", sync)
    directory = Directory(tmp_path / "old" / "new" / "folder")
    if refused == "old":  # which was there already, and is another's
        directory.create()
        assert {"old", "new", "new/folder"} <= {*synced}
        return
    with pytest.raises(ArchiveError, match="cannot make this folder: no"):
        directory.create()
