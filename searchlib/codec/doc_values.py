"""Doc values: one entry a document, for keys, keywords, dates and numbers.

Each kind has a writer (a function) and a reader (a class).

**Keys** ("key" is not a field's name): the keys and the digests of the articles, by document, and a
sorted table of hashes for look-ups::

    key.text, key.ends     the keys, a term dictionary in the order of documents
    key.hashes   u8        64-bit hashes of the keys, ascending
    key.docs               the document of each hash
    key.digests  u1        16 bytes a document

**Keywords**: distinct values are sorted by their folded term; a value's place there is its *rank*,
and a document's value is stored as a rank (as in Lucene's SortedDocValues). Each value also has its
posting list, the documents that have it. Three documents, the second without a value::

    rank          0        1
    terms         arts     world     NAME.text, NAME.ends: the folded values;
                                     NAME.label.text, NAME.label.ends: their commonest spelling
    NAME.docs     2        0         documents of each value
    NAME.starts   0        1      2  where they start
    NAME.ranks    1  2  0            by document; the number of values (2) if it has none

A field that may have many values has ``NAME.ranks`` end to end for all documents, and ``NAME.held``
says where the ranks of each document start (as in SortedSetDocValues).

Values that are spelled otherwise than their label ("WORLD") are exceptions, and stand apart if
there are any. Segments of the formats 1 and 2 have none, and their labels are as first written::

    NAME.variant.text, NAME.variant.ends     the other spellings, a term dictionary
    NAME.variant.values                      the places in NAME.ranks of the exceptions, ascending
    NAME.variant.numbers                     the number of the spelling of each

**Dates and numbers**: ``NAME``, the values by document (int64 microseconds since the beginning of
year 1, ``MISSING`` if none; float64, NaN if none), and ``NAME.order``, the documents that have a
value, ascending by value: a range is two binary searches. The value of a date is the start of its
period. Where only the year or the month is known, the end of the period is kept too, in two arrays
that are there if a document has such a date (segments of the formats 1 and 2 have none)::

    NAME.partial        the documents with such a date, ascending
    NAME.partial.ends   the first microsecond after the period of each (int64)
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.cached_property import cached_property
from searchlib.codec.ordering import ascends, never_falls
from searchlib.codec.packed_ints import ranges
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import TermDictionary, narrow, write_terms

__all__ = [
    "MISSING",
    "KeyDocValues",
    "KeywordDocValues",
    "NumericDocValues",
    "key_hash",
    "write_keys",
    "write_keywords",
    "write_numbers",
]

Array = npt.NDArray[Any]
MISSING = np.iinfo(np.int64).min  # of a date; a missing number is NaN
_DAY = 86_400_000_000  # microseconds
_DATES = (-_DAY, 3_652_060 * _DAY)  # the years 1 to 9999, and a day for the time zone
_FINITE = (float(np.finfo(np.float64).min), float(np.finfo(np.float64).max))


def key_hash(keys: Sequence[bytes]) -> Array:
    """64-bit hashes of keys (BLAKE2b, RFC 7693): uint64.

    >>> len(key_hash([b"a1", b"a2"]))
    2
    """
    hashes = b"".join(hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return np.frombuffer(hashes, "<u8")


def write_keys(out: SegmentFileWriter, keys: Sequence[bytes], digests: Sequence[bytes]) -> None:
    """Write the key of each document, and the digest of its article."""
    write_terms(out, "key", keys)
    hashes = key_hash(keys)
    order = np.argsort(hashes, kind="stable")
    out.put("key.hashes", hashes[order])
    out.put("key.docs", narrow(order))
    out.append("key.digests", b"".join(digests))


class KeyDocValues:
    """The keys of a segment's documents, found by their hashes."""

    def __init__(self, segment_file: SegmentFile, documents: int) -> None:
        """``documents`` is the number of documents of the segment. Raises CorruptArchive if the
        sections do not fit together."""
        self._segment_file = segment_file
        self.keys = TermDictionary(segment_file, "key")
        self._hashes = segment_file.array("key.hashes", "u8")
        self._docs = segment_file.array("key.docs", "u")
        self._docs_by_key: Array | None = None
        require, hashes = segment_file.require, self._hashes
        require(len(self.keys) == documents, "key.ends", "it has another length")
        self.keys.check()
        is_sorted = len(hashes) == documents and never_falls(hashes)
        require(is_sorted, "key.hashes", "it is not sorted")
        is_right = len(self._docs) == documents and _are_distinct(self._docs, documents)
        require(is_right, "key.docs", "it is no permutation")

    def check(self) -> None:
        """Raises CorruptArchive unless the keys are UTF-8 and the hashes are theirs."""
        self.keys.check_texts()
        hashes = key_hash(list(self.keys))
        is_right = bool(np.all(hashes[self._docs] == self._hashes))
        self._segment_file.require(is_right, "key.hashes", "it has the hashes of other keys")

    def find(self, key: bytes) -> list[int]:
        """The documents with this key, ascending. If they are several, one is live at most: the
        others were replaced."""
        wanted = key_hash([key])[0]
        first = np.searchsorted(self._hashes, wanted, "left")
        last = np.searchsorted(self._hashes, wanted, "right")
        return sorted(doc for doc in self._docs[first:last].tolist() if self.keys[doc] == key)

    def find_many(self, keys: Sequence[bytes], hashes: Array) -> list[tuple[int, int]]:
        """(index in ``keys``, document) of the keys that are in the segment; ``hashes`` are those
        of the keys."""
        first = np.searchsorted(self._hashes, hashes)
        nearest = np.minimum(first, len(self._hashes) - 1)
        hits = np.flatnonzero(self._hashes[nearest] == hashes) if len(self._hashes) else ()
        return [(i, doc) for i in map(int, hits) for doc in self.find(keys[i])]

    def digest(self, doc: int) -> bytes:
        """The digest of a document's article, 16 bytes."""
        return self._segment_file.slice("key.digests").read(16 * doc, 16 * doc + 16).tobytes()

    def digests(self) -> bytes:
        """The digests of all documents, 16 bytes each."""
        return self._segment_file.array("key.digests").tobytes()

    def docs_by_key(self) -> Array:
        """The documents in the order of their keys: int64, sorted when first asked for."""
        if self._docs_by_key is None:
            self._docs_by_key = np.array(
                sorted(range(len(self.keys)), key=self.keys.__getitem__), np.int64
            )
        return self._docs_by_key


