"""Packed integers: any range and any indices, with exceptions above their width."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec import packed_ints
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
from tests.parts import with_sections, write_segment_file

_EDGES = (0, 1, 254, 255, 256, 0xEFF, 0xF00, 0xF01, 0xFFF, 0x1000, 1 << 20, (1 << 32) - 1)
_parts = st.lists(st.lists(st.integers(0, 20) | st.sampled_from(_EDGES), max_size=12), max_size=5)


def assert_values(packed: Any, expected: list[int]) -> None:
    """All ranges, and random access where there is any; exceptions are only where there are."""
    if hasattr(packed, "check"):
        assert len(packed) == len(expected)
        narrow, limit = (np.uint8, 255) if isinstance(packed, PackedBytes) else (np.uint16, 0xF00)
        for step in (1, 2, 3, 1 << 20):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(packed_ints, "_CHECK_STEP", step)
                packed.check()
        for place, value in enumerate(expected):
            dtype = np.uint32 if value >= limit else narrow
            assert packed.read(place, place + 1).dtype == dtype
            if hasattr(packed, "gather"):
                assert packed.gather(np.array([place])).dtype == dtype
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


@pytest.mark.parametrize(("width", "per_byte"), [(1, 8), (2, 4), (4, 2)])
@pytest.mark.parametrize("size", [0, 1, 8, 9])
def test_how_many_values_it_holds(tmp_path: Path, width: int, per_byte: int, size: int) -> None:
    values = np.arange(size) % (1 << width)

    def fill(out: Any) -> None:
        writer = PackedBitsWriter(out, "p", width)
        writer.add(values)
        writer.finish()

    file, _ = write_segment_file(tmp_path, fill)
    packed, length = PackedBits(file, "p", width), -(-size // per_byte)
    fitting = [n for n in range(20) if packed.holds(n)]
    assert fitting == [n for n in range(20) if -(-n // per_byte) == length]
    bits = "".join(f"{value:0{width}b}"[::-1] for value in values.tolist())
    expected = [int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8)]
    assert packed.packed(0, size).tolist() == file.array("p").tolist() == expected


def test_the_sections_of_12_bits(tmp_path: Path) -> None:
    def fill(out: Any) -> None:
        writer = Packed12BitWriter(out, "p")
        writer.add(np.array([7, 4095]))
        writer.add(np.array([513]))
        writer.finish()

    file, _ = write_segment_file(tmp_path, fill)
    sections = {"p": [7, 0, 1], "p.high": [0xF0, 2], "p.at": [1], "p.value": [4095]}
    assert {name: file.array(name).tolist() for name in sections} == sections
    packed = Packed12Bit(file, "p").packed(1, 3)
    assert [array.tolist() for array in packed] == [[0, 1], [0xF0, 2], [1], [4095]]
    short = with_sections(tmp_path, file, {"p.high": file.array("p.high")[:1]})
    with pytest.raises(CorruptArchive, match=r"p\.high.*another length"):
        Packed12Bit(short, "p")


@pytest.mark.parametrize("step", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize(
    ("values", "places", "is_right"),
    [
        ([255, 1, 255, 1], [0, 2], True), ([1, 255, 255, 1], [0, 2], False),
        ([255, 1, 1, 255], [0, 2], False), ([255, 1, 1, 1], [0, 2], False),
        ([255, 1, 255, 255], [0, 2], False), ([255, 1, 255, 1], [0], False),
        ([255, 1, 1, 255], [0, 3], True), ([254, 1, 1, 1], [], True), ([255, 1, 1, 1], [], False),
    ],
)  # fmt: skip
def test_exceptions_are_where_the_array_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: list[int], places: list[int],
    is_right: bool, step: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(packed_ints, "_CHECK_STEP", step)
    wide = np.array([value + 0xF00 - 255 for value in values])

    def fill(out: Any) -> None:
        out.put("b", np.array(values, "u1"))
        out.put("w", (wide & 255).astype("u1"))
        out.put("w.high", (wide[::2] >> 8 | wide[1::2] >> 8 << 4).astype("u1"))
        for name in "bw":
            out.put(f"{name}.at", np.array(places, "u8"))
            out.put(f"{name}.value", np.full(len(places), 0xF00, "u4"))

    file, _ = write_segment_file(tmp_path, fill)
    for packed in (PackedBytes(file, "b"), Packed12Bit(file, "w")):
        says = "section '[bw]': its exceptions are at other places"
        with nullcontext() if is_right else pytest.raises(CorruptArchive, match=says):
            packed.check()
    total = PackedBytes(file, "b").exceptions_total
    assert total == 0xF00 * len(places)


def test_ranges_end_to_end() -> None:
    assert ranges(np.array([], int), np.array([], int)).tolist() == []
    assert ranges(np.array([7, 3, 9]), np.array([0, 2, 1])).tolist() == [3, 4, 9]


@pytest.mark.parametrize(
    ("indices", "values", "wrong"),
    [
        ([], [], ""), ([1, 3], [255, 300], ""), ([1, 4], [255, 300], "at"),
        ([1], [254], "at"), ([1, 3], [300, 254], "at"), ([3, 1], [300, 300], "at"),
        ([1, 1], [300, 300], "at"), ([1], [], "value"), ([], [300], "value"),
        ([1, 3], [300], "value"), ([4], [300], "at"),
    ],
)  # fmt: skip
def test_exceptions_that_cannot_be_are_refused(
    tmp_path: Path, indices: list[int], values: list[int], wrong: str
) -> None:
    def fill(out: Any) -> None:
        out.put("p", np.full(4, 255, "u1"))
        out.put("p.at", np.array(indices, "u8"))
        out.put("p.value", np.array(values, "u4"))

    segment_file, _ = write_segment_file(tmp_path, fill)
    with pytest.raises(CorruptArchive, match=rf"'p\.{wrong}'") if wrong else nullcontext():
        PackedBytes(segment_file, "p")
