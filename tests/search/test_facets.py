"""Facets: what can be asked for, and counts over both segments."""

from __future__ import annotations

import calendar
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib import kernels
from searchlib.analysis import fold_keyword
from searchlib.codec.directory import Directory
from searchlib.dates import to_micros
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.index.store import IndexStore
from searchlib.requests import FacetRequest
from searchlib.search.docset import DocSet
from searchlib.search.facets import KeywordCounter, PeriodCounter, _periods, listed, period_label
from searchlib.search.planner import Planner
from searchlib.search.top_k import live_matches
from tests.parts import add_records

from .samples import SCHEMA


def all_live(reader: IndexReader, planner: Planner) -> Any:
    plan = planner.plan(wq.Every())
    return [live_matches(plan, reader, number) for number in range(len(reader.segments))]


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("section", FacetRequest("section")),
        ("date", FacetRequest("date", "month")),
        ("date:year", FacetRequest("date", "year")),
        ("date:day", FacetRequest("date", "day")),
    ],
)
def test_texts_that_are_read(text: str, request_: FacetRequest) -> None:
    assert FacetRequest.parse(text).resolve(SCHEMA) == request_
    assert hash(FacetRequest.parse(text).resolve(SCHEMA)) == hash(request_)


@pytest.mark.parametrize("text", ["", "body", "words:year", "nothing", "section:year", "id"])
def test_fields_that_cannot_be_counted(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be counted: try one of section, places, date:m"):
        FacetRequest.parse(text).resolve(SCHEMA)


def test_units_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="counted by decade, year"):
        FacetRequest.parse("date:fortnight").resolve(SCHEMA)


def test_keywords_are_merged_by_their_folded_term(reader: IndexReader, planner: Planner) -> None:
    matches = all_live(reader, planner)
    # The "World"s are more than the "world"s; the deleted b1 does not count.
    assert KeywordCounter(reader, "section").count(matches) == ([("World", 3), ("Arts", 1)], 3)
    assert KeywordCounter(reader, "places").count(matches) == ([("Rome", 3), ("Oslo", 1)], 4)


def test_the_bitset_of_the_kernels_gives_the_same(reader: IndexReader, planner: Planner) -> None:
    matches = all_live(reader, planner)
    assert all(docs.bits is not None for docs in matches)  # now they have a bitset
    assert KeywordCounter(reader, "places").count(matches) == ([("Rome", 3), ("Oslo", 1)], 4)


SPELLINGS = ("Sport", "SPORT", "sport", "Spört", "Arts", "ARTS")
_CHANGE = st.one_of(
    st.lists(
        st.tuples(st.integers(0, 7), st.lists(st.sampled_from(SPELLINGS), max_size=2)),
        min_size=1, max_size=6,
    ),
    st.integers(0, 7), st.none(),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_CHANGE, min_size=1, max_size=8))
def test_a_label_is_the_commonest_current_spelling(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Any]
) -> None:
    """After any adding, replacing (a list), deleting (a key) and merging (None)."""
    schema = sl.Schema(id=sl.Key(), one=sl.Keyword(), many=sl.Keyword(many=True))
    with sl.Archive.create(tmp_path_factory.mktemp("labels") / "a", schema) as archive:
        current: dict[int, list[str]] = {}
        for change in changes:
            if isinstance(change, list):
                archive.add(
                    {"id": str(key), "one": (values or [None])[0], "many": values}
                    for key, values in change
                )
                current |= dict(change)
            elif change is None:
                archive.optimize()
            else:
                archive.delete([str(change)])
                current.pop(change, None)
            found = archive.search("*", facets=["one", "many"]).facets
            ones = Counter(values[0] for values in current.values() if values)
            _check_labels(found["one"], ones)
            kept = [archive[str(key)].get("many", []) for key in current]  # without twins
            _check_labels(found["many"], Counter(value for values in kept for value in values))
        archive.check()


