"""The files of alerts: joined, forgotten, damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard

import searchlib as sl
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArgumentError, CorruptArchive
from searchlib.index import alert_log
from searchlib.index.alert_log import read_alert_file, write_alert_file
from searchlib.index.alerts import CommitAlerts, NumberRows, parse_token
from searchlib.index.manifest import AlertFile


def commit_of(generation: int, keys: list[str], **rows: tuple[list[int], list[int]]) -> Any:
    """The alerts of a commit: by query the numbers of the first ones and the changed ones."""
    first, changed = (NumberRows.of(some) for some in zip(*rows.values(), strict=True))
    return CommitAlerts(generation, keys, list(rows), first, changed)


COMMITS = [
    commit_of(3, ["a", "ü", "c"], rain=([0, 1], [2])),
    commit_of(5, ["a", "b"], rain=([], [0]), **{'"': ([1], [])}),
]


def test_what_is_written_is_read_and_every_flip_and_cut_names_the_file(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    info = write_alert_file(directory, "00000001.alr", COMMITS)
    assert info is not None
    assert list(map(list, read_alert_file(directory, info))) == list(map(list, COMMITS))
    file = tmp_path / info.file
    data = file.read_bytes()
    damaged = [data[:n] for n in range(len(data))] + [data + b" "]
    damaged += [data[:n] + bytes([data[n] ^ 1 << n % 8]) + data[n + 1 :] for n in range(len(data))]
    for wrong in damaged:
        file.write_bytes(wrong)
        with pytest.raises(CorruptArchive, match=info.file):
            read_alert_file(directory, info)


ONE, NONE = (np.int64(1).tobytes(), bytes(2)), (bytes(8), b"")
NONSENSE = [
    {}, [], 7, [[3]], [["3", [], [], NONE, NONE]], [[4, ["a"], ["rain"], ONE, NONE]],
    [[3, [7], ["rain"], ONE, NONE]], [[3, ["a"], [7], ONE, NONE]], [[3, ["a"], "rain", ONE, NONE]],
    [[3, ["a"], ["rain"], ONE]], [[3, ["a"], ["rain"], ONE, (b"", b"")]],
    [[3, [], ["rain"], ONE, NONE]], [[3, ["a"], [], ONE, NONE]],
    [[3, ["a"], ["rain"], (ONE[0], b"")]], [[3, ["a"], ["rain"], (bytes(8), ONE[1]), NONE]],
    [[3, ["a"], ["rain"], (ONE[0][:7], ONE[1]), NONE]],
    [[3, ["a"], ["rain"], (ONE[0], ONE[1][:1]), NONE]],
    [[3, ["a"], ["rain"], (ONE[0], b"\x01\0"), NONE]],
    [[3, ["a"], ["rain"], (b"\xff" * 8, ONE[1]), NONE]],
    [[3, ["a"], ["rain", "snow"], (b"\xff" * 8 + b"\x02" + bytes(7), ONE[1]), NONE]],
    [[3, ["a"], ["rain"], ONE, NONE]] * 2,
    [[3, ["a"], ["rain"], ONE, NONE], [2, ["a"], ["rain"], ONE, NONE]],
]  # fmt: skip


@pytest.mark.parametrize("content", NONSENSE)
@pytest.mark.parametrize("is_packed", [True, False])
def test_signed_nonsense_is_an_error_that_names_the_file(
    tmp_path: Path, content: Any, is_packed: bool
) -> None:
    text = msgspec.msgpack.encode(content)
    for data in (text, b"\x91" * 100_000, b""):
        packed = zstandard.compress(data) if is_packed else data
        (tmp_path / "00000001.alr").write_bytes(packed)
        info = AlertFile("00000001.alr", len(packed), crc32(packed), 3, 3)
        with pytest.raises(CorruptArchive, match=info.file):
            read_alert_file(Directory(tmp_path), info)


def test_more_articles_than_two_bytes_count(tmp_path: Path) -> None:
    for count in (1 << 16, (1 << 16) + 1):
        commit = commit_of(3, [f"{n}" for n in range(count)], rain=([0, count - 1], []))
        info = write_alert_file(Directory(tmp_path), "00000001.alr", [commit])
        assert info is not None
        [again] = read_alert_file(Directory(tmp_path), info)
        assert [alert.key for alert in again] == ["0", f"{count - 1}"]


def test_a_file_that_says_it_is_huge_takes_no_memory(tmp_path: Path) -> None:
    data = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 20))
    header = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + data[9:]
    (tmp_path / "00000001.alr").write_bytes(header)
    info = AlertFile("00000001.alr", len(header), crc32(header), 3, 3)
    with pytest.raises(CorruptArchive, match="size"):
        read_alert_file(Directory(tmp_path), info)


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
        assert list(archive.alerts()) == list(archive.alerts(since=tokens[30])) == []
        assert len(list((tmp_path / "archive").glob("*.alr"))) == 1
        assert archive.check() == []


def test_who_has_not_read_what_was_forgotten_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a list of all alerts, with files joined, and forgotten more than once."""
    monkeypatch.setattr(alert_log, "_MANY_FILES", 5)
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        tokens: list[str] = []
        for number in range(12):
            title = "snow" if number % 3 == 1 else "rain"  # of a commit without alerts
            archive.add([{"id": f"{number}", "title": title}])
            tokens.append(archive.alerts().token)
            if number in (6, 7, 10):
                archive.forget_alerts(tokens[number - 2])
        keys = [n for n in range(12) if n % 3 != 1]
        assert [alert.key for alert in archive.alerts()] == [f"{n}" for n in keys if n > 8]
        for number, token in enumerate(tokens):
            rest = [f"{n}" for n in keys if n > max(number, 8)]
            if number < 8:
                with pytest.raises(sl.AlertsForgotten, match=f"since the token {token} were") as e:
                    archive.alerts(token)
                token = e.value.token
            assert [alert.key for alert in archive.alerts(token)] == rest
        archive.forget_alerts()
        assert len(archive.alerts(tokens[11])) == 0
        with pytest.raises(sl.AlertsForgotten):
            archive.alerts(tokens[10])
        assert archive.check() == []


