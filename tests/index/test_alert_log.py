"""The files of alerts: joined, forgotten, damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard

import searchlib as sl
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArgumentError, ArgumentTypeError, CorruptArchive
from searchlib.index import alert_log
from searchlib.index.alert_log import (
    AlertRow,
    CommitAlerts,
    parse_token,
    read_alert_file,
    write_alert_file,
)
from searchlib.index.manifest import AlertFile

COMMITS = [
    CommitAlerts(3, [AlertRow("rain", ["a", "ü"], ["c"])]),
    CommitAlerts(5, [AlertRow("rain", [], ["a"]), AlertRow('"', ["b"], [])]),
]


def test_what_is_written_is_read_and_every_flip_and_cut_names_the_file(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    info = write_alert_file(directory, "00000001.alr", COMMITS)
    assert info is not None
    assert read_alert_file(directory, info) == COMMITS
    file = tmp_path / info.file
    data = file.read_bytes()
    damaged = [data[:n] for n in range(len(data))] + [data + b" "]
    damaged += [data[:n] + bytes([data[n] ^ 1 << n % 8]) + data[n + 1 :] for n in range(len(data))]
    for wrong in damaged:
        file.write_bytes(wrong)
        with pytest.raises(CorruptArchive, match=info.file):
            read_alert_file(directory, info)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[" * 100_000, "[[3]]", '[["3", []]]', "[[3, 7]]", "[[4, []]]", "[[3, [7]]]",
     "[[3, [[]]]]", '[[3, [["rain", ["a"]]]]]', '[[3, [["rain", [1], []]]]]',
     '[[3, [["rain", "a", []]]]]', "[[3, []], [3, []]]", "[[3, []], [2, []]]", "[[NaN, []]]"],
)  # fmt: skip
@pytest.mark.parametrize("is_packed", [True, False])
def test_signed_nonsense_is_an_error_that_names_the_file(
    tmp_path: Path, text: str, is_packed: bool
) -> None:
    data = zstandard.compress(text.encode()) if is_packed else text.encode()
    (tmp_path / "00000001.alr").write_bytes(data)
    info = AlertFile("00000001.alr", len(data), crc32(data), 3, 3)
    with pytest.raises(CorruptArchive, match=info.file):
        read_alert_file(Directory(tmp_path), info)


def test_a_file_that_says_it_is_huge_takes_no_memory(tmp_path: Path) -> None:
    data = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 20))
    header = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + data[9:]
    (tmp_path / "00000001.alr").write_bytes(header)
    info = AlertFile("00000001.alr", len(header), crc32(header), 3, 3)
    with pytest.raises(CorruptArchive, match="size"):
        read_alert_file(Directory(tmp_path), info)


@pytest.mark.parametrize("token", ["", "7", "7.", ".7", "7.1 ", "-1.0", "٣.0", "9.0", "1e3.0"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ArgumentError, match="token"):
        parse_token(token, 7)
    with pytest.raises(ArgumentTypeError, match="token"):
        parse_token(7, 7)  # type: ignore[arg-type]


def test_many_files_are_joined_and_read_and_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_log, "_MANY_FILES", 8)
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        tokens = [archive.alerts().token]
        for number in range(30):
            archive.add([{"id": f"{number}", "title": "rain"}])
            tokens.append(archive.alerts().token)
        keys = [f"{number}" for number in range(30)]
        assert [alert.key for alert in archive.alerts()] == keys
        assert len(list((tmp_path / "archive").glob("*.alr"))) < 8
        assert archive.check() == []
        for number in (0, 1, 7, 8, 29, 30):
            since = archive.alerts(since=tokens[number])
            assert [alert.key for alert in since] == keys[number:]
        page, token = [], None
        while alerts := archive.alerts(since=token, limit=4):
            assert len(alerts) <= 4
            page += [alert.key for alert in alerts]
            token = alerts.token
        assert page == keys
        archive.forget_alerts(tokens[11])
        assert [alert.key for alert in archive.alerts()] == keys[11:]
        assert [alert.key for alert in archive.alerts(since=tokens[20])] == keys[20:]
        assert archive.check() == []
        archive.forget_alerts()
        assert list(archive.alerts(since=tokens[20])) == []
        assert not list((tmp_path / "archive").glob("*.alr"))


@pytest.mark.parametrize("limit", [None, 1, 2, 3, 9])
def test_alerts_are_read_on_from_any_token(tmp_path: Path, limit: int | None) -> None:
    directory = Directory(tmp_path)
    files = []
    for name, commits in [("00000001.alr", COMMITS), ("00000002.alr", [CommitAlerts(
        8, [AlertRow("snow", ["x", "y"], ["z"])])])]:  # fmt: skip
        info = write_alert_file(directory, name, commits)
        assert info is not None
        files.append(info)
    read = lambda since, limit: alert_log.read_alerts(directory, files, since, 9, limit)  # noqa: E731
    whole = list(read((0, 0), None))
    assert [alert.commit for alert in whole] == [3, 3, 3, 5, 5, 8, 8, 8]
    places = [(3, 0), (3, 1), (3, 2), (5, 0), (5, 1), (8, 0), (8, 1), (8, 2), (9, 0), (10, 0)]
    for number, place in enumerate(places):
        found, token = [], place
        while True:
            part = read(token, limit)
            assert limit is None or len(part) <= limit
            found += part
            token = parse_token(part.token, 9)
            if limit is None or len(part) < limit:
                break
        assert found == whole[number:]
        assert token == (10, 0)
    for since, number in (((0, 7), 0), ((4, 7), 3), ((6, 0), 5)):  # of commits without alerts
        assert list(read(since, None)) == whole[number:]


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ([1] * 63, 0),
        ([1] * 64, 64),
        ([1] * 70, 70),
        ([1 << 20] + [1] * 63, 63),
        ([1] * 60 + [1 << 20] + [1] * 5, 5),
        ([(1 << 20) - 1] * 64, 64),
        ([1] * 63 + [1 << 20], 0),
    ],
)
def test_how_many_of_the_last_files_are_joined(sizes: list[int], count: int) -> None:
    files = [AlertFile(f"{n:08}.alr", size, 0, n, n) for n, size in enumerate(sizes)]
    assert alert_log.files_to_join(files) == count
