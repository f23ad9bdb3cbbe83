"""The archive's folder as a whole: commits and snapshots; :mod:`.writer` makes the commits.

A snapshot has all its files open from the start, so that it goes on reading them when a later
commit has taken them away.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from searchlib.errors import ArchiveError, CorruptArchive, SnapshotClosed
from searchlib.schema import Schema
from searchlib.storage.cache import Cache
from searchlib.storage.columns import key_hash
from searchlib.storage.folder import Folder
from searchlib.storage.lock import WriterLock
from searchlib.storage.manifest import MANIFEST, Manifest, SegmentInfo, is_ours, read_manifest
from searchlib.storage.postings import Layout
from searchlib.storage.segment import Segment, SegmentData
from searchlib.storage.writer import Writer

__all__ = ["Snapshot", "Store", "Writer"]

_TRIES = 100  # to open a commit while a writer swaps commits underneath
_YOUNG = 100_000_000  # ns: two files made closer to each other may have the same times


class Store:
    """An archive's folder. ``schema`` is the wanted one: the archive's, or that with fields
    added, which the next commit makes the archive's."""

    def __init__(self, folder: Folder, schema: Schema | None = None) -> None:
        self.folder = folder
        self._manifest_path = str(folder.path / MANIFEST)
        manifest = read_manifest(folder)
        self.settings: dict[str, Any] = manifest.settings
        self.layout = _layout(folder, manifest)
        self.zone = _zone(folder, manifest)
        if schema is not None:
            schema.extends(manifest.schema)
        self._schema = schema
        self.cache = Cache()
        self._open: dict[tuple[str, int], SegmentData] = {}
        # Reentrant, since a snapshot that is found to be garbage gives its segments back from
        # wherever the interpreter happens to be, which may be inside of a method of this.
        self._guard = threading.RLock()
        self._last: tuple[tuple[int, ...], Manifest] = ((), manifest)
        _stores.add(self)

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
                raise ArchiveError(
                    f"{folder.path}: there is an archive here already: open it", folder.path
                )
            if any(is_ours(name) and name.endswith(".seg") for name in names):
                read_manifest(folder)  # raises: an archive whose manifest is gone
            folder.replace(MANIFEST, Manifest(schema, settings=settings).to_bytes())
        return cls(folder)

    def schema_of(self, manifest: Manifest) -> Schema:
        """The schema to use with a commit."""
        if self._schema is None:
            return manifest.schema
        self._schema.extends(manifest.schema)
        return self._schema

    def manifest(self) -> Manifest:
        """The last commit; the same object as before, not read again, if its file is the same."""
        try:
            seen = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.folder)
        known, last = self._last
        if (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns) == known:
            return last
        return self._renewed(last)

    def _renewed(self, last: Manifest) -> Manifest:
        now = time.time_ns()
        try:
            seen = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.folder)
        stamp = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        found = read_manifest(self.folder)
        if found == last:
            found = last
        # The next manifest may get this one's inode, and its times too if it comes at once: the
        # stamp of a young file says nothing yet.
        young = abs(now - max(seen.st_mtime_ns, seen.st_ctime_ns)) < _YOUNG
        self._last = ((), found) if young else (stamp, found)
        return found

    def snapshot(self) -> Snapshot:
        """The archive as of its last commit."""
        for _ in range(_TRIES):
            manifest = self.manifest()
            try:
                return Snapshot(self, manifest)
            except CorruptArchive:
                # A commit may have taken files away since the manifest was read.
                self.forget()
                if self.manifest() == manifest:
                    raise
        return Snapshot(self, self.manifest())

    def open(self, manifest: Manifest) -> Snapshot:
        """The archive as of a commit whose files are there."""
        return Snapshot(self, manifest)

    def forget(self) -> None:
        """Read the manifest anew at the next call."""
        self._last = ((), self._last[1])

    def write(self, timeout: float = 10.0) -> Writer:
        """The writer, to be used in ``with``; waits ``timeout`` seconds for another one."""
        return Writer(self, timeout)

    def data(self, info: SegmentInfo) -> SegmentData:
        """An open segment, shared by all who have it; give it back with :meth:`release`."""
        key = (info.file, info.crc)
        with self._guard:
            while True:
                found = self._open.get(key)
                if found is None:
                    found = SegmentData(self.folder, info, self.cache)
                    self._open[key] = found
                if found.use():
                    return found
                if self._open.get(key) is found:
                    del self._open[key]

    def release(self, data: SegmentData) -> None:
        """Give a segment back."""
        with self._guard:
            if data.release() and self._open.get(data.key) is data:
                del self._open[data.key]

    def renew_guards(self) -> None:
        """In a forked child: forget the locks that threads of the parent may have held."""
        self._guard = threading.RLock()
        self.cache.renew_guard()
        for data in self._open.values():
            data.renew_guard()


_stores: weakref.WeakSet[Store] = weakref.WeakSet()


def _renew_guards() -> None:
    for store in _stores:
        store.renew_guards()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_guards)


def _encoded(key: str) -> bytes:
    """A key as it is looked up; no article has one with half of a surrogate pair."""
    return key.encode("utf-8", "surrogatepass")


def _layout(folder: Folder, manifest: Manifest) -> Layout:
    try:
        layout = Layout(**manifest.settings.get("layout", {}))
        well = type(layout.block) is type(layout.dense) is int
        if not (well and 1 <= layout.block <= 255 and layout.dense >= 1):
            raise ValueError("its layout is none that can be")
    except (TypeError, ValueError) as error:
        raise CorruptArchive(folder.path / MANIFEST, str(error)) from None
    return layout


def _zone(folder: Folder, manifest: Manifest) -> tzinfo:
    """The archive's time zone: dates that have none are read in it."""
    name = manifest.settings.get("zone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, TypeError, ValueError, OSError):
        raise ArchiveError(
            f"{folder.path}: this archive's time zone {name!r:.60} is not known here: install "
            "the package tzdata",
            folder.path,
        ) from None


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
                    store.release(data)
                    raise
        except BaseException:
            for segment in opened:
                store.release(segment.data)
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
        wanted = _encoded(key)
        for number, segment in enumerate(self.segments):
            for document in segment.data.keys.find(wanted):
                if segment.live is None or segment.live[document]:
                    return number, document
        return None

    def find_many(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(segment, document) of the live articles with these keys; others are left out."""
        found: dict[str, tuple[int, int]] = {}
        if not self.segments:
            return found
        wanted = [_encoded(key) for key in keys]
        hashes = key_hash(wanted)
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
                self._store.release(segment.data)
            self.segments = ()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
