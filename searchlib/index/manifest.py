"""The manifest: one JSON file that says what the archive is as of its last commit.

It names the segment files and the files of deleted documents, with their lengths and checksums, and
holds the schema and the settings. A commit replaces it atomically. The last line is the CRC-32 of
all before it; the format number tells later versions how to read everything else::

    {"format": 3, "generation": 7, "serial": 12, "analysis": 2, "settings": {...}, "schema": {...},
     "segments": [{"file": "00000003.seg", "documents": 500, "bytes": 812345, "crc": 123,
                   "deletes": {"file": "00000012.del", "count": 4, "crc": 456}}, ...],
     "reading": [...], "watches": {"file": "00000013.wat", "bytes": 345, "crc": 789},
     "programs": {"file": "00000015.prg", "bytes": 678, "crc": 34},
     "alerts": [{"file": "00000014.alr", "bytes": 99, "crc": 12, "first": 6, "last": 7}, ...]}
    5f1c2a90

In the file, ``deletes`` are a segment's deleted docs and ``reading`` is the commit data (its one
use at first was the state of files that were being read). ``programs`` are those of the standing
queries, where a commit has kept them. ``analysis`` is the version of the rules
by which texts became terms (:mod:`searchlib.analysis.rules`); the first archives, of version 1,
have none. The language of texts that name none is the setting ``language``. A commit with standing
queries (``watches``) or ``alerts`` says format 4, for an earlier searchlib would lose them with its
next commit; one of an archive with stories (a setting) format 5, for it would lose the sketches of
the texts.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from searchlib.analysis import CURRENT_VERSION
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive, SchemaError
from searchlib.schema import DEFAULT_LANGUAGE, Schema, is_language
from searchlib.schema.archive_settings import check_story_settings

__all__ = [
    "MANIFEST",
    "TAKE_OVER",
    "AlertFile",
    "DeletedDocs",
    "Manifest",
    "SegmentInfo",
    "WatchFile",
    "holds_whoosh_index",
    "is_archive_file",
    "read_manifest",
    "whoosh_index_names",
]

MANIFEST = "manifest.json"
_FORMAT = 3  # what is written
#: What is read: searchlib.codec.offsets and .postings say how 1 differs. In 3 a segment may have
#: surface forms that stand under several terms (searchlib.codec.text_field).
_FORMATS = (1, 2, 3)
_WATCH_FORMAT = 4  # what is written where there are standing queries or alerts; all else is as in 3
_STORY_FORMAT = 5  # and where there are stories: segments have sketches, which merging must keep
_TERMS_FORMAT = 6  # and where fields have the terms of Whoosh field types (searchlib.schema.terms)
_ALL_FORMATS = (*_FORMATS, _WATCH_FORMAT, _STORY_FORMAT, _TERMS_FORMAT)
_MAX_SIZE = 1 << 22  # bytes of a manifest: some 15,000 segments
_SEGMENT_NAME = re.compile(r"[0-9]{8,18}\.seg\Z")
_DELETED_DOCS_NAME = re.compile(r"[0-9]{8,18}\.del\Z")
_WATCH_FILE_NAME = re.compile(r"[0-9]{8,18}\.wat\Z")
_PROGRAM_FILE_NAME = re.compile(r"[0-9]{8,18}\.prg\Z")
_ALERT_FILE_NAME = re.compile(r"[0-9]{8,18}\.alr\Z")
_WHOOSH_TOC = re.compile(r"_(.+)_[0-9]+\.toc\Z")
#: What to do with a Whoosh index.
TAKE_OVER = "searchlib import-whoosh FOLDER --archive NEW makes an archive of it"
_ARCHIVE_FILE_NAME = re.compile(
    r"[0-9]{8,18}\.(seg|del|wat|prg|alr)\Z|manifest\.json\.new\Z|draft-[^/]*\.tmp\Z"
)


@dataclass(frozen=True, slots=True)
class DeletedDocs:
    """The file that marks a segment's deleted documents, their number, and the file's CRC-32."""

    file: str
    count: int
    crc: int


@dataclass(frozen=True, slots=True)
class WatchFile:
    """The file of the standing queries, or that of their programs, its length in bytes, and its
    CRC-32."""

    file: str
    bytes: int
    crc: int


@dataclass(frozen=True, slots=True)
class AlertFile:
    """A file of alerts, its length in bytes, its CRC-32, and the generations of the first and the
    last commit whose alerts it has."""

    file: str
    bytes: int
    crc: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment of a commit: its file, the number of its documents (deleted ones too), the file's
    length in bytes, the CRC-32 of its footer, and its deleted documents."""

    file: str
    documents: int
    bytes: int
    crc: int
    deleted_docs: DeletedDocs | None = None

    @property
    def live_count(self) -> int:
        """The number of documents that are not deleted."""
        return self.documents - (self.deleted_docs.count if self.deleted_docs else 0)

    def to_json(self) -> dict[str, Any]:
        """The segment as the manifest writes it."""
        return {
            "file": self.file,
            "documents": self.documents,
            "bytes": self.bytes,
            "crc": self.crc,
            "deletes": asdict(self.deleted_docs) if self.deleted_docs else None,
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """One commit. ``serial`` is the number of the newest file that was ever written, so no file
    name is used twice; ``commit_data`` is plain JSON data of the one who commits, opaque here."""

    schema: Schema
    generation: int = 0
    serial: int = 0
    segments: tuple[SegmentInfo, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    commit_data: list[Any] = field(default_factory=list)
    analysis: int = CURRENT_VERSION
    watches: WatchFile | None = None
    programs: WatchFile | None = None
    alerts: tuple[AlertFile, ...] = ()

    def __post_init__(self) -> None:
        schema = self.schema.bound(self.analysis, self.language)
        object.__setattr__(self, "schema", schema)

    @property
    def language(self) -> str:
        """The language of texts for which neither the article nor the field names one."""
        language: str = self.settings.get("language", DEFAULT_LANGUAGE)
        return language

    def files(self) -> set[str]:
        """The files of this commit, besides the manifest."""
        deleted_docs = {s.deleted_docs.file for s in self.segments if s.deleted_docs}
        watches = {named.file for named in (self.watches, self.programs) if named}
        alerts = {a.file for a in self.alerts}
        return {s.file for s in self.segments} | deleted_docs | watches | alerts

    def next(self, **changes: Any) -> Manifest:
        """The commit after this one, with these attributes changed."""
        return replace(self, generation=self.generation + 1, **changes)

    @property
    def _format(self) -> int:
        """The lowest format in which nothing is lost."""
        if self.schema.is_exact:
            return _TERMS_FORMAT
        if "stories" in self.settings:
            return _STORY_FORMAT
        return _WATCH_FORMAT if self.watches or self.alerts else _FORMAT

    def to_bytes(self) -> bytes:
        """The contents of the file."""
        body = {
            "format": self._format,
            "generation": self.generation,
            "serial": self.serial,
            "analysis": self.analysis,
            "settings": self.settings,
            "schema": self.schema.to_json(),
            "segments": [segment.to_json() for segment in self.segments],
        }
        if self.commit_data:
            body["reading"] = self.commit_data
        if self.watches:
            body["watches"] = asdict(self.watches)
        if self.programs:
            body["programs"] = asdict(self.programs)
        if self.alerts:
            body["alerts"] = [asdict(alerts) for alerts in self.alerts]
        text = json.dumps(body, indent=1).encode()
        return text + b"\n%08x\n" % crc32(text)


def is_archive_file(name: str) -> bool:
    """Whether this is the name of a file that an archive writes, and deletes when no commit needs
    it.

    >>> is_archive_file("00000001.seg"), is_archive_file("manifest.json.new")
    (True, True)
    >>> is_archive_file("notes.seg")
    False
    """
    return bool(_ARCHIVE_FILE_NAME.match(name))


def whoosh_index_names(names: Iterable[str]) -> list[str]:
    """The names of the Whoosh indexes of which these are the files.

    >>> whoosh_index_names(["_MAIN_12.toc", "_MAIN_13.toc", "_other_1.toc", "a.toc"])
    ['MAIN', 'other']
    """
    return sorted({match[1] for match in map(_WHOOSH_TOC.match, names) if match})


def holds_whoosh_index(names: Iterable[str]) -> bool:
    """Whether these files of a folder are those of a Whoosh index.

    >>> holds_whoosh_index(["MAIN_WRITELOCK", "_MAIN_12.toc"]), holds_whoosh_index(["a.toc"])
    (True, False)
    """
    return bool(whoosh_index_names(names))


def read_manifest(directory: Directory) -> Manifest:
    """The manifest of the last commit.

    Raises :class:`ArchiveNotFound` where there is none, :class:`CorruptArchive` if it is not
    what was written.
    """
    if not directory.exists(MANIFEST):
        if any(_SEGMENT_NAME.match(name) for name in directory.list_files()):
            raise CorruptArchive(directory.path / MANIFEST, "it is missing, its segments are there")
        what = "no archive here"
        cure = f"make one with searchlib index FILES --archive {shlex.quote(str(directory.path))}"
        if holds_whoosh_index(directory.list_files()):
            what, cure = "a Whoosh index is here, and no archive", TAKE_OVER
        raise ArchiveNotFound(f"{directory.path}: {what}: {cure}", directory.path)
    data = directory.read(MANIFEST, _MAX_SIZE)
    try:
        return _parse(data)
    except _LaterFormat as error:
        raise ArchiveError(
            f"{directory.path}: this archive has format {error}, this version of searchlib reads "
            f"up to format {_TERMS_FORMAT}: use a later version",
            directory.path,
        ) from None
    except (LookupError, TypeError, ValueError, RecursionError, SchemaError) as error:
        raise CorruptArchive(directory.path / MANIFEST, str(error) or repr(error)) from None


class _LaterFormat(Exception):
    pass


def _parse(data: bytes) -> Manifest:
    text, _, crc = data.removesuffix(b"\n").rpartition(b"\n")
    if crc != b"%08x" % crc32(text):
        raise ValueError("its checksum is wrong")
    body = json.loads(text)
    if _whole_number(body["format"]) not in _ALL_FORMATS:
        raise _LaterFormat(body["format"])
    analysis = _whole_number(body.get("analysis", 1))
    if analysis not in range(1, CURRENT_VERSION + 1):
        raise _LaterFormat(f"{body['format']} with analysis {analysis}")
    segments = tuple(_parse_segment(entry) for entry in body["segments"])
    serial = _whole_number(body["serial"])
    watches: WatchFile | None = None
    programs: WatchFile | None = None
    alerts: tuple[AlertFile, ...] = ()
    if body["format"] == _WATCH_FORMAT or (
        body["format"] > _WATCH_FORMAT and ("watches" in body or "alerts" in body)
    ):
        watches, programs, alerts = _parse_watches(body)
    files = [s.file for s in segments] + [s.deleted_docs.file for s in segments if s.deleted_docs]
    files += [named.file for named in (watches, programs) if named]
    files += [a.file for a in alerts]
    if len(set(files)) < len(files) or any(int(file[:-4]) > serial for file in files):
        raise ValueError("it names a file twice, or one that was never made")
    if not isinstance(body["settings"], dict):
        raise ValueError("its settings are not well formed")
    check_story_settings(body["settings"], Schema.from_json(body["schema"]))
    language = body["settings"].get("language", DEFAULT_LANGUAGE)
    if not is_language(language):
        raise ValueError(f"its language {language!r:.40} is not known")
    commit_data = body.get("reading", [])  # the first archives had none
    if not isinstance(commit_data, list):
        raise ValueError("its commit data are not a list")
    return Manifest(
        schema=Schema.from_json(body["schema"]),
        generation=_whole_number(body["generation"]),
        serial=serial,
        settings=body["settings"],
        segments=segments,
        commit_data=commit_data,
        analysis=analysis,
        watches=watches,
        programs=programs,
        alerts=alerts,
    )


def _parse_watches(
    body: dict[str, Any],
) -> tuple[WatchFile | None, WatchFile | None, tuple[AlertFile, ...]]:
    """The files of the standing queries and their programs, and those of alerts; the first or the
    last there is."""
    alerts = tuple(_parse_alert_file(entry) for entry in body.get("alerts", ()))
    ends = [end for file in alerts for end in (file.first, file.last)]
    if ends != sorted(ends) or (ends and ends[-1] > body["generation"]):
        raise ValueError("its alerts are not in the order of the commits")
    if alerts and "watches" not in body:
        return None, None, alerts
    watches = _parse_watch_file(body["watches"], _WATCH_FILE_NAME)
    programs = body.get("programs")
    if programs is not None:
        programs = _parse_watch_file(programs, _PROGRAM_FILE_NAME)
    return watches, programs, alerts


def _parse_watch_file(entry: Any, pattern: re.Pattern[str]) -> WatchFile:
    return WatchFile(
        file=_file_name(entry["file"], pattern),
        bytes=_whole_number(entry["bytes"]),
        crc=_whole_number(entry["crc"], 1 << 32),
    )


def _parse_alert_file(entry: Any) -> AlertFile:
    return AlertFile(
        file=_file_name(entry["file"], _ALERT_FILE_NAME),
        bytes=_whole_number(entry["bytes"]),
        crc=_whole_number(entry["crc"], 1 << 32),
        first=_whole_number(entry["first"]),
        last=_whole_number(entry["last"]),
    )


def _parse_segment(entry: Any) -> SegmentInfo:
    documents = _whole_number(entry["documents"], 1 << 32)
    deleted_docs = None
    if (deletes := entry["deletes"]) is not None:
        deleted_docs = DeletedDocs(
            file=_file_name(deletes["file"], _DELETED_DOCS_NAME),
            count=_whole_number(deletes["count"], documents),
            crc=_whole_number(deletes["crc"], 1 << 32),
        )
    return SegmentInfo(
        file=_file_name(entry["file"], _SEGMENT_NAME),
        documents=documents,
        bytes=_whole_number(entry["bytes"]),
        crc=_whole_number(entry["crc"], 1 << 32),
        deleted_docs=deleted_docs,
    )


def _whole_number(value: Any, maximum: int = 1 << 53) -> int:
    if type(value) is not int or not 0 <= value <= maximum:
        raise ValueError(f"{value!r:.40} is not a whole number from 0 to {maximum}")
    return value


def _file_name(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise ValueError(f"{value!r:.40} is not the name of a file of an archive")
    return value
