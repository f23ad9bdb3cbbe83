"""``whoosh.writing.IndexWriter`` over an archive's :class:`IndexWriter`."""

from __future__ import annotations

from typing import Any

from whoosh.index import LockError
from whoosh.writing import IndexingError
from whoosh.writing import IndexWriter as WhooshWriter

from searchlib.errors import ArchiveLocked
from searchlib.index.damage import DamageGuard, damage_of
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.whoosh_backend.reader import whoosh_reader

__all__ = ["ArchiveWriter"]


class WriterLocked(ArchiveLocked, LockError):  # type: ignore[misc]
    """:class:`ArchiveLocked` that is also the error for which Whoosh programs wait."""


class ArchiveWriter(WhooshWriter):  # type: ignore[misc]
    """Adds, updates and deletes by Whoosh's methods. ``add_document`` with the key of an article
    replaces the article: a key is unique in an archive.

    Waits ``timeout`` seconds for another writer, then raises an error that is
    :class:`ArchiveLocked` and Whoosh's ``LockError`` at once.
    """

    def __init__(self, store: IndexStore, timeout: float = 10.0, **kwargs: Any) -> None:
        self._store = store
        self._writer = IndexWriter(store, timeout)
        try:
            self._writer.__enter__()
        except ArchiveLocked as error:
            raise WriterLocked(error.path, error.holder, error.since) from None
        self.is_closed = False
        self.schema = self._writer.schema.to_whoosh()

    def reader(self, **kwargs: Any) -> Any:
        return whoosh_reader(self._open().last_commit)

    def add_document(self, /, **fields: Any) -> None:
        writer = self._open()
        exact_fields = {writer.schema.exact(name) for name in writer.schema.fields}
        record = {
            name: value
            for name, value in fields.items()
            if not name.startswith("_")
            and (name in writer.schema.fields or name not in exact_fields)
        }
        row = writer.schema.normalize(record)
        data = canonical_json(row)
        with self._guard():
            writer.put(row[writer.schema.key], digest(data), row, data)

    def update_document(self, /, **fields: Any) -> None:
        self.add_document(**fields)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        if not delete:
            raise IndexingError("a deleted document cannot be brought back")
        self._delete(docnum)

    def delete_by_query(self, q: Any, searcher: Any = None) -> int:
        query_searcher = searcher or self.searcher()
        try:
            # A document that was deleted since the last commit is not counted again.
            docs = query_searcher.docs_for_query(q, for_deletion=True)
            return sum(self._delete(docnum) for docnum in docs)
        finally:
            if searcher is None:
                query_searcher.close()

    def add_reader(self, reader: Any) -> None:
        for _, fields in reader.iter_docs():
            self.add_document(**fields)

    def add_field(self, fieldname: str, fieldtype: Any, **kwargs: Any) -> None:
        raise IndexingError("open the archive with a schema that has the field: it is then added")

    def remove_field(self, fieldname: str, **kwargs: Any) -> None:
        raise IndexingError("a field cannot be taken away from an archive: make a new one")

    def commit(self, optimize: bool = False, **kwargs: Any) -> None:
        try:
            with self._guard():
                self._open().commit(optimize=optimize)
        finally:
            self._close()

    def cancel(self) -> None:
        self._open()
        self._close()

    def _delete(self, docnum: int) -> bool:
        """Delete a document of the last commit; False if it is deleted already."""
        writer = self._open()
        document = docnum
        for number, segment in enumerate(writer.last_commit.segments):
            if 0 <= document < segment.documents:
                return writer.delete_document(number, document)
            document -= segment.documents
        raise IndexingError(f"no document has this number: {docnum}")

    def _guard(self) -> DamageGuard:
        return DamageGuard(lambda: damage_of(self._store))

    def _open(self) -> IndexWriter:
        if self.is_closed:
            raise IndexingError("this writer is closed")
        return self._writer

    def _close(self) -> None:
        self.is_closed = True
        self._writer.__exit__(None, None, None)
