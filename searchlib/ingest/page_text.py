"""The text of one news page a file, UTF-8."""

from __future__ import annotations

import io
from collections.abc import Iterator

from searchlib.ingest.article import Article, Rejected, read_page
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.json_lines import why_not_json
from searchlib.ingest.streams import BAD_STREAM, MAX_RECORD, why_unreadable

__all__ = ["read_page_text"]


def read_page_text(
    stream: io.BufferedReader, where: str, at: StreamPosition | None = None
) -> Iterator[Article | Rejected]:
    """The article of the page; Rejected when there is no text to be read. ``at`` is told of a
    stream that could not be read.

    >>> stream = io.BufferedReader(io.BytesIO(b"Rain"))
    >>> [article.title for article in read_page_text(stream, "rain.txt")]
    ['Rain']
    """
    try:
        data = stream.read(MAX_RECORD + 1)
        if len(data) > MAX_RECORD:
            raise ValueError(f"the page is longer than {MAX_RECORD} bytes")
        if b"\x00" in data:
            raise ValueError("not a text: it has NUL bytes")
        article = read_page(data.decode(), where)
    except BAD_STREAM as error:
        (at or StreamPosition()).failed = True
        yield Rejected(where, None, why_unreadable(error))
    except UnicodeDecodeError as error:
        yield Rejected(where, None, why_not_json(error))
    except ValueError as error:
        yield Rejected(where, None, str(error))
    else:
        if article.id:
            yield article
        else:
            yield Rejected(where, None, "the page has no text")
