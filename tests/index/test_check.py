"""Check: nothing to say of a whole archive; damage is named with its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from searchlib.codec.directory import Directory
from searchlib.index import check as module
from searchlib.index.check import check
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import MANIFEST, AlertFile, WatchFile, read_manifest
from tests.parts import SCHEMA, add_records, create_store, delete_keys, entry, open_files


def test_a_whole_archive_has_no_problems(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "rain"}, {"id": "b"})
    add_records(store, {"id": "a", "body": "snow"})
    delete_keys(store, "b")
    assert check(store.directory) == []


@pytest.mark.parametrize("suffix", [".seg", ".del"])
def test_a_flipped_byte_is_reported_with_its_file(tmp_path: Path, suffix: str) -> None:
    store = create_store(tmp_path, *({"id": str(n), "body": "rain " * n} for n in range(9)))
    delete_keys(store, "3")
    [path] = tmp_path.glob(f"*{suffix}")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    [problem] = check(store.directory)
    assert path.name in problem


def test_every_byte_of_a_segment_is_read(tmp_path: Path) -> None:
    """Also those between sections, which nothing else reads."""
    store = create_store(tmp_path, {"id": "a", "body": "rain", "kind": ["x"], "n": 1})
    [path] = tmp_path.glob("*.seg")
    data = path.read_bytes()
    zeros = [at for at, byte in enumerate(data) if not byte]
    for at in (*zeros[::40], *range(0, len(data), 97), len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert len(check(store.directory)) == 1, at
    path.write_bytes(data)
    assert check(store.directory) == []


def test_a_missing_segment_and_a_whole_one(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "x y z"})
    add_records(store, {"id": "b"})
    first, _ = store.manifest().segments
    (tmp_path / first.file).unlink()
    [problem] = check(store.directory)
    assert f"{first.file}: damaged: it is missing" in problem


def test_an_article_that_does_not_agree_with_its_digest(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        key, _, row, data = entry(SCHEMA, {"id": "a"})
        writer.put(key, b"0" * 16, row, data)
        writer.commit()
    [problem] = check(store.directory)
    assert "article 0 is not what was written" in problem


def test_a_key_of_two_live_articles(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    with IndexWriter(store) as writer:
        for _ in range(2):
            writer.put(*entry(SCHEMA, {"id": "a"}))
            writer._pending.clear()  # so that the writer does not know of the first one
        writer.commit()
    [problem] = check(store.directory)
    assert "key 'a' is there twice" in problem


def test_files_are_closed_whatever_they_hold(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "rain"})
    add_records(store, {"id": "b"})
    free = open_files()
    assert check(store.directory) == []
    assert open_files() == free
    path = tmp_path / store.manifest().segments[0].file
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    assert len(check(store.directory)) == 1
    assert open_files() == free


def test_files_of_standing_queries_and_of_alerts_are_checked(tmp_path: Path) -> None:
    directory = create_store(tmp_path).directory
    manifest = replace(
        read_manifest(directory), serial=3, generation=3,
        watches=WatchFile("00000001.wat", 3, 7),
        alerts=(AlertFile("00000002.alr", 3, 7, 1, 1), AlertFile("00000003.alr", 3, 7, 2, 2)),
    )  # fmt: skip
    directory.write_atomic(MANIFEST, manifest.to_bytes())
    for name in ("00000001.wat", "00000003.alr"):
        directory.write(name, [b"abc"])
    problems = check(directory)
    assert [problem.split(": restore")[0] for problem in problems] == [
        f"{tmp_path / '00000001.wat'}: damaged: its checksum is wrong",
        f"{tmp_path / '00000002.alr'}: damaged: it is missing",
        f"{tmp_path / '00000003.alr'}: damaged: its checksum is wrong",
    ]


@pytest.mark.parametrize("commits", [0, 1, 3])
def test_a_commit_that_is_replaced_meanwhile_is_left_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    store = create_store(tmp_path)
    looked: list[int] = []

    def problems(directory: Directory, manifest: object) -> list[str]:
        looked.append(len(looked))
        if len(looked) <= commits:
            add_records(store, {"id": str(len(looked))})
        return ["a file is missing"]

    monkeypatch.setattr(module, "_problems", problems)
    assert check(store.directory) == ["a file is missing"]
    assert len(looked) == commits + 1
    looked.clear()
    monkeypatch.setattr(module, "_problems", lambda *_: looked.append(1) or [])
    assert (check(store.directory), looked) == ([], [1])
