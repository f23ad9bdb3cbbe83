"""Counts, sorting, pages and totals against plain Python over the articles."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from whoosh import query as wq

from searchlib.analysis import fold_keyword
from searchlib.dates import read_partial_date
from searchlib.schema import Date, Key, Keyword, Number
from searchlib.search.searcher import FacetRequest, SortKey

from .profiles import DEEP, QUICK
from .strategies import FULL, histories, queries
from .worlds import EAGER, SMALL, World, answer, keys_of, world

_LETTERS = {"year": 4, "month": 7, "day": 10}


def values(row: dict[str, Any], name: str) -> list[Any]:
    """What an article has in a keyword field: folded, in a list."""
    value = row.get(name, [])
    return [fold_keyword(one) for one in ([value] if isinstance(value, str) else value)]


def local_day(iso: str, zone: tzinfo) -> str:
    """The calendar day of a date in the archive's time zone, in which dates without one are."""
    moment = read_partial_date(iso)
    start = moment.start if moment.offset is not None else moment.start.replace(tzinfo=zone)
    try:
        day = start.astimezone(zone).date()
    except OverflowError:  # the first hours of year 1, the last of 9999
        day = start.date()
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


def counted(rows: list[dict[str, Any]], facet: str, zone: tzinfo) -> tuple[Any, int]:
    """A facet's counts by folded value, or the list of a date's, and how many have no value."""
    name, _, unit = facet.partition(":")
    if not unit:
        tally = Counter(value for row in rows for value in values(row, name))
        return tally, sum(not values(row, name) for row in rows)
    days = [local_day(row[name], zone) for row in rows if name in row]
    return sorted(Counter(day[: _LETTERS[unit]] for day in days).items()), len(rows) - len(days)


def check_facets(made: World, query: Any) -> None:
    facets = ["section", "places", "date:year", "date:month", "date:day"]
    specs = [FacetRequest(facet, FULL) for facet in facets]
    with made.store.reader() as snapshot:
        keys = keys_of(snapshot)
        found = made.engine(snapshot).run(query, 0, facets=specs)
        ours, total = answer(made.engine(snapshot), snapshot, query)
        rows = [made.articles[keys[doc]] for doc, _ in ours]
        assert found.best == []
        assert found.total == total == len(rows)
        for facet in facets:
            counts, missing = found.facets[facet]
            wanted, without = counted(rows, facet, made.store.zone)
            assert missing == without
            if ":" in facet:
                assert counts == wanted
                continue
            folded = [(fold_keyword(value), count) for value, count in counts]
            assert dict(folded) == wanted
            assert folded == sorted(folded, key=lambda item: (-item[1], item[0].encode()))


def sort_value(row: dict[str, Any], name: str) -> Any:
    """What an article is sorted by, or None."""
    field, value = FULL.fields[name], row.get(name)
    if value is None:
        return None
    if isinstance(field, Date):
        return read_partial_date(value).start
    if isinstance(field, Number):
        return float(value)
    return (fold_keyword(value) if isinstance(field, Keyword) else value).encode()


def check_order(made: World, query: Any) -> None:
    names = [n for n in FULL.names(Key, Keyword, Date, Number) if n != "places"]
    with made.store.reader() as snapshot:
        keys = keys_of(snapshot)
        ours = dict(answer(made.engine(snapshot), snapshot, query)[0])
        for name in names:
            held = {doc: sort_value(made.articles[keys[doc]], name) for doc in sorted(ours)}
            with_value = [doc for doc in held if held[doc] is not None]
            without = [doc for doc in held if held[doc] is None]
            for down in (False, True):
                spec = SortKey("-" * down + name, FULL)
                wanted = sorted(with_value, key=lambda doc: held[doc], reverse=down) + without
                for limit in (1, 3, 10, 1000):
                    found, total = answer(made.engine(snapshot), snapshot, query, limit, sort=spec)
                    assert total == len(ours)
                    assert [doc for doc, _ in found] == wanted[:limit], spec.name
                    # The documents alone are scored again: the same scores.
                    assert all(score == pytest.approx(ours[doc]) for doc, score in found)


def check_pages(made: World, query: Any) -> None:
    with made.store.reader() as snapshot:
        engine = made.engine(snapshot, EAGER)
        everything, total = answer(engine, snapshot, query)
        assert everything == sorted(everything, key=lambda hit: (-hit[1], hit[0]))
        for limit in (1, 3, 10, 100):
            for offset in (0, 1, 5):
                found, count = answer(made.engine(snapshot, EAGER), snapshot, query, offset + limit)
                assert count == total
                page = [(doc, pytest.approx(score)) for doc, score in everything]
                assert found[offset:] == page[offset : offset + limit]
        for doc, score in everything[:5]:
            segment = max(s for s, start in enumerate(snapshot.doc_bases) if start <= doc)
            assert engine.score(query, segment, doc - snapshot.doc_bases[segment]) == pytest.approx(
                score
            )
        placed = [snapshot.doc_bases[s] + d for s, d in engine.documents(query)]
        assert placed == sorted(doc for doc, _ in everything)


def check_all(made: World, trees: list[Any]) -> None:
    for query in trees:
        note(repr(query))
        check_facets(made, query)
        check_order(made, query)
        check_pages(made, query)


CASES = (histories(batches=6), st.lists(queries(FULL), min_size=1, max_size=3))


@QUICK
@given(*CASES)
def test_columns(history: Any, trees: list[Any]) -> None:
    with world(FULL, history, SMALL) as made:
        check_all(made, trees)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
@settings(QUICK, max_examples=15)
@given(histories(batches=3))
def test_facets_in_a_time_zone(zone: str, history: Any) -> None:
    with world(FULL, history, SMALL, zone) as made:
        check_facets(made, wq.Every())


@pytest.mark.slow
@DEEP
@given(*CASES, st.sampled_from((SMALL, None)))
def test_deep(history: Any, trees: list[Any], layout: Any) -> None:
    with world(FULL, history, layout) as made:
        check_all(made, trees)
        made.optimize()
        check_all(made, trees)
