"""The boosts of a ``whoosh.query`` tree: whether the scores that they multiply stay
finite and exact."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.schema.weights import MAX_BOOST, MIN_BOOST
from searchlib.span_queries import Word

__all__ = ["check_boosts"]

_LEAVES = frozenset(
    (
        wq.Term, wq.Phrase, wq.Prefix, wq.Wildcard, wq.Regex, wq.FuzzyTerm, wq.Variations,
        wq.TermRange, wq.NumericRange, wq.DateRange, wq.Every, Word,
    )
)  # fmt: skip


def check_boosts(query: Any, outer: float = 1.0) -> None:
    """Raise :class:`QueryError` "bad-weight" unless every boost (and constant score) of a query is
    0 or, without its sign, from MIN_BOOST to MAX_BOOST, and so is the product of those inside each
    other; ``outer`` is that of the boosts around this query.

    >>> check_boosts(wq.And([wq.Term("body", "rain", boost=-2.0)], boost=0.0))
    >>> check_boosts(wq.Term("body", "rain", boost=float("nan")))
    Traceback (most recent call last):
    ...
    searchlib.errors.QueryError: nan is not a boost: use 0, or from 1e-100 to 1e+100
    """
    boost = getattr(query, "boost", 1.0)
    if boost != 1.0:
        outer = _product(outer, boost)
    if type(query) in _LEAVES or not isinstance(query, wq.Query):
        return
    if isinstance(query, wq.ConstantScoreQuery):
        _product(outer, query.score)
        outer = 1.0  # the scores of the child are replaced
    for name in ("scale", "tiebreak"):  # of Or and DisjunctionMax
        factor = getattr(query, name, None)
        if factor:
            _product(1.0, factor)
    for child in query.children():
        check_boosts(child, outer)
    if isinstance(getattr(query, "q", None), wq.Query):  # Whoosh's span queries wrap one
        check_boosts(query.q, outer)


def _product(outer: float, boost: Any) -> float:
    """The product of two boosts without their signs."""
    if not isinstance(boost, (int, float, np.integer, np.floating)):
        _refuse(f"{boost!r:.40} is not a boost")
    try:
        size = abs(float(boost))
    except OverflowError:
        size = math.inf
    if size == 0.0:
        return 0.0
    if not MIN_BOOST <= size <= MAX_BOOST:
        _refuse(f"{boost!r:.40} is not a boost")
    if outer and not MIN_BOOST <= outer * size <= MAX_BOOST:
        _refuse(f"the boosts multiply to {outer * size:g}")
    return outer * size


def _refuse(message: str) -> NoReturn:
    cure = f"use 0, or from {MIN_BOOST:g} to {MAX_BOOST:g}"
    raise QueryError("bad-weight", (0, 0), message, cure)
