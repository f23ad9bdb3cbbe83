# Running sums in blocks, and byte strings between them.

cdef class Offsets:
    """What :class:`searchlib.codec.offsets.Offsets` reads, one sum at a time; its ``BLOCK`` is 32
    here, for places to be shifts. Raises ValueError if the arrays do not fit together."""

    cdef const uint64_t[::1] heads
    cdef const uint32_t[::1] places
    cdef const uint8_t[::1] steps
    cdef readonly Py_ssize_t length

    def __cinit__(self, heads, places, steps):
        cdef Py_ssize_t block, width
        self.heads, self.places, self.steps = heads, places, steps
        self.length = <Py_ssize_t>self.heads[self.heads.shape[0] - 1] if self.heads.shape[0] else 0
        if self.length < 1 or (self.length - 1) // 32 + 1 != self.places.shape[0]:
            raise ValueError("it has another number of blocks")
        if self.heads.shape[0] != self.places.shape[0] + 1:
            raise ValueError("it has another number of blocks")
        for block in range(self.places.shape[0]):
            width = self.places[block] & 15
            if width not in (0, 1, 2, 4, 8):
                raise ValueError("a block has no such width")
            if (<Py_ssize_t>(self.places[block] >> 4) + width) * 32 > self.steps.shape[0]:
                raise ValueError("a block is cut short")

    cdef inline int64_t get(self, Py_ssize_t number) noexcept:
        """A sum; ``number`` is from 0 on and below the length."""
        cdef uint32_t place = self.places[number >> 5]
        cdef uint64_t sum = self.heads[number >> 5], step = 0
        cdef int width = place & 15
        cdef const uint8_t* at
        if width == 0:
            return <int64_t>sum
        at = &self.steps[0] + <Py_ssize_t>(place >> 4) * 32 + (number & 31) * width
        if width == 1:
            return <int64_t>(sum + at[0])
        for width in range(width):  # little endian, whatever the machine is
            step |= <uint64_t>at[width] << (8 * width)
        return <int64_t>(sum + step)

    def at(self, Py_ssize_t number):
        """A sum. Raises IndexError if there is none such."""
        if not 0 <= number < self.length:
            raise IndexError(number)
        return self.get(number)


cdef class Terms:
    """Byte strings end to end in ``text``, with the ``sums`` of their lengths; ``shifts``, if
    not None, has for each rank how much more the number of the term is (int32)."""

    cdef Offsets sums
    cdef const uint8_t[::1] text
    cdef const int32_t[::1] shifts
    cdef bint shifted
    cdef readonly Py_ssize_t length

    def __cinit__(self, Offsets sums, text, shifts):
        self.sums, self.text, self.shifted = sums, text, shifts is not None
        self.length = sums.length - 1
        if self.shifted:
            self.shifts = shifts
            if self.shifts.shape[0] != self.length:
                raise ValueError("an order has another number of terms")

    cdef inline Py_ssize_t cut(self, Py_ssize_t number, Py_ssize_t* size) noexcept:
        """Where a term begins, and its size; nothing outside of the text."""
        cdef int64_t start = self.sums.get(number), end = self.sums.get(number + 1)
        cdef int64_t most = self.text.shape[0]
        end = min(max(end, 0), most)
        start = min(max(start, 0), end)
        size[0] = end - start
        return start

    cdef inline Py_ssize_t numbered(self, Py_ssize_t rank) except -1:
        cdef Py_ssize_t number = rank
        if not 0 <= rank < self.length:
            raise IndexError(rank)
        if self.shifted:
            number += self.shifts[rank]
            if not 0 <= number < self.length:
                raise IndexError(number)
        return number

    def number(self, Py_ssize_t rank):
        """The number of the term of this rank."""
        return self.numbered(rank)

    cpdef get(self, Py_ssize_t number):
        """A term by its number."""
        cdef Py_ssize_t size, start
        if not 0 <= number < self.length:
            raise IndexError(number)
        start = self.cut(number, &size)
        return PyBytes_FromStringAndSize(<const char*>&self.text[start] if size else NULL, size)

    def as_text(self, Py_ssize_t number):
        """A term by its number, as text. Raises UnicodeDecodeError if it is none."""
        cdef Py_ssize_t size, start
        if not 0 <= number < self.length:
            raise IndexError(number)
        start = self.cut(number, &size)
        if size == 0:
            return ""
        return PyUnicode_DecodeUTF8(<const char*>&self.text[start], size, NULL)

    def part(self, Py_ssize_t first, Py_ssize_t last):
        """The terms of some ranks, from and to."""
        cdef Py_ssize_t rank
        return [self.get(self.numbered(rank)) for rank in range(first, last)]

    def rank(self, bytes term, Py_ssize_t low, Py_ssize_t high):
        """How many terms sort before this one, looking between two ranks."""
        cdef const char* wanted = term
        cdef Py_ssize_t length = len(term), middle, start, size
        cdef int differ
        if low < 0 or high > self.length:
            raise IndexError(low if low < 0 else high)
        while low < high:
            middle = (low + high) >> 1
            start = self.cut(self.numbered(middle), &size)
            differ = memcmp(&self.text[start], wanted, min(size, length)) if size else 0
            if differ < 0 or (differ == 0 and size < length):
                low = middle + 1
            else:
                high = middle
        return low
