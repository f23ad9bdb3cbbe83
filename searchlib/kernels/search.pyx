# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""A query plan run over the posting lists of a segment: exact counts, and the best documents.

A bitset of a segment's documents is made of *words* of 64 bits. A plan is a tree of nodes. Each
answers which is the next word that it may match in, which documents of a window of words match,
what no score in a word exceeds, and the score of a document. A run goes over the windows once,
counts the matches, and then scores the words in the order of their bounds, until no other can
hold a better document: see Ding and Suel, 'Faster Top-k Document Retrieval Using Block-Max
Indexes', SIGIR 2011, and Mallia and others, 'Faster Learned Sparse Retrieval with Block-Max
Pruning', SIGIR 2024.

Scores are added and multiplied in the same order as by the NumPy form of a plan
(:mod:`searchlib.search.plan_boolean`), so that they are the same to the last bit.

What a node answers calls itself for its children and is called for each window or document, so
the nodes, phrases and the collection of the best documents are one module: the C compiler inlines
across all of it.

Indexes are not checked as they are used: what comes from a file or a caller is checked when a node
is made of it. A document's number is below ``documents``, which all nodes of a plan share, so
``doc >> 6`` is below ``words``; a window begins below ``words``, and its words from ``size`` on are
never set; what stands beside an index says why it is within bounds.
"""

from libc.math cimport INFINITY, NAN, copysign, fabs
from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcpy, memset

from searchlib.kernels.codec cimport (
    Exceptions, PositionArrays, PositionMasks, PostingList, Postings, advance, count_bits,
    first_exception, freq_at, highest_bit, is_of_form, lower_bound, lowest_bit, position_at,
    posting_of, prefetch,
)
from searchlib.kernels.constants cimport (
    BLOCK_MAX_STEPS, BYTE_EXCEPTION, CONSTANTS_FINGERPRINT, MAX_CHILDREN, TWELVE_BIT_EXCEPTION,
)

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef enum:
    # Kinds of nodes.
    MATCH_NONE, TERM, DOC_LIST, DOC_BITSET, RANGE_INT, RANGE_FLOAT, MATCH_ALL
    AND, OR, AND_NOT, AND_MAYBE, CONSTANT_SCORE, PHRASE, FIELDS, NEAR, SAME_UNIT

cdef enum:
    WINDOW = 64              # bitset words that are matched together
    MAX_TRACKED_CLAUSES = 32  # children of an OR with matches of their own
    AHEAD = 16               # documents of a list whose norms are fetched before they are read
    BATCH = 16               # documents that a phrase is looked for in at once
    MAX_LISTED = 16          # posting lists that are read side by side
    BLOCK = 8                # documents that are sorted at once
    BUCKETS = 256            # of the bucket sort of words by their bounds
    COLUMN_LOOKUP_COST = 4   # of reading a document's value, in bits of a bitset set
    NOGIL_COST = 20000       # of a plan from which on other threads may run meanwhile
    LISTED_COST = 32         # of a document that is looked at alone

cdef int64_t MAX_DOCUMENTS = <int64_t>1 << 32  # of a segment: bitset words are numbered in 32 bits
cdef int64_t MAX_NUMBER = <int64_t>1 << 62     # of a document over all segments

cdef uint64_t FULL = <uint64_t>-1

cdef double LOWEST_NAN = copysign(NAN, -1)  # below all other scores for ``rank_of``
cdef double ROUNDED_UP = 1 + 1e-12  # times a sum of bounds: more than rounding can take from it


cdef struct Node:
    int kind
    Py_ssize_t documents
    Py_ssize_t words
    double cost            # about how many documents are looked at, and how expensively
    Node** children        # in the order in which scores are added
    Node** order           # cheapest first
    int size
    double boost
    # TERM.
    Postings* postings
    int form               # the surface form, or -1 for all
    const double* norms
    double weight
    double factor
    double least_norm             # that no norm is below
    double scale                  # what a bound is multiplied by: the size of the factor
    const double* max_saturated   # by block-max score: what a saturated frequency does not exceed,
    const double* max_odds        # and its odds
    # DOC_LIST and DOC_BITSET: with their scores, or one score for all.
    const int32_t* docs
    Py_ssize_t length
    const uint64_t* bits
    const double* scores
    double value
    # RANGE_INT and RANGE_FLOAT: the values of all documents, and the limits, which are included.
    const int64_t* ints
    const double* floats
    int64_t low, high
    double float_low, float_high
    # Where the last look-up ended: a posting, and its first occurrence within a bitset word.
    Py_ssize_t cursor, at_word, at_posting, at_token
    # PHRASE: a buffer for positions; in its terms, their place in the phrase.
    int32_t* positions
    Py_ssize_t room
    int offset
    const uint64_t* masks  # of the term's postings and its form, once there are some
    const uint64_t* bitsets  # likewise the position bitsets, and where those of each posting start
    const uint32_t* bitset_starts
    double lookups         # documents in which a phrase was looked for without them
    # NEAR and SAME_UNIT: the first child is what they filter, the others are the parts of a text.
    int64_t slop
    bint ordered
    const int32_t* doc_starts     # the global position of each document, and the end
    const uint64_t* units         # a bit for each global position: whether a unit begins there


cdef struct SpanList:
    # The spans of a part in a document, by their first positions.
    const int32_t* firsts
    const int32_t* lasts
    Py_ssize_t count


cdef struct Candidate:
    # A document in which a phrase is looked for, with the posting of each of its terms and the range
    # of its occurrences there, or of the words of its position bitset; cheapest term first
    # (new_parent refuses more children).
    Py_ssize_t doc
    uint64_t starts          # a bit for every remainder by 64 that its start can leave
    Py_ssize_t found[MAX_CHILDREN]
    Py_ssize_t firsts[MAX_CHILDREN]
    Py_ssize_t lasts[MAX_CHILDREN]


cdef inline bint has_form(const Node* n, Py_ssize_t i) noexcept nogil:
    """Whether an occurrence has the surface form of the node."""
    return is_of_form(n.postings, n.form, i)


cdef void occurrences_of(Node* n, Py_ssize_t doc, Py_ssize_t at, Py_ssize_t* first,
                         Py_ssize_t* last) noexcept nogil:
    """The range of a posting's occurrences; empty if the list is not well formed."""
    # ``at`` is a posting: below ``count``, for which ``before`` and ``freqs`` have entries. No sum
    # overflows: a word has at most 64 postings of 32 bits. The result is checked below.
    cdef const Postings* postings = n.postings
    cdef Py_ssize_t start, end, i, w = doc >> 6
    cdef int large
    if postings.bits == NULL:
        start, end = postings.before[at], postings.before[at + 1]
    else:
        # From the posting of the last call, if it comes before this one in the same word.
        if n.at_word != w or n.at_posting > at:
            n.at_word, n.at_posting, n.at_token = w, postings.rank[w], postings.before[w]
        start, large = n.at_token, 0
        for i in range(n.at_posting, at):
            start += postings.freqs[i]
            large |= postings.freqs[i] == BYTE_EXCEPTION
        if large:
            for i in range(n.at_posting, at):
                start += freq_at(postings, i) - postings.freqs[i]
        n.at_posting, n.at_token = at, start
        end = start + freq_at(postings, at)
    if start < 0 or end < start or end > postings.occurrences:
        start = end = 0
    first[0] = start
    last[0] = end


cdef Py_ssize_t term_freq(Node* n, Py_ssize_t doc, Py_ssize_t at) noexcept nogil:
    """The frequency of a posting, or of one surface form in it."""
    cdef Py_ssize_t first, last, i, freq = 0
    if n.form < 0:
        return freq_at(n.postings, at)
    occurrences_of(n, doc, at, &first, &last)
    for i in range(first, last):
        freq += has_form(n, i)
    return freq


cdef inline double bm25(const Node* n, Py_ssize_t doc, Py_ssize_t freq) noexcept nogil:
    """The score of a term: BM25F with one field."""
    cdef double weighted_freq = freq * n.weight
    return weighted_freq / (weighted_freq + n.norms[doc]) * n.factor


cdef double bm25f(Node* n, Py_ssize_t doc) noexcept nogil:
    """The score of a word in several fields: their odds add."""
    cdef Node* term
    cdef Py_ssize_t at
    cdef double odds = 0
    cdef int k
    for k in range(n.size):
        term = n.children[k]
        at = posting_of(term.postings, doc)
        if at >= 0:
            odds = odds + term_freq(term, doc, at) * term.weight / term.norms[doc]
    return odds / (1 + odds) * n.factor


cdef Py_ssize_t next_word(Node* n, Py_ssize_t w) noexcept nogil:
    """The first bitset word from ``w`` on that may hold a match; ``words`` if there is none."""
    cdef Py_ssize_t best, word
    cdef int i
    if w >= n.words or n.kind == MATCH_NONE:
        return n.words
    if n.kind == TERM:
        if n.postings.bits != NULL:
            while w < n.words and not n.postings.bits[w]:
                w += 1
            return w
        n.cursor = advance(n.postings.docs, n.postings.count, n.cursor, w << 6)
        return n.postings.docs[n.cursor] >> 6 if n.cursor < n.postings.count else n.words
    if n.kind == DOC_LIST:
        n.cursor = advance(n.docs, n.length, n.cursor, w << 6)
        return n.docs[n.cursor] >> 6 if n.cursor < n.length else n.words
    if n.kind == DOC_BITSET:
        while w < n.words and not n.bits[w]:
            w += 1
        return w
    if n.kind == AND or n.kind == PHRASE:
        i = 0
        while i < n.size and w < n.words:
            word = next_word(n.order[i], w)
            if word > w and i:
                i = 0
            else:
                i += 1
            w = word
        return w
    if n.kind == OR or n.kind == FIELDS:
        best = n.words
        for i in range(n.size):
            word = next_word(n.children[i], w)
            if word < best:
                best = word
        return best
    if n.kind == MATCH_ALL or n.kind == RANGE_INT or n.kind == RANGE_FLOAT:
        return w
    return next_word(n.children[0], w)


cdef inline bint any_bit(const uint64_t* bits) noexcept nogil:
    cdef uint64_t union_ = 0
    cdef int i
    for i in range(WINDOW):
        union_ |= bits[i]
    return union_ != 0


cdef void filter_listed(const int32_t* docs, Py_ssize_t length, Py_ssize_t* cursor, Py_ssize_t w,
                        uint64_t* bits) noexcept nogil:
    """Keep those documents of a window that are in a list."""
    cdef uint64_t listed[WINDOW]
    cdef Py_ssize_t i, end = (w + WINDOW) << 6
    memset(listed, 0, sizeof(listed))
    i = cursor[0] = advance(docs, length, cursor[0], w << 6)
    while i < length and docs[i] < end:
        # w << 6 <= docs[i] < end, by the search above and the condition: 0 to WINDOW - 1.
        listed[(docs[i] >> 6) - w] |= <uint64_t>1 << (docs[i] & 63)
        i += 1
    for i in range(WINDOW):
        bits[i] &= listed[i]


