"""A text field of a segment: its terms, the forms of each term, and posting lists.

The terms of a stemmed field are stems. The *forms* of a term are the words as written that
share the stem, in order; each occurrence keeps the number of its form, so that one posting list
answers both for the stem and for each word exactly. Forms stand by term and then by spelling.
A field without a stemmer has terms only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from weakref import ref

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.cache import Cache
from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.packed_ints import ranges
from searchlib.codec.postings import PostingsReader
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import TermDictionary, narrow, write_terms

__all__ = ["FormCounts", "PostingList", "TextField", "form_counts", "write_dictionary"]

Array = npt.NDArray[Any]
_FORM_BITS = 24  # of the number of a form, among those of a batch or of a part of a merge


def write_dictionary(
    out: SegmentFileWriter, name: str, terms: Iterable[bytes], first: Array,
    surfaces: Iterable[bytes] | None, spelling: Array | None,
) -> None:  # fmt: skip
    """Write the sorted terms and, for a stemmed field, the forms of each; ``first`` has the
    number of the first form of each term, and how many there are at its end; ``spelling`` is
    the order of the forms by spelling."""
    write_terms(out, f"{name}.terms", terms)
    if surfaces is not None and spelling is not None:
        write_terms(out, f"{name}.surfaces", surfaces)
        sums = OffsetsWriter(out, f"{name}.first")
        sums.add(np.diff(first))
        sums.finish()
        # Forms of a stem are spelled alike: each is near the place where it would be sorted.
        shifts = spelling - np.arange(len(spelling))
        far = int(np.abs(shifts).max()) if len(shifts) else 0
        out.put(f"{name}.order", shifts.astype("i2" if far < 1 << 15 else "i4"))


class FormCounts:
    """Writes in how many documents each form is, and how often."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._documents = OffsetsWriter(out, f"{name}.form_docs")
        self._uses = OffsetsWriter(out, f"{name}.form_uses")

    def add(self, forms: Array, freqs: Array, size: int) -> None:
        """Add the next ``size`` forms. ``forms`` are the forms (from 0) of every occurrence,
        ``freqs`` how many each posting has."""
        count: Any = form_counts
        if kernels.available:
            count = kernels.codec.form_counts
            forms, freqs = forms.astype(np.int32, copy=False), freqs.astype(np.int32, copy=False)
        documents, uses = count(forms, freqs, size)
        self._documents.add(documents)
        self._uses.add(uses)

    def finish(self) -> None:
        """Write what remains."""
        self._documents.finish()
        self._uses.finish()


def form_counts(forms: Array, freqs: Array, size: int) -> tuple[Array, Array]:
    """In how many postings each form is, and how often: uint32, ``size`` each."""
    owners = np.repeat(np.arange(len(freqs)), freqs)
    pairs = owners << _FORM_BITS | forms
    pairs.sort(kind="stable")  # nearly in order already: each posting's forms are
    distinct = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))] & ((1 << _FORM_BITS) - 1)
    documents = np.bincount(distinct, minlength=size)
    return documents.astype("u4"), np.bincount(forms, minlength=size).astype("u4")


