"""What the parts of the parser share: names of fields, notes, and errors with their place."""

from __future__ import annotations

import pytest

from searchlib.errors import QueryError
from searchlib.query import Limits
from searchlib.query.context import ParseContext
from searchlib.schema import Date, Keyword, Text
from tests.query.test_cases import DATES, SCHEMA


@pytest.fixture
def context() -> ParseContext:
    return ParseContext("Title:rain", SCHEMA, DATES, Limits(depth=2))


def test_fields(context: ParseContext) -> None:
    assert context.field_type(None) is Text
    assert context.field_type("date") is Date
    assert context.field_type("source") is Keyword
    assert context.field_name("TITLE") == "title"
    assert context.field_name("title") == "title"
    assert context.field_name("autor") == "autor"


def test_a_note_is_kept_once(context: ParseContext) -> None:
    for note in ("a", "b", "a"):
        context.add_note(note)
    assert context.notes == ["a", "b"]


def test_errors_have_the_text_and_a_place_of_one_character_at_least(context: ParseContext) -> None:
    with pytest.raises(QueryError) as caught:
        context.refuse("empty-field", (6, 6), "nothing", "write something")
    error = caught.value
    assert (error.code, error.span, error.text) == ("empty-field", (6, 7), "Title:rain")


def test_depth(context: ParseContext) -> None:
    context.check_depth(2, (0, 1))
    with pytest.raises(QueryError, match="deeper than 2") as caught:
        context.check_depth(3, (0, 1))
    assert caught.value.code == "too-deep"
