"""The limits of a query: their defaults, and that each is kept while parsing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from searchlib.errors import ArgumentError, ArgumentTypeError, QueryError
from searchlib.query import Limits, parse
from searchlib.query.limits import DEFAULT_LIMITS
from tests.query.test_cases import SCHEMA


def test_defaults() -> None:
    assert Limits() == DEFAULT_LIMITS
    assert Limits(
        length=2**16, depth=40, clauses=2**10, phrase=1000, edits=2, distance=10_000,
        expansions=10_000, articles_read=5000, seconds=0.75,
    ) == DEFAULT_LIMITS  # fmt: skip
    assert Limits(clauses=5).depth == DEFAULT_LIMITS.depth
    with pytest.raises(FrozenInstanceError):
        DEFAULT_LIMITS.depth = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("limits", "largest", "code"),
    [
        (Limits(length=5), "abcde", "too-long"),
        (Limits(depth=2), "((a))", "too-deep"),
        (Limits(depth=2), "a NEAR/1 b NEAR/1 c", "too-deep"),
        (Limits(clauses=2), "a b", "too-many-clauses"),
        (Limits(phrase=2), '"a b"', "phrase-too-long"),
        (Limits(edits=1), "rain~1", "bad-fuzzy"),
        (Limits(distance=5), "a NEAR/5 b", "bad-distance"),
    ],
)
def test_one_more_is_refused(limits: Limits, largest: str, code: str) -> None:
    parse(largest, SCHEMA, limits=limits)
    more = {
        "too-long": largest + "f",
        "too-deep": f"({largest})" if largest[0] == "(" else f"{largest} NEAR/1 d",
        "too-many-clauses": largest + " c",
        "phrase-too-long": '"a b c"',
        "bad-fuzzy": "rain~2",
        "bad-distance": "a NEAR/6 b",
    }[code]
    with pytest.raises(QueryError) as caught:
        parse(more, SCHEMA, limits=limits)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong", [{"clauses": -1}, {"seconds": -0.5}, {"seconds": float("nan")}, {"depth": "1"}]
)
def test_what_is_no_limit(wrong: Any) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError), match=next(iter(wrong))):
        Limits(**wrong)
