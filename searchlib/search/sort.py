"""The first documents in the order of a column, instead of by score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.doc_values import MISSING
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Date, Key, Keyword, Number, Schema
from searchlib.search.docset import DocSet

__all__ = ["SortKey", "ordered"]

Array = npt.NDArray[Any]


class SortKey:
    """A field to sort by, "-field" for the highest first; documents without it come last.

    Raises ValueError saying what is wrong.
    """

    def __init__(self, text: str, schema: Schema) -> None:
        self.name = text.removeprefix("-")
        self.down = text.startswith("-")
        field = schema.fields.get(self.name)
        if not isinstance(field, (Key, Keyword, Date, Number)) or getattr(field, "many", False):
            known = schema.names(Key, Keyword, Date, Number)
            able = [n for n in known if not getattr(schema.fields[n], "many", False)]
            raise ValueError(f"cannot sort by {text!r}: try one of {', '.join(able)}, or rank")
        self.kind = field


def ordered(
    spec: SortKey, snapshot: IndexReader, found: Sequence[DocSet], limit: int
) -> npt.NDArray[np.int64]:
    """The first ``limit`` documents, as numbers over all segments; ties by number: int64."""
    candidates: list[tuple[bool, Any, int]] = []
    for segment, start, docs in zip(snapshot.segments, snapshot.doc_bases, found, strict=True):
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
    spec: SortKey, segment: SegmentReader, docs: Array, limit: int
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


def _ranks(spec: SortKey, segment: SegmentReader, docs: Array) -> tuple[Array, Array]:
    """Numbers in the order of the values, and which documents have none."""
    if isinstance(spec.kind, Key):
        rank = np.empty(segment.documents, np.int64)
        rank[segment.core.keys.docs_by_key()] = np.arange(segment.documents)
        return rank[docs], np.zeros(len(docs), bool)
    if isinstance(spec.kind, Keyword):
        column = segment.core.keyword(spec.name)
        if column is None:
            return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
        ranks = column.ranks[docs].astype(np.int64)
        return ranks, ranks == len(column.terms)
    numbers = segment.core.number(spec.name)
    if numbers is None:
        return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
    values = numbers.values[docs]
    missing = np.isnan(values) if values.dtype.kind == "f" else values == MISSING
    return np.where(missing, 0, values), missing


def _value(spec: SortKey, segment: SegmentReader, doc: int) -> Any:
    if isinstance(spec.kind, Key):
        return segment.core.keys.keys[doc]
    if isinstance(spec.kind, Keyword):
        column = segment.core.keyword(spec.name)
        ranks = column.ranks_of(doc) if column is not None else []
        return column.terms[ranks[0]] if column is not None and ranks else b""
    numbers = segment.core.number(spec.name)
    return 0 if numbers is None else numbers.values[doc].item()
