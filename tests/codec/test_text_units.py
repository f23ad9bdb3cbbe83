"""The sentences and paragraphs of a field: what is written is read, and makes sense."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.codec.text_units import TextUnitsReader, TextUnitsWriter
from searchlib.errors import CorruptArchive
from tests.parts import with_sections, write_segment_file

#: For each document, for each of its paragraphs, how many tokens each sentence has.
Documents = list[list[list[int]]]
_lengths = st.integers(1, 4) | st.sampled_from([63, 64, 65, 254, 255, 256, 1000])
_documents = st.lists(st.lists(st.lists(_lengths, min_size=1, max_size=3), max_size=3), max_size=5)


def written(
    path: Path, sentences: list[int], paragraphs: list[int], ends: list[int]
) -> TextUnitsReader:
    def fill(out: SegmentFileWriter) -> None:
        writer = TextUnitsWriter(out, "body")
        for part in (slice(0, 2), slice(2, None)):
            writer.add(np.array(sentences[part]), np.array(paragraphs[part]))

    doc_starts = np.array([0, *ends], np.int32)
    return TextUnitsReader(write_segment_file(path, fill)[0], "body", doc_starts)


def starts(lengths: list[int]) -> list[int]:
    return [0, *accumulate(lengths)][: len(lengths)]


@given(_documents)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, documents: Documents
) -> None:
    paragraphs = [sentences for document in documents for sentences in document]
    sentences = [length for one in paragraphs for length in one]
    ends = list(accumulate(sum(map(sum, document)) for document in documents))
    units = written(tmp_path_factory.mktemp("s"), sentences, list(map(len, paragraphs)), ends)
    units.check()
    total = sum(sentences)
    for unit, lengths in (("sentence", sentences), ("paragraph", list(map(sum, paragraphs)))):
        assert units.starts(unit).tolist() == starts(lengths)
        bits = units.bitset(unit)
        assert bits.dtype == np.uint64
        assert len(bits) == total // 64 + 1
        places = np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))
        assert places.tolist() == [*starts(lengths), total]


@pytest.mark.parametrize(
    ("sentences", "paragraphs", "ends", "section"),
    [
        ([2, 2], [2], [5], "sentences"),  # another sum
        ([2, 3], [1], [5], "paragraphs"),
        ([2, 0, 3], [3], [5], "sentences"),  # none is empty
        ([2, 3], [2, 0], [5], "paragraphs"),
        ([3, 2], [2], [2, 5], "sentences"),  # a document begins within one
        ([2, 3], [2], [2, 5], "paragraphs"),
        ([2], [1], [1, 2], "sentences"),
        ([2, 1], [1, 1], [2, 3], ""),
        ([1, 1, 1], [2, 1], [1, 2, 3], "paragraphs"),
        ([], [], [5], "sentences"),
        ([5], [], [5], "paragraphs"),
        ([5], [1], [0], "sentences"),
    ],
)
def test_what_makes_no_sense(
    tmp_path: Path, sentences: list[int], paragraphs: list[int], ends: list[int], section: str
) -> None:
    units = written(tmp_path, sentences, paragraphs, ends)
    if not section:
        units.check()
        return
    total = sum(sentences) != ends[-1] or sum(paragraphs) != len(sentences)
    empty = 0 in sentences or 0 in paragraphs
    why = "it has another sum" if total or empty else "a document begins within one"
    for read in (units.check, lambda: units.bitset("paragraph")):
        with pytest.raises(CorruptArchive, match=f"body.{section}': {why}"):
            read()


@pytest.mark.parametrize("section", ["sentences", "paragraphs"])
def test_exceptions_are_where_the_arrays_say(tmp_path: Path, section: str) -> None:
    def fill(out: SegmentFileWriter) -> None:
        TextUnitsWriter(out, "body").add(np.array([1] * 300 + [300, 2]), np.array([300, 2]))

    file, _ = write_segment_file(tmp_path, fill)
    doc_starts = np.array([0, 602], np.int32)
    TextUnitsReader(file, "body", doc_starts).check()
    packed = file.array(f"body.{section}").copy()
    place = int(np.flatnonzero(packed == 255)[0])
    packed[place], packed[place + 1] = packed[place + 1], 255
    changed = with_sections(tmp_path, file, {f"body.{section}": packed})
    with pytest.raises(
        CorruptArchive, match=f"body.{section}': its exceptions are at other places"
    ):
        TextUnitsReader(changed, "body", doc_starts).check()


def test_which_segments_have_units(tmp_path: Path) -> None:
    file, _ = write_segment_file(tmp_path, lambda out: TextUnitsWriter(out, "body"))
    assert TextUnitsReader.is_in(file, "body")
    assert not TextUnitsReader.is_in(file, "title")


def test_no_text_has_no_units(tmp_path: Path) -> None:
    units = written(tmp_path, [], [], [0, 0])
    assert units.starts("paragraph").tolist() == []
    assert units.bitset("sentence").tolist() == [1]
