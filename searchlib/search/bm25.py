"""The numbers that scores depend on, for one snapshot: BM25F as Whoosh reckons it.

A term adds ``idf * w * (K1 + 1) / (w + norm)`` to a document's score, where ``w`` is how often
it is there times the field's weight, ``norm = K1 * (1 - B + B * length / average length)`` and
``idf = log(documents / (documents with it + 1)) + 1``, counted over all segments, deleted
documents included. See Robertson and Zaragoza, 'The Probabilistic Relevance Framework: BM25
and Beyond', 2009, and ``whoosh.scoring.BM25F``.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.postings import K1, B
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Schema, Text
from searchlib.search.budget import TimeBudget

__all__ = ["CollectionStatistics"]

Floats = npt.NDArray[np.float64]


class CollectionStatistics:
    """Counts over all segments of a snapshot, and per segment the norm of each document."""

    def __init__(self, snapshot: IndexReader) -> None:
        self.clock = TimeBudget()
        self.segments = snapshot.segments
        self.documents = snapshot.documents
        schema: Schema = snapshot.schema
        self._average: dict[str, float] = {}
        self._ratio: dict[tuple[str, int], float] = {}
        for name in schema.names(Text):
            fields = [segment.core.text(name) for segment in self.segments]
            total = sum(field.tokens for field in fields if field is not None)
            self._average[name] = total / self.documents if total else 1.0
        self._norms: dict[tuple[str, int], Floats] = {}

    def idf(self, documents: int) -> float:
        """The weight of a term that is in so many documents."""
        return log(self.documents / (documents + 1)) + 1 if self.documents else 0.0

    def norm(self, name: str, segment: int) -> Floats:
        """The norm of each document of a segment in a text field: float64."""
        found = self._norms.get((name, segment))
        if found is None:
            field = self.segments[segment].core.text(name)
            assert field is not None
            found = K1 * ((1 - B) + B * field.lengths / self._average[name])
            self._norms[name, segment] = found
        return found

    def slack(self, name: str, segment: int) -> float:
        """What a segment's bounds are multiplied with to hold for all segments' average."""
        found = self._ratio.get((name, segment))
        if found is None:
            field: Any = self.segments[segment].core.text(name)
            own = field.tokens / field.documents if field.tokens else 1.0
            # Rounding must not bring a bound below what it bounds.
            found = max(1.0, self._average[name] / own) * (1 + 1e-9)
            self._ratio[name, segment] = found
        return found
