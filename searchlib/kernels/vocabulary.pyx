# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""Texts cut into chunks, and chunks into words: :class:`searchlib.analysis.Vocabulary`, compiled.

Chunks of ASCII are analysed here, without regular expressions, by the rules of
:mod:`searchlib.analysis.version1`. Those of version 2 are the same for chunks of letters, plain
numbers and the like (:func:`is_simple`), and a table tells which characters beyond ASCII are plain
letters and signs (:func:`read_plain`); all other chunks are analysed in Python. The tests compare
the two on every short ASCII text, and at blanks on all of Unicode.

Chunks and words of other languages than the first are kept with their language's number (a tag)
before them, so that the same text is another chunk in another language, and its words other words.

:class:`Vocabulary` releases the GIL while it cuts, so that another thread can read on. The module
does without typed memoryviews, which would double its size.
"""

import mmap
import os

import numpy as np

from cpython.buffer cimport PyBUF_CONTIG, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset

from searchlib.kernels.constants cimport (
    CONSTANTS_FINGERPRINT, LETTER_APOSTROPHE, LETTER_CAPITAL, LETTER_CASELESS, LETTER_LIMIT,
    LETTER_SIGN, LETTER_SMALL, RULE_DECIMAL_COMMA, RULE_DOTLESS, RULE_IRISH, RULE_VERSION_1,
    SENTENCE_ENDS, SENTENCE_INNER, SENTENCE_MAY_END, SENTENCE_SMALL,
)

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* Folded multiply: the halves of the product, xor. */
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
    /* Up to eight bytes: an injective key for each length; more: a hash. */
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
    static inline uint64_t sl_slot(uint64_t key, uint32_t tag, uint64_t s0, uint64_t s1) {
        return tag > 8 ? key : sl_mix(key ^ s1, s0 + tag * 0x9E3779B97F4A7C15ull);
    }
    /* How many of eight bytes come before the first blank, control character or part of a
       character that is not ASCII. The lowest byte of which the subtraction borrows is the first. */
    static inline unsigned sl_plain(const uint8_t *p) {
    #if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        uint64_t w, found;
        memcpy(&w, p, 8);
        found = ((w - 0x2121212121212121ull) | w) & 0x8080808080808080ull;
        return found ? (unsigned)__builtin_ctzll(found) >> 3 : 8;
    #else
        unsigned i = 0;
        while (i < 8 && p[i] > 0x20 && p[i] < 0x80) i++;
        return i;
    #endif
    }
    #if defined(__GNUC__)
    #define sl_prefetch(p) __builtin_prefetch(p)
    #else
    #define sl_prefetch(p) ((void)(p))
    #endif
    """
    unsigned sl_plain(const uint8_t*) nogil
    void sl_prefetch(const void*) nogil
    uint64_t sl_key(const uint8_t*, size_t, uint64_t, uint64_t) nogil
    uint64_t sl_slot(uint64_t, uint32_t, uint64_t, uint64_t) nogil

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object, Py_ssize_t*) except NULL


cdef bint make_hash(BytesHash* table, uint64_t s0, uint64_t s1) noexcept nogil:
    memset(table, 0, sizeof(BytesHash))
    table.s0, table.s1 = s0, s1
    table.text_room, table.ends_room, table.mask = 4096, 256, 1023
    table.text = <uint8_t*>malloc(table.text_room)
    table.ends = <uint64_t*>malloc((table.ends_room + 1) * sizeof(uint64_t))
    table.slots = <Slot*>malloc((table.mask + 1) * sizeof(Slot))
    if table.text == NULL or table.ends == NULL or table.slots == NULL:
        return False
    memset(table.slots, 0, (table.mask + 1) * sizeof(Slot))
    table.ends[0] = 0
    return True


cdef void free_hash(BytesHash* table) noexcept nogil:
    free(table.text)
    free(table.ends)
    free(table.slots)


cdef uint64_t hash_bytes(BytesHash* table) noexcept nogil:
    return table.text_room + table.ends_room * sizeof(uint64_t) + (table.mask + 1) * sizeof(Slot)


cdef bint grow_hash(BytesHash* table, uint64_t length) noexcept nogil:
    """Make room for one more byte string of this length. False: no memory."""
    cdef uint64_t used = table.ends[table.count], room, mask, i, at
    cdef void* more
    if used + length > table.text_room:
        room = 2 * (used + length)
        more = realloc(table.text, room)
        if more == NULL:
            return False
        table.text, table.text_room = <uint8_t*>more, room
    if table.count + 1 > table.ends_room:
        # ``ends_room`` is a power of two: there are at most 2**31 strings, their numbers fit int32.
        if table.count + 1 >= <uint64_t>MAX_COUNT:
            return False
        more = realloc(table.ends, (2 * table.ends_room + 1) * sizeof(uint64_t))
        if more == NULL:
            return False
        table.ends, table.ends_room = <uint64_t*>more, 2 * table.ends_room
    if 4 * (table.count + 1) > 3 * (table.mask + 1):
        mask = 2 * table.mask + 1
        more = malloc((mask + 1) * sizeof(Slot))
        if more == NULL:
            return False
        memset(more, 0, (mask + 1) * sizeof(Slot))
        for i in range(table.mask + 1):
            if table.slots[i].number:
                at = sl_slot(table.slots[i].key, table.slots[i].tag, table.s0, table.s1) & mask
                while (<Slot*>more)[at].number:
                    at = (at + 1) & mask
                (<Slot*>more)[at] = table.slots[i]
        free(table.slots)
        table.slots, table.mask = <Slot*>more, mask
    return True


cdef inline void make_piece(BytesHash* table, Piece* piece, Bytes text,
                            uint64_t length) noexcept nogil:
    """Begin to look up a byte string: the memory where it may be is on its way after this."""
    piece.text, piece.length = text, length
    piece.key = sl_key(text, length, table.s0, table.s1)
    piece.tag = <uint32_t>length if length < 9 else 9
    piece.home = sl_slot(piece.key, piece.tag, table.s0, table.s1)
    sl_prefetch(table.slots + (piece.home & table.mask))