def _are_distinct(docs: Array, size: int) -> bool:
    """Whether these numbers (unsigned) are below ``size``, and no two of them equal."""
    if len(docs) and docs.max() >= size:
        return False
    seen = np.zeros(size, bool)
    seen[docs] = True
    return int(np.count_nonzero(seen)) == len(docs)


def _rises(offsets: Array, count: int, end: int) -> bool:
    """Whether these are the offsets of ``count`` parts of an array of ``end`` items."""
    return (
        len(offsets) == count + 1
        and int(offsets[0]) == 0
        and int(offsets[-1]) == end
        and never_falls(offsets)
    )


def write_keywords(
    out: SegmentFileWriter, name: str, texts: Sequence[tuple[bytes, bytes]], docs: Array,
    numbers: Array, documents: int, *, many: bool,
) -> None:  # fmt: skip
    """Write the values of a keyword field.

    ``texts`` are the folded term and the text of each spelling, in the order in which they were
    first met. ``numbers`` are those of all documents, one after the other, and ``docs``
    their documents, ascending (both int64). ``documents`` is the number of documents; ``many`` says
    that one may have several.
    """
    terms = sorted({term for term, _ in texts})
    ranks_by_term = {term: rank for rank, term in enumerate(terms)}
    rank_of = np.array([ranks_by_term[term] for term, _ in texts], np.int64)
    # The commonest spelling of each term; of equally common ones, the first.
    counts = np.bincount(numbers, minlength=len(texts))
    by_count = np.lexsort((-counts, rank_of))
    main = by_count[np.searchsorted(rank_of[by_count], np.arange(len(terms)))]
    write_terms(out, name, terms)
    write_terms(out, f"{name}.label", (texts[number][1] for number in main.tolist()))
    ranks = rank_of[numbers]
    by_value = np.lexsort((docs, ranks))
    out.put(f"{name}.docs", narrow(docs[by_value]))
    docs_by_rank = np.bincount(ranks, minlength=len(terms))
    out.put(f"{name}.starts", narrow(np.concatenate(([0], np.cumsum(docs_by_rank)))))
    if many:
        value_counts = np.bincount(docs, minlength=documents)
        offsets = np.concatenate(([0], np.cumsum(value_counts)))
        out.put(f"{name}.held", offsets.astype("u4"))
        out.put(f"{name}.ranks", narrow(ranks, len(terms)))
    else:
        rank_by_doc = np.full(documents, len(terms), np.int64)
        rank_by_doc[docs] = ranks
        out.put(f"{name}.ranks", narrow(rank_by_doc, len(terms)))
    others = np.flatnonzero(numbers != main[ranks])
    if len(others):
        variants, variant_numbers = np.unique(numbers[others], return_inverse=True)
        write_terms(out, f"{name}.variant", (texts[number][1] for number in variants.tolist()))
        out.put(f"{name}.variant.values", narrow(others if many else docs[others]))
        out.put(f"{name}.variant.numbers", narrow(variant_numbers.ravel()))


