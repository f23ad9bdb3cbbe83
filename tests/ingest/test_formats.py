"""Formats by content: the right one, or a word for what the file is."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.errors import ArgumentError
from searchlib.ingest import formats
from searchlib.ingest.formats import FORMATS, Format, detect, format_by_name, format_named
from searchlib.ingest.text_encoding import SAMPLE


def _zip(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(*name.partition("=")[::2])
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b'{"id": 1}\n{"id": 2}\n', "a.json", "jsonl"),
        (b'{"id": 1}\n{"id": 2}\n', "a.txt", "jsonl"),
        (b'{"id": 1}\n{"id": 2}\n', None, "jsonl"),
        (b'{"id": 1}\nrain\n', None, "jsonl"),
        (b'{"id": 1}', "a.json", "json"),
        (b'{\n "id": 1\n}', "a.jsonl", "json"),
        (b"{half\n{}", "a.jsonl", "jsonl"),
        (b'[{"id": 1}]', "a.txt", "json"),
        (b"[1] A footnote begins this text.", "a.txt", "text"),
        (b'{"id": "' + b"x" * (1 << 16), "a.json", "json"),
        (b'{"id": "' + b"x" * (1 << 16), "a.jsonl", "jsonl"),
        (b"id,title,body\n1,Rain,x\n", None, "csv"),
        (b"id,title,body\n1,Rain,x\n", "a.txt", "csv"),
        (b"foo,bar\n1,2\n", "a.csv", "csv"),
        (b"Rain, wind and snow.\nMore, on Sunday.\n", "a.txt", "text"),
        (b"Rain, wind and snow.\nMore, on Sunday.\n", None, "text"),
        (b"<?xml version='1.0'?><rss version='2.0'/>", "a.xml", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", None, "feed"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<newsMessage/>", "a.xml", "newsml"),
        (b"<nitf><body/></nitf>", "a.xml", "nitf"),
        (b"<!DOCTYPE html>\n<html>", "a.txt", "html"),
        (b"<HTML><BODY>", None, "html"),
        (b"\n<div>text</div>", "a.htm", "html"),
        (b"---\ntitle: Rain\n---\nIt rained.", None, "markdown"),
        (b"# Rain\n\nIt rained.", "a.md", "markdown"),
        (b"From: a@b.example\nSubject: Rain\n\nText", "a.eml", "mail"),
        (b"From a@b.example Mon\nFrom: a@b.example\nSubject: x\n\nText", None, "mbox"),
        (b"Source: Wire\nUpdated: 2022-08-31\n\nText", None, "text"),
        (b"%PDF-1.7\n", "a.txt", "pdf"),
        (b"SQLite format 3\0", "a.db", "sqlite"),
        (b"PAR1", "a", "parquet"),
        (b"ARROW1\0\0", "a", "arrow"),
        (b"WARC/1.0\r\n", "a", "warc"),
        (_zip("[Content_Types].xml", "word/document.xml"), "a.zip", "docx"),
        (_zip("mimetype=application/epub+zip"), "a", "epub"),
        (_zip("mimetype=application/vnd.oasis.opendocument.text"), "a", "odt"),
        (_zip("a.csv"), "a", "zip"),
        (_tar(), "a", "tar"),
        ('{"id": 1}\n{"id": 2}'.encode("utf-16"), "a.json", "jsonl"),
        ("id;title\n1;Rain".encode("utf-16"), "a.csv", "csv"),
        (b"a,b\n1,2\n3\0", "a.csv", "csv"),  # one byte of ten is 0
        (b'{"id": 1, "title": "a \0 b"}', None, "json"),
        (b"[", None, "json"),
        (b"{rain\nand wind", None, "json"),
        (b"{rain\nand wind", "a.csv", "json"),
        (b"{rain\nand wind", "a.jsonl", "jsonl"),
        (b"{rain\nand wind", "a.txt", "text"),
        (b"{rain\nand wind", "a.md", "markdown"),
        (b'{"rain\nand wind', "a.txt", "json"),
        (b'{ "rain', "a.md", "json"),
        (b"{rain".ljust(SAMPLE - 1), "a.txt", "text"),
        (b"{rain".ljust(SAMPLE), "a.txt", "json"),  # its first line is not whole
        (b'{\n{"id": 1}\n', "a.jsonl", "jsonl"),
        (b"{[\n", "a.jsonl", "jsonl"),
        (b"{\n", "a.jsonl", "jsonl"),
        (b"{\n", "a.json", "json"),
        (b"{\n}", "a.jsonl", "json"),
        (b"[{\n", "a.txt", "json"),
        (b"[[1]]", "a.md", "json"),
        (b"[]", "a.txt", "json"),
        (b"<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", None, "feed"),
        (b"<!-- two\nlines --><!doctype rss><rss/>", None, "feed"),
        (b"<custom>x</custom>", "a.html", "html"),
        (b"<custom>x</custom>", "a.md", "markdown"),
        (b"<custom><html>x</html></custom>", None, "html"),
        (b"<!DOCTYPE html><custom>", None, "html"),
        (b"<!--" + b"x" * 1003 + b"--><!doctype html><custom>", None, "html"),
        (b"Subject: Rain\n" + b"X-A: 1\n" * 58 + b"From: a\n\nText", None, "mail"),
        (b"Subject: Rain\n" + b"X-A: 1\n" * 59 + b"From: a\n\nText", None, "text"),
        (b"Subject: Rain\n  and wind\nFrom: a\n\nText", None, "mail"),
        (b"Subject: Rain\nand wind\nFrom: a\n\nText", None, "text"),
        (b"Date: x\nTo: y\nCc: z\n\nText", None, "mail"),
        (b"Date: x\nTo: y\nFrom the sea: z\n\nText", None, "text"),
        (b"Date: x\nTo: y\nOther: z\n\nText", None, "text"),
        (b"id,title\n", None, "text"),  # no table has one row alone
        (b"id,title," + b"x" * 40 + b"\n1,2,3\n", None, "csv"),
        (b"id,title," + b"x" * 41 + b"\n1,2,3\n", None, "text"),
        (b"id,title\n1," + b"x" * 41 + b"\n", None, "csv"),
        (b"id,foo\n1,2\n", None, "csv"),
        (b"id,foo bar\n1,2\n", None, "text"),
        (b"foo,bar\n1,2\n", None, "text"),
        (b"id,foo\n1,2\n1,2,3\n1,2\n", None, "text"),
        (b"id,title,foo bar\n1,2,3\n1,2\n4,5,6\n", None, "csv"),
        (b"id,title\n1,Rain\n", "a.md", "markdown"),
        (b"Rain.", "a.eml", "text"),
        (b" \n", None, "text"),
        (b" \n", "a.csv", "csv"),
    ],
)
def test_formats(data: bytes, name: str | None, expected: str) -> None:
    found = detect(data, name)
    assert isinstance(found, Format), found
    assert found.name == expected


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"\xff\xd8\xff\xe0", "a.txt", "a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", None, "a PNG picture"),
        (b"\x7fELF\x02", "a", "a program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.doc", "old Microsoft program"),
        (b"{\\rtf1", "a.txt", "rich text"),
        (_zip("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", "a spreadsheet"),
        (b"\x80\x04\x95", "a.pkl", "a pickle"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "XML of another kind \\(<svg>\\)"),
        (b"import os\n", "a.py", "a text of an unknown kind"),
        (b"\x00\x01\x02\x03" * 9, "a.bin", "data of an unknown kind"),
        (b"plain text", "a.pdf", "not PDF, as its name says"),
        (b"a,b\n1,2\n\0", "a.csv", "data of an unknown kind"),  # one byte of nine is 0
        (b"Rain \0 and more than ten other letters", None, "data of an unknown kind"),
        (b"<rdf:RDF>", None, "XML of another kind \\(<RDF>\\)"),
        (b"<opml>purl.org/rss</opml>", None, "XML of another kind \\(<opml>\\)"),
        (b"<custom>x</custom>", "a.txt", "XML of another kind \\(<custom>\\)"),
        (b"<!--" + b"x" * 1004 + b"--><!doctype html><custom>", None, "XML of another kind"),
        (b"< 5 degrees", None, "text that begins with <"),
        (b"\0\0\0\x20ftypisom", None, "video"),
    ],
)
def test_what_is_not_read_is_named(data: bytes, name: str | None, what: str) -> None:
    found = detect(data, name)
    assert isinstance(found, str)
    with pytest.raises(ValueError, match=what):
        raise ValueError(found)


@given(st.binary(max_size=200), st.sampled_from([None, "a.txt", "a.json", "a.xml", "a.bin"]))
def test_anything_is_told(data: bytes, name: str | None) -> None:
    assert isinstance(detect(data, name), (Format, str))


def test_names() -> None:
    for extension, name in ((".jsonl", "jsonl"), (".CSV.gz", "csv"), (".html.zst", "html")):
        found = format_by_name("folder.d/NEWS" + extension)
        assert found is not None
        assert found.name == name
    assert format_by_name("news.db#table") is FORMATS["sqlite"]
    assert format_by_name("news") is None
    assert format_named("CSV") is FORMATS["csv"]
    with pytest.raises(ArgumentError, match="'xls' is not a format that is read: jsonl, json, csv"):
        format_named("xls")


def test_every_format_has_a_reader() -> None:
    for one in FORMATS.values():
        assert callable(one.load()), one
    json.dumps([one.title for one in FORMATS.values()])
    isolated = {name for name, one in FORMATS.items() if one.is_isolated}
    assert isolated == {"feed", "html", "pdf", "docx", "odt", "epub"}


def test_a_text_that_begins_as_a_mailbox_does() -> None:
    """ "From " begins each message of a mailbox, and many a sentence."""
    assert (
        detect(b"From Oslo it is told that rain fell.\nNobody was hurt.\n", "a.txt")
        is FORMATS["text"]
    )
    mail = b"From ann Mon Jan  3 09:00:00 2022\nFrom: a@b.c\nSubject: Rain\n\nIt rained.\n"
    assert detect(mail, None) is FORMATS["mbox"]


@pytest.mark.parametrize(
    ("start", "mark", "end", "name", "other"),
    [
        (b"PK\x03\x04", b"mimetypeapplication/epub+zip", 4096, "epub", "zip"),
        (b"PK\x05\x06", b"word/", 4096, "docx", "zip"),
        (b"\n", b"%PDF-", 1024, "pdf", None),
        (b"PK\x03\x04", b"ppt/", 4096, "slides (PPTX): save them as PDF", "zip"),
    ],
)
def test_how_far_into_a_file_its_mark_may_be(
    start: bytes, mark: bytes, end: int, name: str, other: str | None
) -> None:
    for late, expected in ((0, name), (1, other)):
        data = start + b" " * (end - len(start) - len(mark) + late) + mark + b" " * 9
        found = formats._detect_binary(data)
        assert getattr(found, "name", found) == expected


def test_a_tar_is_known_by_its_mark_and_a_video_by_its() -> None:
    for place, mark, expected in ((257, b"ustar", "tar"), (4, b"ftyp", "video")):
        for late in (-1, 0, 1):
            found = formats._detect_binary(b"x" * (place + late) + mark + b"x" * 9)
            assert getattr(found, "name", found) == (None if late else expected)
