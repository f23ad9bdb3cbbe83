"""The order of documents by a field without a column, which Whoosh works out term by term."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.fields import NUMERIC, FieldType

from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader

__all__ = ["FieldCaches"]


class FieldCaches(dict[str, Any]):
    """What Whoosh's searcher keeps of a field that documents are sorted or grouped by: its values
    in order, and for each document the place of its last one there (beyond all if it has none).

    A field that it can work out from postings is in it from the start.
    """

    def __init__(self, reader: IndexReader, schema: Any, shared: dict[str, Any]) -> None:
        """``schema`` is the ``whoosh.fields.Schema`` of the reader's commit; ``shared`` is what
        other searchers of this commit have worked out, and keeps what this one does."""
        super().__init__()
        self._shared = shared
        self._reader = reader
        self._schema = schema

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            self._reader.schema.is_exact and name in self._schema and self._is_known(str(name))
        )

    def __missing__(self, name: str) -> tuple[list[Any], Any]:
        cache = self._shared.get(name)
        if cache is None:
            cache = self._shared[name] = self._order_by(name)
        self[name] = cache
        return cache

    def _is_known(self, name: str) -> bool:
        """Whether the values of a field are those of its terms in their order."""
        sortable_terms = type(self._schema[name]).sortable_terms
        return sortable_terms in (FieldType.sortable_terms, NUMERIC.sortable_terms)

    def _order_by(self, name: str) -> tuple[list[Any], Any]:
        fieldtype, bases = self._schema[name], self._reader.doc_bases
        documents = sum(segment.documents for segment in self._reader.segments)
        # In numbers only the terms of full precision count: they begin with a zero.
        last = b"\x00\xff" if isinstance(fieldtype, NUMERIC) else b""
        fields = [segment.core.text(name) for segment in self._reader.segments]
        terms_of = [_terms(field, last) for field in fields]
        terms = sorted({term for terms in terms_of for term in terms})
        rank_of = {term: rank for rank, term in enumerate(terms)}
        order = np.full(documents, documents + 1, np.int32)
        for field, segment_terms, base in zip(fields, terms_of, bases, strict=False):
            if field is None or not segment_terms:
                continue
            docs = field.postings.read_terms(0, len(segment_terms))[0]
            counts = field.postings.counts(0, len(segment_terms))
            ranks = np.array([rank_of[term] for term in segment_terms], np.int32)
            place: npt.NDArray[Any] = docs + int(base)
            order[place] = np.repeat(ranks, counts)  # of several terms the last one stays
        return [fieldtype.from_bytes(term) for term in terms], array("i", order.tolist())


def _terms(field: TextField | None, last: bytes) -> list[bytes]:
    """The terms of a field up to ``last``; all of them if it is empty."""
    if field is None:
        return []
    count = field.terms.rank(last) if last else len(field.terms)
    return [field.terms.term_at_rank(rank) for rank in range(count)]
