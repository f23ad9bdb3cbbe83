"""Facets: exact counts of the matches by keyword, by a unit of time, or by number and range.

All kinds read doc values. A keyword field has the rank of each value, so counting is one
``bincount`` a segment; counts of segments are merged by the folded term. Dates are counted by the
calendar of the archive's time zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import fold_keyword
from searchlib.codec.doc_values import MISSING, KeywordDocValues, NumericDocValues
from searchlib.dates import from_micros, to_micros
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.requests import FacetRequest
from searchlib.search.docset import DocSet

__all__ = [
    "Counts",
    "FacetResult",
    "KeywordCounter",
    "PeriodCounter",
    "StoryCounts",
    "distinct_count",
    "distinct_pairs",
    "hour_label",
    "in_order_of_time",
    "listed",
    "period_label",
]

Array = npt.NDArray[Any]

#: (value, count) pairs, and how many documents have no value.
Counts = tuple[list[tuple[str, int]], int]
#: The pairs that were asked for, how many documents have no value, and how many values there are.
FacetResult = tuple[list[tuple[str, int]], int, int]
#: How many stories have an article with each value, and how many one with none.
StoryCounts = tuple[dict[str, int], int]

#: The days of a week, from Monday on.
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
            np.array([ranks_by_term[term] for term in _terms(doc_values)], np.int64)
            for doc_values in self._doc_values
        ]
        self._joined: _JoinedRanks | None = None
        if kernels.available and len(reader.segments) > 1:
            rows = zip(self._segments, self._global_ranks, strict=True)
            parts = [_global_values(*row[0], row[1], len(terms)) for row in rows]
            self._joined = _JoinedRanks(parts, len(terms))

    def _find_commonest(self) -> None:
        """Make the label of each value with several spellings the commonest of them; of equally
        common ones, that of the first segment."""
        counts: dict[int, Counter[str]] = {rank: Counter() for rank in self._several}
        for (doc_values, segment), ranks in zip(self._segments, self._global_ranks, strict=True):
            if doc_values is None:
                continue
            wanted = np.flatnonzero(np.isin(ranks, list(counts))).tolist()
            for rank, text, count in doc_values.spelling_counts(wanted, segment.live_docs):
                counts[int(ranks[rank])][text] += count
        for rank, texts in counts.items():
            if texts:
                self._labels[rank] = max(texts, key=texts.__getitem__)
        self._several = set()

    def count(self, matches: Sequence[DocSet]) -> Counts:
        """Counts of all values that any of the ``matches`` (by segment) has, by count from the
        highest, then by term."""
        counts, missing = self._counts(matches)
        order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        if not self._several.isdisjoint(order.tolist()):
            self._find_commonest()
        labels = self._labels
        pairs = zip(order.tolist(), counts[order].tolist(), strict=True)
        return [(labels[rank], count) for rank, count in pairs], missing

    def _counts(self, matches: Sequence[DocSet]) -> tuple[Array, int]:
        """How many of the ``matches`` have each value, and how many have none."""
        if self._joined is not None and all(docs.has_bits for docs in matches):
            joined = self._joined.count(matches)
            return joined[:-1], int(joined[-1])
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
        return counts, missing

    def count_stories(self, matches: Sequence[DocSet], stories: Sequence[Array]) -> StoryCounts:
        """How many of the stories have each value; ``stories`` are those of the ``matches``."""
        ranks: list[Array] = []
        without: list[Array] = []
        owners: list[Array] = []
        rows = zip(self._doc_values, self._global_ranks, matches, stories, strict=True)
        for doc_values, global_ranks, docs, own in rows:
            if doc_values is None:
                without.append(own)
                continue
            if doc_values.value_offsets is None:
                local = doc_values.ranks[docs.docs].astype(np.int64)
                has = local < len(global_ranks)
                without.append(own[~has])
                local, own = local[has], own[has]
            else:
                starts = doc_values.value_offsets.astype(np.int64)
                counts = starts[docs.docs + 1] - starts[docs.docs]
                without.append(own[counts == 0])
                ends = np.cumsum(counts)
                of_each = np.repeat(starts[docs.docs] - (ends - counts), counts)
                places = of_each + np.arange(len(of_each))
                local, own = doc_values.ranks[places].astype(np.int64), np.repeat(own, counts)
            ranks.append(global_ranks[local])
            owners.append(own)
        return _by_label(self._labels, ranks, owners), distinct_count(without)


class _JoinedRanks:
    """The values of the documents of all segments, as ranks, so that the kernels count them in one
    call. Each segment begins at a bitset word of its own, as the bitsets of matches do.

    ``parts`` has for each segment the ranks of its values, and how many each document has (None:
    one each, where ``size`` stands for none)."""

    def __init__(self, parts: Sequence[tuple[Array, Array | None]], size: int) -> None:
        self._size = size
        rank_type = np.min_scalar_type(size)
        starts = None
        if any(counts is not None for _, counts in parts):
            lengths = [
                _padded(np.ones(len(ranks), np.int64) if counts is None else counts, 0)
                for ranks, counts in parts
            ]
            starts = np.zeros(sum(map(len, lengths)) + 1, np.uint32)
            np.cumsum(np.concatenate(lengths), out=starts[1:])
            ranks = np.concatenate([ranks for ranks, _ in parts])
        else:
            ranks = np.concatenate(
                [np.empty(0, np.int64), *(_padded(ranks, size) for ranks, _ in parts)]
            )
        self._starts = starts
        self._ranks = ranks.astype(rank_type)

    def of_each(self, sizes: Sequence[int]) -> list[Array]:
        """The ranks by segment, where each document has one; segments are of these sizes."""
        starts = np.cumsum([0, *(-(-size // 64) * 64 for size in sizes)])
        return [
            self._ranks[start : start + size]
            for start, size in zip(starts.tolist(), sizes, strict=False)
        ]

    def count(self, matches: Sequence[DocSet]) -> Array:
        """How many of the ``matches`` (by segment), which are bitsets, have each value, by rank,
        and at the end how many have none: int64."""
        bits = np.concatenate([docs.bits for docs in matches])
        counts = kernels.codec.count_values(
            bits, self._ranks.view(np.uint8), self._ranks.itemsize, self._starts, self._size
        )
        return np.frombuffer(counts, np.int64)


def _terms(doc_values: KeywordDocValues | None) -> Iterable[bytes]:
    return () if doc_values is None else doc_values.terms


def _global_values(
    doc_values: KeywordDocValues | None, segment: SegmentReader, global_ranks: Array, size: int
) -> tuple[Array, Array | None]:
    """The values of a segment as :class:`_JoinedRanks` takes them."""
    if doc_values is None:
        return np.full(segment.documents, size, np.int64), None
    known = np.append(global_ranks, size)  # and no value
    ranks = known[np.minimum(doc_values.ranks, len(global_ranks))]
    if doc_values.value_offsets is None:
        return ranks, None
    return ranks, np.diff(doc_values.value_offsets.astype(np.int64))


def _padded(values: Array, fill: int) -> Array:
    """The values of documents up to the end of the last bitset word."""
    return np.pad(values, (0, -len(values) % 64), constant_values=fill)


def _by_label(labels: Sequence[str], ranks: list[Array], stories: list[Array]) -> dict[str, int]:
    """How many distinct stories each label has that has any."""
    if not ranks:
        return {}
    of_all, owners = np.concatenate(ranks), np.concatenate(stories)
    counts = np.bincount(of_all[distinct_pairs(of_all, owners)], minlength=len(labels))
    return {labels[rank]: int(counts[rank]) for rank in np.flatnonzero(counts).tolist()}


def distinct_count(stories: list[Array]) -> int:
    """How many stories there are.

    >>> distinct_count([np.array([7, 8]), np.array([7])]), distinct_count([])
    (2, 0)
    """
    return len(np.unique(np.concatenate(stories))) if stories else 0


def distinct_pairs(values: Array, stories: Array) -> Array:
    """The indices of one of each distinct pair of a value and a story.

    >>> distinct_pairs(np.array([1, 1, 2]), np.array([7, 7, 7])).tolist()
    [0, 2]
    """
    order = np.lexsort((stories, values))
    values, stories = values[order], stories[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (values[1:] != values[:-1]) | (stories[1:] != stories[:-1])
    indices: Array = order[is_new]
    return indices


def _count_values(doc_values: KeywordDocValues, docs: DocSet) -> Array:
    """How many of the documents have each value, by rank, and at the end how many have none:
    int64."""
    if kernels.available and docs.has_bits:
        return _count_bits(docs, doc_values.ranks, doc_values.value_offsets, len(doc_values.terms))
    return doc_values.count_values(None if docs.count == docs.max_doc else docs.docs)


def _count_bits(docs: DocSet, ranks: Array, value_offsets: Array | None, size: int) -> Array:
    counts = kernels.codec.count_values(
        docs.bits, ranks.view(np.uint8), ranks.itemsize, value_offsets, size
    )
    return np.frombuffer(counts, np.int64)


class PeriodCounter:
    """Counts the dates of a field by a unit, over all segments of a reader. The period of each
    document is worked out once: what is counted afterwards are small numbers, as of keywords.

    A date whose month or day is not known has no value where that is counted. ``week_start`` is 0
    (Monday) to 6."""

    def __init__(
        self, request: FacetRequest, reader: IndexReader, zone: tzinfo, week_start: int = 0
    ) -> None:
        assert request.unit is not None
        self._unit: str = request.unit
        number_of: dict[str, int] = {}
        ranks: list[Array] = []
        for segment in reader.segments:
            doc_values = segment.core.number(request.field)
            if doc_values is None:
                ranks.append(np.full(segment.documents, -1, np.int64))
                continue
            values = doc_values.values
            has_date = values != MISSING
            has_date[_docs_without(self._unit, doc_values)] = False
            labels, places = _periods(self._unit, values[has_date], zone, week_start)
            numbers = [number_of.setdefault(label, len(number_of)) for label in labels]
            of_segment = np.full(len(values), -1, np.int64)
            of_segment[has_date] = np.array(numbers, np.int64)[places]
            ranks.append(of_segment)
        self._labels = list(number_of)
        size = len(self._labels)
        parts = [(np.where(one < 0, size, one), None) for one in ranks]
        self._joined = _JoinedRanks(parts, size)
        #: For each segment each document's place among the periods; their number if it has no date.
        self._ranks = self._joined.of_each([segment.documents for segment in reader.segments])

    def count(self, matches: Sequence[DocSet]) -> Counts:
        """Counts of the ``matches`` (by segment) in the order of time."""
        size = len(self._labels)
        if kernels.available and matches and all(docs.has_bits for docs in matches):
            counts = self._joined.count(matches)
        else:
            counts = np.zeros(size + 1, np.int64)
            for ranks, docs in zip(self._ranks, matches, strict=True):
                chosen = ranks if docs.count == docs.max_doc else ranks[docs.docs]
                counts += np.bincount(chosen, minlength=size + 1)
        totals = {self._labels[n]: int(counts[n]) for n in np.flatnonzero(counts[:-1]).tolist()}
        return in_order_of_time(self._unit, totals), int(counts[-1])

    def count_stories(self, matches: Sequence[DocSet], stories: Sequence[Array]) -> StoryCounts:
        """How many of the stories are of each period; ``stories`` are those of the ``matches``."""
        places: list[Array] = []
        owners: list[Array] = []
        without: list[Array] = []
        for ranks, docs, own in zip(self._ranks, matches, stories, strict=True):
            local = ranks[docs.docs].astype(np.int64)
            has = local < len(self._labels)
            places.append(local[has])
            owners.append(own[has])
            without.append(own[~has])
        return _by_label(self._labels, places, owners), distinct_count(without)


def in_order_of_time(unit: str, totals: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts of the periods of a unit, the earliest first.

    >>> in_order_of_time("weekday", {"Friday": 1, "Monday": 2})
    [('Monday', 2), ('Friday', 1)]
    """
    order = _WEEKDAYS if unit == "weekday" else sorted(totals)
    return [(label, totals[label]) for label in order if label in totals]


