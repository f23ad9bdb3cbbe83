"""Facets: what can be asked for, and counts over both segments."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib.analysis import fold_keyword
from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest
from searchlib.search.facets import KeywordCounter, PeriodCounter
from searchlib.search.planner import Planner
from searchlib.search.top_k import live_matches

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
