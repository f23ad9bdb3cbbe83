# A run: the matches are counted, and the best of them taken.

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

    def found(self, list starts):
        """The documents, best first, ties by number: (segment, document, score). ``starts`` has
        the number of the first document of each segment. The heap is used up."""
        cdef Py_ssize_t i, k, count = self.size
        cdef int64_t doc, start
        if self.failed:
            raise MemoryError
        # The worst goes to the end, again and again.
        while self.size > 1:
            self.size -= 1
            self.swap(0, self.size)
            self.sink(0)
        self.size = 0
        cdef list found = []
        for k in range(count):
            doc, i = self._docs[k], len(starts) - 1
            start = starts[i]
            while start > doc and i:
                i -= 1
                start = starts[i]
            found.append((i, doc - start, self._scores[k]))
        return found


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
                bounds[i] = bounds[i] * fabs(n.boost)
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


cdef uint64_t able(const Node* n, const Kept* kept, Py_ssize_t at, double least) noexcept nogil:
    """Which documents of a word match such children of an OR as can reach a score together."""
    cdef uint64_t mine, found = 0
    cdef double most, boost = fabs(n.boost)
    cdef int some, k
    for some in range(1, 1 << kept.kids):
        most = 0
        for k in range(kept.kids):
            if some >> k & 1:
                most = most + kept.kid_bounds[k * kept.room + at]
        if most * boost < least:
            continue
        mine = FULL
        for k in range(kept.kids):
            if some >> k & 1:
                mine &= kept.kid_bits[k * kept.room + at]
            else:
                mine &= ~kept.kid_bits[k * kept.room + at]
        found |= mine
    return found


cdef void scan(Node* n, Top top, const Kept* kept, Py_ssize_t at, int64_t start) noexcept nogil:
    """Score the documents of a word."""
    cdef uint64_t bits = kept.bits[at]
    cdef Py_ssize_t first = <Py_ssize_t>kept.words[at] << 6
    cdef int i
    if kept.kids and top.size == top.limit:
        bits &= able(n, kept, at, top.least)
    while bits:
        i = lowest_bit(bits)
        bits &= bits - 1
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
    if plan._within != NULL:
        settle(plan, INFINITY)
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
