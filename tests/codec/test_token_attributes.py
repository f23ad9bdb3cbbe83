"""Attributes of tokens: what was written is read, merged, and refused if it does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.token_attributes import (
    TokenAttributes,
    common_values,
    merge_attributes,
    write_attributes,
)
from searchlib.errors import CorruptArchive

LENGTHS = np.array([2, 0, 3, 1])


def attributes(folder: Path, docs: list[int], lengths: Any = LENGTHS, **values: Any) -> Any:
    directory = Directory(folder)
    out = SegmentFileWriter(directory)
    write_attributes(out, "body", docs, {name: np.array(v) for name, v in values.items()})
    segment_file = SegmentFile(directory, "s", *out.write("s"))
    return TokenAttributes(segment_file, "body", lengths)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    read = attributes(tmp_path, [0, 2], positions=[1, 2, 0, 0, 4], boosts=[1, 2, 1, 1, 0.5])
    assert read.docs.tolist() == [0, 2] and len(read) == 2
    assert {name: array.tolist() for name, array in read.of(2).items()} == {
        "positions": [0, 0, 4], "boosts": [1, 1, 0.5],
    }  # fmt: skip
    assert read.of(0)["positions"].tolist() == [1, 2]
    assert read.of(1) == read.of(3) == {}
    assert read.has("boosts") and not read.has("starts")


@pytest.mark.parametrize(
    ("positions", "moves"), [([1, 2, 5, 6, 7], False), ([0, 2, 0, 1, 2], True),
                             ([3, 3, 0, 1, 2], True)],
)  # fmt: skip
def test_words_that_move(tmp_path: Path, positions: list[int], moves: bool) -> None:
    assert attributes(tmp_path, [0, 2], positions=positions).moves_words is moves


def test_attributes_of_one_document_and_of_the_last(tmp_path: Path) -> None:
    assert attributes(tmp_path, [0], positions=[1, 2]).of(0)["positions"].tolist() == [1, 2]
    assert attributes(tmp_path, [3], positions=[7]).of(3)["positions"].tolist() == [7]


def test_none(tmp_path: Path) -> None:
    read = attributes(tmp_path, [])
    assert not len(read) and read.of(0) == {} and not read.moves_words


_DOCS, _TOKENS = r"attributes\.docs'.*not sorted", "positions'.*another number of tokens"


@pytest.mark.parametrize(
    ("docs", "values", "says"),
    [
        ([2, 0], {"positions": [0, 1, 2, 0, 1]}, _DOCS),
        ([0, 0], {"positions": [0, 1, 0, 1]}, _DOCS),
        ([4], {"positions": [0]}, _DOCS),
        ([2, 4], {"positions": [0, 1, 2, 0]}, _DOCS),
        ([0], {"positions": [0]}, _TOKENS),
        ([0], {"positions": [0, 1, 2]}, _TOKENS),
        ([0, 3], {"positions": [0, 1]}, _TOKENS),
        ([0], {"positions": [0, (1 << 31) - 1]}, ""),
        ([0], {"positions": [0, 1 << 31]}, "positions'.*no writer gives"),
        ([0], {"positions": [1 << 31, 0]}, "positions'.*no writer gives"),
        ([1], {"positions": [], "starts": []}, ""),
        ([0], {"starts": [0, 3], "ends": [2, 1 << 31]}, "ends'.*no writer gives"),
        ([0], {"boosts": [1.0, float("nan")]}, "boosts'.*no writer gives"),
        ([0], {"boosts": [float("inf"), 1.0]}, "boosts'.*no writer gives"),
        ([0], {"boosts": [-1.0, 1e300]}, ""),
        ([0], {"boosts": [1.0]}, "boosts'.*another number of tokens"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, docs: list[int], values: dict[str, list[Any]], says: str
) -> None:
    if not says:
        read = attributes(tmp_path, docs, **values)
        assert {name: array.tolist() for name, array in read.of(docs[0]).items()} == values
        return
    with pytest.raises(CorruptArchive, match=rf"body\.attributes.*{says}|body\.{says}"):
        attributes(tmp_path, docs, **values)


def test_no_documents_but_a_section_of_them(tmp_path: Path) -> None:
    file = SegmentFileWriter(directory := Directory(tmp_path))
    file.put("body.attributes.docs", np.empty(0, "u1"))
    segment_file = SegmentFile(directory, "s", *file.write("s"))
    with pytest.raises(CorruptArchive, match=r"body\.attributes\.docs'.*not sorted"):
        TokenAttributes(segment_file, "body", LENGTHS)


def test_merging_gives_the_others_common_values(tmp_path: Path) -> None:
    first = attributes(tmp_path / "a", [0, 2], positions=[1, 2, 0, 0, 4])
    second = attributes(tmp_path / "b", [1], np.array([1, 2]), boosts=[2.0, 3.0])
    out = SegmentFileWriter(directory := Directory(tmp_path))
    new_docs = [np.array([-1, -1, 0, 1]), np.array([2, 3])]
    sources = [(first, new_docs[0], LENGTHS), (second, new_docs[1], np.array([1, 2]))]
    merge_attributes(out, "body", sources)
    segment_file = SegmentFile(directory, "m", *out.write("m"))
    merged = TokenAttributes(segment_file, "body", np.array([3, 1, 1, 2]))
    assert merged.docs.tolist() == [0, 3]
    assert merged.of(0)["positions"].tolist() == [0, 0, 4]
    assert merged.of(0)["boosts"].tolist() == [1, 1, 1]
    assert merged.of(3)["positions"].tolist() == common_values("positions", 2).tolist()
    assert merged.of(3)["boosts"].tolist() == [2, 3]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
