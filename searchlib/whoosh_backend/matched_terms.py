"""Which terms of a query are in each of its hits: what Whoosh notes with ``terms=True``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy.typing as npt
from whoosh import query as wq

__all__ = ["can_tell_terms", "matched_terms"]

_Docs = npt.NDArray[Any]
_COMPOUND = (wq.And, wq.Or, wq.AndMaybe)


def can_tell_terms(q: Any) -> bool:
    """Whether the terms that Whoosh's matchers of a query stand at are known.

    >>> can_tell_terms(wq.Or([wq.Term("a", "b"), wq.Phrase("a", ["b", "c"])]))
    True
    >>> can_tell_terms(wq.Prefix("a", "b"))
    False
    """
    if type(q) in _COMPOUND:
        return all(map(can_tell_terms, q.children()))
    if type(q) is wq.AndNot:
        return can_tell_terms(q.a)
    return type(q) in (wq.Term, wq.Phrase, wq.Not)


def matched_terms(
    q: Any, docs: _Docs, contains: Callable[[Any, _Docs], _Docs], to_bytes: Callable[..., bytes]
) -> Iterator[tuple[tuple[str, bytes], _Docs]]:
    """The terms of a query, each with those of these documents in which it has a part in the match.
    ``contains`` says which documents a query finds (bool), ``to_bytes`` the term of a field's
    value."""
    if type(q) is wq.Not or not len(docs):
        return
    docs = docs[contains(q, docs)]
    if type(q) is wq.Term:
        yield (q.fieldname, to_bytes(q.fieldname, q.text)), docs
    elif type(q) is wq.Phrase:
        for word in dict.fromkeys(q.words):
            yield (q.fieldname, to_bytes(q.fieldname, word)), docs
    else:
        for child in (q.a,) if type(q) is wq.AndNot else q.children():
            yield from matched_terms(child, docs, contains, to_bytes)