def _periods(unit: str, instants: Array, zone: tzinfo, week_start: int) -> tuple[list[str], Array]:
    """The labels of all periods that instants (microseconds) are in, and the place of each
    instant's among them: int64."""
    if unit == "hour":
        keys, inverse = np.unique(instants // (_HOUR // 4), return_inverse=True)  # as zones differ
        by_key = [hour_label(quarter * (_HOUR // 4), zone) for quarter in keys.tolist()]
    else:
        days = _local_days(instants, zone) if len(instants) else instants
        keys, inverse = np.unique(days, return_inverse=True)
        label = partial(period_label, unit, week_start)
        by_key = list(map(label, keys.astype("M8[D]").tolist()))
    places: dict[str, int] = {}
    place_of_key = [places.setdefault(one, len(places)) for one in by_key]
    return list(places), np.array(place_of_key, np.int64)[inverse.reshape(len(instants))]


def period_label(unit: str, week_start: int, day: date) -> str:
    """The period of a day."""
    if unit == "month":
        return f"{day.year:04}-{day.month:02}"
    if unit == "year":
        return f"{day.year:04}"
    if unit == "day":
        return day.isoformat()
    if unit == "weekday":
        return _WEEKDAYS[day.weekday()]
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if unit == "week_of":
        past = min((day.weekday() - week_start) % 7, day.toordinal() - 1)
        return (day - timedelta(past)).isoformat()
    if unit == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return f"{day.year // 10 * 10:04}s"


def hour_label(micros: int, zone: tzinfo) -> str:
    """The hour of the day of an instant."""
    instant = from_micros(micros)
    with suppress(OverflowError):  # of the first and the last day of the calendar
        instant = instant.astimezone(zone)
    return f"{instant.hour:02}"


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
    if str(zone) == "UTC":
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
