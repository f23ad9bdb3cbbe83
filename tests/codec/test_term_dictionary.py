"""Term dictionaries: look-up, ranks and prefixes of sorted byte strings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.term_dictionary import TermDictionary, narrow, write_terms
from tests.parts import write_segment_file


@pytest.mark.parametrize(
    ("top", "dtype"),
    [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4"), (1 << 32, "u8")],
)
def test_narrow_takes_the_least_width(top: int, dtype: str) -> None:
    assert narrow(np.array([top])).dtype == dtype
    assert narrow(np.array([0]), top).dtype == dtype


def test_narrow_of_nothing() -> None:
    assert narrow(np.empty(0, np.int64)).dtype == "u1"


@given(st.sets(st.binary(max_size=5), max_size=30), st.binary(max_size=5))
def test_like_a_sorted_list(
    tmp_path_factory: pytest.TempPathFactory, kept: set[bytes], asked: bytes
) -> None:
    terms = sorted(kept)
    segment_file, _ = write_segment_file(tmp_path_factory.mktemp("t"), lambda d: write_terms(d, "t", terms))
    with segment_file:
        found = TermDictionary(segment_file, "t")
        assert list(found) == terms
        assert len(found) == len(terms)
        assert found.rank(asked) == sum(term < asked for term in terms)
        assert found.ordinal(asked) == (terms.index(asked) if asked in kept else -1)
        low, high = found.prefix_range(asked)
        assert terms[low:high] == [term for term in terms if term.startswith(asked)]
        del found


def test_by_an_order(tmp_path: Path) -> None:
    terms = [b"m", b"a", b"z", b"b"]
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_terms(d, "t", terms))
    shifts = np.array([1, 3, 0, 2]) - np.arange(4)
    found = TermDictionary(segment_file, "t", shifts.astype(np.int32))
    assert [found.term_at_rank(rank) for rank in range(4)] == [b"a", b"b", b"m", b"z"]
    assert (found.ordinal(b"z"), found.ordinal(b"c"), found.rank(b"c")) == (2, -1, 2)


def test_between_two_ranks(tmp_path: Path) -> None:
    terms = [b"a", b"z", b"b", b"c"]  # two runs, each sorted: the forms of two terms
    segment_file, _ = write_segment_file(tmp_path, lambda d: write_terms(d, "t", terms))
    found = TermDictionary(segment_file, "t")
    assert found.ordinal(b"b", 2, 4) == 2
    assert found.ordinal(b"z", 2, 4) == -1
    assert found.ordinal(b"z", 0, 2) == 1
