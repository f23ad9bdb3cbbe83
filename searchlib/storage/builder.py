"""A segment in the making: articles come in one by one, the file is written at the end.

Text is cut into chunks and stored articles are compressed as they come; posting lists are made
in one go (:mod:`searchlib.storage.text`) when the segment is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis import Vocabulary, fold_keyword, stem, stemmed
from searchlib.dates import read_moment, to_micros
from searchlib.schema import Date, Keyword, Number, Schema, Text
from searchlib.storage.columns import MISSING, write_keys, write_keywords, write_numbers
from searchlib.storage.container import Draft, section
from searchlib.storage.folder import Folder
from searchlib.storage.manifest import SegmentInfo
from searchlib.storage.postings import Layout
from searchlib.storage.stored import StoredWriter
from searchlib.storage.text import TextTokens, write_text

__all__ = ["SegmentBuilder", "micros"]


def micros(iso: str, zone: tzinfo) -> int:
    """The instant of a kept date in microseconds; one without a zone is read in ``zone``.

    >>> from datetime import UTC
    >>> micros("0001-01-02", UTC)
    86400000000
    """
    moment = read_moment(iso)
    start = moment.start
    if moment.offset is None:
        try:
            start = start.replace(tzinfo=zone)
            return to_micros(start)
        except OverflowError:  # the first hours of year 1, the last of 9999
            start = moment.start
    return to_micros(start)


class SegmentBuilder:
    """Collects cleaned articles (``Schema.clean``) for one segment."""

    def __init__(self, folder: Folder, schema: Schema, layout: Layout, zone: tzinfo) -> None:
        self._schema = schema
        self._layout = layout
        self._zone = zone
        self._draft = Draft(folder)
        self._stored = StoredWriter(self._draft)
        self._keys: list[bytes] = []
        self._digests: list[bytes] = []
        self._vocabulary = Vocabulary()
        self._text: dict[str, list[npt.NDArray[np.int32]]] = {n: [] for n in schema.names(Text)}
        self._keyword = {n: _Keywords() for n in schema.names(Keyword)}
        self._number: dict[str, list[Any]] = {n: [] for n in schema.names(Date, Number)}
        self.chunks = 0

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, digest: bytes, row: Mapping[str, Any], data: bytes) -> int:
        """Add a cleaned article and its JSON; returns its document number."""
        document = len(self._keys)
        self._keys.append(row[self._schema.key].encode())
        self._digests.append(digest)
        self._stored.add(data)
        for name, parts in self._text.items():
            part = self._vocabulary.chunks(row.get(name, ""))
            parts.append(part)
            self.chunks += len(part)
        for name, keywords in self._keyword.items():
            keywords.add(document, row.get(name))
        for name, values in self._number.items():
            value = row.get(name)
            if isinstance(value, str):
                values.append(micros(value, self._zone))
            else:
                is_date = isinstance(self._schema.fields[name], Date)
                values.append((MISSING if is_date else np.nan) if value is None else float(value))
        return document

    def write(self, file: str) -> SegmentInfo:
        """Write the segment and bring it to disk."""
        self._stored.finish()
        write_keys(self._draft, self._keys, self._digests)
        kinds: dict[str, Any] = {}
        for name, field in self._schema:
            if isinstance(field, Text):
                kinds[name] = self._write_text(name, field) | {"kind": "text"}
            elif isinstance(field, Keyword):
                self._keyword[name].write(self._draft, section(name), len(self), many=field.many)
                kinds[name] = {"kind": "keyword"}
            elif isinstance(field, (Date, Number)):
                dtype = np.int64 if isinstance(field, Date) else np.float64
                write_numbers(self._draft, section(name), np.array(self._number[name], dtype))
                kinds[name] = {"kind": field.kind}
        self._draft.meta = {"documents": len(self), "fields": kinds}
        size, crc = self._draft.write(file)
        return SegmentInfo(file, len(self), size, crc)

    def close(self) -> None:
        """Give up what was collected."""
        self._draft.close()

    def _write_text(self, name: str, field: Text) -> dict[str, Any]:
        parts, vocabulary = self._text.pop(name), self._vocabulary
        chunks = np.concatenate(parts) if parts else np.empty(0, np.int32)
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        del parts
        total = np.concatenate(([0], np.cumsum(vocabulary.lengths(chunks))))
        lengths = np.diff(total[ends], prepend=0)
        surfaces = vocabulary.surfaces
        stems = None
        if stemmed(field.language):
            stems = [stem(surface, field.language) for surface in surfaces]
        tokens = TextTokens(vocabulary.expand(chunks), lengths, surfaces, stems)
        return write_text(self._draft, section(name), tokens, field.weight, self._layout)


class _Keywords:
    """The values of a keyword field as they come."""

    def __init__(self) -> None:
        self._values: dict[bytes, tuple[int, bytes]] = {}
        self._numbers: dict[str, int] = {}
        self._owners: list[int] = []
        self._met: list[int] = []

    def add(self, document: int, value: str | list[str] | None) -> None:
        if value is None:
            return
        for label in [value] if isinstance(value, str) else value:
            number = self._numbers.get(label)
            if number is None:
                entry = (len(self._values), label.encode())
                number = self._values.setdefault(fold_keyword(label).encode(), entry)[0]
                self._numbers[label] = number
            self._owners.append(document)
            self._met.append(number)

    def write(self, draft: Draft, name: str, documents: int, *, many: bool) -> None:
        owners, met = np.array(self._owners, np.int64), np.array(self._met, np.int64)
        write_keywords(draft, name, self._values, owners, met, documents, many=many)
