"""A Whoosh cursor over the terms of a field."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, Protocol

from whoosh.codec.base import FieldCursor
from whoosh.reading import TermInfo

__all__ = ["SortedTerms", "TermCursor"]


class SortedTerms(Protocol):
    """Terms in order, by their rank."""

    def __len__(self) -> int: ...
    def __getitem__(self, rank: int) -> bytes: ...


class TermCursor(FieldCursor):  # type: ignore[misc]
    """Goes through terms in order: it stands at the first one, and beyond the last one it is not
    valid. ``terms`` are those of a field of a reader, sorted (bytes)."""

    def __init__(self, reader: Any, fieldname: str, terms: SortedTerms) -> None:
        self._reader = reader
        self._fieldname = fieldname
        self._field = reader.schema[fieldname]
        self._terms = terms
        self._rank = 0

    def first(self) -> Any:
        """Go to the first term; the term, None if there is none."""
        self._rank = 0
        return self.text()

    def find(self, term: Any) -> Any:
        """Go to this term (bytes, or a value of the field), or the next one after it."""
        wanted = term if isinstance(term, bytes) else self._field.to_bytes(term)
        self._rank = bisect_left(self._terms, wanted)
        return self.text()

    def next(self) -> Any:
        """Go to the next term."""
        self._rank += self.is_valid()
        return self.text()

    def text(self) -> Any:
        """The term it stands at, as a value of the field; None beyond the last one."""
        return self._field.from_bytes(self._terms[self._rank]) if self.is_valid() else None

    #: As Whoosh's cursors over several segments call it.
    term = text

    def term_info(self) -> TermInfo | None:
        """The statistics of the term it stands at; None beyond the last one."""
        if not self.is_valid():
            return None
        return self._reader.term_info(self._fieldname, self._terms[self._rank])

    def is_valid(self) -> bool:
        """Whether it stands at a term."""
        return self._rank < len(self._terms)
