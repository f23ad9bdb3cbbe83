"""Which standing queries an article answers.

The article becomes a segment in a folder of its own, which is read together with those of the
archive: what a word, a pattern or a fuzzy word stands for depends on the words that the archive
has, and so the answers are those that a search gives once the article is added.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.commit_view import CommitView
from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import Manifest, SegmentInfo
from searchlib.index.segment_pool import SegmentPool
from searchlib.index.segment_reader import SegmentCore
from searchlib.index.segment_writer import SegmentWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.query import Limits
from searchlib.watches.watch import Watch

__all__ = ["matching_names"]

_ARRIVAL = "00000000.seg"  # the files of an archive are numbered from 1


def matching_names(
    store: IndexStore, dates: DateSettings, limits: Limits, watches: Iterable[Watch],
    record: Mapping[str, Any],
) -> list[str]:  # fmt: skip
    """The names of the standing queries that an article answers, in their order.

    Raises :class:`~searchlib.errors.RecordError` for what is no article, and
    :class:`~searchlib.errors.QueryError` or :class:`~searchlib.errors.ArgumentError`, naming the
    standing query, for one that cannot be searched for.
    """
    schema = store.schema_of(store.manifest())
    row = schema.normalize(record)
    data = canonical_json(row)
    with tempfile.TemporaryDirectory(prefix="searchlib-", ignore_cleanup_errors=True) as folder:
        directory = Directory(folder)
        writer = SegmentWriter(directory, schema, store.postings_format, store.zone)
        try:
            writer.add(digest(data), row, data)
            info = writer.write(_ARRIVAL)
        finally:
            writer.close()
        view = CommitView(_ArrivalStore(store, directory, info), dates, limits)
        try:
            place = (len(view.reader.segments) - 1, 0)
            return [watch.name for watch in watches if _is_match(view, watch, place)]
        finally:
            view.close()


def _is_match(view: CommitView, watch: Watch, place: tuple[int, int]) -> bool:
    try:
        return view.score(watch.request(), place) is not None
    except QueryError as error:
        message = f"watch {watch.name!r}: {error.message}"
        raise QueryError(error.code, error.span, message, error.cure, error.text) from None
    except ArgumentError as error:
        raise ArgumentError(f"watch {watch.name!r}: {error}") from None


class _ArrivalStore(IndexStore):
    """An archive whose commits have one more segment, from another directory."""

    def __init__(self, store: IndexStore, directory: Directory, info: SegmentInfo) -> None:
        super().__init__(store.directory, store.schema_of(store.manifest()))
        self.pool = _JoinedPool(store.pool, directory)
        self._info = info

    def open_commit(self, manifest: Manifest) -> IndexReader:
        return super().open_commit(replace(manifest, segments=(*manifest.segments, self._info)))


class _JoinedPool(SegmentPool):
    """The open segments of an archive, and that of the article."""

    def __init__(self, pool: SegmentPool, directory: Directory) -> None:
        super().__init__(pool.directory)
        self.cache = pool.cache
        self._archive_pool = pool
        self._arrival_pool = SegmentPool(directory)

    def acquire(self, info: SegmentInfo) -> SegmentCore:
        return self._pool_of(info.file).acquire(info)

    def release(self, core: SegmentCore) -> None:
        self._pool_of(core.key[0]).release(core)

    def _pool_of(self, file: str) -> SegmentPool:
        return self._arrival_pool if file == _ARRIVAL else self._archive_pool
