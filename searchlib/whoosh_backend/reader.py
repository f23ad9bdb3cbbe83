"""``whoosh.reading.IndexReader`` over a segment, so that every Whoosh program can read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from whoosh import query as wq
from whoosh.columns import ColumnReader, EmptyColumnReader, TranslatingColumnReader
from whoosh.reading import EmptyReader, MultiReader, ReaderClosed, TermInfo, TermNotFound
from whoosh.reading import IndexReader as WhooshReader

from searchlib.codec.token_attributes import TokenAttributes
from searchlib.dates import read_partial_date
from searchlib.errors import CorruptArchive
from searchlib.index.damage import DamageGuard, damage_in, guarded
from searchlib.index.field_terms import FieldTerms, TermPostings, field_terms
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Date, Schema, column_of
from searchlib.search.term_scan import TermScan
from searchlib.search.word_forms import WordForms
from searchlib.span_queries import Word
from searchlib.whoosh_backend.column_values import column_values, has_column
from searchlib.whoosh_backend.cursor import TermCursor
from searchlib.whoosh_backend.documents import stored_fields
from searchlib.whoosh_backend.forward_index import ForwardIndex
from searchlib.whoosh_backend.matcher import PostingMatcher
from searchlib.whoosh_backend.stored_values import column_value

__all__ = ["PASSED", "ValuesReader", "WhooshSegmentReader", "whoosh_reader"]


_decode = msgspec.json.Decoder().decode
#: Errors that belong to Whoosh's interface, and say nothing about the archive.
PASSED = (TermNotFound, ReaderClosed)


class WhooshSegmentReader(WhooshReader):  # type: ignore[misc]
    """One segment of a commit; document numbers start at 0 in each."""

    def __init__(
        self, segment: SegmentReader, schema: Schema, generation: int,
        find_damage: Callable[[], CorruptArchive | None] = lambda: None,
        word_forms: WordForms | None = None,
    ) -> None:  # fmt: skip
        """``find_damage`` gives the first damage in the files of the commit, or None;
        ``word_forms`` resolves the words of its queries."""
        self._word_forms = word_forms
        self.find_damage = find_damage
        self.schema = schema.to_whoosh()
        self.is_closed = False
        self._archive_schema = schema
        self._names = frozenset(self.schema.names())
        self._segment = segment
        self._generation = generation
        self._terms_of_field: dict[str, FieldTerms | None] = {}
        self._date_names = schema.names(Date)
        self._forward: dict[str, ForwardIndex] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._segment.info.file!r})"

    @guarded(*PASSED)
    def __contains__(self, term: tuple[str, Any]) -> bool:
        name, text = term
        return name in self.schema and self._count(name, self._text_to_bytes(name, text)) > 0

    def close(self) -> None:
        self.is_closed = True

    @guarded(*PASSED)
    def tree_of_word(self, query: Word) -> Any:
        """The query of Whoosh's own that finds the same articles."""
        return wq.NullQuery if self._word_forms is None else self._word_forms.plain(query)

    def generation(self) -> int:
        return self._generation

    @guarded(*PASSED)
    def indexed_field_names(self) -> list[str]:
        return [n for n in self.schema.names() if self.schema[n].indexed and self._field_terms(n)]

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self.indexed_field_names()):
            yield from ((name, text) for text in self.lexicon(name))

    def terms_from(self, fieldname: str, prefix: Any) -> Iterator[tuple[str, bytes]]:
        with DamageGuard(self.find_damage, *PASSED):
            first = self._text_to_bytes(fieldname, prefix) if prefix else b""
            for name in sorted(n for n in self.indexed_field_names() if n >= fieldname):
                terms = self._field_terms(name)
                assert terms is not None
                start = terms.rank(first) if name == fieldname else 0
                yield from ((name, terms[rank]) for rank in range(start, len(terms)))

    def lexicon(self, fieldname: str) -> Iterator[bytes]:
        with DamageGuard(self.find_damage, *PASSED):
            terms = self._field_terms(fieldname)
            yield from () if terms is None else (terms[rank] for rank in range(len(terms)))

    def expand_prefix(self, fieldname: str, prefix: Any) -> Iterator[bytes]:
        start = self._text_to_bytes(fieldname, prefix)
        for name, text in self.terms_from(fieldname, start):
            if name != fieldname or not text.startswith(start):
                return
            yield text

    def cursor(self, fieldname: str) -> TermCursor:
        self._open()
        self.schema[fieldname]  # KeyError, as Whoosh's
        return TermCursor(self, fieldname, self._field_terms(fieldname) or ())

    @guarded(*PASSED)
    def terms_within(
        self, fieldname: str, text: str, maxdist: int, prefix: int = 0
    ) -> Iterator[str]:
        """The words within so many letters changed, added or left out. Two swapped letters are two
        changes, as in the segments of a Whoosh index, and not one as Whoosh's documentation says.
        """
        field = self.schema[fieldname]
        terms = self._field_terms(field.spelling_fieldname(fieldname))
        near = [] if terms is None else TermScan(*terms.concatenated()).fuzzy(text, maxdist, prefix)
        return map(field.from_bytes, near)

    @guarded(*PASSED)
    def term_info(self, fieldname: str, text: Any) -> TermInfo:
        postings = self._postings(fieldname, text)
        docs, posting_list = postings.docs, postings.posting_list
        if posting_list is None:
            return TermInfo(len(docs), len(docs), 1, 1, 1.0, int(docs[0]), int(docs[-1]))
        lengths = self._lengths(fieldname)[docs] if self._is_scorable(fieldname) else _NO_LENGTHS
        weights = self._weights(fieldname, postings)
        return TermInfo(
            weight=float(weights.sum()),
            df=posting_list.count,
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(weights.max()),
            minid=int(docs[0]),
            maxid=int(docs[-1]),
        )

    @guarded(*PASSED)
    def frequency(self, fieldname: str, text: Any) -> float:
        try:
            postings = self._postings(fieldname, text)
        except TermNotFound:
            return 0
        if postings.posting_list is None:
            return postings.count
        return float(self._weights(fieldname, postings).sum())

    @guarded(*PASSED)
    def doc_frequency(self, fieldname: str, text: Any) -> int:
        if fieldname not in self.schema:
            return 0
        return self._count(fieldname, self._text_to_bytes(fieldname, text))

    def has_deletions(self) -> bool:
        return self._open().live_docs is not None

    def is_deleted(self, docnum: int) -> bool:
        live_docs = self._open().live_docs
        # Whoosh's InverseMatcher asks for the number after the last one too.
        return live_docs is not None and docnum < len(live_docs) and not live_docs[docnum]

    def doc_count_all(self) -> int:
        return self._open().documents

    def doc_count(self) -> int:
        return self._open().info.live_count

    def all_doc_ids(self) -> Iterator[int]:
        live_docs = self._open().live_docs
        if live_docs is None:
            return iter(range(self._segment.documents))
        return iter(np.flatnonzero(live_docs).tolist())

    @guarded(*PASSED)
    def stored_fields(self, docnum: int) -> dict[str, Any]:
        record: dict[str, Any] = _decode(self._open().core.doc_store[docnum])
        if self._archive_schema.is_exact:
            return stored_fields(record, self._names)
        known = self._archive_schema.fields
        fields = {name: value for name, value in record.items() if name in known}
        for name in self._date_names:
            if name in fields:
                start = read_partial_date(fields[name]).start
                fields[name] = start.astimezone(UTC).replace(tzinfo=None)
        return fields

    def all_stored_fields(self) -> Iterator[dict[str, Any]]:
        return map(self.stored_fields, self.all_doc_ids())

    @guarded(*PASSED)
    def field_length(self, fieldname: str) -> int:
        field = self._open().core.text(self._archive_schema.base(fieldname))
        return field.tokens if field is not None and self._is_scorable(fieldname) else 0

    @guarded(*PASSED)
    def min_field_length(self, fieldname: str) -> int:
        lengths = self._lengths(fieldname)
        lengths = lengths[lengths > 0]
        is_scorable = self._is_scorable(fieldname)
        return int(lengths.min()) if len(lengths) and is_scorable else 0

    @guarded(*PASSED)
    def max_field_length(self, fieldname: str) -> int:
        lengths = self._lengths(fieldname)
        return int(lengths.max()) if len(lengths) and self._is_scorable(fieldname) else 0

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        field = self._open().core.text(self._archive_schema.base(fieldname))
        if field is None or not self._is_scorable(fieldname):
            return default
        return int(field.lengths[docnum])

    @guarded(*PASSED)
    def postings(self, fieldname: str, text: Any, scorer: Any = None) -> PostingMatcher:
        postings = self._postings(fieldname, text)
        posting_list = postings.posting_list
        term = (fieldname, self._text_to_bytes(fieldname, text))
        info = self.term_info(fieldname, text)
        fmt = self.schema[fieldname].format
        live_docs = self._open().live_docs
        keep = slice(None) if live_docs is None else live_docs[postings.docs]
        ids = postings.docs[keep].tolist()
        if posting_list is None:
            return PostingMatcher(ids, [1.0] * len(ids), None, fmt, scorer, term, info)
        freqs, ends = posting_list.freqs.astype(np.int64), posting_list.ends
        starts = (ends - freqs)[keep].tolist()
        weights = self._weights(fieldname, postings)[keep].tolist()
        return PostingMatcher(
            ids, weights, freqs[keep].tolist(), fmt, scorer, term, info, posting_list.positions,
            starts, attributes=self._attributes(fieldname),
        )  # fmt: skip

    @guarded(*PASSED)
    def has_vector(self, docnum: int, fieldname: str) -> bool:
        has_any = fieldname in self.schema and bool(self.schema[fieldname].vector)
        if not has_any or not self._archive_schema.is_exact:
            return False
        lengths = self._lengths(fieldname)
        return docnum < len(lengths) and bool(lengths[docnum])

    @guarded(*PASSED)
    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> Any:
        if not self.has_vector(docnum, fieldname):
            raise KeyError(f"no vectors are stored for document {docnum} field {fieldname!r}")
        text = self._open().core.text(fieldname)
        assert text is not None
        if fieldname not in self._forward:
            self._forward[fieldname] = ForwardIndex(text)
        return self._forward[fieldname].matcher(docnum, format_ or self.schema[fieldname].vector)

    def has_column(self, fieldname: str) -> bool:
        if self._archive_schema.is_exact:
            # Whoosh has a column if a document has a value.
            keywords = self._open().core.keyword(column_of(fieldname))
            return keywords is not None and len(keywords.terms) > 0
        return has_column(self._archive_schema.fields.get(fieldname))

    @guarded(*PASSED)
    def column_reader(
        self, fieldname: str, column: Any = None, reverse: bool = False, translate: bool = True
    ) -> ColumnReader:
        if self._archive_schema.is_exact:
            values = self._column(fieldname, column, reverse=reverse)
        elif self.has_column(fieldname):
            values = ValuesReader(self._values(fieldname), reverse=reverse)
        else:
            raise TermNotFound(f"field {fieldname!r} has no column")
        if not translate:
            return values
        return TranslatingColumnReader(values, self.schema[fieldname].from_column_value)

    def _column(self, name: str, column: Any, *, reverse: bool) -> ColumnReader:
        """The column of a field of a Whoosh schema that is kept as it is."""
        if name not in self.schema:
            raise TermNotFound(f"No field {name!r}")
        column = column or self.schema[name].column_type
        if not column:
            raise TermNotFound(f"field {name!r} has no column")
        keywords = self._open().core.keyword(column_of(name))
        if keywords is None or not len(keywords.terms):
            return EmptyColumnReader(column.default_value(reverse), self._segment.documents)
        values = [*map(column_value, keywords.term_texts), column.default_value()]
        return ValuesReader([values[rank] for rank in keywords.ranks.tolist()], reverse=reverse)

    @guarded(*PASSED)
    def _values(self, name: str) -> list[Any]:
        """The value of each document as Whoosh's columns have it."""
        values = column_values(self._open(), name, self._archive_schema.fields[name])
        return values if isinstance(values, list) else values.tolist()

    def docs_beyond(self, name: str, end: int) -> set[int]:
        """The documents whose date is a period that begins before this instant (microseconds) and
        ends after it: for :class:`~searchlib.span_queries.Period`."""
        numbers = self._open().core.number(name)
        return set() if numbers is None else set(numbers.docs_beyond(end).tolist())

    def _open(self) -> SegmentReader:
        if self.is_closed:
            raise ReaderClosed
        return self._segment

    def _field_terms(self, name: str) -> FieldTerms | None:
        if name not in self._terms_of_field:
            self._terms_of_field[name] = field_terms(self._open().core, self._archive_schema, name)
        return self._terms_of_field[name]

    def _count(self, name: str, text: bytes) -> int:
        terms = self._field_terms(name)
        return 0 if terms is None else terms.count(text)

    def _postings(self, name: str, text: Any) -> TermPostings:
        """The postings of a term, deleted documents included; TermNotFound if there are none."""
        self._open()
        term = self._text_to_bytes(name, text)
        terms = self._field_terms(name)
        postings = terms.find(term) if terms is not None else None
        if postings is None or not postings.count:
            raise TermNotFound(f"no term {name}:{text!r}")
        return postings

    def _is_scorable(self, name: str) -> bool:
        """Whether Whoosh has lengths of documents in a field."""
        return name in self.schema and bool(self.schema[name].scorable)

    def _attributes(self, name: str) -> TokenAttributes | None:
        """The attributes of a field's tokens; None if they have only the common ones."""
        field = self._open().core.text(name) if self._archive_schema.is_exact else None
        return field.attributes if field is not None and len(field.attributes) else None

    def _weights(self, name: str, postings: TermPostings) -> npt.NDArray[np.float64]:
        """The weight of a term of a text field in each of its documents: float64."""
        posting_list, boost = postings.posting_list, self.schema[name].format.field_boost
        assert posting_list is not None
        weights: npt.NDArray[np.float64] = posting_list.freqs * float(boost)
        attributes = self._attributes(name)
        if attributes is not None and attributes.has("boosts"):
            rows = np.flatnonzero(np.isin(postings.docs, attributes.docs))
            for row in rows.tolist():
                boosts = attributes.of(int(postings.docs[row])).get("boosts")
                if boosts is not None:
                    end = int(posting_list.ends[row])
                    tokens = posting_list.positions[end - int(posting_list.freqs[row]) : end]
                    weights[row] = boosts[tokens].sum() * boost
        return weights

    def _lengths(self, name: str) -> Any:
        field = self._open().core.text(self._archive_schema.base(name))
        return np.zeros(0, np.int64) if field is None else field.lengths


