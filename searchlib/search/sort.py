"""The first documents in the order of a column, instead of by score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from searchlib.codec.doc_values import MISSING
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.requests import SortKey
from searchlib.schema import Field, Key, Keyword
from searchlib.search.docset import DocSet

__all__ = ["ordered"]

Array = npt.NDArray[Any]


class _Order(NamedTuple):
    """A sort key with the field that it names."""

    name: str
    down: bool
    kind: Field


def ordered(
    key: SortKey, snapshot: IndexReader, found: Sequence[DocSet], limit: int
) -> npt.NDArray[np.int64]:
    """The first ``limit`` documents, as numbers over all segments; ties by number: int64."""
    spec = _Order(key.field, key.descending, snapshot.schema.fields[key.field])
    candidates: list[tuple[bool, Any, int]] = []
    for segment, start, docs in zip(snapshot.segments, snapshot.starts, found, strict=True):
        candidates.extend(
            (missing, value, doc + start)
            for missing, value, doc in _first(spec, segment, docs.docs, limit)
        )
    with_value = [c for c in candidates if not c[0]]
    # Two stable sorts: by number, then by value alone, so that ties stay in order.
    with_value.sort(key=lambda c: c[2])
    with_value.sort(key=lambda c: c[1], reverse=spec.down)
    without = sorted(c[2] for c in candidates if c[0])
    return np.array([c[2] for c in with_value] + without, np.int64)[:limit]


def _first(
    spec: _Order, segment: SegmentReader, docs: Array, limit: int
) -> list[tuple[bool, Any, int]]:
    """(without a value?, value, document) of the first of a segment's documents."""
    ranks, missing = _ranks(spec, segment, docs)
    sign = -ranks if spec.down else ranks
    keep = np.arange(len(docs))
    for mask in (~missing, missing):
        part = np.flatnonzero(mask)
        if len(part) > limit:
            order = np.lexsort((docs[part], sign[part]))[:limit]
            drop = np.ones(len(part), bool)
            drop[order] = False
            keep = keep[~np.isin(keep, part[drop])]
    return [
        (bool(missing[i]), _value(spec, segment, int(docs[i])), int(docs[i])) for i in keep.tolist()
    ]


def _ranks(spec: _Order, segment: SegmentReader, docs: Array) -> tuple[Array, Array]:
    """Numbers in the order of the values, and which documents have none."""
    if isinstance(spec.kind, Key):
        rank = np.empty(segment.documents, np.int64)
        rank[segment.data.keys.sorted()] = np.arange(segment.documents)
        return rank[docs], np.zeros(len(docs), bool)
    if isinstance(spec.kind, Keyword):
        column = segment.data.keyword(spec.name)
        if column is None:
            return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
        ranks = column.ranks[docs].astype(np.int64)
        return ranks, ranks == len(column.terms)
    numbers = segment.data.number(spec.name)
    if numbers is None:
        return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
    values = numbers.values[docs]
    missing = np.isnan(values) if values.dtype.kind == "f" else values == MISSING
    return np.where(missing, 0, values), missing


def _value(spec: _Order, segment: SegmentReader, doc: int) -> Any:
    if isinstance(spec.kind, Key):
        return segment.data.keys.keys[doc]
    if isinstance(spec.kind, Keyword):
        column = segment.data.keyword(spec.name)
        ranks = column.of(doc) if column is not None else []
        return column.terms[ranks[0]] if column is not None and ranks else b""
    numbers = segment.data.number(spec.name)
    return 0 if numbers is None else numbers.values[doc].item()
