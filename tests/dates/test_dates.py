"""Dates: the table of expressions, the dates of articles, and what holds for all of them."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.util.times import datetime_to_long, long_to_datetime

from searchlib.dates import (
    DateProblem,
    DateSettings,
    Interval,
    from_micros,
    read_interval,
    read_partial_date,
    to_micros,
)

CASES = Path(__file__).parents[1] / "cases" / "dates.txt"


def settings_of(line: str) -> DateSettings:
    given = dict(part.split("=") for part in line.split())
    return DateSettings(
        zone=UTC if given["zone"] == "UTC" else ZoneInfo(given["zone"]),
        week_start=int(given.get("week_start", 0)),
        day_first={"yes": True, "no": False}.get(given.get("day_first", "")),
        now=datetime.fromisoformat(given["now"]),
    )


def table() -> list[tuple[int, str, str, DateSettings]]:
    rows, settings = [], DateSettings()
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("@"):
            settings = settings_of(line[1:])
        elif " => " in line and not line.startswith("#"):
            text, wanted = line.split(" => ", 1)
            rows.append((number, text, wanted.strip(), settings))
    return rows


ROWS = table()


def instant(text: str) -> datetime | None:
    return None if text == "*" else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("number", "text", "wanted", "settings"), ROWS)
def test_table(number: int, text: str, wanted: str, settings: DateSettings) -> None:
    where = f"{CASES.name}:{number}"
    if wanted.startswith("!"):
        with pytest.raises(DateProblem) as caught:
            read_interval(text, settings)
        assert wanted[1:].strip() in caught.value.message, where
        assert 0 <= caught.value.start <= caught.value.end <= len(text), where
        assert caught.value.cure, where
        return
    start, end = wanted.split(" .. ")
    found = read_interval(text, settings)
    assert found == Interval(instant(start), instant(end)), where
    # What was understood can be shown, and written so that it reads back as the same.
    assert found.describe(settings.zone), where
    assert read_interval(found.expression(settings.zone), settings) == found, where


def test_the_table_is_long_and_has_refusals() -> None:
    assert len(ROWS) >= 250
    assert sum(wanted.startswith("!") for _, _, wanted, _ in ROWS) >= 50


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("2022-13", "2022-13"),
        ("  2022-13  ", "2022-13"),
        ("2021..2022-13", "2022-13"),
        ("[2021 TO  soon ]", "soon"),
        ("since  the 2022-13", "2022-13"),
        ("between 2019 and nevermore", "nevermore"),
        ("may to july 2021", "may"),
        ("", ""),
    ],
)
def test_a_problem_names_its_place(text: str, place: str) -> None:
    with pytest.raises(DateProblem) as caught:
        read_interval(text)
    assert text[caught.value.start : caught.value.end] == place


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("agust 2022", "did you mean 'august'?"),
        ("yesteday", "did you mean 'yesterday'?"),
        ("2021-22", "for the years, write 2021..2022"),
        ("90s", "write 1990s or 2090s"),
        (
            "03/04/2022",
            "write it as 2022-08-31, or say which comes first: day_first, index --day-first",
        ),
    ],
)
def test_a_problem_has_a_cure(text: str, cure: str) -> None:
    with pytest.raises(DateProblem) as caught:
        read_interval(text)
    assert cure in caught.value.cure


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2022", "2022"),
        ("1990s", "1990 to 1999"),
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


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Asia/Shanghai", "UTC", "Pacific/Pago_Pago"]
)
def test_an_article_of_a_day_is_found_by_its_day_in_every_zone(zone: str) -> None:
    moment = read_partial_date("2022-08-31")
    settings = DateSettings(zone=ZoneInfo(zone))
    for text, is_in in (("2022-08-30", False), ("2022-08-31", True), ("2022-09-01", False)):
        found = read_interval(text, settings).floating(settings.zone)
        assert found.start is not None and found.end is not None
        assert (found.start <= moment.start < found.end) is is_in


def test_a_midnight_that_comes_twice_is_written_in_utc() -> None:
    havana = ZoneInfo("America/Havana")  # at 01:00 the clock went back to 00:00
    second = datetime(2022, 11, 6, 5, tzinfo=UTC)
    found = Interval(second, None)
    assert found.expression(havana) == "2022-11-06T05Z.."
    assert read_interval(found.expression(havana), DateSettings(zone=havana)) == found


def test_week_start_is_checked() -> None:
    with pytest.raises(ValueError, match="Monday"):
        DateSettings(week_start=7)


def test_now_is_the_clock_when_not_set() -> None:
    before = datetime.now(UTC)
    today = read_interval("today")
    assert today.start is not None and today.end is not None
    assert today.start <= before < today.end + timedelta(days=1)


MOMENTS = [
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


@pytest.mark.parametrize(("text", "start", "precision", "offset", "canonical"), MOMENTS)
def test_moment(text: str, start: str, precision: str, offset: int | None, canonical: str) -> None:
    moment = read_partial_date(text)
    assert moment.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (moment.precision, moment.offset) == (precision, offset)
    assert moment.iso() == canonical
    assert read_partial_date(canonical) == moment
    assert moment.end is None or moment.start < moment.end


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
def test_no_moment(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        read_partial_date(text)
    assert len(str(caught.value)) < 250


def test_day_first_for_articles() -> None:
    assert read_partial_date("12/11/2022", day_first=True).iso() == "2022-11-12"
    assert read_partial_date("12/11/2022", day_first=False).iso() == "2022-12-11"


def test_moments_of_date_objects() -> None:
    assert read_partial_date(date(2022, 8, 31)).iso() == "2022-08-31"
    assert read_partial_date(datetime(2022, 8, 31, 9, 20)).iso() == "2022-08-31T09:20:00"
    shanghai = datetime(2022, 8, 31, 9, 20, tzinfo=timezone(timedelta(hours=8)))
    assert read_partial_date(shanghai).iso() == "2022-08-31T09:20:00+08:00"
    same = shanghai.astimezone(UTC)  # equal to the other, yet written otherwise
    assert read_partial_date(same).iso() == "2022-08-31T01:20:00Z"
    odd = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=19, seconds=32)))
    assert read_partial_date(odd).start == odd
    with pytest.raises(ValueError, match="not int"):
        read_partial_date(2022)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="outside the years"):
        read_partial_date(datetime.min.replace(tzinfo=timezone(timedelta(minutes=19, seconds=32))))


def test_placed_in() -> None:
    new_york = ZoneInfo("America/New_York")
    assert (
        read_partial_date("2022-08-31T09:20").placed_in(new_york).iso() == "2022-08-31T09:20-04:00"
    )
    assert (
        read_partial_date("2022-01-31T09:20").placed_in(new_york).iso() == "2022-01-31T09:20-05:00"
    )
    for unchanged in ("2022-08-31", "2022", "2022-08-31T09:20+08:00"):
        assert read_partial_date(unchanged).placed_in(new_york).iso() == unchanged


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


@given(st.datetimes(), st.integers(-1439, 1439) | st.none(), st.booleans())
def test_every_moment_reads_back(naive: datetime, offset: int | None, exact: bool) -> None:
    zone = None if offset is None else timezone(timedelta(minutes=offset))
    value = naive.replace(tzinfo=zone, microsecond=naive.microsecond if exact else 0)
    try:
        moment = read_partial_date(value)
    except ValueError:
        assert naive.year in (1, 9999)
        return
    assert read_partial_date(moment.iso()) == moment


PARTS = st.sampled_from(
    [
        "2022",
        "2022-08",
        "aug",
        "may",
        "31",
        "..",
        "TO",
        "to",
        "-",
        "[",
        "]",
        "{",
        "}",
        "*",
        ">=",
        "<",
        "since",
        "before",
        "between",
        "and",
        "last",
        "past",
        "30",
        "days",
        "ago",
        "week",
        "monday",
        "q3",
        "1990s",
        "2022-08-31T09:20",
        "+08:00",
        "Z",
        ",",
        ":",
        "/",
        "年",
        "the",
        "in",
        "of",
        "today",
        "0",
        "99999",
        "pm",
    ]
)


@given(st.text(max_size=40) | st.lists(PARTS, max_size=7).map(" ".join))
def test_any_text_is_an_interval_or_a_problem(text: str) -> None:
    settings = DateSettings(now=datetime(2026, 11, 24, 10, 30))
    try:
        found = read_interval(text, settings)
    except DateProblem as problem:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.message
        assert problem.cure
    else:
        assert found.start is None or found.end is None or found.start < found.end
        assert found.describe()
        assert read_interval(found.expression(), settings) == found


@pytest.mark.parametrize("text", ["9" * 100_000, "2022 " * 20_000, "[" * 50_000, " to " * 50_000])
def test_long_texts_are_refused_at_once(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(DateProblem):
        read_interval(text)
    with pytest.raises(ValueError, match="is not a date"):
        read_partial_date(text)
    assert time.perf_counter() - begin < 0.5
