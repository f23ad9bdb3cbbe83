"""Field terms: sorted terms and their documents, for every type of field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from whoosh.fields import NUMERIC

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.field_terms import FieldTerms, field_terms, term_of_value
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.schema import Schema
from tests.parts import SCHEMA, add_records, create_store

RECORDS = (
    {"id": "b", "body": "banks bank", "raw": "Banks", "kind": ["World", "arts"], "n": 2.5},
    {"id": "a", "body": "rain", "kind": ["world"], "n": -1, "day": "2022-08-31"},
    {"id": "c", "n": 2.5, "day": "1999-01-01"},
)
NUMBERS = [term_of_value(value, is_date=False) for value in (-1, 2.5)]
MICROSECOND = timedelta(microseconds=1)
DAYS = [(date(*day) - date.min) // MICROSECOND for day in ((1999, 1, 1), (2022, 8, 31))]
DATES = [b"\0" + (micros + (1 << 63)).to_bytes(8, "big") for micros in DAYS]
EXPECTED = {
    "body": {b"bank": [0], b"rain": [1]},
    "body_exact": {b"bank": [0], b"banks": [0], b"rain": [1]},
    "raw": {b"banks": [0]},
    "kind": {b"arts": [0], b"world": [0, 1]},
    "id": {b"a": [1], b"b": [0], b"c": [2]},
    "n": {NUMBERS[0]: [1], NUMBERS[1]: [0, 2]},
    "day": {DATES[0]: [2], DATES[1]: [1]},
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
    like = [part for t in EXPECTED[name] for part in (t[:-1], b"\x01" + t[1:], t + b"\0")]
    for absent in {b"", b"\xff", b"bankers", b"\x00" * 9, *like} - EXPECTED[name].keys():
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


@pytest.mark.parametrize("name", EXPECTED)
def test_several_terms_at_once(reader: IndexReader, name: str) -> None:
    terms, expected = terms_of(reader, name), sorted(EXPECTED[name].items())
    for first in range(len(expected)):
        last = min(first + 2, len(expected))
        wanted = [doc for _, docs in expected[first:last] for doc in docs]
        assert terms.between(first, last) == [term for term, _ in expected[first:last]]
        docs, freqs = terms.docs_between(first, last), terms.freqs_between(first, last)
        below = terms.docs_below(b"\xff" * 9, first, last)
        if name not in ("body", "raw"):
            assert (docs, freqs, below) == (None, None, None)
            continue
        assert docs is not None
        assert freqs is not None
        assert below is not None
        assert docs.tolist() == below.tolist() == wanted
        assert freqs[0].tolist() == [2 if t == b"bank" else 1 for t, _ in expected[first:last]]
        assert freqs[1].tolist() == [len(docs) for _, docs in expected[first:last]]


def test_values_of_numbers_are_there_once(tmp_path: Path) -> None:
    values = [3, 1, 0.5, 1, 3, None, -0.0, 0, -7.25, 3]
    records = [{"id": f"{n}", "n": value} for n, value in enumerate(values) if value is not None]
    with create_store(tmp_path, *records).reader() as reader:
        terms = terms_of(reader, "n")
        distinct = sorted({value + 0 for value in values if value is not None})
        assert list(terms) == [term_of_value(value, is_date=False) for value in distinct]
        assert terms.between(0, len(terms)) == list(terms)
        rows = [record["n"] for record in records]
        for rank, value in enumerate(distinct):
            found = terms.find(terms[rank])
            assert found is not None
            assert found.docs.tolist() == [doc for doc, n in enumerate(rows) if n == value]
            assert found.docs.dtype == np.int32
            assert terms.rank(terms[rank]) == rank


def test_the_terms_of_numbers_are_those_of_whoosh() -> None:
    whoosh = {True: NUMERIC(int, 64), False: NUMERIC(float)}
    for value in (-(1 << 62), -3, 0, 7, 1 << 62):
        for is_date, field in whoosh.items():
            assert term_of_value(value, is_date=is_date) == field.to_bytes(value)


def test_a_surface_form_under_two_terms_is_one_term(tmp_path: Path) -> None:
    schema = Schema(id=sl.Key(), body=sl.Text(language="fr"))
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": "a", "body": "pâris puis paris"}, {"id": "b", "body": "pâris"}])
    with IndexStore(Directory(tmp_path / "a")).reader() as reader:
        terms = field_terms(reader.segments[0].core, schema, "body_exact")
        assert terms is not None
        expected = [b"paris", b"puis"]
        assert (len(terms), list(terms), terms.between(0, 2)) == (2, expected, expected)
        text, ends = terms.concatenated()
        assert (text, ends.tolist()) == (b"parispuis", [5, 9])
        assert [terms.rank(term) for term in (b"a", b"paris", b"pasteque", b"puis")] == [0, 0, 1, 1]
        assert terms.rank(b"z") == 2
        found = terms.find(b"paris")
        assert found is not None
        assert found.docs.tolist() == [0, 1]
        assert terms.count(b"paris") == 2


@pytest.mark.parametrize("name", ["nowhere", "body", "body_exact", "kind", "n", "day"])
def test_a_field_that_the_segment_does_not_have(tmp_path: Path, name: str) -> None:
    small = Schema(id=sl.Key())
    store = IndexStore.create(Directory(tmp_path), small)
    add_records(store, {"id": "a"})
    with store.reader() as reader:
        assert field_terms(reader.segments[0].core, SCHEMA, name) is None
        terms = field_terms(reader.segments[0].core, SCHEMA, "id")
        assert terms is not None
        assert list(terms) == [b"a"]


def test_a_replaced_key_is_there_once(tmp_path: Path) -> None:
    with create_store(tmp_path, {"id": "b"}, {"id": "a"}, {"id": "b", "n": 1}).reader() as reader:
        terms = terms_of(reader, "id")
        assert (len(terms), list(terms), terms.rank(b"b")) == (2, [b"a", b"b"], 1)
        found = terms.find(b"b")
        assert found is not None
        assert found.docs.tolist() == [0, 2]
        assert terms.count(b"b") == 2