cdef inline int64_t add_bytes(BytesHash* table, Bytes text, uint64_t length) noexcept nogil:
    """The number of a byte string, the next one if it is new; -1: no memory."""
    cdef Piece piece
    make_piece(table, &piece, text, length)
    return add_piece(table, &piece)


cdef inline int64_t add_piece(BytesHash* table, const Piece* piece) noexcept nogil:
    """The number of a byte string, the next one if it is new; -1: no memory."""
    cdef Bytes text = piece.text
    cdef uint64_t length = piece.length, key = piece.key, home = piece.home
    cdef uint64_t at = home & table.mask, start
    cdef uint32_t tag = piece.tag
    cdef Slot* slot = table.slots + at
    while slot.number:
        if slot.key == key and slot.tag == tag:
            if tag < 9:
                return slot.number - 1
            start = table.ends[slot.number - 1]
            if table.ends[slot.number] - start == length:
                if not memcmp(table.text + start, text, length):
                    return slot.number - 1
        at = (at + 1) & table.mask
        slot = table.slots + at
    if not grow_hash(table, length):
        return -1
    at = home & table.mask
    while table.slots[at].number:
        at = (at + 1) & table.mask
    start = table.ends[table.count]
    memcpy(table.text + start, text, length)
    table.count += 1
    table.ends[table.count] = start + length
    table.slots[at].key, table.slots[at].tag = key, tag
    table.slots[at].number = <uint32_t>table.count
    return table.count - 1


cdef enum:
    PIECES = 32  # as many chunks are looked up together: memory comes for one while others wait

cdef enum:
    BLANK = 1      # an ASCII blank
    LEAD_BYTE = 2  # the first byte of a character that may be a blank

cdef enum:
    DIGIT = 1
    ALPHA = 2

cdef enum:
    NOT_ASCII = 1
    JOINT = 2        # may join letters or digits to one token
    CAPITAL = 4
    SMALL_S = 8

cdef enum:
    FULL_STOP = 1    # may end a sentence
    CLOSING = 2      # may stand behind it
    OPENING = 4      # may stand before the next one

cdef enum:
    LETTER = 0x80      # besides the kind of one, in the place of a letter beyond ASCII
    LETTER_BITS = 13   # of an entry in the table of letters, below its kind

cdef enum:
    LONGEST_ABBREVIATION = 6  # letters, before a dot that ends no sentence
    LAST_WORD_REACH = 24      # before a dot: characters in which its word is looked for
    MAY_BE_SHORT = 0x40   # besides a chunk's sentence flags: it may end in an abbreviation
    UNKNOWN_FLAGS = 0xFF  # in their place: they are to be found in Python

cdef uint8_t[256] stop_class
cdef uint8_t[256] blank_class
cdef uint8_t[256] sign_class
cdef uint8_t[256] char_class
cdef uint8_t[256] letter_case  # LETTER_SMALL, LETTER_CAPITAL, or 0
cdef uint8_t[256] lower_case


cdef void fill_tables() noexcept:
    cdef int c
    for c in range(256):
        blank_class[c] = BLANK if 9 <= c <= 13 or 28 <= c <= 32 else 0
        char_class[c] = letter_case[c] = 0
        sign_class[c] = NOT_ASCII if c & 0x80 else 0
        if c in b"'`&.,":
            sign_class[c] = JOINT
        elif c == c"s":
            sign_class[c] = SMALL_S
        lower_case[c] = <uint8_t>c
        stop_class[c] = 0
        if c in b".!?":
            stop_class[c] = FULL_STOP
        if c in b"\"')]":
            stop_class[c] |= CLOSING
        if c in b"\"'([":
            stop_class[c] |= OPENING
        if c in (0xC2, 0xE1, 0xE2, 0xE3):
            blank_class[c] = LEAD_BYTE
        if 48 <= c <= 57:
            char_class[c] = DIGIT
        elif 65 <= c <= 90:
            char_class[c] = ALPHA
            sign_class[c] = CAPITAL
            letter_case[c] = LETTER_CAPITAL
            lower_case[c] = <uint8_t>(c + 32)
        elif 97 <= c <= 122:
            char_class[c] = ALPHA
            letter_case[c] = LETTER_SMALL
    for c in (LETTER_SMALL, LETTER_CAPITAL, LETTER_CASELESS):
        char_class[LETTER + c] = ALPHA
        letter_case[LETTER + c] = c if c != LETTER_CASELESS else 0


fill_tables()


cdef inline uint64_t blank_length(Bytes p, uint64_t left) noexcept nogil:
    """The length of the blank at ``p``, not in ASCII, or 0: the blanks of ``str.split``."""
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


