"""What the tests of formats share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.extraction_child import records_of
from searchlib.ingest.raw_record import Extraction, RawRecord, RecordReader
from searchlib.ingest.streams import buffered

__all__ = ["rejections", "values"]


def values(read: RecordReader, data: bytes, name: str = "x") -> list[dict[str, Any]]:
    """The values of the records that a reader gives."""
    return [item.values for item in _items(read, data, name) if isinstance(item, RawRecord)]


def rejections(read: RecordReader, data: bytes, name: str = "x") -> list[str]:
    """What a reader rejects, as texts."""
    return [str(item) for item in _items(read, data, name) if not isinstance(item, RawRecord)]


def _items(read: RecordReader, data: bytes, name: str) -> Iterator[Any]:
    for item in read(buffered(io.BytesIO(data)), name):
        if not isinstance(item, Extraction):
            yield item
            continue
        found = records_of(item.reader, item.data, item.name, item.options)
        yield from (RawRecord({**item.values, **one}, place) for one, place in found["records"])
        yield from (Rejected(*rejected) for _, *rejected in found["rejected"])
