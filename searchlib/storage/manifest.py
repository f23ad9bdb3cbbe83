"""The manifest: one JSON file that says what the archive is as of its last commit.

It names the segments, their lengths and checksums, the deletes of each, and the schema. A
commit puts a new manifest in the place of the old one, all or nothing. It carries its own
CRC-32, and its format number tells later versions how to read everything else.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive, SchemaError
from searchlib.schema import Schema
from searchlib.storage.folder import Folder

__all__ = ["MANIFEST", "Deletes", "Manifest", "SegmentInfo", "read_manifest"]

MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Deletes:
    """The file that marks a segment's deleted documents, how many they are, and its CRC-32."""

    file: str
    count: int
    crc: int


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment's file, its documents (deleted ones too), length in bytes and footer's CRC."""

    file: str
    documents: int
    bytes: int
    crc: int
    deletes: Deletes | None = None

    @property
    def live(self) -> int:
        """How many documents are not deleted."""
        return self.documents - (self.deletes.count if self.deletes else 0)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One commit. ``serial`` numbers the files that were ever made, so no name comes twice."""

    schema: Schema
    generation: int = 0
    serial: int = 0
    segments: tuple[SegmentInfo, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def files(self) -> set[str]:
        """The files that this commit needs, besides the manifest."""
        deletes = {s.deletes.file for s in self.segments if s.deletes}
        return {s.file for s in self.segments} | deletes

    def next(self, **changes: Any) -> Manifest:
        """The commit after this one."""
        return replace(self, generation=self.generation + 1, **changes)

    def to_bytes(self) -> bytes:
        """The manifest as it is written."""
        body = {
            "format": _FORMAT,
            "generation": self.generation,
            "serial": self.serial,
            "settings": self.settings,
            "schema": self.schema.to_json(),
            "segments": [asdict(segment) for segment in self.segments],
        }
        text = json.dumps(body, indent=1).encode()
        return text + b"\n%08x\n" % zlib.crc32(text)


def read_manifest(folder: Folder) -> Manifest:
    """The manifest of the last commit.

    Raises :class:`ArchiveNotFound` where there is none, :class:`CorruptArchive` if it is not
    what was written.
    """
    if not folder.exists(MANIFEST):
        if any(name.endswith(".seg") for name in folder.names()):
            raise CorruptArchive(folder.path / MANIFEST, "it is missing, its segments are there")
        raise ArchiveNotFound(f"{folder.path}: no archive here: make one first", folder.path)
    data = folder.read(MANIFEST)
    try:
        return _read(data)
    except _FromTheFuture as error:
        raise ArchiveError(
            f"{folder.path}: this archive has format {error}, this version of searchlib reads "
            f"format {_FORMAT}: use a later version",
            folder.path,
        ) from None
    except (ValueError, KeyError, TypeError, SchemaError, RecursionError) as error:
        raise CorruptArchive(folder.path / MANIFEST, str(error) or repr(error)) from None


class _FromTheFuture(Exception):
    pass


def _read(data: bytes) -> Manifest:
    text, _, crc = data.removesuffix(b"\n").rpartition(b"\n")
    if crc != b"%08x" % zlib.crc32(text):
        raise ValueError("its checksum is wrong")
    body = json.loads(text)
    if body["format"] != _FORMAT:
        raise _FromTheFuture(body["format"])
    return Manifest(
        schema=Schema.from_json(body["schema"]),
        generation=body["generation"],
        serial=body["serial"],
        settings=body["settings"],
        segments=tuple(_segment(entry) for entry in body["segments"]),
    )


def _segment(entry: dict[str, Any]) -> SegmentInfo:
    deletes = entry.pop("deletes")
    return SegmentInfo(**entry, deletes=Deletes(**deletes) if deletes else None)
