"""Term dictionaries: look-up, ranks and prefixes of sorted byte strings."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.codec import term_dictionary
from searchlib.codec.term_dictionary import TermDictionary, narrow, write_terms
from searchlib.errors import CorruptArchive
from tests.parts import write_segment_file


@pytest.mark.parametrize(
    ("top", "dtype"),
    [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4"), (1 << 32, "u8")],
)
def test_narrow_takes_the_smallest_dtype(top: int, dtype: str) -> None:
    assert narrow(np.array([top])).dtype == dtype
    assert narrow(np.array([0]), top).dtype == dtype


def test_narrow_of_an_empty_array() -> None:
    assert narrow(np.empty(0, np.int64)).dtype == "u1"


@given(st.sets(st.binary(max_size=5), max_size=30), st.binary(max_size=5))
def test_ranks_and_prefixes_like_a_sorted_list(
    tmp_path_factory: pytest.TempPathFactory, distinct: set[bytes], asked: bytes
) -> None:
    terms = sorted(distinct)
    segment_file, _ = write_segment_file(
        tmp_path_factory.mktemp("t"), lambda out: write_terms(out, "t", terms)
    )
    with segment_file:
        dictionary = TermDictionary(segment_file, "t")
        assert list(dictionary) == terms
        assert len(dictionary) == len(terms)
        assert dictionary.rank(asked) == sum(term < asked for term in terms)
        assert dictionary.ordinal(asked) == (terms.index(asked) if asked in distinct else -1)
        low, high = dictionary.prefix_range(asked)
        assert terms[low:high] == [term for term in terms if term.startswith(asked)]
        del dictionary


def test_ordinals_by_a_permutation(tmp_path: Path) -> None:
    terms = [b"m", b"a", b"z", b"b"]
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", terms))
    shifts = np.array([1, 3, 0, 2]) - np.arange(4)
    dictionary = TermDictionary(segment_file, "t", shifts.astype(np.int32))
    assert [dictionary.term_at_rank(rank) for rank in range(4)] == [b"a", b"b", b"m", b"z"]
    assert (dictionary.ordinal(b"z"), dictionary.ordinal(b"c"), dictionary.rank(b"c")) == (2, -1, 2)


def test_ordinal_between_two_ranks(tmp_path: Path) -> None:
    terms = [b"a", b"z", b"b", b"c"]  # two runs, each sorted: the forms of two terms
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", terms))
    dictionary = TermDictionary(segment_file, "t")
    assert dictionary.ordinal(b"b", 2, 4) == 2
    assert dictionary.ordinal(b"z", 2, 4) == -1
    assert dictionary.ordinal(b"z", 0, 2) == 1


@pytest.mark.parametrize("compiled", [False, True])
@given(
    runs=st.lists(st.lists(st.binary(max_size=3) | st.text("ab", max_size=20).map(str.encode))),
    in_order=st.booleans(),
    batch=st.sampled_from([1, 2, 1 << 14]),
)
@example(runs=[[b""], [b""]], in_order=False, batch=1)
@example(runs=[[b"", b""]], in_order=False, batch=1)
@example(runs=[[b"a", b"a\0"], [b"a"]], in_order=False, batch=1)
@example(runs=[[b"eight bytes", b"eight by"], [b"eight byt"]], in_order=False, batch=1)
@example(runs=[[b"a"], [], [b"a", b"b"], []], in_order=False, batch=1)
def test_the_order_is_checked_within_each_run(
    tmp_path_factory: pytest.TempPathFactory, compiled: bool, runs: list[list[bytes]],
    in_order: bool, batch: int,
) -> None:  # fmt: skip
    if in_order:
        runs = [sorted(set(run)) for run in runs]
    starts = np.cumsum([0, *map(len, runs)])
    segment_file, _ = write_segment_file(
        tmp_path_factory.mktemp("t"), lambda out: write_terms(out, "t", chain(*runs))
    )
    with segment_file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "available", compiled and kernels.available)
        patch.setattr("searchlib.codec.term_dictionary._BATCH", batch)
        dictionary = TermDictionary(segment_file, "t")
        for ordered, starts_of_runs in (
            (all(a < b for run in runs for a, b in pairwise(run)), starts),
            (all(a < b for a, b in pairwise(chain(*runs))), None),
        ):
            # No two terms of a dictionary are empty: that is refused too.
            ordered &= sum(map(len, runs)) <= sum(map(len, chain(*runs))) + 1
            try:
                dictionary.check_order(starts_of_runs)
                assert ordered
            except CorruptArchive:
                assert not ordered
        del dictionary


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("order", "is_right"),
    [
        ([1, 0, 2], True),
        ([1, 2, 0], True),  # "a" twice: equal terms may stand in any order
        ([0, 1, 2], False),
        ([1, 0, 0], False),
        ([1, 0, 3], False),
        ([1, 0, -1], False),
    ],
)
def test_a_permutation_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, order: list[int],
    is_right: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    terms = [b"b", b"a", b"a"] if order == [1, 2, 0] else [b"b", b"a", b"c"]
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", terms))
    shifts = (np.array(order) - np.arange(3)).astype(np.int32)
    with segment_file:
        dictionary = TermDictionary(segment_file, "t", shifts)
        with nullcontext() if is_right else pytest.raises(CorruptArchive):
            dictionary.check_order()
        del dictionary


@given(
    terms=st.lists(
        st.text("ab", min_size=1, max_size=20).map(str.encode) | st.sampled_from([b"a", b"a\0"])
    )
)
def test_which_terms_are_not_equal_to_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, terms: list[bytes]
) -> None:
    order = sorted(range(len(terms)), key=terms.__getitem__)
    segment_file, _ = write_segment_file(
        tmp_path_factory.mktemp("t"), lambda out: write_terms(out, "t", terms)
    )
    shifts = (np.array(order, np.int64) - np.arange(len(terms))).astype(np.int32)
    with segment_file:
        dictionary = TermDictionary(segment_file, "t", shifts)
        expected = [
            rank for rank, number in enumerate(order)
            if not rank or terms[number] != terms[order[rank - 1]]
        ]  # fmt: skip
        assert dictionary.distinct_ranks().tolist() == expected
        del dictionary


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("terms", "are_texts"),
    [
        (["é".encode(), b"b", b"", "日".encode()], True),
        ([b"\xc3", b"b", b"c", b"d"], False),
        ([b"a", b"b", b"c", b"\xc3"], False),
        ([b"a", b"b", b"\xff", b"d"], False),
        ([b"a", b"b\xc3", b"\xa9", b"d"], False),  # together they are a letter
        ([b"a", b"b", b"c\xc3", b"\xa9"], False),
        ([b"a", b"b\xc3", b"", b"\xa9"], False),
    ],
)
def test_terms_are_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terms: list[bytes], are_texts: bool, batch: int
) -> None:
    monkeypatch.setattr(term_dictionary, "_BATCH", batch)
    file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", terms))
    dictionary = TermDictionary(file, "t")
    if are_texts:
        dictionary.check_texts()
        return
    with pytest.raises(CorruptArchive, match="not UTF-8"):
        dictionary.check_texts()
