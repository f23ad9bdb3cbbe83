"""The manifest: one JSON file that says what the archive is as of its last commit.

It names the segments, their lengths and checksums, the deletes of each, and the schema. A
commit puts a new manifest in the place of the old one, all or nothing. It carries its own
CRC-32, and its format number tells later versions how to read everything else.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive, SchemaError
from searchlib.schema import Schema

__all__ = ["MANIFEST", "Deletes", "Manifest", "SegmentInfo", "is_ours", "read_manifest"]

MANIFEST = "manifest.json"
_FORMAT = 2  # what is written
_FORMATS = (1, 2)  # what is read: see searchlib.codec.offsets for what 1 had instead
_LONGEST = 1 << 22  # bytes of a manifest: some 15,000 segments
_SEGMENT = re.compile(r"[0-9]{8,18}\.seg\Z")
_DELETES = re.compile(r"[0-9]{8,18}\.del\Z")
_OURS = re.compile(r"[0-9]{8,18}\.(seg|del)\Z|manifest\.json\.new\Z|draft-[^/]*\.tmp\Z")


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
    """One commit. ``serial`` numbers the files that were ever made, so no name comes twice;
    ``commit_data`` is plain JSON data of whoever made the commit, kept with it unread."""

    schema: Schema
    generation: int = 0
    serial: int = 0
    segments: tuple[SegmentInfo, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    commit_data: list[Any] = field(default_factory=list)

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
        if self.commit_data:
            body["reading"] = self.commit_data  # its name in the file, from when it had one use
        text = json.dumps(body, indent=1).encode()
        return text + b"\n%08x\n" % crc32(text)


def is_ours(name: str) -> bool:
    """Whether a file of that name is an archive's, and may be swept when no commit needs it.

    >>> is_ours("00000001.seg"), is_ours("manifest.json.new"), is_ours("notes.seg")
    (True, True, False)
    """
    return bool(_OURS.match(name))


def read_manifest(directory: Directory) -> Manifest:
    """The manifest of the last commit.

    Raises :class:`ArchiveNotFound` where there is none, :class:`CorruptArchive` if it is not
    what was written.
    """
    if not directory.exists(MANIFEST):
        if any(_SEGMENT.match(name) for name in directory.names()):
            raise CorruptArchive(directory.path / MANIFEST, "it is missing, its segments are there")
        raise ArchiveNotFound(
            f"{directory.path}: no archive here: make one with searchlib index FILES",
            directory.path,
        )
    data = directory.read(MANIFEST, _LONGEST)
    try:
        return _read(data)
    except _FromTheFuture as error:
        raise ArchiveError(
            f"{directory.path}: this archive has format {error}, this version of searchlib reads "
            f"up to format {_FORMAT}: use a later version",
            directory.path,
        ) from None
    except (LookupError, TypeError, ValueError, RecursionError, SchemaError) as error:
        raise CorruptArchive(directory.path / MANIFEST, str(error) or repr(error)) from None


class _FromTheFuture(Exception):
    pass


def _read(data: bytes) -> Manifest:
    text, _, crc = data.removesuffix(b"\n").rpartition(b"\n")
    if crc != b"%08x" % crc32(text):
        raise ValueError("its checksum is wrong")
    body = json.loads(text)
    if _whole(body["format"]) not in _FORMATS:
        raise _FromTheFuture(body["format"])
    segments = tuple(_segment(entry) for entry in body["segments"])
    serial = _whole(body["serial"])
    files = [s.file for s in segments] + [s.deletes.file for s in segments if s.deletes]
    if len(set(files)) < len(files) or any(int(file[:-4]) > serial for file in files):
        raise ValueError("it names a file twice, or one that was never made")
    if not isinstance(body["settings"], dict):
        raise ValueError("its settings are not well formed")
    commit_data = body.get("reading", [])  # the first archives had none
    if not isinstance(commit_data, list):
        raise ValueError("its commit data are not a list")
    return Manifest(
        schema=Schema.from_json(body["schema"]),
        generation=_whole(body["generation"]),
        serial=serial,
        settings=body["settings"],
        segments=segments,
        commit_data=commit_data,
    )


def _segment(entry: Any) -> SegmentInfo:
    documents = _whole(entry["documents"], 1 << 32)
    deletes = None
    if entry["deletes"] is not None:
        made = entry["deletes"]
        count, crc = _whole(made["count"], documents), _whole(made["crc"], 1 << 32)
        deletes = Deletes(_name(made["file"], _DELETES), count, crc)
    size, crc = _whole(entry["bytes"]), _whole(entry["crc"], 1 << 32)
    return SegmentInfo(_name(entry["file"], _SEGMENT), documents, size, crc, deletes)


def _whole(value: Any, most: int = 1 << 53) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value!r:.40} is not a whole number from 0 to {most}")
    return value


def _name(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise ValueError(f"{value!r:.40} is not the name of a file of an archive")
    return value