cdef void filter_term(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those documents of a window that have a term in any form."""
    cdef int i
    if n.postings.bits == NULL:
        filter_listed(n.postings.docs, n.postings.count, &n.cursor, w, bits)
        return
    for i in range(size):
        bits[i] &= n.postings.bits[w + i]


cdef inline bint two_phase_check(Node* n, Py_ssize_t doc) noexcept nogil:
    """The expensive check of a document that passed the cheap ones: the surface form, the value
    of a range, or nearness."""
    if n.kind == TERM:
        return term_freq(n, doc, posting_of(n.postings, doc)) > 0
    if n.kind == RANGE_INT:
        return n.low <= n.ints[doc] <= n.high
    if n.kind == RANGE_FLOAT:
        return n.float_low <= n.floats[doc] <= n.float_high
    return has_near(n, doc) if n.kind == NEAR else has_same_unit(n, doc)


cdef inline uint64_t starts_of(const Node* term, Py_ssize_t at) noexcept nogil:
    """By the mask of a posting: a bit for every remainder by 64 that the start of a phrase can leave
    which has the term at its place."""
    cdef uint64_t mask = term.masks[at]
    cdef int shift = term.offset & 63
    return mask >> shift | mask << (-shift & 63)


cdef void filter_starts(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those documents of a window, which have all the terms of a phrase, in which it can begin
    by the position masks of its dense terms: as find_starts, without a branch for each document."""
    cdef Node* terms[MAX_CHILDREN]
    cdef const Postings* postings
    cdef uint64_t left, below, starts, kept
    cdef int i, k, count = 0
    for k in range(n.size):
        if n.order[k].masks != NULL and n.order[k].postings.bits != NULL:
            terms[count] = n.order[k]
            count += 1
    if count < 2:
        return
    for i in range(size):
        left, kept = bits[i], 0
        while left:
            below = (left & -left) - 1
            starts = FULL
            for k in range(count):
                postings = terms[k].postings
                # The document has the term, so the sum is below ``count``: see posting_of.
                starts &= starts_of(
                    terms[k], postings.rank[w + i] + count_bits(postings.bits[w + i] & below)
                )
            kept |= <uint64_t>(starts != 0) << lowest_bit(left)
            left &= left - 1
        bits[i] = kept
        if kept:  # what occurrences_of is going to read
            for k in range(count):
                if terms[k].bitsets != NULL:
                    continue
                postings = terms[k].postings
                prefetch(postings.before + w + i)
                prefetch(postings.freqs + postings.rank[w + i])


cdef void filter_two_phase(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those documents of a window that pass the two-phase check, one by one."""
    cdef uint64_t left
    cdef int i, k
    for i in range(size):
        left = bits[i]
        while left:
            k = lowest_bit(left)
            left &= left - 1
            if not two_phase_check(n, ((w + i) << 6) + k):
                bits[i] &= ~(<uint64_t>1 << k)


cdef void match(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those documents of a window that match. ``bits`` are ``WINDOW`` words from ``w`` on,
    of which ``size`` are in the segment."""
    cdef uint64_t union_[WINDOW]
    cdef uint64_t one[WINDOW]
    cdef int i, k
    if n.kind == TERM:
        filter_term(n, w, size, bits)
        if n.form >= 0:
            filter_two_phase(n, w, size, bits)
    elif n.kind == DOC_LIST:
        filter_listed(n.docs, n.length, &n.cursor, w, bits)
    elif n.kind == DOC_BITSET:
        for i in range(size):
            bits[i] &= n.bits[w + i]
    elif n.kind == RANGE_INT or n.kind == RANGE_FLOAT:
        filter_two_phase(n, w, size, bits)
    elif n.kind == AND:
        for k in range(n.size):
            match(n.order[k], w, size, bits)
            if not any_bit(bits):
                return
    elif n.kind == PHRASE:
        for k in range(n.size):
            filter_term(n.order[k], w, size, bits)
            if not any_bit(bits):
                return
        filter_starts(n, w, size, bits)
        filter_phrase(n, w, size, bits)
    elif n.kind == OR or n.kind == FIELDS:
        memset(union_, 0, sizeof(union_))
        for k in range(n.size):
            memcpy(one, bits, sizeof(one))
            match(n.children[k], w, size, one)
            for i in range(WINDOW):
                union_[i] |= one[i]
        memcpy(bits, union_, sizeof(union_))
    elif n.kind == AND_NOT:
        match(n.children[0], w, size, bits)
        memcpy(one, bits, sizeof(one))
        match(n.children[1], w, size, one)
        for i in range(WINDOW):
            bits[i] &= ~one[i]
    elif n.kind == AND_MAYBE or n.kind == CONSTANT_SCORE:
        match(n.children[0], w, size, bits)
    elif n.kind == NEAR or n.kind == SAME_UNIT:
        match(n.children[0], w, size, bits)
        filter_two_phase(n, w, size, bits)
    elif n.kind == MATCH_NONE:
        memset(bits, 0, WINDOW * sizeof(uint64_t))


cdef void upper_bound(Node* n, Py_ssize_t w, int size, const uint64_t* bits,
                      double* bounds) noexcept nogil:
    """For each word of a window, an upper bound of the absolute scores of the documents ``bits``:
    absolute, so that bounds add up, and hold under a negative boost."""
    cdef double one[WINDOW]
    cdef double value
    cdef Py_ssize_t i, doc, end = (w + WINDOW) << 6
    cdef int k
    if n.kind == TERM and n.postings.bits != NULL:
        for i in range(size):
            bounds[i] = n.max_saturated[n.postings.block_max[w + i]] * n.scale
    elif n.kind == FIELDS:
        memset(bounds, 0, WINDOW * sizeof(double))
        for k in range(n.size):
            add_max_odds(n.children[k], w, size, bits, bounds)
        for i in range(size):  # odds / (1 + odds), also of infinite odds
            bounds[i] = (1 - 1 / (1 + bounds[i])) * n.scale
    elif n.kind == TERM or (n.kind == DOC_LIST and n.scores != NULL):
        memset(bounds, 0, WINDOW * sizeof(double))
        i = advance(n.docs, n.length, n.cursor, w << 6)
        while i < n.length and n.docs[i] < end:
            doc = n.docs[i]
            if bits[(doc >> 6) - w] >> (doc & 63) & 1:
                value = bm25(n, doc, freq_at(n.postings, i)) if n.kind == TERM else n.scores[i]
                value = fabs(value)
                if value > bounds[(doc >> 6) - w] or value != value:  # NaN stays: nothing is above
                    bounds[(doc >> 6) - w] = value
            i += 1
    elif n.kind == AND or n.kind == PHRASE or n.kind == OR or n.kind == AND_MAYBE:
        upper_bound(n.children[0], w, size, bits, bounds)
        for k in range(1, n.size):
            upper_bound(n.children[k], w, size, bits, one)
            for i in range(size):
                bounds[i] = bounds[i] + one[i]
        if n.boost != 1:
            for i in range(size):
                bounds[i] = bounds[i] * fabs(n.boost)
    elif n.kind == AND_NOT or n.kind == NEAR or n.kind == SAME_UNIT:
        upper_bound(n.children[0], w, size, bits, bounds)
    else:
        for i in range(size):
            bounds[i] = fabs(n.value)


cdef void add_max_odds(Node* n, Py_ssize_t w, int size, const uint64_t* bits,
                       double* bounds) noexcept nogil:
    """Add to the bound of each word of a window what the odds of a term do not exceed there."""
    cdef double highest[WINDOW]
    cdef double odds
    cdef Py_ssize_t i, doc, end = (w + WINDOW) << 6
    if n.postings.bits != NULL:
        for i in range(size):
            bounds[i] += n.max_odds[n.postings.block_max[w + i]]
        return
    memset(highest, 0, sizeof(highest))
    i = advance(n.docs, n.length, n.cursor, w << 6)
    while i < n.length and n.docs[i] < end:
        doc = n.docs[i]
        if bits[(doc >> 6) - w] >> (doc & 63) & 1:
            odds = freq_at(n.postings, i) * n.weight / n.norms[doc]
            if odds > highest[(doc >> 6) - w]:
                highest[(doc >> 6) - w] = odds
        i += 1
    for i in range(size):
        bounds[i] += highest[i]


cdef inline Py_ssize_t next_posting(Node* term, Py_ssize_t doc) noexcept nogil:
    """As posting_of, from the last posting on that was looked for: documents mostly ascend."""
    cdef const Postings* postings = term.postings
    if postings.bits != NULL:
        return posting_of(postings, doc)
    term.cursor = advance(postings.docs, postings.count, term.cursor, doc)
    return term.cursor if term.cursor < postings.count and postings.docs[term.cursor] == doc else -1


cdef inline Py_ssize_t found_posting(const Node* term, Py_ssize_t doc) noexcept nogil:
    """As posting_of, where the last look-up may have ended at this very document."""
    cdef const Postings* postings = term.postings
    if postings.bits == NULL and term.cursor < postings.count and postings.docs[term.cursor] == doc:
        return term.cursor
    return posting_of(postings, doc)


cdef bint matches(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document matches (random access)."""
    cdef Py_ssize_t at
    cdef int k
    if n.kind == TERM:
        at = next_posting(n, doc)
        return at >= 0 and (n.form < 0 or term_freq(n, doc, at) > 0)
    if n.kind == DOC_LIST:
        at = lower_bound(n.docs, 0, n.length, doc)
        return at < n.length and n.docs[at] == doc
    if n.kind == DOC_BITSET:
        return n.bits[doc >> 6] >> (doc & 63) & 1
    if n.kind == RANGE_INT:
        return n.low <= n.ints[doc] <= n.high
    if n.kind == RANGE_FLOAT:
        return n.float_low <= n.floats[doc] <= n.float_high
    if n.kind == AND:
        for k in range(n.size):
            if not matches(n.order[k], doc):
                return False
        return True
    if n.kind == OR or n.kind == FIELDS:
        for k in range(n.size):
            if matches(n.children[k], doc):
                return True
        return False
    if n.kind == AND_NOT:
        return matches(n.children[0], doc) and not matches(n.children[1], doc)
    if n.kind == PHRASE:
        return has_phrase(n, doc)
    if n.kind == NEAR or n.kind == SAME_UNIT:
        return matches(n.children[0], doc) and two_phase_check(n, doc)
    if n.kind == MATCH_NONE:
        return False
    return n.kind == MATCH_ALL or matches(n.children[0], doc)  # AND_MAYBE, CONSTANT_SCORE


cdef double score(Node* n, Py_ssize_t doc, bint known_match) noexcept nogil:
    """The score of a document, 0 if it does not match; ``known_match``: it is known to match."""
    cdef Py_ssize_t at, freq
    cdef double total
    cdef int k
    if n.kind == TERM:
        at = found_posting(n, doc)
        if at < 0:
            return 0
        freq = freq_at(n.postings, at) if n.form < 0 else term_freq(n, doc, at)
        return bm25(n, doc, freq) if freq else 0
    if n.kind == FIELDS:
        return bm25f(n, doc)
    if n.kind == OR or ((n.kind == AND or n.kind == PHRASE) and (known_match or matches(n, doc))):
        total = score(n.children[0], doc, n.kind != OR)
        for k in range(1, n.size):
            total = total + score(n.children[k], doc, n.kind != OR)
        return total * n.boost if n.boost != 1 else total
    if n.kind == DOC_LIST and n.scores != NULL:
        at = lower_bound(n.docs, 0, n.length, doc)
        return n.scores[at] if at < n.length and n.docs[at] == doc else 0
    if n.kind == AND_NOT:
        if not known_match and matches(n.children[1], doc):
            return 0
        return score(n.children[0], doc, known_match)
    if n.kind == NEAR or n.kind == SAME_UNIT:
        return score(n.children[0], doc, True) if known_match or matches(n, doc) else 0
    if n.kind == AND_MAYBE:
        if not known_match and not matches(n.children[0], doc):
            return 0
        return score(n.children[0], doc, known_match) + score(n.children[1], doc, False)
    if n.kind == AND or n.kind == PHRASE or n.kind == MATCH_NONE:
        return 0
    return n.value if known_match or matches(n, doc) else 0


cdef int32_t* ensure_positions(Node* n, Py_ssize_t count) noexcept nogil:
    """The buffer of a phrase, of room for ``count`` positions at least; NULL: no memory."""
    cdef int32_t* grown
    if count > n.room:
        grown = <int32_t*>realloc(n.positions, 2 * count * sizeof(int32_t))
        if grown == NULL:
            return NULL
        n.positions, n.room = grown, 2 * count
    return n.positions


cdef inline void prefetch_occurrence(const Postings* postings, Py_ssize_t i) noexcept nogil:
    """Have what is stored of an occurrence fetched, so that the processor waits once for all."""
    cdef uint64_t index = postings.position_start + i
    prefetch(postings.low + i)
    prefetch(postings.high + ((index >> 1) - (postings.position_start >> 1)))
    if postings.form_width:
        index = (postings.form_start + i) * postings.form_width >> 3
        prefetch(postings.forms + (index - (postings.form_start * postings.form_width >> 3)))


cdef inline Py_ssize_t find_position(const Postings* postings, Py_ssize_t first, Py_ssize_t last,
                                     int64_t wanted) noexcept nogil:
    """Which of the occurrences from ``first`` to ``last`` has a position; -1 if none does."""
    cdef const uint8_t* found
    cdef Py_ssize_t middle, end = last
    if 0 <= wanted < TWELVE_BIT_EXCEPTION:  # packed as it is: few others have its low byte
        while first < last:
            found = <const uint8_t*>memchr(postings.low + first, wanted & 255, last - first)
            if found == NULL:
                return -1
            first = found - postings.low
            if position_at(postings, first) == wanted:
                return first
            first += 1
        return -1
    while first < end:
        middle = (first + end) >> 1
        if position_at(postings, middle) < wanted:
            first = middle + 1
        else:
            end = middle
    return first if first < last and position_at(postings, first) == wanted else -1


cdef bint find_postings(Node* n, Candidate* candidate) noexcept nogil:
    """Find the postings of the terms of a phrase in a document, cheapest term first, and have fetched
    what is read next. False if it does not have them all."""
    cdef const Postings* postings
    cdef Py_ssize_t w = candidate.doc >> 6, at
    cdef int k
    for k in range(n.size):
        at = candidate.found[k] = next_posting(n.order[k], candidate.doc)
        if at < 0:
            return False
        postings = n.order[k].postings
        if n.order[k].masks != NULL:
            prefetch(n.order[k].masks + at)
        if n.order[k].bitsets != NULL:
            prefetch(n.order[k].bitset_starts + at)
        elif postings.bits != NULL:
            prefetch(postings.before + w)
            prefetch(postings.freqs + at)
        else:
            prefetch(postings.before + at)
    return True


cdef bint find_starts(Node* n, Candidate* candidate) noexcept nogil:
    """Whether a phrase can begin in a document that has all its terms, by their position masks: a bit
    for every remainder by 64 that its start can leave."""
    cdef uint64_t starts = FULL
    cdef Node* term
    cdef int k
    for k in range(n.size):
        term = n.order[k]
        if term.masks != NULL:
            starts &= starts_of(term, candidate.found[k])
        else:
            term.lookups += 1
    candidate.starts = starts
    return starts != 0


cdef void find_occurrences(Node* n, Candidate* candidate) noexcept nogil:
    """Find the occurrences of the terms of a phrase in a document, or the words of their position
    bitsets, and have the first ones fetched."""
    cdef Node* term
    cdef int k
    for k in range(n.size):
        term = n.order[k]
        if term.bitsets != NULL:
            candidate.firsts[k] = term.bitset_starts[candidate.found[k]]
            candidate.lasts[k] = term.bitset_starts[candidate.found[k] + 1]
            prefetch(term.bitsets + candidate.firsts[k])
            continue
        if term.masks != NULL:  # else it was counted
            term.lookups += 1
        occurrences_of(term, candidate.doc, candidate.found[k], &candidate.firsts[k],
                       &candidate.lasts[k])
        prefetch_occurrence(term.postings, candidate.firsts[k])


cdef bint has_phrase_there(Node* n, const Candidate* candidate) noexcept nogil:
    """Whether a document has the terms one after the other: as find_phrases, but start by start up to
    the first that has all, so that little is unpacked. The starts are those of the rarest term
    without position bitsets; if all terms have some, 64 starts are looked at together."""
    cdef Py_ssize_t i
    cdef int64_t start
    cdef Node* listed
    cdef int k, listed_at = 0
    while listed_at < n.size and n.order[listed_at].bitsets != NULL:
        listed_at += 1
    if listed_at == n.size:
        return have_common_start(n, candidate)
    listed = n.order[listed_at]
    for i in range(candidate.firsts[listed_at], candidate.lasts[listed_at]):
        start = position_at(listed.postings, i) - listed.offset
        if not candidate.starts >> (start & 63) & 1 or not has_form(listed, i):
            continue
        k = 0
        while k < n.size and (k == listed_at or has_position(n, candidate, k, start)):
            k += 1
        if k == n.size:
            return True
    return False


cdef inline bint has_position(Node* n, const Candidate* candidate, int k,
                              int64_t start) noexcept nogil:
    """Whether a term of a phrase is where a start wants it."""
    cdef Node* term = n.order[k]
    cdef int64_t position = start + term.offset
    cdef Py_ssize_t at
    if term.bitsets != NULL:
        at = candidate.firsts[k] + (position >> 6)
        return (position >= 0 and at < candidate.lasts[k]
                and term.bitsets[at] >> (position & 63) & 1)
    at = find_position(term.postings, candidate.firsts[k], candidate.lasts[k], position)
    return at >= 0 and has_form(term, at)


cdef inline bint have_common_start(Node* n, const Candidate* candidate) noexcept nogil:
    """Whether a phrase begins anywhere, by the position bitsets of all of its terms."""
    # A place in a phrase is below MAX_CHILDREN, so a start and it are at most a word apart; where a
    # term is later than its last word, there is no start.
    cdef Py_ssize_t i, at, size = candidate.lasts[0] - candidate.firsts[0]
    cdef uint64_t starts, found
    cdef Node* term
    cdef int k
    for k in range(1, n.size):
        size = min(size, candidate.lasts[k] - candidate.firsts[k])
    for i in range(size):
        starts = FULL
        for k in range(n.size):
            term = n.order[k]
            at = candidate.firsts[k] + i
            found = term.bitsets[at] >> term.offset
            if at + 1 < candidate.lasts[k]:
                found |= term.bitsets[at + 1] << 1 << (63 - term.offset)
            starts &= found
        if starts:
            return True
    return False


cdef bint has_phrase(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document has a phrase."""
    cdef Candidate candidate
    candidate.doc = doc
    if not (find_postings(n, &candidate) and find_starts(n, &candidate)):
        return False
    find_occurrences(n, &candidate)
    return has_phrase_there(n, &candidate)


cdef void filter_phrase(Node* n, Py_ssize_t w, int size, uint64_t* bits) noexcept nogil:
    """Keep those documents of a window, which have all the terms of a phrase, that have it. Several
    are looked at side by side, so that the processor waits for their memory together."""
    cdef Candidate candidates[BATCH]
    cdef uint64_t left
    cdef int i, count = 0
    for i in range(size):
        left = bits[i]
        while left:
            candidates[count].doc = ((w + i) << 6) + lowest_bit(left)
            left &= left - 1
            count += 1
            if count == BATCH:
                check_phrases(n, candidates, count, w, bits)
                count = 0
    check_phrases(n, candidates, count, w, bits)


cdef void check_phrases(Node* n, Candidate* candidates, int count, Py_ssize_t w,
                        uint64_t* bits) noexcept nogil:
    """Take the bits of those documents that do not have a phrase."""
    cdef bint has_it[BATCH]
    cdef int i
    have_phrase(n, candidates, count, has_it)
    for i in range(count):
        if not has_it[i]:
            bits[(candidates[i].doc >> 6) - w] &= ~(<uint64_t>1 << (candidates[i].doc & 63))


cdef void have_phrase(Node* n, Candidate* candidates, int count, bint* has_it) noexcept nogil:
    """Which of up to BATCH documents have a phrase."""
    cdef int i
    for i in range(count):
        has_it[i] = find_postings(n, &candidates[i])
    for i in range(count):
        has_it[i] = has_it[i] and find_starts(n, &candidates[i])
        if has_it[i]:
            find_occurrences(n, &candidates[i])
    for i in range(count):
        has_it[i] = has_it[i] and has_phrase_there(n, &candidates[i])


cdef Py_ssize_t find_phrases(Node* n, Py_ssize_t doc, int32_t** others) noexcept nogil:
    """How often a document has the terms one after the other. Where the rarest one is then is in
    the node's ``positions``, and in ``others`` is room for as many.

    The candidates are the positions of the rarest term; each other term keeps those that it is
    at the right distance from. Surface forms are compared only where the terms are adjacent.
    """
    cdef Candidate candidate
    cdef Py_ssize_t* firsts = candidate.firsts
    cdef Py_ssize_t* lasts = candidate.lasts
    cdef Py_ssize_t i, at, matched, count, length, longest = 0
    cdef int k
    cdef Node* first = n.order[0]
    cdef Node* term
    cdef int32_t* candidates
    cdef int32_t* positions
    cdef int64_t wanted, distance  # a position of 32 bits and a distance are no 32 bits
    candidate.doc = doc
    if not (find_postings(n, &candidate) and find_starts(n, &candidate)):
        return 0
    for k in range(n.size):
        occurrences_of(n.order[k], doc, candidate.found[k], &firsts[k], &lasts[k])
        longest = max(longest, lasts[k] - firsts[k])
    count = lasts[0] - firsts[0]
    candidates = ensure_positions(n, count + longest)
    if candidates == NULL:
        return 0
    others[0] = positions = candidates + count
    decode_positions(first.postings, firsts[0], lasts[0], candidates)
    for k in range(1, n.size):
        term = n.order[k]
        distance = term.offset - first.offset
        length = lasts[k] - firsts[k]
        decode_positions(term.postings, firsts[k], lasts[k], positions)
        matched = at = 0
        for i in range(count):
            wanted = candidates[i] + distance
            while at < length and positions[at] < wanted:
                at += 1
            if at == length:
                break
            if positions[at] == wanted and has_form(term, firsts[k] + at) and (
                k > 1 or has_form(first, firsts[0] + i)
            ):
                candidates[matched] = candidates[i]
                matched += 1
        count = matched
        if not count:
            return 0
    return count


cdef void find_spans(Node* n, Py_ssize_t doc, SpanList* spans) noexcept nogil:
    """The spans of a part, which are none too if there is no memory: a term, a phrase, or any of
    such."""
    cdef Py_ssize_t i
    cdef int32_t* others
    cdef int64_t start
    spans.count = 0
    if n.kind == OR:
        find_any_spans(n, doc, spans)
    elif n.kind == TERM:
        find_term_spans(n, doc, spans)
    elif n.kind == PHRASE:
        spans.count = find_phrases(n, doc, &others)
        for i in range(spans.count):
            # In 64 bits, so that nothing overflows where positions make no sense.
            start = <int64_t>n.positions[i] - n.order[0].offset
            n.positions[i], others[i] = <int32_t>start, <int32_t>(start + n.size - 1)
        spans.firsts, spans.lasts = n.positions, others


cdef void find_term_spans(Node* n, Py_ssize_t doc, SpanList* spans) noexcept nogil:
    cdef Py_ssize_t first, last, i, at = posting_of(n.postings, doc)
    if at < 0:
        return
    occurrences_of(n, doc, at, &first, &last)
    if ensure_positions(n, last - first) == NULL:
        return
    decode_positions(n.postings, first, last, n.positions)
    for i in range(last - first):
        if has_form(n, first + i):
            n.positions[spans.count] = n.positions[i]
            spans.count += 1
    spans.firsts = spans.lasts = n.positions


cdef void find_any_spans(Node* n, Py_ssize_t doc, SpanList* spans) noexcept nogil:
    """Those of all children, merged; a span may come twice."""
    cdef SpanList lists[MAX_CHILDREN]
    cdef Py_ssize_t total = 0, i, j, to
    cdef int32_t* firsts
    cdef int32_t* lasts
    cdef int k
    for k in range(n.size):
        find_spans(n.children[k], doc, &lists[k])
        total += lists[k].count
    firsts = ensure_positions(n, 2 * total + 1)
    if firsts == NULL:
        return
    lasts = firsts + total
    for k in range(n.size):
        i, j = spans.count - 1, lists[k].count - 1
        spans.count += lists[k].count
        to = spans.count - 1
        while j >= 0:  # from behind: what is not moved yet is not overwritten
            if i >= 0 and firsts[i] > lists[k].firsts[j]:
                firsts[to], lasts[to] = firsts[i], lasts[i]
                i -= 1
            else:
                firsts[to], lasts[to] = lists[k].firsts[j], lists[k].lasts[j]
                j -= 1
            to -= 1
    spans.firsts, spans.lasts = firsts, lasts


cdef bint has_near(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether the two parts are near each other."""
    cdef SpanList a, b
    find_spans(n.children[1], doc, &a)
    find_spans(n.children[2], doc, &b)
    return is_followed(&a, &b, n.slop) or (not n.ordered and is_followed(&b, &a, n.slop))


cdef bint is_followed(const SpanList* a, const SpanList* b, int64_t slop) noexcept nogil:
    """Whether some ``b`` begins at most ``slop`` positions after the end of some ``a``."""
    cdef Py_ssize_t i, j = 0
    for i in range(a.count):
        if i and a.lasts[i] < a.lasts[i - 1]:
            j = 0
        while j < b.count and b.firsts[j] <= a.lasts[i]:
            j += 1
        if j < b.count and <int64_t>b.firsts[j] - a.lasts[i] <= slop:
            return True
    return False


cdef bint has_same_unit(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether some unit of a document has all the parts, each as a whole."""
    cdef SpanList lists[MAX_CHILDREN]
    cdef Py_ssize_t at[MAX_CHILDREN]
    cdef int64_t start, stop, highest = 0
    cdef int64_t begin = n.doc_starts[doc], length = n.doc_starts[doc + 1] - begin
    cdef int k, parts = n.size - 1
    for k in range(parts):
        find_spans(n.children[k + 1], doc, &lists[k])
        at[k] = 0
        if not lists[k].count:
            return False
        highest = max(highest, lists[k].firsts[0])
    while highest < length:  # else a position is beyond the document
        # Only a unit that does not end before the last of the parts can have them all.
        start = unit_start(n.units, begin + highest) - begin
        stop = unit_end(n.units, begin + highest, begin + length) - begin
        for k in range(parts):
            while at[k] < lists[k].count and (
                lists[k].firsts[at[k]] < start
                or (lists[k].firsts[at[k]] < stop and lists[k].lasts[at[k]] >= stop)
            ):
                at[k] += 1
            if at[k] == lists[k].count:
                return False
            highest = max(highest, lists[k].firsts[at[k]])
        if highest < stop:
            return True
    return False


cdef inline int64_t unit_start(const uint64_t* units, int64_t position) noexcept nogil:
    """Where the unit of a position begins."""
    cdef int64_t w = position >> 6
    cdef uint64_t bits = units[w] & (FULL >> (63 - (position & 63)))
    while not bits and w > 0:
        w -= 1
        bits = units[w]
    return (w << 6) + highest_bit(bits) if bits else 0


cdef inline int64_t unit_end(const uint64_t* units, int64_t position,
                             int64_t limit) noexcept nogil:
    """Where the unit of a position, below ``limit``, ends: there at the latest."""
    cdef int64_t w = (position + 1) >> 6
    cdef uint64_t bits = units[w] & (FULL << ((position + 1) & 63))
    while not bits and w < limit >> 6:
        w += 1
        bits = units[w]
    return min(limit, (w << 6) + lowest_bit(bits)) if bits else limit


cdef void decode_positions(const Postings* postings, Py_ssize_t first, Py_ssize_t last,
                           int32_t* out) noexcept nogil:
    """Unpack the positions of the occurrences from ``first`` to ``last``."""
    # ``last`` is at most ``occurrences``: occurrences_of. PostingList.add_positions checked that
    # ``low`` and ``high`` have so many, and that no index overflows.
    cdef const Exceptions* exceptions = &postings.position_exceptions
    cdef const uint8_t* low = postings.low + first
    cdef const uint8_t* high = postings.high
    cdef uint64_t index = postings.position_start + first, start = postings.position_start >> 1
    cdef Py_ssize_t i, at = -1
    cdef int32_t position
    for i in range(last - first):
        position = low[i] | (high[(index >> 1) - start] >> ((index & 1) << 2) & 15) << 8
        if position >= TWELVE_BIT_EXCEPTION:
            # Positions ascend within a document: from here on all are exceptions, one by one.
            if at < 0:
                at = first_exception(exceptions, index)
            if at < exceptions.count and exceptions.indexes[at] == index:
                position = <int32_t>exceptions.values[at]
                at += 1
        out[i] = position
        index += 1


cdef class PlanNode:
    """A node of a plan for one segment. It has cursors, so one run at a time may use it."""

    cdef Node node
    cdef object _owners          # of the memory that the node points to
    cdef uint64_t* _range_bits
    cdef double work             # about how many documents a run of the plan looks at
    # A range: its documents, until resolve_range decides between a bitset and two-phase checks.
    cdef const uint32_t* _range_docs
    cdef Py_ssize_t _range_count
    cdef list _phrase_terms      # the terms of all phrases below; None: there is none
    cdef PositionMasks _masks    # of such a term

    def __cinit__(self):
        self.node.form = self.node.at_word = -1
        self.node.boost = 1

    def __dealloc__(self):
        free(self._range_bits)
        free(self.node.children)
        free(self.node.order)
        free(self.node.positions)


cdef PlanNode new_node(int kind, Py_ssize_t documents, double cost, object owners):
    if not 0 <= documents <= MAX_DOCUMENTS:
        raise ValueError("a segment cannot have so many documents")
    cdef PlanNode plan = PlanNode()
    plan.node.kind = kind
    plan.node.documents = documents
    plan.node.words = (documents + 63) >> 6
    plan.node.cost = plan.work = cost
    plan._owners = owners
    return plan


def match_none(Py_ssize_t documents):
    """A node that matches no document."""
    return new_node(MATCH_NONE, documents, 0, None)


def match_all(Py_ssize_t documents, double value):
    """A node that matches all documents, each with the same score."""
    cdef PlanNode plan = new_node(MATCH_ALL, documents, documents, None)
    plan.node.value = value
    return plan


cdef class Bm25Weight:
    """How the postings of a term are scored in one segment, for any number of plans.

    ``norms`` (float64) are the length norms of all documents, none below ``least_norm``; ``weight``
    is the field's, and ``factor`` is what the saturated frequency is multiplied with. ``scale`` is
    what its bound is multiplied with, and ``max_saturated`` and ``max_odds`` (float64) have the
    bounds of the saturated frequency and of its odds for each block-max score."""

    cdef const double[::1] _norms, _max_saturated, _max_odds
    cdef const double* norms
    cdef const double* max_saturated
    cdef const double* max_odds
    cdef double weight, factor, scale, least_norm

    def __cinit__(self, const double[::1] norms not None, double weight, double factor,
                  double scale, const double[::1] max_saturated not None,
                  const double[::1] max_odds not None, double least_norm=0):
        if max_saturated.shape[0] != BLOCK_MAX_STEPS + 1 or max_odds.shape[0] != BLOCK_MAX_STEPS + 1:
            raise ValueError("there is a bound for each block-max score")
        self._norms, self._max_saturated, self._max_odds = norms, max_saturated, max_odds
        self.norms = &norms[0] if norms.shape[0] else NULL
        self.max_saturated, self.max_odds = &max_saturated[0], &max_odds[0]
        self.weight, self.factor, self.scale = weight, factor, scale
        self.least_norm = least_norm


def term(PostingList posting_list, int form, Bm25Weight weight):
    """A node that matches the documents with a term, or with one surface form of it: then the
    list must have positions. ``form`` is -1 for all."""
    cdef Postings* postings = &posting_list.postings
    cdef PlanNode plan = new_node(
        TERM, postings.documents, postings.count, (posting_list, weight)
    )
    if weight._norms.shape[0] != postings.documents:
        raise ValueError("there are norms for another number of documents")
    if form >= 0 and not (posting_list._has_positions and postings.form_width):  # form_at
        raise ValueError("its forms are not known")
    plan.node.postings = postings
    plan.node.docs, plan.node.length = postings.docs, postings.count
    plan.node.form = form
    plan.node.norms = weight.norms
    plan.node.weight, plan.node.factor = weight.weight, weight.factor
    plan.node.scale, plan.node.least_norm = weight.scale, weight.least_norm
    plan.node.max_saturated, plan.node.max_odds = weight.max_saturated, weight.max_odds
    if form >= 0:
        plan.node.cost = plan.work = postings.occurrences
    return plan


def doc_list(Py_ssize_t documents, docs not None, scores, double value):
    """A node that matches ``docs`` (int32, ascending), with ``scores`` (float64) or, if None, each
    with the score ``value``."""
    cdef const int32_t[::1] docs_view = docs
    cdef const double[::1] scores_view
    cdef PlanNode plan = new_node(DOC_LIST, documents, docs_view.shape[0], (docs, scores))
    cdef Py_ssize_t i, previous = -1
    for i in range(docs_view.shape[0]):
        if docs_view[i] <= previous or docs_view[i] >= documents:
            raise ValueError("the documents are not in order")
        previous = docs_view[i]
    plan.node.docs = &docs_view[0] if docs_view.shape[0] else NULL
    plan.node.length = docs_view.shape[0]
    plan.node.value = value
    if scores is not None:
        scores_view = scores
        if scores_view.shape[0] != docs_view.shape[0]:
            raise ValueError("scores and documents are not as many")
        plan.node.scores = &scores_view[0] if scores_view.shape[0] else NULL
    return plan


def doc_bitset(Py_ssize_t documents, bits not None, double value):
    """A node that matches the documents whose bits (uint64) are set, each with the same score."""
    cdef const uint64_t[::1] view = bits
    cdef PlanNode plan = new_node(DOC_BITSET, documents, documents, bits)
    if view.shape[0] < plan.node.words:
        raise ValueError("there are too few bits")
    plan.node.bits = &view[0] if view.shape[0] else NULL
    plan.node.value = value
    return plan


cdef object MAX_INT = (1 << 63) - 1  # the highest integer of a column


ctypedef fused Number:
    int64_t
    double


cdef Py_ssize_t count_below(const Number* ordered, Py_ssize_t size, Number limit,
                            bint inclusive) noexcept nogil:
    """How many of the numbers are below a limit, or at most the limit."""
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = (low + high) >> 1
        if (not limit < ordered[middle]) if inclusive else ordered[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low


cdef class SortedValues:
    """Doc values of dates (int64) or numbers (float64), for range queries: the ``values`` of all
    documents, and, ``ordered``, those that are not missing, each with its document in ``order``
    (uint32)."""

    cdef bint is_float
    cdef Py_ssize_t documents, size
    cdef const int64_t[::1] _ints, _ordered_ints
    cdef const double[::1] _floats, _ordered_floats
    cdef const uint32_t[::1] _order

    def __cinit__(self, values not None, ordered not None, const uint32_t[::1] order not None):
        self.is_float = values.dtype.kind == "f"
        self.documents, self.size = len(values), len(ordered)
        self._order = order
        if self.is_float:
            self._floats, self._ordered_floats = values, ordered
        else:
            self._ints, self._ordered_ints = values, ordered
        if order.shape[0] != self.size:
            raise ValueError("values and documents are not as many")

    def find_range(self, low, high, bint low_exclusive, bint high_exclusive):
        """The part of ``order`` that holds the documents of a range, from and to. A limit of None
        is no limit; the answer is None if a limit is not of the column's own type."""
        cdef Py_ssize_t first = 0, last = self.size
        if not (self.is_limit(low) and self.is_limit(high)):
            return None
        if not self.size:
            return 0, 0
        if low is not None:
            if self.is_float:
                first = count_below[double](&self._ordered_floats[0], self.size, low, low_exclusive)
            else:
                first = count_below[int64_t](&self._ordered_ints[0], self.size, low, low_exclusive)
        if high is not None:
            if self.is_float:
                last = count_below[double](
                    &self._ordered_floats[0], self.size, high, not high_exclusive
                )
            else:
                last = count_below[int64_t](
                    &self._ordered_ints[0], self.size, high, not high_exclusive
                )
        return first, max(first, last)

    cdef bint is_limit(self, limit):
        if limit is None:
            return True
        if self.is_float:
            return type(limit) is float
        return type(limit) is int and -MAX_INT <= limit <= MAX_INT

    def range_node(self, Py_ssize_t first, Py_ssize_t last, double value):
        """A node that matches the documents of a part of ``order``, each with the same score."""
        cdef PlanNode plan
        if not 0 <= first <= last <= self.size:
            raise ValueError("the range is outside")
        if first == last:
            return new_node(MATCH_NONE, self.documents, 0, None)
        plan = new_node(
            RANGE_FLOAT if self.is_float else RANGE_INT, self.documents, last - first, self
        )
        if not self.documents:
            raise ValueError("the documents are outside")
        # first < last <= size, the length of both ``ordered`` and ``order``.
        plan._range_docs, plan._range_count = &self._order[first], last - first
        if self.is_float:
            plan.node.floats = &self._floats[0]
            plan.node.float_low = self._ordered_floats[first]
            plan.node.float_high = self._ordered_floats[last - 1]
        else:
            plan.node.ints = &self._ints[0]
            plan.node.low = self._ordered_ints[first]
            plan.node.high = self._ordered_ints[last - 1]
        plan.node.value = value
        return plan


cdef resolve_range(PlanNode plan, double others):
    """Make a bitset of a range, unless the rest of the plan leaves so few documents (at most
    ``others``) that reading the value of each of those, as a two-phase check, costs less."""
    cdef const uint32_t* docs = plan._range_docs
    cdef uint64_t* bits
    cdef Py_ssize_t i
    plan._range_docs = NULL
    if plan._range_count > COLUMN_LOOKUP_COST * others:
        plan.node.cost, plan.work = plan.node.documents, others
        return
    plan._range_bits = bits = <uint64_t*>calloc(plan.node.words or 1, 8)
    if bits == NULL:
        raise MemoryError
    for i in range(plan._range_count):
        if docs[i] >= plan.node.documents:
            raise ValueError("the documents are outside")
        bits[docs[i] >> 6] |= <uint64_t>1 << (docs[i] & 63)
    plan.node.kind = DOC_BITSET
    plan.node.bits = bits


cdef PlanNode new_parent(int kind, list children, double boost):
    if not 0 < len(children) <= MAX_CHILDREN:
        raise ValueError(f"a node has 1 to {MAX_CHILDREN} children")
    children = list(children)  # a copy: the caller cannot free a child
    for one in children:
        if type(one) is not PlanNode:
            raise TypeError("a child is a plan node")
    cdef PlanNode child, plan = new_node(kind, 0, 0, children)
    cdef Node* node = &plan.node
    cdef Node* moved
    cdef double others
    cdef int i, k
    node.size = <int>len(children)
    node.children = <Node**>malloc(node.size * sizeof(Node*))
    node.order = <Node**>malloc(node.size * sizeof(Node*))
    if not (node.children and node.order):
        raise MemoryError
    node.boost = boost
    for i in range(node.size):
        child = children[i]
        if child._range_docs != NULL:
            others = INFINITY
            for k in range(node.size if kind == AND else 0):
                if k != i:
                    others = min(others, (<PlanNode>children[k]).node.cost)
            resolve_range(child, others)
        plan.work += child.work
        if child._phrase_terms is not None:
            plan._phrase_terms = (plan._phrase_terms or []) + child._phrase_terms
        node.children[i] = node.order[i] = &child.node
        if i and child.node.documents != node.documents:
            raise ValueError("the children are of different segments")
        node.documents, node.words = child.node.documents, child.node.words
    for i in range(1, node.size):
        k = i
        while k and node.order[k].cost < node.order[k - 1].cost:
            moved = node.order[k]
            node.order[k], node.order[k - 1] = node.order[k - 1], moved
            k -= 1
    node.cost = node.order[0].cost
    return plan


def conjunction(list children not None, double boost):
    """A node that matches the documents that all children match; scores add."""
    return new_parent(AND, children, boost)


def disjunction(list children not None, double boost):
    """A node that matches the documents that any child matches; scores add."""
    cdef PlanNode plan = new_parent(OR, children, boost)
    cdef int i
    plan.node.cost = 0
    for i in range(plan.node.size):
        plan.node.cost += plan.node.children[i].cost
    return plan


def fields(list terms not None):
    """A node that matches the documents that any of the terms match, which are one word in several
    fields: their odds add. The terms are nodes of :func:`term` with the same factor."""
    cdef PlanNode child, plan = disjunction(terms, 1)
    plan.node.kind = FIELDS
    for child in terms:
        if child.node.kind != TERM:
            raise ValueError("a word is made of terms")
    plan.node.factor, plan.node.scale = plan.node.children[0].factor, plan.node.children[0].scale
    plan.node.scale = plan.node.scale * (1 + 1e-9)  # for the rounding of sums and of 1 - 1 / x
    return plan


def count_any(list posting_lists not None):
    """How many documents are in any of these posting lists, which are of one segment."""
    cdef PostingList one
    cdef const Postings* postings
    cdef uint64_t* bits
    cdef Py_ssize_t i, words, documents = (<PostingList?>posting_lists[0]).postings.documents
    cdef int64_t total = 0
    words = (documents + 63) >> 6
    bits = <uint64_t*>calloc(words or 1, 8)
    if bits == NULL:
        raise MemoryError
    try:
        for one in posting_lists:
            postings = &one.postings
            if postings.documents != documents:
                raise ValueError("the lists are of different segments")
            if postings.bits != NULL:
                for i in range(words):
                    bits[i] |= postings.bits[i]
            else:
                for i in range(postings.count):
                    # PostingList checked that documents are below ``documents``.
                    bits[postings.docs[i] >> 6] |= <uint64_t>1 << (postings.docs[i] & 63)
        for i in range(words):
            total += count_bits(bits[i])
    finally:
        free(bits)
    return total


def and_not(PlanNode required, PlanNode excluded):
    """A node that matches what ``required`` does, but not ``excluded``; the scores are those of
    ``required``."""
    cdef PlanNode plan = new_parent(AND_NOT, [required, excluded], 1)
    plan.node.cost = required.node.cost
    return plan


def and_maybe(PlanNode required, PlanNode optional):
    """A node that matches what ``required`` does; the scores of ``optional`` are added."""
    cdef PlanNode plan = new_parent(AND_MAYBE, [required, optional], 1)
    plan.node.cost = required.node.cost
    return plan


def constant_score(PlanNode child, double value):
    """A node that matches what the child does, each document with the same score."""
    cdef PlanNode plan = new_parent(CONSTANT_SCORE, [child], 1)
    plan.node.value = value
    return plan


def phrase(list terms not None, double boost):
    """A node that matches the documents with these terms one after the other; scores add. The
    terms are nodes of :func:`term`, of lists with positions, or :func:`match_none`."""
    cdef PlanNode child, plan = new_parent(PHRASE, terms, boost)
    cdef int offset = 0
    plan._phrase_terms = []
    for child in terms:
        child.node.offset = offset
        offset += 1
        if child.node.kind == TERM:
            plan._phrase_terms.append(child)
            child._masks = (<PostingList>child._owners[0]).masks_of(child.node.form)
        if child.node.kind == MATCH_NONE:
            plan.node.kind = MATCH_NONE
            plan.node.cost = 0
        elif child.node.kind != TERM:
            raise ValueError("a phrase is made of terms")
        elif child.node.postings.before == NULL:  # has_phrase decodes them
            raise ValueError("its positions are not known")
    plan.node.cost += plan.node.documents  # expensive: the cheaper parts of a plan go first
    return plan


def near(PlanNode child, PlanNode a, PlanNode b, int64_t slop, bint ordered):
    """A node that matches those documents of ``child`` in which ``a`` and ``b`` are at most ``slop``
    positions apart, in this order if ``ordered``. The scores are those of ``child``; the parts are
    nodes of :func:`term` or :func:`phrase`, of lists with positions, or any of such."""
    cdef PlanNode plan = new_parent(NEAR, [child, _check_part(a), _check_part(b)], 1)
    plan.node.slop, plan.node.ordered = slop, ordered
    plan.node.cost = child.node.cost + plan.node.documents
    return plan


def same_unit(PlanNode child, list parts not None, const int32_t[::1] doc_starts not None,
              const uint64_t[::1] units not None):
    """A node that matches those documents of ``child`` that have all parts (see :func:`near`) in one
    sentence or paragraph. ``doc_starts`` has where each document begins if they stand end to end,
    and the end; ``units`` has a bit for each position there, whether a unit begins, and one more.
    Raises ValueError if a bitset is too short."""
    cdef PlanNode plan = new_parent(SAME_UNIT, [child, *map(_check_part, parts)], 1)
    cdef Py_ssize_t i, documents = plan.node.documents
    if len(parts) < 2 or doc_starts.shape[0] != documents + 1:
        raise ValueError("there are other documents or no parts")
    for i in range(documents):
        if not 0 <= doc_starts[i] <= doc_starts[i + 1]:
            raise ValueError("the documents do not rise")
    if units.shape[0] <= doc_starts[documents] >> 6:
        raise ValueError("there are too few bits")
    plan._owners = (plan._owners, doc_starts, units)
    plan.node.doc_starts, plan.node.units = &doc_starts[0], &units[0]
    plan.node.cost = child.node.cost + documents
    return plan


def _check_part(PlanNode part):
    """The part itself; ValueError if its spans cannot be found."""
    cdef Node* node = &part.node
    cdef PlanNode child
    if node.kind == TERM and node.postings.before == NULL:  # find_spans decodes them
        raise ValueError("its positions are not known")
    if node.kind == OR:
        for child in part._owners:
            if child.node.kind == OR:
                raise ValueError("a part is not any of any")
            _check_part(child)
    elif node.kind != TERM and node.kind != PHRASE and node.kind != MATCH_NONE:
        raise ValueError("a part is made of terms and phrases")
    return part


cdef class RankedDocs


cdef struct Entry:
    # A document among the best, and its score; NaN is stored as LOWEST_NAN.
    double score
    int64_t doc


cdef inline int64_t rank_of(double score) noexcept nogil:
    """An integer that orders scores: NaN, with the sign, is below all, and both zeros are equal."""
    cdef int64_t bits
    memcpy(&bits, &score, sizeof(bits))
    return bits if bits >= 0 else INT64_MIN - bits


cdef inline bint is_better(const Entry* one, const Entry* other) noexcept nogil:
    """Whether one document comes before another: without a branch, as none could be foreseen."""
    cdef int64_t rank = rank_of(one.score), other_rank = rank_of(other.score)
    return (rank > other_rank) | ((rank == other_rank) & (one.doc < other.doc))


cdef void merge_entries(const Entry* first, const Entry* second, const Entry* end,
                        Entry* merged) noexcept nogil:
    """Merge two sorted runs: up to ``second``, and from there up to ``end``."""
    cdef const Entry* middle = second
    cdef const Entry* better
    cdef bint is_second
    while first < middle and second < end:
        is_second = is_better(second, first)
        better = second if is_second else first
        merged[0] = better[0]
        first += not is_second
        second += is_second
        merged += 1
    memcpy(merged, first, (middle - first) * sizeof(Entry))
    memcpy(merged + (middle - first), second, (end - second) * sizeof(Entry))


cdef void order_block(const Entry* entries, Entry* ordered, int count) noexcept nogil:
    """Sort up to BLOCK documents: each goes where as many are as come before it."""
    cdef int places[BLOCK]
    cdef int i, k
    cdef bint is_second
    for i in range(count):
        places[i] = 0
        for k in range(i):
            is_second = is_better(&entries[i], &entries[k])
            places[k] += is_second
            places[i] += not is_second
    for i in range(count):
        ordered[places[i]] = entries[i]


cdef class TopCollector:
    """The ``limit`` best documents so far: once there are as many, a heap with the worst at its
    root."""

    cdef Entry* entries
    cdef Py_ssize_t limit, room, size
    cdef double threshold  # the lowest score of a full heap
    cdef bint failed

    def __cinit__(self, Py_ssize_t limit):
        self.limit = max(limit, 0)
        self.threshold = -INFINITY

    def __dealloc__(self):
        free(self.entries)

    cdef void sift_down(self, Py_ssize_t at) noexcept nogil:
        cdef Py_ssize_t child = 2 * at + 1
        cdef Entry moved = self.entries[at]
        while child < self.size:
            if child + 1 < self.size:
                child += is_better(&self.entries[child], &self.entries[child + 1])
            if not is_better(&moved, &self.entries[child]):
                break
            self.entries[at] = self.entries[child]
            at = child
            child = 2 * at + 1
        self.entries[at] = moved

    cdef bint grow(self) noexcept nogil:
        cdef Py_ssize_t room = min(self.limit, max(128, 2 * self.room))
        cdef Entry* entries = <Entry*>realloc(self.entries, room * sizeof(Entry))
        if entries == NULL:
            self.failed = True
            return False
        self.entries, self.room = entries, room
        return True

    cdef inline void push(self, double value, int64_t doc) noexcept nogil:
        cdef Entry entry
        cdef Py_ssize_t at
        if value < self.threshold:
            return
        entry.score, entry.doc = value if value == value else LOWEST_NAN, doc
        if self.size < self.limit:
            if self.size == self.room and not self.grow():
                return
            self.entries[self.size] = entry
            self.size += 1
            if self.size < self.limit:
                return
            for at in range(self.size // 2 - 1, -1, -1):
                self.sift_down(at)
        elif is_better(&entry, &self.entries[0]):
            self.entries[0] = entry
            self.sift_down(0)
        self.threshold = self.entries[0].score

    cdef bint sort(self) noexcept nogil:
        """Sort blocks, and merge ever longer runs of them. False: no memory."""
        cdef Entry* entries = self.entries
        cdef Entry* merged = <Entry*>malloc(self.room * sizeof(Entry))
        cdef Py_ssize_t at = 0, middle, end, width = BLOCK
        if merged == NULL:
            return False
        while at < self.size:
            order_block(&entries[at], &merged[at], <int>min(width, self.size - at))
            at += width
        while width < self.size:
            entries, merged = merged, entries
            at = 0
            while at < self.size:
                middle = min(at + width, self.size)
                end = min(middle + width, self.size)
                merge_entries(&entries[at], &entries[middle], &entries[end], &merged[at])
                at = end
            width *= 2
        free(entries)
        self.entries = merged
        return True

    def top_docs(self, list doc_bases not None):
        """The documents, best first, ties by number; the collector is empty then. ``doc_bases`` has
        the number of the first document of each segment."""
        cdef RankedDocs ranked = RankedDocs.__new__(RankedDocs)
        if self.failed or (self.size and not self.sort()):
            raise MemoryError
        if self.size and not doc_bases:
            raise ValueError("there are no segments")
        ranked.doc_bases, ranked.count, ranked.entries = doc_bases, self.size, self.entries
        self.entries, self.size, self.room = NULL, 0, 0
        self.threshold = -INFINITY
        return ranked


cdef class RankedDocs:
    """The best documents, a sequence of (segment, document, score): no object stands for one before
    it is asked for."""

    cdef Entry* entries
    cdef Py_ssize_t count
    cdef list doc_bases

    def __dealloc__(self):
        free(self.entries)

    def __len__(self):
        return self.count

    def __eq__(self, other):
        return list(self) == list(other)

    def __repr__(self):
        return repr(list(self))

    def __getitem__(self, index):
        cdef Py_ssize_t at, i = len(self.doc_bases) - 1
        cdef int64_t doc, base
        if isinstance(index, slice):
            return list(self)[index]
        at = index
        if not 0 <= at < self.count:
            raise IndexError(at)
        doc = self.entries[at].doc
        base = self.doc_bases[i]
        while base > doc and i:
            i -= 1
            base = self.doc_bases[i]
        return i, doc - base, self.entries[at].score


cdef struct Matches:
    # The bitset words of a segment with a match and their bounds; of the clauses of an OR of few,
    # and of a word with an optional one, the matches and bounds of each: [i * clauses + clause].
    Py_ssize_t count
    Py_ssize_t room
    int clauses
    uint32_t* words
    uint64_t* bits
    double* bounds
    uint64_t* clause_bits
    double* clause_bounds


cdef bint allocate(Matches* matched, Node* n, bint needed) noexcept nogil:
    """Make room for the matches of a node, if they are needed. False: no memory."""
    memset(matched, 0, sizeof(Matches))
    if not needed:
        return True
    matched.room = n.words  # at most 1 << 26, by new_node: no size below overflows
    if n.kind == AND_MAYBE or (n.kind == OR and n.size <= MAX_TRACKED_CLAUSES):
        matched.clauses = n.size
    cdef Py_ssize_t size = matched.room * (1 + matched.clauses)
    cdef char* memory = <char*>malloc(size * 16 + matched.room * 4)
    if memory == NULL:
        return False
    matched.bits = <uint64_t*>memory
    matched.clause_bits = matched.bits + matched.room
    matched.bounds = <double*>(memory + size * 8)
    matched.clause_bounds = matched.bounds + matched.room
    matched.words = <uint32_t*>(memory + size * 16)
    return True


cdef void match_clauses(Node* n, Py_ssize_t w, int size, uint64_t* bits,
                        uint64_t* clause_bits) noexcept nogil:
    """Like ``match``, with the matches of each clause in ``clause_bits``."""
    cdef uint64_t* one
    cdef int i, k
    if n.kind == AND_MAYBE:
        match(n.children[0], w, size, bits)
        memcpy(clause_bits, bits, WINDOW * sizeof(uint64_t))
        memcpy(clause_bits + WINDOW, bits, WINDOW * sizeof(uint64_t))
        if any_bit(bits):
            match(n.children[1], w, size, clause_bits + WINDOW)
        return
    for k in range(n.size):
        one = clause_bits + k * WINDOW
        memcpy(one, bits, WINDOW * sizeof(uint64_t))
        match(n.children[k], w, size, one)
    for i in range(WINDOW):
        bits[i] = clause_bits[i]
        for k in range(1, n.size):
            bits[i] |= clause_bits[k * WINDOW + i]


cdef void record(Node* n, Py_ssize_t w, int size, const uint64_t* bits,
                 const uint64_t* clause_bits, Matches* matched) noexcept nogil:
    """Record the words of a window that have a match, with their bounds."""
    cdef double bounds[WINDOW]
    cdef double one[WINDOW]
    cdef Py_ssize_t at
    cdef int i, k
    if not matched.clauses:
        upper_bound(n, w, size, bits, bounds)
    else:
        memset(bounds, 0, sizeof(bounds))
        for k in range(matched.clauses):
            upper_bound(n.children[k], w, size, clause_bits + k * WINDOW, one)
            at = matched.count
            for i in range(size):
                if clause_bits[k * WINDOW + i]:
                    bounds[i] = bounds[i] + one[i]
                if bits[i]:
                    matched.clause_bits[at * matched.clauses + k] = clause_bits[k * WINDOW + i]
                    matched.clause_bounds[at * matched.clauses + k] = one[i]
                    at += 1
        if n.boost != 1:
            for i in range(size):
                bounds[i] = bounds[i] * fabs(n.boost)
    at = matched.count  # below ``room``: no word of the segment is in two windows
    for i in range(size):
        if bits[i]:
            matched.words[at], matched.bits[at] = <uint32_t>(w + i), bits[i]
            matched.bounds[at] = bounds[i]
            at += 1
    matched.count = at


cdef int64_t count_matches(Node* n, const uint64_t* live, uint64_t* out,
                           Matches* matched) noexcept nogil:
    """Match window after window: count the matches, and record them if there is room."""
    cdef uint64_t bits[WINDOW]
    cdef uint64_t clause_bits[MAX_TRACKED_CLAUSES * WINDOW]
    cdef int64_t total = 0
    cdef Py_ssize_t w = next_word(n, 0)
    cdef int i, size
    while w < n.words:
        w = w // WINDOW * WINDOW
        size = <int>min(WINDOW, n.words - w)
        memset(bits, 0, sizeof(bits))
        for i in range(size):
            bits[i] = live[w + i] if live != NULL else FULL
        if w + size == n.words and n.documents & 63:
            bits[size - 1] &= (<uint64_t>1 << (n.documents & 63)) - 1
        if matched.clauses:
            match_clauses(n, w, size, bits, clause_bits)
        else:
            match(n, w, size, bits)
        if any_bit(bits):
            for i in range(size):
                total += count_bits(bits[i])
            if out != NULL:
                memcpy(out + w, bits, size * sizeof(uint64_t))
            if matched.room:
                record(n, w, size, bits, clause_bits, matched)
        w = next_word(n, w + WINDOW)
    return total


cdef void score_word(Node* n, TopCollector top, const Matches* matched, Py_ssize_t at,
                     int64_t doc_base) noexcept nogil:
    """Score and collect the documents of a word."""
    cdef uint64_t bits = matched.bits[at]
    cdef Py_ssize_t first = <Py_ssize_t>matched.words[at] << 6
    cdef int i
    if matched.clauses and top.size == top.limit:
        score_competitive(n, top, matched, at, doc_base)
        return
    while bits:
        i = lowest_bit(bits)
        bits &= bits - 1
        top.push(score(n, first + i, True), doc_base + first + i)


cdef void score_competitive(Node* n, TopCollector top, const Matches* matched, Py_ssize_t at,
                            int64_t doc_base) noexcept nogil:
    """Score and collect those documents of a word that match such clauses as can reach the
    threshold together. A document is given up as soon as what its clauses scored and the bounds of
    the others cannot (MaxScore; Turtle and Flood, 1995)."""
    cdef const uint64_t* clause_bits = matched.clause_bits + at * matched.clauses
    cdef const double* clause_bounds = matched.clause_bounds + at * matched.clauses
    cdef double bound, value, total, slack, boost = fabs(n.boost)
    cdef double added[2 * MAX_TRACKED_CLAUSES]  # by whether a document matches the clause
    cdef uint64_t docs = 0
    cdef Py_ssize_t first = <Py_ssize_t>matched.words[at] << 6
    cdef int i, k
    # Some clauses cannot reach it together: a document has to match one of the others.
    bound = 0
    for k in range(matched.clauses):
        added[2 * k], added[2 * k + 1] = 0, clause_bounds[k]
        value = bound + clause_bounds[k]
        if value * ROUNDED_UP * boost < top.threshold:  # not if it is NaN
            bound = value
        else:
            docs |= clause_bits[k]
    while docs:
        i = lowest_bit(docs)
        docs &= docs - 1
        bound = 0
        for k in range(matched.clauses):
            bound = bound + added[2 * k + (clause_bits[k] >> i & 1)]
        slack = bound * (ROUNDED_UP - 1)
        total, k = 0, 0
        while not (bound + slack) * boost < top.threshold:  # or NaN
            if k == matched.clauses:
                top.push(total * n.boost if n.boost != 1 else total, doc_base + first + i)
                break
            if clause_bits[k] >> i & 1:
                value = score(n.children[k], first + i, True)
                total = total + value
                bound = bound - clause_bounds[k] + fabs(value)
            k += 1


cdef struct Gathered:
    # The matches of a segment that are to be scored.
    Node* node
    int64_t doc_base
    Matches matched


cdef bint score_gathered(Gathered* segments, Py_ssize_t size, TopCollector top,
                         bint prune) noexcept nogil:
    """Score the recorded words of all segments; with ``prune`` by descending bounds, until no bound
    reaches the threshold. False: no memory."""
    cdef Py_ssize_t number, i, at, count = 0
    cdef Py_ssize_t firsts[BUCKETS + 1]
    cdef double highest = 0, bound, scale
    cdef const Matches* matched
    cdef uint32_t* order
    cdef uint32_t* owners
    cdef int bucket
    for number in range(size):
        matched = &segments[number].matched
        count += matched.count
        for i in range(matched.count):
            if not 0 <= matched.bounds[i] < INFINITY:  # infinite or NaN, or not a bound
                prune = False
            if matched.bounds[i] > highest:
                highest = matched.bounds[i]
    scale = (BUCKETS - 1) / highest if highest > 0 else INFINITY
    if not prune or count < 2 or not scale < INFINITY:
        for number in range(size):
            matched = &segments[number].matched
            for i in range(matched.count):
                score_word(segments[number].node, top, matched, i, segments[number].doc_base)
        return True
    # From here on 0 <= bounds[i] <= highest, and ``scale`` is finite, so it is a normal number
    # ((BUCKETS - 1) / highest is at least 1e-306): bounds[i] * scale is from 0 to BUCKETS - 1, but
    # for rounding errors of 1e-13, so its whole part is too. It grows with the bound.
    order = <uint32_t*>malloc(2 * count * sizeof(uint32_t))
    if order == NULL:
        return False
    owners = order + count
    memset(firsts, 0, sizeof(firsts))
    for number in range(size):
        matched = &segments[number].matched
        for i in range(matched.count):
            firsts[BUCKETS - <int>(matched.bounds[i] * scale)] += 1
    for bucket in range(BUCKETS):
        firsts[bucket + 1] += firsts[bucket]
    for number in range(size):
        matched = &segments[number].matched
        for i in range(matched.count):
            bucket = BUCKETS - 1 - <int>(matched.bounds[i] * scale)
            order[firsts[bucket]], owners[firsts[bucket]] = <uint32_t>i, <uint32_t>number
            firsts[bucket] += 1
    for i in range(count):
        at, number = order[i], owners[i]
        matched = &segments[number].matched
        bound = matched.bounds[at]
        if bound < top.threshold:
            # The words that are left are in this bucket or in a lower one. (If the product with
            # the threshold is infinite, the threshold is above all bounds.)
            if bound * scale + 2 < top.threshold * scale:
                break
            continue
        score_word(segments[number].node, top, matched, at, segments[number].doc_base)
    free(order)
    return True


cdef struct Clauses:
    # The posting lists of the words of a query: those of a word, a TERM or FIELDS, follow each other.
    int size
    Node* lists[MAX_LISTED]
    const Node* words[MAX_LISTED]
    bint are_all                 # whether these are all words of the plan
    Py_ssize_t at[MAX_LISTED]    # the next posting of each list, and its document
    Py_ssize_t heads[MAX_LISTED]
    Py_ssize_t length            # of all lists


cdef bint add_clause(Clauses* clauses, Node* n) noexcept nogil:
    """Add a word. False: it is none, or one of its lists is long, or there is no room."""
    cdef int k, size = n.size if n.kind == FIELDS else 1
    cdef Node* one
    if n.kind != TERM and n.kind != FIELDS or clauses.size + size > MAX_LISTED:
        return False
    for k in range(size):
        one = n.children[k] if n.kind == FIELDS else n
        if one.postings.bits != NULL or one.form >= 0:
            return False
        clauses.lists[clauses.size], clauses.words[clauses.size] = one, n
        clauses.at[clauses.size] = 0
        clauses.heads[clauses.size] = one.docs[0] if one.length else one.documents
        clauses.length += one.length
        clauses.size += 1
    return True


cdef bint find_clauses(Node* n, Clauses* clauses) noexcept nogil:
    """Whether a plan is a word, or any of some, that are in few documents: its posting lists."""
    cdef int k
    clauses.size = 0
    clauses.length, clauses.are_all = 0, True
    if n.kind != OR:
        return add_clause(clauses, n)
    for k in range(n.size):
        if n.children[k].kind != MATCH_NONE and not add_clause(clauses, n.children[k]):
            return False
    return True


cdef inline void next_posting_of(Clauses* clauses, int i) noexcept nogil:
    """Go to the next posting of a list; after the last one its document is ``documents``."""
    cdef const Node* one = clauses.lists[i]
    clauses.at[i] += 1
    if clauses.at[i] + AHEAD < one.length:
        prefetch(one.norms + one.docs[clauses.at[i] + AHEAD])
    clauses.heads[i] = one.docs[clauses.at[i]] if clauses.at[i] < one.length else one.documents


cdef inline Py_ssize_t lowest_listed(Node* n, const Clauses* clauses) noexcept nogil:
    """The next document of the posting lists; ``documents`` after the last one."""
    cdef Py_ssize_t doc = n.documents
    cdef int i
    for i in range(clauses.size):
        doc = clauses.heads[i] if clauses.heads[i] < doc else doc
    return doc


cdef inline bint is_bounded(const Node* word) noexcept nogil:
    """Whether least_freq can say something of the documents that have a word."""
    return word.kind == TERM and word.factor > 0 and word.weight > 0


cdef inline int least_freq(const Node* n, double threshold, int least) noexcept nogil:
    """The frequency, from ``least`` on, from which on a document of a term may reach the threshold,
    whatever its length; that of exceptions at most."""
    # Sums, products and quotients rise with what they are made of, rounded as well: no score of
    # this frequency is above the one of the least norm.
    cdef double weighted
    while least < BYTE_EXCEPTION:
        weighted = least * n.weight
        if not weighted / (weighted + n.least_norm) * n.factor < threshold:  # or NaN
            break
        least += 1
    return least


cdef int64_t collect_term(Node* n, TopCollector top, int64_t doc_base, const uint64_t* live,
                          uint64_t* out) noexcept nogil:
    """Score the documents of a short list, but those whose frequency is too low for the best: to
    read the norms of all would take most of the time."""
    cdef Py_ssize_t i, doc, freq
    cdef int64_t total = 0
    cdef int least = least_freq(n, top.threshold, 0) if is_bounded(n) else 0
    for i in range(n.length):
        doc = n.docs[i]
        if live != NULL and not live[doc >> 6] >> (doc & 63) & 1:
            continue
        total += 1
        if out != NULL:
            out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        if top.limit and n.postings.freqs[i] >= least:
            freq = freq_at(n.postings, i)
            top.push(bm25(n, doc, freq) if freq else 0, doc_base + doc)
            if is_bounded(n):
                least = least_freq(n, top.threshold, least)
    return total


cdef double score_listed(const Clauses* clauses, const int* lists, const Py_ssize_t* places,
                         int count, Py_ssize_t doc) noexcept nogil:
    """The score of a document by those of the posting lists that have it, and where: as score, bm25
    and bm25f add it up."""
    cdef const Node* one
    cdef const Node* word
    cdef Py_ssize_t freq
    cdef double value = 0, odds = 0
    cdef int i
    for i in range(count):
        one, word = clauses.lists[lists[i]], clauses.words[lists[i]]
        freq = freq_at(one.postings, places[i])
        if word.kind == TERM:
            value = value + (bm25(one, doc, freq) if freq else 0)
            continue
        odds = odds + freq * one.weight / one.norms[doc]
        if i + 1 == count or clauses.words[lists[i + 1]] != word:
            value = value + odds / (1 + odds) * word.factor
            odds = 0
    return value


cdef int64_t collect_listed(Node* n, Clauses* clauses, TopCollector top, int64_t doc_base,
                            const uint64_t* live, uint64_t* out) noexcept nogil:
    """Score document after document of short lists, but for those of one term only whose frequency
    there is too low for the best."""
    cdef int lists[MAX_LISTED]          # which have the document, and where
    cdef Py_ssize_t places[MAX_LISTED]
    cdef int least[MAX_LISTED]          # frequencies, by list; 0: any may do
    cdef Py_ssize_t doc
    cdef int64_t total = 0
    cdef double value, threshold = -INFINITY, boost = n.boost if n.kind == OR else 1
    cdef int i, count
    memset(least, 0, sizeof(least))
    while True:
        doc = lowest_listed(n, clauses)
        if doc == n.documents:
            return total
        count = 0
        for i in range(clauses.size):
            if clauses.heads[i] == doc:
                lists[count], places[count] = i, clauses.at[i]
                count += 1
                next_posting_of(clauses, i)
        if live != NULL and not live[doc >> 6] >> (doc & 63) & 1:
            continue
        total += 1
        if out != NULL:
            out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        i = lists[0]
        if not top.limit or (
            count == 1 and clauses.lists[i].postings.freqs[places[0]] < least[i]
        ):
            continue
        value = score_listed(clauses, lists, places, count, doc)
        top.push(value * boost if boost != 1 else value, doc_base + doc)
        if top.threshold > threshold and boost == 1:
            threshold = top.threshold
            for i in range(clauses.size):
                if is_bounded(clauses.words[i]):
                    least[i] = least_freq(clauses.words[i], threshold, least[i])


cdef bint find_rare(Node* n, Clauses* clauses) noexcept nogil:
    """Whether all documents of a plan have one word that is in few: its posting lists."""
    clauses.size = 0
    clauses.length, clauses.are_all = 0, False
    if n.kind == TERM or n.kind == FIELDS:
        return False
    while n.kind != TERM and n.kind != FIELDS:
        if n.kind == AND or n.kind == PHRASE:
            n = n.order[0]
        elif n.kind == AND_NOT or n.kind == AND_MAYBE or n.kind == NEAR or n.kind == SAME_UNIT:
            n = n.children[0]
        else:
            return False
    return add_clause(clauses, n)


cdef inline Py_ssize_t next_listed(Node* n, Clauses* clauses) noexcept nogil:
    """The next document of the posting lists, which are then past it; ``documents`` after the last
    one."""
    cdef Py_ssize_t doc = lowest_listed(n, clauses)
    cdef int i
    if doc < n.documents:
        for i in range(clauses.size):
            if clauses.heads[i] == doc:
                next_posting_of(clauses, i)
    return doc


cdef int64_t collect_rare(Node* n, Clauses* clauses, TopCollector top, int64_t doc_base,
                          const uint64_t* live, uint64_t* out) noexcept nogil:
    """Score those documents of a rare word that match: fewer than there are bitset words to look at.
    A phrase is looked for in several side by side, as in filter_phrase."""
    cdef Candidate candidates[BATCH]
    cdef bint has_it[BATCH]
    cdef Py_ssize_t doc = 0
    cdef int64_t total = 0
    cdef int i, count
    while doc < n.documents:
        count = 0
        while count < BATCH:
            doc = next_listed(n, clauses)
            if doc == n.documents:
                break
            if live == NULL or live[doc >> 6] >> (doc & 63) & 1:
                candidates[count].doc = doc
                count += 1
        if n.kind == PHRASE:
            have_phrase(n, candidates, count, has_it)
        for i in range(count):
            if not (has_it[i] if n.kind == PHRASE else matches(n, candidates[i].doc)):
                continue
            total += 1
            if out != NULL:
                out[candidates[i].doc >> 6] |= <uint64_t>1 << (candidates[i].doc & 63)
            if top.limit:
                top.push(score(n, candidates[i].doc, True), doc_base + candidates[i].doc)
    return total


cdef int64_t collect_few(Node* n, Clauses* clauses, TopCollector top, int64_t doc_base,
                         const uint64_t* live, uint64_t* out) noexcept nogil:
    """Score the matches of a plan that are all in these posting lists."""
    if not clauses.are_all:
        return collect_rare(n, clauses, top, doc_base, live, out)
    if n.kind == TERM:
        return collect_term(n, top, doc_base, live, out)
    return collect_listed(n, clauses, top, doc_base, live, out)


def collect(list plans not None, TopCollector top, list doc_bases not None, list lives not None,
            outs, bint prune, check):
    """Run the plans of all segments: returns how many live documents match, and collects the best
    of them in ``top``. Each segment has a plan, the number of its first document, and its live
    documents (uint64, a bit for each; None: all are); ``outs`` (None, or for each segment uint64
    zeros) get the bits of the documents that match. Without ``prune`` all matches are scored.
    ``check``, if it is not None, is called before what takes long, and may raise. Raises
    ValueError if a bitset is too short."""
    cdef Py_ssize_t number, size = len(plans)
    cdef int64_t total = 0
    cdef double work = 0, unchecked = 0
    cdef bint done
    cdef Gathered* segments
    plans = list(plans)  # a copy: no node of it is freed meanwhile
    if not size == len(doc_bases) == len(lives) == (size if outs is None else len(outs)):
        raise ValueError("each segment has a plan, a number and live documents")
    segments = <Gathered*>calloc(size or 1, sizeof(Gathered))
    if segments == NULL:
        raise MemoryError
    try:
        for number in range(size):
            plan = plans[number]
            if type(plan) is not PlanNode:
                raise TypeError("a plan is a plan node")
            unchecked += (<PlanNode>plan).work
            if check is not None and unchecked > NOGIL_COST:
                check()
                unchecked = 0
            total += gather(plan, top, doc_bases[number], lives[number],
                            None if outs is None else outs[number], prune, &segments[number])
            if segments[number].node != NULL:
                work += (<PlanNode>plan).work
        if work > NOGIL_COST:
            with nogil:
                done = score_gathered(segments, size, top, prune)
        else:
            done = score_gathered(segments, size, top, prune)
        if not done:
            raise MemoryError
        for plan in plans:
            if (<PlanNode>plan)._phrase_terms is not None:
                note_lookups((<PlanNode>plan)._phrase_terms)
    finally:
        for number in range(size):
            free(segments[number].matched.bits)
        free(segments)
    return total


def best_of(list plans not None, Py_ssize_t limit, list doc_bases not None, list lives not None,
            bint prune, check):
    """How many live documents match, and the ``limit`` best of them as :meth:`~TopCollector.top_docs`
    gives them. The other arguments, and what is raised, are those of :func:`collect`."""
    cdef TopCollector top = TopCollector.__new__(TopCollector, limit)
    total = collect(plans, top, doc_bases, lives, None, prune, check)
    return total, top.top_docs(doc_bases)


cdef provide_masks(list terms):
    """Give the terms of phrases the position masks and bitsets of their lists, which are made where
    enough was looked for without them; before a run, which sees no other's change."""
    cdef PlanNode plan
    cdef PositionArrays arrays
    for plan in terms:
        if plan.node.bitsets == NULL:
            arrays = (<PostingList>plan._owners[0]).provide_masks(plan._masks)
            plan.node.masks, plan.node.bitsets = arrays.masks, arrays.bitsets
            plan.node.bitset_starts = arrays.bitset_starts


cdef note_lookups(list terms):
    """Let the lists of phrases know what a run looked for without masks or bitsets."""
    cdef PlanNode plan
    for plan in terms:
        if plan.node.lookups:
            (<PostingList>plan._owners[0]).note_lookups(plan._masks, plan.node.lookups)
            plan.node.lookups = 0


cdef int64_t gather(PlanNode plan, TopCollector top, int64_t doc_base, live, out, bint prune,
                    Gathered* segment) except -1:
    """Run a plan over a segment: returns how many live documents match. What is to be scored of
    them is recorded; those of a few short lists are scored and collected at once."""
    cdef Node* node = &plan.node
    cdef const uint64_t[::1] live_view
    cdef uint64_t[::1] out_view
    cdef const uint64_t* live_bits = NULL
    cdef uint64_t* out_bits = NULL
    cdef Clauses clauses
    cdef int64_t total = 0
    if not -MAX_NUMBER <= doc_base <= MAX_NUMBER:  # no number of a document overflows
        raise ValueError("there are no documents of these numbers")
    if plan._range_docs != NULL:
        resolve_range(plan, INFINITY)
    if plan._phrase_terms is not None:
        provide_masks(plan._phrase_terms)
    if not node.words or node.kind == MATCH_NONE:
        return 0
    if live is not None:
        live_view = live
        if live_view.shape[0] < node.words:
            raise ValueError("there are too few bits of live documents")
        live_bits = &live_view[0]
    if out is not None:
        out_view = out
        if out_view.shape[0] < node.words:
            raise ValueError("there is no room for the bits")
        out_bits = &out_view[0]
    if prune and (find_clauses(node, &clauses) or find_rare(node, &clauses)):
        if clauses.length * LISTED_COST > NOGIL_COST:
            with nogil:
                total = collect_few(node, &clauses, top, doc_base, live_bits, out_bits)
        else:
            total = collect_few(node, &clauses, top, doc_base, live_bits, out_bits)
        return total
    segment.node, segment.doc_base = node, doc_base
    if not allocate(&segment.matched, node, top.limit > 0):
        raise MemoryError
    if plan.work > NOGIL_COST:
        with nogil:
            total = count_matches(node, live_bits, out_bits, &segment.matched)
    else:
        total = count_matches(node, live_bits, out_bits, &segment.matched)
    return total
