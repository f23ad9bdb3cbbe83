"""JSON Lines: one JSON object a line, UTF-8."""

from __future__ import annotations

import io
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec

from searchlib.errors import RecordError
from searchlib.ingest.article import Article, RecordConverter, Rejected
from searchlib.ingest.checkpoint import TAIL, StreamPosition
from searchlib.ingest.streams import MAX_RECORD, STREAM_ERRORS, why_unreadable

__all__ = ["decoder", "read_json_lines", "why_not_json"]

_BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20


def _read_constant(name: str) -> None:
    """NaN is what pandas writes for no value; anything else is refused."""
    if name != "NaN":
        raise ValueError(f"{name} is no JSON value")


def decoder() -> JSONDecoder:
    """A JSON decoder that refuses infinity, which Python's own takes, and takes NaN for no value.

    >>> decoder().decode("[1, NaN]")
    [1, None]
    """
    return JSONDecoder(parse_constant=_read_constant)


def read_json_lines(
    stream: io.BufferedReader, name: str, convert: RecordConverter = Article.from_record,
    position: StreamPosition | None = None,
) -> Iterator[Any]:  # fmt: skip
    """Yield each line's record, converted, or a Rejected at "name:line". Blank lines are skipped.

    ``position`` is where the stream stands; it advances line by line, so that a stopped run can
    resume after the last line that was yielded.

    >>> list(read_json_lines(io.BufferedReader(io.BytesIO(b'[1]')), "news.jsonl"))
    [Rejected(where='news.jsonl:1', field=None, why='a JSON object is needed, not a list')]
    """
    position = position or StreamPosition()
    key: Any = None  # that the line before gave, in the form of the bulk interface of OpenSearch
    while True:
        number = position.line + 1
        location = f"{name}:{number}"
        try:
            line = stream.readline(MAX_RECORD)
            if not line:
                return
            if len(line) == MAX_RECORD and not line.endswith(b"\n"):
                position.advance(*_skip_rest(stream, line))
                yield Rejected(location, None, f"the line is longer than {MAX_RECORD} bytes")
                continue
        except STREAM_ERRORS as error:
            position.failed = True
            yield Rejected(location, None, why_unreadable(error))
            return
        position.advance(line)
        if number == 1:
            line = line.removeprefix(_BOM)
        try:
            record = _fast_decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            try:
                record = _slow_decode(line)
            except (ValueError, RecursionError) as error:
                if line and not line.isspace():
                    yield Rejected(location, None, why_not_json(error))
                continue
        if type(record) is not dict:
            why = f"a JSON object is needed, not {_TYPE_NAMES[type(record)]}"
            yield Rejected(location, None, why)
            continue
        if len(record) == 1 and (action := _bulk_action(record)) is not None:
            key = None if "delete" in record else action.get("_id")
            continue
        if key is not None:
            record, key = {"_id": key, **record}, None
        try:
            yield convert(record, location)
        except RecordError as error:
            yield Rejected(error.where, error.field, error.why, record)


def _bulk_action(record: dict[str, Any]) -> dict[str, Any] | None:
    """What a line says of the article on the next one, in the form of the bulk interface of
    OpenSearch; None if it is no such line.

    >>> _bulk_action({"index": {"_index": "news", "_id": "a"}}), _bulk_action({"title": "Rain"})
    ({'_index': 'news', '_id': 'a'}, None)
    """
    [(name, action)] = record.items()
    if name not in _BULK_ACTIONS or type(action) is not dict:
        return None
    return action if all(key.startswith("_") or key == "routing" for key in action) else None


def _slow_decode(line: bytes) -> Any:
    """Python's decoder reads a few values that msgspec refuses, and explains errors better."""
    # Without the line end, which it would report as a bad character in a string that is cut off.
    # The sign that begins a line is of RFC 7464.
    return _decoder.decode(line.removeprefix(b"\x1e").rstrip(b"\r\n").decode())


_BULK_ACTIONS = ("index", "create", "update", "delete")
_fast_decode = msgspec.json.Decoder().decode
_decoder = decoder()
_TYPE_NAMES: dict[type, str] = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _skip_rest(stream: io.BufferedReader, line: bytes) -> tuple[bytes, int]:
    """Read to the end of a long line, given its start; returns its last bytes (at most ``TAIL``)
    and how many bytes come before them."""
    size, tail = len(line), line[-TAIL:]
    while not tail.endswith(b"\n"):
        chunk = stream.readline(_CHUNK)
        if not chunk:
            break
        size, tail = size + len(chunk), (tail + chunk)[-TAIL:]
    return tail, size - len(tail)


def why_not_json(error: Exception) -> str:
    """The reason, in words, why a text could not be decoded.

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
