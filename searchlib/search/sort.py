"""Sorting by fields: the first documents in the order of their doc values, instead of by score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis import fold_keyword
from searchlib.codec.doc_values import MISSING
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.requests import SortKey
from searchlib.schema import Key, Keyword, Text
from searchlib.search.docset import DocSet

__all__ = ["first_by_fields"]

Array = npt.NDArray[Any]

_TEXT_LENGTH = 200  # characters of a text by which it is sorted

#: For each key whether the document has no value, and its value; its number over all segments.
_Candidate = tuple[list[tuple[bool, Any]], int]


def first_by_fields(
    keys: Sequence[SortKey], reader: IndexReader, matches: Sequence[DocSet], limit: int
) -> npt.NDArray[np.int64]:
    """The first ``limit`` of the ``matches`` (by segment) in the order of the keys, the first one
    first; numbered over all segments: int64. Ties go to the lower number."""
    candidates: list[_Candidate] = []
    for segment, doc_base, docs in zip(reader.segments, reader.doc_bases, matches, strict=True):
        columns = [_Column(key, reader.schema.fields[key.field], segment) for key in keys]
        for doc in _first_of_segment(columns, docs.docs, limit).tolist():
            candidates.append(([column.value(doc) for column in columns], doc + doc_base))
    # Stable sorts, from the last key to the first, so that ties stay in order.
    for place, key in reversed(list(enumerate(keys))):
        for part, reverse in ((1, key.descending), (0, key.missing == "first")):
            candidates.sort(key=partial(_part, place, part), reverse=reverse)
    return np.array([number for _, number in candidates[:limit]], np.int64)


def _part(place: int, part: int, candidate: _Candidate) -> Any:
    return candidate[0][place][part]


def _first_of_segment(columns: Sequence[_Column], docs: Array, limit: int) -> Array:
    """The first ``limit`` documents in the order of the columns."""
    first, *others = columns
    ranks, missing = first.order(docs)
    rows = _first_rows(ranks, missing, limit)
    docs, by = docs[rows], [ranks[rows], missing[rows]]
    for column in others:
        by = [*column.order(docs), *by]
    ordered: Array = docs[np.lexsort([docs, *by])[:limit]]
    return ordered


def _first_rows(ranks: Array, missing: Array, limit: int) -> Array:
    """The rows that may be among the first ``limit``: those with ``missing`` (an int8 that says
    which group comes first) and then ``ranks`` no higher than the last of them."""
    parts, left = [], limit
    for group in np.unique(missing):
        rows = np.flatnonzero(missing == group)
        if left <= 0:
            break
        if len(rows) > left:
            values = ranks[rows]
            rows = rows[values <= np.partition(values, left - 1)[left - 1]]
        parts.append(rows)
        left -= len(rows)
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


class _Column:
    """The values of a segment's documents by which they are sorted."""

    def __init__(self, key: SortKey, field: Any, segment: SegmentReader) -> None:
        self._key = key
        self._segment = segment
        self._texts: dict[int, str] = {}
        self._field = field

    def order(self, docs: Array) -> tuple[Array, Array]:
        """Numbers in the order that is asked for within the segment (int64 or float64), and 1 for
        documents that come before or after them since they have no value (int8: -1, 0 or 1)."""
        ranks, missing = self._ranks(docs)
        sign = -1 if self._key.missing == "first" else 1
        groups = sign * missing.astype(np.int8)
        ranks = np.where(missing, 0, ranks)
        return (-ranks if self._key.descending else ranks), groups

    def value(self, doc: int) -> tuple[bool, Any]:
        """Whether the document has no value, and one that can be compared with those of other
        segments."""
        core, name = self._segment.core, self._key.field
        if isinstance(self._field, Key):
            return False, core.keys.keys[doc]
        if isinstance(self._field, Keyword):
            keywords = core.keyword(name)
            ranks = [] if keywords is None else keywords.ranks_of(doc)
            return not ranks, keywords.terms[ranks[0]] if keywords is not None and ranks else b""
        if isinstance(self._field, Text):
            text = self._text(doc)
            return not text, text
        values, missing = self._numbers(np.array([doc]))
        return bool(missing[0]), 0 if missing[0] else values[0].item()

    def _ranks(self, docs: Array) -> tuple[Array, Array]:
        """Numbers in the order of the values within the segment, and which documents have none
        (bool)."""
        if isinstance(self._field, Key):
            return self._keys(docs)
        if isinstance(self._field, Keyword):
            return self._keywords(docs)
        return self._first_words(docs) if isinstance(self._field, Text) else self._numbers(docs)

    def _keys(self, docs: Array) -> tuple[Array, Array]:
        ranks = np.empty(self._segment.documents, np.int64)
        ranks[self._segment.core.keys.docs_by_key()] = np.arange(self._segment.documents)
        return ranks[docs], np.zeros(len(docs), bool)

    def _keywords(self, docs: Array) -> tuple[Array, Array]:
        keywords = self._segment.core.keyword(self._key.field)
        if keywords is None:
            return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
        ranks = keywords.ranks[docs].astype(np.int64)
        return ranks, ranks == len(keywords.terms)

    def _numbers(self, docs: Array) -> tuple[Array, Array]:
        numbers = self._segment.core.number(self._key.field)
        if numbers is None:
            return np.zeros(len(docs), np.int64), np.ones(len(docs), bool)
        values = numbers.values[docs]
        return values, np.isnan(values) if values.dtype.kind == "f" else values == MISSING

    def _first_words(self, docs: Array) -> tuple[Array, Array]:
        texts = np.array([self._text(doc) for doc in docs.tolist()], object)
        ranks = np.unique(texts, return_inverse=True)[1].reshape(len(docs))
        return ranks.astype(np.int64), np.array(texts == "", bool)

    def _text(self, doc: int) -> str:
        """The beginning of a stored text, without case, accents and signs before it."""
        text = self._texts.get(doc)
        if text is None:
            stored = json.loads(self._segment.core.doc_store[doc]).get(self._key.field)
            text = self._texts[doc] = sort_text(str(stored or ""))
        return text


def sort_text(text: str) -> str:
    """The beginning of a text by which it is sorted: without case, accents and signs before it.

    >>> sort_text("«Été»")
    'ete»'
    """
    folded = fold_keyword(text[:_TEXT_LENGTH])
    start = next((n for n, sign in enumerate(folded) if sign.isalnum()), 0)
    return folded[start:]
