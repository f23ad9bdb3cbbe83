"""An archive's directory as a whole: its settings, its last commit, and readers of commits."""

from __future__ import annotations

import os
import time
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from searchlib.codec.directory import Directory
from searchlib.codec.postings import PostingsFormat
from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.index.index_reader import IndexReader
from searchlib.index.lock import WriterLock
from searchlib.index.manifest import MANIFEST, Manifest, is_ours, read_manifest
from searchlib.index.segment_pool import SegmentPool
from searchlib.schema import Schema

__all__ = ["IndexStore"]

_TRIES = 100  # to open a commit while a writer swaps commits underneath
_YOUNG = 100_000_000  # ns: two files made closer to each other may have the same times


class IndexStore:
    """An archive's folder. ``schema`` is the wanted one: the archive's, or that with fields
    added, which the next commit makes the archive's."""

    def __init__(self, directory: Directory, schema: Schema | None = None) -> None:
        self.directory = directory
        self._manifest_path = str(directory.path / MANIFEST)
        manifest = read_manifest(directory)
        self.settings: dict[str, Any] = manifest.settings
        self.postings_format = _postings_format(directory, manifest)
        self.zone = _zone(directory, manifest)
        if schema is not None:
            schema.extends(manifest.schema)
        self._schema = schema
        self.pool = SegmentPool(directory)
        self._last: tuple[tuple[int, ...], Manifest] = ((), manifest)

    @classmethod
    def create(cls, directory: Directory, schema: Schema, **settings: Any) -> IndexStore:
        """Make an archive in a folder that has none; ArchiveError if it has one.

        ``settings`` are kept with it: ``zone``, the name of a time zone, and ``layout``, the
        options of a :class:`PostingsFormat`.
        """
        directory.make()
        with WriterLock(directory):
            names = directory.names()
            if MANIFEST in names:
                raise ArchiveError(
                    f"{directory.path}: there is an archive here already: open it", directory.path
                )
            if any(is_ours(name) and name.endswith(".seg") for name in names):
                read_manifest(directory)  # raises: an archive whose manifest is gone
            directory.replace(MANIFEST, Manifest(schema, settings=settings).to_bytes())
        return cls(directory)

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
            return read_manifest(self.directory)
        known, last = self._last
        if (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns) == known:
            return last
        return self._renewed(last)

    def _renewed(self, last: Manifest) -> Manifest:
        now = time.time_ns()
        try:
            seen = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.directory)
        stamp = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        found = read_manifest(self.directory)
        if found == last:
            found = last
        # The next manifest may get this one's inode, and its times too if it comes at once: the
        # stamp of a young file says nothing yet.
        young = abs(now - max(seen.st_mtime_ns, seen.st_ctime_ns)) < _YOUNG
        self._last = ((), found) if young else (stamp, found)
        return found

    def snapshot(self) -> IndexReader:
        """The archive as of its last commit."""
        for _ in range(_TRIES):
            manifest = self.manifest()
            try:
                return self.open(manifest)
            except CorruptArchive:
                # A commit may have taken files away since the manifest was read.
                self.forget()
                if self.manifest() == manifest:
                    raise
        return self.open(self.manifest())

    def open(self, manifest: Manifest) -> IndexReader:
        """The archive as of a commit whose files are there."""
        return IndexReader(self.pool, manifest, self.schema_of(manifest))

    def forget(self) -> None:
        """Read the manifest anew at the next call."""
        self._last = ((), self._last[1])


def _postings_format(directory: Directory, manifest: Manifest) -> PostingsFormat:
    try:
        postings_format = PostingsFormat(**manifest.settings.get("layout", {}))
        well = type(postings_format.block) is type(postings_format.dense) is int
        if not (well and 1 <= postings_format.block <= 255 and postings_format.dense >= 1):
            raise ValueError("its layout is none that can be")
    except (TypeError, ValueError) as error:
        raise CorruptArchive(directory.path / MANIFEST, str(error)) from None
    return postings_format


def _zone(directory: Directory, manifest: Manifest) -> tzinfo:
    """The archive's time zone: dates that have none are read in it."""
    name = manifest.settings.get("zone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, TypeError, ValueError, OSError):
        raise ArchiveError(
            f"{directory.path}: this archive's time zone {name!r:.60} is not known here: install "
            "the package tzdata",
            directory.path,
        ) from None
