# Records that are kept as they are.

cdef enum:
    KEY, WORDS, LABEL, LABELS, DAY, STORED, STORED_TEXT, STORED_TEXTS, NEVER


cdef bint _label(text):
    """Whether a text is plain, and all its blanks are single spaces between other signs."""
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


cdef inline int _decimal(Bytes p, Py_ssize_t size) noexcept:
    """The number of some digits, or -1."""
    cdef int found = 0
    cdef Py_ssize_t i
    for i in range(size):
        if not 48 <= p[i] <= 57:
            return -1
        found = 10 * found + p[i] - 48
    return found


cdef bint _day(text):
    """Whether a text is a date, or a date and a time to the second, as ``read_iso`` writes it."""
    cdef Py_ssize_t size
    cdef Bytes p
    cdef int year, month, day, most
    if type(text) is not str or not PyUnicode_IS_ASCII(text):
        return False
    p = <Bytes>PyUnicode_AsUTF8AndSize(text, &size)
    if (size != 10 and size != 19) or p[4] != c"-" or p[7] != c"-":
        return False
    year, month, day = _decimal(p, 4), _decimal(p + 5, 2), _decimal(p + 8, 2)
    if year < 1 or not 1 <= month <= 12:
        return False
    most = 30 + ((month + (month >> 3)) & 1)
    if month == 2:
        most = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    if not 1 <= day <= most:
        return False
    return size == 10 or (
        p[10] == c"T" and p[13] == c":" and p[16] == c":" and 0 <= _decimal(p + 11, 2) < 24
        and 0 <= _decimal(p + 14, 2) < 60 and 0 <= _decimal(p + 17, 2) < 60
    )


cdef dict _CHECKS = {
    "key": KEY, "words": WORDS, "label": LABEL, "labels": LABELS, "day": DAY, "stored": STORED,
    "text": STORED_TEXT, "texts": STORED_TEXTS, "never": NEVER,
}


cdef class RowReader:
    """Makes rows of records that are clean already, which can be told soon of most: each value
    is in the one form that ``Article.from_record`` and ``Schema.clean`` give it, or is empty
    and left out by them. Of all others it says nothing.

    ``checks`` maps the names that are known to how their values are checked (a name in
    ``_CHECKS``); others are stored. ``key`` is the schema's key, of ``longest`` bytes at
    most."""

    cdef dict _kinds
    cdef str _key
    cdef Py_ssize_t _longest

    def __init__(self, dict checks, str key, Py_ssize_t longest):
        self._kinds = {name: _CHECKS[check] for name, check in checks.items()}
        self._key, self._longest = key, longest

    def __call__(self, dict record):
        """The row, perhaps the record itself; None if it takes a closer look."""
        cdef int kind
        cdef dict row = record
        for name, value in record.items():
            found = self._kinds.get(name)
            if found is None and not _plain(name):
                return None
            kind = STORED if found is None else found
            if value is None or (kind != STORED and (value == "" or value == [])):
                # No value; of the key, or of what never is told, there must be one.
                if value is not None and (kind in (KEY, NEVER) or (
                    type(value) is list and kind not in (LABELS, STORED_TEXTS)
                )):
                    return None
                if row is record:
                    row = record.copy()
                del row[name]
            elif not _is_kept(kind, value) or (kind == KEY and len(value) > self._longest):
                return None
        return row if self._key in row else None


cdef bint _is_kept(int kind, value):
    if type(value) is str:
        if kind == LABEL or kind == KEY:
            return _label(value)
        if kind == DAY:
            return _day(value)
        return (kind == WORDS or kind == STORED or kind == STORED_TEXT) and _plain(value)
    if type(value) is list:
        if kind == LABELS:
            for one in value:
                if not _label(one):
                    return False
            return len(value) == 1 or len({one.lower() for one in value}) == len(value)
        if kind == STORED or kind == STORED_TEXTS:
            for one in value:
                if not _plain(one):
                    return False
            return True
        return False
    if kind != STORED:
        return False
    if type(value) is int:
        return -(1 << 60) < value < 1 << 60
    return type(value) is bool
