"""The reading of files and streams, one after the other."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Self

from searchlib.ingest.article import Article, Make, Rejected
from searchlib.ingest.checkpoint import Checkpoint, StreamPosition, stream_at
from searchlib.ingest.json_file import read_json
from searchlib.ingest.json_lines import read_json_lines
from searchlib.ingest.page_text import read_page_text
from searchlib.ingest.progress import Progress
from searchlib.ingest.streams import BAD_STREAM, buffered, unpacked, why_unreadable

__all__ = ["FORMATS", "ArticleReader", "Source", "format_of"]

Items = Iterator[Any]
Reader = Callable[[io.BufferedReader, str, Make, StreamPosition], Items]
Source = str | IO[bytes] | IO[str]


def _page(stream: io.BufferedReader, where: str, _make: Make, at: StreamPosition) -> Items:
    return read_page_text(stream, where, at)


#: The endings of names -> how such a file is read. Each may have ".gz" after it.
FORMATS: dict[str, Reader] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
    ".txt": _page,
}


def format_of(name: str) -> Reader | None:
    """How a file of this name is read, or None.

    >>> format_of("news.jsonl.GZ") is read_json_lines
    True
    """
    stem = name.lower().removesuffix(".gz")
    return FORMATS.get(os.path.splitext(stem)[1])


class ArticleReader(Iterator[Article | Rejected]):
    """An iterator over the articles of sources: what :func:`searchlib.read` gives.

    ``Archive.add`` lets it go on where a run was stopped, if nobody took from it before.

    >>> [article.id for article in ArticleReader([io.BytesIO(b'{"id": "a1"}')], None, Article())]
    ['a1']
    """

    def __init__(self, sources: Iterable[Source], day_first: bool | None, filling: Article) -> None:
        self._filling = filling
        self._begun = False
        # The generator holds the files and not this, so that they close when this goes.
        self._files = _Files(day_first)
        items = self._files.read(sources)
        self._items = _filled(items, filling) if filling.record() else items

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Article | Rejected:
        self._begun = True
        found: Article | Rejected = next(self._items)
        return found

    def make(self, row: Callable[[dict[str, Any]], Any] | None) -> None:
        """Give what ``row`` makes of a record, where that is not None, in place of an article,
        from the next record on; without ``row``, give articles again."""
        if not self._filling.record():
            self._files.row = row

    def resume(
        self, marks: Iterable[Checkpoint], told: str, *, afresh: bool = False
    ) -> Progress | None:
        """Go on where the marks say; the progress, to be asked, or None if it has begun.

        ``told`` is what decides, besides the files and what ``read`` was told, what becomes of
        the records; marks made with another one do not hold. ``afresh`` reads all of it.
        """
        if self._begun:
            return None
        filling = json.dumps(self._filling.record(), sort_keys=True, default=repr)
        told = f"{told}\n{self._files.day_first}\n{filling}"
        self._files.progress = Progress(marks, told, afresh=afresh)
        return self._files.progress


class _Files:
    """Reads sources, and keeps to the progress if there is one."""

    def __init__(self, day_first: bool | None) -> None:
        self.day_first = day_first
        self.row: Callable[[dict[str, Any]], Any] | None = None
        self.progress: Progress | None = None

    def make(self, record: dict[str, Any], where: str) -> Any:
        """What becomes of a record."""
        found = None if self.row is None else self.row(record)
        if found is not None:
            return found
        return Article.from_record(record, where, day_first=self.day_first)

    def read(self, sources: Iterable[Source]) -> Items:
        for source in sources:
            if not isinstance(source, str):
                name = getattr(source, "name", None)
                where = name if isinstance(name, str) else "<stream>"
                yield from self._stream(source, where, None, StreamPosition())
            elif source == "-":
                yield from self._stream(sys.stdin.buffer, "<stdin>", None, StreamPosition())
            else:
                try:
                    with open(source, "rb", buffering=0) as file:
                        yield from self._file(file, source)
                except OSError as error:
                    yield Rejected(source, None, why_unreadable(error))

    def _file(self, file: Any, name: str) -> Items:
        progress, place, stream = self.progress, StreamPosition(), None
        seen = os.fstat(file.fileno())
        if progress is None or not stat.S_ISREG(seen.st_mode):
            yield from self._stream(file, name, format_of(name), place)
            return
        mark = progress.begin(name, seen, place)
        if mark is not None:
            if mark.whole:
                return
            stream = _positioned(file, mark, place)
        if stream is None:
            yield from self._stream(file, name, format_of(name), place)
        else:
            progress.resume(name, place)
            yield from (format_of(name) or read_json_lines)(stream, name, self.make, place)
        progress.end()

    def _stream(
        self, stream: Any, where: str, reader: Reader | None, place: StreamPosition
    ) -> Items:
        try:
            data = unpacked(buffered(stream))
            reader = reader or _sniffed(data)
        except BAD_STREAM as error:
            place.failed = True
            yield Rejected(where, None, why_unreadable(error))
            return
        yield from reader(data, where, self.make, place)


def _positioned(
    file: IO[bytes], mark: Checkpoint, place: StreamPosition
) -> io.BufferedReader | None:
    """The stream from a mark on; None, and the file at its start, if the mark does not hold."""
    try:
        stream = stream_at(file, mark, place)
    except BAD_STREAM:
        stream = None
    if stream is None:
        file.seek(0)
    return stream


def _sniffed(data: io.BufferedReader) -> Reader:
    """The format of a stream without a name, from its first bytes."""
    start = data.peek(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        # An object laid out over lines begins with a line that is only its bracket.
        return read_json if start[1:].lstrip(b" \t").startswith((b"\n", b"\r")) else read_json_lines
    return read_json if start.startswith(b"[") else _page


def _filled(articles: Items, filling: Article) -> Items:
    known = [(name, value) for name, value in filling.record().items() if name not in filling.extra]
    for article in articles:
        if isinstance(article, Article):
            for name, value in known:
                if not getattr(article, name):
                    setattr(article, name, list(value) if isinstance(value, list) else value)
            for name, value in filling.extra.items():
                if article.extra.get(name) in (None, ""):
                    article.extra[name] = value
        yield article
