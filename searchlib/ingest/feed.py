"""Feeds: RSS and Atom in all their versions, by feedparser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.html_text import html_to_text, is_html
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole
from searchlib.ingest.safe_xml import refuse_hostile

__all__ = ["read_feed"]

_MAX_FEED = 64 * 1024 * 1024


def read_feed(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield an article for each entry; the feed's own title is their source. Nothing is fetched.

    >>> rss = b"<rss><channel><title>Wire</title><item><title>Rain</title></item></channel></rss>"
    >>> [record.values for record in read_feed(io.BufferedReader(io.BytesIO(rss)), "feed.xml")]
    [{'title': 'Rain', 'source': 'Wire'}]
    """
    import feedparser

    data = read_whole(stream, name, _MAX_FEED, "feed")
    if isinstance(data, Rejected):
        yield data
        return
    if why := refuse_hostile(data):
        yield Rejected(name, None, why)
        return
    # Bytes, never a text that could be an address.
    parsed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.entries:
        error = parsed.get("bozo_exception") if parsed.get("bozo") else None
        yield Rejected(name, None, f"not a feed with entries{f': {error}' if error else ''}")
        return
    for number, entry in enumerate(parsed.entries, 1):
        values = _values(entry, parsed.feed)
        if values.get("title") or values.get("body"):
            yield RawRecord(values, str(number))
        else:
            yield Rejected(f"{name}:{number}", None, "the entry has neither a title nor a text")


def _values(entry: Any, feed: Any) -> dict[str, Any]:
    contents = [part.get("value", "") for part in entry.get("content", ())]
    body = max([*contents, entry.get("summary", "")], key=len)
    authors = [author.get("name", "") for author in entry.get("authors", ()) if author]
    source = entry.get("source") or {}
    values = {
        "id": entry.get("id"),
        "title": _text(entry.get("title", "")),
        "body": _text(body),
        "date": _date(entry, "published") or _date(entry, "updated") or _date(entry, "created"),
        "source": source.get("title") or feed.get("title"),
        "authors": [name for name in authors or [entry.get("author")] if name],
        "topics": [tag.get("term") for tag in entry.get("tags", ()) if tag.get("term")],
        "url": entry.get("link"),
        "lang": entry.get("language") or feed.get("language"),
    }
    return {name: value for name, value in values.items() if value}


def _text(html: str) -> str:
    return html_to_text(html) if is_html(html) else html.strip()


def _date(entry: Any, name: str) -> str:
    """A date of an entry: feedparser gives it in UTC."""
    timestamp = entry.get(f"{name}_parsed")
    if timestamp is None:
        text: str = entry.get(name, "")
        return text
    try:
        return datetime(*timestamp[:6]).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    except ValueError:
        return ""
