"""Columns: one entry a document, for keys, keywords, dates and numbers.

Each kind has a writer (a function) and a reader (a class) that belong together. A keyword
column keeps its values sorted by their folded term, so that the number of a value is its rank;
it also keeps for each value the documents that have it, which are its postings.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.packed_ints import ranges
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import TermDictionary, narrow, write_terms
from searchlib.errors import CorruptArchive

__all__ = ["MISSING", "KeyDocValues", "KeywordDocValues", "NumericDocValues", "key_hash"]

Array = npt.NDArray[Any]
MISSING = np.iinfo(np.int64).min  # of a date; a missing number is NaN


def key_hash(keys: Sequence[bytes]) -> Array:
    """64-bit hashes of keys: uint64 (BLAKE2b, RFC 7693)."""
    made = b"".join(hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return np.frombuffer(made, "<u8")


def write_keys(out: SegmentFileWriter, keys: Sequence[bytes], digests: Sequence[bytes]) -> None:
    """Write the key column and the digest of each article."""
    write_terms(out, "key", keys)
    hashes = key_hash(keys)
    order = np.argsort(hashes, kind="stable")
    out.put("key.hashes", hashes[order])
    out.put("key.docs", narrow(order))
    out.append("key.digests", b"".join(digests))


class KeyDocValues:
    """The keys of a segment's documents, looked up by hash."""

    def __init__(self, segment_file: SegmentFile) -> None:
        self._segment_file = segment_file
        self.keys = TermDictionary(segment_file, "key")
        self._hashes = segment_file.array("key.hashes")
        self._docs = segment_file.array("key.docs")
        self._sorted: Array | None = None

    def find(self, key: bytes) -> list[int]:
        """The documents with this key, ascending; more than one only if all but one are dead."""
        wanted = key_hash([key])[0]
        first = np.searchsorted(self._hashes, wanted, "left")
        last = np.searchsorted(self._hashes, wanted, "right")
        return sorted(d for d in self._docs[first:last].tolist() if self.keys[d] == key)

    def find_many(self, keys: Sequence[bytes], hashes: Array) -> list[tuple[int, int]]:
        """(place in ``keys``, document) of the keys that are here."""
        first = np.searchsorted(self._hashes, hashes)
        near = np.minimum(first, len(self._hashes) - 1)
        hits = np.flatnonzero(self._hashes[near] == hashes) if len(self._hashes) else ()
        return [(i, doc) for i in map(int, hits) for doc in self.find(keys[i])]

    def digest(self, doc: int) -> bytes:
        """The digest of a document."""
        return self._segment_file.window("key.digests").part(16 * doc, 16 * doc + 16).tobytes()

    def digests(self) -> bytes:
        """The digests of all documents, 16 bytes each."""
        return self._segment_file.array("key.digests").tobytes()

    def sorted(self) -> Array:
        """The documents in the order of their keys: int64, made when it is first asked for."""
        if self._sorted is None:
            self._sorted = np.array(
                sorted(range(len(self.keys)), key=self.keys.__getitem__), np.int64
            )
        return self._sorted


def write_keywords(
    out: SegmentFileWriter, name: str, values: dict[bytes, tuple[int, bytes]], owners: Array,
    numbers: Array, documents: int, *, many: bool,
) -> None:  # fmt: skip
    """Write a keyword column.

    ``values`` maps each folded term to a number and its spelling; ``numbers`` are the values
    met, by document, and ``owners`` their documents, ascending (both int).
    """
    terms = sorted(values)
    write_terms(out, name, terms)
    write_terms(out, f"{name}.label", (values[term][1] for term in terms))
    rank = np.empty(len(terms), np.int64)
    rank[[values[term][0] for term in terms]] = np.arange(len(terms))
    ranks = rank[numbers] if len(numbers) else np.empty(0, np.int64)
    by_value = np.lexsort((owners, ranks))
    out.put(f"{name}.docs", narrow(owners[by_value]))
    counts = np.bincount(ranks, minlength=len(terms))
    out.put(f"{name}.starts", narrow(np.concatenate(([0], np.cumsum(counts)))))
    if many:
        held = np.bincount(owners, minlength=documents)
        out.put(f"{name}.held", np.concatenate(([0], np.cumsum(held))).astype("u4"))
        out.put(f"{name}.ranks", narrow(ranks, len(terms)))
    else:
        column = np.full(documents, len(terms), np.int64)
        column[owners] = ranks
        out.put(f"{name}.ranks", narrow(column, len(terms)))


