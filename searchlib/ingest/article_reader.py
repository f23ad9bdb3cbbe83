"""Reads files and streams one after the other, each with the reader of its format."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, Self

from searchlib.errors import ArgumentError, RecordError
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.checkpoint import Checkpoint, StreamPosition, stream_at
from searchlib.ingest.conversion import MAX_PLACE, RecordConversion
from searchlib.ingest.field_names import FieldNames
from searchlib.ingest.file_sync import FileKeys, FileSync
from searchlib.ingest.formats import Format, detect
from searchlib.ingest.json_lines import read_json_lines
from searchlib.ingest.page_text import read_page_text
from searchlib.ingest.progress import Progress
from searchlib.ingest.raw_record import Extraction, RawRecord, RecordItem, read_whole
from searchlib.ingest.read_summary import ReadSummary
from searchlib.ingest.streams import STREAM_ERRORS, buffered, decompressed, why_unreadable
from searchlib.ingest.text_encoding import SAMPLE, encoding_of, marked_encoding
from searchlib.schema import Schema

if TYPE_CHECKING:  # which takes time to import, and many programs need not
    from concurrent.futures import Future

    from searchlib.ingest.extraction import ExtractionPool

__all__ = ["ArticleReader", "FileSource", "ReadOptions", "Source"]

Items = Iterator[Any]

_SAMPLED = 500  # records whose dates are looked at before the first is converted
_MAX_DEPTH = 3  # of archives within archives
_MAX_DOCUMENT = 256 * 1024 * 1024  # bytes of a file that is read as one
_AHEAD = 8  # documents that are read at the same time, or are to be
_MAX_AHEAD = 64 * 1024 * 1024  # bytes of these
_TEXTS = ("csv", "text", "markdown")  # formats whose encoding is guessed
_NUMERIC_DATE = re.compile(rb"\"\s*\d\d?([./-])\d\d?\1\d{4}")


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file: ``is_chosen`` if it was named itself, and not found in a folder. Of the latter those
    that are not read are passed over."""

    path: str
    is_chosen: bool = True


