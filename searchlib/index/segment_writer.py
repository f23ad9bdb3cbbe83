"""A segment in the making: articles come in one by one, the file is written at the end.

Text is cut into chunks and stored articles are compressed as they come, some megabytes at a
time and in threads, while the next ones are read; posting lists are made in one go
(:mod:`searchlib.index.inverter`) when the segment is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field as default
from datetime import tzinfo
from typing import Any

import numpy as np

from searchlib.analysis import fold_keyword, vocabulary
from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreWriter
from searchlib.codec.doc_values import MISSING, write_keys, write_keywords, write_numbers
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.segment_file import SegmentFileWriter, section
from searchlib.index.inverter import Part, TextWriter, Words
from searchlib.index.manifest import SegmentInfo
from searchlib.ingest.record import instant
from searchlib.schema import Date, Keyword, Number, Schema, Text

__all__ = ["SegmentWriter"]

_JOB = 1 << 21  # bytes of articles that are worked on together
_CHUNK_BYTES = 8  # about as long is a chunk, in bytes of an article
_DOCUMENTS = 1 << 18  # in a segment at most, before it is merged with others
_WORDS = 96 << 20  # bytes of different words, likewise


@dataclass(slots=True)
class _Job:
    """Articles that are worked on together: cleaned, and as JSON; the texts of each field."""

    rows: list[Mapping[str, Any]] = default(default_factory=list)
    data: list[bytes] = default(default_factory=list)
    bytes: int = 0
    texts: dict[str, list[str]] = default(default_factory=dict)


class SegmentWriter:
    """Collects cleaned articles (``Schema.normalize``) for one segment.

    An error of the thread is raised by the next call that waits for it. After an error, and in
    the end if nothing is written, ``close`` must be called: then no thread is left.
    """

    def __init__(
        self, directory: Directory, schema: Schema, postings_format: PostingsFormat, zone: tzinfo
    ) -> None:
        self._schema = schema
        self._postings_format = postings_format
        self._zone = zone
        self._out = SegmentFileWriter(directory)
        self._stored = DocStoreWriter(self._out)
        self._keys: list[bytes] = []
        self._digests: list[bytes] = []
        self._vocabulary = vocabulary()
        self._text: dict[str, list[Part]] = {n: [] for n in schema.names(Text)}
        self._keyword = {n: _Keywords() for n in schema.names(Keyword)}
        self._number: dict[str, list[Any]] = {n: [] for n in schema.names(Date, Number)}
        self._job = _Job()
        self._thread: ThreadPoolExecutor | None = None
        self._running: list[Future[None]] = []  # the parts of a job: cut, store
        self._words = 0  # bytes of the words, likewise
        self._chunks = 0  # of the jobs that are known to be done
        self._waiting = 0  # bytes of the others
        self.bytes = 0  #: of all articles so far, as JSON

    def __len__(self) -> int:
        return len(self._digests)

    @property
    def chunks(self) -> int:
        """About how many chunks of text there are; the same for the same articles."""
        return self._chunks + (self._waiting + self._job.bytes) // _CHUNK_BYTES

    @property
    def full(self) -> bool:
        """Whether its articles and words take so much memory that it should be written."""
        return len(self) >= _DOCUMENTS or self._words >= _WORDS

    def add(self, digest: bytes, row: Mapping[str, Any], data: bytes) -> int:
        """Add a cleaned article and its JSON; returns its document number."""
        document = len(self._digests)
        self._digests.append(digest)
        job = self._job
        job.rows.append(row)
        job.data.append(data)
        job.bytes += len(data)
        self.bytes += len(data)
        if job.bytes >= _JOB:
            self._hand_over()
        return document

    def write(self, file: str) -> SegmentInfo:
        """Write the segment and bring it to disk."""
        if self._thread is not None:
            self._hand_over()
        else:  # a few articles: not worth a thread
            self._take_apart(self._job)
            self._cut(self._job)
            self._store(self._job)
        # The columns while the last texts are cut.
        write_keys(self._out, self._keys, self._digests)
        fields = self._schema.names(Text, Keyword, Date, Number)
        kinds: dict[str, Any] = {n: {"kind": self._schema.fields[n].kind} for n in fields}
        self._write_columns()
        for part in self._running[:1]:
            part.result()
        texts = self._text_writers()
        text = next(texts, None)
        for name, field in self._schema:
            if isinstance(field, Text):
                assert text is not None
                now, text = text, next(texts, None)  # whose postings are made meanwhile
                kinds[name] |= now.write(
                    self._out, section(name), field.weight, self._postings_format
                )
        for part in self._running:
            part.result()
        self._stop()
        self._stored.finish()
        self._out.meta = {"documents": len(self), "fields": kinds}
        size, crc = self._out.write(file)
        return SegmentInfo(file, len(self), size, crc)

    def _write_columns(self) -> None:
        for name, field in self._schema:
            if isinstance(field, Keyword):
                self._keyword[name].write(self._out, section(name), len(self), many=field.many)
            elif isinstance(field, (Date, Number)):
                dtype = np.int64 if isinstance(field, Date) else np.float64
                write_numbers(self._out, section(name), np.array(self._number[name], dtype))

    def _text_writers(self) -> Iterator[TextWriter]:
        words = Words(self._vocabulary.words())
        for name, field in self._schema:
            if isinstance(field, Text):
                parts = self._text.pop(name)
                yield TextWriter(self._vocabulary, words, parts, field.language, self._thread)

    def close(self) -> None:
        """Give up what was collected."""
        self._stop()
        self._out.close()

    def _take_apart(self, job: _Job) -> None:
        """The articles by field: texts for the thread, all else into the columns."""
        rows, job.rows = job.rows, []
        first, key = len(self._keys), self._schema.key
        self._keys += [row[key].encode() for row in rows]
        job.texts = {name: [row.get(name, "") for row in rows] for name in self._text}
        for name, keywords in self._keyword.items():
            keywords.add(first, [row.get(name) for row in rows])
        for name, values in self._number.items():
            found = [row.get(name) for row in rows]
            if isinstance(self._schema.fields[name], Date):
                zone = self._zone
                values += [MISSING if iso is None else instant(iso, zone) for iso in found]
            else:
                values += [np.nan if value is None else float(value) for value in found]

    def _hand_over(self) -> None:
        """Have the thread work on what came since the last time."""
        self._take_apart(self._job)
        self._wait()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(2, "searchlib-indexing")
        self._waiting = self._job.bytes
        work = (self._cut, self._store)
        self._running = [self._thread.submit(part, self._job) for part in work]
        self._job = _Job()

    def _cut(self, job: _Job) -> None:
        for name, texts in job.texts.items():
            self._text[name].append(self._vocabulary.cut(texts))

    def _store(self, job: _Job) -> None:
        self._stored.add(*job.data)

    def _wait(self) -> None:
        """Wait for the thread; its error is raised here."""
        if self._running:
            for part in self._running:
                part.result()
            self._chunks += sum(len(parts[-1][0]) for parts in self._text.values())
            self._words = self._vocabulary.size
            self._running, self._waiting = [], 0

    def _stop(self) -> None:
        """Let the thread end, whatever became of its work."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None


class _Keywords:
    """The values of a keyword field as they come."""

    def __init__(self) -> None:
        self._values: dict[bytes, tuple[int, bytes]] = {}
        self._numbers: dict[str, int] = {}
        self._owners: list[int] = []
        self._met: list[int] = []

    def add(self, first: int, values: Iterable[str | list[str] | None]) -> None:
        """Add the values of the documents from ``first`` on."""
        for document, value in enumerate(values, first):
            if value is None:
                continue
            for label in (value,) if isinstance(value, str) else value:
                number = self._numbers.get(label)
                if number is None:
                    entry = (len(self._values), label.encode())
                    number = self._values.setdefault(fold_keyword(label).encode(), entry)[0]
                    self._numbers[label] = number
                self._owners.append(document)
                self._met.append(number)

    def write(self, out: SegmentFileWriter, name: str, documents: int, *, many: bool) -> None:
        owners, met = np.array(self._owners, np.int64), np.array(self._met, np.int64)
        write_keywords(out, name, self._values, owners, met, documents, many=many)
