"""Running sums: written in parts of any size, read one by one, in part, and from format 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.codec.offsets import BLOCK, Offsets, OffsetsWriter
from searchlib.errors import CorruptArchive
from tests.parts import written

_numbers = st.integers(0, 3) | st.sampled_from([0, 255, 256, 65_535, 1 << 16, (1 << 32) + 5])
_parts = st.lists(st.lists(_numbers, max_size=2 * BLOCK + 3), max_size=4)


def put(path: Path, parts: list[list[int]]) -> Offsets:
    def fill(draft: Any) -> None:
        writer = OffsetsWriter(draft, "s")
        for part in parts:
            writer.add(np.array(part, np.int64))
        writer.finish()

    return Offsets(written(path, fill)[0], "s")


def check(found: Offsets, numbers: list[int]) -> None:
    wanted = np.cumsum([0, *numbers]).tolist()
    assert len(found) == len(wanted)
    assert found.all().tolist() == wanted
    assert found.differences().tolist() == numbers
    slow = found._reader()
    assert [slow(place) for place in range(len(wanted))] == wanted
    assert [found.at(place) for place in range(len(wanted))] == wanted
    for first in range(0, len(wanted) + 1, 7):
        assert found.part(first, len(wanted)).tolist() == wanted[first:]
        assert found.part(0, first).tolist() == wanted[:first]
    with pytest.raises(IndexError):
        found.at(len(found.places) * BLOCK)


@given(_parts)
def test_like_a_list(tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]]) -> None:
    check(put(tmp_path_factory.mktemp("s"), parts), [n for part in parts for n in part])


@given(st.lists(_numbers, max_size=70), st.sampled_from(["sums", "ends", "numbers"]))
def test_plain_arrays_of_format_1(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], old: str
) -> None:
    plain = np.array(numbers, np.int64)
    if old != "numbers":
        plain = np.cumsum(plain)
    if old == "sums":
        plain = np.append(0, plain)
    segment_file, _ = written(
        tmp_path_factory.mktemp("s"), lambda draft: draft.put("s", plain.astype("u8"))
    )
    check(Offsets(segment_file, "s", old), numbers)


def test_rare_words_take_little_more_than_a_byte_each(tmp_path: Path) -> None:
    found = put(tmp_path, [[1, 2, 3] * 3_000])
    assert len(found.steps) + 4 * len(found.places) + 8 * len(found.heads) < 1.4 * 9_000


def _broken() -> list[tuple[list[int], list[int], int]]:
    """Heads, places and bytes of steps that do not fit together."""
    return [
        ([], [], 0),
        ([0], [], 0),
        ([0, 33], [0], 0),  # two blocks
        ([0, 0, 20], [0, 0], 0),
        ([0, 20], [1], 31),  # a step is missing
        ([0, 20], [3], 96),  # no such width
        ([0, 20], [1 << 4 | 1], 32),
        ([0, 1 << 63], [1], 32),
        ([0, 20], [0xFFFFFFF1], 32),
    ]


@pytest.mark.parametrize(("heads", "places", "size"), _broken())
def test_what_does_not_fit_is_refused(
    tmp_path: Path, heads: list[int], places: list[int], size: int
) -> None:
    parts = np.array(heads, "u8"), np.array(places, "u4"), np.zeros(size, "u1")

    def fill(draft: Any) -> None:
        for name, part in zip(("heads", "places", "steps"), parts, strict=True):
            draft.put(f"s.{name}", part)

    with pytest.raises(CorruptArchive, match="section 's'"):
        Offsets(written(tmp_path, fill)[0], "s")
    if kernels.available:
        with pytest.raises(ValueError, match="block"):
            kernels.codec.Offsets(*parts)


def test_sums_of_format_1_that_fall_are_refused(tmp_path: Path) -> None:
    segment_file, _ = written(tmp_path, lambda draft: draft.put("s", np.array([0, 5, 4], "u4")))
    with pytest.raises(CorruptArchive, match="does not rise"):
        Offsets(segment_file, "s")
