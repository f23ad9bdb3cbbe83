"""Saves the readable articles of a damaged archive into a new one.

An article is taken only if it agrees with its digest, which the segment has of every article. What
the doc store of a segment does not give, because it is damaged or makes no sense, is looked for by
a scan for compressed blocks of articles. So each article is saved or lost by itself.

The standing queries are saved too, and their alerts, which name articles by their keys.

Where texts are not stored, or a Whoosh program made the terms, articles are not all that there is:
there sound segments are taken over whole (:mod:`searchlib.index.sound_segments`), and only those of
the others are indexed anew, with what is stored of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive, SearchlibError
from searchlib.index.alert_log import forgotten, read_alert_file
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import (
    MANIFEST,
    AlertFile,
    SegmentInfo,
    WatchFile,
    is_archive_file,
    read_manifest,
)
from searchlib.index.segment_reader import SegmentCore, live_docs_of
from searchlib.index.sound_segments import segment_info, sound_segments
from searchlib.index.store import IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.ingest.record import digest, stored_json
from searchlib.schema import TEXTS_DIGEST, Schema
from searchlib.schema.archive_settings import date_settings

__all__ = ["RepairReport", "repair"]

_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"  # starts a frame of Zstandard (RFC 8878)
_MAX_BLOCK = 1 << 28  # bytes of a scanned block, unpacked
_MAX_FRAME_HEADER = 18  # bytes
_SCAN_STEP = 1 << 24  # bytes
_MAX_REJECTED = 20  # articles of a segment that are reported one by one
_MAX_NAMED = 20  # articles that a problem names
_SETTINGS = ("language", "zone", "week_start", "day_first", "layout", "stories")
_DECODE = json.JSONDecoder().raw_decode

#: What is written of an article of a Whoosh program: its row and its JSON, made of what is stored.
Restore = Callable[[Schema, dict[str, Any]], tuple[dict[str, Any], bytes]]


@dataclass
class RepairReport:
    """How many articles were saved, how many are known to be lost, and what was wrong, one problem
    a line. ``incomplete`` are the keys of saved articles that lack what is not stored.

    >>> RepairReport(saved=3).lost
    0
    """

    saved: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)


def repair(
    directory: Directory, into: Directory, schema: Schema | None = None,
    restore: Restore | None = None,
) -> RepairReport:  # fmt: skip
    """Create a new archive in ``into`` with all articles of ``directory`` that can be read.

    The damaged archive is not changed. ``schema`` is needed if its manifest cannot be read. Deleted
    articles stay deleted, unless the file that marks them is damaged; the report says so. Of
    several articles with one key the last is saved. ``restore`` makes the documents of a Whoosh
    program again. Raises :class:`CorruptArchive` if the manifest is damaged and no schema is given,
    and :class:`ArchiveError` if ``into`` has an archive.

    >>> import tempfile
    >>> from searchlib.schema import NEWS
    >>> directory = Directory(tempfile.mkdtemp())
    >>> _ = IndexStore.create(directory, NEWS)
    >>> repair(directory, Directory(tempfile.mkdtemp()))
    RepairReport(saved=0, lost=0, problems=[], incomplete=[])
    """
    if into.exists(MANIFEST):
        raise ArchiveError(
            f"{into.path}: there is an archive here already: name a new folder for what is saved",
            into.path,
        )
    report = RepairReport()
    manifest, settings = None, {}
    try:
        manifest = read_manifest(directory)
        settings = _settings(directory, report)
    except CorruptArchive as error:
        if schema is None:
            cure = "name its fields, which were in it (repair --schema: news, or a file)"
            raise CorruptArchive(error.file, f"{error.why}: {cure}") from None
        report.problems.append(
            f"{error}; the new archive has the default settings, and no standing queries"
        )
    if schema is None:
        assert manifest is not None
        schema = manifest.schema
    segments: Sequence[SegmentInfo | str] = manifest.segments if manifest else _segments(directory)
    analysis = CURRENT_VERSION
    if not schema.stores_all:
        segments, analysis = _described(directory, segments)
        analysis = manifest.analysis if manifest else analysis
    # Later commits have higher numbers than those of the damaged archive, so that tokens go on.
    generation = manifest.generation if manifest else 0
    IndexStore.create(into, schema, analysis=analysis, generation=generation, **settings)
    store = IndexStore(into, schema)  # with the field types that a Whoosh program gives
    with IndexWriter(store) as writer:
        saver = _Saver(directory, writer, report, restore)
        if not schema.stores_all:
            segments = saver.take_over(segments, settings, has_manifest=manifest is not None)
            writer.commit()
        for segment in segments:
            saver.save(segment)
        writer.commit()
        if manifest is not None:
            # Afterwards: the saved articles are no news.
            saver.save_watches(manifest.watches)
            saver.save_alerts(manifest.alerts)
            writer.commit()
    with store.reader() as reader:
        report.saved = reader.live_count
    return report


def _settings(directory: Directory, report: RepairReport) -> dict[str, Any]:
    """The settings of a damaged archive; none if it cannot be opened with them."""
    try:
        settings = IndexStore(directory).settings
        date_settings(settings)
    except (CorruptArchive, ValueError) as error:
        why = (
            error if isinstance(error, CorruptArchive) else f"{directory.path / MANIFEST}: {error}"
        )
        report.problems.append(f"{why}; the new archive has the default settings")
        return {}
    return {name: settings[name] for name in _SETTINGS if name in settings}


def _segments(directory: Directory) -> list[str]:
    return [
        name for name in directory.list_files() if is_archive_file(name) and name.endswith(".seg")
    ]


def _described(
    directory: Directory, segments: Sequence[SegmentInfo | str]
) -> tuple[list[SegmentInfo | str], int]:
    """The segments, those that are only names as they describe themselves, where they can; and the
    version of their analysis."""
    described: list[SegmentInfo | str] = []
    analysis = CURRENT_VERSION
    for segment in segments:
        try:
            if isinstance(segment, str):
                segment, analysis = segment_info(directory, segment)
        except (SearchlibError, ValueError):
            pass  # saving its articles says what is wrong
        described.append(segment)
    return described, analysis


class _Found(NamedTuple):
    """An article that its digest proves; ``is_live`` unless it may have been deleted."""

    data: bytes
    is_live: bool


class _Saver:
    """Saves segments one by one, whatever they hold."""

    def __init__(
        self, directory: Directory, writer: IndexWriter, report: RepairReport,
        restore: Restore | None = None,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._writer = writer
        self._report = report
        self._restore = restore
        self._live_keys: set[str] = set()  # of the saved articles that were not deleted

    def take_over(
        self, segments: Sequence[SegmentInfo | str], settings: Mapping[str, Any], *,
        has_manifest: bool,
    ) -> list[SegmentInfo | str]:  # fmt: skip
        """Save the sound segments whole; returns the others."""
        infos = [segment for segment in segments if not isinstance(segment, str)]
        sound = sound_segments(
            self._directory, infos, self._writer.schema, settings, self._add_problem,
            has_manifest=has_manifest,
        )  # fmt: skip
        for one in sound:
            self._writer.take_over(self._directory, one.info, one.live_docs)
            if one.is_known:
                self._live_keys |= {one.keys[at] for at in np.flatnonzero(one.live_docs).tolist()}
        whole = {one.info.file for one in sound}
        return [one for one in segments if isinstance(one, str) or one.file not in whole]

    def save(self, segment: SegmentInfo | str) -> None:
        """Save the articles of a segment; only its file name is known if the manifest is damaged.

        All that is wrong with it is reported; only errors of the new archive are raised.
        """
        schema, saved = self._writer.schema, 0
        partly: list[str] = []  # keys
        path = self._directory.path / (segment if isinstance(segment, str) else segment.file)
        rejected: list[str] = []
        for article, is_live in self._articles(segment):
            try:
                row, data, is_whole = self._row(_record(article))
            except (SearchlibError, ValueError, RecursionError) as error:
                rejected.append(f"{path}: an article is rejected: {error}")
                continue
            key = row[schema.key]
            if key in self._live_keys:
                which = "the last" if is_live else "the one that was not deleted"
                rejected.append(f"{path}: key {key!r} is there twice: {which} is saved")
                if not is_live:
                    continue
            else:
                saved += 1
            if not is_whole:
                partly.append(key)
            if is_live:
                self._live_keys.add(key)
            self._writer.put(key, digest(data), row, data)
        self._report.problems += rejected[:_MAX_REJECTED]
        if len(rejected) > _MAX_REJECTED:
            self._report.problems.append(f"{path}: {len(rejected) - _MAX_REJECTED} more of these")
        if partly:
            keys = partly[:_MAX_NAMED]
            if len(partly) > len(keys):
                keys.append(f"and {len(partly) - len(keys):,} more")
            # Those of a Whoosh program say nothing to it.
            named = "" if schema.is_exact else f": {', '.join(keys)}"
            what, them = "1 article is", "it"
            if len(partly) > 1:
                what, them = f"{len(partly):,} articles are", "them"
            self._report.problems.append(
                f"{path}: {what} saved without what is not stored "
                f"({', '.join(schema.unstored)}): add {them} again{named}"
            )
            self._report.incomplete += partly
        if not isinstance(segment, str):
            self._report.lost += max(0, segment.live_count - saved)

    def _row(self, record: dict[str, Any]) -> tuple[dict[str, Any], bytes, bool]:
        """The row of a stored article, what is stored of it, and whether that is all of it."""
        schema = self._writer.schema
        if schema.is_exact:
            if self._restore is None:
                raise ValueError("nothing makes the documents of a Whoosh program again")
            return *self._restore(schema, record), not schema.unstored
        is_whole = not schema.unstored or record.pop(TEXTS_DIGEST, None) is None
        row = schema.normalize(record)
        return row, stored_json(row, schema), is_whole

    def save_watches(self, watches: WatchFile | None) -> None:
        """Save the standing queries, if their file is as it was written."""
        try:
            data = read_watch_file(self._directory, watches)
        except ArchiveError as error:
            self._report.problems.append(f"{error}; the standing queries are lost")
            return
        if data:
            self._writer.put_watches(data)

    def save_alerts(self, files: Iterable[AlertFile]) -> None:
        """Save the alerts, if their files are as they were written. Who reads on from before those
        of others is told so, as if they had been forgotten."""
        for info in files:
            try:
                commits = read_alert_file(self._directory, info)
            except CorruptArchive as error:
                self._report.problems.append(f"{error}; its alerts are lost")
                commits = [forgotten(info.last)]
            self._writer.put_alerts(commits)

    def _articles(self, segment: SegmentInfo | str) -> Iterator[_Found]:
        """The articles of a segment; those that its doc store does not give, by a scan."""
        if isinstance(segment, str):
            yield from self._scan(segment, lambda _: True)
            return
        path = self._directory.path / segment.file
        try:
            core = SegmentCore(self._directory, segment, Cache(0))
        except Exception as error:
            self._add_problem(path, error)
            if segment.deleted_docs is not None:
                why = "which of its articles were deleted is not known: they may be back"
                self._report.problems.append(f"{path}: {why}")
            yield from self._scan(segment.file, lambda _: True)
            return
        core.acquire()
        try:
            live_docs = self._live_docs(segment)
            unread = np.ones(segment.documents, bool) if live_docs is None else live_docs.copy()
            for article in self._read(core, unread):
                yield _Found(article, live_docs is not None)
            if not unread.any():
                return
            try:
                digests_start = core.segment_file.offset("key.digests")
            except Exception as error:
                self._add_problem(path, error)
                return

            def is_unread(digest_offset: int) -> bool:
                document, rest = divmod(digest_offset - digests_start, 16)
                return not rest and 0 <= document < len(unread) and bool(unread[document])

            for article, _ in self._scan(segment.file, is_unread):
                yield _Found(article, live_docs is not None)
        finally:
            core.release()

    def _live_docs(self, segment: SegmentInfo) -> npt.NDArray[np.bool_] | None:
        """Which documents are live; None if that is not known."""
        if segment.deleted_docs is None:
            return np.ones(segment.documents, bool)
        try:
            return live_docs_of(self._directory, segment.deleted_docs, segment.documents)
        except Exception as error:
            self._add_problem(
                self._directory.path / segment.deleted_docs.file, error,
                "; articles it marks as deleted may be back",
            )  # fmt: skip
            return None

    def _read(self, core: SegmentCore, unread: npt.NDArray[np.bool_]) -> Iterator[bytes]:
        """The articles of the documents in ``unread`` that the doc store gives and that agree with
        their digests; these are set to False there."""
        path, problems = Path(core.segment_file.file), self._report.problems
        first_problem = len(problems)
        try:
            core.segment_file.verify_all()
        except Exception as error:
            self._add_problem(path, error)
        for document in np.flatnonzero(unread).tolist():
            try:
                article = core.doc_store[document]
                digests = core.segment_file.slice("key.digests")
                if digest(article) != digests.read(16 * document, 16 * document + 16).tobytes():
                    raise CorruptArchive(path, f"article {document} is not what was written")
            except Exception as error:
                if len(problems) == first_problem:
                    self._add_problem(path, error)
                continue
            unread[document] = False
            yield article

    def _scan(self, file: str, is_wanted: Callable[[int], bool]) -> Iterator[_Found]:
        try:
            for article in _scan(self._directory, file, is_wanted):
                yield _Found(article, is_live=False)
        except Exception as error:
            self._add_problem(self._directory.path / file, error)

    def _add_problem(self, path: Path, error: Exception, consequence: str = "") -> None:
        text = str(error) if isinstance(error, SearchlibError) else f"{path}: {error!r}"
        if f"{text}{consequence}" not in self._report.problems:
            self._report.problems.append(f"{text}{consequence}")


def _record(article: bytes) -> dict[str, Any]:
    """The JSON object of an article; ValueError if it is none."""
    record = json.loads(article)
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")
    return record


def _scan(directory: Directory, name: str, is_wanted: Callable[[int], bool]) -> Iterator[bytes]:
    """The articles found in a damaged file whose digest is in it too; ``is_wanted`` tells from the
    offset of a digest whether the article is to be returned."""
    with directory.map_file(name) as data:
        offsets = _digest_offsets(data, {digest(article) for article in _scan_articles(data)})
        for article in _scan_articles(data):
            if any(is_wanted(offset) for offset in offsets.pop(digest(article), ())):
                yield article


def _scan_articles(data: mmap) -> Iterator[bytes]:
    """Every JSON object in every Zstandard frame of a file."""
    offset = data.find(_FRAME_MAGIC)
    while offset >= 0:
        text = _unpack(data, offset)
        start = text.find("{")
        while start >= 0:
            try:
                _, end = _DECODE(text, start)
            except (ValueError, RecursionError):
                start = text.find('{"', start + 1)
                continue
            yield text[start:end].encode()
            start = text.find("{", end)
        offset = data.find(_FRAME_MAGIC, offset + len(_FRAME_MAGIC))


def _unpack(data: mmap, offset: int) -> str:
    """The text of the frame at an offset; nothing if it is not a frame."""
    try:
        size = zstandard.frame_content_size(data[offset : offset + _MAX_FRAME_HEADER])
        if not 0 < size <= _MAX_BLOCK:
            return ""
        # A frame is never much longer than its content.
        packed = data[offset : offset + size + size // 128 + 1024]
        return zstandard.ZstdDecompressor().decompress(packed).decode("utf-8", "replace")
    except zstandard.ZstdError:
        return ""


def _digest_offsets(data: mmap, digests: set[bytes]) -> dict[bytes, list[int]]:
    """Where in the file these digests are. They start at multiples of their length, 16."""
    heads = np.array([int.from_bytes(d[:8], "little") for d in digests], "<u8")
    offsets: dict[bytes, list[int]] = {}
    for start in range(0, len(data), _SCAN_STEP):
        chunk = data[start : start + _SCAN_STEP]
        first_halves = np.frombuffer(chunk, "<u8", len(chunk) // 16 * 2)[::2]
        for index in np.flatnonzero(np.isin(first_halves, heads)).tolist():
            candidate = chunk[16 * index : 16 * index + 16]
            if candidate in digests:
                offsets.setdefault(candidate, []).append(start + 16 * index)
    return offsets
