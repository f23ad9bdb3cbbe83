# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""Sketches of texts, and articles grouped into stories by them: the compiled implementation of
:mod:`searchlib.index.sketches`, of reading what :mod:`searchlib.codec.story_sketches` writes, and of
:mod:`searchlib.search.stories`.

It releases the GIL while it runs. All sizes and numbers are checked here, whatever the caller
passes.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memmove, memset

from searchlib.kernels.constants cimport (
    CONSTANTS_FINGERPRINT, SKETCH_COMMON, SKETCH_ENOUGH_SHINGLES, SKETCH_FEWEST_WORDS,
    SKETCH_HASH_BITS, SKETCH_LEAST_SHARED, SKETCH_LEAST_SHINGLES, SKETCH_LEVELS, SKETCH_LONG_TEXT,
    SKETCH_MOST_NAMES, SKETCH_MOST_SHINGLES, SKETCH_MOST_WORDS, SKETCH_NAME_BITS,
    SKETCH_SHINGLES_A_SHARED, SKETCH_WORDS_A_SHINGLE, SKETCH_WORDS_A_SHINGLE_SHORT,
)
from searchlib.kernels.vocabulary cimport TAG_BYTE, TAG_SIZE, Bytes, Vocabulary, WordSpan

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef enum:
    LEVELS = SKETCH_LEVELS
    HASHES = 1 << SKETCH_HASH_BITS
    NAME_HASHES = 1 << SKETCH_NAME_BITS
    # What a word is, by how it is written there.
    SMALL = 0
    NAME = 1              # it begins with a capital letter
    NUMBER = 2            # it has a digit
    SEVERAL_WORDS = 3     # of a chunk that has not one word
    SHINGLE_WORDS = LEVELS * HASHES // 64
    NAME_WORDS = NAME_HASHES // 64
    AHEAD = 12            # chunks whose description is fetched before it is needed

cdef extern from *:
    """
    #include <stdint.h>
    #include <stdlib.h>
    static inline uint64_t sl_shingle(uint64_t a, uint64_t b, uint64_t c) {
        uint64_t x = a ^ (b << 21 | b >> 43) ^ (c << 42 | c >> 22);
        x *= 0xbf58476d1ce4e5b9ull;
        x ^= x >> 32;
        x *= 0x94d049bb133111ebull;
        return x ^ (x >> 29);
    }
    static inline uint32_t sl_level(uint64_t h) {
    #ifdef __GNUC__
        return (uint32_t)__builtin_clzll(h | (uint64_t)1 << 58);
    #else
        uint32_t n = 0;
        while (n < 5 && !(h >> 63)) { h <<= 1; n++; }
        return n;
    #endif
    }
    static inline uint32_t sl_ones(uint32_t byte) {
        uint32_t n = 0;
        for (; byte; byte &= byte - 1) n++;
        return n;
    }
    #ifdef __GNUC__
    #define sl_first_one(bits) ((uint32_t)__builtin_ctzll(bits))
    #define sl_fetch(place) __builtin_prefetch(place)
    #else
    static inline uint32_t sl_first_one(uint64_t bits) {
        uint32_t n = 0;
        while (!(bits >> n & 1)) n++;
        return n;
    }
    #define sl_fetch(place) ((void)(place))
    #endif
    """
    uint32_t sl_ones(uint32_t) nogil
    uint32_t sl_first_one(uint64_t) nogil
    void sl_fetch(const void*) nogil
    uint64_t sl_shingle(uint64_t, uint64_t, uint64_t) nogil
    uint32_t sl_level(uint64_t) nogil


cdef inline uint32_t rate_of(int64_t words) noexcept nogil:
    """The level from which on the shingles of a text of so many words are taken."""
    cdef uint32_t rate = 0
    cdef int64_t least
    if words > SKETCH_MOST_WORDS:
        words = SKETCH_MOST_WORDS
    least = words // (SKETCH_WORDS_A_SHINGLE_SHORT if words < SKETCH_LONG_TEXT else SKETCH_WORDS_A_SHINGLE)
    least = min(max(least, SKETCH_LEAST_SHINGLES), SKETCH_ENOUGH_SHINGLES)
    while rate < LEVELS - 1 and ((words - 2) >> (rate + 1)) >= least:
        rate += 1
    return rate


