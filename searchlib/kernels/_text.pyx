# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Texts cut into words, and words brought into the order of postings.

:class:`Vocabulary` and :class:`Inversion` let go of the interpreter while they run, so that
another thread can read on. All sizes and numbers are checked here, whatever the caller says.
"""

import os

import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.math cimport ceil
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* The product of two numbers, its halves folded together. */
    static inline uint64_t sl_mix(uint64_t a, uint64_t b) {
    #if defined(__SIZEOF_INT128__)
        __uint128_t m = (__uint128_t)a * b;
        return (uint64_t)m ^ (uint64_t)(m >> 64);
    #else
        uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
        uint64_t mid = ah * bl + ((al * bl) >> 32), more = al * bh + (uint32_t)mid;
        return (a * b) ^ (ah * bh + (mid >> 32) + (more >> 32));
    #endif
    }
    /* What a name of up to eight bytes is, given its length; of a longer one, its hash. */
    static inline uint64_t sl_key(const uint8_t *p, size_t n, uint64_t s0, uint64_t s1) {
        uint64_t h, w = 0;
        uint32_t lo, hi;
        if (n > 8) {
            size_t i;
            h = s0 ^ (n * 0x9E3779B97F4A7C15ull);
            for (i = 0; i + 8 < n; i += 8) {
                memcpy(&w, p + i, 8);
                h = sl_mix(w ^ s1, h);
            }
            memcpy(&w, p + n - 8, 8);
            return sl_mix(sl_mix(w ^ s1, h) ^ s0, s1);
        }
        if (n >= 4) {
            memcpy(&lo, p, 4);
            memcpy(&hi, p + n - 4, 4);
            return (uint64_t)hi << 32 | lo;
        }
        return n ? (uint64_t)p[0] | (uint64_t)p[n >> 1] << 8 | (uint64_t)p[n - 1] << 16 : 0;
    }
    static inline uint64_t sl_place(uint64_t key, uint32_t tag, uint64_t s0, uint64_t s1) {
        return tag > 8 ? key : sl_mix(key ^ s1, s0 + tag * 0x9E3779B97F4A7C15ull);
    }
    """
    uint64_t sl_key(const uint8_t*, size_t, uint64_t, uint64_t) nogil
    uint64_t sl_place(uint64_t, uint32_t, uint64_t, uint64_t) nogil

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object, Py_ssize_t*) except NULL
    bint PyUnicode_IS_ASCII(object)

ctypedef const uint8_t* Bytes

cdef uint64_t _MOST = <uint64_t>1 << 31  # of chunks, of words, of words in all chunks

# ---------------------------------------------------------------- names: byte strings, numbered

cdef struct Slot:
    uint64_t key
    uint32_t tag  # the length, or 9 if it is more
    uint32_t name  # its number + 1, or 0

cdef struct Names:
    uint8_t* text  # of all names, end to end
    uint64_t* ends  # where name i starts is ends[i], where it ends ends[i + 1]
    Slot* slots
    uint64_t room
    uint64_t mask
    uint64_t count
    uint64_t most
    uint64_t s0  # secrets, so that nobody can choose names that fall into one place
    uint64_t s1


cdef bint _names_make(Names* names, uint64_t s0, uint64_t s1) noexcept nogil:
    memset(names, 0, sizeof(Names))
    names.s0, names.s1 = s0, s1
    names.room, names.most, names.mask = 4096, 256, 1023
    names.text = <uint8_t*>malloc(names.room)
    names.ends = <uint64_t*>malloc((names.most + 1) * sizeof(uint64_t))
    names.slots = <Slot*>malloc((names.mask + 1) * sizeof(Slot))
    if names.text == NULL or names.ends == NULL or names.slots == NULL:
        return False
    memset(names.slots, 0, (names.mask + 1) * sizeof(Slot))
    names.ends[0] = 0
    return True


cdef void _names_free(Names* names) noexcept nogil:
    free(names.text)
    free(names.ends)
    free(names.slots)


cdef uint64_t _names_bytes(Names* names) noexcept nogil:
    return names.room + names.most * sizeof(uint64_t) + (names.mask + 1) * sizeof(Slot)


cdef bint _names_grow(Names* names, uint64_t length) noexcept nogil:
    """Make room for one more name of this length."""
    cdef uint64_t used = names.ends[names.count], room, mask, i, at
    cdef void* more
    if used + length > names.room:
        room = 2 * (used + length)
        more = realloc(names.text, room)
        if more == NULL:
            return False
        names.text, names.room = <uint8_t*>more, room
    if names.count + 1 > names.most:
        if names.count + 1 >= _MOST:
            return False
        more = realloc(names.ends, (2 * names.most + 1) * sizeof(uint64_t))
        if more == NULL:
            return False
        names.ends, names.most = <uint64_t*>more, 2 * names.most
    if 2 * (names.count + 1) > names.mask + 1:
        mask = 2 * names.mask + 1
        more = malloc((mask + 1) * sizeof(Slot))
        if more == NULL:
            return False
        memset(more, 0, (mask + 1) * sizeof(Slot))
        for i in range(names.mask + 1):
            if names.slots[i].name:
                at = sl_place(names.slots[i].key, names.slots[i].tag, names.s0, names.s1) & mask
                while (<Slot*>more)[at].name:
                    at = (at + 1) & mask
                (<Slot*>more)[at] = names.slots[i]
        free(names.slots)
        names.slots, names.mask = <Slot*>more, mask
    return True


