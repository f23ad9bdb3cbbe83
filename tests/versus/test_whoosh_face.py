"""``archive.whoosh.searcher()``, which asks our engine, against Whoosh's own searcher over the same
reader: the same results, whatever is asked of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from whoosh import query as wq
from whoosh import scoring
from whoosh.reading import ReaderClosed
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


def check_same(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs)
    assert ours.docs() == theirs.docs()
    assert ours.scored_length() == theirs.scored_length()
    assert (ours.is_empty(), ours.has_exact_length()) == (theirs.is_empty(), True)
    scores = [score for score, _ in ours.top_n]
    assert scores == pytest.approx([score for score, _ in theirs.top_n], rel=1e-5, abs=1e-5)
    wanted = {doc: score for score, doc in theirs.top_n}
    for place, hit in enumerate(ours):
        assert ours.docnum(place) == hit.docnum
        if hit.docnum in wanted:  # else one of those that score as much as the last one
            assert hit.score == pytest.approx(wanted[hit.docnum], rel=1e-5, abs=1e-5)
            assert hit.fields() == ours.searcher.stored_fields(hit.docnum)
    if theirs.scored_length() == len(theirs):
        assert {hit.docnum for hit in ours} == wanted.keys()


def check_searches(sample: SampleArchive, trees: list[Any], others: list[Any]) -> None:
    index = sample.index()
    with index.searcher() as ours, Searcher(index.reader()) as theirs:
        assert isinstance(ours, ArchiveSearcher)
        for tree in trees:
            note(repr(tree))
            for limit in (1, 3, None):
                check_same(ours.search(tree, limit=limit), theirs.search(tree, limit=limit))
            assert list(ours.docs_for_query(tree)) == list(theirs.docs_for_query(tree))
            for other in others:
                note(repr(other))
                for more in ({"filter": other}, {"mask": other}, {"filter": other, "mask": tree}):
                    found = ours.search(tree, limit=None, **more)
                    wanted = theirs.search(tree, limit=None, **more)
                    check_same(found, wanted)
                    assert found.filtered_count == wanted.filtered_count


@QUICK
@given(cases())
def test_the_same_results(case: Any) -> None:
    schema, history, trees, others = case
    with sample_archive(schema, history, SMALL_BLOCKS) as sample:
        check_searches(sample, trees, others)


def test_what_the_engine_does_not_answer_goes_whooshs_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import searchlib as sl

    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add(
            [{"id": f"a{n}", "title": "rain " * n, "section": "x" * n} for n in range(1, 5)]
        )
        index, rain = archive.whoosh, wq.Term("title", "rain")
        with index.searcher() as ours, Searcher(index.reader()) as theirs:
            for more in (
                {"sortedby": "section"}, {"sortedby": "section", "reverse": True}, {"terms": True},
                {"groupedby": "section"}, {"collapse": "section"}, {"filter": {0, 2}},
                {"mask": theirs.search(wq.Term("id", "a1"))}, {"scored": False},
            ):  # fmt: skip
                found, wanted = ours.search(rain, **more), theirs.search(rain, **more)
                assert [hit["id"] for hit in found] == [hit["id"] for hit in wanted], more
            with pytest.raises(ValueError, match="limit"):
                ours.search(rain, limit=0)
            with pytest.raises(TypeError):
                ours.search(rain, klingon=1)
        with index.searcher(weighting=scoring.TF_IDF()) as ours:
            weights = [hit.score for hit in ours.search(rain)]
        with Searcher(index.reader(), weighting=scoring.TF_IDF()) as theirs:
            assert weights == [hit.score for hit in theirs.search(rain)]


def test_pages_and_documents(tmp_path: Any) -> None:
    import searchlib as sl

    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": f"a{n:02}", "title": "rain"} for n in range(25)])
        with archive.whoosh.searcher() as searcher:
            page = searcher.search_page(wq.Term("title", "rain"), 3, pagelen=10)
            assert (page.total, page.pagecount, page.offset, page.pagelen) == (25, 3, 20, 5)
            assert [hit["id"] for hit in page] == [f"a{n}" for n in range(20, 25)]
            assert searcher.document(id="a07")["title"] == "rain"
            assert len(list(searcher.documents())) == 25
            results = searcher.search(wq.Term("title", "rain"), limit=2)
            assert (repr(results)[:7], results.estimated_length()) == ("<Top 2 ", 25)
            results.upgrade_and_extend(searcher.search(wq.Term("id", "a20")))
            assert results[0]["id"] == "a00"
        with pytest.raises(ReaderClosed):
            searcher.search(wq.Term("title", "rain"))
