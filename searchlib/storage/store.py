"""The archive's folder as a whole: commits, snapshots, and the one writer.

A commit writes new segments and deletes, brings them to the disk, and then swaps the manifest.
Files that no commit needs any more are taken away afterwards; a snapshot that still has them
open goes on reading them.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from searchlib.errors import ArchiveError, CorruptArchive, SnapshotClosed
from searchlib.schema import Schema
from searchlib.storage.builder import SegmentBuilder
from searchlib.storage.cache import Cache
from searchlib.storage.columns import key_hash
from searchlib.storage.folder import Folder
from searchlib.storage.lock import LOCK, WriterLock
from searchlib.storage.manifest import MANIFEST, Deletes, Manifest, SegmentInfo, read_manifest
from searchlib.storage.merge import merge
from searchlib.storage.postings import Layout
from searchlib.storage.segment import Segment, SegmentData, pack_deletes

__all__ = ["Snapshot", "Store", "Writer"]

_TRIES = 20  # to open a commit while a writer swaps commits underneath
_LARGEST = 1 << 26  # words: two segments that would have more together are left apart
_BATCH = 1 << 21  # chunks of text that are collected before they become a segment


class Store:
    """An archive's folder. ``schema`` is the wanted one: the archive's, or that with fields
    added, which the next commit makes the archive's."""

    def __init__(self, folder: Folder, schema: Schema | None = None) -> None:
        self.folder = folder
        self._manifest_path = str(folder.path / MANIFEST)
        manifest = read_manifest(folder)
        self.layout = Layout(**manifest.settings.get("layout", {}))
        if schema is not None:
            schema.extends(manifest.schema)
        self._schema = schema
        self.cache = Cache()
        self._open: dict[tuple[str, int], SegmentData] = {}
        self._guard = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._manifest = manifest

    @classmethod
    def create(cls, folder: Folder, schema: Schema, **settings: Any) -> Store:
        """Make an archive in a folder that has none; ArchiveError if it has one.

        ``settings`` are kept with it: ``zone``, the name of a time zone, and ``layout``, the
        options of a :class:`Layout`.
        """
        folder.make()
        with WriterLock(folder):
            names = folder.names()
            if MANIFEST in names:
                raise ArchiveError(f"{folder.path}: there is an archive here already", folder.path)
            if any(name.endswith(".seg") for name in names):
                read_manifest(folder)  # raises: an archive whose manifest is gone
            folder.replace(MANIFEST, Manifest(schema, settings=settings).to_bytes())
        return cls(folder)

    @property
    def zone(self) -> tzinfo:
        """The archive's time zone: dates that have none are read in it."""
        return ZoneInfo(self._manifest.settings.get("zone", "UTC"))

    @property
    def settings(self) -> dict[str, Any]:
        """What was set when the archive was made."""
        return self._manifest.settings

    def schema_of(self, manifest: Manifest) -> Schema:
        """The schema to use with a commit."""
        if self._schema is None:
            return manifest.schema
        self._schema.extends(manifest.schema)
        return self._schema

    def manifest(self) -> Manifest:
        """The last commit; read again only if its file has changed."""
        try:
            seen = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.folder)
        stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
        if stamp != self._seen:
            self._manifest = read_manifest(self.folder)
            self._seen = stamp
        return self._manifest

    def snapshot(self) -> Snapshot:
        """The archive as of its last commit."""
        for attempt in range(_TRIES):
            manifest = self.manifest()
            try:
                return Snapshot(self, manifest)
            except CorruptArchive:
                # A commit may have taken files away since the manifest was read.
                self._seen = ()
                if attempt == _TRIES - 1 or self.manifest().generation == manifest.generation:
                    raise
        raise AssertionError

    def forget(self) -> None:
        """Read the manifest anew at the next call."""
        self._seen = ()

    def write(self, timeout: float = 10.0) -> Writer:
        """The writer, to be used in ``with``; waits ``timeout`` seconds for another one."""
        return Writer(self, timeout)

    def data(self, info: SegmentInfo) -> SegmentData:
        """An open segment, shared by all who have it; give it back with :meth:`release`."""
        with self._guard:
            key = (info.file, info.crc)
            if key not in self._open:
                self._open[key] = SegmentData(self.folder, info, self.cache)
            self._open[key].use()
            return self._open[key]

    def release(self, segment: Segment) -> None:
        """Give a segment back."""
        with self._guard:
            if segment.data.release():
                self._open.pop((segment.info.file, segment.info.crc), None)