class TextField:
    """A text field of an open segment."""

    def __init__(
        self,
        segment_file: SegmentFile,
        name: str,
        meta: dict[str, Any],
        documents: int,
        cache: Cache,
    ) -> None:
        self._segment_file = segment_file
        self._name = name
        self._cache = cache
        self.terms = TermDictionary(segment_file, f"{name}.terms")
        self.documents = documents
        self.tokens: int = meta["tokens"]
        self._first: Offsets | None = None
        if f"{name}.surfaces.text" in segment_file:
            self._first = Offsets(segment_file, f"{name}.first")
            self._surfaces = TermDictionary(segment_file, f"{name}.surfaces")
            self._form_docs = Offsets(segment_file, f"{name}.form_docs", "numbers")
            self._form_uses = Offsets(segment_file, f"{name}.form_uses", "numbers")
        self.stemmed = self._first is not None
        self.postings = PostingsReader(segment_file, name, meta, documents, self._first)

    @cached_property
    def lengths(self) -> Array:
        """How many words each document has in this field: unsigned, exact."""
        return self._segment_file.array(f"{self._name}.lengths")

    @cached_property
    def starts(self) -> npt.NDArray[np.int32]:
        """Where each document's words begin if all documents stand end to end, and where the
        last one's end: int32."""
        return np.concatenate(([0], np.cumsum(self.lengths, dtype=np.int64))).astype(np.int32)

    @cached_property
    def surfaces(self) -> TermDictionary:
        """The words as written, sorted (by ``ranked``); the terms if there is no stemmer."""
        if not self.stemmed:
            return self.terms
        return TermDictionary(self._segment_file, f"{self._name}.surfaces", self._shifts())

    def _shifts(self) -> npt.NDArray[np.int32]:
        """How much more than its rank by spelling the number of each surface is."""
        order = self._segment_file.array(f"{self._name}.order")
        if order.dtype.kind == "u":  # format 1: the numbers themselves
            order = order.astype(np.int64) - np.arange(len(order))
        return order.astype(np.int32)

    def check(self) -> None:
        """Raises CorruptArchive unless terms, forms and postings share out what there is, each
        behind the last: so that whoever reads all of them needs no more room than they take."""
        self.terms.check()
        self.postings.check()
        if self._first is not None:
            self._first.check(len(self._surfaces))
            self._surfaces.check()

    def find(self, term: bytes) -> PostingList | None:
        """The posting list of a term, or None."""
        number = self.terms.find(term)
        return self.list(number, -1) if number >= 0 else None

    def find_exact(self, term: bytes, surface: bytes) -> PostingList | None:
        """The posting list of a word as written, given its term, or None."""
        if self._first is None:
            return self.find(surface)
        number = self.terms.find(term)
        if number < 0:
            return None
        first, last = self._first.at(number), self._first.at(number + 1)
        form = self._surfaces.find(surface, first, last)
        if form < 0:
            return None
        return self.list(number, form - first if last - first > 1 else -1)

    def surface(self, number: int) -> PostingList:
        """The posting list of a word as written, by its number in ``surfaces``."""
        if self._first is None:
            return self.list(number, -1)
        term = bisect_right(range(len(self._first)), number, key=self._first.at) - 1
        first, last = self._first.at(term), self._first.at(term + 1)
        return self.list(term, number - first if last - first > 1 else -1)

    def forms(self) -> tuple[Array, TermDictionary] | None:
        """The number of the first form of each term, and of all forms at the end (int64), and
        the surfaces in the order of their numbers; None if there is no stemmer."""
        return (self._first.all(), self._surfaces) if self._first is not None else None

    def spelling(self) -> Array:
        """The numbers of the surfaces of a field with a stemmer, by their spelling: int64."""
        shifts = self._shifts()
        return shifts + np.arange(len(shifts))

    def form_counts(self, term: int, form: int) -> tuple[int, int]:
        """In how many documents a form is, and how often."""
        assert self._first is not None
        at = self._first.at(term) + form
        docs, uses = self._form_docs.at, self._form_uses.at
        return docs(at + 1) - docs(at), uses(at + 1) - uses(at)

    def list(self, term: int, form: int) -> PostingList:
        """The posting list of a term (form -1), or of one of several forms of it."""
        return PostingList(self, self._cache, term, form)


def _nothing() -> None:
    return None


