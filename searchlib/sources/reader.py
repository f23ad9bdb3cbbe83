"""What to read: files, folders, patterns and streams, each in the format of its name."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from searchlib.article import Article, Rejected
from searchlib.errors import RecordError
from searchlib.sources.jsonfile import read_json
from searchlib.sources.jsonlines import read_json_lines
from searchlib.sources.pagetext import read_page_text
from searchlib.sources.streams import BAD_STREAM, buffered, unpacked, why_unreadable

__all__ = ["FORMATS", "read"]

Reader = Callable[[io.BufferedReader, str, bool | None], Iterator[Article | Rejected]]


def _page(
    stream: io.BufferedReader, where: str, _day_first: bool | None
) -> Iterator[Article | Rejected]:
    return read_page_text(stream, where)


#: The endings of names -> how such a file is read. Each may have ".gz" after it.
FORMATS: dict[str, Reader] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
    ".txt": _page,
}


def read(
    *paths: str | os.PathLike[str] | IO[bytes] | IO[str],
    day_first: bool | None = None,
    **defaults: Any,
) -> Iterator[Article | Rejected]:
    """The articles of files, folders (and what is in them), patterns ("news/*.gz") and streams.

    The name tells the format: JSON Lines (.jsonl, .ndjson), one article or a list (.json), the
    text of a news page (.txt), each packed or not (.gz). "-" is standard input; its format, and
    that of a stream, is seen from its first bytes. ``defaults`` fill in what an article does not
    say (``section="world"``); ``day_first`` tells what "03/04/2022" means. What cannot be taken
    comes as :class:`~searchlib.article.Rejected`, in its place, and the reading goes on.

    Raises :class:`~searchlib.errors.RecordError` at once for a path that is not there or has
    no known format, and for a default that its key cannot have. Files are opened one by one,
    and one record at a time is held in memory.

    >>> news = io.BytesIO(b'{"id": "a1", "title": "Rain"}')
    >>> [article.record() for article in read(news, section="weather")]
    [{'id': 'a1', 'title': 'Rain', 'section': 'weather'}]
    """
    filling = Article.from_record(defaults, "defaults", day_first=day_first)
    found = [one for path in paths for one in _find(path)]
    articles = _read_all(found, day_first)
    return _filled(articles, filling) if defaults else articles


_Source = str | IO[bytes] | IO[str]


def _find(path: str | os.PathLike[str] | IO[bytes] | IO[str]) -> list[_Source]:
    if not isinstance(path, (str, os.PathLike)):
        if not hasattr(path, "read"):
            raise RecordError(repr(path), None, "not a path, a pattern or an open stream")
        return [path]
    name = os.fspath(path)
    if name == "-" or os.path.isfile(name):
        if name != "-" and _format(name) is None:
            raise RecordError(name, None, f"not a known format: {', '.join(FORMATS)} (.gz)")
        return [name]
    if os.path.isdir(name):
        return _folder(name)
    if os.path.exists(name):  # a pipe or a device
        return [name]
    if glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))
        files: list[_Source] = [one for one in matches if os.path.isfile(one) and _format(one)]
        files += [
            file for one in matches if os.path.isdir(one) for file in _folder(one, must=False)
        ]
        if files:
            return list(dict.fromkeys(files))
        raise RecordError(name, None, f"no file matches: {', '.join(FORMATS)} (.gz) are read")
    raise RecordError(name, None, "no such file or folder")


def _folder(name: str, *, must: bool = True) -> list[_Source]:
    files = sorted(
        str(file)
        for file in Path(name).rglob("*")
        if _format(file.name)
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(name).parts)
    )
    if must and not files:
        raise RecordError(name, None, f"no file to read in this folder: {', '.join(FORMATS)} (.gz)")
    return list(files)


def _format(name: str) -> Reader | None:
    stem = name.lower().removesuffix(".gz")
    return FORMATS.get(os.path.splitext(stem)[1])


def _read_all(sources: list[_Source], day_first: bool | None) -> Iterator[Article | Rejected]:
    for source in sources:
        if not isinstance(source, str):
            name = getattr(source, "name", None)
            yield from _read_stream(
                source, name if isinstance(name, str) else "<stream>", None, day_first
            )
        elif source == "-":
            yield from _read_stream(sys.stdin.buffer, "<stdin>", None, day_first)
        else:
            try:
                with open(source, "rb", buffering=0) as file:
                    yield from _read_stream(file, source, _format(source), day_first)
            except OSError as error:
                yield Rejected(source, None, why_unreadable(error))


def _read_stream(
    stream: Any, where: str, reader: Reader | None, day_first: bool | None
) -> Iterator[Article | Rejected]:
    try:
        data = unpacked(buffered(stream))
        reader = reader or _sniffed(data)
    except BAD_STREAM as error:
        yield Rejected(where, None, why_unreadable(error))
        return
    yield from reader(data, where, day_first)


def _sniffed(data: io.BufferedReader) -> Reader:
    """The format of a stream without a name, from its first bytes."""
    start = data.peek(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        # An object laid out over lines begins with a line that is only its bracket.
        return read_json if start[1:].lstrip(b" \t").startswith((b"\n", b"\r")) else read_json_lines
    return read_json if start.startswith(b"[") else _page


def _filled(
    articles: Iterator[Article | Rejected], filling: Article
) -> Iterator[Article | Rejected]:
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