class Snapshot:
    """One commit, open for reading until it is closed."""

    def __init__(self, store: Store, manifest: Manifest) -> None:
        self._store = store
        self.manifest = manifest
        self.schema = store.schema_of(manifest)
        self.generation = manifest.generation
        self.segments: tuple[Segment, ...] = ()
        self._closed = False
        opened: list[Segment] = []
        try:
            for info in manifest.segments:
                data = store.data(info)
                try:
                    opened.append(Segment(store.folder, data, info))
                except BaseException:
                    data.release()
                    raise
        except BaseException:
            for segment in opened:
                store.release(segment)
            raise
        self.segments = tuple(opened)
        starts = np.cumsum([0, *(s.documents for s in opened)])
        self.starts: list[int] = starts[:-1].tolist()
        self.documents = int(starts[-1])
        self.live = sum(s.info.live for s in opened)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def check_open(self) -> None:
        """Raise :class:`SnapshotClosed` after :meth:`close`."""
        if self._closed:
            raise SnapshotClosed("this snapshot was closed: make a new one")

    def find(self, key: str) -> tuple[int, int] | None:
        """(segment, document) of the live article with this key, or None."""
        wanted = key.encode()
        for number, segment in enumerate(self.segments):
            for document in segment.data.keys.find(wanted):
                if segment.live is None or segment.live[document]:
                    return number, document
        return None

    def find_many(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(segment, document) of the live articles with these keys; others are left out."""
        wanted = [key.encode() for key in keys]
        hashes = key_hash(wanted)
        found = {}
        for number, segment in enumerate(self.segments):
            for place, document in segment.data.keys.find_many(wanted, hashes):
                if segment.live is None or segment.live[document]:
                    found[keys[place]] = (number, document)
        return found

    def close(self) -> None:
        """Give the segments back. A second call does nothing."""
        if not self._closed:
            self._closed = True
            for segment in self.segments:
                self._store.release(segment)
            self.segments = ()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Writer:
    """The one who may change the archive, inside ``with``. What was not committed when the
    block ends never was.

    ``put`` and ``delete`` collect, ``commit`` makes it last; all may be called many times.
    """

    def __init__(self, store: Store, timeout: float) -> None:
        self._store = store
        self._lock = WriterLock(store.folder, timeout)

    def __enter__(self) -> Writer:
        self._lock.__enter__()
        try:
            self._begin(read_manifest(self._store.folder))
            self._sweep()
        except BaseException:
            self._lock.__exit__()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            self.cancel()
            self.base.close()
        finally:
            self._lock.__exit__()

    def put(self, key: str, digest: bytes, row: dict[str, Any], data: bytes) -> str:
        """Add an article in place of the one with its key: see :meth:`take`."""
        return self.take([(key, digest, row, data)])[0]

    def take(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> list[str]:
        """Add (key, digest, cleaned article, its JSON) in order, each in place of the one with
        its key. Returns for each "added", "updated" or "unchanged" (then nothing was done)."""
        known = self.base.find_many([entry[0] for entry in batch])
        outcomes = []
        for key, digest, row, data in batch:
            old = self._digest(key, known)
            if old == digest:
                outcomes.append("unchanged")
                continue
            if old is not None:
                self._drop(key, known)
            self._pending[key] = (self._builder.add(digest, row, data), digest)
            outcomes.append("added" if old is None else "updated")
            if self._builder.chunks >= _BATCH:
                self._flush()
                self._commit(self._segments())
                known = self.base.find_many([entry[0] for entry in batch])
        return outcomes

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the articles with these keys; returns how many there were."""
        wanted = list(keys)
        known = self.base.find_many(wanted)
        return sum(self._drop(key, known) for key in wanted)

    def delete_document(self, segment: int, document: int) -> bool:
        """Delete a document of a segment of ``base``; False if it is deleted already."""
        live = self._live_of(segment)
        if not live[document]:
            return False
        live[document] = False
        return True

    def commit(self, *, optimize: bool = False) -> int:
        """Make everything last; returns the commit's generation."""
        self._flush()
        if self._changed():
            self._commit(self._segments())
        while plan := self._to_merge(everything=optimize):
            self._merge(plan)
        return self.base.generation

    def cancel(self) -> None:
        """Forget what was not committed."""
        self._builder.close()
        for info in self._written:
            self._store.folder.remove(info.file)
        self._reset()

    def _begin(self, manifest: Manifest) -> None:
        self.base = Snapshot(self._store, manifest)
        self.schema = self.base.schema
        self._serial = manifest.serial
        self._reset()

    def _reset(self) -> None:
        self._builder = SegmentBuilder(self.schema, self._store.layout, self._store.zone)
        self._pending: dict[str, tuple[int, bytes]] = {}
        self._gone: list[int] = []  # documents of the builder that were replaced since
        self._live: dict[int, npt.NDArray[np.bool_]] = {}
        self._written: list[SegmentInfo] = []

    def _live_of(self, segment: int) -> npt.NDArray[np.bool_]:
        if segment not in self._live:
            live = self.base.segments[segment].live
            size = self.base.segments[segment].documents
            self._live[segment] = np.ones(size, bool) if live is None else live.copy()
        return self._live[segment]

    def _digest(self, key: str, known: Mapping[str, tuple[int, int]]) -> bytes | None:
        """The digest of the article with this key as things stand, or None."""
        if key in self._pending:
            return self._pending[key][1]
        place = self._place(key, known)
        return None if place is None else self.base.segments[place[0]].data.keys.digest(place[1])

    def _drop(self, key: str, known: Mapping[str, tuple[int, int]]) -> bool:
        """Delete the article with this key; False if there is none."""
        if key in self._pending:
            self._gone.append(self._pending.pop(key)[0])
            return True
        place = self._place(key, known)
        return place is not None and self.delete_document(*place)

    def _place(self, key: str, known: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
        place = known.get(key)
        if place is None or (place[0] in self._live and not self._live[place[0]][place[1]]):
            return None
        return place

    def _file(self, suffix: str) -> str:
        self._serial += 1
        return f"{self._serial:08d}.{suffix}"

    def _flush(self) -> None:
        """Write what was collected as a segment."""
        builder = self._builder
        if not len(builder):
            return
        info = builder.write(self._store.folder, self._file("seg"))
        if self._gone:
            live = np.ones(info.documents, bool)
            live[self._gone] = False
            info = self._with_deletes(info, live)
        if info.live:
            self._written.append(info)
        else:
            self._store.folder.remove(info.file)
        self._builder = SegmentBuilder(self.schema, self._store.layout, self._store.zone)
        self._pending, self._gone = {}, []

    def _with_deletes(self, info: SegmentInfo, live: npt.NDArray[np.bool_]) -> SegmentInfo:
        data = pack_deletes(live)
        file = self._file("del")
        self._store.folder.write(file, [data])
        deletes = Deletes(file, int((~live).sum()), zlib.crc32(data))
        return SegmentInfo(info.file, info.documents, info.bytes, info.crc, deletes)

    def _changed(self) -> bool:
        return bool(self._written or self._live or self.schema != self.base.manifest.schema)

    def _segments(self) -> list[SegmentInfo]:
        """The segments as they are with all changes; those without a live document left out."""
        kept = []
        for number, segment in enumerate(self.base.segments):
            info = segment.info
            if number in self._live:
                info = self._with_deletes(info, self._live[number])
            if info.live:
                kept.append(info)
        return kept + self._written

    def _commit(self, segments: Sequence[SegmentInfo]) -> None:
        folder, old = self._store.folder, self.base
        folder.sync()
        manifest = old.manifest.next(
            schema=self.schema, serial=self._serial, segments=tuple(segments)
        )
        folder.replace(MANIFEST, manifest.to_bytes())
        self._begin(manifest)
        old.close()
        self._sweep()

    def _sweep(self) -> None:
        """Take away the files that the last commit does not need."""
        needed = self.base.manifest.files() | {MANIFEST, LOCK}
        for name in self._store.folder.names():
            ours = name.endswith((".seg", ".del", ".new"))
            if ours and name not in needed:
                self._store.folder.remove(name)

    def _to_merge(self, *, everything: bool) -> list[int]:
        """The numbers of the segments to merge next, in order; none if all is well: each is
        larger than all after it together, so that there are few, and few are rewritten."""
        sizes = [_words(segment) for segment in self.base.segments]
        if everything:
            return _all_that_fit(self.base.segments, sizes)
        for first, size in enumerate(sizes):
            rest = sum(sizes[first + 1 :])
            if rest and size <= rest and size + rest <= _LARGEST:
                return list(range(first, len(sizes)))
        return []

    def _merge(self, numbers: Sequence[int]) -> None:
        segments = [self.base.segments[number] for number in numbers]
        made = merge(
            self._store.folder, self._file("seg"), segments, self.schema, self._store.layout
        )
        rest = [s.info for n, s in enumerate(self.base.segments) if n not in numbers]
        self._commit([*rest[: numbers[0]], made, *rest[numbers[0] :]])


def _words(segment: Segment) -> int:
    fields = segment.data.container.meta["fields"]
    return sum(field.get("tokens", 0) for field in fields.values()) or segment.documents


def _all_that_fit(segments: Sequence[Segment], sizes: Sequence[int]) -> list[int]:
    """The first run of segments that can become one, or a single one with deletes."""
    group: list[int] = []
    total = 0
    for number, size in enumerate(sizes):
        if group and total + size > _LARGEST:
            if len(group) > 1 or segments[group[0]].live is not None:
                return group
            group, total = [], 0
        group.append(number)
        total += size
    if len(group) > 1 or (group and segments[group[0]].live is not None):
        return group
    return []
