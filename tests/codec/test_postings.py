"""Posting lists: dense and sparse terms, bounds, and document numbers above 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.packed_ints import ranges
from searchlib.codec.postings import BLOCK_MAX_STEP, K1, B, PostingsFormat, PostingsReader
from searchlib.codec.postings_writer import PostingsWriter, saturation
from tests.parts import write_segment_file


def test_ranges() -> None:
    assert ranges(np.array([], int), np.array([], int)).tolist() == []
    assert ranges(np.array([7, 3, 9]), np.array([0, 2, 1])).tolist() == [3, 4, 9]


@pytest.mark.parametrize(
    ("documents", "least"), [(0, 256), (64 * 256, 256), (64 * 256 + 1, 257), (1 << 20, 1 << 14)]
)
def test_dense_from(documents: int, least: int) -> None:
    assert PostingsFormat().dense_from(documents) == least


Lists = list[dict[int, list[int]]]


def size_of(term: int) -> int:
    """How many forms a term has in these tests: each width of the planes of forms comes up."""
    return (1, 2, 3, 4, 5, 16, 17, 256, 257, 1000)[term % 10]


def write(
    path: Path, lists: Lists, lengths: Any, layout: PostingsFormat, *, step: int = 100
) -> PostingsReader:
    """Posting lists of terms: document -> positions. Each term in a call of ``step`` terms."""

    def fill(draft: Any) -> Any:
        writer = PostingsWriter(draft, "f", np.array(lengths), 2.0, layout)
        first = OffsetsWriter(draft, "f.first")
        for start in range(0, max(1, len(lists)), step):
            some = lists[start : start + step]
            docs = [doc for found in some for doc in sorted(found)]
            at = [found[doc] for found in some for doc in sorted(found)]
            places = [place for one in at for place in one]
            at_docs, at_freqs, at_places = [
                np.array(x, np.int64) for x in (docs, list(map(len, at)), places)
            ]
            sizes = [size_of(start + number) for number in range(len(some))]
            forms = [place % size for found, size in zip(some, sizes, strict=True)
                     for doc in sorted(found) for place in found[doc]]  # fmt: skip
            counts = np.array([len(found) for found in some], np.int64)
            first.add(np.array(sizes, np.int64))
            writer.add(
                counts,
                at_docs,
                at_freqs,
                at_places,
                np.array(forms, np.int64),
                np.array(sizes, np.int64),
            )
        first.finish()
        return writer.finish()

    segment_file, meta = write_segment_file(path, fill)
    return PostingsReader(segment_file, "f", meta, len(lengths), Offsets(segment_file, "f.first"))


def check(found: PostingsReader, lists: Lists, lengths: Any, layout: PostingsFormat) -> None:
    average = float(np.mean(lengths)) or 1.0
    for term, wanted in enumerate(lists):
        docs = sorted(wanted)
        positions = [place for doc in docs for place in wanted[doc]]
        assert found.count(term) == len(docs)
        assert found.occurrences(term) == len(positions)
        assert found.docs(term).tolist() == docs
        assert found.docs(term).dtype == np.int32
        assert found.freqs(term).tolist() == [len(wanted[doc]) for doc in docs]
        assert found.positions(term).tolist() == positions
        forms, size = found.forms(term), size_of(term)
        wanted_forms = [place % size for place in positions]
        assert (forms is None and size == 1) or (
            forms is not None and forms.tolist() == wanted_forms
        )
        some = np.arange(0, len(positions), 3)
        assert found.positions_at(term, some).tolist() == positions[::3]
        if found.is_dense(term):
            blocks = np.array(docs) // layout.block
            assert found.block_counts(term).tolist() == np.bincount(blocks, minlength=found.blocks).tolist()
            bounds = found.block_max_scores(term)
            for doc in docs:
                weight, length = len(wanted[doc]) * 2.0, lengths[doc]
                score = weight * (K1 + 1) / (weight + K1 * (1 - B + B * length / average))
                assert score <= bounds[doc // layout.block] * BLOCK_MAX_STEP
            few = np.unique(blocks)[::2]
            inside, freqs = found.in_blocks(term, few, np.cumsum(found.block_counts(term), dtype=np.int64))
            assert inside.tolist() == [doc for doc in docs if doc // layout.block in few]
            assert freqs.tolist() == [len(wanted[doc]) for doc in inside.tolist()]
            assert all((bounds > 0) == (found.block_counts(term) > 0))
    all_docs, freqs, all_positions, all_forms = found.read_terms(0, len(lists))
    assert all_docs.tolist() == [doc for wanted in lists for doc in sorted(wanted)]
    assert freqs.tolist() == [len(w[doc]) for w in lists for doc in sorted(w)]
    assert all_positions.tolist() == [p for w in lists for doc in sorted(w) for p in w[doc]]
    assert all_forms.tolist() == [
        p % size_of(n) for n, w in enumerate(lists) for doc in sorted(w) for p in w[doc]
    ]


_places = st.lists(st.integers(0, 1 << 17), min_size=1, max_size=5, unique=True).map(sorted)
_lists = st.lists(st.dictionaries(st.integers(0, 40), _places, min_size=1), min_size=1, max_size=12)


@given(
    _lists,
    st.integers(1, 3),
    st.sampled_from([PostingsFormat(), PostingsFormat(4, 2), PostingsFormat(2, 1)]),
)
def test_like_plain_lists(
    tmp_path_factory: pytest.TempPathFactory, lists: Lists, step: int, layout: PostingsFormat
) -> None:
    lengths = [(doc * 37) % 90 for doc in range(41)]
    found = write(tmp_path_factory.mktemp("p"), lists, lengths, layout, step=step)
    check(found, lists, lengths, layout)


def test_counts_above_a_byte(tmp_path: Path) -> None:
    lists: Lists = [{0: list(range(700)), 3: [70_000]}, {3: list(range(0, 512, 2))}]
    layout = PostingsFormat(2, 1)
    check(write(tmp_path, lists, [700, 0, 0, 300], layout), lists, [700, 0, 0, 300], layout)


def test_document_numbers_above_16_bits(tmp_path: Path) -> None:
    size = 70_000
    lengths = np.zeros(size, np.int64)
    docs = [3, 65_535, 65_536, 69_999]
    every = {doc: [0] for doc in range(0, size, 7)}
    lists: Lists = [{doc: [1] for doc in docs}, every, {65_536: [9]}]
    layout = PostingsFormat()
    found = write(tmp_path, lists, lengths, layout)
    assert not found.is_dense(0)
    assert found.is_dense(1)
    check(found, lists, lengths, layout)


def test_no_terms(tmp_path: Path) -> None:
    found = write(tmp_path, [], [0, 0], PostingsFormat())
    assert found.counts().tolist() == []
    assert found.read_terms(0, 0)[0].tolist() == []


def test_saturation_stays_below_its_limit() -> None:
    made = saturation(np.array([1.0, 1e9]), np.array([0, 0]), 5.0)
    assert (made < K1 + 1).all()
