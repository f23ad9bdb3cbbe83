"""Reads every byte of an archive and compares it with what was written."""

from __future__ import annotations

from collections.abc import Iterator

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.index.manifest import Manifest, SegmentInfo, read_manifest
from searchlib.index.segment_reader import SegmentCore, SegmentReader
from searchlib.ingest.record import digest
from searchlib.schema import Date, Keyword, Number, Schema, Text

__all__ = ["check"]

_TRIES = 20  # to read a commit through while a writer makes others


def check(directory: Directory) -> list[str]:
    """What is wrong with the archive, a line each; nothing if all is well.

    The files are opened anew and every checksum is compared; then every article is unpacked and
    compared with its own digest, and every key must be held by one live article only.

    >>> import tempfile
    >>> check(Directory(tempfile.mkdtemp()))  # doctest: +ELLIPSIS
    ['...: no archive here: make one with searchlib index FILES']
    """
    problems: list[str] = []
    try:
        for _ in range(_TRIES):
            manifest = read_manifest(directory)
            problems = list(_problems(directory, manifest))
            if not problems or read_manifest(directory) == manifest:
                break  # else: a commit has taken files away meanwhile
    except ArchiveError as error:
        return [str(error)]
    return problems


def _problems(directory: Directory, manifest: Manifest) -> Iterator[str]:
    seen: set[bytes] = set()
    for info in manifest.segments:
        try:
            data = SegmentCore(directory, info, Cache(0))
            data.use()
            try:
                _compare(directory, data, info, manifest.schema, seen)
            finally:
                data.release()
        except ArchiveError as error:
            yield str(error)


def _compare(
    directory: Directory, data: SegmentCore, info: SegmentInfo, schema: Schema, seen: set[bytes]
) -> None:
    data.segment_file.verify_all()
    live = SegmentReader(directory, data, info).live
    for name in schema.names(Text, Keyword, Date, Number):
        _ = data.text(name), data.keyword(name), data.number(name)
    digests = data.keys.digests()
    for document, article in enumerate(data.stored):
        if digest(article) != digests[16 * document : 16 * document + 16]:
            raise CorruptArchive(
                data.segment_file.file, f"article {document} is not what was written"
            )
        if live is None or live[document]:
            key = data.keys.keys[document]
            if key in seen:
                raise CorruptArchive(data.segment_file.file, f"key {key.decode()!r} is there twice")
            seen.add(key)
