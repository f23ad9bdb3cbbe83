"""Exact counts over the documents that match: by keyword, by year, month and day.

Keyword columns hold the rank of each value, so that counting is one ``bincount``; values of
several segments are put together by their folded term. Dates are counted in the archive's
time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.doc_values import MISSING, KeywordDocValues
from searchlib.dates import to_micros
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Date, Keyword, Schema
from searchlib.search.docset import DocSet

__all__ = ["UNITS", "FacetRequest", "Values", "count_dates"]

Array = npt.NDArray[Any]
UNITS = {"year": 4, "month": 7, "day": 10}  # -> letters of an ISO date
_EPOCH = to_micros(datetime(1970, 1, 1, tzinfo=UTC))
_DAY = 86_400_000_000


class FacetRequest:
    """What to count: a keyword field, or a date field by a unit ("date:month").

    Raises ValueError saying what is wrong.
    """

    def __init__(self, text: str, schema: Schema) -> None:
        name, _, unit = text.partition(":")
        field = schema.fields.get(name)
        known = schema.names(Keyword) + [f"{d}:month" for d in schema.names(Date)]
        if isinstance(field, Date):
            if (unit := unit or "month") not in UNITS:
                raise ValueError(f"{text!r}: a date is counted by year, month or day")
        elif not isinstance(field, Keyword) or unit:
            raise ValueError(f"{text!r} cannot be counted: try one of {', '.join(known)}")
        self.text = text
        self.name = name
        self.unit = unit


class Values:
    """The values of a keyword field over all segments of a snapshot, sorted by their terms; a
    value is spelled as in the first segment that has it."""

    def __init__(self, snapshot: IndexReader, name: str) -> None:
        self._columns = [segment.data.keyword(name) for segment in snapshot.segments]
        spelled: dict[bytes, str] = {}
        for column in self._columns:
            if column is not None:
                for term, label in zip(column.terms, column.names, strict=True):
                    spelled.setdefault(term, label)
        terms = sorted(spelled)
        self._names = [spelled[term] for term in terms]
        rank = {term: number for number, term in enumerate(terms)}
        # Per segment, the place of each of its values among all.
        self._places = [
            None if column is None else np.array([rank[term] for term in column.terms], np.int64)
            for column in self._columns
        ]

    def count(self, found: Sequence[DocSet]) -> tuple[list[tuple[str, int]], int]:
        """(value, count) of all values that any of the documents has, by count, then by value;
        and how many documents have none. ``found`` has the documents of each segment."""
        counts = np.zeros(len(self._names), np.int64)
        missing = 0
        for column, places, docs in zip(self._columns, self._places, found, strict=True):
            if column is None:
                missing += docs.count
                continue
            tally = _tally(column, docs)
            missing += int(tally[-1])
            counts[places] += tally[:-1]
        order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        names = self._names
        pairs = zip(order.tolist(), counts[order].tolist(), strict=True)
        return [(names[rank], number) for rank, number in pairs], missing


def _tally(column: KeywordDocValues, docs: DocSet) -> Array:
    if kernels.available and docs.has_bits:
        ranks, size = column.ranks, len(column.terms)
        counts = kernels.codec.count_values(
            docs.bits, ranks.view(np.uint8), ranks.itemsize, column.held, size
        )
        return np.frombuffer(counts, np.int64)
    return column.tally(None if docs.count == docs.size else docs.docs)


def count_dates(
    spec: FacetRequest, snapshot: IndexReader, found: Sequence[DocSet], zone: tzinfo
) -> tuple[list[tuple[str, int]], int]:
    """(year, month or day, count) of the documents, in the order of time, and how many have no
    date. ``found`` has the documents of each segment."""
    parts: list[Array] = []
    missing = 0
    for segment, docs in zip(snapshot.segments, found, strict=True):
        column = segment.data.number(spec.name)
        if column is None:
            missing += docs.count
            continue
        values = column.values if docs.count == docs.size else column.values[docs.docs]
        values = values[values != MISSING]
        missing += docs.count - len(values)
        parts.append(values)
    values = np.concatenate(parts) if parts else np.empty(0, np.int64)
    if not len(values):
        return [], missing
    days, counts = np.unique(_days(values, zone), return_counts=True)
    units = (days.astype("M8[D]")).astype(f"M8[{spec.unit[0].upper()}]")
    if spec.unit == "day":
        units = days.astype("M8[D]")
    names, first = np.unique(units, return_index=True)
    sums = np.add.reduceat(counts, first)
    labels = (str(name)[: UNITS[spec.unit]] for name in names)
    return list(zip(labels, sums.tolist(), strict=True)), missing


def _days(micros: Array, zone: tzinfo) -> Array:
    """The local calendar day of each instant, in days since 1970: int64."""
    if zone is UTC or str(zone) == "UTC":
        days: Array = (micros - _EPOCH) // _DAY
        return days
    # An instant's local day is that of UTC, the one before or the one after.
    utc = np.unique(micros // _DAY) + 1
    near = np.unique(np.concatenate((utc - 1, utc, utc + 1)))
    near = near[(near >= 1) & (near <= date.max.toordinal())]
    midnights = [
        to_micros(datetime.combine(date.fromordinal(n), datetime.min.time(), zone))
        for n in near.tolist()
    ]
    place = np.searchsorted(np.array(midnights, np.int64), micros, "right") - 1
    local: Array = near[np.maximum(place, 0)] - date(1970, 1, 1).toordinal()
    return local
