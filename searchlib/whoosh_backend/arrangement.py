"""Sorting, grouping and collapsing of a search of Whoosh's by arrays, with what Whoosh's collectors
give. Orders and groups are worked out when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.sorting import Best, Count, Facets, MultiFacet, OrderedList, UnorderedList

from searchlib.cached_property import cached_property
from searchlib.whoosh_backend.field_order import FieldGroups, FieldOrder

__all__ = [
    "Arrangement",
    "Groups",
    "added_documents",
    "counts_of",
    "facets_to_group",
    "facets_to_sort",
    "first_of_groups",
    "keys_of",
]

Array = npt.NDArray[Any]
_MAPS = (OrderedList, UnorderedList, Count, Best)
_FEW_GROUPS = 1 << 15  # whose numbers fit into 16 bits, which are sorted at once


def facets_to_sort(sortedby: Any) -> list[Any]:
    """The facets that ``sortedby`` stands for; none if there is nothing to sort by."""
    return list(MultiFacet.from_sortedby(sortedby).facets) if sortedby else []


def facets_to_group(groupedby: Any, maptype: Any) -> dict[str, tuple[Any, type]] | None:
    """The facets that ``groupedby`` stands for by name, each with the type of its map; None if a
    map is of the program's own."""
    if not groupedby:
        return {}
    pairs = {n: (f, type(f.map(maptype))) for n, f in Facets.from_groupedby(groupedby).items()}
    return pairs if all(map_type in _MAPS for _, map_type in pairs.values()) else None


class Arrangement:
    """Documents in the order of a search's results: by columns of numbers, the first one first, and
    then by their own numbers."""

    def __init__(
        self, docs: Array, columns: Sequence[Array], keys: Callable[[Array], list[Any]],
        limit: int | None = None, *, reverse: bool = False,
    ) -> None:  # fmt: skip
        """``docs`` are ascending (int), ``columns`` have a number for each of them, and ``keys``
        gives what Whoosh sorts these rows by. There are ``limit`` results (None: all);
        ``reverse`` turns all of the order round."""
        self.docs = docs
        self._columns = columns
        self._keys = keys
        self._limit = limit
        self._reverse = reverse

    def __len__(self) -> int:
        return len(self.docs) if self._limit is None else min(self._limit, len(self.docs))

    @cached_property
    def by_key(self) -> Array:
        """All rows in their order before it is turned round."""
        if len(self._columns) == 1:
            return _order_of(self._columns[0])
        return np.lexsort([*reversed(self._columns)])

    @cached_property
    def rows(self) -> Array:
        """The rows of the results, in order."""
        if self._limit is None or self._limit >= len(self.docs):
            return self.by_key[::-1] if self._reverse else self.by_key
        columns = [-column for column in self._columns] if self._reverse else self._columns
        last = np.partition(columns[0], self._limit - 1)[self._limit - 1]
        rows = np.flatnonzero(columns[0] <= last)
        if self._reverse:
            rows = rows[::-1]
        ordered: Array = rows[np.lexsort([column[rows] for column in reversed(columns)])]
        return ordered[: self._limit]

    def hits(self, start: int, stop: int) -> list[tuple[Any, int]]:
        """What Whoosh sorts by and the document of the results from ``start`` to ``stop``."""
        rows = self.rows[start:stop]
        return list(zip(self._keys(rows), self.docs[rows].tolist(), strict=True))

    def keys(self, rows: Array) -> list[Any]:
        """What Whoosh sorts these rows by."""
        return self._keys(rows)

    def chosen(self, rows: Array) -> Arrangement:
        """The same of some of the rows (ascending) alone."""
        return Arrangement(
            self.docs[rows], [column[rows] for column in self._columns],
            lambda places: self._keys(rows[places]), self._limit, reverse=self._reverse,
        )  # fmt: skip


