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
(:mod:`searchlib.execution.nodes`), so that they are the same to the last bit.

What comes out of a file was compared with its checksum, but may have been made by an enemy: no
number that is read there is used as a place before it was compared with the room there is.
"""

from array import array

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

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
    SPAN = 64      # words that are matched together
    TOLD = 8       # children of an OR whose matches are kept apart
    BUCKETS = 256  # of bounds, to take the words with high ones first
    LARGE = 20000  # work from which on other threads may run meanwhile

cdef uint64_t FULL = <uint64_t>-1


cdef struct Aside:
    # Numbers too large for their plane, by their place.
    const uint64_t* at
    const uint32_t* value
    Py_ssize_t count


cdef struct Post:
    # The posting list of a term. A dense one has bits, others have docs.
    Py_ssize_t documents
    Py_ssize_t words
    Py_ssize_t count
    const int32_t* docs
    uint64_t* bits
    uint32_t* rank        # postings before each word
    const uint8_t* freqs
    uint64_t freq_start
    Aside freq_aside
    uint8_t* bounds
    # Where its occurrences are, and of what form.
    uint32_t* before      # occurrences before each word, or before each posting if sparse
    Py_ssize_t occurrences
    const uint8_t* low
    const uint8_t* high
    uint64_t token_start
    Aside place_aside
    int width
    const uint8_t* forms
    uint64_t form_start


cdef struct Node:
    int kind
    Py_ssize_t documents
    Py_ssize_t words
    double cost           # about how many documents are looked at, and how hard
    Node** kids           # in the order in which scores are added
    Node** order          # from the rarest to the commonest
    int size
    double boost
    # A term.
    Post* post
    int form
    const double* norms
    double weight
    double factor
    double scale
    # Documents that are known: with their scores, or one score for all.
    const int32_t* docs
    Py_ssize_t length
    const uint64_t* bits
    const double* scores
    double value
    # A range of a column.
    const int64_t* whole
    const double* real
    int64_t low, high
    double flow, fhigh
    # Near where to look next: a posting, and the first occurrence of one within a word.
    Py_ssize_t cursor, at_word, at_posting, at_token
    # Places of the words of a phrase that are still in question.
    int32_t* places
    Py_ssize_t room


cdef inline uint32_t aside(const Aside* kept, uint64_t place, uint32_t otherwise) noexcept nogil:
    cdef Py_ssize_t low = 0, high = kept.count, middle
    while low < high:
        middle = (low + high) >> 1
        if kept.at[middle] < place:
            low = middle + 1
        else:
            high = middle
    return kept.value[low] if low < kept.count and kept.at[low] == place else otherwise


cdef inline uint32_t freq_at(const Post* post, Py_ssize_t i) noexcept nogil:
    cdef uint32_t found = post.freqs[i]
    return found if found != 255 else aside(&post.freq_aside, post.freq_start + i, 255)


cdef inline uint32_t form_at(const Post* post, Py_ssize_t i) noexcept nogil:
    cdef uint64_t place = post.form_start + i
    if post.width == 8:
        return post.forms[i]
    if post.width == 16:
        return post.forms[2 * i] | <uint32_t>post.forms[2 * i + 1] << 8
    # 8, 4 or 2 to a byte.
    cdef int shift = 4 - post.width if post.width < 3 else 1
    cdef uint32_t packed = post.forms[(place >> shift) - (post.form_start >> shift)]
    return packed >> ((place & ((1 << shift) - 1)) * post.width) & ((1 << post.width) - 1)


cdef inline Py_ssize_t lower(const int32_t* docs, Py_ssize_t low, Py_ssize_t high,
                             Py_ssize_t doc) noexcept nogil:
    """How many of the documents from ``low`` to ``high`` are before ``doc``, and ``low``."""
    cdef Py_ssize_t middle
    while low < high:
        middle = (low + high) >> 1
        if docs[middle] < doc:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline Py_ssize_t seek(const int32_t* docs, Py_ssize_t length, Py_ssize_t at,
                            Py_ssize_t doc) noexcept nogil:
    """The first place of a document from ``doc`` on, looked for near ``at``."""
    cdef Py_ssize_t step = 1
    if at > 0 and docs[at - 1] >= doc:
        return lower(docs, 0, at, doc)
    while at < length and docs[at] < doc:
        if at + step < length and docs[at + step] < doc:
            at += step
            step <<= 1
        else:
            return lower(docs, at + 1, min(at + step + 1, length), doc)
    return at


cdef inline Py_ssize_t posting(const Post* post, Py_ssize_t doc) noexcept nogil:
    """The number of the posting of a document, or -1."""
    cdef Py_ssize_t at
    cdef uint64_t word
    if post.bits != NULL:
        word = post.bits[doc >> 6]
        if not word >> (doc & 63) & 1:
            return -1
        return post.rank[doc >> 6] + count_bits(word & ((<uint64_t>1 << (doc & 63)) - 1))
    at = lower(post.docs, 0, post.count, doc)
    return at if at < post.count and post.docs[at] == doc else -1


cdef void occurrences(Node* n, Py_ssize_t doc, Py_ssize_t at, Py_ssize_t* first,
                      Py_ssize_t* last) noexcept nogil:
    """Where the occurrences of a posting are; none if the list is not well formed."""
    cdef const Post* post = n.post
    cdef Py_ssize_t start, end, i, w = doc >> 6
    if post.bits == NULL:
        start, end = post.before[at], post.before[at + 1]
    else:
        # On from the last one, if that is before it in the same word.
        if n.at_word != w or n.at_posting > at:
            n.at_word, n.at_posting, n.at_token = w, post.rank[w], post.before[w]
        start = n.at_token
        for i in range(n.at_posting, at):
            start += freq_at(post, i)
        n.at_posting, n.at_token = at, start
        end = start + freq_at(post, at)
    if start < 0 or end < start or end > post.occurrences:
        start = end = 0
    first[0] = start
    last[0] = end


cdef Py_ssize_t often(Node* n, Py_ssize_t doc, Py_ssize_t at) noexcept nogil:
    """How often a term, or one form of it, is in the document of a posting."""
    cdef Py_ssize_t first, last, i, found = 0
    if n.form < 0:
        return freq_at(n.post, at)
    occurrences(n, doc, at, &first, &last)
    for i in range(first, last):
        found += form_at(n.post, i) == <uint32_t>n.form
    return found


cdef inline double weigh(const Node* n, Py_ssize_t doc, Py_ssize_t freq) noexcept nogil:
    cdef double weight = freq * n.weight
    return weight / (weight + n.norms[doc]) * n.factor


cdef Py_ssize_t next_word(Node* n, Py_ssize_t w) noexcept nogil:
    """The first word from ``w`` on that may hold a match; ``words`` if there is none."""
    cdef Py_ssize_t best, found
    cdef int i
    if w >= n.words or n.kind == NOTHING:
        return n.words
    if n.kind == TERM:
        if n.post.bits != NULL:
            while w < n.words and not n.post.bits[w]:
                w += 1
            return w
        n.cursor = seek(n.post.docs, n.post.count, n.cursor, w << 6)
        return n.post.docs[n.cursor] >> 6 if n.cursor < n.post.count else n.words
    if n.kind == LISTED:
        n.cursor = seek(n.docs, n.length, n.cursor, w << 6)
        return n.docs[n.cursor] >> 6 if n.cursor < n.length else n.words
    if n.kind == BITS:
        while w < n.words and not n.bits[w]:
            w += 1
        return w
    if n.kind == AND or n.kind == PHRASE:
        i = 0
        while i < n.size and w < n.words:
            found = next_word(n.order[i], w)
            if found > w and i:
                i = 0
            else:
                i += 1
            w = found
        return w
    if n.kind == OR:
        best = n.words
        for i in range(n.size):
            found = next_word(n.kids[i], w)
            if found < best:
                best = found
        return best
    if n.kind == NOT or n.kind == MAYBE or n.kind == CONSTANT:
        return next_word(n.kids[0], w)
    return w  # ALL and BETWEEN


cdef inline bint any_of(const uint64_t* bits) noexcept nogil:
    cdef uint64_t found = 0
    cdef int i
    for i in range(SPAN):
        found |= bits[i]
    return found != 0


cdef void keep_listed(const int32_t* docs, Py_ssize_t length, Py_ssize_t* cursor, Py_ssize_t w,
                      uint64_t* bits) noexcept nogil:
    """Keep those of the documents ``bits`` of a span that are listed."""
    cdef uint64_t found[SPAN]
    cdef Py_ssize_t i, end = (w + SPAN) << 6
    memset(found, 0, sizeof(found))
    i = cursor[0] = seek(docs, length, cursor[0], w << 6)
    while i < length and docs[i] < end:
        found[(docs[i] >> 6) - w] |= <uint64_t>1 << (docs[i] & 63)
        i += 1
    for i in range(SPAN):
        bits[i] &= found[i]


cdef void keep_stems(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those of the documents ``bits`` of a span that have a term in any form."""
    cdef int i
    if n.post.bits == NULL:
        keep_listed(n.post.docs, n.post.count, &n.cursor, w, bits)
        return
    for i in range(size):
        bits[i] &= n.post.bits[w + i]


