"""The stored form: canonical JSON, digests, instants, and records that are in it already."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from datetime import UTC, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.errors import RecordError
from searchlib.ingest.article import ARTICLE_FIELDS, Article
from searchlib.ingest.record import (
    _check,
    canonical_json,
    digest,
    instant,
    instants,
    period_end,
    row_reader,
    stored_fields,
    stored_json,
)
from searchlib.kernels.constants import ValueCheck
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Stored, Text

needs_kernels = pytest.mark.skipif(not kernels.available, reason="not compiled")

ODD = Schema(  # names that mean something else in an article
    id=Key(), title=Keyword(), body=Stored(), date=Text(), crawled=Stored(), source=Text(),
    section=Keyword(many=True), authors=Keyword(), editors=Stored(), places=Text(),
    topics=Date(), url=Date(), lang=Number(), words=Number(), seen=Date(), tags=Keyword(many=True),
    label=Keyword(), notes=Stored(), lead=Text(),
)  # fmt: skip
SCHEMAS = [NEWS, ODD, Schema(body=Text(), url=Key()), Schema(k=Key(), date=Date(), crawled=Date())]
NAMES = [*ARTICLE_FIELDS, *ODD.fields, "k", "other", "caf\u00e9", "\ud800", "tab\t"]

_days = st.dates().map(str) | st.datetimes().map(lambda t: t.isoformat(timespec="seconds"))
_ODD_TEXTS = """
Ann Lee|ann lee| x|x |a  b|2021-02-29|2020-02-29|2022-04-31|2022-13-01|0000-01-01|20220831|7
2022-08-31T24:00:00|2022-08-31 09:20:00|2022-08-31T09:20:00Z|2022-08-31T09:20|31 Aug 2022
"""
_texts = (
    st.text("ab AB\t\n\r\x00\x1f\x7f\u00e9", max_size=6)
    | _days
    | st.sampled_from([*_ODD_TEXTS.strip("\n").replace("\n", "|").split("|"), "x" * 512, "x" * 513])
)
_values = (
    _texts
    | st.lists(_texts | st.integers(0, 3) | st.none(), max_size=3)
    | st.integers(-3, 1 << 70)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", [], None])
    | st.booleans()
    | st.dictionaries(_texts, _texts, max_size=2)
)
_records = st.dictionaries(st.sampled_from(NAMES), _values, max_size=5)


def normalized(schema: Schema, record: dict[str, Any]) -> Any:
    try:
        return schema.normalize(Article.from_record(record).record())
    except RecordError:
        return None


@needs_kernels
@given(st.sampled_from(SCHEMAS), _records, _texts)
@example(NEWS, {"id": "a", "dateline": ["x"]}, "a")
@example(NEWS, {"id": "a", "authors": ["Ann Lee", "ann lee"]}, "a")
@example(NEWS, {"id": "a", "authors": []}, "a")
def test_rows_are_what_normalizing_gives(schema: Schema, record: dict[str, Any], key: str) -> None:
    record[schema.key] = key
    before = copy.deepcopy(record)
    row = row_reader(schema)(record)
    assert record == before
    if row is not None:
        assert normalized(schema, record) == row
        assert repr(json.loads(json.dumps(row))) == repr(row)


@needs_kernels
def test_articles_in_stored_form() -> None:
    record = {
        "id": "w1", "title": "Rain", "body": "It rained.\n", "date": "2022-08-31T09:20:00",
        "section": "world", "authors": ["Ann Lee", "Bo Ek"], "url": "https://example.org",
        "words": 460, "tags": ["a", "a"],
    }  # fmt: skip
    assert row_reader(NEWS)(record) is record
    assert normalized(NEWS, record) == record
    empty = {"crawled": "", "places": [], "topics": None, "dateline": "", "extra": None}
    assert row_reader(NEWS)(record | empty) == record
    assert row_reader(NEWS)(record | {"note": "", "more": []}) == record | {"note": "", "more": []}
    assert row_reader(NEWS)({"title": "Rain"}) is None
    for odd in ({"date": "31 Aug 2022"}, {"id": ""}, {"section": []}, {"title": "Caf\u00e9"}):
        assert row_reader(NEWS)(record | odd) is None


def test_without_the_kernels_no_record_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "available", False)
    assert row_reader(NEWS)({"id": "w1", "title": "Rain"}) is None


@pytest.mark.parametrize("compiled", [True, False])
def test_canonical_json(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    if not compiled:
        monkeypatch.setattr(kernels, "available", False)
    row = {"title": 'Café\n\u2028"', "id": "a", "list": [1, 2.5, None, {"b": 1, "a": True}]}
    expected = '{"id":"a","list":[1,2.5,null,{"a":true,"b":1}],"title":"Café\\n\u2028\\""}'
    assert canonical_json(row) == expected.encode()
    assert canonical_json(dict(reversed(row.items()))) == expected.encode()


def test_digests_differ_where_articles_do() -> None:
    rows = [{"id": "a"}, {"id": "a", "title": "Rain"}, {"id": "b"}]
    digests = {digest(canonical_json(row)) for row in rows}
    assert len(digests) == 3
    assert {len(value) for value in digests} == {16}


@pytest.mark.parametrize(
    ("iso", "hours"),
    [
        ("0001-01-01", 0),
        ("0001-01-02T03", 27),
        ("0001-01-02T03:00:00", 27),
        ("0001-01-02T03:00:00Z", 27),
        ("0001-01-02T03:00+02:00", 25),
        ("0001-01-02T03+02:00", 25),
    ],
)
def test_instants(iso: str, hours: int) -> None:
    assert instant(iso, UTC) == hours * 3_600_000_000


def test_the_zone_is_that_of_dates_without_one() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    for iso, shift in (("2022-07-01T12:00:00", 2), ("2022-01-01T12:00", 1), ("2022-07-01", 2)):
        assert instant(iso, oslo) == instant(iso, UTC) - shift * 3_600_000_000
    assert instant("2022-07-01T12:00:00Z", oslo) == instant("2022-07-01T12:00:00Z", UTC)
    east = timezone(timedelta(hours=9))
    assert instant("0001-01-01", east) == -9 * 3_600_000_000  # before the first year in UTC


@pytest.mark.parametrize(
    ("iso", "start", "end"),
    [
        ("2021", "2021-01-01", "2022-01-01"), ("2021-05", "2021-05-01", "2021-06-01"),
        ("2021-12", "2021-12-01", "2022-01-01"), ("0001", "0001-01-01", "0002-01-01"),
        ("2021-05-03", "2021-05-03", None), ("2021-05-03T04:05", "2021-05-03T04:05", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2))])
def test_periods(iso: str, start: str, end: str | None, zone: timezone) -> None:
    assert instant(iso, zone) == instant(start, zone)
    assert period_end(iso, zone) == (None if end is None else instant(end, zone))


@pytest.mark.parametrize("iso", ["9999", "9999-12"])
def test_the_last_period_ends_after_its_last_microsecond(iso: str) -> None:
    assert period_end(iso, UTC) == instant("9999-12-31", UTC) + 24 * 3_600_000_000


UNSTORED = Schema(id=Key(), lead=Text(stored=False), title=Text(), body=Text(stored=False))


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"id": "a", "title": "t"}, None), ({"id": "a", "body": "x"}, '{"body":"x"}'),
        ({"title": "t", "id": "a", "body": "x", "lead": "y"}, '{"body":"x","lead":"y"}'),
        ({"id": "a", "body": ""}, '{"body":""}'),
    ],
)  # fmt: skip
def test_texts_that_are_not_stored_leave_their_digest(row: dict[str, Any], texts: Any) -> None:
    before = dict(row)
    stored = json.loads(stored_json(row, UNSTORED))
    assert row == before
    told = stored.pop("_texts", None)
    assert stored == {name: row[name] for name in ("id", "title") if name in row}
    expected = texts and b64encode(digest(texts.encode())).decode().rstrip("=")
    assert told == expected
    assert stored_json(row, UNSTORED) == canonical_json(stored | ({"_texts": told} if told else {}))


def test_stored_fields_are_those_of_the_schema_first() -> None:
    data = '{"zz":1,"title":"t","_texts":"q","id":"a"}'
    assert list(stored_fields(data, UNSTORED).items()) == [("id", "a"), ("title", "t"), ("zz", 1)]
    assert list(stored_fields(data.encode(), NEWS)) == ["id", "title", "zz", "_texts"]


@pytest.mark.parametrize(
    ("field", "checks"),
    [  # for a value that is no article's, and one that is a name, text, date or names of it
        (Key(), "KEY KEY KEY NEVER NEVER"), (Text(), "TEXT TEXT TEXT NEVER NEVER"),
        (Keyword(), "LABEL LABEL LABEL NEVER NEVER"),
        (Keyword(many=True), "LABELS NEVER NEVER NEVER LABELS"),
        (Date(), "DATE NEVER NEVER DATE NEVER"), (Number(), "NEVER NEVER NEVER NEVER NEVER"),
        (Stored(), "STORED STORED_TEXT STORED_TEXT NEVER STORED_TEXTS"),
    ],
)  # fmt: skip
def test_how_values_are_checked(field: Any, checks: str) -> None:
    types = [None, "name", "text", "date", "names"]
    assert [_check(field, each) for each in types] == [ValueCheck[name] for name in checks.split()]


_ANY_DATE = st.datetimes(timezones=st.none()).flatmap(
    lambda date: st.sampled_from([
        None, date.isoformat(timespec="seconds"), date.date().isoformat(), date.isoformat()[:7],
        date.isoformat()[:4], date.isoformat(timespec="seconds") + "+02:00",
        date.isoformat(timespec="milliseconds"),
    ])
)  # fmt: skip


@given(
    st.lists(_ANY_DATE, max_size=5),
    st.sampled_from([UTC, ZoneInfo("UTC"), timezone(timedelta(hours=-5)), ZoneInfo("Europe/Oslo")]),
)
@example(["0001-01-01", "9999-12-31T23:59:59", "2000-02-29", "1900-03-01", "2004-12-31"], UTC)
def test_many_instants(dates: list[str | None], zone: Any) -> None:
    starts, ends = instants(dates, zone, -7)
    assert starts == [-7 if iso is None else instant(iso, zone) for iso in dates]
    assert ends == {
        place: end
        for place, iso in enumerate(dates)
        if iso is not None and (end := period_end(iso, zone)) is not None
    }