#: A file ("-" is standard input) or an open stream.
Source = FileSource | IO[bytes] | IO[str]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How sources are read: in which format (None: as each is), in which encoding, how
    "03/04/2022" is read, and which keys are which fields."""

    format: Format | None = None
    encoding: str | None = None
    day_first: bool | None = None
    names: FieldNames | None = None


class ArticleReader(Iterator[Article | Rejected]):
    """An iterator over the articles of sources, as :func:`searchlib.read` returns it.

    ``Archive.add`` lets it resume where an earlier run was stopped, unless iteration has begun.
    ``summary`` says what was read and how it was understood.

    >>> [article.id for article in ArticleReader([io.BytesIO(b'{"id": "a1"}')])]
    ['a1']
    """

    def __init__(
        self,
        sources: Iterable[Source],
        options: ReadOptions = ReadOptions(),
        defaults: Article | None = None,
    ) -> None:
        self._defaults = defaults or Article()
        self._started = False
        # The generator refers to the source reader, not to this object: when this object is
        # dropped, the generator goes with it and closes its file.
        self._source_reader = _SourceReader(options)
        self.summary = self._source_reader.summary
        sources = list(sources)
        self._source_reader.are_files = all(
            isinstance(one, FileSource) and one.path != "-" for one in sources
        )
        items = self._source_reader.read(sources)
        has_defaults = bool(self._defaults.record())
        self._items = _with_defaults(items, self._defaults) if has_defaults else items

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Article | Rejected:
        self._started = True
        item: Article | Rejected = next(self._items)
        return item

    @property
    def bytes_read(self) -> tuple[int, int]:
        """How many bytes of the files were read, and how many they have; streams do not count."""
        return self._source_reader.bytes_read()

    def use_schema(self, schema: Schema | None) -> None:
        """From the next record on, yield rows of this schema in place of articles, where a record
        can be one. None yields articles again. With defaults, articles are yielded always."""
        conversion = self._source_reader.conversion
        conversion.use_schema(schema, rows=not self._defaults.record())

    def keep_in_step(self, sync: FileSync | None) -> None:
        """Note in ``sync`` which articles each file has, and do not read those that are as they
        were. ArgumentError for sources that are not files: nothing is known of those then."""
        if sync is not None and not self._source_reader.are_files:
            raise ArgumentError("files and folders can be kept in step, not streams")
        self._source_reader.sync = sync

    def resume(
        self, checkpoints: Iterable[Checkpoint], settings: str, *, from_start: bool = False
    ) -> Progress | None:
        """Resume at the checkpoints; the progress of the run, or None if iteration has begun.

        ``settings`` is whatever decides, besides the files and the options of ``read``, what
        becomes of the records: checkpoints made with other settings are not valid.
        ``from_start`` ignores the checkpoints, so that all is read.
        """
        if self._started:
            return None
        defaults = json.dumps(self._defaults.record(), sort_keys=True, default=repr)
        settings = f"{settings}\n{self._source_reader.settings()}\n{defaults}"
        if self._source_reader.sync is not None:
            self._source_reader.sync.begin(settings)
        self._source_reader.progress = Progress(checkpoints, settings, from_start=from_start)
        return self._source_reader.progress


@dataclass(frozen=True, slots=True)
class _Later:
    """Stands for items that are there when those before it are taken: those of a document that is
    being read, which has this size; or none, and something is done then."""

    size: int
    items: Callable[[], Iterable[Any] | None]


class _SourceReader:
    """Reads sources one after the other, and resumes in files if there is a progress."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self.conversion = RecordConversion(options.names or FieldNames(), options.day_first)
        self.summary = ReadSummary(renamed=self.conversion.names.renamed)
        self.progress: Progress | None = None
        self._total = self._done = 0
        self._file: Any = None
        self._pool: ExtractionPool | None = None
        self.are_files = True
        self.sync: FileSync | None = None

    def settings(self) -> str:
        """The options, as a text."""
        options, names = self._options, self.conversion.names.settings()
        format_name = options.format and options.format.name
        return json.dumps([format_name, options.encoding, options.day_first, names])

    def bytes_read(self) -> tuple[int, int]:
        try:
            within = self._file.tell() if self._file is not None else 0
        except (OSError, ValueError):
            within = 0
        return self._done + within, self._total

    def read(self, sources: list[Source]) -> Items:
        """The articles of the sources, in their order."""
        try:
            yield from _in_order(self._read_all(sources))
        finally:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def _read_all(self, sources: list[Source]) -> Items:
        self._total = sum(_size(one.path) for one in sources if isinstance(one, FileSource))
        for source in sources:
            if not isinstance(source, FileSource):
                name = getattr(source, "name", None)
                name = name if isinstance(name, str) else "<stream>"
                yield from self._read_stream(source, name, None, StreamPosition())
            elif source.path == "-":
                yield from self._read_stream(sys.stdin.buffer, "<stdin>", None, StreamPosition())
            else:
                path = source.path
                try:
                    with open(_file_of(path), "rb", buffering=0) as file:
                        self._file = file
                        yield from self._read_in_step(file, source)
                    self._done += _size(path)
                except OSError as error:
                    if self.sync is not None:
                        self.sync.unread.append(path)
                    yield Rejected(path, None, why_unreadable(error))
                finally:
                    self._file = None

    def _read_in_step(self, file: Any, source: FileSource) -> Items:
        """The articles of a file, which are noted if it is kept in step."""
        sync, path = self.sync, source.path
        if sync is None:
            yield from self._read_file(file, source)
            return
        keys = sync.begin_file(path, os.fstat(file.fileno()))
        if keys is None:
            return
        for item in self._read_file(file, source):
            if type(item) is _Later:
                yield _Later(item.size, partial(self._noted, keys, item.items))
            else:
                keys.note(item, self.conversion.stored_key)
                yield item
        yield _Later(0, partial(sync.end_file, path, keys))

    def _noted(self, keys: FileKeys, items: Callable[[], Iterable[Any] | None]) -> Items:
        for item in items() or ():
            keys.note(item, self.conversion.stored_key)
            yield item

    def _read_file(self, file: Any, source: FileSource) -> Items:
        progress, position, stream = self.progress, StreamPosition(), None
        status, path = os.fstat(file.fileno()), source.path
        if progress is None or not stat.S_ISREG(status.st_mode):
            yield from self._read_stream(file, path, source, position)
            return
        checkpoint = progress.begin(path, status, position)
        if checkpoint is not None:
            if checkpoint.finished:
                return
            stream = _stream_or_rewind(file, checkpoint, position)
        if stream is None:
            yield from self._read_stream(file, path, source, position)
        else:  # of JSON Lines, whose positions alone are kept
            progress.note_resumed(path, position)
            yield from self._read_lines(stream, path, position)
        yield _Later(0, progress.end)

    def _read_stream(
        self, stream: Any, name: str, source: FileSource | None, position: StreamPosition,
        depth: int = 0,
    ) -> Items:  # fmt: skip
        """The articles of a stream: ``source`` is its file, None if it has none."""
        try:
            data, encoding = _as_utf8(decompressed(buffered(stream)), self._options.encoding)
            is_file = source is not None or depth > 0
            found = self._options.format if depth == 0 else None
            start = data.peek(SAMPLE)[:SAMPLE]
            kind = found or detect(start, name if is_file else None)
        except STREAM_ERRORS as error:
            position.failed = True
            yield Rejected(name, None, why_unreadable(error))
            return
        if isinstance(kind, str):
            if depth or (source is not None and not source.is_chosen):
                self.summary.passed_over[kind] += 1
            else:
                yield Rejected(name, None, f"{kind}: not a format that is read")
            return
        if encoding is None and kind.name in _TEXTS and (guess := encoding_of(start)) != "utf-8":
            encoding = f"{guess} by guess"
        if encoding:
            self.summary.encodings[encoding] += 1
        if kind.name in ("zip", "tar"):
            yield from self._read_members(kind, data, name, depth)
            return
        self.summary.files[kind.title] += 1
        if kind.name == "jsonl":
            items = self._read_lines(data, name, position)
        elif kind.name == "text":
            items = map(
                partial(_keyed_by_place, _place(name)), read_page_text(data, name, position)
            )
        elif kind.is_isolated:
            items = self._read_document(kind, data, name)
        else:
            items = self._read_records(kind, data, name, position)
        count = 0
        try:
            for item in items:
                if type(item) is not Rejected and type(item) is not _Later:
                    count += 1
                yield item
        finally:
            self.summary.records[kind.title] += count

    def _read_lines(self, data: io.BufferedReader, name: str, position: StreamPosition) -> Items:
        """The articles of JSON Lines, which are converted as fast as can be."""
        convert = self.conversion
        convert.path = _place(name)
        sample = data.peek(SAMPLE)[:SAMPLE]
        if convert.day_first is None and _NUMERIC_DATE.search(sample):
            records = [item for item in _decoded(sample) if isinstance(item, dict)]
            self._settle_order(records, name)
        try:
            yield from read_json_lines(data, name, convert, position)
        finally:
            convert.day_first = self._options.day_first

    def _read_records(
        self, kind: Format, data: io.BufferedReader, name: str, position: StreamPosition
    ) -> Items:
        """The articles of a format that gives records."""
        number, records, path = 0, iter(kind.load()(data, name)), _place(name)
        try:
            sample = [] if kind.name == "warc" else list(islice(records, _SAMPLED))
            self._settle_order([r.values for r in sample if isinstance(r, RawRecord)], name)
            for record in chain(sample, records):
                number += 1
                if isinstance(record, Extraction):
                    yield self._extract(kind, record, name)
                else:
                    yield self._converted(record, name, path)
        except STREAM_ERRORS as error:
            position.failed = True
            yield Rejected(f"{name}:{number + 1}", None, why_unreadable(error))
        except ModuleNotFoundError as error:
            yield _missing(kind, name, error.name)
        finally:
            self.conversion.day_first = self._options.day_first

    def _converted(self, record: RecordItem, name: str, path: str) -> Any:
        """The article of a record, or its rejection; ``path`` stands for the file in keys."""
        if isinstance(record, Rejected):
            return record
        location = f"{name}:{record.place}" if record.place else name
        try:
            item = self.conversion(record.values, location, _within(path, record.place))
        except RecordError as error:
            return Rejected(error.where, error.field, error.why, record.values)

        if path:
            _keep_path(item, path, self.conversion.key)
        return item

    def _read_document(self, kind: Format, data: io.BufferedReader, name: str) -> Items:
        """The articles of a file that is one document."""
        try:
            document = read_whole(data, name, _MAX_DOCUMENT, "file")
        except STREAM_ERRORS as error:
            yield Rejected(name, None, why_unreadable(error))
            return
        if isinstance(document, Rejected):
            yield document
        else:
            yield self._extract(kind, Extraction(kind.reader, document, name), name)

    def _extract(self, kind: Format, extraction: Extraction, name: str) -> _Later:
        """The articles of a document that another process reads meanwhile."""
        if self._pool is None:
            from searchlib.ingest.extraction import ExtractionPool

            self._pool = ExtractionPool()
        result = self._pool.submit(extraction)
        return _Later(len(extraction.data), lambda: self._extracted(kind, result, name))

    def _extracted(self, kind: Format, result: Future[list[RecordItem]], name: str) -> Items:
        from searchlib.ingest.extraction import MissingLibrary

        try:
            records, path = result.result(), _place(name)
            self._settle_order([r.values for r in records if isinstance(r, RawRecord)], name)
            for record in records:
                item = self._converted(record, name, path)
                if type(item) is not Rejected:
                    self.summary.records[kind.title] += 1
                yield item
        except MissingLibrary as error:
            yield _missing(kind, name, str(error))
        finally:
            self.conversion.day_first = self._options.day_first

    def _read_members(self, kind: Format, data: io.BufferedReader, name: str, depth: int) -> Items:
        if depth >= _MAX_DEPTH:
            yield Rejected(name, None, f"archives are nested more than {_MAX_DEPTH} deep")
            return
        try:
            for member in kind.load()(data, name):
                if isinstance(member, Rejected):
                    yield member
                else:
                    path, stream = member
                    yield from self._read_stream(stream, path, None, StreamPosition(), depth + 1)
        except STREAM_ERRORS as error:
            yield Rejected(name, None, why_unreadable(error))

    def _settle_order(self, records: list[dict[str, Any]], name: str) -> None:
        """Read the dates of these records' file in the one order that they can all have."""
        order = self.conversion.order_of_dates(records)
        if order is not None:
            self.conversion.day_first = order
            self.summary.orders[name] = "day first" if order else "month first"


