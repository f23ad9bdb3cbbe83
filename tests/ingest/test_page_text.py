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
        (b"caf\xe9", "not UTF-8: the byte 0xe9 at 4"),
        (b"a\x00b", "not a text: it has NUL bytes"),
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


class _BrokenStream(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise EOFError


def test_a_stream_that_cannot_be_read_marks_the_position() -> None:
    position = StreamPosition()
    stream = io.BufferedReader(_BrokenStream())
    (rejected,) = read_page_text(stream, "rain.txt", Article.from_record, position)
    why = "the gzip data ends too early: the rest of the file is missing"
    assert rejected == Rejected("rain.txt", None, why)
    assert position.failed
