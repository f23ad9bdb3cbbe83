"""A JSON file: one article, or a list of articles that is read item by item."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

from searchlib.errors import RecordError
from searchlib.ingest.article import Article, RecordConverter, Rejected
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.json_lines import decoder, why_not_json
from searchlib.ingest.streams import MAX_RECORD, STREAM_ERRORS, why_unreadable

__all__ = ["read_json"]

_WHITESPACE = re.compile(r"[ \t\n\r]*")
_CHUNK = 1 << 18


def read_json(
    stream: io.BufferedReader, name: str, convert: RecordConverter = Article.from_record,
    position: StreamPosition | None = None,
) -> Iterator[Any]:  # fmt: skip
    """Yield each record of the file, converted, or a Rejected; "name:3" is the third of the list.

    After a syntax error the bounds of the records are unknown, so reading ends there.
    ``position`` does not advance: a stopped run reads such a file again from its start.

    >>> stream = io.BufferedReader(io.BytesIO(b'[{"id": "a"}, 5]'))
    >>> [type(item).__name__ for item in read_json(stream, "news.json")]
    ['Article', 'Rejected']
    """
    buffer = _TextBuffer(stream)
    number = 1
    try:
        for value in _values(buffer):
            location = f"{name}:{number}"
            if not isinstance(value, dict):
                yield Rejected(location, None, "a JSON object is needed")
            else:
                try:
                    yield convert(value, location)
                except RecordError as error:
                    yield Rejected(error.where, error.field, error.why)
            number += 1
    except STREAM_ERRORS as error:
        (position or StreamPosition()).failed = True
        yield Rejected(f"{name}:{number}", None, why_unreadable(error))
    except (ValueError, RecursionError) as error:
        yield Rejected(f"{name}:{number}", None, why_not_json(error))


class _TextBuffer:
    """The decoded text from the current place on, as far as it was read; what is consumed is
    freed."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.at_end = False

    def read_more(self) -> bool:
        """Read on; False at the end of the stream.

        The buffer doubles, so that parsing a long value is retried only a few times.
        """
        if self.at_end:
            return False
        chunk = self._stream.read(max(_CHUNK, len(self.text)))
        self.at_end = not chunk
        self.text += self._utf8.decode(chunk, final=self.at_end)
        if len(self.text) > MAX_RECORD:
            raise ValueError(f"the record is longer than {MAX_RECORD} bytes")
        return True

    def skip_whitespace(self) -> str:
        """Consume whitespace; the next character, which is not consumed, or "" at the end."""
        while True:
            self.consume(_WHITESPACE.match(self.text).end())  # type: ignore[union-attr]
            if self.text or not self.read_more():
                return self.text[:1]

    def consume(self, length: int) -> None:
        self.text = self.text[length:]


def _values(buffer: _TextBuffer) -> Iterator[Any]:
    """The items of a list, or the one value that is no list; ValueError for bad syntax."""
    if buffer.skip_whitespace() != "[":
        if buffer.text:
            yield _read_value(buffer)
            _expect_end(buffer)
        return
    buffer.consume(1)
    if buffer.skip_whitespace() == "]":
        buffer.consume(1)
        _expect_end(buffer)
        return
    while True:
        buffer.skip_whitespace()
        yield _read_value(buffer)
        separator = buffer.skip_whitespace()
        if separator not in (",", "]"):
            raise ValueError("a comma or a bracket is missing in the list")
        buffer.consume(1)
        if separator == "]":
            _expect_end(buffer)
            return


def _read_value(buffer: _TextBuffer) -> Any:
    decode = decoder().raw_decode
    while True:
        try:
            value, end = decode(buffer.text)
        except ValueError:
            if not buffer.read_more():
                raise
            continue
        # A number at the end of the buffer may have more digits in the stream.
        if end == len(buffer.text) and buffer.read_more():
            continue
        buffer.consume(end)
        return value


def _expect_end(buffer: _TextBuffer) -> None:
    if buffer.skip_whitespace():
        raise ValueError("there is more after the end of the list or object")