def _in_order(items: Items) -> Items:
    """The items, those that are there later in their place; documents are read ahead."""
    waiting: deque[_Later] = deque()
    size = 0
    for item in items:
        if type(item) is not _Later:
            while waiting:
                yield from waiting.popleft().items() or ()
            size = 0
            yield item
            continue
        waiting.append(item)
        size += item.size
        while len(waiting) > _AHEAD or size > _MAX_AHEAD:
            first = waiting.popleft()
            size -= first.size
            yield from first.items() or ()
    while waiting:
        yield from waiting.popleft().items() or ()


def _keyed_by_place(place: str, item: Article | Rejected) -> Article | Rejected:
    """An article whose text does not say when it is from: its key is the file, so that an edited
    one is an update."""
    if place and isinstance(item, Article) and not (item.date and item.title):
        item.id = place[-MAX_PLACE:]
    return item


def _keep_path(item: Any, path: str, key: str) -> None:
    """Keep the path of the file that an article is from, if its key does not say it."""
    if isinstance(item, Article):
        if not item.id.startswith(path):
            item.extra.setdefault("path", path)
    elif not item[key].startswith(path):
        item.setdefault("path", path)


def _missing(kind: Format, name: str, library: str | None) -> Rejected:
    cure = f"pip install 'searchlib[{kind.extra}]'"
    return Rejected(name, None, f"{kind.title} is read with {library}: {cure}")


