"""Sorting and grouping of a search of Whoosh's by arrays, with what Whoosh's collectors give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.sorting import Best, Count, Facets, MultiFacet, OrderedList, UnorderedList

from searchlib.whoosh_backend.field_order import FieldOrder

__all__ = ["facets_to_group", "facets_to_sort", "filled_map", "first_in_order", "keys_of"]

Array = npt.NDArray[Any]
_MAPS = (OrderedList, UnorderedList, Count, Best)


def facets_to_sort(sortedby: Any) -> list[Any]:
    """The facets that ``sortedby`` stands for; none if there is nothing to sort by."""
    return list(MultiFacet.from_sortedby(sortedby).facets) if sortedby else []


def facets_to_group(groupedby: Any, maptype: Any) -> dict[str, tuple[Any, Any]] | None:
    """The facets that ``groupedby`` stands for by name, each with its empty map; None if a map is
    of the program's own."""
    if not groupedby:
        return {}
    pairs = {n: (f, f.map(maptype)) for n, f in Facets.from_groupedby(groupedby).items()}
    return pairs if all(type(facet_map) in _MAPS for _, facet_map in pairs.values()) else None


def first_in_order(
    docs: Array, columns: Sequence[Array], limit: int | None, *, reverse: bool
) -> Array:
    """The rows of the first ``limit`` documents (all for None) in the order of columns of numbers,
    the first one first, and then of their own numbers; ``reverse`` turns all of it round."""
    sign = -1 if reverse else 1
    columns = [sign * column for column in columns]
    rows = np.arange(len(docs))
    if limit is not None and limit < len(docs) and columns:
        rows = np.flatnonzero(columns[0] <= np.partition(columns[0], limit - 1)[limit - 1])
    keys = [column[rows] for column in reversed(columns)]
    ordered: Array = rows[np.lexsort([sign * docs[rows], *keys])]
    return ordered if limit is None else ordered[:limit]


def filled_map(
    facet_map: Any, order: FieldOrder, docs: Array, columns: Sequence[Array], keys: Sequence[Any]
) -> Any:
    """A facet's map with documents (ascending) by their groups. ``columns`` are the numbers that
    they are sorted by, ``keys`` what Whoosh sorts each of them by."""
    ranks = order.ranks[docs]
    if isinstance(facet_map, Count):
        values, counts = np.unique(ranks, return_counts=True)
        for rank, count in zip(values.tolist(), counts.tolist(), strict=True):
            facet_map.dict[order.name(rank)] += count
        return facet_map
    # Within a group in the order of the results, so that no keys need to be compared.
    by_group = np.lexsort([docs, *reversed(columns), ranks])
    if isinstance(facet_map, UnorderedList):
        by_group = np.lexsort([docs, ranks])
    if not len(docs):
        return facet_map
    ends = np.flatnonzero(np.append(np.diff(ranks[by_group]), 1)) + 1
    start = 0
    for end in ends.tolist():
        rows = by_group[start:end]
        _fill(facet_map, order.name(int(ranks[rows[0]])), docs[rows].tolist(), rows, keys, start)
        start = end
    return facet_map


def _fill(
    facet_map: Any, name: Any, docs: list[int], rows: Array, keys: Sequence[Any], start: int
) -> None:
    if isinstance(facet_map, UnorderedList):
        facet_map.dict[name] += docs
    elif isinstance(facet_map, OrderedList):
        facet_map.dict[name] += zip(range(start, start + len(docs)), docs, strict=True)
    else:
        facet_map.bestids[name] = docs[0]
        facet_map.bestkeys[name] = keys[int(rows[0])]


def keys_of(orders: Sequence[FieldOrder], docs: Array) -> list[Any]:
    """What Whoosh sorts these documents by: a key, or a tuple of several."""
    columns = [list(map(order.key, order.ranks[docs].tolist())) for order in orders]
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
