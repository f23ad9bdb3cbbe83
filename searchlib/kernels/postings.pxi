# A posting list, ready to be run over: where things are, and how they are read.

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


cdef inline Py_ssize_t aside_from(const Aside* kept, uint64_t place) noexcept nogil:
    """The first number aside whose place is not before this one."""
    cdef Py_ssize_t low = 0, high = kept.count, middle
    while low < high:
        middle = (low + high) >> 1
        if kept.at[middle] < place:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline uint32_t aside(const Aside* kept, uint64_t place, uint32_t otherwise) noexcept nogil:
    cdef Py_ssize_t at = aside_from(kept, place)
    return kept.value[at] if at < kept.count and kept.at[at] == place else otherwise


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


cdef class List:
    """The posting list of a term in a segment, ready to be run over; made by
    :meth:`searchlib.codec.postings.Postings.ready`.

    A sparse term comes with ``docs`` (int32, ascending), a dense one with ``held``, how many
    documents each block has, and ``low``, their numbers within it. ``freqs`` are bytes; where
    one is 255, the number is in ``wide`` under its place in ``wide_at``, counted from
    ``freq_start``. ``bounds`` are by block. Raises ValueError if something does not fit.
    """

    cdef Post post
    cdef object __weakref__
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
        post.freq_aside = as_aside(wide_at, wide, freq_start, post.count)
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
        post.place_aside = as_aside(wide_at, wide, start, post.occurrences)
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


cdef Aside as_aside(const uint64_t[::1] at, const uint32_t[::1] value, uint64_t start,
                    Py_ssize_t length):
    """The numbers aside whose places are among ``length`` from ``start`` on."""
    cdef Aside made
    cdef Py_ssize_t first
    if at.shape[0] != value.shape[0]:
        raise ValueError("its large numbers are cut short")
    made.count = at.shape[0]
    made.at = &at[0] if made.count else NULL
    made.value = &value[0] if made.count else NULL
    first = aside_from(&made, start)
    made.count = aside_from(&made, start + length) - first
    made.at += first
    made.value += first
    return made
