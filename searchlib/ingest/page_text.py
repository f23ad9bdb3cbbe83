"""The text of one news page a file, UTF-8."""

from __future__ import annotations

import io
from collections.abc import Iterator

from searchlib.ingest.article import Article, RecordConverter, Rejected, read_page
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.json_lines import why_not_json
from searchlib.ingest.streams import MAX_RECORD, STREAM_ERRORS, why_unreadable

__all__ = ["read_page_text"]


def read_page_text(
    stream: io.BufferedReader, name: str, _convert: RecordConverter = Article.from_record,
    position: StreamPosition | None = None,
) -> Iterator[Article | Rejected]:  # fmt: skip
    """Yield the article of the page, or a Rejected if the stream has no readable text.

    A page is an article at once, not a record that could be converted. ``position`` does not
    advance: a stopped run reads the page again.

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
        article = read_page(data.decode(), name)
    except STREAM_ERRORS as error:
        (position or StreamPosition()).failed = True
        yield Rejected(name, None, why_unreadable(error))
    except UnicodeDecodeError as error:
        yield Rejected(name, None, why_not_json(error))
    except ValueError as error:
        yield Rejected(name, None, str(error))
    else:
        if article.id:
            yield article
        else:
            yield Rejected(name, None, "the page has no text")
