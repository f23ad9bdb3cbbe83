"""Markdown and plain text with front matter: a block of names and values before the text."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole
from searchlib.ingest.streams import MAX_RECORD
from searchlib.ingest.text_encoding import decoded

__all__ = ["has_front_matter", "read_markdown"]

_FENCE = re.compile(
    r"(?:---|\+\+\+)[ \t]*\r?\n(.*?\n)(?:---|\+\+\+|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL
)
_ENTRY = re.compile(r"([\w][\w .-]*?)\s*[:=]\s*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")
_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*\n|\A\s*([^\n]+)\n=+\s*\n")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_MARKUP = re.compile(r"(\*\*|__|~~|`)(.+?)\1")
_EMPHASIS = re.compile(r"(?<![\w*])[*_]([^*_\n]+)[*_](?![\w*])")
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}\s+|>\s?|[-*+]\s+(?=\S)|```.*$)", re.MULTILINE)


def has_front_matter(text: str) -> bool:
    """Whether a text begins with front matter.

    >>> has_front_matter("---\\ntitle: Rain\\n---\\nIt rained.")
    True
    """
    match = _FENCE.match(text)
    return match is not None and _ENTRY.match(match[1].lstrip()) is not None


def read_markdown(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the article of the file: the values of its front matter, the title from there or from
    the first heading, and the text without the marks of Markdown.

    >>> text = b"---\\ntitle: Rain\\ntags: [oslo, snow]\\n---\\nIt *rained* in [Oslo](https://a.example)."
    >>> [record.values for record in read_markdown(io.BufferedReader(io.BytesIO(text)), "a.md")]
    [{'title': 'Rain', 'tags': ['oslo', 'snow'], 'body': 'It rained in Oslo.'}]
    """
    data = read_whole(stream, name, MAX_RECORD, "text")
    if isinstance(data, Rejected):
        yield data
        return
    text = decoded(data).lstrip()
    values: dict[str, Any] = {}
    if match := _FENCE.match(text):
        values = _entries(match[1])
        text = text[match.end() :]
    if "title" not in values and (heading := _HEADING.match(text)):
        values["title"] = _plain(heading[1] or heading[2])
        text = text[heading.end() :]
    body = _plain(text).strip()
    if body:
        values["body"] = body
    if values.get("title") or body:
        yield RawRecord(values)
    else:
        yield Rejected(name, None, "the file has no text")


def _entries(block: str) -> dict[str, Any]:
    """The entries of front matter: YAML or TOML as people write it there, that is texts, lists in
    brackets or of lines with a hyphen, and no deeper nesting."""
    values: dict[str, Any] = {}
    last = ""
    for line in block.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = _ITEM.fullmatch(line)
        entry = _ENTRY.fullmatch(line)
        if item and last and (isinstance(values[last], list) or values[last] == ""):
            values[last] = [*(values[last] or []), _value(item[1])]
        elif entry and not line[0].isspace():
            last = entry[1].strip()
            values[last] = _value(entry[2].strip())
        elif last and line[0].isspace() and isinstance(values[last], str):
            values[last] = f"{values[last]} {line.strip()}".removeprefix("> ").removeprefix("| ")
    return {name: value for name, value in values.items() if value not in ("", [])}


def _value(text: str) -> Any:
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        try:
            return json.loads(text)
        except ValueError:
            return [part for part in (_value(part) for part in text[1:-1].split(",")) if part]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _plain(text: str) -> str:
    """Markdown without its marks."""
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _LINE_MARK.sub("", text)
    text = _MARKUP.sub(r"\2", text)
    return _EMPHASIS.sub(r"\1", text)
