"""Doc store: blocks, long ones, empty ones, copies, and blocks that are not as written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from searchlib.codec.doc_store import BLOCK_SIZE, DocStoreReader, DocStoreWriter
from searchlib.errors import CorruptArchive
from tests.parts import write_segment_file


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


def test_a_block_has_the_documents_that_fit(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([b"q" * 1000] * 100))
    reader = DocStoreReader(segment_file, 100)
    assert len(reader.firsts) == -(-100 // (BLOCK_SIZE // 1000))


def test_copied_blocks_keep_their_order(tmp_path: Path) -> None:
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


def test_an_empty_store(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([]))
    assert list(DocStoreReader(segment_file, 0)) == []


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


def test_a_wrong_length_is_an_error(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([b"abc", b"def"]))
    reader = DocStoreReader(segment_file, 2)
    reader.lengths = reader.lengths + 1
    with pytest.raises(CorruptArchive, match=r"a\.seg"):
        reader[0]
