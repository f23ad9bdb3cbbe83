"""Posting lists: dense and sparse terms, block-max scores, and document numbers above 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
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
from searchlib.codec.segment_file import SegmentFile
from searchlib.errors import CorruptArchive
from tests.parts import with_sections, write_segment_file


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
    file, meta = write_file(path, lists, lengths, postings_format, step)
    return PostingsReader(file, "f", meta, len(lengths), Offsets(file, "f.first"))


def write_file(
    path: Path, lists: Lists, lengths: Any, postings_format: PostingsFormat, step: int = 100
) -> tuple[SegmentFile, dict[str, Any]]:
    """The segment file of such posting lists, and the meta data of the field."""

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

    return write_segment_file(path, fill)


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
        if size > 1:
            assert reader.forms_at(term, every_third).tolist() == expected_forms[::3]
            assert reader.forms_at(term, every_third[:0]).tolist() == []
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
    counts, tokens = [len(w) for w in lists], [sum(map(len, w.values())) for w in lists]
    assert (reader.terms, reader.tokens) == (len(lists), sum(tokens))
    assert reader.all_occurrences().tolist() == tokens
    for first in range(len(lists)):
        last = min(first + 3, len(lists))
        assert reader.counts(first, last).tolist() == counts[first:last]
        assert reader.occurrences_between(first, last).tolist() == tokens[first:last]
        assert reader.start(first) == sum(counts[:first])
        docs, starts = reader.docs_of_terms(first, last)
        assert docs.tolist() == [doc for one in lists[first:last] for doc in sorted(one)]
        assert starts.tolist() == [sum(counts[:term]) for term in range(first, last + 1)]
        part, part_counts = reader.freqs_of_terms(first, last)
        assert part.tolist() == [len(w[doc]) for w in lists[first:last] for doc in sorted(w)]
        assert part_counts.tolist() == counts[first:last]
        assert [array.tolist() for array in reader.read_terms(first, last)] == [
            docs.tolist(), part.tolist(),
            [p for w in lists[first:last] for doc in sorted(w) for p in w[doc]],
            [p % form_count_of(first + n) for n, w in enumerate(lists[first:last])
             for doc in sorted(w) for p in w[doc]],
        ]  # fmt: skip
        dense = [term for term in range(first, last) if reader.is_dense(term)]
        block_counts, scores, low = reader.dense_arrays(first, last)
        assert block_counts.tolist() == [n for t in dense for n in reader.block_counts(t).tolist()]
        assert scores.tolist() == [n for t in dense for n in reader.block_max_scores(t).tolist()]
        assert low.tolist() == [doc % reader.block for t in dense for doc in sorted(lists[t])]
    reader.check()
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


@pytest.mark.parametrize("documents", [65_536, 65_537])
def test_high_bits_are_kept_where_a_document_has_any(tmp_path: Path, documents: int) -> None:
    lengths = np.zeros(documents, np.int64)
    file, meta = write_file(tmp_path, [{documents - 1: [0]}], lengths, PostingsFormat())
    assert ("f.high" in file) is (documents > 65_536)
    first_forms = Offsets(file, "f.first")
    reader = PostingsReader(file, "f", meta, documents, first_forms)
    assert reader.docs(0).tolist() == [documents - 1]
    if documents > 65_536:
        without = with_sections(tmp_path, file, {"f.high": None})
        with pytest.raises(CorruptArchive, match=r"f\.high.*another length"):
            PostingsReader(without, "f", meta, documents, first_forms)


# Terms with 1, 2, 3 and 4 forms; terms 1 and 3 are in three documents or more, and so dense.
SMALL: Lists = [
    {0: [0]}, {0: [1, 2], 1: [0], 5: [3], 8: [0]}, {1: [1], 8: [1]}, {2: [0], 3: [0], 6: [0]},
]  # fmt: skip
LENGTHS = [3, 2, 1, 1, 0, 4, 1, 0, 2]
FORMAT = PostingsFormat(4, 3)


@pytest.mark.parametrize("step", [1, 2, 4])  # terms a call
def test_the_sections_of_posting_lists(tmp_path: Path, step: int) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT, step)
    assert meta == {"block": 4, "dense": 3, "tokens": 14}
    for name, values in {
        "docs": [0, 1, 8], "low": [0, 1, 1, 0, 2, 3, 2], "held": [2, 1, 1, 2, 1, 0],
        "freqs": [1, 2, 1, 1, 1, 1, 1, 1, 1, 1], "freqs.at": [], "freqs.value": [],
        "positions": [0, 1, 2, 0, 3, 0, 1, 1, 0, 0, 0], "dense": [1, 3], "dense.at": [0, 4],
        "forms1": [0b01001], "forms2": [0b0101, 0], "forms4": [], "forms8": [], "forms16": [],
        "formed": [0, 0, 0, 2, 2, 2],
    }.items():  # fmt: skip
        assert file.array(f"f.{name}").tolist() == values, name
    assert ((file.array("f.bounds") > 0) == (file.array("f.held") > 0)).all()
    assert "f.high" not in file


def _changed_offsets(file: SegmentFile, name: str, offsets: list[int]) -> dict[str, Any]:
    steps = file.array(f"f.{name}.steps").copy()
    steps[: len(offsets)] = offsets
    steps[len(offsets) :] = offsets[-1]
    return {f"f.{name}.steps": steps}


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("freqs", lambda old: np.append(old, old[:1]), r"f\.starts'.* rise from 0 to 11"),
        ("positions", lambda old: np.append(old, old[:1]), r"f\.tokens'.* rise from 0 to 12"),
        ("starts", [0, 1, 5, 8, 10], r"f\.starts.*more documents than it can have"),
        ("starts", [0, 0, 0, 0, 10], r"f\.starts.*more documents than it can have"),
        ("dense", lambda old: old - 1, r"f\.dense'.*other terms than the counts say"),
        ("dense", lambda old: old[:1], r"f\.dense'.*other terms than the counts say"),
        ("dense.at", lambda old: old + 1, r"f\.dense\.at'.*other places"),
        *(
            (part, lambda old: np.append(old, old[:1]), rf"f\.{part}'.*another length")
            for part in ("docs", "low", "held", "bounds", "forms1", "forms2", "formed")
        ),
        *(
            (part, lambda old: old[:-1], rf"f\.{part}'.*another length")
            for part in ("docs", "low", "held", "bounds", "forms1", "forms2", "formed")
        ),
        *(
            (f"forms{width}", lambda old: np.ones(1, old.dtype), rf"f\.forms{width}'.*length")
            for width in (4, 8, 16)
        ),
    ],
)
def test_sections_that_do_not_fit_together(
    tmp_path: Path, name: str, change: Any, says: str
) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    sections = (
        _changed_offsets(file, name, change)
        if isinstance(change, list)
        else {f"f.{name}": change(file.array(f"f.{name}"))}
    )
    changed = with_sections(tmp_path, file, sections)
    with pytest.raises(CorruptArchive, match=says):
        PostingsReader(changed, "f", meta, 9, Offsets(changed, "f.first"))


@pytest.mark.parametrize(
    ("key", "value", "is_right"),
    [
        ("block", 4, True), ("block", 0, False), ("block", -4, False), ("block", 257, False),
        ("block", 4.0, False), ("block", True, False), ("block", None, False),
        ("dense", 3, True), ("dense", 0, False), ("dense", (1 << 53) + 1, False),
        ("dense", 3.0, False), ("dense", "3", False),
    ],
)  # fmt: skip
def test_meta_data_that_make_no_sense(
    tmp_path: Path, key: str, value: object, is_right: bool
) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    first_forms = Offsets(file, "f.first")
    if is_right:
        assert PostingsReader(file, "f", meta | {key: value}, 9, first_forms).blocks == 3
        return
    for changed in (meta | {key: value}, {k: v for k, v in meta.items() if k != key}):
        with pytest.raises(CorruptArchive, match=f"its meta data say .* for '{key}' of 'f'"):
            PostingsReader(file, "f", changed, 9, first_forms)


def test_the_ends_of_what_meta_data_may_say(tmp_path: Path) -> None:
    for number, postings_format in enumerate((PostingsFormat(256, 1 << 53), PostingsFormat(1, 1))):
        (tmp_path / str(number)).mkdir()
        reader = write_postings(tmp_path / str(number), SMALL, LENGTHS, postings_format)
        assert_postings(reader, SMALL, LENGTHS, postings_format)


def test_more_documents_than_the_segment_has(tmp_path: Path) -> None:
    file, meta = write_file(tmp_path, [{0: [0], 1: [0]}], [1, 1], PostingsFormat(256, 99))
    first_forms = Offsets(file, "f.first")
    assert PostingsReader(file, "f", meta, 2, first_forms).count(0) == 2
    with pytest.raises(CorruptArchive, match="more documents than it can have"):
        PostingsReader(file, "f", meta, 1, first_forms)


@pytest.mark.parametrize(
    ("form_counts", "says"),
    [
        ([1, 2, 3], r"f\.first'.*another length"),
        ([1, 2, 3, 4, 1], r"f\.first'.*another length"),
        ([1, 2, 0, 4], r"f\.first'.*a term has no form"),
        ([0, 2, 3, 4], r"f\.first'.*a term has no form"),
        ([1, 2, 2, 4], r"f\.formed'.*another length"),
        ([1, 1, 4, 4], r"f\.forms1'.*another length"),
        ([1, 4, 1, 4], r"f\.forms1'.*another length"),
    ],
)
def test_forms_that_do_not_fit(tmp_path: Path, form_counts: list[int], says: str) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)

    def fill(out: Any) -> None:
        first_forms = OffsetsWriter(out, "o")
        first_forms.add(np.array(form_counts))
        first_forms.finish()

    (tmp_path / "o").mkdir()
    others, _ = write_segment_file(tmp_path / "o", fill)
    with pytest.raises(CorruptArchive, match=says):
        PostingsReader(file, "f", meta, 9, Offsets(others, "o"))


def test_without_forms_nothing_may_be_stored_of_them(tmp_path: Path) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    with pytest.raises(CorruptArchive, match=r"f\.forms1'.*another length"):
        PostingsReader(file, "f", meta, 9, None)
    none = {f"f.forms{width}": file.array(f"f.forms{width}")[:0] for width in (1, 2)}
    reader = PostingsReader(with_sections(tmp_path, file, none), "f", meta, 9, None)
    reader.check()
    assert reader.forms(1) is None
    assert reader.read_terms(1, 3)[3].tolist() == [0] * 7


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([0, 0, 0, 2, 2, 3], r"f\.formed'.*other places"),
        ([0, 1, 0, 2, 2, 2], r"f\.formed'.*other places"),
        ([1, 0, 0, 2, 2, 2], r"f\.formed'.*other places"),
        ([0, 0, 0, 0, 0, 0], r"f\.formed'.*other places"),
        ([0, 0, 0, 2, 2, 2], ""),
    ],
)
def test_where_forms_start_is_checked(tmp_path: Path, wrong: list[int], says: str) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    file = with_sections(tmp_path, file, {"f.formed": np.array(wrong, "u4")})
    reader = PostingsReader(file, "f", meta, 9, Offsets(file, "f.first"))
    if not says:
        reader.check()
        return
    with pytest.raises(CorruptArchive, match=says):
        reader.check()


def test_format_1_has_a_start_for_each_term_and_one_more(tmp_path: Path) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    changed = {
        "f.width": np.zeros(4, "u1"), "f.formed": np.array([9, 0, 0, 2, 9], "u8"), "f.dense": None,
        "f.dense.at": None,
    }  # fmt: skip
    old = with_sections(tmp_path, file, changed)
    reader = PostingsReader(old, "f", meta, 9, Offsets(old, "f.first"))
    assert_postings(reader, SMALL, LENGTHS, FORMAT)
    for formed, says in (([9, 0, 0, 2], "another length"), ([9, 0, 0, 1, 9], "other places")):
        (path := tmp_path / says).mkdir()
        file = with_sections(path, old, {"f.formed": np.array(formed, "u8")})
        with pytest.raises(CorruptArchive, match=rf"f\.formed'.*{says}"):
            PostingsReader(file, "f", meta, 9, Offsets(file, "f.first")).check()


LONG: Lists = [{0: list(range(300)), 1: [0]}, {2: [0xF00]}]


def test_exceptions_are_where_the_arrays_say(tmp_path: Path) -> None:
    lengths = [300, 1, 0xF01]
    file, meta = write_file(tmp_path, LONG, lengths, PostingsFormat())
    first_forms = Offsets(file, "f.first")
    PostingsReader(file, "f", meta, 3, first_forms).check()
    low = file.array("f.positions")
    for name, array, says in (
        ("freqs", [1, 255, 1], "section 'f.freqs': its exceptions are at other places"),
        ("positions.at", [300], "section 'f.positions': its exceptions are at other places"),
    ):
        sections = {f"f.{name}": np.array(array, file.array(f"f.{name}").dtype)}
        changed = with_sections(tmp_path, file, sections)
        reader = PostingsReader(changed, "f", meta, 3, first_forms)
        with pytest.raises(CorruptArchive, match=says):
            reader.check()
    assert len(low) == 302
    values = {"f.freqs.value": np.array([302], "u4")}
    assert PostingsReader(with_sections(tmp_path, file, values), "f", meta, 3, first_forms).terms
    values = {"f.freqs.value": np.array([303], "u4")}
    with pytest.raises(CorruptArchive, match=r"f\.freqs\.value.*than there are words"):
        PostingsReader(with_sections(tmp_path, file, values), "f", meta, 3, first_forms)


@pytest.mark.parametrize(
    ("name", "array", "reads", "says"),
    [
        ("freqs", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
         (lambda r: r.freqs(1), lambda r: r.read_terms(1, 2)),
         "term 1 has other frequencies than occurrences"),
        ("freqs", [1, 2, 1, 1, 1, 1, 2, 1, 1, 1],
         (lambda r: r.freqs(2), lambda r: r.read_terms(2, 4)),
         "term 2 has other frequencies than occurrences"),
        ("held", [2, 1, 2, 2, 1, 0], (lambda r: r.docs(1), lambda r: r.docs_of_terms(0, 4)),
         "section 'f.held': it has other counts"),
    ],
)  # fmt: skip
def test_what_reading_finds(
    tmp_path: Path, name: str, array: list[int], reads: Any, says: str
) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    file = with_sections(tmp_path, file, {f"f.{name}": np.array(array, "u1")})
    reader = PostingsReader(file, "f", meta, 9, Offsets(file, "f.first"))
    for read in reads:
        with pytest.raises(CorruptArchive, match=says):
            read(reader)


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_lists_for_the_kernels(tmp_path: Path) -> None:
    file, meta = write_file(tmp_path, SMALL, LENGTHS, FORMAT)
    reader = PostingsReader(file, "f", meta, 9, Offsets(file, "f.first"))
    for term in range(4):
        kernel_list = reader.kernel_list(term)
        assert not kernel_list.has_positions
        reader.add_positions(term, kernel_list)
        assert kernel_list.has_positions
    for name, array, term, call in (
        ("docs", np.array([0, 8, 1], "u2"), 2, "kernel_list"),
        ("held", np.array([2, 1, 2, 2, 1, 0], "u1"), 1, "kernel_list"),
        ("freqs", np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], "u1"), 1, "add_positions"),
    ):
        changed = with_sections(tmp_path, file, {f"f.{name}": array})
        reader = PostingsReader(changed, "f", meta, 9, Offsets(changed, "f.first"))
        kernel_list = None if call == "kernel_list" else reader.kernel_list(term)
        says = f"the postings of term {term} are not well formed: "
        with pytest.raises(CorruptArchive, match=says):
            reader.kernel_list(term) if not kernel_list else reader.add_positions(term, kernel_list)


def test_no_terms(tmp_path: Path) -> None:
    reader = write_postings(tmp_path, [], [0, 0], PostingsFormat())
    assert reader.counts().tolist() == []
    assert reader.read_terms(0, 0)[0].tolist() == []
