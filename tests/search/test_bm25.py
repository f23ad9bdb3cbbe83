"""BM25F: the statistics of a reader against the formula."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from searchlib.codec.postings import K1, B
from searchlib.index.index_reader import IndexReader
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


def test_bound_factor_never_lowers_a_bound(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    average = 24 / 8
    averages = 16 / 5, 8 / 3
    for segment, own in enumerate(averages):
        factor = stats.bound_factor("body", segment)
        assert factor == pytest.approx(max(1.0, average / own))
        assert factor > 1.0


def test_a_field_that_no_document_has(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    assert stats.idf(0) == pytest.approx(log(8) + 1)
