"""BM25F as Whoosh computes it: the statistics of a reader that scores depend on.

A term adds ``idf * w * (K1 + 1) / (w + norm)`` to a document's score, where ``w`` is its frequency
in the document times the field's weight, ``norm = K1 * (1 - B + B * length / average length)``
and ``idf = log(documents / (document frequency + 1)) + 1``, counted over all segments, deleted
documents included. See Robertson and Zaragoza, 'The Probabilistic Relevance Framework: BM25 and
Beyond', 2009, and ``whoosh.scoring.BM25F``.
"""

from __future__ import annotations

from math import log

import numpy as np
import numpy.typing as npt

from searchlib.codec.postings import K1, B
from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader
from searchlib.schema import Schema, Text
from searchlib.search.budget import TimeBudget

__all__ = ["CollectionStatistics"]

Floats = npt.NDArray[np.float64]


class CollectionStatistics:
    """Counts over all segments of a reader, and the norms of each segment's documents. ``budget``
    is the time budget of the queries that use them."""

    def __init__(self, reader: IndexReader) -> None:
        self.budget = TimeBudget()
        self.segments = reader.segments
        self.documents = reader.documents
        schema: Schema = reader.schema
        self._average_lengths: dict[str, float] = {}
        for name in schema.names(Text):
            # Without opening the fields: that checks them, and most queries need but a few.
            tokens = sum(segment.core.token_count(name) for segment in self.segments)
            self._average_lengths[name] = tokens / self.documents if tokens else 1.0
        self._norms: dict[tuple[str, int], Floats] = {}
        self._bound_factors: dict[tuple[str, int], float] = {}

    def idf(self, document_frequency: int) -> float:
        """The inverse document frequency of a term."""
        return log(self.documents / (document_frequency + 1)) + 1 if self.documents else 0.0

    def norms(self, name: str, segment: int) -> Floats:
        """The length norm of each document of a segment in a text field: float64."""
        norms = self._norms.get((name, segment))
        if norms is None:
            lengths = self._field(name, segment).lengths
            norms = K1 * ((1 - B) + B * lengths / self._average_lengths[name])
            self._norms[name, segment] = norms
        return norms

    def bound_factor(self, name: str, segment: int) -> float:
        """What the block-max scores of a segment are multiplied by, so that they hold for the
        average length over all segments: see :mod:`searchlib.codec.postings`."""
        factor = self._bound_factors.get((name, segment))
        if factor is None:
            field = self._field(name, segment)
            average = field.tokens / field.documents if field.tokens else 1.0
            # A little more, so that rounding does not bring a bound below what it bounds.
            factor = max(1.0, self._average_lengths[name] / average) * (1 + 1e-9)
            self._bound_factors[name, segment] = factor
        return factor

    def _field(self, name: str, segment: int) -> TextField:
        field = self.segments[segment].core.text(name)
        assert field is not None
        return field
