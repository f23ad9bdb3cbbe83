"""The postings writer: sparse and dense terms, block-max scores, and forms by width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.postings import BLOCK_MAX_STEP, K1, B, PostingsFormat, PostingsReader
from searchlib.codec.postings_writer import (
    PostingsWriter,
    cut_docs,
    saturation,
    split_docs,
    split_forms,
)
from tests.parts import write_segment_file


def test_saturation_is_bm25_and_stays_below_its_limit() -> None:
    assert saturation(np.array([1.0]), np.array([5]), 5.0).tolist() == [1.0]
    factors = saturation(np.array([1.0, 1e9]), np.array([0, 0]), 5.0)
    assert (factors < K1 + 1).all()
    short, long = saturation(np.array([2.0, 2.0]), np.array([3, 30]), 10.0)
    assert short > long


def test_dense_terms_become_block_counts_and_places() -> None:
    counts, docs, freqs = np.array([2, 3]), np.array([0, 5, 1, 4, 5]), np.array([1, 1, 2, 1, 3])
    lengths = np.array([4, 4, 4, 4, 4, 4])
    sparse, low, block_counts, scores = split_docs(
        counts, docs, freqs, lengths, 3, 4, 1.0, 4.0, K1, B, BLOCK_MAX_STEP
    )
    assert sparse.tolist() == [0, 5]
    assert low.tolist() == [1, 0, 1]
    assert block_counts.tolist() == [1, 2]
    highest = saturation(np.array([2.0, 3.0]), np.array([4, 4]), 4.0)
    assert (scores * BLOCK_MAX_STEP >= highest).all()
    assert ((scores - 1.0) * BLOCK_MAX_STEP < highest).all()


def test_forms_are_split_by_width_class() -> None:
    tokens, forms, classes = np.array([1, 2, 2]), np.array([0, 1, 0, 300, 2]), np.array([0, 1, 5])
    split = split_forms(tokens, forms, classes.astype(np.uint8))
    assert [values.tolist() for values in split] == [[1, 0], [], [], [], [300, 2]]
    assert split[4].dtype == np.uint16


@pytest.mark.parametrize("step", [1, 3])
def test_meta_data_and_terms_in_several_calls(tmp_path: Path, step: int) -> None:
    def fill(out: Any) -> Any:
        writer = PostingsWriter(out, "f", np.array([2, 1]), 1.0, PostingsFormat(1, 1))
        for first in range(0, 3, step):
            size = min(step, 3 - first)
            ones, zeros = np.ones(size, np.int64), np.zeros(size, np.int64)
            docs = np.array([0, 1, 0])[first : first + size]
            writer.add(ones, docs, ones, zeros, zeros, ones)
        return writer.finish()

    segment_file, meta = write_segment_file(tmp_path, fill)
    assert meta == {"block": 1, "dense": 2, "tokens": 3}
    reader = PostingsReader(segment_file, "f", meta, 2, None)
    assert [reader.docs(term).tolist() for term in range(3)] == [[0], [1], [0]]


@pytest.mark.parametrize(("tokens", "dtype"), [((1 << 32) - 1, "u4"), (1 << 32, "u8")])
def test_places_of_forms_are_as_wide_as_the_tokens_ask_for(
    tmp_path: Path, tokens: int, dtype: str
) -> None:
    def fill(out: Any) -> Any:
        writer = PostingsWriter(out, "f", np.array([tokens - 5, 5]), 1.0, PostingsFormat())
        one, none = np.ones(1, np.int64), np.zeros(1, np.int64)
        writer.add(one, none, one * 2, np.arange(2), np.arange(2), one * 2)
        return writer.finish()

    segment_file, meta = write_segment_file(tmp_path, fill)
    assert meta["tokens"] == tokens
    assert segment_file.array("f.formed").dtype == dtype


@pytest.mark.parametrize("lengths", [[4, 300, 5, 7], [0, 0, 0, 0], []])
def test_bounds_are_for_texts_of_the_average_length(lengths: list[int]) -> None:
    docs, freqs = np.arange(len(lengths)), np.arange(1, len(lengths) + 1)
    counts = np.array([len(lengths)] if lengths else [], np.int64)
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    arrays = np.array(lengths, np.int64), 1, 4, 1.0
    cut = cut_docs(counts, docs, freqs, *arrays)
    expected = split_docs(
        counts, docs, freqs, *arrays, average, K1, B, BLOCK_MAX_STEP
    )  # fmt: skip
    for ours, theirs in zip(cut, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
