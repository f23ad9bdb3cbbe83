"""Three searchers over one archive: our engine, Whoosh's searcher over our reader, stock Whoosh.

What is compared:

- our engine, pruned and not, with blocks of four documents and with the usual ones, gives the
  same documents, scores and order as ``whoosh.searching.Searcher`` over our reader;
- a stock index of the same articles gives the same documents. It keeps a text's length in one
  byte, so only lengths that this byte holds exactly give the same scores; others may be wrong
  by some per cent, and there order is compared only where scores differ by more.

Where Whoosh is plainly wrong, we do not follow it:

- Not may find a deleted document, and AndNot the first one that it should leave out: these
  two matchers are mended in ``conftest.py``;
- a limited collector leaves out good documents, for one because ``InverseMatcher`` gives the
  quality of what it inverts as its own: ``limit=None``;
- ``And`` and ``Or`` ask their parts for an estimate, which the span queries do not have:
  they are not drawn below these;
- ``Require`` removes what it should require (it makes an AndNotMatcher): it is not drawn.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from whoosh.searching import Searcher

from searchlib.search.top_k import Pruning

from .profiles import DEEP, QUICK
from .strategies import histories, queries, schemas
from .worlds import (
    EAGER,
    SMALL,
    World,
    answer,
    exact_lengths,
    keys_of,
    stock_index,
    world,
)

_QUERIES = 8  # for each archive


def by_whoosh(searcher: Searcher, query: Any) -> list[tuple[int, float]]:
    """(document, score) of all that Whoosh's searcher finds, best first."""
    found = searcher.search(query, limit=None)
    return [(doc, score) for score, doc in found.top_n]


def same(ours: list[tuple[int, float]], theirs: list[tuple[int, float]]) -> None:
    """The same documents and scores, and the same order but for scores that are nearly equal."""
    assert dict(ours).keys() == dict(theirs).keys()
    assert dict(ours) == pytest.approx(dict(theirs), rel=1e-5, abs=1e-5)
    scores, wanted = dict(ours), dict(theirs)
    for (doc, _), (later, _) in pairwise(ours):
        assert wanted[doc] >= wanted[later] - 1e-9, (doc, later)
        assert scores[doc] > scores[later] or (scores[doc] == scores[later] and doc < later)


def check_engine(made: World, trees: list[Any]) -> None:
    """Our engine in all its ways against Whoosh's searcher over our reader."""
    snapshot = made.store.reader()
    with snapshot, made.index().searcher() as searcher:
        for query in trees:
            note(repr(query))
            theirs = by_whoosh(searcher, query)
            ours, total = answer(made.engine(snapshot, Pruning(on=False)), snapshot, query)
            same(ours, theirs)
            assert total == len(theirs)
            # Over arrays and by the compiled kernels: the same to the last bit.
            over_arrays = made.engine(snapshot, Pruning(on=False, native=False))
            assert answer(over_arrays, snapshot, query) == (ours, total)
            for pruning in (None, EAGER, replace(EAGER, native=False)):
                for limit in (1, 3, 10):
                    engine = made.engine(snapshot, pruning)
                    first, total = answer(engine, snapshot, query, limit)
                    assert total == len(theirs)
                    assert first == [
                        (doc, pytest.approx(score, rel=1e-9)) for doc, score in ours[:limit]
                    ]


def check_stock(made: World, trees: list[Any]) -> None:
    """Our engine on one segment against a stock index of the same articles."""
    made.optimize()
    with made.store.reader() as snapshot:
        rows = [made.articles[key] for key in keys_of(snapshot)]
        exact = exact_lengths(made.schema, rows)
        engine = made.engine(snapshot)
        with stock_index(made.schema, rows).searcher() as searcher:
            for query in trees:
                note(repr(query))
                theirs = dict(by_whoosh(searcher, query))
                ours, total = answer(engine, snapshot, query)
                assert dict(ours).keys() == theirs.keys()
                assert total == len(theirs)
                # Weights are floats of four bytes in a stock index.
                near = 1e-5 if exact else 0.1
                assert dict(ours) == pytest.approx(theirs, rel=near)
                order = [theirs[doc] for doc, _ in ours]
                assert all(b <= a * (1 + 2 * near) for a, b in pairwise(order))


@st.composite
def cases(draw: Any, *, foreign: bool) -> Any:
    """A schema, a history and some queries."""
    schema = draw(schemas())
    trees = st.lists(queries(schema, foreign=foreign), min_size=1, max_size=_QUERIES)
    return schema, draw(histories()), draw(trees)


def run(case: Any, layout: dict[str, int] | None) -> None:
    schema, history, trees = case
    with world(schema, history, layout) as made:
        check_engine(made, trees)
        check_stock(made, trees)
        check_engine(made, trees)


@QUICK
@given(cases(foreign=False))
def test_small_blocks(case: Any) -> None:
    run(case, SMALL)


@QUICK
@given(cases(foreign=False))
def test_usual_blocks(case: Any) -> None:
    run(case, None)


@QUICK
@given(cases(foreign=True))
def test_foreign_queries(case: Any) -> None:
    run(case, SMALL)


@pytest.mark.slow
@DEEP
@given(cases(foreign=False), st.sampled_from((SMALL, {"block": 2, "dense": 1}, None)))
def test_deep(case: Any, layout: Any) -> None:
    run(case, layout)


@pytest.mark.slow
@DEEP
@given(cases(foreign=True))
def test_deep_foreign(case: Any) -> None:
    run(case, SMALL)
