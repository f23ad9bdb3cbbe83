# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Texts cut into words, and words brought into the order of postings.

:class:`Vocabulary` and :class:`Inversion` let go of the interpreter while they run, so that
another thread can read on. All sizes and numbers are checked here, whatever the caller says.
"""

import os
from mmap import ACCESS_COPY, mmap

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


include "names.pxi"
include "signs.pxi"
include "cut.pxi"
include "inversion.pxi"
include "order.pxi"
include "planes.pxi"
include "records.pxi"
include "kept.pxi"
