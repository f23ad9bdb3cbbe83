"""The text of one news page a file."""

from __future__ import annotations

import io
from collections.abc import Iterator

from searchlib.ingest.article import Article, Rejected, read_page
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.raw_record import read_whole
from searchlib.ingest.streams import MAX_RECORD, STREAM_ERRORS, why_unreadable
from searchlib.ingest.text_encoding import decoded

__all__ = ["read_page_text"]


def read_page_text(
    stream: io.BufferedReader, name: str, position: StreamPosition | None = None
) -> Iterator[Article | Rejected]:
    """Yield the article of the page, or a Rejected if the stream has no readable text.

    A page is an article at once, not a record that could be converted. ``position`` does not
    advance: a stopped run reads the page again.

    >>> stream = io.BufferedReader(io.BytesIO(b"Rain"))
    >>> [article.title for article in read_page_text(stream, "rain.txt")]
    ['Rain']
    """
    try:
        data = read_whole(stream, name, MAX_RECORD, "page")
    except STREAM_ERRORS as error:
        (position or StreamPosition()).failed = True
        yield Rejected(name, None, why_unreadable(error))
        return
    if isinstance(data, Rejected):
        yield data
    elif b"\x00" in data:
        yield Rejected(name, None, "not a text: it has NUL bytes")
    else:
        article = read_page(decoded(data), name)
        yield article if article.id else Rejected(name, None, "the page has no text")
