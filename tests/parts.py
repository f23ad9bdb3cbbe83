"""What the tests of the store share: a written container, and a store of a few articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.schema import Schema


def write_segment_file(path: Path, fill: Callable[[SegmentFileWriter], Any]) -> tuple[SegmentFile, Any]:
    """The container that ``fill`` drafts, open for reading, and what ``fill`` returned."""
    folder = Directory(path)
    draft = SegmentFileWriter(folder)
    result = fill(draft)
    return SegmentFile(folder, "a.seg", *draft.write("a.seg")), result


def put(store: IndexStore, *records: Mapping[str, Any]) -> None:
    """Add records in one commit."""
    with IndexWriter(store) as writer:
        schema: Schema = writer.schema
        for record in records:
            row = schema.clean(record)
            data = canonical_json(row)
            writer.put(row[schema.key], digest(data), row, data)
        writer.commit()


def drop(store: IndexStore, *keys: str) -> None:
    """Delete articles in one commit."""
    with IndexWriter(store) as writer:
        writer.delete(keys)
        writer.commit()


def optimize(store: IndexStore) -> None:
    """Put all segments together."""
    with IndexWriter(store) as writer:
        writer.commit(optimize=True)
