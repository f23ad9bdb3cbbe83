# What a posting list keeps, split by kind of term.

def form_counts(const int32_t[:] forms, const int32_t[:] freqs, int64_t size):
    """``text.form_counts``: in how many postings each form is, and how often: uint32."""
    documents, uses = np.zeros(size + 1, np.uint32), np.zeros(size + 1, np.uint32)
    last = np.full(size + 1, -1, np.int64)
    cdef uint32_t[::1] documents_view = documents
    cdef uint32_t[::1] uses_view = uses
    cdef int64_t[::1] last_view = last
    cdef Py_ssize_t posting, token = 0, end
    cdef int32_t form
    cdef bint well = True
    with nogil:
        for posting in range(freqs.shape[0]):
            end = token + freqs[posting]
            if end > forms.shape[0]:
                well = False
                break
            while token < end:
                form = forms[token]
                if not 0 <= form < size:
                    well = False
                    break
                uses_view[form] += 1
                if last_view[form] != posting:
                    last_view[form] = posting
                    documents_view[form] += 1
                token += 1
    if not well or token != forms.shape[0]:
        raise ValueError("the forms are not those of the postings")
    return documents[:size], uses[:size]


def split_docs(
    const int64_t[::1] counts, const int32_t[:] docs, const int32_t[:] freqs,
    const int64_t[::1] lengths, int64_t dense_from, int64_t block, double weight, double average,
    double k1, double b, double step,
):
    """``postings.split_docs``: the documents of sparse terms (int32); of dense ones the places
    in their blocks, and by term and block how many there are and their bound (uint8)."""
    cdef int64_t terms = counts.shape[0], documents = lengths.shape[0], total = 0, dense = 0
    cdef int64_t width = (documents + block - 1) // block, rows = 0, i, j, at = 0, row = 0
    cdef int64_t sparse_at = 0, dense_at = 0, cell
    cdef double top, value, w
    cdef int32_t doc
    cdef bint well = True
    if not 0 < block <= 256:
        raise ValueError("a block has 1 to 256 documents")
    for i in range(terms):
        if counts[i] < 0:
            raise ValueError("a term has less than no document")
        total += counts[i]
        if counts[i] >= dense_from:
            dense += counts[i]
            rows += 1
    if total != docs.shape[0] or total != freqs.shape[0]:
        raise ValueError("there are more or fewer documents than the terms have")
    sparse, low = np.empty(total - dense + 1, np.int32), np.empty(dense + 1, np.uint8)
    held, bounds = np.zeros((2, rows * width + 1), np.uint8)
    cdef int32_t[::1] sparse_view = sparse
    cdef uint8_t[::1] low_view = low
    cdef uint8_t[::1] held_view = held
    cdef uint8_t[::1] bounds_view = bounds
    with nogil:
        for i in range(total):
            if not 0 <= docs[i] < documents:
                well = False
        if well:
            for i in range(terms):
                if counts[i] < dense_from:
                    for j in range(at, at + counts[i]):
                        sparse_view[sparse_at] = docs[j]
                        sparse_at += 1
                    at += counts[i]
                    continue
                j = at
                at += counts[i]
                while j < at:
                    cell, top = docs[j] // block, 0
                    total = j
                    while j < at and docs[j] // block == cell:
                        doc = docs[j]
                        low_view[dense_at] = <uint8_t>(doc % block)
                        dense_at += 1
                        w = freqs[j] * weight
                        value = (w * (k1 + 1)) / (w + k1 * ((1 - b) + b * lengths[doc] / average))
                        top = value if value > top else top
                        j += 1
                    held_view[row + cell] = <uint8_t>(j - total)
                    # A hair more: see postings.split_docs.
                    top = ceil(top / step + 1e-6)
                    bounds_view[row + cell] = <uint8_t>(top if top < 255 else 255)
                row += width
    if not well:
        raise ValueError("there is no document of this number")
    return (
        sparse[: docs.shape[0] - dense], low[:dense], held[: rows * width], bounds[: rows * width]
    )


def split_forms(const int64_t[::1] tokens, const int32_t[:] forms, const uint8_t[::1] kinds):
    """``postings.split_forms``: the forms of the terms of each kind from 1 to 5, ``tokens`` of
    each term: uint8, and uint16 of kind 5."""
    cdef int64_t[6] sizes
    cdef int64_t i, j, at = 0
    cdef uint8_t* bytes_at[6]
    cdef uint16_t* wide
    if tokens.shape[0] != kinds.shape[0]:
        raise ValueError("each term has one kind")
    memset(sizes, 0, sizeof(sizes))
    for i in range(tokens.shape[0]):
        if tokens[i] < 0 or kinds[i] > 5:
            raise ValueError("there is no such term")
        sizes[kinds[i]] += tokens[i]
        at += tokens[i]
    if at != forms.shape[0]:
        raise ValueError("there are more or fewer forms than the terms have")
    made = [np.empty(sizes[i] + 1, np.uint8 if i < 5 else np.uint16) for i in range(1, 6)]
    cdef uint8_t[::1] view
    cdef uint16_t[::1] wide_view = made[4]
    for i in range(4):
        view = made[i]
        bytes_at[i + 1] = &view[0]
    wide, at = &wide_view[0], 0
    with nogil:
        for i in range(tokens.shape[0]):
            if kinds[i] == 5:
                for j in range(tokens[i]):
                    wide[j] = <uint16_t>forms[at + j]
                wide += tokens[i]
            elif kinds[i]:
                for j in range(tokens[i]):
                    bytes_at[kinds[i]][j] = <uint8_t>forms[at + j]
                bytes_at[kinds[i]] += tokens[i]
            at += tokens[i]
    return [one[: sizes[i + 1]] for i, one in enumerate(made)]
