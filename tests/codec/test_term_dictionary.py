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
from tests.parts import with_sections, write_segment_file


@pytest.mark.parametrize(
    ("top", "dtype"),
    [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4"), ((1 << 32) - 1, "u4"),
     (1 << 32, "u8"), (1 << 62, "u8")],
)  # fmt: skip
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
        text, ends = dictionary.concatenated()
        assert text == b"".join(terms)
        assert ends.tolist() == np.cumsum([len(term) for term in terms]).tolist()
        dictionary.check_order()
        assert dictionary.rank(asked) == sum(term < asked for term in terms)
        assert dictionary.ordinal(asked) == (terms.index(asked) if asked in distinct else -1)
        low, high = dictionary.prefix_range(asked)
        assert terms[low:high] == [term for term in terms if term.startswith(asked)]
        del dictionary


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("batch", [1, 2, 3, 1 << 14])
def test_terms_by_rank_and_by_ordinal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, batch: int
) -> None:
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    monkeypatch.setattr(term_dictionary, "_BATCH", batch)
    terms = ["b", "ä", "", "bb", "c"]
    encoded = [term.encode() for term in terms]
    file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", encoded))
    order = sorted(range(5), key=encoded.__getitem__)
    shifts = (np.array(order) - np.arange(5)).astype(np.int32)
    for dictionary, ranked in (
        (TermDictionary(file, "t"), encoded),
        (TermDictionary(file, "t", shifts), sorted(encoded)),
    ):
        assert [dictionary[n] for n in range(5)] == encoded
        assert [dictionary.text(n) for n in range(5)] == terms
        assert [dictionary.term_at_rank(rank) for rank in range(5)] == list(dictionary) == ranked
        assert dictionary.terms_between(1, 4) == ranked[1:4]
        assert dictionary.take_ranks(1, 4).tolist() == ranked[1:4]
        assert dictionary.take_ranks(2, 2).tolist() == []
        some = [4, 1, 1, 2]
        assert dictionary.take(np.array(some)).tolist() == [encoded[n] for n in some]
    assert [dictionary.ordinal_at_rank(rank) for rank in range(5)] == order
    for term in {*encoded, b"a", b"zz", b"\xff"}:
        rank = sum(other < term for other in encoded)
        assert dictionary.rank(term) == rank
        assert dictionary.ordinal(term) == (encoded.index(term) if term in encoded else -1)
        for low in range(6):
            for high in range(low, 6):
                wanted = min(max(rank, low), high)
                assert dictionary.rank(term, low, high) == wanted
                is_there = term in encoded and low <= rank < high
                found = dictionary.ordinal(term, low, high)
                assert found == (encoded.index(term) if is_there else -1)
    for prefix in (b"", b"b", b"bb", b"bbb", b"c", b"d", b"\xc3", b"a"):
        low, high = dictionary.prefix_range(prefix)
        assert sorted(encoded)[low:high] == [t for t in sorted(encoded) if t.startswith(prefix)]
    dictionary.check_order()


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("terms", "text", "says"),
    [
        ([b"a", b"b"], b"ab", ""),
        ([b"", b"a"], b"a", ""),
        ([b"", b"", b"a"], b"a", "'t' has more terms than letters"),
        ([], b"", ""),
        ([b""], b"", ""),
        ([b"a", b"b"], b"abc", "section 't.ends': it does not rise from 0 to 3"),
        ([b"a", b"b"], b"a", "section 't.ends': it does not rise from 0 to 1"),
        ([b"b", b"a"], b"ba", "the terms of 't' are not sorted"),
        ([b"a", b"a"], b"aa", "the terms of 't' are not sorted"),
    ],
)
def test_terms_share_out_the_text_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, terms: list[bytes],
    text: bytes, says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    file, _ = write_segment_file(tmp_path, lambda out: write_terms(out, "t", terms))
    file = with_sections(tmp_path, file, {"t.text": np.frombuffer(text, "u1")})
    dictionary = TermDictionary(file, "t")
    if not says:
        dictionary.check_order()
        return
    with pytest.raises(CorruptArchive, match=says):
        dictionary.check_order()


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 20])
def test_the_next_eight_bytes_as_a_number(length: int) -> None:
    text = bytes(range(255, 255 - length, -1))
    places = [(start, end) for end in range(length + 1) for start in range(length + 9)]
    starts, ends = np.array(places).T
    numbers = term_dictionary._next_bytes(np.frombuffer(text, np.uint8), starts, ends)
    expected = [text[start:end][:8].ljust(8, b"\0") for start, end in places]
    assert numbers.tolist() == [int.from_bytes(part, "big") for part in expected]


_LONG = b"eight by"
_WORDS = [
    b"", b"\0", b"a", b"a\0", b"b", _LONG[:7], _LONG, _LONG + b"\0", _LONG + b"a", _LONG + b"b",
    2 * _LONG, 2 * _LONG + b"\0", 2 * _LONG + b"c", _LONG + b"eight bz", 3 * _LONG,
]  # fmt: skip


_ROWS = [
    *([a, b] for a in _WORDS for b in _WORDS),
    *([a, b, c] for a in _WORDS[6:12:2] for b in _WORDS[6:] for c in _WORDS[6:14:2]),
    sorted(_WORDS),
    sorted([*_WORDS, _WORDS[5]]),
    [*sorted(_WORDS), b"zz", b"z"],
]


@pytest.mark.parametrize("distinct", [True, False])
def test_order_is_that_of_bytes(distinct: bool) -> None:
    for words in _ROWS:
        text = np.frombuffer(b"".join(words), np.uint8)
        offsets, order = np.cumsum([0, *map(len, words)]), np.arange(len(words))
        rises = [a < b or (a == b and not distinct) for a, b in pairwise(words)]
        for number in range(len(words)):  # here a run starts, and nothing is compared
            starts_run = order == number
            wanted = all(rises[: max(0, number - 1)] + rises[number:])
            found = term_dictionary._ascend(text, offsets, order, starts_run, distinct=distinct)
            assert found is wanted, (words, number)


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
@example(terms=[])
@example(terms=[*_WORDS, *_WORDS])
@example(terms=[*_WORDS, *_WORDS[3:9], *_WORDS[11:]])
@example(terms=[b"ab", b"bb", b"cb", b"bb"])
@example(terms=[b"a" * 17 + b"b", b"a" * 17 + b"c", b"a" * 16, b"a" * 16])
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
