"""Merges several segments into one, without their deleted documents.

Documents keep their order. Terms and forms are merged as sorted runs
(:mod:`searchlib.index.term_merge`); posting lists are then merged in ranges of terms, so that
memory stays bounded by ``_MAX_TOKENS`` occurrences (or those of one term, if it has more). A thread
reads the next range while the last is written.

What is read is checked before it is written, so that a segment that makes no sense does not become
part of one with right checksums; :class:`CorruptArchive` names its file, and nothing is written.
The articles are copied with their digests, by which ``check`` finds those that are not right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchlib import kernels
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreWriter
from searchlib.codec.doc_values import (
    MISSING,
    KeywordDocValues,
    write_keys,
    write_keywords,
    write_numbers,
)
from searchlib.codec.ordering import ascends
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.postings_writer import PostingsWriter, merge_postings
from searchlib.codec.segment_file import SegmentFileWriter, section_prefix
from searchlib.codec.story_sketches import StorySketches
from searchlib.codec.term_dictionary import narrow
from searchlib.codec.text_field import (
    FormCountsWriter,
    TextField,
    are_postings,
    write_alternates,
    write_dictionary,
)
from searchlib.codec.text_units import TextUnitsWriter
from searchlib.codec.token_attributes import merge_attributes
from searchlib.errors import CorruptArchive
from searchlib.index.inverter import prefetch, term_ranges
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_reader import SegmentCore, SegmentReader
from searchlib.index.term_merge import MAX_ITEMS, TermMerge, key_ranges
from searchlib.index.unit_merge import live_units
from searchlib.schema import Date, Keyword, Number, Schema, Terms, Text

__all__ = ["merge"]

Array = npt.NDArray[Any]
_MAX_TOKENS = 1 << 20


def merge(
    directory: Directory,
    file: str,
    segments: Sequence[SegmentReader],
    schema: Schema,
    postings_format: PostingsFormat,
) -> SegmentInfo:
    """Write the live documents of ``segments`` as one new segment, the file ``file``."""
    out = SegmentFileWriter(directory)
    try:
        doc_map = _DocMap(segments)
        _merge_articles(out, segments, doc_map)
        _merge_sketches(out, segments, doc_map)
        field_meta: dict[str, Any] = {}
        for name, field in schema:
            if isinstance(field, Text):
                text_merge = _TextMerge(out, name, segments, doc_map)
                field_meta[name] = text_merge.run(field.weight, postings_format) | {
                    "kind": field.kind
                }
                merge_others = _merge_attributes if isinstance(field, Terms) else _merge_units
                merge_others(out, name, segments, doc_map)
            elif isinstance(field, Keyword):
                _merge_keywords(out, name, segments, doc_map, many=field.many)
                field_meta[name] = {"kind": field.kind}
            elif isinstance(field, (Date, Number)):
                _merge_numbers(out, name, field, segments, doc_map)
                field_meta[name] = {"kind": field.kind}
        out.meta = {
            "documents": doc_map.documents,
            "fields": field_meta,
            "analysis": schema.rules.version,
            "languages": sorted({name for s in segments for name in s.core.languages}),
        }
        size, crc = out.write(file)
    finally:
        out.close()
    return SegmentInfo(file, doc_map.documents, size, crc)


class _DocMap:
    """Where each document goes: ``new_docs[s][d]`` is the new number of document ``d`` of segment
    ``s``, or -1 if it is deleted (int32)."""

    def __init__(self, segments: Sequence[SegmentReader]) -> None:
        self.new_docs: list[Array] = []
        self.documents = 0
        for segment in segments:
            live_docs = segment.live_docs
            if live_docs is None:
                live_docs = np.ones(segment.documents, bool)
            new_docs = np.where(live_docs, self.documents + np.cumsum(live_docs) - 1, -1)
            self.new_docs.append(new_docs.astype(np.int32))
            self.documents += int(live_docs.sum())


def _merge_articles(
    out: SegmentFileWriter, segments: Sequence[SegmentReader], doc_map: _DocMap
) -> None:
    doc_store_writer = DocStoreWriter(out)
    keys: list[bytes] = []
    digests: list[bytes] = []
    for segment, new_docs in zip(segments, doc_map.new_docs, strict=True):
        core = segment.core
        _check_articles(core)
        if segment.live_docs is None:
            doc_store_writer.copy(core.doc_store)
        else:
            for document, article in enumerate(core.doc_store):
                if new_docs[document] >= 0:
                    doc_store_writer.add(article)
        segment_digests = core.keys.digests()
        for document, key in enumerate(core.keys.keys):
            if new_docs[document] >= 0:
                keys.append(key)
                digests.append(segment_digests[16 * document : 16 * document + 16])
        if len(set(keys)) < len(keys):
            raise CorruptArchive(core.segment_file.file, "a key is there twice")
    doc_store_writer.finish()
    write_keys(out, keys, digests)


def _merge_sketches(
    out: SegmentFileWriter, segments: Sequence[SegmentReader], doc_map: _DocMap
) -> None:
    """Copy the sketches of texts, if all segments have them."""
    parts = [segment.core.story_sketches for segment in segments]
    if any(part is None for part in parts):
        return
    live = zip(parts, doc_map.new_docs, strict=True)
    StorySketches.join(
        [part.take(np.flatnonzero(docs >= 0)) for part, docs in live if part is not None]
    ).write(out)


def _check_articles(core: SegmentCore) -> None:
    """Raises CorruptArchive unless keys and blocks of articles can be copied as they are. Opening
    them has checked that they are those of the documents."""
    file, doc_store = core.segment_file.file, core.doc_store
    core.keys.keys.check_texts()
    firsts = np.append(doc_store.firsts, core.documents).astype(np.int64)
    lengths = np.append(0, np.cumsum(doc_store.lengths, dtype=np.int64))
    sizes = np.diff(lengths[firsts]).tolist()
    compressed, start = doc_store.compressed.read_all().data, 0
    for block, (end, size) in enumerate(zip(doc_store.ends.tolist(), sizes, strict=True)):
        try:
            unpacked = zstandard.frame_content_size(compressed[start:end])
        except zstandard.ZstdError as error:
            raise CorruptArchive(file, f"block {block} of the articles: {error}") from None
        if unpacked != size:
            raise CorruptArchive(file, f"block {block} of the articles has a wrong size")
        start = end


def _merge_keywords(
    out: SegmentFileWriter,
    name: str,
    segments: Sequence[SegmentReader],
    doc_map: _DocMap,
    *,
    many: bool,
) -> None:
    number_of: dict[tuple[bytes, bytes], int] = {}  # of a term and a spelling
    docs_of_segments: list[Array] = []
    numbers_of_segments: list[Array] = []
    for segment, new_docs in zip(segments, doc_map.new_docs, strict=True):
        keywords = segment.core.keyword(name)
        if keywords is None:
            continue
        _check_keywords(segment.core, name, keywords)
        if keywords.value_offsets is not None:
            docs = np.repeat(np.arange(segment.documents), keywords.value_counts())
        else:
            docs = np.flatnonzero(keywords.ranks < len(keywords.terms))
        texts, numbers = keywords.texts()
        is_live = new_docs[docs] >= 0
        docs, numbers = new_docs[docs[is_live]], numbers[is_live]
        new_number = np.zeros(len(texts), np.int64)
        for number in np.unique(numbers).tolist():
            new_number[number] = number_of.setdefault(texts[number], len(number_of))
        docs_of_segments.append(docs)
        numbers_of_segments.append(new_number[numbers])
    empty = [np.empty(0, np.int64)]
    docs = np.concatenate(docs_of_segments or empty)
    numbers = np.concatenate(numbers_of_segments or empty)
    write_keywords(
        out, section_prefix(name), list(number_of), docs, numbers, doc_map.documents, many=many
    )


def _check_keywords(core: SegmentCore, name: str, keywords: KeywordDocValues) -> None:
    """Raises CorruptArchive unless the values are UTF-8 and no document has one twice. Opening
    them has checked that they exist."""
    keywords.terms.check_texts()
    keywords.labels.check_texts()
    if keywords.variants is not None:
        keywords.variants.check_texts()
    if keywords.value_offsets is not None:
        docs = np.repeat(np.arange(core.documents), keywords.value_counts())
        values = np.sort(docs * len(keywords.terms) + keywords.ranks, kind="stable")
        if not ascends(values):
            why = f"the values of field {name!r} are not well formed"
            raise CorruptArchive(core.segment_file.file, why)


def _merge_numbers(
    out: SegmentFileWriter,
    name: str,
    field: Date | Number,
    segments: Sequence[SegmentReader],
    doc_map: _DocMap,
) -> None:
    missing, dtype = (MISSING, np.int64) if isinstance(field, Date) else (np.nan, np.float64)
    values = np.full(doc_map.documents, missing, dtype)
    ends: dict[int, int] = {}
    for segment, new_docs in zip(segments, doc_map.new_docs, strict=True):
        numbers = segment.core.number(name)
        if numbers is not None:
            values[new_docs[new_docs >= 0]] = numbers.values[new_docs >= 0]
            partial_docs = new_docs[numbers.partial_docs].tolist()
            ends |= zip(partial_docs, numbers.partial_ends.tolist(), strict=True)
    ends.pop(-1, None)  # of those that are deleted
    write_numbers(out, section_prefix(name), values, ends)


def _merge_units(
    out: SegmentFileWriter, name: str, segments: Sequence[SegmentReader], doc_map: _DocMap
) -> None:
    writer = TextUnitsWriter(out, section_prefix(name))
    for segment, new_docs in zip(segments, doc_map.new_docs, strict=True):
        if segment.core.text(name) is not None:
            for units in live_units(segment.core, name, new_docs):
                writer.add(*units)


def _merge_attributes(
    out: SegmentFileWriter, name: str, segments: Sequence[SegmentReader], doc_map: _DocMap
) -> None:
    fields = [
        (text.attributes, new_docs, text.lengths)
        for segment, new_docs in zip(segments, doc_map.new_docs, strict=True)
        if (text := segment.core.text(name)) is not None
    ]
    merge_attributes(out, section_prefix(name), fields)


class _TextMerge:
    """The merge of one text field."""

    def __init__(
        self, out: SegmentFileWriter, name: str, segments: Sequence[SegmentReader], doc_map: _DocMap
    ) -> None:
        self._out = out
        self._name = section_prefix(name)
        self._lengths = np.zeros(doc_map.documents, np.int64)
        self._sources: list[_Source] = []
        for segment, new_docs in zip(segments, doc_map.new_docs, strict=True):
            field = segment.core.text(name)
            if field is not None:
                source = _Source(
                    field, segment.core.segment_file.file, new_docs, segment.live_docs is not None
                )
                self._lengths[new_docs[new_docs >= 0]] = field.lengths[new_docs >= 0]
                self._sources.append(source)
        dictionaries = [source.field.terms for source in self._sources]
        parts = (
            [
                source.terms_between(start, end)
                for source, (start, end) in zip(self._sources, rank_ranges, strict=True)
            ]
            for rank_ranges in key_ranges(dictionaries)
        )
        self._terms = TermMerge(len(dictionaries), parts)
        for source, numbers in zip(self._sources, self._terms.numbers, strict=True):
            source.set_term_numbers(numbers)
        self._stemmed = any(source.field.stemmed for source in self._sources)
        if self._stemmed:
            for source in self._sources:
                source.number_forms()
        # Forms are numbered by term and then by spelling.
        self._forms = TermMerge(len(dictionaries), self._forms_by_term())
        for source, numbers in zip(self._sources, self._forms.numbers, strict=True):
            source.set_form_numbers(numbers)
        self._form_counts = FormCountsWriter(out, self._name)
        # The numbers of the terms and forms that some live document has, and the ordinal of each
        # such term's first form.
        self._live_terms: list[Array] = [np.empty(0, np.int64)]
        self._live_forms: list[Array] = [np.empty(0, np.int64)]
        self._first_forms: list[Array] = []
        self._forms_written = 0

    def run(self, weight: float, postings_format: PostingsFormat) -> dict[str, Any]:
        """Write the field; returns its meta data."""
        writer = PostingsWriter(self._out, self._name, self._lengths, weight, postings_format)
        ranges = list(self._term_ranges())
        if ranges:
            with ThreadPoolExecutor(1, "searchlib-merge") as thread:
                postings = prefetch(self._read_range, ranges, thread, 1)
                next(postings)
                for (first, _), merged in zip(ranges, postings, strict=True):
                    self._write_range(writer, first, *merged)
                    del merged  # not kept in memory while the next ones are made
        terms, forms = np.concatenate(self._live_terms), np.concatenate(self._live_forms)
        first_forms = np.concatenate([*self._first_forms, [self._forms_written]]).astype(np.int64)
        sources = self._sources
        write_dictionary(
            self._out,
            self._name,
            self._terms.items([source.field.terms for source in sources], terms),
            first_forms,
            self._forms.items([s.surface_forms for s in sources], forms) if self._stemmed else None,
            self._spelling(forms) if self._stemmed else None,
        )
        write_alternates(self._out, self._name, self._alternates(forms if self._stemmed else terms))
        if not len(terms):
            empty = np.empty(0, np.int64)
            writer.add(empty, empty, empty, empty, empty, empty)
        if self._stemmed:
            self._form_counts.finish()
        self._out.put(f"{self._name}.lengths", narrow(self._lengths))
        return writer.finish()

    def _forms_by_term(self) -> Iterator[list[ByteStrings]]:
        """The forms of consecutive ranges of terms, of each source, sorted."""
        form_counts = np.zeros(len(self._terms), np.int64)
        for source in self._sources:
            if source.first_forms is not None:
                form_counts[source.term_numbers] += np.diff(source.first_forms)
        for first, last in term_ranges(form_counts, MAX_ITEMS):
            yield [source.forms(first, last) for source in self._sources]

    def _spelling(self, live_forms: Array) -> Array:
        """The ordinals of the live forms, by their spelling: int64."""
        ordinal_of = np.full(len(self._forms), -1, np.int64)
        ordinal_of[live_forms] = np.arange(len(live_forms))
        sources = self._sources
        runs = [source.field.surface_forms for source in sources]
        numbers = [source.form_numbers[source.field.forms_by_spelling()] for source in sources]
        ordinals = [np.empty(0, np.int64)]
        previous = b""
        for rank_ranges in key_ranges(runs):
            parts, of_range = [], []
            for run, form_numbers, (start, end) in zip(runs, numbers, rank_ranges, strict=True):
                parts.append(run.take_ranks(start, end))
                of_range.append(form_numbers[start:end])
            form_numbers = np.concatenate(of_range)
            forms = ByteStrings.concatenated(parts)
            order = np.lexsort((form_numbers, forms.ranks()))
            if len(order) and forms[order[0]] < previous:
                raise CorruptArchive(sources[0].file, "the forms of its terms are not in order")
            previous = forms[order[-1]] if len(order) else previous
            in_order = form_numbers[order]
            range_ordinals = ordinal_of[in_order[np.diff(in_order, prepend=-1) != 0]]
            ordinals.append(range_ordinals[range_ordinals >= 0])
        spelling = np.concatenate(ordinals)
        if sources and len(spelling) != len(live_forms):
            raise CorruptArchive(sources[0].file, "the order of its forms is not well formed")
        return spelling

    def _alternates(self, live: Array) -> list[tuple[bytes, bytes]]:
        """The alternates of surface forms that some live document has: ``live`` are their numbers,
        or those of the terms where these are the forms."""
        size = len(self._forms) if self._stemmed else len(self._terms)
        is_live = np.zeros(size, bool)
        is_live[live] = True
        rows: set[tuple[bytes, bytes]] = set()
        for source in self._sources:
            numbers = source.form_numbers if self._stemmed else source.term_numbers
            for alternate, surface in source.field.all_alternates():
                if is_live[numbers[source.field.form_ordinals(surface)]].any():
                    rows.add((alternate, surface))
        return sorted(rows)

    def _term_ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of terms with at most ``_MAX_TOKENS`` occurrences, or of one term."""
        occurrences = np.zeros(len(self._terms), np.int64)
        for source in self._sources:
            occurrences[source.term_numbers] += source.occurrences
        return term_ranges(occurrences, _MAX_TOKENS)

    def _read_range(self, first: int, last: int) -> tuple[Array, ...]:
        """The postings of the terms from ``first`` to ``last`` in all sources: how many documents
        and occurrences each term has; documents, frequencies, positions and forms."""
        parts = [part for s in self._sources if (part := s.postings(first, last)) is not None]
        merge_parts: Any = kernels.codec.merge_postings if kernels.available else merge_postings
        merged: tuple[Array, ...] = merge_parts(parts, last - first)
        return merged

    def _write_range(
        self, writer: PostingsWriter, first: int, counts: Array, occurrences: Array, docs: Array,
        freqs: Array, positions: Array, forms: Array,
    ) -> None:  # fmt: skip
        """Write what :meth:`_read_range` gives of the terms from ``first`` on."""
        live_terms = np.flatnonzero(counts)
        self._live_terms.append(first + live_terms)
        if not self._stemmed:
            form_counts = np.ones(len(live_terms), np.int64)
            self._first_forms.append(np.zeros(len(live_terms), np.int64))
        else:
            base = self._forms_written
            forms, first_forms = self._renumber_forms(forms, occurrences, live_terms)
            form_counts = np.diff(first_forms, append=self._forms_written - base)
            self._form_counts.add(forms, freqs, self._forms_written - base)
            forms -= np.repeat(first_forms.astype(np.int32), occurrences[live_terms])
            self._first_forms.append(base + first_forms)
        writer.add(counts[live_terms], docs, freqs, positions, forms, form_counts)

    def _renumber_forms(
        self, forms: Array, occurrences: Array, live_terms: Array
    ) -> tuple[Array, Array]:
        """The forms of all occurrences, numbered from 0 without gaps; and the first form of each
        live term. ``occurrences`` says how many each term has."""
        if not len(forms):
            return forms, np.zeros(len(live_terms), np.int64)
        base = int(forms.min())
        forms = forms - forms.dtype.type(base)
        term_of = np.full(int(forms.max()) + 1, -1, np.int32)
        term_of[forms] = np.repeat(np.arange(len(occurrences), dtype=np.int32), occurrences)
        used = np.flatnonzero(term_of >= 0)
        self._live_forms.append(base + used)
        self._forms_written += len(used)
        new_number = np.empty(len(term_of), np.int32)
        new_number[used] = np.arange(len(used))
        return new_number[forms], np.searchsorted(term_of[used], live_terms)


