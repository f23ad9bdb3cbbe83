"""Web archives."""

from __future__ import annotations

import io
import logging

import pytest

from searchlib.ingest import warc
from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import Extraction
from searchlib.ingest.warc import read_warc
from tests.ingest.parts import rejections, values

PAGE = (
    b"<html><head><title>Rain</title></head><body><p>It rained all day in Oslo.</p></body></html>"
)


def archive(*answers: tuple[str, str, str, bytes]) -> bytes:
    """A web archive (WARC 1.0) with these answers: address, status, type and content."""
    out = b""
    for url, status, kind, body in answers:
        http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
            "WARC-Date: 2022-08-31T09:20:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        out += head.encode() + http + b"\r\n\r\n"
    return out


WHOLE = archive(
    ("https://w.example/1", "200 OK", "text/html; charset=utf-8", PAGE),
    ("https://w.example/a.jpg", "200 OK", "image/jpeg", b"\xff\xd8"),
    ("https://w.example/2", "404 Not Found", "text/html", PAGE),
    ("https://w.example/3", "200 OK", "text/html", b"<html></html>"),
)


def test_pages() -> None:
    assert values(read_warc, WHOLE) == [
        {
            "id": "https://w.example/1",
            "title": "Rain",
            "body": "It rained all day in Oslo.",
            "source": "w.example",
            "url": "https://w.example/1",
            "crawled": "2022-08-31T09:20:00Z",
        }
    ]
    assert rejections(read_warc, WHOLE, "x.warc") == [
        "x.warc:4: https://w.example/3: the page has no text"
    ]


def test_an_archive_without_pages() -> None:
    data = archive(("https://w.example/a.jpg", "200 OK", "image/jpeg", b"\xff\xd8"))
    assert "no page of HTML" in rejections(read_warc, data)[0]


def test_damaged_archives() -> None:
    for cut in range(20, len(WHOLE), 101):
        assert len(values(read_warc, WHOLE[:cut])) + len(rejections(read_warc, WHOLE[:cut])) >= 1
    assert len(rejections(read_warc, b"WARC/1.0\r\nrain")) == 1


def test_a_page_is_no_longer_than_16_mib() -> None:
    most = 16 * 1024 * 1024
    padding = b"<!--" + b" " * (most - len(PAGE) - 7) + b"-->"
    for more, count in ((b"", 1), (b" ", 0)):
        data = archive(("https://w.example/1", "200 OK", "application/xhtml+xml",
                        PAGE + padding + more))  # fmt: skip
        found = list(read_warc(io.BufferedReader(io.BytesIO(data)), "x.warc"))
        assert sum(isinstance(one, Extraction) for one in found) == count
        assert [str(one) for one in found if isinstance(one, Rejected)] == (
            [] if count else ["x.warc:1: the page is longer than 16777216 bytes"]
        )


def test_damage_is_of_the_record_after_the_last_that_was_read() -> None:
    *_, damaged = rejections(read_warc, WHOLE + b"garbage\r\n\r\n", "x.warc")
    assert damaged.startswith("x.warc:5: the web archive is damaged: ")
    (damaged,) = rejections(read_warc, b"garbage\r\n\r\n", "x.warc")
    assert damaged.startswith("x.warc:1: the web archive is damaged: ")


def record(kind: str, head: str, content: bytes) -> bytes:
    """A record of a web archive."""
    text = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\n{head}"
    text += f"Content-Length: {len(content)}\r\n\r\n"
    return text.encode() + content + b"\r\n\r\n"


HTTP = "Content-Type: application/http; msgtype=response\r\n"
DATED = f"WARC-Date: 2022-08-31T09:20:00Z\r\nWARC-Target-URI: <https://w.example/1>\r\n{HTTP}"


def answer(kind: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{kind}\r\n\r\n".encode() + PAGE


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (record("response", DATED, answer("Content-Type: Text/HTML; Charset='KOI8-R'")), "koi8-r"),
        (record("response", DATED, answer("Content-Type: text/html;charset=utf-8")), "utf-8"),
        (record("response", DATED, answer("Content-Type: application/xhtml+xml")), None),
        (record("response", DATED, answer("Content-Type: text/html; charset=")), None),
        (record("response", DATED, answer("Content-Type: text/plain")), ""),
        (record("response", DATED, answer("Server: rain")), ""),
        (record("response", DATED, answer("Content-Type: text/html", "301 Moved")), ""),
        (record("resource", DATED, answer("Content-Type: text/html")), ""),
        (record("revisit", DATED, answer("Content-Type: text/html")), ""),
        (record("response", "WARC-Target-URI: dns:w\r\nContent-Type: text/dns\r\n", PAGE), ""),
    ],
)
def test_which_records_are_pages(data: bytes, charset: str | None) -> None:
    first = record("warcinfo", "Content-Type: application/warc-fields\r\n", b"software: rain")
    found = list(read_warc(io.BufferedReader(io.BytesIO(first + data)), "x.warc"))
    url = "https://w.example/1"
    if charset == "":
        why = "the web archive has no page of HTML that was answered"
        assert found == [Rejected("x.warc", None, why)]
    else:
        page = Extraction(
            "html_page:read_html", PAGE, "x.warc:2", "2", {"url": url, "charset": charset},
            {"id": url, "crawled": "2022-08-31T09:20:00Z"},
        )  # fmt: skip
        assert found == [page]


def test_a_page_without_a_date() -> None:
    head = f"WARC-Target-URI: https://w.example/2\r\n{HTTP}"
    data = record("response", head, answer("Content-Type: text/html"))
    [page] = read_warc(io.BufferedReader(io.BytesIO(data)), "x.warc")
    assert isinstance(page, Extraction)
    assert page.values == {"id": "https://w.example/2", "crawled": ""}


def test_the_older_form_of_web_archives() -> None:
    head = b"1 0 rain\nURL IP-address Archive-date Content-type Archive-length\n"
    data = b"filedesc://x.arc 0.0.0.0 20220831092000 text/plain %d\n" % len(head) + head
    page = answer("Content-Type: text/html")
    line = b"\nhttps://w.example/1 1.2.3.4 20220831092000 text/html %d\n" % len(page)
    [found] = read_warc(io.BufferedReader(io.BytesIO(data + line + page + b"\n")), "x.arc")
    assert isinstance(found, Extraction)
    assert found.values == {"id": "https://w.example/1", "crawled": "2022-08-31T09:20:00Z"}


def test_pages_after_one_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_MAX_PAGE", len(PAGE))
    logging.getLogger("warcio").setLevel(logging.NOTSET)
    data = archive(
        ("https://w.example/1", "200 OK", "text/html", PAGE + b" "),
        ("https://w.example/2", "200 OK", "text/html", PAGE),
    )
    rejected, page = read_warc(io.BufferedReader(io.BytesIO(data)), "x.warc")
    assert str(rejected).startswith("x.warc:1: the page is longer than ")
    assert isinstance(page, Extraction)
    assert page.place == "2"
    assert logging.getLogger("warcio").level == logging.CRITICAL
