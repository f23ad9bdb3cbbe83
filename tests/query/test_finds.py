"""``cases/finds.txt``: what queries find in small archives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl

CASES = Path(__file__).parent.parent / "cases" / "finds.txt"
SCHEMA = sl.Schema(
    id=sl.Key(),
    title=sl.Text(weight=2.0),
    body=sl.Text(),
    date=sl.Date(),
    source=sl.Keyword(),
    authors=sl.Keyword(many=True),
    words=sl.Number(),
)
Archive = tuple[dict[str, str], list[dict[str, Any]], list[tuple[str, str]]]


def read() -> list[Archive]:
    archives: list[Archive] = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ archive"):
            archives.append((dict(re.findall(r"(\w+)=(\S+)", line)), [], []))
        elif line.startswith("+ "):
            archives[-1][1].append(article(line[2:]))
        elif " => " in line and not line.startswith("%"):
            query, found = line.rsplit(" => ", 1)
            archives[-1][2].append((query, found))
    return archives


def article(line: str) -> dict[str, Any]:
    key, *pairs = line.split(" | ")
    made: dict[str, Any] = {"id": key}
    for pair in pairs:
        name, value = pair.split(": ", 1)
        made[name] = value.replace("\\n", "\n")
    if "authors" in made:
        made["authors"] = made["authors"].split("; ")
    return made


@contextmanager
def archive_of(path: Path, settings: dict[str, str], rows: list[Any]) -> Iterator[sl.Archive]:
    day_first = {"true": True, "false": False}.get(settings.get("day_first", ""))
    zone = settings.get("zone", "UTC")
    with sl.Archive.create(path, SCHEMA, zone=zone, day_first=day_first) as archive:
        archive._now = datetime(2026, 11, 24, 10, 30)
        for row in rows:  # some segments, not one
            archive.add([row])
        yield archive


def test_there_are_enough() -> None:
    assert sum(len(queries) for _, _, queries in read()) >= 200


@pytest.mark.parametrize("number", range(len(read())))
def test_finds(number: int, tmp_path: Path) -> None:
    settings, rows, queries = read()[number]
    with archive_of(tmp_path, settings, rows) as archive:
        assert not wrong_answers(archive, queries)


def wrong_answers(
    archive: sl.Searchable, queries: list[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """The queries that find something else than they should: what is expected, and found."""
    wrong = []
    for query, expected in queries:
        try:
            found = " ".join(sorted(hit.id for hit in archive.search(query, limit=99))) or "-"
        except sl.QueryError as error:
            found = f"! {error.code}"
        if found != expected:
            wrong.append((query, expected, found))
    return wrong


def test_stored_dates_are_as_written(tmp_path: Path) -> None:
    rows = [article(f"{n} | date: {d}") for n, d in enumerate(WRITTEN)]
    with archive_of(tmp_path, {"zone": "Asia/Shanghai"}, rows) as archive:
        assert [archive.get(str(n))["date"] for n in range(len(WRITTEN))] == WRITTEN  # type: ignore[index]


WRITTEN = [
    "2022",
    "2022-08",
    "2022-08-31",
    "2022-08-31T09:20",
    "2022-08-31T09:20+08:00",
    "2022-08-31T20:00:01-04:00",
]
