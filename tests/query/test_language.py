"""The reference page: every example of it is run, and so is the short form."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import searchlib
from searchlib import QueryError
from searchlib.query import HELP, Limits, parse
from tests.query.test_cases import DATES, SCHEMA

PAGE = (Path(searchlib.__file__).parent / "query" / "LANGUAGE.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(.+?)` \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


def examples() -> list[tuple[str, str]]:
    """(query, code of the error or "") of the first cell of each row."""
    found, refused = [], False
    for line in PAGE.splitlines():
        if line.startswith("| write |"):
            refused = "refused" in line
        elif match := ROW.match(line):
            found.append((match[1].replace("\\|", "|"), match[2] if refused else ""))
    return found


def others() -> list[str]:
    """Queries in the text of the second cells: those that are whole queries."""
    cells = [match[2] for match in ROW.finditer(PAGE)]
    quoted = [text for cell in cells for text in CODE.findall(cell)]
    return [text for text in quoted if re.match(r"\w{3,}|-has", text) and "=" not in text[:7]]


def test_there_are_many() -> None:
    assert len(examples()) >= 70
    assert len(others()) >= 20


@pytest.mark.parametrize(("query", "code"), examples())
def test_example(query: str, code: str) -> None:
    if not code:
        parse(query, SCHEMA, dates=DATES)
        return
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    assert caught.value.code == code


@pytest.mark.parametrize("query", others())
def test_example_in_text(query: str) -> None:
    parse(query, SCHEMA, dates=DATES)


@pytest.mark.parametrize(("query", "meaning"), HELP)
def test_help(query: str, meaning: str) -> None:
    assert parse(query, SCHEMA, dates=DATES).query is not None
    assert len(query) + len(meaning) < 100


def test_limits_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| .+ \| ([\d,.]+) \|$", PAGE, re.M)
    stated = [float(number.replace(",", "")) for number in rows]
    assert stated == [getattr(Limits(), field.name) for field in fields(Limits)]