cdef inline uint64_t skip_digits(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and char_class[p[i]] == DIGIT:
        i += 1
    return i


cdef inline uint64_t skip_alnums(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and char_class[p[i]]:
        i += 1
    return i


cdef uint64_t token_end(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    """The end of the token that begins at a letter or digit: ``version1.TOKEN`` over ASCII."""
    cdef uint64_t j, last
    if char_class[p[i]] == DIGIT:  # 1,234.5; if a letter follows, without its last group
        j, last = skip_digits(p, n, i), 0
        while j + 1 < n and (p[j] == c"." or p[j] == c",") and char_class[p[j + 1]] == DIGIT:
            last = j if last else 1
            j = skip_digits(p, n, j + 1)
        if last:
            if j == n or not char_class[p[j]]:
                return j
            if last > 1:
                return last
    else:
        j = i  # U.S.
        while j + 1 < n and char_class[p[j]] == ALPHA and p[j + 1] == c".":
            j += 2
        if j >= i + 4:
            return j
        j = i + 1  # C++ and C#
        if j < n and p[i] < LETTER and (p[j] == c"+" or p[j] == c"#"):
            last = j + 1 if p[j] == c"#" else j + 2
            if p[j] == c"#" or (j + 1 < n and p[j + 1] == c"+"):
                if last == n or not (char_class[p[last]] or p[last] == c"_"):
                    return last
    j = skip_alnums(p, n, i)
    while j + 1 < n and (p[j] == c"'" or p[j] == c"&") and char_class[p[j + 1]]:
        j = skip_alnums(p, n, j + 1)
    return j


cdef uint64_t fold_token(Bytes p, uint64_t n, uint8_t* to) noexcept nogil:
    """Write an ASCII token as ``version1`` folds it; returns its length."""
    cdef uint64_t i, size = 0
    cdef bint plain = True, quoted = False
    for i in range(n):
        to[i] = lower_case[p[i]]
        if char_class[p[i]] != ALPHA:
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


cdef inline bint joins(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    """Whether the sign at ``i`` stands between two letters or digits."""
    return 0 < i and i + 1 < n and char_class[p[i - 1]] and char_class[p[i + 1]]


cdef uint64_t number_end(Bytes p, uint64_t n, uint64_t i, uint8_t rules) noexcept nogil:
    """The end of the number whose first separator is at ``i``, or 0 if it is not a plain one: 3.5,
    or 1,234 or 1,234.5 where there is no decimal comma."""
    cdef uint64_t start = i, end, groups = 0
    while start > 0 and char_class[p[start - 1]] == DIGIT:
        start -= 1
    if start == i or (start > 0 and (char_class[p[start - 1]] or sign_class[p[start - 1]] == JOINT)):
        return 0
    if p[i] == c",":
        if rules & RULE_DECIMAL_COMMA or i - start > 3 or p[start] == c"0":
            return 0
        while i + 1 < n and p[i] == c"," and char_class[p[i + 1]] == DIGIT:
            end = skip_digits(p, n, i + 1)
            if end != i + 4:
                return 0
            i, groups = end, groups + 1
    end = i
    if i + 1 < n and p[i] == c"." and char_class[p[i + 1]] == DIGIT:
        end = skip_digits(p, n, i + 1)
        if not groups and end == i + 4 and rules & RULE_DECIMAL_COMMA:
            return 0
    elif not groups:
        return 0
    if end < n and (char_class[p[end]] or (sign_class[p[end]] == JOINT and joins(p, n, end))):
        return 0
    return end


cdef bint is_simple(Bytes p, uint64_t n, uint8_t rules) noexcept nogil:
    """Whether the rules of versions 1 and 2 give the same for a chunk of ASCII, in a language with
    these rules: it has no apostrophe but that of a word's possessive, no initials or plurals of
    them, no numbers but plain ones."""
    cdef uint64_t i = 0, start
    while i < n:
        if sign_class[p[i]] == SMALL_S:
            if i > 1 and letter_case[p[i - 1]] == letter_case[p[i - 2]] == LETTER_CAPITAL:
                return False
        elif p[i] == c"I" and rules & RULE_DOTLESS:
            return False
        elif rules & RULE_IRISH and i > 0 and letter_case[p[i]] == LETTER_CAPITAL and (
            letter_case[p[i - 1]] == LETTER_SMALL
        ):
            return False
        elif sign_class[p[i]] == JOINT and joins(p, n, i):
            if p[i] == c"." or p[i] == c",":
                if char_class[p[i - 1]] == DIGIT and char_class[p[i + 1]] == DIGIT:
                    i = number_end(p, n, i, rules)
                    if not i:
                        return False
                    continue
                if p[i] == c"." and char_class[p[i - 1]] == char_class[p[i + 1]] == ALPHA:
                    if i == 1 or not char_class[p[i - 2]]:
                        return False
                i += 1
                continue
            if p[i] != c"'" or lower_case[p[i + 1]] != c"s" or (i + 2 < n and char_class[p[i + 2]]):
                return False
            start = i
            while start > 0 and char_class[p[start - 1]] == ALPHA:
                start -= 1
            if start == i or (start > 0 and (char_class[p[start - 1]] or sign_class[p[start - 1]] == JOINT)):
                return False
        i += 1
    return True


cdef bint read_plain(Bytes p, uint64_t n, const uint16_t* table, bint apostrophes,
                     PlainChunk* to) noexcept nogil:
    """Read a chunk by a table of letters, with apostrophes as words have them, or as sentences see
    them. False if it is too long, or the table does not know a character."""
    cdef uint64_t i = 0
    cdef uint32_t code, kind
    to.size = 0
    if table == NULL:
        return False
    while i < n:
        if to.size == MAX_PLAIN:
            return False
        if p[i] < 0x80:
            to.signs[to.size] = p[i]
            to.size, i = to.size + 1, i + 1
            continue
        if p[i] < 0xE0 and i + 1 < n:
            code = (p[i] & 0x1F) << 6 | p[i + 1] & 0x3F
            i += 2
        elif p[i] < 0xF0 and i + 2 < n:
            code = (p[i] & 0x0F) << 12 | (p[i + 1] & 0x3F) << 6 | p[i + 2] & 0x3F
            i += 3
        else:
            return False
        if code >= LETTER_LIMIT or table[code] < 1 << LETTER_BITS:
            return False
        kind, code = table[code] >> LETTER_BITS, table[code] & ((1 << LETTER_BITS) - 1)
        if kind == LETTER_SIGN:
            to.signs[to.size] = <uint8_t>code
        elif kind == LETTER_APOSTROPHE:
            to.signs[to.size] = c"'" if apostrophes else <uint8_t>code
        else:
            to.signs[to.size], to.letters[to.size] = <uint8_t>(LETTER + kind), <uint16_t>code
        to.size += 1
    return True


cdef uint64_t spell(Bytes folded, uint64_t n, const uint8_t* signs, const uint16_t* letters,
                    uint8_t* to) noexcept nogil:
    """Write a folded token, of which letters beyond ASCII are looked up where it was read from, in
    UTF-8; returns its length."""
    cdef uint64_t i, at = 0, size = 0
    cdef uint16_t code
    for i in range(n):
        if folded[i] < LETTER:
            to[size] = folded[i]
            size += 1
            continue
        while signs[at] < LETTER:
            at += 1
        code = letters[at]
        at += 1
        if code < 0x800:
            to[size] = <uint8_t>(0xC0 | code >> 6)
        else:
            to[size], to[size + 1] = <uint8_t>(0xE0 | code >> 12), <uint8_t>(0x80 | code >> 6 & 0x3F)
            size += 1
        to[size + 1] = <uint8_t>(0x80 | code & 0x3F)
        size += 2
    return size


cdef uint8_t sentence_flags(Bytes p, uint64_t n) noexcept nogil:
    """The sentence flags of a chunk of ASCII; with MAY_BE_SHORT if it may end in an abbreviation."""
    cdef uint64_t first = 0, last = n, stop
    cdef uint8_t flags = 0
    while first < n and stop_class[p[first]] & OPENING:
        first += 1
    if first < n and letter_case[p[first]] == LETTER_SMALL:
        flags = SENTENCE_SMALL
    while last > 0 and stop_class[p[last - 1]] & CLOSING:
        last -= 1
    stop = last
    while stop > 0 and stop_class[p[stop - 1]] & FULL_STOP:
        stop -= 1
    if stop == last:
        return flags
    if p[stop] != c".":
        return flags | SENTENCE_ENDS
    if stop + 1 < last and p[stop + 1] == c".":
        return flags | SENTENCE_MAY_END
    first = last_word(p, stop)
    return flags | (SENTENCE_MAY_END if stop - first > LONGEST_ABBREVIATION else MAY_BE_SHORT)


cdef inline uint64_t last_word(Bytes p, uint64_t end) noexcept nogil:
    """Where the word before ``end`` begins: behind signs, and not far from there."""
    cdef uint64_t first = end - LAST_WORD_REACH if end > LAST_WORD_REACH else 0
    while first < end and stop_class[p[first]] & OPENING:
        first += 1
    return first


cdef bint is_short(Bytes p, uint64_t n, frozenset abbreviations):
    """Whether a chunk of ASCII that ends in one dot, and signs, has an abbreviation before it, or
    an initial."""
    cdef uint64_t first, stop = n
    while p[stop - 1] != c".":
        stop -= 1
    while stop > 0 and stop_class[p[stop - 1]] & FULL_STOP:
        stop -= 1
    first = last_word(p, stop)
    if stop - first == 1 and letter_case[p[first]] == LETTER_CAPITAL:
        return p[first] != c"I"
    word = PyBytes_FromStringAndSize(<char*>p + first, <Py_ssize_t>(stop - first))
    return word.lower() in abbreviations


cdef inline bint is_wide_blank(Bytes p, uint64_t left) noexcept nogil:
    """Whether the ideographic space, which indents a paragraph of Chinese, is at ``p``."""
    return left >= 3 and p[0] == 0xE3 and p[1] == 0x80 and p[2] == 0x80


cdef bint breaks_paragraph(Bytes p, uint64_t n, bint at_end) noexcept nogil:
    """Whether the blanks between two chunks separate paragraphs: by an empty line, or an indent;
    ``at_end`` of the text nothing is indented but by a tab or a wide blank."""
    cdef uint64_t i, j
    for i in range(n):
        if p[i] != c"\n":
            continue
        j = i + 1
        if j < n and (p[j] == c"\t" or is_wide_blank(p + j, n - j)):
            return True
        while j < n and (p[j] == c" " or p[j] == c"\t"):
            j += 1
        if j == n and j - i > 2 and not at_end:
            return True
        while j < n and (p[j] == c" " or p[j] == c"\t" or p[j] == c"\r" or is_wide_blank(p + j, n - j)):
            j += 3 if p[j] == 0xE3 else 1
        if j < n and p[j] == c"\n":
            return True
    return False


cdef bint append(NumberList* numbers, int32_t number) noexcept nogil:
    """Add a number. False: no memory."""
    cdef void* more
    if numbers.used == numbers.room:
        more = realloc(numbers.numbers, (2 * numbers.room + 4096) * sizeof(int32_t))
        if more == NULL:
            return False
        numbers.numbers, numbers.room = <int32_t*>more, 2 * numbers.room + 4096
    numbers.numbers[numbers.used] = number
    numbers.used += 1
    return True


cdef to_array(const NumberList* numbers):
    """The numbers as an array of int32, in pages of its own."""
    array = mapped_int32(numbers.used)[:numbers.used]
    if numbers.used:
        memcpy(int32_data(array), numbers.numbers, numbers.used * sizeof(int32_t))
    return array


def mapped_int32(int64_t size):
    """An array of int32, one longer than ``size``, in pages of its own. For long arrays made in
    threads: malloc would keep their memory with the thread's arena when they are freed."""
    return np.frombuffer(mmap.mmap(-1, 4 * (size + 1), access=mmap.ACCESS_COPY), np.int32)


cdef bint breaks_word(Bytes p, uint64_t n) noexcept nogil:
    """Whether a line of the text ends in one of the hyphens - ‐ ¬ and the soft one."""
    cdef uint64_t i = 0, before
    cdef void* found
    while i < n:
        found = memchr(p + i, c"\n", n - i)
        if found == NULL:
            return False
        i = <Bytes>found - p + 1
        before = i - 1
        while before > 0 and (p[before - 1] == c" " or p[before - 1] == c"\t" or p[before - 1] == c"\r"):
            before -= 1
        if before > 0 and p[before - 1] == c"-":
            return True
        if before > 1 and p[before - 2] == 0xC2 and (p[before - 1] == 0xAC or p[before - 1] == 0xAD):
            return True
        if before > 2 and p[before - 3] == 0xE2 and p[before - 2] == 0x80 and p[before - 1] == 0x90:
            return True
    return False


cdef bint has_markup(Bytes p, uint64_t n, frozenset elements):
    """Whether the text may have a tag or the like: not if all it has are comparisons, and names in
    angle brackets that are no elements of HTML, such as the tickers of companies."""
    cdef uint64_t i = 0, end
    cdef void* found
    while i < n:
        found = memchr(p + i, c"<", n - i)
        if found == NULL:
            return False
        i = <Bytes>found - p + 1
        if i == n:
            return False
        if char_class[p[i]] == ALPHA:
            end = skip_alnums(p, n, i)
            if PyBytes_FromStringAndSize(<char*>p + i, end - i).lower() in elements:
                return True
            while end < n and p[end] != c"<" and p[end] != c">":
                if p[end] == c"=" or p[end] == c"/" or p[end] == c":":
                    return True
                end += 1
            i = end
        elif p[i] == c"/" or p[i] == c"!" or p[i] == c"?":
            return True
    return False


cdef bint has_entity(Bytes p, uint64_t n) noexcept nogil:
    """Whether the text may have an entity: not if all ampersands are as in AT&T or ?a=b&c=d."""
    cdef uint64_t i = 0, end
    cdef void* found
    while i < n:
        found = memchr(p + i, c"&", n - i)
        if found == NULL:
            return False
        i = <Bytes>found - p + 1
        end = skip_alnums(p, n, i)
        if end < n and end > i and p[end] == c";":
            return True
        if i < n and p[i] == c"#":
            return True
        # nbsp, quot, amp, lt and gt are decoded without the semicolon
        if end == i + 4 and (not memcmp(p + i, b"nbsp", 4) or not memcmp(p + i, b"quot", 4)):
            return True
        if end == i + 3 and not memcmp(p + i, b"amp", 3):
            return True
        if end == i + 2 and p[i + 1] == c"t" and (p[i] == c"l" or p[i] == c"g"):
            return True
    return False


cdef enum:
    TO_PREPARE = 1
    HAS_ANGLE = 2  # which may begin a tag


def to_prepare(list texts not None, frozenset elements not None):
    """The numbers of the texts that ``markup.prepare`` may change; ``elements`` are the names of
    the elements of HTML."""
    cdef Py_ssize_t size = len(texts), number, length
    cdef TextView* views = <TextView*>malloc((size + 1) * sizeof(TextView))
    cdef uint8_t* found = <uint8_t*>malloc(size + 1)
    cdef Bytes p
    cdef uint64_t n
    numbers = []
    texts = list(texts)  # a copy: no other thread can free a text while the GIL is released
    try:
        if views == NULL or found == NULL:
            raise MemoryError
        for number in range(size):
            text = texts[number]
            try:
                views[number].text = <Bytes>PyUnicode_AsUTF8AndSize(text, &length)
                views[number].length, found[number] = length, 0
            except UnicodeEncodeError:  # surrogates
                views[number].length, found[number] = 0, TO_PREPARE
        with nogil:
            for number in range(size):
                p, n = views[number].text, views[number].length
                if not found[number] and (has_entity(p, n) or breaks_word(p, n)):
                    found[number] = TO_PREPARE
                elif not found[number] and memchr(p, c"<", n) != NULL:
                    found[number] = HAS_ANGLE
        for number in range(size):
            text, length = texts[number], views[number].length
            if (
                found[number] == TO_PREPARE
                or (found[number] and has_markup(views[number].text, length, elements))
                or length != <Py_ssize_t>len(text)
                and ("\xa0" in text or "\u2009" in text or "\u202f" in text)
            ):
                numbers.append(number)
        return numbers
    finally:
        free(views)
        free(found)


cdef int32_t* int32_data(array) except? NULL:
    """The memory of a contiguous array of NumPy, which must outlive the use of it."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_CONTIG)
    cdef int32_t* data = <int32_t*>view.buf
    PyBuffer_Release(&view)
    return data


cdef bint adds_up(const int32_t* counts, Py_ssize_t number, Py_ssize_t total) noexcept nogil:
    """Whether counts, none below 0, have this total."""
    cdef Py_ssize_t i
    cdef int64_t so_far = 0
    for i in range(number):
        if counts[i] < 0:
            return False
        so_far += counts[i]
    return so_far == total


cdef inline uint64_t blanks_end(Bytes p, uint64_t n, uint64_t i, bint* has_line) noexcept nogil:
    """Where the blanks from ``i`` on end, and whether a line ends among them."""
    cdef uint64_t step
    has_line[0] = False
    while i < n:
        if blank_class[p[i]] == BLANK:
            has_line[0] |= p[i] == c"\n"
            i += 1
            continue
        step = blank_length(p + i, n - i) if blank_class[p[i]] == LEAD_BYTE else 0
        if not step:
            break
        i += step
    return i


cdef inline uint64_t chunk_end(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    """Where the chunk that begins at ``i`` ends."""
    cdef uint8_t kind
    i += 1
    while i < n:
        if i + 8 <= n and p[i] < 0x80:
            i += sl_plain(p + i)
            if i == n:
                break
        kind = blank_class[p[i]]
        if kind and (kind == BLANK or blank_length(p + i, n - i)):
            break
        i += 1
    return i


cdef void keep_paragraphs(NumberList* paragraphs, uint64_t first, uint64_t before,
                          bint has_breaks) noexcept nogil:
    """Of the chunks after the ends of a text's lines, from ``first`` on, keep those that begin a
    paragraph, numbered as all chunks are."""
    cdef uint64_t i, kept = first
    for i in range(first, paragraphs.used):
        if paragraphs.numbers[i] & 1 or not has_breaks:
            paragraphs.numbers[kept] = <int32_t>((paragraphs.numbers[i] >> 1) + before)
            kept += 1
    paragraphs.used = kept


cdef bint end_units(Units* units) noexcept nogil:
    """End the sentence and the paragraph before one that begins. False: no memory."""
    if units.begins_sentence and units.tokens:
        if not append(&units.sentences, units.tokens):
            return False
        units.in_paragraph += 1
        units.tokens = 0
    if units.begins_paragraph and units.in_paragraph:
        if not append(&units.paragraphs, units.in_paragraph):
            return False
        units.in_paragraph = 0
    units.begins_sentence = units.begins_paragraph = False
    return True


cdef inline bint add_tokens(Units* units, uint32_t count) noexcept nogil:
    """Go on by so many tokens. False: no memory."""
    if count:
        if units.begins_sentence and not end_units(units):
            return False
        units.tokens += count
    return True


cdef class Vocabulary:
    """:class:`searchlib.analysis.Vocabulary`: blank-separated chunks of text, numbered, and the
    words in each. ``analyse`` is a ``ChunkAnalyser``, for chunks that are not simple, which has
    the table of letters; ``flags`` has a byte of ``WordRule`` for each language. For one thread at
    a time."""

    def __cinit__(self, analyse, bytes flags not None = b"\0"):
        self._analyse, self._flags, self.inner = analyse, flags, {}
        cdef uint64_t s0 = int.from_bytes(os.urandom(8), "little")
        cdef uint64_t s1 = int.from_bytes(os.urandom(8), "little")
        if not (make_hash(&self._chunks, s0, s1) and make_hash(&self._words, s0, s1)):
            raise MemoryError

    def __dealloc__(self):
        free_hash(&self._chunks)
        free_hash(&self._words)
        free(self._spans)
        free(self._sentences)
        free(self._flat)
        free(self._folded)

    def __len__(self):
        return self._chunks.count

    @property
    def size(self):
        """Its size in memory, and about that of its words as Python objects, in bytes."""
        return (
            hash_bytes(&self._chunks)
            + hash_bytes(&self._words)
            + self._spans_room * (sizeof(WordSpan) + 1)
            + self._flat_room * sizeof(int32_t)
            + self._words.count * 300
        )

    def words(self):
        """The words by number, in UTF-8."""
        cdef uint64_t i
        cdef const uint64_t* ends = self._words.ends
        cdef char* text = <char*>self._words.text
        return [
            PyBytes_FromStringAndSize(text + ends[i], <Py_ssize_t>(ends[i + 1] - ends[i]))
            for i in range(self._words.count)
        ]

    def packed_words(self):
        """The words by number, in UTF-8, end to end (uint8); where each begins, and the end
        (int64)."""
        cdef uint64_t number = self._words.count
        text = np.empty(self._words.ends[number], np.uint8)
        offsets = np.empty(number + 1, np.int64)
        memcpy(int32_data(text), self._words.text, self._words.ends[number])
        memcpy(int32_data(offsets), self._words.ends, (number + 1) * sizeof(uint64_t))
        return text, offsets

    def cut(self, list texts not None, int tag=0):
        """The numbers of the chunks of all texts, which are in the language of this number, end to
        end; how many each text has; and which of the chunks begin a paragraph, those at the
        beginning of a text left out: int32."""
        cdef Py_ssize_t number = len(texts), i, size
        cdef TextView* views = <TextView*>malloc((number + 1) * sizeof(TextView))
        cdef NumberList chunks, paragraphs
        cdef int32_t* counts_data
        cdef bint done, is_ascii = True
        texts = list(texts)  # a copy: no other thread can free a text while the GIL is released
        encoded = []  # keeps alive what other views point to
        cdef uint64_t before = self._chunks.count
        if views == NULL:
            raise MemoryError
        memset(&chunks, 0, sizeof(NumberList))
        memset(&paragraphs, 0, sizeof(NumberList))
        try:
            self._rules, self._language = self._flags[tag], <uint8_t>tag
            counts = np.empty(number, np.int32)
            counts_data = int32_data(counts)
            for i in range(number):
                text = texts[i]
                try:
                    views[i].text = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
                except UnicodeEncodeError:
                    data = text.encode("utf-8", "surrogatepass")
                    encoded.append(data)
                    views[i].text = <Bytes>PyBytes_AS_STRING(data)
                    size = PyBytes_GET_SIZE(data)
                views[i].length = size
                is_ascii = is_ascii and size == <Py_ssize_t>len(text)
            if not is_ascii and self._table is None:
                self._read_letters()
            with nogil:
                done = self._cut(views, number, counts_data, &chunks, &paragraphs)
            if not done:
                raise MemoryError
            self._analyse_from(before)
            return to_array(&chunks), counts, to_array(&paragraphs)
        finally:
            free(views)
            free(chunks.numbers)
            free(paragraphs.numbers)

    cdef _read_letters(self):
        """Take the table of letters, which is made for the first text that is not ASCII."""
        cdef bytes table = self._analyse.letters
        if len(table) not in (0, LETTER_LIMIT * sizeof(uint16_t)):
            raise ValueError("the table of letters is not complete")
        self._table = table
        self._letters = <const uint16_t*>PyBytes_AS_STRING(table) if table else NULL

    def lengths(self, chunks not None):
        """The number of words in each of these chunks (int32): int64."""
        cdef const int32_t* chunk = int32_data(chunks)
        cdef Py_ssize_t i
        lengths = np.empty(len(chunks), np.int64)
        cdef int64_t* to = <int64_t*>int32_data(lengths)
        for i in range(self._check(chunks)):
            to[i] = self._spans[chunk[i]].count
        return lengths

    def text_units(self, chunks not None, counts not None, paragraphs not None):
        """The sentences and paragraphs of texts that were cut: see ``analysis.text_units``."""
        cdef Py_ssize_t size = self._check(chunks), texts = len(counts), last = len(paragraphs)
        cdef const int32_t* chunk
        cdef const int32_t* of_texts
        cdef const int32_t* marked
        cdef Units units
        if not counts.dtype == paragraphs.dtype == np.int32:
            raise ValueError("numbers of chunks are int32")
        chunk, of_texts, marked = int32_data(chunks), int32_data(counts), int32_data(paragraphs)
        if not adds_up(of_texts, texts, size):
            raise ValueError("there are more or fewer chunks than the texts have")
        memset(&units, 0, sizeof(Units))
        try:
            with nogil:
                self._find_units(chunk, of_texts, texts, marked, last, &units)
            units.begins_sentence = units.begins_paragraph = True
            if not end_units(&units):
                raise MemoryError
            return (
                to_array(&units.sentences).view(np.uint32),
                to_array(&units.paragraphs).view(np.uint32),
            )
        finally:
            free(units.sentences.numbers)
            free(units.paragraphs.numbers)

    cdef int _find_units(self, const int32_t* chunk, const int32_t* counts, Py_ssize_t texts,
                         const int32_t* paragraphs, Py_ssize_t marked, Units* units) except -1 nogil:
        cdef Py_ssize_t text, i, place = 0, at = 0
        cdef uint8_t before, flags
        cdef uint32_t used
        for text in range(texts):
            units.begins_sentence = units.begins_paragraph = True
            before = 0
            for i in range(counts[text]):
                flags = self._sentences[chunk[place]]
                if at < marked and paragraphs[at] == place:
                    units.begins_sentence = units.begins_paragraph = True
                    at += 1
                elif before & SENTENCE_ENDS or (before & SENTENCE_MAY_END and not flags & SENTENCE_SMALL):
                    units.begins_sentence = True
                used = self._add_inner(chunk[place], units) if flags & SENTENCE_INNER else 0
                if not add_tokens(units, self._spans[chunk[place]].count - used):
                    raise MemoryError
                before = flags
                place += 1
        return 0

    cdef int64_t _add_inner(self, int32_t chunk, Units* units) except -1 with gil:
        """Add the sentences that end within a chunk; the number of their tokens."""
        cdef int64_t used = 0
        for word in self.inner.get(chunk, ()):
            if not add_tokens(units, word - used):
                raise MemoryError
            used = word
            units.begins_sentence = True
        return used

    cdef Py_ssize_t _check(self, chunks) except -1:
        """The length of an array of numbers of chunks; ValueError if they are none."""
        if chunks.dtype != np.int32:
            raise ValueError("numbers of chunks are int32")
        cdef Py_ssize_t size = len(chunks), i
        cdef const uint32_t* chunk = <const uint32_t*>int32_data(chunks)  # below 0 is large here
        cdef uint32_t last = 0
        # NumPy's own functions would release the GIL, and wait for it.
        for i in range(size):
            last = max(last, chunk[i])
        if size and last >= self._chunks.count:
            raise ValueError("there is no chunk of this number")
        return size

    def numbers(self, list texts not None, int tag=0):
        """The words of all texts end to end (int32), and how many each text has (int64)."""
        cdef Py_ssize_t number = len(texts), i, j
        cdef int64_t total = 0, length
        cdef WordSpan span
        chunks, counts, _ = self.cut(texts, tag)
        lengths = np.empty(number, np.int64)
        cdef const int32_t* chunk = int32_data(chunks)
        cdef const int32_t* counts_data = int32_data(counts)
        cdef int64_t* lengths_data = <int64_t*>int32_data(lengths)
        for i in range(number):
            length = 0
            for j in range(counts_data[i]):
                length += self._spans[chunk[j]].count
            chunk += counts_data[i]
            lengths_data[i] = length
            total += length
        words = np.empty(total, np.int32)
        cdef int32_t* to = int32_data(words)
        chunk = int32_data(chunks)
        for i in range(len(chunks)):
            span = self._spans[chunk[i]]
            if span.count:
                memcpy(to, self._flat + span.start, span.count * sizeof(int32_t))
            to += span.count
        return words, lengths

    cdef bint _cut(self, TextView* views, Py_ssize_t number, int32_t* counts,
                   NumberList* chunks, NumberList* paragraphs) noexcept nogil:
        """Cut texts: their chunks, how many each has, and which of them begin paragraphs. The
        caller frees the lists. False: no memory."""
        cdef uint64_t n, i, start, end, before, found, first_line
        cdef Py_ssize_t at
        cdef Bytes p
        cdef bint has_line = False, has_breaks
        cdef Piece[PIECES] pieces
        cdef int waiting = 0
        for at in range(number):
            p, n, i, before, found = views[at].text, views[at].length, 0, chunks.used, 0
            first_line, has_breaks = paragraphs.used, False
            while i < n:
                start = i
                i = blanks_end(p, n, i, &has_line)
                # Lines are paragraphs too, unless the text has others: noted with the lowest bit.
                if has_line:
                    has_line = breaks_paragraph(p + start, i - start, i == n)
                    has_breaks |= has_line
                    if i < n and found and not append(
                        paragraphs, <int32_t>(found << 1 | has_line)
                    ):
                        return False
                if i == n:
                    break
                end = chunk_end(p, n, i)
                make_piece(&self._chunks, &pieces[waiting], p + i, end - i)
                waiting, found, i = waiting + 1, found + 1, end
                if waiting == PIECES:
                    if not self._add_pieces(pieces, waiting, chunks):
                        return False
                    waiting = 0
            if not self._add_pieces(pieces, waiting, chunks):
                return False
            waiting = 0
            if chunks.used - before >= <uint64_t>MAX_COUNT >> 1 or chunks.used >= <uint64_t>MAX_COUNT:
                return False
            counts[at] = <int32_t>(chunks.used - before)
            keep_paragraphs(paragraphs, first_line, before, has_breaks)
        return True

    cdef bint _add_pieces(self, const Piece* pieces, int size, NumberList* chunks) noexcept nogil:
        """Add the numbers of these chunks, of which those that are new get theirs here. False: no
        memory."""
        cdef const Piece* piece
        cdef uint64_t known
        cdef int64_t chunk
        cdef int i
        for i in range(size):
            piece, known = pieces + i, self._chunks.count
            if self._language:
                chunk = self._add_tagged(piece.text, piece.length)
            else:
                chunk = add_piece(&self._chunks, piece)
            if chunk < 0 or not append(chunks, <int32_t>chunk):
                return False
            if <uint64_t>chunk == known and not self._add_chunk(piece.text, piece.length):
                return False
        return True

    cdef int64_t _add_tagged(self, Bytes p, uint64_t n) noexcept nogil:
        """The number of a chunk with the tag of its language before it; -1: no memory."""
        if not self._make_room(n):
            return -1
        self._folded[0], self._folded[1] = TAG_BYTE, self._language
        memcpy(self._folded + TAG_SIZE, p, n)
        return add_bytes(&self._chunks, self._folded, n + TAG_SIZE)

    cdef bint _make_room(self, uint64_t n) noexcept nogil:
        """Make room for a folded token of this length, and its tag. False: no memory."""
        cdef void* more
        if n + TAG_SIZE > self._folded_room:
            more = realloc(self._folded, 2 * n + 64)
            if more == NULL:
                return False
            self._folded, self._folded_room = <uint8_t*>more, 2 * n + 64
        return True

    cdef bint _add_chunk(self, Bytes p, uint64_t n) noexcept nogil:
        """Find the words of the newest chunk, or leave it to be analysed in Python."""
        cdef uint64_t i, end, size, length = n
        cdef void* more
        cdef uint64_t chunk = self._chunks.count - 1
        cdef uint8_t signs = 0, rules = self._rules
        cdef uint8_t* word
        cdef PlainChunk plain
        if chunk >= self._spans_room:
            more = realloc(self._spans, (2 * chunk + 256) * sizeof(WordSpan))
            if more == NULL:
                return False
            self._spans = <WordSpan*>more
            more = realloc(self._sentences, 2 * chunk + 256)
            if more == NULL:
                return False
            self._sentences, self._spans_room = <uint8_t*>more, 2 * chunk + 256
        self._sentences[chunk] = UNKNOWN_FLAGS
        self._spans[chunk].start, self._spans[chunk].count = <uint32_t>self._flat_used, NOT_ANALYSED
        for i in range(n):
            signs |= sign_class[p[i]]
        if signs & NOT_ASCII:
            if not read_plain(p, n, self._letters, False, &plain):
                return True
            self._sentences[chunk] = sentence_flags(plain.signs, plain.size)
            read_plain(p, n, self._letters, True, &plain)
            p, n = plain.signs, plain.size
        else:
            self._sentences[chunk] = sentence_flags(p, n)
        if signs & (NOT_ASCII | JOINT | CAPITAL) and not rules & RULE_VERSION_1:
            if not is_simple(p, n, rules):
                return True
        if not self._make_room(length):  # a folded token is not longer than the token
            return False
        word = self._folded + TAG_SIZE
        i = 0
        while i < n:
            if not char_class[p[i]]:
                i += 1
                continue
            end = token_end(p, n, i)
            if signs & NOT_ASCII:
                size = fold_token(p + i, end - i, plain.folded)
                size = spell(plain.folded, size, p + i, plain.letters + i, word)
            else:
                size = fold_token(p + i, end - i, word)
            if not self._add_word(self._folded, size):
                return False
            i = end
        self._spans[chunk].count = <uint32_t>(self._flat_used - self._spans[chunk].start)
        return True

    cdef bint _add_word(self, uint8_t* folded, uint64_t n) noexcept nogil:
        """Add a word of ``n`` bytes, before which there is room for the tag, to the newest chunk.
        False: no memory."""
        cdef int64_t word
        cdef void* more
        if self._language:
            folded[0], folded[1] = TAG_BYTE, self._language
            word = add_bytes(&self._words, folded, n + TAG_SIZE)
        else:
            word = add_bytes(&self._words, folded + TAG_SIZE, n)
        if word < 0 or self._flat_used + 1 >= <uint64_t>MAX_COUNT:
            return False
        if self._flat_used == self._flat_room:
            more = realloc(self._flat, (2 * self._flat_room + 1024) * sizeof(int32_t))
            if more == NULL:
                return False
            self._flat, self._flat_room = <int32_t*>more, 2 * self._flat_room + 1024
        self._flat[self._flat_used] = <int32_t>word
        self._flat_used += 1
        return True

    cdef _analyse_from(self, uint64_t first):
        """Find the words and the sentence flags of the chunks from ``first`` on that are left to be
        analysed in Python."""
        cdef uint64_t chunk, start, size
        cdef PlainChunk plain
        cdef Bytes p
        for chunk in range(first, self._chunks.count):
            start, size = self._chunks.ends[chunk], self._chunks.ends[chunk + 1]
            if self._language:
                start += TAG_SIZE
            p, size = self._chunks.text + start, size - start
            if self._spans[chunk].count == NOT_ANALYSED:
                self._spans[chunk].count = self._sentences[chunk] = 0  # if this fails
                data = PyBytes_FromStringAndSize(<char*>p, <Py_ssize_t>size)
                self._analyse_chunk(chunk, data.decode("utf-8", "surrogatepass"))
            elif self._sentences[chunk] & MAY_BE_SHORT:
                self._sentences[chunk] ^= MAY_BE_SHORT
                if read_plain(p, size, self._letters, False, &plain):
                    p, size = plain.signs, plain.size
                if not is_short(p, size, self._analyse.abbreviations):
                    self._sentences[chunk] |= SENTENCE_MAY_END

    cdef _analyse_chunk(self, uint64_t chunk, text):
        """Find the words and the sentence flags of a chunk in Python."""
        cdef Py_ssize_t length
        cdef uint64_t start = self._flat_used
        words, flags, inner = self._analyse(text, self._language)
        self._sentences[chunk] = flags
        if inner:
            self.inner[chunk] = inner
        for word in words:
            data = word.encode("utf-8", "surrogatepass")
            length = PyBytes_GET_SIZE(data)
            if not self._make_room(length):
                raise MemoryError
            memcpy(self._folded + TAG_SIZE, PyBytes_AS_STRING(data), length)
            if not self._add_word(self._folded, length):
                raise MemoryError
        self._spans[chunk].start = <uint32_t>start
        self._spans[chunk].count = <uint32_t>(self._flat_used - start)
