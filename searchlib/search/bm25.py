"""What scores depend on: BM25F in two forms, and the statistics of a reader that they use.

**"bm25f"** ranks what people type: BM25F as in its papers (Robertson, Zaragoza and Taylor, 'Simple
BM25 Extension to Multiple Weighted Fields', CIKM 2004; Robertson and Zaragoza, 'The Probabilistic
Relevance Framework: BM25 and Beyond', 2009). The fields of a document are added up before the
frequency saturates. A word adds ::

    idf * (k1 + 1) * X / (X + k1),    X = sum over fields of w * tf / (1 - b + b * len / average)
    idf = log(1 + (documents - n + 0.5) / (n + 0.5))

to its score, where ``w`` is a field's weight, ``tf`` how often the word is in it, ``len`` the
number of its tokens, and ``n`` the number of documents with the word in any of the fields.

**"whoosh"** ranks ``whoosh.query`` trees: ``whoosh.scoring.BM25F``, which takes each term of each
field by itself, with ``idf = log(documents / (n + 1)) + 1``, and other ``k1`` and ``b``.

In both a term of one field has ``X / (X + k1) = v / (v + norm)``, with ``v = w * tf`` and the
length norm ``k1 * (1 - b + b * len / average)``; its *odds* are ``v / norm``, and those of fields
add. Counts are over all segments, deleted documents included.
"""

from __future__ import annotations

from math import log, log1p

import numpy as np
import numpy.typing as npt

from searchlib.codec.postings import BLOCK_MAX_STEP, K1, B
from searchlib.codec.text_field import TextField
from searchlib.index.index_reader import IndexReader
from searchlib.kernels.constants import BLOCK_MAX_STEPS
from searchlib.requests import Ranking
from searchlib.schema import Schema, Text
from searchlib.search.budget import TimeBudget

__all__ = ["K1_AND_B", "CollectionStatistics", "idf_of"]

Floats = npt.NDArray[np.float64]

#: k1 and b of each ranking.
K1_AND_B: dict[Ranking, tuple[float, float]] = {"bm25f": (1.5, 0.6), "whoosh": (K1, B)}
_MARGIN = 1 + 1e-9  # so that rounding does not bring a bound below what it bounds


def idf_of(ranking: Ranking, documents: int, document_frequency: int) -> float:
    """The inverse document frequency of a term that so many of the documents have."""
    if not documents:
        return 0.0
    if ranking == "bm25f":
        return log1p((documents - document_frequency + 0.5) / (document_frequency + 0.5))
    return log(documents / (document_frequency + 1)) + 1


class CollectionStatistics:
    """Counts over all segments of a reader, and the norms of each segment's documents, for a
    ranking. ``budget`` is the time budget of the queries that use them."""

    def __init__(self, reader: IndexReader, ranking: Ranking = "whoosh") -> None:
        self.budget = TimeBudget()
        self.segments = reader.segments
        self.documents = reader.documents
        #: Whether the fields of a word are added up before saturation.
        self.adds_fields = ranking == "bm25f"
        self._ranking: Ranking = ranking
        self.k1, self.b = K1_AND_B[ranking]
        #: The norm of a document without length; that of no document is below it.
        self.least_norm = self.k1 * (1 - self.b)
        schema: Schema = reader.schema
        self._average_lengths: dict[str, float] = {}
        for name in schema.names(Text):
            # Without opening the fields: that checks them, and most queries need but a few.
            tokens = sum(segment.core.token_count(name) for segment in self.segments)
            self._average_lengths[name] = tokens / self.documents if tokens else 1.0
        self._norms: dict[tuple[str, int], Floats] = {}
        self._bounds: dict[tuple[str, int], tuple[Floats, Floats]] = {}

    def idf(self, document_frequency: int) -> float:
        """The inverse document frequency of a term."""
        return idf_of(self._ranking, self.documents, document_frequency)

    def average_length(self, name: str) -> float:
        """How many words a document has in a field, on average."""
        return self._average_lengths[name]

    def norms(self, name: str, segment: int) -> Floats:
        """The length norm of each document of a segment in a text field: float64."""
        norms = self._norms.get((name, segment))
        if norms is None:
            lengths = self._field(name, segment).lengths
            norms = self.k1 * ((1 - self.b) + self.b * lengths / self._average_lengths[name])
            self._norms[name, segment] = norms
        return norms

    def bounds(self, name: str, segment: int) -> tuple[Floats, Floats]:
        """What each of the 256 block-max scores of a segment's field bounds in this ranking: the
        saturated frequency, and its odds (float64).

        A block-max score bounds the odds ``v / (K1 * (1 - B + B * l))``, where ``l`` is a length by
        the segment's average. By those of this ranking, ``v / (k1 * (1 - b + b * l / ratio))``,
        where ``ratio`` is the average over all segments by the segment's, they are at most their
        quotient times that, which is highest for the shortest or the longest text.
        """
        bounds = self._bounds.get((name, segment))
        if bounds is None:
            field = self._field(name, segment)
            average = field.tokens / field.documents if field.tokens else 1.0
            ratio = self._average_lengths[name] / average
            quotient = K1 / self.k1 * max((1 - B) / (1 - self.b), B * ratio / self.b)
            saturated: Floats = np.arange(BLOCK_MAX_STEPS + 1, dtype=np.float64) * (
                BLOCK_MAX_STEP / (K1 + 1)
            )
            saturated[-1] = 1.0  # the highest step bounds any frequency
            with np.errstate(divide="ignore"):
                odds = saturated / (1 - saturated) * (quotient * _MARGIN)
            saturated[:-1] = odds[:-1] / (1 + odds[:-1]) * _MARGIN
            saturated[-1] = _MARGIN
            bounds = self._bounds[name, segment] = saturated, odds
        return bounds

    def _field(self, name: str, segment: int) -> TextField:
        field = self.segments[segment].core.text(name)
        assert field is not None
        return field
