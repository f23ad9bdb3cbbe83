# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
# cython: allow_none_for_extension_args=False, freethreading_compatible=True
"""Records: their canonical JSON, and which of them are in their canonical form already. The
compiled implementation of :mod:`searchlib.ingest.record`.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcmp, memcpy, memset

from searchlib.kernels.constants cimport (
    CHECK_DATE, CHECK_KEY, CHECK_LABEL, CHECK_LABELS, CHECK_NEVER, CHECK_STORED, CHECK_STORED_TEXT,
    CHECK_STORED_TEXTS, CHECK_TEXT, CONSTANTS_FINGERPRINT,
)

#: The fingerprint of the constants that this module was built with.
CONSTANTS = CONSTANTS_FINGERPRINT

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object, Py_ssize_t*) except NULL
    bint PyUnicode_IS_ASCII(object)

ctypedef const uint8_t* Bytes


cdef bint clean_ascii(text):
    cdef Py_ssize_t size, i
    cdef Bytes p
    cdef uint8_t bad = 0
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return False
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    for i in range(size):
        bad |= (p[i] < 32) & (p[i] != 9) & (p[i] != 10) & (p[i] != 13) | (p[i] == 127)
    return not bad


def is_clean_ascii(text):
    """Whether a text is ASCII without control characters, so that ``Text.normalize`` leaves it
    as it is (tab, line feed and carriage return are no control characters here). False if it is no str."""
    return clean_ascii(text)


cdef struct Buffer:
    char* text
    size_t used
    size_t room


cdef bint reserve(Buffer* buffer, size_t more) noexcept:
    cdef void* grown
    if buffer.used + more > buffer.room:
        grown = realloc(buffer.text, 2 * (buffer.used + more))
        if grown == NULL:
            return False
        buffer.text, buffer.room = <char*>grown, 2 * (buffer.used + more)
    return True


cdef uint8_t[256] escapes  # 0: none; 1: \u00XX; else the character after "\\"


cdef void fill_escapes() noexcept:
    cdef int c
    for c in range(256):
        escapes[c] = c < 32
    escapes[8], escapes[9], escapes[10], escapes[12], escapes[13] = c"b", c"t", c"n", c"f", c"r"
    escapes[34], escapes[92] = 34, 92


fill_escapes()


cdef enum:
    BLOCK = 32  # bytes that are looked at together

cdef uint64_t ONES = 0x0101010101010101
cdef uint64_t HIGH_BITS = 0x8080808080808080


cdef inline bint has_escapes(Bytes p) noexcept:
    """Whether one of the next ``BLOCK`` bytes has an escape."""
    cdef uint8_t found = 0
    cdef int i
    for i in range(BLOCK):
        found |= (p[i] < 32) | (p[i] == 34) | (p[i] == 92)
    return found


cdef inline uint64_t escape_flags(Bytes p) noexcept:
    """Not 0 if one of the next 8 bytes has an escape."""
    cdef uint64_t word, quotes, slashes
    memcpy(&word, p, 8)
    quotes, slashes = word ^ (34 * ONES), word ^ (92 * ONES)
    return (
        (word - 32 * ONES) & ~word | (quotes - ONES) & ~quotes | (slashes - ONES) & ~slashes
    ) & HIGH_BITS


cdef inline Py_ssize_t next_escape(Bytes p, Py_ssize_t i, Py_ssize_t size) noexcept:
    """The place from ``i`` on of the first byte that has an escape; ``size`` if there is none."""
    while i + BLOCK <= size and not has_escapes(p + i):
        i += BLOCK
    while i + 8 <= size and not escape_flags(p + i):
        i += 8
    while i < size and not escapes[p[i]]:
        i += 1
    return i


cdef bint add_text(Buffer* buffer, text) except -1:
    """Add a text as a JSON string; False if it has half of a surrogate pair."""
    cdef Py_ssize_t size
    cdef Bytes p
    try:
        p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    except UnicodeEncodeError:
        return False
    return add_utf8(buffer, p, size)


cdef bint add_utf8(Buffer* buffer, Bytes p, Py_ssize_t size) except -1:
    """Add a text as a JSON string."""
    cdef Py_ssize_t i = 0, start
    cdef char* to
    if not reserve(buffer, size + 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    while i < size:
        start, i = i, next_escape(p, i, size)
        # Room for the rest and one escape.
        if not reserve(buffer, size - start + 8):
            raise MemoryError
        memcpy(buffer.text + buffer.used, p + start, i - start)
        buffer.used += i - start
        if i < size:
            to = buffer.text + buffer.used
            to[0] = c"\\"
            to[1] = <char>escapes[p[i]]
            buffer.used += 2
            if escapes[p[i]] == 1:
                to[1], to[2], to[3] = c"u", c"0", c"0"
                to[4] = c"1" if p[i] & 16 else c"0"
                to[5] = b"0123456789abcdef"[p[i] & 15]
                buffer.used += 4
            i += 1
    if not reserve(buffer, 2):
        raise MemoryError
    buffer.text[buffer.used] = c'"'
    buffer.used += 1
    return True


cdef bint add_char(Buffer* buffer, char char_) except -1:
    if not reserve(buffer, 1):
        raise MemoryError
    buffer.text[buffer.used] = char_
    buffer.used += 1
    return True


cdef bint add_value(Buffer* buffer, value) except -1:
    cdef Py_ssize_t i
    if type(value) is str:
        return add_text(buffer, value)
    if type(value) is not list:
        return False
    add_char(buffer, c"[")
    for i in range(len(value)):  # nothing below runs code that could change the list
        if i:
            add_char(buffer, c",")
        if type(value[i]) is not str or not add_text(buffer, value[i]):
            return False
    return add_char(buffer, c"]")


cdef struct Member:
    # A name of a row, in UTF-8, and its value: both borrowed from the row.
    Bytes name
    Py_ssize_t size
    PyObject* value


cdef int compare_names(const void* first, const void* second) noexcept nogil:
    cdef const Member* a = <const Member*>first
    cdef const Member* b = <const Member*>second
    cdef int order = memcmp(a.name, b.name, min(a.size, b.size))
    return order if order else (a.size > b.size) - (a.size < b.size)


cdef Py_ssize_t list_members(dict row, Member* members, size_t* size) except -1:
    """Fill in the names of a row, sorted as UTF-8, which is the order of their characters; returns
    how many there are, and adds about how long the texts are; -2 if a name is no text."""
    cdef Py_ssize_t count = 0
    for name, value in row.items():
        if type(name) is not str:
            return -2
        try:
            members[count].name = <Bytes>PyUnicode_AsUTF8AndSize(name, &members[count].size)
        except UnicodeEncodeError:
            return -2
        members[count].value = <PyObject*>value
        size[0] += members[count].size + 8
        if type(value) is str:
            size[0] += len(<str>value)
        count += 1
    qsort(members, count, sizeof(Member), compare_names)
    return count


def canonical_json(dict row not None):
    """:func:`searchlib.ingest.record.canonical_json` of a row of texts and lists of texts; None if
    there is anything else in it."""
    cdef Buffer buffer
    cdef size_t size = 64
    cdef Py_ssize_t count, i
    cdef Member* members = <Member*>malloc((len(row) + 1) * sizeof(Member))
    memset(&buffer, 0, sizeof(Buffer))
    try:
        if members == NULL:
            raise MemoryError
        count = list_members(row, members, &size)
        if count < 0:
            return None
        # Room for some escapes too: most texts need no more.
        if not reserve(&buffer, size // 2 + size // 16):
            raise MemoryError
        add_char(&buffer, c"{")
        for i in range(count):  # nothing below runs code that could change the row
            if i:
                add_char(&buffer, c",")
            add_utf8(&buffer, members[i].name, members[i].size)
            add_char(&buffer, c":")
            if not add_value(&buffer, <object>members[i].value):
                return None
        add_char(&buffer, c"}")
        return PyBytes_FromStringAndSize(buffer.text, buffer.used)
    finally:
        free(buffer.text)
        free(members)


cdef bint is_label(text):
    """Whether a text is ASCII without control characters, its words separated by single spaces."""
    cdef Py_ssize_t size, i
    cdef Bytes p
    cdef uint8_t before = 32
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return False
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    for i in range(size):
        if p[i] < 32 or p[i] == 127 or (p[i] == 32 and before == 32):
            return False
        before = p[i]
    return before != 32


cdef inline int decimal(Bytes p, Py_ssize_t size) noexcept:
    """The number that ASCII digits spell, or -1; at most nine digits."""
    cdef int number = 0
    cdef Py_ssize_t i
    for i in range(size):
        if not 48 <= p[i] <= 57:
            return -1
        number = 10 * number + p[i] - 48
    return number


cdef enum:
    NO_DATE = -1

cdef int64_t SECOND = 1_000_000
cdef int[13] DAYS_BEFORE  # the days of a year before a month, by month


cdef void fill_days() noexcept:
    cdef int month
    DAYS_BEFORE[0] = DAYS_BEFORE[1] = 0
    for month in range(2, 13):
        DAYS_BEFORE[month] = DAYS_BEFORE[month - 1] + (
            28 if month == 3 else 30 + ((month - 1 + (month - 1 >> 3)) & 1)
        )


fill_days()


cdef int64_t micros_of(text):
    """The microseconds from the beginning of the year 1 to an ISO 8601 date, or to a date and a
    time to the second without a zone; NO_DATE for any other text."""
    cdef Py_ssize_t size
    cdef Bytes p
    cdef int year, month, day, hour, minute, second
    cdef bint is_leap
    cdef int64_t days
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return NO_DATE
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    # The size is compared before the characters.
    if (size != 10 and size != 19) or p[4] != c"-" or p[7] != c"-":
        return NO_DATE
    year, month, day = decimal(p, 4), decimal(p + 5, 2), decimal(p + 8, 2)
    if year < 1 or not 1 <= month <= 12:
        return NO_DATE
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = 30 + ((month + (month >> 3)) & 1) if month != 2 else 28 + is_leap
    if not 1 <= day <= days:
        return NO_DATE
    hour = minute = second = 0
    if size == 19:
        if p[10] != c"T" or p[13] != c":" or p[16] != c":":
            return NO_DATE
        hour, minute, second = decimal(p + 11, 2), decimal(p + 14, 2), decimal(p + 17, 2)
        if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
            return NO_DATE
    year -= 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + day - 1
    days += DAYS_BEFORE[month] + (is_leap and month > 2)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * SECOND


def instants(list dates not None, int64_t offset):
    """:func:`searchlib.ingest.record.instant` of dates to the day or to the second, in a zone that
    is always so many microseconds ahead of UTC; None for all others."""
    cdef int64_t micros
    result = []
    for text in dates:
        micros = micros_of(text)
        result.append(None if micros == NO_DATE else micros - offset)
    return result


cdef inline bint is_empty(value):
    """Whether a value is a text or a list without anything in it."""
    if type(value) is str:
        return len(<str>value) == 0
    return type(value) is list and len(<list>value) == 0


cdef enum:
    MAX_NAMES = 10_000


cdef class RowReader:
    """Finds the records whose values are all in the one form that ``Article.from_record`` and
    ``Schema.normalize`` would give them (or empty, so that those would leave them out): most
    records are, and it takes a microsecond to see it.

    ``checks`` maps the names that are known to a ``constants.ValueCheck`` each. Of another name,
    ``stays`` says whether records that have it may stay as they are (None: they may); it is
    checked as a stored field then. ``key`` is the schema's key, of at most ``max_key`` bytes."""

    cdef dict _checks
    cdef object _stays
    cdef str _key
    cdef Py_ssize_t _max_key

    def __init__(self, dict checks not None, str key not None, Py_ssize_t max_key, stays=None):
        self._checks = {name: int(check) for name, check in checks.items()}
        self._stays, self._key, self._max_key = stays, key, max_key

    cdef int _new_check(self, name) except -1:
        """How a value is checked whose name comes for the first time."""
        cdef bint is_plain = clean_ascii(name) and (self._stays is None or self._stays(name))
        cdef int check = CHECK_STORED if is_plain else CHECK_NEVER
        if len(self._checks) < MAX_NAMES:  # names may be data
            self._checks[name] = check
        return check

    def __call__(self, dict record not None):
        """The record, or a copy without its empty values, if it is in canonical form; None if it
        takes a closer look."""
        cdef int check
        cdef dict row = record
        for name, value in record.items():
            known = self._checks.get(name)
            check = self._new_check(name) if known is None else known
            if value is None or (check != CHECK_STORED and is_empty(value)):
                # Empty: an error in a key, perhaps one where the type is wrong.
                if value is not None and (check in (CHECK_KEY, CHECK_NEVER) or (
                    type(value) is list and check not in (CHECK_LABELS, CHECK_STORED_TEXTS)
                )):
                    return None
                if row is record:
                    row = record.copy()
                del row[name]
            elif not is_canonical(check, value):
                return None
            elif check == CHECK_KEY and len(value) > self._max_key:
                return None
        return row if self._key in row else None


cdef bint is_canonical(int check, value):
    """Whether a value passes its check."""
    if type(value) is str:
        if check == CHECK_LABEL or check == CHECK_KEY:
            return is_label(value)
        if check == CHECK_DATE:
            return micros_of(value) != NO_DATE
        if check == CHECK_TEXT or check == CHECK_STORED or check == CHECK_STORED_TEXT:
            return clean_ascii(value)
        return False
    if type(value) is list:
        if check == CHECK_LABELS:
            for one in value:
                if not is_label(one):
                    return False
            return len(value) == 1 or len({one.lower() for one in value}) == len(value)
        if check == CHECK_STORED or check == CHECK_STORED_TEXTS:
            for one in value:
                if not clean_ascii(one):
                    return False
            return True
        return False
    if check != CHECK_STORED:
        return False
    if type(value) is int:
        return -(1 << 60) < value < 1 << 60
    return type(value) is bool
