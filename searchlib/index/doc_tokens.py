"""The tokens of one document, read off the posting lists: for texts that are not stored."""

from __future__ import annotations

import numpy as np

from searchlib.codec.text_field import TextField
from searchlib.index.inverter import term_ranges

__all__ = ["doc_tokens"]

_MAX_OCCURRENCES = 1 << 20  # that are read together


def doc_tokens(field: TextField, document: int) -> list[tuple[str, str]]:
    """The surface form and the term of each token of a document, in order. All postings of the
    field are read.

    >>> import tempfile
    >>> import searchlib as sl
    >>> from searchlib.codec.directory import Directory
    >>> from searchlib.index.store import IndexStore
    >>> folder = tempfile.mkdtemp()
    >>> with sl.Archive.create(folder) as archive:
    ...     _ = archive.add([{"id": "a", "body": "Rains fell."}])
    >>> with IndexStore(Directory(folder)).reader() as reader:
    ...     doc_tokens(reader.segments[0].core.text("body"), 0)
    [('rains', 'rain'), ('fell', 'fell')]
    """
    postings = field.postings
    tokens: list[tuple[int, str, str]] = []  # the position, too
    for first, last in term_ranges(postings.all_occurrences(), _MAX_OCCURRENCES):
        docs, freqs, positions, forms = postings.read_terms(first, last)
        ends = np.append(0, np.cumsum(freqs, dtype=np.int64))
        owners = np.repeat(np.arange(first, last), postings.counts(first, last))
        for posting in np.flatnonzero(docs == document).tolist():
            term = int(owners[posting])
            forms_of_term = [form.decode() for form in field.surface_forms_of(term)]
            text = field.terms[term].decode()
            for token in range(int(ends[posting]), int(ends[posting + 1])):
                tokens.append((int(positions[token]), forms_of_term[int(forms[token])], text))
    tokens.sort()
    return [(surface, term) for _, surface, term in tokens]
