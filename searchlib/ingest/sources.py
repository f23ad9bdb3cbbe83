"""What to read: files, folders, patterns and streams, each in the format of its name."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import IO, Any

from searchlib.errors import RecordError
from searchlib.ingest.article import Article
from searchlib.ingest.article_reader import FORMATS, ArticleReader, Source, format_of

__all__ = ["FORMATS", "read"]


def read(
    *paths: str | os.PathLike[str] | IO[bytes] | IO[str],
    day_first: bool | None = None,
    **defaults: Any,
) -> ArticleReader:
    """The articles of files, folders (and what is in them), patterns ("news/*.gz") and streams.

    The name tells the format: JSON Lines (.jsonl, .ndjson), one article or a list (.json), the
    text of a news page (.txt), each packed or not (.gz). "-" is standard input; its format, and
    that of a stream, is seen from its first bytes. ``defaults`` fill in what an article does not
    say (``section="world"``); ``day_first`` tells what "03/04/2022" means. What cannot be taken
    comes as :class:`~searchlib.ingest.article.Rejected`, in its place, and the reading goes on.

    Raises :class:`~searchlib.errors.RecordError` at once for a path that is not there or has
    no known format, and for a default that its key cannot have. Files are opened one by one,
    and one record at a time is held in memory. ``Archive.add`` goes on where a run over the same
    files was stopped.

    >>> import io
    >>> news = io.BytesIO(b'{"id": "a1", "title": "Rain"}')
    >>> [article.record() for article in read(news, section="weather")]
    [{'id': 'a1', 'title': 'Rain', 'section': 'weather'}]
    """
    filling = Article.from_record(defaults, "defaults", day_first=day_first)
    found = [one for path in paths for one in _find(path)]
    return ArticleReader(found, day_first, filling)


def _find(path: str | os.PathLike[str] | IO[bytes] | IO[str]) -> list[Source]:
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
        return _folder(name)
    if os.path.exists(name):  # a pipe or a device
        return [name]
    if glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))
        files: list[Source] = [one for one in matches if os.path.isfile(one) and format_of(one)]
        files += [
            file for one in matches if os.path.isdir(one) for file in _folder(one, must=False)
        ]
        if files:
            return list(dict.fromkeys(files))
        raise RecordError(name, None, f"no file matches: {', '.join(FORMATS)} (.gz) are read")
    raise RecordError(name, None, "no such file or folder")


def _folder(name: str, *, must: bool = True) -> list[Source]:
    files = sorted(
        str(file)
        for file in Path(name).rglob("*")
        if format_of(file.name)
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(name).parts)
    )
    if must and not files:
        raise RecordError(name, None, f"no file to read in this folder: {', '.join(FORMATS)} (.gz)")
    return list(files)
