"""Facets, sorting, pages and totals against plain Python over the articles."""

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
from searchlib.requests import FacetRequest, SortKey
from searchlib.schema import Date, Key, Keyword, Number

from .archives import SMALL_BLOCKS, SampleArchive, keys_of, numbered_hits, sample_archive
from .profiles import DEEP, QUICK
from .strategies import ALL_FIELDS, histories, queries

_LABEL_LENGTHS = {"year": 4, "month": 7, "day": 10}


def keyword_values(row: dict[str, Any], name: str) -> list[Any]:
    """The values of an article in a keyword field, folded."""
    value = row.get(name, [])
    return [fold_keyword(one) for one in ([value] if isinstance(value, str) else value)]


def local_day(iso: str, zone: tzinfo) -> str:
    """The calendar day of a date in the archive's time zone, in which dates without one are."""
    partial = read_partial_date(iso)
    start = partial.start if partial.offset is not None else partial.start.replace(tzinfo=zone)
    try:
        day = start.astimezone(zone).date()
    except OverflowError:  # the first hours of year 1, the last of 9999
        day = start.date()
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


def facet_counts(rows: list[dict[str, Any]], facet: str, zone: tzinfo) -> tuple[Any, int]:
    """A facet's counts by folded value, or the list of a date's, and how many have no value."""
    name, _, unit = facet.partition(":")
    if not unit:
        tally = Counter(value for row in rows for value in keyword_values(row, name))
        return tally, sum(not keyword_values(row, name) for row in rows)
    length = _LABEL_LENGTHS[unit]  # a date as short as a year has no month and no day
    days = [local_day(row[name], zone) for row in rows if len(row.get(name, "")) >= length]
    return sorted(Counter(day[:length] for day in days).items()), len(rows) - len(days)


def check_facets(sample: SampleArchive, query: Any) -> None:
    facets = ["section", "places", "date:year", "date:month", "date:day"]
    requests = [FacetRequest.parse(facet).resolve(ALL_FIELDS) for facet in facets]
    with sample.store.reader() as reader:
        keys = keys_of(reader)
        results = sample.searcher(reader).search(query, 0, facets=requests)
        ours, total = numbered_hits(sample.searcher(reader), reader, query)
        rows = [sample.articles[keys[doc]] for doc, _ in ours]
        assert results.best == []
        assert results.total == total == len(rows)
        for facet in facets:
            counts, missing, distinct = results.facets[facet]
            assert distinct == len(counts)
            wanted, without = facet_counts(rows, facet, sample.store.zone)
            assert missing == without
            if ":" in facet:
                assert counts == wanted
                continue
            folded = [(fold_keyword(value), count) for value, count in counts]
            assert dict(folded) == wanted
            assert folded == sorted(folded, key=lambda item: (-item[1], item[0].encode()))


def sort_value(row: dict[str, Any], name: str) -> Any:
    """What an article is sorted by, or None."""
    field, value = ALL_FIELDS.fields[name], row.get(name)
    if value is None:
        return None
    if isinstance(field, Date):
        return read_partial_date(value).start
    if isinstance(field, Number):
        return float(value)
    return (fold_keyword(value) if isinstance(field, Keyword) else value).encode()


def check_order(sample: SampleArchive, query: Any) -> None:
    names = [n for n in ALL_FIELDS.names(Key, Keyword, Date, Number) if n != "places"]
    with sample.store.reader() as reader:
        keys = keys_of(reader)
        ours = dict(numbered_hits(sample.searcher(reader), reader, query)[0])
        for name in names:
            values = {doc: sort_value(sample.articles[keys[doc]], name) for doc in sorted(ours)}
            with_value = [doc for doc in values if values[doc] is not None]
            without = [doc for doc in values if values[doc] is None]
            for down in (False, True):
                key = SortKey(name, descending=down)
                wanted = sorted(with_value, key=lambda doc: values[doc], reverse=down) + without
                for limit in (1, 3, 10, 1000):
                    results, total = numbered_hits(
                        sample.searcher(reader), reader, query, limit, sort=[key]
                    )
                    assert total == len(ours)
                    assert [doc for doc, _ in results] == wanted[:limit], key
                    # The documents alone are scored again: the same scores.
                    assert all(score == pytest.approx(ours[doc]) for doc, score in results)


def check_pages(sample: SampleArchive, query: Any) -> None:
    with sample.store.reader() as reader:
        searcher = sample.searcher(reader)
        everything, total = numbered_hits(searcher, reader, query)
        assert everything == sorted(everything, key=lambda hit: (-hit[1], hit[0]))
        for limit in (1, 3, 10, 100):
            for offset in (0, 1, 5):
                results, count = numbered_hits(
                    sample.searcher(reader), reader, query, offset + limit
                )
                assert count == total
                page = [(doc, pytest.approx(score)) for doc, score in everything]
                assert results[offset:] == page[offset : offset + limit]
        for doc, score in everything[:5]:
            segment = max(s for s, start in enumerate(reader.doc_bases) if start <= doc)
            assert searcher.score(query, segment, doc - reader.doc_bases[segment]) == pytest.approx(
                score
            )
        documents = [reader.doc_bases[s] + d for s, d in searcher.documents(query)]
        assert documents == sorted(doc for doc, _ in everything)


def check_all(sample: SampleArchive, trees: list[Any]) -> None:
    for query in trees:
        note(repr(query))
        check_facets(sample, query)
        check_order(sample, query)
        check_pages(sample, query)


CASES = (histories(batches=6), st.lists(queries(ALL_FIELDS), min_size=1, max_size=3))


@QUICK
@given(*CASES)
def test_facets_order_and_pages(history: Any, trees: list[Any]) -> None:
    with sample_archive(ALL_FIELDS, history, SMALL_BLOCKS) as sample:
        check_all(sample, trees)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
@settings(QUICK, max_examples=15)
@given(histories(batches=3))
def test_facets_in_a_time_zone(zone: str, history: Any) -> None:
    with sample_archive(ALL_FIELDS, history, SMALL_BLOCKS, zone) as sample:
        check_facets(sample, wq.Every())


@pytest.mark.slow
@DEEP
@given(*CASES, st.sampled_from((SMALL_BLOCKS, None)))
def test_facets_order_and_pages_of_long_histories(
    history: Any, trees: list[Any], layout: Any
) -> None:
    with sample_archive(ALL_FIELDS, history, layout) as sample:
        check_all(sample, trees)
        sample.optimize()
        check_all(sample, trees)
