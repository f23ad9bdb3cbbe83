"""The boosts of a query tree: which are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from whoosh import query as wq
from whoosh.query.spans import SpanFirst

from searchlib.errors import QueryError
from searchlib.search.boosts import check_boosts
from searchlib.span_queries import Near

RAIN = wq.Term("body", "rain")


def term(boost: Any) -> Any:
    return wq.Term("body", "rain", boost=boost)


@pytest.mark.parametrize("boost", [0, 0.0, -0.0, 1, -1, 3.7, 1e-100, 1e100, -1e100, True])
def test_boosts_in_range_pass(boost: Any) -> None:
    check_boosts(term(boost))
    check_boosts(wq.Or([term(boost), RAIN], boost=-1.0))
    check_boosts(wq.ConstantScoreQuery(RAIN, boost))


REFUSED = [math.nan, math.inf, -math.inf, 1e-101, 5e-324, 1e101, -1e308, 10**400, "2", None, 1j]


@pytest.mark.parametrize("boost", REFUSED)
def test_other_boosts_are_refused_wherever_they_are(boost: Any) -> None:
    for query in (
        term(boost),
        wq.Or([RAIN, wq.And([RAIN, term(boost)])]),
        wq.And([RAIN, RAIN], boost=boost),
        wq.Not(term(boost)),
        wq.AndMaybe(RAIN, term(boost)),
        wq.AndNot(RAIN, term(boost)),
        wq.ConstantScoreQuery(RAIN, boost),
        wq.ConstantScoreQuery(term(boost), 1.0),
        wq.NumericRange("words", 1, 2, boost=boost),
        wq.Every(boost=boost),
        wq.Prefix("body", "ra", boost=boost),
        wq.Phrase("body", ["a", "b"], boost=boost),
        wq.DisjunctionMax([RAIN, term(boost)]),
        Near(RAIN, term(boost), 3, False),
        SpanFirst(term(boost)),
    ):
        with pytest.raises(QueryError, match="is not a boost: use 0, or from 1e-100") as caught:
            check_boosts(query)
        assert (caught.value.code, caught.value.span) == ("bad-weight", (0, 0))


def test_boosts_inside_each_other_multiply() -> None:
    check_boosts(wq.And([wq.Or([term(1e60), RAIN], boost=1e-90), RAIN], boost=1e70))
    with pytest.raises(QueryError, match=r"the boosts multiply to 1e\+120"):
        check_boosts(wq.And([term(1e60), RAIN], boost=1e60))
    with pytest.raises(QueryError, match="the boosts multiply to 1e-120"):
        check_boosts(wq.And([term(1e-60), RAIN], boost=1e-60))
    with pytest.raises(QueryError, match="1e-200 is not a boost"):
        check_boosts(wq.And([term(1e-200), RAIN], boost=0.0))


def test_a_constant_score_replaces_those_inside() -> None:
    check_boosts(wq.And([wq.ConstantScoreQuery(term(1e-90), 1e-10), RAIN], boost=1e-90))


def test_factors_of_or_and_disjunction_max() -> None:
    check_boosts(wq.Or([RAIN, RAIN], scale=0.9))
    with pytest.raises(QueryError, match="nan is not a boost"):
        check_boosts(wq.Or([RAIN, RAIN], scale=math.nan))
    with pytest.raises(QueryError, match="inf is not a boost"):
        check_boosts(wq.DisjunctionMax([RAIN, RAIN], tiebreak=math.inf))
