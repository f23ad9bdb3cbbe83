"""JSON Lines: one JSON object a line, UTF-8."""

from __future__ import annotations

import io
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec

from searchlib.errors import RecordError
from searchlib.ingest.article import Article, Make, Rejected
from searchlib.ingest.checkpoint import TAIL, StreamPosition
from searchlib.ingest.streams import BAD_STREAM, MAX_RECORD, why_unreadable

__all__ = ["decoder", "read_json_lines", "why_not_json"]

_BOM = b"\xef\xbb\xbf"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def decoder() -> JSONDecoder:
    """A decoder that takes JSON only: no NaN, no infinity.

    >>> decoder().decode("[1]")
    [1]
    """
    return JSONDecoder(parse_constant=_no_constant)


def read_json_lines(
    stream: io.BufferedReader, where: str, make: Make = Article.from_record,
    at: StreamPosition | None = None,
) -> Iterator[Any]:  # fmt: skip
    """What ``make`` makes of the lines' records: articles; each bad line as Rejected at
    "where:line". Empty lines pass.

    ``at`` is the place where the stream stands, and goes on with it.

    >>> list(read_json_lines(io.BufferedReader(io.BytesIO(b'[1]')), "news.jsonl"))
    [Rejected(where='news.jsonl:1', field=None, why='a JSON object is needed, not a list')]
    """
    at = at or StreamPosition()
    while True:
        number = at.line + 1
        place = f"{where}:{number}"
        try:
            line = stream.readline(MAX_RECORD)
            if not line:
                return
            if len(line) == MAX_RECORD and not line.endswith(b"\n"):
                at.take(*_rest(stream, line))
                yield Rejected(place, None, f"the line is longer than {MAX_RECORD} bytes")
                continue
        except BAD_STREAM as error:
            at.failed = True
            yield Rejected(place, None, why_unreadable(error))
            return
        at.take(line)
        if number == 1:
            line = line.removeprefix(_BOM)
        try:
            # Without the line's end, of which a half line would be said to have a bad character.
            record = _decode(line.rstrip(b"\r\n"))
        except (ValueError, RecursionError) as error:
            if line and not line.isspace():
                yield Rejected(place, None, why_not_json(error))
            continue
        if type(record) is not dict:
            yield Rejected(place, None, f"a JSON object is needed, not {_KINDS[type(record)]}")
            continue
        try:
            yield make(record, place)
        except RecordError as error:
            yield Rejected(error.where, error.field, error.why)


def _decode(line: bytes) -> Any:
    try:
        return _quick(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # Perhaps it is one that only Python reads, and Python tells better what is wrong.
        return _decoder.decode(line.decode())


_quick = msgspec.json.Decoder().decode
_decoder = decoder()
_KINDS: dict[type, str] = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _rest(stream: io.BufferedReader, line: bytes) -> tuple[bytes, int]:
    """Reads to the end of a long line; its last bytes, and how many come before them."""
    size, tail = len(line), line[-TAIL:]
    while not tail.endswith(b"\n"):
        piece = stream.readline(1 << 20)
        if not piece:
            break
        size, tail = size + len(piece), (tail + piece)[-TAIL:]
    return tail, size - len(tail)


def why_not_json(error: Exception) -> str:
    """The reason why a text could not be decoded.

    >>> try:
    ...     decoder().decode('{"id": ')
    ... except ValueError as error:
    ...     why_not_json(error)
    'not JSON: Expecting value at character 8'
    """
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: the byte 0x{error.object[error.start]:02x} at {error.start + 1}"
    if isinstance(error, JSONDecodeError):
        return f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}"
    if isinstance(error, RecursionError):
        return "not read: lists or objects are nested too deeply"
    return f"not JSON: {error}"
