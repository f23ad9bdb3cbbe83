"""Articles as a commit of their own, in a folder that goes away: the old versions of those that
were changed, or one that is only asked about."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import Manifest
from searchlib.index.segment_pool import SegmentPool
from searchlib.index.segment_writer import SegmentWriter
from searchlib.index.store import IndexStore
from searchlib.schema import Schema

__all__ = ["indexed_anew", "reader_of"]


def reader_of(
    store: IndexStore, directory: Directory, file: str, schema: Schema,
    articles: Iterable[tuple[bytes, Mapping[str, Any], bytes]],
) -> IndexReader:  # fmt: skip
    """Articles (digest, normalized article, its JSON) as the only segment of a reader, as
    ``store`` would have them: a file in ``directory``."""
    writer = SegmentWriter(directory, schema, store.postings_format, store.zone)
    try:
        for article in articles:
            writer.add(*article)
        info = writer.write(file)
    finally:
        writer.close()
    manifest = Manifest(schema, segments=(info,), analysis=schema.rules.version)
    return IndexReader(SegmentPool(directory), manifest, schema)


@contextmanager
def indexed_anew(
    store: IndexStore, schema: Schema, old: IndexReader, places: Sequence[tuple[int, int]]
) -> Iterator[IndexReader]:
    """The articles at some places, segment and document, of a commit, in this order, as the only
    segment of a reader."""

    def articles() -> Iterator[tuple[bytes, Mapping[str, Any], bytes]]:
        for segment, document in places:
            core = old.segments[segment].core
            data = core.doc_store[document]
            yield core.keys.digest(document), schema.normalize(json.loads(data)), data

    with tempfile.TemporaryDirectory(prefix="searchlib-", ignore_cleanup_errors=True) as folder:
        directory = Directory(folder, durability="relaxed")  # it goes away anyhow
        with reader_of(store, directory, "old.seg", schema, articles()) as reader:
            yield reader
