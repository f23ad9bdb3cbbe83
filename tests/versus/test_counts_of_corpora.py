"""Counts, shares and histograms of real archives, as plain Python counts them from the files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

import searchlib as sl

from ..corpora import corpus
from ..corpora import records as read_records

_TOKEN = re.compile(r"[a-z0-9]+")
SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(language=""), body=sl.Text(language=""), date=sl.Date(),
    topics=sl.Keyword(many=True), authors=sl.Keyword(many=True), words=sl.Number(),
)  # fmt: skip
WORDS = ("wheat", "oil", "tax", "iraq")


def _kept(name: str, most: int) -> list[dict[str, Any]]:
    found = {}
    for n, article in enumerate(read_records(corpus(name))):
        if n >= most:
            break
        # Words of letters alone, so that what is a word is beyond doubt.
        text = " ".join(_TOKEN.findall(f"{article.get('title')} {article.get('body')}".lower()))
        record = {"id": str(article["id"]), "body": text, "words": len(text.split())}
        for field in ("date", "topics", "authors"):
            if article.get(field):
                record[field] = article[field]
        found[record["id"]] = record
    return list(found.values())


@pytest.fixture(
    scope="module",
    params=[
        ("reuters21578.jsonl.gz", 4000),
        pytest.param(("reuters21578.jsonl.gz", 10**9), marks=pytest.mark.slow),
        pytest.param(("senate_press.jsonl.gz", 30_000), marks=pytest.mark.slow),
    ],
)
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sl.Archive, list[dict[str, Any]]]]:
    records = _kept(*request.param)
    with sl.Archive.create(tmp_path_factory.mktemp("counts") / "a", SCHEMA) as made:
        third = -(-len(records) // 3)
        for first in range(0, len(records), third):  # several segments
            made.add(records[first : first + third])
        yield made, records


def _instant(record: dict[str, Any]) -> datetime | None:
    """The date of an article in UTC."""
    text = record.get("date")
    if not text:
        return None
    when = datetime.fromisoformat(text)
    return when - offset if (offset := when.utcoffset()) else when


def _has(record: dict[str, Any], word: str) -> bool:
    return word in record["body"].split()


LABELS = {
    "year": lambda d: f"{d.year}", "month": lambda d: f"{d.year}-{d.month:02}",
    "day": lambda d: f"{d:%Y-%m-%d}", "hour": lambda d: f"{d.hour:02}",
    "weekday": lambda d: f"{d:%A}", "decade": lambda d: f"{d.year // 10}0s",
    "quarter": lambda d: f"{d.year}-Q{(d.month - 1) // 3 + 1}", "week": lambda d: f"{d:%G-W%V}",
    "week_of": lambda d: f"{d.date() - timedelta(d.weekday()):%Y-%m-%d}",
}  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_counts(archive: tuple[sl.Archive, list[dict[str, Any]]], word: str) -> None:
    made, records = archive
    found = [record for record in records if _has(record, word)]
    edges = (0, 50, 100, 200, 1000)
    facets = ["topics", "authors", "words", sl.FacetRequest("words", edges=edges)]
    results = made.search(word, limit=0, facets=[*facets, *(f"date:{unit}" for unit in LABELS)])
    assert results.total == len(found)
    for field in ("topics", "authors"):
        wanted = Counter(" ".join(v.lower().split()) for r in found for v in set(r.get(field, [])))
        counts = {value.lower(): n for value, n in results.facets[field]}
        assert counts == {" ".join(value.split()): n for value, n in wanted.items()}
        assert results.facets[field].missing == sum(not r.get(field) for r in found)
    dates = [when for record in found if (when := _instant(record)) is not None]
    for unit, label in LABELS.items():
        assert dict(results.facets[f"date:{unit}"]) == Counter(map(label, dates)), unit
        assert results.facets[f"date:{unit}"].missing == len(found) - len(dates)
    lengths = Counter(record["words"] for record in found)
    assert dict(results.facets["words"]) == {str(n): count for n, count in lengths.items()}
    ranges = results.facets[str(facets[-1])]
    wanted_ranges = {">=1000": sum(c for n, c in lengths.items() if n >= 1000)}
    for low, high in pairwise(edges):
        wanted_ranges[f"{low}..{high - 1}"] = sum(c for n, c in lengths.items() if low <= n < high)
    assert {k: n for k, n in ranges if n} == {k: n for k, n in wanted_ranges.items() if n}
    assert sum(ranges.counts()) == len(found)


def test_shares(archive: tuple[sl.Archive, list[dict[str, Any]]]) -> None:
    made, records = archive
    line = made.timeline(WORDS, by="month")
    months: list[tuple[dict[str, Any], str]] = [
        (record, f"{when:%Y-%m}") for record in records if (when := _instant(record)) is not None
    ]
    every = Counter(month for _, month in months)
    for word in WORDS:
        own = Counter(month for record, month in months if _has(record, word))
        assert {p: n for p, n in zip(line.periods, line.counts[word], strict=True) if n} == own
        for period, share in zip(line.periods, line.shares[word], strict=True):
            assert share == (own[period] / every[period] if every[period] else 0)


def test_filters_and_drilling_sideways(archive: tuple[sl.Archive, list[dict[str, Any]]]) -> None:
    made, records = archive
    field = "topics" if any(record.get("topics") for record in records) else "authors"
    common = [v for v, _ in Counter(v for r in records for v in r.get(field, ())).most_common(3)]
    day = min(when for record in records if (when := _instant(record)) is not None).date()
    period = f"{day:%Y}"
    results = made.search(
        "of", limit=0, filters={field: common[:2], "date": period}, facets=[field]
    )
    dated = [
        record for record in records
        if _has(record, "of") and (when := _instant(record)) is not None
        and date(day.year, 1, 1) <= when.date() <= date(day.year, 12, 31)
    ]  # fmt: skip
    assert results.total == sum(bool({*common[:2]} & {*r.get(field, ())}) for r in dated)
    others = Counter(value for record in dated for value in set(record.get(field, ())))
    counts = {value.lower(): n for value, n in results.facets[field]}
    for value in common:
        assert counts.get(value.lower(), 0) == others[value]
