"""Queries over time, as the command shows them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from searchlib.archive import Archive

from .conftest import Cli


def test_as_table_csv_and_json(cli: Cli, folder: Path) -> None:
    with Archive.open(folder) as archive:
        line = archive.timeline(["wheat", "bridge"], by="year")
    shown = cli("timeline", "wheat", "bridge", "--by", "year")
    assert shown.code == 0
    assert shown.out.splitlines()[0].split() == ["wheat", "bridge"]
    assert [row.split()[0] for row in shown.out.splitlines()[1:-1]] == list(line.periods)
    rows = list(csv.DictReader(io.StringIO(cli("timeline", "wheat", "bridge", "--by", "year",
                                               "--csv").out)))  # fmt: skip
    assert [int(row["wheat"]) for row in rows] == list(line.counts["wheat"])
    shares = cli("timeline", "wheat", "--by", "year", "--json", "--share").json()
    assert [row["wheat"] for row in shares["rows"]] == [
        n / total if total else 0 for n, total in zip(line.counts["wheat"], line.totals)
    ]
    assert shares["by"] == "year"


def test_what_is_not_found_or_wrong(cli: Cli) -> None:
    assert cli("timeline", "xyzzy").code == 1
    assert cli("timeline", "(wheat").code == 2
    assert cli("timeline", "wheat", "--by", "fortnight").code == 2
    assert cli("timeline", "wheat", "--field", "section").code == 2
    assert cli("timeline").code == 2


def test_a_single_period_and_articles_without_one(cli: Cli, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a") as archive:
        archive.add([
            {"id": 1, "title": "rain", "date": "2022-05-01"}, {"id": 2, "title": "fog"},
            {"id": 3, "title": "hail", "date": "2022"},
        ])  # fmt: skip
    one = cli("timeline", "--archive", "a", "rain", "--csv")
    assert one.out.splitlines() == ["period,total,rain", "2022-05,1,1"]
    none = cli("timeline", "--archive", "a", "xyzzy", "hail", "--csv")
    assert (none.code, none.out) == (0, "period,total,xyzzy,hail\n")
    assert none.err == "without a month in date: hail 1\n"
