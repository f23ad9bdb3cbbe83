"""The ranges of weights and boosts."""

from __future__ import annotations

import sys

from searchlib.query import Limits
from searchlib.query.parser import _MAX_WEIGHT
from searchlib.schema.weights import MAX_BOOST, MAX_WEIGHT, MIN_BOOST, MIN_WEIGHT


def test_fields_and_words_of_a_query_have_one_range() -> None:
    assert (1 / _MAX_WEIGHT, _MAX_WEIGHT) == (MIN_WEIGHT, MAX_WEIGHT)


def test_scores_neither_overflow_nor_become_subnormal() -> None:
    assert 50 * MAX_BOOST * Limits().clauses * 2.0**40 < sys.float_info.max
    # An infrequent term of a field of the least weight, in a very long text, in bucket sort.
    assert 255 / sys.float_info.max * 1e100 < MIN_BOOST * MIN_WEIGHT * 1e-14
