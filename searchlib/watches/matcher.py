"""Which standing queries an article answers.

The article becomes a segment in a folder of its own, which is read together with those of the
archive: what a word stands for depends on the words that the archive has, and so the answers are
those that a search gives once the article is added.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import numpy as np

from searchlib.codec.directory import Directory
from searchlib.dates import DateSettings
from searchlib.errors import CorruptArchive, NotSupported
from searchlib.index.joined_reader import JoinedReader
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.watches.old_versions import reader_of
from searchlib.watches.registry import Registry, registry_of

__all__ = ["matching_names"]

_ATTEMPTS = 100  # to read the standing queries while a writer replaces them


def matching_names(store: IndexStore, dates: DateSettings, record: Mapping[str, Any]) -> list[str]:
    """The names of the standing queries that an article answers, in their order, with ``dates``
    relative to the present read as these say.

    Raises :class:`~searchlib.errors.RecordError` for what is no article,
    :class:`~searchlib.errors.NotSupported` for the archive of a Whoosh program, and
    :class:`~searchlib.errors.QueryError` or :class:`~searchlib.errors.ArgumentError`, naming the
    standing query, for one that cannot be searched for.
    """
    schema = store.schema_of(store.manifest())
    if schema.is_exact:
        why = "this is the archive of a Whoosh program, whose schema makes its documents"
        cure = (
            "add the document with archive.whoosh.writer(): archive.alerts() names what it answers"
        )
        raise NotSupported("match", why, cure)
    row = schema.normalize(record)
    data = canonical_json(row)
    registry = registry_of(store)
    with registry.lock:
        _load(registry, store, dates)
        if not registry.names:
            return []
        schema = registry.table.schema
        with tempfile.TemporaryDirectory(prefix="searchlib-", ignore_cleanup_errors=True) as folder:
            # No two of them have a name in common: what a segment has is remembered by it.
            directory = Directory(folder, durability="relaxed")  # it goes away anyhow
            arrival = reader_of(
                store, directory, f"{uuid4().hex}.seg", schema, [(digest(data), row, data)]
            )
            with arrival, JoinedReader([store.reader(), arrival], ["", ""]) as joined:
                words = registry.known.update(joined)
                batch = registry.batch(arrival, words)
                docs, bits = np.array([0]), np.array([0], np.int32)
                matches = registry.run(batch, 0, docs, bits, 1)
            registry.known.forget_forms()
    return [registry.names[number] for number in np.flatnonzero(matches[:, 0]).tolist()]


def _load(registry: Registry, store: IndexStore, dates: DateSettings) -> None:
    """Have the standing queries of the last commit, also while a writer replaces them."""
    for attempt in range(_ATTEMPTS):
        manifest = store.manifest()
        try:
            registry.load(store, manifest, store.schema_of(manifest), dates)
            return
        except CorruptArchive:
            # A later commit may have deleted the file since the manifest was read.
            store.forget_manifest()
            if attempt == _ATTEMPTS - 1 or store.manifest() == manifest:
                raise
