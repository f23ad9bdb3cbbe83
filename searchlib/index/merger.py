"""Several segments into one, without their deleted documents.

Documents keep their order. Posting lists are merged by ranges of terms, so that memory stays
bounded by ``_CHUNK`` occurrences (or by one term's, if it has more).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreWriter
from searchlib.codec.doc_values import MISSING, write_keys, write_keywords, write_numbers
from searchlib.codec.packed_ints import ranges
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.postings_writer import PostingsWriter
from searchlib.codec.segment_file import SegmentFileWriter, section
from searchlib.codec.term_dictionary import narrow
from searchlib.codec.text_field import FormCounts, TextField, write_dictionary
from searchlib.index.inverter import ranges_of
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_reader import SegmentReader
from searchlib.index.term_merge import MOST, Union, spans
from searchlib.schema import Date, Keyword, Number, Schema, Text

__all__ = ["merge"]

Array = npt.NDArray[Any]
_CHUNK = 1 << 20


def merge(
    directory: Directory,
    file: str,
    segments: Sequence[SegmentReader],
    schema: Schema,
    postings_format: PostingsFormat,
) -> SegmentInfo:
    """Write the live documents of ``segments`` as one new segment."""
    out = SegmentFileWriter(directory)
    try:
        moved = _Moved(segments)
        _merge_articles(out, segments, moved)
        kinds: dict[str, Any] = {}
        for name, field in schema:
            if isinstance(field, Text):
                made = _TextMerge(out, name, segments, moved).run(field.weight, postings_format)
                kinds[name] = made | {"kind": "text"}
            elif isinstance(field, Keyword):
                _merge_keywords(out, name, segments, moved, many=field.many)
                kinds[name] = {"kind": "keyword"}
            elif isinstance(field, (Date, Number)):
                _merge_numbers(out, name, field, segments, moved)
                kinds[name] = {"kind": field.kind}
        out.meta = {"documents": moved.documents, "fields": kinds}
        size, crc = out.write(file)
    finally:
        out.close()
    return SegmentInfo(file, moved.documents, size, crc)


class _Moved:
    """Where each document goes: ``to[s][d]`` is its new number, or -1 if it is deleted."""

    def __init__(self, segments: Sequence[SegmentReader]) -> None:
        self.to: list[Array] = []
        self.documents = 0
        for segment in segments:
            live = segment.live if segment.live is not None else np.ones(segment.documents, bool)
            to = np.where(live, self.documents + np.cumsum(live) - 1, -1)
            self.to.append(to.astype(np.int32))
            self.documents += int(live.sum())


def _merge_articles(
    out: SegmentFileWriter, segments: Sequence[SegmentReader], moved: _Moved
) -> None:
    stored = DocStoreWriter(out)
    keys: list[bytes] = []
    digests: list[bytes] = []
    for segment, to in zip(segments, moved.to, strict=True):
        column = segment.data.keys
        if segment.live is None:
            stored.copy(segment.data.stored)
        else:
            for document, data in enumerate(segment.data.stored):
                if to[document] >= 0:
                    stored.add(data)
        kept = column.digests()
        for document, key in enumerate(column.keys):
            if to[document] >= 0:
                keys.append(key)
                digests.append(kept[16 * document : 16 * document + 16])
    stored.finish()
    write_keys(out, keys, digests)


def _merge_keywords(
    out: SegmentFileWriter,
    name: str,
    segments: Sequence[SegmentReader],
    moved: _Moved,
    *,
    many: bool,
) -> None:
    values: dict[bytes, tuple[int, bytes]] = {}
    all_owners: list[Array] = []
    all_numbers: list[Array] = []
    for segment, to in zip(segments, moved.to, strict=True):
        column = segment.data.keyword(name)
        if column is None:
            continue
        if column.held is not None:
            owners = np.repeat(np.arange(segment.documents), column.sizes())
            ranks = column.ranks.astype(np.int64)
        else:
            owners = np.flatnonzero(column.ranks < len(column.terms))
            ranks = column.ranks[owners].astype(np.int64)
        alive = to[owners] >= 0
        owners, ranks = to[owners[alive]], ranks[alive]
        number = np.zeros(len(column.terms), np.int64)
        for rank in np.unique(ranks).tolist():
            entry = (len(values), column.labels[rank])
            number[rank] = values.setdefault(column.terms[rank], entry)[0]
        all_owners.append(owners)
        all_numbers.append(number[ranks])
    none = [np.empty(0, np.int64)]
    owners, numbers = np.concatenate(all_owners or none), np.concatenate(all_numbers or none)
    write_keywords(out, section(name), values, owners, numbers, moved.documents, many=many)


def _merge_numbers(
    out: SegmentFileWriter,
    name: str,
    field: Date | Number,
    segments: Sequence[SegmentReader],
    moved: _Moved,
) -> None:
    missing, dtype = (MISSING, np.int64) if isinstance(field, Date) else (np.nan, np.float64)
    values = np.full(moved.documents, missing, dtype)
    for segment, to in zip(segments, moved.to, strict=True):
        column = segment.data.number(name)
        if column is not None:
            values[to[to >= 0]] = column.values[to >= 0]
    write_numbers(out, section(name), values)


class _TextMerge:
    """The merge of one text field."""

    def __init__(
        self, out: SegmentFileWriter, name: str, segments: Sequence[SegmentReader], moved: _Moved
    ) -> None:
        self._out = out
        self._name = section(name)
        self._lengths = np.zeros(moved.documents, np.int64)
        self._sources: list[_Source] = []
        for segment, to in zip(segments, moved.to, strict=True):
            field = segment.data.text(name)
            if field is not None:
                self._lengths[to[to >= 0]] = field.lengths[to >= 0]
                whole = segment.live is None
                self._sources.append(_Source(field, to, whole))
        terms = [source.field.terms for source in self._sources]
        parts = (
            [run.part(*s) for run, s in zip(terms, span, strict=True)] for span in spans(terms)
        )
        self._terms = Union(len(terms), parts)
        for source, numbers in zip(self._sources, self._terms.numbers, strict=True):
            source.number = numbers
        self._stemmed = any(source.field.stemmed for source in self._sources)
        # By term and then by spelling.
        self._forms = Union(len(terms), self._forms_of_terms())
        for source, numbers in zip(self._sources, self._forms.numbers, strict=True):
            source.form_number = numbers
        self._form_counts = FormCounts(out, self._name)
        # Numbers of the terms and forms that live on, and where each term's forms begin.
        self._kept_terms: list[Array] = [np.empty(0, np.int64)]
        self._kept_forms: list[Array] = [np.empty(0, np.int64)]
        self._firsts: list[Array] = []
        self._size = 0

    def run(self, weight: float, postings_format: PostingsFormat) -> dict[str, Any]:
        """Write the field; returns its meta data."""
        writer = PostingsWriter(self._out, self._name, self._lengths, weight, postings_format)
        for first, last in self._chunks():
            self._merge_chunk(writer, first, last)
        terms, forms = np.concatenate(self._kept_terms), np.concatenate(self._kept_forms)
        starts = np.concatenate([*self._firsts, [self._size]]).astype(np.int64)
        sources = self._sources
        write_dictionary(
            self._out,
            self._name,
            self._terms.items([source.field.terms for source in sources], terms),
            starts,
            self._forms.items([s.surfaces for s in sources], forms) if self._stemmed else None,
            self._spelling(forms),
        )
        if not len(terms):
            nothing = np.empty(0, np.int64)
            writer.add(nothing, nothing, nothing, nothing, nothing, nothing)
        if self._stemmed:
            self._form_counts.finish()
        self._out.put(f"{self._name}.lengths", narrow(self._lengths))
        return writer.finish()

    def _forms_of_terms(self) -> Iterator[list[list[bytes]]]:
        """The forms of one range of terms after the other, of each source, in their order."""
        forms = np.zeros(len(self._terms), np.int64)
        for source in self._sources:
            if source.first is not None:
                forms[source.number] += np.diff(source.first)
        for first, last in ranges_of(forms, MOST):
            yield [source.forms(first, last) for source in self._sources]

    def _spelling(self, kept: Array) -> Array:
        """The order of the kept forms by spelling."""
        new = np.full(len(self._forms), -1, np.int64)
        new[kept] = np.arange(len(kept))
        sources = [source for source in self._sources if source.first is not None]
        runs = [source.field.surfaces for source in sources]
        numbers = [source.form_number[source.field.spelling()] for source in sources]
        found = [np.empty(0, np.int64)]
        for span in spans(runs):
            some: set[tuple[bytes, int]] = set()
            for run, mine, (start, end) in zip(runs, numbers, span, strict=True):
                some.update(zip(run.part(start, end), mine[start:end].tolist(), strict=True))
            ordered = new[np.fromiter((number for _, number in sorted(some)), np.int64, len(some))]
            found.append(ordered[ordered >= 0])
        return np.concatenate(found)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Ranges of terms with at most ``_CHUNK`` occurrences, or of one term."""
        uses = np.zeros(len(self._terms), np.int64)
        for source in self._sources:
            uses[source.number] += source.field.postings.all_occurrences()
        return ranges_of(uses, _CHUNK)

    def _merge_chunk(self, writer: PostingsWriter, first: int, last: int) -> None:
        parts = [part for s in self._sources if (part := s.part(first, last)) is not None]
        terms, docs, freqs, positions, forms = map(np.concatenate, zip(*parts, strict=True))
        del parts
        if last - first > 1:  # one term, which may have a great many, is in order
            order = np.argsort(terms, kind="stable")  # runs that are sorted already: a merge
            starts = (np.cumsum(freqs) - freqs)[order]
            terms, docs, freqs = terms[order], docs[order], freqs[order]
            tokens = ranges(starts, freqs)
            positions, forms = positions[tokens], forms[tokens]
        counts = np.bincount(terms, minlength=last - first)
        kept = np.flatnonzero(counts)
        self._kept_terms.append(first + kept)
        if not self._stemmed:
            sizes = np.ones(len(kept), np.int64)
            self._firsts.append(np.zeros(len(kept), np.int64))
        else:
            token_terms = np.repeat(terms, freqs)
            base = self._size
            forms, heads = self._renumber(forms, token_terms, kept)
            sizes = np.diff(heads, append=self._size - base)
            self._form_counts.add(forms, freqs, self._size - base)
            uses = np.bincount(token_terms, minlength=last - first)[kept]
            forms -= np.repeat(heads.astype(np.int32), uses)
            self._firsts.append(base + heads)
        writer.add(counts[kept], docs, freqs, positions, forms, sizes)

    def _renumber(self, forms: Array, terms: Array, kept: Array) -> tuple[Array, Array]:
        """The forms still in use, numbered from 0; and the first form of each kept term."""
        if not len(forms):
            return forms, np.zeros(len(kept), np.int64)
        base = int(forms.min())
        forms = forms - forms.dtype.type(base)
        term_of = np.full(int(forms.max()) + 1, -1, np.int32)
        term_of[forms] = terms
        used = np.flatnonzero(term_of >= 0)
        self._kept_forms.append(base + used)
        self._size += len(used)
        back = np.empty(len(term_of), np.int32)
        back[used] = np.arange(len(used))
        return back[forms], np.searchsorted(term_of[used], kept)


