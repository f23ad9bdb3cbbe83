"""The formats that are read, and how a file's is found: by its content, not by its name alone.

To add one, write a module with a :data:`~searchlib.ingest.raw_record.RecordReader` and add a line
to :data:`FORMATS`; if its files do not begin in a way of their own, say in :func:`detect` how they
are known.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from searchlib.errors import ArgumentError
from searchlib.ingest.csv_file import dialect_of, sample_rows
from searchlib.ingest.field_names import is_known_name
from searchlib.ingest.front_matter import has_front_matter
from searchlib.ingest.json_lines import decoder
from searchlib.ingest.streams import COMPRESSED
from searchlib.ingest.text_encoding import SAMPLE, decoded, marked_encoding

__all__ = ["FORMATS", "Format", "detect", "format_by_name", "format_named", "load_reader"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name in options and in summaries, the ends of its files' names, where its
    reader is ("module:function"), the extra of this package whose libraries it needs, and whether
    a file is one document that is read in a process of its own (:mod:`.extraction`)."""

    name: str
    title: str
    extensions: tuple[str, ...]
    reader: str
    extra: str = ""
    is_isolated: bool = False

    def load(self) -> Any:
        """The reader."""
        return load_reader(self.reader)


#: All formats, by name.
FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("jsonl", "JSON Lines", (".jsonl", ".ndjson", ".jl"), "json_lines:read_json_lines"),
        Format("json", "JSON", (".json", ".geojson"), "json_file:read_json"),
        Format("csv", "CSV", (".csv", ".tsv", ".tab", ".psv"), "csv_file:read_csv"),
        Format("sqlite", "SQLite", (".db", ".sqlite", ".sqlite3"), "sqlite_table:read_sqlite"),
        Format("parquet", "Parquet", (".parquet", ".pq"), "parquet:read_parquet", "columns"),
        Format("arrow", "Arrow", (".arrow", ".feather"), "parquet:read_arrow", "columns"),
        Format("feed", "feed", (".rss", ".atom", ".rdf"), "feed:read_feed", "web", True),
        Format("html", "HTML", (".html", ".htm", ".xhtml"), "html_page:read_html", "web", True),
        Format("warc", "WARC", (".warc", ".arc"), "warc:read_warc", "web"),
        Format("newsml", "NewsML-G2", (), "newsml:read_newsml", "documents"),
        Format("nitf", "NITF", (".nitf",), "newsml:read_nitf", "documents"),
        Format("markdown", "Markdown", (".md", ".markdown"), "front_matter:read_markdown"),
        Format("text", "text", (".txt", ".text"), "page_text:read_page_text"),
        Format("pdf", "PDF", (".pdf",), "pdf:read_pdf", "documents", True),
        Format("docx", "DOCX", (".docx",), "office:read_docx", "documents", True),
        Format("odt", "ODT", (".odt",), "office:read_odt", "documents", True),
        Format("epub", "EPUB", (".epub",), "office:read_epub", "documents", True),
        Format("mail", "mail", (".eml",), "mail:read_mail"),
        Format("mbox", "mbox", (".mbox",), "mail:read_mbox"),
        Format("zip", "ZIP", (".zip", ".wacz"), "members:zip_members"),
        Format("tar", "TAR", (".tar", ".tgz"), "members:tar_members"),
    )
}
_BY_EXTENSION = {extension: one for one in FORMATS.values() for extension in one.extensions}
_BY_EXTENSION[".xml"] = FORMATS["feed"]  # to be looked at: it may be another one

# What other files begin with, and what to say that they are.
_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"RIFF", "sound, video or a WebP picture"),
    (b"ID3", "sound (MP3)"),
    (b"OggS", "sound or video (Ogg)"),
    (b"\x1aE\xdf\xa3", "video (Matroska)"),
    (b"\xd0\xcf\x11\xe0", "a document of an old Microsoft program: save it as .docx"),
    (b"{\\rtf", "rich text (RTF): save it as .docx or .odt"),
    (b"%!PS", "PostScript: make a PDF of it"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Obj\x01", "Avro: write it as Parquet or JSON Lines"),
    (b"\x80\x04", "a pickle, which is not read as it could run any program"),
    (b"\x80\x05", "a pickle, which is not read as it could run any program"),
)
_PROLOG = re.compile(
    r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>)*",
    re.DOTALL | re.IGNORECASE,
)
_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_HTML = frozenset(("html", "head", "body", "meta", "title", "div", "p", "article", "main",
                   "section", "script", "link", "style", "h1", "table", "header"))  # fmt: skip
