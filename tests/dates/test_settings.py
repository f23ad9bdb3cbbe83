"""The settings that date expressions are read with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from searchlib.dates import DateProblem, DateSettings, read_interval


def test_week_start_is_checked() -> None:
    with pytest.raises(ValueError, match="Monday"):
        DateSettings(week_start=7)


def test_now_is_the_clock_when_not_set() -> None:
    before = datetime.now(UTC)
    today = read_interval("today")
    assert today.start is not None and today.end is not None
    assert today.start <= before < today.end + timedelta(days=1)


def test_now_is_given_in_the_zone_or_with_its_own() -> None:
    zone = timezone(timedelta(hours=8))
    noon = datetime(2026, 11, 24, 12)
    assert DateSettings(zone=zone, now=noon).local_now() == noon
    evening = DateSettings(zone=zone, now=noon.replace(tzinfo=UTC)).local_now()
    assert evening == datetime(2026, 11, 24, 20)


@pytest.mark.parametrize(
    "text", ["today..2026-11-23", "2026-11-25 to today", "[2026-11-24 TO today}", "{2026 TO now]"]
)
def test_a_range_may_be_empty(text: str) -> None:
    settings = DateSettings(now=datetime(2026, 11, 24, 12))
    with pytest.raises(DateProblem):
        read_interval(text, settings)
    interval = read_interval(text, replace(settings, allows_empty=True))
    assert interval.start == interval.end is not None


def test_a_problem_has_place_reason_and_cure() -> None:
    problem = DateProblem(5, 7, "there is no month 13", "months are 01 to 12")
    assert str(problem) == "there is no month 13: months are 01 to 12"
    assert (problem.start, problem.end, problem.cure) == (5, 7, "months are 01 to 12")
    assert str(DateProblem(0, 1, "no date", "")) == "no date"
