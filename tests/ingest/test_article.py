"""Articles: from JSON records, from pages, and as records again."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.errors import RecordError
from searchlib.ingest.article import ARTICLE_FIELDS, Article, Rejected, read_page
from searchlib.schema import NEWS
from tests.ingest.samples import PAGE


def test_record_leaves_out_what_is_unknown() -> None:
    article = Article(id="a", body="It rained.", extra={"words": 2, "score": 0})
    assert article.record() == {"id": "a", "body": "It rained.", "words": 2, "score": 0}
    assert Article().record() == {}


def test_from_record() -> None:
    record = {
        "id": 17,
        "title": "Rain",
        "date": "31 Aug 2022 09:20 +0800",
        "crawled": " ",
        "source": ["Wire"],
        "section": None,
        "authors": "Ann Lee",
        "places": ["Oslo", None, 5],
        "topics": [],
        "url": "",
        "words": 460,
        "people": ["Bo"],
    }
    article = Article.from_record(record, "news.jsonl:3")
    assert article == Article(
        id="17",
        title="Rain",
        date="2022-08-31T09:20+08:00",
        source="Wire",
        authors=["Ann Lee"],
        places=["Oslo", "5"],
        extra={"words": 460, "people": ["Bo"]},
    )
    assert article.where == "news.jsonl:3"
    assert Article.from_record(article.record()) == article
    assert Article.from_record({"date": "3/4/2022"}, day_first=True).date == "2022-04-03"


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("id", True, "a name is expected, not true or false"),
        ("id", {}, "a name is expected, not an object"),
        ("title", 5, "a text is expected, not a number"),
        ("body", ["a"], "a text is expected, not a list"),
        ("authors", [["a"]], "a name is expected, not a list"),
        ("source", ["a", "b"], "a name is expected, not a list"),
        ("date", "2022-13-01", "there is no month 13"),
        ("date", "3/4/2022", "is 3 April or 4 March"),
        ("date", 20220831, "not int"),
        ("crawled", "soon", "'soon' is not a date"),
    ],
)
def test_from_record_refuses(key: str, value: object, why: str) -> None:
    with pytest.raises(RecordError) as caught:
        Article.from_record({"id": "a", key: value}, "news.jsonl:3")
    assert (caught.value.where, caught.value.field) == ("news.jsonl:3", key)
    assert why in caught.value.why


def test_rejected_as_text() -> None:
    assert str(Rejected("news.jsonl:17", None, "not JSON")) == "news.jsonl:17: not JSON"


def test_ids_of_pages() -> None:
    assert read_page(PAGE).id == read_page(PAGE.replace("every hour", "twice an hour")).id
    assert read_page(PAGE).id != read_page(PAGE.replace("Ferry", "Bus")).id
    assert read_page(PAGE).id != read_page(PAGE.replace("09:20", "10:20")).id
    assert read_page("Notes\n\nOne.").id != read_page("Notes\n\nTwo.").id
    assert read_page("date 2022-01-01 Notes").id == read_page("date 2022-02-01 Notes").id
    long = "very " * 40
    first, second = (read_page(f"A {long} {end}\n\n(Xinhua) 09:20, May 2, 2022") for end in "ab")
    assert first.id != second.id
    assert len(first.id) < 130
    assert (
        read_page("新闻标题\n\n(Xinhua) 09:20, May 2, 2022").id == "xinhua-20220502T0920-新闻标题"
    )


@given(st.text())
def test_any_text_is_a_page(text: str) -> None:
    article = read_page(text)
    assert bool(article.id) == bool(article.title or article.body)
    assert read_page(text) == article


def test_the_fields_are_those_of_the_class() -> None:
    names = [field.name for field in dataclasses.fields(Article)]
    assert [*ARTICLE_FIELDS, "extra", "where"] == names
    assert set(ARTICLE_FIELDS) == set(NEWS.fields)


def test_where_an_article_was_read_is_not_compared() -> None:
    assert Article(id="a", where="x:1") == Article(id="a", where="x:2")
    assert "where" not in Article(id="a", where="x:1").record()


def test_the_dates_of_a_page_become_extra_keys() -> None:
    article = read_page("Rain\n(Wire) May 2, 2022\nUpdated: 2022-05-03\nOSLO, May 1 (Wire) -- A")
    assert article.extra == {"dateline_date": "2022-05-01", "updated": "2022-05-03"}
    assert (article.date, article.places, article.body) == ("2022-05-02", ["Oslo"], "A")


def test_what_ids_of_pages_are_made_of() -> None:
    def page_id(title: str, line: str = "(Wire) 09:20, May 2, 2022") -> str:
        return read_page(f"{title}\n\n{line}\n\nIt rained.").id

    assert (
        page_id("It's 5 o\u2019clock: RAIN_in Oslo!")
        == "wire-20220502T0920-its-5-oclock-rain-in-oslo"
    )
    assert (
        page_id("Rain", "Source: The Wire | 2022-05-02 09:20:01") == "the-wire-20220502T0920-rain"
    )
    assert page_id("Rain", "(Wire) May 2, 2022") == "wire-20220502-rain"
    assert page_id("a" * 80) == f"wire-20220502T0920-{'a' * 80}"
    cut = page_id("a" * 79 + " bcd")
    assert cut.startswith(f"wire-20220502T0920-{'a' * 79}-")
    assert len(cut) == len(f"wire-20220502T0920-{'a' * 79}-") + 12
    assert cut != page_id("a" * 79 + " bce")
    assert re.fullmatch("wire-20220502T0920-[0-9a-f]{12}", page_id("?!"))
    assert re.fullmatch("rain-[0-9a-f]{12}", read_page("Rain\n\nIt rained.").id)
    assert read_page("Rain").id != read_page("Rain\n\nIt rained.").id


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("authors", ("Ann", 5, None, ""), ["Ann", "5", ""]),
        ("authors", {"Ann"}, ["Ann"]),
        ("authors", 5, ["5"]),
        ("source", [5], "5"),
        ("source", 1.5, "1.5"),
        ("date", " ", ""),
        ("date", "", ""),
        ("authors", None, []),
    ],
)
def test_values_of_fields(key: str, value: object, expected: object) -> None:
    article = Article.from_record({"id": "a", key: value})
    assert getattr(article, key) == expected
    assert article.extra == {}


@pytest.mark.parametrize(
    ("value", "what"),
    [(True, "true or false"), (1, "a number"), (1.5, "a number"), ([], "a list"), ({}, "an object"),
     (b"", "bytes")],
)  # fmt: skip
def test_types_are_named(value: object, what: str) -> None:
    with pytest.raises(RecordError, match=f"title: a text is expected, not {what}"):
        Article.from_record({"title": value})


def test_rejected_records_are_compared_by_what_is_said() -> None:
    assert Rejected("a:1", "date", "no date", {"id": 1}) == Rejected("a:1", "date", "no date")
    assert "{" not in repr(Rejected("a:1", None, "so", {"id": 1}))
