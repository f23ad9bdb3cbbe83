"""Keeps an archive in step with files: adds what is new in them, and deletes all else."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from searchlib.errors import ArgumentTypeError, TooManyDeletes
from searchlib.index.indexing import Report
from searchlib.ingest.article_reader import ArticleReader
from searchlib.ingest.file_sync import FileSync

__all__ = ["keep_in_step"]


class _Archive(Protocol):
    @property
    def path(self) -> str: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def add(
        self, articles: Iterable[Any], *, on_progress: Callable[[int], None] | None,
        timeout: float, resume: bool, keys: bool,
    ) -> Report: ...  # fmt: skip
    def delete(self, ids: Iterable[str], *, timeout: float) -> int: ...


def keep_in_step(
    archive: _Archive, articles: ArticleReader, state: bytes, present: Container[str], *,
    most_deleted: float, on_progress: Callable[[int], None] | None, timeout: float, resume: bool,
    keys: bool,
) -> tuple[Report, bytes]:  # fmt: skip
    """What ``Archive.sync`` does, and the state for the next time. ``state`` is that of the last
    time, b"{}" if there is none; ``present`` says which keys the archive has."""
    if not isinstance(articles, ArticleReader):
        raise ArgumentTypeError("sync takes what searchlib.read gives for files and folders")
    sync = FileSync.from_bytes(state, present.__contains__, from_start=not resume)
    articles.keep_in_step(sync)
    report = archive.add(
        articles, on_progress=on_progress, timeout=timeout, resume=False, keys=keys
    )
    deleted, not_deleted = 0, ""
    gone = [key for key in archive if key not in sync.seen]
    if gone and sync.unread:
        not_deleted = f"{sync.unread[0]} could not be read whole"
    elif gone and len(gone) > most_deleted * len(archive):
        raise TooManyDeletes(archive.path, len(gone), len(archive))
    elif gone:
        deleted = archive.delete(gone, timeout=timeout)
    report = replace(report, deleted=deleted, skipped=sync.skipped, not_deleted=not_deleted)
    return report, sync.to_bytes()
