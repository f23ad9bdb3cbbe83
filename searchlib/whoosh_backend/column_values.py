"""The values of a field's documents as Whoosh's columns have them, in archives with a schema of our
own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from searchlib.codec.doc_values import MISSING
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Date, Key, Keyword, Number

__all__ = ["MAX_MICROS", "column_values", "has_column"]

MAX_MICROS = 315537897599999999  # the last microsecond of year 9999


def has_column(field: Any) -> bool:
    """Whether a field of a schema has a column.

    >>> has_column(Key()), has_column(None)
    (True, False)
    """
    return isinstance(field, (Key, Keyword, Date, Number))


def column_values(segment: SegmentReader, name: str, field: Any) -> Any:
    """The value of each document, by document: bytes in a list (empty if it has none), or numbers
    in an array (the highest of all if it has none)."""
    if isinstance(field, Key):
        return list(segment.core.keys.keys)
    if isinstance(field, Keyword):
        keywords = segment.core.keyword(name)
        if keywords is None:
            return [b""] * segment.documents
        texts_of_docs = (keywords.texts_of(doc) for doc in range(segment.documents))
        return [texts[0].encode() if texts else b"" for texts in texts_of_docs]
    missing = MAX_MICROS if isinstance(field, Date) else math.inf
    numbers = segment.core.number(name)
    if numbers is None:
        return np.full(segment.documents, missing)
    values = numbers.values
    return np.where(values == MISSING if isinstance(field, Date) else np.isnan(values),
                    missing, values)  # fmt: skip
