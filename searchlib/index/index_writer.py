"""The one writer of an archive.

A commit writes new segments and deletes, brings them to the disk, and then swaps the manifest.
Files that no commit needs any more are taken away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.checksum import crc32
from searchlib.errors import ArchiveError
from searchlib.index.index_reader import IndexReader
from searchlib.index.lock import WriterLock
from searchlib.index.manifest import (
    MANIFEST,
    Deletes,
    Manifest,
    SegmentInfo,
    is_ours,
    read_manifest,
)
from searchlib.index.merger import merge
from searchlib.index.segment_reader import SegmentReader, pack_deletes
from searchlib.index.segment_writer import SegmentWriter
from searchlib.index.store import IndexStore

__all__ = ["IndexWriter"]

_LARGEST = 1 << 26  # words: two segments that would have more together are left apart
# Chunks of text that are collected before they become a segment; NumPy's way of inverting them
# takes ten times the memory.
_BATCH = 5 << 22 if kernels.available else 1 << 21
# So many are enough if so many seconds went by: what a stopped run has to do again is bounded.
_LEAST, _SECONDS = 1 << 20, 10.0
_LOOK = 1 << 15  # bytes of articles that come before it is asked again


class IndexWriter:
    """The one who may change the archive, inside ``with``. What was not committed when the
    block ends never was.

    ``put`` and ``delete`` collect, ``commit`` makes it last; all may be called many times. After
    an error in one of them only ``cancel`` is possible: what was collected may be half a thing.
    """

    base: IndexReader  # the last commit
    commit_data: list[Any]  # plain JSON data that is kept with each commit

    def __init__(self, store: IndexStore, timeout: float = 10.0) -> None:
        self._store = store
        self._lock = WriterLock(store.directory, timeout)
        self._broken = False

    @property
    def manifest_path(self) -> str:
        """The file that holds the commits, for errors about them."""
        return str(self._store.directory.path / MANIFEST)

    def __enter__(self) -> IndexWriter:
        try:
            self._lock.__enter__()
            # The commit that is found may be of one who died before it was on the disk, and what
            # is said from here on ("unchanged", say) builds on it.
            self._store.directory.sync()
            self._begin(read_manifest(self._store.directory))
            self._sweep()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            # What cannot be tidied up now is so by the next writer; there is an error already.
            with suppress(ArchiveError):
                self.cancel()
        finally:
            self._close()

    def put(self, key: str, digest: bytes, row: dict[str, Any], data: bytes) -> str:
        """Add an article in place of the one with its key: see :meth:`take`."""
        return self.take([(key, digest, row, data)])[0]

    def take(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> list[str]:
        """Add (key, digest, cleaned article, its JSON) in order, each in place of the one with
        its key. Returns for each "added", "updated" or "unchanged" (then nothing was done)."""
        outcomes = []
        with self._whole():
            known = self.base.find_many([entry[0] for entry in batch])
            for key, digest, row, data in batch:
                old = None
                if key in self._pending or key in known:
                    old = self._digest(key, known)
                if old == digest:
                    outcomes.append("unchanged")
                    continue
                if old is not None:
                    self._drop(key, known)
                self._pending[key] = (self._builder.add(digest, row, data), digest)
                outcomes.append("added" if old is None else "updated")
                if self._builder.bytes >= self._look_at and self._is_due():
                    self._flush()
                    self._commit(self._segments())
                    known = self.base.find_many([entry[0] for entry in batch])
        return outcomes

    def _is_due(self) -> bool:
        """Whether what was collected should be committed before more comes."""
        chunks = self._builder.chunks
        late = chunks >= _LEAST and monotonic() - self._since >= _SECONDS
        # Not after each article, which would cost as much as adding it.
        self._look_at = self._builder.bytes + min(_LOOK, _BATCH)
        return late or chunks >= _BATCH or self._builder.full

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the articles with these keys; returns how many there were."""
        wanted = list(keys)
        with self._whole():
            known = self.base.find_many(wanted)
            return sum(self._drop(key, known) for key in wanted)

    def delete_document(self, segment: int, document: int) -> bool:
        """Delete a document of a segment of ``base``; False if it is deleted already."""
        with self._whole():
            return self._delete(segment, document)

    def commit(self, *, optimize: bool = False) -> int:
        """Make everything last; returns the commit's generation."""
        with self._whole():
            self._flush()
            if self._changed():
                self._commit(self._segments())
            while plan := self._to_merge(everything=optimize):
                self._merge(plan)
            return self.base.generation

    def cancel(self) -> None:
        """Forget what was not committed."""
        self._builder.close()
        self._lock.check()
        if self._broken:
            # A commit that failed may be in place all the same: its last step is to make sure.
            old = self.base
            self._begin(read_manifest(self._store.directory))
            old.close()
        else:
            self._reset()
        self._broken = False
        self._sweep()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Remembers if what is inside of it was broken off."""
        if self._broken:
            path = self._store.directory.path
            raise ArchiveError(
                f"{path}: this writer failed before: cancel, or make a new one", path
            )
        self._lock.check()
        try:
            yield
        except BaseException:
            self._broken = True
            raise

    def _close(self) -> None:
        try:
            if hasattr(self, "base"):
                self.base.close()
        finally:
            self._lock.release()

    def _begin(self, manifest: Manifest) -> None:
        self.base = self._store.open(manifest)
        self.schema = self.base.schema
        self._serial = manifest.serial
        self._reset()

    def _reset(self) -> None:
        self._since = monotonic()
        self._builder = self._new_builder()
        self._look_at = 0  # bytes of the builder
        self._pending: dict[str, tuple[int, bytes]] = {}
        self._gone: list[int] = []  # documents of the builder that were replaced since
        self._live: dict[int, npt.NDArray[np.bool_]] = {}
        self._written: list[SegmentInfo] = []
        self.commit_data = self.base.manifest.commit_data

    def _new_builder(self) -> SegmentWriter:
        store = self._store
        return SegmentWriter(store.directory, self.schema, store.postings_format, store.zone)

    def _delete(self, segment: int, document: int) -> bool:
        live = self._live_of(segment)
        if not live[document]:
            return False
        live[document] = False
        return True

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
        return place is not None and self._delete(*place)

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
        info = builder.write(self._file("seg"))
        if self._gone:
            live = np.ones(info.documents, bool)
            live[self._gone] = False
            info = self._with_deletes(info, live)
        if info.live:
            self._written.append(info)
        else:
            self._store.directory.remove(info.file)
        self._builder, self._look_at = self._new_builder(), 0
        self._pending, self._gone = {}, []

    def _with_deletes(self, info: SegmentInfo, live: npt.NDArray[np.bool_]) -> SegmentInfo:
        data = pack_deletes(live)
        file = self._file("del")
        self._store.directory.write(file, [data])
        deletes = Deletes(file, int((~live).sum()), crc32(data))
        return SegmentInfo(info.file, info.documents, info.bytes, info.crc, deletes)

    def _changed(self) -> bool:
        base = self.base.manifest
        told = (self.schema, self.commit_data) != (base.schema, base.commit_data)
        return bool(self._written or self._live or told)

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
        directory, old = self._store.directory, self.base
        directory.sync()
        manifest = old.manifest.next(
            schema=self.schema, serial=self._serial, segments=tuple(segments),
            commit_data=self.commit_data,
        )  # fmt: skip
        self._lock.check()
        directory.replace(MANIFEST, manifest.to_bytes())
        self._begin(manifest)
        old.close()
        self._sweep()

    def _sweep(self) -> None:
        """Take away the files that the last commit does not need."""
        needed = self.base.manifest.files()
        with suppress(ArchiveError):  # the next writer does it
            for name in self._store.directory.names():
                if is_ours(name) and name not in needed:
                    self._store.directory.remove(name)

    def _to_merge(self, *, everything: bool) -> list[int]:
        """The numbers of the segments to merge next, in order; none if all is well: of those
        that can become one, each is larger than all after it together, so that there are few,
        and few are rewritten."""
        segments = self.base.segments
        sizes = [_words(segment) for segment in segments]
        for group in _groups(sizes):
            if everything and (len(group) > 1 or segments[group[0]].live is not None):
                return group
            rest = sum(sizes[number] for number in group)
            for place, number in enumerate(group[:-1]):
                rest -= sizes[number]
                if sizes[number] <= rest:
                    return group[place:]
        return []

    def _merge(self, numbers: Sequence[int]) -> None:
        segments = [self.base.segments[number] for number in numbers]
        made = merge(
            self._store.directory,
            self._file("seg"),
            segments,
            self.schema,
            self._store.postings_format,
        )
        rest = [s.info for n, s in enumerate(self.base.segments) if n not in numbers]
        self._commit([*rest[: numbers[0]], made, *rest[numbers[0] :]])


def _words(segment: SegmentReader) -> int:
    fields = segment.data.segment_file.meta["fields"]
    return sum(field.get("tokens", 0) for field in fields.values()) or segment.documents


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """The numbers of segments of these sizes, in groups that can each become one.

    >>> _groups([_LARGEST, 5, 7, _LARGEST - 9])
    [[0], [1, 2], [3]]
    """
    groups: list[list[int]] = []
    total = 0
    for number, size in enumerate(sizes):
        if not groups or total + size > _LARGEST:
            groups.append([])
            total = 0
        groups[-1].append(number)
        total += size
    return groups