_NO_LENGTHS = np.zeros(1, np.int64)


class ValuesReader(ColumnReader):  # type: ignore[misc]
    """A Whoosh column in memory. Only numbers are read in reverse."""

    def __init__(self, values: list[Any], *, reverse: bool = False) -> None:
        self._values = values
        self._reverse = reverse

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, docnum: int) -> Any:
        return self._values[docnum]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def sort_key(self, docnum: int) -> Any:
        value = self._values[docnum]
        return 0 - value if self._reverse else value

    def load(self) -> list[Any]:
        return self._values

    def set_reverse(self) -> None:
        self._reverse = True


class ArchiveReader(MultiReader):  # type: ignore[misc]
    """The segments of a commit as one reader."""

    def cursor(self, fieldname: str) -> TermCursor:
        if self.is_closed:
            raise ReaderClosed
        return TermCursor(self, fieldname, list(self.lexicon(fieldname)))


def whoosh_reader(reader: IndexReader, segments: Sequence[SegmentReader] | None = None) -> Any:
    """A Whoosh reader over all segments of a commit, or over these in their place: the same with
    other documents deleted."""
    schema, generation = reader.schema, reader.generation
    find_damage = lambda: damage_in(reader)  # noqa: E731
    word_forms = WordForms(reader)
    readers = [
        WhooshSegmentReader(segment, schema, generation, find_damage, word_forms)
        for segment in segments or reader.segments
    ]
    if not readers:
        return EmptyReader(reader.schema.to_whoosh())
    if len(readers) == 1:
        return readers[0]
    return ArchiveReader(readers, generation=reader.generation)
