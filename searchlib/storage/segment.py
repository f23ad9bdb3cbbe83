"""A segment, open for reading: documents 0 to n-1 with their fields, and which are deleted.

:class:`SegmentData` is what the file holds and never changes; it is shared by all snapshots
that have it. :class:`Segment` is that together with the deletes of one commit.
"""

from __future__ import annotations

import threading
import zlib
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.errors import CorruptArchive
from searchlib.storage.cache import Cache
from searchlib.storage.columns import KeyColumn, KeywordColumn, NumberColumn
from searchlib.storage.container import Container, section
from searchlib.storage.folder import Folder
from searchlib.storage.manifest import Deletes, SegmentInfo
from searchlib.storage.stored import StoredDocs
from searchlib.storage.text import TextField

__all__ = ["Segment", "SegmentData", "pack_deletes"]


class SegmentData:
    """The contents of a segment's file. Fields are opened when they are first asked for."""

    def __init__(self, folder: Folder, info: SegmentInfo, cache: Cache) -> None:
        self.file = info.file
        self.documents = info.documents
        self.container = Container(folder, info.file, info.bytes, info.crc)
        self._cache = cache
        self._fields: dict[str, Any] = {}
        self._users = 0
        self._guard = threading.Lock()
        self._kinds: dict[str, dict[str, Any]] = self.container.meta.get("fields", {})
        if self.container.meta.get("documents") != info.documents:
            self.container.close()
            raise CorruptArchive(self.container.file, "it has another number of documents")

    def text(self, name: str) -> TextField | None:
        """A text field, or None if no document of the segment was made with it."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] != "text":
            return None
        found: TextField | None = self._fields.get(name)
        if found is None:
            found = self._fields[name] = TextField(
                self.container, section(name), meta, self.documents, self._cache
            )
        return found

    def keyword(self, name: str) -> KeywordColumn | None:
        """A keyword field, or None."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] != "keyword":
            return None
        found: KeywordColumn | None = self._fields.get(name)
        if found is None:
            found = self._fields[name] = KeywordColumn(self.container, section(name))
        return found

    def number(self, name: str) -> NumberColumn | None:
        """A date or number field, or None."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] not in ("date", "number"):
            return None
        found: NumberColumn | None = self._fields.get(name)
        if found is None:
            found = self._fields[name] = NumberColumn(self.container, section(name))
        return found

    @cached_property
    def keys(self) -> KeyColumn:
        """The key column."""
        return KeyColumn(self.container)

    @cached_property
    def stored(self) -> StoredDocs:
        """The articles."""
        return StoredDocs(self.container)

    def use(self) -> None:
        """Count one more snapshot that has this segment open."""
        with self._guard:
            self._users += 1

    def release(self) -> bool:
        """Count one less; when none is left, give memory and map back and return True."""
        with self._guard:
            self._users -= 1
            if self._users > 0:
                return False
        for field in self._fields.values():
            self._cache.drop(field)
        self._cache.drop(self)
        self._fields = {}
        self.__dict__.pop("keys", None)
        self.__dict__.pop("stored", None)
        self.container.close()
        return True


class Segment:
    """A segment as of one commit. ``live`` marks the documents not deleted: bool, or None if
    all are."""

    __slots__ = ("data", "documents", "info", "live")

    def __init__(self, folder: Folder, data: SegmentData, info: SegmentInfo) -> None:
        self.data = data
        self.info = info
        self.documents = info.documents
        self.live = _read_live(folder, info.deletes, info.documents) if info.deletes else None


def pack_deletes(live: npt.NDArray[np.bool_]) -> bytes:
    """The text of a file of deletes: a bit a document, set if it is deleted."""
    return np.packbits(~live).tobytes()


def _read_live(folder: Folder, deletes: Deletes, documents: int) -> npt.NDArray[np.bool_]:
    data = folder.read(deletes.file)
    path = folder.path / deletes.file
    if len(data) != -(-documents // 8) or zlib.crc32(data) != deletes.crc:
        raise CorruptArchive(path, "its checksum is wrong")
    dead = np.unpackbits(np.frombuffer(data, np.uint8), count=documents).astype(bool)
    if int(dead.sum()) != deletes.count:
        raise CorruptArchive(path, "it marks another number of documents")
    live = ~dead
    live.flags.writeable = False
    return live