def _size(path: str) -> int:
    try:
        return os.stat(_file_of(path)).st_size
    except OSError:
        return 0


def _file_of(path: str) -> str:
    """The file of a path that may name a table of it ("file.db#table")."""
    return path if "#" not in path or os.path.exists(path) else path.rpartition("#")[0]


def _place(name: str) -> str:
    """What stands for a file in the keys of its articles: its path, from the working folder where
    it is in it."""
    if name.startswith("<"):
        return ""
    path = os.path.normpath(name)
    if os.path.isabs(path):
        relative = os.path.relpath(path) if os.path.splitdrive(path)[0] == "" else path
        path = path if relative.startswith("..") else relative
    return path.replace(os.sep, "/")


def _within(file: str, place: str) -> str:
    """A place in a file, for a key; "" for a stream, which has none."""
    return f"{file}#{place}" if file and place else file


def _as_utf8(data: io.BufferedReader, encoding: str | None) -> tuple[io.BufferedReader, str | None]:
    """The stream in UTF-8 and the encoding that it had, if that was given or its first bytes say
    it (UTF-16, UTF-32)."""
    encoding = encoding or marked_encoding(data.peek(4))
    if encoding is None or encoding == "utf-8-sig":  # whose mark all readers know
        return data, None
    text = io.TextIOWrapper(data, encoding, errors="replace", newline="")
    return buffered(text), encoding


def _decoded(sample: bytes) -> Iterator[Any]:
    """The values of the whole lines of a sample of JSON Lines."""
    for line in sample.split(b"\n")[:_SAMPLED]:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _stream_or_rewind(
    file: IO[bytes], checkpoint: Checkpoint, position: StreamPosition
) -> io.BufferedReader | None:
    """The stream from a checkpoint on; None, and the file at its start, if that is not valid."""
    try:
        stream = stream_at(file, checkpoint, position)
    except STREAM_ERRORS:
        stream = None
    if stream is None:
        file.seek(0)
    return stream


def _with_defaults(items: Items, defaults: Article) -> Items:
    """The items; articles are completed with the defaults where they have no value."""
    field_defaults = [
        (name, value) for name, value in defaults.record().items() if name not in defaults.extra
    ]
    for item in items:
        if isinstance(item, Article):
            for name, value in field_defaults:
                if not getattr(item, name):
                    setattr(item, name, list(value) if isinstance(value, list) else value)
            for name, value in defaults.extra.items():
                if item.extra.get(name) in (None, ""):
                    item.extra[name] = value
        yield item