class KeywordDocValues:
    """The values of a keyword field: rank of the value for each document, and postings."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self.terms = TermDictionary(segment_file, name)
        self.labels = TermDictionary(segment_file, f"{name}.label")
        self.starts = segment_file.array(f"{name}.starts")
        self.ranks = segment_file.array(f"{name}.ranks")
        self.held = segment_file.array(f"{name}.held") if f"{name}.held" in segment_file else None
        if self.held is not None and self.held[-1:].tolist() != [len(self.ranks)]:
            raise CorruptArchive(segment_file.file, f"section '{name}.held' has another end")
        self._docs = segment_file.window(f"{name}.docs")

    @cached_property
    def names(self) -> list[str]:
        """The values as written, by rank."""
        return [label.decode() for label in self.labels]

    def docs(self, rank: int) -> npt.NDArray[np.int32]:
        """The documents that have the value of this rank, ascending: int32."""
        return self._docs.part(int(self.starts[rank]), int(self.starts[rank + 1])).astype(np.int32)

    def count(self, rank: int) -> int:
        """How many documents have the value."""
        return int(self.starts[rank + 1]) - int(self.starts[rank])

    def of(self, doc: int) -> list[int]:
        """The ranks of a document's values, as written."""
        if self.held is not None:
            return list(self.ranks[self.held[doc] : self.held[doc + 1]].tolist())
        rank = int(self.ranks[doc])
        return [rank] if rank < len(self.terms) else []

    def sizes(self) -> Array:
        """How many values each document has, in a field that may have many: int64."""
        assert self.held is not None
        sizes: Array = self.held[1:].astype(np.int64) - self.held[:-1]
        return sizes

    def tally(self, docs: Array | None) -> Array:
        """How many of these documents (ascending; None for all) have each value, by rank, and
        how many have none, last: int64."""
        size = len(self.terms) + 1
        if self.held is None:
            ranks = self.ranks if docs is None else self.ranks[docs]
            return np.bincount(ranks, minlength=size)
        if docs is None:
            found, held = self.ranks, self.sizes()
        else:
            starts = self.held[docs].astype(np.int64)
            held = self.held[docs + 1] - starts
            found = self.ranks[ranges(starts, held)]
        without = len(held) - np.count_nonzero(held)
        counts = np.bincount(found, minlength=size)
        counts[-1] = without
        return counts


def write_numbers(out: SegmentFileWriter, name: str, values: Array) -> None:
    """Write a column of dates (int64, MISSING) or numbers (float64, NaN; -0.0 becomes 0.0)."""
    values = values + 0
    out.put(name, values)
    present = np.flatnonzero(~np.isnan(values) if values.dtype.kind == "f" else values != MISSING)
    order = present[np.argsort(values[present], kind="stable")]
    out.put(f"{name}.order", narrow(order))


class NumericDocValues:
    """The dates (microseconds, int64) or numbers (float64) of a segment's documents."""

    def __init__(self, segment_file: SegmentFile, name: str) -> None:
        self.values = segment_file.array(name)
        self.order = segment_file.array(f"{name}.order")
        self._sorted: Array | None = None

    def sorted(self) -> Array:
        """The values that are there, ascending, in the order of ``order``."""
        if self._sorted is None:
            self._sorted = self.values[self.order]
        return self._sorted

    def between(self, low: Any, high: Any, *, low_open: bool, high_open: bool) -> Array:
        """The documents whose value lies in the range (None is no limit), by value: unsigned."""
        first, last = self.span(low, high, low_open=low_open, high_open=high_open)
        return self.order[first:last]

    def span(self, low: Any, high: Any, *, low_open: bool, high_open: bool) -> tuple[int, int]:
        """Where in ``order`` the documents of the range are, from and to."""
        ordered = self.sorted().data
        first, last = 0, len(ordered)
        if low is not None:
            first = (bisect_right if low_open else bisect_left)(ordered, self._as_kept(low))
        if high is not None:
            last = (bisect_left if high_open else bisect_right)(ordered, self._as_kept(high))
        return first, max(first, last)

    def _as_kept(self, limit: Any) -> Any:
        """A limit as a value would be kept: a whole number too long for a float is rounded."""
        if self.values.dtype.kind != "f":
            return limit
        try:
            return float(limit)
        except OverflowError:
            return np.inf if limit > 0 else -np.inf

    def present(self) -> Array:
        """The documents that have a value, by value: unsigned."""
        return self.order
