# Signs: what parts words, in each form that Python keeps a text in.

cdef uint8_t _BLANK = 1, _LEAD = 2  # a blank; the first byte of what may be one
cdef uint8_t _DIGIT = 1, _ALPHA = 2
cdef uint8_t[256] _blanks
cdef uint8_t[256] _signs
cdef uint8_t[256] _lower


cdef void _fill_tables() noexcept:
    cdef int c
    for c in range(256):
        _blanks[c] = _BLANK if 9 <= c <= 13 or 28 <= c <= 32 else 0
        _signs[c] = 0
        _lower[c] = <uint8_t>c
        if c in (0xC2, 0xE1, 0xE2, 0xE3):
            _blanks[c] = _LEAD
        if 48 <= c <= 57:
            _signs[c] = _DIGIT
        elif 65 <= c <= 90:
            _signs[c] = _ALPHA
            _lower[c] = <uint8_t>(c + 32)
        elif 97 <= c <= 122:
            _signs[c] = _ALPHA


_fill_tables()


cdef inline uint64_t _blank(Bytes p, uint64_t left) noexcept nogil:
    """The length of the blank outside of ASCII that stands here, or 0: those of str.split."""
    if p[0] == 0xC2:
        return 2 if left >= 2 and (p[1] == 0x85 or p[1] == 0xA0) else 0
    if left < 3:
        return 0
    if p[0] == 0xE1:
        return 3 if p[1] == 0x9A and p[2] == 0x80 else 0
    if p[0] == 0xE2:
        if p[1] == 0x80:
            return 3 if p[2] <= 0x8A or p[2] == 0xA8 or p[2] == 0xA9 or p[2] == 0xAF else 0
        return 3 if p[1] == 0x81 and p[2] == 0x9F else 0
    return 3 if p[0] == 0xE3 and p[1] == 0x80 and p[2] == 0x80 else 0


cdef inline uint64_t _digits(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and _signs[p[i]] == _DIGIT:
        i += 1
    return i


cdef inline uint64_t _alnums(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    while i < n and _signs[p[i]]:
        i += 1
    return i


cdef uint64_t _token(Bytes p, uint64_t n, uint64_t i) noexcept nogil:
    """Where the token that begins at a letter or digit ends: ``analysis.TOKEN`` over ASCII."""
    cdef uint64_t j, last
    if _signs[p[i]] == _DIGIT:  # 1,234.5, not followed by a letter; else one part less
        j, last = _digits(p, n, i), 0
        while j + 1 < n and (p[j] == c"." or p[j] == c",") and _signs[p[j + 1]] == _DIGIT:
            last = j if last else 1
            j = _digits(p, n, j + 1)
        if last:
            if j == n or not _signs[p[j]]:
                return j
            if last > 1:
                return last
    else:
        j = i  # U.S.
        while j + 1 < n and _signs[p[j]] == _ALPHA and p[j + 1] == c".":
            j += 2
        if j >= i + 4:
            return j
        j = i + 1  # C++ and C#
        if j < n and (p[j] == c"+" or p[j] == c"#"):
            last = j + 1 if p[j] == c"#" else j + 2
            if p[j] == c"#" or (j + 1 < n and p[j + 1] == c"+"):
                if last == n or not (_signs[p[last]] or p[last] == c"_"):
                    return last
    j = _alnums(p, n, i)
    while j + 1 < n and (p[j] == c"'" or p[j] == c"&") and _signs[p[j + 1]]:
        j = _alnums(p, n, j + 1)
    return j


cdef uint64_t _fold(Bytes p, uint64_t n, uint8_t* to) noexcept nogil:
    """Write a token of ASCII folded, as ``analysis.fold`` does; returns its length."""
    cdef uint64_t i, size = 0
    cdef bint plain = True, quoted = False
    for i in range(n):
        to[i] = _lower[p[i]]
        if _signs[p[i]] != _ALPHA:
            plain = False
            quoted = quoted or p[i] == c"'"
    if plain:
        return n
    if quoted and n > 2 and to[n - 2] == c"'" and to[n - 1] == c"s":
        n -= 2
    for i in range(n):
        if to[i] != c"'" and to[i] != c",":
            to[size] = to[i]
            size += 1
    while size > 1 and to[size - 1] == c".":
        size -= 1
    return size
