"""The one writer of an archive.

A commit writes new segments and files of deleted documents, fsyncs them, and then replaces the
manifest, which is the moment at which it takes place. Files that no commit needs any more are
deleted afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from time import monotonic
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.codec.live_docs import encode_live_docs
from searchlib.errors import ArchiveError, CorruptArchive, NotSupported
from searchlib.index.alert_log import files_to_join, forget, read_alert_file, write_alert_file
from searchlib.index.alerts import Alert, CommitAlerts
from searchlib.index.index_reader import IndexReader
from searchlib.index.lock import WriterLock
from searchlib.index.manifest import (
    MANIFEST,
    AlertFile,
    DeletedDocs,
    Manifest,
    SegmentInfo,
    WatchFile,
    is_archive_file,
    read_manifest,
)
from searchlib.index.merge_policy import next_merge
from searchlib.index.merger import merge
from searchlib.index.segment_reader import SegmentReader
from searchlib.index.segment_writer import SegmentWriter
from searchlib.index.store import Findings, IndexStore
from searchlib.ingest.record import canonical_json
from searchlib.ingest.record import digest as digest_of
from searchlib.schema import Schema

__all__ = ["IndexWriter"]

# Chunks of text that are collected before they become a segment; inverting them with NumPy takes
# ten times the memory.
_MAX_CHUNKS = 1 << 21 if not kernels.available else 5 << 22
# Fewer chunks are committed too after some seconds, so that a stopped run has little to do again.
_MIN_CHUNKS, _MAX_SECONDS = 1 << 20, 10.0
_PROGRESS_STEP = 256  # articles between two reports of an upgrade
_MAX_ALERTS = 5_000_000  # of one commit
_MAX_ALERT_FILES = 10_000  # of an archive: the manifest is bounded
_REPORTED_ALERTS = 10_000
_COPY_STEP = 1 << 20  # bytes of a segment
_CHECK_BYTES = 1 << 18  # of articles, between two looks at these limits


class IndexWriter:
    """The right to change an archive, within a ``with`` block. What was not committed when the
    block ends is discarded.

    ``put`` and ``delete`` collect changes, ``commit`` makes them durable; all may be called many
    times. After an error in one of them only ``cancel`` is possible, because what was collected may
    be incomplete.
    """

    batch_size = 128  # articles that it takes together: few, as _ROWS of the segment writer
    last_commit: IndexReader
    commit_data: list[Any]  # plain JSON data that is kept with each commit
    schema: Schema
    _collected: SegmentWriter | None = None  # what was added since the last flush

    def __init__(self, store: IndexStore, timeout: float = 10.0) -> None:
        """``timeout`` is how long to wait for another writer, in seconds."""
        self._store = store
        self._lock = WriterLock(store.directory, timeout)
        self._failed = False
        self._alert_files: tuple[AlertFile, ...] = ()
        self._watches: WatchFile | None = None
        self._programs: WatchFile | None = None
        #: The first alerts of the commits of this writer, and how many there were.
        self.alerts: list[Alert] = []
        self.alert_count = 0

    @property
    def manifest_path(self) -> str:
        """The file that holds the commits, for errors about them."""
        return str(self._store.directory.path / MANIFEST)

    @property
    def names_language(self) -> bool:
        """Whether the archive was made with a language."""
        return "language" in self.last_commit.manifest.settings

    @property
    def last_commit_data(self) -> list[Any]:
        """The commit data of the last commit; none if it has no article: an archive that was
        emptied has nothing left of what was read."""
        return list(self.last_commit.manifest.commit_data) if self.last_commit.live_count else []

    def __enter__(self) -> IndexWriter:
        try:
            self._lock.__enter__()
            manifest = read_manifest(self._store.directory)
            if not self._store.is_durable(manifest):
                # Its writer may have died before its fsync, or have made none, and from here on
                # answers ("unchanged", for one) rely on that commit.
                self._store.directory.sync_files([*sorted(manifest.files()), MANIFEST])
            self._start_from(manifest)
            self._delete_unneeded_files()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            # Files that cannot be deleted now are deleted by the next writer.
            with suppress(ArchiveError):
                self.cancel()
        finally:
            self._close()

    def put(self, key: str, digest: bytes, row: dict[str, Any], data: bytes) -> str:
        """Add an article, or replace the one with its key: see :meth:`put_many`."""
        return self.put_many([(key, digest, row, data)])[0]

    def put_many(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> list[str]:
        """Add (key, digest, normalized article, its JSON) in order, each in place of the article
        with its key. Returns "added", "updated" or "unchanged" for each; an article is unchanged,
        and nothing is done, if the one with its key has the same digest."""
        with self._fail_on_error():
            keys = [entry[0] for entry in batch]
            known = self.last_commit.find_many(keys)
            is_new = not known and self._pending.keys().isdisjoint(keys)
            if is_new and len(set(keys)) == len(keys):
                self._add_new(batch)
                return ["added"] * len(batch)
            outcomes = []
            for key, digest, row, data in batch:
                old_digest = None
                if key in self._pending or key in known:
                    old_digest = self._digest(key, known)
                if old_digest == digest:
                    outcomes.append("unchanged")
                    continue
                if old_digest is not None:
                    self._delete_key(key, known)
                self._pending[key] = self._segment_writer.add(digest, row, data)
                outcomes.append("added" if old_digest is None else "updated")
                if self._flush_if_due():
                    known = self.last_commit.find_many(keys)
        return outcomes

    def _add_new(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> None:
        """Add articles, no two with the same key, and none with that of another article."""
        limit, size = min(_CHECK_BYTES, _MAX_CHUNKS), sum(len(data) for *_, data in batch)
        step = max(1, -(-len(batch) * limit // max(size, 1)))  # rounded up: one check each
        for at in range(0, len(batch), step):
            keys, digests, rows, data = zip(*batch[at : at + step], strict=True)
            first = self._segment_writer.add_many(digests, rows, data)
            self._pending.update(zip(keys, range(first, first + len(keys)), strict=True))
            self._flush_if_due()

    def _flush_if_due(self) -> bool:
        """Commit what was collected if it is enough; whether it was."""
        if self._segment_writer.bytes < self._next_check or not self._is_flush_due():
            return False
        self._flush()
        self._commit(self._segments())
        return True

    def _is_flush_due(self) -> bool:
        """Whether what was collected should be committed before more is added."""
        chunks = self._segment_writer.chunks
        is_late = chunks >= _MIN_CHUNKS and monotonic() - self._since >= _MAX_SECONDS
        return self._is_full() or is_late

    def _is_full(self) -> bool:
        """Whether what was collected is to become a segment."""
        # Not after each article: that would cost as much as adding it.
        self._next_check = self._segment_writer.bytes + min(_CHECK_BYTES, _MAX_CHUNKS)
        return self._segment_writer.chunks >= _MAX_CHUNKS or self._segment_writer.full

    def take_over(
        self, directory: Directory, info: SegmentInfo, live_docs: npt.NDArray[np.bool_]
    ) -> None:
        """Add a segment of another archive as it is, with the documents that are live there, from
        the next commit on. Its fields, its analysis and its settings are those of this archive, and
        no live key is in two segments: the caller knows."""
        with self._fail_on_error():
            if not live_docs.any():
                return
            file = self._new_file_name("seg")
            with directory.map_file(info.file) as data:
                steps = range(0, len(data), _COPY_STEP)
                self._store.directory.write(file, (data[at : at + _COPY_STEP] for at in steps))
            segment = SegmentInfo(file, info.documents, info.bytes, info.crc)
            if not live_docs.all():
                segment = self._with_deleted_docs(segment, live_docs)
            self._new_segments.append(segment)

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the articles with these keys; returns how many there were."""
        wanted = list(keys)
        with self._fail_on_error():
            known = self.last_commit.find_many(wanted)
            return sum(self._delete_key(key, known) for key in wanted)

    def delete_document(self, segment: int, document: int) -> bool:
        """Delete a document of a segment of ``last_commit``; False if it is deleted already."""
        with self._fail_on_error():
            return self._delete(segment, document)

    def clear(self, keep: Collection[str] = ()) -> None:
        """Delete all articles of ``last_commit`` but those with the keys ``keep``."""
        with self._fail_on_error():
            known = self.last_commit.find_many(list(keep))
            remaining = {place for key in keep if (place := self._locate(key, known)) is not None}
            for number, segment in enumerate(self.last_commit.segments):
                self._live_docs[number] = np.zeros(segment.documents, bool)
            for number, document in remaining:
                self._live_docs[number][document] = True

    def use_schema(self, schema: Schema) -> None:
        """Change the fields, from the next commit on. Nothing may have been added before."""
        with self._fail_on_error():
            self._discard_collected()
            self.schema = schema.bound(self.schema.rules.version, self.schema.language)

    def is_deleted(self, segment: int, document: int) -> bool:
        """Whether a document of a segment of ``last_commit`` is deleted, changes included."""
        live_docs = self._live_docs.get(segment)
        live_docs = self.last_commit.segments[segment].live_docs if live_docs is None else live_docs
        return live_docs is not None and not live_docs[document]

    def segments_without_deleted(self) -> list[SegmentReader]:
        """The segments of ``last_commit`` without the documents that were deleted since."""
        return [
            segment.with_live_docs(self._live_docs[number].copy())
            if number in self._live_docs else segment
            for number, segment in enumerate(self.last_commit.segments)
        ]  # fmt: skip

    def put_watches(self, data: bytes) -> None:
        """Keep these bytes as the archive's standing queries, from the next commit on; with none
        of them it has none."""
        with self._fail_on_error():
            self._watches = self._written(data, "wat")
            if self._watches is None:
                self._programs = None

    def _written(self, data: bytes, suffix: str) -> WatchFile | None:
        """A new file of these bytes; None for none."""
        if not data:
            return None
        file = self._new_file_name(suffix)
        self._store.directory.write(file, [data])
        return WatchFile(file, len(data), crc32(data))

    def put_alerts(self, commits: Sequence[CommitAlerts]) -> None:
        """Keep the alerts of commits that come after those that there are, from the next commit
        on."""
        with self._fail_on_error():
            info = write_alert_file(self._store.directory, self._new_file_name("alr"), commits)
            assert info is not None  # a file has had them
            self._alert_files = (*self._alert_files, info)

    def forget_alerts(self, before: int) -> None:
        """Forget the alerts of commits before this generation, from the next commit on."""
        with self._fail_on_error():
            names = iter(lambda: self._new_file_name("alr"), "")
            self._alert_files = forget(self._store.directory, self._alert_files, before, names)

    def commit(self, *, optimize: bool = False, merge: bool = True) -> int:
        """Make all changes durable, then merge segments where the merge policy says so, unless
        ``merge`` is false; returns the generation of the last commit. ``optimize`` merges as many
        segments as possible."""
        with self._fail_on_error():
            self._flush()
            if self._has_changes():
                self._commit(self._segments())
            while merge and (numbers := self._next_merge(optimize=optimize)):
                self._merge(numbers)
            return self.last_commit.generation

    def upgrade(self, progress: Callable[[int], None] | None = None) -> int:
        """Make new segments of all articles by the current rules of analysis, in the place of those
        that there are, in one commit; returns the number of articles. ``progress`` is called with
        how many are done. Nothing is done if the rules are the current ones.

        Raises CorruptArchive if an article is not what was written (``repair`` saves the others),
        and NotSupported if texts are not stored.
        """
        if self.last_commit.manifest.analysis == CURRENT_VERSION:
            return 0
        if not self.schema.stores_all:
            raise NotSupported(
                "upgrade", "it has texts that are not stored, or terms that a Whoosh program made "
                "of them: they cannot be indexed anew",
                "make a new archive of the articles, or go on with this one",
            )  # fmt: skip
        with self._fail_on_error():
            self.commit()
            self.schema = self.last_commit.schema.bound(
                CURRENT_VERSION, self.last_commit.schema.language
            )
            self._reset()
            done = 0
            for digest, data in self._articles():
                row = self.schema.normalize(json.loads(data))
                normalized = canonical_json(row)
                if normalized != data:
                    digest, data = digest_of(normalized), normalized
                self._segment_writer.add(digest, row, data)
                done += 1
                if self._segment_writer.bytes >= self._next_check and self._is_full():
                    self._flush()
                if progress is not None and done % _PROGRESS_STEP == 0:
                    progress(done)
            self._flush()
            self._commit(self._new_segments, analysis=CURRENT_VERSION)
            if progress is not None:
                progress(done)
        self.commit()  # merges
        return done

    def _articles(self) -> Iterator[tuple[bytes, bytes]]:
        """The live articles of the last commit, each with its digest, in order."""
        for segment in self.last_commit.segments:
            core = segment.core
            for document, data in enumerate(core.doc_store):
                if segment.live_docs is None or segment.live_docs[document]:
                    digest = core.keys.digest(document)
                    if digest_of(data) != digest:
                        why = f"article {document} is not what was written"
                        raise CorruptArchive(core.segment_file.file, why)
                    yield digest, data

    def cancel(self) -> None:
        """Discard what was not committed."""
        self._discard_collected()
        self._lock.check()
        if self._failed:
            # A commit that failed may have taken place all the same: its last step is an fsync.
            old = self.last_commit
            self._start_from(read_manifest(self._store.directory))
            old.close()
        else:
            self._reset()
        self._failed = False
        self._delete_unneeded_files()

    @contextmanager
    def _fail_on_error(self) -> Iterator[None]:
        """Marks the writer as failed if the block raises."""
        if self._failed:
            path = self._store.directory.path
            raise ArchiveError(
                f"{path}: this writer failed before: cancel, or make a new one", path
            )
        self._lock.check()
        try:
            yield
        except BaseException:
            self._failed = True
            raise

    def _close(self) -> None:
        try:
            if hasattr(self, "last_commit"):
                self._store.keep_open(self.last_commit)
        finally:
            self._lock.release()

    def _start_from(self, manifest: Manifest) -> None:
        self.last_commit = self._store.open_commit(manifest)
        self.schema = self.last_commit.schema
        self._serial = manifest.serial
        self._reset()

    def _reset(self) -> None:
        self._since = monotonic()
        self._discard_collected()
        self._next_check = 0  # bytes of the segment writer
        self._pending: dict[str, int] = {}  # its document of each key
        self._replaced: list[int] = []  # its documents that were replaced since
        # Of the segments of the last commit whose articles were deleted since.
        self._live_docs: dict[int, npt.NDArray[np.bool_]] = {}
        self._new_segments: list[SegmentInfo] = []
        self.commit_data = self.last_commit.manifest.commit_data
        self._watches = self.last_commit.manifest.watches
        self._programs = self.last_commit.manifest.programs
        self._alert_files = self.last_commit.manifest.alerts

    @property
    def _segment_writer(self) -> SegmentWriter:
        if self._collected is None:
            store = self._store
            self._collected = SegmentWriter(
                store.directory, self.schema, store.postings_format, store.zone, store.story_field
            )
        return self._collected

    def _discard_collected(self) -> None:
        if self._collected is not None:
            self._collected.close()
            self._collected = None

    def _delete(self, segment: int, document: int) -> bool:
        live_docs = self._live_docs_of(segment)
        if not live_docs[document]:
            return False
        live_docs[document] = False
        return True

    def _live_docs_of(self, segment: int) -> npt.NDArray[np.bool_]:
        if segment not in self._live_docs:
            live_docs = self.last_commit.segments[segment].live_docs
            size = self.last_commit.segments[segment].documents
            self._live_docs[segment] = (
                np.ones(size, bool) if live_docs is None else live_docs.copy()
            )
        return self._live_docs[segment]

    def _digest(self, key: str, known: Mapping[str, tuple[int, int]]) -> bytes | None:
        """The digest of the article with this key, collected changes included; None if there is no
        such article."""
        if key in self._pending:
            return self._segment_writer.digest(self._pending[key])
        location = self._locate(key, known)
        if location is None:
            return None
        segment, document = location
        return self.last_commit.segments[segment].core.keys.digest(document)

    def _delete_key(self, key: str, known: Mapping[str, tuple[int, int]]) -> bool:
        """Delete the article with this key; False if there is none."""
        if key in self._pending:
            self._replaced.append(self._pending.pop(key))
            return True
        location = self._locate(key, known)
        return location is not None and self._delete(*location)

    def _locate(self, key: str, known: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
        """(segment, document) of a key in ``last_commit``, if it was not deleted since."""
        location = known.get(key)
        if location is None:
            return None
        segment, document = location
        if segment in self._live_docs and not self._live_docs[segment][document]:
            return None
        return location

    def _new_file_name(self, suffix: str) -> str:
        self._serial += 1
        return f"{self._serial:08d}.{suffix}"

    def _flush(self) -> None:
        """Write the collected articles as a segment."""
        if self._collected is None or not len(self._collected):
            return
        info = self._collected.write(self._new_file_name("seg"))
        if self._replaced:
            live_docs = np.ones(info.documents, bool)
            live_docs[self._replaced] = False
            info = self._with_deleted_docs(info, live_docs)
        if info.live_count:
            self._new_segments.append(info)
        else:
            self._store.directory.delete(info.file)
        self._collected, self._next_check = None, 0
        self._pending, self._replaced = {}, []

    def _with_deleted_docs(
        self, info: SegmentInfo, live_docs: npt.NDArray[np.bool_]
    ) -> SegmentInfo:
        data = encode_live_docs(live_docs)
        file = self._new_file_name("del")
        self._store.directory.write(file, [data])
        deleted_docs = DeletedDocs(file, int((~live_docs).sum()), crc32(data))
        return SegmentInfo(info.file, info.documents, info.bytes, info.crc, deleted_docs)

    def _has_changes(self) -> bool:
        old = self.last_commit.manifest
        return bool(
            self._new_segments
            or self._live_docs
            or (self.schema, self.commit_data) != (old.schema, old.commit_data)
            or (self._watches, self._alert_files) != (old.watches, old.alerts)
        )

    def _segments(self) -> list[SegmentInfo]:
        """The segments with all changes, without those that have no live document left."""
        segments = []
        for number, segment in enumerate(self.last_commit.segments):
            info = segment.info
            if number in self._live_docs:
                info = self._with_deleted_docs(info, self._live_docs[number])
            if info.live_count:
                segments.append(info)
        return segments + self._new_segments

    def _commit(self, segments: Sequence[SegmentInfo], analysis: int | None = None) -> None:
        directory, old = self._store.directory, self.last_commit
        manifest = old.manifest.next(
            schema=self.schema, serial=self._serial, segments=tuple(segments),
            commit_data=self.commit_data, analysis=analysis or old.manifest.analysis,
            watches=self._watches, programs=self._programs, alerts=self._alert_files,
        )  # fmt: skip
        alerts: CommitAlerts | None = None
        if self._watches and self._new_segments and analysis is None:
            alerts, programs = self._find_alerts(manifest)
            if programs is not None:
                self._programs = self._written(programs, "prg")
            if len(alerts):
                self._alert_files = self._write_alerts(alerts)
        manifest = replace(
            manifest, alerts=self._alert_files, programs=self._programs, serial=self._serial
        )
        directory.sync()
        self._lock.check()
        directory.write_atomic(MANIFEST, manifest.to_bytes())
        self._store.note_durable(manifest)
        if alerts is not None:
            self.alert_count += len(alerts)
            self.alerts += islice(alerts, _REPORTED_ALERTS - len(self.alerts))
        self._start_from(manifest)
        old.close()
        self._delete_unneeded_files()

    def _find_alerts(self, manifest: Manifest) -> Findings:
        """What the standing queries find in the new segments of a commit that is not made yet."""
        store, path = self._store, self._store.directory.path
        finder = store.alert_finder
        if finder is None:
            raise ArchiveError(f"{path}: nothing runs its standing queries: import searchlib", path)
        with store.open_commit(manifest) as reader:
            first = len(manifest.segments) - len(self._new_segments)
            found = finder(store, self.last_commit, reader, first)
        if (count := len(found.alerts)) > _MAX_ALERTS:
            name, most = found.alerts.broadest()
            raise ArchiveError(
                f"{path}: a commit with {count:,} alerts, {most:,} of them of the standing query "
                f"{name!r}: narrow it, take it away, or add fewer articles at once; nothing was "
                "committed",
                path,
            )
        return found

    def _write_alerts(self, alerts: CommitAlerts) -> tuple[AlertFile, ...]:
        """The files of alerts with those of one more commit, small ones joined."""
        directory, path = self._store.directory, self._store.directory.path
        last = write_alert_file(directory, self._new_file_name("alr"), [alerts])
        if last is None or len(self._alert_files) >= _MAX_ALERT_FILES:
            cure = "take the broadest standing queries away, or call forget_alerts"
            raise ArchiveError(f"{path}: too many alerts: {cure}; nothing was committed", path)
        files = (*self._alert_files, last)
        if (count := files_to_join(files)) > 1:
            # A damaged one is named when alerts are read; articles are committed all the same.
            with suppress(CorruptArchive):
                commits = [c for info in files[-count:] for c in read_alert_file(directory, info)]
                joined = write_alert_file(directory, self._new_file_name("alr"), commits)
                if joined is not None:
                    files = (*files[:-count], joined)
        return files

    def _delete_unneeded_files(self) -> None:
        """Delete the archive's files that the last commit does not need."""
        needed = self.last_commit.manifest.files()
        with suppress(ArchiveError):  # the next writer does it
            for name in self._store.directory.list_files():
                if is_archive_file(name) and name not in needed:
                    self._store.directory.delete(name)

    def _next_merge(self, *, optimize: bool) -> list[int]:
        segments = self.last_commit.segments
        has_deletions = [segment.live_docs is not None for segment in segments]
        sizes = [_tokens(segment) for segment in segments]
        return next_merge(sizes, has_deletions=has_deletions, optimize=optimize)

    def _merge(self, numbers: Sequence[int]) -> None:
        """Merge the segments of these numbers, and commit."""
        segments = [self.last_commit.segments[number] for number in numbers]
        merged = merge(
            self._store.directory,
            self._new_file_name("seg"),
            segments,
            self.schema,
            self._store.postings_format,
        )
        others = [s.info for n, s in enumerate(self.last_commit.segments) if n not in numbers]
        self._commit([*others[: numbers[0]], merged, *others[numbers[0] :]])


def _tokens(segment: SegmentReader) -> int:
    """The size of a segment for the merge policy: the tokens of all its text fields."""
    fields = segment.core.segment_file.meta["fields"]
    return sum(field.get("tokens", 0) for field in fields.values()) or segment.documents
