"""Field terms: sorted terms and their documents, for every type of field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from searchlib.index.field_terms import FieldTerms, field_terms, term_of_value
from searchlib.index.index_reader import IndexReader
from tests.parts import SCHEMA, create_store

RECORDS = (
    {"id": "b", "body": "banks bank", "raw": "Banks", "kind": ["World", "arts"], "n": 2.5},
    {"id": "a", "body": "rain", "kind": ["world"], "n": -1, "day": "2022-08-31"},
    {"id": "c", "n": 2.5, "day": "1999-01-01"},
)
NUMBERS = [term_of_value(value, is_date=False) for value in (-1, 2.5)]
EXPECTED = {
    "body": {b"bank": [0], b"rain": [1]},
    "body_exact": {b"bank": [0], b"banks": [0], b"rain": [1]},
    "raw": {b"banks": [0]},
    "kind": {b"arts": [0], b"world": [0, 1]},
    "id": {b"a": [1], b"b": [0], b"c": [2]},
    "n": {NUMBERS[0]: [1], NUMBERS[1]: [0, 2]},
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[IndexReader]:
    with create_store(tmp_path, *RECORDS).reader() as reader:
        yield reader


def terms_of(reader: IndexReader, name: str) -> FieldTerms:
    terms = field_terms(reader.segments[0].core, SCHEMA, name)
    assert terms is not None
    return terms


@pytest.mark.parametrize("name", EXPECTED)
def test_terms_and_their_documents(reader: IndexReader, name: str) -> None:
    terms, expected = terms_of(reader, name), EXPECTED[name]
    assert [terms[rank] for rank in range(len(terms))] == sorted(expected)
    assert sorted(terms) == sorted(expected)
    for rank, term in enumerate(sorted(expected)):
        postings = terms.find(term)
        assert postings is not None
        assert postings.docs.tolist() == expected[term]
        assert postings.count == terms.count(term) == len(expected[term])
        assert terms.rank(term) == rank
        assert (postings.posting_list is not None) == (name in ("body", "body_exact", "raw"))


@pytest.mark.parametrize("name", EXPECTED)
def test_terms_that_do_not_exist(reader: IndexReader, name: str) -> None:
    terms = terms_of(reader, name)
    for absent in (b"", b"\xff", b"bankers", b"\x00" * 9):
        assert terms.find(absent) is None
        assert terms.count(absent) == 0
    assert terms.rank(b"") == 0
    assert terms.rank(b"\xff" * 10) == len(terms)


@pytest.mark.parametrize("name", EXPECTED)
def test_all_terms_end_to_end(reader: IndexReader, name: str) -> None:
    data, ends = terms_of(reader, name).concatenated()
    starts = np.concatenate(([0], ends[:-1]))
    pieces = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    assert sorted(pieces) == sorted(EXPECTED[name])


def test_a_field_that_the_segment_does_not_have(reader: IndexReader) -> None:
    assert field_terms(reader.segments[0].core, SCHEMA, "nowhere") is None