cdef inline int64_t _number(Names* names, Bytes text, uint64_t length) noexcept nogil:
    """The number of a name, which is a new one if it was not met before; -1: no memory."""
    cdef uint64_t key = sl_key(text, length, names.s0, names.s1)
    cdef uint32_t tag = <uint32_t>length if length < 9 else 9
    cdef uint64_t place = sl_place(key, tag, names.s0, names.s1), at = place & names.mask, start
    cdef Slot* slot = names.slots + at
    while slot.name:
        if slot.key == key and slot.tag == tag:
            if tag < 9:
                return slot.name - 1
            start = names.ends[slot.name - 1]
            if names.ends[slot.name] - start == length:
                if not memcmp(names.text + start, text, length):
                    return slot.name - 1
        at = (at + 1) & names.mask
        slot = names.slots + at
    if not _names_grow(names, length):
        return -1
    at = place & names.mask
    while names.slots[at].name:
        at = (at + 1) & names.mask
    start = names.ends[names.count]
    memcpy(names.text + start, text, length)
    names.count += 1
    names.ends[names.count] = start + length
    names.slots[at].key, names.slots[at].tag = key, tag
    names.slots[at].name = <uint32_t>names.count
    return names.count - 1


# ---------------------------------------------------------------- signs

cdef uint8_t _BLANK = 1, _LEAD = 2  # a blank; the first byte of what may be one
cdef uint8_t _DIGIT = 1, _ALPHA = 2
cdef uint8_t[256] _blanks
cdef uint8_t[256] _signs
cdef uint8_t[256] _lower


cdef void _fill_tables() noexcept:
    cdef int c
    for c in range(256):
        _blanks[c] = _BLANK if 9 <= c <= 13 or 28 <= c <= 32 else 0
        _signs[c] = 0
        _lower[c] = <uint8_t>c
        if c in (0xC2, 0xE1, 0xE2, 0xE3):
            _blanks[c] = _LEAD
        if 48 <= c <= 57:
            _signs[c] = _DIGIT
        elif 65 <= c <= 90:
            _signs[c] = _ALPHA
            _lower[c] = <uint8_t>(c + 32)
        elif 97 <= c <= 122:
            _signs[c] = _ALPHA


_fill_tables()


cdef inline uint64_t _blank(Bytes p, uint64_t left) noexcept nogil:
    """The length of the blank outside of ASCII that stands here, or 0: those of str.split."""
    if p[0] == 0xC2:
        return 2 if left >= 2 and (p[1] == 0x85 or p[1] == 0xA0) else 0
    if left < 3:
        return 0
    if p[0] == 0xE1:
        return 3 if p[1] == 0x9A and p[2] == 0x80 else 0
    if p[0] == 0xE2:
        if p[1] == 0x80:
            return 3 if p[2] <= 0x8A or p[2] == 0xA8 or p[2] == 0xA9 or p[2] == 0xAF else 0
        return 3 if p[1] == 0x81 and p[2] == 0x9F else 0
    return 3 if p[0] == 0xE3 and p[1] == 0x80 and p[2] == 0x80 else 0


