"""Three searchers over the same articles: ours, Whoosh's over our reader, and stock Whoosh.

What is compared:

- ours, with and without kernels and pruning, with blocks of four documents and of the usual size,
  gives the same documents, scores and order as ``whoosh.searching.Searcher`` over our reader;
- a stock index of the same articles gives the same documents. It keeps a text's length in one
  byte, so only lengths that this byte holds exactly give the same scores; others may be wrong
  by some per cent, and there order is compared only where scores differ by more.

Where Whoosh is plainly wrong, we do not follow it:

- Not may find a deleted document, and AndNot the first one that it should leave out: these
  two matchers are mended in ``conftest.py``;
- whether a pattern scores 1 is decided in each segment; here it is over all, in ``conftest.py``;
- a limited collector leaves out good documents, for one because ``InverseMatcher`` gives the
  quality of what it inverts as its own: ``limit=None``;
- ``And`` and ``Or`` ask their parts for an estimate, which the span queries do not have:
  they are not drawn below these;
- ``Require`` removes what it should require (it makes an AndNotMatcher): it is not drawn.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from whoosh.searching import Searcher

from searchlib.search.top_k import ExecutionOptions

from .archives import (
    SMALL_BLOCKS,
    SampleArchive,
    exact_lengths,
    keys_of,
    numbered_hits,
    sample_archive,
    stock_index,
)
from .profiles import DEEP, QUICK
from .strategies import histories, queries, schemas

_QUERIES = 8  # for each archive


def hits_of_whoosh(searcher: Searcher, query: Any) -> list[tuple[int, float]]:
    """(document, score) of all that Whoosh's searcher finds, best first."""
    results = searcher.search(query, limit=None)
    return [(doc, score) for score, doc in results.top_n]


def check_same_hits(ours: list[tuple[int, float]], theirs: list[tuple[int, float]]) -> None:
    """The same documents and scores, and the same order but for scores that are nearly equal."""
    assert dict(ours).keys() == dict(theirs).keys()
    assert dict(ours) == pytest.approx(dict(theirs), rel=1e-5, abs=1e-5)
    scores, wanted = dict(ours), dict(theirs)
    for (doc, _), (later, _) in pairwise(ours):
        assert wanted[doc] >= wanted[later] - 1e-9, (doc, later)
        assert scores[doc] > scores[later] or (scores[doc] == scores[later] and doc < later)


def check_against_whoosh_searcher(sample: SampleArchive, trees: list[Any]) -> None:
    """Our searcher with all options against Whoosh's searcher over our reader."""
    reader = sample.store.reader()
    # Whoosh's own: that of the index asks our engine.
    with reader, Searcher(sample.index().reader()) as searcher:
        for query in trees:
            note(repr(query))
            theirs = hits_of_whoosh(searcher, query)
            ours, total = numbered_hits(
                sample.searcher(reader, ExecutionOptions(prune=False)), reader, query
            )
            check_same_hits(ours, theirs)
            assert total == len(theirs)
            # Over arrays and by the compiled kernels: the same to the last bit.
            over_arrays = sample.searcher(reader, ExecutionOptions(kernels=False))
            assert numbered_hits(over_arrays, reader, query) == (ours, total)
            for options in (None, ExecutionOptions(kernels=False)):
                for limit in (1, 3, 10):
                    ours_searcher = sample.searcher(reader, options)
                    first, total = numbered_hits(ours_searcher, reader, query, limit)
                    assert total == len(theirs)
                    assert first == [
                        (doc, pytest.approx(score, rel=1e-9)) for doc, score in ours[:limit]
                    ]


def check_against_stock_index(sample: SampleArchive, trees: list[Any]) -> None:
    """Our searcher on one segment against a stock index of the same articles."""
    sample.optimize()
    with sample.store.reader() as reader:
        rows = [sample.articles[key] for key in keys_of(reader)]
        exact = exact_lengths(sample.schema, rows)
        ours_searcher = sample.searcher(reader)
        with stock_index(sample.schema, rows).searcher() as searcher:
            for query in trees:
                note(repr(query))
                theirs = dict(hits_of_whoosh(searcher, query))
                ours, total = numbered_hits(ours_searcher, reader, query)
                assert dict(ours).keys() == theirs.keys()
                assert total == len(theirs)
                # Weights are floats of four bytes in a stock index.
                near = 1e-5 if exact else 0.1
                assert dict(ours) == pytest.approx(theirs, rel=near)
                order = [theirs[doc] for doc, _ in ours]
                assert all(b <= a * (1 + 2 * near) for a, b in pairwise(order))


@st.composite
def cases(draw: Any, *, with_fallback: bool) -> Any:
    """A schema, a history and some queries."""
    schema = draw(schemas())
    trees = st.lists(queries(schema, with_fallback=with_fallback), min_size=1, max_size=_QUERIES)
    return schema, draw(histories()), draw(trees)


def check_case(case: Any, layout: dict[str, int] | None) -> None:
    schema, history, trees = case
    with sample_archive(schema, history, layout) as sample:
        check_against_whoosh_searcher(sample, trees)
        check_against_stock_index(sample, trees)
        check_against_whoosh_searcher(sample, trees)


@QUICK
@given(cases(with_fallback=False))
def test_small_blocks(case: Any) -> None:
    check_case(case, SMALL_BLOCKS)


@QUICK
@given(cases(with_fallback=False))
def test_usual_blocks(case: Any) -> None:
    check_case(case, None)


@QUICK
@given(cases(with_fallback=True))
def test_queries_that_need_the_fallback(case: Any) -> None:
    check_case(case, SMALL_BLOCKS)


@pytest.mark.slow
@DEEP
@given(cases(with_fallback=False), st.sampled_from((SMALL_BLOCKS, {"block": 2, "dense": 1}, None)))
def test_long(case: Any, layout: Any) -> None:
    check_case(case, layout)


@pytest.mark.slow
@DEEP
@given(cases(with_fallback=True))
def test_long_queries_that_need_the_fallback(case: Any) -> None:
    check_case(case, SMALL_BLOCKS)
