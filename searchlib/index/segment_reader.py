"""A segment, open for reading: documents 0 to n-1 with their fields, and which are deleted.

:class:`SegmentCore` is what the file holds and never changes; it is shared by all snapshots
that have it. :class:`Segment` is that together with the deletes of one commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.cache import Cache
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreReader
from searchlib.codec.doc_values import KeyDocValues, KeywordDocValues, NumericDocValues
from searchlib.codec.segment_file import SegmentFile, section
from searchlib.codec.text_field import TextField
from searchlib.errors import CorruptArchive
from searchlib.index.manifest import Deletes, SegmentInfo

__all__ = ["SegmentCore", "SegmentReader", "pack_bits", "pack_deletes", "read_live"]


class SegmentCore:
    """The contents of a segment's file. Fields are opened when they are first asked for."""

    def __init__(self, directory: Directory, info: SegmentInfo, cache: Cache) -> None:
        self.file = info.file
        self.key = (info.file, info.crc)
        self.documents = info.documents
        self.segment_file = SegmentFile(directory, info.file, info.bytes, info.crc)
        self._cache = cache
        self._made: dict[tuple[str, str], Any] = {}
        self._users = 0
        self._open = True
        self._guard = threading.RLock()  # reentrant: see IndexStore
        try:
            self._kinds = _kinds(self.segment_file, info.documents)
        except BaseException:
            self.segment_file.close()
            raise

    def text(self, name: str) -> TextField | None:
        """A text field, or None if no document of the segment was made with it."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] != "text":
            return None
        found: TextField | None = self._made.get(("field", name))
        if found is None:
            args = self.segment_file, section(name), meta, self.documents, self._cache
            found = self._make(("field", name), lambda: TextField(*args))
        return found

    def keyword(self, name: str) -> KeywordDocValues | None:
        """A keyword field, or None."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] != "keyword":
            return None
        found: KeywordDocValues | None = self._made.get(("field", name))
        if found is None:
            found = self._make(
                ("field", name), lambda: KeywordDocValues(self.segment_file, section(name))
            )
        return found

    def number(self, name: str) -> NumericDocValues | None:
        """A date or number field, or None."""
        meta = self._kinds.get(name)
        if meta is None or meta["kind"] not in ("date", "number"):
            return None
        found: NumericDocValues | None = self._made.get(("field", name))
        if found is None:
            found = self._make(
                ("field", name), lambda: NumericDocValues(self.segment_file, section(name))
            )
        return found

    @property
    def keys(self) -> KeyDocValues:
        """The key column."""
        found: KeyDocValues | None = self._made.get(_KEYS)
        return (
            found
            if found is not None
            else self._make(_KEYS, lambda: KeyDocValues(self.segment_file))
        )

    @property
    def stored(self) -> DocStoreReader:
        """The articles."""
        found: DocStoreReader | None = self._made.get(_STORED)
        if found is None:
            found = self._make(_STORED, lambda: DocStoreReader(self.segment_file))
        return found

    def use(self) -> bool:
        """Count one more snapshot that has this segment open; False if it was given back."""
        with self._guard:
            if self._open:
                self._users += 1
            return self._open

    def release(self) -> bool:
        """Count one less; when none is left, give memory and map back and return True."""
        with self._guard:
            self._users -= 1
            if self._users > 0 or not self._open:
                return False
            self._open = False
            made, self._made = self._made, {}
        while made:
            self._cache.drop(made.popitem()[1])
        self._cache.drop(self)
        self.segment_file.close()
        return True

    def renew_guard(self) -> None:
        """In a forked child: forget the lock that a thread of the parent may have held."""
        self._guard = threading.RLock()
        if (stored := self._made.get(_STORED)) is not None:
            stored.renew_guard()

    def _make(self, name: tuple[str, str], make: Callable[[], Any]) -> Any:
        """What ``make`` makes, once, whatever threads ask for it."""
        with self._guard:
            found = self._made.get(name)
            if found is None:
                try:
                    found = make()
                except (LookupError, TypeError, ValueError, ArithmeticError) as error:
                    why = f"{name[1] or name[0]!r} is not well formed: {error!r}"
                    raise CorruptArchive(self.segment_file.file, why) from None
                if self._open:
                    self._made[name] = found
            return found


_KEYS, _STORED = ("keys", ""), ("stored", "")


def _kinds(segment_file: SegmentFile, documents: int) -> dict[str, dict[str, Any]]:
    """The kinds of the fields and what else is known of them, if all fits together."""
    kinds = segment_file.meta.get("fields")
    if not isinstance(kinds, dict) or not all(
        isinstance(meta, dict) and isinstance(meta.get("kind"), str) for meta in kinds.values()
    ):
        raise CorruptArchive(segment_file.file, "its fields are not well formed")
    held = len(segment_file.window("key.digests")) // 16
    if not segment_file.meta.get("documents") == documents == held:
        raise CorruptArchive(segment_file.file, "it has another number of documents")
    return kinds


class SegmentReader:
    """A segment as of one commit. ``live`` marks the documents not deleted: bool, or None if
    all are."""

    __slots__ = ("_live_bits", "data", "documents", "info", "live")

    def __init__(self, directory: Directory, data: SegmentCore, info: SegmentInfo) -> None:
        self.data = data
        self.info = info
        self.documents = info.documents
        self.live = read_live(directory, info.deletes, info.documents) if info.deletes else None
        self._live_bits: npt.NDArray[np.uint64] | None = None

    @property
    def live_bits(self) -> npt.NDArray[np.uint64] | None:
        """``live`` as a bit a document, 64 to a number: uint64."""
        if self._live_bits is None and self.live is not None:
            self._live_bits = pack_bits(self.live)
        return self._live_bits


def pack_bits(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """A mask as a bit each, the first one lowest, 64 to a number: uint64.

    >>> pack_bits(np.array([True, False, True])).tolist()
    [5]
    """
    made = np.zeros(-(-len(mask) // 64) * 8, np.uint8)
    packed = np.packbits(mask, bitorder="little")
    made[: len(packed)] = packed
    return made.view("<u8").astype(np.uint64, copy=False)


def pack_deletes(live: npt.NDArray[np.bool_]) -> bytes:
    """The text of a file of deletes: a bit a document, set if it is deleted."""
    return np.packbits(~live).tobytes()


def read_live(directory: Directory, deletes: Deletes, documents: int) -> npt.NDArray[np.bool_]:
    """Which documents are not deleted; CorruptArchive if the file is not what was written."""
    path, size = directory.path / deletes.file, -(-documents // 8)
    data = directory.read(deletes.file, size)
    if len(data) != size or crc32(data) != deletes.crc:
        raise CorruptArchive(path, "its checksum is wrong")
    dead = np.unpackbits(np.frombuffer(data, np.uint8), count=documents).astype(bool)
    if int(dead.sum()) != deletes.count:
        raise CorruptArchive(path, "it marks another number of documents")
    live = ~dead
    live.flags.writeable = False
    return live
