"""Streams: gzip members are decompressed as Python's gzip module does, by zlib and by isal."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest import streams


@pytest.fixture(params=["zlib", "isal"], autouse=True)
def _library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with both libraries, where both are installed."""
    if request.param == "zlib":
        monkeypatch.setattr(streams, "_zlib", zlib)
    else:
        pytest.importorskip("isal")


def read(data: bytes) -> tuple[bytes, str]:
    """The decompressed data of a stream, and how it ended."""
    stream, text = streams.decompressed(streams.buffered(io.BytesIO(data))), b""
    try:
        while chunk := stream.read1():
            text += chunk
    except streams.STREAM_ERRORS as error:
        return text, streams.why_unreadable(error).split("(")[0].split(":")[0].strip()
    return text, "end"


_texts = st.lists(st.binary(max_size=200) | st.integers(0, 90_000).map(bytes), max_size=4)


@given(_texts, st.integers(0, 3))
def test_members_and_zeros(texts: list[bytes], zeros: int) -> None:
    data = b"".join(gzip.compress(text) + bytes(zeros) for text in [b"", *texts])
    assert read(data) == (b"".join(texts), "end")
    assert gzip.decompress(data) == b"".join(texts)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress, bz2.compress])
@pytest.mark.parametrize("size", [1, 3, 18])
def test_how_much_is_read_at_a_time_makes_no_difference(
    compress: Callable[[bytes], bytes], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = b"rain", b"", b"snow" * 50
    whole = b"".join(map(compress, texts)), compress(b"rain" * 9)[:-5], compress(b"rain") + b"rest"
    expected = list(map(read, whole))
    assert expected[0] == (b"".join(texts), "end")
    monkeypatch.setattr(streams, "_COMPRESSED_CHUNK", size)
    monkeypatch.setattr(streams, "_BUFFER_SIZE", size + 7)
    assert list(map(read, whole)) == expected


def _long() -> bytes:
    rng = random.Random(5)
    return b"".join(b"%d\n" % rng.randrange(1 << 40) for _ in range(20_000))


@pytest.mark.parametrize("missing", [1, 8, 9, 5_000, 100_000])
def test_the_data_before_a_cut_is_read(missing: int) -> None:
    text = _long()
    compressed = gzip.compress(text)
    data, end = read(compressed[:-missing])
    assert end == "the compressed data ends too early"
    assert text.startswith(data)
    assert len(data) > (len(compressed) - missing - 40_000) / len(compressed) * len(text)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("where", [0.5, 0.9, -6])
def test_the_data_before_damage_is_read(where: float) -> None:
    text = _long()
    compressed = gzip.compress(text)
    at = int(where) if where < 0 else int(len(compressed) * where)
    data, end = read(_flipped(compressed, at % len(compressed)))
    assert end.startswith("the gzip data is damaged")
    before = len(text) * ((at % len(compressed)) - 2 * 16_384) / len(compressed)
    assert len(data) >= before
    assert data[: int(before)] == text[: int(before)]


@pytest.mark.parametrize(
    "junk", [b"junk that is long enough for a head", b"\x1f\x8b\x09" + b"x" * 20]
)
def test_junk_after_a_member(junk: bytes) -> None:
    data, end = read(gzip.compress(b"news\n" * 9) + junk)
    assert data == b"news\n" * 9
    assert end.startswith("the gzip data is damaged")


def test_a_gzip_bomb_is_decompressed_in_chunks(monkeypatch: Any) -> None:
    sizes = []
    stream = streams._GzipReader(streams.buffered(io.BytesIO(gzip.compress(bytes(1 << 26)))))
    while chunk := stream.read(1):
        sizes.append(len(chunk))
    assert sum(sizes) == 1 << 26
    assert max(sizes) <= 1 << 18


def _member(data: bytes, flags: int) -> bytes:
    """A member whose header has the fields that the flags say (RFC 1952)."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\x03"
    header += b"\x06\x00ab\x02\x00zz" if flags & 4 else b""
    header += b"news.jsonl\0" if flags & 8 else b""
    header += b"remark\0" if flags & 16 else b""
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    compressed = compressor.compress(data) + compressor.flush()
    return (
        header + compressed + zlib.crc32(data).to_bytes(4, "little") + bytes([len(data), 0, 0, 0])
    )


class _Slow(io.RawIOBase):
    """A pipe that delivers a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._data.read(min(self._size, len(buffer)))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@pytest.mark.parametrize("flags", range(32))
@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 19])
def test_headers_in_pieces(flags: int, size: int) -> None:
    data = _member(b"rain, rain, rain", flags) + b"\0\0" + _member(b"snow", flags)
    stream = streams.decompressed(io.BufferedReader(_Slow(data, size)))
    assert stream.read() == b"rain, rain, rainsnow"


