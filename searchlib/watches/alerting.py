"""What the standing queries find in a commit that is about to be made.

The index writer calls this when the new segments are written and not yet named by a manifest. The
queries' programs (:mod:`searchlib.watches.registry`) are run over the articles of these segments
alone, with words read as the archive will have them. Of articles that are there already, the old
versions are indexed in a folder of their own, and asked too, with words as the archive had them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.packed_ints import ranges
from searchlib.errors import ArgumentError, QueryError
from searchlib.index.alerts import CommitAlerts, NumberRows
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import Findings, IndexStore
from searchlib.schema.archive_settings import date_settings
from searchlib.watches.batch_arrays import loops
from searchlib.watches.old_versions import indexed_anew
from searchlib.watches.registry import Registry, Rows, chunks, registry_of

__all__ = ["find_alerts"]

_Place = tuple[int, int]  # segment, document
_Found = dict[int, tuple[npt.NDArray[Any], Rows]]  # by chunk: queries, and the bits of each


def find_alerts(
    store: IndexStore, old: IndexReader, new: IndexReader, first_segment: int
) -> Findings:
    """What each standing query of ``new`` finds in its segments from ``first_segment`` on; ``old``
    is the commit before. Queries that find nothing are left out.

    An article whose old version answered the query is "changed", for queries with
    ``notify="changed"``, and else left out; so is one that came back as it was. The old version is
    asked what the query says now, by the schema of ``new``. Raises :class:`QueryError` or
    :class:`ArgumentError`, naming the standing query, for one that cannot be run.
    """
    registry = registry_of(store)
    with registry.lock, _saying_that_nothing_was_committed():
        registry.load(store, new.manifest, new.schema, date_settings(store.settings))
        arrivals = [
            _Arrivals.of(number, new, old) for number in range(first_segment, len(new.segments))
        ]
        words = registry.known.update(old)
        before = [_before(store, registry, old, words, some) for some in arrivals]
        words = registry.known.update(new)
        infos = new.manifest.segments[first_segment:]
        found, keys = _Matches(), list[str]()
        with store.open_commit(replace(new.manifest, segments=infos)) as reader:
            batch = registry.batch(reader, words)
            for segment, (some, known) in enumerate(zip(arrivals, before, strict=True)):
                for chunk, (first, last, width) in enumerate(chunks(some.docs)):
                    bits = np.arange(last - first, dtype=np.int32)
                    matches = registry.run(batch, segment, some.docs[first:last], bits, width)
                    changed = _take_known(matches, known.get(chunk), registry.for_changes)
                    found.add(matches, changed, len(keys), last - first)
                    keys += some.keys[first:last]
        registry.known.forget_forms()
        alerts = found.alerts(new.manifest.generation, keys, registry.names)
        return Findings(alerts, registry.to_store(new.manifest))


@contextmanager
def _saying_that_nothing_was_committed() -> Iterator[None]:
    what = "nothing was committed"
    try:
        yield
    except QueryError as error:
        cure = f"{error.cure}; {what}"
        raise QueryError(error.code, error.span, error.message, cure, error.text) from None
    except ArgumentError as error:
        raise ArgumentError(f"{error}; {what}") from None


@dataclass
class _Arrivals:
    """The live articles of a new segment that are new or changed: their documents, their keys, and
    by their index where the old version is."""

    docs: npt.NDArray[np.int64]
    keys: list[str]
    old_places: dict[int, _Place]

    @classmethod
    def of(cls, number: int, new: IndexReader, old: IndexReader) -> _Arrivals:
        """Those of a segment of a commit; those that came back as they were are left out."""
        segment = new.segments[number]
        live = np.arange(segment.documents)
        if segment.live_docs is not None:
            live = np.flatnonzero(segment.live_docs)
        keys = [segment.core.keys.keys.text(doc) for doc in live.tolist()]
        known = old.find_many(keys) if keys else {}
        docs, new_keys = list[int](), list[str]()
        places = dict[int, _Place]()
        for doc, key in zip(live.tolist(), keys, strict=True):
            place = known.get(key)
            if place is not None:
                if _digest(old, place) == _digest(new, (number, doc)):
                    continue
                places[len(docs)] = place
            docs.append(doc)
            new_keys.append(key)
        return cls(np.array(docs, np.int64), new_keys, places)


def _digest(reader: IndexReader, place: _Place) -> bytes:
    digest: bytes = reader.segments[place[0]].core.keys.digest(place[1])
    return digest


def _before(
    store: IndexStore, registry: Registry, old: IndexReader, words: Any, arrivals: _Arrivals
) -> _Found:
    """What the queries find in the old versions of articles, at the bits of the new ones."""
    indices = np.array(sorted(arrivals.old_places), np.int64)
    if not len(indices):
        return {}
    places = [arrivals.old_places[index] for index in indices.tolist()]
    found: _Found = {}
    schema = registry.table.schema
    if not schema.stores_all:
        return _before_where_they_are(registry, old, words, arrivals, places)
    with indexed_anew(store, schema, old, places) as reader:
        batch = registry.batch(reader, words)
        for chunk, (first, last, width) in enumerate(chunks(arrivals.docs)):
            docs = np.flatnonzero((indices >= first) & (indices < last))
            if len(docs):
                bits = (indices[docs] - first).astype(np.int32)
                rows = registry.run(batch, 0, docs, bits, width)
                queries = np.flatnonzero(rows.any(axis=1))
                found[chunk] = queries, rows[queries]
    return found


def _before_where_they_are(
    registry: Registry, old: IndexReader, words: Any, arrivals: _Arrivals, places: list[_Place]
) -> _Found:
    """The same by the segments that the old versions are in."""
    docs_of: dict[int, list[int]] = {}
    for segment, document in places:
        docs_of.setdefault(segment, []).append(document)
    docs_by_segment = {segment: np.array(docs) for segment, docs in docs_of.items()}
    batch, found = registry.batch(old, words, docs_by_segment), dict[int, tuple[Any, Rows]]()
    indices = sorted(arrivals.old_places)
    for chunk, (first, last, width) in enumerate(chunks(arrivals.docs)):
        by_segment: dict[int, list[tuple[int, int]]] = {}
        for index, (segment, document) in zip(indices, places, strict=True):
            if first <= index < last:
                by_segment.setdefault(segment, []).append((document, index - first))
        rows = np.zeros((len(registry.names), width), np.uint64)
        for segment, pairs in by_segment.items():
            docs, bits = np.array(sorted(pairs), np.int64).T
            rows |= registry.run(batch, segment, docs, bits.astype(np.int32), width)
        queries = np.flatnonzero(rows.any(axis=1))
        if len(queries):
            found[chunk] = queries, rows[queries]
    return found


def _take_known(
    matches: Rows, before: tuple[npt.NDArray[Any], Rows] | None, for_changes: Rows
) -> Rows | None:
    """Take out of ``matches`` the articles whose old versions answered a query, and return those of
    them of which the query alerts; None if there are none."""
    if before is None:
        return None
    queries, answered = before
    known = np.zeros_like(matches)
    known[queries] = answered
    changed: Rows = matches & known & for_changes
    matches &= ~known
    return changed


class _Matches:
    """The matches of some chunks of articles, new and changed ones."""

    def __init__(self) -> None:
        # Of each chunk the counts of all queries, and the numbers of the articles.
        self._first: list[NumberRows] = []
        self._changed: list[NumberRows] = []

    def add(self, first: Rows, changed: Rows | None, before: int, articles: int) -> None:
        """Add those of a chunk of so many articles; there are ``before`` of others."""
        for rows, chunk in ((first, self._first), (changed, self._changed)):
            if rows is not None:
                counts, numbers = loops().numbers_of(rows, articles)
                if before:
                    numbers += np.uint32(before)
                chunk.append(NumberRows(counts, numbers))

    def alerts(self, generation: int, keys: list[str], names: list[str]) -> CommitAlerts:
        """The alerts of these matches, of articles with these keys."""
        first, changed = (_joined(some, len(names)) for some in (self._first, self._changed))
        queries = np.flatnonzero(first.counts + changed.counts)
        are_used = np.zeros(len(keys), np.bool_)
        for rows in (first, changed):
            are_used[rows.numbers] = True
        first, changed = (NumberRows(r.counts[queries], r.numbers) for r in (first, changed))
        if not are_used.all():
            places = np.cumsum(are_used, dtype=np.uint32) - np.uint32(1)
            first, changed = (NumberRows(r.counts, places[r.numbers]) for r in (first, changed))
            keys = [keys[place] for place in np.flatnonzero(are_used).tolist()]
        found_by = [names[number] for number in queries.tolist()]
        return CommitAlerts(generation, keys, found_by, first, changed)


def _joined(chunks_of_rows: list[NumberRows], queries: int) -> NumberRows:
    """The rows of several chunks as one of each query."""
    if not chunks_of_rows:
        return NumberRows(np.zeros(queries, np.int64), np.empty(0, np.uint32))
    if len(chunks_of_rows) == 1:
        return chunks_of_rows[0]
    counts = np.concatenate([rows.counts for rows in chunks_of_rows])
    numbers = np.concatenate([rows.numbers for rows in chunks_of_rows])
    order = np.arange(len(counts)).reshape(-1, queries).T.ravel()  # by query, then by chunk
    starts = np.cumsum(counts) - counts
    numbers = numbers[ranges(starts[order], counts[order])]
    return NumberRows(counts.reshape(-1, queries).sum(axis=0), numbers)
