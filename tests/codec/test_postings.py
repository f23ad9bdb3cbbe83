"""Posting lists: dense and sparse terms, block-max scores, and document numbers above 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.postings import (
    BLOCK_MAX_STEP,
    K1,
    B,
    PostingsFormat,
    PostingsReader,
    width_classes,
)
from searchlib.codec.postings_writer import PostingsWriter
from tests.parts import write_segment_file


def test_width_classes_follow_the_number_of_forms() -> None:
    form_counts = np.array([1, 2, 3, 4, 5, 16, 17, 256, 257])
    assert width_classes(form_counts).tolist() == [0, 1, 2, 2, 3, 3, 4, 4, 5]


@pytest.mark.parametrize(
    ("documents", "least"), [(0, 256), (64 * 256, 256), (64 * 256 + 1, 257), (1 << 20, 1 << 14)]
)
def test_dense_from(documents: int, least: int) -> None:
    assert PostingsFormat().dense_from(documents) == least


Lists = list[dict[int, list[int]]]


def form_count_of(term: int) -> int:
    """How many forms a term has in these tests: every width of the form arrays is used."""
    return (1, 2, 3, 4, 5, 16, 17, 256, 257, 1000)[term % 10]


def write_postings(
    path: Path, lists: Lists, lengths: Any, postings_format: PostingsFormat, *, step: int = 100
) -> PostingsReader:
    """Write the posting lists (document -> positions) of terms, ``step`` terms a call."""

    def fill(out: Any) -> Any:
        writer = PostingsWriter(out, "f", np.array(lengths), 2.0, postings_format)
        first_forms = OffsetsWriter(out, "f.first")
        for start in range(0, max(1, len(lists)), step):
            terms = lists[start : start + step]
            form_counts = [form_count_of(start + number) for number in range(len(terms))]
            docs = [doc for postings in terms for doc in sorted(postings)]
            per_posting = [postings[doc] for postings in terms for doc in sorted(postings)]
            forms = [
                position % form_count
                for postings, form_count in zip(terms, form_counts, strict=True)
                for doc in sorted(postings)
                for position in postings[doc]
            ]
            first_forms.add(np.array(form_counts, np.int64))
            writer.add(
                np.array([len(postings) for postings in terms], np.int64),
                np.array(docs, np.int64),
                np.array([len(positions) for positions in per_posting], np.int64),
                np.array([p for positions in per_posting for p in positions], np.int64),
                np.array(forms, np.int64),
                np.array(form_counts, np.int64),
            )
        first_forms.finish()
        return writer.finish()

    segment_file, meta = write_segment_file(path, fill)
    return PostingsReader(segment_file, "f", meta, len(lengths), Offsets(segment_file, "f.first"))


def assert_postings(
    reader: PostingsReader, lists: Lists, lengths: Any, postings_format: PostingsFormat
) -> None:
    average = float(np.mean(lengths)) or 1.0
    for term, postings in enumerate(lists):
        docs = sorted(postings)
        positions = [place for doc in docs for place in postings[doc]]
        assert reader.count(term) == len(docs)
        assert reader.occurrences(term) == len(positions)
        assert reader.docs(term).tolist() == docs
        assert reader.docs(term).dtype == np.int32
        assert reader.freqs(term).tolist() == [len(postings[doc]) for doc in docs]
        assert reader.positions(term).tolist() == positions
        forms, size = reader.forms(term), form_count_of(term)
        expected_forms = [place % size for place in positions]
        assert (forms is None and size == 1) or (
            forms is not None and forms.tolist() == expected_forms
        )
        every_third = np.arange(0, len(positions), 3)
        assert reader.positions_at(term, every_third).tolist() == positions[::3]
        if reader.is_dense(term):
            blocks = np.array(docs) // postings_format.block
            block_counts = np.bincount(blocks, minlength=reader.blocks)
            assert reader.block_counts(term).tolist() == block_counts.tolist()
            scores = reader.block_max_scores(term)
            for doc in docs:
                weight, length = len(postings[doc]) * 2.0, lengths[doc]
                score = weight * (K1 + 1) / (weight + K1 * (1 - B + B * length / average))
                assert score <= scores[doc // postings_format.block] * BLOCK_MAX_STEP
            assert all((scores > 0) == (reader.block_counts(term) > 0))
    all_docs, freqs, all_positions, all_forms = reader.read_terms(0, len(lists))
    assert all_docs.tolist() == [doc for postings in lists for doc in sorted(postings)]
    assert freqs.tolist() == [len(w[doc]) for w in lists for doc in sorted(w)]
    assert all_positions.tolist() == [p for w in lists for doc in sorted(w) for p in w[doc]]
    assert all_forms.tolist() == [
        p % form_count_of(n) for n, w in enumerate(lists) for doc in sorted(w) for p in w[doc]
    ]


_places = st.lists(st.integers(0, 1 << 17), min_size=1, max_size=5, unique=True).map(sorted)
_lists = st.lists(st.dictionaries(st.integers(0, 40), _places, min_size=1), min_size=1, max_size=12)


@given(
    _lists,
    st.integers(1, 3),
    st.sampled_from([PostingsFormat(), PostingsFormat(4, 2), PostingsFormat(2, 1)]),
)
def test_readers_return_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    lists: Lists,
    step: int,
    postings_format: PostingsFormat,
) -> None:
    lengths = [(doc * 37) % 90 for doc in range(41)]
    reader = write_postings(
        tmp_path_factory.mktemp("p"), lists, lengths, postings_format, step=step
    )
    assert_postings(reader, lists, lengths, postings_format)


def test_frequencies_above_a_byte(tmp_path: Path) -> None:
    lists: Lists = [{0: list(range(700)), 3: [70_000]}, {3: list(range(0, 512, 2))}]
    postings_format = PostingsFormat(2, 1)
    assert_postings(
        write_postings(tmp_path, lists, [700, 0, 0, 300], postings_format),
        lists,
        [700, 0, 0, 300],
        postings_format,
    )


def test_document_numbers_above_16_bits(tmp_path: Path) -> None:
    size = 70_000
    lengths = np.zeros(size, np.int64)
    docs = [3, 65_535, 65_536, 69_999]
    every = {doc: [0] for doc in range(0, size, 7)}
    lists: Lists = [{doc: [1] for doc in docs}, every, {65_536: [9]}]
    postings_format = PostingsFormat()
    reader = write_postings(tmp_path, lists, lengths, postings_format)
    assert not reader.is_dense(0)
    assert reader.is_dense(1)
    assert_postings(reader, lists, lengths, postings_format)


def test_no_terms(tmp_path: Path) -> None:
    reader = write_postings(tmp_path, [], [0, 0], PostingsFormat())
    assert reader.counts().tolist() == []
    assert reader.read_terms(0, 0)[0].tolist() == []
