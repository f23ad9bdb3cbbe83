"""Reads every byte of an archive and compares it with what was written."""

from __future__ import annotations

from collections.abc import Iterator

from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.schema import Date, Keyword, Number, Schema, Text
from searchlib.storage.cache import Cache
from searchlib.storage.columns import digest
from searchlib.storage.folder import Folder
from searchlib.storage.manifest import Manifest, SegmentInfo, read_manifest
from searchlib.storage.segment import Segment, SegmentData

__all__ = ["check"]

_TRIES = 20  # to read a commit through while a writer makes others


def check(folder: Folder) -> list[str]:
    """What is wrong with the archive, a line each; nothing if all is well.

    The files are opened anew and every checksum is compared; then every article is unpacked and
    compared with its own digest, and every key must be held by one live article only.

    >>> import tempfile
    >>> check(Folder(tempfile.mkdtemp()))  # doctest: +ELLIPSIS
    ['...: no archive here: make one with searchlib index FILES']
    """
    problems: list[str] = []
    try:
        for _ in range(_TRIES):
            manifest = read_manifest(folder)
            problems = list(_problems(folder, manifest))
            if not problems or read_manifest(folder) == manifest:
                break  # else: a commit has taken files away meanwhile
    except ArchiveError as error:
        return [str(error)]
    return problems


def _problems(folder: Folder, manifest: Manifest) -> Iterator[str]:
    seen: set[bytes] = set()
    for info in manifest.segments:
        try:
            data = SegmentData(folder, info, Cache(0))
            data.use()
            try:
                _compare(folder, data, info, manifest.schema, seen)
            finally:
                data.release()
        except ArchiveError as error:
            yield str(error)


def _compare(
    folder: Folder, data: SegmentData, info: SegmentInfo, schema: Schema, seen: set[bytes]
) -> None:
    data.container.verify_all()
    live = Segment(folder, data, info).live
    for name in schema.names(Text, Keyword, Date, Number):
        _ = data.text(name), data.keyword(name), data.number(name)
    digests = data.keys.digests()
    for document, article in enumerate(data.stored):
        if digest(article) != digests[16 * document : 16 * document + 16]:
            raise CorruptArchive(data.container.file, f"article {document} is not what was written")
        if live is None or live[document]:
            key = data.keys.keys[document]
            if key in seen:
                raise CorruptArchive(data.container.file, f"key {key.decode()!r} is there twice")
            seen.add(key)