cdef inline bint passes(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document matches that is known to come into question."""
    if n.kind == TERM:
        return often(n, doc, posting(n.post, doc)) > 0
    if n.kind == BETWEEN:
        return n.low <= n.whole[doc] <= n.high
    if n.kind == BETWEEN_FLOAT:
        return n.flow <= n.real[doc] <= n.fhigh
    return in_row(n, doc)


cdef void keep_passing(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those of the documents ``bits`` of a span that pass, looked at one by one."""
    cdef uint64_t left
    cdef int i, k
    for i in range(size):
        left = bits[i]
        while left:
            k = lowest_bit(left)
            left &= left - 1
            if not passes(n, ((w + i) << 6) + k):
                bits[i] &= ~(<uint64_t>1 << k)


cdef void match(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those of the documents ``bits`` of a span that match: of ``SPAN`` words from ``w``
    on, of which ``size`` are there."""
    cdef uint64_t found[SPAN]
    cdef uint64_t one[SPAN]
    cdef int i, k
    if n.kind == TERM:
        keep_stems(n, w, size, bits)
        if n.form >= 0:
            keep_passing(n, w, size, bits)
    elif n.kind == LISTED:
        keep_listed(n.docs, n.length, &n.cursor, w, bits)
    elif n.kind == BITS:
        for i in range(size):
            bits[i] &= n.bits[w + i]
    elif n.kind == BETWEEN or n.kind == BETWEEN_FLOAT:
        keep_passing(n, w, size, bits)
    elif n.kind == AND:
        for k in range(n.size):
            match(n.order[k], w, size, bits)
            if not any_of(bits):
                return
    elif n.kind == PHRASE:
        for k in range(n.size):
            keep_stems(n.order[k], w, size, bits)
            if not any_of(bits):
                return
        keep_passing(n, w, size, bits)
    elif n.kind == OR:
        memset(found, 0, sizeof(found))
        for k in range(n.size):
            memcpy(one, bits, sizeof(one))
            match(n.kids[k], w, size, one)
            for i in range(SPAN):
                found[i] |= one[i]
        memcpy(bits, found, sizeof(found))
    elif n.kind == NOT:
        match(n.kids[0], w, size, bits)
        memcpy(one, bits, sizeof(one))
        match(n.kids[1], w, size, one)
        for i in range(SPAN):
            bits[i] &= ~one[i]
    elif n.kind == MAYBE or n.kind == CONSTANT:
        match(n.kids[0], w, size, bits)
    elif n.kind == NOTHING:
        memset(bits, 0, SPAN * sizeof(uint64_t))


cdef void bound(Node* n, Py_ssize_t w, int size, const uint64_t* bits,
                double* bounds) noexcept nogil:
    """What no score of the documents ``bits`` exceeds in each word of a span, never below 0."""
    cdef double one[SPAN]
    cdef double value
    cdef Py_ssize_t i, doc, end = (w + SPAN) << 6
    cdef int k
    if n.kind == TERM and n.post.bits != NULL:
        for i in range(size):
            bounds[i] = n.post.bounds[w + i] * n.scale
    elif n.kind == TERM or (n.kind == LISTED and n.scores != NULL):
        memset(bounds, 0, SPAN * sizeof(double))
        i = seek(n.docs, n.length, n.cursor, w << 6)
        while i < n.length and n.docs[i] < end:
            doc = n.docs[i]
            if bits[(doc >> 6) - w] >> (doc & 63) & 1:
                value = weigh(n, doc, freq_at(n.post, i)) if n.kind == TERM else n.scores[i]
                if not value <= bounds[(doc >> 6) - w]:
                    bounds[(doc >> 6) - w] = value
            i += 1
    elif n.kind == AND or n.kind == PHRASE or n.kind == OR or n.kind == MAYBE:
        bound(n.kids[0], w, size, bits, bounds)
        for k in range(1, n.size):
            bound(n.kids[k], w, size, bits, one)
            for i in range(size):
                bounds[i] = bounds[i] + one[i]
        if n.boost != 1:
            for i in range(size):
                bounds[i] = bounds[i] * (n.boost if n.boost >= 0 else -n.boost)
    elif n.kind == NOT:
        bound(n.kids[0], w, size, bits, bounds)
    else:
        value = n.value if not n.value <= 0 else 0
        for i in range(size):
            bounds[i] = value


cdef bint has(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document matches."""
    cdef Py_ssize_t at
    cdef int k
    if n.kind == TERM:
        at = posting(n.post, doc)
        return at >= 0 and (n.form < 0 or often(n, doc, at) > 0)
    if n.kind == LISTED:
        at = lower(n.docs, 0, n.length, doc)
        return at < n.length and n.docs[at] == doc
    if n.kind == BITS:
        return n.bits[doc >> 6] >> (doc & 63) & 1
    if n.kind == BETWEEN:
        return n.low <= n.whole[doc] <= n.high
    if n.kind == BETWEEN_FLOAT:
        return n.flow <= n.real[doc] <= n.fhigh
    if n.kind == AND:
        for k in range(n.size):
            if not has(n.order[k], doc):
                return False
        return True
    if n.kind == OR:
        for k in range(n.size):
            if has(n.kids[k], doc):
                return True
        return False
    if n.kind == NOT:
        return has(n.kids[0], doc) and not has(n.kids[1], doc)
    if n.kind == PHRASE:
        for k in range(n.size):
            if posting(n.order[k].post, doc) < 0:
                return False
        return in_row(n, doc)
    if n.kind == NOTHING:
        return False
    return n.kind == ALL or has(n.kids[0], doc)  # MAYBE, CONSTANT


cdef double score(Node* n, Py_ssize_t doc, bint known) noexcept nogil:
    """The score of a document, 0 if it does not match; ``known`` says that it does."""
    cdef Py_ssize_t at, freq
    cdef double total
    cdef int k
    if n.kind == TERM:
        at = posting(n.post, doc)
        if at < 0:
            return 0
        freq = often(n, doc, at)
        return weigh(n, doc, freq) if freq else 0
    if n.kind == OR or ((n.kind == AND or n.kind == PHRASE) and (known or has(n, doc))):
        total = score(n.kids[0], doc, n.kind != OR)
        for k in range(1, n.size):
            total = total + score(n.kids[k], doc, n.kind != OR)
        return total * n.boost if n.boost != 1 else total
    if n.kind == LISTED and n.scores != NULL:
        at = lower(n.docs, 0, n.length, doc)
        return n.scores[at] if at < n.length and n.docs[at] == doc else 0
    if n.kind == NOT:
        if not known and has(n.kids[1], doc):
            return 0
        return score(n.kids[0], doc, known)
    if n.kind == MAYBE:
        if not known and not has(n.kids[0], doc):
            return 0
        return score(n.kids[0], doc, known) + score(n.kids[1], doc, False)
    if n.kind == AND or n.kind == PHRASE or n.kind == NOTHING:
        return 0
    return n.value if known or has(n, doc) else 0


cdef void decode(const Post* post, Py_ssize_t first, Py_ssize_t last, int32_t* out) noexcept nogil:
    """The positions of some occurrences: loops without a branch, which compilers make fast."""
    cdef uint64_t place = post.token_start + first
    cdef const uint8_t* low = post.low + first
    cdef const uint8_t* high = post.high + ((place >> 1) - (post.token_start >> 1))
    cdef Py_ssize_t i = 0, j, count = last - first
    cdef int32_t wide = 0
    if count and place & 1:
        out[0] = low[0] | (high[0] >> 4) << 8
        high += 1
        i = 1
    for j in range((count - i) >> 1):
        out[i + 2 * j] = low[i + 2 * j] | (high[j] & 15) << 8
        out[i + 2 * j + 1] = low[i + 2 * j + 1] | (high[j] >> 4) << 8
    if (count - i) & 1:
        out[count - 1] = low[count - 1] | (high[(count - i) >> 1] & 15) << 8
    for i in range(count):
        wide |= out[i] >= 0xF00
    if wide:
        for i in range(count):
            if out[i] >= 0xF00:
                out[i] = <int32_t>aside(&post.place_aside, place + i, out[i])


cdef int32_t* room_for(Node* n, Py_ssize_t count) noexcept nogil:
    cdef int32_t* made
    if count > n.room:
        made = <int32_t*>realloc(n.places, 2 * count * sizeof(int32_t))
        if made == NULL:
            return NULL
        n.places, n.room = made, 2 * count
    return n.places


cdef bint in_row(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document, which has all the words, has them one after the other.

    The places of the word that is rarest there are what is in question; each other word leaves
    of them those that it is in the right distance from."""
    cdef Py_ssize_t firsts[MOST]
    cdef Py_ssize_t lasts[MOST]
    cdef Py_ssize_t count = 0, at, i, kept, length, longest = 0
    cdef int k, rarest = 0
    cdef Node* kid
    cdef int32_t place
    cdef int32_t* open
    cdef int32_t* places
    for k in range(n.size):
        kid = n.kids[k]
        at = posting(kid.post, doc)
        if at < 0:
            return False
        occurrences(kid, doc, at, &firsts[k], &lasts[k])
        length = lasts[k] - firsts[k]
        if length < lasts[rarest] - firsts[rarest]:
            rarest = k
        if length > longest:
            longest = length
    open = room_for(n, 2 * longest)
    if open == NULL:
        return False
    places = open + longest
    kid = n.kids[rarest]
    decode(kid.post, firsts[rarest], lasts[rarest], open)
    for i in range(lasts[rarest] - firsts[rarest]):
        if kid.form < 0 or form_at(kid.post, firsts[rarest] + i) == <uint32_t>kid.form:
            open[count] = open[i]
            count += 1
    for k in range(n.size):
        if k != rarest and count:
            kid = n.kids[k]
            length = lasts[k] - firsts[k]
            decode(kid.post, firsts[k], lasts[k], places)
            kept = at = 0
            for i in range(count):
                place = open[i] + (k - rarest)
                while at < length and places[at] < place:
                    at += 1
                if at == length:
                    break
                if places[at] == place and (
                    kid.form < 0 or form_at(kid.post, firsts[k] + at) == <uint32_t>kid.form
                ):
                    open[kept] = open[i]
                    kept += 1
            count = kept
    return count > 0


cdef class List:
    """The posting list of a term in a segment, ready to be run over; made by
    :meth:`searchlib.storage.postings.Postings.ready`.

    A sparse term comes with ``docs`` (int32, ascending), a dense one with ``held``, how many
    documents each block has, and ``low``, their numbers within it. ``freqs`` are bytes; where
    one is 255, the number is in ``wide`` under its place in ``wide_at``, counted from
    ``freq_start``. ``bounds`` are by block. Raises ValueError if something does not fit.
    """

    cdef Post post
    cdef readonly bint placed
    cdef readonly object nbytes
    cdef const int32_t[::1] _docs
    cdef const uint8_t[::1] _freqs, _low, _high, _forms
    cdef const uint64_t[::1] _freq_at, _place_at
    cdef const uint32_t[::1] _freq_value, _place_value

    def __cinit__(self, Py_ssize_t documents, docs, held, low, bounds, Py_ssize_t block,
                  const uint8_t[::1] freqs, uint64_t freq_start,
                  const uint64_t[::1] wide_at, const uint32_t[::1] wide):
        cdef Post* post = &self.post
        cdef Py_ssize_t i, previous = -1
        post.documents = documents
        post.words = (documents + 63) >> 6
        post.count = freqs.shape[0]
        self._freqs, self._freq_at, self._freq_value = freqs, wide_at, wide
        post.freqs = &freqs[0] if post.count else NULL
        post.freq_start = freq_start
        post.freq_aside = as_aside(wide_at, wide)
        if docs is None:
            self._spread(held, low, bounds, block)
            self.nbytes = post.words * 17 + 8
            return
        self._docs = docs
        self.nbytes = 8 * post.count + 4
        if self._docs.shape[0] != post.count:
            raise ValueError("documents and frequencies are not as many")
        for i in range(post.count):
            if self._docs[i] <= previous or self._docs[i] >= documents:
                raise ValueError("its documents are not in order")
            previous = self._docs[i]
        post.docs = &self._docs[0] if post.count else NULL

    def __dealloc__(self):
        free(self.post.bits)
        free(self.post.rank)
        free(self.post.bounds)
        free(self.post.before)

    cdef _spread(self, const uint8_t[::1] held, const uint8_t[::1] low,
                 const uint8_t[::1] bounds, Py_ssize_t block):
        """Make the bits, ranks and bounds of a dense term."""
        cdef Post* post = &self.post
        cdef Py_ssize_t i, at = 0, b, doc, total = 0, blocks = held.shape[0]
        if low.shape[0] != post.count or bounds.shape[0] != blocks:
            raise ValueError("documents and frequencies are not as many")
        if block < 1 or (blocks - 1) * block >= post.documents:
            raise ValueError("it has too many blocks")
        post.bits = <uint64_t*>calloc(post.words or 1, 8)
        post.rank = <uint32_t*>malloc((post.words + 1) * 4)
        post.bounds = <uint8_t*>calloc(post.words or 1, 1)
        if not (post.bits and post.rank and post.bounds):
            raise MemoryError
        for b in range(blocks):
            for i in range(held[b]):
                if at >= post.count:
                    raise ValueError("its blocks hold too many documents")
                doc = b * block + low[at]
                if doc >= post.documents:
                    raise ValueError("its documents are outside")
                post.bits[doc >> 6] |= <uint64_t>1 << (doc & 63)
                at += 1
            for i in range((b * block) >> 6, min(((b + 1) * block - 1) >> 6, post.words - 1) + 1):
                if bounds[b] > post.bounds[i]:
                    post.bounds[i] = bounds[b]
        for i in range(post.words):
            post.rank[i] = <uint32_t>total
            total += count_bits(post.bits[i])
        post.rank[post.words] = <uint32_t>total
        if total != post.count:
            raise ValueError("its blocks hold another number of documents")

    def place(self, const uint8_t[::1] low, const uint8_t[::1] high, uint64_t start,
              const uint64_t[::1] wide_at, const uint32_t[::1] wide, int width, forms,
              uint64_t form_start):
        """Say where its occurrences are: ``low`` and ``high`` are the two planes of twelve bits,
        whose first number is that of place ``start``; ``forms`` are of ``width`` bits (0: one
        form only)."""
        cdef Post* post = &self.post
        cdef Py_ssize_t i, total = 0
        cdef uint64_t last
        if self.placed:  # another thread was faster, and may be at work on it
            return
        post.occurrences = low.shape[0]
        if high.shape[0] < <Py_ssize_t>((start + low.shape[0] + 1) // 2 - start // 2):
            raise ValueError("its positions are cut short")
        if width:
            self._forms = forms
            last = (form_start + low.shape[0]) * width
            if self._forms.shape[0] < <Py_ssize_t>((last + 7) // 8 - form_start * width // 8):
                raise ValueError("its forms are cut short")
            post.forms = &self._forms[0] if self._forms.shape[0] else NULL
        if low.shape[0] >> 32:
            raise ValueError("it has too many occurrences")
        self._low, self._high, self._place_at, self._place_value = low, high, wide_at, wide
        post.low = &low[0] if low.shape[0] else NULL
        post.high = &high[0] if high.shape[0] else NULL
        post.token_start = start
        post.place_aside = as_aside(wide_at, wide)
        post.width = width
        post.form_start = form_start
        cdef Py_ssize_t size = post.words if post.bits != NULL else post.count
        free(post.before)
        post.before = <uint32_t*>malloc((size + 1) * 4)
        if not post.before:
            raise MemoryError
        cdef Py_ssize_t at = 0, end
        for i in range(size):
            post.before[i] = <uint32_t>min(total, post.occurrences)
            end = post.rank[i + 1] if post.bits != NULL else i + 1
            while at < end:
                total += freq_at(post, at)
                at += 1
        if total != post.occurrences:
            raise ValueError("its frequencies do not fit its positions")
        post.before[size] = <uint32_t>total
        self.placed = True

    @property
    def count(self):
        """In how many documents the term is."""
        return self.post.count


cdef Aside as_aside(const uint64_t[::1] at, const uint32_t[::1] value):
    cdef Aside made
    if at.shape[0] != value.shape[0]:
        raise ValueError("its large numbers are cut short")
    made.count = at.shape[0]
    made.at = &at[0] if made.count else NULL
    made.value = &value[0] if made.count else NULL
    return made


cdef class Plan:
    """A part of a plan for one segment. For one run at a time: it keeps where it is."""

    cdef Node node
    cdef object _kept
    cdef uint64_t* _owned
    cdef double work

    def __cinit__(self):
        self.node.form = self.node.at_word = -1
        self.node.boost = 1

    def __dealloc__(self):
        free(self._owned)
        free(self.node.kids)
        free(self.node.order)
        free(self.node.places)


cdef Plan _plan(int kind, Py_ssize_t documents, double cost, object kept):
    cdef Plan made = Plan()
    made.node.kind = kind
    made.node.documents = documents
    made.node.words = (documents + 63) >> 6
    made.node.cost = made.work = cost
    made._kept = kept
    return made


def nothing(Py_ssize_t documents):
    """No document."""
    return _plan(NOTHING, documents, 0, None)


def every(Py_ssize_t documents, double value):
    """All documents, each with the same score."""
    cdef Plan made = _plan(ALL, documents, documents, None)
    made.node.value = value
    return made


def term(List found, int form, norms, double weight, double factor, double scale):
    """The documents with a term, or with one form of it (then the list must be placed).
    ``norms`` (float64) are of all documents; ``scale`` is what a step of a bound is worth."""
    cdef Plan made = _plan(TERM, found.post.documents, found.post.count, (found, norms))
    cdef const double[::1] view = norms
    if view.shape[0] != found.post.documents:
        raise ValueError("there are norms for another number of documents")
    if form >= 0 and not (found.placed and found.post.width):
        raise ValueError("its forms are not known")
    made.node.post = &found.post
    made.node.docs, made.node.length = found.post.docs, found.post.count
    made.node.form = form
    made.node.norms = &view[0] if view.shape[0] else NULL
    made.node.weight, made.node.factor, made.node.scale = weight, factor, scale
    if form >= 0:
        made.node.cost = made.work = found.post.occurrences
    return made


def listed(Py_ssize_t documents, docs, scores, double value):
    """The documents ``docs`` (int32, ascending), with ``scores`` (float64) or, if None, each
    with ``value``."""
    cdef const int32_t[::1] view = docs
    cdef const double[::1] weighed
    cdef Plan made = _plan(LISTED, documents, view.shape[0], (docs, scores))
    cdef Py_ssize_t i, previous = -1
    for i in range(view.shape[0]):
        if view[i] <= previous or view[i] >= documents:
            raise ValueError("the documents are not in order")
        previous = view[i]
    made.node.docs = &view[0] if view.shape[0] else NULL
    made.node.length = view.shape[0]
    made.node.value = value
    if scores is not None:
        weighed = scores
        if weighed.shape[0] != view.shape[0]:
            raise ValueError("scores and documents are not as many")
        made.node.scores = &weighed[0] if weighed.shape[0] else NULL
    return made


def picked(Py_ssize_t documents, docs, double value):
    """The documents ``docs`` (uint32, in any order), all with the same score."""
    cdef const uint32_t[::1] view = docs
    cdef Plan made = _plan(BITS, documents, view.shape[0], None)
    cdef uint64_t* bits = <uint64_t*>calloc(made.node.words or 1, 8)
    cdef Py_ssize_t i
    made._owned = bits
    if bits == NULL:
        raise MemoryError
    for i in range(view.shape[0]):
        if view[i] >= documents:
            raise ValueError("the documents are outside")
        bits[view[i] >> 6] |= <uint64_t>1 << (view[i] & 63)
    made.node.bits = bits
    made.node.value = value
    return made


def marked(Py_ssize_t documents, bits, double value):
    """The documents whose bits (uint64) are set, all with the same score."""
    cdef const uint64_t[::1] view = bits
    cdef Plan made = _plan(BITS, documents, documents, bits)
    if view.shape[0] < made.node.words:
        raise ValueError("there are too few bits")
    made.node.bits = &view[0] if view.shape[0] else NULL
    made.node.value = value
    return made


def between(values, low, high, double value):
    """The documents whose value (int64 or float64) is from ``low`` to ``high``, all with the
    same score. They are looked at one by one: last, if there is something else to go by."""
    cdef Plan made
    cdef const int64_t[::1] whole
    cdef const double[::1] real
    if values.dtype.kind == "f":
        real = values
        made = _plan(BETWEEN_FLOAT, real.shape[0], real.shape[0], values)
        made.node.real = &real[0] if real.shape[0] else NULL
        made.node.flow, made.node.fhigh = low, high
    else:
        whole = values
        made = _plan(BETWEEN, whole.shape[0], whole.shape[0], values)
        made.node.whole = &whole[0] if whole.shape[0] else NULL
        made.node.low, made.node.high = low, high
    made.node.value = value
    return made


cdef Plan _family(int kind, list kids, double boost):
    cdef Plan kid, made = _plan(kind, 0, 0, kids)
    cdef Node* node = &made.node
    cdef Node* moved
    cdef int i, k
    node.size = <int>len(kids)
    if not 0 < node.size <= MOST:
        raise ValueError(f"a node has 1 to {MOST} children")
    node.kids = <Node**>malloc(node.size * sizeof(Node*))
    node.order = <Node**>malloc(node.size * sizeof(Node*))
    if not (node.kids and node.order):
        raise MemoryError
    node.boost = boost
    for i in range(node.size):
        kid = kids[i]
        made.work += kid.work
        node.kids[i] = node.order[i] = &kid.node
        if i and kid.node.documents != node.documents:
            raise ValueError("the children are of different segments")
        node.documents, node.words = kid.node.documents, kid.node.words
    for i in range(1, node.size):
        k = i
        while k and node.order[k].cost < node.order[k - 1].cost:
            moved = node.order[k]
            node.order[k], node.order[k - 1] = node.order[k - 1], moved
            k -= 1
    node.cost = node.order[0].cost
    return made


def both(list kids, double boost):
    """The documents that match all; scores add."""
    return _family(AND, kids, boost)


def either(list kids, double boost):
    """The documents that match any; scores add."""
    cdef Plan made = _family(OR, kids, boost)
    cdef int i
    made.node.cost = 0
    for i in range(made.node.size):
        made.node.cost += made.node.kids[i].cost
    return made


def without(Plan yes, Plan no):
    """The documents that match ``yes`` and not ``no``, with the scores of ``yes``."""
    cdef Plan made = _family(NOT, [yes, no], 1)
    made.node.cost = yes.node.cost
    return made


def maybe(Plan must, Plan may):
    """The documents that match ``must``; those that match ``may`` too score higher."""
    cdef Plan made = _family(MAYBE, [must, may], 1)
    made.node.cost = must.node.cost
    return made


def constant(Plan child, double value):
    """The documents of a child, all with the same score."""
    cdef Plan made = _family(CONSTANT, [child], 1)
    made.node.value = value
    return made


def phrase(list words, double boost):
    """The documents with these terms one after the other; their scores add."""
    cdef Plan kid, made = _family(PHRASE, words, boost)
    for kid in words:
        if kid.node.kind == NOTHING:
            made.node.kind = NOTHING
            made.node.cost = 0
        elif kid.node.kind != TERM:
            raise ValueError("a phrase is made of terms")
        elif kid.node.post.before == NULL:
            raise ValueError("its places are not known")
    made.node.cost += made.node.documents  # dear: what else there is goes first
    return made


cdef class Top:
    """The ``limit`` best documents so far: a heap with the worst at its root."""

    cdef double* _scores
    cdef int64_t* _docs
    cdef Py_ssize_t limit, room, size
    cdef double least
    cdef bint failed

    def __cinit__(self, Py_ssize_t limit):
        self.limit = max(limit, 0)
        self.least = -INFINITY

    def __dealloc__(self):
        free(self._scores)
        free(self._docs)

    cdef inline bint worse(self, Py_ssize_t a, Py_ssize_t b) noexcept nogil:
        if self._scores[a] == self._scores[b]:
            return self._docs[a] > self._docs[b]
        return self._scores[a] < self._scores[b]

    cdef inline void swap(self, Py_ssize_t a, Py_ssize_t b) noexcept nogil:
        cdef double value = self._scores[a]
        cdef int64_t doc = self._docs[a]
        self._scores[a], self._docs[a] = self._scores[b], self._docs[b]
        self._scores[b], self._docs[b] = value, doc

    cdef void sink(self, Py_ssize_t at) noexcept nogil:
        cdef Py_ssize_t child = 2 * at + 1
        while child < self.size:
            if child + 1 < self.size and self.worse(child + 1, child):
                child += 1
            if not self.worse(child, at):
                return
            self.swap(child, at)
            at = child
            child = 2 * at + 1

    cdef bint grow(self) noexcept nogil:
        cdef Py_ssize_t room = min(self.limit, max(16, 2 * self.room))
        cdef double* scores = <double*>realloc(self._scores, room * sizeof(double))
        if scores == NULL:
            return False
        self._scores = scores
        cdef int64_t* docs = <int64_t*>realloc(self._docs, room * sizeof(int64_t))
        if docs == NULL:
            return False
        self._docs = docs
        self.room = room
        return True

    cdef inline void push(self, double value, int64_t doc) noexcept nogil:
        cdef Py_ssize_t at
        if self.size < self.limit:
            if self.size == self.room and not self.grow():
                self.failed = True
                return
            at = self.size
            self.size += 1
            self._scores[at], self._docs[at] = value, doc
            while at and self.worse(at, (at - 1) >> 1):
                self.swap(at, (at - 1) >> 1)
                at = (at - 1) >> 1
            if self.size == self.limit:
                self.least = self._scores[0]
        elif value > self.least or (value == self.least and doc < self._docs[0]):
            self._scores[0], self._docs[0] = value, doc
            self.sink(0)
            self.least = self._scores[0]

    def found(self):
        """The documents, best first, ties by number: (number, score)."""
        cdef Py_ssize_t i
        if self.failed:
            raise MemoryError
        pairs = [(-self._scores[i], self._docs[i]) for i in range(self.size)]
        pairs.sort()
        return [(doc, -value) for value, doc in pairs]


cdef struct Kept:
    # The words of a segment with a match, and in those of an OR the matches of each child.
    Py_ssize_t count
    Py_ssize_t room
    int kids
    uint32_t* words
    uint64_t* bits
    double* bounds
    uint64_t* kid_bits    # [kid * room + number of the word]
    double* kid_bounds


cdef bint make_room(Kept* kept, Node* n, bint needed) noexcept nogil:
    memset(kept, 0, sizeof(Kept))
    if not needed:
        return True
    kept.room = n.words
    kept.kids = n.size if n.kind == OR and n.size <= TOLD else 0
    cdef Py_ssize_t size = kept.room * (1 + kept.kids)
    cdef char* memory = <char*>malloc(size * 16 + kept.room * 4)
    if memory == NULL:
        return False
    kept.bits = <uint64_t*>memory
    kept.kid_bits = kept.bits + kept.room
    kept.bounds = <double*>(memory + size * 8)
    kept.kid_bounds = kept.bounds + kept.room
    kept.words = <uint32_t*>(memory + size * 16)
    return True


cdef void match_each(Node* n, Py_ssize_t w, int size, uint64_t* bits,
                     uint64_t* each) noexcept nogil:
    """Like ``match`` for an OR, and keep the matches of each child."""
    cdef uint64_t* one
    cdef int i, k
    for k in range(n.size):
        one = each + k * SPAN
        memcpy(one, bits, SPAN * sizeof(uint64_t))
        match(n.kids[k], w, size, one)
    for i in range(SPAN):
        bits[i] = each[i]
        for k in range(1, n.size):
            bits[i] |= each[k * SPAN + i]


cdef void keep(Node* n, Py_ssize_t w, int size, const uint64_t* found, const uint64_t* each,
               Kept* kept) noexcept nogil:
    """Keep the words of a span that have a match, with their bounds."""
    cdef double bounds[SPAN]
    cdef double one[SPAN]
    cdef Py_ssize_t at
    cdef int i, k
    if not kept.kids:
        bound(n, w, size, found, bounds)
    else:
        memset(bounds, 0, sizeof(bounds))
        for k in range(kept.kids):
            bound(n.kids[k], w, size, each + k * SPAN, one)
            at = kept.count
            for i in range(size):
                if each[k * SPAN + i]:
                    bounds[i] = bounds[i] + one[i]
                if found[i]:
                    kept.kid_bits[k * kept.room + at] = each[k * SPAN + i]
                    kept.kid_bounds[k * kept.room + at] = one[i]
                    at += 1
        if n.boost != 1:
            for i in range(size):
                bounds[i] = bounds[i] * (n.boost if n.boost >= 0 else -n.boost)
    at = kept.count
    for i in range(size):
        if found[i]:
            kept.words[at], kept.bits[at], kept.bounds[at] = <uint32_t>(w + i), found[i], bounds[i]
            at += 1
    kept.count = at


cdef int64_t count_all(Node* n, const uint64_t* live, uint64_t* out, Kept* kept) noexcept nogil:
    """Count the matches; keep the words that have some, if there is room for them."""
    cdef uint64_t bits[SPAN]
    cdef uint64_t each[TOLD * SPAN]
    cdef int64_t total = 0
    cdef Py_ssize_t w = next_word(n, 0)
    cdef int i, size
    while w < n.words:
        w = w // SPAN * SPAN
        size = <int>min(SPAN, n.words - w)
        memset(bits, 0, sizeof(bits))
        for i in range(size):
            bits[i] = live[w + i] if live != NULL else FULL
        if w + size == n.words and n.documents & 63:
            bits[size - 1] &= (<uint64_t>1 << (n.documents & 63)) - 1
        if kept.kids:
            match_each(n, w, size, bits, each)
        else:
            match(n, w, size, bits)
        if any_of(bits):
            for i in range(size):
                total += count_bits(bits[i])
            if out != NULL:
                memcpy(out + w, bits, size * sizeof(uint64_t))
            if kept.room:
                keep(n, w, size, bits, each, kept)
        w = next_word(n, w + SPAN)
    return total


cdef void scan(Node* n, Top top, const Kept* kept, Py_ssize_t at, int64_t start) noexcept nogil:
    """Score the documents of a word."""
    cdef uint64_t bits = kept.bits[at]
    cdef Py_ssize_t first = <Py_ssize_t>kept.words[at] << 6
    cdef double most, boost = n.boost if n.boost >= 0 else -n.boost
    cdef int i, k
    while bits:
        i = lowest_bit(bits)
        bits &= bits - 1
        if kept.kids:
            # The words that a document has may not be enough together.
            most = 0
            for k in range(kept.kids):
                if kept.kid_bits[k * kept.room + at] >> i & 1:
                    most = most + kept.kid_bounds[k * kept.room + at]
            if most * boost < top.least:
                continue
        top.push(score(n, first + i, True), start + first + i)


cdef bint pick(Node* n, Top top, int64_t start, const Kept* kept, bint prune) noexcept nogil:
    """Score the kept words, those with high bounds first. False if there is no memory."""
    cdef Py_ssize_t i, at
    cdef Py_ssize_t firsts[BUCKETS + 1]
    cdef const double* bounds = kept.bounds
    cdef double most = 0, scale
    cdef uint32_t* order
    cdef int bucket
    for i in range(kept.count):
        if not bounds[i] < INFINITY:  # or no number at all
            prune = False
        if bounds[i] > most:
            most = bounds[i]
    if not prune or kept.count < 2 or not most > 0:
        for i in range(kept.count):
            scan(n, top, kept, i, start)
        return True
    order = <uint32_t*>malloc(kept.count * sizeof(uint32_t))
    if order == NULL:
        return False
    scale = (BUCKETS - 1) / most
    memset(firsts, 0, sizeof(firsts))
    for i in range(kept.count):
        firsts[BUCKETS - <int>(bounds[i] * scale)] += 1
    for bucket in range(BUCKETS):
        firsts[bucket + 1] += firsts[bucket]
    for i in range(kept.count):
        bucket = BUCKETS - 1 - <int>(bounds[i] * scale)
        order[firsts[bucket]] = <uint32_t>i
        firsts[bucket] += 1
    for i in range(kept.count):
        at = order[i]
        if bounds[at] < top.least:
            # What follows is in this bucket or in a lower one.
            if bounds[at] * scale + 2 < top.least * scale:
                break
            continue
        scan(n, top, kept, at, start)
    free(order)
    return True


def run(Plan plan, Top top, int64_t start, live, out, bint prune):
    """Count a plan's documents in a segment, and take the best of them into ``top``, numbered
    from ``start`` on. ``live`` (uint64: a bit a document) leaves out the dead ones; ``out``
    (uint64, zeros) gets the bits of those that match. Returns the count."""
    cdef Node* node = &plan.node
    cdef const uint64_t[::1] alive
    cdef uint64_t[::1] marks
    cdef const uint64_t* living = NULL
    cdef uint64_t* marked = NULL
    cdef Kept kept
    cdef int64_t total = 0
    cdef bint well = True
    if not node.words or node.kind == NOTHING:
        return 0
    if live is not None:
        alive = live
        if alive.shape[0] < node.words:
            raise ValueError("there are too few bits of living documents")
        living = &alive[0]
    if out is not None:
        marks = out
        if marks.shape[0] < node.words:
            raise ValueError("there is no room for the bits")
        marked = &marks[0]
    if not make_room(&kept, node, top.limit > 0):
        raise MemoryError
    if plan.work > LARGE:
        with nogil:
            total = count_all(node, living, marked, &kept)
            well = pick(node, top, start, &kept, prune)
    else:
        total = count_all(node, living, marked, &kept)
        well = pick(node, top, start, &kept, prune)
    free(kept.bits)
    if not well:
        raise MemoryError
    return total


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
