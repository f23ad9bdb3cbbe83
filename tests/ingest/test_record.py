"""Records that the kernel says are kept as they are: cleaning them changes nothing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.errors import RecordError
from searchlib.ingest.article import SHAPES, Article
from searchlib.ingest.record import row_reader
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Stored, Text

pytestmark = pytest.mark.skipif(not kernels.available, reason="not compiled")

ODD = Schema(  # names that mean something else in an article
    id=Key(), title=Keyword(), body=Stored(), date=Text(), crawled=Stored(), source=Text(),
    section=Keyword(many=True), authors=Keyword(), editors=Stored(), places=Text(),
    topics=Date(), url=Date(), lang=Number(), words=Number(), seen=Date(), tags=Keyword(many=True),
    label=Keyword(), notes=Stored(), lead=Text(),
)  # fmt: skip
SCHEMAS = [NEWS, ODD, Schema(body=Text(), url=Key()), Schema(k=Key(), date=Date(), crawled=Date())]
NAMES = [*SHAPES, *ODD.fields, "k", "other", "caf\u00e9", "\ud800", "tab\t"]

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


def cleaned(schema: Schema, record: dict[str, Any]) -> Any:
    try:
        return schema.clean(Article.from_record(record).record())
    except RecordError:
        return None


@given(st.sampled_from(SCHEMAS), _records, _texts)
@example(NEWS, {"id": "a", "dateline": ["x"]}, "a")
@example(NEWS, {"id": "a", "authors": ["Ann Lee", "ann lee"]}, "a")
@example(NEWS, {"id": "a", "authors": []}, "a")
def test_what_is_kept_is_what_cleaning_gives(
    schema: Schema, record: dict[str, Any], key: str
) -> None:
    record[schema.key] = key
    before = copy.deepcopy(record)
    row = row_reader(schema)(record)
    assert record == before
    if row is not None:
        assert cleaned(schema, record) == row
        assert repr(json.loads(json.dumps(row))) == repr(row)


def test_plain_articles_are_kept() -> None:
    record = {
        "id": "w1", "title": "Rain", "body": "It rained.\n", "date": "2022-08-31T09:20:00",
        "section": "world", "authors": ["Ann Lee", "Bo Ek"], "url": "https://example.org",
        "words": 460, "tags": ["a", "a"],
    }  # fmt: skip
    assert row_reader(NEWS)(record) is record
    assert cleaned(NEWS, record) == record
    empty = {"crawled": "", "places": [], "topics": None, "dateline": "", "extra": None}
    assert row_reader(NEWS)(record | empty) == record
    assert row_reader(NEWS)(record | {"note": "", "more": []}) == record | {"note": "", "more": []}
    assert row_reader(NEWS)({"title": "Rain"}) is None
    for odd in ({"date": "31 Aug 2022"}, {"id": ""}, {"section": []}, {"title": "Caf\u00e9"}):
        assert row_reader(NEWS)(record | odd) is None
