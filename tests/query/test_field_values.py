"""Dates and numbers after the colon of a field: what is read, and where it ends."""

from __future__ import annotations

import pytest

from searchlib.errors import QueryError
from searchlib.query.field_values import read_number, read_period
from tests.query.test_cases import DATES


@pytest.mark.parametrize(
    ("value", "words", "written", "rest"),
    [
        ("2022", "2022", "2022", ""),
        ("last week rain", "16 to 22 November 2026", "last week", " rain"),
        ('"last week" rain', "16 to 22 November 2026", "last week", " rain"),
        ("'2021' rain", "2021", "2021", " rain"),
        ("[2012 TO 2021} rain", "2012 to 2020", "[2012 TO 2021}", " rain"),
        ("2012..2021) rain", "2012 to 2021", "2012..2021", ") rain"),
        (" since 2015", "from 2015", "since 2015", ""),
        (">=2015-05^2", "from May 2015", ">=2015-05", "^2"),
    ],
)
def test_dates(value: str, words: str, written: str, rest: str) -> None:
    text = f"date:{value}"
    interval, start, end = read_period(text, 5, "date", DATES)
    assert (interval.describe(), text[start:].startswith(written)) == (words, True)
    assert text[end:] == rest


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ("", "empty-field", "date:"),
        ("sometime", "bad-date", "sometime"),
        ("2022-13 rain", "bad-date", "2022-13"),
        ("[2021 TO", "unclosed-bracket", "["),
        ('"last week', "unclosed-quote", '"'),
        ("2021 to rain", "bad-date", "rain"),
        ("2021 ... 2022", "bad-date", "2021 ... 2022"),
        ("2021.. 22", "bad-date", "22"),
        ("last week > 5", "bad-date", ">"),
        ("15 march to 20 march 2021 x", "bad-date", "2021"),
        ("2021 -2022", "bad-date", "-2022"),
        ("2021 > 5", "bad-date", ">"),
        ('"2021".."2022"', "bad-date", ".."),
        ('"12 April 1987" .. 2022', "bad-date", ".."),
        ('2021.."2022"', "bad-date", ".."),
        ('"2021" to "2022"', "bad-date", "to"),
        ('>"2021"', "bad-date", ">"),
        ('>= "2021"', "bad-date", ">="),
        ('.."2022"', "bad-date", ".."),
    ],
)
def test_refused_dates(value: str, code: str, place: str) -> None:
    text = f"date:{value}"
    with pytest.raises(QueryError) as caught:
        read_period(text, 5, "date", DATES)
    start, end = caught.value.span
    assert (caught.value.code, text[start:end]) == (code, place)


@pytest.mark.parametrize(
    ("value", "limits", "rest"),
    [
        ("300", (300.0, 300.0, False, False), ""),
        (">300 rain", (300.0, None, True, False), " rain"),
        ("≤ 1,250.5", (None, 1250.5, False, False), ""),
        ("100..300)", (100.0, 300.0, False, False), ")"),
        ("..300", (None, 300.0, False, False), ""),
        ("[100 TO *}", (100.0, None, False, False), ""),
        ("{100 TO 300]", (100.0, 300.0, True, False), ""),
        ("between 100 and 300 rain", (100.0, 300.0, False, False), " rain"),
        ("100 to 300", (100.0, 300.0, False, False), ""),
        ('"5"', (5.0, 5.0, False, False), ""),
        ("-0", (0.0, 0.0, False, False), ""),
    ],
)
def test_numbers(value: str, limits: tuple[object, ...], rest: str) -> None:
    text = f"words:{value}"
    *found, end = read_number(text, 6, "words")
    assert (tuple(found), text[end:]) == (limits, rest)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("", "words:"), ("many", "many"), ("300..100", "300..100"), (" 300..100", "300..100"),
        ("300 to 100 x", "300 to 100"), ("1e999", "1e999"), (" <1e999 x", "<1e999"),
        ('"5 x"', "5"), ("{5 TO 5}", "{5 TO 5}"), ("[5 TO x]", "x"), ("5 to x", "to"),
    ],
)  # fmt: skip
def test_refused_numbers(value: str, place: str) -> None:
    text = f"words:{value}"
    with pytest.raises(QueryError) as caught:
        read_number(text, 6, "words")
    assert caught.value.code == "bad-number"
    assert text[slice(*caught.value.span)] == place
    assert caught.value.cure


def test_there_is_one_zero() -> None:
    low, high, *_ = read_number("-0..-0.0", 0, "words")
    assert [repr(low), repr(high)] == ["0.0", "0.0"]


def test_a_problem_behind_blanks_is_pointed_at() -> None:
    with pytest.raises(QueryError, match="no month 13") as caught:
        read_period("date:  2021-13 to 5", 5, "date", DATES)
    assert caught.value.span == (7, 14)