class _Source:
    """One segment's side of the merge of a text field."""

    def __init__(self, field: TextField, to: Array, whole: bool) -> None:
        field.check()
        self.field = field
        self.number: Array = np.empty(0, np.int32)  # of each term, among all terms
        self.form_number: Array = np.empty(0, np.int32)
        self._to = to
        self._whole = whole
        self.first: Array | None = None
        self.surfaces: Any = ()
        if (found := field.forms()) is not None:
            self.first, self.surfaces = found

    def forms(self, first: int, last: int) -> list[bytes]:
        """The forms of the terms ``first`` to ``last`` of all terms, each behind the number of
        its term: so they sort by term and then by spelling."""
        if self.first is None:
            return []
        a, b = np.searchsorted(self.number, (first, last)).tolist()
        starts = self.first[a : b + 1]
        heads = np.repeat(self.number[a:b], np.diff(starts)).astype(">u4").tobytes()
        surfaces = self.surfaces.part(int(starts[0]), int(starts[-1]))
        return [heads[4 * at : 4 * at + 4] + form for at, form in enumerate(surfaces)]

    def part(self, first: int, last: int) -> tuple[Array, ...] | None:
        """The postings of the terms ``first`` to ``last`` of all terms: term (from ``first``
        on), new document, frequency; per occurrence position and form number: int32."""
        a, b = np.searchsorted(self.number, (first, last)).tolist()
        if a == b:
            return None
        docs, freqs, positions, forms = self.field.postings.span(a, b)
        counts = self.field.postings.counts(a, b)
        terms = np.repeat(self.number[a:b] - first, counts)
        freqs = freqs.astype(np.int32)
        if self.first is not None:
            forms += np.repeat(np.repeat(self.first[a:b].astype(np.int32), counts), freqs)
            forms = self.form_number[forms]
        docs = self._to[docs]
        if not self._whole:
            alive = docs >= 0
            tokens = np.repeat(alive, freqs)
            terms, docs, freqs = terms[alive], docs[alive], freqs[alive]
            positions, forms = positions[tokens], forms[tokens]
        return terms, docs, freqs, positions.astype(np.int32), forms