class PostingList:
    """The postings of a term or of one form of it; arrays are decoded when first asked for."""

    __slots__ = ("_cache", "_field", "_ready", "count", "form", "occurrences", "term")

    def __init__(self, field: TextField, cache: Cache, term: int, form: int) -> None:
        self._field = field
        self._cache = cache
        self._ready: Callable[[], Any] = _nothing
        self.term = term
        self.form = form
        if form < 0:
            self.count = field.postings.count(term)
            self.occurrences = field.postings.occurrences(term)
        else:
            self.count, self.occurrences = field.form_counts(term, form)

    @property
    def starts(self) -> npt.NDArray[np.int32]:
        """Where the documents of the field begin: see :attr:`TextField.starts`."""
        return self._field.starts

    @property
    def stem(self) -> PostingList:
        """The posting list of the whole term."""
        return self if self.form < 0 else self._field.list(self.term, -1)

    @property
    def docs(self) -> npt.NDArray[np.int32]:
        """The documents, ascending: int32."""
        return self._get("docs", self._docs)

    @property
    def freqs(self) -> Array:
        """How often in each of the documents: unsigned."""
        if self.form < 0:
            return self._field.postings.freqs(self.term)
        return self._get("freqs", self._freqs)

    @property
    def ends(self) -> Array:
        """Where in ``positions`` each document's end: int32."""
        return self._get("ends", lambda: np.cumsum(self.freqs, dtype=np.int32))

    @property
    def places(self) -> npt.NDArray[np.int32]:
        """The places of all occurrences if all documents stand end to end, ascending: int32."""
        return self._get("places", self._all_places)

    def places_in(self, docs: Array) -> npt.NDArray[np.int32]:
        """The places in some documents, all of which have the word: int32, ascending. Only
        these documents are decoded."""
        stem, postings = self.stem, self._field.postings
        at = np.searchsorted(stem.docs, docs)
        freqs = stem.freqs[at].astype(np.int64)
        wanted = ranges(stem.ends[at] - freqs, freqs)
        found = self._places(docs, freqs, postings.positions_at(self.term, wanted))
        if self.form < 0:
            return found
        mine: npt.NDArray[np.int32] = found[postings.forms_at(self.term, wanted) == self.form]
        return mine

    def _all_places(self) -> npt.NDArray[np.int32]:
        stem = self.stem
        found = self._places(stem.docs, stem.freqs, stem.positions)
        if self.form < 0:
            return found
        mine: npt.NDArray[np.int32] = found[self._mine()]
        return mine

    def _places(self, docs: Array, freqs: Array, positions: Array) -> npt.NDArray[np.int32]:
        made: npt.NDArray[np.int32] = np.repeat(self._field.starts[docs], freqs)
        made += positions.astype(np.int32)
        return made

    @property
    def positions(self) -> Array:
        """The positions of all occurrences, by document, ascending in each: unsigned."""
        found = self._field.postings.positions(self.term)
        return found if self.form < 0 else found[self._mine()]

    def plane(self, documents: int) -> Array:
        """How often in every document of the segment, 0 where it is not: unsigned."""
        return self._get("plane", lambda: self._plane(documents))

    @property
    def dense(self) -> bool:
        """Whether the term has bounds by block."""
        return self._field.postings.is_dense(self.term)

    @property
    def bounds(self) -> Array:
        """Upper bounds by block, of a dense term: uint8, in steps of ``postings.BOUND``."""
        return self._field.postings.bounds(self.term)

    def inside(self, blocks: Array) -> tuple[Array, Array]:
        """The documents of a dense term in these blocks (ascending), and how often it is in
        each: int64 and unsigned. Only these blocks are decoded."""
        postings = self._field.postings
        ends = self._get("blocks", lambda: np.cumsum(postings.held(self.term), dtype=np.int64))
        return postings.inside(self.term, blocks, ends)

    def ready(self, placed: bool = False) -> kernels.codec.PostingList:
        """The list of the whole term in the form that :mod:`searchlib.kernels` run over;
        ``placed`` says that positions and forms will be asked for."""
        found: kernels.codec.PostingList | None = self._ready()
        if found is None:  # or the cache had no room for it any more
            postings = self._field.postings
            key = (self._field, "ready", self.term)
            found = self._cache.get(key, lambda: postings.ready(self.term))
            self._ready = ref(found)
        if placed and not found.has_positions:
            self._field.postings.place(self.term, found)
        return found

    def forms(self) -> Array | None:
        """The forms of the occurrences of the whole term; None if it has but one."""
        return self._field.postings.forms(self.term)

    def _get(self, what: str, make: Any) -> Array:
        found: Array = self._cache.get((self._field, what, self.term, self.form), make)
        return found

    def _plane(self, documents: int) -> Array:
        freqs = self.freqs
        made = np.zeros(documents, freqs.dtype)
        made[self.docs] = freqs
        return made

    def _docs(self) -> Array:
        if self.form < 0:
            return self._field.postings.docs(self.term)
        stem = self.stem
        return stem.docs[self._tally(stem) > 0]

    def _freqs(self) -> Array:
        tally = self._tally(self.stem)
        return narrow(tally[tally > 0])

    def _mine(self) -> Array:
        forms = self.forms()
        assert forms is not None
        mine: Array = forms == self.form
        return mine

    def _tally(self, stem: PostingList) -> Array:
        """How often this form is in each document of its stem: int64."""
        total = np.concatenate(([0], np.cumsum(self._mine(), dtype=np.int64)))
        return np.diff(total[stem.ends], prepend=0)
