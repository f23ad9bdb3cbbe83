"""The span query classes: values, their text, and Whoosh's matchers for them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq

import searchlib as sl
from searchlib.span_queries import AnyField, AtLeast, First, Near, Same, SpanQuery, Word
from tests.versus.archives import Memory

RAIN, SNOW = wq.Term("body", "rain"), wq.Term("body", "snow")


def test_queries_are_values() -> None:
    rain, snow = wq.Term("body", "rain"), wq.Term("body", "snow")
    queries = [
        Near(rain, snow, 5, False), Near(rain, snow, 5, True), Near(rain, snow, 4, True),
        Near(snow, rain, 5, True), AtLeast(rain, 2), AtLeast(rain, 3), First(rain, 2),
        Same(rain, snow, "sentence", "body"), Same(rain, snow, "paragraph", "body"),
    ]  # fmt: skip
    assert len(set(queries)) == len(queries)
    for query in queries:
        assert not query.is_leaf()
        assert set(query.children()) <= {rain, snow}
        assert query.apply(lambda part: part) == query.normalize() == query
        assert query != rain
        assert repr(query).startswith(type(query).__name__)
        assert set(query.all_terms()) <= {("body", "rain"), ("body", "snow")}
    assert Near(rain, wq.NullQuery, 5, True).normalize() == wq.NullQuery


def test_a_base_query_has_no_arguments_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        hash(SpanQuery(RAIN))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Near(RAIN, SNOW, 5, False), "(body:rain NEAR/5 body:snow)"),
        (Near(RAIN, SNOW, 2, True), "(body:rain W/2 body:snow)"),
        (AtLeast(RAIN, 3), "atleast3(body:rain)"),
        (First(RAIN, 50), "first50(body:rain)"),
        (Same(RAIN, SNOW, "paragraph", "body"), "(body:rain /p body:snow)"),
    ],
)
def test_text_and_pickle(query: SpanQuery, text: str) -> None:
    assert str(query) == text
    assert pickle.loads(pickle.dumps(query)) == query


def test_apply_replaces_the_parts() -> None:
    wind = wq.Term("body", "wind")
    query = Near(RAIN, AtLeast(SNOW, 2), 5, True)
    assert query.apply(lambda part: wind) == Near(wind, wind, 5, True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Near(RAIN, SNOW, 1, True), {0}),
        (Near(RAIN, SNOW, 1, False), {0, 1}),
        (Near(RAIN, SNOW, 3, True), {0, 2}),
        (AtLeast(RAIN, 2), {3}),
        (First(SNOW, 1), {1}),
        (First(SNOW, 2), {0, 1}),
        (Word("body", ("wind",)), {2, 3}),
        (Word("body", ("rain", "wind")), {2, 3}),
        (Word("body", ("wind", "snow")), {2}),
        (Word("body", ("of",)), set()),  # which the field's analyzer leaves out
        (AnyField([Word("body", ("wind",)), SNOW]), {0, 1, 2, 3}),
    ],
)
def test_they_run_on_a_stock_index(query: Any, expected: set[int]) -> None:
    index = Memory().create_index(fields.Schema(body=fields.TEXT))
    writer = index.writer()
    for body in ("rain snow", "snow rain", "rain wind wind snow", "rain wind rain"):
        writer.add_document(body=body)
    writer.commit()
    with index.searcher() as searcher:
        assert {hit.docnum for hit in searcher.search(query, limit=None)} == expected


def test_a_matcher_may_be_copied_and_replaced(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, sl.Schema(id=sl.Key(), body=sl.Text())) as archive:
        texts = "rain wind rain", "rain snow", "snow rain rain"
        archive.add([{"id": str(n), "body": text} for n, text in enumerate(texts)])
        with archive.whoosh.searcher() as searcher:
            [(leaf, _)] = searcher.leaf_searchers()
            matcher = AtLeast(RAIN, 2).matcher(leaf)
            others = [matcher.copy(), matcher._replacement(matcher.child.copy())]
            assert list(matcher.all_ids()) == [0, 2]
            assert [list(other.all_ids()) for other in others] == [[0, 2], [0, 2]]


def test_same_needs_an_archive() -> None:
    with pytest.raises(NotImplementedError, match="in an archive only"):
        Same(RAIN, SNOW, "sentence", "body").matcher(None)
