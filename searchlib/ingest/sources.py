"""Finds what to read: files, folders, patterns and streams -> one reader over all of them."""

from __future__ import annotations

import glob
import os
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from searchlib.errors import ArgumentTypeError, RecordError
from searchlib.ingest.article import Article
from searchlib.ingest.article_reader import FORMATS, ArticleReader, Source, format_of

__all__ = ["FORMATS", "read"]

_OPTIONS = ("day_first",)  # of ``read``; its other keywords are fields of articles


def read(
    *paths: str | os.PathLike[str] | IO[bytes] | IO[str],
    day_first: bool | None = None,
    **defaults: Any,
) -> ArticleReader:
    """Read the articles of files, folders (recursively), patterns ("news/*.gz") and streams.

    The file name decides the format: JSON Lines (.jsonl, .ndjson), one article or a list (.json),
    the text of a news page (.txt), each also compressed (.gz). "-" is standard input; its format,
    and that of a stream, is detected from its first bytes. ``defaults`` are values for articles
    that have none (``section="world"``), also for fields that a schema of your own has: so any
    keyword but ``day_first`` is one. ``day_first`` says how to read "03/04/2022". A record
    that cannot be read is yielded as a :class:`~searchlib.ingest.article.Rejected`, in its place,
    and the reading continues.

    Raises :class:`~searchlib.errors.RecordError` at once for a path that does not exist or has
    no known format, and for a default that does not fit its field. Files are opened one by one,
    and one record at a time is held in memory. ``Archive.add`` resumes where an earlier run over
    the same files was stopped.

    >>> import io
    >>> news = io.BytesIO(b'{"id": "a1", "title": "Rain"}')
    >>> [article.record() for article in read(news, section="weather")]
    [{'id': 'a1', 'title': 'Rain', 'section': 'weather'}]
    """
    for name in defaults:
        if get_close_matches(name.lower(), _OPTIONS, n=1, cutoff=0.8):
            cure = f"did you mean {_OPTIONS[0]}? (other keywords are values for articles)"
            raise ArgumentTypeError(f"read has no option {name!r}: {cure}")
    default_values = Article.from_record(defaults, "defaults", day_first=day_first)
    sources = [source for path in paths for source in _find(path)]
    return ArticleReader(sources, day_first, default_values)


def _find(path: str | os.PathLike[str] | IO[bytes] | IO[str]) -> list[Source]:
    """The files that a path or pattern stands for, or the stream itself."""
    if not isinstance(path, (str, os.PathLike)):
        if not hasattr(path, "read"):
            raise RecordError(repr(path), None, "not a path, a pattern or an open stream")
        return [path]
    name = os.fspath(path)
    if name == "-" or os.path.isfile(name):
        if name != "-" and format_of(name) is None:
            raise RecordError(name, None, f"not a known format: {', '.join(FORMATS)} (.gz)")
        return [name]
    if os.path.isdir(name):
        files: list[Source] = _files_in(name)
        if not files:
            why = f"no file to read in this folder: {', '.join(FORMATS)} (.gz)"
            raise RecordError(name, None, why)
        return files
    if os.path.exists(name):  # a pipe or a device
        return [name]
    if glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))
        files = [match for match in matches if os.path.isfile(match) and format_of(match)]
        files += [file for match in matches if os.path.isdir(match) for file in _files_in(match)]
        if files:
            return list(dict.fromkeys(files))
        raise RecordError(name, None, f"no file matches: {', '.join(FORMATS)} (.gz) are read")
    raise RecordError(name, None, "no such file or folder")


def _files_in(folder: str) -> list[Source]:
    """The files of a known format in a folder and below, sorted; hidden ones are left out."""
    files = sorted(
        str(file)
        for file in Path(folder).rglob("*")
        if format_of(file.name)
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
    return [*files]
