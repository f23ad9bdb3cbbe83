"""Reads files and streams one after the other, each with the reader of its format.

To add a format, write a module with a :class:`FormatReader` and add a line to :data:`FORMATS`.
"""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Protocol, Self

from searchlib.ingest.article import Article, RecordConverter, Rejected
from searchlib.ingest.checkpoint import Checkpoint, StreamPosition, stream_at
from searchlib.ingest.json_file import read_json
from searchlib.ingest.json_lines import read_json_lines
from searchlib.ingest.page_text import read_page_text
from searchlib.ingest.progress import Progress
from searchlib.ingest.streams import STREAM_ERRORS, buffered, decompressed, why_unreadable

__all__ = ["FORMATS", "ArticleReader", "FormatReader", "Source", "format_of"]

Items = Iterator[Any]
#: A path ("-" is standard input) or an open stream.
Source = str | IO[bytes] | IO[str]
#: Converts a record to a row of the index; None leaves the record to be read as an article.
RowConverter = Callable[[dict[str, Any]], Any]


class FormatReader(Protocol):
    """Reads one format: a generator function over the articles of a stream.

    ``stream`` is already decompressed; ``name`` is the name of its file, for locations such as
    "news.jsonl:17". Records that are JSON objects are yielded as ``convert(record, location)``;
    a :class:`~searchlib.errors.RecordError` of it, and anything else that cannot be read, is
    yielded as a :class:`~searchlib.ingest.article.Rejected`, never raised.

    ``position`` is where the stream stands. A reader that can resume calls ``position.advance``
    for every line before it yields the line's item; the others leave it alone, and their files
    are read again from the start. All readers set ``position.failed`` for one of
    ``STREAM_ERRORS``.
    """

    def __call__(
        self,
        stream: io.BufferedReader,
        name: str,
        convert: RecordConverter,
        position: StreamPosition,
        /,
    ) -> Items: ...


#: File name extensions -> the reader of the format. Each extension may be followed by ".gz".
FORMATS: dict[str, FormatReader] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
    ".txt": read_page_text,
}


def format_of(name: str) -> FormatReader | None:
    """The reader for a file of this name, or None if its format is not known.

    >>> format_of("news.jsonl.GZ") is read_json_lines
    True
    """
    stem = name.lower().removesuffix(".gz")
    return FORMATS.get(os.path.splitext(stem)[1])


class ArticleReader(Iterator[Article | Rejected]):
    """An iterator over the articles of sources, as :func:`searchlib.read` returns it.

    ``Archive.add`` lets it resume where an earlier run was stopped, unless iteration has begun.

    >>> [article.id for article in ArticleReader([io.BytesIO(b'{"id": "a1"}')], None, Article())]
    ['a1']
    """

    def __init__(
        self, sources: Iterable[Source], day_first: bool | None, defaults: Article
    ) -> None:
        self._defaults = defaults
        self._started = False
        # The generator refers to the source reader, not to this object: when this object is
        # dropped, the generator goes with it and closes its file.
        self._source_reader = _SourceReader(day_first)
        items = self._source_reader.read(sources)
        self._items = _with_defaults(items, defaults) if defaults.record() else items

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Article | Rejected:
        self._started = True
        item: Article | Rejected = next(self._items)
        return item

    def use_row_reader(self, read_row: RowConverter | None) -> None:
        """From the next record on, yield ``read_row(record)`` where that is not None, in place of
        an article. None yields articles again. With defaults, articles are yielded always."""
        if not self._defaults.record():
            self._source_reader.read_row = read_row

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
        settings = f"{settings}\n{self._source_reader.day_first}\n{defaults}"
        self._source_reader.progress = Progress(checkpoints, settings, from_start=from_start)
        return self._source_reader.progress


class _SourceReader:
    """Reads sources one after the other, and resumes in files if there is a progress."""

    def __init__(self, day_first: bool | None) -> None:
        self.day_first = day_first
        self.read_row: RowConverter | None = None
        self.progress: Progress | None = None

    def convert(self, record: dict[str, Any], location: str) -> Any:
        """The row or the article of a record."""
        row = None if self.read_row is None else self.read_row(record)
        if row is not None:
            return row
        return Article.from_record(record, location, day_first=self.day_first)

    def read(self, sources: Iterable[Source]) -> Items:
        for source in sources:
            if not isinstance(source, str):
                name = getattr(source, "name", None)
                name = name if isinstance(name, str) else "<stream>"
                yield from self._read_stream(source, name, None, StreamPosition())
            elif source == "-":
                yield from self._read_stream(sys.stdin.buffer, "<stdin>", None, StreamPosition())
            else:
                try:
                    with open(source, "rb", buffering=0) as file:
                        yield from self._read_file(file, source)
                except OSError as error:
                    yield Rejected(source, None, why_unreadable(error))

    def _read_file(self, file: Any, path: str) -> Items:
        progress, position, stream = self.progress, StreamPosition(), None
        status = os.fstat(file.fileno())
        if progress is None or not stat.S_ISREG(status.st_mode):
            yield from self._read_stream(file, path, format_of(path), position)
            return
        checkpoint = progress.begin(path, status, position)
        if checkpoint is not None:
            if checkpoint.finished:
                return
            stream = _stream_or_rewind(file, checkpoint, position)
        if stream is None:
            yield from self._read_stream(file, path, format_of(path), position)
        else:
            progress.note_resumed(path, position)
            # A file whose name has no known format can only have a checkpoint as JSON Lines.
            read = format_of(path) or read_json_lines
            yield from read(stream, path, self.convert, position)
        progress.end()

    def _read_stream(
        self, stream: Any, name: str, read: FormatReader | None, position: StreamPosition
    ) -> Items:
        try:
            data = decompressed(buffered(stream))
            read = read or _detect_format(data)
        except STREAM_ERRORS as error:
            position.failed = True
            yield Rejected(name, None, why_unreadable(error))
            return
        yield from read(data, name, self.convert, position)


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


def _detect_format(stream: io.BufferedReader) -> FormatReader:
    """The reader for a stream without a name, by its first bytes."""
    start = stream.peek(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        # In an object that is indented over several lines, the first holds only its bracket.
        return read_json if start[1:].lstrip(b" \t").startswith((b"\n", b"\r")) else read_json_lines
    return read_json if start.startswith(b"[") else read_page_text


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
