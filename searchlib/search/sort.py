"""Sorting by a field: the first documents in the order of its doc values, instead of by score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.doc_values import MISSING
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.requests import SortKey
from searchlib.schema import Key, Keyword
from searchlib.search.docset import DocSet

__all__ = ["first_by_field"]

Array = npt.NDArray[Any]


#: Whether the document has no value; its value; its number over all segments.
_Candidate = tuple[bool, Any, int]


def first_by_field(
    key: SortKey, reader: IndexReader, matches: Sequence[DocSet], limit: int
) -> npt.NDArray[np.int64]:
    """The first ``limit`` of the ``matches`` (by segment), numbered over all segments: int64.
    Ties go to the lower number."""
    field = reader.schema.fields[key.field]
    candidates: list[_Candidate] = []
    for segment, doc_base, docs in zip(reader.segments, reader.doc_bases, matches, strict=True):
        candidates += _first_of_segment(key, field, segment, doc_base, docs.docs, limit)
    with_value = [candidate for candidate in candidates if not candidate[0]]
    # Two stable sorts, by number and then by value alone, so that ties stay in order.
    with_value.sort(key=lambda candidate: candidate[2])
    with_value.sort(key=lambda candidate: candidate[1], reverse=key.descending)
    without_value = sorted(number for missing, _, number in candidates if missing)
    return np.array([number for *_, number in with_value] + without_value, np.int64)[:limit]


def _first_of_segment(
    key: SortKey, field: Any, segment: SegmentReader, doc_base: int, docs: Array, limit: int
) -> list[_Candidate]:
    """The first ``limit`` documents with a value and the first without."""
    ranks, missing = _sort_keys(key, field, segment, docs)
    ascending = -ranks if key.descending else ranks
    rows = np.arange(len(docs))
    for group in (np.flatnonzero(~missing), np.flatnonzero(missing)):
        if len(group) > limit:
            dropped = np.ones(len(group), bool)
            dropped[np.lexsort((docs[group], ascending[group]))[:limit]] = False
            rows = rows[~np.isin(rows, group[dropped])]
    return [
        (bool(missing[row]), _value(key, field, segment, int(docs[row])), int(docs[row]) + doc_base)
        for row in rows.tolist()
    ]


def _sort_keys(
    key: SortKey, field: Any, segment: SegmentReader, docs: Array
) -> tuple[Array, Array]:
    """Numbers in the order of the values within the segment (int64 or float64), and which
    documents have none (bool)."""
    if isinstance(field, Key):
        ranks = np.empty(segment.documents, np.int64)
        ranks[segment.core.keys.docs_by_key()] = np.arange(segment.documents)
        return ranks[docs], np.zeros(len(docs), bool)
    if isinstance(field, Keyword):
        keywords = segment.core.keyword(key.field)
        if keywords is None:
            return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
        ranks = keywords.ranks[docs].astype(np.int64)
        return ranks, ranks == len(keywords.terms)
    numbers = segment.core.number(key.field)
    if numbers is None:
        return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
    values = numbers.values[docs]
    missing = np.isnan(values) if values.dtype.kind == "f" else values == MISSING
    return np.where(missing, 0, values), missing


def _value(key: SortKey, field: Any, segment: SegmentReader, doc: int) -> Any:
    """A value that can be compared with those of other segments."""
    if isinstance(field, Key):
        return segment.core.keys.keys[doc]
    if isinstance(field, Keyword):
        keywords = segment.core.keyword(key.field)
        ranks = keywords.ranks_of(doc) if keywords is not None else []
        return keywords.terms[ranks[0]] if keywords is not None and ranks else b""
    numbers = segment.core.number(key.field)
    return 0 if numbers is None else numbers.values[doc].item()