cdef bint is_capital(Bytes p, uint64_t n) noexcept nogil:
    """Whether a chunk begins with a capital letter of ASCII, Latin-1, Greek or Cyrillic, after
    quotes, brackets and signs of money."""
    cdef uint64_t i = 0
    if n >= TAG_SIZE and p[0] == TAG_BYTE:
        i = TAG_SIZE
    while i < n and (p[i] == b'"' or p[i] == b"'" or p[i] == b"(" or p[i] == b"[" or p[i] == b"$"):
        i += 1
    if i == n:
        return False
    if b"A" <= p[i] <= b"Z":
        return True
    return i + 1 < n and (
        (p[i] == 0xC3 and 0x80 <= p[i + 1] <= 0x9E) or (p[i] == 0xCE and 0x86 <= p[i + 1] <= 0xAB)
        or (p[i] == 0xD0 and 0x80 <= p[i + 1] <= 0xAF)
    )


def sketch(Vocabulary vocabulary, list parts not None, word_hashes, has_digit):
    """The sketches of texts that were cut: see ``searchlib.index.sketches.sketch``."""
    cdef const uint64_t[::1] hashes = word_hashes
    cdef const uint8_t[::1] digits = has_digit
    cdef int64_t documents = sum(len(counts) for _, counts in parts), total_chunks = 0
    cdef uint64_t n_chunks = vocabulary._chunks.count, n_words = vocabulary._words.count, c
    if hashes.shape[0] < <Py_ssize_t>n_words or digits.shape[0] < <Py_ssize_t>n_words:
        raise ValueError("each word has a hash")
    levels = np.zeros((documents, LEVELS), np.uint8)
    name_counts = np.zeros(documents, np.uint8)
    shingles = np.empty(documents * SKETCH_MOST_SHINGLES + 1, np.uint16)
    names = np.empty(documents * SKETCH_MOST_NAMES + 1, np.uint16)
    cdef uint8_t[:, ::1] levels_view = levels
    cdef uint8_t[::1] counts_view = name_counts
    cdef uint16_t[::1] shingles_view = shingles
    cdef uint16_t[::1] names_view = names
    cdef const int32_t[::1] chunks, counts
    cdef Chunk* infos = <Chunk*>malloc((n_chunks + 1) * sizeof(Chunk))
    # Of each word the last text in which it is written small, counted from 1.
    cdef int32_t* small_in = <int32_t*>calloc(n_words + 1, sizeof(int32_t))
    cdef Py_ssize_t d
    cdef int64_t document = 0, at, shingles_used = 0, names_used = 0
    cdef int64_t sizes[2]
    if infos == NULL or small_in == NULL:
        free(infos)
        free(small_in)
        raise MemoryError
    try:
        for c in range(n_chunks):
            describe(vocabulary, c, &hashes[0], &digits[0], infos)
        for part in parts:
            chunks, counts = part
            vocabulary._check(part[0])
            if len(part[1]) and (int(part[1].min()) < 0 or int(part[1].sum()) != len(part[0])):
                raise ValueError("there are more or fewer chunks than the texts have")
            at = 0
            for d in range(counts.shape[0]):
                if counts[d]:
                    sketch_one(
                        vocabulary, &chunks[at], counts[d], infos, &hashes[0], &digits[0],
                        <int32_t>(document + 1), small_in,
                        &shingles_view[shingles_used],
                        &levels_view[document, 0], &names_view[names_used], sizes,
                    )
                    shingles_used += sizes[0]
                    names_used += sizes[1]
                    counts_view[document] = <uint8_t>sizes[1]
                at += counts[d]
                document += 1
    finally:
        free(infos)
        free(small_in)
    return shingles[:shingles_used].copy(), levels, names[:names_used].copy(), name_counts


cdef struct Chunk:
    # 16 bytes: they are read in any order.
    uint64_t hash      # of its only word
    int32_t word
    uint16_t words     # at most SKETCH_MOST_WORDS
    uint8_t kind       # of its only word, or SEVERAL_WORDS
    uint8_t capital


cdef inline uint32_t kind_of(bint capital, bint digit) noexcept nogil:
    return NUMBER if digit else NAME if capital else SMALL


cdef inline void describe(Vocabulary vocabulary, uint64_t chunk, const uint64_t* hashes,
                          const uint8_t* digits, Chunk* infos) noexcept nogil:
    cdef uint64_t start = vocabulary._chunks.ends[chunk]
    cdef WordSpan span = vocabulary._spans[chunk]
    cdef Chunk info
    info.capital = is_capital(
        vocabulary._chunks.text + start, vocabulary._chunks.ends[chunk + 1] - start
    )
    info.words = <uint16_t>min(<uint32_t>span.count, <uint32_t>SKETCH_MOST_WORDS)
    info.hash, info.word, info.kind = 0, 0, SEVERAL_WORDS
    if span.count == 1:
        info.word = vocabulary._flat[span.start]
        info.hash, info.kind = hashes[info.word], kind_of(info.capital, digits[info.word])
    infos[chunk] = info


