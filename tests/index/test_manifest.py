"""The manifest: written and read back, its checksum, its names and numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from whoosh import fields

from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive
from searchlib.index.manifest import (
    MANIFEST,
    AlertFile,
    DeletedDocs,
    Manifest,
    SegmentInfo,
    WatchFile,
    is_archive_file,
    read_manifest,
)
from searchlib.schema import Schema
from tests.parts import SCHEMA

SEGMENT = SegmentInfo("00000001.seg", 9, 1234, 77, DeletedDocs("00000002.del", 4, 88))
COMMIT = Manifest(SCHEMA, 3, 2, (SEGMENT,), {"zone": "UTC"}, [["a", 1]])


def write(path: Path, text: bytes) -> Directory:
    directory = Directory(path)
    directory.write_atomic(MANIFEST, text + b"\n%08x\n" % crc32(text))
    return directory


def test_a_manifest_comes_back(tmp_path: Path) -> None:
    Directory(tmp_path).write_atomic(MANIFEST, COMMIT.to_bytes())
    assert read_manifest(Directory(tmp_path)) == COMMIT


def test_names_in_the_file_do_not_change() -> None:
    body = json.loads(COMMIT.to_bytes().rsplit(b"\n", 2)[0])
    assert body["reading"] == [["a", 1]]
    assert body["segments"] == [
        {
            "file": "00000001.seg", "documents": 9, "bytes": 1234, "crc": 77,
            "deletes": {"file": "00000002.del", "count": 4, "crc": 88},
        }
    ]  # fmt: skip


def test_files_live_documents_and_the_next_commit() -> None:
    assert COMMIT.files() == {"00000001.seg", "00000002.del"}
    assert SEGMENT.live_count == 5
    assert SegmentInfo("00000001.seg", 9, 1, 1).live_count == 9
    following = COMMIT.next(serial=5)
    assert (following.generation, following.serial, following.schema) == (4, 5, SCHEMA)


def test_no_archive_and_a_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound):
        read_manifest(Directory(tmp_path))
    (tmp_path / "00000001.seg").touch()
    with pytest.raises(CorruptArchive, match="its segments are there"):
        read_manifest(Directory(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generation": -1}, "not a whole number"),
        ({"serial": 0}, "one that was never made"),
        ({"settings": []}, "settings are not well formed"),
        ({"reading": {}}, "commit data are not a list"),
        ({"segments": [SEGMENT.to_json()] * 2}, "names a file twice"),
        ({"segments": [SEGMENT.to_json() | {"file": "../x"}]}, "not the name of a file"),
    ],
)
def test_bodies_that_are_not_valid(tmp_path: Path, change: dict[str, object], message: str) -> None:
    body = json.loads(COMMIT.to_bytes().rsplit(b"\n", 2)[0])
    with pytest.raises(CorruptArchive, match=message):
        read_manifest(write(tmp_path, json.dumps(body | change).encode()))


@pytest.mark.parametrize(
    ("place", "highest"),
    [
        (("generation",), 1 << 53),
        (("serial",), 1 << 53),
        (("segments", 0, "documents"), 1 << 32),
        (("segments", 0, "bytes"), 1 << 53),
        (("segments", 0, "crc"), 1 << 32),
        (("segments", 0, "deletes", "count"), 9),
        (("segments", 0, "deletes", "crc"), 1 << 32),
        (("watches", "bytes"), 1 << 53),
        (("watches", "crc"), 1 << 32),
        (("alerts", 0, "bytes"), 1 << 53),
        (("alerts", 0, "crc"), 1 << 32),
    ],
)
def test_the_highest_numbers(tmp_path: Path, place: tuple[str | int, ...], highest: int) -> None:
    watches = WatchFile("00000005.wat", 10, 5)
    alerts = tuple(ALERTS) if place[0] == "alerts" else ()
    commit = replace(COMMIT, serial=5, watches=watches, alerts=alerts)
    for value, is_right in [(highest, True), (highest + 1, False), (-1, False), (1.0, False),
                            (True, False), ("1", False), (None, False)]:  # fmt: skip
        body = json.loads(commit.to_bytes().rsplit(b"\n", 2)[0])
        part = body
        for key in place[:-1]:
            part = part[key]
        assert part[place[-1]] is not None
        part[place[-1]] = value
        directory = write(tmp_path, json.dumps(body).encode())
        if is_right:
            assert read_manifest(directory) != commit
            continue
        with pytest.raises(CorruptArchive, match=f"from 0 to {highest}"):
            read_manifest(directory)


ALERTS = [AlertFile("00000003.alr", 10, 5, 1, 2), AlertFile("00000004.alr", 10, 5, 3, 3)]


@pytest.mark.parametrize(
    ("alerts", "message"),
    [
        (ALERTS, ""),
        ([replace(ALERTS[0], last=3), ALERTS[1]], ""),
        (ALERTS[:1] * 2, "not in the order of the commits"),
        (ALERTS[::-1], "not in the order of the commits"),
        ([ALERTS[0], replace(ALERTS[1], last=4)], "not in the order of the commits"),
        ([ALERTS[0], replace(ALERTS[1], file="00000003.alr")], "names a file twice"),
        ([ALERTS[0], replace(ALERTS[1], file="00000006.alr")], "one that was never made"),
        ([replace(ALERTS[0], file="00000003.seg")], "not the name of a file"),
        ([replace(ALERTS[0], crc=1 << 40)], "not a whole number"),
    ],
)
def test_the_files_of_alerts(tmp_path: Path, alerts: list[AlertFile], message: str) -> None:
    commit = replace(COMMIT, serial=5, alerts=tuple(alerts))
    files = {"00000001.seg", "00000002.del", "00000003.alr", "00000004.alr"}
    read_back(tmp_path, commit, message, files)


def read_back(tmp_path: Path, commit: Manifest, message: str, files: set[str]) -> None:
    """Write and read a manifest: it is refused with this message, or is the same and has these
    files."""
    (directory := Directory(tmp_path)).write_atomic(MANIFEST, commit.to_bytes())
    if message:
        with pytest.raises(CorruptArchive, match=message):
            read_manifest(directory)
    else:
        assert read_manifest(directory) == commit
        assert commit.files() == files


@pytest.mark.parametrize(
    ("watches", "message"),
    [
        ("00000005.wat", ""),
        ("00000006.wat", "one that was never made"),
        ("00000005.seg", "not the name of a file"),
        ("00000005.alr", "not the name of a file"),
    ],
)
def test_the_file_of_standing_queries(tmp_path: Path, watches: str, message: str) -> None:
    commit = replace(COMMIT, serial=5, watches=WatchFile(watches, 10, 5))
    read_back(tmp_path, commit, message, {"00000001.seg", "00000002.del", watches})


@pytest.mark.parametrize(
    ("programs", "message"),
    [
        ("00000004.prg", ""),
        ("00000006.prg", "one that was never made"),
        ("00000004.wat", "not the name of a file"),
    ],
)
def test_the_file_of_programs(tmp_path: Path, programs: str, message: str) -> None:
    watches, named = WatchFile("00000005.wat", 10, 5), WatchFile(programs, 20, 6)
    commit = replace(COMMIT, serial=5, watches=watches, programs=named)
    read_back(tmp_path, commit, message, {"00000001.seg", "00000002.del", watches.file, programs})


def test_the_lowest_format_in_which_nothing_is_lost(tmp_path: Path) -> None:
    program = Schema.from_whoosh(fields.Schema(id=fields.ID(stored=True)), exact=True)
    stories = {"zone": "UTC", "stories": {"field": "body", "strict": False}}
    watched = {"serial": 9, "watches": WatchFile("00000005.wat", 10, 5)}
    alerted = {"serial": 9, "alerts": tuple(ALERTS)}
    for changes, number in (
        ({}, 3), (watched, 4), (alerted, 4), ({"settings": stories}, 5),
        ({"settings": stories, **watched}, 5), ({"schema": program}, 6),
        ({"schema": program, **watched, **alerted}, 6),
    ):  # fmt: skip
        commit = replace(COMMIT, **changes)
        body = json.loads(commit.to_bytes().rsplit(b"\n", 2)[0])
        assert body["format"] == number
        assert ("watches" in body, "alerts" in body) == ("watches" in changes, "alerts" in changes)
        (directory := Directory(tmp_path)).write_atomic(MANIFEST, commit.to_bytes())
        assert read_manifest(directory) == commit


def test_languages_and_versions_of_the_analysis(tmp_path: Path) -> None:
    assert COMMIT.language == "en"
    assert replace(COMMIT, settings={"language": "de"}).language == "de"
    body = json.loads(COMMIT.to_bytes().rsplit(b"\n", 2)[0])
    assert body["analysis"] == CURRENT_VERSION
    for version in range(1, CURRENT_VERSION + 1):
        directory = write(tmp_path, json.dumps(body | {"analysis": version}).encode())
        assert read_manifest(directory).analysis == version
    old = {name: value for name, value in body.items() if name not in ("analysis", "reading")}
    first = read_manifest(write(tmp_path, json.dumps(old).encode()))
    assert (first.analysis, first.commit_data) == (1, [])
    for version in (0, CURRENT_VERSION + 1):
        directory = write(tmp_path, json.dumps(body | {"analysis": version}).encode())
        with pytest.raises(ArchiveError, match=f"has format 3 with analysis {version}, this vers"):
            read_manifest(directory)
    settings = {"settings": {"language": "tlh"}}
    with pytest.raises(CorruptArchive, match="its language 'tlh' is not known"):
        read_manifest(write(tmp_path, json.dumps(body | settings).encode()))
    for number in (0, 7):
        directory = write(tmp_path, json.dumps(body | {"format": number}).encode())
        with pytest.raises(ArchiveError, match=f"has format {number}, .* reads up to format 6"):
            read_manifest(directory)


def test_a_wrong_checksum_and_a_later_format(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.write_atomic(MANIFEST, COMMIT.to_bytes().replace(b"1234", b"1235"))
    with pytest.raises(CorruptArchive, match="checksum is wrong"):
        read_manifest(directory)
    with pytest.raises(ArchiveError, match="use a later version"):
        read_manifest(write(tmp_path, b'{"format": 99}'))


def test_which_files_are_an_archives() -> None:
    ours = ["00000001.seg", "00000001.del", "manifest.json.new", "draft-x.tmp"]
    others = ["manifest.json", "writer.lock", "1.seg", "a00000001.seg", "00000001.seg.bak"]
    assert all(map(is_archive_file, ours))
    assert not any(map(is_archive_file, others))
