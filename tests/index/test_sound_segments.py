"""Segments that are sound are taken over whole; what is wrong with others is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.manifest import read_manifest
from searchlib.index.sound_segments import SoundSegment, segment_info, sound_segments
from tests.index.resigned import change_segment
from tests.parts import SCHEMA, add_records, create_store, delete_keys


def found(path: Path, *, has_manifest: bool = True) -> tuple[list[SoundSegment], list[str]]:
    problems: list[str] = []
    infos = read_manifest(Directory(path)).segments
    segments = sound_segments(
        Directory(path), infos, SCHEMA, {}, lambda _, error: problems.append(str(error)),
        has_manifest=has_manifest,
    )  # fmt: skip
    return segments, problems


def live_keys(segments: list[SoundSegment]) -> list[list[str]]:
    return [[one.keys[at] for at in np.flatnonzero(one.live_docs)] for one in segments]


def test_each_with_its_live_documents(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"}, {"id": "b"})
    add_records(store, {"id": "c"})
    delete_keys(store, "a")
    segments, problems = found(tmp_path)
    assert (live_keys(segments), problems) == ([["b"], ["c"]], [])
    assert all(segment.is_known for segment in segments)


def test_one_that_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "rain sun"})
    add_records(store, {"id": "c"})

    def change(sections: dict[str, np.ndarray], _: object) -> None:
        sections["field.body.positions"] = np.zeros_like(sections["field.body.positions"])

    change_segment(tmp_path, 0, change)
    segments, problems = found(tmp_path)
    assert live_keys(segments) == [["c"]]
    [problem] = problems
    assert "body" in problem


def test_without_the_list_of_deleted_ones_a_key_is_in_one_segment(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"}, {"id": "b"})
    add_records(store, {"id": "b", "n": 2})
    [deleted] = tmp_path.glob("*.del")
    deleted.write_bytes(b"damaged")
    segments, problems = found(tmp_path)
    assert (live_keys(segments), [one.is_known for one in segments]) == (
        [["a"], ["b"]], [False, True],
    )  # fmt: skip
    assert str(deleted) in problems[0]


def test_a_segment_describes_itself(tmp_path: Path) -> None:
    create_store(tmp_path, {"id": "a"}, {"id": "b"})
    [info] = read_manifest(Directory(tmp_path)).segments
    assert segment_info(Directory(tmp_path), info.file) == (info, SCHEMA.rules.version)
    path = tmp_path / info.file
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CorruptArchive):
        segment_info(Directory(tmp_path), info.file)
