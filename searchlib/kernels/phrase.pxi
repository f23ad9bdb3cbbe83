# Phrases: whether a document that has all the words has them in a row.

cdef int32_t* room_for(Node* n, Py_ssize_t count) noexcept nogil:
    cdef int32_t* made
    if count > n.room:
        made = <int32_t*>realloc(n.places, 2 * count * sizeof(int32_t))
        if made == NULL:
            return NULL
        n.places, n.room = made, 2 * count
    return n.places


cdef bint in_row(Node* n, Py_ssize_t doc) noexcept nogil:
    """Whether a document, which has all the words, has them one after the other.

    The places of the rarest word are in question; each other word leaves of them those that it
    is in the right distance from. Forms are looked at only where words meet.
    """
    cdef Py_ssize_t firsts[MOST]
    cdef Py_ssize_t lasts[MOST]
    cdef Py_ssize_t i, at, kept, count, length, longest = 0
    cdef int k
    cdef Node* first = n.order[0]
    cdef Node* kid
    cdef int32_t* open
    cdef int32_t* places
    cdef int32_t wanted, apart
    for k in range(n.size):
        kid = n.order[k]
        at = posting(kid.post, doc)
        if at < 0:
            return False
        occurrences(kid, doc, at, &firsts[k], &lasts[k])
        longest = max(longest, lasts[k] - firsts[k])
    count = lasts[0] - firsts[0]
    open = room_for(n, count + longest)
    if open == NULL:
        return False
    places = open + count
    decode(first.post, firsts[0], lasts[0], open)
    for k in range(1, n.size):
        kid = n.order[k]
        apart = kid.offset - first.offset
        length = lasts[k] - firsts[k]
        decode(kid.post, firsts[k], lasts[k], places)
        kept = at = 0
        for i in range(count):
            wanted = open[i] + apart
            while at < length and places[at] < wanted:
                at += 1
            if at == length:
                break
            if places[at] == wanted and is_form(kid, firsts[k] + at) and (
                k > 1 or is_form(first, firsts[0] + i)
            ):
                open[kept] = open[i]
                kept += 1
        count = kept
        if not count:
            return False
    return True


cdef void decode(const Post* post, Py_ssize_t first, Py_ssize_t last, int32_t* out) noexcept nogil:
    """The positions of some occurrences."""
    cdef const uint8_t* low = post.low + first
    cdef const uint8_t* high = post.high - (post.token_start >> 1)
    cdef uint64_t place = post.token_start + first
    cdef Py_ssize_t i, at = -1
    cdef int32_t position
    for i in range(last - first):
        position = low[i] | (high[place >> 1] >> ((place & 1) << 2) & 15) << 8
        if position >= WIDE:
            # From here on all are aside, one after the other.
            if at < 0:
                at = aside_from(&post.place_aside, place)
            if at < post.place_aside.count and post.place_aside.at[at] == place:
                position = <int32_t>post.place_aside.value[at]
                at += 1
        out[i] = position
        place += 1
