"""Doc store: blocks, long ones, empty ones, copies, and blocks that are not as written."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

from searchlib.codec import doc_store
from searchlib.codec.doc_store import BLOCK_SIZE, DocStoreReader, DocStoreWriter
from searchlib.errors import CorruptArchive
from tests.parts import with_sections, write_segment_file


def fill(texts: list[bytes], *copies: DocStoreReader) -> Any:
    def add_all(out: Any) -> None:
        writer = DocStoreWriter(out)
        for text in texts[: len(texts) // 2]:
            writer.add(text)
        for reader in copies:
            writer.copy(reader)
        for text in texts[len(texts) // 2 :]:
            writer.add(text)
        writer.finish()

    return add_all


TEXTS = [
    b"a",
    b"",
    b"x" * (BLOCK_SIZE + 1),
    b"",
    b"y" * (BLOCK_SIZE - 1),
    b"zz",
    *(b"%d" % n for n in range(5)),
]


def test_documents_by_number_and_in_order(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill(TEXTS))
    reader = DocStoreReader(segment_file, len(TEXTS))
    assert list(reader) == TEXTS
    assert [reader[n] for n in range(len(reader))] == TEXTS
    assert [reader[n] for n in reversed(range(len(reader)))] == TEXTS[::-1]


@pytest.mark.parametrize(
    ("sizes", "firsts"),
    [
        ([40_000, 30_000, 9_000], [0, 1]),
        ([65_535, 1, 65_535, 1], [0, 2]),
        ([65_535, 2], [0, 1]),
        ([65_536, 0, 1], [0, 2]),
        ([0, 65_536, 0, 65_537, 0], [0, 3, 4]),
        ([70_000, 70_000, 5], [0, 1, 2]),
        ([1000] * 100, [0, 65]),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_block_has_the_documents_that_fit(
    tmp_path: Path, sizes: list[int], firsts: list[int], at_once: bool
) -> None:
    texts = [bytes([65 + n % 26]) * size for n, size in enumerate(sizes)]

    def add(out: Any) -> None:
        writer = DocStoreWriter(out)
        for part in [texts] if at_once else [[text] for text in texts]:
            writer.add(*part)
        writer.finish()

    segment_file, _ = write_segment_file(tmp_path, add)
    reader = DocStoreReader(segment_file, len(texts))
    assert reader.firsts.tolist() == firsts
    assert reader.lengths.tolist() == sizes
    assert len(reader.ends) == len(firsts)
    assert reader.ends[-1] == len(reader.compressed)
    assert [reader[n] for n in range(len(texts))] == list(reader) == texts


def test_empty_blocks_among_others(tmp_path: Path) -> None:
    texts = [b"", b"x" * (BLOCK_SIZE + 1), b"", b"y" * (BLOCK_SIZE + 1), b"z"]
    reader = DocStoreReader(write_segment_file(tmp_path, fill(texts))[0], 5)
    assert list(reader) == texts


@pytest.mark.parametrize("step", [1 << 20, 50, 7])
def test_copied_blocks_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(doc_store, "_COPY_STEP", step)
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    first, _ = write_segment_file(tmp_path / "1", fill(TEXTS))
    second, _ = write_segment_file(
        tmp_path / "2",
        fill([b"before", b"after"], (copied := DocStoreReader(first, len(TEXTS))), copied),
    )
    reader = DocStoreReader(second, 2 + 2 * len(TEXTS))
    expected = [b"before", *TEXTS, *TEXTS, b"after"]
    assert list(reader) == expected
    assert [reader[n] for n in range(len(reader))] == expected


def test_empty_stores_and_copies_of_them(tmp_path: Path) -> None:
    reader = DocStoreReader(write_segment_file(tmp_path, fill([]))[0], 0)
    assert (len(reader), list(reader)) == (0, [])
    (tmp_path / "1").mkdir()
    some = DocStoreReader(write_segment_file(tmp_path / "1", fill([b"a"]))[0], 1)
    (tmp_path / "2").mkdir()
    copies = DocStoreReader(
        write_segment_file(tmp_path / "2", fill([], reader, some, reader))[0], 1
    )
    assert list(copies) == [b"a"]


def test_threads_read_at_once(tmp_path: Path) -> None:
    texts = [b"%d" % n * 3000 for n in range(500)]
    segment_file, _ = write_segment_file(tmp_path, fill(texts))
    reader = DocStoreReader(segment_file, len(texts))
    wrong: list[int] = []

    def read(start: int) -> None:
        order = [(n * 7 + start) % len(texts) for n in range(len(texts))]
        wrong.extend(n for n in order if reader[n] != texts[n])

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.fixture
def small_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DocStoreReader:
    """Of documents of 100, 60, 40, 90 and 101 bytes: a block has up to 100."""
    monkeypatch.setattr(doc_store, "BLOCK_SIZE", 100)
    texts = [bytes([65 + n]) * size for n, size in enumerate((100, 60, 40, 90, 101))]
    reader = DocStoreReader(write_segment_file(tmp_path, fill(texts))[0], 5)
    assert reader.firsts.tolist() == [0, 1, 3, 4]
    return reader


# A block takes its text and 40 bytes for each document and one more: 180, 220, 170 and 181.
@pytest.mark.parametrize(
    ("limit", "asked", "decompressed", "size"),
    [
        (400, [0, 1, 2, 0, 2, 1], [0, 1], 400),  # both, in two blocks
        (400, [0, 1, 3, 1, 0, 1], [0, 1, 2, 0, 1], 400),
        (399, [0, 1, 0, 0], [0, 1, 0], 180),
        (180, [0, 0, 1, 1, 4, 4], [0, 1, 1, 3, 3], 180),
        (390, [1, 3, 1, 3], [1, 2], 390),
        (570, [0, 1, 3, 0, 1, 3], [0, 1, 2], 570),
        (569, [0, 1, 3, 1, 3], [0, 1, 2], 390),
    ],
)
def test_the_blocks_decompressed_last_are_kept(
    small_blocks: DocStoreReader, monkeypatch: pytest.MonkeyPatch, limit: int, asked: list[int],
    decompressed: list[int], size: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(doc_store, "_CACHE_SIZE", limit)
    decompress, blocks = small_blocks._decompress, []

    def note(block: int) -> Any:
        blocks.append(block)
        return decompress(block)

    monkeypatch.setattr(small_blocks, "_decompress", note)
    for doc in asked:
        assert small_blocks[doc] == bytes([65 + doc]) * (100, 60, 40, 90, 101)[doc]
    assert blocks == decompressed
    assert small_blocks._cached_bytes == size


def test_a_block_that_two_threads_decompress_counts_once(small_blocks: DocStoreReader) -> None:
    for _ in range(2):
        small_blocks._load(0)
    assert small_blocks._cached_bytes == 180


_HUGE = 1 << 30


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lengths": [5, 5]}, "stored.lengths.*another length"),
        ({"firsts": [1, 2, 3]}, "stored.firsts.*does not rise"),
        ({"firsts": [0, 2, 2]}, "stored.firsts.*does not rise"),
        ({"firsts": [0, 2, 4]}, "stored.firsts.*does not rise"),
        ({"firsts": [0, 3, 2]}, "stored.firsts.*does not rise"),
        ({"ends": [10, 20]}, "stored.ends.*another number of blocks"),
        ({"ends": [10, 20, 30, 40]}, "stored.ends.*another number of blocks"),
        ({"ends": [20, 10, 40]}, "stored.ends.*does not rise to the end"),
        ({"ends": [10, 50, 40]}, "stored.ends.*does not rise to the end"),
        ({"ends": [10, 20, 39]}, "stored.ends.*does not rise to the end"),
        ({"ends": [10, 20, 41]}, "stored.ends.*does not rise to the end"),
        ({"ends": [20, 20, 40]}, ""),
        ({"lengths": [5, 65_532, 5, 5]}, "stored.lengths.*too long"),
        ({"lengths": [5, 65_531, 5, 5]}, ""),
        ({"lengths": [5, 5, 5, _HUGE]}, ""),
        ({"lengths": [5, 5, 5, _HUGE + 1]}, "stored.lengths.*too long"),
        ({"lengths": [5, 5, 5, (1 << 64) - 5]}, "stored.lengths.*too long"),
        ({"lengths": [0] * 65_538, "firsts": [0, 1, 65_537]}, ""),
        ({"lengths": [0] * 65_539, "firsts": [0, 1, 65_538]}, "stored.lengths.*too long"),
        ({"lengths": [], "firsts": [], "ends": [], "stored": []}, ""),
        ({"lengths": [], "firsts": [], "ends": []}, ""),
    ],
)
def test_sections_that_do_not_fit_together(
    tmp_path: Path, changed: dict[str, list[int]], message: str
) -> None:
    """Of documents 0 and 1 to 2 and 3 in three blocks, 40 bytes in all."""
    sections = {"stored": [0] * 40, "lengths": [5, 5, 5, 5], "firsts": [0, 1, 3],
                "ends": [10, 20, 40]} | changed  # fmt: skip

    def put(out: Any) -> None:
        out.put("stored", np.array(sections["stored"], "u1"))
        for name in ("lengths", "firsts", "ends"):
            out.put(f"stored.{name}", np.array(sections[name], "u8"))

    documents = 4 if len(sections["lengths"]) == 2 else len(sections["lengths"])
    segment_file, _ = write_segment_file(tmp_path, put)
    with pytest.raises(CorruptArchive, match=message) if message else nullcontext():
        DocStoreReader(segment_file, documents)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (zstandard.compress(b"abcdef") + b"x", "block 0 of the articles has a wrong size"),
        (zstandard.ZstdCompressor(write_content_size=False).compress(b"abcde"), "a wrong size"),
        (b"nothing of the kind", "block 0 of the articles: "),
        (zstandard.compress(b"abcde")[:-1], "block 0 of the articles: "),
    ],
)
def test_a_block_that_is_not_as_written(tmp_path: Path, stored: bytes, message: str) -> None:
    file, _ = write_segment_file(tmp_path, fill([b"abc", b"de"]))
    sections = {"stored": np.frombuffer(stored, "u1"), "stored.ends": np.array([len(stored)], "u1")}
    reader = DocStoreReader(with_sections(tmp_path, file, sections), 2)
    for read in (lambda: reader[0], lambda: list(reader)):
        with pytest.raises(CorruptArchive, match=rf"a\.seg.*{message}"):
            read()
