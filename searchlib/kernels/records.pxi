# Articles as JSON.

cdef bint _plain(text):
    cdef Py_ssize_t size, i
    cdef Bytes p
    cdef uint8_t bad = 0
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return False
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    for i in range(size):
        bad |= (p[i] < 32) & (p[i] != 9) & (p[i] != 10) & (p[i] != 13) | (p[i] == 127)
    return not bad


def plain(text):
    """Whether a text is ASCII without a sign that ``schema.clean`` would replace."""
    return _plain(text)


cdef struct Buffer:
    char* text
    size_t used
    size_t room


cdef bint _room(Buffer* buffer, size_t more) noexcept:
    cdef void* grown
    if buffer.used + more > buffer.room:
        grown = realloc(buffer.text, 2 * (buffer.used + more))
        if grown == NULL:
            return False
        buffer.text, buffer.room = <char*>grown, 2 * (buffer.used + more)
    return True


cdef uint8_t[256] _escapes  # 0: none; 1: in six characters; else the character after "\\"


cdef void _fill_escapes() noexcept:
    cdef int c
    for c in range(256):
        _escapes[c] = c < 32
    _escapes[8], _escapes[9], _escapes[10], _escapes[12], _escapes[13] = c"b", c"t", c"n", c"f", c"r"
    _escapes[34], _escapes[92] = 34, 92


_fill_escapes()


cdef bint _quote(Buffer* buffer, text) except -1:
    """Add a text as JSON; False if it has half of a surrogate pair."""
    cdef Py_ssize_t size, i = 0, start
    cdef Bytes p
    cdef char* to
    try:
        p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    except UnicodeEncodeError:
        return False
    if not _room(buffer, size + 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    while i < size:
        start = i
        while i < size and not _escapes[p[i]]:
            i += 1
        # What is left, and one escape, fit in.
        if not _room(buffer, size - start + 8):
            raise MemoryError
        memcpy(buffer.text + buffer.used, p + start, i - start)
        buffer.used += i - start
        if i < size:
            to = buffer.text + buffer.used
            to[0] = c"\\"
            to[1] = <char>_escapes[p[i]]
            buffer.used += 2
            if _escapes[p[i]] == 1:
                to[1], to[2], to[3] = c"u", c"0", c"0"
                to[4] = c"1" if p[i] & 16 else c"0"
                to[5] = b"0123456789abcdef"[p[i] & 15]
                buffer.used += 4
            i += 1
    if not _room(buffer, 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    return True


cdef bint _sign(Buffer* buffer, char sign) except -1:
    if not _room(buffer, 1):
        raise MemoryError
    buffer.text[buffer.used] = sign
    buffer.used += 1
    return True


cdef bint _value(Buffer* buffer, value) except -1:
    cdef Py_ssize_t i
    if type(value) is str:
        return _quote(buffer, value)
    if type(value) is not list:
        return False
    _sign(buffer, c"[")
    for i in range(len(value)):
        if i:
            _sign(buffer, c",")
        if type(value[i]) is not str or not _quote(buffer, value[i]):
            return False
    return _sign(buffer, c"]")


def to_json(dict row):
    """The JSON of a row of texts and lists of texts, as ``backend.writer.to_json`` writes it;
    None if there is anything else in it."""
    cdef Buffer buffer
    cdef bint first = True
    for name in row:
        if type(name) is not str:
            return None
    memset(&buffer, 0, sizeof(Buffer))
    try:
        for name in sorted(row):
            _sign(&buffer, c"{" if first else c",")
            first = False
            if not _quote(&buffer, name):
                return None
            _sign(&buffer, c":")
            if not _value(&buffer, row[name]):
                return None
        if first:
            _sign(&buffer, c"{")
        _sign(&buffer, c"}")
        return PyBytes_FromStringAndSize(buffer.text, buffer.used)
    finally:
        free(buffer.text)
