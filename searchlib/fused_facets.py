"""Counts of a facet in several archives, as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchlib.analysis import fold_keyword
from searchlib.requests import FacetRequest
from searchlib.results import FacetCounts
from searchlib.schema import Date, Field, Keyword, Number
from searchlib.search.facets import FacetResult, in_order_of_time, listed
from searchlib.search.number_facets import counted

__all__ = ["merged_counts", "merged_stories", "plain_request"]


def plain_request(facet: FacetRequest) -> FacetRequest:
    """What is asked of each archive for a facet: all values, numbers one by one.

    >>> str(plain_request(FacetRequest("section", limit=3)))
    'section'
    """
    return FacetRequest(facet.field, facet.unit)


def merged_counts(
    facet: FacetRequest, field: Field, found: Sequence[FacetCounts], every: Sequence[FacetCounts]
) -> FacetResult:
    """The counts of a resolved facet from those of each archive; ``every`` are the counts of all of
    their articles, by which it is known if all numbers are whole.

    >>> one, other = FacetCounts("s", [("World", 1), ("Arts", 1)]), FacetCounts("s", [("world", 2)])
    >>> from searchlib.schema import Keyword
    >>> merged_counts(FacetRequest("s"), Keyword(), [one, other], [])
    ([('world', 3), ('Arts', 1)], 0, 2)
    """
    missing = sum(counts.missing for counts in found)
    if isinstance(field, Date):
        return listed(facet, (_by_time(facet, found), missing))
    if isinstance(field, Number):
        return listed(facet, (_by_number(facet, found, every), missing))
    return listed(facet, (_by_keyword(found), missing))


def merged_stories(
    field: Field, found: Sequence[FacetCounts], values: Sequence[str]
) -> dict[str, int]:
    """How many stories have each of these values, from the counts of each archive; no story is in
    two of them.

    >>> one = FacetCounts("s", [("World", 3)], stories={"World": 2})
    >>> other = FacetCounts("s", [("world", 1)], stories={"world": 1})
    >>> from searchlib.schema import Keyword
    >>> merged_stories(Keyword(), [one, other], ["World"])
    {'World': 3}
    """
    same = fold_keyword if isinstance(field, Keyword) else str
    totals: dict[str, int] = {}
    for counts in found:
        for value, count in (counts.stories or {}).items():
            totals[same(value)] = totals.get(same(value), 0) + count
    return {value: totals[same(value)] for value in values}


def _by_time(facet: FacetRequest, found: Sequence[FacetCounts]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for counts in found:
        for period, count in counts:
            totals[period] = totals.get(period, 0) + count
    return in_order_of_time(str(facet.unit), totals)


def _by_keyword(found: Sequence[FacetCounts]) -> list[tuple[str, int]]:
    """A value is spelled as in the archive that has it most."""
    totals: dict[str, int] = {}
    labels: dict[str, tuple[int, str]] = {}
    for counts in found:
        for label, count in counts:
            folded = fold_keyword(label)
            totals[folded] = totals.get(folded, 0) + count
            if count > labels.get(folded, (0, ""))[0]:
                labels[folded] = (count, label)
    order = sorted(totals, key=lambda folded: (-totals[folded], folded.encode()))
    return [(labels[folded][1], totals[folded]) for folded in order]


def _by_number(
    facet: FacetRequest, found: Sequence[FacetCounts], every: Sequence[FacetCounts]
) -> list[tuple[str, int]]:
    values = [float(label) for counts in found for label in counts.values()]
    repeats = [count for counts in found for count in counts.counts()]
    numbers = np.sort(np.repeat(np.array(values, float), np.array(repeats, int)))
    are_whole = all(float(label).is_integer() for counts in every for label in counts.values())
    return counted(facet, numbers, are_whole)
