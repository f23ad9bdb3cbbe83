"""Archives made by a random history, what must be in them, and stock Whoosh indexes of that."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from whoosh.fields import Schema as WhooshSchema
from whoosh.filedb.filestore import RamStorage
from whoosh.util.numeric import byte_to_length, length_to_byte

from searchlib.analysis import tokenize
from searchlib.codec.directory import Directory
from searchlib.index.index_reader import IndexReader
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.schema import Date, Keyword, Number, Schema, Text
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions
from searchlib.whoosh_backend.fallback import MatcherFallback
from searchlib.whoosh_backend.index import ArchiveIndex

from .strategies import Batch, instant, record

# Blocks of a few documents, so that even a small archive has dense terms and blocks to skip.
SMALL_BLOCKS = {"block": 4, "dense": 2}
# A directory in memory, where there is one, saves hundreds of fsyncs.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def temporary_directory() -> Iterator[Directory]:
    """A directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY, ignore_cleanup_errors=True) as path:
        yield Directory(path)


class SampleArchive:
    """A store after a history of commits, and ``articles``: what must be in it, by key."""

    def __init__(self, store: IndexStore, schema: Schema) -> None:
        self.store = store
        self.schema = schema
        self.articles: dict[str, dict[str, Any]] = {}

    def apply(self, history: Sequence[Batch]) -> None:
        """Add and delete what a history says, commit by commit."""
        for batch in history:
            expected = dict(self.articles)
            with IndexWriter(self.store) as writer:
                for key, seed in batch.steps:
                    if seed is None:
                        assert writer.delete([key]) == (key in expected)
                        expected.pop(key, None)
                        continue
                    row = self.schema.normalize(record(self.schema, key, seed))
                    data = canonical_json(row)
                    outcome = "updated" if key in expected else "added"
                    if expected.get(key) == row:
                        outcome = "unchanged"
                    assert writer.put(key, digest(data), row, data) == outcome
                    expected[key] = row
                if batch.end == "cancel":
                    continue
                writer.commit(optimize=batch.end == "optimize")
            self.articles = expected

    def optimize(self) -> None:
        """Merge all segments into one without deleted documents."""
        with IndexWriter(self.store) as writer:
            writer.commit(optimize=True)

    def index(self) -> ArchiveIndex:
        """The archive as a Whoosh index."""
        return ArchiveIndex(self.store)

    def searcher(
        self, reader: IndexReader, options: ExecutionOptions | None = None
    ) -> IndexSearcher:
        """Our searcher on a reader."""
        return IndexSearcher(
            reader,
            self.store.zone,
            options=options,
            fallback=MatcherFallback(reader),
        )


@contextmanager
def sample_archive(
    schema: Schema, history: Sequence[Batch], layout: dict[str, int] | None = None,
    zone: str = "UTC",
) -> Iterator[SampleArchive]:  # fmt: skip
    """A new archive after a history."""
    with temporary_directory() as directory:
        settings = {"layout": layout} if layout else {}
        sample = SampleArchive(IndexStore.create(directory, schema, zone=zone, **settings), schema)
        sample.apply(history)
        yield sample


def keys_of(reader: IndexReader) -> list[str]:
    """The keys of all documents, deleted ones too, by document number."""
    return [key.decode() for segment in reader.segments for key in segment.core.keys.keys]


def numbered_hits(
    searcher: IndexSearcher, reader: IndexReader, query: Any, limit: int = 1 << 30, **options: Any
) -> Any:
    """(document number over all segments, score) of the first documents, and the total."""
    top = searcher.search(query, limit, **options)
    return [(reader.doc_bases[s] + d, score) for s, d, score in top.best], top.total


def stock_schema(schema: Schema) -> WhooshSchema:
    """The schema for a stock index, without the columns that stock Whoosh cannot write: those
    of lists, and of floats with documents that have none (their NaN does not fit its column)."""
    whoosh_schema = WhooshSchema()
    for name, kind in schema.to_whoosh().items():
        if isinstance(schema.fields.get(name), (Keyword, Number)):
            kind = copy.copy(kind)
            kind.column_type = None
        whoosh_schema.add(name, kind)
    return whoosh_schema


class Memory(RamStorage):  # type: ignore[misc]
    """In memory with its temporary files too, which Whoosh would leave open on disk."""

    def temp_storage(self, name: str | None = None) -> RamStorage:
        return RamStorage()


def stock_index(schema: Schema, rows: Sequence[dict[str, Any]]) -> Any:
    """A Whoosh index in memory over these articles, in this order."""
    index = Memory().create_index(stock_schema(schema))
    writer = index.writer()
    for row in rows:
        writer.add_document(**whoosh_values(schema, row))
    writer.commit()
    return index


def whoosh_values(schema: Schema, row: dict[str, Any]) -> dict[str, Any]:
    """A cleaned article as Whoosh is given it: with its exact fields, dates as datetimes."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        field = schema.fields[name]
        if isinstance(field, Date):
            value = instant(value)
        elif isinstance(field, Number):
            value = float(value)
        values[name] = value
        if isinstance(field, Text) and schema.exact(name) != name:
            values[schema.exact(name)] = value
    return values


def exact_lengths(schema: Schema, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a stock index keeps the lengths of all texts exactly: it has a byte for each."""
    lengths = {len(tokenize(row.get(name, ""))) for row in rows for name in schema.names(Text)}
    return all(byte_to_length(length_to_byte(length)) == length for length in lengths)