class Groups:
    """The map of a facet that groups documents: what Whoosh's collectors fill as they collect."""

    def __init__(
        self, map_type: type, groups: FieldOrder | FieldGroups, arrangement: Arrangement
    ) -> None:
        self._map_type = map_type
        self._groups = groups
        self._arrangement = arrangement

    def as_dict(self) -> dict[Any, Any]:
        """The groups by name: as many documents, a list of them, or the best one."""
        return dict(self._dict)

    @cached_property
    def _dict(self) -> dict[Any, Any]:
        docs, name = self._arrangement.docs, self._groups.name
        if self._map_type is Count:
            counts: dict[Any, int] = {}
            for rank, count in counts_of(self._groups.pairs(docs)[1]):
                counts[name(rank)] = counts.get(name(rank), 0) + count
            return counts
        is_ordered = self._map_type is not UnorderedList
        rows = self._arrangement.by_key if is_ordered else np.arange(len(docs))
        places, ranks = self._groups.pairs(docs[rows])
        by_group = _by_group(ranks)
        rows, ranks = rows[places][by_group], ranks[by_group]
        starts = np.flatnonzero(np.diff(ranks, prepend=-1))
        named = [name(rank) for rank in ranks[starts].tolist()]
        if self._map_type is Best:
            return self._best(named, rows[starts])
        lists: dict[Any, list[int]] = {}
        all_docs, ends = docs[rows].tolist(), [*starts[1:].tolist(), len(rows)]
        for group, start, end in zip(named, starts.tolist(), ends[: len(named)], strict=True):
            part = all_docs[start:end]
            lists[group] = lists[group] + part if group in lists else part
        return lists

    def _best(self, named: Sequence[Any], rows: Array) -> dict[Any, int]:
        best: dict[Any, tuple[Any, int]] = {}
        keys, docs = self._arrangement.keys(rows), self._arrangement.docs[rows].tolist()
        for group, key, doc in zip(named, keys, docs, strict=True):
            if group not in best or key < best[group][0]:
                best[group] = key, doc
        return {group: doc for group, (_, doc) in best.items()}


def _order_of(column: Array) -> Array:
    """The rows by their numbers, and equal ones as they come: what a stable sort gives. Those of
    NumPy that are not stable are several times as fast, also twice."""
    rows = np.argsort(column)
    ordered = column[rows]
    # Equal numbers get the same rank; with its row each is another number.
    ranks = np.cumsum(ordered[1:] != ordered[:-1]) if len(rows) else rows[:0]
    keys = np.concatenate(([0], ranks))[: len(rows)] * len(rows) + rows
    keys.sort()
    order: Array = keys % len(rows) if len(rows) else rows
    return order


def _by_group(ranks: Array) -> Array:
    """The rows in the order of their groups, those of a group as they come."""
    if len(ranks) and int(ranks.max()) < _FEW_GROUPS:
        ranks = ranks.astype(np.int16)
    return np.argsort(ranks, kind="stable")


def counts_of(ranks: Array) -> list[tuple[int, int]]:
    """Each group (not negative), and how many rows it has."""
    if len(ranks) and int(ranks.max()) < 16 * len(ranks):
        counts = np.bincount(ranks)
        values = np.flatnonzero(counts)
        return list(zip(values.tolist(), counts[values].tolist(), strict=True))
    values, counts = np.unique(ranks, return_counts=True)
    return list(zip(values.tolist(), counts.tolist(), strict=True))


def first_of_groups(arrangement: Arrangement, ranks: Array, is_grouped: Array) -> Array:
    """The rows (ascending) that are left where of each group only the first row in the order is
    kept. ``ranks`` are the groups of all rows (int), ``is_grouped`` says which rows have one."""
    by_key = arrangement.by_key
    grouped = by_key[is_grouped[by_key]]
    by_group = _by_group(ranks[grouped])
    first = by_group[np.flatnonzero(np.diff(ranks[grouped][by_group], prepend=-1))]
    return np.sort(np.concatenate((np.flatnonzero(~is_grouped), grouped[first])))


def added_documents(arrangement: Arrangement, ranks: Array, is_grouped: Array) -> Array:
    """For each row, whether Whoosh's collector adds it when it comes, in the order of documents: it
    is better than all of its group before it. Those that it takes out again are among them."""
    places = np.empty(len(ranks), np.int64)
    places[arrangement.by_key] = np.arange(len(ranks))
    rows = _by_group(ranks)
    # From one group to the next numbers fall by more than all places, so that a group never has to
    # do with those before it.
    group = np.cumsum(np.diff(ranks[rows], prepend=ranks[rows[:1]]) != 0)
    values = places[rows] - group * len(ranks)
    lowest = np.minimum.accumulate(values)
    is_added = np.empty(len(ranks), bool)
    is_added[rows] = values == lowest
    is_added[~is_grouped] = True
    return is_added


def keys_of(orders: Sequence[FieldOrder], docs: Array) -> list[Any]:
    """What Whoosh sorts these documents by: a key, or a tuple of several."""
    columns = [list(map(order.key, order.ranks[docs].tolist())) for order in orders]
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
