"""The sections of sketches: written, read, and refused where they make no sense."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.vocabulary import vocabulary
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.story_sketches import (
    StorySketches,
    rates_of,
    read_hashes,
    sort_by_level,
)
from searchlib.errors import CorruptArchive
from searchlib.index.sketches import sketch_texts
from tests.copies import articles


def _sketches(count: int = 12) -> tuple[StorySketches, Any]:
    batch = vocabulary()
    chunks, counts, _ = batch.cut([article["body"] for article in articles(1, count)])
    ends = np.append(0, np.cumsum(batch.lengths(chunks)))[np.cumsum(counts)]
    return sketch_texts(batch, [(chunks, counts)], range(count)), np.diff(ends, prepend=0)


def _file(tmp_path: Path, sketches: StorySketches) -> SegmentFile:
    directory = Directory(tmp_path)
    out = SegmentFileWriter(directory)
    sketches.write(out)
    return SegmentFile(directory, "s", *out.write("s"))


def _same(one: StorySketches, two: StorySketches) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(two, name)) for name in StorySketches.__slots__
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    sketches, words = _sketches()
    with _file(tmp_path, sketches) as file:
        found = StorySketches.read(file, len(sketches))
        found.check(file, words)
        assert _same(found, sketches)


def test_taken_and_joined_they_are_the_same() -> None:
    sketches, _ = _sketches()
    parts = [sketches.take(np.arange(5)), sketches.take(np.arange(5, 12))]
    assert _same(StorySketches.join(parts), sketches)
    turned = sketches.take(np.arange(12)[::-1])
    assert _same(turned.take(np.arange(12)[::-1]), sketches)


_SECTIONS = {
    "shingles.low": np.uint8, "shingles.high": np.uint8, "shingles.levels": np.uint8,
    "names.low": np.uint8, "names.high": np.uint8, "heads": np.uint16,
}  # fmt: skip


def _sections(tmp_path: Path, sketches: StorySketches) -> dict[str, Any]:
    """The arrays that are written, by the name of their section."""
    with _file(tmp_path, sketches) as file:
        return {name: file.array(f"stories.{name}").copy() for name in _SECTIONS}


def _file_of(tmp_path: Path, sections: dict[str, Any]) -> SegmentFile:
    out = SegmentFileWriter(Directory(tmp_path))
    for name, array in sections.items():
        out.put(f"stories.{name}", array)
    return SegmentFile(Directory(tmp_path), "t", *out.write("t"))


_SHINGLES = st.lists(st.integers(0, 511), unique=True, max_size=40)


@given(
    st.lists(st.lists(_SHINGLES, max_size=6), max_size=9), st.randoms(use_true_random=False)
)  # fmt: skip
def test_any_hashes_are_written_and_read(documents: list[list[list[int]]], chance: Any) -> None:
    levels = np.zeros((len(documents), 6), np.uint8)
    names = [sorted(chance.sample(range(1 << 12), chance.randrange(49))) for _ in documents]
    for row, document in zip(levels, documents, strict=True):
        row[: len(document)] = [len(level) for level in document]
    sketches = StorySketches(
        np.array([v for d in documents for level in d for v in sorted(level)], np.uint16), levels,
        np.array([v for own in names for v in own], np.uint16),
        np.array([len(own) for own in names], np.uint8),
        np.array([chance.randrange(1 << 13) for _ in documents], np.uint16),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, _file(Path(folder), sketches) as file:
        found = StorySketches.read(file, len(sketches))
        assert _same(found, sketches)
        found.check(file, np.zeros(len(sketches), np.int64))


@pytest.mark.parametrize("name", _SECTIONS)
@pytest.mark.parametrize("change", ["shorter", "longer", "zero", "ones"])
def test_sections_that_do_not_fit_together_are_corrupt(
    tmp_path: Path, name: str, change: str
) -> None:
    sketches, words = _sketches()
    sections = _sections(tmp_path, sketches)
    array, dtype = sections[name], _SECTIONS[name]
    sections[name] = {
        "shorter": array[:-1], "longer": np.append(array, array[-1:]),
        "zero": np.zeros_like(array), "ones": np.full_like(array, np.iinfo(dtype).max),
    }[change]  # fmt: skip
    with _file_of(tmp_path, sections) as file, pytest.raises(CorruptArchive):
        StorySketches.read(file, len(sketches)).check(file, words)


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
@given(
    st.integers(1, 12), st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=3)
)
def test_compiled_reading_is_that_of_python(count: int, changes: list[tuple[int, int]]) -> None:
    sketches, _ = _sketches(count)
    with tempfile.TemporaryDirectory() as folder:
        sections = _sections(Path(folder), sketches)
    for place, value in changes:
        array = sections[sorted(sections)[place % len(sections)]]
        array[place // len(sections) % len(array)] = value
    compiled: Any
    for name, bits, low_bits in (("shingles", 9, 4), ("names", 12, 7)):
        arguments = sections[f"{name}.low"], sections[f"{name}.high"], count, bits, low_bits
        found = read_hashes(*arguments)
        compiled = kernels.stories.read_hashes(*arguments)
        if found is None:
            assert compiled is None
            continue
        assert [part.tolist() for part in compiled] == [part.tolist() for part in found]
        if name == "shingles" and found[0].max() < 256:
            lowest = (sections["heads"] & 7).astype(np.uint8)
            levels = found[1], found[0], sections["shingles.levels"], lowest
            by_level, compiled = sort_by_level(*levels), kernels.stories.sort_by_level(*levels)
            if isinstance(by_level, tuple):
                assert [part.tolist() for part in compiled] == [part.tolist() for part in by_level]
            else:
                assert compiled is by_level


def test_a_hash_that_is_there_twice_is_found(tmp_path: Path) -> None:
    sketches, words = _sketches()
    arrays = {slot: getattr(sketches, slot) for slot in StorySketches.__slots__}
    for name in ("shingles", "names"):
        changed = arrays | {name: np.sort(np.repeat(arrays[name][::2], 2))[: len(arrays[name])]}
        changed[name] = np.zeros_like(changed[name])
        with _file(tmp_path, StorySketches(**changed)) as file:
            found = StorySketches.read(file, len(sketches))
            with pytest.raises(CorruptArchive, match=r"twice|not in order"):
                found.check(file, words)


def test_levels_that_are_not_kept_are_found(tmp_path: Path) -> None:
    sketches, words = _sketches()
    with _file(tmp_path, sketches) as file, pytest.raises(CorruptArchive, match="too low"):
        StorySketches.read(file, len(sketches)).check(file, words + 6000)


def test_the_rates_of_all_texts() -> None:
    def rate(words: int) -> int:
        words = min(words, 6000)
        least = min(max(words // (9 if words < 120 else 5), 8), 160)
        return sum((words - 2) >> rate >= least for rate in range(1, 6))

    assert rates_of(np.arange(6500)).tolist() == list(map(rate, range(6500)))
    assert rates_of(np.array([1 << 31], np.uint32)).tolist() == [5]


def _sketch(levels: list[list[int]], shingles: list[int], names: list[list[int]]) -> StorySketches:
    return StorySketches(
        np.array(shingles, np.uint16), np.array(levels, np.uint8).reshape(-1, 6),
        np.array([name for own in names for name in own], np.uint16),
        np.array(list(map(len, names)), np.uint8), np.arange(len(levels), dtype=np.uint16) * 5,
    )  # fmt: skip


def test_the_sections_do_not_change(tmp_path: Path) -> None:
    levels = [[1, 0, 2, 0, 0, 0], [0] * 6, [0, 0, 0, 0, 0, 1]]
    sketches = _sketch(levels, [0x155, 3, 0x1F0, 7], [[0xABC], [], [5, 0x105]])
    assert {name: array.tolist() for name, array in _sections(tmp_path, sketches).items()} == {
        "shingles.low": [0x53, 0x70], "heads": [3, 5 << 3, 10 << 3],
        "shingles.high": [1, 0, 64, 0, 2, 0, 0, 0, 8, 0, 0, 0, 0], "shingles.levels": [0b111001],
        "names.low": [188, 66, 1],
        "names.high": [0, 0, 32, 0, 0, 0, 0, 0, 18, 0, 0, 0, 0],
    }  # fmt: skip


def test_any_documents_are_taken_in_any_order() -> None:
    levels = [[1, 0, 2, 0, 0, 0], [0] * 6, [0, 0, 0, 0, 0, 1]]
    sketches = _sketch(levels, [9, 3, 8, 7], [[1], [], [5, 6]])
    for docs in ([], [1], [2, 0], [0, 1, 2], [1, 2, 1]):
        part = sketches.take(np.array(docs, np.int64))
        assert part.shingles.tolist() == [n for d in docs for n in ([9, 3, 8], [], [7])[d]]
        assert part.names.tolist() == [n for d in docs for n in ([1], [], [5, 6])[d]]
        assert part.levels.tolist() == [levels[doc] for doc in docs]
        assert part.name_counts.tolist() == [(1, 0, 2)[doc] for doc in docs]
        assert part.titles.tolist() == [5 * doc for doc in docs]


@pytest.mark.parametrize(
    ("shingles", "names", "says"),
    [
        (255, 48, ""),
        (256, 48, r"stories\.shingles\.high'.*too many"),
        (255, 49, r"stories\.names\.high'.*too many"),
    ],
)
def test_how_many_are_kept(tmp_path: Path, shingles: int, names: int, says: str) -> None:
    level = [shingles - 200, 100, 100, 0, 0, 0]
    hashes = [n for size in level for n in range(size)]
    sketches = _sketch([level, level], hashes * 2, [list(range(names))] * 2)
    with _file(tmp_path, sketches) as file:
        assert StorySketches.are_in(file)
        if not says:
            assert _same(StorySketches.read(file, 2), sketches)
            return
        with pytest.raises(CorruptArchive, match=says):
            StorySketches.read(file, 2)


def test_a_segment_without_sketches(tmp_path: Path) -> None:
    with _file_of(tmp_path, {}) as file:
        assert not StorySketches.are_in(file)


@pytest.mark.parametrize(
    ("ones", "says"), [([0, 40], ""), ([0, 65], "of other documents"), ([0, 64], "")]
)
def test_a_hash_beyond_the_last_document(tmp_path: Path, ones: list[int], says: str) -> None:
    """Of two documents, with 32 values of the high bits each."""
    sections = _sections(tmp_path, _sketch([[2] + [0] * 5, [0] * 6], [1, 2], [[], []]))
    bits = np.zeros(72, np.uint8)
    bits[ones] = 1
    sections["shingles.high"] = np.packbits(bits, bitorder="little")
    with _file_of(tmp_path, sections) as file:
        if not says:
            assert StorySketches.read(file, 2).levels.sum() == 2
            return
        with pytest.raises(CorruptArchive, match=rf"stories\.shingles\.high'.*{says}"):
            StorySketches.read(file, 2)


@pytest.mark.parametrize(
    ("levels", "shingles", "names", "says"),
    [
        ([[0, 2, 1, 0, 0, 0]], [3, 5, 5], [[1]], ""),
        ([[0, 2, 1, 0, 0, 0]], [5, 5, 3], [[1]], r"shingles\.low'.*one is there twice"),
        ([[0, 1, 2, 0, 0, 0]], [3, 5, 5], [[1]], r"shingles\.low'.*one is there twice"),
        ([[1, 0, 0, 0, 0, 0]] * 2, [3, 3], [[4], [4]], ""),
        ([[1, 0, 0, 0, 0, 0]] * 2, [3, 2], [[], [4, 4]], r"names\.low'.*not in order"),
        ([[1, 0, 0, 0, 0, 0]] * 2, [3, 2], [[5, 4], []], r"names\.low'.*not in order"),
        ([[1, 0, 0, 0, 0, 0]] * 2, [3, 2], [[5], [4]], ""),
        ([[1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]], [3, 2], [[], []], ""),
        ([[1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]], [3, 2], [[], []], r"document \[1\] has too low"),
        ([[0, 0, 0, 0, 0, 1]] * 2, [3, 2], [[], []], r"document \[0\] has too low"),
    ],
)
def test_what_is_checked(
    tmp_path: Path, levels: list[list[int]], shingles: list[int], names: list[list[int]], says: str
) -> None:
    """Of texts of 100 words, whose rate is 3: of the levels the lower three are not kept."""
    sketches = _sketch(levels, shingles, names)
    words = np.full(len(levels), 100)
    with _file_of(tmp_path, {}) as file:
        if not says:
            sketches.check(file, words)
            return
        with pytest.raises(CorruptArchive, match=rf"section 'stories\..*{says}"):
            sketches.check(file, words)


def test_of_longer_texts_more_shingles_are_kept_but_not_all() -> None:
    words = np.array([9, 16, 60, 119, 160, 500, 2000, 6000, 90_000])
    rates = rates_of(words)
    kept = (np.minimum(words, 6000) - 2) >> rates
    assert rates.tolist()[0] == 0
    assert kept.max() < 255
    assert kept[1:].min() >= 8
    assert kept[words >= 120].min() >= 24


def test_levels_above_the_highest_are_found(tmp_path: Path) -> None:
    levels = np.array([[2, 0, 0, 0, 0, 0]], np.uint8)  # the highest level comes first
    none = np.empty(0, np.uint16)
    sketches = StorySketches(
        np.array([3, 5], np.uint16), levels, none, np.zeros(1, np.uint8), np.zeros(1, np.uint16)
    )
    sections = _sections(tmp_path, sketches)
    assert sections["heads"].tolist() == [5]
    sections["heads"] += 1
    with _file_of(tmp_path, sections) as file, pytest.raises(CorruptArchive, match="too high"):
        StorySketches.read(file, 1)
