"""Dates in the forms of programs and of other languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest.record_dates import has_two_orders, order_of, record_date


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (1661936400, "2022-08-31T09:00:00Z"),
        ("1661936400", "2022-08-31T09:00:00Z"),
        (1661936400123, "2022-08-31T09:00:00.123Z"),
        (1661936400000, "2022-08-31T09:00:00Z"),
        (2022, "2022"),
        (20220831, "2022-08-31"),
        ("20220831092000", "2022-08-31T09:20:00"),
        ("Wed, 31 Aug 22 09:20:00 GMT", "2022-08-31T09:20:00Z"),
        ("31 Aug 99 09:20:00 +0200", "1999-08-31T09:20:00+02:00"),
        ("Wed, 31 Aug 2022 09:20:00 EST", "2022-08-31T09:20:00-05:00"),
        ("Wed, 31 Aug 2022 09:20:00 CEST", "2022-08-31T09:20:00+02:00"),
        ("Wed Aug 31 09:20:00 2022", "2022-08-31T09:20:00"),
        ("Wed Aug  3 09:20:00 2022", "2022-08-03T09:20:00"),
        ("Wed Aug 31 09:20:00 +0000 2022", "2022-08-31T09:20:00Z"),
        ("2022-08-31T09:20:00+02:00[Europe/Paris]", "2022-08-31T09:20:00+02:00"),
        ("31 août 2022", "2022-08-31"),
        ("1er mars 2023", "2023-03-01"),
        ("mercredi 31 août 2022 à 09h20", "2022-08-31T09:20"),
        ("31. März 2022", "2022-03-31"),
        ("31 de agosto de 2022", "2022-08-31"),
        ("03 ene 2020", "2020-01-03"),
        ("31 agosto 2022", "2022-08-31"),
        ("31 de dezembro de 2021", "2021-12-31"),
        ("31 maart 2022", "2022-03-31"),
        ("31 mars 2022", "2022-03-31"),
        ("31 августа 2022", "2022-08-31"),
        ("12 maja 2023", "2023-05-12"),
        ("5 października 2021", "2021-10-05"),
        ("17. listopadu 1989", "1989-11-17"),
        ("6. joulukuuta 2020", "2020-12-06"),
        ("29 Ekim 1923", "1923-10-29"),
        ("2022. augusztus 31.", "2022-08-31"),
        ("31 Μαρτίου 2022", "2022-03-31"),
        ("31 أغسطس 2022", "2022-08-31"),
    ],
)
def test_forms(value: Any, iso: str) -> None:
    assert record_date(value) == iso


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (55, "the number 55 is not a date"),
        (-5, "is not a date"),
        (1e300, "is not a date"),
        (float("nan"), "is not a date"),
        ("3 hours ago", "is not a date"),
        ("31 foo 2022", "is not a date"),
        ("31 février 2022", "day"),
        ("03/04/2022", "3 April or 4 March"),
        (True, "not bool"),
        ([], "not list"),
    ],
)
def test_what_is_no_date(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        record_date(value)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1661937600", "2022-08-31T09:20:00Z"),
        ("1661937600.5", "2022-08-31T09:20:00.500Z"),
        ("1661937600.0", "2022-08-31T09:20:00Z"),
        ("1661937600500", "2022-08-31T09:20:00.500Z"),
        ("1661937600000", "2022-08-31T09:20:00Z"),
        ("1661937600500000", "2022-08-31T09:20:00.500Z"),
        ("20220831", "2022-08-31"),
        ("202208310920", "2022-08-31T09:20:00"),
        ("20220831092000", "2022-08-31T09:20:00"),
    ],
)
def test_texts_of_digits(text: str, iso: str) -> None:
    assert record_date(text) == iso


def test_the_order_that_is_given() -> None:
    assert record_date("03/04/2022", True) == "2022-04-03"
    assert record_date("03/04/2022", False) == "2022-03-04"


@given(st.integers(100_000_000, 9_999_999_999))
def test_seconds_are_those_of_the_clock(seconds: int) -> None:
    expected = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert record_date(seconds) == record_date(str(seconds)) == expected


@given(st.integers(1, 31), st.integers(1, 31))
def test_orders(first: int, second: int) -> None:
    text = f"{first:02}/{second:02}/2022"
    if first > 12 and second > 12:
        assert (order_of(text), has_two_orders(text)) == (None, False)
    elif first > 12 or second > 12:
        assert (order_of(text), has_two_orders(text)) == (first > 12, False)
    else:
        assert (order_of(text), has_two_orders(text)) == (None, first != second)
