"""Intervals: described in words, and written so that they read back as the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.dates import (
    DateSettings,
    Interval,
    from_micros,
    read_interval,
    to_micros,
)
from searchlib.ingest.record import instant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2022", "2022"),
        ("1990s", "1990 to 1999"),
        ("0000s", "0001 to 0009"),
        ("0010s", "0010 to 0019"),
        ("9980s", "9980 to 9989"),
        ("2022-08", "August 2022"),
        ("q3 2021", "July to September 2021"),
        ("2021-11..2022-02", "November 2021 to February 2022"),
        ("2022-08-31", "31 August 2022"),
        ("last week", "16 to 22 November 2026"),
        ("last 30 days", "26 October to 24 November 2026"),
        ("past year", "25 November 2025 to 24 November 2026"),
        ("2015..", "from 2015"),
        ("..2015", "to the end of 2015"),
        ("before 1 may", "to the end of April 2026"),
        (">=2022-08-31", "from 31 August 2022"),
        ("<2022-08-31T09:20", "to 31 August 2022, 09:19 (UTC)"),
        ("2022-08-31T09:20", "31 August 2022, 09:20 (UTC)"),
        ("2022-08-31..2022-08-31T09:20", "31 August 2022, 00:00 to 31 August 2022, 09:20 (UTC)"),
        ("[* TO *]", "any date"),
        ("2022-08-31T09", "31 August 2022, 09:00 (UTC)"),
        ("2022-08-31T09:20:05", "31 August 2022, 09:20:05 (UTC)"),
        ("2022-08-31T09:20:05.000007", "31 August 2022, 09:20:05.000007 (UTC)"),
        (
            "2022-08-31T09:20:05.000007..2022-08-31T09:20:06",
            "31 August 2022, 09:20:05.000007 to 31 August 2022, 09:20:06.999999 (UTC)",
        ),
        ("2022-08-30..2022-09-01", "30 August to 1 September 2022"),
        ("2021-12-31..2022-01-01", "31 December 2021 to 1 January 2022"),
        ("2021..2022-02", "January 2021 to February 2022"),
        ("2021-01..2021", "2021"),
        ("9998-12..9999", "from December 9998"),
    ],
)
def test_describe(text: str, words: str) -> None:
    settings = DateSettings(now=datetime(2026, 11, 24, 10, 30))
    assert read_interval(text, settings).describe() == words


def test_describe_in_a_zone() -> None:
    shanghai = DateSettings(zone=ZoneInfo("Asia/Shanghai"))
    assert read_interval("2022-08", shanghai).describe(shanghai.zone) == "August 2022"
    found = read_interval("2022-08-31T09:20", shanghai)
    assert found.describe(shanghai.zone) == "31 August 2022, 09:20 (Asia/Shanghai)"
    assert found.describe(timezone(timedelta(hours=1))) == "31 August 2022, 02:20 (UTC+01:00)"


def test_ends_of_time_in_other_zones() -> None:
    west, east = (timezone(timedelta(hours=hours)) for hours in (-8, 8))
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert Interval(first, None).describe(west) == "from 0001"
    assert Interval(None, last).describe(east).startswith("to 31 December 9999, 23:59:59.999998")
    assert Interval(first, None).expression(west) == "0001-01-01T00Z.."


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Asia/Shanghai", "UTC", "Pacific/Pago_Pago"]
)
def test_an_article_of_a_day_is_found_by_its_day_in_every_zone(zone: str) -> None:
    settings = DateSettings(zone=ZoneInfo(zone))
    article = instant("2022-08-31", settings.zone)
    for text, is_in in (("2022-08-30", False), ("2022-08-31", True), ("2022-09-01", False)):
        found = read_interval(text, settings)
        assert found.start is not None and found.end is not None
        assert (to_micros(found.start) <= article < to_micros(found.end)) is is_in


@pytest.mark.parametrize(
    "text",
    [
        "2022..", "2022-08..", "2022-08-31..", "2022-08-31T09Z..", "2022-08-31T09:20Z..",
        "2022-08-31T09:20:05Z..", "2022-08-31T09:20:05.000007Z..", "..2021", "..2022-02-27",
        "2021-01..2022-02", "2022-08-31", "2022-08", "2022-08-31T09:20Z",
    ],
)  # fmt: skip
def test_an_expression_is_as_short_as_it_may_be(text: str) -> None:
    assert read_interval(text, DateSettings()).expression() == text


def test_a_midnight_that_comes_twice_is_written_in_utc() -> None:
    havana = ZoneInfo("America/Havana")  # at 01:00 the clock went back to 00:00
    second = datetime(2022, 11, 6, 5, tzinfo=UTC)
    found = Interval(second, None)
    assert found.expression(havana) == "2022-11-06T05Z.."
    assert read_interval(found.expression(havana), DateSettings(zone=havana)) == found


ZONES = st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Sao_Paulo")])


INSTANTS = st.none() | st.datetimes(
    min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)
)


@given(INSTANTS, INSTANTS, ZONES, st.sampled_from([1, 1000000, 60000000, 86400000000]))
def test_every_interval_reads_back(
    start: datetime | None, end: datetime | None, zone: ZoneInfo, grain: int
) -> None:
    start = from_micros(to_micros(start) // grain * grain) if start else None
    end = from_micros(to_micros(end) // grain * grain) if end else None
    if start and end and start >= end:
        start, end = end, start + timedelta(days=1)
    found = Interval(start, end)
    assert read_interval(found.expression(zone), DateSettings(zone=zone)) == found
