# Posting lists as the search kernels read them: what is inlined there.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from searchlib.kernels.constants cimport BYTE_EXCEPTION, TWELVE_BIT_EXCEPTION

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    #pragma GCC target("popcnt")  /* as NumPy does: all processors since 2008 have it */
    #endif
    #if defined(_MSC_VER)
    #include <intrin.h>
    static int count_bits(unsigned long long x) { return (int)__popcnt64(x); }
    static int lowest_bit(unsigned long long x) {
        unsigned long i; _BitScanForward64(&i, x); return (int)i;
    }
    static int highest_bit(unsigned long long x) {
        unsigned long i; _BitScanReverse64(&i, x); return (int)i;
    }
    #else
    #define count_bits(x) __builtin_popcountll(x)
    #define lowest_bit(x) __builtin_ctzll(x)
    #define highest_bit(x) (63 - __builtin_clzll(x))
    #endif
    #ifdef __GNUC__
    #define prefetch(address) __builtin_prefetch(address)
    #else
    #define prefetch(address) ((void)(address))
    #endif
    """
    int count_bits(uint64_t) nogil
    int lowest_bit(uint64_t) nogil
    int highest_bit(uint64_t) nogil
    void prefetch(const void*) nogil


cdef struct Exceptions:
    # Values too large for packed integers, by their index among them, ascending.
    const uint64_t* indexes
    const uint32_t* values
    Py_ssize_t count


cdef struct Postings:
    # The posting list of a term. A dense one has a bitset, a sparse one has docs.
    Py_ssize_t documents        # of the segment
    Py_ssize_t words            # of a bitset of the segment
    Py_ssize_t count
    const int32_t* docs
    uint64_t* bits
    uint32_t* rank              # postings before each bitset word
    const uint8_t* freqs
    uint64_t freq_start         # index of the first frequency among those of all terms
    Exceptions freq_exceptions
    uint8_t* block_max          # block-max score of each bitset word, in steps
    # Occurrences: their positions, and their surface forms.
    uint32_t* before            # occurrences before each bitset word, or if sparse each posting
    Py_ssize_t occurrences
    const uint8_t* low          # 12-bit positions: low bytes, and two high halves a byte
    const uint8_t* high
    uint64_t position_start     # index of the first position among those of all terms
    Exceptions position_exceptions
    int form_width              # in bits; 0: the term has one form
    const uint8_t* forms
    uint64_t form_start


cdef struct PositionArrays:
    # What says where the positions of a posting are, by posting; NULL until they are made.
    uint64_t* masks
    uint64_t* bitsets
    uint32_t* bitset_starts      # where the words of each posting start, and the end


cdef class PositionMasks:
    # Those of a posting list, or of one form of its term; see PostingList.add_masks, add_bitsets.
    cdef int form
    cdef PositionArrays arrays
    cdef bint has_no_bitsets     # as they are not worth it
    cdef double lookups          # documents in which phrases were looked for without them


cdef class PostingList:
    cdef Postings postings
    cdef object __weakref__
    cdef bint _has_positions
    cdef readonly Py_ssize_t nbytes  # no object: threads may read it while another sets it
    cdef public object on_growth  # called when ``nbytes`` has grown, if it is not None
    cdef dict _masks              # by form
    cdef int32_t* _docs           # NULL if the term is dense
    cdef const uint8_t[::1] _freqs, _low, _high, _forms
    cdef const uint64_t[::1] _freq_indexes, _position_indexes
    cdef const uint32_t[::1] _freq_values, _position_values

    cdef PositionMasks masks_of(self, int form)
    cdef note_lookups(self, PositionMasks masks, double lookups)
    cdef PositionArrays provide_masks(self, PositionMasks masks)
    cdef _set_freqs(self, Py_ssize_t documents, const uint8_t[::1] freqs, uint64_t freq_start,
                    const uint64_t[::1] freq_indexes, const uint32_t[::1] freq_values)
    cdef _set_docs(self, const int32_t[::1] docs)
    cdef int32_t* _new_docs(self) except NULL
    cdef _check_docs(self)
    cdef _fill_bitset(self, const uint8_t[::1] block_counts, const uint8_t[::1] low,
                      const uint8_t[::1] block_max, Py_ssize_t block)


cdef inline Py_ssize_t first_exception(const Exceptions* exceptions, uint64_t index) noexcept nogil:
    """The first exception whose index is at least ``index``."""
    cdef Py_ssize_t low = 0, high = exceptions.count, middle
    while low < high:
        middle = (low + high) >> 1
        if exceptions.indexes[middle] < index:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline uint32_t exception_or(const Exceptions* exceptions, uint64_t index,
                                  uint32_t default) noexcept nogil:
    """The exception at an index, or the default if there is none."""
    cdef Py_ssize_t i = first_exception(exceptions, index)
    if i < exceptions.count and exceptions.indexes[i] == index:
        return exceptions.values[i]
    return default


cdef inline uint32_t freq_at(const Postings* postings, Py_ssize_t i) noexcept nogil:
    """The frequency of a posting; ``i`` is below ``count``."""
    cdef uint32_t freq = postings.freqs[i]
    if freq != BYTE_EXCEPTION:
        return freq
    return exception_or(&postings.freq_exceptions, postings.freq_start + i, BYTE_EXCEPTION)


cdef inline int64_t position_at(const Postings* postings, Py_ssize_t i) noexcept nogil:
    """The position of an occurrence; ``i`` is below ``occurrences``."""
    cdef uint64_t index = postings.position_start + i, start = postings.position_start >> 1
    cdef int64_t position = postings.high[(index >> 1) - start] >> ((index & 1) << 2) & 15
    cdef Py_ssize_t at
    position = position << 8 | postings.low[i]
    if position >= TWELVE_BIT_EXCEPTION:
        at = first_exception(&postings.position_exceptions, index)
        if (at < postings.position_exceptions.count
                and postings.position_exceptions.indexes[at] == index):
            return <int32_t>postings.position_exceptions.values[at]
    return position


cdef inline uint32_t form_at(const Postings* postings, Py_ssize_t i) noexcept nogil:
    """The surface form of an occurrence. ``i`` is below ``occurrences``, and the width one of
    FORM_WIDTHS: PostingList.add_positions checked that there are bytes for them."""
    cdef uint64_t index = postings.form_start + i
    if postings.form_width == 8:
        return postings.forms[i]
    if postings.form_width == 16:
        return postings.forms[2 * i] | <uint32_t>postings.forms[2 * i + 1] << 8
    # 8, 4 or 2 to a byte.
    cdef int shift = 4 - postings.form_width if postings.form_width < 3 else 1
    cdef uint32_t packed = postings.forms[(index >> shift) - (postings.form_start >> shift)]
    return (packed >> ((index & ((1 << shift) - 1)) * postings.form_width)
            & ((1 << postings.form_width) - 1))


cdef inline bint is_of_form(const Postings* postings, int form, Py_ssize_t i) noexcept nogil:
    """Whether an occurrence is of a surface form, or of any (-1)."""
    return form < 0 or form_at(postings, i) == <uint32_t>form


cdef inline Py_ssize_t lower_bound(const int32_t* docs, Py_ssize_t low, Py_ssize_t high,
                                   Py_ssize_t doc) noexcept nogil:
    """The first index from ``low`` on, below ``high``, whose document is at least ``doc``."""
    cdef const int32_t* start = docs + low
    cdef Py_ssize_t half, size = high - low
    if size <= 0:
        return low
    while size > 1:  # without a branch that depends on a document: none could be foreseen
        half = size >> 1
        start += half * (start[half - 1] < doc)
        size -= half
    return start - docs + (start[0] < doc)


cdef inline Py_ssize_t advance(const int32_t* docs, Py_ssize_t length, Py_ssize_t cursor,
                               Py_ssize_t doc) noexcept nogil:
    """The first index whose document is at least ``doc``, by galloping search from ``cursor``,
    which is from 0 to ``length``, as is the result."""
    cdef Py_ssize_t step = 1
    if cursor > 0 and docs[cursor - 1] >= doc:
        return lower_bound(docs, 0, cursor, doc)
    while cursor < length and docs[cursor] < doc:
        if cursor + step < length and docs[cursor + step] < doc:
            cursor += step
            step <<= 1
        else:
            return lower_bound(docs, cursor + 1, min(cursor + step + 1, length), doc)
    return cursor


cdef inline Py_ssize_t posting_of(const Postings* postings, Py_ssize_t doc) noexcept nogil:
    """The index of a document's posting, or -1; ``doc`` is a document of the segment. The ranks of
    all bits are below ``count``: PostingList counted them."""
    cdef Py_ssize_t i
    cdef uint64_t word
    if postings.bits != NULL:
        word = postings.bits[doc >> 6]
        if not word >> (doc & 63) & 1:
            return -1
        return postings.rank[doc >> 6] + count_bits(word & ((<uint64_t>1 << (doc & 63)) - 1))
    i = lower_bound(postings.docs, 0, postings.count, doc)
    return i if i < postings.count and postings.docs[i] == doc else -1
