"""Sorting by fields: the first documents in the order of their doc values, instead of by score."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import total_ordering
from heapq import heapify, heappop, heapreplace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis import fold_keyword
from searchlib.codec.doc_values import MISSING
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.requests import SortKey
from searchlib.schema import Date, Key, Keyword, Number, Text
from searchlib.search.docset import DocSet

__all__ = ["Descending", "first_by_fields", "sort_text"]

Array = npt.NDArray[Any]

_TEXT_LENGTH = 200  # characters of a text by which it is sorted

#: Of each key which group the document is in (those without a value are before or after the others)
#: and its value, both ascending in the order that is asked for.
_Rank = tuple[tuple[int, Any], ...]


def first_by_fields(
    keys: Sequence[SortKey], reader: IndexReader, matches: Sequence[DocSet], limit: int
) -> npt.NDArray[np.int64]:
    """The first ``limit`` of the ``matches`` (by segment) in the order of the keys, the first one
    first; numbered over all segments: int64. Ties go to the lower number."""
    segments = [
        _SortedSegment(keys, reader, number, docs, limit)
        for number, docs in enumerate(matches)
        if docs.max_doc
    ]
    if len(segments) == 1:
        return segments[0].numbers()
    return np.fromiter(islice(_merged(segments), limit), np.int64)


def _merged(segments: Iterable[_SortedSegment]) -> Iterator[int]:
    """The documents of segments in order. A segment is sorted when its turn may have come: those of
    earlier months never, if the newest articles are asked for."""
    heap: list[tuple[_Rank, int, bool, Iterator[tuple[_Rank, int]]]] = [
        (segment.first_possible(), segment.doc_base, False, iter(segment)) for segment in segments
    ]
    heapify(heap)
    while heap:
        _, number, is_sorted, documents = heap[0]
        if is_sorted:
            yield number
        following = next(documents, None)
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, (*following, True, documents))


class _SortedSegment:
    """The matches of a segment in the order of the keys, with what they are merged by."""

    def __init__(
        self, keys: Sequence[SortKey], reader: IndexReader, number: int, docs: DocSet, limit: int
    ) -> None:
        segment = reader.segments[number]
        self.doc_base = reader.doc_bases[number]
        self._columns = [_Column(key, reader.schema.fields[key.field], segment) for key in keys]
        self._docs = docs
        self._limit = limit

    def numbers(self) -> npt.NDArray[np.int64]:
        """The first ``limit`` documents, numbered over all segments."""
        docs = _first_of_segment(self._columns, self._docs.docs, self._limit)
        return docs.astype(np.int64) + self.doc_base

    def first_possible(self) -> _Rank:
        """A rank that none of the documents comes before."""
        return (self._columns[0].first_possible(),)

    def __iter__(self) -> Iterator[tuple[_Rank, int]]:
        for number in self.numbers().tolist():
            doc = number - self.doc_base
            yield tuple(column.rank(doc) for column in self._columns), number


@total_ordering
class Descending:
    """A value that is sorted from the highest to the lowest.

    >>> sorted([Descending(1), Descending(2)])[0].value
    2
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and self.value == other.value

    def __lt__(self, other: Descending) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]


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

    def rank(self, doc: int) -> tuple[int, Any]:
        """The group of a document and its value, to be compared with those of other segments."""
        value = self._value(doc)
        if value is None:
            return (-1 if self._key.missing == "first" else 1), 0
        return 0, Descending(value) if self._key.descending else value

    def first_possible(self) -> tuple[int, Any]:
        """The rank that no document of the segment comes before."""
        if self._key.missing == "first" or not isinstance(self._field, (Date, Number)):
            return (-2, 0)
        numbers = self._segment.core.number(self._key.field)
        if numbers is None or not len(numbers.order):
            return (1, 0)  # none has a value
        value = numbers.sorted_values()[-1 if self._key.descending else 0].item()
        return 0, Descending(value) if self._key.descending else value

    def _value(self, doc: int) -> Any:
        """The value of a document; None if it has none."""
        core, name = self._segment.core, self._key.field
        if isinstance(self._field, Key):
            return core.keys.keys[doc]
        if isinstance(self._field, Keyword):
            keywords = core.keyword(name)
            ranks = [] if keywords is None else keywords.ranks_of(doc)
            return keywords.terms[ranks[0]] if keywords is not None and ranks else None
        if isinstance(self._field, Text):
            return self._text(doc) or None
        numbers = core.number(name)
        if numbers is None:
            return None
        value = numbers.values[doc].item()
        is_missing = value != value if isinstance(value, float) else value == MISSING
        return None if is_missing else value

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
