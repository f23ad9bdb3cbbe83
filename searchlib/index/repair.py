"""Saves the readable articles of a damaged archive into a new one.

An article is taken only if it agrees with its digest, which the segment has of every article. A
segment too damaged to be opened is scanned for compressed blocks of articles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any

import numpy as np
import zstandard

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import SegmentInfo, is_archive_file, read_manifest
from searchlib.index.segment_reader import SegmentCore, live_docs_of
from searchlib.index.store import IndexStore
from searchlib.ingest.record import digest
from searchlib.schema import Schema

__all__ = ["Repair", "repair"]

_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"  # starts a frame of Zstandard (RFC 8878)
_MAX_BLOCK = 1 << 28  # bytes of a scanned block, unpacked
_MAX_FRAME_HEADER = 18  # bytes
_SCAN_STEP = 1 << 24  # bytes
_DECODE = json.JSONDecoder().raw_decode


@dataclass
class Repair:
    """How many articles were saved, how many are known to be lost, and what was wrong, one problem
    a line.

    >>> Repair(saved=3).lost
    0
    """

    saved: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)


def repair(directory: Directory, into: Directory, schema: Schema | None = None) -> Repair:
    """Create a new archive in ``into`` with all articles of ``directory`` that can be read.

    The damaged archive is not changed. ``schema`` is needed if its manifest cannot be read. Deleted
    articles stay deleted, unless the file that marks them is damaged; the report says so. Raises
    :class:`CorruptArchive` if the manifest is damaged and no schema is given.

    >>> import tempfile
    >>> from searchlib.schema import NEWS
    >>> directory = Directory(tempfile.mkdtemp())
    >>> _ = IndexStore.create(directory, NEWS)
    >>> repair(directory, Directory(tempfile.mkdtemp()))
    Repair(saved=0, lost=0, problems=[])
    """
    report = Repair()
    settings: dict[str, Any] = {}
    try:
        manifest = read_manifest(directory)
    except CorruptArchive as error:
        if schema is None:
            raise
        manifest = None
        report.problems.append(str(error))
    if manifest is not None:
        schema, settings = schema or manifest.schema, manifest.settings
    assert schema is not None
    segment_names = [
        name for name in directory.list_files() if is_archive_file(name) and name.endswith(".seg")
    ]
    segments: list[SegmentInfo | str] = [*(manifest.segments if manifest else segment_names)]
    store = IndexStore.create(into, schema, **settings)
    with IndexWriter(store) as writer:
        for segment in segments:
            _save(directory, segment, writer, report)
        writer.commit()
    with store.reader() as reader:
        report.saved = reader.live_count
    return report


def _save(
    directory: Directory, segment: SegmentInfo | str, writer: IndexWriter, report: Repair
) -> None:
    """Save the articles of a segment; only its file name is known if the manifest is damaged."""
    saved = 0
    try:
        if isinstance(segment, str):
            articles = _scan(directory, segment, lambda _: True)
        else:
            articles = _read(directory, segment, report)
        for number, article in enumerate(articles, 1):
            saved = number
            _put(article, writer)
    except CorruptArchive as error:  # the file is gone
        report.problems.append(str(error))
    if not isinstance(segment, str):
        report.lost += max(0, segment.live_count - saved)


def _put(article: bytes, writer: IndexWriter) -> None:
    row = writer.schema.normalize(json.loads(article))
    writer.put(row[writer.schema.key], digest(article), row, article)


def _read(directory: Directory, info: SegmentInfo, report: Repair) -> Iterator[bytes]:
    """The live articles of a segment: from its doc store if the file is whole, else by a scan."""
    live_docs = None
    if info.deleted_docs is not None:
        try:
            live_docs = live_docs_of(directory, info.deleted_docs, info.documents)
        except CorruptArchive as error:
            report.problems.append(f"{error}; articles it marks as deleted may be back")
    try:
        core = SegmentCore(directory, info, Cache(0))
    except CorruptArchive as error:
        report.problems.append(str(error))
        if live_docs is not None:
            why = "which of its articles were deleted is not known: they may be back"
            report.problems.append(f"{directory.path / info.file}: {why}")
        yield from _scan(directory, info.file, lambda _: True)
        return
    try:
        core.segment_file.verify_all()
        for document, article in enumerate(core.doc_store):
            if live_docs is None or live_docs[document]:
                yield article
    except CorruptArchive as error:
        report.problems.append(str(error))
        digests_start = core.segment_file.offset("key.digests")

        def is_live(digest_offset: int) -> bool:
            document = (digest_offset - digests_start) // 16
            is_document = 0 <= document < info.documents
            return is_document and (live_docs is None or bool(live_docs[document]))

        yield from _scan(directory, info.file, is_live)
    finally:
        core.acquire()
        core.release()


def _scan(directory: Directory, name: str, is_live: Callable[[int], bool]) -> Iterator[bytes]:
    """The articles found in a damaged file whose digest is in it too; ``is_live`` tells from the
    offset of the digest whether the article is not deleted."""
    with directory.map_file(name) as data:
        offsets = _digest_offsets(data, {digest(article) for article in _scan_articles(data)})
        for article in _scan_articles(data):
            if any(is_live(offset) for offset in offsets.pop(digest(article), ())):
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
