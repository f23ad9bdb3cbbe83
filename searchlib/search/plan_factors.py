"""Factors of scores that are not about words: how recent an article is, and a number that it has.

They multiply the scores of a whole query; what matches does not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from searchlib.codec.doc_values import MISSING
from searchlib.dates import DateSettings, to_micros
from searchlib.errors import ArgumentError
from searchlib.index.index_reader import IndexReader
from searchlib.requests import SearchRequest
from searchlib.schema import Number, Schema
from searchlib.search.docset import DocSet, Mask
from searchlib.search.plan_boolean import Docs, Floats, PlanNode

__all__ = ["DAY", "MOST_HALVINGS", "FactorsNode", "NumberFactor", "RecencyFactor", "factors_of"]

DAY = 86_400_000_000  # microseconds
MOST_HALVINGS = 50.0  # of what is older, or has no date


@dataclass(frozen=True, slots=True)
class RecencyFactor:
    """2 to the power of -age / half-life: 1 now, a half after ``half_life`` days, a quarter after
    twice that. ``now`` is in microseconds; what is later counts as of now, and an article without a
    date as the oldest."""

    field: str
    half_life: float
    now: int

    def values(self, reader: IndexReader, segment: int, docs: Docs) -> Floats:
        """The factor of each document: float64."""
        doc_values = reader.segments[segment].core.number(self.field)
        if doc_values is None:
            return np.full(len(docs), 2.0**-MOST_HALVINGS)
        instants = doc_values.values[docs]
        halvings = np.maximum(self.now - instants, 0) / (DAY * self.half_life)
        halvings[instants == MISSING] = MOST_HALVINGS
        factors: Floats = np.exp2(-np.minimum(halvings, MOST_HALVINGS))
        return factors

    def __str__(self) -> str:
        return f"recency by {self.field}, half-life {self.half_life:g} days"


@dataclass(frozen=True, slots=True)
class NumberFactor:
    """1 + ln(1 + number), so that ten times as much counts some more; 1 for an article without it,
    or with a number below 0."""

    field: str

    def values(self, reader: IndexReader, segment: int, docs: Docs) -> Floats:
        """The factor of each document: float64."""
        doc_values = reader.segments[segment].core.number(self.field)
        if doc_values is None:
            return np.ones(len(docs))
        numbers = np.nan_to_num(doc_values.values[docs], nan=0.0)
        factors: Floats = 1.0 + np.log1p(np.maximum(numbers, 0.0))
        return factors

    def __str__(self) -> str:
        return f"1 + ln(1 + {self.field})"


def factors_of(
    request: SearchRequest, schema: Schema, dates: DateSettings
) -> list[RecencyFactor | NumberFactor]:
    """What multiplies the scores of a request; ArgumentError if the schema has no such field."""
    factors: list[RecencyFactor | NumberFactor] = []
    if request.recency is not None:
        name = schema.date_field
        if name is None:
            raise ArgumentError("recency: this archive has no dates")
        now = to_micros(dates.now or datetime.now(UTC))
        factors.append(RecencyFactor(name, request.recency, now))
    if request.boost_by is not None:
        numbers = schema.names(Number)
        if request.boost_by not in numbers:
            able = ", ".join(numbers) or "this archive has none"
            raise ArgumentError(f"boost_by: {request.boost_by!r} is no field of numbers: {able}")
        factors.append(NumberFactor(request.boost_by))
    return factors


class FactorsNode(PlanNode):
    """The documents of ``child``, whose scores are multiplied by factors. The compiled kernels do
    not know it: such a plan is run over arrays."""

    def __init__(
        self, child: PlanNode, reader: IndexReader,
        factors: Sequence[RecencyFactor | NumberFactor],
    ) -> None:  # fmt: skip
        super().__init__(child.stats)
        self._child = child
        self._reader = reader
        self._factors = factors

    def cost(self, segment: int) -> int:
        return self._child.cost(segment)

    def contains(self, segment: int, docs: Docs) -> Mask:
        return self._child.contains(segment, docs)

    def _match(self, segment: int) -> DocSet:
        return self._child.match(segment)

    def score(self, segment: int, docs: Docs, *, known_match: bool) -> Floats:
        scores = self._child.score(segment, docs, known_match=known_match)
        for factor in self._factors:
            scores = scores * factor.values(self._reader, segment, docs)
        return scores
