"""From records to rows and articles."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib import kernels
from searchlib.errors import RecordError
from searchlib.ingest.article import Article
from searchlib.ingest.conversion import RecordConversion
from searchlib.ingest.field_names import FieldNames
from searchlib.schema import NEWS, Key, Schema, Text
from searchlib.schema.fields import KEY_BYTES


def converted(record: dict[str, Any], place: str = "f#1", **options: Any) -> Article:
    convert = RecordConversion(FieldNames(), options.get("day_first"))
    article = convert(record, "f:1", place)
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("<p>It rained.</p><p>All day &amp; night.</p>", "It rained.\n\nAll day & night."),
        ("AT&amp;T rose", "AT&T rose"),
        ("a < b and c > d", "a < b and c > d"),
        (["It rained.", "All day."], "It rained.\n\nAll day."),
        ([{"type": "p", "text": "It rained."}, {"type": "p", "content": ["All", "day."]}],
         "It rained.\n\nAll\n\nday."),
        ({"rendered": "<p>It rained.</p>"}, "It rained."),
    ],
)  # fmt: skip
def test_bodies(value: Any, body: str) -> None:
    assert converted({"id": "a", "body": value}).body == body


def test_keys() -> None:
    assert converted({"title": "Rain", "url": "https://a.example"}).id == "https://a.example"
    assert converted({"title": "Rain"}).id == "f#1"
    assert converted({"title": "Rain", "url": "u" * 5000}).id == "f#1"
    first, second = (converted({"title": title}, "").id for title in ("Rain", "Snow"))
    assert first != second
    assert first == converted({"title": "Rain"}, "").id
    assert converted({"section": "world"}, "").id == ""


def test_how_long_a_key_is() -> None:
    """A place is cut so that it fits whatever its characters are; an address is taken whole."""
    place = converted({"title": "Rain"}, "x" + "\N{CLOUD WITH RAIN}" * 5000).id
    assert KEY_BYTES - 4 < len(place.encode()) <= KEY_BYTES
    for length in (KEY_BYTES, KEY_BYTES + 1):
        key = converted({"title": "Rain", "url": "u" * length}).id
        assert key == ("u" * length if length == KEY_BYTES else "f#1")
    convert = RecordConversion(FieldNames(), None)
    assert len(convert({"title": "Rain"}, "news.jsonl:17").id) == 16  # a digest
    convert.path = "news.jsonl"
    assert convert({"title": "Rain"}, "/a/news.jsonl:17").id == "news.jsonl#17"


def test_the_key_of_a_schema() -> None:
    convert = RecordConversion(FieldNames(), None)
    schema = Schema(nr=Key(), heading=Text())
    for use in (schema, None, schema):
        convert.use_schema(use, rows=False)
        article = convert({"heading": "Rain"}, "f:1", "f#1")
        if use is None:
            assert (article.id, article.title, article.extra) == ("f#1", "Rain", {})
        else:
            assert (article.id, article.extra) == ("", {"heading": "Rain", "nr": "f#1"})


def test_keys_as_they_are_stored() -> None:
    convert = RecordConversion(FieldNames(), None)
    assert convert.stored_key(Article(id="a")) == ""
    convert.use_schema(NEWS)
    assert convert.stored_key(Article(id="a")) == "a"
    assert convert.stored_key(Article(id="u" * (KEY_BYTES + 1))) == ""
    assert convert.stored_key(Article(title="Rain")) == ""
    assert convert.stored_key({"id": 7}) == "7"


def test_authors_without_by() -> None:
    assert converted({"id": "a", "byline": "By Ann Lee"}).authors == ["Ann Lee"]
    assert converted({"id": "a", "byline": "Byron Lee"}).authors == ["Byron Lee"]


def test_dates() -> None:
    assert converted({"id": "a", "published": 1661936400}).date == "2022-08-31T09:00:00Z"
    assert converted({"id": "a", "date": "3/4/2022"}, day_first=True).date == "2022-04-03"
    with pytest.raises(RecordError, match="f:1: date: '3/4/2022' is 3 April or 4 March"):
        converted({"id": "a", "date": "3/4/2022"})
    with pytest.raises(RecordError, match="f:1: date: the number 55 is not a date"):
        converted({"id": "a", "date": 55})
    assert converted({"id": "a", "date": ["2022-08-31"]}).date == "2022-08-31"
    assert converted({"id": "a", "date": " ", "crawled": "2022"}).date == ""
    for several in (["2022", "2023"], ["2022", "2023", "2024"], [[]]):
        with pytest.raises(RecordError, match="not list"):
            converted({"id": "a", "date": several})


def test_several_names_in_one_text() -> None:
    convert = RecordConversion(FieldNames(split=["authors", "topics"]), None)
    for text, names in (
        ("Ann and Bo; Cy", ["Ann", "Bo", "Cy"]),
        ("By Ann Lee, Bo Ek and Cy", ["Ann Lee", "Bo Ek", "Cy"]),
        ("Lee, Ann; Ek, Bo", ["Lee, Ann", "Ek, Bo"]),
        ("Andy Sand & Roland Und", ["Andy Sand", "Roland Und"]),
        (["Ann and Bo", "Ann"], ["Ann", "Bo"]),
        (["Ann", 5, "Bo"], ["Ann", "Bo"]),
        (" ; ", []),
    ):
        article = convert({"id": "a", "byline": text, "tags": "rain, snow"}, "f:1")
        assert (article.authors, article.topics) == (names, ["rain", "snow"]), text
    assert converted({"id": "a", "authors": "Ann and Bo"}).authors == ["Ann and Bo"]


@pytest.mark.skipif(not kernels.available, reason="only the kernels tell rows")
def test_rows() -> None:
    convert = RecordConversion(FieldNames(), None)
    convert.use_schema(NEWS)
    record = {"id": "a", "title": "Rain"}
    assert convert(record, "f:1") == record
    assert convert({"id": "a", "headline": "Rain"}, "f:1") == record
    for body, text in (("<p>It rained.</p>", "It rained."), ("a < b", "a < b"), ("</x>", "</x>")):
        assert convert({"id": "a", "body": body}, "f:1") == {"id": "a", "body": text}
    convert.use_schema(NEWS, rows=False)
    assert convert(record, "f:1") == Article(id="a", title="Rain")


def test_the_order_of_dates() -> None:
    convert = RecordConversion(FieldNames(), None)
    dates = ["03/04/2022", "14/03/2022"]
    assert convert.order_of_dates([{"pubDate": date} for date in dates]) is True
    assert convert.order_of_dates([{"pubDate": dates[0]}]) is None
    assert convert.order_of_dates([{"pubDate": dates[1]}]) is None
    assert convert.order_of_dates([{"pubDate": dates[0]}, {"pubDate": "03/14/2022"}]) is False
    both = ["03/04/2022", "14/03/2022", "03/14/2022"]
    assert convert.order_of_dates([{"pubDate": date} for date in both]) is None
    assert convert.order_of_dates([{"pubDate": dates[0], "crawled": dates[1]}]) is True
    assert RecordConversion(FieldNames(), False).order_of_dates([{"date": dates[1]}]) is None


def test_hostile_nesting_is_bounded() -> None:
    title: Any = "Rain"
    record: dict[str, Any] = {"id": "a", "title": "Rain"}
    body: Any = "It rained."
    for _ in range(900):
        title, record, body = {"name": title}, {"doc": record}, [body]
    with pytest.raises(RecordError, match="title: a text is expected, not an object"):
        converted({"id": "a", "title": title})
    assert converted(record).title == ""
    assert "It rained." in converted({"id": "a", "body": body}).body
    for depth in (8, 9):
        body = "It rained."
        for _ in range(depth):
            body = [body]
        assert (converted({"id": "a", "body": body}).body == "It rained.") == (depth == 8)
