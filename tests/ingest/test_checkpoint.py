"""Checkpoints: positions in a stream, their JSON form, and opening a file at one."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest import checkpoint as module
from searchlib.ingest.checkpoint import TAIL, Checkpoint, StreamPosition, stream_at

DIGEST = "0123456789abcdef"


def position_after(lines: list[bytes]) -> StreamPosition:
    position = StreamPosition()
    for line in lines:
        position.advance(line)
    return position


@given(st.lists(st.binary(max_size=3000), max_size=12))
def test_a_position_after_lines(lines: list[bytes]) -> None:
    position = position_after(lines)
    data = b"".join(lines)
    assert (position.line, position.offset) == (len(lines), len(data))
    assert position.tail == position.tail == data[-TAIL:]


def test_a_position_remembers_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 10_000)
    position = position_after([b"x" * 99 + b"\n"] * 1000)
    assert sum(map(len, position._recent)) <= 10_000 + TAIL
    assert position.offset == 100_000


def test_a_position_after_the_end_of_a_long_line() -> None:
    position = StreamPosition()
    position.advance(b"end\n", 5_000)
    assert (position.line, position.offset, position.tail) == (1, 5_004, b"end\n")


def test_json_round_trip() -> None:
    for checkpoint in (
        Checkpoint(DIGEST, DIGEST[::-1], 0, 0, ""),
        Checkpoint.at(DIGEST, DIGEST, position_after([b"[1]\n", b"[2]\n"])),
    ):
        assert Checkpoint.from_json(checkpoint.to_json()) == checkpoint
    assert Checkpoint(DIGEST, DIGEST, 0, 0, "").finished
    assert not Checkpoint(DIGEST, DIGEST, 1, 4, DIGEST).finished


@pytest.mark.parametrize(
    "values",
    [
        None, 7, [], [DIGEST, DIGEST, 0, 0], [DIGEST, "short", 0, 0, ""], [DIGEST, 7, 0, 0, ""],
        [DIGEST, DIGEST, -1, 0, ""], [DIGEST, DIGEST, 0, 1 << 63, ""],
        [DIGEST, DIGEST, 0, True, ""], [DIGEST, DIGEST, 0, 0, "tail"], "fives",
    ],
)  # fmt: skip
def test_other_values_are_refused(values: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Checkpoint.from_json(values)


def test_digests_of_files(tmp_path: Path) -> None:
    path, link = tmp_path / "news.jsonl", tmp_path / "link"
    path.write_bytes(b"news")
    link.symlink_to(path)
    assert Checkpoint.source_of(str(link)) == Checkpoint.source_of(str(path))
    assert Checkpoint.source_of(str(path)) != Checkpoint.source_of(str(tmp_path / "other"))
    state = Checkpoint.state_of(os.stat(path), b"settings")
    assert state == Checkpoint.state_of(os.stat(path), b"settings")
    assert state != Checkpoint.state_of(os.stat(path), b"other")
    path.write_bytes(b"newer")
    assert state != Checkpoint.state_of(os.stat(path), b"settings")


LINES = [b"%d\n" % (number * 7**9) for number in range(2_000)]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("count", [1, 10, 1_500, 2_000])
def test_a_stream_from_a_checkpoint_on(
    monkeypatch: pytest.MonkeyPatch, compressed: bool, count: int
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 1000)  # so that skipping takes several reads
    data = b"".join(LINES)
    checkpoint = Checkpoint.at("", "", position_after(LINES[:count]))
    file = io.BytesIO(gzip.compress(data) if compressed else data)
    position = StreamPosition()
    stream = stream_at(file, checkpoint, position)
    assert stream is not None
    assert stream.read() == b"".join(LINES[count:])
    assert Checkpoint.at("", "", position) == checkpoint


@pytest.mark.parametrize("compressed", [False, True])
def test_other_bytes_before_the_checkpoint(compressed: bool) -> None:
    checkpoint = Checkpoint.at("", "", position_after(LINES[:1_500]))
    data = b"".join(LINES)
    last = checkpoint.offset - 2
    for changed in (data[:last] + b"?" + data[last + 1 :], data[: checkpoint.offset - 1], b""):
        file = io.BytesIO(gzip.compress(changed) if compressed else changed)
        position = StreamPosition()
        assert stream_at(file, checkpoint, position) is None
        assert (position.line, position.offset) == (0, 0)


@pytest.mark.parametrize("number", [0, 1 << 62, (1 << 62) + 1])
def test_how_far_a_position_may_be(number: int) -> None:
    for line, offset in ((number, 1), (1, number)):
        values = [DIGEST, DIGEST, line, offset, DIGEST]
        if number <= 1 << 62:
            assert Checkpoint.from_json(values) == Checkpoint(*values)  # type: ignore[arg-type]
        else:
            with pytest.raises(ValueError, match="is not well formed"):
                Checkpoint.from_json(values)
