"""JSON in any shape but one object a line: an article, a list of articles, an object that holds
such a list (as the answers of services do), or several of these one after the other."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.field_names import fields_named, is_known_name
from searchlib.ingest.json_lines import decoder, why_not_json
from searchlib.ingest.raw_record import RawRecord, RecordItem
from searchlib.ingest.streams import MAX_RECORD

__all__ = ["articles_in", "read_json"]

_WHITESPACE = re.compile(r"[ \t\n\r]*")
_CHUNK = 1 << 18
# Keys of lists of articles in the answers of services and in dumps, the likeliest first.
_LISTS = (
    "articles", "items", "docs", "results", "rows", "hits", "stories", "posts", "entries", "news",
    "records", "documents", "data", "response", "channel", "feed", "value", "list", "content",
)  # fmt: skip
_MAX_NESTING = 4  # objects around such a list
_BODIES = ("body", "text", "content", "article_body", "articleBody", "full_text")


def read_json(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield each record of the file, or a Rejected; "name:3" is the third.

    After a syntax error the bounds of the records are unknown, so reading ends there.

    >>> stream = io.BufferedReader(io.BytesIO(b'{"articles": [{"id": "a"}, {"id": "b"}]} 5'))
    >>> [str(getattr(item, "values", item)) for item in read_json(stream, "news.json")]
    ["{'id': 'a'}", "{'id': 'b'}", 'news.json:3: a JSON object is needed']
    """
    number = 0
    try:
        for value in _values(_TextBuffer(stream)):
            for record in articles_in(value):
                number += 1
                if isinstance(record, dict):
                    yield RawRecord(record, str(number))
                else:
                    yield Rejected(f"{name}:{number}", None, "a JSON object is needed")
    except (ValueError, RecursionError) as error:
        yield Rejected(f"{name}:{number + 1}", None, why_not_json(error))


def articles_in(value: Any) -> Iterator[Any]:
    """The articles of a JSON value: the value itself, the items of the list that it holds, or its
    values, if it is an object of articles by their ids.

    >>> list(articles_in({"status": "ok", "response": {"docs": [{"id": 1}, {"id": 2}]}}))
    [{'id': 1}, {'id': 2}]
    >>> list(articles_in({"title": "Rain", "items": []}))
    [{'title': 'Rain', 'items': []}]
    """
    found = None
    if isinstance(value, dict):
        found = _list_in(value, _MAX_NESTING) or _rows_of_table(value)
        if found is None and _is_keyed(value):
            found = [{"id": key, **record} for key, record in value.items()]
    if found is None:
        yield value
        return
    is_feed = "jsonfeed.org" in str(value.get("version", ""))
    feed = {"source": value.get("title"), "lang": value.get("language")} if is_feed else {}
    named = {key: text for key, text in feed.items() if text}
    for item in found:
        if isinstance(item, dict) and not any(
            is_known_name(key) for key in item if key not in _LISTS
        ):
            # What holds the lists of a dump: {"db": [{"data": {"posts": [...]}}]}.
            yield from _list_in(item, _MAX_NESTING) or (item,)
        else:
            yield {**named, **item} if named and isinstance(item, dict) else item


def _is_keyed(value: dict[str, Any]) -> bool:
    """Whether an object holds nothing but articles, each by its id: objects that have the same
    keys, among them those of an article."""
    records = list(value.values())
    if len(records) < 2 or not all(type(record) is dict and record for record in records):
        return False
    if any(map(is_known_name, value)):
        return False
    return all(record.keys() & records[0].keys() and any(map(is_known_name, record))
               for record in records)  # fmt: skip


def _rows_of_table(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of a table as pandas writes it, by columns ({"title": {"0": "Rain"}}) or apart from
    their names ({"columns": ["title"], "data": [["Rain"]]}); None for anything else.

    >>> _rows_of_table({"columns": ["title"], "index": [0], "data": [["Rain"]]})
    [{'title': 'Rain'}]
    >>> _rows_of_table({"title": {"0": "Rain", "1": "Sun"}, "text": {"0": "It rained.", "1": None}})
    [{'title': 'Rain', 'text': 'It rained.'}, {'title': 'Sun', 'text': None}]
    """
    names, rows = value.get("columns"), value.get("data", value.get("rows"))
    if isinstance(names, list) and isinstance(rows, list) and all(type(n) is str for n in names):
        if all(isinstance(row, list) and len(row) == len(names) for row in rows):
            return [dict(zip(names, row, strict=True)) for row in rows]
        return None
    columns = list(value.values())
    if len(columns) < 2 or not all(type(column) is dict and column for column in columns):
        return None
    labels = columns[0].keys()
    if any(column.keys() != labels for column in columns) or any(map(is_known_name, labels)):
        return None
    if not any(map(is_known_name, value)):
        return None
    return [{name: column[label] for name, column in value.items()} for label in labels]


def _list_in(value: dict[str, Any], depth: int) -> list[Any] | None:
    """The list of articles in an object that is no article itself."""
    if any(isinstance(value.get(key), str) and value[key] for key in _BODIES):
        return None
    keys = [key for key in _LISTS if key in value]
    if not keys:
        lists = [key for key, inner in value.items() if _is_list(inner)]
        keys = lists if len(lists) == 1 and len(value) <= 4 and "title" not in value else []
    has_title = "title" in fields_named(k for k, text in value.items() if isinstance(text, str))
    for key in keys:
        inner = value[key]
        if _is_list(inner):
            if has_title and fields_named(inner[0]).isdisjoint(("title", "date")):
                continue  # the paragraphs of an article
            return list(inner)
        if isinstance(inner, dict) and depth:
            found = _list_in(inner, depth - 1)
            if found is not None:
                return found
    return None


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


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
    """The values one after the other, and in place of a list its items; ValueError for bad
    syntax."""
    while start := buffer.skip_whitespace():
        if start == ",":  # between objects that should have been a list
            buffer.consume(1)
        elif start == "[":
            yield from _items(buffer)
        else:
            yield _read_value(buffer)


def _items(buffer: _TextBuffer) -> Iterator[Any]:
    buffer.consume(1)
    if buffer.skip_whitespace() == "]":
        buffer.consume(1)
        return
    while True:
        buffer.skip_whitespace()
        yield _read_value(buffer)
        separator = buffer.skip_whitespace()
        if separator not in (",", "]"):
            raise ValueError("a comma or a bracket is missing in the list")
        buffer.consume(1)
        if separator == "]":
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
        # A number at the end of the buffer may go on in the stream: 12 345, 8. 5, 1e+ 9.
        if end + 2 >= len(buffer.text) and buffer.read_more():
            continue
        buffer.consume(end)
        return value