def test_nothing_is_said_where_nothing_was_forgotten(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        token = archive.alerts().token
        generation = archive.generation
        archive.forget_alerts()
        assert (archive.generation, len(archive.alerts(token))) == (generation, 0)


@pytest.mark.parametrize("limit", [None, 1, 2, 3, 9])
def test_alerts_are_read_on_from_any_token(tmp_path: Path, limit: int | None) -> None:
    directory = Directory(tmp_path)
    files = []
    last = commit_of(8, ["x", "y", "z"], snow=([0, 1], [2]))
    for name, commits in [("00000001.alr", COMMITS), ("00000002.alr", [last])]:
        info = write_alert_file(directory, name, commits)
        assert info is not None
        files.append(info)
    read = lambda since, limit: alert_log.read_alerts(directory, files, since, 9, limit)  # noqa: E731
    whole = list(read((0, 0), None))
    assert [alert.commit for alert in whole] == [3, 3, 3, 5, 5, 8, 8, 8]
    places = [(3, 0), (3, 1), (3, 2), (5, 0), (5, 1), (8, 0), (8, 1), (8, 2), (9, 0), (10, 0)]
    for number, place in enumerate(places):
        found, token = [], place
        rest = read(place, None)
        for count in range(len(rest) + 1):
            after = parse_token(rest.token_after(count), 9)
            assert list(read(after, None)) == whole[number + count :]
            assert rest[count : count + 2] == tuple(whole[number + count : number + count + 2])
        while True:
            part = read(token, limit)
            assert limit is None or len(part) <= limit
            found += part
            token = parse_token(part.token, 9)
            if limit is None or len(part) < limit:
                break
        assert found == whole[number:]
        assert token == (10, 0)
    for since, number in (((0, 7), 0), ((4, 0), 3), ((6, 0), 5)):  # of commits without alerts
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


def test_a_token_that_would_skip_alerts_is_refused(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        for keys in ("ab", "", "c"):
            archive.add([{"id": key, "title": "rain"} for key in keys] or [{"id": "sun"}])
        first, last = (alert.commit for alert in (archive.alerts()[0], archive.alerts()[-1]))
        assert (first, last, archive.generation) == (2, 4, 4)
        assert [alert.key for alert in archive.alerts(since="2.2")] == ["c"]
        for token in ("2.3", "3.1", "4.2", "5.1"):
            with pytest.raises(ArgumentError, match=f"{token} comes after .*another archive"):
                archive.alerts(since=token)
            with pytest.raises(ArgumentError, match="another archive"):
                archive.alerts(since=token, limit=1)
        archive.add([{"id": "sun", "title": "sun"}])
        with pytest.raises(ArgumentError, match=r"5\.1 comes after 0 alerts of commit 5"):
            archive.alerts(since="5.1")
        archive.forget_alerts("4.0")
        with pytest.raises(sl.AlertsForgotten) as forgotten:  # nobody knows how many they were
            archive.alerts(since="2.3")
        assert [alert.key for alert in archive.alerts(since=forgotten.value.token)] == ["c"]


@pytest.mark.parametrize(("keys", "bytes_each"), [(65_536, 2), (65_537, 4)])
def test_numbers_of_keys_are_as_wide_as_they_must_be(
    tmp_path: Path, keys: int, bytes_each: int
) -> None:
    """Other versions read files by this rule."""
    commit = CommitAlerts(
        3, [str(number) for number in range(keys)], ["rain"],
        NumberRows(np.array([2]), np.array([0, keys - 1])),
        NumberRows(np.array([0]), np.array([], int)),
    )  # fmt: skip
    directory = Directory(tmp_path)
    assert write_alert_file(directory, "1.alr", [commit]) is not None
    ((*_, first, _),) = msgspec.msgpack.decode(
        zstandard.decompress((tmp_path / "1.alr").read_bytes())
    )
    assert len(first[1]) == 2 * bytes_each
