"""Web archives (WARC, ISO 28500): the articles of the pages in them, by warcio."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import Extraction

__all__ = ["read_warc"]

_MAX_PAGE = 16 * 1024 * 1024
_PAGES = ("text/html", "application/xhtml+xml")


def read_warc(stream: io.BufferedReader, name: str) -> Iterator[Extraction | Rejected]:
    """Yield each page that was answered whole; other records (pictures, requests,
    redirections) are passed over."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    logging.getLogger("warcio").setLevel(logging.CRITICAL)
    number = pages = 0
    try:
        for record in ArchiveIterator(stream, arc2warc=True):
            number += 1
            headers = record.http_headers
            if record.rec_type != "response" or headers is None:
                continue
            kind = (headers.get_header("Content-Type") or "").lower()
            if not kind.startswith(_PAGES) or headers.get_statuscode() != "200":
                continue
            pages += 1
            data = record.content_stream().read(_MAX_PAGE + 1)
            location = f"{name}:{number}"
            if len(data) > _MAX_PAGE:
                yield Rejected(location, None, f"the page is longer than {_MAX_PAGE} bytes")
                continue
            url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
            charset = kind.partition("charset=")[2].strip(" \"'") or None
            crawled = record.rec_headers.get_header("WARC-Date") or ""
            yield Extraction(
                "html_page:read_html", data, location, str(number),
                options={"url": url, "charset": charset}, values={"id": url, "crawled": crawled},
            )  # fmt: skip
    except (ArchiveLoadFailed, ValueError, UnicodeError, AttributeError) as error:
        yield Rejected(f"{name}:{number + 1}", None, f"the web archive is damaged: {error}")
        return
    if not pages:
        yield Rejected(name, None, "the web archive has no page of HTML that was answered")