@pytest.mark.parametrize("flags", range(32))
def test_headers_between_two_reads(flags: int) -> None:
    member = _member(b"rain", flags)
    count = streams._COMPRESSED_CHUNK // len(member) + 9
    assert read(member * count) == (b"rain" * count, "end")


@pytest.mark.parametrize("data", [b"", b"\x1f", b"a", b"ab", b"abc"])
def test_short_streams_in_pieces(data: bytes) -> None:
    assert streams.decompressed(io.BufferedReader(_Slow(data, 1))).read() == data


class _FailingStream(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise OSError(5, "Input/output error")


def test_reasons() -> None:
    with pytest.raises(streams.STREAM_ERRORS) as caught:
        streams.decompressed(streams.buffered(_FailingStream()))  # type: ignore[arg-type]
    why = streams.why_unreadable(caught.value)
    assert why == "the file cannot be read further: Input/output error"
    assert streams.why_unreadable(zlib.error("bad block")).startswith("the gzip data is damaged (")


def test_the_source_stays_open() -> None:
    source = io.StringIO("caf\u00e9 \ud800")
    with streams.buffered(source) as stream:
        assert stream.read() == "caf\u00e9 \ud800".encode("utf-8", "surrogatepass")
    assert not source.closed


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bz2.compress(b"rain"), b"rain"), (lzma.compress(b"rain"), b"rain"),
        (zstandard.compress(b"rain"), b"rain"), (gzip.compress(b"rain", mtime=0), b"rain"),
        (b"BZhotel", b"BZhotel"), (b"BZh", b"BZh"), (b"\xfd7zXY\0 rain", b"\xfd7zXY\0 rain"),
        (b"\x1f\x8crain", b"\x1f\x8crain"), (b"\x28\xb5\x2f\xfcrain", b"\x28\xb5\x2f\xfcrain"),
        (bz2.compress(b"") + bz2.compress(b"rain") + bz2.compress(b"!"), b"rain!"),
        (lzma.compress(b"rain") + bytes(8) + lzma.compress(b"!"), b"rain!"),
        (zstandard.compress(b"rain") + zstandard.compress(b"!"), b"rain!"),
    ],
)  # fmt: skip
def test_which_streams_are_compressed(data: bytes, text: bytes) -> None:
    assert read(data) == (text, "end")
    for size in (1, 5):
        assert streams.decompressed(io.BufferedReader(_Slow(data, size))).read() == text


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (EOFError(), "the compressed data ends too early: the rest of the file is missing"),
        (zlib.error("bad"), "the gzip data is damaged (bad): the rest of the file is not read"),
        (lzma.LZMAError("x"),
         "the compressed data is damaged (x): the rest of the file is not read"),
        (zstandard.ZstdError("x"),
         "the compressed data is damaged (x): the rest of the file is not read"),
        (OSError("Invalid data stream"), "the compressed data is damaged (Invalid data stream):"
                                         " the rest of the file is not read"),
        (OSError(5, "Input/output error"), "the file cannot be read further: Input/output error"),
        (zipfile.BadZipFile("no zip"), "the file cannot be read further: no zip"),
    ],
)  # fmt: skip
def test_each_reason(error: Exception, why: str) -> None:
    assert streams.why_unreadable(error) == why
    assert isinstance(error, streams.STREAM_ERRORS)


def test_what_is_pushed_back_comes_first() -> None:
    raw = streams._RawStream(io.BytesIO(b"snow"))
    raw.push_back(b"rain")
    raw.push_back(b"a ")
    assert [raw.read(3) for _ in range(5)] == [b"a r", b"ain", b"sno", b"w", b""]
    assert raw.readable()
    assert streams.COMPRESSED == (".gz", ".bz2", ".xz", ".zst")


def test_a_stream_of_text_may_have_more_bytes_than_letters() -> None:
    raw = streams._RawStream(io.StringIO("éé"))
    assert [raw.read(3), raw.read(3)] == ["éé".encode()[:3], "éé".encode()[3:]]
