# The makers of plans, as Python calls them.

cdef class Plan:
    """A part of a plan for one segment. For one run at a time: it keeps where it is."""

    cdef Node node
    cdef object _kept
    cdef uint64_t* _owned
    cdef double work
    # A range: its documents, until it is settled whether they are marked.
    cdef const uint32_t* _within
    cdef Py_ssize_t _count

    def __cinit__(self):
        self.node.form = self.node.at_word = -1
        self.node.boost = 1

    def __dealloc__(self):
        free(self._owned)
        free(self.node.kids)
        free(self.node.order)
        free(self.node.places)


cdef Plan _plan(int kind, Py_ssize_t documents, double cost, object kept):
    cdef Plan made = Plan()
    made.node.kind = kind
    made.node.documents = documents
    made.node.words = (documents + 63) >> 6
    made.node.cost = made.work = cost
    made._kept = kept
    return made


def nothing(Py_ssize_t documents):
    """No document."""
    return _plan(NOTHING, documents, 0, None)


def every(Py_ssize_t documents, double value):
    """All documents, each with the same score."""
    cdef Plan made = _plan(ALL, documents, documents, None)
    made.node.value = value
    return made


cdef class Weighing:
    """How the postings of a term are weighed, in one segment: ``norms`` (float64) are of all
    documents; ``scale`` is what a step of a bound is worth. Made once, for any number of plans."""

    cdef const double[::1] _norms
    cdef const double* norms
    cdef double weight, factor, scale

    def __cinit__(self, const double[::1] norms, double weight, double factor, double scale):
        self._norms = norms
        self.norms = &norms[0] if norms.shape[0] else NULL
        self.weight, self.factor, self.scale = weight, factor, scale


def term(List found, int form, Weighing how):
    """The documents with a term, or with one form of it (then the list must be placed)."""
    cdef Plan made = _plan(TERM, found.post.documents, found.post.count, (found, how))
    if how._norms.shape[0] != found.post.documents:
        raise ValueError("there are norms for another number of documents")
    if form >= 0 and not (found.placed and found.post.width):
        raise ValueError("its forms are not known")
    made.node.post = &found.post
    made.node.docs, made.node.length = found.post.docs, found.post.count
    made.node.form = form
    made.node.norms = how.norms
    made.node.weight, made.node.factor, made.node.scale = how.weight, how.factor, how.scale
    if form >= 0:
        made.node.cost = made.work = found.post.occurrences
    return made


def listed(Py_ssize_t documents, docs, scores, double value):
    """The documents ``docs`` (int32, ascending), with ``scores`` (float64) or, if None, each
    with ``value``."""
    cdef const int32_t[::1] view = docs
    cdef const double[::1] weighed
    cdef Plan made = _plan(LISTED, documents, view.shape[0], (docs, scores))
    cdef Py_ssize_t i, previous = -1
    for i in range(view.shape[0]):
        if view[i] <= previous or view[i] >= documents:
            raise ValueError("the documents are not in order")
        previous = view[i]
    made.node.docs = &view[0] if view.shape[0] else NULL
    made.node.length = view.shape[0]
    made.node.value = value
    if scores is not None:
        weighed = scores
        if weighed.shape[0] != view.shape[0]:
            raise ValueError("scores and documents are not as many")
        made.node.scores = &weighed[0] if weighed.shape[0] else NULL
    return made


def marked(Py_ssize_t documents, bits, double value):
    """The documents whose bits (uint64) are set, all with the same score."""
    cdef const uint64_t[::1] view = bits
    cdef Plan made = _plan(BITS, documents, documents, bits)
    if view.shape[0] < made.node.words:
        raise ValueError("there are too few bits")
    made.node.bits = &view[0] if view.shape[0] else NULL
    made.node.value = value
    return made


FAR = (1 << 63) - 1  # the highest whole number of a column


ctypedef fused Number:
    int64_t
    double


