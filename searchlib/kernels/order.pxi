# Byte strings put in order.

cdef struct Item:
    uint64_t head  # the first eight bytes, the first one highest
    Bytes text
    Py_ssize_t size
    int32_t number


cdef inline bint _after(const Item* a, const Item* b) noexcept nogil:
    cdef int differ
    if a.head != b.head:
        return a.head > b.head
    differ = memcmp(a.text, b.text, min(a.size, b.size))
    return differ > 0 or (differ == 0 and a.size > b.size)


cdef void _merged(Item* to, const Item* a, const Item* end_a, const Item* b,
                  const Item* end_b) noexcept nogil:
    """Two sorted runs into one; of equal items those of the first come first."""
    while a < end_a and b < end_b:
        if _after(a, b):
            to[0] = b[0]
            b += 1
        else:
            to[0] = a[0]
            a += 1
        to += 1
    memcpy(to, a, (end_a - a) * sizeof(Item))
    memcpy(to + (end_a - a), b, (end_b - b) * sizeof(Item))


def order(list items):
    """The places of byte strings in ascending order, equal ones as they come: int32."""
    cdef Py_ssize_t size = len(items), i, j, width
    cdef Item* made = <Item*>malloc((2 * size + 1) * sizeof(Item))
    cdef Item* other = made + size
    cdef Item* swapped
    found = np.empty(size + 1, np.int32)
    cdef int32_t[::1] numbers = found
    if made == NULL:
        raise MemoryError
    swapped = made
    try:
        for i in range(size):
            text = items[i]
            if type(text) is not bytes:
                raise TypeError("only byte strings are put in order")
            made[i].text = <Bytes>PyBytes_AS_STRING(text)
            made[i].size = PyBytes_GET_SIZE(text)
            made[i].number = <int32_t>i
            made[i].head = 0
            for j in range(min(made[i].size, 8)):
                made[i].head |= <uint64_t>made[i].text[j] << (56 - 8 * j)
        with nogil:
            width = 1
            while width < size:  # runs of this length are sorted
                i = 0
                while i < size:
                    _merged(
                        other + i, made + i, made + min(i + width, size),
                        made + min(i + width, size), made + min(i + 2 * width, size),
                    )
                    i += 2 * width
                made, other = other, made
                width *= 2
            for i in range(size):
                numbers[i] = made[i].number
    finally:
        free(swapped)
    return found[:size]
