"""``whoosh.writing.IndexWriter`` over an archive's :class:`IndexWriter`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from whoosh.fields import UnknownFieldError
from whoosh.index import LockError
from whoosh.writing import CLEAR, MERGE_SMALL, NO_MERGE, OPTIMIZE, IndexingError
from whoosh.writing import IndexWriter as WhooshWriter

from searchlib.errors import ArchiveLocked
from searchlib.index.damage import DamageGuard, damage_of
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import digest, stored_json
from searchlib.schema import Schema
from searchlib.schema.terms import whoosh_of_terms
from searchlib.whoosh_backend.documents import article_of, articles_of_reader
from searchlib.whoosh_backend.reader import whoosh_reader

__all__ = ["ArchiveWriter", "lock_error"]


class WriterLocked(ArchiveLocked, LockError):  # type: ignore[misc]
    """:class:`ArchiveLocked` that is also the error for which Whoosh programs wait."""


@contextmanager
def lock_error() -> Iterator[None]:
    """Raises ArchiveLocked as an error that is Whoosh's too."""
    try:
        yield
    except ArchiveLocked as error:
        raise WriterLocked(error.path, error.holder, error.since) from None


class ArchiveWriter(WhooshWriter):  # type: ignore[misc]
    """Adds, updates and deletes by Whoosh's methods. ``add_document`` with the key of an article
    replaces the article: a key is unique in an archive.

    Waits ``timeout`` seconds for another writer, then raises an error that is
    :class:`ArchiveLocked` and also Whoosh's ``LockError``.
    """

    def __init__(self, store: IndexStore, timeout: float = 0.0, **kwargs: Any) -> None:
        self._store = store
        self._writer = IndexWriter(store, timeout)
        with lock_error():
            self._writer.__enter__()
        self.is_closed = False
        self.schema = self._writer.schema.to_whoosh()

        # What ``commit`` does if it is not told otherwise, as Whoosh programs set it within "with".
        self.mergetype: Any = None
        self.optimize = False
        self.merge = True
        self._added = False
        self._unchanged: set[str] = set()  # keys that were added as they were already

    def reader(self, **kwargs: Any) -> Any:
        """The last commit, without what this writer has deleted or replaced."""
        writer = self._open()
        return whoosh_reader(writer.last_commit, writer.segments_without_deleted())

    def is_deleted(self, docnum: int) -> bool:
        return self._open().is_deleted(*self._place(docnum))

    def add_document(self, /, **fields: Any) -> None:
        writer = self._open()
        if writer.schema.is_exact:
            row, data = article_of(self.schema, fields)
        else:
            row = writer.schema.normalize(self._record(fields))
            data = stored_json(row, writer.schema)
        self._put(row, data)

    def _put(self, row: dict[str, Any], data: bytes) -> None:
        writer, self._added = self._open(), True
        key = row[writer.schema.key]
        with self._guard():
            if writer.put(key, digest(data), row, data) == "unchanged":
                self._unchanged.add(key)
            else:
                self._unchanged.discard(key)

    def _record(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The article of these fields; an error for what an archive cannot do with them."""
        schema = self._writer.schema
        exact_fields = {schema.exact(name): name for name in schema.fields}
        record = {}
        for name, value in fields.items():
            if name in schema.fields:
                record[name] = value
            elif name in exact_fields:
                if value not in (None, fields.get(exact_fields[name])):
                    raise IndexingError(f"{name} has the text of {exact_fields[name]}, no other")
            elif not name.startswith("_"):
                raise UnknownFieldError(f"No field named {name!r} in {self.schema}")
            elif name.startswith("_stored_"):
                if value != fields.get(name.removeprefix("_stored_")):
                    raise IndexingError(f"{name}: an archive stores what it indexes, nothing else")
            elif name.endswith("_boost") and value not in (None, 1):
                raise IndexingError(f"{name}: articles have no weights: boost words of the query")
        return record

    def update_document(self, /, **fields: Any) -> None:
        if self._writer.schema.is_exact:
            super().update_document(**fields)
        else:
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
        """Add the documents of a reader: their postings, where the archive keeps documents as
        Whoosh does; if not, it must store all fields that the archive has."""
        if self._open().schema.is_exact:
            for row, data in articles_of_reader(reader, self.schema):
                self._put(row, data)
            return
        names = self._writer.schema.fields
        exact_fields = {self._writer.schema.exact(name) for name in names}
        for name, field in reader.schema.items():
            if name not in names and name not in exact_fields:
                raise UnknownFieldError(f"No field named {name!r} in {self.schema}")
            if name in names and field.indexed and not field.stored:
                raise IndexingError(f"{name} is not stored there: its texts cannot be added")
        for _, fields in reader.iter_docs():
            self.add_document(**fields)

    def add_field(self, fieldname: str, fieldtype: Any, **kwargs: Any) -> None:
        if not self._open().schema.is_exact:
            cure = "open the archive with a schema that has the field"
            raise IndexingError(f"{cure}: it is then added")
        self._change_schema(lambda schema: schema.add(fieldname, fieldtype, **kwargs))

    def remove_field(self, fieldname: str, **kwargs: Any) -> None:
        if not self._open().schema.is_exact:
            raise IndexingError("a field cannot be taken away from an archive: make a new one")
        self._change_schema(lambda schema: schema.remove(fieldname, **kwargs))

    def _change_schema(self, change: Callable[[Any], None]) -> None:
        if self._added:
            raise IndexingError("fields are changed before documents are added")
        whoosh_schema = whoosh_of_terms(self._writer.schema.fields)
        change(whoosh_schema)
        schema = Schema.from_whoosh(whoosh_schema, exact=True)
        self._writer.use_schema(schema)
        self._store.give(schema)
        self.schema = whoosh_schema

    def commit(
        self, mergetype: Any = None, optimize: bool | None = None, merge: bool | None = None
    ) -> None:
        """Make all changes durable. The merge policies of Whoosh are honoured: with ``CLEAR`` all
        that was there before this writer goes; others raise IndexingError."""
        writer = self._open()
        mergetype = self.mergetype if mergetype is None else mergetype
        optimize = self.optimize if optimize is None else optimize
        merge = self.merge if merge is None else merge
        if mergetype not in (None, CLEAR, MERGE_SMALL, NO_MERGE, OPTIMIZE):
            raise IndexingError(f"{mergetype!r}: an archive has merge policies of its own")
        if mergetype is not None:
            optimize, merge = mergetype is OPTIMIZE, mergetype is not NO_MERGE
        try:
            with self._guard():
                if mergetype is CLEAR:
                    writer.clear(self._unchanged)
                writer.commit(optimize=optimize, merge=optimize or merge)
        finally:
            self._close()

    def cancel(self) -> None:
        self._open()
        self._close()

    def _delete(self, docnum: int) -> bool:
        """Delete a document of the last commit; False if it is deleted already."""
        return self._open().delete_document(*self._place(docnum))

    def _place(self, docnum: int) -> tuple[int, int]:
        """The segment of a document of the last commit, and its number there."""
        document = docnum
        for number, segment in enumerate(self._open().last_commit.segments):
            if 0 <= document < segment.documents:
                return number, document
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
