"""The sections of sketches: written, read, and refused where they make no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.analysis.vocabulary import vocabulary
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.story_sketches import StorySketches
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


@pytest.mark.parametrize("name", StorySketches.__slots__)
def test_sections_of_other_lengths_are_corrupt(tmp_path: Path, name: str) -> None:
    sketches, _ = _sketches()
    arrays = {slot: getattr(sketches, slot) for slot in StorySketches.__slots__}
    arrays[name] = arrays[name][:-1]
    with _file(tmp_path, StorySketches(**arrays)) as file, pytest.raises(CorruptArchive):
        StorySketches.read(file, len(sketches))


@pytest.mark.parametrize("name", ["shingles", "names"])
def test_hashes_out_of_order_are_found(tmp_path: Path, name: str) -> None:
    sketches, words = _sketches()
    arrays = {slot: getattr(sketches, slot) for slot in StorySketches.__slots__}
    arrays[name] = arrays[name][::-1].copy()
    with _file(tmp_path, StorySketches(**arrays)) as file:
        found = StorySketches.read(file, len(sketches))
        with pytest.raises(CorruptArchive, match="not in order"):
            found.check(file, words)


def test_levels_that_are_not_kept_are_found(tmp_path: Path) -> None:
    sketches, words = _sketches()
    with _file(tmp_path, sketches) as file, pytest.raises(CorruptArchive, match="too low"):
        StorySketches.read(file, len(sketches)).check(file, words + 6000)
