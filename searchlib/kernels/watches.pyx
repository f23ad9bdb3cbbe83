# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""Standing queries held against the articles of a commit: the compiled implementation of
:mod:`searchlib.watches.batch_arrays`, which says what each function does.

It releases the GIL while it runs. All sizes and numbers are checked here, whatever the caller
passes.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from searchlib.kernels.constants cimport (
    CONSTANTS_FINGERPRINT, WATCH_AND, WATCH_AND_NOT, WATCH_OR, WATCH_PUSH,
)

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef extern from *:
    """
    #include <stdint.h>
    #if defined(_MSC_VER)
    #include <intrin.h>
    static inline int sl_lowest(uint64_t x) {
        unsigned long i; _BitScanForward64(&i, x); return (int)i;
    }
    static inline int sl_highest(uint64_t x) {
        unsigned long i; _BitScanReverse64(&i, x); return (int)i;
    }
    static inline int sl_count(uint64_t x) { return (int)__popcnt64(x); }
    #else
    static inline int sl_lowest(uint64_t x) { return __builtin_ctzll(x); }
    static inline int sl_highest(uint64_t x) { return 63 - __builtin_clzll(x); }
    static inline int sl_count(uint64_t x) { return __builtin_popcountll(x); }
    #endif
    """
    int sl_lowest(uint64_t) nogil
    int sl_highest(uint64_t) nogil
    int sl_count(uint64_t) nogil


cdef int check_rows(const int32_t[::1] firsts, const int32_t[::1] values, Py_ssize_t below) except -1:
    """Whether ``firsts`` cuts ``values`` into rows, of numbers from 0 to ``below`` - 1."""
    cdef Py_ssize_t i
    if firsts.shape[0] < 1 or firsts[0] != 0 or firsts[firsts.shape[0] - 1] != values.shape[0]:
        raise ValueError("the rows do not share out the values")
    for i in range(firsts.shape[0] - 1):
        if firsts[i] > firsts[i + 1]:
            raise ValueError("the rows do not share out the values")
    for i in range(values.shape[0]):
        if values[i] < 0 or values[i] >= below:
            raise ValueError("a value is out of range")
    return 0


cdef int check_docs(const int32_t[::1] starts, const int32_t[::1] bits_of, Py_ssize_t tokens,
                    Py_ssize_t bits) except -1:
    """Whether ``starts`` cuts the tokens into documents with these bits."""
    cdef Py_ssize_t i
    if starts.shape[0] != bits_of.shape[0] + 1 or starts[0] < 0:
        raise ValueError("each document has a bit")
    for i in range(bits_of.shape[0]):
        if starts[i] > starts[i + 1] or bits_of[i] >= bits:
            raise ValueError("a document is out of range")
    if starts[starts.shape[0] - 1] > tokens:
        raise ValueError("a document is out of range")
    return 0


def set_bits(const int32_t[::1] forms, const int32_t[::1] starts, const int32_t[::1] bits_of,
             const int32_t[::1] firsts, const int32_t[::1] leaves, uint64_t[:, ::1] rows):
    cdef Py_ssize_t doc, at
    cdef Py_ssize_t count = firsts.shape[0] - 1
    cdef int32_t form, bit, i
    cdef uint64_t mask
    cdef bint is_right = True
    check_rows(firsts, leaves, rows.shape[0])
    check_docs(starts, bits_of, forms.shape[0], rows.shape[1] * 64)
    with nogil:
        for doc in range(bits_of.shape[0]):
            bit = bits_of[doc]
            if bit < 0:
                continue
            mask = <uint64_t>1 << (bit & 63)
            for at in range(starts[doc], starts[doc + 1]):
                form = forms[at]
                if form < 0 or form >= count:
                    is_right = False
                    break
                for i in range(firsts[form], firsts[form + 1]):
                    rows[leaves[i], bit >> 6] |= mask
    if not is_right:
        raise ValueError("a form is out of range")


