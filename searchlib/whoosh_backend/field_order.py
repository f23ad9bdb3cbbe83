"""The documents of a commit in the order of a field, and in its groups, as arrays: what Whoosh's
categorizers say of one document after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.fields import FieldType
from whoosh.sorting import FieldFacet

from searchlib.codec.packed_ints import ranges
from searchlib.index.field_terms import field_terms
from searchlib.index.index_reader import IndexReader
from searchlib.schema import column_of
from searchlib.whoosh_backend.column_values import column_values, has_column
from searchlib.whoosh_backend.field_caches import FieldCaches
from searchlib.whoosh_backend.stored_values import column_text, column_value

__all__ = ["FieldGroups", "FieldOrder", "field_groups", "field_order"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FieldOrder:
    """``ranks`` has for each document of the commit where it stands (int64), ``key`` what Whoosh
    sorts by for a rank, and ``name`` what it calls the group of a rank."""

    ranks: npt.NDArray[np.int64]
    key: Callable[[int], Any]
    name: Callable[[int], Any]

    def pairs(self, docs: Array) -> tuple[Any, Array]:
        """The documents in groups: their places in ``docs``, and the rank of the group of each."""
        return slice(None), self.ranks[docs]


@dataclass(frozen=True)
class FieldGroups:
    """Groups that a document may be in several of, of the terms of a field: ``ranks`` has those of
    all documents end to end (int64), ``starts`` where those of each begin, and where the last end.
    """

    ranks: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    name: Callable[[int], Any]

    def pairs(self, docs: Array) -> tuple[Any, Array]:
        """The documents in groups: their places in ``docs``, and the rank of the group of each."""
        starts = self.starts[docs]
        counts = self.starts[docs + 1] - starts
        return np.repeat(np.arange(len(docs)), counts), self.ranks[ranges(starts, counts)]


def field_order(
    facet: Any, reader: IndexReader, schema: Any, caches: FieldCaches
) -> FieldOrder | None:
    """The order of documents that a facet gives; None if it is more than the order of one field,
    or of a field whose order is not known. ``schema`` is the commit's ``whoosh.fields.Schema``."""
    if type(facet) is not FieldFacet or facet.allow_overlap or facet.fieldname not in schema:
        return None
    name = facet.fieldname
    if not reader.schema.is_exact:
        is_known = has_column(reader.schema.fields.get(name))
        return _order_of_values(facet, reader, schema[name]) if is_known else None
    columns = (segment.core.keyword(column_of(name)) for segment in reader.segments)
    if any(keywords is not None and len(keywords.terms) for keywords in columns):
        return _order_of_column(facet, reader, schema[name])
    return _order_of_terms(facet, caches) if name in caches else None


def field_groups(facet: Any, reader: IndexReader, schema: Any) -> FieldGroups | None:
    """The groups of a facet that a document may be in several of: by the terms of a field. None if
    it is another facet, or has groups of another kind."""
    if type(facet) is not FieldFacet or not facet.allow_overlap or facet.fieldname not in schema:
        return None
    name, fieldtype = facet.fieldname, schema[facet.fieldname]
    if type(fieldtype).sortable_terms is not FieldType.sortable_terms or fieldtype.vector:
        return None
    if fieldtype.column_type and fieldtype.column_type.stores_lists():
        return None
    of_segments = [field_terms(segment.core, reader.schema, name) for segment in reader.segments]
    texts = sorted({text for terms in of_segments if terms is not None for text in terms})
    rank_of = {text: rank for rank, text in enumerate(texts)}
    docs, ranks = [], []
    for terms, base in zip(of_segments, reader.doc_bases, strict=True):
        for text in () if terms is None else terms.between(0, len(terms)):
            if terms is not None and (postings := terms.find(text)) is not None:
                docs.append(postings.docs.astype(np.int64) + int(base))
                ranks.append(np.full(postings.count, rank_of[text]))
    names = [fieldtype.from_bytes(text) for text in texts]
    documents = sum(segment.documents for segment in reader.segments)
    return _grouped(docs, ranks, [*names, None], documents)


