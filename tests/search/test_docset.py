"""Document sets: the three forms hold the same documents, and the operations are those of sets."""

from __future__ import annotations

import random

import numpy as np
import pytest

from searchlib.search.docset import DocSet, isin_sorted

SIZE = 200


def forms(docs: set[int]) -> list[DocSet]:
    """The same set, made in each form."""
    array = np.array(sorted(docs), np.int64)
    mask = np.zeros(SIZE, bool)
    mask[array] = True
    bits = DocSet(SIZE, mask=mask.copy()).bits
    return [DocSet(SIZE, docs=array), DocSet(SIZE, mask=mask), DocSet(SIZE, bits=bits)]


@pytest.mark.parametrize("docs", [set(), {0}, {199}, {3, 63, 64, 128}, set(range(0, 200, 2))])
def test_every_form_gives_the_others(docs: set[int]) -> None:
    for docset in forms(docs):
        assert docset.count == len(docs)
        assert docset.docs.tolist() == sorted(docs)
        assert np.flatnonzero(docset.mask).tolist() == sorted(docs)
        assert docset.bits.dtype == np.uint64
        assert len(docset.bits) == 4
        words = [sum(1 << (d - 64 * w) for d in docs if d // 64 == w) for w in range(4)]
        assert docset.bits.tolist() == words


def test_a_mask_is_complete_before_another_thread_can_see_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    docset, seen = DocSet(4, docs=np.array([1])), []

    class Mask(np.ndarray):  # type: ignore[type-arg]
        def __setitem__(self, *item: object) -> None:
            seen.append(docset._mask)
            super().__setitem__(*item)

    monkeypatch.setattr(
        "searchlib.search.docset.np.zeros", lambda *_: np.ndarray(4, bool).view(Mask)
    )
    assert docset.mask[1]
    assert seen == [None]


def test_forms_that_are_there_are_known() -> None:
    docs, mask, bits = forms({1, 5})
    assert docs.has_docs
    assert not docs.has_bits
    assert docs.is_sparse
    assert not mask.is_sparse  # the mask is there already
    assert bits.has_bits
    assert not bits.has_docs


def test_a_set_is_sparse_if_it_has_less_than_one_in_32_documents() -> None:
    two = np.array([3, 63])
    for size, is_sparse in ((64, False), (65, True)):
        docset = DocSet(size, docs=two)
        assert docset.contains(np.array([2, 3])).tolist() == [False, True]
        assert docset.is_sparse == is_sparse  # to look documents up needs no mask then
        assert DocSet.from_unsorted(size, two).has_docs == is_sparse
        assert DocSet(size, bits=docset.bits).contains(two).all()
        every = DocSet(size, mask=np.ones(size, bool))
        assert every.intersection(DocSet(size, docs=two)).has_docs == is_sparse


def test_operations_are_those_of_sets() -> None:
    rng = random.Random(5)
    for _ in range(60):
        a, b = (set(rng.sample(range(SIZE), rng.choice((0, 2, 5, 90)))) for _ in range(2))
        for left in forms(a):
            for right in forms(b):
                assert left.intersection(right).docs.tolist() == sorted(a & b)
                assert left.difference(right).docs.tolist() == sorted(a - b)
                asked = np.arange(0, SIZE, 3)
                assert left.contains(asked).tolist() == [d in a for d in asked.tolist()]
                assert left.docs.tolist() == sorted(a), "an operation changed its operand"


def test_from_unsorted_picks_the_form_by_size() -> None:
    few = DocSet.from_unsorted(SIZE, np.array([9, 2], np.uint32))
    assert few.has_docs
    assert few.docs.tolist() == [2, 9]
    many = DocSet.from_unsorted(SIZE, np.arange(50, dtype=np.uint32)[::-1])
    assert not many.has_docs
    assert many.count == 50


def test_empty() -> None:
    assert DocSet.empty(SIZE).docs.tolist() == []
    assert not DocSet.empty(SIZE).mask.any()


def test_isin_sorted() -> None:
    docs = np.array([7, 1, 0, 9])
    assert isin_sorted(docs, np.array([1, 7, 8])).tolist() == [True, True, False, False]
    assert isin_sorted(docs, np.array([7])).tolist() == [True, False, False, False]
    assert isin_sorted(docs, np.empty(0, np.int64)).tolist() == [False] * 4
