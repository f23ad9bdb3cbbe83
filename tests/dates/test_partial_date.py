"""The dates of articles: read, written in canonical form, and as instants in microseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.util.times import datetime_to_long, long_to_datetime

from searchlib.dates import from_micros, read_iso, read_partial_date, to_micros

DATES = [
    # written, start in UTC, precision, offset, canonical
    ("2022", "2022-01-01", "year", None, "2022"),
    ("2022-08", "2022-08-01", "month", None, "2022-08"),
    ("2022-08-31", "2022-08-31", "day", None, "2022-08-31"),
    (" 2022-08-31 ", "2022-08-31", "day", None, "2022-08-31"),
    ("20220831", "2022-08-31", "day", None, "2022-08-31"),
    ("2022-W35-3", "2022-08-31", "day", None, "2022-08-31"),
    ("2022-243", "2022-08-31", "day", None, "2022-08-31"),
    ("2022-08-31+08:00", "2022-08-30T16:00", "day", 480, "2022-08-31+08:00"),
    ("2022-08-31T09", "2022-08-31T09:00", "hour", None, "2022-08-31T09"),
    ("2022-08-31T09:20", "2022-08-31T09:20", "minute", None, "2022-08-31T09:20"),
    ("2022-08-31T09:20+08:00", "2022-08-31T01:20", "minute", 480, "2022-08-31T09:20+08:00"),
    ("2022-08-31T09:20-03:30", "2022-08-31T12:50", "minute", -210, "2022-08-31T09:20-03:30"),
    ("20220831T092000Z", "2022-08-31T09:20", "second", 0, "2022-08-31T09:20:00Z"),
    ("1987-02-26T15:02:20", "1987-02-26T15:02:20", "second", None, "1987-02-26T15:02:20"),
    ("1987-02-26 15:02:20", "1987-02-26T15:02:20", "second", None, "1987-02-26T15:02:20"),
    ("2017-01-20T10:00:00+01:00", "2017-01-20T09:00", "second", 60, "2017-01-20T10:00:00+01:00"),
    (
        "2022-08-31T09:20:30.5Z",
        "2022-08-31T09:20:30.500000",
        "microsecond",
        0,
        "2022-08-31T09:20:30.500000Z",
    ),
    (
        "Wed, 31 Aug 2022 09:20:00 +0800",
        "2022-08-31T01:20",
        "second",
        480,
        "2022-08-31T09:20:00+08:00",
    ),
    ("31 Aug 2022 09:20:00 GMT", "2022-08-31T09:20", "second", 0, "2022-08-31T09:20:00Z"),
    ("31 Aug 2022 09:20:00 -0000", "2022-08-31T09:20", "second", None, "2022-08-31T09:20:00"),
    ("31 Aug 2022 09:20 EDT", "2022-08-31T13:20", "minute", -240, "2022-08-31T09:20-04:00"),
    ("31 Aug 2022 09:20 +0200 (CEST)", "2022-08-31T07:20", "minute", 120, "2022-08-31T09:20+02:00"),
    ("09:20, August 31, 2022", "2022-08-31T09:20", "minute", None, "2022-08-31T09:20"),
    ("Aug. 31, 2022", "2022-08-31", "day", None, "2022-08-31"),
    ("2022年8月31日", "2022-08-31", "day", None, "2022-08-31"),
    ("31/08/2022", "2022-08-31", "day", None, "2022-08-31"),
    ("0001-01-01", "0001-01-01", "day", None, "0001-01-01"),
    ("9999-12-31T23:59:59", "9999-12-31T23:59:59", "second", None, "9999-12-31T23:59:59"),
]


@pytest.mark.parametrize(("text", "start", "precision", "offset", "canonical"), DATES)
def test_date(text: str, start: str, precision: str, offset: int | None, canonical: str) -> None:
    parsed = read_partial_date(text)
    assert parsed.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (parsed.precision, parsed.offset) == (precision, offset)
    assert parsed.iso() == canonical
    assert read_partial_date(canonical) == parsed
    assert parsed.end is None or parsed.start < parsed.end


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a date"),
        ("soon", "is not a date"),
        ("yesterday", "is not a date"),
        ("The fair of 2022 ended on Monday", "is not a date"),
        ("2022-08-31 and more", "is not a date"),
        ("Aug. 30", "has no year"),
        ("2022-W35", "is a week"),
        ("2022-13-01", "there is no month 13"),
        ("2022-02-29", "there is no day 29 in February 2022"),
        ("1987-02-26T15:02:60", "there is no time 15:02:60"),
        ("03/04/2022", "is 3 April or 4 March"),
        ("Tue, 31 Aug 2022 09:20:00 +0800", "is not a Tue"),
        ("0001-01-01T00:00+08:00", "outside the years 1 to 9999"),
        ("9999-12-31T23:00-08:00", "outside the years 1 to 9999"),
        ("2022-08-31T09:20:00" * 1000, "is not a date"),
        ("2022-08-31\x00", "is not a date"),
        ("２０２２-08-31", "is not a date"),
    ],
)
def test_no_date(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        read_partial_date(text)
    assert len(str(caught.value)) < 250


def test_long_texts_are_abridged_in_messages() -> None:
    for length, shown in ((60, "x" * 60), (61, "x" * 57 + "...")):
        with pytest.raises(ValueError, match="is not a date") as caught:
            read_partial_date("x" * length)
        assert str(caught.value).startswith(f"'{shown}' is not")


def test_day_first_for_articles() -> None:
    assert read_partial_date("12/11/2022", day_first=True).iso() == "2022-11-12"
    assert read_partial_date("12/11/2022", day_first=False).iso() == "2022-12-11"


def test_date_objects() -> None:
    assert read_partial_date(date(2022, 8, 31)).iso() == "2022-08-31"
    assert read_partial_date(datetime(2022, 8, 31, 9, 20)).iso() == "2022-08-31T09:20:00"
    shanghai = datetime(2022, 8, 31, 9, 20, tzinfo=timezone(timedelta(hours=8)))
    assert read_partial_date(shanghai).iso() == "2022-08-31T09:20:00+08:00"
    nepal = datetime(2022, 8, 31, 9, 20, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert read_iso(nepal) == "2022-08-31T09:20:00+05:45"
    same = shanghai.astimezone(UTC)  # equal to the other, yet written otherwise
    assert read_partial_date(same).iso() == "2022-08-31T01:20:00Z"
    local_mean_time = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=19, seconds=32)))
    assert read_partial_date(local_mean_time).start == local_mean_time
    assert read_iso(local_mean_time) == "1899-12-31T23:40:28Z"
    with pytest.raises(ValueError, match="not int"):
        read_partial_date(2022)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="outside the years"):
        read_partial_date(datetime.min.replace(tzinfo=timezone(timedelta(minutes=19, seconds=32))))


def test_in_zone() -> None:
    new_york = ZoneInfo("America/New_York")
    assert read_partial_date("2022-08-31T09:20").in_zone(new_york).iso() == "2022-08-31T09:20-04:00"
    assert read_partial_date("2022-01-31T09:20").in_zone(new_york).iso() == "2022-01-31T09:20-05:00"
    for unchanged in (
        "2022-08-31",
        "2022-08",
        "2022",
        "2022-08-31T09:20+08:00",
        "2022-08-31T09:20Z",
    ):
        assert read_partial_date(unchanged).in_zone(new_york).iso() == unchanged


def test_ends_of_periods() -> None:
    assert read_partial_date("9999").end is None
    assert read_partial_date("2022-12").end == datetime(2023, 1, 1, tzinfo=UTC)
    assert read_partial_date("2022-08-31+08:00").end == datetime(2022, 8, 31, 16, tzinfo=UTC)


@given(st.datetimes())
def test_micros_are_those_of_whoosh(naive: datetime) -> None:
    aware = naive.replace(tzinfo=UTC)
    assert to_micros(naive) == to_micros(aware) == datetime_to_long(naive)
    assert from_micros(to_micros(aware)) == aware
    assert from_micros(to_micros(aware)).replace(tzinfo=None) == long_to_datetime(to_micros(naive))


@given(st.datetimes(), st.integers(-1439, 1439) | st.none(), st.booleans())
def test_every_date_reads_back(naive: datetime, offset: int | None, exact: bool) -> None:
    zone = None if offset is None else timezone(timedelta(minutes=offset))
    value = naive.replace(tzinfo=zone, microsecond=naive.microsecond if exact else 0)
    try:
        parsed = read_partial_date(value)
    except ValueError:
        assert naive.year in (1, 9999)
        return
    assert read_partial_date(parsed.iso()) == parsed


@pytest.mark.parametrize(("text", "canonical"), [(row[0], row[-1]) for row in DATES])
def test_read_iso_is_the_canonical_form(text: str, canonical: str) -> None:
    assert read_iso(text) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        # As long as the most common formats, and others.
        ("20220831T092030.123", "2022-08-31T09:20:30.123000"),
        ("2022-W35-3T09:20:30", "2022-08-31T09:20:30"),
        ("2022-08-31T09:20:30Z", "2022-08-31T09:20:30Z"),
        ("2022/08/31", "2022-08-31"),
        ("2022-W35-3", "2022-08-31"),
        ("2022-08-31T24:00:00", "2022-09-01T00:00:00"),
    ],
)
def test_formats_that_look_like_the_common_ones(text: str, canonical: str) -> None:
    assert read_iso(text) == read_partial_date(text).iso() == canonical


def test_read_iso() -> None:
    assert read_iso("2022-08-31T09:20:30") == "2022-08-31T09:20:30"
    assert read_iso("Wed, 31 Aug 2022") == "2022-08-31"
    assert read_iso(date(2022, 8, 31)) == "2022-08-31"
    with pytest.raises(ValueError, match="there is no day 31 in June 2022"):
        read_iso("2022-06-31")