class KeywordDocValues:
    """The values of a keyword field: the ranks of each document, the documents of each rank."""

    def __init__(self, segment_file: SegmentFile, name: str, documents: int) -> None:
        """``documents`` is the number of documents of the segment. Raises CorruptArchive if the
        sections do not fit together."""
        self._segment_file, self._name = segment_file, name
        self.terms = TermDictionary(segment_file, name)
        self.labels = TermDictionary(segment_file, f"{name}.label")
        self._docs_starts = segment_file.array(f"{name}.starts", "u")
        self.ranks = segment_file.array(f"{name}.ranks", "u")
        #: Where the ranks of each document start (uint32); None if a document has one at most.
        self.value_offsets = (
            segment_file.array(f"{name}.held", "u4") if f"{name}.held" in segment_file else None
        )
        self._docs = segment_file.slice(f"{name}.docs", "u")
        #: The spellings that are not labels; None if there are none.
        self.variants: TermDictionary | None = None
        self._variant_values: Array = np.zeros(0, np.uint8)
        self._variant_numbers: Array = np.zeros(0, np.uint8)
        if f"{name}.variant.values" in segment_file:
            self.variants = TermDictionary(segment_file, f"{name}.variant")
            self._variant_values = segment_file.array(f"{name}.variant.values", "u")
            self._variant_numbers = segment_file.array(f"{name}.variant.numbers", "u")
        self._check_structure(documents)

    def _check_structure(self, documents: int) -> None:
        require, name = self._segment_file.require, self._name
        self.terms.check_order()
        self.labels.check()
        size = len(self.terms)
        require(len(self.labels) == size, f"{name}.label.ends", "it has another length")
        is_right = _rises(self._docs_starts, size, len(self._docs))
        require(is_right, f"{name}.starts", "it does not rise to the end of the documents")
        require(self.ranks.itemsize <= 4, f"{name}.ranks", "its numbers are too wide")
        highest = int(self.ranks.max()) if len(self.ranks) else 0
        if self.value_offsets is None:
            require(len(self.ranks) == documents, f"{name}.ranks", "it has another length")
            is_right = highest <= size
        else:
            is_right = _rises(self.value_offsets, documents, len(self.ranks))
            require(is_right, f"{name}.held", "it does not rise to the end of the values")
            is_right = not len(self.ranks) or highest < size
        require(is_right, f"{name}.ranks", f"there is no value {highest}")
        if self.variants is not None:
            self._check_variants(self.variants)

    def _check_variants(self, variants: TermDictionary) -> None:
        require, name = self._segment_file.require, self._name
        variants.check()
        values, numbers = self._variant_values, self._variant_numbers
        is_right = ascends(values) and (not len(values) or int(values[-1]) < len(self.ranks))
        require(is_right, f"{name}.variant.values", "it has values that do not exist")
        is_right = len(numbers) == len(values) and bool(np.all(numbers < len(variants)))
        require(is_right, f"{name}.variant.numbers", "it has spellings that do not exist")
        ranks = self.ranks[values]
        rank_of = np.full(len(variants), len(self.terms), np.int64)
        rank_of[numbers] = ranks
        is_right = bool(np.all(rank_of < len(self.terms)) and np.all(rank_of[numbers] == ranks))
        require(is_right, f"{name}.variant.numbers", "a spelling is not of one value")

    def check(self) -> None:
        """Raises CorruptArchive unless the documents of each value are those that have it, and
        the values are UTF-8."""
        self.terms.check_texts()
        self.labels.check_texts()
        if self.variants is not None:
            self.variants.check_texts()
        if self.value_offsets is None:
            docs = np.flatnonzero(self.ranks < len(self.terms))
            ranks = self.ranks[docs]
        else:
            ranks = self.ranks
            docs = np.repeat(np.arange(len(self.value_offsets) - 1), self.value_counts())
        counts = np.bincount(ranks, minlength=len(self.terms))
        by_value = docs[np.lexsort((docs, ranks))]
        require, name = self._segment_file.require, self._name
        starts = self._docs_starts.astype(np.int64)
        require(np.array_equal(np.diff(starts), counts), f"{name}.starts", "it has other counts")
        is_right = np.array_equal(by_value, self._docs.read_all())
        require(is_right, f"{name}.docs", "it has other documents than the values say")

    @cached_property
    def label_texts(self) -> list[str]:
        """The values in their commonest spelling, by rank."""
        return [label.decode() for label in self.labels]

    def texts(self) -> tuple[list[tuple[bytes, bytes]], Array]:
        """The folded term and the text of all spellings, and the number of that of each value (in
        the order of the documents; int64)."""
        if self.value_offsets is None:
            places = np.flatnonzero(self.ranks < len(self.terms))
        else:
            places = np.arange(len(self.ranks))
        numbers = self.ranks[places].astype(np.int64)
        texts = list(zip(self.terms, self.labels, strict=True))
        if self.variants is not None:
            terms = list(self.terms)
            ranks, variants = self._variant_ranks(), list(self.variants)
            texts += [(terms[rank], text) for rank, text in zip(ranks, variants, strict=True)]
            exceptions = np.searchsorted(places, self._variant_values)
            numbers[exceptions] = self._variant_numbers.astype(np.int64) + len(terms)
        return texts, numbers

    def terms_with_variants(self) -> list[bytes]:
        """The folded values that some documents spell otherwise than their label."""
        return [self.terms[rank] for rank in sorted(set(self._variant_ranks()))]

    def spelling_counts(
        self, ranks: Sequence[int], live_docs: Array | None
    ) -> list[tuple[int, str, int]]:
        """The spellings of these values: the rank, the text, and how many live documents (a mask;
        None for all) have it; the labels first, then the others."""
        counts = self.count_values(None if live_docs is None else np.flatnonzero(live_docs))
        variant_ranks = self._variant_ranks()
        variant_counts = np.zeros(len(variant_ranks), np.int64)
        if self.variants is not None:
            values, numbers = self._variant_values, self._variant_numbers
            if live_docs is not None:
                docs: Array = values
                if self.value_offsets is not None:
                    docs = np.searchsorted(self.value_offsets, values, "right") - 1
                numbers = numbers[live_docs[docs]]
            variant_counts = np.bincount(numbers, minlength=len(variant_ranks))
            np.subtract.at(counts, variant_ranks, variant_counts)
        rows = [(rank, self.labels[rank].decode(), int(counts[rank])) for rank in ranks]
        wanted = set(ranks)
        for number, rank in enumerate(variant_ranks):
            if rank in wanted and self.variants is not None:
                rows.append((rank, self.variants[number].decode(), int(variant_counts[number])))
        return [row for row in rows if row[2]]

    def _variant_ranks(self) -> list[int]:
        """The rank of the value that each of the other spellings is one of."""
        ranks = np.zeros(0 if self.variants is None else len(self.variants), np.int64)
        ranks[self._variant_numbers] = self.ranks[self._variant_values]
        return ranks.tolist()

    def texts_of(self, doc: int) -> list[str]:
        """A document's values as written, in that order."""
        place = doc if self.value_offsets is None else int(self.value_offsets[doc])
        texts = []
        for rank in self.ranks_of(doc):
            row = int(np.searchsorted(self._variant_values, place))
            if row < len(self._variant_values) and self._variant_values[row] == place:
                assert self.variants is not None
                texts.append(self.variants[int(self._variant_numbers[row])].decode())
            else:
                texts.append(self.label_texts[rank])
            place += 1
        return texts

    @cached_property
    def term_texts(self) -> list[str]:
        """The folded values, by rank."""
        return [term.decode() for term in self.terms]

    def docs(self, rank: int) -> npt.NDArray[np.int32]:
        """The documents that have the value of this rank, ascending: int32."""
        starts = self._docs_starts
        return self._docs.read(int(starts[rank]), int(starts[rank + 1])).astype(np.int32)

    def count(self, rank: int) -> int:
        """How many documents have the value of this rank."""
        return int(self._docs_starts[rank + 1]) - int(self._docs_starts[rank])

    def ranks_of(self, doc: int) -> list[int]:
        """The ranks of a document's values, in the order written."""
        if self.value_offsets is not None:
            return list(self.ranks[self.value_offsets[doc] : self.value_offsets[doc + 1]].tolist())
        rank = int(self.ranks[doc])
        return [rank] if rank < len(self.terms) else []

    def value_counts(self) -> Array:
        """How many values each document has, in a field that may have many: int64."""
        assert self.value_offsets is not None
        counts: Array = self.value_offsets[1:].astype(np.int64) - self.value_offsets[:-1]
        return counts

    def count_values(self, docs: Array | None) -> Array:
        """How many of these documents (ascending; None for all) have each value, by rank, and how
        many have none, last: int64."""
        size = len(self.terms) + 1
        if self.value_offsets is None:
            ranks = self.ranks if docs is None else self.ranks[docs]
            return np.bincount(ranks, minlength=size)
        if docs is None:
            ranks, value_counts = self.ranks, self.value_counts()
        else:
            starts = self.value_offsets[docs].astype(np.int64)
            value_counts = self.value_offsets[docs + 1] - starts
            ranks = self.ranks[ranges(starts, value_counts)]
        counts = np.bincount(ranks, minlength=size)
        counts[-1] = len(value_counts) - np.count_nonzero(value_counts)
        return counts


