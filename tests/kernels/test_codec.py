"""The compiled readers and writers of the codec: the same as the NumPy forms; given nonsense, they
refuse it and never read outside of what they have."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.codec import postings, postings_writer, text_field
from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.errors import CorruptArchive
from searchlib.kernels.constants import TWELVE_BIT_EXCEPTION
from tests.kernels.test_search import run
from tests.parts import write_segment_file

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
INT32 = np.int32

_bytes = st.lists(st.integers(0, 255), max_size=40).map(lambda x: np.array(x, np.uint8))
_docs = st.lists(st.integers(-3, 300), max_size=20).map(lambda x: np.array(x, np.int32))
_sorted_docs = st.sets(st.integers(0, 199), max_size=20).map(
    lambda x: np.array(sorted(x), np.int32)
)
_places = st.lists(st.integers(0, 60), max_size=6).map(lambda x: np.array(x, np.uint64))
_four_blocks = st.lists(st.integers(0, 7), min_size=4, max_size=4).map(
    lambda x: np.array(x, np.uint8)
)
_wide = st.lists(st.integers(0, 1 << 32 - 1), max_size=6).map(lambda x: np.array(x, np.uint32))


@settings(max_examples=300)
@given(
    docs=st.none() | _docs | _sorted_docs, block_counts=_bytes | _four_blocks, low=_bytes,
    block_max=_bytes | _four_blocks, block=st.integers(0, 255) | st.just(64), freqs=_bytes,
    start=st.integers(0, 50), at=_places, wide=_wide, positions=st.tuples(_bytes, _bytes),
    width=st.sampled_from((0, 1, 2, 4, 8, 16)), forms=_bytes,
)  # fmt: skip
def test_posting_lists_of_any_bytes(
    docs: Any, block_counts: Any, low: Any, block_max: Any, block: int, freqs: Any, start: int,
    at: Any, wide: Any, positions: Any, width: int, forms: Any,
) -> None:  # fmt: skip
    if docs is not None and len(docs) < len(freqs):
        freqs = freqs[: len(docs)]
    weight = kernels.search.Bm25Weight(np.ones(200), 1.0, 1.0, 1.0, np.ones(256), np.ones(256))
    try:
        postings = kernels.codec.PostingList(
            200, docs, block_counts, low, block_max, block, freqs, start, at, wide
        )
    except ValueError:
        return
    plans = [kernels.search.term(postings, -1, weight)]
    try:
        postings.add_positions(*positions, start, at, wide, width, forms, start)
        plans.append(kernels.search.phrase([kernels.search.term(postings, -1, weight)] * 1, 1.0))
        if width:
            plans.append(kernels.search.term(postings, 0, weight))
    except ValueError:
        pass
    for plan in plans:
        total, best = run(plan)
        assert 0 <= total <= 200
        assert all(0 <= doc < 200 for doc, _ in best)


@given(
    st.sets(st.integers(0, 199), min_size=1), st.lists(st.integers(0, 255), min_size=4), st.data()
)
def test_blocks_of_a_word_are_read_as_others_are(
    docs: set[int], block_max: list[int], data: st.DataObject
) -> None:
    """Of 64 documents and of 32: they match the same, or both are refused."""
    low, wanted = sorted(docs), sorted(docs)
    if data.draw(st.booleans()):
        low[data.draw(st.integers(0, len(low) - 1))] += data.draw(st.integers(-70, 70))

    def matches(block: int) -> list[int] | None:
        starts = np.arange(-(-200 // block)) * block
        counts = [sum(at <= doc < at + block for doc in wanted) for at in starts]
        within = np.array(low) - np.repeat(starts, counts)
        if within.min() < 0 or within.max() >= block:
            return None
        try:
            postings = kernels.codec.PostingList(
                200, None, np.array(counts, np.uint8), within.astype(np.uint8),
                np.resize(np.array(block_max, np.uint8), len(starts)), block,
                np.ones(len(low), np.uint8), 0, np.empty(0, np.uint64), np.empty(0, np.uint32),
            )  # fmt: skip
        except ValueError:
            return None
        weight = kernels.search.Bm25Weight(np.ones(200), 1.0, 1.0, 1.0, np.ones(256), np.ones(256))
        return sorted(doc for doc, _ in run(kernels.search.term(postings, -1, weight), 200)[1])

    of_words, of_halves = matches(64), matches(32)
    if low == wanted:
        assert of_words == of_halves == wanted
    elif of_words is not None and of_halves is not None:
        assert of_words == of_halves


def test_are_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    status = path.stat()
    stamp = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    file = (bytes(path), *stamp)
    assert kernels.codec.are_unchanged([])
    assert kernels.codec.are_unchanged([file, file])
    for number in range(1, 5):
        other = list(file)
        other[number] += 1  # type: ignore[operator]
        assert not kernels.codec.are_unchanged([file, tuple(other)])  # type: ignore[list-item]
    path.write_bytes(b"other")
    assert not kernels.codec.are_unchanged([file])
    path.unlink()
    assert not kernels.codec.are_unchanged([file])


def test_count_values() -> None:
    bits = np.array([0b1011], np.uint64)
    ranks = np.array([1, 0, 1, 2], np.uint16)  # the last document has none
    counts = kernels.codec.count_values(bits, ranks.view(np.uint8), 2, None, 2)
    assert list(counts) == [1, 1, 1]
    starts = np.array([0, 2, 2, 3, 4], np.uint32)
    counts = kernels.codec.count_values(bits, np.array([0, 1, 1, 0], np.uint8), 1, starts, 2)
    assert list(counts) == [2, 1, 1]
    with pytest.raises(ValueError, match="fewer documents"):
        kernels.codec.count_values(np.array([1 << 40], np.uint64), ranks.view(np.uint8), 2, None, 2)


@st.composite
def lists_of_postings(draw: st.DrawFn) -> tuple[Any, ...]:
    documents = draw(st.integers(1, 40))
    some = st.lists(st.integers(0, documents - 1), unique=True, max_size=documents).map(sorted)
    lists = draw(st.lists(some, max_size=6))
    docs = np.array([doc for one in lists for doc in one], INT32)
    freqs = np.array(
        draw(st.lists(st.integers(1, 400), min_size=len(docs), max_size=len(docs))), INT32
    )
    lengths = np.array(
        draw(st.lists(st.integers(0, 5000), min_size=documents, max_size=documents)), np.int64
    )
    return np.array(list(map(len, lists)), np.int64), docs, freqs, lengths


@given(lists_of_postings(), st.integers(1, 8), st.sampled_from([1, 4, 64]), st.floats(0.1, 9))
def test_split_docs(made: tuple[Any, ...], dense: int, block: int, weight: float) -> None:
    average = float(made[3].mean()) or 1.0
    options = (dense, block, weight, average, postings.K1, postings.B, postings.BLOCK_MAX_STEP)
    same(postings_writer.split_docs(*made, *options), kernels.codec.split_docs(*made, *options))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=20), st.randoms())
def test_split_forms(terms: list[tuple[int, int]], random: Any) -> None:
    kinds = np.array([kind for kind, _ in terms], np.uint8)
    tokens = np.array([count for _, count in terms], np.int64)
    highest = (0, 1, 3, 15, 255, 65535)
    forms = [random.randint(0, highest[kind]) for kind, count in terms for _ in range(count)]
    made = tokens, np.array(forms, INT32), kinds
    same(postings_writer.split_forms(*made), kernels.codec.split_forms(*made))


_postings = st.lists(  # term, document, and the positions and forms of its occurrences
    st.tuples(
        st.integers(0, 4), st.integers(0, 9),
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3),
    ),
    max_size=6,
)  # fmt: skip


def _part(rows: list[Any]) -> tuple[Any, ...]:
    tokens = [token for _, _, tokens in rows for token in tokens]
    columns = (
        [term for term, _, _ in rows],
        [doc for _, doc, _ in rows],
        [len(tokens) for _, _, tokens in rows],
        [position for position, _ in tokens],
        [form for _, form in tokens],
    )
    return tuple(np.array(column, INT32) for column in columns)


@given(st.lists(_postings, min_size=1, max_size=4))
def test_merge_postings(parts: list[list[Any]]) -> None:
    arrays = [_part(sorted(rows, key=lambda row: row[0])) for rows in parts]
    rows = sorted(itertools.chain(*parts), key=lambda row: row[0])  # stable
    _, *expected = _part(rows)
    counts = [sum(row[0] == term for row in rows) for term in range(5)]
    occurrences = [sum(len(row[2]) for row in rows if row[0] == term) for term in range(5)]
    for merge in (postings_writer.merge_postings, kernels.codec.merge_postings):
        merged = merge(arrays, 5)  # type: ignore[arg-type]
        same(merged, (np.array(counts), np.array(occurrences), *expected))


def test_merge_postings_refuses_what_does_not_fit() -> None:
    whole = [np.array(column, INT32) for column in ([0, 1], [3, 3], [1, 2], [0, 4, 5], [0, 0, 0])]
    assert kernels.codec.merge_postings([tuple(whole)], 2)[0].tolist() == [1, 1]  # type: ignore[list-item]
    for column, bad in itertools.product(range(5), ([], [0, 2], [-1, 1], [1, 1, 1, 1])):
        if column == 1 and len(bad) == 2:
            continue  # any number may be a document
        part = [*whole[:column], np.array(bad, INT32), *whole[column + 1 :]]
        with pytest.raises(ValueError, match="not those of the terms"):
            kernels.codec.merge_postings([tuple(part)], 2)  # type: ignore[list-item]


@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=6), max_size=12))
def test_form_counts(lists: list[list[int]]) -> None:
    forms = np.array([form for one in lists for form in one], INT32)
    freqs = np.array(list(map(len, lists)), INT32)
    same(text_field.form_counts(forms, freqs, 7), kernels.codec.form_counts(forms, freqs, 7))


def _are_postings(
    counts: list[int], docs: list[int], freqs: list[int], occurrences: list[int],
    positions: list[int], lengths: list[int], forms: list[int], form_sizes: list[int] | None,
    form_uses: list[int] | None,
) -> bool:  # fmt: skip
    """The oracle: term by term, in plain Python."""
    docs_left, freqs_left = iter(docs), iter(freqs)
    positions_left, forms_left = iter(positions), iter(forms)
    uses: list[int] = []
    try:
        for term, count in enumerate(counts):
            of_term = []
            previous = -1
            for _ in range(count):
                doc, freq = next(docs_left), next(freqs_left)
                places = [next(positions_left) for _ in range(freq)]
                of_term += [next(forms_left) for _ in range(freq)]
                if not previous < doc < len(lengths) or not places:
                    return False
                if any(a >= b for a, b in zip([-1, *places], [*places, lengths[doc]], strict=True)):
                    return False
                previous = doc
            if count < 1 or len(of_term) != occurrences[term]:
                return False
            if form_sizes is not None:
                size = form_sizes[term]
                if size < 1 or any(not 0 <= form < size for form in of_term):
                    return False
                uses += [of_term.count(form) for form in range(size)]
    except StopIteration:
        return False
    is_read = not [*docs_left, *positions_left]
    return is_read and (form_sizes is None or uses == form_uses)


@settings(max_examples=400)
@given(data=st.data(), stemmed=st.booleans(), wide=st.booleans(), change=st.booleans())
def test_are_postings(data: st.DataObject, stemmed: bool, wide: bool, change: bool) -> None:
    lengths = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    parts: dict[str, list[int]] = {
        name: []
        for name in (
            "counts", "docs", "freqs", "occurrences", "positions", "forms", "form_sizes",
            "form_uses",
        )
    }  # fmt: skip
    for _ in range(data.draw(st.integers(0, 3))):
        docs = sorted(data.draw(st.sets(st.integers(0, len(lengths) - 1), min_size=1)))
        places = [
            sorted(data.draw(st.sets(st.integers(0, lengths[doc] - 1), min_size=1, max_size=3)))
            for doc in docs
        ]
        size, tokens = data.draw(st.integers(1, 3)), sum(map(len, places))
        forms = data.draw(
            st.lists(st.integers(0, size - 1 if stemmed else 0), min_size=tokens, max_size=tokens)
        )
        parts["counts"].append(len(docs))
        parts["docs"] += docs
        parts["freqs"] += map(len, places)
        parts["occurrences"].append(tokens)
        parts["positions"] += itertools.chain(*places)
        parts["forms"] += forms
        parts["form_sizes"].append(size)
        parts["form_uses"] += [forms.count(form) for form in range(size)]
    filled = [name for name, values in parts.items() if values]
    if change and filled:
        values = parts[data.draw(st.sampled_from(filled))]
        values[data.draw(st.integers(0, len(values) - 1))] = data.draw(st.integers(0, 9))
    all_forms = (parts["form_sizes"], parts["form_uses"]) if stemmed else (None, None)
    names = ("counts", "docs", "freqs", "occurrences", "positions")
    args = [*(parts[name] for name in names), lengths, parts["forms"], *all_forms]
    dtypes = "i8", "i4", "i4", "i8", "u4" if wide else "u2", "i4", "i4", "i8", "i8"
    arrays = [
        None if arg is None else np.array(arg, dtype)
        for arg, dtype in zip(args, dtypes, strict=True)
    ]
    expected = _are_postings(*args)  # type: ignore[arg-type]
    assert change or expected
    assert text_field.are_postings(*arrays) == expected  # type: ignore[arg-type]
    assert kernels.codec.are_postings(*arrays) is expected  # type: ignore[arg-type]


def test_postings_to_write_refuse_what_does_not_fit() -> None:
    long, short = np.array([3, 3], np.int64), np.zeros(4, INT32)
    some, kinds = np.array([2, 2], np.int64), np.zeros(2, np.uint8)
    options = (1, 64, 1.0, 1.0, 1.2, 0.75, 0.01)
    with pytest.raises(ValueError, match="documents"):
        kernels.codec.split_docs(long, short, short, some, *options)
    for bad in (short + 2, short - 1):
        with pytest.raises(ValueError, match="no document"):
            kernels.codec.split_docs(some, bad, short, some, *options)
    with pytest.raises(ValueError, match="block"):
        kernels.codec.split_docs(some, short, short, some, 1, 0, *options[2:])
    with pytest.raises(ValueError, match="forms"):
        kernels.codec.split_forms(long, short, kinds)
    with pytest.raises(ValueError, match="no such term"):
        kernels.codec.split_forms(some, short, kinds + np.uint8(6))
    for forms, freqs in ((short + 7, [4]), (short - 1, [4]), (short, [5]), (short, [3])):
        with pytest.raises(ValueError, match="forms"):
            kernels.codec.form_counts(forms, np.array(freqs, INT32), 7)


@given(
    st.lists(st.integers(0, 1 << 64 - 1), min_size=1, max_size=3), st.integers(0, 40),
    st.lists(st.integers(-50, 50), max_size=40), st.binary(max_size=60), st.binary(max_size=3),
)  # fmt: skip
def test_owners_of_any_numbers(
    heads: list[int], terms: int, shifts: list[int], text: bytes, asked: bytes
) -> None:
    """Whatever stands in a file, nothing is read outside of its arrays."""

    def offsets(length: int) -> Any:
        blocks = -(-length // 32)
        bases = np.resize(np.array(heads, np.uint64), blocks)
        return kernels.codec.Offsets(
            np.append(bases, np.uint64(length)), np.ones(blocks, np.uint32),
            np.resize(np.frombuffer(text or b"a", np.uint8), 32),
        )  # fmt: skip

    forms = kernels.codec.TermDictionary(
        offsets(len(shifts) + 1), np.frombuffer(text, np.uint8), np.array(shifts, INT32)
    )
    for first in (None, offsets(terms + 1)):
        owners = kernels.codec.FormOwners(forms, first, offsets(len(shifts) + 1))
        for look_up in (owners.find, forms.prefix_range):
            with suppress(IndexError):
                look_up(asked)
    with pytest.raises(ValueError, match="another number of forms"):
        kernels.codec.FormOwners(forms, None, offsets(len(shifts) + 2))


@given(
    starts=st.lists(st.integers(0, 60) | st.integers(0, 1 << 64 - 1), min_size=2, max_size=6),
    arrays=st.tuples(*[_bytes] * 6), has_high=st.booleans(), dense=st.lists(st.integers(0, 5)),
    dense_starts=st.lists(st.integers(0, 50) | st.integers(0, 1 << 64 - 1)), at=_places, wide=_wide,
    block=st.integers(-1, 257) | st.just(64), dense_from=st.integers(-5, 60),
    documents=st.integers(-1, 200) | st.integers(0, 1 << 62),
)  # fmt: skip
def test_lists_of_any_sections(
    starts: list[int], arrays: tuple[Any, ...], has_high: bool, dense: list[int],
    dense_starts: list[int], at: Any, wide: Any, block: int, dense_from: int, documents: int,
) -> None:  # fmt: skip
    """Whatever stands in a file, nothing is read outside of its arrays."""
    heads, places = np.array([*starts, len(starts) * 32], np.uint64), np.zeros(len(starts))
    offsets = kernels.codec.Offsets(heads, places.astype(np.uint32), np.empty(0, np.uint8))
    verified, calls = bytearray(64), []

    def section(data: Any, item: int = 1) -> Any:
        verify = lambda *span: calls.append(span)  # noqa: E731
        return kernels.codec.Section(data, item, 64, 8, verified, verify)

    freqs, docs, high, counts, block_max, low = arrays
    try:
        lists = kernels.codec.PostingLists(
            offsets, section(freqs), at, wide, section(docs, 2),
            section(high) if has_high else None,
            np.array(dense, np.uint32), np.array(dense_starts, np.uint64), section(counts),
            section(block_max), section(low), documents, block, dense_from,
        )  # fmt: skip
    except ValueError:
        return
    for term in range(-1, len(starts) * 32):
        try:
            postings = lists.open(term)
        except (ValueError, IndexError):
            continue
        assert 0 <= postings.count <= min(documents, len(freqs))
    assert all(64 <= start <= end <= 64 + 80 for start, end in calls)


def test_pages_are_verified_when_they_are_read() -> None:
    verified, calls = bytearray([0, 1, 0, 0]), list[tuple[int, int]]()

    def verify(start: int, end: int) -> None:
        calls.append((start, end))
        if end > 24:
            raise CorruptArchive("x", "damaged")

    def section(size: int) -> Any:
        return kernels.codec.Section(np.zeros(size, np.uint8), 1, 4, 8, verified, verify)

    none = np.empty(0, np.uint64), np.empty(0, np.uint32)
    steps = np.array([0, 6, 14, 28, *[28] * 28], np.uint8)
    starts = kernels.codec.Offsets(np.array([0, 4], np.uint64), np.array([1], np.uint32), steps)
    docs = kernels.codec.Section(
        np.arange(28).astype("<u2").view(np.uint8), 2, 0, 8, bytearray([1]) * 7, verify
    )
    lists = kernels.codec.PostingLists(
        starts, section(28), *none, docs, None, none[1], none[0], section(0), section(0),
        section(0), 28, 64, 256,
    )  # fmt: skip
    assert (lists.open(0).count, calls) == (6, [(4, 10)])
    verified[0] = 1
    assert (lists.open(0).count, lists.open(1).count, calls) == (6, 8, [(4, 10), (10, 18)])
    with pytest.raises(CorruptArchive, match="damaged"):
        lists.open(2)
    with pytest.raises(ValueError, match="pages beyond the last"):
        section(29)


def test_offsets() -> None:
    # 33 offsets: 0, 300, 600 ... in a block of two bytes each, and one in a block of its own.
    steps = (np.arange(32) * 300).astype("<u2").view(np.uint8)
    heads = np.array([0, 9600, 33], np.uint64)
    places = np.array([0 << 4 | 2, 2 << 4], np.uint32)
    offsets = kernels.codec.Offsets(heads, places, steps)
    assert (offsets.length, [offsets.at(i) for i in (0, 1, 31, 32)]) == (33, [0, 300, 9300, 9600])
    for index in (-1, 33):
        with pytest.raises(IndexError):
            offsets.at(index)
    with pytest.raises(ValueError, match="cut short"):
        kernels.codec.Offsets(heads, places, steps[:-1])
    with pytest.raises(ValueError, match="no such width"):
        kernels.codec.Offsets(heads, np.array([3, 0], np.uint32), steps)


def test_term_dictionary() -> None:
    steps = np.repeat(np.array([0, 2, 3, 7], np.uint8), [1, 1, 1, 29])
    ends = kernels.codec.Offsets(np.array([0, 4], np.uint64), np.array([1], np.uint32), steps)
    text = np.frombuffer(b"cabdddd", np.uint8)
    terms = kernels.codec.TermDictionary(ends, text, np.array([1, -1, 0], INT32))
    assert terms.part(0, 3) == [b"b", b"ca", b"dddd"]
    assert (terms.get(0), terms.as_text(2), terms.number(0)) == (b"ca", "dddd", 1)
    assert [terms.rank(term, 0, 3) for term in (b"a", b"c", b"ca", b"e")] == [0, 1, 1, 3]
    with pytest.raises(ValueError, match="another number of terms"):
        kernels.codec.TermDictionary(ends, text, np.zeros(2, INT32))
    with pytest.raises(IndexError):
        terms.get(3)


def same(wanted: Any, found: Any) -> None:
    assert len(wanted) == len(found)
    for one, other in zip(wanted, found, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def posting_list(docs: list[int], freqs: list[int] | None = None) -> Any:
    """A list of one occurrence in each of these documents, or of so many, without positions."""
    none = np.empty(0, np.uint64), np.empty(0, np.uint32)
    packed = np.array(freqs, np.uint8) if freqs else np.ones(len(docs), np.uint8)
    return kernels.codec.PostingList(
        200, np.array(docs, INT32), None, None, None, 64, packed, 0, *none
    )


def add_positions(postings: Any, positions: list[int]) -> None:
    """Add positions: 12 bits each, and those that do not fit as exceptions."""
    exceptions = [i for i, position in enumerate(positions) if position >= TWELVE_BIT_EXCEPTION]
    indexes = np.array(exceptions, np.uint64)
    values = np.array([positions[i] for i in exceptions], np.uint32)
    packed = [min(position, TWELVE_BIT_EXCEPTION) for position in [*positions, 0]]
    low = np.array([position & 255 for position in packed[:-1]], np.uint8)
    pairs = zip(packed[::2], packed[1::2], strict=False)
    high = np.array([first >> 8 | second >> 8 << 4 for first, second in pairs], np.uint8)
    postings.add_positions(low, high, 0, indexes, values, 0, None, 0)


def positions_of(occurrences: dict[int, list[int]]) -> Any:
    """A list with positions, by document."""
    docs = sorted(occurrences)
    postings = posting_list(docs, [len(occurrences[doc]) for doc in docs])
    add_positions(postings, [position for doc in docs for position in occurrences[doc]])
    return postings


def phrase(*lists: Any) -> list[int]:
    weight = kernels.search.Bm25Weight(np.ones(200), 1.0, 1.0, 1.0, np.ones(256), np.ones(256))
    terms = [kernels.search.term(postings, -1, weight) for postings in lists]
    return sorted(doc for doc, _ in run(kernels.search.phrase(terms, 1.0))[1])


def test_positions_are_added_once() -> None:
    first, second = posting_list([3, 5]), posting_list([3, 5])
    assert not first.has_positions
    add_positions(first, [1, 7])
    add_positions(second, [2, 9])
    assert first.has_positions
    assert phrase(first, second) == [3]
    add_positions(second, [9, 8])  # another thread may be reading those that are there
    assert phrase(first, second) == [3]


def test_positions_are_added_once_whatever_threads_add_them() -> None:
    docs = list(range(200))
    first, second = posting_list(docs), posting_list(docs)
    threads, rounds = 4, 50
    barrier = threading.Barrier(threads)

    def search(number: int) -> set[int]:
        barrier.wait()
        counts = set()
        for _ in range(rounds):
            add_positions(first, [1] * 200)
            add_positions(second, [2] * 200)
            counts.add(len(phrase(first, second)))
        return counts

    with ThreadPoolExecutor(threads) as executor:
        assert list(executor.map(search, range(threads))) == [{10}] * threads


def test_positions_that_do_not_fit_are_refused_and_may_be_added_later() -> None:
    postings = posting_list([3, 5])
    with pytest.raises(ValueError, match="frequencies do not fit"):
        add_positions(postings, [1])
    assert not postings.has_positions
    add_positions(postings, [1, 2])
    assert postings.has_positions


def test_position_masks_are_made_when_phrases_were_looked_for_often() -> None:
    first, second = posting_list([3, 5]), posting_list([3, 5])
    with pytest.raises(ValueError, match="positions are not known"):
        first.add_masks()
    add_positions(first, [1, 70])
    add_positions(second, [66, 7])  # 66 leaves what 2 does
    grown: list[int] = []
    size = first.nbytes
    first.on_growth = lambda: grown.append(first.nbytes)
    for masks in (0, 1, 1):
        assert phrase(first, second) == []
        assert grown == [size + 16] * masks
    first.add_masks()
    assert grown == [size + 16]
    third = posting_list([3, 5])
    add_positions(third, [67, 8])
    third.add_masks()
    assert phrase(second, third) == [3, 5]
    assert phrase(first, third) == []
    with pytest.raises(ValueError, match="positions are not known"):
        third.add_masks(1)  # it has no forms


_occurrences = st.dictionaries(
    st.integers(0, 199),
    st.sets(st.integers(0, 200) | st.integers(3835, 3845), min_size=1, max_size=40).map(sorted),
    min_size=1, max_size=12,
)  # fmt: skip


@given(
    words=st.lists(_occurrences, min_size=3, max_size=3),
    order=st.lists(st.integers(0, 2), min_size=2, max_size=5),
    with_masks=st.sets(st.integers(0, 2)), with_bitsets=st.sets(st.integers(0, 2)),
)  # fmt: skip
def test_phrases_by_position_masks_and_bitsets(
    words: list[dict[int, list[int]]], order: list[int], with_masks: set[int],
    with_bitsets: set[int],
) -> None:  # fmt: skip
    lists = [positions_of(word) for word in words]
    for number, one in enumerate(lists):
        if number in with_masks:
            one.add_masks()
        if number in with_bitsets:
            one.add_bitsets()
    expected = [
        doc
        for doc in range(200)
        if any(
            all(start + i in words[number].get(doc, ()) for i, number in enumerate(order))
            for start in words[order[0]].get(doc, ())
        )
    ]
    assert phrase(*(lists[number] for number in order)) == expected


def test_position_bitsets_are_made_of_frequent_terms_only() -> None:
    dense = {doc: list(range(doc, doc + 60, 2)) for doc in (3, 70)}
    first, second = (
        positions_of(dense),
        positions_of({doc: [n + 1] for doc, [n, *_] in dense.items()}),
    )
    sizes = first.nbytes, second.nbytes
    for _ in range(8):
        assert phrase(first, second) == [3, 70]
    # Masks and three starts; a word, and three of which the first one is empty.
    assert (first.nbytes, second.nbytes) == (sizes[0] + 16 + 12 + 8 * (1 + 3), sizes[1] + 16)
    first.add_bitsets()
    assert first.nbytes == sizes[0] + 16 + 12 + 8 * (1 + 3)
    rare = positions_of({3: [1, 2]})
    scattered = positions_of({3: [1, 2, 500]})
    damaged = positions_of({3: [1, 2, 1 << 31]})  # no position in 31 bits
    for one in (rare, scattered, damaged):
        size = one.nbytes
        for _ in range(2):
            one.add_bitsets()
            assert one.nbytes == size
    with pytest.raises(ValueError, match="positions are not known"):
        posting_list([3]).add_bitsets()
    with pytest.raises(ValueError, match="positions are not known"):
        first.add_bitsets(1)  # it has no forms


@pytest.mark.parametrize(("gap", "is_made"), [(124, True), (125, False)])
def test_position_bitsets_of_a_list_take_four_megabytes_at_most(gap: int, is_made: bool) -> None:
    count = 270_000
    one = np.zeros(1, np.uint64), np.array([count], np.uint32)
    freqs, docs = np.array([255], np.uint8), np.array([3], INT32)
    postings = kernels.codec.PostingList(200, docs, None, None, None, 64, freqs, 0, *one)
    positions = np.arange(count) * gap
    packed = np.minimum(positions, TWELVE_BIT_EXCEPTION)
    high = (packed[::2] >> 8 | packed[1::2] >> 8 << 4).astype(np.uint8)
    at = np.flatnonzero(positions >= TWELVE_BIT_EXCEPTION)
    postings.add_positions(
        packed.astype(np.uint8), high, 0, at.astype(np.uint64), positions[at].astype(np.uint32),
        0, None, 0,
    )  # fmt: skip
    size = postings.nbytes
    postings.add_bitsets()
    assert (postings.nbytes > size) == is_made
    assert postings.nbytes <= size + (4 << 20) + 8


def test_masks_and_bitsets_that_several_threads_make_count_once() -> None:
    count, threads = 200, 3
    docs, positions = list(range(count)), [0, 2, 4] * count
    ready = threading.Barrier(threads)

    def add(shared: list[Any]) -> None:
        for one in shared:
            ready.wait()
            if not one.has_positions:
                add_positions(one, positions)
            assert one.has_positions
            one.add_masks()
            one.add_bitsets()

    shared = [posting_list(docs, [3] * count) for _ in range(10)]
    size = shared[0].nbytes
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(add, [shared] * threads))
    for one in shared:
        assert one.nbytes == size + 8 * count + 8 * count + 4 * (count + 1)
        assert phrase(one, one) == []


def test_offsets_from_one_to_another(tmp_path: Path) -> None:
    def fill(out: Any) -> None:
        writer = OffsetsWriter(out, "s")
        writer.add(np.array(lengths))
        writer.finish()

    lengths = [3, 0, 500, 70_000] * 40
    segment_file, _ = write_segment_file(tmp_path, fill)
    offsets = Offsets(segment_file, "s")
    expected = [0, *itertools.accumulate(lengths)]
    assert offsets.read_all().tolist() == expected
    for first, last in ((0, 0), (31, 33), (5, 161), (161, 161)):
        assert offsets.read(first, last).tolist() == expected[first:last]
    assert offsets.compiled is not None
    for first, size in ((0, 162), (160, 2), (-1, 1), (162, 0)):
        with pytest.raises(ValueError, match="fewer offsets"):
            offsets.compiled.read_into(first, np.empty(size, np.int64))
