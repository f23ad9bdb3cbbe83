# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""A plan run over posting lists, 64 documents at a time.

The documents of a segment are cut into *words* of 64, so that the matches of a word are the bits
of a number. A plan is a tree of nodes; each says which is the next word that it may match in,
which documents of a word match (asked only about those that the rest of the plan left over),
what no score in that word exceeds, and the score of a document. A run goes over the words once,
counts the matches, and then scores the words with the highest bounds first, until no other can
hold a better document: see Ding and Suel, 'Faster Top-k Document Retrieval Using Block-Max
Indexes', SIGIR 2011, and Mallia and others, 'Faster Learned Sparse Retrieval with Block-Max
Pruning', SIGIR 2024.

Scores are added and multiplied in the same order as by the NumPy form of a plan
(:mod:`searchlib.search.plan_boolean`), so that they are the same to the last bit.

What comes out of a file was compared with its checksum, but may have been made by an enemy: no
number that is read there is used as a place before it was compared with the room there is.
"""

from array import array

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

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
    #else
    #define count_bits(x) __builtin_popcountll(x)
    #define lowest_bit(x) __builtin_ctzll(x)
    #endif
    """
    int count_bits(uint64_t) nogil
    int lowest_bit(uint64_t) nogil

cdef enum:
    NOTHING, TERM, LISTED, BITS, BETWEEN, BETWEEN_FLOAT, ALL, AND, OR, NOT, MAYBE, CONSTANT, PHRASE
    MOST = 64      # children of a node
    WIDE = 0xF00   # positions from here on are not in their plane
    SPAN = 64      # words that are matched together
    TOLD = 5       # children of an OR whose matches are kept apart: 32 ways to match some
    BUCKETS = 256  # of bounds, to take the words with high ones first
    DEAR = 4       # how much more it is to look up a document's date than to mark it
    LARGE = 20000  # work from which on other threads may run meanwhile

cdef uint64_t FULL = <uint64_t>-1


include "terms.pxi"
include "postings.pxi"
include "match.pxi"
include "phrase.pxi"
include "plans.pxi"
include "top.pxi"


def tally(bits, const uint8_t[::1] ranks, int item, held, Py_ssize_t size):
    """How many of the documents ``bits`` have each of ``size`` values, and how many have none,
    last: int64. ``ranks`` are the values' numbers as bytes, ``item`` bytes each, one a document
    (``size``: it has none), or those of document ``d`` from ``held[d]`` to ``held[d + 1]``."""
    cdef const uint64_t[::1] marks = bits
    cdef const uint32_t[::1] ends
    cdef Py_ssize_t w, doc, i, length = ranks.shape[0] // item
    cdef uint64_t left
    made = array("q", bytes(8 * (size + 1)))
    cdef int64_t[::1] counts = made
    if held is not None:
        ends = held
        if ends.shape[0] < 1 or ends[ends.shape[0] - 1] > length:
            raise ValueError("it has too few values")
        length = ends.shape[0] - 1
    for w in range(marks.shape[0]):
        left = marks[w]
        while left:
            doc = (w << 6) + lowest_bit(left)
            left &= left - 1
            if doc >= length:
                raise ValueError("it has values for fewer documents")
            if held is None:
                i = rank_at(&ranks[0], item, doc)
                counts[i if i < size else size] += 1
                continue
            if ends[doc] == ends[doc + 1]:
                counts[size] += 1
            for i in range(ends[doc], min(ends[doc + 1], ends[ends.shape[0] - 1])):
                counts[min(rank_at(&ranks[0], item, i), size)] += 1
    return made


cdef inline Py_ssize_t rank_at(const uint8_t* ranks, int item, Py_ssize_t i) noexcept nogil:
    if item == 1:
        return ranks[i]
    if item == 2:
        return (<const uint16_t*>ranks)[i]
    return (<const uint32_t*>ranks)[i]
