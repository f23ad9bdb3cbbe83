"""Dates in the forms of programs and of other languages."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
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
        (1000, "1000"),
        (2999, "2999"),
        (19000101, "1900-01-01"),
        (29991231, "2999-12-31"),
        (100_000_000, "1973-03-03T09:46:40Z"),
        (9_999_999_999, "2286-11-20T17:46:39Z"),
        (1661936400.25, "2022-08-31T09:00:00.250Z"),
        (1661936400.0, "2022-08-31T09:00:00Z"),
        (1661936400123456, "2022-08-31T09:00:00.123Z"),
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
        ("31 dez 2022 à 9:05:07", "2022-12-31T09:05:07"),
        ("lunedì, 3 gennaio 2022 ore 7.30", "2022-01-03T07:30"),
        ("31 Aug 49 09:20:00 +0200", "2049-08-31T09:20:00+02:00"),
        ("31 Aug 50 09:20:00 +0200", "1950-08-31T09:20:00+02:00"),
        ("202208310920", "2022-08-31T09:20:00"),
    ],
)
def test_forms(value: Any, iso: str) -> None:
    assert record_date(value) == iso


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (55, "the number 55 is not a date"),
        (999, "the number 999 is not a date"),
        (3000, "the number 3000 is not a date"),
        (19000100, "the number 19000100 is not a date"),
        (29991232, "the number 29991232 is not a date"),
        (99_999_999, "the number 99999999 is not a date"),
        (10_000_000_000, "the number 10000000000 is not a date"),
        (2022.0, "the number 2022.0 is not a date"),
        ("12345678901", "the number 12345678901 is not a date"),
        ("12345678901.5", "the number 12345678901.5 is not a date"),
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


def test_orders() -> None:
    for first, second in product(range(33), repeat=2):
        text = f"{first:02}/{second:02}/2022"
        are_days = 1 <= first <= 31 and 1 <= second <= 31
        order = first > 12 if are_days and (first > 12) != (second > 12) else None
        assert order_of(text) == order, text
        assert has_two_orders(text) == (max(first, second) <= 12 and first != second), text
    for text in ("2022-03-14", "14.03", "14.03/2022", "in 14.03.2022"):
        assert (order_of(text), has_two_orders(text)) == (None, False)