def _check_labels(found: Any, spellings: Counter[str]) -> None:
    by_term: dict[str, Counter[str]] = {}
    for text, count in spellings.items():
        by_term.setdefault(fold_keyword(text), Counter())[text] = count
    assert dict(found) == {label: by_term[fold_keyword(label)].total() for label in found.values()}
    assert {fold_keyword(label) for label in found.values()} == set(by_term)
    for label in found.values():
        counts = by_term[fold_keyword(label)]
        assert counts[label] == max(counts.values())


def test_a_field_without_values(reader: IndexReader, planner: Planner) -> None:
    plan = planner.plan(wq.Term("body", "cloud"))
    matches = [live_matches(plan, reader, number) for number in range(2)]
    assert KeywordCounter(reader, "section").count(matches) == ([], 1)
    assert PeriodCounter(FacetRequest("date", "day"), reader, UTC).count(matches) == ([], 1)


@pytest.mark.parametrize(
    ("unit", "zone", "counts"),
    [
        ("year", UTC, [("2021", 1), ("2022", 3)]),
        ("month", UTC, [("2021-12", 1), ("2022-01", 1), ("2022-02", 2)]),
        # In Oslo a0 is of the next day, and dates without a zone were read as UTC.
        ("month", ZoneInfo("Europe/Oslo"), [("2021-12", 1), ("2022-02", 3)]),
        ("day", UTC, [("2021-12-31", 1), ("2022-01-31", 1), ("2022-02-01", 1), ("2022-02-15", 1)]),
    ],
)
def test_dates(reader: IndexReader, planner: Planner, unit: str, zone: tzinfo, counts: Any) -> None:
    request = FacetRequest("date", unit)
    assert PeriodCounter(request, reader, zone).count(all_live(reader, planner)) == (counts, 3)


PARTIAL = ["2023", "2024", "2024-01", "2024-02", "2024-01-01", "2024-12-31T23:30Z", "9999", None]
QUERIES = {
    "date:2024": [1, 2, 3, 4, 5],
    "date:2024-01": [2, 4],
    "date:2024-01-01": [4],
    "date:2023..2024": [0, 1, 2, 3, 4, 5],
    "date:2023-06..2024": [1, 2, 3, 4, 5],
    "date:since 2024-02": [3, 5, 6],
    "date:before 2024-02": [0, 2, 4],
    "date:..2024-02-10": [0, 2, 4],
    "date:>2024": [6],
    "date:9999": [6],
    "-date:2024-01": [0, 1, 3, 5, 6, 7],
    "has:date": [0, 1, 2, 3, 4, 5, 6],
}
COUNTS = {
    "year": ([("2023", 1), ("2024", 5), ("9999", 1)], 1),
    "month": ([("2024-01", 2), ("2024-02", 1), ("2024-12", 1)], 4),
    "day": ([("2024-01-01", 1), ("2024-12-31", 1)], 6),
}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/New_York"])
@pytest.mark.parametrize("batches", [1, 3])
def test_partial_dates_are_periods(tmp_path: Path, zone: str, batches: int) -> None:
    """Also after merging, and by Whoosh's own searcher."""
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), date=sl.Date())
    records: list[dict[str, Any]] = [
        {"id": str(n), "body": "x", "date": date} for n, date in enumerate(PARTIAL)
    ]
    with sl.Archive.create(tmp_path / "a", schema, zone=zone) as archive:
        for batch in range(batches):
            archive.add(records[batch::batches])
        for merged in (False, True):
            if merged:
                archive.optimize()
                archive.check()
            for query, expected in QUERIES.items():
                if zone != "UTC" and query == "date:2024":
                    expected = [n for n in expected if zone != "Europe/Oslo" or n != 5]
                if zone == "Europe/Oslo" and query in ("date:2023..2024", "date:2023-06..2024"):
                    expected = [n for n in expected if n != 5]
                if zone == "Europe/Oslo" and query == "date:>2024":
                    expected = [5, 6]
                found = sorted(int(hit.id) for hit in archive.search(query))
                assert found == expected, query
                with archive.whoosh.searcher() as searcher:
                    hits = searcher.search(archive.parse(query).query, limit=None)
                    assert sorted(int(hit["id"]) for hit in hits) == expected, query
            if zone == "UTC":
                for unit, (counts, missing) in COUNTS.items():
                    facet = archive.search("*", facets=[f"date:{unit}"]).facets[f"date:{unit}"]
                    assert (list(facet), facet.missing) == (counts, missing)
            order = [hit.id for hit in archive.search("has:date", sort="date")]
            assert order[0] == "0"
            assert order[-1] == "6"


