"""``whoosh.index.Index`` over an archive: ``archive.whoosh``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh.index import Index
from whoosh.reading import IndexReader as WhooshReader
from whoosh.searching import Searcher

from searchlib.errors import CorruptArchive
from searchlib.index.damage import DamageGuard, damage_in, damage_of, guarded
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.whoosh_backend.reader import PASSED, whoosh_reader
from searchlib.whoosh_backend.writer import ArchiveWriter

__all__ = ["ArchiveIndex"]


class ArchiveSearcher(Searcher):  # type: ignore[misc]
    """Whoosh's searcher; an error that damage of the archive has caused is CorruptArchive."""

    def find_damage(self) -> CorruptArchive | None:
        """The first damage in the files of the commit, or None: for ``guarded``."""
        index_reader = getattr(self.reader(), "_index_reader", None)
        return None if index_reader is None else damage_in(index_reader)

    search = guarded(*PASSED)(Searcher.search)
    search_with_collector = guarded(*PASSED)(Searcher.search_with_collector)
    key_terms = guarded(*PASSED)(Searcher.key_terms)
    more_like = guarded(*PASSED)(Searcher.more_like)
    suggest = guarded(*PASSED)(Searcher.suggest)

    def docs_for_query(self, q: Any, for_deletion: bool = False) -> Iterator[int]:
        with DamageGuard(self.find_damage, *PASSED):
            yield from super().docs_for_query(q, for_deletion)


class ArchiveIndex(Index):  # type: ignore[misc]
    """The archive as a Whoosh index, always at its last commit: ``refresh`` returns itself."""

    def __init__(self, store: IndexStore) -> None:
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
        return sum(segment.live_count for segment in self._store.manifest().segments)

    def refresh(self) -> ArchiveIndex:
        return self

    def optimize(self) -> None:
        with DamageGuard(lambda: damage_of(self._store)), IndexWriter(self._store) as writer:
            writer.commit(optimize=True)

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
        return ArchiveSearcher(self.reader(), fromindex=self, **kwargs)

    def writer(self, **kwargs: Any) -> ArchiveWriter:
        return ArchiveWriter(self._store, **kwargs)

    def close(self) -> None:
        pass
