"""The directory: files are read, mapped, written and replaced; strange names and links refused."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from searchlib.codec import directory as module
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArgumentError, CorruptArchive
from tests.parts import open_files


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


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be opened there")
def test_what_is_durable_when_a_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, os.replace

    def note_sync(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def note_rename(old: Any, new: Any) -> None:
        done.append(f"{Path(old).name} is {Path(new).name}")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_rename)
    directory = Directory(tmp_path / "a" / "b")
    for call, wanted in (
        (directory.create, ["folder"] * 4),  # "..", its parent, and the two that are made
        (lambda: directory.write("x", [b"a"]), ["file"]),
        (directory.sync, ["folder"]),
        (lambda: directory.write_atomic("x", b"b"), ["file", "x.new is x", "folder"]),
        (lambda: directory.delete("x"), []),
    ):
        done.clear()
        call()
        assert done == wanted


@pytest.mark.parametrize("most", [1, 2, 100])
def test_a_write_that_takes_a_part_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:most]))
    Directory(tmp_path).write("x", [b"abc", b"de"])
    assert (tmp_path / "x").read_bytes() == b"abcde"


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_rights_are_those_of_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        Directory(tmp_path).write("x", [])
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666


def test_no_handle_stays_open(tmp_path: Path) -> None:
    def fail() -> Any:
        yield b"a"
        raise ArchiveError("no", "x")

    directory, before = Directory(tmp_path), open_files()
    directory.create()
    directory.write_atomic("x", b"a")
    directory.read("x", 9)
    directory.map_file("x").close()
    for call in (lambda: directory.read("x", 0), lambda: directory.write("y", fail())):
        with pytest.raises(ArchiveError):
            call()
    assert open_files() == before


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
    with pytest.raises(ArchiveError, match="cannot write this file"):
        Directory(tmp_path).write("link", [b"new"])
    assert (tmp_path / "x").read_bytes() == b"abc"


def test_an_os_error_names_the_path_and_the_action(tmp_path: Path) -> None:
    missing, long = Directory(tmp_path / "missing"), "x" * 9999
    Directory(tmp_path).write_atomic("x", b"a")
    (tmp_path / "folder").mkdir()
    for call, message in (
        (lambda: missing.write("x", [b"a"]), r"missing.x: cannot write this file: No such file"),
        (missing.sync, "missing: cannot sync this folder: No such file"),
        (lambda: Directory(tmp_path).exists(long), "cannot look for this file: File name too long"),
        (lambda: Directory(tmp_path).read(long, 9), "cannot read this file: File name too long"),
        (lambda: Directory(tmp_path).map_file(long), "cannot map this file: File name too long"),
        (Directory(tmp_path / long).list_files, "cannot list this folder: File name too long"),
        (lambda: Directory(tmp_path).write_atomic("folder", b""), "folder: cannot replace this"),
    ):
        with pytest.raises(ArchiveError, match=message) as raised:
            call()
        assert type(raised.value) is ArchiveError


def test_what_is_in_no_folder_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        directory = Directory(tmp_path / name)
        assert (directory.list_files(), directory.exists("x")) == ([], False)
        assert directory.delete("x") is False
    assert Directory(tmp_path).delete("file") is True


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


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_another_process_makes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_folder: bool
) -> None:
    mkdir, path = os.mkdir, tmp_path / "a"

    def late(directory: Path) -> None:
        mkdir(directory) if is_folder else path.touch()
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(os, "mkdir", late)
    if is_folder:
        Directory(path).create()
        return
    with pytest.raises(ArchiveError, match="a: cannot make this folder: File exists"):
        Directory(path).create()


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


def _synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that are fsynced from here on."""
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}"))
    )
    return synced


@pytest.mark.skipif(sys.platform != "linux", reason="handles are named in /proc")
def test_relaxed_durability_waits_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = _synced(monkeypatch)
    relaxed = Directory(tmp_path / "a", durability="relaxed")
    relaxed.create()
    relaxed.write("x", [b"1"])
    relaxed.write_atomic("y", b"2")
    relaxed.sync_files(["x", "y"])
    assert (synced, relaxed.read("y", 9)) == ([], b"2")
    Directory(tmp_path / "a").sync_files(["x", "y", "missing"])
    assert synced == [str(tmp_path / "a" / name) for name in ("x", "y")] + [str(tmp_path / "a")]
    with pytest.raises(ArgumentError, match="relaxed"):
        Directory(tmp_path, durability="none")  # type: ignore[arg-type]