def write_numbers(
    out: SegmentFileWriter, name: str, values: Array, ends: dict[int, int] | None = None
) -> None:
    """Write dates (int64, MISSING) or numbers (float64, NaN; -0.0 becomes 0.0), by document.
    ``ends`` are the ends of the dates of which only the year or the month is known."""
    values = values + 0
    out.put(name, values)
    present = np.flatnonzero(~np.isnan(values) if values.dtype.kind == "f" else values != MISSING)
    order = present[np.argsort(values[present], kind="stable")]
    out.put(f"{name}.order", narrow(order))
    if ends:
        out.put(f"{name}.partial", narrow(np.array(sorted(ends), np.int64)))
        out.put(f"{name}.partial.ends", np.array([ends[doc] for doc in sorted(ends)], np.int64))


class NumericDocValues:
    """The dates (microseconds, int64) or numbers (float64) of a segment's documents.

    ``values`` is by document; ``order`` has the documents that have a value, by value (unsigned).
    ``partial_docs`` are those with a date of which only the year or the month is known, and
    ``partial_ends`` the ends of their periods.
    """

    def __init__(self, segment_file: SegmentFile, name: str, documents: int, dtype: str) -> None:
        """``documents`` is the number of documents of the segment, ``dtype`` "i8" for dates or
        "f8" for numbers. Raises CorruptArchive if the sections do not fit together."""
        self.values = segment_file.array(name, dtype)
        self.order = segment_file.array(f"{name}.order", "u")
        require, values = segment_file.require, self.values
        require(len(values) == documents, name, "it has another length")
        is_missing = np.isnan(values) if dtype == "f8" else values == MISSING
        is_right = (
            _are_distinct(self.order, documents)
            and len(self.order) == documents - np.count_nonzero(is_missing)
            and not np.any(is_missing[self.order])
        )
        require(is_right, f"{name}.order", "it has other documents than the values say")
        self._sorted_values: Array = values[self.order]
        ordered = self._sorted_values
        require(never_falls(ordered), f"{name}.order", "it is not sorted")
        if len(ordered):
            low, high = _DATES if dtype == "i8" else _FINITE
            is_right = bool(low <= ordered[0] and ordered[-1] <= high)
            require(is_right, name, "a value is out of range")
        self.partial_docs: Array = np.empty(0, np.uint8)
        self.partial_ends: Array = np.empty(0, np.int64)
        if f"{name}.partial" in segment_file:
            self.partial_docs = segment_file.array(f"{name}.partial", "u")
            self.partial_ends = segment_file.array(f"{name}.partial.ends", "i8")
            docs, ends = self.partial_docs, self.partial_ends
            is_right = ascends(docs) and (not len(docs) or int(docs[-1]) < documents)
            require(is_right and dtype == "i8", f"{name}.partial", "these documents do not exist")
            is_right = len(ends) == len(docs) and not np.any(is_missing[docs])
            is_right = is_right and bool(np.all(ends > values[docs]) and np.all(ends <= _DATES[1]))
            require(is_right, f"{name}.partial.ends", "a period ends before it begins")

    def sorted_values(self) -> Array:
        """The values that exist, ascending: as ``values``, in the order of ``order``."""
        return self._sorted_values

    def between(self, low: Any, high: Any, *, low_exclusive: bool, high_exclusive: bool) -> Array:
        """The documents whose value lies in the range (None is no limit), by value: unsigned."""
        first, last = self.order_range(
            low, high, low_exclusive=low_exclusive, high_exclusive=high_exclusive
        )
        return self.order[first:last]

    def order_range(
        self, low: Any, high: Any, *, low_exclusive: bool, high_exclusive: bool
    ) -> tuple[int, int]:
        """Where in ``order`` the documents of the range are, from and to."""
        ordered = self.sorted_values().data
        first, last = 0, len(ordered)
        if low is not None:
            first = (bisect_right if low_exclusive else bisect_left)(ordered, self._as_value(low))
        if high is not None:
            last = (bisect_left if high_exclusive else bisect_right)(ordered, self._as_value(high))
        return first, max(first, last)

    def _as_value(self, limit: Any) -> Any:
        """A limit rounded as a value is: a whole number may be too long for a float."""
        if self.values.dtype.kind != "f":
            return limit
        try:
            return float(limit)
        except OverflowError:
            return np.inf if limit > 0 else -np.inf

    def docs_beyond(self, end: int) -> Array:
        """The documents whose period begins before this instant and ends after it: int64."""
        docs = self.partial_docs.astype(np.int64)
        crossing: Array = docs[(self.values[docs] < end) & (self.partial_ends > end)]
        return crossing

    def docs_with_value(self) -> Array:
        """The documents that have a value, by value: unsigned."""
        return self.order
