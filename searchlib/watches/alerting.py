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
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.errors import ArgumentError, QueryError
from searchlib.index.alert_log import AlertRow
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
        with store.open_commit(replace(new.manifest, segments=infos)) as reader:
            batch = registry.batch(reader, words)
            rows: dict[int, AlertRow] = {}
            for segment, (some, known) in enumerate(zip(arrivals, before, strict=True)):
                for chunk, (first, last) in enumerate(chunks(some.docs)):
                    bits = np.arange(last - first, dtype=np.int32)
                    width = -(-(last - first) // 64)
                    matches = registry.run(batch, segment, some.docs[first:last], bits, width)
                    _add_rows(rows, registry, matches, known.get(chunk), some.keys[first:last])
        registry.known.forget_forms()
        programs = registry.to_store(new.manifest)
    return Findings([rows[number] for number in sorted(rows)], programs)


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
    if schema.is_exact or schema.unstored:  # not all that was indexed is stored
        return _before_where_they_are(registry, old, words, arrivals, places)
    with indexed_anew(store, schema, old, places) as reader:
        batch = registry.batch(reader, words)
        for chunk, (first, last) in enumerate(chunks(arrivals.docs)):
            docs = np.flatnonzero((indices >= first) & (indices < last))
            if len(docs):
                width = -(-(last - first) // 64)
                bits = (indices[docs] - first).astype(np.int32)
                rows = registry.run(batch, 0, docs, bits, width)
                queries = np.flatnonzero(rows.any(axis=1))
                found[chunk] = queries, rows[queries]
    return found


def _before_where_they_are(
    registry: Registry, old: IndexReader, words: Any, arrivals: _Arrivals, places: list[_Place]
) -> _Found:
    """The same by the segments that the old versions are in."""
    batch, found = registry.batch(old, words), dict[int, tuple[npt.NDArray[Any], Rows]]()
    indices = sorted(arrivals.old_places)
    for chunk, (first, last) in enumerate(chunks(arrivals.docs)):
        by_segment: dict[int, list[tuple[int, int]]] = {}
        for index, (segment, document) in zip(indices, places, strict=True):
            if first <= index < last:
                by_segment.setdefault(segment, []).append((document, index - first))
        rows = np.zeros((len(registry.names), -(-(last - first) // 64)), np.uint64)
        for segment, pairs in by_segment.items():
            docs, bits = np.array(sorted(pairs), np.int64).T
            rows |= registry.run(batch, segment, docs, bits.astype(np.int32), rows.shape[1])
        queries = np.flatnonzero(rows.any(axis=1))
        if len(queries):
            found[chunk] = queries, rows[queries]
    return found


def _add_rows(
    rows: dict[int, AlertRow], registry: Registry, matches: Rows,
    before: tuple[npt.NDArray[Any], Rows] | None, keys: list[str],
) -> None:  # fmt: skip
    """Add the alerts of a chunk of articles, with these keys."""
    changed = None
    if before is not None:
        queries, answered = before
        known = np.zeros_like(matches)
        known[queries] = answered
        changed = matches & known & registry.for_changes
        matches = matches & ~known
    has_alerts = matches.any(axis=1)
    if changed is not None:
        has_alerts |= changed.any(axis=1)
    numbers = np.flatnonzero(has_alerts)
    run = loops()
    first = run.chosen(matches[numbers], keys)
    others = run.chosen(changed[numbers], keys) if changed is not None else [()] * len(first)
    names = [registry.names[number] for number in numbers.tolist()]
    # As AlertRow._make does, but for thousands of rows without a call in Python for each.
    make_row = partial(tuple.__new__, AlertRow)
    alert_rows = map(make_row, zip(names, first, others, strict=True))
    if not rows:
        rows.update(zip(numbers.tolist(), alert_rows, strict=True))
        return
    for number, row in zip(numbers.tolist(), alert_rows, strict=True):
        if (old := rows.get(number)) is not None:
            row = AlertRow(row.name, (*old.first, *row.first), (*old.changed, *row.changed))
        rows[number] = row