cdef Py_ssize_t place(const Number* ordered, Py_ssize_t size, Number limit,
                      bint after) noexcept nogil:
    """How many of the numbers are below a limit, or with ``after`` not above it."""
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = (low + high) >> 1
        if (not limit < ordered[middle]) if after else ordered[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low


cdef class Column:
    """A column of dates (int64) or numbers (float64), ready to be asked for ranges: the
    ``values`` of all documents, and those that are there, ``ordered``, each with its document in
    ``order`` (uint32)."""

    cdef bint real
    cdef Py_ssize_t documents, size
    cdef const int64_t[::1] _whole, _whole_ordered
    cdef const double[::1] _real, _real_ordered
    cdef const uint32_t[::1] _order

    def __cinit__(self, values, ordered, const uint32_t[::1] order):
        self.real = values.dtype.kind == "f"
        self.documents, self.size = len(values), len(ordered)
        self._order = order
        if self.real:
            self._real, self._real_ordered = values, ordered
        else:
            self._whole, self._whole_ordered = values, ordered
        if order.shape[0] != self.size:
            raise ValueError("values and documents are not as many")

    def span(self, low, high, bint low_open, bint high_open):
        """Where in ``order`` the documents of a range are, from and to; None is no limit. None
        if a limit is not of the column's own type."""
        cdef Py_ssize_t first = 0, last = self.size
        if not (self.fits(low) and self.fits(high)):
            return None
        if not self.size:
            return 0, 0
        if low is not None:
            if self.real:
                first = place[double](&self._real_ordered[0], self.size, low, low_open)
            else:
                first = place[int64_t](&self._whole_ordered[0], self.size, low, low_open)
        if high is not None:
            if self.real:
                last = place[double](&self._real_ordered[0], self.size, high, not high_open)
            else:
                last = place[int64_t](&self._whole_ordered[0], self.size, high, not high_open)
        return first, max(first, last)

    cdef bint fits(self, limit):
        if limit is None:
            return True
        if self.real:
            return type(limit) is float
        return type(limit) is int and -FAR <= limit <= FAR

    def range(self, Py_ssize_t first, Py_ssize_t last, double value):
        """The documents from one place in ``order`` to another, all with the same score."""
        cdef Plan made
        if not 0 <= first <= last <= self.size:
            raise ValueError("the range is outside")
        if first == last:
            return _plan(NOTHING, self.documents, 0, None)
        made = _plan(BETWEEN_FLOAT if self.real else BETWEEN, self.documents, last - first, self)
        made._within, made._count = &self._order[first], last - first
        if self.real:
            made.node.real = &self._real[0]
            made.node.flow, made.node.fhigh = self._real_ordered[first], self._real_ordered[last - 1]
        else:
            made.node.whole = &self._whole[0]
            made.node.low, made.node.high = self._whole_ordered[first], self._whole_ordered[last - 1]
        made.node.value = value
        return made


cdef settle(Plan made, double others):
    """Mark the documents of a range, unless the rest of the plan leaves so few over (at most
    ``others``) that it is less to look at the value of each of those, last."""
    cdef const uint32_t* docs = made._within
    cdef uint64_t* bits
    cdef Py_ssize_t i
    made._within = NULL
    if made._count > DEAR * others:
        made.node.cost, made.work = made.node.documents, others
        return
    made._owned = bits = <uint64_t*>calloc(made.node.words or 1, 8)
    if bits == NULL:
        raise MemoryError
    for i in range(made._count):
        if docs[i] >= made.node.documents:
            raise ValueError("the documents are outside")
        bits[docs[i] >> 6] |= <uint64_t>1 << (docs[i] & 63)
    made.node.kind = BITS
    made.node.bits = bits


cdef Plan _family(int kind, list kids, double boost):
    cdef Plan kid, made = _plan(kind, 0, 0, kids)
    cdef Node* node = &made.node
    cdef Node* moved
    cdef double others
    cdef int i, k
    node.size = <int>len(kids)
    if not 0 < node.size <= MOST:
        raise ValueError(f"a node has 1 to {MOST} children")
    node.kids = <Node**>malloc(node.size * sizeof(Node*))
    node.order = <Node**>malloc(node.size * sizeof(Node*))
    if not (node.kids and node.order):
        raise MemoryError
    node.boost = boost
    for i in range(node.size):
        kid = kids[i]
        if kid._within != NULL:
            others = INFINITY
            for k in range(node.size if kind == AND else 0):
                if k != i:
                    others = min(others, (<Plan>kids[k]).node.cost)
            settle(kid, others)
        made.work += kid.work
        node.kids[i] = node.order[i] = &kid.node
        if i and kid.node.documents != node.documents:
            raise ValueError("the children are of different segments")
        node.documents, node.words = kid.node.documents, kid.node.words
    for i in range(1, node.size):
        k = i
        while k and node.order[k].cost < node.order[k - 1].cost:
            moved = node.order[k]
            node.order[k], node.order[k - 1] = node.order[k - 1], moved
            k -= 1
    node.cost = node.order[0].cost
    return made


def both(list kids, double boost):
    """The documents that match all; scores add."""
    return _family(AND, kids, boost)


def either(list kids, double boost):
    """The documents that match any; scores add."""
    cdef Plan made = _family(OR, kids, boost)
    cdef int i
    made.node.cost = 0
    for i in range(made.node.size):
        made.node.cost += made.node.kids[i].cost
    return made


def without(Plan yes, Plan no):
    """The documents that match ``yes`` and not ``no``, with the scores of ``yes``."""
    cdef Plan made = _family(NOT, [yes, no], 1)
    made.node.cost = yes.node.cost
    return made


def maybe(Plan must, Plan may):
    """The documents that match ``must``; those that match ``may`` too score higher."""
    cdef Plan made = _family(MAYBE, [must, may], 1)
    made.node.cost = must.node.cost
    return made


def constant(Plan child, double value):
    """The documents of a child, all with the same score."""
    cdef Plan made = _family(CONSTANT, [child], 1)
    made.node.value = value
    return made


def phrase(list words, double boost):
    """The documents with these terms one after the other; their scores add."""
    cdef Plan kid, made = _family(PHRASE, words, boost)
    cdef int offset = 0
    for kid in words:
        kid.node.offset = offset
        offset += 1
        if kid.node.kind == NOTHING:
            made.node.kind = NOTHING
            made.node.cost = 0
        elif kid.node.kind != TERM:
            raise ValueError("a phrase is made of terms")
        elif kid.node.post.before == NULL:
            raise ValueError("its places are not known")
    made.node.cost += made.node.documents  # dear: what else there is goes first
    return made
