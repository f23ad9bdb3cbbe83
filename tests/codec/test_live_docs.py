"""Live docs: the file's bits, the bitset in memory, and files that do not agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.codec.live_docs import encode_live_docs, pack_bitset, read_live_docs
from searchlib.errors import CorruptArchive


@pytest.mark.parametrize("size", [0, 1, 8, 63, 64, 65, 127, 128, 129])
def test_a_bitset_has_whole_words(size: int) -> None:
    assert len(pack_bitset(np.ones(size, bool))) == -(-size // 64)
    words = pack_bitset(np.ones(size, bool)).tolist()
    assert sum(word << 64 * number for number, word in enumerate(words)) == (1 << size) - 1


@given(st.lists(st.booleans(), max_size=200))
def test_a_bitset_has_one_bit_a_document(mask: list[bool]) -> None:
    words = pack_bitset(np.array(mask, bool))
    assert words.dtype == np.uint64
    assert len(words) == -(-len(mask) // 64)
    bits = [bool(int(words[doc // 64]) >> doc % 64 & 1) for doc in range(64 * len(words))]
    assert bits == mask + [False] * (len(bits) - len(mask))


def test_the_bits_of_the_file() -> None:
    live_docs = np.array([True, False, True, True, True, True, True, False, False, True])
    assert encode_live_docs(live_docs) == bytes([0b01000001, 0b10000000])


@given(st.lists(st.booleans(), min_size=1, max_size=50))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, mask: list[bool]
) -> None:
    directory = Directory(tmp_path_factory.mktemp("d"))
    data = encode_live_docs(np.array(mask))
    directory.write("x.del", [data])
    live_docs = read_live_docs(directory, "x.del", len(mask), mask.count(False), crc32(data))
    assert live_docs.tolist() == mask
    assert not live_docs.flags.writeable


def test_files_that_do_not_agree_are_refused(tmp_path: Path) -> None:
    directory, data = Directory(tmp_path), encode_live_docs(np.array([True, False, False]))
    directory.write("x.del", [data])
    crc = crc32(data)
    for documents, deleted, checksum, message in (
        (3, 1, crc, "another number of documents"),
        (3, 2, crc + 1, "checksum is wrong"),
        (9, 2, crc, "checksum is wrong"),  # a byte is missing
    ):
        with pytest.raises(CorruptArchive, match=message):
            read_live_docs(directory, "x.del", documents, deleted, checksum)
    with pytest.raises(CorruptArchive, match="it is missing"):
        read_live_docs(directory, "y.del", 3, 2, crc)
