"""A segment, open for reading: documents 0 to n - 1 with their fields, and which are live.

:class:`SegmentCore` is the segment's file, which never changes; it is shared by all readers of the
process. :class:`SegmentReader` is a core together with the live docs of one commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.codec.doc_store import DocStoreReader
from searchlib.codec.doc_values import KeyDocValues, KeywordDocValues, NumericDocValues
from searchlib.codec.live_docs import pack_bitset, read_live_docs
from searchlib.codec.segment_file import SegmentFile, section_prefix
from searchlib.codec.story_sketches import StorySketches
from searchlib.codec.text_field import TextField
from searchlib.errors import CorruptArchive
from searchlib.index.manifest import DeletedDocs, SegmentInfo
from searchlib.schema import Schema

__all__ = ["SegmentCore", "SegmentReader", "live_docs_of"]


class SegmentCore:
    """The contents of a segment's file. Fields are opened when first asked for.

    Readers are counted by :meth:`acquire` and :meth:`release`; the last one closes the file.
    """

    def __init__(self, directory: Directory, info: SegmentInfo, cache: Cache) -> None:
        self.file = info.file
        self.key = (info.file, info.crc)
        self.documents = info.documents
        self.segment_file = SegmentFile(directory, info.file, info.bytes, info.crc)
        self._cache = cache
        self._opened: dict[tuple[str, str], Any] = {}  # field readers, by kind and name
        self._users = 0
        self._is_open = True
        self._lock = threading.RLock()  # of opening a field
        try:
            self._field_meta = _field_meta(self.segment_file, info.documents)
            #: The version of the rules by which its texts became terms, and their languages.
            self.analysis, self.languages = _analysis(self.segment_file)
        except BaseException:
            self.segment_file.close()
            raise

    def check_schema(self, schema: Schema) -> None:
        """Raises CorruptArchive if a field is of another type here than in the schema, or if its
        texts became terms by other rules."""
        if self.analysis != schema.rules.version:
            why = f"its analysis has version {self.analysis}, the archive's {schema.rules.version}"
            raise CorruptArchive(self.segment_file.file, why)
        for name, meta in self._field_meta.items():
            field = schema.fields.get(name)
            if field is None and schema.is_exact:
                continue  # a Whoosh program has taken it away
            if field is None or field.kind != meta["kind"]:
                kind = "unknown" if field is None else f"of type {field.kind!r}"
                why = f"its field {name!r} is of type {meta['kind']!r}, in the schema it is {kind}"
                raise CorruptArchive(self.segment_file.file, why)

    def kind(self, name: str) -> str | None:
        """The type of a field as it was written (``Field.kind``); None if the segment was written
        before the schema had it, or if the field has no sections of its own."""
        meta = self._field_meta.get(name)
        return None if meta is None else meta["kind"]

    def token_count(self, name: str) -> int:
        """The number of tokens in a text field, without opening it; 0 if there is no such field.
        Opening the field compares it with the arrays."""
        meta = self._field_meta.get(name)
        if meta is None or meta["kind"] not in _TEXTS:
            return 0
        tokens = meta.get("tokens")
        if type(tokens) is not int or not 0 <= tokens < 1 << 32:
            why = f"the number of tokens of field {name!r} is {tokens!r:.40}"
            raise CorruptArchive(self.segment_file.file, why)
        return tokens

    def text(self, name: str) -> TextField | None:
        """A text field, or one of terms; None if the segment was written before the schema had
        it."""
        meta = self._field_meta.get(name)
        if meta is None or meta["kind"] not in _TEXTS:
            return None
        field: TextField | None = self._opened.get(("field", name))
        if field is None:
            args = self.segment_file, section_prefix(name), meta, self.documents, self._cache
            field = self._open(("field", name), lambda: TextField(*args))
        return field

    def keyword(self, name: str) -> KeywordDocValues | None:
        """The values of a keyword field, or None."""
        meta = self._field_meta.get(name)
        if meta is None or meta["kind"] not in _KEYWORDS:
            return None
        values: KeywordDocValues | None = self._opened.get(("field", name))
        if values is None:
            args = self.segment_file, section_prefix(name), self.documents
            values = self._open(("field", name), lambda: KeywordDocValues(*args))
        return values

    def number(self, name: str) -> NumericDocValues | None:
        """The values of a date or number field, or None."""
        meta = self._field_meta.get(name)
        if meta is None or meta["kind"] not in ("date", "number"):
            return None
        values: NumericDocValues | None = self._opened.get(("field", name))
        if values is None:
            args = self.segment_file, section_prefix(name), self.documents
            dtype = "i8" if meta["kind"] == "date" else "f8"
            values = self._open(("field", name), lambda: NumericDocValues(*args, dtype))
        return values

    @property
    def keys(self) -> KeyDocValues:
        """The keys of the documents."""
        keys: KeyDocValues | None = self._opened.get(_KEYS)
        if keys is None:
            keys = self._open(_KEYS, lambda: KeyDocValues(self.segment_file, self.documents))
        return keys

    @property
    def doc_store(self) -> DocStoreReader:
        """The articles, as JSON."""
        doc_store: DocStoreReader | None = self._opened.get(_DOC_STORE)
        if doc_store is None:
            args = self.segment_file, self.documents
            doc_store = self._open(_DOC_STORE, lambda: DocStoreReader(*args))
        return doc_store

    @property
    def story_sketches(self) -> StorySketches | None:
        """The sketches by which copies of a text are found; None if the archive has no stories."""
        if not StorySketches.are_in(self.segment_file):
            return None
        sketches: StorySketches | None = self._opened.get(_SKETCHES)
        if sketches is None:
            args = self.segment_file, self.documents
            sketches = self._open(_SKETCHES, lambda: StorySketches.read(*args))
        return sketches

    def acquire(self) -> bool:
        """Count one more reader of this segment; False if the file was closed already. Of a
        :class:`SegmentPool`'s segments only the pool calls this and :meth:`release`, one thread
        at a time."""
        if self._is_open:
            self._users += 1
        return self._is_open

    def release(self) -> bool:
        """Count one reader less; the last one closes the file, and True is returned."""
        self._users -= 1
        if self._users > 0 or not self._is_open:
            return False
        self._is_open = False
        opened, self._opened = self._opened, {}
        while opened:
            self._cache.drop(opened.popitem()[1])
        self._cache.drop(self)
        self.segment_file.close()
        return True

    def reset_lock(self) -> None:
        """In a forked child: replace the locks, which a thread of the parent may have held."""
        self._lock = threading.RLock()
        if (doc_store := self._opened.get(_DOC_STORE)) is not None:
            doc_store.reset_lock()

    def _open(self, key: tuple[str, str], create: Callable[[], Any]) -> Any:
        """The field reader of this key; ``create`` is called once, whatever threads ask for it."""
        with self._lock:
            field_reader = self._opened.get(key)
            if field_reader is None:
                field_reader = self._opened[key] = create()
                if not self._is_open:  # closed meanwhile: nothing is kept
                    self._opened.pop(key, None)
            return field_reader


_KEYS, _DOC_STORE, _SKETCHES = ("keys", ""), ("stored", ""), ("sketches", "")
# The types of fields that have sections of their own; some are written alike.
_TEXTS, _KEYWORDS = ("text", "terms"), ("keyword", "column")
_FIELD_TYPES = (*_TEXTS, *_KEYWORDS, "date", "number")


def _field_meta(segment_file: SegmentFile, documents: int) -> dict[str, dict[str, Any]]:
    """The kind and other meta data of each field, if all of it fits together."""
    field_meta = segment_file.meta.get("fields")
    if not isinstance(field_meta, dict) or not all(
        isinstance(meta, dict) and meta.get("kind") in _FIELD_TYPES for meta in field_meta.values()
    ):
        raise CorruptArchive(segment_file.file, "its fields are not well formed")
    digests = len(segment_file.slice("key.digests", "u1"))
    if not segment_file.meta.get("documents") == documents == digests / 16:
        raise CorruptArchive(segment_file.file, "it has another number of documents")
    return field_meta


def _analysis(segment_file: SegmentFile) -> tuple[int, tuple[str, ...]]:
    """The version of the analysis, and the languages of the texts; the first segments say neither,
    and have version 1."""
    meta = segment_file.meta
    version, languages = meta.get("analysis", 1), meta.get("languages", [])
    is_right = type(version) is int and isinstance(languages, list)
    if not is_right or not all(isinstance(language, str) for language in languages):
        raise CorruptArchive(segment_file.file, "its analysis is not well formed")
    return version, tuple(languages)


def live_docs_of(
    directory: Directory, deleted_docs: DeletedDocs, documents: int
) -> npt.NDArray[np.bool_]:
    """Which of the documents of a segment are live (bool); CorruptArchive if the file that says so
    is not what was written."""
    return read_live_docs(
        directory, deleted_docs.file, documents, deleted_docs.count, deleted_docs.crc
    )


class SegmentReader:
    """A segment as of one commit. ``live_docs`` is a mask of the documents that are not deleted
    (bool), or None if none is deleted."""

    __slots__ = ("_live_bitset", "core", "documents", "info", "live_docs")

    def __init__(self, directory: Directory, core: SegmentCore, info: SegmentInfo) -> None:
        self.core = core
        self.info = info
        self.documents = info.documents
        self.live_docs = (
            live_docs_of(directory, info.deleted_docs, info.documents)
            if info.deleted_docs
            else None
        )
        self._live_bitset: npt.NDArray[np.uint64] | None = None

    def with_live_docs(self, live_docs: npt.NDArray[np.bool_]) -> SegmentReader:
        """The same segment with other documents deleted, which no file says."""
        changed = copy(self)
        deleted = DeletedDocs("", int((~live_docs).sum()), 0)
        changed.info = replace(self.info, deleted_docs=deleted)
        changed.live_docs, changed._live_bitset = live_docs, None
        return changed

    @property
    def live_bitset(self) -> npt.NDArray[np.uint64] | None:
        """``live_docs`` as a bitset, 64 documents a word: uint64."""
        if self._live_bitset is None and self.live_docs is not None:
            self._live_bitset = pack_bitset(self.live_docs)
        return self._live_bitset
