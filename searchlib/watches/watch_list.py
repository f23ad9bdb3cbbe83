"""The standing queries of an archive as the bytes of their file: a JSON list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive, SearchlibError
from searchlib.index.alert_log import Alerts, parse_token, read_alerts
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.watches.watch import Watch

__all__ = ["committed_alerts", "committed_watches", "encode_watches", "read_watches"]

_ATTEMPTS = 100  # to read the file while a writer makes others


def encode_watches(watches: Iterable[Watch]) -> bytes:
    """The bytes that keep standing queries; none for none.

    >>> encode_watches([])
    b''
    """
    rows = [
        {"name": w.name, "query": w.query, "match": w.match, "filters": w.filters,
         "notify": w.notify}
        for w in watches
    ]  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, indent=0).encode() if rows else b""


def read_watches(directory: Directory, manifest: Manifest) -> dict[str, Watch]:
    """The standing queries of a commit by name. Raises :class:`CorruptArchive`, naming the file, if
    it is not what was written."""
    data = read_watch_file(directory, manifest.watches)
    if manifest.watches is None:
        return {}
    try:
        watches = [_watch(row) for row in json.loads(data)]
        by_name = {watch.name: watch for watch in watches}
        if len(by_name) < len(watches):
            raise ValueError("a name is there twice")
    except (LookupError, TypeError, ValueError, RecursionError, SearchlibError) as error:
        path = directory.path / manifest.watches.file
        raise CorruptArchive(path, str(error) or repr(error)) from None
    return by_name


def committed_watches(store: IndexStore) -> dict[str, Watch]:
    """The standing queries of the last commit, also while a writer replaces them."""
    for _ in range(_ATTEMPTS):
        manifest = store.manifest()
        try:
            return read_watches(store.directory, manifest)
        except CorruptArchive:
            # A later commit may have deleted the file since the manifest was read.
            store.forget_manifest()
            if store.manifest() == manifest:
                raise
    return read_watches(store.directory, store.manifest())


def committed_alerts(store: IndexStore, since: str | None, limit: int | None) -> Alerts:
    """The alerts of the last commit since a token, also while a writer joins or forgets some."""
    for attempt in range(_ATTEMPTS):
        manifest = store.manifest()
        place = parse_token(since, manifest.generation)
        try:
            return read_alerts(store.directory, manifest.alerts, place, manifest.generation, limit)
        except ArchiveError:
            store.forget_manifest()
            if attempt == _ATTEMPTS - 1 or store.manifest() == manifest:
                raise
    raise AssertionError("the last attempt returns or raises")


def _watch(row: Any) -> Watch:
    return Watch(
        row["name"], row["query"], match=row["match"], filters=row["filters"],
        notify=row.get("notify", "new"),
    )  # fmt: skip
