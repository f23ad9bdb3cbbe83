# The nodes of a plan: which documents match, what no score exceeds, what the score is.

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
    # A phrase has room for places; a word of it knows its number there.
    int32_t* places
    Py_ssize_t room
    int offset


cdef inline bint is_form(const Node* n, Py_ssize_t i) noexcept nogil:
    """Whether an occurrence of a term is of the form that is looked for."""
    return n.form < 0 or form_at(n.post, i) == <uint32_t>n.form


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
        found += is_form(n, i)
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
    """What no score of the documents ``bits`` exceeds in each word of a span, whatever its sign:
    so bounds add up, and hold for what is multiplied with a negative number."""
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
                value = fabs(value)
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
                bounds[i] = bounds[i] * fabs(n.boost)
    elif n.kind == NOT:
        bound(n.kids[0], w, size, bits, bounds)
    else:
        for i in range(size):
            bounds[i] = fabs(n.value)


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
