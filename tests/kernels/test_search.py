"""The search kernels given nonsense: they refuse it, and never look outside of what they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchlib import kernels

pytestmark = pytest.mark.skipif(kernels.search is None, reason="the kernels were not built")

_bytes = st.lists(st.integers(0, 255), max_size=40).map(lambda x: np.array(x, np.uint8))
_docs = st.lists(st.integers(-3, 300), max_size=20).map(lambda x: np.array(x, np.int32))
_sorted_docs = st.sets(st.integers(0, 199), max_size=20).map(
    lambda x: np.array(sorted(x), np.int32)
)
_places = st.lists(st.integers(0, 60), max_size=6).map(lambda x: np.array(x, np.uint64))
_wide = st.lists(st.integers(0, 1 << 32 - 1), max_size=6).map(lambda x: np.array(x, np.uint32))


def run(plan: Any, limit: int = 10) -> tuple[int, list[tuple[int, float]]]:
    top = kernels.search.Top(limit)
    return kernels.search.run(plan, top, 0, None, None, True), [
        (doc, score) for _, doc, score in top.found([0])
    ]


@settings(max_examples=300)
@given(
    docs=st.none() | _docs | _sorted_docs, held=_bytes, low=_bytes, bounds=_bytes,
    block=st.integers(0, 255), freqs=_bytes, start=st.integers(0, 50), at=_places, wide=_wide,
    planes=st.tuples(_bytes, _bytes), width=st.sampled_from((0, 1, 2, 4, 8, 16)), forms=_bytes,
)  # fmt: skip
def test_lists_that_do_not_fit(
    docs: Any, held: Any, low: Any, bounds: Any, block: int, freqs: Any, start: int, at: Any,
    wide: Any, planes: Any, width: int, forms: Any,
) -> None:  # fmt: skip
    if docs is not None and len(docs) < len(freqs):
        freqs = freqs[: len(docs)]
    how = kernels.search.Weighing(np.ones(200), 1.0, 1.0, 1.0)
    try:
        made = kernels.search.List(200, docs, held, low, bounds, block, freqs, start, at, wide)
    except ValueError:
        return
    plans = [kernels.search.term(made, -1, how)]
    try:
        made.place(*planes, start, at, wide, width, forms, start)
        plans.append(kernels.search.phrase([kernels.search.term(made, -1, how)] * 1, 1.0))
        if width:
            plans.append(kernels.search.term(made, 0, how))
    except ValueError:
        pass
    for plan in plans:
        total, best = run(plan)
        assert 0 <= total <= 200
        assert all(0 <= doc < 200 for doc, _ in best)


def test_what_does_not_belong_together_is_refused() -> None:
    search = kernels.search
    with pytest.raises(ValueError, match="different segments"):
        search.both([search.every(10, 1.0), search.every(11, 1.0)], 1.0)
    with pytest.raises(ValueError, match="1 to 64 children"):
        search.either([], 1.0)
    with pytest.raises(ValueError, match="not in order"):
        search.listed(10, np.array([3, 3], np.int32), None, 1.0)
    dates = np.arange(10), np.arange(1), np.array([10], np.uint32)
    with pytest.raises(ValueError, match="documents are outside"):
        run(search.Column(*dates).range(0, 1, 1.0))
    with pytest.raises(ValueError, match="range is outside"):
        search.Column(*dates).range(0, 2, 1.0)
    with pytest.raises(ValueError, match="not as many"):
        search.Column(np.arange(10), np.arange(2), dates[2])
    with pytest.raises(ValueError, match="too few bits"):
        search.marked(65, np.zeros(1, np.uint64), 1.0)
    with pytest.raises(ValueError, match="living documents"):
        search.run(search.every(65, 1.0), search.Top(1), 0, np.zeros(1, np.uint64), None, True)


def test_scores_that_are_no_numbers_are_taken() -> None:
    docs = np.arange(150, dtype=np.int32)
    scores = np.where(docs % 3 == 0, np.nan, np.where(docs % 3 == 1, np.inf, docs))
    plan = kernels.search.listed(150, docs, scores, 0.0)
    total, best = run(plan, 200)
    assert (total, len(best)) == (150, 150)


def test_ties_go_to_the_lower_number() -> None:
    total, best = run(kernels.search.every(1000, 2.5), 3)
    assert (total, best) == (1000, [(0, 2.5), (1, 2.5), (2, 2.5)])


def test_values_are_tallied_by_document() -> None:
    bits = np.array([0b1011], np.uint64)
    ranks = np.array([1, 0, 1, 2], np.uint16)  # the last document has none
    counts = kernels.search.tally(bits, ranks.view(np.uint8), 2, None, 2)
    assert list(counts) == [1, 1, 1]
    held = np.array([0, 2, 2, 3, 4], np.uint32)
    counts = kernels.search.tally(bits, np.array([0, 1, 1, 0], np.uint8), 1, held, 2)
    assert list(counts) == [2, 1, 1]
    with pytest.raises(ValueError, match="fewer documents"):
        kernels.search.tally(np.array([1 << 40], np.uint64), ranks.view(np.uint8), 2, None, 2)


@given(
    values=st.lists(st.integers(-4, 4), max_size=30), real=st.booleans(),
    low=st.none() | st.integers(-5, 5), high=st.none() | st.integers(-5, 5),
    low_open=st.booleans(), high_open=st.booleans(),
)  # fmt: skip
def test_a_column_gives_ranges(
    values: list[int], real: bool, low: Any, high: Any, low_open: bool, high_open: bool
) -> None:
    kind: Any = float if real else int
    column = np.array(values, np.float64 if real else np.int64)
    order = np.argsort(column, kind="stable").astype(np.uint32)
    made = kernels.search.Column(column, column[order], order)
    low, high = (None if limit is None else kind(limit) for limit in (low, high))
    first, last = made.span(low, high, low_open, high_open)
    wanted = [
        doc
        for doc, value in enumerate(values)
        if (low is None or (value > low if low_open else value >= low))
        and (high is None or (value < high if high_open else value <= high))
    ]
    assert sorted(order[first:last].tolist()) == wanted
    total, best = run(made.range(first, last, 1.5), 50)
    assert (total, best) == (len(wanted), [(doc, 1.5) for doc in wanted])
