"""Measures of rankings, and whether two differ by more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

import numpy as np

__all__ = ["mean_difference_by_chance", "ndcg", "reciprocal_rank"]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """The normalized discounted cumulative gain, as trec_eval computes it: a document's gain is
    its grade.

    >>> ndcg(["b", "a"], {"a": 1, "b": 0})
    0.6309297535714575
    """
    gains = [max(0, grades.get(doc, 0)) for doc in ranked[:depth]]
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 / the rank of the first relevant document, 0 if there is none.

    >>> reciprocal_rank(["b", "a"], {"a": 1})
    0.5
    """
    ranks = (rank for rank, doc in enumerate(ranked, 1) if grades.get(doc, 0) > 0)
    return 1 / next(ranks, float("inf"))


def mean_difference_by_chance(
    a: Sequence[float], b: Sequence[float], rounds: int = 10_000
) -> float:
    """The probability that means by query differ so much, if it were chance which of two engines
    gave which value: Fisher's paired randomization test (Smucker, Allan and Carterette, CIKM 2007).

    >>> mean_difference_by_chance([0.5] * 9, [0.5] * 9)
    1.0
    """
    differences = np.array(a) - np.array(b)
    signs = np.random.default_rng(1).choice((-1.0, 1.0), (rounds, len(differences)))
    means = np.abs(signs @ differences)
    as_far = np.count_nonzero(means >= abs(differences.sum()) - 1e-12)
    return float((as_far + 1) / (rounds + 1))
