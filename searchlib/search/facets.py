"""Facets: exact counts of the matches by keyword, by a unit of time, or by number and range.

All kinds read doc values. A keyword field has the rank of each value, so counting is one
``bincount`` a segment; counts of segments are merged by the folded term. Dates are counted by the
calendar of the archive's time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import fold_keyword
from searchlib.codec.doc_values import MISSING, KeywordDocValues, NumericDocValues
from searchlib.dates import from_micros, to_micros
from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest
from searchlib.search.docset import DocSet

__all__ = ["Counts", "FacetResult", "KeywordCounter", "count_dates", "listed"]

Array = npt.NDArray[Any]

#: (value, count) pairs, and how many documents have no value.
Counts = tuple[list[tuple[str, int]], int]
#: The pairs that were asked for, how many documents have no value, and how many values there are.
FacetResult = tuple[list[tuple[str, int]], int, int]

_NUMPY_UNITS = {"year": "M8[Y]", "month": "M8[M]", "day": "M8[D]"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR = 3_600_000_000  # microseconds
_UNIX_EPOCH = to_micros(datetime(1970, 1, 1, tzinfo=UTC))
_DAY = 86_400_000_000  # microseconds
_LONGEST_MONTH = 32 * _DAY  # and a change of the clock


def listed(request: FacetRequest, counts: Counts) -> FacetResult:
    """The values that a request asks for, in its order.

    >>> request = FacetRequest("section", limit=1, min_count=2, order="value")
    >>> listed(request, ([("world", 3), ("arts", 2), ("sport", 1)], 4))
    ([('arts', 2)], 4, 2)
    """
    pairs, missing = counts
    if request.prefix:
        start = fold_keyword(request.prefix)
        pairs = [pair for pair in pairs if fold_keyword(pair[0]).startswith(start)]
    if request.min_count:
        pairs = [pair for pair in pairs if pair[1] >= request.min_count]
    if request.order == "count":
        pairs = sorted(pairs, key=lambda pair: -pair[1])
    elif request.order == "value" and not (request.unit or request.edges or request.step):
        pairs = sorted(pairs, key=lambda pair: _by_value(pair[0]))
    return pairs[: request.limit], missing, len(pairs)


def _by_value(label: str) -> tuple[float, str]:
    """Numbers by their size, before other values by their letters."""
    try:
        return float(label), ""
    except ValueError:
        return inf, fold_keyword(label)


class KeywordCounter:
    """Counts the values of a keyword field over all segments of a reader. A value is spelled as
    in the most of the live documents, whatever is counted."""

    def __init__(self, reader: IndexReader, name: str) -> None:
        self._segments = [(segment.core.keyword(name), segment) for segment in reader.segments]
        self._doc_values = [doc_values for doc_values, _ in self._segments]
        labels: dict[bytes, str] = {}
        #: The values with several spellings, by their ranks over all segments.
        several: set[bytes] = set()
        for doc_values in self._doc_values:
            if doc_values is not None:
                for term, label in zip(doc_values.terms, doc_values.label_texts, strict=True):
                    if labels.setdefault(term, label) != label:
                        several.add(term)
                several.update(doc_values.terms_with_variants())
        terms = sorted(labels)
        self._labels = [labels[term] for term in terms]
        ranks_by_term = {term: rank for rank, term in enumerate(terms)}
        self._several = {ranks_by_term[term] for term in several}
        # For each segment: its ranks -> ranks over all segments.
        self._global_ranks = [
            None
            if doc_values is None
            else np.array([ranks_by_term[term] for term in doc_values.terms], np.int64)
            for doc_values in self._doc_values
        ]

    def _find_commonest(self) -> None:
        """Make the label of each value with several spellings the commonest of them; of equally
        common ones, that of the first segment."""
        counts: dict[int, dict[str, int]] = {rank: {} for rank in self._several}
        for (doc_values, segment), ranks in zip(self._segments, self._global_ranks, strict=True):
            if doc_values is None or ranks is None:
                continue
            wanted = np.flatnonzero(np.isin(ranks, list(counts))).tolist()
            for rank, text, count in doc_values.spelling_counts(wanted, segment.live_docs):
                texts = counts[int(ranks[rank])]
                texts[text] = texts.get(text, 0) + count
        for rank, texts in counts.items():
            if texts:
                self._labels[rank] = max(texts, key=texts.__getitem__)
        self._several = set()

    def count(self, matches: Sequence[DocSet]) -> Counts:
        """Counts of all values that any of the ``matches`` (by segment) has, by count from the
        highest, then by term."""
        counts = np.zeros(len(self._labels), np.int64)
        missing = 0
        segments = zip(self._doc_values, self._global_ranks, matches, strict=True)
        for doc_values, global_ranks, docs in segments:
            if doc_values is None:
                missing += docs.count
                continue
            by_rank = _count_values(doc_values, docs)
            missing += int(by_rank[-1])
            counts[global_ranks] += by_rank[:-1]
        order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        if not self._several.isdisjoint(order.tolist()):
            self._find_commonest()
        labels = self._labels
        pairs = zip(order.tolist(), counts[order].tolist(), strict=True)
        return [(labels[rank], count) for rank, count in pairs], missing


def _count_values(doc_values: KeywordDocValues, docs: DocSet) -> Array:
    """How many of the documents have each value, by rank, and at the end how many have none:
    int64."""
    if kernels.available and docs.has_bits:
        ranks, size = doc_values.ranks, len(doc_values.terms)
        counts = kernels.codec.count_values(
            docs.bits, ranks.view(np.uint8), ranks.itemsize, doc_values.value_offsets, size
        )
        return np.frombuffer(counts, np.int64)
    return doc_values.count_values(None if docs.count == docs.max_doc else docs.docs)


def count_dates(
    request: FacetRequest, reader: IndexReader, matches: Sequence[DocSet], zone: tzinfo,
    week_start: int = 0,
) -> Counts:  # fmt: skip
    """Counts of the ``matches`` (by segment) by a unit, in the order of time. A date whose month or
    day is not known has no value there. ``week_start`` is 0 (Monday) to 6."""
    assert request.unit is not None
    dates: list[Array] = []
    missing = 0
    for segment, docs in zip(reader.segments, matches, strict=True):
        doc_values = segment.core.number(request.field)
        if doc_values is None:
            missing += docs.count
            continue
        values = doc_values.values
        if len(vague := _docs_without(request.unit, doc_values)):
            values = values.copy()
            values[vague] = MISSING
        values = values if docs.count == docs.max_doc else values[docs.docs]
        values = values[values != MISSING]
        missing += docs.count - len(values)
        dates.append(values)
    instants = np.concatenate(dates) if dates else np.empty(0, np.int64)
    if not len(instants):
        return [], missing
    if request.unit == "hour":
        return _hours(instants, zone), missing
    days, day_counts = np.unique(_local_days(instants, zone), return_counts=True)
    if request.unit not in _NUMPY_UNITS:
        return _calendar(request.unit, days, day_counts, week_start), missing
    units, first = np.unique(
        days.astype("M8[D]").astype(_NUMPY_UNITS[request.unit]), return_index=True
    )
    counts = np.add.reduceat(day_counts, first)
    return list(zip(map(str, units), counts.tolist(), strict=True)), missing


def _calendar(unit: str, days: Array, day_counts: Array, week_start: int) -> list[tuple[str, int]]:
    """Days and their counts by a unit that NumPy does not have."""
    counts: dict[str, int] = dict.fromkeys(_WEEKDAYS, 0) if unit == "weekday" else {}
    for day, count in zip(days.astype("M8[D]").tolist(), day_counts.tolist(), strict=True):
        if unit == "weekday":
            label = _WEEKDAYS[day.weekday()]
        elif unit == "week":
            year, week, _ = day.isocalendar()
            label = f"{year:04}-W{week:02}"
        elif unit == "week_of":
            past = min((day.weekday() - week_start) % 7, day.toordinal() - 1)
            label = (day - timedelta(past)).isoformat()
        elif unit == "quarter":
            label = f"{day.year:04}-Q{(day.month + 2) // 3}"
        else:
            label = f"{day.year // 10 * 10:04}s"
        counts[label] = counts.get(label, 0) + count
    return [(label, count) for label, count in counts.items() if count]


def _hours(instants: Array, zone: tzinfo) -> list[tuple[str, int]]:
    """Counts by the hour of the day."""
    quarters, counts = np.unique(instants // (_HOUR // 4), return_counts=True)  # as zones differ
    totals = [0] * 24
    for quarter, count in zip(quarters.tolist(), counts.tolist(), strict=True):
        instant = from_micros(quarter * (_HOUR // 4))
        with suppress(OverflowError):  # of the first and the last day of the calendar
            instant = instant.astimezone(zone)
        totals[instant.hour] += count
    return [(f"{hour:02}", count) for hour, count in enumerate(totals) if count]


def _docs_without(unit: str, doc_values: NumericDocValues) -> Array:
    """The documents with a date of which this unit is not known."""
    docs, ends = doc_values.partial_docs, doc_values.partial_ends
    if unit in ("decade", "year"):
        return docs[:0]
    if unit in ("week", "week_of", "day", "weekday", "hour"):
        return docs
    of_years: Array = docs[ends - doc_values.values[docs] > _LONGEST_MONTH]
    return of_years


def _local_days(instants: Array, zone: tzinfo) -> Array:
    """The calendar day in ``zone`` of each instant (microseconds), in days since 1970: int64."""
    if zone is UTC or str(zone) == "UTC":
        days: Array = (instants - _UNIX_EPOCH) // _DAY
        return days
    # The local day is that of UTC, the one before or the one after.
    utc_days = np.unique(instants // _DAY) + 1
    candidates = np.unique(np.concatenate((utc_days - 1, utc_days, utc_days + 1)))
    candidates = candidates[(candidates >= 1) & (candidates <= date.max.toordinal())]
    midnights = [
        to_micros(datetime.combine(date.fromordinal(day), datetime.min.time(), zone))
        for day in candidates.tolist()
    ]
    rows = np.searchsorted(np.array(midnights, np.int64), instants, "right") - 1
    local_days: Array = candidates[np.maximum(rows, 0)] - date(1970, 1, 1).toordinal()
    return local_days
