"""Planes of small numbers: any part and any places, with numbers beyond their width."""

from __future__ import annotations

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
)
from tests.parts import write_segment_file

_EDGES = (0, 1, 254, 255, 256, 0xEFF, 0xF00, 0xF01, 0xFFF, 0x1000, 1 << 20, (1 << 32) - 1)
_parts = st.lists(st.lists(st.integers(0, 20) | st.sampled_from(_EDGES), max_size=12), max_size=5)


def check(plane: Any, wanted: list[int]) -> None:
    """All parts, and if it can the numbers at some places."""
    for start in range(len(wanted) + 1):
        for end in range(start, len(wanted) + 1):
            assert plane.read(start, end).tolist() == wanted[start:end]
    if hasattr(plane, "gather"):
        for step in (1, 2, 5):
            assert plane.gather(np.arange(0, len(wanted), step)).tolist() == wanted[::step]
        assert plane.gather(np.arange(0)).tolist() == []


@given(_parts)
def test_bytes(tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]) -> None:
    def fill(draft: Any) -> None:
        writer = PackedBytesWriter(draft, "p")
        for part in [[], *parts]:
            writer.add(np.array(part, np.int64))

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    check(PackedBytes(segment_file, "p"), [n for part in parts for n in part])


@given(_parts)
def test_twelve(tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]) -> None:
    def fill(draft: Any) -> None:
        writer = Packed12BitWriter(draft, "p")
        for part in [[], *parts]:
            writer.add(np.array(part, np.int64))
        writer.finish()

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    check(Packed12Bit(segment_file, "p"), [n for part in parts for n in part])


@given(_parts, st.sampled_from((1, 2, 4)))
def test_bits(tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], width: int) -> None:
    small = [[number % (1 << width) for number in part] for part in parts]

    def fill(draft: Any) -> None:
        writer = PackedBitsWriter(draft, "p", width)
        for part in [[], *small]:
            writer.add(np.array(part, np.int64))
        writer.finish()

    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("p"), fill)
    check(PackedBits(segment_file, "p", width), [n for part in small for n in part])
