"""Packed integers: any range and any indices, with exceptions above their width."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.packed_ints import (
    Packed12Bit,
    Packed12BitWriter,
    PackedBits,
    PackedBitsWriter,
    PackedBytes,
    PackedBytesWriter,
    ranges,
)
from searchlib.errors import CorruptArchive
from tests.parts import write_segment_file

_EDGES = (0, 1, 254, 255, 256, 0xEFF, 0xF00, 0xF01, 0xFFF, 0x1000, 1 << 20, (1 << 32) - 1)
_parts = st.lists(st.lists(st.integers(0, 20) | st.sampled_from(_EDGES), max_size=12), max_size=5)


def assert_values(packed: Any, expected: list[int]) -> None:
    """All ranges, and random access where there is any."""
    for start in range(len(expected) + 1):
        for end in range(start, len(expected) + 1):
            assert packed.read(start, end).tolist() == expected[start:end]
    if hasattr(packed, "gather"):
        for step in (1, 2, 5):
            assert packed.gather(np.arange(0, len(expected), step)).tolist() == expected[::step]
        assert packed.gather(np.arange(0)).tolist() == []


@given(_parts)
def test_8_bits_with_exceptions(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]
) -> None:
    def fill(out: Any) -> None:
        writer = PackedBytesWriter(out, "p")
        for part in [[], *parts]:
            writer.add(np.array(part, np.int64))

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    assert_values(PackedBytes(segment_file, "p"), [n for part in parts for n in part])


@given(_parts)
def test_12_bits_with_exceptions(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]
) -> None:
    def fill(out: Any) -> None:
        writer = Packed12BitWriter(out, "p")
        for part in [[], *parts]:
            writer.add(np.array(part, np.int64))
        writer.finish()

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    assert_values(Packed12Bit(segment_file, "p"), [n for part in parts for n in part])


@given(_parts, st.sampled_from((1, 2, 4)))
def test_1_2_and_4_bits(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], width: int
) -> None:
    small = [[number % (1 << width) for number in part] for part in parts]

    def fill(out: Any) -> None:
        writer = PackedBitsWriter(out, "p", width)
        for part in [[], *small]:
            writer.add(np.array(part, np.int64))
        writer.finish()

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    assert_values(PackedBits(segment_file, "p", width), [n for part in small for n in part])


def test_ranges_end_to_end() -> None:
    assert ranges(np.array([], int), np.array([], int)).tolist() == []
    assert ranges(np.array([7, 3, 9]), np.array([0, 2, 1])).tolist() == [3, 4, 9]


@pytest.mark.parametrize(
    ("indices", "values", "is_right"),
    [
        ([], [], True), ([1, 3], [255, 300], True), ([1, 4], [255, 300], False),
        ([1], [254], False), ([1, 3], [300, 254], False), ([3, 1], [300, 300], False),
        ([1, 1], [300, 300], False), ([1], [], False), ([], [300], False), ([1, 3], [300], False),
        ([4], [300], False),
    ],
)  # fmt: skip
def test_exceptions_that_cannot_be_are_refused(
    tmp_path: Path, indices: list[int], values: list[int], is_right: bool
) -> None:
    def fill(out: Any) -> None:
        out.put("p", np.full(4, 255, "u1"))
        out.put("p.at", np.array(indices, "u8"))
        out.put("p.value", np.array(values, "u4"))

    segment_file, _ = write_segment_file(tmp_path, fill)
    with nullcontext() if is_right else pytest.raises(CorruptArchive, match=r"'p\.(at|value)'"):
        PackedBytes(segment_file, "p")
