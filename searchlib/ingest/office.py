"""Documents of word processors and books: DOCX, ODT and EPUB, which are ZIP files of XML."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from searchlib.ingest.article import Rejected
from searchlib.ingest.html_text import html_to_text
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole
from searchlib.ingest.safe_xml import local_name, parse_xml
from searchlib.ingest.text_encoding import decoded

__all__ = ["read_docx", "read_epub", "read_odt"]

_MAX_FILE = 256 * 1024 * 1024
_MAX_PART = 64 * 1024 * 1024  # of a file within, when it is decompressed
_MAX_BOOK = 128 * 1024 * 1024
# Dublin Core -> fields of an article.
_PROPERTIES = {
    "title": "title", "creator": "authors", "initial-creator": "authors", "created": "date",
    "creation-date": "date", "date": "date", "language": "lang", "publisher": "source",
    "subject": "topics", "keywords": "topics", "keyword": "topics", "identifier": "id",
}  # fmt: skip


def read_docx(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the article of a document of Microsoft Word (ECMA-376)."""
    yield _document(stream, name, _docx)


def read_odt(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the article of an OpenDocument text (ISO/IEC 26300)."""
    yield _document(stream, name, _odt)


def read_epub(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield a book (EPUB) as one article."""
    yield _document(stream, name, _epub)


def _document(
    stream: io.BufferedReader, name: str, read: Callable[[zipfile.ZipFile], dict[str, Any]]
) -> RecordItem:
    data = read_whole(stream, name, _MAX_FILE, "document")
    if isinstance(data, Rejected):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            values = read(parts)
    except KeyError as error:
        return Rejected(name, None, f"not a whole document: {str(error).strip(chr(34))}")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
            ValueError) as error:  # fmt: skip
        return Rejected(name, None, f"the document cannot be read: {error}")
    if not (values.get("body") or values.get("title")):
        return Rejected(name, None, "the document has no text")
    return RawRecord({key: value for key, value in values.items() if value})


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    with parts.open(name) as part:
        data = part.read(_MAX_PART + 1)
    if len(data) > _MAX_PART:
        raise ValueError(f"{name} grows to more than {_MAX_PART} bytes")
    return data


def _docx(parts: zipfile.ZipFile) -> dict[str, Any]:
    values = _properties(parts, "docProps/core.xml")
    values.pop("id", None)
    paragraphs: list[str] = []
    title = ""
    for paragraph in _elements(parse_xml(_part(parts, "word/document.xml")), "p"):
        text = "".join(_docx_text(paragraph)).strip()
        style = next((e for e in paragraph.iter() if local_name(e) == "pStyle"), None)
        is_title = style is not None and _attribute(style, "val").lower() in ("title", "heading1")
        if text and is_title and not title and not paragraphs:
            title = text
        elif text:
            paragraphs.append(text)
    return _titled(values, title, paragraphs)


def _docx_text(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter():
        name = local_name(element)
        if name == "t":
            yield element.text or ""
        elif name in ("tab", "br", "cr"):
            yield "\n" if name != "tab" else " "


def _odt(parts: zipfile.ZipFile) -> dict[str, Any]:
    values = _properties(parts, "meta.xml")
    values.pop("id", None)
    paragraphs: list[str] = []
    title = ""
    body = next(_elements(parse_xml(_part(parts, "content.xml")), "body"), None)
    for element in () if body is None else body.iter():
        name = local_name(element)
        if name not in ("p", "h"):
            continue
        text = " ".join("".join(_odt_text(element)).split())
        if text and name == "h" and not title and not paragraphs:
            title = text
        elif text:
            paragraphs.append(text)
    return _titled(values, title, paragraphs)


def _odt_text(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if local_name(child) in ("s", "tab", "line-break"):
            yield " "
        elif local_name(child) not in ("note", "annotation", "p", "h"):
            yield from _odt_text(child)
        yield child.tail or ""


def _epub(parts: zipfile.ZipFile) -> dict[str, Any]:
    manifest = parse_xml(_part(parts, "META-INF/container.xml"))
    rootfile = next(_elements(manifest, "rootfile"), None)
    path = "" if rootfile is None else _attribute(rootfile, "full-path")
    package = parse_xml(_part(parts, path))
    values = _dublin_core(package)
    items = {_attribute(e, "id"): _attribute(e, "href") for e in _elements(package, "item")}
    texts: list[str] = []
    size = 0
    for reference in _elements(package, "itemref"):
        href = items.get(_attribute(reference, "idref"), "")
        chapter = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(href)))
        text = html_to_text(decoded(_part(parts, chapter)))
        size += len(text)
        if size > _MAX_BOOK:
            raise ValueError(f"its text is longer than {_MAX_BOOK} characters")
        if text:
            texts.append(text)
    return _titled(values, "", texts)


def _titled(values: dict[str, Any], title: str, paragraphs: list[str]) -> dict[str, Any]:
    if title or not values.get("title"):
        values["title"] = title
    while paragraphs and paragraphs[0] == values["title"]:  # a title that has no style of one
        del paragraphs[0]
    values["body"] = "\n\n".join(paragraphs)
    return values


def _properties(parts: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        return _dublin_core(parse_xml(_part(parts, name)))
    except KeyError:
        return {}


def _dublin_core(root: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for element in root.iter():
        field = _PROPERTIES.get(local_name(element))
        text = (element.text or "").strip()
        if field is None or not text:
            continue
        if field in ("authors", "topics"):
            known = values.setdefault(field, [])
            if text not in known:  # who made it and who changed it last
                known.append(text)
        else:
            values.setdefault(field, text)
    return values


def _elements(root: Any, name: str) -> Iterator[Any]:
    return (element for element in root.iter() if local_name(element) == name)


def _attribute(element: Any, name: str) -> str:
    return next((v for key, v in element.attrib.items() if key.rpartition("}")[2] == name), "")
