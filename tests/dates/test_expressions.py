"""Date expressions: ``cases/dates.txt``, their errors, and where they end in a longer text."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.dates import (
    DateProblem,
    DateSettings,
    Interval,
    read_interval,
    read_interval_at,
    read_partial_date,
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
    interval = read_interval(text, settings)
    assert interval == Interval(instant(start), instant(end)), where
    # What was understood can be shown, and written so that it reads back as the same.
    assert interval.describe(settings.zone), where
    assert read_interval(interval.expression(settings.zone), settings) == interval, where


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
        ("from   to 2022", ""),
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
    ("text", "message"),
    [
        ("", "there is no date"),
        ("from   to 2022", "a date is missing"),
        ("2012 TO 2021]", "a bracket is missing"),
        ("[2012 TO 2021", "a bracket is missing"),
        ("[2012, 2021]", "a range in brackets has a TO"),
        ("2012...2021", "a range has two dots"),
        ("between 2012", "'between' needs two dates"),
        ("..", "both ends of the range are open"),
        ("may..2022", "'may' does not say its year"),
        ("2022..may", "'may' does not say its year"),
        ("2022..2021", "the range ends before it begins"),
        ("{2021 TO 2022}", "nothing lies between the two"),
        ("since", "'since' needs a date after it"),
        ("after 9999", "no date comes after that"),
        ("before 0001", "no date comes before that"),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(DateProblem) as caught:
        read_interval(text)
    assert caught.value.message == message


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
        interval = read_interval(text, settings)
    except DateProblem as problem:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.message
        assert problem.cure
    else:
        start, end = interval.start, interval.end
        assert start is None or end is None or start < end
        assert interval.describe()
        assert read_interval(interval.expression(), settings) == interval


@pytest.mark.parametrize("text", ["9" * 100_000, "2022 " * 20_000, "[" * 50_000, " to " * 50_000])
def test_long_texts_are_refused_at_once(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(DateProblem):
        read_interval(text)
    with pytest.raises(ValueError, match="is not a date"):
        read_partial_date(text)
    assert time.process_time() - begin < 0.5


NOW = DateSettings(now=datetime(2026, 11, 24, 10, 30))


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("last week rain in oslo", "last week"),
        ("2022 rain", "2022"),
        ("2022 may", "2022"),  # an ISO date ends where nothing goes on with it
        ("2022 to 2023 may", "2022 to 2023 may"),
        ("may 2022 rain", "may 2022"),
        ("  31 August 2022 09:20 UTC (rain)", "31 August 2022 09:20 UTC"),
        ("2012..2021)", "2012..2021"),
        ("2012.. rain", "2012.."),
        ("2012 - 2015 to rain", "2012 - 2015"),
        ("since 2015 on monday", "since 2015 on"),
        ("since 2015 to 2020", "since 2015"),
        ("between 2019 and 2021 and 2022", "between 2019 and 2021"),
        ("month to date to today", "month to date to today"),
        ("[2012 TO 2021} rain", "[2012 TO 2021}"),
        ("the 1990s were", "the 1990s"),
        (">=2022-08", ">=2022-08"),
        ("monday" + " monday" * 20, "monday"),
    ],
)
def test_an_expression_ends_where_it_can_go_no_further(text: str, expression: str) -> None:
    query = f"date:{text}"
    interval, start, end = read_interval_at(query, 5, NOW)
    assert query[start:end] == expression
    assert interval == read_interval(expression, NOW)


@pytest.mark.parametrize(
    ("text", "place"),
    [("rain 2022", "rain"), ("2022-13 rain", "2022-13"), ("[2012 TO rain] x", "rain"), ("", "")],
)
def test_no_expression_at_an_offset(text: str, place: str) -> None:
    query = f"date:{text}"
    with pytest.raises(DateProblem) as caught:
        read_interval_at(query, 5, NOW)
    assert query[caught.value.start : caught.value.end] == place


def test_every_word_of_an_expression_is_one_of_a_date() -> None:
    for _, text, wanted, settings in ROWS:
        if wanted.startswith("!") or len(text.split()) > 8 or "(" in text or "\xa0" in text:
            continue
        try:
            _, start, end = read_interval_at(text, 0, settings)
        except DateProblem:
            pytest.fail(text)
        lone = re.match(r"[<>=\d.-]+", text.strip())  # '2022 may': 2022, and a word
        assert text[start:end] == text.strip() or (lone and text[start:end] == lone[0]), text


@given(st.lists(PARTS, min_size=1, max_size=8))
def test_the_longest_run_of_words_is_taken(words: list[str]) -> None:
    text = "on " + " ".join(words)  # "on": no ISO date by itself
    run = re.match(r"[^\[\]{}]*", text)
    assert run is not None
    ends = [match.end() for match in re.finditer(r"\S+", run[0])][:8]
    for end in reversed(ends):
        try:
            expected = read_interval(text[:end], NOW)
        except DateProblem:
            continue
        assert read_interval_at(text, 0, NOW) == (expected, 0, end)
        return
    with pytest.raises(DateProblem):
        read_interval_at(text, 0, NOW)


@pytest.mark.parametrize(
    "text",
    ["2022", "2022-08", "2022-08-31", "2021..2022", "<2022", ">=2022-08-31", "august 2022",
     "today", "last week", "past 3 hours", "2022-08-31T09:20", "2022-08-31T09:20+05:45",
     "from 2021 to 2022"],
)  # fmt: skip
def test_ends_are_in_utc(text: str) -> None:
    now = datetime(2026, 11, 24, 10, 30)
    for zone in (UTC, ZoneInfo("Asia/Shanghai")):
        interval = read_interval(text, DateSettings(now=now, zone=zone))
        assert {end.tzinfo for end in (interval.start, interval.end) if end is not None} == {UTC}
