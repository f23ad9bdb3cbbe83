"""The files of alerts: joined, forgotten, damaged."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

import searchlib as sl
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArgumentError, ArgumentTypeError, CorruptArchive
from searchlib.index import alert_log
from searchlib.index.alert_log import (
    Alert,
    AlertRow,
    Alerts,
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


ROWS, NOT_ALERTS = "[[3, [{}]]]", "it does not hold alerts"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value: line 1 column 1"),
        ("{}", "its commits are not those that the manifest names"),
        ("[]", "its commits are not those that the manifest names"),
        ("[" * 100_000, "maximum recursion depth"),
        ("[[3]]", "not enough values to unpack"),
        ("[[3, [], []]]", "too many values to unpack"),
        ('[["3", []]]', NOT_ALERTS),
        ("[[3, 7]]", NOT_ALERTS),
        ('[["3", 7]]', NOT_ALERTS),
        ("[[NaN, []]]", NOT_ALERTS),
        ("[[true, []]]", NOT_ALERTS),
        ("[[4, []]]", "its commits are not those that the manifest names"),
        ("[[2, []], [3, []]]", "its commits are not those that the manifest names"),
        ("[[3, []], [4, []]]", "its commits are not those that the manifest names"),
        ("[[3, []], [3, []]]", "its commits are not in order"),
        ("[[3, []], [2, []]]", "its commits are not in order"),
        ("[[3, [7]]]", "must be an iterable, not int"),
        (ROWS.format("[]"), "missing 3 required"),
        (ROWS.format('["rain", ["a"]]'), "missing 1 required"),
        (ROWS.format('["rain", "a", []]'), NOT_ALERTS),
        (ROWS.format('["rain", [], "a"]'), NOT_ALERTS),
        (ROWS.format('["rain", "a", "a"]'), NOT_ALERTS),
        (ROWS.format("[7, [], []]"), "its names and keys are not all text"),
        (ROWS.format('["rain", ["a", 1], []]'), "its names and keys are not all text"),
        (ROWS.format('["rain", ["a"], [null]]'), "its names and keys are not all text"),
    ],
)  # fmt: skip
def test_signed_nonsense_is_an_error_that_names_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    for data, why in (
        (zstandard.compress(text.encode()), message),
        (text.encode(), ""),
        (unsized.compress(text.encode()), "its size is not one of alerts"),
    ):
        (tmp_path / "00000001.alr").write_bytes(data)
        info = AlertFile("00000001.alr", len(data), crc32(data), 3, 3)
        with pytest.raises(CorruptArchive, match=f"{info.file}: damaged: .*{re.escape(why)}"):
            read_alert_file(Directory(tmp_path), info)


unsized = zstandard.ZstdCompressor(write_content_size=False)


def test_a_file_that_is_not_the_one_that_was_written(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    info = write_alert_file(directory, "00000001.alr", COMMITS)
    assert info is not None
    assert (info.first, info.last) == (3, 5)
    for other, message in (
        (replace(info, bytes=info.bytes + 1), f"it has {info.bytes} bytes, not {info.bytes + 1}"),
        (replace(info, crc=info.crc ^ 1), "its checksum is wrong"),
        (replace(info, first=4), "its commits are not those that the manifest names"),
        (replace(info, last=6), "its commits are not those that the manifest names"),
    ):
        with pytest.raises(CorruptArchive, match=f"{info.file}: damaged: {message}"):
            read_alert_file(directory, other)


def test_how_long_a_file_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, text = Directory(tmp_path), '[[3,[["rain",["a","ü"],["c"]]]]]'
    for size in (len(text.encode()) - 1, len(text.encode())):
        monkeypatch.setattr(alert_log, "_MAX_UNPACKED", size)
        info = write_alert_file(directory, "00000001.alr", COMMITS[:1])
        assert (info is None) is (size < len(text.encode()))
        assert (tmp_path / "00000001.alr").exists() is (info is not None)
    assert info is not None
    assert zstandard.decompress((tmp_path / info.file).read_bytes()).decode() == text
    assert read_alert_file(directory, info) == COMMITS[:1]
    monkeypatch.setattr(alert_log, "_MAX_UNPACKED", len(text.encode()) - 1)
    with pytest.raises(CorruptArchive, match="its size is not one of alerts"):
        read_alert_file(directory, info)


def test_alerts_are_a_sequence_with_a_token() -> None:
    one, two = (Alert("rain", key, 3, "first") for key in "ab")
    alerts = Alerts([one, two], "4.0")
    assert (len(alerts), alerts[1], alerts[:1], list(alerts)) == (2, two, (one,), [one, two])
    assert alerts == Alerts((one, two), "4.0")
    assert hash(alerts) == hash(Alerts((one, two), "4.0"))
    assert alerts != Alerts([one, two], "5.0")
    assert alerts != Alerts([one], "4.0")
    assert alerts != [one, two]
    assert repr(Alerts([], "4.0")) == "Alerts([], '4.0')"
    assert repr(alerts).startswith("Alerts([Alert(name='rain', key='a', commit=3, kind='first'), ")


def test_files_without_the_alerts_of_earlier_commits(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    files = [
        write_alert_file(directory, f"0000000{n}.alr", commits)
        for n, commits in ((1, COMMITS), (2, [CommitAlerts(8, [AlertRow("snow", ["x"], [])])]))
    ]
    old = [file for file in files if file is not None]
    for before, names in (
        (3, ["00000001.alr", "00000002.alr"]),
        (4, ["00000003.alr", "00000002.alr"]),
        (5, ["00000003.alr", "00000002.alr"]),
        (6, ["00000002.alr"]),
        (8, ["00000002.alr"]),
        (9, []),
    ):
        rest = alert_log.forget(directory, old, before, iter(["00000003.alr"]))
        assert [file.file for file in rest] == names
        commits = [commit for file in rest for commit in read_alert_file(directory, file)]
        whole = [*COMMITS, CommitAlerts(8, [AlertRow("snow", ["x"], [])])]
        assert commits == [commit for commit in whole if commit.generation >= before]


def test_a_file_that_says_it_is_huge_takes_no_memory(tmp_path: Path) -> None:
    data = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 20))
    header = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + data[9:]
    (tmp_path / "00000001.alr").write_bytes(header)
    info = AlertFile("00000001.alr", len(header), crc32(header), 3, 3)
    with pytest.raises(CorruptArchive, match="size"):
        read_alert_file(Directory(tmp_path), info)


@pytest.mark.parametrize(
    ("token", "error", "message"),
    [
        *((token, ArgumentError, f"'{re.escape(token)}' is no token") for token in (
            "", "7", "7.", ".7", "7.1 ", "-1.0", "٣.0", "1e3.0", "1.2.3", "1" * 16 + ".0")),
        ("9.0", ArgumentError, "the token 9.0 is from a later commit than the archive's last, 7"),
        ("70.1", ArgumentError, "the token 70.1 is from a later commit"),
        (7, ArgumentTypeError, "a token is text, not 7"),
    ],
)  # fmt: skip
def test_what_is_no_token(token: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_token(token, 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("token", "place"), [(None, (0, 0)), ("0.0", (0, 0)), ("7.12", (7, 12)), ("8.3", (8, 3))]
)
def test_what_is_a_token(token: str | None, place: tuple[int, int]) -> None:
    assert parse_token(token, 7) == place


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
