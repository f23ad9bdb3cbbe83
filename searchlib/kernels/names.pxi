# Names: byte strings, numbered as they come.

cdef struct Slot:
    uint64_t key
    uint32_t tag  # the length, or 9 if it is more
    uint32_t name  # its number + 1, or 0

cdef struct Names:
    uint8_t* text  # of all names, end to end
    uint64_t* ends  # where name i starts is ends[i], where it ends ends[i + 1]
    Slot* slots
    uint64_t room
    uint64_t mask
    uint64_t count
    uint64_t most
    uint64_t s0  # secrets, so that nobody can choose names that fall into one place
    uint64_t s1


cdef bint _names_make(Names* names, uint64_t s0, uint64_t s1) noexcept nogil:
    memset(names, 0, sizeof(Names))
    names.s0, names.s1 = s0, s1
    names.room, names.most, names.mask = 4096, 256, 1023
    names.text = <uint8_t*>malloc(names.room)
    names.ends = <uint64_t*>malloc((names.most + 1) * sizeof(uint64_t))
    names.slots = <Slot*>malloc((names.mask + 1) * sizeof(Slot))
    if names.text == NULL or names.ends == NULL or names.slots == NULL:
        return False
    memset(names.slots, 0, (names.mask + 1) * sizeof(Slot))
    names.ends[0] = 0
    return True


cdef void _names_free(Names* names) noexcept nogil:
    free(names.text)
    free(names.ends)
    free(names.slots)


cdef uint64_t _names_bytes(Names* names) noexcept nogil:
    return names.room + names.most * sizeof(uint64_t) + (names.mask + 1) * sizeof(Slot)


cdef bint _names_grow(Names* names, uint64_t length) noexcept nogil:
    """Make room for one more name of this length."""
    cdef uint64_t used = names.ends[names.count], room, mask, i, at
    cdef void* more
    if used + length > names.room:
        room = 2 * (used + length)
        more = realloc(names.text, room)
        if more == NULL:
            return False
        names.text, names.room = <uint8_t*>more, room
    if names.count + 1 > names.most:
        if names.count + 1 >= _MOST:
            return False
        more = realloc(names.ends, (2 * names.most + 1) * sizeof(uint64_t))
        if more == NULL:
            return False
        names.ends, names.most = <uint64_t*>more, 2 * names.most
    if 2 * (names.count + 1) > names.mask + 1:
        mask = 2 * names.mask + 1
        more = malloc((mask + 1) * sizeof(Slot))
        if more == NULL:
            return False
        memset(more, 0, (mask + 1) * sizeof(Slot))
        for i in range(names.mask + 1):
            if names.slots[i].name:
                at = sl_place(names.slots[i].key, names.slots[i].tag, names.s0, names.s1) & mask
                while (<Slot*>more)[at].name:
                    at = (at + 1) & mask
                (<Slot*>more)[at] = names.slots[i]
        free(names.slots)
        names.slots, names.mask = <Slot*>more, mask
    return True


cdef inline int64_t _number(Names* names, Bytes text, uint64_t length) noexcept nogil:
    """The number of a name, which is a new one if it was not met before; -1: no memory."""
    cdef uint64_t key = sl_key(text, length, names.s0, names.s1)
    cdef uint32_t tag = <uint32_t>length if length < 9 else 9
    cdef uint64_t place = sl_place(key, tag, names.s0, names.s1), at = place & names.mask, start
    cdef Slot* slot = names.slots + at
    while slot.name:
        if slot.key == key and slot.tag == tag:
            if tag < 9:
                return slot.name - 1
            start = names.ends[slot.name - 1]
            if names.ends[slot.name] - start == length:
                if not memcmp(names.text + start, text, length):
                    return slot.name - 1
        at = (at + 1) & names.mask
        slot = names.slots + at
    if not _names_grow(names, length):
        return -1
    at = place & names.mask
    while names.slots[at].name:
        at = (at + 1) & names.mask
    start = names.ends[names.count]
    memcpy(names.text + start, text, length)
    names.count += 1
    names.ends[names.count] = start + length
    names.slots[at].key, names.slots[at].tag = key, tag
    names.slots[at].name = <uint32_t>names.count
    return names.count - 1
