# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""The inverter: texts that were cut, brought into the order of postings, and byte strings sorted.
The compiled implementation of :mod:`searchlib.index.inverter`.

It releases the GIL while it runs, so that another thread can read on. All sizes and numbers are
checked here, whatever the caller passes.
"""

import numpy as np

from searchlib.kernels.vocabulary import mapped_int32

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from searchlib.kernels.constants cimport CONSTANTS_FINGERPRINT
from searchlib.kernels.vocabulary cimport MAX_COUNT, Bytes, Vocabulary, WordSpan

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    SEVERAL_WORDS = -1  # in the place of a term: a chunk has another number of words than one

cdef enum:
    # What a range of terms has of a chunk.
    NOTHING = 0
    SOMETHING = 1  # its only word, or perhaps some of its words

cdef enum:
    STRETCH = 256  # chunks of a document that are looked at together

cdef struct Part:
    const int32_t* chunks
    const int32_t* counts
    Py_ssize_t documents

cdef struct WordId:
    int32_t term
    int32_t form

cdef struct ChunkInfo:
    int32_t term  # of the chunk's only word, or SEVERAL_WORDS
    int32_t form

cdef struct ChunkFreq:
    uint32_t words  # in the chunk
    uint32_t times  # that the chunk occurs

cdef struct Posting:
    int32_t document
    int32_t freq

cdef struct Token:
    int32_t position
    int32_t form

cdef struct Cursor:
    int64_t token
    int64_t posting
    int32_t last  # document


cdef class Inverter:
    """The words of documents, brought into the order of terms: call ``count_words``, then
    ``count_postings``, then ``postings`` for ranges of terms.

    ``parts`` are the results of :meth:`Vocabulary.cut`, one after the other. Raises ValueError if
    something does not fit, or if the vocabulary grew between ``count_postings`` and ``postings``.
    """

    cdef Vocabulary _vocabulary
    cdef object _arrays
    cdef Part* _parts
    cdef Py_ssize_t _size
    cdef Py_ssize_t _documents
    cdef uint64_t _known  # words of the vocabulary when they were counted
    cdef object _ids    # of each word
    cdef object _infos  # of each chunk
    cdef object _counts
    cdef object _occurrences

    def __cinit__(self, Vocabulary vocabulary, list parts not None):
        cdef const int32_t[::1] chunks, counts
        cdef int64_t total, chunk_total = 0
        cdef Py_ssize_t i, j
        cdef uint64_t known = vocabulary._chunks.count
        self._vocabulary = vocabulary
        self._arrays = []
        self._parts = <Part*>malloc((len(parts) + 1) * sizeof(Part))
        if self._parts == NULL:
            raise MemoryError
        for i in range(len(parts)):
            chunks, counts = parts[i]
            if chunks is None or counts is None:
                raise ValueError("a part is two arrays")
            self._arrays.append((chunks, counts))
            total = 0
            for j in range(counts.shape[0]):
                if counts[j] < 0:
                    raise ValueError("a document has fewer than no chunks")
                total += counts[j]
            if total != chunks.shape[0]:
                raise ValueError("there are more or fewer chunks than the documents have")
            for j in range(chunks.shape[0]):
                if <uint64_t>chunks[j] >= known:
                    raise ValueError("there is no chunk of this number")
            self._parts[i].chunks = &chunks[0] if chunks.shape[0] else NULL
            self._parts[i].counts = &counts[0] if counts.shape[0] else NULL
            self._parts[i].documents = counts.shape[0]
            chunk_total += chunks.shape[0]
            self._size += 1
            self._documents += counts.shape[0]
        if self._documents >= <Py_ssize_t>MAX_COUNT:
            raise ValueError("there are too many documents")
        if chunk_total >> 32:  # how often a chunk occurs has 32 bits
            raise ValueError("there are too many chunks")

    def __dealloc__(self):
        free(self._parts)

    def count_words(self):
        """The length of each document in words, and the number of occurrences of each word:
        int64."""
        lengths = np.zeros(self._documents + 1, np.int64)
        occurrences = np.zeros(self._vocabulary._words.count + 1, np.int64)
        cdef int64_t[::1] lengths_view = lengths
        cdef int64_t[::1] occurrences_view = occurrences
        chunk_freqs = np.empty((len(self._vocabulary) + 1, 2), np.uint32)
        cdef uint32_t[:, ::1] chunk_freqs_view = chunk_freqs
        with nogil:
            self._count_words(
                &lengths_view[0], &occurrences_view[0], <ChunkFreq*>&chunk_freqs_view[0, 0]
            )
        if int(lengths.max()) >= <int64_t>MAX_COUNT:  # a position has 31 bits
            raise ValueError("a document has too many words")
        return lengths[: self._documents], occurrences[: self._vocabulary._words.count]

    def count_postings(self, terms, forms, int64_t size):
        """Take the term (below ``size``) and the surface form of each word; returns the document
        frequency and the number of occurrences of each term: int64."""
        cdef Py_ssize_t words = self._vocabulary._words.count
        ids = np.empty((words + 1, 2), np.int32)
        ids[:words, 0], ids[:words, 1] = terms, forms
        if not 0 <= size < <int64_t>MAX_COUNT:
            raise ValueError("there cannot be so many terms")
        if words and not (0 <= int(np.min(terms)) and int(np.max(terms)) < max(size, 1)):
            raise ValueError("there is no term of this number")
        counts, occurrences = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
        last = np.full(size + 1, -1, np.int32)
        infos = np.empty((len(self._vocabulary) + 1, 2), np.int32)
        cdef int32_t[:, ::1] infos_view = infos
        cdef int32_t[:, ::1] ids_view = ids
        cdef int64_t[::1] counts_view = counts
        cdef int64_t[::1] occurrences_view = occurrences
        cdef int32_t[::1] last_view = last
        with nogil:
            self._look_up(<WordId*>&ids_view[0, 0], <ChunkInfo*>&infos_view[0, 0])
            self._count_postings(
                <WordId*>&ids_view[0, 0], <ChunkInfo*>&infos_view[0, 0],
                &counts_view[0], &occurrences_view[0], &last_view[0],
            )
        self._known = words
        self._ids, self._infos = ids, infos
        self._counts, self._occurrences = counts[:size], occurrences[:size]
        return self._counts, self._occurrences

    def postings(self, int64_t first, int64_t last):
        """The postings of the terms from ``first`` to ``last``: by posting the document and the
        frequency, by occurrence the position and the surface form: int32.

        Each pair is two columns of one array, since both are written together.
        """
        if self._counts is None or not 0 <= first <= last <= len(self._counts):
            raise ValueError("there are no such terms")
        if self._vocabulary._words.count != self._known:
            raise ValueError("the vocabulary was added to")
        counts, occurrences = self._counts[first:last], self._occurrences[first:last]
        postings, tokens = int(counts.sum()), int(occurrences.sum())
        posting_rows = mapped_int32(2 * postings + 1).reshape(-1, 2)
        token_rows = mapped_int32(2 * tokens + 1).reshape(-1, 2)
        cdef int32_t[:, ::1] posting_rows_view = posting_rows
        cdef int32_t[:, ::1] token_rows_view = token_rows
        cdef int32_t[:, ::1] ids_view = self._ids
        cdef const int64_t[::1] counts_view = counts, occurrences_view = occurrences
        cdef int32_t[:, ::1] infos_view = self._infos
        cdef Py_ssize_t chunks = infos_view.shape[0] - 1
        contents = np.empty(chunks + 1, np.uint8)
        cdef uint8_t[::1] contents_view = contents
        cdef Cursor* cursors = <Cursor*>malloc((last - first + 1) * sizeof(Cursor))
        cdef int64_t posting = 0, token = 0, i
        if cursors == NULL:
            raise MemoryError
        try:
            for i in range(last - first):
                cursors[i].posting, cursors[i].token, cursors[i].last = posting - 1, token, -1
                posting += counts_view[i]
                token += occurrences_view[i]
            with nogil:
                for i in range(chunks):
                    contents_view[i] = NOTHING
                    if infos_view[i, 0] == SEVERAL_WORDS or first <= infos_view[i, 0] < last:
                        contents_view[i] = SOMETHING
                self._write_postings(
                    <WordId*>&ids_view[0, 0], <ChunkInfo*>&infos_view[0, 0], &contents_view[0],
                    first, last, cursors,
                    <Posting*>&posting_rows_view[0, 0], <Token*>&token_rows_view[0, 0],
                )
        finally:
            free(cursors)
        posting_rows, token_rows = posting_rows[:postings], token_rows[:tokens]
        return posting_rows[:, 0], posting_rows[:, 1], token_rows[:, 0], token_rows[:, 1]

    cdef void _count_words(
        self, int64_t* lengths, int64_t* occurrences, ChunkFreq* chunk_freqs
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const WordSpan* spans = self._vocabulary._spans
        cdef const int32_t* chunk
        cdef ChunkFreq* one
        cdef Py_ssize_t part, d, document = 0, i, chunks = self._vocabulary._chunks.count
        cdef int64_t length
        cdef uint32_t j
        for i in range(chunks):
            chunk_freqs[i].words, chunk_freqs[i].times = spans[i].count, 0
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                length = 0
                for i in range(self._parts[part].counts[d]):
                    one = chunk_freqs + chunk[i]
                    one.times += 1
                    length += one.words
                lengths[document] = length
                chunk += self._parts[part].counts[d]
                document += 1
        for i in range(chunks):
            for j in range(spans[i].count):
                occurrences[flat[spans[i].start + j]] += chunk_freqs[i].times

    cdef void _look_up(self, const WordId* ids, ChunkInfo* infos) noexcept nogil:
        """Fill in the term and the form of each chunk."""
        cdef const WordSpan* spans = self._vocabulary._spans
        cdef Py_ssize_t i
        cdef WordId id
        for i in range(<Py_ssize_t>self._vocabulary._chunks.count):
            infos[i].term = SEVERAL_WORDS
            if spans[i].count == 1:
                id = ids[self._vocabulary._flat[spans[i].start]]
                infos[i].term, infos[i].form = id.term, id.form

    cdef void _count_postings(
        self, const WordId* ids, const ChunkInfo* infos, int64_t* counts, int64_t* occurrences,
        int32_t* last,
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const int32_t* chunk
        cdef WordSpan span
        cdef Py_ssize_t part, d, i
        cdef int32_t term, document = 0
        cdef uint32_t j
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                for i in range(self._parts[part].counts[d]):
                    term = infos[chunk[i]].term
                    if term >= 0:
                        occurrences[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                        continue
                    span = self._vocabulary._spans[chunk[i]]
                    for j in range(span.count):
                        term = ids[flat[span.start + j]].term
                        occurrences[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                chunk += self._parts[part].counts[d]
                document += 1

    # The ``occurrences`` and ``counts`` of the cursors are those of _count_postings over the same
    # words, whose number postings() compares: each term's tokens and postings fill its own part.
    cdef void _write_postings(
        self, const WordId* ids, const ChunkInfo* infos, const uint8_t* contents, int64_t first,
        int64_t last, Cursor* cursors, Posting* postings, Token* tokens,
    ) noexcept nogil:
        cdef const int32_t* chunk
        cdef WordSpan span
        cdef ChunkInfo info
        cdef WordId id
        cdef Py_ssize_t part, d, i, size, at, chosen, count
        cdef int32_t document = 0, position, more
        cdef uint64_t terms = last - first
        cdef uint32_t j
        cdef uint8_t[STRETCH] choice
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                size, at = self._parts[part].counts[d], 0
                more = 0  # words than chunks so far
                while at < size:
                    count, chosen = min(size - at, STRETCH), 0
                    # Most chunks are not of the range. A byte a chunk stays in the processor's
                    # cache, and without a branch none is guessed wrong.
                    for i in range(count):
                        choice[chosen] = <uint8_t>i
                        chosen += contents[chunk[at + i]] != NOTHING
                    for i in range(chosen):
                        position = <int32_t>(at + choice[i]) + more
                        info = infos[chunk[at + choice[i]]]
                        if info.term != SEVERAL_WORDS:
                            add_occurrence(
                                cursors + (info.term - first), document, position, info.form,
                                postings, tokens,
                            )
                            continue
                        span = self._vocabulary._spans[chunk[at + choice[i]]]
                        for j in range(span.count):
                            id = ids[self._vocabulary._flat[span.start + j]]
                            if <uint64_t>(id.term - first) < terms:
                                add_occurrence(
                                    cursors + (id.term - first), document, position + <int32_t>j,
                                    id.form, postings, tokens,
                                )
                        more += <int32_t>span.count - 1
                    at += count
                chunk += size
                document += 1


cdef inline void add_occurrence(
    Cursor* cursor, int32_t document, int32_t position, int32_t form,
    Posting* postings, Token* tokens,
) noexcept nogil:
    if cursor.last != document:
        cursor.last = document
        cursor.posting += 1
        postings[cursor.posting].document = document
        postings[cursor.posting].freq = 0
    postings[cursor.posting].freq += 1
    tokens[cursor.token].position = position
    tokens[cursor.token].form = form
    cursor.token += 1


cdef struct Item:
    uint64_t head  # the first eight bytes, big endian
    Bytes text
    int64_t size
    int32_t number


cdef inline bint sorts_after(const Item* a, const Item* b) noexcept nogil:
    cdef int order
    if a.head != b.head:
        return a.head > b.head
    order = memcmp(a.text, b.text, min(a.size, b.size))
    return order > 0 or (order == 0 and a.size > b.size)


cdef void merge_runs(Item* to, const Item* a, const Item* end_a, const Item* b,
                     const Item* end_b) noexcept nogil:
    """Merge two sorted runs; of equal items those of the first run come first."""
    while a < end_a and b < end_b:
        if sorts_after(a, b):
            to[0] = b[0]
            b += 1
        else:
            to[0] = a[0]
            a += 1
        to += 1
    memcpy(to, a, (end_a - a) * sizeof(Item))
    memcpy(to + (end_a - a), b, (end_b - b) * sizeof(Item))


cdef void merge_sort(Item* items, Item* room, Py_ssize_t size) noexcept nogil:
    """Sort items, with room for as many."""
    cdef Item* runs = items
    cdef Item* other = room
    cdef Py_ssize_t width = 1, i
    while width < size:  # runs of this length are sorted
        i = 0
        while i < size:
            merge_runs(
                other + i, runs + i, runs + min(i + width, size),
                runs + min(i + width, size), runs + min(i + 2 * width, size),
            )
            i += 2 * width
        runs, other = other, runs
        width *= 2
    if runs != items:
        memcpy(items, runs, size * sizeof(Item))


cdef void sort_by_heads(Item* items, Item* room, Py_ssize_t size) noexcept nogil:
    """Sort items by their heads alone, a byte at a time from the last one (radix sort); with room
    for as many."""
    cdef Py_ssize_t[8][256] counts
    cdef Py_ssize_t i, before, count
    cdef Item* other = room
    cdef Item* runs = items
    cdef int byte, value
    memset(counts, 0, sizeof(counts))
    for i in range(size):
        for byte in range(8):
            counts[byte][items[i].head >> 8 * byte & 0xFF] += 1
    for byte in range(8):
        if size == 0 or counts[byte][items[0].head >> 8 * byte & 0xFF] == size:
            continue  # the same in all
        before = 0
        for value in range(256):
            count = counts[byte][value]
            counts[byte][value] = before
            before += count
        for i in range(size):
            value = runs[i].head >> 8 * byte & 0xFF
            other[counts[byte][value]] = runs[i]
            counts[byte][value] += 1
        runs, other = other, runs
    if runs != items:
        memcpy(items, runs, size * sizeof(Item))


cdef Py_ssize_t check_strings(
    const uint8_t[::1] text, const int64_t[::1] starts, const int64_t[::1] ends
) except -1:
    """How many byte strings there are; ValueError unless all are within the text."""
    cdef Py_ssize_t i
    cdef int64_t room = text.shape[0]
    if starts.shape[0] != ends.shape[0] or starts.shape[0] >= <Py_ssize_t>MAX_COUNT:
        raise ValueError("byte strings have a start and an end each, and are not too many")
    for i in range(starts.shape[0]):
        if not 0 <= starts[i] <= ends[i] <= room:
            raise ValueError("a byte string is not within the text")
    return starts.shape[0]


def ranks_of(
    const uint8_t[::1] text not None, const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
):
    """The place of each byte string ``text[start:end]`` among the distinct ones, sorted: int32."""
    cdef Py_ssize_t size = check_strings(text, starts, ends), i, j, run
    cdef int32_t rank = 0
    result = np.empty(size + 1, np.int32)
    cdef int32_t[::1] ranks = result
    cdef Item* items = <Item*>malloc((2 * size + 1) * sizeof(Item))
    if items == NULL:
        raise MemoryError
    try:
        with nogil:
            for i in range(size):
                items[i].text = &text[0] + starts[i] if text.shape[0] else NULL
                items[i].size = ends[i] - starts[i]
                items[i].number = <int32_t>i
                items[i].head = 0
                for j in range(min(items[i].size, 8)):
                    items[i].head |= <uint64_t>items[i].text[j] << (56 - 8 * j)
            sort_by_heads(items, items + size, size)
            run = 0
            for i in range(1, size + 1):
                if i == size or items[i].head != items[run].head:
                    merge_sort(items + run, items + size, i - run)
                    run = i
            for i in range(size):
                if i and sorts_after(items + i, items + i - 1):
                    rank += 1
                ranks[items[i].number] = rank
    finally:
        free(items)
    return result[:size]


def joined(
    const uint8_t[::1] text not None, const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
):
    """The byte strings ``text[start:end]``, end to end."""
    cdef Py_ssize_t size = check_strings(text, starts, ends), i
    cdef int64_t total = 0, at = 0
    cdef char* to
    for i in range(size):
        if ends[i] - starts[i] > PY_SSIZE_T_MAX - total:
            raise MemoryError
        total += ends[i] - starts[i]
    result = PyBytes_FromStringAndSize(NULL, total)
    to = PyBytes_AS_STRING(result)
    with nogil:
        for i in range(size):
            if ends[i] > starts[i]:
                memcpy(to + at, &text[starts[i]], ends[i] - starts[i])
                at += ends[i] - starts[i]
    return result


def listed(
    const uint8_t[::1] text not None, const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
):
    """The byte strings ``text[start:end]`` as a list."""
    cdef const char* data = <const char*>&text[0] if text.shape[0] else NULL
    return [
        PyBytes_FromStringAndSize(data + starts[i], ends[i] - starts[i])
        for i in range(check_strings(text, starts, ends))
    ]


def consist_of(
    const uint8_t[::1] text not None, const int64_t[::1] starts not None,
    const int64_t[::1] ends not None, const uint8_t[::1] members not None,
):
    """Which of the byte strings ``text[start:end]`` have only bytes that are ``members``, which has
    a 1 or a 0 for each of 256: a mask."""
    cdef Py_ssize_t size = check_strings(text, starts, ends), i
    cdef int64_t at
    if members.shape[0] != 256:
        raise ValueError("a class has 256 bytes to choose from")
    result = np.empty(size, bool)
    cdef uint8_t[::1] is_without = result.view(np.uint8)
    with nogil:
        for i in range(size):
            at = starts[i]
            while at < ends[i] and members[text[at]]:
                at += 1
            is_without[i] = at == ends[i]
    return result
