"""The news industry's XML: NewsML-G2 and NITF (IPTC)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole
from searchlib.ingest.safe_xml import local_name, parse_xml

__all__ = ["read_newsml", "read_nitf"]

_MAX_FILE = 64 * 1024 * 1024
_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "li", "td", "hl2", "media-caption"))
_SKIPPED = frozenset(("script", "style", "head", "media-metadata", "media-reference"))


def read_newsml(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the articles of a NewsML-G2 message: each news item of text.

    >>> meta = b"<contentMeta><headline>Rain</headline></contentMeta>"
    >>> item = io.BytesIO(b"<newsItem guid='g:1'>" + meta + b"</newsItem>")
    >>> [record.values for record in read_newsml(io.BufferedReader(item), "a.xml")]
    [{'id': 'g:1', 'title': 'Rain'}]
    """
    root = _root(stream, name)
    if isinstance(root, Rejected):
        yield root
        return
    items = [e for e in root.iter() if local_name(e) in ("newsItem", "packageItem", "conceptItem")]
    for number, item in enumerate(items, 1):
        place = "" if len(items) == 1 else str(number)
        values = _item(item) if local_name(item) == "newsItem" else {}
        if values.get("title") or values.get("body"):
            yield RawRecord(values, place)
        else:
            where = f"{name}:{place}" if place else name
            yield Rejected(where, None, f"a {local_name(item)} without a headline or a text")
    if not items:
        yield Rejected(name, None, "the message has no news item")


def read_nitf(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the article of a NITF document.

    >>> head = b"<body.head><hedline><hl1>Rain</hl1></hedline></body.head>"
    >>> nitf = io.BytesIO(b"<nitf><body>" + head + b"</body></nitf>")
    >>> [record.values for record in read_nitf(io.BufferedReader(nitf), "a.xml")]
    [{'title': 'Rain'}]
    """
    root = _root(stream, name)
    if isinstance(root, Rejected):
        yield root
        return
    document = _first(root, "nitf")
    values = {} if document is None else _nitf(document)
    if values.get("title") or values.get("body"):
        yield RawRecord(values)
    else:
        yield Rejected(name, None, "the document has neither a headline nor a text")


def _root(stream: io.BufferedReader, name: str) -> Any:
    data = read_whole(stream, name, _MAX_FILE, "document")
    if isinstance(data, Rejected):
        return data
    try:
        return parse_xml(data)
    except ValueError as error:
        return Rejected(name, None, str(error))


def _item(item: Any) -> dict[str, Any]:
    meta, content = _first(item, "contentMeta"), _first(item, "contentSet")
    info = _first(item, "itemMeta")
    nitf = None if content is None else _first(content, "nitf")
    values = {} if nitf is None else _nitf(nitf)
    if content is not None and nitf is None:
        values["body"] = "\n\n".join(_paragraphs(content))
    subjects = [] if meta is None else [e for e in meta if local_name(e) == "subject"]
    remote = {
        "id": item.get("guid") or values.get("id"),
        "title": _text(meta, "headline") or values.get("title") or _text(info, "title"),
        "body": values.get("body") or _text(meta, "description"),
        "date": _text(meta, "contentCreated") or _text(info, "firstCreated")
        or _text(info, "versionCreated") or values.get("date"),
        "source": _named(info, "provider") or _named(meta, "infoSource"),
        "authors": _all(meta, "by") or _names(meta, "creator") or values.get("authors"),
        "topics": [name for name in map(_name, subjects) if name],
        "places": _names(meta, "located"),
        "dateline": _text(meta, "dateline") or values.get("dateline"),
        "lang": _language(meta, item),
    }  # fmt: skip
    return {key: value for key, value in remote.items() if value}


def _nitf(document: Any) -> dict[str, Any]:
    content = _first(document, "body.content")
    head = _first(document, "body.head")
    identifier = _first(document, "doc-id")
    issued = _first(document, "date.issue")
    released = _first(document, "date.release")
    keywords = [e.get("key", "") for e in document.iter() if local_name(e) == "keyword"]
    byline = _first(document, "byline")
    dateline = _first(document, "dateline")
    dates = [e.get("norm", "") for e in (issued, released) if e is not None]
    values = {
        "id": "" if identifier is None else identifier.get("id-string", ""),
        "title": _text(head, "hl1") or _text(head, "headline") or _text(document, "title"),
        "body": "" if content is None else "\n\n".join(_paragraphs(content)),
        "date": next((date for date in dates if date), ""),
        "authors": [] if byline is None else _people(byline),
        "topics": [key for key in keywords if key],
        "dateline": "" if dateline is None else _inner(dateline),
        "source": _text(head, "distributor"),
    }
    return {key: value for key, value in values.items() if value}


def _people(byline: Any) -> list[str]:
    people = [_inner(e) for e in byline.iter() if local_name(e) == "person"]
    text = _inner(byline)
    return people or [text[3:] if text[:3].lower() == "by " else text]


def _paragraphs(content: Any) -> Iterator[str]:
    """The texts of blocks; text outside of any block is one too."""
    blocks = [e for e in _visible(content) if local_name(e) in _BLOCKS]
    texts = blocks or [content]
    for element in texts:
        if text := _inner(element):
            yield text


def _visible(element: Any) -> Iterator[Any]:
    for child in element:
        name = local_name(child)
        if name in _SKIPPED:
            continue
        if name in _BLOCKS:
            yield child
        else:
            yield from _visible(child)


def _inner(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _first(element: Any, name: str) -> Any:
    found: Iterable[Any] = () if element is None else element.iter()
    return next((child for child in found if local_name(child) == name), None)


def _text(element: Any, name: str) -> str:
    found = _first(element, name)
    return "" if found is None else _inner(found)


def _all(element: Any, name: str) -> list[str]:
    found: Iterable[Any] = () if element is None else element
    return [text for e in found if local_name(e) == name and (text := _inner(e))]


def _names(element: Any, name: str) -> list[str]:
    found: Iterable[Any] = () if element is None else element
    return [text for e in found if local_name(e) == name and (text := _name(e))]


def _named(element: Any, name: str) -> str:
    return next(iter(_names(element, name)), "")


def _name(element: Any) -> str:
    return _text(element, "name") or element.get("literal", "")


def _language(meta: Any, item: Any) -> str:
    language = None if meta is None else _first(meta, "language")
    tag = "" if language is None else language.get("tag", "")
    xml_lang: str = item.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    return tag or xml_lang
