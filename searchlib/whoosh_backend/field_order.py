"""The documents of a commit in the order of a field, as arrays: what Whoosh's categorizers say of
one document after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.sorting import FieldFacet

from searchlib.index.index_reader import IndexReader
from searchlib.schema import column_of
from searchlib.whoosh_backend.field_caches import FieldCaches
from searchlib.whoosh_backend.stored_values import column_text, column_value

__all__ = ["FieldOrder", "field_order"]


@dataclass(frozen=True)
class FieldOrder:
    """``ranks`` has for each document of the commit where it stands (int64), ``key`` what Whoosh
    sorts by for a rank, and ``name`` what it calls the group of a rank."""

    ranks: npt.NDArray[np.int64]
    key: Callable[[int], Any]
    name: Callable[[int], Any]


def field_order(
    facet: Any, reader: IndexReader, schema: Any, caches: FieldCaches
) -> FieldOrder | None:
    """The order of documents that a facet gives; None if it is more than the order of one field,
    or of a field whose order is not known. ``schema`` is the commit's ``whoosh.fields.Schema``."""
    if type(facet) is not FieldFacet or facet.allow_overlap or facet.fieldname not in schema:
        return None
    if not reader.schema.is_exact:
        return None
    name = facet.fieldname
    columns = (segment.core.keyword(column_of(name)) for segment in reader.segments)
    if any(keywords is not None and len(keywords.terms) for keywords in columns):
        return _order_of_column(facet, reader, schema[name])
    return _order_of_terms(facet, caches) if name in caches else None


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


def _order_of_column(facet: FieldFacet, reader: IndexReader, fieldtype: Any) -> FieldOrder | None:
    columns = [segment.core.keyword(column_of(facet.fieldname)) for segment in reader.segments]
    column, default = fieldtype.column_type, column_text(fieldtype.column_type.default_value())
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
    values = [column_value(text.decode()) for text in ordered]
    if not facet.reverse:
        return FieldOrder(
            ranks, values.__getitem__, lambda rank: fieldtype.from_column_value(values[rank])
        )
    if column.reversible:
        return FieldOrder(-ranks, lambda rank: 0 - values[-rank], lambda _: None)
    return FieldOrder(-ranks, int, lambda rank: fieldtype.from_column_value(values[-rank]))
