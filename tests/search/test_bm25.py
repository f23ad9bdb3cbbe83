"""BM25F: the statistics of a reader against the formula."""

from __future__ import annotations

from math import ceil, log
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from searchlib.codec.postings import K1, B
from searchlib.index.index_reader import IndexReader
from searchlib.kernels.constants import BLOCK_MAX_MARGIN
from searchlib.schema import Key, Schema, Text
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


@pytest.mark.parametrize("ranking", ["bm25f", "whoosh"])
@pytest.mark.parametrize("average", [1.0, 7.0, 60.0])  # over all segments; in this one it is 4
def test_bounds_are_no_looser_than_they_must_be(ranking: Any, average: float) -> None:
    """They are those of the shortest or of the longest text, whichever is higher."""
    segment: Any = SimpleNamespace(
        core=SimpleNamespace(
            token_count=lambda name: 20,
            text=lambda name: SimpleNamespace(tokens=20, documents=5),
        )
    )
    documents = 20 / average
    reader: Any = SimpleNamespace(
        segments=[segment], documents=documents, schema=Schema(id=Key(), body=Text())
    )
    stats = CollectionStatistics(reader, ranking)
    assert stats._average_lengths == {"body": average}
    k1, b = stats.k1, stats.b
    highest = max(
        K1 * (1 - B + B * length) / (k1 * (1 - b + b * length * 4 / average))
        for length in (0.0, 1e12)
    )
    saturated, odds = stats.bounds("body", 0)
    steps = np.arange(255) / 255
    exact = steps / (1 - steps) * highest
    assert odds[:255].tolist() == pytest.approx(exact.tolist(), rel=1e-8)
    assert np.all(odds[1:255] > exact[1:])  # rounding does not bring one below what it bounds
    assert np.all(saturated[1:255] > (exact / (1 + exact))[1:])
    assert saturated[255] == pytest.approx(1.0)
    assert saturated[255] > 1.0


def test_a_field_without_a_token_has_bounds() -> None:
    segment: Any = SimpleNamespace(
        core=SimpleNamespace(
            token_count=lambda name: 0, text=lambda name: SimpleNamespace(tokens=0, documents=5)
        )
    )
    reader: Any = SimpleNamespace(
        segments=[segment], documents=5, schema=Schema(id=Key(), body=Text())
    )
    assert CollectionStatistics(reader).bounds("body", 0)[0][0] == 0.0


def test_bm25f_has_the_parameters_and_the_idf_of_its_papers(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader, "bm25f")
    assert (stats.k1, stats.b, stats.adds_fields) == (1.5, 0.6, True)
    assert stats.idf(3) == pytest.approx(log(1 + (8 - 3 + 0.5) / (3 + 0.5)))
    assert stats.idf(8) == pytest.approx(log(1 + 0.5 / 8.5))  # above 0, in every document


def test_a_field_that_no_document_has(reader: IndexReader) -> None:
    stats = CollectionStatistics(reader)
    assert stats.idf(0) == pytest.approx(log(8) + 1)
