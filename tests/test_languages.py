"""``cases/languages``: what words of each language find, and what they do not.

A row is a text, a query, whether it is found, and why. Rows with a limit say what the rules of the
language cannot do, with the reason: they hold the other way round.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

import searchlib as sl

TABLES = Path(__file__).parent / "cases" / "languages"
#: The most used languages have a table of at least 15 rows.
MOST_USED = {
    "ar",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "it",
    "ja",
    "nl",
    "pl",
    "pt",
    "ru",
    "sv",
    "tr",
    "zh",
}


class Row(NamedTuple):
    text: str
    query: str
    found: str
    why: str
    limit: str = ""


def _rows(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == list(Row._fields)
    return [Row(*line.split("\t")) for line in lines[1:]]


ROWS = {path.stem: _rows(path) for path in sorted(TABLES.glob("*.tsv"))}


@pytest.mark.parametrize("language", ROWS)
def test_rows(language: str, tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language=language))
    wrong = []
    for number, row in enumerate(ROWS[language]):
        with sl.Archive.create(tmp_path / str(number), schema) as archive:
            archive.add([{"id": "a", "body": row.text}])
            found = "yes" if archive.search(row.query).total else "no"
        right = row.found if not row.limit else {"yes": "no", "no": "yes"}[row.found]
        if found != right:
            wrong.append(f"{row.text} by {row.query}: {found} ({row.why}; {row.limit})")
    assert not wrong


def test_tables_are_large_enough() -> None:
    assert ROWS.keys() >= MOST_USED
    for language, rows in ROWS.items():
        assert len(rows) >= (15 if language in MOST_USED else 5), language
        assert {row.found for row in rows} == {"yes", "no"}, language
        assert sum(bool(row.limit) for row in rows) <= 3, language
