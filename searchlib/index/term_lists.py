"""Collects the lists of terms that Whoosh field types make, for the inverter.

To the inverter a :class:`TermLists` is a vocabulary whose chunks are words and whose words are the
terms themselves, whatever bytes they have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis.byte_strings import ByteStrings
from searchlib.codec.segment_file import SegmentFileWriter
from searchlib.codec.token_attributes import ATTRIBUTES, common_values, write_attributes
from searchlib.schema import TermList

__all__ = ["TermDictionaryOfLists", "TermLists"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class TermDictionaryOfLists:
    """What the inverter asks of the words of a vocabulary: each is a term, and its only form."""

    terms: ByteStrings
    form_of_word: Array

    @property
    def forms(self) -> ByteStrings:
        return self.terms

    @property
    def term_of_form(self) -> Array:
        return np.arange(len(self.terms), dtype=np.int32)

    @property
    def by_spelling(self) -> Array:
        return np.arange(len(self.terms), dtype=np.int64)

    @property
    def alternates(self) -> list[tuple[int, bytes, bytes]]:
        return []


class TermLists:
    """The terms of one field of some documents, each term numbered as it first occurs.

    >>> from whoosh.fields import TEXT
    >>> from searchlib.schema import Terms
    >>> lists = TermLists()
    >>> lists.add([TermList([b"rain", b"sun"]), None, "Rain"], Terms.of("title", TEXT()))
    >>> lists.words(), [array.tolist() for array in lists.batches()[0]]
    ([b'rain', b'sun'], [[0, 1, 0], [2, 0, 1]])
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._tokens: list[int] = []
        self._counts: list[int] = []  # of the tokens of each document
        self._attributes: dict[int, dict[str, list[Any]]] = {}  # of documents with any

    def add(self, values: Iterable[Any], field: Any) -> None:
        """Append documents, each with its terms, or with a value that the field makes terms of, or
        with None."""
        numbers = self._numbers
        for value in values:
            terms: Iterable[bytes] = ()
            if value is not None:
                terms = value if isinstance(value, TermList) else field.terms(value)
                if terms.attributes:
                    self._attributes[len(self._counts)] = terms.attributes
            before = len(self._tokens)
            self._tokens += [numbers.setdefault(term, len(numbers)) for term in terms]
            self._counts.append(len(self._tokens) - before)

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes, estimated."""
        return 150 * len(self._numbers) + 40 * len(self._tokens) // 4

    def batches(self) -> list[tuple[Array, Array]]:
        """All documents as one batch of chunked texts."""
        return [(np.array(self._tokens, np.int32), np.array(self._counts, np.int32))]

    def dictionary(self) -> TermDictionaryOfLists:
        """The terms as the inverter wants them."""
        terms = sorted(self._numbers)
        rank_of = {term: rank for rank, term in enumerate(terms)}
        ranks = [rank_of[term] for term in self._numbers]
        return TermDictionaryOfLists(ByteStrings.of(terms), np.array(ranks, np.int32))

    def write_attributes(self, out: SegmentFileWriter, name: str) -> None:
        """Write the attributes of the tokens."""
        docs = list(self._attributes)
        present = {name for attributes in self._attributes.values() for name in attributes}
        values = {
            attribute: np.concatenate([self._values_of(doc, attribute) for doc in docs])
            for attribute in ATTRIBUTES
            if attribute in present
        }
        write_attributes(out, name, docs, values)

    def _values_of(self, doc: int, attribute: str) -> Array:
        values = self._attributes[doc].get(attribute)
        common = common_values(attribute, self._counts[doc])
        return common if values is None else np.array(values, common.dtype)

    def words(self) -> list[bytes]:
        """The terms by number."""
        return list(self._numbers)

    def expand(self, chunks: Array) -> Array:
        """The word numbers of chunks: themselves."""
        return chunks

    def lengths(self, chunks: Array) -> Array:
        """The number of tokens in each chunk: one."""
        return np.ones(len(chunks), np.int64)
