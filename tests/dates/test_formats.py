"""The formats of one date: what each is read as, and which dates do not exist."""

from __future__ import annotations

from datetime import datetime

import pytest

from searchlib.dates import DateFormatError, MonthDay, ParsedDate, parse_date

DAY = datetime(2022, 8, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2022-08-31", "2022-8-31", "2022/08/31", "2022.08.31", "20220831", "2022-W35-3", "2022-243",
        "August 31, 2022", "Aug. 31st 2022", "31 August 2022", "31-Aug-2022", "31st of august 2022",
        "Wed, 31 Aug 2022", "wednesday 31 august 2022", "31/08/2022", "8.31.2022",
        "2022年8月31日", "2022년 8월 31일",
    ],
)  # fmt: skip
def test_days(text: str) -> None:
    assert parse_date(text) == ParsedDate(DAY, "day", None)


@pytest.mark.parametrize(
    ("text", "start", "precision", "offset"),
    [
        ("2022", datetime(2022, 1, 1), "year", None),
        ("08/2022", datetime(2022, 8, 1), "month", None),
        ("august, 2022", datetime(2022, 8, 1), "month", None),
        ("2022-W35", datetime(2022, 8, 29), "week", None),
        ("12 am 31 August 2022", datetime(2022, 8, 31), "hour", None),
        ("1 am, 20220831", datetime(2022, 8, 31, 1), "hour", None),
        ("11 pm on 2022-W35-3", datetime(2022, 8, 31, 23), "hour", None),
        ("2022-243 at 9:20", datetime(2022, 8, 31, 9, 20), "minute", None),
        ("2022-08-31T23:59:59", datetime(2022, 8, 31, 23, 59, 59), "second", None),
        ("2022-08-31T09:20:30.123456789", datetime(2022, 8, 31, 9, 20, 30, 123_456), "microsecond",
         None),
        ("31 Aug 2022 09:20 +930", datetime(2022, 8, 31, 9, 20), "minute", 570),
        ("31 Aug 2022 09:20 -9", datetime(2022, 8, 31, 9, 20), "minute", -540),
        ("2022-08-31T09:20+23:59", datetime(2022, 8, 31, 9, 20), "minute", 1439),
        ("2022-08-31T09:20-23:59", datetime(2022, 8, 31, 9, 20), "minute", -1439),
        ("31 Aug 2022 09:20 EST", datetime(2022, 8, 31, 9, 20), "minute", -300),
        ("31 Aug 2022 09:20 EDT", datetime(2022, 8, 31, 9, 20), "minute", -240),
        ("31 Aug 2022 09:20 CDT", datetime(2022, 8, 31, 9, 20), "minute", -300),
        ("31 Aug 2022 09:20 MST", datetime(2022, 8, 31, 9, 20), "minute", -420),
        ("31 Aug 2022 09:20 MDT", datetime(2022, 8, 31, 9, 20), "minute", -360),
        ("31 Aug 2022 09:20 PST", datetime(2022, 8, 31, 9, 20), "minute", -480),
        ("31 Aug 2022 09:20 PDT", datetime(2022, 8, 31, 9, 20), "minute", -420),
        ("31 Aug 2022 09:20 UT", datetime(2022, 8, 31, 9, 20), "minute", 0),
        ("31 Aug 2022 09:20 GMT", datetime(2022, 8, 31, 9, 20), "minute", 0),
        ("31 Aug 2022 09:20 utc", datetime(2022, 8, 31, 9, 20), "minute", 0),
        (f"31 August{' ' * 67}2022", datetime(2022, 8, 31), "day", None),  # 80 signs
        ("2022-08-31T24:00", datetime(2022, 9, 1), "minute", None),
        ("9 am, 31 August 2022", datetime(2022, 8, 31, 9), "hour", None),
        ("31 August 2022 at 12 p.m.", datetime(2022, 8, 31, 12), "hour", None),
        ("12:05 am 31 August 2022", datetime(2022, 8, 31, 0, 5), "minute", None),
        ("2022年8月31日09:20", datetime(2022, 8, 31, 9, 20), "minute", None),
        ("2022-08-31 09:20:30 -0330", datetime(2022, 8, 31, 9, 20, 30), "second", -210),
        ("31 Aug 2022, 09:20:30,5", datetime(2022, 8, 31, 9, 20, 30, 500_000), "microsecond", None),
        ("2022-08-31T09:20Z", datetime(2022, 8, 31, 9, 20), "minute", 0),
        ("2022-08-31T09:20+08", datetime(2022, 8, 31, 9, 20), "minute", 480),
        ("2022-08-31T09:20-03:30", datetime(2022, 8, 31, 9, 20), "minute", -210),
        ("31 Aug 2022 09:20 UTC+8", datetime(2022, 8, 31, 9, 20), "minute", 480),
        ("31 Aug 2022 09:20 GMT-11", datetime(2022, 8, 31, 9, 20), "minute", -660),
        ("31 Aug 2022 09:20 Beijing time", datetime(2022, 8, 31, 9, 20), "minute", 480),
    ],
)  # fmt: skip
def test_other_precisions(text: str, start: datetime, precision: str, offset: int | None) -> None:
    assert parse_date(text) == ParsedDate(start, precision, offset)