class _Source:
    """One segment's part in the merge of a text field. What it returns was checked: here, or when
    the field was opened."""

    def __init__(self, field: TextField, file: str, new_docs: Array, has_deletions: bool) -> None:
        field.check_texts()
        self.occurrences = field.postings.all_occurrences()  # of each term
        field.postings.check_form_starts(self.occurrences)
        self.field = field
        self.file = file
        self.term_numbers: Array = np.empty(0, np.int32)  # of its terms, among all terms
        self.form_numbers: Array = np.empty(0, np.int32)  # of its forms, among all forms
        self._new_docs = new_docs
        self._has_deletions = has_deletions
        self._last_term = b""  # of those read so far
        self._lengths = field.lengths.astype(np.int32)
        self.first_forms: Array | None = None
        self.surface_forms: Any = ()

    def number_forms(self) -> None:
        """Set the forms of its terms. Call it if any of the sources has forms."""
        self.first_forms, self.surface_forms = self.field.forms_by_term()
        self.surface_forms.check_texts()
        self._form_uses = self.field.form_uses()
        spelling = self.field.forms_by_spelling()
        order = np.bincount(np.maximum(spelling, 0), minlength=len(spelling))
        is_valid = len(order) == len(spelling) and bool((order == 1).all())
        self._require(is_valid, "the order of its forms is not well formed")

    def _require(self, is_valid: bool, why: str) -> None:
        if not is_valid:
            raise CorruptArchive(self.file, why)

    def terms_between(self, start: int, end: int) -> ByteStrings:
        """The terms from ``start`` to ``end``; to be called for all of them, in order."""
        terms = self.field.terms.take_ranks(start, end)
        if len(terms):
            self._require(not start or self._last_term < terms[0], "its terms are not in order")
            self._last_term = terms[-1]
        return terms

    def set_term_numbers(self, numbers: Array) -> None:
        """Set the numbers of its terms among all terms."""
        self._require(ascends(numbers), "its terms are not in order")
        self.term_numbers = numbers

    def set_form_numbers(self, numbers: Array) -> None:
        """Set the numbers of its forms among all forms."""
        why = "the forms of its terms are not in order"
        self._require(ascends(numbers), why)
        self.form_numbers = numbers

    def forms(self, first: int, last: int) -> ByteStrings:
        """The forms of the terms ``first`` to ``last`` (numbers among all terms), each with its
        term's number in front: so they sort by term and then by spelling."""
        if self.first_forms is None:
            return ByteStrings.of([])
        start, end = np.searchsorted(self.term_numbers, (first, last)).tolist()
        first_forms = self.first_forms[start : end + 1]
        term_numbers = np.repeat(self.term_numbers[start:end], np.diff(first_forms))
        forms: ByteStrings = self.surface_forms.take_ranks(*first_forms[[0, -1]].tolist())
        return forms.prefixed(term_numbers.astype(">u4").view(np.uint8).reshape(-1, 4))

    def postings(self, first: int, last: int) -> tuple[Array, ...] | None:
        """The postings of the terms ``first`` to ``last`` (numbers among all terms) in live
        documents: term (less ``first``), new document and frequency of each; position and form
        number of each occurrence: int32."""
        start, end = np.searchsorted(self.term_numbers, (first, last)).tolist()
        if start == end:
            return None
        docs, freqs, positions, forms = self.field.postings.read_terms(start, end)
        counts = self.field.postings.counts(start, end)
        freqs = freqs.astype(np.int32)
        self._check_postings(start, end, counts, docs, freqs, positions, forms)
        terms = np.repeat(self.term_numbers[start:end] - first, counts)
        if self.first_forms is not None:
            first_forms = self.first_forms[start:end].astype(np.int32)
            forms += np.repeat(first_forms, self.occurrences[start:end])
            forms = self.form_numbers[forms]
        docs = self._new_docs[docs]
        if self._has_deletions:
            is_live = docs >= 0
            tokens = np.repeat(is_live, freqs)
            terms, docs, freqs = terms[is_live], docs[is_live], freqs[is_live]
            positions, forms = positions[tokens], forms[tokens]
        return terms, docs, freqs, positions.astype(np.int32), forms

    def _check_postings(
        self, start: int, end: int, counts: Array, docs: Array, freqs: Array, positions: Array,
        forms: Array,
    ) -> None:  # fmt: skip
        """Raises CorruptArchive unless these can be the postings of the terms from ``start`` to
        ``end``, with the forms that are counted."""
        sizes: Array | None = None
        form_uses: Array | None = None
        if self.first_forms is not None:
            first_forms = self.first_forms[start : end + 1]
            sizes = np.diff(first_forms)
            form_uses = self._form_uses[int(first_forms[0]) : int(first_forms[-1])]
        check: Any = kernels.codec.are_postings if kernels.available else are_postings
        is_valid = check(
            counts, docs, freqs, self.occurrences[start:end], positions, self._lengths, forms,
            sizes, form_uses,
        )  # fmt: skip
        self._require(is_valid, f"the postings of terms {start} to {end} are not well formed")
