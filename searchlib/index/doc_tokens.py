"""The tokens of single documents, read off the posting lists: for texts that are not stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.text_field import TextField
from searchlib.index.inverter import term_ranges

__all__ = ["doc_tokens", "tokens_of_docs"]

_MAX_OCCURRENCES = 1 << 20  # that are read together

_Ints = npt.NDArray[Any]


def tokens_of_docs(field: TextField, docs: _Ints) -> tuple[_Ints, _Ints, _Ints]:
    """Of each token of some documents: the term, by its ordinal, the global position, and the
    number of the form among those of the term. All postings of the field are looked at."""
    postings, are_wanted = field.postings, np.zeros(field.documents, np.bool_)
    are_wanted[docs] = True
    none = np.empty(0, np.int64)
    parts: list[tuple[_Ints, _Ints, _Ints]] = [(none, none, none)]
    for first, last in term_ranges(postings.all_occurrences(), _MAX_OCCURRENCES):
        terms, owners, positions, forms = postings.tokens_of_docs(first, last, are_wanted)
        parts.append((terms, field.doc_starts[owners] + positions.astype(np.int64), forms))
    terms, places, forms = (np.concatenate(some) for some in zip(*parts, strict=True))
    return terms, places, forms


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
    terms, places, forms = tokens_of_docs(field, np.array([document]))
    order = np.argsort(places)
    return [
        (field.surface_forms_of(term)[form].decode(), field.terms[term].decode())
        for term, form in zip(terms[order].tolist(), forms[order].tolist(), strict=True)
    ]