def find_phrases(const int32_t[::1] forms, const int32_t[::1] starts, const int32_t[::1] bits_of,
                 const int32_t[::1] word_of_form, const int32_t[::1] roots,
                 const int32_t[::1] firsts, const int32_t[::1] words,
                 const int32_t[::1] children, const uint8_t[::1] is_end):
    cdef Py_ssize_t doc, at, place, count = 0, size = 1024
    cdef Py_ssize_t nodes = firsts.shape[0] - 1
    cdef int32_t word, node, low, high, middle
    cdef int32_t* found
    cdef int32_t* grown
    cdef bint is_right = True, is_full = False
    check_rows(firsts, words, roots.shape[0])
    check_docs(starts, bits_of, forms.shape[0], (<int64_t>1) << 31)
    if is_end.shape[0] != nodes or children.shape[0] != words.shape[0]:
        raise ValueError("the trie does not fit together")
    for at in range(children.shape[0]):
        if children[at] < 0 or children[at] >= nodes:
            raise ValueError("the trie does not fit together")
    for at in range(roots.shape[0]):
        if roots[at] >= nodes:
            raise ValueError("the trie does not fit together")
    for at in range(word_of_form.shape[0]):
        if word_of_form[at] >= roots.shape[0]:
            raise ValueError("the trie does not fit together")
    for at in range(starts[0], starts[starts.shape[0] - 1]):
        if forms[at] < 0 or forms[at] >= word_of_form.shape[0]:
            raise ValueError("a form is out of range")
    found = <int32_t*>malloc(size * 2 * sizeof(int32_t))
    if found == NULL:
        raise MemoryError()
    with nogil:
        for doc in range(bits_of.shape[0]):
            if bits_of[doc] < 0:
                continue
            for at in range(starts[doc], starts[doc + 1]):
                word = word_of_form[forms[at]]
                if word < 0:
                    continue
                node = roots[word]
                place = at
                while node >= 0:
                    if is_end[node]:
                        if count == size:
                            grown = <int32_t*>realloc(found, size * 4 * sizeof(int32_t))
                            if grown == NULL:
                                is_full = True
                                break
                            found = grown
                            size *= 2
                        found[2 * count] = node
                        found[2 * count + 1] = <int32_t>at
                        count += 1
                    place += 1
                    if place >= starts[doc + 1]:
                        break
                    word = word_of_form[forms[place]]
                    if word < 0:
                        break
                    low, high = firsts[node], firsts[node + 1]
                    while low < high:
                        middle = (low + high) >> 1
                        if words[middle] < word:
                            low = middle + 1
                        else:
                            high = middle
                    if low < firsts[node + 1] and words[low] == word:
                        node = children[low]
                    else:
                        break
                if is_full:
                    break
            if is_full:
                break
    try:
        if is_full:
            raise MemoryError()
        pairs = np.empty((count, 2), np.int32)
        if count:
            copy_pairs(pairs, found, count)
    finally:
        free(found)
    return pairs


cdef int copy_pairs(int32_t[:, ::1] pairs, const int32_t* found, Py_ssize_t count) except -1:
    cdef Py_ssize_t i
    for i in range(count):
        pairs[i, 0] = found[2 * i]
        pairs[i, 1] = found[2 * i + 1]
    return 0


def positions(const int32_t[::1] forms, const int32_t[::1] starts, const int32_t[::1] bits_of,
              const int32_t[::1] firsts, const int32_t[::1] sets, Py_ssize_t count):
    cdef Py_ssize_t doc, at, last = firsts.shape[0] - 1
    cdef int32_t form, i
    check_rows(firsts, sets, count)
    check_docs(starts, bits_of, forms.shape[0], (<int64_t>1) << 31)
    for at in range(starts[0], starts[starts.shape[0] - 1]):
        if forms[at] < 0 or forms[at] >= last:
            raise ValueError("a form is out of range")
    ends = np.zeros(count + 1, np.int64)
    cdef int64_t[::1] ends_view = ends
    with nogil:
        for doc in range(bits_of.shape[0]):
            if bits_of[doc] < 0:
                continue
            for at in range(starts[doc], starts[doc + 1]):
                form = forms[at]
                for i in range(firsts[form], firsts[form + 1]):
                    ends_view[sets[i] + 1] += 1
    np.cumsum(ends, out=ends)
    places = np.empty(int(ends[count]), np.int32)
    next_place = ends[:-1].copy()
    cdef int32_t[::1] places_view = places
    cdef int64_t[::1] next_view = next_place
    with nogil:
        for doc in range(bits_of.shape[0]):
            if bits_of[doc] < 0:
                continue
            for at in range(starts[doc], starts[doc + 1]):
                form = forms[at]
                for i in range(firsts[form], firsts[form + 1]):
                    places_view[next_view[sets[i]]] = <int32_t>at
                    next_view[sets[i]] += 1
    return ends, places


