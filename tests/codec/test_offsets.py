"""Offsets: written in calls of any size; read one by one, by ranges, and from format 1."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.codec.offsets import BLOCK, Offsets, OffsetsWriter
from searchlib.errors import CorruptArchive
from tests.parts import write_segment_file

_numbers = st.integers(0, 3) | st.sampled_from([0, 255, 256, 65_535, 1 << 16, (1 << 32) + 5])
_parts = st.lists(st.lists(_numbers, max_size=2 * BLOCK + 3), max_size=4)


def write_offsets(path: Path, parts: list[list[int]]) -> Offsets:
    def fill(out: Any) -> None:
        writer = OffsetsWriter(out, "s")
        for part in parts:
            writer.add(np.array(part, np.int64))
        writer.finish()

    return Offsets(write_segment_file(path, fill)[0], "s")


def assert_offsets(offsets: Offsets, numbers: list[int]) -> None:
    wanted = np.cumsum([0, *numbers]).tolist()
    assert len(offsets) == len(wanted)
    assert offsets.read_all().tolist() == wanted
    assert offsets.lengths().tolist() == numbers
    for first, last in ((0, len(numbers)), (1, len(numbers)), (0, 1), (3, 40)):
        if first <= last <= len(numbers):
            assert offsets.lengths(first, last).tolist() == numbers[first:last]
    if numbers:
        assert offsets.lengths(1).tolist() == numbers[1:]
    at = offsets._reader()
    assert [at(place) for place in range(len(wanted))] == wanted
    assert [offsets.at(place) for place in range(len(wanted))] == wanted
    for first in range(0, len(wanted) + 1, 7):
        assert offsets.read(first, len(wanted)).tolist() == wanted[first:]
        assert offsets.read(0, first).tolist() == wanted[:first]
    with pytest.raises(IndexError):
        offsets.at(len(offsets.places) * BLOCK)


@given(_parts)
def test_offsets_equal_a_plain_cumulative_sum(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]
) -> None:
    assert_offsets(
        write_offsets(tmp_path_factory.mktemp("s"), parts), [n for part in parts for n in part]
    )


@pytest.mark.parametrize("top", [0, 1, 3, 4, 300, 1 << 20, 1 << 30])
def test_many_blocks_at_once_and_one_by_one(tmp_path: Path, top: int) -> None:
    numbers = [top] * (3 * BLOCK + 5) + [0] * BLOCK + [top, 0, 1] * BLOCK
    for number, parts in enumerate(([numbers], [[n] for n in numbers])):
        (tmp_path / str(number)).mkdir()
        assert_offsets(write_offsets(tmp_path / str(number), parts), numbers)


@given(st.lists(_numbers, max_size=70), st.sampled_from(["offsets", "ends", "lengths"]))
def test_plain_arrays_of_format_1(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], format1: str
) -> None:
    plain = np.array(numbers, np.int64)
    if format1 != "lengths":
        plain = np.cumsum(plain)
    if format1 == "offsets":
        plain = np.append(0, plain)
    segment_file, _ = write_segment_file(
        tmp_path_factory.mktemp("s"), lambda out: out.put("s", plain.astype("u8"))
    )
    assert_offsets(Offsets(segment_file, "s", format1), numbers)


def test_small_lengths_take_little_more_than_a_byte_each(tmp_path: Path) -> None:
    offsets = write_offsets(tmp_path, [[1, 2, 3] * 3_000])
    assert len(offsets.deltas) + 4 * len(offsets.places) + 8 * len(offsets.bases) < 1.4 * 9_000


@pytest.mark.parametrize(
    ("top", "width"),
    [
        (0, 0), (1, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), ((1 << 32) - 1, 4),
        (1 << 32, 8), (1 << 40, 8),
    ],
)  # fmt: skip
def test_a_block_has_deltas_as_wide_as_its_last_one(tmp_path: Path, top: int, width: int) -> None:
    first, zeros = [7] + [0] * (BLOCK - 1), [0] * (BLOCK - 2)
    for name, numbers, bases, places in (
        ("one", [*zeros, top], [0], [width]),
        ("several", [*first, *zeros, top, 1], [0, 7, 8 + top], [1, 1 << 4 | width, 1 + width << 4]),
    ):
        (tmp_path / name).mkdir()
        offsets = write_offsets(tmp_path / name, [numbers])
        assert offsets.bases.tolist() == [*bases, len(numbers) + 1]
        assert offsets.places.tolist() == places
        assert len(offsets.deltas) == (places[-1] >> 4 or width) * BLOCK
        assert_offsets(offsets, numbers)


def _broken() -> list[tuple[list[int], list[int], int, str]]:
    """Bases, places and bytes of deltas that do not fit together, and what is said of them."""
    blocks, short = "another number of blocks", "(no such width|cut short)"
    return [
        ([], [], 0, blocks),
        ([0], [], 0, blocks),
        ([0, 33], [0], 0, blocks),  # two blocks
        ([0, 0], [0], 0, blocks),
        ([0, 0, 20], [0, 0], 0, blocks),
        ([0, 0, 32], [0, 0], 0, blocks),
        ([0, 0, 32], [0], 0, blocks),
        ([20], [0], 0, blocks),
        ([0, 20], [1], 31, short),  # a delta is missing
        ([0, 0, 40], [1, 1], 32 * 2 - 1, ""),  # both have the same
        ([0, 0, 40], [1, 1 << 4 | 1], 63, short),
        ([0, 0, 40], [1 << 4 | 1, 1], 63, short),
        ([0, 0, 40], [1, 1 << 4 | 1], 64, ""),
        ([0, 20], [3], 96, short),  # no such width
        ([0, 20], [15], 480, short),
        ([0, 20], [8], 256, ""),
        ([0, 20], [1], 33, ""),
        ([0, 20], [1 << 4 | 1], 32, short),
        ([0, 20], [2 << 4], 64, ""),
        ([0, 20], [2 << 4], 63, short),
        ([0, 32], [0], 0, ""),
        ([0, 1], [0], 0, ""),
        ([0, 1 << 63], [1], 32, blocks),
        ([0, 20], [0xFFFFFFF1], 32, short),
    ]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("bases", "places", "size", "message"), _broken())
def test_sections_that_do_not_fit_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, bases: list[int],
    places: list[int], size: int, message: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    parts = np.array(bases, "u8"), np.array(places, "u4"), np.zeros(size, "u1")

    def fill(out: Any) -> None:
        for name, part in zip(("heads", "places", "steps"), parts, strict=True):
            out.put(f"s.{name}", part)

    file, _ = write_segment_file(tmp_path, fill)
    if not message:
        assert Offsets(file, "s").read_all().tolist() == [0] * bases[-1]
        return
    with pytest.raises(CorruptArchive, match=f"section 's': .*{message}"):
        Offsets(file, "s")


@pytest.mark.parametrize("plain", [[0, 5, 4], [0, (1 << 64) - 5], [(1 << 64) - 5, 0]])
def test_falling_offsets_of_format_1_are_refused(tmp_path: Path, plain: list[int]) -> None:
    segment_file, _ = write_segment_file(tmp_path, lambda out: out.put("s", np.array(plain, "u8")))
    with pytest.raises(CorruptArchive, match="section 's': it does not rise"):
        Offsets(segment_file, "s")


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("bases", "end", "is_right"),
    [
        ([0, 5, 9], 9, True), ([0, 0, 9], 9, True), ([1, 5, 9], 9, False), ([0, 5, 9], 8, False),
        ([0, 9, 5], 5, False), ([0, (1 << 64) - 5, 9], 9, False), ([0, 5, 9], 10, False),
        ([9, 9, 9], 9, False), ([5, 3, 9], 9, False),
    ],
)  # fmt: skip
def test_offsets_rise_from_0_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, bases: list[int], end: int,
    is_right: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    count = 2 * BLOCK + 1

    def fill(out: Any) -> None:
        out.put("s.heads", np.array([*bases, count], "u8"))
        out.put("s.places", np.zeros(3, "u4"))
        out.put("s.steps", np.zeros(0, "u1"))

    offsets = Offsets(write_segment_file(tmp_path, fill)[0], "s")
    with nullcontext() if is_right else pytest.raises(CorruptArchive, match="does not rise"):
        offsets.check(end, count - 1)
    with pytest.raises(CorruptArchive, match=f"for {count - 1} items, not {count}"):
        offsets.check(end, count)
