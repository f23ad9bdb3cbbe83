"""``archive.whoosh.searcher()``, which asks our engine, against Whoosh's own searcher over the same
reader: the same results, whatever is asked of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from whoosh.searching import Searcher

from searchlib.whoosh_backend.searcher import ArchiveSearcher

from .archives import SMALL_BLOCKS, SampleArchive, sample_archive
from .profiles import QUICK
from .strategies import histories, queries, schemas


@st.composite
def cases(draw: Any) -> Any:
    schema = draw(schemas())
    trees = st.lists(queries(schema), min_size=1, max_size=4)
    return schema, draw(histories()), draw(trees), draw(trees)


def check_same(found: Any, wanted: Any, limit: int | None) -> None:
    """``wanted`` are all that Whoosh finds: with a limit, some of its matchers lose documents."""
    assert (len(found), found.docs()) == (len(wanted), wanted.docs())
    assert (found.is_empty(), found.has_exact_length()) == (not len(wanted), True)
    top = wanted.top_n[:limit]
    assert found.scored_length() == len(top)
    scores = [score for score, _ in found.top_n]
    assert scores == pytest.approx([score for score, _ in top], rel=1e-5, abs=1e-5)
    all_scores = {doc: score for score, doc in wanted.top_n}
    for place, hit in enumerate(found):
        assert found.docnum(place) == hit.docnum
        assert hit.score == pytest.approx(all_scores[hit.docnum], rel=1e-5, abs=1e-5)
        assert hit.fields() == found.searcher.stored_fields(hit.docnum)


def check_searches(sample: SampleArchive, trees: list[Any], others: list[Any]) -> None:
    index = sample.index()
    with index.searcher() as ours, Searcher(index.reader()) as theirs:
        assert isinstance(ours, ArchiveSearcher)
        for tree in trees:
            note(repr(tree))
            wanted = theirs.search(tree, limit=None)
            for limit in (1, 3, None):
                check_same(ours.search(tree, limit=limit), wanted, limit)
            assert list(ours.docs_for_query(tree)) == sorted(wanted.docs())
            for other in others:
                note(repr(other))
                for more in ({"filter": other}, {"mask": other}, {"filter": other, "mask": tree}):
                    found = ours.search(tree, limit=None, **more)
                    wanted = theirs.search(tree, limit=None, **more)
                    check_same(found, wanted, None)
                    assert found.filtered_count == wanted.filtered_count


@QUICK
@given(cases())
def test_the_same_results(case: Any) -> None:
    schema, history, trees, others = case
    with sample_archive(schema, history, SMALL_BLOCKS) as sample:
        check_searches(sample, trees, others)
