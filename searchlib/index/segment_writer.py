"""Collects articles and writes them as one segment.

Texts are cut into chunks and articles are compressed while the next ones come in, a few megabytes
at a time and in two threads. Posting lists are made in one go when the segment is written
(:mod:`searchlib.index.inverter`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field as default
from datetime import tzinfo
from itertools import groupby
from typing import Any

import numpy as np

from searchlib.analysis import prepared, vocabulary
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.analysis.languages import CODES
from searchlib.analysis.text_units import UnitLengths
from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreWriter
from searchlib.codec.doc_values import MISSING, write_keys, write_keywords, write_numbers
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.segment_file import SegmentFileWriter, section_prefix
from searchlib.codec.text_units import TextUnitsWriter
from searchlib.index.inverter import ChunkedTexts, SortedVocabulary, TextFieldWriter
from searchlib.index.manifest import SegmentInfo
from searchlib.index.sketches import sketch_texts, title_hash
from searchlib.index.term_lists import TermLists
from searchlib.ingest.record import instants
from searchlib.schema import Column, Date, Keyword, Number, Schema, Terms, Text

__all__ = ["SegmentWriter"]

_BATCH_BYTES = 1 << 21  # of articles that are handed to the threads together
# Articles that are taken apart together. Few, so that they are gone before Python's garbage
# collector looks at all their values.
_ROWS = 64
_BYTES_PER_CHUNK = 8  # of an article, about
_MAX_DOCUMENTS = 1 << 18  # in a segment, before it is merged with others
_MAX_WORD_BYTES = 96 << 20  # of distinct words, likewise


_Row = Mapping[str, Any]


@dataclass(slots=True)
class _Batch:
    """Articles that are handed to the threads together: as JSON, and the texts of each field, in
    runs of texts of one language. The last ones, as they were normalized, are not taken apart
    yet."""

    rows: list[_Row] = default(default_factory=list)
    data: list[bytes] = default(default_factory=list)
    bytes: int = 0
    texts: dict[str, list[tuple[str, list[str]]]] = default(default_factory=dict)


class SegmentWriter:
    """Collects normalized articles (``Schema.normalize``) for one segment.

    An error in a thread is raised by the next call that waits for it. ``close`` must be called
    after an error, and if nothing is written: it ends the threads.
    """

    def __init__(
        self, directory: Directory, schema: Schema, postings_format: PostingsFormat, zone: tzinfo,
        story_field: str | None = None,
    ) -> None:  # fmt: skip
        """``story_field`` is the text field of which sketches are kept, if any is."""
        self._schema = schema
        self._story_field = story_field
        self._titles: list[int] = []  # hashes of them
        self._postings_format = postings_format
        self._zone = zone
        self._out = SegmentFileWriter(directory)
        self._doc_store_writer = DocStoreWriter(self._out)
        self._keys: list[bytes] = []
        self._digests: list[bytes] = []
        # All that there are: which ones the articles have is seen as they come.
        self._languages = (schema.language, *sorted({"", *CODES} - {schema.language}))
        self._tags = {language: tag for tag, language in enumerate(self._languages)}
        self._vocabulary = vocabulary(schema.rules.version, self._languages)
        self._used_languages: set[str] = set()
        self._chunk_counts: list[int] = []  # of the texts of the batch in the threads
        self._term_lists = {n: TermLists() for n in schema.names(Terms)}
        texts = [name for name in schema.names(Text) if name not in self._term_lists]
        self._texts: dict[str, list[ChunkedTexts]] = {name: [] for name in texts}
        self._units: dict[str, list[UnitLengths]] = {name: [] for name in texts}
        self._keywords = {
            name: _KeywordCollector(
                str if isinstance(schema.fields[name], Column) else schema.rules.keyword
            )
            for name in schema.names(Keyword)
        }
        self._numbers: dict[str, list[Any]] = {n: [] for n in schema.names(Date, Number)}
        self._period_ends: dict[str, dict[int, int]] = {n: {} for n in schema.names(Date)}
        self._batch = _Batch()
        self._executor: ThreadPoolExecutor | None = None
        self._tasks: list[Future[None]] = []  # of the batch in the threads: cut texts, store
        self._chunks_done = 0  # of the batches that are done
        self._word_bytes = 0  # of the distinct words in them
        self._bytes_in_tasks = 0  # of the batch in the threads
        self.bytes = 0  #: of all articles so far, as JSON

    def __len__(self) -> int:
        return len(self._digests)

    def digest(self, document: int) -> bytes:
        """The digest that an article was added with."""
        return self._digests[document]

    @property
    def chunks(self) -> int:
        """About how many chunks of text there are; the same number for the same articles."""
        return self._chunks_done + (self._bytes_in_tasks + self._batch.bytes) // _BYTES_PER_CHUNK

    @property
    def full(self) -> bool:
        """Whether the articles or their words take so much memory that it should be written."""
        word_bytes = self._word_bytes + sum(lists.size for lists in self._term_lists.values())
        return len(self) >= _MAX_DOCUMENTS or word_bytes >= _MAX_WORD_BYTES

    def add(self, digest: bytes, row: _Row, data: bytes) -> int:
        """Add a normalized article and its JSON; returns its document number."""
        return self.add_many([digest], [row], [data])

    def add_many(
        self, digests: Sequence[bytes], rows: Sequence[_Row], data: Sequence[bytes]
    ) -> int:
        """Add normalized articles and the JSON of each; returns the number of the first
        document."""
        first = len(self._digests)
        self._digests += digests
        batch, size = self._batch, sum(map(len, data))
        # Of values that may not be stored: terms, or texts.
        if self._term_lists:
            lists = (row.get(name, ()) for row in rows for name in self._term_lists)
            size += _BYTES_PER_CHUNK * sum(map(len, lists))
        elif unstored := self._schema.unstored:
            size += sum(len(row.get(name, "")) for row in rows for name in unstored)
        batch.rows += rows
        batch.data += data
        batch.bytes += size
        self.bytes += size
        if len(batch.rows) >= _ROWS:
            self._collect_fields(batch)
        if batch.bytes >= _BATCH_BYTES:
            self._submit_batch()
        return first

    def write(self, file: str) -> SegmentInfo:
        """Write the segment and fsync its file."""
        if self._executor is not None:
            self._submit_batch()
        else:  # a few articles: not worth a thread
            self._collect_fields(self._batch)
            self._cut_texts(self._batch)
            self._store_articles(self._batch)
        # The doc values are written while the threads cut the last texts.
        write_keys(self._out, self._keys, self._digests)
        names = self._schema.names(Text, Keyword, Date, Number)
        field_meta: dict[str, Any] = {n: {"kind": self._schema.fields[n].kind} for n in names}
        self._write_doc_values()
        for task in self._tasks[:1]:
            task.result()
        if self._story_field is not None:
            texts = self._texts[self._story_field]
            sketch_texts(self._vocabulary, texts, self._titles).write(self._out)
        text_writers = self._text_field_writers()
        next_writer = next(text_writers, None)
        for name, field in self._schema:
            if isinstance(field, Text):
                assert next_writer is not None
                # The next field's first postings are made while this one is written.
                text_writer, next_writer = next_writer, next(text_writers, None)
                field_meta[name] |= text_writer.write(
                    self._out, section_prefix(name), field.weight, self._postings_format
                )
                if isinstance(field, Terms):
                    continue
                units_writer = TextUnitsWriter(self._out, section_prefix(name))
                for units in self._units.pop(name):
                    units_writer.add(*units)
        for task in self._tasks:
            task.result()
        self._end_threads()
        self._doc_store_writer.finish()
        self._out.meta = {
            "documents": len(self),
            "fields": field_meta,
            "analysis": self._schema.rules.version,
            "languages": sorted(filter(None, self._used_languages)),
        }
        size, crc = self._out.write(file)
        return SegmentInfo(file, len(self), size, crc)

    def _write_doc_values(self) -> None:
        for name, field in self._schema:
            prefix = section_prefix(name)
            if isinstance(field, Keyword):
                self._keywords[name].write(self._out, prefix, len(self), many=field.many)
            elif isinstance(field, (Date, Number)):
                dtype = np.int64 if isinstance(field, Date) else np.float64
                values = np.array(self._numbers[name], dtype)
                write_numbers(self._out, prefix, values, self._period_ends.get(name))

    def _text_field_writers(self) -> Iterator[TextFieldWriter]:
        text, offsets = self._vocabulary.packed_words()
        packed = ByteStrings(text, offsets[:-1], offsets[1:])
        words = SortedVocabulary(packed, self._languages, self._schema.rules)
        for name, field in self._schema:
            if isinstance(field, Terms):
                lists = self._term_lists.pop(name)
                lists.write_attributes(self._out, section_prefix(name))
                yield TextFieldWriter(lists, lists.dictionary(), lists.batches(), self._executor)
            elif isinstance(field, Text):
                texts = self._texts.pop(name)
                yield TextFieldWriter(self._vocabulary, words, texts, self._executor)

    def close(self) -> None:
        """End the threads and discard what was collected."""
        self._end_threads()
        self._out.close()

    def _collect_fields(self, batch: _Batch) -> None:
        """Take the rows of a batch apart: texts for the threads, all else is collected here."""
        rows, batch.rows = batch.rows, []
        first, key = len(self._keys), self._schema.key
        self._keys += [row[key].encode() for row in rows]
        if self._story_field is not None:
            title = self._schema.title_field or ""
            self._titles += [title_hash(row.get(title) or "") for row in rows]
        runs = self._runs_by_tag(rows)
        for name in self._texts:
            of_field = batch.texts.setdefault(name, [])
            for language, texts in self._by_language(name, runs):
                if of_field and of_field[-1][0] == language:
                    of_field[-1][1].extend(texts)
                else:
                    of_field.append((language, texts))
        for name, lists in self._term_lists.items():
            lists.add([row.get(name) for row in rows], self._schema.fields[name])
        for name, keywords in self._keywords.items():
            keywords.add(first, [row.get(name) for row in rows])
        for name, numbers in self._numbers.items():
            values = [row.get(name) for row in rows]
            if isinstance(self._schema.fields[name], Date):
                starts, ends = instants(values, self._zone, MISSING)
                numbers += starts
                self._period_ends[name] |= {first + place: end for place, end in ends.items()}
            else:
                numbers += [np.nan if value is None else float(value) for value in values]

    def _runs_by_tag(self, rows: Sequence[_Row]) -> list[list[_Row]]:
        """The articles in runs of those that name the same language, or none."""
        field = self._schema.language_field or ""
        return [list(run) for _, run in groupby(rows, lambda row: row.get(field))]

    def _by_language(
        self, name: str, runs: Sequence[list[_Row]]
    ) -> Iterator[tuple[str, list[str]]]:
        """The texts of a field in runs of articles of one language, each with its language."""
        language_of = self._schema.language_of
        for language, equal in groupby(runs, lambda run: language_of(name, run[0])):
            yield language, [row.get(name, "") for run in equal for row in run]

    def _submit_batch(self) -> None:
        """Wait for the batch in the threads, and hand them the next one."""
        self._collect_fields(self._batch)
        self._wait()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(2, "searchlib-indexing")
        self._bytes_in_tasks = self._batch.bytes
        functions = (self._cut_texts, self._store_articles)
        self._tasks = [self._executor.submit(function, self._batch) for function in functions]
        self._batch = _Batch()

    def _cut_texts(self, batch: _Batch) -> None:
        version = self._schema.rules.version
        for name, runs in batch.texts.items():
            for language, texts in runs:
                self._cut(name, prepared(texts, version), language)

    def _cut(self, name: str, texts: list[str], language: str) -> None:
        self._used_languages.add(language)
        chunks, counts, paragraphs = self._vocabulary.cut(texts, self._tags[language])
        self._chunk_counts.append(len(chunks))
        self._texts[name].append((chunks, counts))
        self._units[name].append(self._vocabulary.text_units(chunks, counts, paragraphs))

    def _store_articles(self, batch: _Batch) -> None:
        self._doc_store_writer.add(*batch.data)

    def _wait(self) -> None:
        """Wait for the batch in the threads; an error of theirs is raised here."""
        if self._tasks:
            for task in self._tasks:
                task.result()
            self._chunks_done += sum(self._chunk_counts)
            self._chunk_counts = []
            self._word_bytes = self._vocabulary.size
            self._tasks, self._bytes_in_tasks = [], 0

    def _end_threads(self) -> None:
        """End the threads, whether their tasks succeeded or not."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


class _KeywordCollector:
    """Collects the values of a keyword field; ``folded`` gives the term of a value."""

    def __init__(self, folded: Callable[[str], str]) -> None:
        self._folded = folded
        self._texts: list[tuple[bytes, bytes]] = []  # the folded term and the text
        self._number_of_text: dict[str, int] = {}
        self._docs: list[int] = []
        self._numbers: list[int] = []

    def add(self, first: int, values: Iterable[str | list[str] | None]) -> None:
        """Add the values of the documents from ``first`` on."""
        for document, value in enumerate(values, first):
            if value is None:
                continue
            for text in (value,) if isinstance(value, str) else value:
                number = self._number_of_text.get(text)
                if number is None:
                    number = self._number_of_text[text] = len(self._texts)
                    self._texts.append((self._folded(text).encode(), text.encode()))
                self._docs.append(document)
                self._numbers.append(number)

    def write(self, out: SegmentFileWriter, name: str, documents: int, *, many: bool) -> None:
        docs, numbers = np.array(self._docs, np.int64), np.array(self._numbers, np.int64)
        write_keywords(out, name, self._texts, docs, numbers, documents, many=many)
