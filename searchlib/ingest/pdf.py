"""PDF documents, by pypdf."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole

__all__ = ["read_pdf"]

_MAX_FILE = 256 * 1024 * 1024
_MAX_PAGES = 5_000
_MAX_TEXT = 64 * 1024 * 1024
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")


def read_pdf(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the text of a document as one article. A scan, which has pictures of pages only, is
    rejected."""
    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    data = read_whole(stream, name, _MAX_FILE, "document")
    if isinstance(data, Rejected):
        yield data
        return
    try:
        document = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if document.is_encrypted and not document.decrypt(""):
            yield Rejected(name, None, "the document is encrypted: save it without a password")
            return
        values = _values(document)
    except (PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError,
            MemoryError, NotImplementedError, RecursionError, TypeError,
            ValueError) as error:  # fmt: skip
        # Damaged documents end in any of these within pypdf.
        yield Rejected(
            name, None, f"the document cannot be read: {str(error) or type(error).__name__}"
        )
        return
    if not values["body"]:
        yield Rejected(
            name, None, "the document has no text: it may be a scan, which needs OCR first"
        )
        return
    yield RawRecord({key: value for key, value in values.items() if value})


def _values(document: Any) -> dict[str, Any]:
    pages: list[str] = []
    size = 0
    for number, page in enumerate(document.pages):
        text = page.extract_text() or ""
        size += len(text)
        if number >= _MAX_PAGES or size > _MAX_TEXT:
            raise ValueError(f"it has more than {_MAX_PAGES} pages or {_MAX_TEXT} characters")
        pages.append(_paragraphs(text))
    info = document.metadata or {}
    title = str(info.get("/Title") or "").strip()
    body = "\n\n".join(page for page in pages if page)
    author = str(info.get("/Author") or "").strip()
    return {
        "title": title if _says_something(title) else body.partition("\n")[0][:200],
        "body": body,
        "date": _date(document),
        "authors": [author] if author else [],
    }


def _says_something(title: str) -> bool:
    """Not what programs put there: the name of a file, or "untitled"."""
    is_file = re.search(r"\.\w{2,4}$|^Microsoft Word - |^(?:untitled|document)\d*$", title, re.I)
    return bool(title) and is_file is None


def _paragraphs(text: str) -> str:
    lines = _HYPHENATED.sub("", text.replace("\r", "")).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _date(document: Any) -> str:
    try:
        timestamp = document.metadata and document.metadata.creation_date
    except (ValueError, TypeError, AttributeError):
        return ""
    return timestamp.isoformat() if isinstance(timestamp, datetime) else ""
