"""Finds what to read: files, folders, patterns and streams -> one reader over all of them."""

from __future__ import annotations

import codecs
import glob
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from searchlib.errors import ArgumentError, ArgumentTypeError, RecordError
from searchlib.ingest.article import Article
from searchlib.ingest.article_reader import ArticleReader, FileSource, ReadOptions, Source
from searchlib.ingest.field_names import FieldNames
from searchlib.ingest.formats import detect, format_by_name, format_named
from searchlib.ingest.streams import STREAM_ERRORS, buffered, decompressed, why_unreadable
from searchlib.ingest.text_encoding import SAMPLE

__all__ = ["read"]

_OPTIONS = ("day_first", "format", "encoding", "fields", "split")  # of ``read``


def read(
    *paths: str | os.PathLike[str] | IO[bytes] | IO[str],
    day_first: bool | None = None,
    format: str | None = None,
    encoding: str | None = None,
    fields: Mapping[str, str] | None = None,
    keep: Iterable[str] | None = None,
    drop: Iterable[str] = (),
    split: Iterable[str] = (),
    **defaults: Any,
) -> ArticleReader:
    """Read the articles of files, folders (recursively), patterns ("news/*.gz") and streams.

    The content decides the format: JSON Lines and JSON in any shape, CSV, SQLite ("file.db#table"),
    Parquet, feeds, web pages, WARC, NewsML-G2, NITF, Markdown, text, PDF, DOCX, ODT, EPUB, mail;
    each also compressed (.gz .bz2 .xz .zst) and in .zip and .tar. "-" is standard input. ``format``
    says it instead (as in "csv"), ``encoding`` that of texts.

    Other people's names of our fields are known (headline, pubDate, source.name); ``fields`` says
    others: ``{"title": "kicker", "body": "lead,text"}``. Other keys are kept, but for those that
    ``drop`` names, or that ``keep`` does not; in the fields of ``split`` one text may have several
    names ("Ann and Bo; Cy"). An article without an id has its address for one,
    else the path of its file and its place in it. ``defaults`` are values for articles that have
    none (``section="world"``), also for fields that a schema of your own has. ``day_first`` says
    how to read "03/04/2022", where a file does not show it.

    A record that cannot be read is yielded as a :class:`~searchlib.ingest.article.Rejected`, in its
    place, and the reading continues. Raises :class:`~searchlib.errors.RecordError` at once for a
    path that does not exist or is not read, and for a default that does not fit its field. Files
    are opened one by one, and one record at a time is held in memory. ``Archive.add`` resumes where
    an earlier run over the same files was stopped.

    >>> import io
    >>> news = io.BytesIO(b'id,headline\\na1,Rain\\n')
    >>> [article.record() for article in read(news, section="weather")]
    [{'id': 'a1', 'title': 'Rain', 'section': 'weather'}]
    """
    for name in defaults:
        close = get_close_matches(name.lower(), _OPTIONS, n=1, cutoff=0.8)
        if close and name.lower() != close[0]:
            cure = f"did you mean {close[0]}? (other keywords are values for articles)"
            raise ArgumentTypeError(f"read has no option {name!r}: {cure}")
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ArgumentError(f"{encoding!r} is not an encoding that Python knows") from None
    options = ReadOptions(
        format=None if format is None else format_named(format),
        encoding=encoding,
        day_first=day_first,
        names=FieldNames(fields, keep=keep, drop=drop, split=split),
    )
    default_values = Article.from_record(defaults, "defaults", day_first=day_first)
    sources = [source for path in paths for source in _find(path, options)]
    return ArticleReader(sources, options, default_values)


def _find(path: str | os.PathLike[str] | IO[bytes] | IO[str], options: ReadOptions) -> list[Source]:
    """The files that a path or pattern stands for, or the stream itself."""
    if not isinstance(path, (str, os.PathLike)):
        if not hasattr(path, "read"):
            raise RecordError(repr(path), None, "not a path, a pattern or an open stream")
        return [path]
    name = os.fspath(path)
    if name == "-" or os.path.isfile(name):
        if name != "-" and options.format is None:
            _check_kind(name)
        return [FileSource(name)]
    if os.path.isdir(name):
        files = _files_in(name)
        if not files:
            raise RecordError(name, None, "no file to read in this folder")
        return [*files]
    if os.path.exists(name):  # a pipe or a device
        return [FileSource(name)]
    if "#" in name and os.path.isfile(name.rpartition("#")[0]):  # a table of a database
        return [FileSource(name)]
    if glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))
        found = [FileSource(match, False) for match in matches if os.path.isfile(match)]
        found += [file for match in matches if os.path.isdir(match) for file in _files_in(match)]
        if found:
            return [*{os.path.normpath(one.path): one for one in found}.values()]
        raise RecordError(name, None, "no file matches")
    raise RecordError(name, None, "no such file or folder")


def _check_kind(path: str) -> None:
    """Raises RecordError for a file that is not read, if its name does not suggest a format."""
    if format_by_name(path) is not None:
        return
    try:
        with open(path, "rb", buffering=0) as file:
            kind = detect(decompressed(buffered(file)).peek(SAMPLE)[:SAMPLE], path)
    except STREAM_ERRORS as error:
        raise RecordError(path, None, why_unreadable(error)) from None
    if isinstance(kind, str):
        cure = "say which format it has (format=, --format)"
        raise RecordError(path, None, f"{kind}: not a format that is read; or {cure}")


def _files_in(folder: str) -> list[FileSource]:
    """The files in a folder and below, sorted; hidden ones are left out."""
    return [
        FileSource(str(file), is_chosen=False)
        for file in sorted(Path(folder).rglob("*"), key=str)
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