cdef int check_joins(const int32_t[:, ::1] joins, const int64_t[::1] ends,
                     const int32_t[::1] places, const int32_t[::1] lengths,
                     const int32_t[::1] bits_by_token, Py_ssize_t rows) except -1:
    """Whether joins, of (leaf, a, b), are of leaves and sets that there are, with places of
    tokens."""
    cdef Py_ssize_t i, sets = ends.shape[0] - 1, tokens = bits_by_token.shape[0]
    if lengths.shape[0] != sets or joins.shape[1] < 3 or ends[0] != 0 or ends[sets] != places.shape[0]:
        raise ValueError("the places do not fit together")
    for i in range(sets):
        if ends[i] > ends[i + 1] or lengths[i] < 1:
            raise ValueError("the places do not fit together")
    for i in range(places.shape[0]):
        if places[i] < 0 or places[i] >= tokens:
            raise ValueError("a place is out of range")
    for i in range(joins.shape[0]):
        if joins[i, 0] < 0 or joins[i, 0] >= rows:
            raise ValueError("a leaf is out of range")
        if joins[i, 1] < 0 or joins[i, 1] >= sets or joins[i, 2] < 0 or joins[i, 2] >= sets:
            raise ValueError("a set is out of range")
    return 0


cdef inline Py_ssize_t first_above(const int32_t* values, Py_ssize_t low, Py_ssize_t size,
                                   int32_t limit) noexcept nogil:
    """The first index from ``low`` on with a value above ``limit``: looked for in steps that
    double."""
    cdef Py_ssize_t step = 1, high = low, middle
    while high < size and values[high] <= limit:
        low = high + 1
        high += step
        step *= 2
    if high > size:
        high = size
    while low < high:
        middle = (low + high) >> 1
        if values[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return low


cdef void join_near(const int32_t* a, Py_ssize_t size_a, int32_t length_a, const int32_t* b,
                    Py_ssize_t size_b, int32_t slop, const int32_t* bits_by_token,
                    uint64_t* row) noexcept nogil:
    """Set the bits of the documents where a ``b`` begins within ``slop`` tokens of the end of an
    ``a``."""
    cdef Py_ssize_t i, j = 0
    cdef int32_t last, bit
    if size_b < size_a:  # for each of the fewer, the nearest of the others
        i = 0
        for j in range(size_b):
            i = first_above(a, i, size_a, b[j] - length_a)
            if i > 0 and b[j] - (a[i - 1] + length_a - 1) <= slop:
                bit = bits_by_token[b[j]]
                if bit >= 0 and bits_by_token[a[i - 1]] == bit:
                    row[bit >> 6] |= <uint64_t>1 << (bit & 63)
        return
    for i in range(size_a):
        last = a[i] + length_a - 1
        j = first_above(b, j, size_b, last)
        if j == size_b:
            return
        if b[j] - last <= slop:
            bit = bits_by_token[b[j]]
            if bit >= 0 and bits_by_token[a[i]] == bit:
                row[bit >> 6] |= <uint64_t>1 << (bit & 63)


def near(const int32_t[:, ::1] joins, const int64_t[::1] ends, const int32_t[::1] places,
         const int32_t[::1] lengths, const int32_t[::1] bits_by_token, uint64_t[:, ::1] rows):
    cdef Py_ssize_t i, size_a, size_b
    cdef const int32_t* a
    cdef const int32_t* b
    cdef const int32_t* bits = NULL
    check_joins(joins, ends, places, lengths, bits_by_token, rows.shape[0])
    if joins.shape[1] != 5:
        raise ValueError("a join has five numbers")
    for i in range(bits_by_token.shape[0]):
        if bits_by_token[i] >= rows.shape[1] * 64:
            raise ValueError("a document is out of range")
    if places.shape[0] == 0:
        return
    bits = &bits_by_token[0]
    with nogil:
        for i in range(joins.shape[0]):
            size_a = ends[joins[i, 1] + 1] - ends[joins[i, 1]]
            size_b = ends[joins[i, 2] + 1] - ends[joins[i, 2]]
            if size_a == 0 or size_b == 0:
                continue
            a = &places[0] + ends[joins[i, 1]]
            b = &places[0] + ends[joins[i, 2]]
            join_near(a, size_a, lengths[joins[i, 1]], b, size_b, joins[i, 3], bits,
                      &rows[joins[i, 0], 0])
            if not joins[i, 4]:
                join_near(b, size_b, lengths[joins[i, 2]], a, size_a, joins[i, 3], bits,
                          &rows[joins[i, 0], 0])


def same(const int32_t[:, ::1] joins, const int64_t[::1] ends, const int32_t[::1] places,
         const int32_t[::1] lengths, const int32_t[::1] bits_by_token,
         const int32_t[::1] units, uint64_t[:, ::1] rows):
    cdef Py_ssize_t i, j, k, end_a, end_b
    cdef int32_t unit, other, extra_a, extra_b, bit
    check_joins(joins, ends, places, lengths, bits_by_token, rows.shape[0])
    if units.shape[0] != bits_by_token.shape[0]:
        raise ValueError("each token is in a unit")
    for i in range(bits_by_token.shape[0]):
        if bits_by_token[i] >= rows.shape[1] * 64:
            raise ValueError("a document is out of range")
    for i in range(lengths.shape[0]):
        for j in range(ends[i], ends[i + 1]):
            if places[j] > units.shape[0] - lengths[i]:
                raise ValueError("a place is out of range")
    with nogil:
        for i in range(joins.shape[0]):
            j, end_a = ends[joins[i, 1]], ends[joins[i, 1] + 1]
            k, end_b = ends[joins[i, 2]], ends[joins[i, 2] + 1]
            extra_a, extra_b = lengths[joins[i, 1]] - 1, lengths[joins[i, 2]] - 1
            while j < end_a and k < end_b:
                unit, other = units[places[j]], units[places[k]]
                if unit < other or units[places[j] + extra_a] != unit:
                    j += 1
                elif other < unit or units[places[k] + extra_b] != other:
                    k += 1
                else:
                    bit = bits_by_token[places[j]]
                    if bit >= 0:
                        rows[joins[i, 0], bit >> 6] |= <uint64_t>1 << (bit & 63)
                    j += 1


def run_programs(const int32_t[::1] codes, const int64_t[::1] starts,
                 const uint64_t[:, ::1] rows, uint64_t[:, ::1] out):
    cdef Py_ssize_t words = rows.shape[1], count = starts.shape[0] - 1, p, at, depth, w, most = 0
    cdef int32_t kind, leaf
    cdef uint64_t* stack
    cdef uint64_t* top
    cdef const uint64_t* row
    cdef const uint64_t* last
    if out.shape[0] != count or out.shape[1] != words or starts[0] != 0:
        raise ValueError("each program has a row")
    if starts[count] != codes.shape[0]:
        raise ValueError("the programs do not share out the codes")
    for p in range(count):
        depth = 0
        if starts[p] > starts[p + 1]:
            raise ValueError("the programs do not share out the codes")
        for at in range(starts[p], starts[p + 1]):
            kind, leaf = codes[at] & 3, codes[at] >> 2
            if leaf < 0 or leaf >= rows.shape[0]:
                raise ValueError("a leaf is out of range")
            depth += (kind == WATCH_PUSH) - (kind != WATCH_PUSH and leaf == 0)
            if depth < 1:
                raise ValueError("a program has too few operands")
            if depth > most:
                most = depth
        if depth != 1:
            raise ValueError("a program has too many operands")
    if words == 0:
        return
    stack = <uint64_t*>malloc((most + 1) * words * sizeof(uint64_t))
    if stack == NULL:
        raise MemoryError()
    with nogil:
        for p in range(count):
            top = stack - words
            for at in range(starts[p], starts[p + 1]):
                kind, leaf = codes[at] & 3, codes[at] >> 2
                row = &rows[leaf, 0]
                if kind == WATCH_PUSH:
                    top += words
                    for w in range(words):
                        top[w] = row[w]
                    continue
                if leaf == 0:
                    row = top
                    top -= words
                if kind == WATCH_AND:
                    for w in range(words):
                        top[w] &= row[w]
                elif kind == WATCH_OR:
                    for w in range(words):
                        top[w] |= row[w]
                else:
                    for w in range(words):
                        top[w] &= ~row[w]
            for w in range(words):
                out[p, w] = stack[w]
    free(stack)


def numbers_of(const uint64_t[:, ::1] rows, Py_ssize_t below):
    cdef Py_ssize_t i, w, place = 0, words = rows.shape[1]
    cdef uint64_t bits
    cdef bint is_right = True
    counts, numbers = np.empty(rows.shape[0], np.int64), None
    cdef int64_t[::1] counts_view = counts
    cdef uint32_t[::1] numbers_view
    with nogil:
        for i in range(rows.shape[0]):
            counts_view[i] = 0
            for w in range(words):
                bits = rows[i, w]
                counts_view[i] += sl_count(bits)
                if bits and (w << 6) + sl_highest(bits) >= below:
                    is_right = False
    if not is_right:
        raise ValueError("a bit has no value")
    numbers = np.empty(int(counts.sum()), np.uint32)
    numbers_view = numbers
    with nogil:
        for i in range(rows.shape[0]):
            for w in range(words):
                bits = rows[i, w]
                while bits:
                    numbers_view[place] = <uint32_t>((w << 6) + sl_lowest(bits))
                    place += 1
                    bits &= bits - 1
    return counts, numbers