_HEADER = re.compile(r"([A-Z][A-Za-z0-9-]{1,60}):[ \t]?.*")
_MAIL_HEADERS = frozenset(("From", "To", "Subject", "Date", "Message-ID", "Message-Id", "Received",
                           "MIME-Version", "Mime-Version", "Return-Path", "Delivered-To", "Cc",
                           "Newsgroups", "Reply-To", "Content-Type", "X-Mailer"))  # fmt: skip
_ZIP_FORMATS = (
    (b"mimetypeapplication/epub+zip", "epub"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "odt"),
    (b"word/", "docx"),
)
_OTHER_ZIPS = ((b"xl/", "a spreadsheet (XLSX): save it as CSV"),
               (b"ppt/", "slides (PPTX): save them as PDF"),
               (b"opendocument.spreadsheet", "a spreadsheet (ODS): save it as CSV"))  # fmt: skip


def load_reader(name: str) -> Any:
    """The reader of this name ("module:function")."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(f"searchlib.ingest.{module}"), function)


def format_named(name: str) -> Format:
    """The format with this name; ArgumentError lists those that there are.

    >>> format_named("csv").title
    'CSV'
    """
    found = FORMATS.get(name.lower())
    if found is None:
        raise ArgumentError(f"{name!r} is not a format that is read: {', '.join(FORMATS)}")
    return found


# Its table of contents, its segments, and its lock.
_WHOOSH_FILE = re.compile(r"_.+_[0-9]+\.toc\Z|[A-Za-z0-9_]+_[a-z0-9]{16}\.seg\Z|.+_WRITELOCK\Z")


def format_by_name(path: str) -> Format | None:
    """The format that the name of a file suggests.

    >>> format_by_name("news.jsonl.GZ").name, format_by_name("photo.jpg")
    ('jsonl', None)
    """
    return _BY_EXTENSION.get(_extension(path))


def _extension(path: str) -> str:
    name = path.lower().partition("#")[0]
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return PurePath(name).suffix


def detect(start: bytes, path: str | None) -> Format | str:
    """The format of a file that begins with these bytes, decompressed; ``path`` is its name, None
    for a stream. Of a file that is not read, what it is, in words.

    >>> detect(b'{"id": 1}\\n{"id": 2}\\n', "news.json").name
    'jsonl'
    >>> detect(b"\\xff\\xd8\\xff\\xe0", "photo.txt")
    'a JPEG picture'
    """
    if path is not None and _WHOOSH_FILE.match(PurePath(path).name):
        return "a part of a Whoosh index, which searchlib import-whoosh takes over"
    binary = _detect_binary(start)
    if binary is not None:
        return binary
    suggested = None if path is None else format_by_name(path)
    if not marked_encoding(start) and (nuls := start.count(b"\0")):
        is_likely = suggested is not None or start.lstrip().startswith((b"{", b"["))
        if not is_likely or nuls * 10 > len(start):
            return "data of an unknown kind"
    text = decoded(start).lstrip()
    if not text:
        return suggested or FORMATS["text"]
    if text[0] in "{[":
        found = _detect_json(text, suggested, len(start) >= SAMPLE)
        if found is not None:
            return found
    if text[0] == "<":
        return _detect_markup(text, suggested)
    return _detect_text(text, suggested, path)


def _detect_binary(start: bytes) -> Format | str | None:
    for magic, name in (
        (b"SQLite format 3\0", "sqlite"), (b"PAR1", "parquet"), (b"ARROW1", "arrow"),
        (b"WARC/", "warc"), (b"filedesc://", "warc"),
    ):  # fmt: skip
        if start.startswith(magic):
            return FORMATS[name]
    if b"%PDF-" in start[:1024] and not start.lstrip().startswith((b"<", b"{", b"From ")):
        return FORMATS["pdf"]
    if start[257:262] == b"ustar":
        return FORMATS["tar"]
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        for mark, name in _ZIP_FORMATS:
            if mark in start[:4096]:
                return FORMATS[name]
        return next((what for mark, what in _OTHER_ZIPS if mark in start[:4096]), FORMATS["zip"])
    if start[4:8] == b"ftyp":
        return "video"
    return next((what for magic, what in _OTHERS if start.startswith(magic)), None)


def _detect_json(text: str, suggested: Format | None, is_cut: bool) -> Format | None:
    """JSON Lines if the first line is an object and another follows; else JSON of another shape;
    None if it is neither."""
    first, line_end, rest = text.partition("\n")
    is_lines = suggested is FORMATS["jsonl"]
    is_spread = first.strip() == "{" and rest.lstrip()[:1] in ('"', "}", "")
    if text[0] == "[" or (is_spread and not (is_lines and not rest.strip())):
        # A template or a text may begin with a bracket.
        if text[0] == "[" and suggested is not None and suggested.name in ("text", "markdown"):
            return FORMATS["json"] if re.match(r"\[\s*[\[{\]]", text) else None
        return FORMATS["json"]
    try:
        decoder().decode(first.strip().rstrip(","))
    except (ValueError, RecursionError):
        is_whole_line = bool(line_end) or not is_cut
        if suggested is not None and suggested.name in ("text", "markdown") and is_whole_line:
            return FORMATS["json"] if re.match(r'\{\s*"', text) else None
        return FORMATS["jsonl" if is_lines else "json"]
    return FORMATS["jsonl" if is_lines or rest.strip() else "json"]


def _detect_markup(text: str, suggested: Format | None) -> Format | str:
    match = _ELEMENT.match(text, _PROLOG.match(text).end())  # type: ignore[union-attr]
    root = match[2] if match else ""
    if root.lower() in ("rss", "feed") or (root == "RDF" and "purl.org/rss" in text):
        return FORMATS["feed"]
    if root in ("newsMessage", "newsItem", "packageItem", "conceptItem", "knowledgeItem"):
        return FORMATS["newsml"]
    if root == "nitf":
        return FORMATS["nitf"]
    if root.lower() in _HTML or "<!doctype html" in text[:1024].lower():
        return FORMATS["html"]
    if suggested is not None and suggested.name in ("html", "markdown"):
        return suggested
    if "<html" in text.lower():
        return FORMATS["html"]
    return f"XML of another kind (<{root}>)" if root else "text that begins with <"


def _detect_text(text: str, suggested: Format | None, path: str | None) -> Format | str:
    if suggested is not None and suggested.name in ("csv", "jsonl"):
        return suggested
    if text.startswith("From ") and _is_mail(text.partition("\n")[2]):
        return FORMATS["mbox"]
    if _is_mail(text):
        return FORMATS["mail"]
    if has_front_matter(text):
        return FORMATS["markdown"]
    if suggested is not FORMATS["markdown"] and _is_table(text):
        return FORMATS["csv"]
    if suggested is not None and suggested.name in ("text", "markdown", "mail", "mbox"):
        return suggested if suggested.name in ("text", "markdown") else FORMATS["text"]
    if suggested is not None:
        return f"not {suggested.title}, as its name says, but a text"
    return FORMATS["text"] if path is None else "a text of an unknown kind"


def _is_mail(text: str) -> bool:
    names = set()
    for line in text.splitlines()[:60]:
        if not line.strip():
            break
        match = _HEADER.fullmatch(line)
        if match is not None:
            names.add(match[1])
        elif not line[0].isspace():
            return False
    return len(names & _MAIL_HEADERS) >= 3 or {"From", "Subject"} <= names


def _is_table(text: str) -> bool:
    """Whether a text is a table whose first row names columns, some of which are known."""
    dialect = dialect_of(text)
    rows = [] if dialect is None else sample_rows(text, dialect)
    if len(rows) < 2 or any(len(cell) > 40 for cell in rows[0]):
        return False
    cells = [cell.strip() for cell in rows[0]]
    known = sum(map(is_known_name, cells))
    are_names = known > 0 and all(re.fullmatch(r"\w+", cell) for cell in cells)
    return known >= 2 or (are_names and len({*map(len, rows)}) == 1)
