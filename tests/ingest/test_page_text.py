"""Page text: one article a file, or the reason why there is none."""

from __future__ import annotations

import io

import pytest

from searchlib.ingest import page_text
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.page_text import read_page_text
from searchlib.ingest.sources import read
from searchlib.ingest.streams import buffered
from tests.ingest.samples import ids


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a\x00b", "data of an unknown kind: not a format that is read"),
        (b" \n ", "the page has no text"),
        (b"x" * 200, "the page is longer than 100 bytes"),
    ],
)
def test_bad_pages(monkeypatch: pytest.MonkeyPatch, data: bytes, why: str) -> None:
    monkeypatch.setattr(page_text, "MAX_RECORD", 100)
    assert ids(read(io.BytesIO(data))) == [f"<stream>: {why}"]


def test_a_page_is_one_article() -> None:
    data = "\ufeffRain in Oslo\n\n(Wire) 09:20, May 2, 2022\n\nIt rained.\n".encode()
    (article,) = read_page_text(buffered(io.BytesIO(data)), "rain.txt")
    assert isinstance(article, Article)
    assert (article.title, article.body, article.where) == (
        "Rain in Oslo", "It rained.", "rain.txt"
    )  # fmt: skip


def test_a_page_in_an_older_encoding() -> None:
    (article,) = read_page_text(buffered(io.BytesIO(b"Caf\xe9 au lait")), "rain.txt")
    assert isinstance(article, Article)
    assert article.title == "Caf\u00e9 au lait"


class _BrokenStream(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise EOFError


def test_a_stream_that_cannot_be_read_marks_the_position() -> None:
    position = StreamPosition()
    stream = io.BufferedReader(_BrokenStream())
    (rejected,) = read_page_text(stream, "rain.txt", position)
    why = "the compressed data ends too early: the rest of the file is missing"
    assert rejected == Rejected("rain.txt", None, why)
    assert position.failed