cdef inline uint64_t _digits(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and _signs[p[i]] == _DIGIT:
        i += 1
    return i


cdef inline uint64_t _alnums(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and _signs[p[i]]:
        i += 1
    return i


cdef uint64_t _token(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    """Where the token that begins at a letter or digit ends: ``analysis.TOKEN`` over ASCII."""
    cdef uint64_t j, last
    if _signs[p[i]] == _DIGIT:  # 1,234.5, not followed by a letter; else one part less
        j, last = _digits(p, n, i), 0
        while j + 1 < n and (p[j] == c"." or p[j] == c",") and _signs[p[j + 1]] == _DIGIT:
            last = j if last else 1
            j = _digits(p, n, j + 1)
        if last:
            if j == n or not _signs[p[j]]:
                return j
            if last > 1:
                return last
    else:
        j = i  # U.S.
        while j + 1 < n and _signs[p[j]] == _ALPHA and p[j + 1] == c".":
            j += 2
        if j >= i + 4:
            return j
        j = i + 1  # C++ and C#
        if j < n and (p[j] == c"+" or p[j] == c"#"):
            last = j + 1 if p[j] == c"#" else j + 2
            if p[j] == c"#" or (j + 1 < n and p[j + 1] == c"+"):
                if last == n or not (_signs[p[last]] or p[last] == c"_"):
                    return last
    j = _alnums(p, n, i)
    while j + 1 < n and (p[j] == c"'" or p[j] == c"&") and _signs[p[j + 1]]:
        j = _alnums(p, n, j + 1)
    return j


cdef uint64_t _fold(Bytes p, uint64_t n, uint8_t* to) noexcept nogil:
    """Write a token of ASCII folded, as ``analysis.fold`` does; returns its length."""
    cdef uint64_t i, size = 0
    cdef bint plain = True, quoted = False
    for i in range(n):
        to[i] = _lower[p[i]]
        if _signs[p[i]] != _ALPHA:
            plain = False
            quoted = quoted or p[i] == c"'"
    if plain:
        return n
    if quoted and n > 2 and to[n - 2] == c"'" and to[n - 1] == c"s":
        n -= 2
    for i in range(n):
        if to[i] != c"'" and to[i] != c",":
            to[size] = to[i]
            size += 1
    while size > 1 and to[size - 1] == c".":
        size -= 1
    return size


# ---------------------------------------------------------------- texts into numbers of chunks

cdef struct Span:
    uint32_t start  # of a chunk's words, among those of all chunks
    uint32_t count

cdef struct Piece:
    Bytes text
    uint64_t length


cdef class Vocabulary:
    """``analysis.Vocabulary``: blank-separated chunks of text, numbered, and their words.

    ``analyse`` gives the folded words of a chunk that is not ASCII. One thread at a time.
    """

    cdef Names _chunks
    cdef Names _words
    cdef Span* _spans  # of each chunk
    cdef uint64_t _spans_room
    cdef int32_t* _flat  # the words of all chunks
    cdef uint64_t _flat_used
    cdef uint64_t _flat_room
    cdef uint8_t* _scratch
    cdef uint64_t _scratch_room
    cdef object _analyse

    def __cinit__(self, analyse):
        self._analyse = analyse
        cdef uint64_t s0 = int.from_bytes(os.urandom(8), "little")
        cdef uint64_t s1 = int.from_bytes(os.urandom(8), "little")
        if not (_names_make(&self._chunks, s0, s1) and _names_make(&self._words, s0, s1)):
            raise MemoryError

    def __dealloc__(self):
        _names_free(&self._chunks)
        _names_free(&self._words)
        free(self._spans)
        free(self._flat)
        free(self._scratch)

    def __len__(self):
        return self._chunks.count

    @property
    def size(self):
        """The bytes of memory that it takes, and about what its words will take as objects."""
        return (
            _names_bytes(&self._chunks)
            + _names_bytes(&self._words)
            + self._spans_room * sizeof(Span)
            + self._flat_room * sizeof(int32_t)
            + self._words.count * 300
        )

    def words(self):
        """The words by number: a list of UTF-8."""
        cdef uint64_t i
        cdef const uint64_t* ends = self._words.ends
        cdef char* text = <char*>self._words.text
        return [
            PyBytes_FromStringAndSize(text + ends[i], <Py_ssize_t>(ends[i + 1] - ends[i]))
            for i in range(self._words.count)
        ]

    def cut(self, list texts):
        """The numbers of the chunks of all texts end to end, and how many each text has: int32."""
        cdef Py_ssize_t number = len(texts), i, size
        cdef Piece* pieces = <Piece*>malloc((number + 1) * sizeof(Piece))
        cdef int32_t* found = NULL
        cdef int64_t total
        texts = list(texts)  # ours: nobody can take a text away while it is looked into
        held = []  # what else the pieces look into
        counts = np.empty(number, np.int32)
        cdef int32_t[::1] counts_view = counts
        cdef uint64_t before = self._chunks.count
        if pieces == NULL:
            raise MemoryError
        try:
            for i in range(number):
                text = texts[i]
                try:
                    pieces[i].text = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
                except UnicodeEncodeError:
                    data = text.encode("utf-8", "surrogatepass")
                    held.append(data)
                    pieces[i].text = <Bytes>PyBytes_AS_STRING(data)
                    size = PyBytes_GET_SIZE(data)
                pieces[i].length = size
            with nogil:
                total = self._cut(pieces, number, &counts_view[0] if number else NULL, &found)
            if total < 0:
                raise MemoryError
            self._read(before)
            chunks = np.empty(total, np.int32)
            if total:
                _copy(chunks, found)
        finally:
            free(pieces)
            free(found)
        return chunks, counts

    def numbers(self, list texts):
        """The words of all texts end to end (int32), and how many each text has (int64)."""
        chunks, counts = self.cut(texts)
        inversion = Inversion(self, [(chunks, counts)])
        return inversion.expand(), inversion.tally()[0]

    cdef int64_t _cut(
        self, Piece* pieces, Py_ssize_t number, int32_t* counts, int32_t** found
    ) noexcept nogil:
        cdef uint64_t used = 0, room = 0, n, i, start, step, before
        cdef int64_t chunk
        cdef Py_ssize_t at
        cdef Bytes p
        cdef uint8_t kind
        cdef void* more
        for at in range(number):
            p, n, i, before = pieces[at].text, pieces[at].length, 0, used
            while i < n:
                kind = _blanks[p[i]]
                if kind == _BLANK:
                    i += 1
                    continue
                if kind == _LEAD:
                    step = _blank(p + i, n - i)
                    if step:
                        i += step
                        continue
                start = i
                i += 1
                while i < n:
                    kind = _blanks[p[i]]
                    if kind and (kind == _BLANK or _blank(p + i, n - i)):
                        break
                    i += 1
                step = self._chunks.count
                chunk = _number(&self._chunks, p + start, i - start)
                if chunk < 0 or (<uint64_t>chunk == step and not self._take(p + start, i - start)):
                    return -1
                if used == room:
                    room = 2 * room + 4096
                    more = realloc(found[0], room * sizeof(int32_t))
                    if more == NULL:
                        return -1
                    found[0] = <int32_t*>more
                found[0][used] = <int32_t>chunk
                used += 1
            if used - before >= _MOST:
                return -1
            counts[at] = <int32_t>(used - before)
        return used

    cdef bint _take(self, Bytes p, uint64_t n) noexcept nogil:
        """Find the words of the chunk that is new, if it is ASCII; leave it empty if not."""
        cdef uint64_t i, end
        cdef void* more
        cdef uint64_t chunk = self._chunks.count - 1
        if chunk >= self._spans_room:
            more = realloc(self._spans, (2 * chunk + 256) * sizeof(Span))
            if more == NULL:
                return False
            self._spans, self._spans_room = <Span*>more, 2 * chunk + 256
        self._spans[chunk].start, self._spans[chunk].count = <uint32_t>self._flat_used, 0
        for i in range(n):
            if p[i] & 0x80:
                return True
        if n > self._scratch_room:
            more = realloc(self._scratch, 2 * n)
            if more == NULL:
                return False
            self._scratch, self._scratch_room = <uint8_t*>more, 2 * n
        i = 0
        while i < n:
            if not _signs[p[i]]:
                i += 1
                continue
            end = _token(p, n, i)
            if not self._add_word(self._scratch, _fold(p + i, end - i, self._scratch)):
                return False
            i = end
        self._spans[chunk].count = <uint32_t>(self._flat_used - self._spans[chunk].start)
        return True

    cdef bint _add_word(self, Bytes p, uint64_t n) noexcept nogil:
        cdef int64_t word = _number(&self._words, p, n)
        cdef void* more
        if word < 0 or self._flat_used + 1 >= _MOST:
            return False
        if self._flat_used == self._flat_room:
            more = realloc(self._flat, (2 * self._flat_room + 1024) * sizeof(int32_t))
            if more == NULL:
                return False
            self._flat, self._flat_room = <int32_t*>more, 2 * self._flat_room + 1024
        self._flat[self._flat_used] = <int32_t>word
        self._flat_used += 1
        return True

    cdef _read(self, uint64_t first):
        """Find the words of the chunks from ``first`` on that are not ASCII."""
        cdef uint64_t chunk, start, size, i
        cdef Bytes p
        for chunk in range(first, self._chunks.count):
            start = self._chunks.ends[chunk]
            size = self._chunks.ends[chunk + 1] - start
            p = self._chunks.text + start
            for i in range(size):
                if p[i] & 0x80:
                    break
            else:
                continue
            data = PyBytes_FromStringAndSize(<char*>p, <Py_ssize_t>size)
            start = self._flat_used
            for word in self._analyse(data.decode("utf-8", "surrogatepass")):
                data = word.encode("utf-8", "surrogatepass")
                if not self._add_word(<Bytes>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)):
                    raise MemoryError
            self._spans[chunk].start = <uint32_t>start
            self._spans[chunk].count = <uint32_t>(self._flat_used - start)


cdef void _copy(int32_t[::1] to, const int32_t* source):
    memcpy(&to[0], source, to.shape[0] * sizeof(int32_t))


# ---------------------------------------------------------------- inversion

cdef struct Part:
    const int32_t* chunks
    const int32_t* counts
    Py_ssize_t documents

cdef struct Id:
    int32_t term
    int32_t form

cdef struct Info:  # of a chunk
    int32_t term  # if it has one word: its term, or -1 if that is not wanted; else _SEVERAL
    int32_t form

cdef int32_t _SEVERAL = -2  # words, or none

cdef struct Uses:
    uint32_t words  # how many a chunk has
    uint32_t times  # how often it was met

cdef struct Posting:
    int32_t document
    int32_t freq

cdef struct Place:
    int32_t position
    int32_t form

cdef struct Cursor:
    int64_t token
    int64_t posting
    int32_t last  # the last document that was met


cdef class Inversion:
    """Texts that were cut, by document, brought into the order of terms.

    ``parts`` are what :meth:`Vocabulary.cut` gave, one after the other. The vocabulary must not
    be added to as long as this is in use. ``tally``, then ``count``, then ``spread``.
    """

    cdef Vocabulary _vocabulary
    cdef object _held
    cdef Part* _parts
    cdef Py_ssize_t _size
    cdef Py_ssize_t _documents
    cdef object _ids
    cdef object _counts
    cdef object _uses

    def __cinit__(self, Vocabulary vocabulary, list parts):
        cdef const int32_t[::1] chunks, counts
        cdef int64_t total
        cdef Py_ssize_t i, j
        cdef uint64_t known = vocabulary._chunks.count
        self._vocabulary = vocabulary
        self._held = []
        self._parts = <Part*>malloc((len(parts) + 1) * sizeof(Part))
        if self._parts == NULL:
            raise MemoryError
        for i in range(len(parts)):
            chunks, counts = parts[i]
            self._held.append((chunks, counts))
            total = 0
            for j in range(counts.shape[0]):
                if counts[j] < 0:
                    raise ValueError("a document has less than no chunk")
                total += counts[j]
            if total != chunks.shape[0]:
                raise ValueError("there are more or fewer chunks than the documents have")
            for j in range(chunks.shape[0]):
                if <uint64_t>chunks[j] >= known:
                    raise ValueError("there is no chunk of this number")
            self._parts[i].chunks = &chunks[0] if chunks.shape[0] else NULL
            self._parts[i].counts = &counts[0] if counts.shape[0] else NULL
            self._parts[i].documents = counts.shape[0]
            self._size += 1
            self._documents += counts.shape[0]
        if self._documents >= <Py_ssize_t>_MOST:
            raise ValueError("there are too many documents")

    def __dealloc__(self):
        free(self._parts)

    def tally(self):
        """How many words each document has, and how often each word occurs: int64."""
        lengths = np.zeros(self._documents + 1, np.int64)
        uses = np.zeros(self._vocabulary._words.count + 1, np.int64)
        cdef int64_t[::1] lengths_view = lengths
        cdef int64_t[::1] uses_view = uses
        met = np.empty((len(self._vocabulary) + 1, 2), np.uint32)
        cdef uint32_t[:, ::1] met_view = met
        with nogil:
            self._tally(&lengths_view[0], &uses_view[0], <Uses*>&met_view[0, 0])
        return lengths[: self._documents], uses[: self._vocabulary._words.count]

    def expand(self):
        """The words of all documents, end to end: int32."""
        total = int(self.tally()[0].sum())
        words = np.empty(total + 1, np.int32)
        cdef int32_t[::1] view = words
        with nogil:
            self._expand(&view[0])
        return words[:total]

    def count(self, terms, forms, int64_t size):
        """Take the term (below ``size``) and the form of each word; in how many documents each
        term is, and how often it occurs: int64."""
        cdef Py_ssize_t words = self._vocabulary._words.count
        ids = np.empty((words + 1, 2), np.int32)
        ids[:words, 0], ids[:words, 1] = terms, forms
        if size >= <int64_t>_MOST:
            raise ValueError("there are too many terms")
        if words and not (0 <= int(np.min(terms)) and int(np.max(terms)) < max(size, 1)):
            raise ValueError("there is no term of this number")
        counts, uses = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
        last = np.full(size + 1, -1, np.int32)
        infos = np.empty((len(self._vocabulary) + 1, 2), np.int32)
        cdef int32_t[:, ::1] infos_view = infos
        cdef int32_t[:, ::1] ids_view = ids
        cdef int64_t[::1] counts_view = counts
        cdef int64_t[::1] uses_view = uses
        cdef int32_t[::1] last_view = last
        with nogil:
            self._look_up(<Id*>&ids_view[0, 0], 0, size, <Info*>&infos_view[0, 0])
            self._count(
                <Id*>&ids_view[0, 0], <Info*>&infos_view[0, 0],
                &counts_view[0], &uses_view[0], &last_view[0],
            )
        self._ids, self._counts, self._uses = ids, counts[:size], uses[:size]
        return self._counts, self._uses

    def spread(self, int64_t first, int64_t last):
        """The postings of the terms from ``first`` to ``last``: per posting its document and
        frequency, per occurrence its position and form: int32.

        Each two lie side by side in memory, since they are written together.
        """
        if self._counts is None or not 0 <= first <= last <= len(self._counts):
            raise ValueError("there are no such terms")
        counts, uses = self._counts[first:last], self._uses[first:last]
        postings, tokens = int(counts.sum()), int(uses.sum())
        met = np.empty((postings + 1, 2), np.int32)
        places = np.empty((tokens + 1, 2), np.int32)
        cdef int32_t[:, ::1] met_view = met
        cdef int32_t[:, ::1] places_view = places
        cdef int32_t[:, ::1] ids_view = self._ids
        cdef const int64_t[::1] counts_view = counts, uses_view = uses
        infos = np.empty((len(self._vocabulary) + 1, 2), np.int32)
        cdef int32_t[:, ::1] infos_view = infos
        cdef Cursor* cursors = <Cursor*>malloc((last - first + 1) * sizeof(Cursor))
        cdef int64_t posting = 0, token = 0, i
        if cursors == NULL:
            raise MemoryError
        try:
            for i in range(last - first):
                cursors[i].posting, cursors[i].token, cursors[i].last = posting - 1, token, -1
                posting += counts_view[i]
                token += uses_view[i]
            with nogil:
                self._look_up(<Id*>&ids_view[0, 0], first, last, <Info*>&infos_view[0, 0])
                self._spread(
                    <Id*>&ids_view[0, 0], <Info*>&infos_view[0, 0], first, last, cursors,
                    <Posting*>&met_view[0, 0], <Place*>&places_view[0, 0],
                )
        finally:
            free(cursors)
        met, places = met[:postings], places[:tokens]
        return met[:, 0], met[:, 1], places[:, 0], places[:, 1]

    cdef void _tally(self, int64_t* lengths, int64_t* uses, Uses* met) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const Span* spans = self._vocabulary._spans
        cdef const int32_t* chunk
        cdef Uses* one
        cdef Py_ssize_t part, d, document = 0, i, chunks = self._vocabulary._chunks.count
        cdef int64_t length
        cdef uint32_t j
        for i in range(chunks):
            met[i].words, met[i].times = spans[i].count, 0
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                length = 0
                for i in range(self._parts[part].counts[d]):
                    one = met + chunk[i]
                    one.times += 1
                    length += one.words
                lengths[document] = length
                chunk += self._parts[part].counts[d]
                document += 1
        for i in range(chunks):
            for j in range(spans[i].count):
                uses[flat[spans[i].start + j]] += met[i].times

    cdef void _expand(self, int32_t* words) noexcept nogil:
        cdef const Span* spans = self._vocabulary._spans
        cdef Span span
        cdef Py_ssize_t part, d, i, total
        for part in range(self._size):
            total = 0
            for d in range(self._parts[part].documents):
                total += self._parts[part].counts[d]
            for i in range(total):
                span = spans[self._parts[part].chunks[i]]
                if span.count:
                    memcpy(words, self._vocabulary._flat + span.start, span.count * 4)
                words += span.count

    cdef void _look_up(self, const Id* ids, int64_t first, int64_t last, Info* infos) noexcept nogil:
        """Fill in of each chunk its term, counted from ``first``, and form."""
        cdef const Span* spans = self._vocabulary._spans
        cdef Py_ssize_t i
        cdef Id id
        for i in range(<Py_ssize_t>self._vocabulary._chunks.count):
            infos[i].term = _SEVERAL
            if spans[i].count == 1:
                id = ids[self._vocabulary._flat[spans[i].start]]
                infos[i].term = <int32_t>(id.term - first) if first <= id.term < last else -1
                infos[i].form = id.form

    cdef void _count(
        self, const Id* ids, const Info* infos, int64_t* counts, int64_t* uses, int32_t* last
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const int32_t* chunk
        cdef Span span
        cdef Py_ssize_t part, d, i
        cdef int32_t term, document = 0
        cdef uint32_t j
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                for i in range(self._parts[part].counts[d]):
                    term = infos[chunk[i]].term
                    if term >= 0:
                        uses[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                        continue
                    span = self._vocabulary._spans[chunk[i]]
                    for j in range(span.count):
                        term = ids[flat[span.start + j]].term
                        uses[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                chunk += self._parts[part].counts[d]
                document += 1

    cdef void _spread(
        self, const Id* ids, const Info* infos, int64_t first, int64_t last, Cursor* cursors,
        Posting* postings, Place* places,
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const int32_t* chunk
        cdef Span span
        cdef Info info
        cdef Id id
        cdef Py_ssize_t part, d, i
        cdef int32_t document = 0, position
        cdef uint64_t size = last - first
        cdef uint32_t j
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                position = 0
                for i in range(self._parts[part].counts[d]):
                    info = infos[chunk[i]]
                    if info.term >= 0:
                        _put(cursors + info.term, document, position, info.form, postings, places)
                    if info.term != _SEVERAL:
                        position += 1
                        continue
                    span = self._vocabulary._spans[chunk[i]]
                    for j in range(span.count):
                        id = ids[flat[span.start + j]]
                        if <uint64_t>(id.term - first) < size:
                            _put(
                                cursors + (id.term - first), document, position, id.form,
                                postings, places,
                            )
                        position += 1
                chunk += self._parts[part].counts[d]
                document += 1


cdef inline void _put(
    Cursor* cursor, int32_t document, int32_t position, int32_t form,
    Posting* postings, Place* places,
) noexcept nogil:
    if cursor.last != document:
        cursor.last = document
        cursor.posting += 1
        postings[cursor.posting].document = document
        postings[cursor.posting].freq = 0
    postings[cursor.posting].freq += 1
    places[cursor.token].position = position
    places[cursor.token].form = form
    cursor.token += 1


# ---------------------------------------------------------------- planes of postings

def form_counts(const int32_t[:] forms, const int32_t[:] freqs, int64_t size):
    """``text.form_counts``: in how many postings each form is, and how often: uint32."""
    documents, uses = np.zeros(size + 1, np.uint32), np.zeros(size + 1, np.uint32)
    last = np.full(size + 1, -1, np.int64)
    cdef uint32_t[::1] documents_view = documents
    cdef uint32_t[::1] uses_view = uses
    cdef int64_t[::1] last_view = last
    cdef Py_ssize_t posting, token = 0, end
    cdef int32_t form
    cdef bint well = True
    with nogil:
        for posting in range(freqs.shape[0]):
            end = token + freqs[posting]
            if end > forms.shape[0]:
                well = False
                break
            while token < end:
                form = forms[token]
                if not 0 <= form < size:
                    well = False
                    break
                uses_view[form] += 1
                if last_view[form] != posting:
                    last_view[form] = posting
                    documents_view[form] += 1
                token += 1
    if not well or token != forms.shape[0]:
        raise ValueError("the forms are not those of the postings")
    return documents[:size], uses[:size]


def split_docs(
    const int64_t[::1] counts, const int32_t[:] docs, const int32_t[:] freqs,
    const int64_t[::1] lengths, int64_t dense_from, int64_t block, double weight, double average,
    double k1, double b, double step,
):
    """``postings.split_docs``: the documents of sparse terms (int32); of dense ones the places
    in their blocks, and by term and block how many there are and their bound (uint8)."""
    cdef int64_t terms = counts.shape[0], documents = lengths.shape[0], total = 0, dense = 0
    cdef int64_t width = (documents + block - 1) // block, rows = 0, i, j, at = 0, row = 0
    cdef int64_t sparse_at = 0, dense_at = 0, cell
    cdef double top, value, w
    cdef int32_t doc
    cdef bint well = True
    if not 0 < block <= 256:
        raise ValueError("a block has 1 to 256 documents")
    for i in range(terms):
        if counts[i] < 0:
            raise ValueError("a term has less than no document")
        total += counts[i]
        if counts[i] >= dense_from:
            dense += counts[i]
            rows += 1
    if total != docs.shape[0] or total != freqs.shape[0]:
        raise ValueError("there are more or fewer documents than the terms have")
    sparse, low = np.empty(total - dense + 1, np.int32), np.empty(dense + 1, np.uint8)
    held, bounds = np.zeros((2, rows * width + 1), np.uint8)
    cdef int32_t[::1] sparse_view = sparse
    cdef uint8_t[::1] low_view = low
    cdef uint8_t[::1] held_view = held
    cdef uint8_t[::1] bounds_view = bounds
    with nogil:
        for i in range(total):
            if not 0 <= docs[i] < documents:
                well = False
        if well:
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
                    held_view[row + cell] = <uint8_t>(j - total)
                    # A hair more: see postings.split_docs.
                    top = ceil(top / step + 1e-6)
                    bounds_view[row + cell] = <uint8_t>(top if top < 255 else 255)
                row += width
    if not well:
        raise ValueError("there is no document of this number")
    return (
        sparse[: docs.shape[0] - dense], low[:dense], held[: rows * width], bounds[: rows * width]
    )


def split_forms(const int64_t[::1] tokens, const int32_t[:] forms, const uint8_t[::1] kinds):
    """``postings.split_forms``: the forms of the terms of each kind from 1 to 5, ``tokens`` of
    each term: uint8, and uint16 of kind 5."""
    cdef int64_t[6] sizes
    cdef int64_t i, j, at = 0
    cdef uint8_t* bytes_at[6]
    cdef uint16_t* wide
    if tokens.shape[0] != kinds.shape[0]:
        raise ValueError("each term has one kind")
    memset(sizes, 0, sizeof(sizes))
    for i in range(tokens.shape[0]):
        if tokens[i] < 0 or kinds[i] > 5:
            raise ValueError("there is no such term")
        sizes[kinds[i]] += tokens[i]
        at += tokens[i]
    if at != forms.shape[0]:
        raise ValueError("there are more or fewer forms than the terms have")
    made = [np.empty(sizes[i] + 1, np.uint8 if i < 5 else np.uint16) for i in range(1, 6)]
    cdef uint8_t[::1] view
    cdef uint16_t[::1] wide_view = made[4]
    for i in range(4):
        view = made[i]
        bytes_at[i + 1] = &view[0]
    wide, at = &wide_view[0], 0
    with nogil:
        for i in range(tokens.shape[0]):
            if kinds[i] == 5:
                for j in range(tokens[i]):
                    wide[j] = <uint16_t>forms[at + j]
                wide += tokens[i]
            elif kinds[i]:
                for j in range(tokens[i]):
                    bytes_at[kinds[i]][j] = <uint8_t>forms[at + j]
                bytes_at[kinds[i]] += tokens[i]
            at += tokens[i]
    return [one[: sizes[i + 1]] for i, one in enumerate(made)]


# ---------------------------------------------------------------- records

def plain(text):
    """Whether a text is ASCII without a sign that ``schema.clean`` would replace."""
    cdef Py_ssize_t size, i
    cdef Bytes p
    cdef uint8_t bad = 0
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return False
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    for i in range(size):
        bad |= (p[i] < 32) & (p[i] != 9) & (p[i] != 10) & (p[i] != 13) | (p[i] == 127)
    return not bad


cdef struct Buffer:
    char* text
    size_t used
    size_t room


cdef bint _room(Buffer* buffer, size_t more) noexcept:
    cdef void* grown
    if buffer.used + more > buffer.room:
        grown = realloc(buffer.text, 2 * (buffer.used + more))
        if grown == NULL:
            return False
        buffer.text, buffer.room = <char*>grown, 2 * (buffer.used + more)
    return True


cdef uint8_t[256] _escapes  # 0: none; 1: in six characters; else the character after "\\"


cdef void _fill_escapes() noexcept:
    cdef int c
    for c in range(256):
        _escapes[c] = c < 32
    _escapes[8], _escapes[9], _escapes[10], _escapes[12], _escapes[13] = c"b", c"t", c"n", c"f", c"r"
    _escapes[34], _escapes[92] = 34, 92


_fill_escapes()


cdef bint _quote(Buffer* buffer, text) except -1:
    """Add a text as JSON; False if it has half of a surrogate pair."""
    cdef Py_ssize_t size, i = 0, start
    cdef Bytes p
    cdef char* to
    try:
        p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    except UnicodeEncodeError:
        return False
    if not _room(buffer, size + 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    while i < size:
        start = i
        while i < size and not _escapes[p[i]]:
            i += 1
        # What is left, and one escape, fit in.
        if not _room(buffer, size - start + 8):
            raise MemoryError
        memcpy(buffer.text + buffer.used, p + start, i - start)
        buffer.used += i - start
        if i < size:
            to = buffer.text + buffer.used
            to[0] = c"\\"
            to[1] = <char>_escapes[p[i]]
            buffer.used += 2
            if _escapes[p[i]] == 1:
                to[1], to[2], to[3] = c"u", c"0", c"0"
                to[4] = c"1" if p[i] & 16 else c"0"
                to[5] = b"0123456789abcdef"[p[i] & 15]
                buffer.used += 4
            i += 1
    if not _room(buffer, 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    return True


cdef bint _sign(Buffer* buffer, char sign) except -1:
    if not _room(buffer, 1):
        raise MemoryError
    buffer.text[buffer.used] = sign
    buffer.used += 1
    return True


cdef bint _value(Buffer* buffer, value) except -1:
    cdef Py_ssize_t i
    if type(value) is str:
        return _quote(buffer, value)
    if type(value) is not list:
        return False
    _sign(buffer, c"[")
    for i in range(len(value)):
        if i:
            _sign(buffer, c",")
        if type(value[i]) is not str or not _quote(buffer, value[i]):
            return False
    return _sign(buffer, c"]")


def to_json(dict row):
    """The JSON of a row of texts and lists of texts, as ``backend.writer.to_json`` writes it;
    None if there is anything else in it."""
    cdef Buffer buffer
    cdef bint first = True
    for name in row:
        if type(name) is not str:
            return None
    memset(&buffer, 0, sizeof(Buffer))
    try:
        for name in sorted(row):
            _sign(&buffer, c"{" if first else c",")
            first = False
            if not _quote(&buffer, name):
                return None
            _sign(&buffer, c":")
            if not _value(&buffer, row[name]):
                return None
        if first:
            _sign(&buffer, c"{")
        _sign(&buffer, c"}")
        return PyBytes_FromStringAndSize(buffer.text, buffer.used)
    finally:
        free(buffer.text)


cdef extern from "Python.h":
    object PyUnicode_DecodeUTF8(const char*, Py_ssize_t, const char*)


cdef inline Py_ssize_t _skip(Bytes p, Py_ssize_t n, Py_ssize_t i) noexcept:
    while i < n and (p[i] == c" " or p[i] == c"\t" or p[i] == c"\n" or p[i] == c"\r"):
        i += 1
    return i


cdef int _hex(uint8_t c) noexcept:
    if 48 <= c <= 57:
        return c - 48
    c |= 32
    return c - 87 if 97 <= c <= 102 else -1


cdef int _escaped(Bytes p, Py_ssize_t left, char* to, int* size) noexcept:
    """Write what the escape after a backslash means; the length of the escape, or 0 if it is
    none or half of a surrogate pair. ``size`` is what was written, up to three bytes."""
    cdef int code = 0, i
    size[0] = 1
    if left < 1:
        return 0
    if p[0] == c'"' or p[0] == c"\\" or p[0] == c"/":
        to[0] = <char>p[0]
    elif p[0] == c"n":
        to[0] = 10
    elif p[0] == c"t":
        to[0] = 9
    elif p[0] == c"r":
        to[0] = 13
    elif p[0] == c"b":
        to[0] = 8
    elif p[0] == c"f":
        to[0] = 12
    elif p[0] == c"u" and left >= 5:
        for i in range(1, 5):
            if _hex(p[i]) < 0:
                return 0
            code = code * 16 + _hex(p[i])
        if code < 0x80:
            to[0] = <char>code
        elif code < 0x800:
            to[0], to[1], size[0] = <char>(0xC0 | code >> 6), <char>(0x80 | code & 63), 2
        elif 0xD800 <= code < 0xE000:
            return 0
        else:
            to[0] = <char>(0xE0 | code >> 12)
            to[1], to[2], size[0] = <char>(0x80 | code >> 6 & 63), <char>(0x80 | code & 63), 3
        return 5
    else:
        return 0
    return 1


cdef object _string(Bytes p, Py_ssize_t n, Py_ssize_t* at, Buffer* scratch):
    """The text whose quote stands at ``at``, which goes on behind it; None if it is none."""
    cdef Py_ssize_t start = at[0] + 1, i = at[0] + 1, run
    cdef int step, size
    if at[0] >= n or p[at[0]] != c'"':
        return None
    while i < n and p[i] >= 32 and p[i] != c'"' and p[i] != c"\\":
        i += 1
    if i < n and p[i] == c'"':
        at[0] = i + 1
        return PyUnicode_DecodeUTF8(<char*>p + start, i - start, NULL)
    scratch.used = 0
    while True:
        # What an escape means is not longer than the escape.
        run = i - start
        if not _room(scratch, run + 8):
            raise MemoryError
        memcpy(scratch.text + scratch.used, p + start, run)
        scratch.used += run
        if i >= n or p[i] < 32:
            return None
        if p[i] == c'"':
            at[0] = i + 1
            return PyUnicode_DecodeUTF8(scratch.text, scratch.used, NULL)
        step = _escaped(p + i + 1, n - i - 1, scratch.text + scratch.used, &size)
        if not step:
            return None
        scratch.used += size
        i = start = i + 1 + step
        while i < n and p[i] >= 32 and p[i] != c'"' and p[i] != c"\\":
            i += 1


cdef object _strings(Bytes p, Py_ssize_t n, Py_ssize_t* at, Buffer* scratch):
    """The list of texts whose bracket stands at ``at``; None if it is none."""
    cdef list found = []
    at[0] = _skip(p, n, at[0] + 1)
    if at[0] < n and p[at[0]] == c"]":
        at[0] += 1
        return found
    while True:
        one = _string(p, n, at, scratch)
        if one is None:
            return None
        found.append(one)
        at[0] = _skip(p, n, at[0])
        if at[0] >= n or (p[at[0]] != c"," and p[at[0]] != c"]"):
            return None
        at[0] += 1
        if p[at[0] - 1] == c"]":
            return found
        at[0] = _skip(p, n, at[0])


def read_record(bytes line):
    """The JSON object of a line, if its values are texts and lists of texts; None if they are
    not, or if it is no JSON: then ``json`` says what it is."""
    cdef Bytes p = <Bytes>PyBytes_AS_STRING(line)
    cdef Py_ssize_t n = PyBytes_GET_SIZE(line), at
    cdef Buffer scratch
    cdef dict found = {}
    at = _skip(p, n, 0)
    if at >= n or p[at] != c"{":
        return None
    at = _skip(p, n, at + 1)
    memset(&scratch, 0, sizeof(Buffer))
    try:
        while True:
            name = _string(p, n, &at, &scratch)
            if name is None:
                return None
            at = _skip(p, n, at)
            if at >= n or p[at] != c":":
                return None
            at = _skip(p, n, at + 1)
            if at < n and p[at] == c"[":
                value = _strings(p, n, &at, &scratch)
            else:
                value = _string(p, n, &at, &scratch)
            if value is None:
                return None
            found[name] = value
            at = _skip(p, n, at)
            if at >= n or (p[at] != c"," and p[at] != c"}"):
                return None
            at += 1
            if p[at - 1] == c"}":
                return found if _skip(p, n, at) == n else None
            at = _skip(p, n, at)
    except UnicodeDecodeError:
        return None
    finally:
        free(scratch.text)
