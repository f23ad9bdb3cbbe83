"""Reads every byte of an archive and compares it with what was written."""

from __future__ import annotations

from collections.abc import Iterator

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.index.alert_log import read_alert_file
from searchlib.index.manifest import Manifest, SegmentInfo, read_manifest
from searchlib.index.segment_check import check_segment, zone_of
from searchlib.index.segment_reader import SegmentCore, SegmentReader
from searchlib.index.watch_file import read_watch_file
from searchlib.schema.archive_settings import story_field_of

__all__ = ["check"]

_ATTEMPTS = 20  # to read one commit to its end while a writer makes others


def check(directory: Directory) -> list[str]:
    """What is wrong with the archive, one problem a line; an empty list if nothing is.

    Every file is opened anew and every checksum compared; then all that the segments hold is
    checked (:mod:`searchlib.index.segment_check`), and no two live articles may have the same key.

    >>> import tempfile
    >>> check(Directory(tempfile.mkdtemp()))  # doctest: +ELLIPSIS
    ['...: no archive here: make one with searchlib index FILES --archive ...']
    """
    problems: list[str] = []
    try:
        for _ in range(_ATTEMPTS):
            manifest = read_manifest(directory)
            problems = list(_problems(directory, manifest))
            if not problems or read_manifest(directory) == manifest:
                break  # else a later commit has deleted files meanwhile
    except ArchiveError as error:
        return [str(error)]
    return problems


def _problems(directory: Directory, manifest: Manifest) -> Iterator[str]:
    seen_keys: set[bytes] = set()
    for info in manifest.segments:
        try:
            core = SegmentCore(directory, info, Cache(0))
            core.acquire()
            try:
                _check_segment(directory, core, info, manifest, seen_keys)
            finally:
                core.release()
        except ArchiveError as error:
            yield str(error)
    try:
        read_watch_file(directory, manifest.watches)
    except ArchiveError as error:
        yield str(error)
    try:
        read_watch_file(directory, manifest.programs)
    except ArchiveError as error:
        yield f"{error}; the next commit of new articles makes these programs anew"
    for alerts in manifest.alerts:
        try:
            read_alert_file(directory, alerts)
        except ArchiveError as error:
            yield str(error)


def _check_segment(
    directory: Directory,
    core: SegmentCore,
    info: SegmentInfo,
    manifest: Manifest,
    seen_keys: set[bytes],
) -> None:
    """Raises ArchiveError for the first problem; adds the live articles' keys to ``seen_keys``."""
    core.segment_file.verify_all()
    live_docs = SegmentReader(directory, core, info).live_docs
    check_segment(
        core, manifest.schema, zone_of(manifest.settings), story_field_of(manifest.settings)
    )
    for document, key in enumerate(core.keys.keys):
        if live_docs is None or live_docs[document]:
            if key in seen_keys:
                raise CorruptArchive(core.segment_file.file, f"key {key.decode()!r} is there twice")
            seen_keys.add(key)
