"""The searcher of ``archive.whoosh``; ``versus/test_whoosh_face.py`` compares it with Whoosh's."""

from __future__ import annotations

from pathlib import Path

import pytest
from whoosh import fields, scoring
from whoosh import query as wq
from whoosh.reading import ReaderClosed
from whoosh.searching import Searcher

import searchlib as sl
from searchlib.whoosh_backend import RamStorage


def test_what_the_engine_does_not_answer_goes_whooshs_way(tmp_path: Path) -> None:
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


def test_pages_and_documents(tmp_path: Path) -> None:
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


def test_results_count_all_that_was_found(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add({"id": n, "title": "rain"} for n in range(9))
        with archive.whoosh.searcher() as searcher:
            found = searcher.search(wq.Term("title", "rain"), limit=2)
            assert (found.scored_length(), len(found)) == (2, 9)
            assert found.collector.count() == 9
            assert found.collector.computes_count()
            assert sorted(found.collector.all_ids()) == list(range(9))


def test_ranges_of_small_unsigned_numbers() -> None:
    """Whoosh's own terms for them reach too far: it finds 45 and 900 below 20, too."""
    schema = fields.Schema(size=fields.NUMERIC(signed=False, stored=True))
    index = RamStorage().create_index(schema)
    with index.writer() as writer:
        for size in (3, 20, 45, 900):
            writer.add_document(size=size)
    with index.searcher() as searcher:
        for low, high, found in ((3, 20, [3, 20]), (4, 44, [20]), (45, None, [45, 900])):
            results = searcher.search(wq.NumericRange("size", low, high))
            assert [hit["size"] for hit in results] == found


def test_documents_without_a_group_are_all_left(tmp_path: Path) -> None:
    rows = [("a", "x"), ("b", ""), ("c", "x"), ("d", ""), ("e", "y")]
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add({"id": n, "title": "rain", "section": section} for n, section in rows)
        with archive.whoosh.searcher() as searcher:
            found = searcher.search(wq.Term("title", "rain"), collapse="section")
            assert [hit["id"] for hit in found] == ["a", "b", "d", "e"]
