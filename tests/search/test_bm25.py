"""BM25F: the statistics of a reader against the formula."""

from __future__ import annotations

from math import ceil, log
from typing import Any

import numpy as np
import pytest

from searchlib.codec.postings import K1, B
from searchlib.index.index_reader import IndexReader
from searchlib.kernels.constants import BLOCK_MAX_MARGIN
from searchlib.search.bm25 import CollectionStatistics


def test_idf_counts_all_segments_and_deleted_documents(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    assert stats.documents == 8
    assert stats.idf(3) == pytest.approx(log(8 / 4) + 1)
    assert stats.idf(1) > stats.idf(2) > stats.idf(8)


def test_norms_grow_with_length(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    lengths = [[3, 3, 6, 3, 1], [4, 1, 3]]
    average = sum(map(sum, lengths)) / 8
    for segment, of_segment in enumerate(lengths):
        expected = K1 * ((1 - B) + B * np.array(of_segment) / average)
        norms = stats.norms("body", segment)
        assert norms.dtype == np.float64
        assert norms.tolist() == pytest.approx(expected.tolist())
        assert stats.norms("body", segment) is norms  # computed once


@pytest.mark.parametrize("ranking", ["bm25f", "whoosh"])
def test_bounds_hold_for_any_frequency_and_length(reader: IndexReader, ranking: Any) -> None:
    """A block-max score bounds what it was made of, in this ranking and with all segments'
    average length."""
    stats = CollectionStatistics(reader, ranking)
    average = 24 / 8
    for segment, own in enumerate((16 / 5, 8 / 3)):
        saturated, odds = stats.bounds("body", segment)
        assert (len(saturated), len(odds)) == (256, 256)
        assert (saturated[0], odds[0]) == (0.0, 0.0)
        assert np.all(np.diff(saturated) > 0)
        for value in (0.01, 1.0, 3.0, 1000.0):
            for length in (1, 2, 3, 10, 100_000):
                kept = value / (value + K1 * ((1 - B) + B * length / own))
                step = ceil(kept * 255 + BLOCK_MAX_MARGIN)
                asked = value / (stats.k1 * ((1 - stats.b) + stats.b * length / average))
                assert odds[step] >= asked
                assert saturated[step] >= asked / (1 + asked)


def test_bm25f_has_the_parameters_and_the_idf_of_its_papers(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader, "bm25f")
    assert (stats.k1, stats.b, stats.adds_fields) == (1.5, 0.6, True)
    assert stats.idf(3) == pytest.approx(log(1 + (8 - 3 + 0.5) / (3 + 0.5)))
    assert stats.idf(8) == pytest.approx(log(1 + 0.5 / 8.5))  # above 0, in every document


def test_a_field_that_no_document_has(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    assert stats.idf(0) == pytest.approx(log(8) + 1)
