"""An archive's directory as a whole: its settings, its last commit, and readers of commits."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import tzinfo
from typing import Any, ClassVar, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.directory import Directory
from searchlib.codec.postings import PostingsFormat
from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.index.alerts import CommitAlerts
from searchlib.index.index_reader import IndexReader
from searchlib.index.lock import LOCK, WriterLock
from searchlib.index.manifest import (
    MANIFEST,
    TAKE_OVER,
    Manifest,
    holds_whoosh_index,
    is_archive_file,
    read_manifest,
)
from searchlib.index.segment_pool import SegmentPool
from searchlib.schema import Schema
from searchlib.schema.archive_settings import story_field_of

__all__ = ["AlertFinder", "Findings", "IndexStore", "remove", "remove_empty"]

_ATTEMPTS = 100  # to open the last commit while a writer makes others
_TIME_RESOLUTION = 100_000_000  # ns: two files written within it may have the same times

_Stamp = tuple[int, int, int, int]


class Findings(NamedTuple):
    """What standing queries find in a commit. ``programs`` are the bytes to keep with it as their
    programs, in the place of those that there are; empty for none, None to leave it as it is."""

    alerts: CommitAlerts
    programs: bytes | None = None


class AlertFinder(Protocol):
    """What the standing queries of ``new`` find in its segments from ``first_segment`` on; ``old``
    is the commit before."""

    def __call__(
        self, store: IndexStore, old: IndexReader, new: IndexReader, first_segment: int, /
    ) -> Findings: ...


class IndexStore:
    """An archive's directory.

    ``schema`` is the one to use: the archive's own, or that with fields added, which the next
    commit makes the archive's own. ``settings`` were given to :meth:`create`; from them come
    ``zone``, the time zone of dates that have none, and ``postings_format``.
    """

    #: Runs the standing queries in each commit, whoever writes; the index knows no queries.
    alert_finder: ClassVar[AlertFinder | None] = None

    def __init__(self, directory: Directory, schema: Schema | None = None) -> None:
        """Raises ArchiveNotFound, or CorruptArchive if the manifest is damaged."""
        self.directory = directory
        self._manifest_path = str(directory.path / MANIFEST)
        manifest = read_manifest(directory)
        self.settings: dict[str, Any] = manifest.settings
        self.postings_format = _postings_format(directory, manifest)
        self.zone = _zone(directory, manifest)
        #: The text field whose near copies are one story; None in an archive without stories.
        self.story_field = story_field_of(manifest.settings)
        self._schema = schema
        self._schema_over: tuple[Schema, Schema] | None = None  # that of a manifest, and ours
        names = () if schema is None else tuple(schema.fields)
        self._added = [name for name in names if name not in manifest.schema.fields]
        self.schema_of(manifest)
        self.pool = SegmentPool(directory)
        # The manifest read last, and the stamp of its file; None if the file is to be read again.
        self._known: tuple[_Stamp | None, Manifest] = (None, manifest)
        self._durable: Manifest | None = None
        self._last_reader: IndexReader | None = None

    @classmethod
    def create(
        cls, directory: Directory, schema: Schema, *, analysis: int = CURRENT_VERSION,
        generation: int = 0, **settings: Any,
    ) -> IndexStore:  # fmt: skip
        """Create an archive in a directory that has none; ArchiveError if it has one, or a Whoosh
        index.

        ``settings`` are kept with it: ``language``, that of texts for which nothing else says one,
        ``zone``, the name of a time zone, and ``layout``, the attributes of a
        :class:`PostingsFormat`. ``analysis`` is the version of its rules, ``generation`` the number
        of its first, empty commit.
        """
        if holds_whoosh_index(directory.list_files()):
            raise ArchiveError(
                f"{directory.path}: a Whoosh index is here: {TAKE_OVER}; or name another folder",
                directory.path,
            )
        directory.create()
        with WriterLock(directory):
            names = directory.list_files()
            if MANIFEST in names:
                raise ArchiveError(
                    f"{directory.path}: there is an archive here already: open it, or name another "
                    "folder",
                    directory.path,
                )
            if any(is_archive_file(name) and name.endswith(".seg") for name in names):
                read_manifest(directory)  # raises: an archive whose manifest is gone
            manifest = Manifest(schema, generation=generation, settings=settings, analysis=analysis)
            directory.write_atomic(MANIFEST, manifest.to_bytes())
        return cls(directory)

    @classmethod
    def replace(cls, directory: Directory, schema: Schema) -> None:
        """Make an empty archive in the place of one for Whoosh programs; ArchiveError if that has
        a schema of another kind. Its files go when the next writer begins."""
        with WriterLock(directory):
            old = read_manifest(directory)
            if not old.schema.is_exact:
                raise ArchiveError(
                    f"{directory.path}: there is an archive here already, and not one of a Whoosh "
                    "program: open it, or name another folder",
                    directory.path,
                )
            manifest = old.next(schema=schema, segments=(), commit_data=[], watches=None,
                                programs=None, alerts=())  # fmt: skip
            directory.write_atomic(MANIFEST, manifest.to_bytes())

    def schema_of(self, manifest: Manifest) -> Schema:
        """The schema to use with a commit."""
        if self._schema is None:
            return manifest.schema
        known = self._schema_over
        if known is None or known[0] is not manifest.schema:
            if not manifest.schema.is_exact:
                self._schema.extends(manifest.schema)
            ours = self._schema.over(manifest.schema, self._added)
            known = self._schema_over = manifest.schema, ours
        return known[1]

    def give(self, schema: Schema) -> None:
        """Use the field types of an exact schema for those fields that the archive has."""
        self._schema, self._schema_over = schema, None

    def manifest(self) -> Manifest:
        """The last commit; the same object as before, not read again, if its file is the same."""
        try:
            status = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.directory)
        stamp, manifest = self._known
        if (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns) == stamp:
            return manifest
        return self._read_manifest(manifest)

    def known_file(self, manifest: Manifest) -> tuple[bytes, int, int, int, int] | None:
        """The path of the manifest and its stamp, while it is that of this commit; None if it has
        to be read to know."""
        stamp, known = self._known
        if stamp is None or known is not manifest:
            return None
        return os.fsencode(self._manifest_path), *stamp

    def _read_manifest(self, known: Manifest) -> Manifest:
        now = time.time_ns()
        try:
            status = os.stat(self._manifest_path)
        except OSError:
            return read_manifest(self.directory)
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        manifest = read_manifest(self.directory)
        if manifest == known:
            manifest = known
        # The next manifest may get this one's inode, and its times too if it is written at once:
        # the stamp of a file as young as that cannot be relied on.
        age = abs(now - max(status.st_mtime_ns, status.st_ctime_ns))
        self._known = (None if age < _TIME_RESOLUTION else stamp, manifest)
        return manifest

    def reader(self) -> IndexReader:
        """A reader of the last commit."""
        for _ in range(_ATTEMPTS):
            manifest = self.manifest()
            try:
                return self.open_commit(manifest)
            except CorruptArchive:
                # A later commit may have deleted files since the manifest was read.
                self.forget_manifest()
                if self.manifest() == manifest:
                    raise
        return self.open_commit(self.manifest())

    def keep_open(self, reader: IndexReader | None) -> None:
        """Keep a reader of the last commit open, in the place of the one before: the next writer
        has its segments open then. None lets go of it."""
        last, self._last_reader = self._last_reader, reader
        if last is not None:
            last.close()

    def is_durable(self, manifest: Manifest) -> bool:
        """Whether this commit is known to be on the disk: it is the last one that was made here."""
        return manifest == self._durable

    def note_durable(self, manifest: Manifest) -> None:
        """Remember that this commit, the last one, is on the disk."""
        self._durable = manifest if self.directory.is_durable else None

    def open_commit(self, manifest: Manifest) -> IndexReader:
        """A reader of a commit whose files still exist. Raises :class:`ArchiveError` if another
        archive with other settings has taken the place of this one: articles of this zone, say,
        among its own would damage it."""
        if self._is_other(manifest):
            raise ArchiveError(
                f"{self.directory.path}: another archive has been put here, which was made with "
                "other settings: open it again",
                self.directory.path,
            )
        return IndexReader(self.pool, manifest, self.schema_of(manifest))

    def is_replaced(self) -> bool:
        """Whether another archive with other settings is there now, as far as can be read."""
        with suppress(ArchiveError):
            return self._is_other(self.manifest())
        return False

    def _is_other(self, manifest: Manifest) -> bool:
        """Whether this is a commit of another archive: settings never change."""
        return manifest.settings != self.settings

    def forget_manifest(self) -> None:
        """Make the next call of :meth:`manifest` read the file."""
        self._known = (None, self._known[1])


def remove_empty(directory: Directory, *, with_folder: bool) -> bool:
    """Remove an archive, if its last commit holds no article, standing query or alert, and with
    ``with_folder`` its folder, if nothing else is in it. Returns whether the archive was removed.

    >>> import tempfile
    >>> from searchlib.schema import NEWS
    >>> directory = Directory(tempfile.mkdtemp())
    >>> _ = IndexStore.create(directory, NEWS)
    >>> remove_empty(directory, with_folder=True), directory.path.exists()
    (True, False)
    """
    with WriterLock(directory):  # so that no other process adds to it meanwhile
        manifest = read_manifest(directory)
        if manifest.segments or manifest.watches or manifest.alerts:
            return False
        if not directory.delete(MANIFEST):
            return False
        _remove_files(directory)
    if with_folder:
        _remove_folder(directory)
    return True


def remove(directory: Directory, *, with_folder: bool) -> None:
    """Remove an archive with all that is in it, and with ``with_folder`` its folder, if nothing
    else is in it.

    >>> import tempfile
    >>> from searchlib.schema import NEWS
    >>> directory = Directory(tempfile.mkdtemp())
    >>> _ = IndexStore.create(directory, NEWS)
    >>> remove(directory, with_folder=False)
    >>> directory.list_files()
    []
    """
    with WriterLock(directory):
        directory.delete(MANIFEST)
        _remove_files(directory)
    if with_folder:
        _remove_folder(directory)


def _remove_files(directory: Directory) -> None:
    """Remove the files of an archive whose manifest is gone."""
    for name in directory.list_files():
        if is_archive_file(name):
            directory.delete(name)
    directory.delete(LOCK)
    directory.sync()


def _remove_folder(directory: Directory) -> None:
    with suppress(OSError):
        directory.path.rmdir()


def _postings_format(directory: Directory, manifest: Manifest) -> PostingsFormat:
    try:
        postings_format = PostingsFormat(**manifest.settings.get("layout", {}))
        block, dense = postings_format.block, postings_format.dense
        if not (type(block) is type(dense) is int and 1 <= block <= 255 and dense >= 1):
            raise ValueError("its layout is not valid")
    except (TypeError, ValueError) as error:
        raise CorruptArchive(directory.path / MANIFEST, str(error)) from None
    return postings_format


def _zone(directory: Directory, manifest: Manifest) -> tzinfo:
    """The archive's time zone, in which dates that have none are read."""
    name = manifest.settings.get("zone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, TypeError, ValueError, OSError):
        raise ArchiveError(
            f"{directory.path}: this archive's time zone {name!r:.60} is not known here: install "
            "the package tzdata",
            directory.path,
        ) from None
