"""What the reader of a format gives: a record as its source has it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from searchlib.ingest.article import Rejected

__all__ = ["Extraction", "RawRecord", "RecordItem", "RecordReader", "read_whole"]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The values of one article. Keys are those of the source (a table's columns), or the fields
    of an article where the format gives them a meaning (feeds, pages, mail).

    ``place`` says where in its file the record stands ("17", "page 3"); it is empty for a file
    that holds one article.

    >>> RawRecord({"title": "Rain"}, "3").place
    '3'
    """

    values: dict[str, Any]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Extraction:
    """A document that its reader ("module:function") is to read in a process of its own: its bytes,
    its name for locations, more ``options`` of the reader, the place of its article, and values
    that the article has if the document does not say others."""

    reader: str
    data: bytes
    name: str
    place: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


RecordItem = RawRecord | Rejected

#: Reads the records of a decompressed stream; the name of its file is for locations. What cannot
#: be read is yielded as a :class:`~searchlib.ingest.article.Rejected`; only the errors of reading
#: a stream (``STREAM_ERRORS``) are raised. A document within may be left to another reader.
RecordReader = Callable[[io.BufferedReader, str], Iterator[RecordItem | Extraction]]


def read_whole(stream: io.BufferedReader, name: str, limit: int, what: str) -> bytes | Rejected:
    """All bytes of a file that is read as one, or its rejection if they are more than ``limit``.

    >>> read_whole(io.BufferedReader(io.BytesIO(b"It rained.")), "a.html", 9, "page").why
    'the page is longer than 9 bytes'
    """
    data = stream.read(limit + 1)
    if len(data) > limit:
        return Rejected(name, None, f"the {what} is longer than {limit} bytes")
    return data
