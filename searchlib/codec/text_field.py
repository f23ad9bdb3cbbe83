"""A text field of a segment: its terms, their surface forms, and posting lists.

The terms of a stemmed field are stems. The *surface forms* of a term (in short: forms) are the
folded words that share the stem. Each occurrence keeps which form it was, so one posting list
answers both for the stem and for each word exactly. Forms are written by term and then by spelling;
a form is known by its ordinal among all forms, or by its number within its term::

    terms            bank                     rain
    NAME.first       0                        2         3    offsets     first form of each term
    NAME.surfaces    bank        banks        rain           dictionary  the forms
    NAME.order       0           0            0              i2, i4      for each rank by spelling,
                                                                         the ordinal less the rank
    NAME.form_docs   0     9           12            20      offsets     documents of each form
    NAME.form_uses   0    11           15            31      offsets     occurrences of each form
    NAME.lengths     for each document, how many tokens it has in the field

Where no term differs from its form (there is no stemmer, say) there are terms and lengths only: the
terms are the surface forms. In format 1, ``NAME.order`` has the ordinals themselves.

A surface form may stand under several terms, its *owners*: "cote" is a form of "cot" (côté) and of
"cote" (côte). It is then there as often, as several forms that are spelled the same.

A word with accents may be typed in another way than by leaving them out: "haeuser" for "häuser".
Such an *alternate* is known by the words that were indexed, and never guessed from the query::

    NAME.alternates  haeuser  hauser      dictionary  alternate, a blank, surface form: sorted
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from weakref import ref

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.sentences import TextUnit
from searchlib.cached_property import cached_property
from searchlib.codec.cache import Cache
from searchlib.codec.joined_postings import JoinedPostings, Postings, spread_freqs
from searchlib.codec.offsets import Offsets, OffsetsWriter
from searchlib.codec.packed_ints import ranges
from searchlib.codec.postings import PostingsReader
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.codec.term_dictionary import (
    TermDictionary,
    narrow,
    write_term_batches,
    write_terms,
)
from searchlib.codec.text_units import TextUnitsReader
from searchlib.codec.token_attributes import TokenAttributes
from searchlib.errors import CorruptArchive

__all__ = [
    "FormCountsWriter",
    "PostingList",
    "TextField",
    "are_postings",
    "form_counts",
    "write_dictionary",
]

Array = npt.NDArray[Any]
_FORM_BITS = 24  # of the number of a form among those that are counted together


def write_dictionary(
    out: SegmentFileWriter, name: str, terms: Iterable[ByteStrings], first_forms: Array,
    forms: Iterable[ByteStrings] | None, spelling: Array | None,
) -> None:  # fmt: skip
    """Write the sorted terms and, for a stemmed field, their forms, both in any number of parts.

    ``first_forms`` has the ordinal of the first form of each term, and at the end the number of
    forms; ``spelling`` has the ordinals of the forms by their spelling."""
    write_term_batches(out, f"{name}.terms", terms)
    if forms is not None:
        assert spelling is not None
        write_term_batches(out, f"{name}.surfaces", forms)
        offsets = OffsetsWriter(out, f"{name}.first")
        offsets.add(np.diff(first_forms))
        offsets.finish()
        # Forms of a stem are spelled alike, so an ordinal is near its rank by spelling.
        shifts = spelling - np.arange(len(spelling))
        largest = int(np.abs(shifts).max()) if len(shifts) else 0
        out.put(f"{name}.order", shifts.astype("i2" if largest < 1 << 15 else "i4"))


def write_alternates(
    out: SegmentFileWriter, name: str, alternates: Iterable[tuple[bytes, bytes]]
) -> None:
    """Write the alternates, sorted: each with the surface form that it stands for."""
    write_terms(out, f"{name}.alternates", (b" ".join(row) for row in alternates))


class FormCountsWriter:
    """Writes the document frequency and the number of occurrences of each form."""

    def __init__(self, out: SegmentFileWriter, name: str) -> None:
        self._documents = OffsetsWriter(out, f"{name}.form_docs")
        self._occurrences = OffsetsWriter(out, f"{name}.form_uses")

    def add(self, forms: Array, freqs: Array, size: int) -> None:
        """Append the next ``size`` forms. ``forms`` has the form (from 0) of every occurrence,
        ``freqs`` the number of occurrences of every posting."""
        count: Any = form_counts
        if kernels.available:
            count = kernels.codec.form_counts
            forms, freqs = forms.astype(np.int32, copy=False), freqs.astype(np.int32, copy=False)
        documents, occurrences = count(forms, freqs, size)
        self._documents.add(documents)
        self._occurrences.add(occurrences)

    def finish(self) -> None:
        """Write what is pending."""
        self._documents.finish()
        self._occurrences.finish()


def form_counts(forms: Array, freqs: Array, size: int) -> tuple[Array, Array]:
    """How many postings have each form, and how often it occurs: uint32, ``size`` each."""
    postings = np.repeat(np.arange(len(freqs)), freqs)
    pairs = postings << _FORM_BITS | forms
    pairs.sort(kind="stable")  # nearly in order already: each posting's forms are
    distinct = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))] & ((1 << _FORM_BITS) - 1)
    documents = np.bincount(distinct, minlength=size)
    return documents.astype("u4"), np.bincount(forms, minlength=size).astype("u4")


def are_postings(
    counts: Array, docs: Array, freqs: Array, occurrences: Array, positions: Array, lengths: Array,
    forms: Array, form_sizes: Array | None, form_uses: Array | None,
) -> bool:  # fmt: skip
    """Whether these can be the postings of some terms: of documents that exist and rise, at
    positions that rise below the document's length, of forms that the term has, as often as
    ``form_uses`` says (int64, by form).

    Each term has ``counts`` of the ``docs`` and ``freqs`` (int32), ``occurrences`` of the
    ``positions`` (uint16, uint32) and ``forms`` (int32), and ``form_sizes`` forms (int64; None if
    the field has no forms); ``lengths`` (int32) are those of all documents."""
    size = len(freqs)
    if not len(counts):
        return not size and not len(positions)
    if counts.min() < 1 or counts.sum() != size or freqs.min() < 1 or docs.min() < 0:
        return False
    ends = np.cumsum(freqs, dtype=np.int64)  # of the occurrences of each posting
    last = np.cumsum(counts) - 1  # posting of each term
    if not np.array_equal(np.diff(ends[last], prepend=0), occurrences):
        return False
    rises = docs[1:] > docs[:-1]
    rises[last[:-1]] = True  # the next one is another term's
    if not rises.all() or docs.max() >= len(lengths):
        return False
    rises = positions[1:] > positions[:-1]
    rises[ends[:-1] - 1] = True
    if not rises.all() or np.any(positions[ends - 1] >= lengths[docs]):
        return False
    if form_sizes is None:
        return True
    assert form_uses is not None
    sizes = np.repeat(form_sizes, occurrences)
    if form_sizes.sum() != len(form_uses) or np.any(forms < 0) or np.any(forms >= sizes):
        return False
    ordinals = forms + np.repeat(np.cumsum(form_sizes) - form_sizes, occurrences)
    return np.array_equal(np.bincount(ordinals, minlength=len(form_uses)), form_uses)


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
        self._first_forms: Offsets | None = None
        if f"{name}.surfaces.text" in segment_file:
            self._first_forms = Offsets(segment_file, f"{name}.first")
            self._forms = TermDictionary(segment_file, f"{name}.surfaces")
            self._form_docs = Offsets(segment_file, f"{name}.form_docs", "lengths")
            self._form_uses = Offsets(segment_file, f"{name}.form_uses", "lengths")
        self.stemmed = self._first_forms is not None
        self._is_text = meta["kind"] != "terms"  # whose terms may be any bytes
        self._alternates: TermDictionary | None = None
        if f"{name}.alternates.text" in segment_file:
            self._alternates = TermDictionary(segment_file, f"{name}.alternates")
        self.postings = PostingsReader(segment_file, name, meta, documents, self._first_forms)
        self.tokens = self.postings.tokens
        if meta.get("tokens") != self.tokens:
            raise CorruptArchive(segment_file.file, f"its meta data say other tokens of {name!r}")
        self.check()

    @cached_property
    def lengths(self) -> Array:
        """How many tokens each document has in this field: unsigned, exact."""
        name = f"{self._name}.lengths"
        lengths = self._segment_file.array(name, "u")
        is_right = len(lengths) == self.documents
        self._segment_file.require(is_right, name, "it is for another number of documents")
        is_right = int(lengths.sum(dtype=np.uint64)) == self.tokens
        self._segment_file.require(is_right, name, "it has another sum")
        return lengths

    @cached_property
    def doc_starts(self) -> npt.NDArray[np.int32]:
        """Where each document's tokens start if all documents stand end to end, and where those of
        the last one end: int32. A position plus this is a *global position*."""
        return np.concatenate(([0], np.cumsum(self.lengths, dtype=np.int64))).astype(np.int32)

    @cached_property
    def attributes(self) -> TokenAttributes:
        """What single tokens have besides their term."""
        return TokenAttributes(self._segment_file, self._name, self.lengths)

    @cached_property
    def units(self) -> TextUnitsReader | None:
        """Where sentences and paragraphs begin; None if the segment does not have that."""
        if not TextUnitsReader.is_in(self._segment_file, self._name):
            return None
        return TextUnitsReader(self._segment_file, self._name, self.doc_starts)

    def unit_starts(self, unit: TextUnit) -> npt.NDArray[np.int32] | None:
        """:meth:`TextUnitsReader.starts`, cached; None if the segment does not have that."""
        return self._of_units("starts", TextUnitsReader.starts, unit)

    def unit_bitset(self, unit: TextUnit) -> npt.NDArray[np.uint64] | None:
        """:meth:`TextUnitsReader.bitset`, cached; None if the segment does not have that."""
        return self._of_units("bitset", TextUnitsReader.bitset, unit)

    def _of_units(
        self, name: str, make: Callable[[TextUnitsReader, TextUnit], Array], unit: TextUnit
    ) -> Array | None:
        units = self.units
        if units is None:
            return None
        array: Array = self._cache.get((self, name, unit), lambda: make(units, unit))
        return array

    @cached_property
    def surface_forms(self) -> TermDictionary:
        """The surface forms, sorted by rank; the terms if there is no stemmer."""
        if not self.stemmed:
            return self.terms
        by_spelling = TermDictionary(self._segment_file, f"{self._name}.surfaces", self._shifts())
        by_spelling.check_order()
        return by_spelling

    def _shifts(self) -> npt.NDArray[np.int32]:
        """For each rank by spelling, the ordinal of the form less the rank."""
        name = f"{self._name}.order"
        order = self._segment_file.array(name)
        is_right = len(order) == len(self._forms)
        self._segment_file.require(is_right, name, "it has another length")
        if order.dtype.kind == "u":  # format 1: the ordinals themselves
            order = order.astype(np.int64) - np.arange(len(order))
        return order.astype(np.int32)

    def check(self) -> None:
        """Raises CorruptArchive unless terms and forms are sorted and share out their arrays, one
        after the other: then reading all of them takes no more memory than the file has bytes.

        It is called when the field is opened."""
        self.terms.check_order()
        is_right = len(self.terms) == self.postings.terms
        require = self._segment_file.require
        require(is_right, f"{self._name}.starts", "it is for another number of terms")
        if self._first_forms is not None:
            self._first_forms.check(len(self._forms), len(self.terms))
            self._forms.check_order(self._first_forms.read_all())
            self._form_uses.check(self.tokens, len(self._forms))
            documents = self._form_docs.at(len(self._form_docs) - 1)
            self._form_docs.check(documents, len(self._forms))
            require(
                documents <= self.tokens, f"{self._name}.form_docs", "it has too many documents"
            )
        if self._alternates is not None:
            self._alternates.check_order()

    def check_texts(self) -> None:
        """Raises CorruptArchive unless the terms of a text are UTF-8, and its forms too."""
        if self._is_text:
            self.terms.check_texts()
            self.surface_forms.check_texts()  # opening them checks their order

    def form_uses(self) -> Array:
        """How often each form occurs, by ordinal: int64."""
        if self._first_forms is None:
            return self.postings.all_occurrences()
        return self._form_uses.lengths()

    def all_form_counts(self, first: int, last: int) -> tuple[Array, Array]:
        """The document frequencies of the forms from ``first`` to ``last`` (by ordinal), and how
        often each occurs: int64."""
        return self._form_docs.lengths(first, last), self._form_uses.lengths(first, last)

    def find(self, term: bytes) -> PostingList | None:
        """The posting list of a term, or None."""
        ordinal = self.terms.ordinal(term)
        return self.posting_list(ordinal, -1) if ordinal >= 0 else None

    def form_ordinals(self, surface: bytes) -> list[int]:
        """The ordinals of the forms that are spelled so, one for each term that has it."""
        forms = self.surface_forms
        rank, ordinals = forms.rank(surface), []
        while rank < len(forms) and forms.term_at_rank(rank) == surface:
            ordinals.append(forms.ordinal_at_rank(rank))
            rank += 1
        return ordinals

    def owners(self, surface: bytes) -> list[tuple[int, int]]:
        """The terms that have a surface form, and its number among the forms of each (-1: it is the
        only one): by term."""
        return [(term, form) for term, form, _ in self.owner_uses(surface)]

    def owner_uses(self, surface: bytes) -> list[tuple[int, int, int]]:
        """The same, and how often each of them occurs."""
        compiled = self._compiled_owners
        if compiled is not None:
            return compiled.find(surface)
        owners = sorted(map(self._term_and_form, self.form_ordinals(surface)))
        return [(term, form, self.occurrences(term, form)) for term, form in owners]

    @cached_property
    def _compiled_owners(self) -> kernels.codec.FormOwners | None:
        """What looks them up; None if the kernels were not built."""
        forms, first_forms = self.surface_forms.compiled, self._first_forms
        uses = (self.postings.token_starts if first_forms is None else self._form_uses).compiled
        if forms is None or uses is None:
            return None
        first = None if first_forms is None else first_forms.compiled
        return kernels.codec.FormOwners(forms, first, uses)

    def find_exact(self, surface: bytes, weight: float = 1.0) -> Postings | None:
        """The posting list of a surface form, under whatever terms; None if no document has it.
        ``weight`` is that of the field."""
        owners = self.owners(surface)
        return self.joined(owners, weight) if owners else None

    def parts(
        self, terms: Iterable[bytes], forms: Iterable[tuple[bytes, bytes]]
    ) -> list[tuple[int, int]]:
        """Those of these terms, and of these (term, surface form) of other terms, that some text
        has, as :meth:`joined` takes them."""
        ordinals = map(self.terms.ordinal, terms)
        parts = [(ordinal, -1) for ordinal in ordinals if ordinal >= 0]
        for term, surface in forms:
            ordinal = self.terms.ordinal(term)
            parts += (owner for owner in self.owners(surface) if owner[0] == ordinal)
        return sorted(parts)

    def joined(self, parts: Sequence[tuple[int, int]], weight: float) -> Postings:
        """The posting list of several terms, or forms of them (term and form, which is -1 for all),
        together: none of them has a part of another. ``weight`` is that of the field."""
        lists = [self.posting_list(*part) for part in parts]
        if len(lists) == 1:
            return lists[0]
        return JoinedPostings(self, self._cache, lists, tuple(parts), weight)

    def _term_and_form(self, ordinal: int) -> tuple[int, int]:
        """The term of a form, by its ordinal, and its number there (-1: it is the only one)."""
        if self._first_forms is None:
            return ordinal, -1
        first_forms = self._first_forms
        term = bisect_right(range(len(first_forms)), ordinal, key=first_forms.at) - 1
        first, last = first_forms.at(term), first_forms.at(term + 1)
        return term, ordinal - first if last - first > 1 else -1

    def form_postings(self, ordinal: int) -> PostingList:
        """The posting list of a form of a term, by its ordinal in ``surface_forms``."""
        return self.posting_list(*self._term_and_form(ordinal))

    def surface_forms_of(self, term: int) -> list[bytes]:
        """The surface forms of a term, sorted."""
        if self._first_forms is None:
            return [self.terms[term]]
        first, last = self._first_forms.at(term), self._first_forms.at(term + 1)
        return self._forms.terms_between(first, last)

    def forms_by_term(self) -> tuple[Array, TermDictionary]:
        """The ordinal of the first form of each term, and at the end the number of forms (int64),
        and the forms by ordinal."""
        if self._first_forms is None:
            return np.arange(len(self.terms) + 1), self.terms
        return self._first_forms.read_all(), self._forms

    def forms_by_spelling(self) -> Array:
        """The ordinals of the forms, by their spelling: int64."""
        if self._first_forms is None:
            return np.arange(len(self.terms))
        shifts = self._shifts()
        return shifts + np.arange(len(shifts))

    def alternates_of(self, alternate: bytes) -> list[bytes]:
        """The surface forms that may be typed in this other way."""
        if self._alternates is None or b" " in alternate:
            return []
        first, last = self._alternates.prefix_range(alternate + b" ")
        rows = self._alternates.terms_between(first, last) if first < last else ()
        return [row[len(alternate) + 1 :] for row in rows]

    def all_alternates(self) -> Iterator[tuple[bytes, bytes]]:
        """All alternates, sorted, each with the surface form that it stands for."""
        for row in self._alternates or ():
            alternate, _, surface = row.partition(b" ")
            yield alternate, surface

    def form_counts(self, term: int, form: int) -> tuple[int, int]:
        """The document frequency of a form of a term, and how often it occurs."""
        assert self._first_forms is not None
        ordinal = self._first_forms.at(term) + form
        docs, uses = self._form_docs.at, self._form_uses.at
        return docs(ordinal + 1) - docs(ordinal), uses(ordinal + 1) - uses(ordinal)

    def occurrences(self, term: int, form: int) -> int:
        """How often a term occurs (form -1), or one of several forms of it."""
        return self.postings.occurrences(term) if form < 0 else self.form_counts(term, form)[1]

    def docs_by_term(self, terms: int) -> npt.NDArray[np.int32]:
        """The documents of the first terms, end to end (int32), which are cached:
        ``postings.start`` says where those of each begin."""
        load = lambda: self.postings.docs_of_terms(0, terms)[0]  # noqa: E731
        docs: npt.NDArray[np.int32] = self._cache.get((self, "docs_by_term", terms), load)
        return docs

    def posting_list(self, term: int, form: int) -> PostingList:
        """The posting list of a term (form -1), or of one of several forms of it."""
        return PostingList(self, self._cache, term, form)


def _no_kernel_list() -> None:
    return None


class PostingList:
    """The postings of a term or of one form of it; arrays are decoded when first asked for, and
    cached."""

    __slots__ = ("_cache", "_field", "_kernel_list", "count", "form", "occurrences", "term")

    def __init__(self, field: TextField, cache: Cache, term: int, form: int) -> None:
        self._field = field
        self._cache = cache
        self._kernel_list: Callable[[], Any] = _no_kernel_list  # a weak reference, once it is made
        self.term = term
        self.form = form
        if form < 0:
            self.count = field.postings.count(term)
            self.occurrences = field.postings.occurrences(term)
        else:
            self.count, self.occurrences = field.form_counts(term, form)

    @property
    def doc_starts(self) -> npt.NDArray[np.int32]:
        """See :attr:`TextField.doc_starts`."""
        return self._field.doc_starts

    @property
    def term_postings(self) -> PostingList:
        """The posting list of the whole term."""
        return self if self.form < 0 else self._field.posting_list(self.term, -1)

    @property
    def docs(self) -> npt.NDArray[np.int32]:
        """The documents, ascending: int32."""
        return self._cached("docs", self._docs)

    @property
    def freqs(self) -> Array:
        """How often in each of the documents: unsigned."""
        if self.form < 0:
            return self._field.postings.freqs(self.term)
        return self._cached("freqs", self._freqs)

    @property
    def ends(self) -> Array:
        """Where in ``positions`` those of each document end: int32."""
        return self._cached("ends", lambda: np.cumsum(self.freqs, dtype=np.int32))

    @property
    def global_positions(self) -> npt.NDArray[np.int32]:
        """The global positions of all occurrences, ascending: int32."""
        return self._cached("global_positions", self._all_global_positions)

    def global_positions_in(self, docs: Array) -> npt.NDArray[np.int32]:
        """The global positions in some documents, all of which have the term, ascending: int32.
        Only these documents are decoded."""
        term_postings, postings = self.term_postings, self._field.postings
        rows = np.searchsorted(term_postings.docs, docs)
        freqs = term_postings.freqs[rows].astype(np.int64)
        occurrences = ranges(term_postings.ends[rows] - freqs, freqs)
        positions = self._globalized(docs, freqs, postings.positions_at(self.term, occurrences))
        if self.form < 0:
            return positions
        is_form = postings.forms_at(self.term, occurrences) == self.form
        of_form: npt.NDArray[np.int32] = positions[is_form]
        return of_form

    def _all_global_positions(self) -> npt.NDArray[np.int32]:
        term_postings = self.term_postings
        positions = self._globalized(
            term_postings.docs, term_postings.freqs, term_postings.positions
        )
        if self.form < 0:
            return positions
        of_form: npt.NDArray[np.int32] = positions[self._is_form()]
        return of_form

    def _globalized(self, docs: Array, freqs: Array, positions: Array) -> npt.NDArray[np.int32]:
        shifted: npt.NDArray[np.int32] = np.repeat(self._field.doc_starts[docs], freqs)
        shifted += positions.astype(np.int32)
        return shifted

    @property
    def positions(self) -> Array:
        """The positions of all occurrences, by document, ascending in each: unsigned."""
        positions = self._field.postings.positions(self.term)
        return positions if self.form < 0 else positions[self._is_form()]

    def freqs_by_doc(self, documents: int) -> Array:
        """How often in every document of the segment, 0 where it is not: unsigned."""
        return self._cached("freqs_by_doc", lambda: spread_freqs(self, documents))

    @property
    def is_dense(self) -> bool:
        """Whether the term has block counts and block-max scores."""
        return self._field.postings.is_dense(self.term)

    def kernel_list(self, with_positions: bool = False) -> Any:
        """The list of the whole term as the object that :mod:`searchlib.kernels` run over;
        ``with_positions`` if positions and forms are needed."""
        kernel_list: Any = self._kernel_list()
        if kernel_list is None:  # or it was evicted from the cache
            postings = self._field.postings
            key = (self._field, "kernel_list", self.term)
            kernel_list = self._cache.get_growing(key, lambda: postings.kernel_list(self.term))
            self._kernel_list = ref(kernel_list)
        if with_positions and not kernel_list.has_positions:
            self._field.postings.add_positions(self.term, kernel_list)
        return kernel_list

    def forms(self) -> Array | None:
        """The forms of the occurrences of the whole term; None if it has but one."""
        return self._field.postings.forms(self.term)

    def _cached(self, name: str, load: Any) -> Array:
        array: Array = self._cache.get((self._field, name, self.term, self.form), load)
        return array

    def _docs(self) -> Array:
        if self.form < 0:
            return self._field.postings.docs(self.term)
        term_postings = self.term_postings
        return term_postings.docs[self._form_freqs(term_postings) > 0]

    def _freqs(self) -> Array:
        form_freqs = self._form_freqs(self.term_postings)
        return narrow(form_freqs[form_freqs > 0])

    def _is_form(self) -> Array:
        """Of each occurrence of the term, whether it is of this form: bool."""
        forms = self.forms()
        assert forms is not None
        is_form: Array = forms == self.form
        return is_form

    def _form_freqs(self, term_postings: PostingList) -> Array:
        """How often this form is in each document of its term: int64."""
        totals = np.concatenate(([0], np.cumsum(self._is_form(), dtype=np.int64)))
        return np.diff(totals[term_postings.ends], prepend=0)
