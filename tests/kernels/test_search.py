"""Compiled plan nodes, ranges and the collector of the best documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")


def run(plan: Any, limit: int = 10) -> tuple[int, list[tuple[int, float]]]:
    top = kernels.search.TopCollector(limit)
    return kernels.search.collect([plan], top, [0], [None], None, True, None), [
        (doc, score) for _, doc, score in top.top_docs([0])
    ]


def test_parts_that_do_not_fit_are_refused() -> None:
    search = kernels.search
    with pytest.raises(ValueError, match="different segments"):
        search.conjunction([search.match_all(10, 1.0), search.match_all(11, 1.0)], 1.0)
    with pytest.raises(ValueError, match="1 to 64 children"):
        search.disjunction([], 1.0)
    with pytest.raises(ValueError, match="not in order"):
        search.doc_list(10, np.array([3, 3], np.int32), None, 1.0)
    dates = np.arange(10), np.arange(1), np.array([10], np.uint32)
    with pytest.raises(ValueError, match="documents are outside"):
        run(search.SortedValues(*dates).range_node(0, 1, 1.0))
    with pytest.raises(ValueError, match="range is outside"):
        search.SortedValues(*dates).range_node(0, 2, 1.0)
    with pytest.raises(ValueError, match="not as many"):
        search.SortedValues(np.arange(10), np.arange(2), dates[2])
    with pytest.raises(ValueError, match="too few bits"):
        search.doc_bitset(65, np.zeros(1, np.uint64), 1.0)
    part, any_ = search.match_none(65), search.match_all(65, 1.0)
    starts, units = np.zeros(66, np.int32), np.zeros(1, np.uint64)
    with pytest.raises(ValueError, match="made of terms and phrases"):
        search.near(any_, part, any_, 3, True)
    either = search.disjunction([part, search.disjunction([part], 1.0)], 1.0)
    with pytest.raises(ValueError, match="not any of any"):
        search.near(any_, part, either, 3, True)
    for bad in ([part], [part] * 64):
        with pytest.raises(ValueError, match=r"no parts|children"):
            search.same_unit(any_, bad, starts, units)
    with pytest.raises(ValueError, match="other documents"):
        search.same_unit(any_, [part, part], starts[1:], units)
    with pytest.raises(ValueError, match="do not rise"):
        search.same_unit(any_, [part, part], starts - 1, units)
    with pytest.raises(ValueError, match="too few bits"):
        search.same_unit(any_, [part, part], starts + 64, units)
    assert run(search.same_unit(any_, [part, part], starts, units)) == (0, [])
    with pytest.raises(ValueError, match="live documents"):
        search.collect(
            [search.match_all(65, 1.0)], search.TopCollector(1), [0], [np.zeros(1, np.uint64)],
            None, True, None,
        )  # fmt: skip
    with pytest.raises(ValueError, match="each segment has a plan"):
        search.collect([any_], search.TopCollector(1), [0, 1], [None], None, True, None)
    not_a_node: Any = 3
    with pytest.raises(TypeError, match="a plan is a plan node"):
        search.collect([not_a_node], search.TopCollector(1), [0], [None], None, True, None)


def test_infinite_and_nan_scores() -> None:
    docs = np.arange(150, dtype=np.int32)
    scores = np.where(docs % 3 == 0, np.nan, np.where(docs % 3 == 1, np.inf, docs))
    plan = kernels.search.doc_list(150, docs, scores, 0.0)
    total, best = run(plan, 200)
    assert (total, len(best)) == (150, 150)


def test_ties_go_to_the_lower_number() -> None:
    total, best = run(kernels.search.match_all(1000, 2.5), 3)
    assert (total, best) == (1000, [(0, 2.5), (1, 2.5), (2, 2.5)])


@given(
    values=st.lists(st.integers(-4, 4), max_size=30), real=st.booleans(),
    low=st.none() | st.integers(-5, 5), high=st.none() | st.integers(-5, 5),
    low_exclusive=st.booleans(), high_exclusive=st.booleans(),
)  # fmt: skip
def test_ranges(
    values: list[int], real: bool, low: Any, high: Any, low_exclusive: bool, high_exclusive: bool
) -> None:
    kind: Any = float if real else int
    array = np.array(values, np.float64 if real else np.int64)
    order = np.argsort(array, kind="stable").astype(np.uint32)
    column = kernels.search.SortedValues(array, array[order], order)
    low, high = (None if limit is None else kind(limit) for limit in (low, high))
    first, last = column.find_range(low, high, low_exclusive, high_exclusive)
    wanted = [
        doc
        for doc, value in enumerate(values)
        if (low is None or (value > low if low_exclusive else value >= low))
        and (high is None or (value < high if high_exclusive else value <= high))
    ]
    assert sorted(order[first:last].tolist()) == wanted
    total, best = run(column.range_node(first, last, 1.5), 50)
    assert (total, best) == (len(wanted), [(doc, 1.5) for doc in wanted])


def sparse_term(
    docs: Any, freqs: Any, norms: Any, factor: float, least_norm: float, weight: float = 1.0
) -> Any:
    """The node of a term with these postings, in a segment of as many documents as norms."""
    places = np.flatnonzero(freqs >= 255)
    postings = kernels.codec.PostingList(
        len(norms), docs, None, None, None, 64, np.minimum(freqs, 255).astype(np.uint8), 0,
        places.astype(np.uint64), freqs[places].astype(np.uint32),
    )  # fmt: skip
    bounds = np.ones(256)
    bm25 = kernels.search.Bm25Weight(norms, weight, factor, abs(factor), bounds, bounds, least_norm)
    return kernels.search.term(postings, -1, bm25)


_frequency = st.integers(1, 4) | st.integers(250, 260)


@given(
    segments=st.lists(
        st.dictionaries(st.integers(0, 99), st.tuples(_frequency, st.integers(0, 9))),
        min_size=1, max_size=3,
    ),
    factor=st.sampled_from([2.0, 0.5, 0.0, -1.0]), weight=st.sampled_from([1.0, 3.0]),
    limit=st.integers(0, 5), some_are_deleted=st.booleans(), is_bounded=st.booleans(),
)  # fmt: skip
def test_documents_whose_frequency_is_too_low_may_be_left_out(
    segments: list[dict[int, tuple[int, int]]], factor: float, weight: float, limit: int,
    some_are_deleted: bool, is_bounded: bool,
) -> None:  # fmt: skip
    plans, lives, expected = [], [], []
    live = np.array([0xF0F0F0F0F0F0F0F0] * 2, np.uint64)
    for number, rows in enumerate(segments):
        docs = np.array(sorted(rows), np.int32)
        freqs = np.array([rows[doc][0] for doc in docs.tolist()], np.int64)
        norms = np.full(100, 9.0)
        norms[docs] = [0.5 + rows[doc][1] / 4 for doc in docs.tolist()]
        least_norm = 0.5 if is_bounded else 0.0
        plans.append(sparse_term(docs, freqs, norms, factor, least_norm, weight))
        lives.append(live if some_are_deleted else None)
        weighted = freqs * weight
        scores = (weighted / (weighted + norms[docs]) * factor).tolist()
        expected += [
            (-score, number, doc)
            for doc, score in zip(docs.tolist(), scores, strict=True)
            if not some_are_deleted or doc % 8 > 3
        ]
    bases = [100 * number for number in range(len(plans))]
    found = kernels.search.best_of(plans, limit, bases, lives, True, None)
    assert found[0] == len(expected)
    wanted = [(number, doc, -score) for score, number, doc in sorted(expected)[:limit]]
    assert list(found[1]) == wanted


@pytest.mark.parametrize("size", [3, 60, 700])
@pytest.mark.parametrize("limit", [0, 1, 10, 100, 2000])
def test_documents_of_sparse_words_alone_and_by_windows(size: int, limit: int) -> None:
    search, rng = kernels.search, np.random.default_rng(size + limit)
    norms = rng.choice(np.arange(0.5, 3, 0.25), 50_000)

    def word(factor: float) -> Any:
        docs = np.sort(rng.choice(4 * size, size, replace=False)).astype(np.int32)
        return sparse_term(docs, rng.choice([1, 1, 1, 2, 3, 9, 255, 300], size), norms, factor, 0.5)

    live = rng.integers(0, 1 << 63, 782, np.uint64)
    for boost in (1.0, 2.0):
        words = [word(0.9), word(1.7), word(-0.2)]
        common = search.doc_bitset(50_000, rng.integers(0, 1 << 63, 782, np.uint64), 1.0)
        either = search.disjunction([words[0], common], 1.0)
        plans = [
            search.disjunction([words[0], search.match_none(50_000), words[1]], boost),
            search.disjunction([*words, search.fields(words[:1])], boost),
            search.conjunction([common, words[0], words[1]], boost),
            search.conjunction([either, words[1]], boost),
            search.and_not(words[0], words[1]),
            search.and_maybe(search.fields(words[:1]), words[1]),
        ]
        for plan in plans:
            for one in (None, live):
                args = [plan], limit, [7], [one]
                alone, by_windows = (search.best_of(*args, prune, None) for prune in (True, False))
                assert alone == by_windows
                assert len(alone[1]) == min(limit, alone[0])


@pytest.mark.parametrize("limit", [1, 2, 7, 8, 9, 17, 100, 999, 1500])
def test_many_hits_are_in_the_order_of_their_scores(limit: int) -> None:
    rng = np.random.default_rng(limit)
    for count in (0, 1, 8, 9, 40, 1000):
        scores = rng.choice([*rng.normal(size=300), 0.0, -0.0], count)
        docs = np.arange(count, dtype=np.int32)
        total, best = run(kernels.search.doc_list(count, docs, scores, 0.0), limit)
        wanted = sorted(zip((-scores).tolist(), docs.tolist(), strict=True))[:limit]
        assert (total, best) == (count, [(doc, -score) for score, doc in wanted])


def nodes() -> dict[str, Any]:
    """Three overlapping nodes of 200 documents, with scores of their own."""
    search = kernels.search
    even = np.arange(0, 200, 2, dtype=np.int32)
    bits = np.array([0b1111, 0, 0, 1 << 7], np.uint64)  # 0 to 3, and 199
    return {
        "even": search.doc_list(200, even, np.linspace(0, 1, 100), 0.0),
        "bits": search.doc_bitset(200, bits, 10.0),
        "all": search.match_all(200, 5.0),
    }


def test_boolean_nodes() -> None:
    search, n = kernels.search, nodes()
    assert run(search.conjunction([n["even"], n["bits"]], 2.0))[1] == [
        (2, pytest.approx(2 * (10 + 1 / 99))), (0, 20.0)
    ]  # fmt: skip
    n = nodes()
    assert run(search.disjunction([n["even"], n["bits"]], 1.0))[0] == 103
    n = nodes()
    assert run(search.and_not(n["bits"], n["even"])) == (3, [(1, 10.0), (3, 10.0), (199, 10.0)])
    n = nodes()
    total, best = run(search.and_maybe(n["all"], n["bits"]), 6)
    assert (total, best[4:]) == (200, [(199, 15.0), (4, 5.0)])
    assert run(search.constant_score(n["even"], 3.0), 1) == (100, [(0, 3.0)])
    assert run(search.match_none(200)) == (0, [])


def test_collect_leaves_out_deleted_documents_and_marks_matches() -> None:
    live = np.array([~np.uint64(1), 0, 0, 0], np.uint64)
    out = np.zeros(4, np.uint64)
    top = kernels.search.TopCollector(2)
    assert kernels.search.collect([nodes()["bits"]], top, [1000], [live], [out], True, None) == 3
    assert out.tolist() == [0b1110, 0, 0, 0]
    assert top.top_docs([0, 1000]) == [(1, 1, 10.0), (1, 2, 10.0)]
