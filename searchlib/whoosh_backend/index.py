"""``whoosh.index.Index`` over an archive: ``archive.whoosh``."""

from __future__ import annotations

import os
from typing import Any

import whoosh
from whoosh.filedb.filestore import ReadOnlyError
from whoosh.index import _CURRENT_TOC_VERSION, Index
from whoosh.reading import IndexReader as WhooshReader
from whoosh.searching import Searcher

from searchlib.errors import ArchiveError
from searchlib.index.manifest import MANIFEST, SegmentInfo
from searchlib.index.store import IndexStore
from searchlib.whoosh_backend.reader import whoosh_reader
from searchlib.whoosh_backend.searcher import ArchiveSearcher, Orders
from searchlib.whoosh_backend.writer import ArchiveWriter

__all__ = ["ArchiveIndex", "ReadOnlyArchive"]


class ReadOnlyArchive(ArchiveError, ReadOnlyError):  # type: ignore[misc]
    """:class:`ArchiveError` that is also the error that Whoosh programs expect."""


class ArchiveIndex(Index):  # type: ignore[misc]
    """The archive as a Whoosh index, always at its last commit: ``refresh`` returns itself.

    >>> import tempfile
    >>> import searchlib as sl
    >>> from whoosh.query import Term
    >>> with sl.Archive.create(tempfile.mkdtemp()) as archive:
    ...     _ = archive.add([{"id": "a", "title": "Rain in Oslo"}])
    ...     with archive.whoosh.searcher() as searcher:
    ...         [hit["title"] for hit in searcher.search(Term("title", "oslo"))]
    ['Rain in Oslo']
    """

    def __init__(self, store: IndexStore, storage: Any = None, indexname: str = "MAIN") -> None:
        """``storage`` is the Whoosh storage object that it is in, if a program has one."""
        self._store = store
        self._orders = -1, Orders()  # those of a commit, by its generation
        self.storage = storage
        self.indexname = indexname

    @property
    def schema(self) -> Any:
        """The schema as a ``whoosh.fields.Schema``."""
        return self._store.schema_of(self._store.manifest()).to_whoosh()

    @property
    def release(self) -> Any:
        """The version of Whoosh whose interface this is."""
        return whoosh.__version__

    @property
    def version(self) -> int:
        """The version of Whoosh's own files, which programs compare."""
        version: int = _CURRENT_TOC_VERSION
        return version

    def _current_schema(self) -> Any:
        return self.schema

    def _segments(self) -> list[SegmentInfo]:
        return list(self._store.manifest().segments)

    def latest_generation(self) -> int:
        return self._store.manifest().generation

    def last_modified(self) -> float:
        """When the last commit was made, in seconds since 1970."""
        return os.stat(self._store.directory.path / MANIFEST).st_mtime

    def up_to_date(self) -> bool:
        return True

    def is_empty(self) -> bool:
        return self.doc_count_all() == 0

    def doc_count_all(self) -> int:
        return sum(segment.documents for segment in self._store.manifest().segments)

    def doc_count(self) -> int:
        return sum(segment.live_count for segment in self._store.manifest().segments)

    def refresh(self) -> ArchiveIndex:
        return self

    def optimize(self, **kwargs: Any) -> None:
        self.writer(**kwargs).commit(optimize=True)

    def reader(self, reuse: WhooshReader | None = None) -> Any:
        index_reader = self._store.reader()
        reader = whoosh_reader(index_reader)
        reader._index_reader = index_reader  # keeps the commit open as long as the reader exists
        close_reader = reader.close

        def close() -> None:
            close_reader()
            index_reader.close()

        reader.close = close
        return reader

    def searcher(self, **kwargs: Any) -> Searcher:
        reader = self.reader()
        generation, orders = self._orders
        if generation != reader._index_reader.generation:
            orders = Orders()
            self._orders = reader._index_reader.generation, orders
        return ArchiveSearcher(reader, fromindex=self, orders=orders, **kwargs)

    def writer(self, **kwargs: Any) -> ArchiveWriter:
        """The one writer; raises an error that is :class:`ArchiveLocked` and Whoosh's ``LockError``
        if another has not ended after ``timeout`` seconds: at once, if that is not given. In a
        storage that is for reading only it raises one that is Whoosh's ``ReadOnlyError``."""
        if getattr(self.storage, "readonly", False):
            path = self._store.directory.path
            raise ReadOnlyArchive(
                f"{path}: this archive was opened for reading only: open it without readonly=True",
                path,
            )
        return ArchiveWriter(self._store, **kwargs)

    def close(self) -> None:
        pass
