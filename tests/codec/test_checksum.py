"""CRC-32: the known check value, in pieces, and the same as zlib's."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.checksum import crc32


def test_the_check_value_of_crc_32() -> None:
    assert crc32(b"123456789") == 0xCBF43926
    assert crc32(b"") == 0


@given(st.binary(), st.binary())
def test_in_pieces_and_like_zlib(first: bytes, second: bytes) -> None:
    assert crc32(second, crc32(first)) == crc32(first + second) == zlib.crc32(first + second)


def test_one_flipped_bit_changes_it() -> None:
    assert crc32(b"\x00" * 100) != crc32(b"\x00" * 99 + b"\x01")
