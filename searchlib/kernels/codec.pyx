# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""Compiled parts of :mod:`searchlib.codec`: offsets, term dictionaries and posting lists to read,
values of documents to count, and posting lists to split as they are written.

Data of a file was compared with its checksum, but may come from an attacker: no number that is
read there is used as an index before it was compared with the length of what it indexes.
"""

from array import array

import numpy as np

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.math cimport ceil
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset

from searchlib.kernels.constants cimport (
    BLOCK_MAX_MARGIN, BLOCK_MAX_STEPS, BYTE_EXCEPTION, CONSTANTS_FINGERPRINT, FORM_WIDTH_CLASSES,
    LEAST_BITSET_FREQ, MAX_BITSET_WORDS, MAX_BLOCK, MAX_LIST_BITSET_WORDS,
    OFFSETS_BLOCK,
)

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

# Indexes and sizes of files are below: sums and products of two of them do not overflow.
cdef int64_t MAX_INDEX = <int64_t>1 << 56
# Documents of a segment: their ranks are 32 bits.
cdef int64_t MAX_DOCUMENTS = 0xFFFFFFFF
# Terms of a dictionary to each that is sampled.
cdef Py_ssize_t SAMPLE = 32
# Of looking for a phrase in a document without masks: in positions unpacked.
cdef int LOOKUP_COST = 12


cdef class Offsets:
    """:class:`searchlib.codec.offsets.Offsets`, one value at a time. ``heads`` (uint64),
    ``places`` (uint32, of which 4 bits are a width) and ``steps`` (uint8) are its sections. Raises
    ValueError if they do not fit together."""

    cdef const uint64_t[::1] heads
    cdef const uint32_t[::1] places
    cdef const uint8_t[::1] steps
    cdef readonly Py_ssize_t length

    def __cinit__(self, heads not None, places not None, steps not None):
        cdef Py_ssize_t block, width
        self.heads, self.places, self.steps = heads, places, steps
        self.length = <Py_ssize_t>self.heads[self.heads.shape[0] - 1] if self.heads.shape[0] else 0
        if self.length < 1 or (self.length - 1) // OFFSETS_BLOCK + 1 != self.places.shape[0]:
            raise ValueError("it has another number of blocks")
        if self.heads.shape[0] != self.places.shape[0] + 1:
            raise ValueError("it has another number of blocks")
        for block in range(self.places.shape[0]):
            width = self.places[block] & 15
            if width not in (0, 1, 2, 4, 8):
                raise ValueError("a block has no such width")
            width += <Py_ssize_t>(self.places[block] >> 4)
            if width * OFFSETS_BLOCK > self.steps.shape[0]:
                raise ValueError("a block is cut short")

    cdef inline int64_t get(self, Py_ssize_t index) noexcept:
        """An offset; ``index`` must be from 0 on and below the length."""
        # There is a head for each block, and each block has its steps: __cinit__. Heads may be any
        # number, so the sums are unsigned, and wrap: callers compare what they get.
        cdef size_t i = <size_t>index
        cdef uint32_t place = self.places[i // OFFSETS_BLOCK]
        cdef uint64_t value = self.heads[i // OFFSETS_BLOCK], step = 0
        cdef int width = place & 15
        cdef const uint8_t* at
        if width == 0:
            return <int64_t>value
        at = &self.steps[0] + (
            <size_t>(place >> 4) * OFFSETS_BLOCK + i % OFFSETS_BLOCK * width
        )
        if width == 1:
            return <int64_t>(value + at[0])
        for width in range(width):  # little endian on every machine
            step |= <uint64_t>at[width] << (8 * width)
        return <int64_t>(value + step)

    def at(self, Py_ssize_t index):
        """An offset. Raises IndexError if there is none at this index."""
        if not 0 <= index < self.length:
            raise IndexError(index)
        return self.get(index)

    def read_into(self, Py_ssize_t first, int64_t[::1] offsets not None):
        """Fill an array with the offsets from ``first`` on. ValueError if there are fewer."""
        cdef Py_ssize_t i
        if not 0 <= first <= self.length or offsets.shape[0] > self.length - first:
            raise ValueError("there are fewer offsets")
        for i in range(offsets.shape[0]):
            offsets[i] = self.get(first + i)

    cdef Py_ssize_t last_up_to(self, int64_t value, Py_ssize_t count) noexcept:
        """The index of the last of the first ``count`` offsets, at least one, that is at most
        ``value``, if they rise: by the heads of blocks, which stand close together, and then
        within a block. 0 if the first is above it."""
        cdef Py_ssize_t low = 0, high = (count - 1) // OFFSETS_BLOCK + 1, middle
        while low + 1 < high:
            middle = (low + high) >> 1
            if <int64_t>self.heads[middle] <= value:
                low = middle
            else:
                high = middle
        low *= OFFSETS_BLOCK
        high = min(low + OFFSETS_BLOCK, count)
        while low + 1 < high:
            middle = (low + high) >> 1
            if self.get(middle) <= value:
                low = middle
            else:
                high = middle
        return low

    def rises_to(self, int64_t end):
        """Whether the offsets rise from 0 to ``end``, or stay the same."""
        cdef Py_ssize_t i
        cdef int64_t value = self.get(0), previous = value
        cdef bint rises = value == 0
        for i in range(1, self.length):
            value = self.get(i)
            rises &= value >= previous
            previous = value
        return bool(rises and value == end)


cdef inline uint64_t first_bytes(const uint8_t* text, Py_ssize_t size) noexcept nogil:
    """The first eight bytes of a term as a number, zeros after its end: it orders as they do."""
    cdef uint64_t number = 0
    cdef Py_ssize_t i
    for i in range(min(size, 8)):
        number |= <uint64_t>text[i] << (56 - 8 * i)
    return number


cdef class TermDictionary:
    """Byte strings end to end in ``text`` (uint8), and the offsets of their ends; ``shifts``
    (int32), if not None, has for each rank in sorted order how much the term's number is above
    the rank."""

    cdef Offsets ends
    cdef const uint8_t[::1] text
    cdef const int32_t[::1] shifts
    cdef bint has_shifts
    cdef readonly Py_ssize_t length
    # The first bytes of every SAMPLE-th term by rank; NULL until the order was checked.
    cdef uint64_t* sample

    def __dealloc__(self):
        free(self.sample)

    def __cinit__(self, Offsets ends, text not None, shifts):
        self.ends, self.text, self.has_shifts = ends, text, shifts is not None
        self.length = ends.length - 1
        if self.has_shifts:
            self.shifts = shifts
            if self.shifts.shape[0] != self.length:
                raise ValueError("an order has another number of terms")

    cdef inline Py_ssize_t locate(self, Py_ssize_t number, Py_ssize_t* size) noexcept:
        """Where a term begins, and its size; never outside of the text."""
        cdef int64_t start = self.ends.get(number), end = self.ends.get(number + 1)
        cdef int64_t limit = self.text.shape[0]
        end = min(max(end, 0), limit)
        start = min(max(start, 0), end)
        size[0] = end - start
        return start

    cdef inline Py_ssize_t number_of(self, Py_ssize_t rank) except -1:
        cdef Py_ssize_t number = rank  # below 2**60, as steps are bytes: the sum does not overflow
        if not 0 <= rank < self.length:
            raise IndexError(rank)
        if self.has_shifts:
            number += self.shifts[rank]
            if not 0 <= number < self.length:
                raise IndexError(number)
        return number

    def number(self, Py_ssize_t rank):
        """The number of the term at a rank."""
        return self.number_of(rank)

    cpdef bytes get(self, Py_ssize_t number):
        """The term of a number."""
        cdef Py_ssize_t size, start
        if not 0 <= number < self.length:
            raise IndexError(number)
        start = self.locate(number, &size)
        return PyBytes_FromStringAndSize(<const char*>&self.text[start] if size else NULL, size)

    def as_text(self, Py_ssize_t number):
        """The term of a number as text. Raises UnicodeDecodeError if it is not UTF-8."""
        cdef Py_ssize_t size, start
        if not 0 <= number < self.length:
            raise IndexError(number)
        start = self.locate(number, &size)
        if size == 0:
            return ""
        return PyUnicode_DecodeUTF8(<const char*>&self.text[start], size, NULL)

    def part(self, Py_ssize_t first, Py_ssize_t last):
        """The terms of the ranks from ``first`` to ``last``."""
        cdef Py_ssize_t rank
        return [self.get(self.number_of(rank)) for rank in range(first, last)]

    def is_sorted(self, runs, bint distinct):
        """Whether each term sorts before the next rank's, unless that starts one of the ``runs``
        (int64, ascending ranks; or None); if ``distinct``, they may not be equal. Look-ups are
        faster from then on: call it before other threads have the dictionary."""
        cdef const int64_t[::1] run_starts
        cdef Py_ssize_t rank, run = 0, run_count = 0, start, size, previous = 0, previous_size = -1
        cdef int order
        if runs is not None:
            run_starts = runs
            run_count = run_starts.shape[0]
        for rank in range(self.length):
            start = self.locate(self.number_of(rank), &size)
            while run < run_count and run_starts[run] <= rank:
                previous_size = -1  # a run starts here, or has no terms
                run += 1
            if previous_size >= 0:
                order = 0
                if size and previous_size:
                    order = memcmp(
                        &self.text[previous], &self.text[start], min(previous_size, size)
                    )
                if order > 0 or (order == 0 and previous_size + distinct > size):
                    return False
            previous, previous_size = start, size
        if runs is None and self.sample == NULL:
            self.sample = <uint64_t*>malloc((self.length // SAMPLE + 1) * 8)
            if self.sample == NULL:
                raise MemoryError
            for rank in range(0, self.length, SAMPLE):
                start = self.locate(self.number_of(rank), &size)
                self.sample[rank // SAMPLE] = first_bytes(
                    &self.text[start] if size else NULL, size
                )
        return True

    def rank(self, bytes term not None, Py_ssize_t low, Py_ssize_t high):
        """How many terms sort before this one; only the ranks from ``low`` to ``high`` are
        searched."""
        if low < 0 or high > self.length:
            raise IndexError(low if low < 0 else high)
        return self.bound(term, low, high, False)

    def prefix_range(self, bytes prefix not None):
        """The ranks, from and to, of the terms that start with a prefix."""
        cdef Py_ssize_t first = self.bound(prefix, 0, self.length, False), last = first
        if first < self.length and self.starts_with(first, prefix, len(prefix)):
            last = self.bound(prefix, first, self.length, True)
        return first, last

    cdef Py_ssize_t bound(self, bytes term, Py_ssize_t low, Py_ssize_t high,
                          bint after_prefix) except -1:
        """The first of the ranks from ``low`` to ``high`` whose term does not sort before this
        one; ``after_prefix``: nor starts with it."""
        cdef const char* wanted = term
        cdef Py_ssize_t length = len(term), middle, start, size, step = 1
        cdef int order
        if after_prefix:  # most prefixes are those of few terms
            while low + step < high and self.starts_with(low + step, wanted, length):
                low += step
                step *= 2
            high = min(low + step, high)
        elif self.sample != NULL:
            self.narrow(first_bytes(<const uint8_t*>wanted, length), &low, &high)
        while low < high:
            middle = (low + high) >> 1
            start = self.locate(self.number_of(middle), &size)
            order = memcmp(&self.text[start], wanted, min(size, length)) if size else 0
            if order < 0 or (order == 0 and (after_prefix or size < length)):
                low = middle + 1
            else:
                high = middle
        return low


    cdef bint starts_with(self, Py_ssize_t rank, const char* prefix, Py_ssize_t length) except -1:
        """Whether the term at a rank starts with a prefix."""
        cdef Py_ssize_t size, start = self.locate(self.number_of(rank), &size)
        return size >= length and (not length or not memcmp(&self.text[start], prefix, length))

    cdef void narrow(self, uint64_t wanted, Py_ssize_t* low, Py_ssize_t* high) noexcept:
        """Narrow the ranks to those between samples below and above these first bytes."""
        cdef Py_ssize_t below = -1, above = (self.length - 1) // SAMPLE + 1, middle, last = above
        if self.length == 0:
            return
        while below + 1 < above:  # the last sample below
            middle = (below + above) >> 1
            if self.sample[middle] < wanted:
                below = middle
            else:
                above = middle
        while above < last and self.sample[above] == wanted:  # few terms share eight bytes
            above += 1
        low[0] = min(max(low[0], below * SAMPLE), high[0])
        if above < last:
            high[0] = max(min(high[0], above * SAMPLE), low[0])


cdef class FormOwners:
    """Which terms of a text field have a surface form. ``forms`` are sorted by spelling,
    ``first_forms`` has the number of the first form of each term, and ``uses`` where the
    occurrences of each form begin; without a stemmer ``first_forms`` is None, and ``uses`` is that
    of the terms."""

    cdef TermDictionary forms
    cdef Offsets first_forms, uses
    cdef Py_ssize_t terms

    def __cinit__(self, TermDictionary forms not None, Offsets first_forms or None,
                  Offsets uses not None):
        self.forms, self.first_forms, self.uses = forms, first_forms, uses
        self.terms = forms.length if first_forms is None else first_forms.length - 1
        if uses.length != forms.length + 1:
            raise ValueError("there are uses of another number of forms")

    def find(self, bytes surface not None):
        """(term, its number among the forms of the term, occurrences) of each form that is spelled
        so, by term. The number is -1 if the term has but one form."""
        cdef TermDictionary forms = self.forms
        cdef Py_ssize_t rank = forms.bound(surface, 0, forms.length, False), size, start
        cdef Py_ssize_t wanted = len(surface), form
        cdef list owners = []
        while rank < forms.length:
            form = forms.number_of(rank)
            start = forms.locate(form, &size)
            if size != wanted or (size and memcmp(&forms.text[start], <char*>surface, size)):
                break
            owners.append(self.owner_of(form))
            rank += 1
        if len(owners) > 1:
            owners.sort()
        return owners

    cdef tuple owner_of(self, Py_ssize_t form):
        """(term, number of the form in it, occurrences) of a form."""
        cdef Py_ssize_t low
        # Unsigned, because what stands in a file may be any numbers: their differences wrap.
        cdef uint64_t occurrences = <uint64_t>self.uses.get(form + 1), first
        occurrences -= <uint64_t>self.uses.get(form)
        if self.first_forms is None:
            return form, -1, occurrences
        if not self.terms:
            raise IndexError(form)
        low = self.first_forms.last_up_to(form, self.terms)
        first = <uint64_t>self.first_forms.get(low)
        if <uint64_t>self.first_forms.get(low + 1) - first == 1:
            return low, -1, occurrences
        return low, <uint64_t>form - first, occurrences


cdef fill_words(Postings* postings, const uint8_t[::1] block_counts, const uint8_t[::1] low):
    """Make the bitset and ranks of a dense term where a block is a word of the bitset."""
    cdef Py_ssize_t b, i, at = 0, total = 0, size = postings.count, count
    cdef uint64_t word = 0
    cdef uint8_t stray = 0
    for b in range(postings.words):
        count, word = block_counts[b], 0
        if count > size - at:
            raise ValueError("its blocks hold too many documents")
        # Most blocks have a few documents: without a branch for each, as a wrong guess of how
        # many there are costs more than setting four bits.
        while count > 0 and at + 4 <= size:
            for i in range(4):
                word |= <uint64_t>(i < count) << (low[at + i] & 63)
                stray |= low[at + i]
            at += min(count, 4)
            count -= 4
        while count > 0:
            word |= <uint64_t>1 << (low[at] & 63)
            stray |= low[at]
            at += 1
            count -= 1
        postings.bits[b] = word
        postings.rank[b] = <uint32_t>total
        total += count_bits(word)
    postings.rank[postings.words] = <uint32_t>total
    if stray > 63 or (postings.documents & 63 and word >> (postings.documents & 63)):
        raise ValueError("its documents are outside")
    if total != size:
        raise ValueError("its blocks hold another number of documents")


cdef class PositionMasks:
    """The position masks and bitsets of a list, which :class:`PostingList` makes."""

    def __dealloc__(self):
        free(self.arrays.masks)
        free(self.arrays.bitset_starts)
        free(self.arrays.bitsets)


cdef class PostingList:
    """The posting list of a term in a segment, as the search kernels read it; made by
    :meth:`searchlib.codec.postings.PostingsReader.kernel_list`.

    A sparse term has ``docs`` (int32, ascending); a dense one has ``block_counts``, ``low`` and
    ``block_max`` (all uint8): how many documents each block of ``block`` documents has, their
    numbers within the block, and the block-max scores. ``freqs`` are packed bytes: the exceptions
    are ``freq_values`` (uint32) at ``freq_indexes`` (uint64), counted from ``freq_start``. Raises
    ValueError if something does not fit.
    """

    def __cinit__(self, Py_ssize_t documents=0, docs=None, block_counts=None, low=None,
                  block_max=None, Py_ssize_t block=0, const uint8_t[::1] freqs=None,
                  uint64_t freq_start=0, const uint64_t[::1] freq_indexes=None,
                  const uint32_t[::1] freq_values=None):
        self._masks = {}
        if freqs is None:  # PostingLists fills it
            return
        if freq_indexes is None or freq_values is None:
            raise ValueError("its list of exceptions is cut short")
        self._set_freqs(documents, freqs, freq_start, freq_indexes, freq_values)
        if docs is None:
            self._fill_bitset(block_counts, low, block_max, block)
        else:
            self._set_docs(docs)

    cdef _set_freqs(self, Py_ssize_t documents, const uint8_t[::1] freqs, uint64_t freq_start,
                    const uint64_t[::1] freq_indexes, const uint32_t[::1] freq_values):
        """Set the frequencies, and with them how many postings there are."""
        cdef Postings* postings = &self.postings
        if not 0 <= documents <= MAX_DOCUMENTS or freqs.shape[0] > documents:
            raise ValueError("it has too many documents")
        if freq_start > <uint64_t>MAX_INDEX:
            raise ValueError("its frequencies are outside")
        postings.documents = documents
        postings.words = (documents + 63) >> 6
        postings.count = freqs.shape[0]
        self._freqs, self._freq_indexes, self._freq_values = freqs, freq_indexes, freq_values
        postings.freqs = &freqs[0] if postings.count else NULL
        postings.freq_start = freq_start
        postings.freq_exceptions = exceptions_of(
            freq_indexes, freq_values, freq_start, postings.count
        )

    cdef _set_docs(self, const int32_t[::1] docs):
        """Set the documents of a sparse term."""
        cdef Py_ssize_t i
        if docs.shape[0] != self.postings.count:
            raise ValueError("documents and frequencies are not as many")
        self._new_docs()
        for i in range(docs.shape[0]):
            self._docs[i] = docs[i]
        self._check_docs()

    cdef int32_t* _new_docs(self) except NULL:
        """Where the documents of a sparse term go; then call ``_check_docs``."""
        self._docs = <int32_t*>malloc(self.postings.count * 4 or 1)
        if self._docs == NULL:
            raise MemoryError
        self.nbytes = 8 * self.postings.count + 4
        return self._docs

    cdef _check_docs(self):
        """Accept the documents that were filled in."""
        cdef Py_ssize_t i, previous = -1
        for i in range(self.postings.count):
            if self._docs[i] <= previous or self._docs[i] >= self.postings.documents:
                raise ValueError("its documents are not in order")
            previous = self._docs[i]
        self.postings.docs = self._docs

    def __dealloc__(self):
        free(self._docs)
        free(self.postings.bits)
        free(self.postings.rank)
        free(self.postings.block_max)
        free(self.postings.before)

    cdef _fill_bitset(self, const uint8_t[::1] block_counts, const uint8_t[::1] low,
                      const uint8_t[::1] block_max, Py_ssize_t block):
        """Make the bitset, ranks and block-max scores of a dense term."""
        cdef Postings* postings = &self.postings
        cdef Py_ssize_t i, at = 0, b, doc, total = 0, blocks
        if block_counts is None or low is None or block_max is None:
            raise ValueError("it has no documents")
        blocks = block_counts.shape[0]
        if low.shape[0] != postings.count or block_max.shape[0] != blocks:
            raise ValueError("documents and frequencies are not as many")
        # No product overflows: a block has at most MAX_BLOCK documents, and for each there is a byte.
        if not 0 < block <= MAX_BLOCK or (blocks - 1) * block >= postings.documents:
            raise ValueError("it has too many blocks")
        postings.bits = <uint64_t*>calloc(postings.words or 1, 8)
        postings.rank = <uint32_t*>malloc((postings.words + 1) * 4)
        postings.block_max = <uint8_t*>calloc(postings.words or 1, 1)
        if not (postings.bits and postings.rank and postings.block_max):
            raise MemoryError
        self.nbytes = postings.words * 17 + 8
        if block == 64 and blocks == postings.words:
            fill_words(postings, block_counts, low)
            memcpy(postings.block_max, &block_max[0], blocks)
            return
        for b in range(blocks):
            for i in range(block_counts[b]):
                if at >= postings.count:
                    raise ValueError("its blocks hold too many documents")
                doc = b * block + low[at]
                if doc >= postings.documents:
                    raise ValueError("its documents are outside")
                postings.bits[doc >> 6] |= <uint64_t>1 << (doc & 63)
                at += 1
            # (blocks - 1) * block < documents, so the first of these words is below ``words`` too.
            for i in range(
                (b * block) >> 6, min(((b + 1) * block - 1) >> 6, postings.words - 1) + 1
            ):
                if block_max[b] > postings.block_max[i]:
                    postings.block_max[i] = block_max[b]
        for i in range(postings.words):
            postings.rank[i] = <uint32_t>total  # at most ``documents``
            total += count_bits(postings.bits[i])
        postings.rank[postings.words] = <uint32_t>total
        if total != postings.count:
            raise ValueError("its blocks hold another number of documents")

    def add_positions(self, const uint8_t[::1] low not None, const uint8_t[::1] high not None,
                      uint64_t start, const uint64_t[::1] indexes not None,
                      const uint32_t[::1] values not None, int form_width, forms,
                      uint64_t form_start):
        """Add positions and surface forms. ``low`` and ``high`` are the low bytes and the high
        halves of the packed 12-bit positions, the first of which has the index ``start``;
        ``indexes`` and ``values`` are the exceptions; ``forms`` (uint8) are packed, of
        ``form_width`` bits each (0: the term has one form), the first with the index
        ``form_start``. Does nothing if the list has positions already."""
        cdef Postings* postings = &self.postings
        cdef Py_ssize_t i, at = 0, end, total = 0, length = low.shape[0]
        cdef Py_ssize_t size = postings.words if postings.bits != NULL else postings.count
        cdef const uint8_t[::1] form_bytes
        cdef Exceptions exceptions
        cdef uint64_t last
        cdef uint32_t* before
        if self._has_positions:
            return
        if length >> 32:
            raise ValueError("it has too many occurrences")
        if start > <uint64_t>MAX_INDEX or form_start > <uint64_t>MAX_INDEX:
            raise ValueError("its positions are outside")
        if form_width not in (0, 1, 2, 4, 8, 16):
            raise ValueError("there are no forms of so many bits")
        # No sum or product overflows: MAX_INDEX times 16 is 2**60.
        if high.shape[0] < <Py_ssize_t>((start + length + 1) // 2 - start // 2):
            raise ValueError("its positions are cut short")
        if form_width:
            if forms is None:
                raise ValueError("its forms are cut short")
            form_bytes = forms
            last = (form_start + length) * form_width
            if form_bytes.shape[0] < <Py_ssize_t>((last + 7) // 8 - form_start * form_width // 8):
                raise ValueError("its forms are cut short")
        exceptions = exceptions_of(indexes, values, start, length)
        before = <uint32_t*>malloc((size + 1) * 4)
        if before == NULL:
            raise MemoryError
        for i in range(size):
            if total > length:  # before it can overflow: a word has at most 64 numbers of 32 bits
                break
            before[i] = <uint32_t>min(total, length)
            end = postings.rank[i + 1] if postings.bits != NULL else i + 1
            while at < end:
                total += freq_at(postings, at)
                at += 1
        if total != length:
            free(before)
            raise ValueError("its frequencies do not fit its positions")
        before[size] = <uint32_t>total
        # All is checked: only now it is a part of the list.
        with cython.critical_section(self):
            if self._has_positions:  # another thread was faster, and may be reading them
                free(before)
                return
            self._low, self._high = low, high
            self._position_indexes, self._position_values = indexes, values
            postings.low = &low[0] if length else NULL
            postings.high = &high[0] if high.shape[0] else NULL
            if form_width:
                self._forms = form_bytes
                postings.forms = &form_bytes[0] if form_bytes.shape[0] else NULL
            postings.occurrences = length
            postings.position_start = start
            postings.position_exceptions = exceptions
            postings.form_width = form_width
            postings.form_start = form_start
            postings.before = before
            self._has_positions = True

    @property
    def has_positions(self):
        """Whether positions were added: then this thread may read them, whichever added them."""
        with cython.critical_section(self):
            return bool(self._has_positions)

    cdef PositionMasks masks_of(self, int form):
        """The masks of a form, or of all (-1), as they are: perhaps not made yet."""
        cdef PositionMasks masks = self._masks.get(form)
        if masks is None:
            masks = PositionMasks.__new__(PositionMasks)
            masks.form = form
            masks = self._masks.setdefault(form, masks)
        return masks

    cdef note_lookups(self, PositionMasks masks, double lookups):
        """Count what was looked up without masks."""
        with cython.critical_section(self):
            masks.lookups += lookups

    cdef PositionArrays provide_masks(self, PositionMasks masks):
        """The masks and bitsets that there are. Masks, and then bitsets, are made if that costs less
        than the lookups without them did."""
        cdef PositionArrays arrays
        cdef bint wanted
        with cython.critical_section(self):
            arrays = masks.arrays
            wanted = masks.lookups * LOOKUP_COST > self.postings.occurrences
            if wanted:
                masks.lookups = 0
        if wanted:
            if arrays.masks == NULL:
                self.add_masks(masks.form)
            else:
                self.add_bitsets(masks.form)
            with cython.critical_section(self):
                arrays = masks.arrays
        return arrays

    def add_masks(self, int form=-1):
        """Add the position masks of a form, or of all (-1): of each posting a bit for every
        remainder that one of its positions leaves by 64, so that most documents without a phrase
        are known by a look at its terms' masks. 8 bytes a posting: they are made when phrases were
        looked for so often that the positions could have been unpacked meanwhile. Does nothing if
        there are some already; raises ValueError if the list has no such positions."""
        cdef Postings* postings = &self.postings
        cdef PositionMasks masks = self.masks_of(form)
        cdef uint64_t* filled
        cdef uint64_t mask
        cdef Py_ssize_t at, i = 0, end = 0
        if not self.has_positions or (form >= 0 and not postings.form_width):  # form_at
            raise ValueError("its positions are not known")
        filled = <uint64_t*>malloc((postings.count or 1) * sizeof(uint64_t))
        if filled == NULL:
            raise MemoryError
        for at in range(postings.count):
            # The frequencies add up to ``occurrences``: add_positions checked it.
            end += freq_at(postings, at)
            mask = 0
            while i < end:
                if is_of_form(postings, form, i):
                    mask |= <uint64_t>1 << (position_at(postings, i) & 63)
                i += 1
            filled[at] = mask
        with cython.critical_section(self):
            if masks.arrays.masks != NULL:  # another thread was faster
                free(filled)
                return
            masks.arrays.masks = filled
            self.nbytes += postings.count * sizeof(uint64_t)
        if self.on_growth is not None:
            self.on_growth()

    def add_bitsets(self, int form=-1):
        """Add the position bitsets of a form, or of all (-1): of each posting a bit for every
        position up to its last one, so that a look at a word says whether the term is there, or
        whether any of 64 phrases begins. Does nothing if there are some already, or if they would
        be large for what they save; raises ValueError if the list has no such positions."""
        cdef Postings* postings = &self.postings
        cdef PositionMasks masks = self.masks_of(form)
        cdef uint64_t* bitsets = NULL
        cdef uint32_t* starts
        cdef Py_ssize_t size
        if not self.has_positions or (form >= 0 and not postings.form_width):  # form_at
            raise ValueError("its positions are not known")
        with cython.critical_section(self):
            if masks.arrays.bitsets != NULL or masks.has_no_bitsets:
                return
        starts = <uint32_t*>malloc((postings.count + 1) * sizeof(uint32_t))
        if starts == NULL:
            raise MemoryError
        size = share_out_words(postings, form, starts)
        if size > 0:
            bitsets = <uint64_t*>calloc(size, sizeof(uint64_t))
            if bitsets == NULL:
                free(starts)
                raise MemoryError
            fill_bitsets(postings, form, starts, bitsets)
        with cython.critical_section(self):
            if masks.arrays.bitsets != NULL or not size:  # another thread was faster, or too large
                masks.has_no_bitsets = not size
                free(bitsets)
                free(starts)
                return
            masks.arrays.bitsets, masks.arrays.bitset_starts = bitsets, starts
            self.nbytes += size * sizeof(uint64_t) + (postings.count + 1) * sizeof(uint32_t)
        if self.on_growth is not None:
            self.on_growth()

    @property
    def count(self):
        """The document frequency."""
        return self.postings.count


cdef class Section:
    """An array of a segment file, of which pages are verified as they are read: what
    :class:`searchlib.codec.segment_file.Slice` is to the kernels. ``data`` (uint8) are its bytes,
    ``item`` of them each, and begin at ``start`` in the file; ``verified`` (uint8) says of each
    page of ``page`` bytes whether ``verify(start, end)`` need not be called for it."""

    cdef const uint8_t[::1] data, verified
    cdef readonly Py_ssize_t length
    cdef Py_ssize_t item, start, page
    cdef object verify

    def __cinit__(self, data not None, Py_ssize_t item, Py_ssize_t start, Py_ssize_t page,
                  verified not None, verify not None):
        self.data, self.verified, self.verify = data, verified, verify
        self.item, self.start, self.page = item, start, page
        if not 0 < item <= 8 or start < 0 or page < 1:
            raise ValueError("there is no such section")
        self.length = self.data.shape[0] // item
        if (start + self.data.shape[0] - 1) // page >= self.verified.shape[0]:
            raise ValueError("there are pages beyond the last")

    cdef const uint8_t[::1] read(self, Py_ssize_t first, Py_ssize_t last):
        """The bytes of the items from ``first`` to ``last``, verified. Raises ValueError if they do
        not exist, and what ``verify`` raises."""
        cdef Py_ssize_t page, begin, end
        if not 0 <= first <= last <= self.length:
            raise ValueError("items of it are outside")
        begin, end = self.start + first * self.item, self.start + last * self.item
        for page in range(begin // self.page, (end + self.page - 1) // self.page):
            if not self.verified[page]:
                self.verify(begin, end)
                break
        return self.data[begin - self.start:end - self.start]


cdef class PostingLists:
    """The posting lists of a text field in a segment of ``documents`` documents, by the number of
    the term: the sections of :mod:`searchlib.codec.postings` (``high`` may be None), of which
    ``dense_terms`` (uint32) and ``dense_starts`` (uint64) are arrays; terms in ``dense_from``
    documents are dense, in blocks of ``block``. ``freqs`` are packed bytes with the exceptions
    ``freq_values`` (uint32) at ``freq_indexes`` (uint64)."""

    cdef Offsets starts
    cdef Section freqs, docs, high, block_counts, block_max, low
    cdef const uint64_t[::1] freq_indexes, dense_starts
    cdef const uint32_t[::1] freq_values, dense_terms
    cdef Py_ssize_t documents, block, blocks
    cdef int64_t dense_from

    def __cinit__(self, Offsets starts not None, Section freqs not None, freq_indexes not None,
                  freq_values not None, Section docs not None, Section high or None,
                  dense_terms not None, dense_starts not None, Section block_counts not None,
                  Section block_max not None, Section low not None, Py_ssize_t documents,
                  Py_ssize_t block, int64_t dense_from):
        self.starts, self.freqs, self.docs, self.high = starts, freqs, docs, high
        self.freq_indexes, self.freq_values = freq_indexes, freq_values
        self.dense_terms, self.dense_starts = dense_terms, dense_starts
        self.block_counts, self.block_max, self.low = block_counts, block_max, low
        self.documents, self.block, self.dense_from = documents, block, dense_from
        if not 0 < block <= MAX_BLOCK or not 0 <= documents <= MAX_DOCUMENTS:
            raise ValueError("there are no blocks of so many documents")
        self.blocks = (documents + block - 1) // block
        if self.dense_starts.shape[0] != self.dense_terms.shape[0]:
            raise ValueError("dense terms have no starts")

    def open(self, Py_ssize_t term):
        """The :class:`PostingList` of a term. Raises IndexError if there is no such term,
        ValueError if its postings are not well formed, and what verifying a page raises."""
        cdef PostingList posting_list
        cdef int64_t start, end, count, first
        cdef Py_ssize_t row = 0, high = self.dense_terms.shape[0], middle, i
        cdef int32_t* docs
        cdef const uint8_t[::1] low_bytes, high_bytes
        if not 0 <= term < self.starts.length - 1:
            raise IndexError(term)
        start, end = self.starts.get(term), self.starts.get(term + 1)
        if not 0 <= start <= end <= self.freqs.length:
            raise ValueError("its postings are outside")
        count = end - start
        while row < high:  # the dense terms before it
            middle = (row + high) >> 1
            if self.dense_terms[middle] < <uint64_t>term:
                row = middle + 1
            else:
                high = middle
        first = self.low.length
        if row < self.dense_terms.shape[0]:
            first = <int64_t>min(self.dense_starts[row], <uint64_t>MAX_INDEX)
        posting_list = PostingList.__new__(PostingList)
        posting_list._set_freqs(
            self.documents, self.freqs.read(start, end), start, self.freq_indexes, self.freq_values
        )
        if count >= self.dense_from:
            posting_list._fill_bitset(
                self.block_counts.read(row * self.blocks, (row + 1) * self.blocks),
                self.low.read(first, first + count),
                self.block_max.read(row * self.blocks, (row + 1) * self.blocks), self.block,
            )
            return posting_list
        docs = posting_list._new_docs()
        low_bytes = self.docs.read(start - first, start - first + count)
        for i in range(count):
            docs[i] = low_bytes[2 * i] | low_bytes[2 * i + 1] << 8
        if self.high is not None:
            high_bytes = self.high.read(start - first, start - first + count)
            for i in range(count):
                docs[i] |= <int32_t>high_bytes[i] << 16
        posting_list._check_docs()
        return posting_list


cdef Py_ssize_t share_out_words(const Postings* postings, int form,
                                uint32_t* starts) noexcept nogil:
    """How many words the position bitsets of a form take, and where those of each posting start, and
    the last ones end; 0 if they are not worth it."""
    cdef Py_ssize_t at, i = 0, end = 0, size = 0, found = 0
    cdef Py_ssize_t limit = min(MAX_BITSET_WORDS * postings.occurrences, MAX_LIST_BITSET_WORDS)
    cdef int64_t position, last
    for at in range(postings.count):
        starts[at] = <uint32_t>size
        # The frequencies add up to ``occurrences``: add_positions checked it.
        end += freq_at(postings, at)
        last = -1
        while i < end:
            if is_of_form(postings, form, i):
                found += 1
                position = position_at(postings, i)
                if position < 0:  # only in a damaged archive, as are those that do not ascend
                    return 0
                last = max(last, position)
            i += 1
        size += (last + 64) >> 6
        if size > limit:
            return 0
    starts[postings.count] = <uint32_t>size
    if found < LEAST_BITSET_FREQ * postings.count or size > MAX_BITSET_WORDS * found:
        return 0
    return size


cdef void fill_bitsets(const Postings* postings, int form, const uint32_t* starts,
                       uint64_t* bitsets) noexcept nogil:
    """Set the bits of the positions of a form."""
    cdef Py_ssize_t at, i = 0, end = 0
    cdef int64_t position
    for at in range(postings.count):
        end += freq_at(postings, at)
        while i < end:
            if is_of_form(postings, form, i):
                # At most the last one of the posting, by which share_out_words gave it words.
                position = position_at(postings, i)
                bitsets[starts[at] + (position >> 6)] |= <uint64_t>1 << (position & 63)
            i += 1


cdef Exceptions exceptions_of(const uint64_t[::1] indexes, const uint32_t[::1] values,
                              uint64_t start, Py_ssize_t length):
    """The exceptions among the ``length`` values from ``start`` on."""
    cdef Exceptions exceptions
    cdef Py_ssize_t first
    if indexes.shape[0] != values.shape[0]:
        raise ValueError("its list of exceptions is cut short")
    exceptions.count = indexes.shape[0]
    exceptions.indexes = &indexes[0] if exceptions.count else NULL
    exceptions.values = &values[0] if exceptions.count else NULL
    # Both are from 0 to ``count``; if the indexes are not in order, what is left may be less than
    # nothing, which is no exception to those who search it. ``start`` is at most MAX_INDEX.
    first = first_exception(&exceptions, start)
    exceptions.count = first_exception(&exceptions, start + length) - first
    if first:
        exceptions.indexes += first
        exceptions.values += first
    return exceptions


cdef extern from *:
    """
    #include <stdint.h>
    #ifdef _WIN32
    static int file_stamp(const char* path, int64_t* stamp) { return -1; }
    #else
    #include <sys/stat.h>
    #ifdef __APPLE__
    #define STAMP(time) ((time##timespec).tv_sec * 1000000000LL + (time##timespec).tv_nsec)
    #else
    #define STAMP(time) ((time##tim).tv_sec * 1000000000LL + (time##tim).tv_nsec)
    #endif
    static int file_stamp(const char* path, int64_t* stamp) {
        struct stat status;
        if (stat(path, &status)) return -1;
        stamp[0] = (int64_t)status.st_ino;
        stamp[1] = (int64_t)status.st_size;
        stamp[2] = STAMP(status.st_m);
        stamp[3] = STAMP(status.st_c);
        return 0;
    }
    #endif
    """
    int file_stamp(const char* path, int64_t* stamp) noexcept nogil


def are_unchanged(list files not None):
    """Whether all these files are as they were: each is its path (bytes) with inode number, size,
    and times of the content and of the inode in nanoseconds, as ``os.stat`` gives them. False on
    systems that have no such numbers."""
    cdef int64_t stamp[4]
    cdef uint64_t inode
    cdef int64_t size, modified, changed
    cdef bytes path
    for path, inode, size, modified, changed in files:
        if file_stamp(path, stamp) or <uint64_t>stamp[0] != inode or stamp[1] != size:
            return False
        if stamp[2] != modified or stamp[3] != changed:
            return False
    return True


def count_values(bits not None, const uint8_t[::1] ranks not None, int item, starts,
                 Py_ssize_t size):
    """How many documents of the bitset ``bits`` (uint64) have each of ``size`` values, and, last,
    how many have none: an array of int64 (``array.array``).

    ``ranks`` are the values' ranks as bytes, ``item`` bytes each: one a document (``size``: no
    value), or with ``starts`` (uint32) those of document ``d`` from ``starts[d]`` to
    ``starts[d + 1]``. Raises ValueError if there are fewer values than documents ask for."""
    cdef const uint64_t[::1] bitset = bits
    cdef const uint32_t[::1] ends
    cdef Py_ssize_t w, doc, i, length
    cdef uint64_t left
    if item not in (1, 2, 4):
        raise ValueError("there are no ranks of so many bytes")
    if not 0 <= size <= MAX_DOCUMENTS:  # so ranks of 32 bits and one for none
        raise ValueError("there cannot be so many values")
    length = ranks.shape[0] // item
    result = array("q", bytes(8 * (size + 1)))
    cdef int64_t[::1] counts = result
    if starts is not None:
        ends = starts
        if ends.shape[0] < 1 or ends[ends.shape[0] - 1] > length:
            raise ValueError("it has too few values")
        length = ends.shape[0] - 1
    for w in range(bitset.shape[0]):
        left = bitset[w]
        while left:
            doc = (w << 6) + lowest_bit(left)
            left &= left - 1
            if doc >= length:
                raise ValueError("it has values for fewer documents")
            if starts is None:
                i = rank_at(&ranks[0], item, doc)
                counts[i if i < size else size] += 1
                continue
            if ends[doc] == ends[doc + 1]:
                counts[size] += 1
            # No end is above the last one, which is at most the number of ranks.
            for i in range(ends[doc], min(ends[doc + 1], ends[ends.shape[0] - 1])):
                counts[min(rank_at(&ranks[0], item, i), size)] += 1
    return result


cdef inline Py_ssize_t rank_at(const uint8_t* ranks, int item, Py_ssize_t i) noexcept nogil:
    cdef uint16_t two
    cdef uint32_t four
    if item == 1:
        return ranks[i]
    if item == 2:  # the bytes need not be aligned
        memcpy(&two, ranks + 2 * i, 2)
        return two
    memcpy(&four, ranks + 4 * i, 4)
    return four


def form_counts(const int32_t[:] forms not None, const int32_t[:] freqs not None, int64_t size):
    """:func:`searchlib.codec.text_field.form_counts`: the document frequency and the number of
    occurrences of each surface form: uint32, ``size`` each. Raises ValueError if the frequencies
    do not add up to the forms."""
    if not 0 <= size <= MAX_DOCUMENTS:
        raise ValueError("there cannot be so many forms")
    documents, occurrences = np.zeros(size + 1, np.uint32), np.zeros(size + 1, np.uint32)
    last = np.full(size + 1, -1, np.int64)
    cdef uint32_t[::1] documents_view = documents
    cdef uint32_t[::1] occurrences_view = occurrences
    cdef int64_t[::1] last_view = last
    cdef Py_ssize_t posting, token = 0, end
    cdef int32_t form
    cdef bint valid = True
    with nogil:
        for posting in range(freqs.shape[0]):
            end = token + freqs[posting]
            if not token <= end <= forms.shape[0]:
                valid = False
                break
            while token < end:
                form = forms[token]
                if not 0 <= form < size:
                    valid = False
                    break
                occurrences_view[form] += 1
                if last_view[form] != posting:
                    last_view[form] = posting
                    documents_view[form] += 1
                token += 1
    if not valid or token != forms.shape[0]:
        raise ValueError("the forms are not those of the postings")
    return documents[:size], occurrences[:size]


def are_postings(
    const int64_t[::1] counts not None, const int32_t[::1] docs not None,
    const int32_t[::1] freqs not None, const int64_t[::1] occurrences not None,
    positions not None, const int32_t[::1] lengths not None,
    const int32_t[::1] forms not None, form_sizes, form_uses,
):
    """:func:`searchlib.codec.text_field.are_postings`: whether these can be the postings of terms.
    ``positions`` are uint16 or uint32. The last two arrays are None of a field without forms."""
    cdef const uint16_t[::1] short_positions
    cdef const uint32_t[::1] long_positions
    cdef const int64_t[::1] sizes, expected
    cdef int64_t terms = counts.shape[0], term, posting = 0, token = 0, end, base = 0, falls
    cdef int64_t documents = lengths.shape[0]
    cdef int32_t doc, previous
    cdef uint32_t form, size
    cdef bint wrong = False, are_short = positions.dtype == "u2"
    if occurrences.shape[0] != terms or freqs.shape[0] != docs.shape[0]:
        raise ValueError("there are more or fewer numbers than the terms have")
    if len(positions) != forms.shape[0]:
        raise ValueError("there are more or fewer forms than positions")
    if form_sizes is not None:
        sizes, expected = form_sizes, form_uses
        if sizes.shape[0] != terms:
            raise ValueError("there are more or fewer counts than forms")
    if are_short:
        short_positions = positions
        falls = falls_between(short_positions)
    else:
        long_positions = positions
        falls = falls_between(long_positions)
    # Few branches depend on what is read, as no one could foresee them: mistakes add up. What is
    # an index is compared before.
    for term in range(terms):
        if not 0 < counts[term] <= docs.shape[0] - posting:  # no sum overflows
            return False
        if not 0 < occurrences[term] <= forms.shape[0] - token:
            return False
        previous = -1
        end = token
        for posting in range(posting, posting + counts[term]):
            doc = docs[posting]
            if doc <= previous or doc >= documents or freqs[posting] < 1:
                return False
            previous = doc
            if freqs[posting] > forms.shape[0] - end:
                return False
            if are_short:
                # Rising positions may fall only from one posting to the next.
                falls -= end > 0 and short_positions[end] <= short_positions[end - 1]
                end += freqs[posting]
                wrong |= short_positions[end - 1] >= lengths[doc]
            else:
                falls -= end > 0 and long_positions[end] <= long_positions[end - 1]
                end += freqs[posting]
                wrong |= <int64_t>long_positions[end - 1] >= lengths[doc]
        posting += 1
        token += occurrences[term]
        if end != token:
            return False
    if wrong or falls or posting != docs.shape[0] or token != forms.shape[0]:
        return False
    if form_sizes is None:
        return True
    uses = np.zeros(expected.shape[0] + 1, np.int64)
    cdef int64_t[::1] uses_of = uses
    token = 0
    for term in range(terms):
        if not 0 < sizes[term] <= expected.shape[0] - base:
            return False
        size = <uint32_t>min(sizes[term], 0xFFFFFFFF)
        end = token + occurrences[term]
        if size == 1:
            uses_of[base] = occurrences[term]
            while token < end:
                wrong |= forms[token] != 0
                token += 1
        while token < end:
            form = <uint32_t>forms[token]
            if form >= size:
                return False
            uses_of[base + form] += 1
            token += 1
        base += size
    for token in range(expected.shape[0]):
        wrong |= uses_of[token] != expected[token]
    return not wrong and base == expected.shape[0]


ctypedef fused Position:
    uint16_t
    uint32_t


cdef int64_t falls_between(const Position[::1] positions) noexcept nogil:
    """How many positions are not above the one before."""
    cdef Py_ssize_t i
    cdef int64_t falls = 0
    for i in range(1, positions.shape[0]):
        falls += positions[i] <= positions[i - 1]
    return falls


def merge_postings(list parts not None, Py_ssize_t terms):
    """:func:`searchlib.codec.postings_writer.merge_postings`: a counting sort. Raises ValueError if
    the arrays of a part do not fit together."""
    cdef Py_ssize_t term, i, k, start, postings = 0, tokens = 0
    cdef const int32_t[::1] part_terms, part_docs, part_freqs, part_positions, part_forms
    cdef bint valid = True
    if not 0 <= terms <= MAX_DOCUMENTS:
        raise ValueError("there cannot be so many terms")
    counts, occurrences = np.zeros((2, terms + 1), np.int64)
    cdef int64_t[::1] count_of = counts, occurrences_of = occurrences
    for part in parts:
        part_terms, part_docs, part_freqs, part_positions, part_forms = part
        with nogil:
            valid = valid and part_terms.shape[0] == part_docs.shape[0] == part_freqs.shape[0]
            k = 0
            if valid:
                for i in range(part_terms.shape[0]):
                    # No sum overflows: k is at most the number of positions.
                    if not 0 <= part_terms[i] < terms or not 0 <= part_freqs[i] <= (
                            part_positions.shape[0] - k):
                        valid = False
                        break
                    count_of[part_terms[i]] += 1
                    occurrences_of[part_terms[i]] += part_freqs[i]
                    k += part_freqs[i]
            valid = valid and k == part_positions.shape[0] == part_forms.shape[0]
        if not valid:
            raise ValueError("the postings are not those of the terms")
        postings += part_terms.shape[0]
        tokens += k
    docs, freqs = np.empty((2, postings + 1), np.int32)
    positions, forms = np.empty((2, tokens + 1), np.int32)
    posting_starts = np.cumsum(counts) - counts
    token_starts = np.cumsum(occurrences) - occurrences
    # Where the next posting and the next occurrence of each term go: below the sums above.
    cdef int64_t[::1] posting_at = posting_starts, token_at = token_starts
    cdef int32_t[::1] docs_view = docs, freqs_view = freqs
    cdef int32_t[::1] positions_view = positions, forms_view = forms
    for part in parts:
        part_terms, part_docs, part_freqs, part_positions, part_forms = part
        with nogil:
            start = 0
            for i in range(part_terms.shape[0]):
                term = part_terms[i]
                docs_view[posting_at[term]] = part_docs[i]
                freqs_view[posting_at[term]] = part_freqs[i]
                posting_at[term] += 1
                for k in range(part_freqs[i]):
                    positions_view[token_at[term] + k] = part_positions[start + k]
                    forms_view[token_at[term] + k] = part_forms[start + k]
                token_at[term] += part_freqs[i]
                start += part_freqs[i]
    return (
        counts[:terms], occurrences[:terms], docs[:postings], freqs[:postings], positions[:tokens],
        forms[:tokens],
    )


def split_docs(
    const int64_t[::1] counts not None, const int32_t[:] docs not None,
    const int32_t[:] freqs not None, const int64_t[::1] lengths not None, int64_t dense_from, int64_t block, double weight, double average,
    double k1, double b, double step,
):
    """:func:`searchlib.codec.postings_writer.split_docs`: the documents of sparse terms (int32);
    of dense terms the documents' places in their blocks, and by term and block the block counts
    and block-max scores (uint8). Raises ValueError if the arrays do not fit together."""
    cdef int64_t terms = counts.shape[0], documents = lengths.shape[0], total = 0, dense = 0
    cdef int64_t width, rows = 0, i, j, at = 0, row = 0
    cdef int64_t sparse_at = 0, dense_at = 0, cell
    cdef double top, value, w
    cdef int32_t doc
    cdef bint valid = True
    if not 0 < block <= MAX_BLOCK:
        raise ValueError(f"a block has 1 to {MAX_BLOCK} documents")
    if documents > MAX_DOCUMENTS:
        raise ValueError("there cannot be so many documents")
    width = (documents + block - 1) // block
    for i in range(terms):
        if counts[i] < 0:
            raise ValueError("a term has a negative number of documents")
        if counts[i] > docs.shape[0] - total:  # the sum does not overflow
            raise ValueError("there are more or fewer documents than the terms have")
        total += counts[i]
        if counts[i] >= dense_from:
            dense += counts[i]
            rows += 1
    if total != docs.shape[0] or total != freqs.shape[0]:
        raise ValueError("there are more or fewer documents than the terms have")
    if rows and width > MAX_INDEX // rows:
        raise MemoryError
    sparse, low = np.empty(total - dense + 1, np.int32), np.empty(dense + 1, np.uint8)
    block_counts, block_max = np.zeros((2, rows * width + 1), np.uint8)
    cdef int32_t[::1] sparse_view = sparse
    cdef uint8_t[::1] low_view = low
    cdef uint8_t[::1] counts_view = block_counts
    cdef uint8_t[::1] max_view = block_max
    with nogil:
        for i in range(total):
            if not 0 <= docs[i] < documents:
                valid = False
        if valid:
            for i in range(terms):
                if counts[i] < dense_from:
                    for j in range(at, at + counts[i]):
                        sparse_view[sparse_at] = docs[j]
                        sparse_at += 1
                    at += counts[i]
                    continue
                j = at
                at += counts[i]
                while j < at:
                    cell, top = docs[j] // block, 0
                    total = j
                    while j < at and docs[j] // block == cell:
                        doc = docs[j]
                        low_view[dense_at] = <uint8_t>(doc % block)
                        dense_at += 1
                        w = freqs[j] * weight
                        value = (w * (k1 + 1)) / (w + k1 * ((1 - b) + b * lengths[doc] / average))
                        top = value if value > top else top
                        j += 1
                    if j - total > 255:  # not in order, each once: a block's count is a byte
                        valid = False
                    counts_view[row + cell] = <uint8_t>(j - total)
                    top = ceil(top / step + BLOCK_MAX_MARGIN)
                    # A number that is no bound (NaN, or of a step below 0) is the highest.
                    max_view[row + cell] = <uint8_t>(top if 0 <= top < BLOCK_MAX_STEPS
                                                     else BLOCK_MAX_STEPS)
                row += width
    if not valid:
        raise ValueError("there is no document of this number")
    return (
        sparse[: docs.shape[0] - dense], low[:dense],
        block_counts[: rows * width], block_max[: rows * width],
    )


def split_forms(const int64_t[::1] tokens not None, const int32_t[:] forms not None,
                const uint8_t[::1] width_classes not None):
    """:func:`searchlib.codec.postings_writer.split_forms`: the surface forms of the terms of each
    kind from 1 on, end to end, where each term has so many ``tokens``: uint8, and uint16 of the
    last kind. Raises ValueError if the arrays do not fit together."""
    cdef int64_t[FORM_WIDTH_CLASSES + 1] sizes
    cdef int64_t i, j, at = 0
    cdef uint8_t* bytes_at[FORM_WIDTH_CLASSES + 1]
    cdef uint16_t* wide
    if tokens.shape[0] != width_classes.shape[0]:
        raise ValueError("each term has one kind")
    memset(sizes, 0, sizeof(sizes))
    for i in range(tokens.shape[0]):
        if tokens[i] < 0 or width_classes[i] > FORM_WIDTH_CLASSES:
            raise ValueError("there is no such term")
        if tokens[i] > forms.shape[0] - at:  # no sum overflows
            raise ValueError("there are more or fewer forms than the terms have")
        sizes[width_classes[i]] += tokens[i]
        at += tokens[i]
    if at != forms.shape[0]:
        raise ValueError("there are more or fewer forms than the terms have")
    split = [
        np.empty(sizes[i] + 1, np.uint8 if i < FORM_WIDTH_CLASSES else np.uint16)
        for i in range(1, FORM_WIDTH_CLASSES + 1)
    ]
    cdef uint8_t[::1] view
    cdef uint16_t[::1] wide_view = split[FORM_WIDTH_CLASSES - 1]
    for i in range(FORM_WIDTH_CLASSES - 1):
        view = split[i]
        bytes_at[i + 1] = &view[0]
    wide, at = &wide_view[0], 0
    with nogil:
        for i in range(tokens.shape[0]):
            if width_classes[i] == FORM_WIDTH_CLASSES:
                for j in range(tokens[i]):
                    wide[j] = <uint16_t>forms[at + j]
                wide += tokens[i]
            elif width_classes[i]:
                for j in range(tokens[i]):
                    bytes_at[width_classes[i]][j] = <uint8_t>forms[at + j]
                bytes_at[width_classes[i]] += tokens[i]
            at += tokens[i]
    return [part[: sizes[i + 1]] for i, part in enumerate(split)]
