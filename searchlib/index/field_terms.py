"""The terms of one field of one segment, whatever the field's type, as sorted byte strings.

A text field has a term dictionary. Keywords, keys, dates and numbers have terms too, as Whoosh sees
them; those are read off their doc values. :class:`FieldTerms` is what all of them have in common
(compare Lucene's TermsEnum).
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from whoosh.util.numeric import from_sortable, to_sortable

from searchlib.cached_property import cached_property
from searchlib.codec.doc_values import KeyDocValues, KeywordDocValues, NumericDocValues
from searchlib.codec.joined_postings import Postings
from searchlib.codec.text_field import TextField
from searchlib.index.segment_reader import SegmentCore
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text

__all__ = ["FieldTerms", "TermPostings", "field_terms", "term_of_value"]

Array = npt.NDArray[Any]


class TermPostings:
    """The postings of a term: its documents, ascending (int), how many they are, and the posting
    list if it is a term of a text field."""

    __slots__ = ("count", "docs", "posting_list")

    def __init__(self, docs: Array, posting_list: Postings | None = None) -> None:
        self.docs = docs
        self.posting_list = posting_list
        self.count = len(docs)


class FieldTerms(Protocol):
    """The sorted terms of a field.

    ``terms[rank]`` is a term, ``rank`` the number of terms before one; ``find`` gives the postings
    of a term (None if there is none) and ``count`` its document frequency. ``between`` gives the
    terms of the ranks from ``first`` to ``last``, ``docs_between`` their documents, those of one
    term after those of another (int), and ``freqs_between`` how often each term is in each of them
    (unsigned) and the document frequency of each (int64); None if that is no quicker than term by
    term. ``docs_below`` is what ``docs_between`` is, of terms that all sort before ``end``: out of
    the documents of all such terms, which are cached. Iteration, and
    ``concatenated`` (all terms end to end, and where each ends), are in any order.
    """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def concatenated(self) -> tuple[bytes, Array]: ...
    def __getitem__(self, rank: int, /) -> bytes: ...
    def rank(self, term: bytes, /) -> int: ...
    def find(self, term: bytes, /) -> TermPostings | None: ...
    def count(self, term: bytes, /) -> int: ...
    def between(self, first: int, last: int, /) -> list[bytes]: ...
    def docs_between(self, first: int, last: int, /) -> Array | None: ...
    def freqs_between(self, first: int, last: int, /) -> tuple[Array, Array] | None: ...
    def docs_below(self, end: bytes, first: int, last: int, /) -> Array | None: ...


class _TermByTerm:
    """What :class:`FieldTerms` says of many terms, asked of one after the other."""

    def between(self: FieldTerms, first: int, last: int) -> list[bytes]:
        return [self[rank] for rank in range(first, last)]

    def docs_between(self, first: int, last: int) -> Array | None:
        return None

    def freqs_between(self, first: int, last: int) -> tuple[Array, Array] | None:
        return None

    def docs_below(self, end: bytes, first: int, last: int) -> Array | None:
        return None


def field_terms(core: SegmentCore, schema: Schema, name: str) -> FieldTerms | None:
    """The terms of a Whoosh field in a segment; None if the segment does not have the field."""
    base = schema.base(name)
    field = schema.fields.get(base)
    if isinstance(field, Text):
        text_field = core.text(base)
        if text_field is None:
            return None
        is_exact = name != base
        return _ExactTerms(text_field, field.weight) if is_exact else _TextTerms(text_field)
    if isinstance(field, Keyword):
        keywords = core.keyword(name)
        return None if keywords is None else _KeywordTerms(keywords)
    if isinstance(field, Key):
        return _KeyTerms(core.keys)
    if isinstance(field, (Date, Number)):
        numbers = core.number(name)
        return None if numbers is None else _NumericTerms(numbers, is_date=isinstance(field, Date))
    return None


def _concatenate(terms: list[bytes]) -> tuple[bytes, Array]:
    return b"".join(terms), np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))


class _TermsWithPostings(_TermByTerm):
    """Terms that have posting lists."""

    def __init__(self, field: TextField) -> None:
        self._field = field

    def posting_list(self, term: bytes) -> Postings | None:
        return self._field.find(term)

    def find(self, term: bytes) -> TermPostings | None:
        postings = self.posting_list(term)
        return None if postings is None else TermPostings(postings.docs, postings)

    def count(self, term: bytes) -> int:
        postings = self.posting_list(term)
        return 0 if postings is None else postings.count


class _TextTerms(_TermsWithPostings):
    """The terms of a text field: stems, if it has a stemmer."""

    def __len__(self) -> int:
        return len(self._field.terms)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._field.terms)

    def concatenated(self) -> tuple[bytes, Array]:
        return self._field.terms.concatenated()

    def __getitem__(self, rank: int) -> bytes:
        return self._field.terms.term_at_rank(rank)

    def rank(self, term: bytes) -> int:
        return self._field.terms.rank(term)

    def between(self, first: int, last: int) -> list[bytes]:
        return self._field.terms.terms_between(first, last)

    def docs_between(self, first: int, last: int) -> Array | None:
        return self._field.postings.docs_of_terms(first, last)[0]

    def freqs_between(self, first: int, last: int) -> tuple[Array, Array] | None:
        return self._field.postings.freqs_of_terms(first, last)

    def docs_below(self, end: bytes, first: int, last: int) -> Array | None:
        start = self._field.postings.start
        return self._field.docs_by_term(self.rank(end))[start(first) : start(last)]


class _ExactTerms(_TermsWithPostings):
    """The terms of the exact field of a text field: its surface forms, each once, under whatever
    terms it stands."""

    def __init__(self, field: TextField, weight: float) -> None:
        super().__init__(field)
        self._weight = weight

    @cached_property
    def _ranks(self) -> Array:
        """The ranks among the forms by spelling at which each distinct one begins: int64."""
        return self._field.surface_forms.distinct_ranks()

    def __len__(self) -> int:
        return len(self._ranks)

    def __iter__(self) -> Iterator[bytes]:
        return map(self._field.surface_forms.term_at_rank, self._ranks.tolist())

    def concatenated(self) -> tuple[bytes, Array]:
        if len(self) == len(self._field.surface_forms):
            return self._field.surface_forms.concatenated()
        return _concatenate(list(self))

    def __getitem__(self, rank: int) -> bytes:
        return self._field.surface_forms.term_at_rank(int(self._ranks[rank]))

    def rank(self, term: bytes) -> int:
        rank = self._field.surface_forms.rank(term)
        return int(np.searchsorted(self._ranks, rank))

    def posting_list(self, term: bytes) -> Postings | None:
        return self._field.find_exact(term, self._weight)


class _KeywordTerms(_TermByTerm):
    """The folded values of a keyword field."""

    def __init__(self, values: KeywordDocValues) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values.terms)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._values.terms)

    def concatenated(self) -> tuple[bytes, Array]:
        return self._values.terms.concatenated()

    def __getitem__(self, rank: int) -> bytes:
        return self._values.terms[rank]

    def rank(self, term: bytes) -> int:
        return self._values.terms.rank(term)

    def find(self, term: bytes) -> TermPostings | None:
        rank = self._values.terms.ordinal(term)
        return TermPostings(self._values.docs(rank)) if rank >= 0 else None

    def count(self, term: bytes) -> int:
        rank = self._values.terms.ordinal(term)
        return self._values.count(rank) if rank >= 0 else 0


class _KeyTerms(_TermByTerm):
    """The distinct keys: a key whose article was replaced within the segment comes once."""

    def __init__(self, values: KeyDocValues) -> None:
        self._values = values
        self._sorted_keys: list[bytes] | None = None

    def _keys(self) -> list[bytes]:
        if self._sorted_keys is None:
            self._sorted_keys = sorted(set(self._values.keys))
        return self._sorted_keys

    def __len__(self) -> int:
        return len(self._keys())

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys())

    def concatenated(self) -> tuple[bytes, Array]:
        return _concatenate(self._keys())

    def __getitem__(self, rank: int) -> bytes:
        return self._keys()[rank]

    def rank(self, term: bytes) -> int:
        return bisect_left(self._keys(), term)

    def find(self, term: bytes) -> TermPostings | None:
        docs = self._values.find(term)
        return TermPostings(np.array(docs, np.int32)) if docs else None

    def count(self, term: bytes) -> int:
        return len(self._values.find(term))


_STRUCT = struct.Struct(">Q")


def term_of_value(value: Any, *, is_date: bool) -> bytes:
    """The term that Whoosh's numeric fields make of a value, at full precision: 9 bytes.

    >>> len(term_of_value(2.5, is_date=False))
    9
    """
    number_type = int if is_date else float
    return b"\x00" + _STRUCT.pack(to_sortable(number_type, 64, True, number_type(value)))


class _NumericTerms(_TermByTerm):
    """The distinct dates or numbers, as the terms of Whoosh's numeric fields."""

    def __init__(self, values: NumericDocValues, *, is_date: bool) -> None:
        self._values = values
        self._is_date = is_date
        self._starts: Array | None = None

    def _value_starts(self) -> Array:
        """Where each distinct value starts among the sorted values, and where the last one ends:
        int64."""
        if self._starts is None:
            ordered = self._values.sorted_values()
            # -0.0 and 0.0 are one value, as for comparison.
            changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
            first = [0] if len(ordered) else []
            self._starts = np.concatenate([first, changes, [len(ordered)]]).astype(np.int64)
        return self._starts

    def __len__(self) -> int:
        return len(self._value_starts()) - 1

    def __iter__(self) -> Iterator[bytes]:
        return (self[rank] for rank in range(len(self)))

    def concatenated(self) -> tuple[bytes, Array]:
        return _concatenate(list(self))

    def __getitem__(self, rank: int) -> bytes:
        value = self._values.sorted_values()[self._value_starts()[rank]]
        return term_of_value(value, is_date=self._is_date)

    def rank(self, term: bytes) -> int:
        return bisect_left(range(len(self)), term, key=self.__getitem__)

    def find(self, term: bytes) -> TermPostings | None:
        docs = self._docs(term)
        return TermPostings(np.sort(docs).astype(np.int32)) if len(docs) else None

    def count(self, term: bytes) -> int:
        return len(self._docs(term))

    def _docs(self, term: bytes) -> Array:
        """The documents with the value of a term, in any order: unsigned."""
        if len(term) != 9 or term[:1] != b"\x00":
            return self._values.order[:0]
        number_type = int if self._is_date else float
        value = from_sortable(number_type, 64, True, _STRUCT.unpack(term[1:])[0])
        ordered = self._values.sorted_values()
        first = np.searchsorted(ordered, value, "left")
        last = np.searchsorted(ordered, value, "right")
        return self._values.order[first:last]
