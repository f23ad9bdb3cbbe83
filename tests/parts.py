"""What the tests of codec and index share: a written segment file, a small store, its changes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text

SCHEMA = Schema(
    id=Key(), body=Text(), raw=Text(language=""), kind=Keyword(many=True), n=Number(), day=Date()
)


def open_files() -> int:
    """How many handles of this process are open, of the first ones: maps have some too. Those that
    other tests left to be collected are not."""
    gc.collect()
    count = 0
    for handle in range(256):
        try:
            os.fstat(handle)
            count += 1
        except OSError:
            pass
    return count


def write_segment_file(
    path: Path, fill: Callable[[SegmentFileWriter], Any]
) -> tuple[SegmentFile, Any]:
    """The segment file whose sections ``fill`` adds, open for reading; what it returned."""
    directory = Directory(path)
    out = SegmentFileWriter(directory)
    result = fill(out)
    return SegmentFile(directory, "a.seg", *out.write("a.seg")), result


def with_sections(path: Path, file: SegmentFile, changed: Mapping[str, Any]) -> SegmentFile:
    """A segment file like another whose ``changed`` sections are other arrays (None: they are not
    there), with the checksums that these have."""

    def fill(out: SegmentFileWriter) -> None:
        for name in {**file._sections, **changed}:
            array = changed[name] if name in changed else file.array(name)
            if array is not None:
                out.put(name, array)
        out.meta = dict(file.meta)

    (path / "changed").mkdir(exist_ok=True)
    return write_segment_file(path / "changed", fill)[0]


def create_store(path: Path, *records: Mapping[str, Any]) -> IndexStore:
    """A new store of ``SCHEMA`` with these records, in one commit."""
    store = IndexStore.create(Directory(path), SCHEMA)
    if records:
        add_records(store, *records)
    return store


def entry(schema: Schema, record: Mapping[str, Any]) -> tuple[str, bytes, dict[str, Any], bytes]:
    """A record as ``IndexWriter.put_many`` takes it: key, digest, cleaned record, JSON."""
    row = schema.normalize(record)
    data = canonical_json(row)
    return row[schema.key], digest(data), row, data


def add_records(store: IndexStore, *records: Mapping[str, Any]) -> None:
    """Add records in one commit."""
    with IndexWriter(store) as writer:
        for record in records:
            writer.put(*entry(writer.schema, record))
        writer.commit()


def delete_keys(store: IndexStore, *keys: str) -> None:
    """Delete articles in one commit."""
    with IndexWriter(store) as writer:
        writer.delete(keys)
        writer.commit()


def merge_all(store: IndexStore) -> None:
    """Merge all segments into one."""
    with IndexWriter(store) as writer:
        writer.commit(optimize=True)
