"""An archive made by a random history, what should be in it, and a stock Whoosh index of that."""

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
from searchlib.search.top_k import Pruning
from searchlib.whoosh_backend.fallback import MatcherFallback
from searchlib.whoosh_backend.index import ArchiveIndex

from .strategies import Batch, instant, record

# Blocks of a few documents, so that even a small archive has dense terms and blocks to skip.
SMALL = {"block": 4, "dense": 2}
EAGER = Pruning(least=1, first=1)
# A folder in memory, where there is one, spares the disk hundreds of syncs.
_FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def folder() -> Iterator[Directory]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=_FAST, ignore_cleanup_errors=True) as path:
        yield Directory(path)


class World:
    """A store that went through a history, and ``articles``: what must be in it, by key."""

    def __init__(self, store: IndexStore, schema: Schema) -> None:
        self.store = store
        self.schema = schema
        self.articles: dict[str, dict[str, Any]] = {}

    def live(self, history: Sequence[Batch]) -> None:
        """Go through a history."""
        for batch in history:
            after = dict(self.articles)
            with IndexWriter(self.store) as writer:
                for key, seed in batch.steps:
                    if seed is None:
                        assert writer.delete([key]) == (key in after)
                        after.pop(key, None)
                        continue
                    row = self.schema.clean(record(self.schema, key, seed))
                    data = canonical_json(row)
                    outcome = "updated" if key in after else "added"
                    if after.get(key) == row:
                        outcome = "unchanged"
                    assert writer.put(key, digest(data), row, data) == outcome
                    after[key] = row
                if batch.end == "cancel":
                    continue
                writer.commit(optimize=batch.end == "optimize")
            self.articles = after

    def optimize(self) -> None:
        """Bring all into one segment without deletes."""
        with IndexWriter(self.store) as writer:
            writer.commit(optimize=True)

    def index(self) -> ArchiveIndex:
        """The archive as a Whoosh index."""
        return ArchiveIndex(self.store)

    def engine(self, snapshot: IndexReader, pruning: Pruning | None = None) -> IndexSearcher:
        """Our engine over a snapshot."""
        return IndexSearcher(
            snapshot,
            self.store.zone,
            block=self.store.postings_format.block,
            pruning=pruning,
            fallback=MatcherFallback(snapshot),
        )


@contextmanager
def world(
    schema: Schema, history: Sequence[Batch], layout: dict[str, int] | None = None,
    zone: str = "UTC",
) -> Iterator[World]:  # fmt: skip
    """A new archive after a history."""
    with folder() as place:
        settings = {"layout": layout} if layout else {}
        made = World(IndexStore.create(place, schema, zone=zone, **settings), schema)
        made.live(history)
        yield made


def keys_of(snapshot: IndexReader) -> list[str]:
    """The keys of all documents, deleted ones too, by document number."""
    return [key.decode() for segment in snapshot.segments for key in segment.core.keys.keys]


def answer(
    engine: IndexSearcher, snapshot: IndexReader, query: Any, limit: int = 1 << 30, **options: Any
) -> Any:
    """(document number over all segments, score) of the first documents, and the total."""
    found = engine.run(query, limit, **options)
    return [(snapshot.doc_bases[s] + d, score) for s, d, score in found.best], found.total


def stock_schema(schema: Schema) -> WhooshSchema:
    """The schema for a stock index, without the columns that stock Whoosh cannot write: those
    of lists, and of floats with documents that have none (their NaN does not fit its column)."""
    made = WhooshSchema()
    for name, kind in schema.to_whoosh().items():
        if isinstance(schema.fields.get(name), (Keyword, Number)):
            kind = copy.copy(kind)
            kind.column_type = None
        made.add(name, kind)
    return made


class _Memory(RamStorage):  # type: ignore[misc]
    """In memory with its passing files too, which Whoosh would leave open on disk."""

    def temp_storage(self, name: str | None = None) -> RamStorage:
        return RamStorage()


def stock_index(schema: Schema, rows: Sequence[dict[str, Any]]) -> Any:
    """A Whoosh index in memory over these articles, in this order."""
    index = _Memory().create_index(stock_schema(schema))
    writer = index.writer()
    for row in rows:
        writer.add_document(**whoosh_values(schema, row))
    writer.commit()
    return index


def whoosh_values(schema: Schema, row: dict[str, Any]) -> dict[str, Any]:
    """A cleaned article as Whoosh is given it: the exact twins too, dates as datetimes."""
    made: dict[str, Any] = {}
    for name, value in row.items():
        field = schema.fields[name]
        if isinstance(field, Date):
            value = instant(value)
        elif isinstance(field, Number):
            value = float(value)
        made[name] = value
        if isinstance(field, Text) and schema.exact(name) != name:
            made[schema.exact(name)] = value
    return made


def exact_lengths(schema: Schema, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a stock index keeps the lengths of all texts exactly: it has a byte for each."""
    lengths = {len(tokenize(row.get(name, ""))) for row in rows for name in schema.names(Text)}
    return all(byte_to_length(length_to_byte(length)) == length for length in lengths)
