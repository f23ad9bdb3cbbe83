"""Packed streams: what Python's own gzip module reads, piece by piece, by either library."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest import streams


@pytest.fixture(params=["zlib", "isal"], autouse=True)
def _library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By both libraries, where both are there."""
    if request.param == "zlib":
        monkeypatch.setattr(streams, "_zlib", zlib)
    else:
        pytest.importorskip("isal")


def read(data: bytes) -> tuple[bytes, str]:
    """What comes out of a packed stream, and how it ended."""
    stream, found = streams.decompressed(streams.buffered(io.BytesIO(data))), b""
    try:
        while piece := stream.read1():
            found += piece
    except streams.STREAM_ERRORS as error:
        return found, streams.why_unreadable(error).split("(")[0].split(":")[0].strip()
    return found, "end"


_texts = st.lists(st.binary(max_size=200) | st.integers(0, 90_000).map(bytes), max_size=4)


@given(_texts, st.integers(0, 3))
def test_members_and_zeros(texts: list[bytes], zeros: int) -> None:
    data = b"".join(gzip.compress(text) + bytes(zeros) for text in [b"", *texts])
    assert read(data) == (b"".join(texts), "end")
    assert gzip.decompress(data) == b"".join(texts)


def _long() -> bytes:
    rng = random.Random(5)
    return b"".join(b"%d\n" % rng.randrange(1 << 40) for _ in range(20_000))


@pytest.mark.parametrize("left_out", [1, 8, 9, 5_000, 100_000])
def test_what_comes_before_a_cut_is_read(left_out: int) -> None:
    text = _long()
    packed = gzip.compress(text)
    found, end = read(packed[:-left_out])
    assert end == "the gzip data ends too early"
    assert text.startswith(found)
    assert len(found) > (len(packed) - left_out - 40_000) / len(packed) * len(text)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("place", [0.5, 0.9, -6])
def test_what_comes_before_damage_is_read(place: float) -> None:
    text = _long()
    packed = gzip.compress(text)
    at = int(place) if place < 0 else int(len(packed) * place)
    found, end = read(_flipped(packed, at % len(packed)))
    assert end.startswith("the gzip data is damaged")
    before = len(text) * ((at % len(packed)) - 2 * 16_384) / len(packed)
    assert len(found) >= before
    assert found[: int(before)] == text[: int(before)]


@pytest.mark.parametrize(
    "junk", [b"junk that is long enough for a head", b"\x1f\x8b\x09" + b"x" * 20]
)
def test_junk_after_a_member(junk: bytes) -> None:
    found, end = read(gzip.compress(b"news\n" * 9) + junk)
    assert found == b"news\n" * 9
    assert end.startswith("the gzip data is damaged")


def test_a_bomb_comes_out_in_pieces(monkeypatch: Any) -> None:
    sizes = []
    stream = streams._GzipReader(streams.buffered(io.BytesIO(gzip.compress(bytes(1 << 26)))))
    while piece := stream.read(1):
        sizes.append(len(piece))
    assert sum(sizes) == 1 << 26
    assert max(sizes) <= 1 << 18


def _member(data: bytes, flags: int) -> bytes:
    """A member whose header has the fields that the flags say (RFC 1952)."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\x03"
    header += b"\x06\x00ab\x02\x00zz" if flags & 4 else b""
    header += b"news.jsonl\0" if flags & 8 else b""
    header += b"remark\0" if flags & 16 else b""
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packing.compress(data) + packing.flush()
    return header + packed + zlib.crc32(data).to_bytes(4, "little") + bytes([len(data), 0, 0, 0])


class _Slow(io.RawIOBase):
    """A pipe that gives some bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data.read(min(self._size, len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("flags", range(32))
@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 19])
def test_headers_that_come_in_pieces(flags: int, size: int) -> None:
    data = _member(b"rain, rain, rain", flags) + b"\0\0" + _member(b"snow", flags)
    stream = streams.decompressed(io.BufferedReader(_Slow(data, size)))
    assert stream.read() == b"rain, rain, rainsnow"


@pytest.mark.parametrize("flags", range(32))
def test_headers_between_two_readings(flags: int) -> None:
    one, many = _member(b"rain", flags), 16 * 1024
    assert read(one * (many // len(one) + 9)) == (b"rain" * (many // len(one) + 9), "end")


@pytest.mark.parametrize("data", [b"", b"\x1f", b"a", b"ab", b"abc"])
def test_short_streams_that_come_in_pieces(data: bytes) -> None:
    assert streams.decompressed(io.BufferedReader(_Slow(data, 1))).read() == data
