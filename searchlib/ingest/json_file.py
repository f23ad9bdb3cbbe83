"""A JSON file: one article, or a list of articles, read one by one."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

from searchlib.errors import RecordError
from searchlib.ingest.article import Article, Make, Rejected
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.json_lines import decoder, why_not_json
from searchlib.ingest.streams import BAD_STREAM, MAX_RECORD, why_unreadable

__all__ = ["read_json"]

_BLANKS = re.compile(r"[ \t\n\r]*")
_PIECE = 1 << 18


def read_json(
    stream: io.BufferedReader, where: str, make: Make = Article.from_record,
    at: StreamPosition | None = None,
) -> Iterator[Any]:  # fmt: skip
    """What ``make`` makes of the file's records: articles; "where:3" is the third of its list.

    Nothing after a place that is not JSON can be told apart, so the reading ends there. ``at``
    is told of a stream that could not be read.

    >>> data = io.BufferedReader(io.BytesIO(b'[{"id": "a"}, 5]'))
    >>> [type(found).__name__ for found in read_json(data, "news.json")]
    ['Article', 'Rejected']
    """
    text = _Window(stream)
    number = 1
    try:
        for value in _values(text):
            place = f"{where}:{number}"
            if not isinstance(value, dict):
                yield Rejected(place, None, "a JSON object is needed")
            else:
                try:
                    yield make(value, place)
                except RecordError as error:
                    yield Rejected(error.where, error.field, error.why)
            number += 1
    except BAD_STREAM as error:
        (at or StreamPosition()).failed = True
        yield Rejected(f"{where}:{number}", None, why_unreadable(error))
    except (ValueError, RecursionError) as error:
        yield Rejected(f"{where}:{number}", None, why_not_json(error))


class _Window:
    """The part of the text that is being read; what lies behind it is let go."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.ended = False

    def more(self) -> bool:
        """Reads on, as much again as there is, so that a long value is not tried too often."""
        if self.ended:
            return False
        piece = self._stream.read(max(_PIECE, len(self.text)))
        self.ended = not piece
        self.text += self._utf8.decode(piece, final=self.ended)
        if len(self.text) > MAX_RECORD:
            raise ValueError(f"the record is longer than {MAX_RECORD} bytes")
        return True

    def next(self) -> str:
        """The next character that is no blank, which becomes the first; "" at the end."""
        while True:
            self.drop(_BLANKS.match(self.text).end())  # type: ignore[union-attr]
            if self.text or not self.more():
                return self.text[:1]

    def drop(self, length: int) -> None:
        self.text = self.text[length:]


def _values(window: _Window) -> Iterator[Any]:
    if window.next() != "[":
        if window.text:
            yield _value(window)
            _end(window)
        return
    window.drop(1)
    if window.next() == "]":
        window.drop(1)
        _end(window)
        return
    while True:
        window.next()
        yield _value(window)
        sign = window.next()
        if sign not in (",", "]"):
            raise ValueError("a comma or a bracket is missing in the list")
        window.drop(1)
        if sign == "]":
            _end(window)
            return


def _value(window: _Window) -> Any:
    scan = decoder().raw_decode
    while True:
        try:
            value, end = scan(window.text)
        except ValueError:
            if not window.more():
                raise
            continue
        # A number at the end of the window may go on behind it.
        if end == len(window.text) and window.more():
            continue
        window.drop(end)
        return value


def _end(window: _Window) -> None:
    if window.next():
        raise ValueError("there is more after the end of the list or object")
