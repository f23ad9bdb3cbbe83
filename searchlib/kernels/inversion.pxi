# Words brought into the order of postings.

cdef struct Part:
    const int32_t* chunks
    const int32_t* counts
    Py_ssize_t documents

cdef struct Id:
    int32_t term
    int32_t form

cdef struct Info:  # of a chunk
    int32_t term  # if it has one word: its term, or -1 if that is not wanted; else _SEVERAL
    int32_t form

cdef int32_t _SEVERAL = -2  # words, or none

cdef struct Uses:
    uint32_t words  # how many a chunk has
    uint32_t times  # how often it was met

cdef struct Posting:
    int32_t document
    int32_t freq

cdef struct Place:
    int32_t position
    int32_t form

cdef struct Cursor:
    int64_t token
    int64_t posting
    int32_t last  # the last document that was met


cdef class Inversion:
    """Texts that were cut, by document, brought into the order of terms.

    ``parts`` are what :meth:`Vocabulary.cut` gave, one after the other. ``tally``, then ``count``,
    then ``spread``; ValueError if the vocabulary was added to in between.
    """

    cdef Vocabulary _vocabulary
    cdef object _held
    cdef Part* _parts
    cdef Py_ssize_t _size
    cdef Py_ssize_t _documents
    cdef uint64_t _known  # words, when they were counted
    cdef object _ids
    cdef object _counts
    cdef object _uses

    def __cinit__(self, Vocabulary vocabulary, list parts):
        cdef const int32_t[::1] chunks, counts
        cdef int64_t total
        cdef Py_ssize_t i, j
        cdef uint64_t known = vocabulary._chunks.count
        self._vocabulary = vocabulary
        self._held = []
        self._parts = <Part*>malloc((len(parts) + 1) * sizeof(Part))
        if self._parts == NULL:
            raise MemoryError
        for i in range(len(parts)):
            chunks, counts = parts[i]
            self._held.append((chunks, counts))
            total = 0
            for j in range(counts.shape[0]):
                if counts[j] < 0:
                    raise ValueError("a document has less than no chunk")
                total += counts[j]
            if total != chunks.shape[0]:
                raise ValueError("there are more or fewer chunks than the documents have")
            for j in range(chunks.shape[0]):
                if <uint64_t>chunks[j] >= known:
                    raise ValueError("there is no chunk of this number")
            self._parts[i].chunks = &chunks[0] if chunks.shape[0] else NULL
            self._parts[i].counts = &counts[0] if counts.shape[0] else NULL
            self._parts[i].documents = counts.shape[0]
            self._size += 1
            self._documents += counts.shape[0]
        if self._documents >= <Py_ssize_t>_MOST:
            raise ValueError("there are too many documents")

    def __dealloc__(self):
        free(self._parts)

    def tally(self):
        """How many words each document has, and how often each word occurs: int64."""
        lengths = np.zeros(self._documents + 1, np.int64)
        uses = np.zeros(self._vocabulary._words.count + 1, np.int64)
        cdef int64_t[::1] lengths_view = lengths
        cdef int64_t[::1] uses_view = uses
        met = np.empty((len(self._vocabulary) + 1, 2), np.uint32)
        cdef uint32_t[:, ::1] met_view = met
        with nogil:
            self._tally(&lengths_view[0], &uses_view[0], <Uses*>&met_view[0, 0])
        return lengths[: self._documents], uses[: self._vocabulary._words.count]

    def expand(self):
        """The words of all documents, end to end: int32."""
        total = int(self.tally()[0].sum())
        words = np.empty(total + 1, np.int32)
        cdef int32_t[::1] view = words
        with nogil:
            self._expand(&view[0])
        return words[:total]

    def count(self, terms, forms, int64_t size):
        """Take the term (below ``size``) and the form of each word; in how many documents each
        term is, and how often it occurs: int64."""
        cdef Py_ssize_t words = self._vocabulary._words.count
        ids = np.empty((words + 1, 2), np.int32)
        ids[:words, 0], ids[:words, 1] = terms, forms
        if size >= <int64_t>_MOST:
            raise ValueError("there are too many terms")
        if words and not (0 <= int(np.min(terms)) and int(np.max(terms)) < max(size, 1)):
            raise ValueError("there is no term of this number")
        counts, uses = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
        last = np.full(size + 1, -1, np.int32)
        infos = np.empty((len(self._vocabulary) + 1, 2), np.int32)
        cdef int32_t[:, ::1] infos_view = infos
        cdef int32_t[:, ::1] ids_view = ids
        cdef int64_t[::1] counts_view = counts
        cdef int64_t[::1] uses_view = uses
        cdef int32_t[::1] last_view = last
        with nogil:
            self._look_up(<Id*>&ids_view[0, 0], 0, size, <Info*>&infos_view[0, 0])
            self._count(
                <Id*>&ids_view[0, 0], <Info*>&infos_view[0, 0],
                &counts_view[0], &uses_view[0], &last_view[0],
            )
        self._known = words
        self._ids, self._counts, self._uses = ids, counts[:size], uses[:size]
        return self._counts, self._uses

    def spread(self, int64_t first, int64_t last):
        """The postings of the terms from ``first`` to ``last``: per posting its document and
        frequency, per occurrence its position and form: int32.

        Each two lie side by side in memory, since they are written together.
        """
        if self._counts is None or not 0 <= first <= last <= len(self._counts):
            raise ValueError("there are no such terms")
        if self._vocabulary._words.count != self._known:
            raise ValueError("the vocabulary was added to")
        counts, uses = self._counts[first:last], self._uses[first:last]
        postings, tokens = int(counts.sum()), int(uses.sum())
        met = _mapped(2 * postings + 1).reshape(-1, 2)
        places = _mapped(2 * tokens + 1).reshape(-1, 2)
        cdef int32_t[:, ::1] met_view = met
        cdef int32_t[:, ::1] places_view = places
        cdef int32_t[:, ::1] ids_view = self._ids
        cdef const int64_t[::1] counts_view = counts, uses_view = uses
        infos = np.empty((len(self._vocabulary) + 1, 2), np.int32)
        cdef int32_t[:, ::1] infos_view = infos
        cdef Cursor* cursors = <Cursor*>malloc((last - first + 1) * sizeof(Cursor))
        cdef int64_t posting = 0, token = 0, i
        if cursors == NULL:
            raise MemoryError
        try:
            for i in range(last - first):
                cursors[i].posting, cursors[i].token, cursors[i].last = posting - 1, token, -1
                posting += counts_view[i]
                token += uses_view[i]
            with nogil:
                self._look_up(<Id*>&ids_view[0, 0], first, last, <Info*>&infos_view[0, 0])
                self._spread(
                    <Id*>&ids_view[0, 0], <Info*>&infos_view[0, 0], first, last, cursors,
                    <Posting*>&met_view[0, 0], <Place*>&places_view[0, 0],
                )
        finally:
            free(cursors)
        met, places = met[:postings], places[:tokens]
        return met[:, 0], met[:, 1], places[:, 0], places[:, 1]

    cdef void _tally(self, int64_t* lengths, int64_t* uses, Uses* met) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const Span* spans = self._vocabulary._spans
        cdef const int32_t* chunk
        cdef Uses* one
        cdef Py_ssize_t part, d, document = 0, i, chunks = self._vocabulary._chunks.count
        cdef int64_t length
        cdef uint32_t j
        for i in range(chunks):
            met[i].words, met[i].times = spans[i].count, 0
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                length = 0
                for i in range(self._parts[part].counts[d]):
                    one = met + chunk[i]
                    one.times += 1
                    length += one.words
                lengths[document] = length
                chunk += self._parts[part].counts[d]
                document += 1
        for i in range(chunks):
            for j in range(spans[i].count):
                uses[flat[spans[i].start + j]] += met[i].times

    cdef void _expand(self, int32_t* words) noexcept nogil:
        cdef const Span* spans = self._vocabulary._spans
        cdef Span span
        cdef Py_ssize_t part, d, i, total
        for part in range(self._size):
            total = 0
            for d in range(self._parts[part].documents):
                total += self._parts[part].counts[d]
            for i in range(total):
                span = spans[self._parts[part].chunks[i]]
                if span.count:
                    memcpy(words, self._vocabulary._flat + span.start, span.count * 4)
                words += span.count

    cdef void _look_up(self, const Id* ids, int64_t first, int64_t last, Info* infos) noexcept nogil:
        """Fill in of each chunk its term, counted from ``first``, and form."""
        cdef const Span* spans = self._vocabulary._spans
        cdef Py_ssize_t i
        cdef Id id
        for i in range(<Py_ssize_t>self._vocabulary._chunks.count):
            infos[i].term = _SEVERAL
            if spans[i].count == 1:
                id = ids[self._vocabulary._flat[spans[i].start]]
                infos[i].term = <int32_t>(id.term - first) if first <= id.term < last else -1
                infos[i].form = id.form

    cdef void _count(
        self, const Id* ids, const Info* infos, int64_t* counts, int64_t* uses, int32_t* last
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const int32_t* chunk
        cdef Span span
        cdef Py_ssize_t part, d, i
        cdef int32_t term, document = 0
        cdef uint32_t j
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                for i in range(self._parts[part].counts[d]):
                    term = infos[chunk[i]].term
                    if term >= 0:
                        uses[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                        continue
                    span = self._vocabulary._spans[chunk[i]]
                    for j in range(span.count):
                        term = ids[flat[span.start + j]].term
                        uses[term] += 1
                        counts[term] += last[term] != document
                        last[term] = document
                chunk += self._parts[part].counts[d]
                document += 1

    cdef void _spread(
        self, const Id* ids, const Info* infos, int64_t first, int64_t last, Cursor* cursors,
        Posting* postings, Place* places,
    ) noexcept nogil:
        cdef const int32_t* flat = self._vocabulary._flat
        cdef const int32_t* chunk
        cdef Span span
        cdef Info info
        cdef Id id
        cdef Py_ssize_t part, d, i
        cdef int32_t document = 0, position
        cdef uint64_t size = last - first
        cdef uint32_t j
        for part in range(self._size):
            chunk = self._parts[part].chunks
            for d in range(self._parts[part].documents):
                position = 0
                for i in range(self._parts[part].counts[d]):
                    info = infos[chunk[i]]
                    if info.term >= 0:
                        _put(cursors + info.term, document, position, info.form, postings, places)
                    if info.term != _SEVERAL:
                        position += 1
                        continue
                    span = self._vocabulary._spans[chunk[i]]
                    for j in range(span.count):
                        id = ids[flat[span.start + j]]
                        if <uint64_t>(id.term - first) < size:
                            _put(
                                cursors + (id.term - first), document, position, id.form,
                                postings, places,
                            )
                        position += 1
                chunk += self._parts[part].counts[d]
                document += 1


cdef inline void _put(
    Cursor* cursor, int32_t document, int32_t position, int32_t form,
    Posting* postings, Place* places,
) noexcept nogil:
    if cursor.last != document:
        cursor.last = document
        cursor.posting += 1
        postings[cursor.posting].document = document
        postings[cursor.posting].freq = 0
    postings[cursor.posting].freq += 1
    places[cursor.token].position = position
    places[cursor.token].form = form
    cursor.token += 1
