"""Saves what can be read of a damaged archive into a new one.

An article is believed only if its digest, which the segment keeps of each, says that it is what
was written. What is too damaged to be opened is searched for packed blocks of articles.
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
from searchlib.index.manifest import SegmentInfo, is_ours, read_manifest
from searchlib.index.segment_reader import SegmentCore, read_live
from searchlib.index.store import IndexStore
from searchlib.ingest.record import digest
from searchlib.schema import Schema

__all__ = ["Repair", "repair"]

_MAGIC = b"\x28\xb5\x2f\xfd"  # a frame of Zstandard (RFC 8878)
_LONGEST = 1 << 28  # bytes of a block that was found by its looks
_HEADER = 18  # bytes of a frame's head at most
_WINDOW = 1 << 24
_READ = json.JSONDecoder().raw_decode


@dataclass
class Repair:
    """What was saved, how many articles are known to be lost, and what was wrong, a line each.

    >>> Repair(saved=3).lost
    0
    """

    saved: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)


def repair(directory: Directory, into: Directory, schema: Schema | None = None) -> Repair:
    """Make a new archive in ``into`` with all articles of ``folder`` that can be read.

    The damaged archive is not changed. ``schema`` is needed if its manifest cannot be read.
    Deleted articles stay deleted, unless it is the record of deletes that is damaged; the report
    says so. Raises :class:`CorruptArchive` if the manifest is damaged and no schema is given.

    >>> import tempfile
    >>> from searchlib.schema import NEWS
    >>> folder = Directory(tempfile.mkdtemp())
    >>> _ = IndexStore.create(folder, NEWS)
    >>> repair(folder, Directory(tempfile.mkdtemp()))
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
    names = [name for name in directory.names() if is_ours(name) and name.endswith(".seg")]
    segments: list[SegmentInfo | str] = [*(manifest.segments if manifest else names)]
    made = IndexStore.create(into, schema, **settings)
    with IndexWriter(made) as writer:
        for segment in segments:
            _save(directory, segment, writer, report)
        writer.commit()
    with made.snapshot() as snapshot:
        report.saved = snapshot.live
    return report


def _save(
    directory: Directory, segment: SegmentInfo | str, writer: IndexWriter, report: Repair
) -> None:
    """Save a segment; of one that no manifest tells of, only the name is known."""
    saved = 0
    try:
        if isinstance(segment, str):
            articles = _scanned(directory, segment, lambda _: True)
        else:
            articles = _read(directory, segment, report)
        for number, article in enumerate(articles, 1):
            saved = number
            _put(article, writer)
    except CorruptArchive as error:  # the file is gone
        report.problems.append(str(error))
    if not isinstance(segment, str):
        report.lost += max(0, segment.live - saved)


def _put(article: bytes, writer: IndexWriter) -> None:
    row = writer.schema.normalize(json.loads(article))
    writer.put(row[writer.schema.key], digest(article), row, article)


def _read(directory: Directory, info: SegmentInfo, report: Repair) -> Iterator[bytes]:
    """The live articles of a segment, by its tables if it is whole."""
    live = None
    if info.deletes is not None:
        try:
            live = read_live(directory, info.deletes, info.documents)
        except CorruptArchive as error:
            report.problems.append(f"{error}; articles it marks as deleted may be back")
    try:
        data = SegmentCore(directory, info, Cache(0))
    except CorruptArchive as error:
        report.problems.append(str(error))
        if live is not None:
            why = "which of its articles were deleted is not known: they may be back"
            report.problems.append(f"{directory.path / info.file}: {why}")
        yield from _scanned(directory, info.file, lambda _: True)
        return
    try:
        data.segment_file.verify_all()
        for document, article in enumerate(data.stored):
            if live is None or live[document]:
                yield article
    except CorruptArchive as error:
        report.problems.append(str(error))
        start = data.segment_file.offset("key.digests")

        def is_live(place: int) -> bool:
            document = (place - start) // 16
            within = 0 <= document < info.documents
            return within and (live is None or bool(live[document]))

        yield from _scanned(directory, info.file, is_live)
    finally:
        data.use()
        data.release()


def _scanned(directory: Directory, name: str, is_live: Callable[[int], bool]) -> Iterator[bytes]:
    """The articles that can be found in a damaged file and are what was written; ``is_live``
    says it of the place of an article's digest."""
    with directory.map(name) as raw:
        places = _places(raw, {digest(article) for article in _articles(raw)})
        for article in _articles(raw):
            if any(is_live(place) for place in places.pop(digest(article), ())):
                yield article


def _articles(raw: mmap) -> Iterator[bytes]:
    """Everything in a file that looks like packed articles."""
    at = raw.find(_MAGIC)
    while at >= 0:
        text = _unpacked(raw, at)
        start = text.find("{")
        while start >= 0:
            try:
                _, end = _READ(text, start)
            except (ValueError, RecursionError):
                start = text.find('{"', start + 1)
                continue
            yield text[start:end].encode()
            start = text.find("{", end)
        at = raw.find(_MAGIC, at + len(_MAGIC))


def _unpacked(raw: mmap, at: int) -> str:
    try:
        size = zstandard.frame_content_size(raw[at : at + _HEADER])
        if not 0 < size <= _LONGEST:
            return ""
        # A frame is never much longer than what it holds.
        packed = raw[at : at + size + size // 128 + 1024]
        return zstandard.ZstdDecompressor().decompress(packed).decode("utf-8", "replace")
    except zstandard.ZstdError:
        return ""


def _places(raw: mmap, digests: set[bytes]) -> dict[bytes, list[int]]:
    """Where in the file these digests stand. They do so at multiples of their length."""
    heads = np.array([int.from_bytes(d[:8], "little") for d in digests], "<u8")
    found: dict[bytes, list[int]] = {}
    for start in range(0, len(raw), _WINDOW):
        window = raw[start : start + _WINDOW]
        pairs = np.frombuffer(window, "<u8", len(window) // 16 * 2)[::2]
        for place in np.flatnonzero(np.isin(pairs, heads)).tolist():
            one = window[16 * place : 16 * place + 16]
            if one in digests:
                found.setdefault(one, []).append(start + 16 * place)
    return found
