"""The standing queries of an archive as the bytes of their file: a JSON list of objects, a *row*
for each, which is also what one is known by: it holds all that a query is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive, SearchlibError
from searchlib.index.alert_log import read_alerts
from searchlib.index.alerts import Alerts, parse_token
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.watches.watch import Watch

__all__ = [
    "MALFORMED",
    "committed_alerts",
    "committed_watches",
    "encode_watches",
    "join_rows",
    "malformed_rows_named",
    "read_rows",
    "row_of",
    "rows_by_name",
    "watch_of",
]

#: What :func:`watch_of` raises for what is no row.
MALFORMED = (LookupError, TypeError, ValueError, RecursionError, msgspec.MsgspecError)
_ATTEMPTS = 100  # to read the file while a writer makes others


class _Name(msgspec.Struct):
    name: str


_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_name = msgspec.json.Decoder(_Name).decode
_values = msgspec.json.Decoder(dict[str, Any]).decode


def row_of(watch: Watch) -> bytes:
    """The row of a standing query.

    >>> watch_of(row_of(Watch("floods", "rain"))).query
    'rain'
    """
    return msgspec.json.encode({
        "name": watch.name, "query": watch.query, "match": watch.match, "filters": watch.filters,
        "notify": watch.notify,
    })  # fmt: skip


def watch_of(row: bytes) -> Watch:
    """The standing query of a row; an error of Python's own, or that of a value that cannot be, for
    what is none: see :func:`malformed_rows_named`."""
    values = _values(row)
    return Watch(
        values["name"], values["query"], match=values.get("match", "all"),
        filters=values.get("filters", ()), notify=values.get("notify", "new"),
    )  # fmt: skip


def join_rows(rows: Iterable[bytes]) -> bytes:
    """The bytes of the file with some rows; none for none.

    >>> join_rows([b"{}", b"{}"]).split(), join_rows([])
    ([b'[', b'{},', b'{}', b']'], b'')
    """
    text = b",\n".join(rows)
    return b"[\n" + text + b"\n]" if text else b""


def encode_watches(watches: Iterable[Watch]) -> bytes:
    """The bytes that keep standing queries; none for none.

    >>> encode_watches([])
    b''
    """
    return join_rows(map(row_of, watches))


@contextmanager
def malformed_rows_named(directory: Directory, manifest: Manifest) -> Iterator[None]:
    """Raises :class:`CorruptArchive`, naming the file of the standing queries, for what their rows
    raise that are none."""
    try:
        yield
    except (*MALFORMED, SearchlibError) as error:
        file = manifest.watches.file if manifest.watches else "?"
        raise CorruptArchive(directory.path / file, str(error) or repr(error)) from None


def read_rows(directory: Directory, manifest: Manifest) -> list[bytes]:
    """The rows of the standing queries of a commit. Raises :class:`CorruptArchive`, naming the
    file, if it is not what was written."""
    data = read_watch_file(directory, manifest.watches)
    if not data:
        return []
    with malformed_rows_named(directory, manifest):
        return [bytes(row).strip() for row in _rows(data)]


def rows_by_name(directory: Directory, manifest: Manifest) -> dict[str, bytes]:
    """The rows of the standing queries of a commit by the names of these."""
    rows = read_rows(directory, manifest)
    with malformed_rows_named(directory, manifest):
        by_name = {_name(row).name: row for row in rows}
        if len(by_name) < len(rows):
            raise ValueError("a name is there twice")
    return by_name


def committed_watches(store: IndexStore) -> dict[str, Watch]:
    """The standing queries of the last commit, also while a writer replaces them."""
    for _ in range(_ATTEMPTS):
        manifest = store.manifest()
        try:
            return _read_watches(store.directory, manifest)
        except CorruptArchive:
            # A later commit may have deleted the file since the manifest was read.
            store.forget_manifest()
            if store.manifest() == manifest:
                raise
    return _read_watches(store.directory, store.manifest())


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


def _read_watches(directory: Directory, manifest: Manifest) -> dict[str, Watch]:
    rows = rows_by_name(directory, manifest)
    with malformed_rows_named(directory, manifest):
        return {name: watch_of(row) for name, row in rows.items()}
