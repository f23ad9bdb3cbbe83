"""The span query classes: values, their text, and Whoosh's matchers for them."""

from __future__ import annotations

import pickle
from datetime import datetime
from operator import eq, ne
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq

import searchlib as sl
from searchlib.dates import to_micros
from searchlib.schema import NEWS
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, SpanQuery, Word
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
        (Near(RAIN, RAIN, 3, True), {3}),  # not the same one twice
        (Near(RAIN, RAIN, 3, False), {3}),
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


def test_words_are_values() -> None:
    words = {
        "Word('body', ('rain',))": Word("body", ("rain",)),
        "Word('title', ('rain',))": Word("title", ("rain",)),
        "Word('body', ('rain', 'snow'))": Word("body", ["rain", "snow"]),
        "Word('body', ('rain',), languages=('en',))": Word("body", ("rain",), languages=("en",)),
        "Word('body', ('rain',), languages=())": Word("body", ("rain",), languages=()),
        "Word('body', ('rain',), boost=2.0)": Word("body", ("rain",), boost=2.0),
    }
    assert list(map(repr, words.values())) == list(words)
    assert len(set(words.values())) == len(words)
    for word in words.values():
        for same in (word.copy(), pickle.loads(pickle.dumps(word))):
            assert (eq(word, same), ne(word, same)) == (True, False)
            assert hash(word) == hash(same)
        assert sum(word == other for other in words.values()) == 1
        assert sum(word != other for other in words.values()) == len(words) - 1
        assert word != 7
        assert eq(word, wq.Term("body", "rain")) is False
        assert word.is_leaf()
        assert word.field() == word.fieldname
    assert str(Word("body", ("new", "york"), boost=2.5)) == "body:new-york^2.5"


def test_span_queries_of_other_parts_are_others() -> None:
    near = Near(RAIN, SNOW, 5, True)
    for other, is_same in (
        (Near(RAIN, SNOW, 5, True), True),
        (AtLeast(RAIN, 5), False),
        (7, False),
    ):
        assert (eq(near, other), ne(near, other)) == (is_same, not is_same)
    assert repr(near) == f"Near({RAIN!r}, {SNOW!r}, 5, True)"
    assert hash(AtLeast(RAIN, 5)) != hash(First(RAIN, 5))
    assert near.requires() == {RAIN, SNOW}


@pytest.mark.parametrize("boost", [1.0, 2.0])
def test_a_word_in_the_language_of_its_field(boost: float) -> None:
    one, two = Word("body", ("Running",), boost=boost), Word("body", ("New", "Yorks"), boost=boost)
    assert one.read(NEWS) == wq.Term("body", "run", boost=boost)
    assert two.read(NEWS) == wq.Phrase("body", ["new", "york"], boost=boost)
    assert two.read(NEWS.bound(2, "zh")) == wq.Phrase("body", ["new", "yorks"], boost=boost)
    assert one.read(NEWS).boost == two.read(NEWS).boost == boost


def test_words_in_an_archive(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", sl.Schema(id=sl.Key(), body=sl.Text())) as archive:
        archive.add([{"id": "a", "body": "rains"}])
        with archive.whoosh.reader() as reader:
            assert Word("body", ("raining",))._tree(reader, reader.schema) == wq.Term(
                "body", "rain"
            )


def test_words_in_a_stock_index() -> None:
    index = Memory().create_index(fields.Schema(body=fields.TEXT))
    with index.writer() as writer:
        for body in ("rain wind", "rain", "snow"):
            writer.add_document(body=body)
    with index.reader() as reader:
        found = {
            words: Word("body", words, boost=2.0)._tree(reader, index.schema)
            for words in (("Rain",), ("rain", "wind"), ("the",))
        }
        assert found == {
            ("Rain",): wq.Term("body", "rain", boost=2.0),
            ("rain", "wind"): wq.Phrase("body", ["rain", "wind"], boost=2.0),
            ("the",): wq.NullQuery,
        }
        assert Word("body", ("rain",)).estimate_size(reader) == 2
        assert Near(RAIN, SNOW, 5, True).estimate_size(reader) == 1
        assert Near(SNOW, RAIN, 5, True).estimate_size(reader) == 1


MARCH, MAY = (to_micros(datetime(2022, month, 1)) for month in (3, 5))


@pytest.mark.parametrize(
    ("period", "stock", "archive"),
    [
        (Period("date", None, None), "abcd", "abcd"),
        (Period("date", MARCH, None), "abc", "abc"),
        (Period("date", MARCH, MAY), "ab", "a"),  # a month is in it as a whole, or not
        (Period("date", MARCH + 1, MAY + 1), "bc", ""),
        (Period("date", None, MAY), "abd", "a"),
    ],
)
def test_periods(tmp_path: Path, period: Period, stock: str, archive: str) -> None:
    days = {"a": (2022, 3, 1), "b": (2022, 4, 30), "c": (2022, 5, 1), "d": (2022, 1, 1)}
    index = Memory().create_index(fields.Schema(id=fields.ID(stored=True), date=fields.DATETIME))
    with index.writer() as writer:
        for name, day in days.items():
            writer.add_document(id=name, date=datetime(*day))
    with index.searcher() as searcher:
        assert [searcher.stored_fields(n)["id"] for n in period.docs(searcher)] == list(stock)
    assert period.simplify(None) is period
    assert period.endexcl == (period.end is not None)
    assert period.boost == 1.0 and Period("date", 1, 2, boost=3.0).boost == 3.0
    with sl.Archive.create(tmp_path / "a", sl.Schema(id=sl.Key(), date=sl.Date())) as made:
        dates = {"a": "2022-03-01", "b": "2022-04-30T23:00-02:00", "c": "2022-05", "d": "2022"}
        made.add({"id": name, "date": date} for name, date in dates.items())
        with made.whoosh.searcher() as searcher:
            ids = {hit["id"] for hit in searcher.search(period, limit=None)}
            [(leaf, _)] = searcher.leaf_searchers()
            docs = list(period.matcher(leaf).all_ids())
            assert [leaf.stored_fields(number)["id"] for number in docs] == list(archive)
    assert ids == set(archive)
