"""The terms of one field of one segment, whatever its kind, as sorted byte strings.

Text fields keep their terms; keyword columns, keys, dates and numbers have terms too, as Whoosh
sees them, which are read off the column. A :class:`FieldTerms` gives all of them one face.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from whoosh.util.numeric import from_sortable, to_sortable

from searchlib.analysis import stem
from searchlib.codec.doc_values import KeyDocValues, KeywordDocValues, NumericDocValues
from searchlib.codec.text_field import PostingList, TextField
from searchlib.index.segment_reader import SegmentCore
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text

__all__ = ["FieldTerms", "Found", "field_terms", "term_of_value"]

Array = npt.NDArray[Any]


class Found:
    """The postings of a term: documents (ascending), and for text the posting list."""

    __slots__ = ("count", "docs", "text")

    def __init__(self, docs: Array, text: PostingList | None = None) -> None:
        self.docs = docs
        self.text = text
        self.count = len(docs)


class FieldTerms(Protocol):
    """The sorted terms of a field. Iterating gives them in any order, and so does ``joined``:
    end to end, and where each ends."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def joined(self) -> tuple[bytes, Array]: ...
    def __getitem__(self, rank: int, /) -> bytes: ...
    def rank(self, term: bytes, /) -> int: ...
    def find(self, term: bytes, /) -> Found | None: ...
    def count(self, term: bytes, /) -> int: ...


def field_terms(data: SegmentCore, schema: Schema, name: str) -> FieldTerms | None:
    """The terms of a Whoosh field in a segment; None if the segment has none of it."""
    base = schema.base(name)
    field = schema.fields.get(base)
    if isinstance(field, Text):
        text = data.text(base)
        if text is None:
            return None
        exact = name != base
        return _Surfaces(text, field.language) if exact else _Terms(text)
    if isinstance(field, Keyword):
        column = data.keyword(name)
        return None if column is None else _Keywords(column)
    if isinstance(field, Key):
        return _Keys(data.keys)
    if isinstance(field, (Date, Number)):
        numbers = data.number(name)
        return None if numbers is None else _Numbers(numbers, is_date=isinstance(field, Date))
    return None


def _joined(terms: list[bytes]) -> tuple[bytes, Array]:
    return b"".join(terms), np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))


class _Terms:
    def __init__(self, field: TextField) -> None:
        self._field = field

    def __len__(self) -> int:
        return len(self._field.terms)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._field.terms)

    def joined(self) -> tuple[bytes, Array]:
        return self._field.terms.joined()

    def __getitem__(self, rank: int) -> bytes:
        return self._field.terms.ranked(rank)

    def rank(self, term: bytes) -> int:
        return self._field.terms.rank(term)

    def list(self, term: bytes) -> PostingList | None:
        return self._field.find(term)

    def find(self, term: bytes) -> Found | None:
        found = self.list(term)
        return None if found is None else Found(found.docs, found)

    def count(self, term: bytes) -> int:
        found = self.list(term)
        return 0 if found is None else found.count


class _Surfaces(_Terms):
    def __init__(self, field: TextField, language: str) -> None:
        super().__init__(field)
        self._language = language

    def __len__(self) -> int:
        return len(self._field.surfaces)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._field.surfaces)

    def joined(self) -> tuple[bytes, Array]:
        return self._field.surfaces.joined()

    def __getitem__(self, rank: int) -> bytes:
        return self._field.surfaces.ranked(rank)

    def rank(self, term: bytes) -> int:
        return self._field.surfaces.rank(term)

    def list(self, term: bytes) -> PostingList | None:
        try:
            stemmed = stem(term.decode(), self._language).encode()
        except UnicodeDecodeError:
            return None
        found = self._field.find_exact(stemmed, term)
        if found is None:
            # Another version of the stemmer may have made the segment.
            number = self._field.surfaces.find(term)
            found = self._field.surface(number) if number >= 0 else None
        return found


class _Keywords:
    def __init__(self, column: KeywordDocValues) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column.terms)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._column.terms)

    def joined(self) -> tuple[bytes, Array]:
        return self._column.terms.joined()

    def __getitem__(self, rank: int) -> bytes:
        return self._column.terms[rank]

    def rank(self, term: bytes) -> int:
        return self._column.terms.rank(term)

    def find(self, term: bytes) -> Found | None:
        rank = self._column.terms.find(term)
        return Found(self._column.docs(rank)) if rank >= 0 else None

    def count(self, term: bytes) -> int:
        rank = self._column.terms.find(term)
        return self._column.count(rank) if rank >= 0 else 0


class _Keys:
    """The keys. Those of articles that were replaced within a segment come once."""

    def __init__(self, column: KeyDocValues) -> None:
        self._column = column
        self._unique: list[bytes] | None = None

    def _all(self) -> list[bytes]:
        if self._unique is None:
            self._unique = sorted(set(self._column.keys))
        return self._unique

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._all())

    def joined(self) -> tuple[bytes, Array]:
        return _joined(self._all())

    def __getitem__(self, rank: int) -> bytes:
        return self._all()[rank]

    def rank(self, term: bytes) -> int:
        return bisect_left(self._all(), term)

    def find(self, term: bytes) -> Found | None:
        docs = self._column.find(term)
        return Found(np.array(docs, np.int32)) if docs else None

    def count(self, term: bytes) -> int:
        return len(self._column.find(term))


_STRUCT = struct.Struct(">Q")


def term_of_value(value: Any, *, is_date: bool) -> bytes:
    """The term that Whoosh's numeric fields make of a value, at full precision."""
    kind = int if is_date else float
    return b"\x00" + _STRUCT.pack(to_sortable(kind, 64, True, kind(value)))


class _Numbers:
    def __init__(self, column: NumericDocValues, *, is_date: bool) -> None:
        self._column = column
        self._is_date = is_date
        self._heads: Array | None = None

    def _firsts(self) -> Array:
        """Where each distinct value starts in the sorted column, and its end."""
        if self._heads is None:
            ordered = self._column.sorted()
            # -0.0 and 0.0 are one value, as for comparison.
            changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
            first = [0] if len(ordered) else []
            self._heads = np.concatenate([first, changes, [len(ordered)]]).astype(np.int64)
        return self._heads

    def __len__(self) -> int:
        return len(self._firsts()) - 1

    def __iter__(self) -> Iterator[bytes]:
        return (self[rank] for rank in range(len(self)))

    def joined(self) -> tuple[bytes, Array]:
        return _joined(list(self))

    def __getitem__(self, rank: int) -> bytes:
        value = self._column.sorted()[self._firsts()[rank]]
        return term_of_value(value, is_date=self._is_date)

    def rank(self, term: bytes) -> int:
        return bisect_left(range(len(self)), term, key=self.__getitem__)

    def find(self, term: bytes) -> Found | None:
        docs = self._docs(term)
        return Found(np.sort(docs).astype(np.int32)) if len(docs) else None

    def count(self, term: bytes) -> int:
        return len(self._docs(term))

    def _docs(self, term: bytes) -> Array:
        if len(term) != 9 or term[:1] != b"\x00":
            return self._column.order[:0]
        kind = int if self._is_date else float
        value = from_sortable(kind, 64, True, _STRUCT.unpack(term[1:])[0])
        ordered = self._column.sorted()
        first = np.searchsorted(ordered, value, "left")
        last = np.searchsorted(ordered, value, "right")
        return self._column.order[first:last]