def _grouped(
    docs: Sequence[Array], ranks: Sequence[Array], names: Sequence[Any], documents: int
) -> FieldGroups:
    """The groups of pairs of documents and ranks; the last name is of documents in no group."""
    is_in_none = np.ones(documents, bool)
    for some in docs:
        is_in_none[some] = False
    alone = np.flatnonzero(is_in_none)
    all_docs = np.concatenate([*docs, alone])
    all_ranks = np.concatenate([*ranks, np.full(len(alone), len(names) - 1)])
    order = np.argsort(all_docs, kind="stable")  # the ranks of a document ascend
    counts = np.bincount(all_docs, minlength=documents)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return FieldGroups(all_ranks[order].astype(np.int64), starts, names.__getitem__)


def _order_of_terms(facet: FieldFacet, caches: FieldCaches) -> FieldOrder:
    values, places = caches[facet.fieldname]
    ranks = np.frombuffer(places, np.int32).astype(np.int64)
    if facet.reverse:
        ranks = len(values) - ranks

    def name(rank: int) -> Any:
        if rank >= len(values):
            return None
        return values[len(values) - rank if facet.reverse else rank]

    return FieldOrder(ranks, int, name)


def _order_of_values(facet: FieldFacet, reader: IndexReader, fieldtype: Any) -> FieldOrder:
    """The order by the column of a field of a schema of our own."""
    field = reader.schema.fields[facet.fieldname]
    parts = [column_values(segment, facet.fieldname, field) for segment in reader.segments]
    if all(isinstance(part, list) for part in parts):
        texts = sorted({text for part in parts for text in part})
        rank_of = {text: rank for rank, text in enumerate(texts)}
        ranks = np.array([rank_of[text] for part in parts for text in part], np.int64)
        return _order(facet, fieldtype, ranks, texts)
    numbers, ranks = np.unique(np.concatenate(parts), return_inverse=True)
    return _order(facet, fieldtype, ranks.astype(np.int64), numbers.tolist())


def _order_of_column(facet: FieldFacet, reader: IndexReader, fieldtype: Any) -> FieldOrder | None:
    columns = [segment.core.keyword(column_of(facet.fieldname)) for segment in reader.segments]
    default = column_text(fieldtype.column_type.default_value())
    texts = {text for keywords in columns if keywords is not None for text in keywords.terms}
    is_missing = any(
        keywords is None or bool(np.any(keywords.ranks == len(keywords.terms)))
        for keywords in columns
    )
    if is_missing:
        texts.add(default.encode())
    if len({text[:1] for text in texts}) > 1:
        return None  # values that cannot be compared
    ordered = sorted(texts)
    rank_of = {text: rank for rank, text in enumerate(ordered)}
    parts = []
    for keywords, segment in zip(columns, reader.segments, strict=True):
        default_rank = rank_of.get(default.encode(), 0)
        if keywords is None:
            parts.append(np.full(segment.documents, default_rank, np.int64))
            continue
        new_ranks = [rank_of[text] for text in keywords.terms] + [default_rank]
        parts.append(np.array(new_ranks, np.int64)[keywords.ranks])
    ranks = np.concatenate(parts or [np.empty(0, np.int64)])
    return _order(facet, fieldtype, ranks, [column_value(text.decode()) for text in ordered])


def _order(
    facet: FieldFacet, fieldtype: Any, ranks: npt.NDArray[np.int64], values: Sequence[Any]
) -> FieldOrder:
    """The order by a column whose distinct values are these, ascending."""
    if not facet.reverse:
        name = cache(lambda rank: fieldtype.from_column_value(values[rank]))
        return FieldOrder(ranks, values.__getitem__, name)
    if fieldtype.column_type.reversible:
        return FieldOrder(-ranks, lambda rank: 0 - values[-rank], lambda _: None)
    return FieldOrder(-ranks, int, lambda rank: fieldtype.from_column_value(values[-rank]))
