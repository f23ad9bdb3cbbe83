"""``whoosh.index.Index`` over an archive: ``archive.whoosh``."""

from __future__ import annotations

from typing import Any

from whoosh.index import Index
from whoosh.reading import EmptyReader, IndexReader, MultiReader
from whoosh.searching import Searcher

from searchlib.backend.reader import SegmentReader
from searchlib.backend.writer import ArchiveWriter
from searchlib.storage.store import Snapshot, Store

__all__ = ["ArchiveIndex", "reader_of"]


def reader_of(snapshot: Snapshot) -> Any:
    """A Whoosh reader over all segments of a snapshot."""
    readers = [SegmentReader(s, snapshot.schema, snapshot.generation) for s in snapshot.segments]
    if not readers:
        return EmptyReader(snapshot.schema.to_whoosh())
    if len(readers) == 1:
        return readers[0]
    return MultiReader(readers, generation=snapshot.generation)


class ArchiveIndex(Index):  # type: ignore[misc]
    """The archive as a Whoosh index: ``reader``, ``searcher`` and ``writer`` work as usual."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def schema(self) -> Any:
        """The schema as a ``whoosh.fields.Schema``."""
        return self._store.schema_of(self._store.manifest()).to_whoosh()

    def latest_generation(self) -> int:
        return self._store.manifest().generation

    def up_to_date(self) -> bool:
        return True

    def is_empty(self) -> bool:
        return self.doc_count_all() == 0

    def doc_count_all(self) -> int:
        return sum(segment.documents for segment in self._store.manifest().segments)

    def doc_count(self) -> int:
        return sum(segment.live for segment in self._store.manifest().segments)

    def refresh(self) -> ArchiveIndex:
        return self

    def optimize(self) -> None:
        with self._store.write() as writer:
            writer.commit(optimize=True)

    def reader(self, reuse: IndexReader | None = None) -> Any:
        snapshot = self._store.snapshot()
        made = reader_of(snapshot)
        made._snapshot = snapshot  # held open as long as the reader is
        closing = made.close

        def close() -> None:
            closing()
            snapshot.close()

        made.close = close
        return made

    def searcher(self, **kwargs: Any) -> Searcher:
        return Searcher(self.reader(), fromindex=self, **kwargs)

    def writer(self, **kwargs: Any) -> ArchiveWriter:
        return ArchiveWriter(self._store, **kwargs)

    def close(self) -> None:
        pass
