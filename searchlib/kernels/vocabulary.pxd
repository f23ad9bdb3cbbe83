# The vocabulary's memory, which the inverter reads.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

ctypedef const uint8_t* Bytes

cdef enum:
    # Below so many chunks, words, words in all chunks, documents and terms: they are int32.
    MAX_COUNT = 0x7FFFFFFF
    # In the place of a chunk's number of words: they are to be found in Python.
    NOT_ANALYSED = 0x7FFFFFFF
    # Before a chunk or word of another language than the first: no byte of UTF-8, and its number.
    TAG_BYTE = 0xFF
    TAG_SIZE = 2
    # Characters of a chunk that is not ASCII: longer ones are analysed in Python.
    MAX_PLAIN = 64


cdef struct Slot:
    uint64_t key
    uint32_t tag      # the length, or 9 if it is more
    uint32_t number   # of the byte string + 1; 0: the slot is free


cdef struct BytesHash:
    # Distinct byte strings, numbered in the order they come: open addressing.
    uint8_t* text     # of all, end to end
    uint64_t* ends    # string i is text[ends[i]:ends[i + 1]]
    Slot* slots
    uint64_t text_room
    uint64_t mask
    uint64_t count
    uint64_t ends_room
    uint64_t s0       # random: nobody can choose strings that collide
    uint64_t s1


cdef struct Piece:
    # A byte string that is to be looked up.
    Bytes text
    uint64_t length
    uint64_t key
    uint64_t home     # the slot where it is looked for first, before the mask
    uint32_t tag


cdef struct WordSpan:
    uint32_t start    # of a chunk's words, among those of all chunks
    uint32_t count


cdef struct NumberList:
    # Numbers that are added one by one.
    int32_t* numbers
    uint64_t used
    uint64_t room


cdef struct Units:
    NumberList sentences    # the tokens of each that has ended
    NumberList paragraphs   # the sentences of each that has ended
    int32_t tokens          # of the sentence that has not
    int32_t in_paragraph    # sentences of the paragraph that has not
    bint begins_sentence    # the next token does
    bint begins_paragraph


cdef struct PlainChunk:
    # A chunk, a byte a character: ASCII, or in the place of another letter its kind.
    uint64_t size
    uint8_t[MAX_PLAIN] signs
    uint16_t[MAX_PLAIN] letters   # the small letter where there is a kind of letter
    uint8_t[MAX_PLAIN] folded     # room for a token


cdef struct TextView:
    Bytes text
    uint64_t length


cdef class Vocabulary:
    cdef BytesHash _chunks
    cdef BytesHash _words
    cdef WordSpan* _spans      # of each chunk
    cdef uint8_t* _sentences   # of each chunk: SentenceFlag
    cdef uint64_t _spans_room  # of both
    cdef int32_t* _flat        # the words of all chunks
    cdef uint64_t _flat_used
    cdef uint64_t _flat_room
    cdef uint8_t* _folded
    cdef uint64_t _folded_room
    cdef object _analyse
    cdef object _flags         # bytes: the rules of each language
    cdef object _table         # bytes: the letters beyond ASCII; None: not asked for yet
    cdef const uint16_t* _letters  # the same; NULL: none
    cdef uint8_t _language     # that is being cut: its tag, and its rules
    cdef uint8_t _rules

    cdef readonly dict inner

    cdef bint _cut(self, TextView* views, Py_ssize_t number, int32_t* counts,
                   NumberList* chunks, NumberList* paragraphs) noexcept nogil
    cdef bint _add_pieces(self, const Piece* pieces, int size, NumberList* chunks) noexcept nogil
    cdef int64_t _add_tagged(self, Bytes p, uint64_t n) noexcept nogil
    cdef bint _make_room(self, uint64_t n) noexcept nogil
    cdef bint _add_chunk(self, Bytes p, uint64_t n) noexcept nogil
    cdef bint _add_word(self, uint8_t* folded, uint64_t n) noexcept nogil
    cdef int _find_units(self, const int32_t* chunk, const int32_t* counts, Py_ssize_t texts,
                         const int32_t* paragraphs, Py_ssize_t marked, Units* units) except -1 nogil
    cdef int64_t _add_inner(self, int32_t chunk, Units* units) except -1 with gil
    cdef Py_ssize_t _check(self, chunks) except -1
    cdef _read_letters(self)
    cdef _analyse_from(self, uint64_t first)
    cdef _analyse_chunk(self, uint64_t chunk, text)
