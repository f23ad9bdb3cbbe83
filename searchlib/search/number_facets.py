"""Facets of number fields: exact counts of the matches by number, or by ranges of numbers.

A label is what the query language finds the same articles by: ``5``, ``0..99`` where all numbers
of the field are whole, ``[0 TO 100}`` where not, ``<0``, ``>=500``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import count, pairwise
from math import floor, isfinite, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.errors import ArgumentError
from searchlib.index.index_reader import IndexReader
from searchlib.requests import FacetRequest
from searchlib.search.docset import DocSet
from searchlib.search.facets import Counts, StoryCounts, distinct_count, distinct_pairs

__all__ = ["count_number_stories", "count_numbers", "counted"]

Array = npt.NDArray[Any]

_MAX_RANGES = 10_000
_NICE_RANGES = 12  # of a step that is chosen by the numbers, at most


def count_numbers(request: FacetRequest, reader: IndexReader, matches: Sequence[DocSet]) -> Counts:
    """Counts of the ``matches`` (by segment) by the numbers of a field, ascending. ArgumentError
    for a step so narrow that it makes more than 10,000 ranges."""
    found, missing, are_whole = _numbers(request, reader, matches)
    numbers = np.concatenate([values for values in found if values is not None] or [np.empty(0)])
    numbers = numbers[~np.isnan(numbers)]
    return counted(request, numbers, are_whole), missing


def count_number_stories(
    request: FacetRequest, reader: IndexReader, matches: Sequence[DocSet], stories: Sequence[Array]
) -> StoryCounts:
    """How many stories have an article with each of the numbers, or one within each range;
    ``stories`` are those of the ``matches``."""
    found, _, are_whole = _numbers(request, reader, matches)
    pairs = list(zip(found, stories, strict=True))
    rows = [(values, own) for values, own in pairs if values is not None]
    without = distinct_count(
        [own if values is None else own[np.isnan(values)] for values, own in pairs]
    )
    if not rows:
        return {}, without
    numbers, owners = (np.concatenate(column) for column in zip(*rows, strict=True))
    is_number = ~np.isnan(numbers)
    numbers, owners = numbers[is_number], owners[is_number]
    edges = _edges(request, numbers, are_whole) if len(numbers) else []
    if not edges:
        chosen = distinct_pairs(numbers, owners)
        return dict(counted(request, numbers[chosen], are_whole)), without
    chosen = distinct_pairs(np.searchsorted(np.array(edges, float), numbers, "right"), owners)
    return dict(_ranges(numbers[chosen], edges, are_whole)), without


def _numbers(
    request: FacetRequest, reader: IndexReader, matches: Sequence[DocSet]
) -> tuple[list[Array | None], int, bool]:
    """The numbers of the ``matches``, NaN where there is none (None for a segment without the
    field); how many are missing; and whether all of the archive are whole."""
    found: list[Array | None] = []
    missing, are_whole = 0, True
    for segment, docs in zip(reader.segments, matches, strict=True):
        doc_values = segment.core.number(request.field)
        if doc_values is None:
            missing += docs.count
            found.append(None)
            continue
        every = doc_values.values
        are_whole = are_whole and bool(np.all(np.isnan(every) | (every == np.floor(every))))
        values = every if docs.count == docs.max_doc else every[docs.docs]
        missing += int(np.isnan(values).sum())
        found.append(values)
    return found, missing, are_whole


def counted(request: FacetRequest, numbers: Array, are_whole: bool) -> list[tuple[str, int]]:
    """Counts of numbers; ``are_whole`` says whether all of the archive are."""
    if not len(numbers):
        return []
    edges = _edges(request, numbers, are_whole)
    if edges:
        return _ranges(numbers, edges, are_whole)
    values, counts = np.unique(numbers, return_counts=True)
    return list(zip(map(_text, values.tolist()), counts.tolist(), strict=True))


def _edges(request: FacetRequest, numbers: Array, are_whole: bool) -> Sequence[float]:
    """Where the ranges of some numbers begin; none if each is counted by itself."""
    if request.edges or request.step is None:
        return request.edges
    low, high = float(numbers.min()), float(numbers.max())
    step = request.step
    width = _nice_step(low, high, are_whole) if isinstance(step, str) else step
    first, last = low / width, high / width
    if not (isfinite(first) and isfinite(last) and last - first <= _MAX_RANGES):
        cure = f"a step of {_text(_nice_step(low, high, are_whole))}, or nice, makes fewer"
        message = f"{str(request)!r}: that are more than {_MAX_RANGES:,} ranges"
        raise ArgumentError(f"{message} from {_text(low)} to {_text(high)}: {cure}")
    exact = Decimal(repr(width))  # as it was written: three times 0.1 is 0.3
    return [float(number * exact) for number in range(floor(first), floor(last) + 2)]


def _ranges(numbers: Array, edges: Sequence[float], are_whole: bool) -> list[tuple[str, int]]:
    """Counts below the first edge, from each edge to the next, and from the last edge on, without
    the empty ones before the first number and after the last."""
    bounds = np.array(edges, float)
    counts = np.bincount(np.searchsorted(bounds, numbers, "right"), minlength=len(bounds) + 1)
    are_whole = are_whole and bool(np.all(bounds == np.floor(bounds)))
    labels = [f"<{_text(edges[0])}"]
    for low, high in pairwise(edges):
        if not are_whole:
            labels.append(f"[{_text(low)} TO {_text(high)}}}")
        elif high - low == 1:
            labels.append(_text(low))
        else:
            labels.append(f"{_text(low)}..{_text(high - 1)}")
    labels.append(f">={_text(edges[-1])}")
    nonzero = np.flatnonzero(counts)
    pairs = list(zip(labels, counts.tolist(), strict=True))
    return pairs[nonzero[0] : nonzero[-1] + 1]


def _nice_step(low: float, high: float, are_whole: bool) -> float:
    """The narrowest of 1, 2, 5, 10, 20 and so on (also 0.5, 0.2 and so on) by which some ten ranges
    hold all numbers.

    >>> _nice_step(0, 1000, True), _nice_step(0.0, 1.0, False), _nice_step(3, 3, True)
    (100.0, 0.1, 1.0)
    """
    span = high / _NICE_RANGES - low / _NICE_RANGES  # the whole may be infinite
    if span <= 0:
        return 1.0
    steps = (
        float(f"{factor}e{power}") for power in count(floor(log10(span))) for factor in (1, 2, 5)
    )
    return next(step for step in steps if step >= span and not (are_whole and step < 1))


def _text(value: float) -> str:
    """A number as people write it.

    >>> _text(5.0), _text(0.25), _text(-1e300)
    ('5', '0.25', '-1e+300')
    """
    return str(int(value)) if value == floor(value) and abs(value) < 1e15 else repr(value)
