"""What single tokens of a text field have besides their term: attributes that Whoosh's analyzers
may give them (compare Lucene's AttributeSource).

A token's place in its document is its number there, and of most documents that is all. Only of
others, which are named in ``docs``, is more kept, for each of their tokens, end to end::

    NAME.attributes.docs        the documents, ascending
    NAME.attributes.positions   the position that phrases count by, where it is not the number
    NAME.attributes.starts      where in the text it begins and ends, in characters
    NAME.attributes.ends
    NAME.attributes.boosts      its weight (float64), where it is not 1

A section that no document needs is not there. Documents that are named for one of them have the
common values in the others: the number, 0, and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.ordering import ascends
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import narrow

__all__ = [
    "ATTRIBUTES",
    "TokenAttributes",
    "common_values",
    "merge_attributes",
    "write_attributes",
]

Array = npt.NDArray[Any]
ATTRIBUTES = ("positions", "starts", "ends", "boosts")
_MAX_POSITION = 1 << 31


def write_attributes(
    out: SegmentFileWriter, name: str, docs: Sequence[int], values: Mapping[str, Array]
) -> None:
    """Write the attributes of some documents (ascending), each an array of those of all their
    tokens; nothing if there are none."""
    if not len(docs):
        return
    out.put(f"{name}.attributes.docs", narrow(np.array(docs, np.int64)))
    for attribute, array in values.items():
        data = array.astype(np.float64) if attribute == "boosts" else narrow(array.astype(np.int64))
        out.put(f"{name}.attributes.{attribute}", data)


class TokenAttributes:
    """The attributes of the tokens of an open text field, whose documents have these lengths."""

    def __init__(self, segment_file: SegmentFile, name: str, lengths: Array) -> None:
        """Raises CorruptArchive if the sections do not fit together."""
        self.docs: Array = np.empty(0, np.int64)
        self._values: dict[str, Array] = {}
        section = f"{name}.attributes.docs"
        if section not in segment_file:
            return
        docs = segment_file.array(section, "u").astype(np.int64)
        is_right = ascends(docs) and len(docs) > 0
        segment_file.require(is_right and docs[-1] < len(lengths), section, "it is not sorted")
        self.docs = docs
        self._offsets = np.concatenate(([0], np.cumsum(lengths[docs], dtype=np.int64)))
        for attribute in ATTRIBUTES:
            section = f"{name}.attributes.{attribute}"
            if section not in segment_file:
                continue
            array = segment_file.array(section, "f8" if attribute == "boosts" else "u")
            is_right = len(array) == self._offsets[-1]
            segment_file.require(is_right, section, "it is for another number of tokens")
            if attribute == "boosts":
                is_right = bool(np.isfinite(array).all())
            else:
                is_right = not len(array) or int(array.max()) < _MAX_POSITION
            segment_file.require(is_right, section, "it has values that no writer gives")
            self._values[attribute] = array

    def __len__(self) -> int:
        return len(self.docs)

    def has(self, attribute: str) -> bool:
        """Whether any document has this attribute."""
        return attribute in self._values

    @property
    def moves_words(self) -> bool:
        """Whether words stand nearer to each other, or farther apart, than their numbers say, in
        any document; not if all words of a document are moved alike."""
        positions = self._values.get("positions")
        if positions is None:
            return False
        is_first = np.zeros(len(positions) + 1, bool)  # of its document
        is_first[self._offsets] = True
        steps = np.diff(positions.astype(np.int64))
        return bool(np.any(steps[~is_first[1:-1]] != 1))

    def of(self, doc: int) -> dict[str, Array]:
        """The attributes of the tokens of a document; none if it has only the common ones."""
        row = int(np.searchsorted(self.docs, doc))
        if row == len(self.docs) or self.docs[row] != doc:
            return {}
        part = slice(int(self._offsets[row]), int(self._offsets[row + 1]))
        return {attribute: array[part] for attribute, array in self._values.items()}


def merge_attributes(
    out: SegmentFileWriter, name: str, fields: Sequence[tuple[TokenAttributes, Array, Array]]
) -> None:
    """Write the attributes of the live documents of several segments' fields; with those of each
    come the new numbers of its documents (-1: deleted) and their lengths."""
    present = [name for name in ATTRIBUTES if any(one.has(name) for one, _, _ in fields)]
    docs: list[int] = []
    values: dict[str, list[Array]] = {attribute: [] for attribute in present}
    for attributes, new_docs, lengths in fields:
        for doc in attributes.docs.tolist():
            if new_docs[doc] < 0:
                continue
            docs.append(int(new_docs[doc]))
            of_doc, length = attributes.of(doc), int(lengths[doc])
            for attribute in present:
                values[attribute].append(of_doc.get(attribute, common_values(attribute, length)))
    merged = {attribute: np.concatenate(arrays) for attribute, arrays in values.items() if arrays}
    write_attributes(out, name, docs, merged)


def common_values(attribute: str, length: int) -> Array:
    """The values of an attribute that the tokens of a document have if nothing else is kept.

    >>> common_values("positions", 3).tolist(), common_values("boosts", 2).tolist()
    ([0, 1, 2], [1.0, 1.0])
    """
    if attribute == "positions":
        return np.arange(length)
    return np.ones(length) if attribute == "boosts" else np.zeros(length, np.int64)