ROWS = 70, 64, 130, 3  # of the segments
FACETED = sl.Schema(id=sl.Key(), one=sl.Keyword(), many=sl.Keyword(many=True), date=sl.Date())


@contextmanager
def segments_of(path: Path, *parts: Iterable[dict[str, Any]]) -> Iterator[list[SegmentReader]]:
    """A segment for each of some parts, as several readers have them."""
    with ExitStack() as stack:
        segments: list[SegmentReader] = []
        for number, rows in enumerate(parts):
            store = IndexStore.create(Directory(path / str(number)), FACETED)
            add_records(store, *rows)
            segments += stack.enter_context(store.reader()).segments
        yield segments


@pytest.fixture(scope="module")
def rows_and_segments(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[list[list[dict[str, Any]]], list[SegmentReader]]]:
    """Rows in several segments, the last of which has no value at all."""
    pick = random.Random(3)
    parts = []
    for number, size in enumerate(ROWS):
        rows: list[dict[str, Any]] = [{"id": f"{n:03}"} for n in range(size)]
        for row in rows if number < 3 else ():
            row["many"] = pick.sample("abcdefgh"[number:], pick.choice((0, 1, 1, 3)))
            if pick.random() < 0.8:
                row["one"] = pick.choice("pqrst"[: number + 2])
                row["date"] = f"2022-{pick.randint(1, 9):02}-{pick.randint(1, 28):02}T22:30Z"
        parts.append(rows)
    with segments_of(tmp_path_factory.mktemp("facets"), *parts) as segments:
        assert [segment.documents for segment in segments] == list(ROWS)
        yield parts, segments


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("lacking", [None, 0, 2])
@pytest.mark.parametrize("form", ["docs", "mask", "bits"])
def test_counts_are_those_of_plain_python(
    rows_and_segments: tuple[list[list[dict[str, Any]]], list[SegmentReader]],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    lacking: int | None,
    compiled: bool,
) -> None:
    """In articles and in stories, with any form of the matches; also where a segment has not heard
    of the field."""
    rows, segments = rows_and_segments
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    if not compiled:  # what is not there is not called
        monkeypatch.setattr(kernels, "codec", None, raising=False)
    if lacking is not None:
        segments = [one if n != lacking else _without_fields(one) for n, one in enumerate(segments)]
    pick = random.Random(f"{form} {lacking}")
    for numbers in [(0,), (1,), (0, 1, 2, 3), (2, 0), (3,), ()]:
        matches: list[DocSet] = []
        stories, found = [], []
        for number in numbers:
            size = ROWS[number]
            docs = np.array(sorted(pick.sample(range(size), pick.choice((size, size // 2, 1)))))
            one = DocSet(size, docs=docs)
            forms = {"docs": one, "mask": DocSet(size, mask=one.mask),
                     "bits": DocSet(size, bits=one.bits)}  # fmt: skip
            matches.append(forms[form])
            stories.append(np.array(pick.choices(range(5), k=len(docs)), np.int32))
            for doc, story in zip(docs.tolist(), stories[-1].tolist(), strict=True):
                found.append((rows[number][doc] if number != lacking else {}, story))
        some: Any = SimpleNamespace(segments=[segments[number] for number in numbers])
        months = PeriodCounter(FacetRequest("date", "month"), some, ZoneInfo("Asia/Tokyo"))
        for counter, values_of in (
            (KeywordCounter(some, "one"), lambda row: [row["one"]] if "one" in row else []),
            (KeywordCounter(some, "many"), lambda row: row.get("many", [])),
            (months, _tokyo_month),
        ):
            values = [(value, story) for row, story in found for value in values_of(row)]
            right = Counter(value for value, _ in values)
            order: Any = None if counter is months else lambda pair: (-pair[1], pair[0])
            missing = sum(not values_of(row) for row, _ in found)
            assert counter.count(matches) == (sorted(right.items(), key=order), missing)
            in_stories = Counter(value for value, _ in {*values})
            without = len({story for row, story in found if not values_of(row)})
            assert counter.count_stories(matches, stories) == (in_stories, without)


def _tokyo_month(row: dict[str, Any]) -> list[str]:
    if "date" not in row:
        return []
    local = datetime.fromisoformat(row["date"]).astimezone(ZoneInfo("Asia/Tokyo"))
    return [f"{local:%Y-%m}"]


def test_labels_of_several_spellings(tmp_path: Path) -> None:
    """The commonest of the live articles, whichever are counted."""
    batches = [
        [("0", "Sport", ["Oslo"]), ("1", "Arts", ["ROME", "Bern"])],
        [("2", "SPORT", ["oslo", "Rome"]), ("3", "SPORT", ["oslo"]), ("4", "ARTS", ["Rome"]),
         ("5", "SPORT", ["BERN", "oslo"])],
        [("6", "sport", ["Oslo"]), ("7", "sport", ["Rome"]), ("8", "sport", ["Bern"]),
         ("9", "Arts", [])],
    ]  # fmt: skip
    with sl.Archive.create(tmp_path / "a", FACETED) as archive:
        for batch in batches:
            archive.add({"id": key, "one": one, "many": many} for key, one, many in batch)

        def labels(query: str, name: str) -> dict[str, int]:
            return dict(archive.search(query, facets=[name]).facets[name])

        assert labels("*", "many") == {"Bern": 3, "oslo": 5, "Rome": 4}
        archive.delete(["2", "3"])
        assert labels("*", "one") == {"sport": 5, "Arts": 3}
        assert labels("id:4", "one") == {"Arts": 1}
        assert labels("id:5", "many") == {"Bern": 1, "Oslo": 1}
        archive.delete(["1", "9"])
        assert labels("id:4", "one") == {"ARTS": 1}


def _without_fields(segment: SegmentReader) -> Any:
    """The segment as it is where it has not heard of any field."""
    core = SimpleNamespace(keyword=lambda name: None, number=lambda name: None)
    return SimpleNamespace(core=core, documents=segment.documents, live_docs=None)


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        (["Sport", "SPORT"], "Sport"),  # of equally common ones the first
        (["SPORT", "Sport"], "SPORT"),
        (["Sport", "SPORT SPORT"], "SPORT"),
        (["Sport SPORT SPORT", "Sport Sport"], "Sport"),
        (["Sport SPORT", "SPORT Sport"], "Sport"),
    ],
)
def test_the_commonest_spelling_of_several_segments(
    tmp_path: Path, parts: list[str], label: str
) -> None:
    records = [
        [{"id": str(n), "one": one, "many": [one]} for n, one in enumerate(part.split())]
        for part in parts
    ]
    with segments_of(tmp_path, [{"id": "0"}], *records) as segments:
        for first in (segments[0], _without_fields(segments[0])):
            some: Any = SimpleNamespace(segments=[first, *segments[1:]])
            sizes = [segment.documents for segment in segments]
            matches = [DocSet(size, mask=np.ones(size, bool)) for size in sizes]
            for name in ("one", "many"):
                assert KeywordCounter(some, name).count(matches) == ([(label, sum(sizes) - 1)], 1)


@pytest.mark.parametrize(
    ("request_", "pairs"),
    [
        (FacetRequest("f"), [("b", 1), ("a", 3), ("10", 2), ("9", 2)]),
        (FacetRequest("f", order="count"), [("a", 3), ("10", 2), ("9", 2), ("b", 1)]),
        (FacetRequest("f", order="value"), [("9", 2), ("10", 2), ("a", 3), ("b", 1)]),
        (FacetRequest("f", "month", order="value"), [("b", 1), ("a", 3), ("10", 2), ("9", 2)]),
        (FacetRequest("f", edges=(1.0,), order="value"), [("b", 1), ("a", 3), ("10", 2), ("9", 2)]),
        (FacetRequest("f", step=1.0, order="value"), [("b", 1), ("a", 3), ("10", 2), ("9", 2)]),
        (FacetRequest("f", min_count=2), [("a", 3), ("10", 2), ("9", 2)]),
        (FacetRequest("f", min_count=3), [("a", 3)]),
        (FacetRequest("f", prefix="A"), [("a", 3)]),
        (FacetRequest("f", prefix="1"), [("10", 2)]),
    ],
    ids=str,
)  # fmt: skip
def test_values_that_are_listed(request_: FacetRequest, pairs: list[tuple[str, int]]) -> None:
    counts = [("b", 1), ("a", 3), ("10", 2), ("9", 2)], 7
    assert listed(request_, counts) == (pairs, 7, len(pairs))
    assert listed(replace(request_, limit=1), counts) == (pairs[:1], 7, len(pairs))


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        (date(2022, 1, 1), "2022-01 2022 2022-01-01 Saturday 2021-W52 2021-12-27 2021-12-26 "
                           "2022-Q1 2020s"),
        (date(2022, 3, 31), "2022-03 2022 2022-03-31 Thursday 2022-W13 2022-03-28 2022-03-27 "
                            "2022-Q1 2020s"),
        (date(2022, 4, 1), "2022-04 2022 2022-04-01 Friday 2022-W13 2022-03-28 2022-03-27 "
                           "2022-Q2 2020s"),
        (date(2029, 12, 30), "2029-12 2029 2029-12-30 Sunday 2029-W52 2029-12-24 2029-12-30 "
                             "2029-Q4 2020s"),
        (date(1, 1, 3), "0001-01 0001 0001-01-03 Wednesday 0001-W01 0001-01-01 0001-01-01 "
                        "0001-Q1 0000s"),
        (date(30, 12, 31), "0030-12 0030 0030-12-31 Tuesday 0031-W01 0030-12-30 0030-12-29 "
                           "0030-Q4 0030s"),
    ],
    ids=str,
)  # fmt: skip
def test_labels_of_periods(day: date, labels: str) -> None:
    units = [("month", 0), ("year", 0), ("day", 0), ("weekday", 0), ("week", 0), ("week_of", 0),
             ("week_of", 6), ("quarter", 0), ("decade", 0)]  # fmt: skip
    assert [period_label(unit, start, day) for unit, start in units] == labels.split()


@pytest.mark.parametrize(
    ("instant", "zone", "hour", "day"),
    [
        ("2022-03-27T00:59:59.999999Z", "Europe/Oslo", "01", "2022-03-27"),
        ("2022-03-27T01:00:00Z", "Europe/Oslo", "03", "2022-03-27"),
        ("2022-08-31T22:14:59.999999Z", "Asia/Kathmandu", "03", "2022-09-01"),
        ("2022-08-31T22:15:00Z", "Asia/Kathmandu", "04", "2022-09-01"),
        ("2022-08-31T23:59:59.999999Z", "UTC", "23", "2022-08-31"),
        ("2022-09-01T00:00:00Z", "UTC", "00", "2022-09-01"),
        ("1969-12-31T23:59:59.999999Z", "UTC", "23", "1969-12-31"),
        ("2022-09-01T03:59:59Z", "America/New_York", "23", "2022-08-31"),
        ("2022-09-01T04:00:00Z", "America/New_York", "00", "2022-09-01"),
        ("0001-01-01T03:00:00Z", "America/New_York", "03", "0001-01-01"),
        ("9999-12-31T23:00:00Z", "Asia/Tokyo", "23", "9999-12-31"),
    ],
)
def test_hours_and_days(instant: str, zone: str, hour: str, day: str) -> None:
    micros = np.array([to_micros(datetime.fromisoformat(instant))])
    for place in (ZoneInfo(zone), *([UTC] if zone == "UTC" else [])):
        assert _periods("hour", micros, place, 0)[0] == [hour]
        assert _periods("day", micros, place, 0)[0] == [day]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo"])
def test_months_are_months_when_the_clock_changes(tmp_path: Path, zone: str) -> None:
    with sl.Archive.create(tmp_path / "a", FACETED, zone=zone) as archive:
        archive.add([{"id": "a", "date": "2022-10"}, {"id": "b", "date": "2022"}])
        facet = archive.search("*", facets=["date:month"]).facets["date:month"]
        assert (list(facet), facet.missing) == ([("2022-10", 1)], 1)


def test_weeks_begin_on_monday(tmp_path: Path) -> None:
    parts = [[{"id": str(day), "date": f"2022-08-{day:02}"} for day in range(21, 30)]]
    with segments_of(tmp_path, *parts) as segments:
        some: Any = SimpleNamespace(segments=segments)
        counter = PeriodCounter(FacetRequest("date", "week_of"), some, UTC)
        matches = [DocSet(9, mask=np.ones(9, bool))]
        expected = [("2022-08-15", 1), ("2022-08-22", 7), ("2022-08-29", 1)]
        assert counter.count(matches) == (expected, 0)


def test_places_of_periods_among_their_labels() -> None:
    days = ["2022-02-01", "2021-05-05", "2022-02-28", "2020-01-01", "2021-05-06"]
    micros = np.array([to_micros(datetime.fromisoformat(f"{day}T12:00Z")) for day in days])
    labels, places = _periods("month", micros, UTC, 0)
    assert [labels[place] for place in places.tolist()] == [day[:7] for day in days]
    assert len(labels) == 3
    for unit in ("month", "hour"):
        assert [*_periods(unit, micros[:0], ZoneInfo("Asia/Tokyo"), 0)[1]] == []


INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))
LABELS = {
    "decade": lambda local: f"{local.year // 10 * 10}s",
    "quarter": lambda local: f"{local.year}-Q{(local.month - 1) // 3 + 1}",
    "week": lambda local: local.strftime("%G-W%V"),
    "weekday": lambda local: local.strftime("%A"),
    "hour": lambda local: local.strftime("%H"),
    "day": lambda local: local.strftime("%Y-%m-%d"),
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(INSTANTS, max_size=20),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"]),
)
def test_units_are_those_of_the_calendar(
    tmp_path_factory: pytest.TempPathFactory, instants: list[datetime], zone: str
) -> None:
    with sl.Archive.create(tmp_path_factory.mktemp("units"), zone=zone) as archive:
        archive.add({"id": n, "date": at.isoformat()} for n, at in enumerate(instants))
        archive.add([{"id": "partial", "date": "2022-08"}, {"id": "none"}])
        facets = archive.search(wq.Every(), facets=[f"date:{unit}" for unit in LABELS]).facets
        for unit, label in LABELS.items():
            counts, right = facets[f"date:{unit}"], Counter(
                label(at.astimezone(ZoneInfo(zone))) for at in instants
            )  # fmt: skip
            of_partial = {"decade": "2020s", "quarter": "2022-Q3"}.get(unit)
            if of_partial:
                right[of_partial] += 1
            assert dict(counts) == right, unit
            assert counts.missing == (1 if of_partial else 2)
            order = calendar.day_name if unit == "weekday" else sorted(right)
            assert counts.values() == [value for value in order if value in right]
