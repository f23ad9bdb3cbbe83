"""Columns: keys by hash, keywords by rank, dates and numbers with missing values."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from searchlib.codec import doc_values
from searchlib.codec.doc_values import (
    MISSING,
    KeyDocValues,
    KeywordDocValues,
    NumericDocValues,
    key_hash,
    write_keys,
    write_keywords,
    write_numbers,
)
from searchlib.ingest.record import digest
from tests.parts import write_segment_file


def test_keys(tmp_path: Path) -> None:
    keys = [b"b", b"a", b"b", "北".encode()]
    digests = [digest(bytes([n])) for n in range(4)]
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_keys(d, keys, digests))
    column = KeyDocValues(segment_file)
    assert column.find(b"b") == [0, 2]
    assert column.find(b"x") == []
    assert column.find_many([b"x", b"a"], key_hash([b"x", b"a"])) == [(1, 1)]
    assert column.digest(2) == digests[2]
    assert column.digests() == b"".join(digests)
    assert [keys[doc] for doc in column.docs_by_key()] == sorted(keys)


def test_keys_whose_hashes_are_the_same(tmp_path: Path) -> None:
    top = np.iinfo(np.uint64).max
    with patch.object(doc_values, "key_hash", lambda keys: np.full(len(keys), top)):
        segment_file, _ = write_segment_file(tmp_path, lambda d: write_keys(d, [b"a", b"b"], [b"0" * 16] * 2))
        column = KeyDocValues(segment_file)
        assert (column.find(b"a"), column.find(b"b"), column.find(b"c")) == ([0], [1], [])
        assert column.find_many([b"b"], doc_values.key_hash([b"b"])) == [(0, 1)]


def test_no_keys(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_keys(d, [], []))
    column = KeyDocValues(segment_file)
    assert column.find(b"a") == []
    assert column.find_many([b"a"], key_hash([b"a"])) == []


VALUES = {b"sports": (1, b"Sports"), b"arts": (0, b"Arts"), b"world": (2, b"World")}


def test_one_keyword_each(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 2, 3]), np.array([2, 1, 2])
    segment_file, _ = write_segment_file(
        tmp_path, lambda d: write_keywords(d, "k", VALUES, owners, numbers, 5, many=False)
    )
    column = KeywordDocValues(segment_file, "k")
    assert list(column.terms) == sorted(VALUES)
    assert list(column.labels) == [b"Arts", b"Sports", b"World"]
    assert [column.docs(rank).tolist() for rank in range(3)] == [[], [2], [0, 3]]
    assert [column.count(rank) for rank in range(3)] == [0, 1, 2]
    assert [column.ranks_of(doc) for doc in range(5)] == [[2], [], [1], [2], []]
    assert column.tally(None).tolist() == [0, 1, 2, 2]
    assert column.tally(np.array([0, 1, 2])).tolist() == [0, 1, 1, 1]
    assert column.tally(np.array([], int)).tolist() == [0, 0, 0, 0]


def test_many_keywords(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 0, 2, 2, 2]), np.array([2, 1, 0, 2, 1])
    segment_file, _ = write_segment_file(
        tmp_path, lambda d: write_keywords(d, "k", VALUES, owners, numbers, 4, many=True)
    )
    column = KeywordDocValues(segment_file, "k")
    assert [column.ranks_of(doc) for doc in range(4)] == [[2, 1], [], [0, 2, 1], []]
    assert [column.docs(rank).tolist() for rank in range(3)] == [[2], [0, 2], [0, 2]]
    assert column.tally(None).tolist() == [1, 2, 2, 2]
    assert column.tally(np.array([0, 1])).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("many", [False, True])
def test_no_keyword_at_all(tmp_path: Path, many: bool) -> None:
    none = np.empty(0, np.int64)
    segment_file, _ = write_segment_file(
        tmp_path, lambda d: write_keywords(d, "k", {}, none, none, 2, many=many)
    )
    column = KeywordDocValues(segment_file, "k")
    assert column.ranks_of(1) == []
    assert column.tally(None).tolist() == [2]
    assert column.tally(np.array([1])).tolist() == [1]


def test_more_keywords_than_a_byte(tmp_path: Path) -> None:
    values = {b"%05d" % n: (n, b"L%d" % n) for n in range(300)}
    owners = np.arange(300)
    segment_file, _ = write_segment_file(
        tmp_path, lambda d: write_keywords(d, "k", values, owners, owners[::-1], 301, many=False)
    )
    column = KeywordDocValues(segment_file, "k")
    assert column.ranks_of(0) == [299]
    assert column.ranks_of(300) == []


def test_dates(tmp_path: Path) -> None:
    values = np.array([30, MISSING, 10, 30, -5, MISSING], np.int64)
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_numbers(d, "n", values))
    column = NumericDocValues(segment_file, "n")
    assert column.sorted_values().tolist() == [-5, 10, 30, 30]
    assert sorted(column.docs_with_value().tolist()) == [0, 2, 3, 4]
    for low, high, low_open, high_open, wanted in (
        (None, None, False, False, [0, 2, 3, 4]),
        (10, 30, False, False, [0, 2, 3]),
        (10, 30, True, False, [0, 3]),
        (10, 30, False, True, [2]),
        (30, 10, False, False, []),
        (10, 10, True, True, []),
        (None, -5, False, True, []),
        (31, None, False, False, []),
    ):
        found = column.between(low, high, low_open=low_open, high_open=high_open)
        assert sorted(found.tolist()) == wanted


def test_numbers_have_one_zero(tmp_path: Path) -> None:
    values = np.array([0.0, np.nan, -0.0, 2.5])
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_numbers(d, "n", values))
    column = NumericDocValues(segment_file, "n")
    assert not np.signbit(column.values).any()
    assert sorted(column.docs_with_value().tolist()) == [0, 2, 3]
    assert sorted(column.between(0, 0, low_open=False, high_open=False).tolist()) == [0, 2]


def test_limits_are_rounded_as_values_are(tmp_path: Path) -> None:
    values = np.array([2.0**53, 1.0])
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_numbers(d, "n", values))
    column = NumericDocValues(segment_file, "n")

    def between(low: float | None, high: float | None) -> list[int]:
        return sorted(column.between(low, high, low_open=False, high_open=False).tolist())

    assert between(2**53 + 1, None) == [0]
    assert between(None, 10**400) == [0, 1]
    assert between(None, -(10**400)) == []