cdef struct Draft:
    # The sketch of a text, as its words come.
    uint64_t before_last, last   # hashes of the two words before
    int64_t words
    uint32_t rate
    # A bit for each shingle of a level, the highest level first, and for each name.
    uint64_t shingles[SHINGLE_WORDS]
    uint64_t names[NAME_WORDS]


cdef inline void add_word(Draft* draft, uint64_t h, bint is_name) noexcept nogil:
    # Bits are set, or 0 is, without a branch: whether one is kept cannot be foreseen.
    cdef uint64_t mixed, name
    cdef uint32_t key, level
    if draft.words >= SKETCH_MOST_WORDS:
        return
    if draft.words >= 2:
        mixed = sl_shingle(draft.before_last, draft.last, h)
        level = sl_level(mixed)
        key = (LEVELS - 1 - level) * HASHES | <uint32_t>(mixed & (HASHES - 1))
        draft.shingles[key >> 6] |= <uint64_t>(level >= draft.rate) << (key & 63)
    draft.before_last, draft.last = draft.last, h
    draft.words += 1
    name = h >> (64 - SKETCH_NAME_BITS)
    draft.names[name >> 6] |= <uint64_t>is_name << (name & 63)


cdef int64_t count_words(
    Vocabulary vocabulary, const int32_t* chunks, int64_t count, const Chunk* infos,
    const uint8_t* digits, int32_t text, int32_t* small_in,
) noexcept nogil:
    """How many words a text has; those that are written small in it are noted."""
    cdef int64_t i, words = 0
    cdef WordSpan span
    cdef uint32_t j
    cdef int32_t word
    cdef Chunk info
    for i in range(count):
        sl_fetch(&infos[chunks[i + AHEAD if i + AHEAD < count else i]])
        info = infos[chunks[i]]
        if info.kind == SMALL:
            small_in[info.word] = text
        elif info.kind == SEVERAL_WORDS and not info.capital:
            span = vocabulary._spans[chunks[i]]
            for j in range(span.count):
                word = vocabulary._flat[span.start + j]
                if not digits[word]:
                    small_in[word] = text
        words += info.words
    return words


