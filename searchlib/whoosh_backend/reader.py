"""``whoosh.reading.IndexReader`` over a segment, so that every Whoosh program can read it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import numpy as np
from whoosh.columns import ColumnReader, TranslatingColumnReader
from whoosh.reading import (
    EmptyReader,
    IndexReader,
    MultiReader,
    ReaderClosed,
    TermInfo,
    TermNotFound,
)

from searchlib.codec.doc_values import MISSING
from searchlib.dates import read_partial_date
from searchlib.index.field_terms import FieldTerms, Found, field_terms
from searchlib.index.index_reader import IndexReader as CommitReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Date, Key, Keyword, Number, Schema
from searchlib.whoosh_backend.matcher import PostingMatcher

__all__ = ["SegmentReader"]


class WhooshSegmentReader(IndexReader):  # type: ignore[misc]
    """One segment of a snapshot; document numbers start at 0 in each."""

    def __init__(self, segment: SegmentReader, schema: Schema, generation: int) -> None:
        self.schema = schema.to_whoosh()
        self.is_closed = False
        self._own = schema
        self._segment = segment
        self._generation = generation
        self._lexicons: dict[str, FieldTerms | None] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._segment.info.file!r})"

    def __contains__(self, term: tuple[str, Any]) -> bool:
        name, text = term
        return name in self.schema and self._count(name, self._text_to_bytes(name, text)) > 0

    def close(self) -> None:
        self.is_closed = True

    def generation(self) -> int:
        return self._generation

    def indexed_field_names(self) -> list[str]:
        return [n for n in self.schema.names() if self.schema[n].indexed and self._lexicon(n)]

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self.indexed_field_names()):
            yield from ((name, text) for text in self.lexicon(name))

    def terms_from(self, fieldname: str, prefix: Any) -> Iterator[tuple[str, bytes]]:
        first = self._text_to_bytes(fieldname, prefix) if prefix else b""
        for name in sorted(n for n in self.indexed_field_names() if n >= fieldname):
            found = self._lexicon(name)
            assert found is not None
            start = found.rank(first) if name == fieldname else 0
            yield from ((name, found[rank]) for rank in range(start, len(found)))

    def lexicon(self, fieldname: str) -> Iterator[bytes]:
        found = self._lexicon(fieldname)
        return iter(()) if found is None else (found[rank] for rank in range(len(found)))

    def expand_prefix(self, fieldname: str, prefix: Any) -> Iterator[bytes]:
        start = self._text_to_bytes(fieldname, prefix)
        for name, text in self.terms_from(fieldname, start):
            if name != fieldname or not text.startswith(start):
                return
            yield text

    def term_info(self, fieldname: str, text: Any) -> TermInfo:
        found = self._find(fieldname, text)
        docs = found.docs
        if found.text is None:
            return TermInfo(len(docs), len(docs), 1, 1, 1.0, int(docs[0]), int(docs[-1]))
        boost = self.schema[fieldname].format.field_boost
        lengths = self._lengths(fieldname)[docs]
        return TermInfo(
            weight=found.text.occurrences * boost,
            df=found.text.count,
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=int(found.text.freqs.max()) * boost,
            minid=int(docs[0]),
            maxid=int(docs[-1]),
        )

    def frequency(self, fieldname: str, text: Any) -> float:
        try:
            found = self._find(fieldname, text)
        except TermNotFound:
            return 0
        if found.text is None:
            return found.count
        return float(found.text.occurrences * self.schema[fieldname].format.field_boost)

    def doc_frequency(self, fieldname: str, text: Any) -> int:
        if fieldname not in self.schema:
            return 0
        return self._count(fieldname, self._text_to_bytes(fieldname, text))

    def has_deletions(self) -> bool:
        return self._open().live is not None

    def is_deleted(self, docnum: int) -> bool:
        live = self._open().live
        # Whoosh's InverseMatcher asks for the number after the last one too.
        return live is not None and docnum < len(live) and not live[docnum]

    def doc_count_all(self) -> int:
        return self._open().documents

    def doc_count(self) -> int:
        return self._open().info.live

    def all_doc_ids(self) -> Iterator[int]:
        live = self._open().live
        if live is None:
            return iter(range(self._segment.documents))
        return iter(np.flatnonzero(live).tolist())

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._open().data.stored[docnum])
        kept = {name: value for name, value in record.items() if name in self._own.fields}
        for name in self._own.names(Date):
            if name in kept:
                kept[name] = (
                    read_partial_date(kept[name]).start.astimezone(UTC).replace(tzinfo=None)
                )
        return kept

    def all_stored_fields(self) -> Iterator[dict[str, Any]]:
        return map(self.stored_fields, self.all_doc_ids())

    def field_length(self, fieldname: str) -> int:
        field = self._open().data.text(self._own.base(fieldname))
        return 0 if field is None else field.tokens

    def min_field_length(self, fieldname: str) -> int:
        lengths = self._lengths(fieldname)
        lengths = lengths[lengths > 0]
        return int(lengths.min()) if len(lengths) else 0

    def max_field_length(self, fieldname: str) -> int:
        lengths = self._lengths(fieldname)
        return int(lengths.max()) if len(lengths) else 0

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        field = self._open().data.text(self._own.base(fieldname))
        return int(field.lengths[docnum]) if field is not None else default

    def postings(self, fieldname: str, text: Any, scorer: Any = None) -> PostingMatcher:
        found = self._find(fieldname, text)
        term = (fieldname, self._text_to_bytes(fieldname, text))
        info = self.term_info(fieldname, text)
        fmt = self.schema[fieldname].format
        live = self._open().live
        keep = slice(None) if live is None else live[found.docs]
        ids = found.docs[keep].tolist()
        if found.text is None:
            return PostingMatcher(ids, [1.0] * len(ids), None, fmt, scorer, term, info)
        freqs, ends = found.text.freqs.astype(np.int64), found.text.ends
        starts = (ends - freqs)[keep].tolist()
        freqs = freqs[keep]
        weights = (freqs * fmt.field_boost).tolist()
        positions = found.text.positions
        return PostingMatcher(
            ids, weights, freqs.tolist(), fmt, scorer, term, info, positions, starts
        )

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> Any:
        raise KeyError(f"no vectors are stored for document {docnum} field {fieldname!r}")

    def has_column(self, fieldname: str) -> bool:
        return isinstance(self._own.fields.get(fieldname), (Key, Keyword, Date, Number))

    def column_reader(
        self, fieldname: str, column: Any = None, reverse: bool = False, translate: bool = True
    ) -> ColumnReader:
        if not self.has_column(fieldname):
            raise TermNotFound(f"field {fieldname!r} has no column")
        made = Column(self._values(fieldname), reverse=reverse)
        if not translate:
            return made
        return TranslatingColumnReader(made, self.schema[fieldname].from_column_value)

    def _values(self, name: str) -> list[Any]:
        """The column's value of each document, as Whoosh keeps it: bytes, or a number, which
        is higher than any other where there is none."""
        segment, field = self._open(), self._own.fields[name]
        if isinstance(field, Key):
            return list(segment.data.keys.keys)
        if isinstance(field, Keyword):
            keywords = segment.data.keyword(name)
            if keywords is None:
                return [b""] * segment.documents
            labels = list(keywords.labels)
            owned = (keywords.of(doc) for doc in range(segment.documents))
            return [labels[ranks[0]] if ranks else b"" for ranks in owned]
        numbers = segment.data.number(name)
        if isinstance(field, Date):
            if numbers is None:
                return [MAX_MICROS] * segment.documents
            return [MAX_MICROS if v == MISSING else v for v in numbers.values.tolist()]
        if numbers is None:
            return [math.inf] * segment.documents
        return [math.inf if math.isnan(v) else v for v in numbers.values.tolist()]

    def _open(self) -> SegmentReader:
        if self.is_closed:
            raise ReaderClosed
        return self._segment

    def _lexicon(self, name: str) -> FieldTerms | None:
        if name not in self._lexicons:
            self._lexicons[name] = field_terms(self._open().data, self._own, name)
        return self._lexicons[name]

    def _count(self, name: str, text: bytes) -> int:
        found = self._lexicon(name)
        return 0 if found is None else found.count(text)

    def _find(self, name: str, text: Any) -> Found:
        """The postings of a term, deleted documents included; TermNotFound if there are none."""
        self._open()
        wanted = self._text_to_bytes(name, text)
        field = self._lexicon(name)
        found = field.find(wanted) if field is not None else None
        if found is None or not found.count:
            raise TermNotFound(f"no term {name}:{text!r}")
        return found

    def _lengths(self, name: str) -> Any:
        field = self._open().data.text(self._own.base(name))
        return np.zeros(0, np.int64) if field is None else field.lengths


MAX_MICROS = 315537897599999999  # the last microsecond of year 9999


class Column(ColumnReader):  # type: ignore[misc]
    """The values of a column in memory. Only numbers are asked for in reverse."""

    def __init__(self, values: list[Any], *, reverse: bool = False) -> None:
        self._list = values
        self._reverse = reverse

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, docnum: int) -> Any:
        return self._list[docnum]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._list)

    def sort_key(self, docnum: int) -> Any:
        value = self._list[docnum]
        return 0 - value if self._reverse else value

    def load(self) -> list[Any]:
        return self._list

    def set_reverse(self) -> None:
        self._reverse = True


def whoosh_reader(reader: CommitReader) -> Any:
    """A Whoosh reader over all segments of a commit."""
    readers = [WhooshSegmentReader(s, reader.schema, reader.generation) for s in reader.segments]
    if not readers:
        return EmptyReader(reader.schema.to_whoosh())
    if len(readers) == 1:
        return readers[0]
    return MultiReader(readers, generation=reader.generation)
