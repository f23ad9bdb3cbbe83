# Texts cut into chunks, which are looked up and numbered.

cdef struct Span:
    uint32_t start  # of a chunk's words, among those of all chunks
    uint32_t count

cdef struct Piece:
    Bytes text
    uint64_t length


cdef _mapped(int64_t number):
    """Room for one number more than this, int32, in memory of its own. What is long is kept
    in such: what a thread had from malloc, and gave back, would stay with the thread."""
    return np.frombuffer(mmap(-1, 4 * (number + 1), access=ACCESS_COPY), np.int32)


cdef class Vocabulary:
    """``analysis.Vocabulary``: blank-separated chunks of text, numbered, and their words.

    ``analyse`` gives the folded words of a chunk that is not ASCII. One thread at a time.
    """

    cdef Names _chunks
    cdef Names _words
    cdef Span* _spans  # of each chunk
    cdef uint64_t _spans_room
    cdef int32_t* _flat  # the words of all chunks
    cdef uint64_t _flat_used
    cdef uint64_t _flat_room
    cdef uint8_t* _scratch
    cdef uint64_t _scratch_room
    cdef object _analyse

    def __cinit__(self, analyse):
        self._analyse = analyse
        cdef uint64_t s0 = int.from_bytes(os.urandom(8), "little")
        cdef uint64_t s1 = int.from_bytes(os.urandom(8), "little")
        if not (_names_make(&self._chunks, s0, s1) and _names_make(&self._words, s0, s1)):
            raise MemoryError

    def __dealloc__(self):
        _names_free(&self._chunks)
        _names_free(&self._words)
        free(self._spans)
        free(self._flat)
        free(self._scratch)

    def __len__(self):
        return self._chunks.count

    @property
    def size(self):
        """The bytes of memory that it takes, and about what its words will take as objects."""
        return (
            _names_bytes(&self._chunks)
            + _names_bytes(&self._words)
            + self._spans_room * sizeof(Span)
            + self._flat_room * sizeof(int32_t)
            + self._words.count * 300
        )

    def words(self):
        """The words by number: a list of UTF-8."""
        cdef uint64_t i
        cdef const uint64_t* ends = self._words.ends
        cdef char* text = <char*>self._words.text
        return [
            PyBytes_FromStringAndSize(text + ends[i], <Py_ssize_t>(ends[i + 1] - ends[i]))
            for i in range(self._words.count)
        ]

    def cut(self, list texts):
        """The numbers of the chunks of all texts end to end, and how many each text has: int32."""
        cdef Py_ssize_t number = len(texts), i, size
        cdef Piece* pieces = <Piece*>malloc((number + 1) * sizeof(Piece))
        cdef int32_t* found = NULL
        cdef int64_t total
        texts = list(texts)  # ours: nobody can take a text away while it is looked into
        held = []  # what else the pieces look into
        counts = np.empty(number, np.int32)
        cdef int32_t[::1] counts_view = counts
        cdef uint64_t before = self._chunks.count
        if pieces == NULL:
            raise MemoryError
        try:
            for i in range(number):
                text = texts[i]
                try:
                    pieces[i].text = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
                except UnicodeEncodeError:
                    data = text.encode("utf-8", "surrogatepass")
                    held.append(data)
                    pieces[i].text = <Bytes>PyBytes_AS_STRING(data)
                    size = PyBytes_GET_SIZE(data)
                pieces[i].length = size
            with nogil:
                total = self._cut(pieces, number, &counts_view[0] if number else NULL, &found)
            if total < 0:
                raise MemoryError
            self._read(before)
            chunks = _mapped(total)[:total]
            if total:
                _copy(chunks, found)
        finally:
            free(pieces)
            free(found)
        return chunks, counts

    def numbers(self, list texts):
        """The words of all texts end to end (int32), and how many each text has (int64)."""
        chunks, counts = self.cut(texts)
        inversion = Inversion(self, [(chunks, counts)])
        return inversion.expand(), inversion.tally()[0]

    cdef int64_t _cut(
        self, Piece* pieces, Py_ssize_t number, int32_t* counts, int32_t** found
    ) noexcept nogil:
        cdef uint64_t used = 0, room = 0, n, i, start, step, before
        cdef int64_t chunk
        cdef Py_ssize_t at
        cdef Bytes p
        cdef uint8_t kind
        cdef void* more
        for at in range(number):
            p, n, i, before = pieces[at].text, pieces[at].length, 0, used
            while i < n:
                kind = _blanks[p[i]]
                if kind == _BLANK:
                    i += 1
                    continue
                if kind == _LEAD:
                    step = _blank(p + i, n - i)
                    if step:
                        i += step
                        continue
                start = i
                i += 1
                while i < n:
                    kind = _blanks[p[i]]
                    if kind and (kind == _BLANK or _blank(p + i, n - i)):
                        break
                    i += 1
                step = self._chunks.count
                chunk = _number(&self._chunks, p + start, i - start)
                if chunk < 0 or (<uint64_t>chunk == step and not self._take(p + start, i - start)):
                    return -1
                if used == room:
                    room = 2 * room + 4096
                    more = realloc(found[0], room * sizeof(int32_t))
                    if more == NULL:
                        return -1
                    found[0] = <int32_t*>more
                found[0][used] = <int32_t>chunk
                used += 1
            if used - before >= _MOST:
                return -1
            counts[at] = <int32_t>(used - before)
        return used

    cdef bint _take(self, Bytes p, uint64_t n) noexcept nogil:
        """Find the words of the chunk that is new, if it is ASCII; leave it empty if not."""
        cdef uint64_t i, end
        cdef void* more
        cdef uint64_t chunk = self._chunks.count - 1
        if chunk >= self._spans_room:
            more = realloc(self._spans, (2 * chunk + 256) * sizeof(Span))
            if more == NULL:
                return False
            self._spans, self._spans_room = <Span*>more, 2 * chunk + 256
        self._spans[chunk].start, self._spans[chunk].count = <uint32_t>self._flat_used, 0
        for i in range(n):
            if p[i] & 0x80:
                return True
        if n > self._scratch_room:
            more = realloc(self._scratch, 2 * n)
            if more == NULL:
                return False
            self._scratch, self._scratch_room = <uint8_t*>more, 2 * n
        i = 0
        while i < n:
            if not _signs[p[i]]:
                i += 1
                continue
            end = _token(p, n, i)
            if not self._add_word(self._scratch, _fold(p + i, end - i, self._scratch)):
                return False
            i = end
        self._spans[chunk].count = <uint32_t>(self._flat_used - self._spans[chunk].start)
        return True

    cdef bint _add_word(self, Bytes p, uint64_t n) noexcept nogil:
        cdef int64_t word = _number(&self._words, p, n)
        cdef void* more
        if word < 0 or self._flat_used + 1 >= _MOST:
            return False
        if self._flat_used == self._flat_room:
            more = realloc(self._flat, (2 * self._flat_room + 1024) * sizeof(int32_t))
            if more == NULL:
                return False
            self._flat, self._flat_room = <int32_t*>more, 2 * self._flat_room + 1024
        self._flat[self._flat_used] = <int32_t>word
        self._flat_used += 1
        return True

    cdef _read(self, uint64_t first):
        """Find the words of the chunks from ``first`` on that are not ASCII."""
        cdef uint64_t chunk, start, size, i
        cdef Bytes p
        for chunk in range(first, self._chunks.count):
            start = self._chunks.ends[chunk]
            size = self._chunks.ends[chunk + 1] - start
            p = self._chunks.text + start
            for i in range(size):
                if p[i] & 0x80:
                    break
            else:
                continue
            data = PyBytes_FromStringAndSize(<char*>p, <Py_ssize_t>size)
            start = self._flat_used
            for word in self._analyse(data.decode("utf-8", "surrogatepass")):
                data = word.encode("utf-8", "surrogatepass")
                if not self._add_word(<Bytes>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)):
                    raise MemoryError
            self._spans[chunk].start = <uint32_t>start
            self._spans[chunk].count = <uint32_t>(self._flat_used - start)


cdef void _copy(int32_t[::1] to, const int32_t* source):
    memcpy(&to[0], source, to.shape[0] * sizeof(int32_t))