cdef void sketch_one(
    Vocabulary vocabulary, const int32_t* chunks, int64_t count, const Chunk* infos,
    const uint64_t* hashes, const uint8_t* digits, int32_t text, int32_t* small_in,
    uint16_t* shingles, uint8_t* levels, uint16_t* names, int64_t* sizes,
) noexcept nogil:
    cdef WordSpan span
    cdef Draft draft
    cdef int64_t i, words
    cdef uint64_t bits
    cdef uint32_t j, kind, key
    cdef int32_t word
    cdef Chunk info
    sizes[0] = sizes[1] = 0
    words = count_words(vocabulary, chunks, count, infos, digits, text, small_in)
    if words < SKETCH_FEWEST_WORDS:
        return
    draft.rate = rate_of(words)
    draft.words, draft.before_last, draft.last = 0, 0, 0
    memset(draft.shingles, 0, sizeof(draft.shingles))
    memset(draft.names, 0, sizeof(draft.names))
    for i in range(count):
        info = infos[chunks[i]]
        if info.kind != SEVERAL_WORDS:
            add_word(
                &draft, info.hash,
                (info.kind == NUMBER) | (info.kind == NAME) & (small_in[info.word] != text),
            )
            continue
        span = vocabulary._spans[chunks[i]]
        for j in range(span.count):
            word = vocabulary._flat[span.start + j]
            kind = kind_of(info.capital, digits[word])
            add_word(
                &draft, hashes[word], kind == NUMBER or (kind == NAME and small_in[word] != text)
            )
    for j in range(SHINGLE_WORDS):
        bits = draft.shingles[j]
        while bits and sizes[0] < SKETCH_MOST_SHINGLES:
            key = 64 * j + sl_first_one(bits)
            shingles[sizes[0]] = <uint16_t>(key & (HASHES - 1))
            levels[key // HASHES] += 1
            sizes[0] += 1
            bits &= bits - 1
    for j in range(NAME_WORDS):
        bits = draft.names[j]
        while bits and sizes[1] < SKETCH_MOST_NAMES:
            names[sizes[1]] = <uint16_t>(64 * j + sl_first_one(bits))
            sizes[1] += 1
            bits &= bits - 1


def read_hashes(low, high, int64_t documents, int bits, int low_bits):
    """How many hashes each document has, and the hashes; None if the sections do not fit together:
    see ``searchlib.codec.story_sketches``."""
    cdef const uint8_t[::1] low_view = np.append(low, np.zeros(2, np.uint8))
    cdef const uint8_t[::1] high_view = high
    cdef int64_t size = high_view.shape[0], zeros = documents << (bits - low_bits), count = 0, i, at = 0
    cdef int64_t before = 0, place
    cdef uint32_t byte, low_mask = (1 << low_bits) - 1, high_mask = (1 << (bits - low_bits)) - 1
    for i in range(size):
        count += sl_ones(high_view[i])
    if size != (count + zeros + 7) // 8 or len(low) != (count * low_bits + 7) // 8:
        return None
    counts = np.zeros(documents, np.int64)
    hashes = np.empty(count, np.uint16)
    cdef int64_t[::1] counts_view = counts
    cdef uint16_t[::1] hashes_view = hashes
    for i in range(size):
        byte = high_view[i]
        while byte:
            # The zeros before this one are those before its document, and its high bits.
            before = 8 * i + sl_first_one(byte) - at
            if before >= zeros:
                return None
            place = at * low_bits
            hashes_view[at] = <uint16_t>(
                (before & high_mask) << low_bits
                | ((low_view[place >> 3] | low_view[(place >> 3) + 1] << 8) >> (place & 7) & low_mask)
            )
            counts_view[before >> (bits - low_bits)] += 1
            at += 1
            byte &= byte - 1
    return counts, hashes


def sort_by_level(hashes, counts, level_bits, lowest):
    """Hashes of each document by their levels, from the highest, and how many each level has; None
    if the levels are not of so many, False if one is too high: see
    ``searchlib.codec.story_sketches``. No document has more than 255."""
    cdef const uint16_t[::1] hashes_view = hashes
    cdef const int64_t[::1] counts_view = counts
    cdef const uint8_t[::1] bits = level_bits
    cdef const uint8_t[::1] lowest_view = lowest
    cdef int64_t documents = counts_view.shape[0], size = 8 * bits.shape[0], bit = 0, at = 0, d, i, n
    cdef uint8_t own[256]
    cdef int64_t starts[LEVELS]
    cdef uint32_t level, group
    cdef bint is_too_high = False
    if lowest_view.shape[0] != documents or int(counts.sum()) != len(hashes) or (
            documents and not 0 <= int(counts.min()) <= int(counts.max()) <= 255):
        raise ValueError("the sketches do not fit together")
    sorted_hashes = np.empty(len(hashes), np.uint16)
    levels = np.zeros((documents, LEVELS), np.uint8)
    cdef uint16_t[::1] sorted_view = sorted_hashes
    cdef uint8_t[:, ::1] levels_view = levels
    for d in range(documents):
        n = counts_view[d]
        for i in range(n):
            level = lowest_view[d]
            while bit < size and not bits[bit >> 3] >> (bit & 7) & 1:
                level += 1
                bit += 1
            if bit == size:
                return None
            bit += 1
            if level >= LEVELS:
                is_too_high, level = True, LEVELS - 1
            own[i] = <uint8_t>(LEVELS - 1 - level)
            levels_view[d, own[i]] += 1
        for group in range(LEVELS):
            starts[group] = at
            at += levels_view[d, group]
        for i in range(n):
            sorted_view[starts[own[i]]] = hashes_view[at - n + i]
            starts[own[i]] += 1
    # Nothing follows, but for the rest of the last byte.
    if bits.shape[0] != (bit + 7) // 8 or (bit & 7 and bits[bit >> 3] >> (bit & 7)):
        return None
    return False if is_too_high else (sorted_hashes, levels)


cdef struct Sketches:
    const uint16_t* shingles
    const int64_t* starts       # of each document's shingles, and the end
    const uint8_t* levels       # how many of each level, from the highest
    const uint16_t* names
    const int64_t* name_starts
    const int32_t* words
    const uint8_t* rates        # by how many words there are
    const uint16_t* titles
    const uint64_t* sources
    const uint64_t* authors
    const int32_t* days

cdef struct Rules:
    double alike
    double update_alike
    double update_contained
    double update_names
    double update_names_short
    double update_rare
    double update_table
    double grown_times
    double grown_names
    double mixed_alike
    double mixed_names
    double contained
    double cut_alike
    double short_contained
    double names_same_title
    double names_other_title
    double much_alike
    double much_alike_names
    double few_names
    double short_few_names
    double own_names
    double own_names_same_source
    double own_names_same_authors
    double own_names_short
    double table
    bint all_names
    double rare_floor
    double rare_part
    double near
    double member
    double distant
    int64_t short_words
    int64_t tiny_words
    int64_t days


cdef double shared_part(const Sketches* s, int64_t x, int64_t y, double* jaccard) noexcept nogil:
    """How much of the shorter text is in the other one; and of the shingles that one or the other
    has, how many both have (those left out that are likely to be alike by chance)."""
    cdef uint32_t rate = max(s.rates[x], s.rates[y]), level
    cdef int64_t i = s.starts[x], j = s.starts[y], ei, ej, nx = 0, ny = 0, both = 0, fewer
    cdef int64_t shared, by_chance = 0
    for level in range(LEVELS - rate):
        ei, ej = i + s.levels[x * LEVELS + level], j + s.levels[y * LEVELS + level]
        nx += ei - i
        ny += ej - j
        shared, by_chance = 0, by_chance + (ei - i) * (ej - j)
        fewer = ei - i + ej - j
        while i < ei and j < ej:
            if s.shingles[i] == s.shingles[j]:
                shared, i, j = shared + 1, i + 1, j + 1
            elif s.shingles[i] < s.shingles[j]:
                i += 1
            else:
                j += 1
        by_chance += shared * (shared - fewer)
        both += shared
        i, j = ei, ej
    fewer = nx if nx < ny else ny
    jaccard[0] = 0
    if both == 0 or both < (SKETCH_LEAST_SHARED if fewer > SKETCH_LEAST_SHARED else fewer):
        return 0
    jaccard[0] = (<double>both - <double>by_chance / <double>HASHES) / <double>(nx + ny - both)
    return <double>both / <double>fewer


cdef struct Names:
    # Of the names of two texts that are compared: how many each has, and both; the same of rare
    # ones; and how many of those of the second are in the first, those alike by chance left out.
    int64_t x, y, both
    int64_t rare_x, rare_y, rare_both
    double named


cdef Names shared_names(const Sketches* s, const uint32_t* counts, double most,
                        int64_t x, int64_t y) noexcept nogil:
    cdef int64_t i = s.name_starts[x], last_i = s.name_starts[x + 1]
    cdef int64_t j = s.name_starts[y], last_j = s.name_starts[y + 1]
    cdef int64_t name, limit = NAME_HASHES
    cdef bint in_x, in_y
    cdef Names n
    n.x = n.y = n.both = n.rare_x = n.rare_y = n.rare_both = 0
    if last_i - i == SKETCH_MOST_NAMES:
        limit = <int64_t>s.names[last_i - 1] + 1
    if last_j - j == SKETCH_MOST_NAMES and <int64_t>s.names[last_j - 1] + 1 < limit:
        limit = <int64_t>s.names[last_j - 1] + 1
    while i < last_i or j < last_j:
        if i < last_i and (j == last_j or s.names[i] <= s.names[j]):
            name = s.names[i]
        else:
            name = s.names[j]
        if name >= limit:
            break
        in_x, in_y = i < last_i and s.names[i] == name, j < last_j and s.names[j] == name
        i, j = i + in_x, j + in_y
        n.x, n.y, n.both = n.x + in_x, n.y + in_y, n.both + (in_x and in_y)
        if counts[name] <= most:
            n.rare_x, n.rare_y = n.rare_x + in_x, n.rare_y + in_y
            n.rare_both += in_x and in_y
    n.named = n.both - <double>((n.x - n.both) * (n.y - n.both)) / <double>limit
    return n


cdef inline bint is_table(const Sketches* s, int64_t x, double part) noexcept nogil:
    """Whether so much of the words of a text are names and numbers."""
    return s.name_starts[x + 1] - s.name_starts[x] >= part * s.words[x]


cdef inline bint is_update(const Sketches* s, const Rules* r, const Names* n, bint is_short,
                           int64_t x, int64_t y) noexcept nogil:
    """Whether a text names what an earlier one does."""
    if not is_short:
        return n.y >= SKETCH_LEAST_SHARED and n.named >= r.update_names * n.y
    return (
        s.days[x] == s.days[y] and min(s.words[x], s.words[y]) >= r.tiny_words
        and not is_table(s, x, r.update_table) and not is_table(s, y, r.update_table)
        and n.named >= r.update_names_short * n.y
        and n.rare_both > 0 and n.rare_both >= r.update_rare * n.rare_y
    )


cdef inline bint is_mixture(const Sketches* s, const Rules* r, const Names* n, double jaccard,
                            int64_t x, int64_t y) noexcept nogil:
    """Whether a longer text has too few of an earlier one's names for what they share."""
    if s.words[x] <= s.words[y] or n.y < SKETCH_LEAST_SHARED:
        return False
    if s.words[x] >= r.grown_times * s.words[y]:
        return n.named < r.grown_names * n.y
    return jaccard < r.mixed_alike and n.named < r.mixed_names * n.y


cdef double likeness(const Sketches* s, const Rules* rules, const uint32_t* counts, double most,
                     int64_t x, int64_t y) noexcept nogil:
    """How much of the shorter text is in the other, or 0 if they are not of one story; the second
    is the earlier one."""
    cdef int64_t nx, ny, both, fewer, own
    cdef double jaccard, part = shared_part(s, x, y, &jaccard), bar
    cdef bint is_short = s.words[x] < rules.short_words or s.words[y] < rules.short_words
    cdef bint same_title, same_authors, is_other, takes_all, is_alike, may_be_update
    cdef Names n
    if part == 0:
        return 0
    is_alike = jaccard >= (rules.cut_alike if part >= rules.contained else rules.alike)
    is_alike = is_alike and not (is_short and part < rules.short_contained)
    may_be_update = jaccard >= rules.update_alike and part >= rules.update_contained
    if not is_alike and not may_be_update:
        return 0
    n = shared_names(s, counts, most, x, y)
    same_title = s.titles[x] != 0 and s.titles[x] == s.titles[y]
    is_other = s.days[x] != s.days[y] or s.titles[x] != s.titles[y]
    takes_all = is_short and (is_other or is_table(s, x, rules.table) or is_table(s, y, rules.table))
    same_authors = s.authors[x] != 0 and s.authors[x] == s.authors[y] and not same_title
    takes_all = takes_all or (same_authors and rules.all_names)
    nx, ny, both = n.rare_x, n.rare_y, n.rare_both
    if takes_all:
        nx, ny, both = n.x, n.y, n.both
    fewer = nx if nx < ny else ny
    bar, own = rules.own_names, fewer - both
    if takes_all:
        bar = rules.own_names_short if same_title and not is_other else 1
    if same_authors:
        bar, own = min(bar, rules.own_names_same_authors), nx + ny - 2 * both
        if own >= bar:
            return 0
    may_be_update = may_be_update and is_update(s, rules, &n, is_short, x, y)
    if may_be_update and is_short:
        return part
    if is_short and part < 1 and not same_authors and (
        s.days[x] != s.days[y] and max(s.words[x], s.words[y]) < rules.short_words
        or s.titles[x] != s.titles[y] and min(s.words[x], s.words[y]) < rules.tiny_words
    ):
        own = nx + ny - 2 * both
    elif not same_authors and s.sources[x] and s.sources[x] == s.sources[y]:
        bar = min(bar, rules.own_names_same_source)
    if own >= bar or not is_alike and not may_be_update:
        return 0
    if not is_short and is_mixture(s, rules, &n, jaccard, x, y):
        return 0
    if may_be_update:
        return part
    if fewer < SKETCH_LEAST_SHARED:
        bar = rules.few_names
        if is_short:
            bar = rules.short_few_names if s.titles[x] == s.titles[y] else 1
        return part if part >= bar else 0
    bar = rules.names_same_title if same_title else rules.names_other_title
    if part >= rules.contained and jaccard >= rules.much_alike:
        bar = min(bar, rules.much_alike_names)
    return part if <double>both / <double>fewer >= bar else 0


def group(shingles, levels, names, name_counts, words, titles, sources, authors,
          days, rules):
    """The first article of the story of each: see ``searchlib.search.stories.group``."""
    cdef Py_ssize_t documents = len(words)
    cdef Sketches s
    cdef Rules r
    if not len(levels) == len(name_counts) == len(titles) == len(sources) == len(authors) == len(days) == documents:
        raise ValueError("the sketches do not fit together")
    starts = np.zeros(documents + 1, np.int64)
    np.cumsum(levels.sum(1, dtype=np.int64), out=starts[1:])
    name_starts = np.zeros(documents + 1, np.int64)
    np.cumsum(name_counts, out=name_starts[1:])
    if not (int(starts[documents]) == len(shingles) and int(name_starts[documents]) == len(names)
            and levels.shape[1] == LEVELS):
        raise ValueError("the sketches do not fit together")
    cdef const uint16_t[::1] shingles_view = np.append(shingles, np.uint16(0))
    cdef const uint8_t[::1] levels_view = np.append(levels.ravel(), np.uint8(0))
    cdef const uint16_t[::1] names_view = np.append(names, np.uint16(0))
    cdef const int64_t[::1] starts_view = starts
    cdef const int64_t[::1] name_starts_view = name_starts
    cdef const int32_t[::1] words_view = np.append(words, np.int32(0))
    cdef const uint16_t[::1] titles_view = np.append(titles, np.uint16(0))
    cdef const uint64_t[::1] sources_view = np.append(sources, np.uint64(0))
    cdef const uint64_t[::1] authors_view = np.append(authors, np.uint64(0))
    cdef const int32_t[::1] days_view = np.append(days, np.int32(0))
    s.shingles, s.levels, s.names = &shingles_view[0], &levels_view[0], &names_view[0]
    s.sources, s.authors = &sources_view[0], &authors_view[0]
    s.starts, s.name_starts = &starts_view[0], &name_starts_view[0]
    s.words, s.titles, s.days = &words_view[0], &titles_view[0], &days_view[0]
    cdef uint8_t[::1] rates_view = np.empty(documents + 1, np.uint8)
    cdef Py_ssize_t d
    for d in range(documents):
        rates_view[d] = <uint8_t>rate_of(words_view[d])
    s.rates = &rates_view[0]
    (r.alike, r.update_alike, r.update_contained, r.update_names, r.update_names_short, r.update_rare,
     r.update_table, r.grown_times, r.grown_names, r.mixed_alike, r.mixed_names, r.contained,
     r.cut_alike, r.short_contained, r.names_same_title, r.names_other_title, r.much_alike, r.much_alike_names, r.few_names, r.short_few_names,
     r.own_names, r.own_names_same_source, r.own_names_same_authors, r.own_names_short, r.table,
     r.all_names, r.rare_floor, r.rare_part, r.near, r.member, r.distant, r.short_words,
     r.tiny_words, r.days) = rules
    first = np.arange(documents, dtype=np.int32)
    cdef int32_t[::1] first_view = np.append(first, np.int32(0))
    cdef int done
    with nogil:
        done = group_all(&s, &r, documents, &first_view[0])
    if not done:
        raise MemoryError
    return np.asarray(first_view)[:documents]


cdef inline bint is_equal(const Sketches* s, int64_t x, int64_t y) noexcept nogil:
    """Whether two texts have the same sketch."""
    cdef int64_t size = s.starts[x + 1] - s.starts[x], names = s.name_starts[x + 1] - s.name_starts[x]
    return (
        s.words[x] == s.words[y]
        and s.starts[y + 1] - s.starts[y] == size and s.name_starts[y + 1] - s.name_starts[y] == names
        and memcmp(s.levels + x * LEVELS, s.levels + y * LEVELS, LEVELS) == 0
        and memcmp(s.shingles + s.starts[x], s.shingles + s.starts[y], size * sizeof(uint16_t)) == 0
        and memcmp(s.names + s.name_starts[x], s.names + s.name_starts[y],
                   names * sizeof(uint16_t)) == 0
    )


cdef inline uint64_t sketch_hash(const Sketches* s, int64_t x) noexcept nogil:
    cdef uint64_t h = s.words[x]
    cdef int64_t i
    for i in range(s.starts[x], s.starts[x + 1]):
        h = (h ^ s.shingles[i]) * <uint64_t>0x9E3779B97F4A7C15
    return h ^ (h >> 32)


cdef struct Entries:
    # The articles of a list, in their order; those before ``start`` are too old.
    int32_t* articles
    int32_t start
    int32_t end
    int32_t room


cdef struct State:
    Entries* lists      # of each shingle
    int32_t* hits       # of each article: how many shingles of the present one it has
    int32_t* seen       # the articles with hits
    int32_t* equal      # a table of one article of each sketch + 1
    uint32_t* counts    # of each name: the first articles that have it
    uint8_t* listed     # of each article
    uint64_t mask
    int64_t oldest      # the first article that is not too old
    int64_t current     # how many entries the lists have, without those that are too old


cdef int group_all(const Sketches* s, const Rules* rules, int64_t documents,
                   int32_t* first) noexcept nogil:
    cdef State t
    cdef int64_t d, firsts = 0, i, best
    cdef double best_part
    cdef bint done = False
    t.mask = 15
    while t.mask < <uint64_t>(2 * documents):
        t.mask = 2 * t.mask + 1
    t.oldest, t.current = 0, 0
    t.lists = <Entries*>calloc(LEVELS * HASHES, sizeof(Entries))
    t.hits = <int32_t*>calloc(documents + 1, sizeof(int32_t))
    t.seen = <int32_t*>malloc((documents + 1) * sizeof(int32_t))
    t.equal = <int32_t*>calloc(t.mask + 1, sizeof(int32_t))
    t.counts = <uint32_t*>calloc(NAME_HASHES, sizeof(uint32_t))
    t.listed = <uint8_t*>calloc(documents + 1, 1)
    if t.lists and t.hits and t.seen and t.equal and t.counts and t.listed:
        done = True
        for d in range(documents):
            if s.starts[d + 1] == s.starts[d]:
                continue
            best = find_equal(s, &t, d)
            if best >= 0:
                first[d] = first[best]
                continue
            while t.oldest < d and s.days[t.oldest] < s.days[d] - rules.days:
                take_from_lists(s, &t, t.oldest)
                t.oldest += 1
            best_part = 0
            best = find_like(s, rules, &t, d, first, rules.rare_floor + rules.rare_part * firsts, &best_part)
            if best < 0:
                firsts += 1
                for i in range(s.name_starts[d], s.name_starts[d + 1]):
                    t.counts[s.names[i]] += 1
            # Unlike its first article: what is like this one is of the story too.
            if best < 0 or (first[best] == best and best_part < rules.near):
                done = add_to_lists(s, &t, d)
                if not done:
                    break
            if best >= 0:
                first[d] = first[best]
    if t.lists:
        for i in range(LEVELS * HASHES):
            free(t.lists[i].articles)
    free(t.lists)
    free(t.hits)
    free(t.seen)
    free(t.equal)
    free(t.counts)
    free(t.listed)
    return done


cdef int64_t find_equal(const Sketches* s, State* t, int64_t d) noexcept nogil:
    """An earlier article with the same sketch, or -1; the article is noted for later ones then."""
    cdef uint64_t at = sketch_hash(s, d) & t.mask
    while t.equal[at]:
        if is_equal(s, t.equal[at] - 1, d):
            return t.equal[at] - 1
        at = (at + 1) & t.mask
    t.equal[at] = <int32_t>(d + 1)
    return -1


cdef inline int64_t least_shared(const Sketches* s, int64_t x, int64_t y) noexcept nogil:
    """How many shingles two texts share at least, if they are alike at all."""
    cdef int64_t nx = s.starts[x + 1] - s.starts[x], ny = s.starts[y + 1] - s.starts[y], least
    if s.rates[x] == s.rates[y]:
        least = (nx + ny) // (SKETCH_SHINGLES_A_SHARED + 1)
    else:  # all of those of the higher rate are compared
        least = (nx if s.rates[x] > s.rates[y] else ny) // SKETCH_SHINGLES_A_SHARED
    return min(max(least, SKETCH_LEAST_SHARED), min(nx, ny))


cdef int64_t find_like(const Sketches* s, const Rules* rules, State* t, int64_t d,
                       const int32_t* first, double most, double* best_part) noexcept nogil:
    """The listed article that is most like one, the earliest of several, or -1."""
    cdef int64_t i = s.starts[d], n_seen = 0, best = -1
    cdef int64_t common = SKETCH_COMMON + t.current // HASHES
    cdef int32_t at, one
    cdef uint32_t level
    cdef Entries entries
    cdef double part, jaccard
    for level in range(LEVELS):
        for _ in range(s.levels[d * LEVELS + level]):
            entries = t.lists[level * HASHES + s.shingles[i]]
            i += 1
            if entries.end - entries.start > common:
                continue
            for at in range(entries.start, entries.end):
                one = entries.articles[at]
                t.seen[n_seen] = one
                n_seen += t.hits[one] == 0
                t.hits[one] += 1
    for i in range(n_seen):
        one = t.seen[i]
        if t.hits[one] >= least_shared(s, d, one):
            part = likeness(s, rules, t.counts, most, d, one)
            if first[one] != one and (
                part < rules.member or shared_part(s, d, first[one], &jaccard) < rules.distant
            ):
                part = 0
            if part > best_part[0] or (part > 0 and part == best_part[0] and one < best):
                best, best_part[0] = one, part
        t.hits[one] = 0
    return best


cdef bint add_to_lists(const Sketches* s, State* t, int64_t d) noexcept nogil:
    """False if there is no memory left."""
    cdef int64_t i = s.starts[d]
    cdef int32_t size
    cdef int32_t* articles
    cdef uint32_t level
    cdef Entries* entries
    t.listed[d] = 1
    t.current += s.starts[d + 1] - i
    for level in range(LEVELS):
        for _ in range(s.levels[d * LEVELS + level]):
            entries = &t.lists[level * HASHES + s.shingles[i]]
            i += 1
            if entries.end == entries.room:
                size = entries.end - entries.start
                if entries.start > size:  # mostly old ones: they make room
                    memmove(entries.articles, entries.articles + entries.start, size * sizeof(int32_t))
                    entries.start, entries.end = 0, size
                else:
                    articles = <int32_t*>realloc(
                        entries.articles, (2 * entries.room + 8) * sizeof(int32_t)
                    )
                    if articles == NULL:
                        return False
                    entries.articles, entries.room = articles, 2 * entries.room + 8
            entries.articles[entries.end] = <int32_t>d
            entries.end += 1
    return True


cdef void take_from_lists(const Sketches* s, State* t, int64_t d) noexcept nogil:
    """Those of one article, which is the first one of each of its lists."""
    cdef int64_t i = s.starts[d]
    cdef uint32_t level
    if not t.listed[d]:
        return
    t.current -= s.starts[d + 1] - i
    for level in range(LEVELS):
        for _ in range(s.levels[d * LEVELS + level]):
            t.lists[level * HASHES + s.shingles[i]].start += 1
            i += 1