def test_without_a_year() -> None:
    assert parse_date("Aug. 30") == parse_date("30th of august") == MonthDay(8, 30)
    assert parse_date("tuesday, 29 february") == MonthDay(2, 29)
    assert parse_date("august") == MonthDay(8, None)
    assert parse_date("tuesday, august") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rain",
        "2022-08-31 rain",
        "31 August 2022 5",
        "2022-08-31-05",
        "x" * 81,
        f"31 August{' ' * 68}2022",
        "2022-08-31T09:20 at 9 am",
        "2022-08-31+08:00 at 9 am",
        "august 2022 at 9 am",
        "2022-08T09:20",
        "2022-08+08:00",
    ],
)
def test_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2022-13", "there is no month 13: months are 01 to 12$"),
        ("2012-13", "there is no month 13: months are 01 to 12; for the years, write 2012..2013$"),
        ("2022-00", "there is no month 0: months are 01 to 12$"),
        ("2022-08-00", "there is no day 0 in August 2022: its days are 1 to 31$"),
        ("2022-08-32", "there is no day 32 in August 2022: its days are 1 to 31$"),
        ("2023-02-29", "there is no day 29 in February 2023: its days are 1 to 28$"),
        ("august 0", "there is no day 0 in August: its days are 1 to 31$"),
        ("august 32", "there is no day 32 in August: its days are 1 to 31$"),
        ("13/13/2022", "there is no month 13"),
        ("0/5/2022", "^'0/5/2022' is no date: write it as 2022-08-31, or say which"),
        ("5/0/2022", "^'5/0/2022' is no date: "),
        ("12/11/2022", "^'12/11/2022' is 12 November or 11 December: "),
        ("11/12/2022", "^'11/12/2022' is 11 December or 12 November: "),
        ("0 am 31 August 2022", "there is no hour 0 am: such hours are 1 to 12"),
        ("2022-08-31T24:01", "there is no time 24:01:00: 00:00 to 23:59"),
        ("2022-08-31T24:00:01", "there is no time 24:00:01"),
        ("2022-08-31T23:60", "there is no time 23:60:00"),
        ("2022-08-31T23:59:60", "there is no time 23:59:60"),
        ("2022-08-31T09:20+24:00", "there is no zone .24:00: zones are -12:00 to .14:00"),
        ("2022-08-31T09:20+08:60", "there is no zone .08:60"),
        ("2022-000", "there is no day 0 in 2022: its days are 001 to 365"),
        ("2020-367", "there is no day 367 in 2020: its days are 001 to 366"),
        ("2022-W35-8", "there is no day 8 of week 35 in 2022: weeks are W01 to W52 or W53"),
        ("Tue, 30 Aug 2023", "30 August 2023 is not a Tue: it is a Wednesday: leave the"),
        ("31 June 2022", "there is no day 31 in June 2022"),
        ("30 february", "there is no day 30 in February"),
        ("0000", "there is no year 0000"),
        ("2022-W54", "there is no day 1 of week 54"),
        ("2022-366", "there is no day 366 in 2022"),
        ("2022-08-31T25:00", "there is no time 25:00:00"),
        ("13 pm, 31 August 2022", "there is no hour 13 pm"),
        ("Mon, 31 Aug 2022", "is not a Mon"),
        ("31 Aug 2022 09:20 CST", "several zones"),
        ("2022-08-31T09:20+25:00", "there is no zone"),
        ("9999-12-31T24:00", "past the year 9999"),
        ("31 aug 22", "does not say the century"),
        ("03/04/2022", "is 3 April or 4 March"),
    ],
)
def test_dates_that_do_not_exist_or_are_ambiguous(text: str, reason: str) -> None:
    with pytest.raises(DateFormatError, match=reason) as caught:
        parse_date(text)
    assert caught.value.cure


def test_every_weekday() -> None:
    week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    for number, name in enumerate(week):
        day = ParsedDate(datetime(2022, 8, 22 + number), "day", None)
        for written in (name, name[:3], f"{name[:3]}."):
            assert parse_date(f"{written}, {22 + number} August 2022") == day
            with pytest.raises(
                DateFormatError, match=f"^{23 + number} August 2022 is not a {name[:3]}"
            ):
                parse_date(f"{written}, {23 + number} August 2022")


def test_errors_in_words() -> None:
    assert str(DateFormatError("no such month", "write 8")) == "no such month: write 8"
    assert str(DateFormatError("no such month")) == "no such month"


@pytest.mark.parametrize(
    ("text", "month", "day"),
    [("12/12/2022", 12, 12), ("12/13/2022", 12, 13), ("13/12/2022", 12, 13), ("1/31/2022", 1, 31)],
)
def test_numbers_of_which_one_is_no_month(text: str, month: int, day: int) -> None:
    assert parse_date(text) == ParsedDate(datetime(2022, month, day), "day", None)


def test_day_first() -> None:
    assert parse_date("03/04/2022", True) == ParsedDate(datetime(2022, 4, 3), "day", None)
    assert parse_date("03/04/2022", False) == ParsedDate(datetime(2022, 3, 4), "day", None)
    assert parse_date("04/04/2022") == ParsedDate(datetime(2022, 4, 4), "day", None)
