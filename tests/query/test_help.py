"""The short reference of the query language."""

from __future__ import annotations

import pytest

from searchlib.query import Limits
from searchlib.query.help import HELP
from searchlib.query.parser import Parser
from tests.query.test_cases import DATES, SCHEMA


def test_it_is_a_screenful() -> None:
    assert 15 <= len(HELP) <= 30
    assert all(len(query) <= 30 and len(meaning) <= 70 for query, meaning in HELP)


def test_no_line_comes_twice() -> None:
    assert len({query for query, _ in HELP}) == len(HELP)


@pytest.mark.parametrize("query", [query for query, _ in HELP])
def test_examples_parse_without_notes(query: str) -> None:
    parser = Parser(query, SCHEMA, "all", DATES, Limits())
    parser.parse()
    assert parser.notes == []
