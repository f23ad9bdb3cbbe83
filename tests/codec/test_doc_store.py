"""Stored articles: blocks, long ones, empty ones, copies, and blocks that are not as write_segment_file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from searchlib.codec.doc_store import BLOCK_SIZE, DocStoreReader, DocStoreWriter
from searchlib.errors import CorruptArchive
from tests.parts import write_segment_file


def fill(texts: list[bytes], *copies: DocStoreReader) -> Any:
    def draft(made: Any) -> None:
        writer = DocStoreWriter(made)
        for text in texts[: len(texts) // 2]:
            writer.add(text)
        for docs in copies:
            writer.copy(docs)
        for text in texts[len(texts) // 2 :]:
            writer.add(text)
        writer.finish()

    return draft


TEXTS = [
    b"a",
    b"",
    b"x" * (BLOCK_SIZE + 1),
    b"",
    b"y" * (BLOCK_SIZE - 1),
    b"zz",
    *(b"%d" % n for n in range(5)),
]


def test_texts_come_back(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill(TEXTS))
    docs = DocStoreReader(segment_file)
    assert list(docs) == TEXTS
    assert [docs[n] for n in range(len(docs))] == TEXTS
    assert [docs[n] for n in reversed(range(len(docs)))] == TEXTS[::-1]


def test_a_block_is_not_overfull(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([b"q" * 1000] * 100))
    docs = DocStoreReader(segment_file)
    assert len(docs.firsts) == -(-100 // (BLOCK_SIZE // 1000))


def test_copies_keep_their_order(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    first, _ = write_segment_file(tmp_path / "1", fill(TEXTS))
    second, _ = write_segment_file(
        tmp_path / "2", fill([b"before", b"after"], DocStoreReader(first), DocStoreReader(first))
    )
    docs = DocStoreReader(second)
    wanted = [b"before", *TEXTS, *TEXTS, b"after"]
    assert list(docs) == wanted
    assert [docs[n] for n in range(len(docs))] == wanted


def test_nothing_stored(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([]))
    assert list(DocStoreReader(segment_file)) == []


def test_many_threads_read(tmp_path: Path) -> None:
    texts = [b"%d" % n * 3000 for n in range(500)]
    segment_file, _ = write_segment_file(tmp_path, fill(texts))
    docs = DocStoreReader(segment_file)
    wrong: list[int] = []

    def read(start: int) -> None:
        order = [(n * 7 + start) % len(texts) for n in range(len(texts))]
        wrong.extend(n for n in order if docs[n] != texts[n])

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_wrong_length_is_noticed(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill([b"abc", b"def"]))
    docs = DocStoreReader(segment_file)
    docs.lengths = docs.lengths + 1
    with pytest.raises(CorruptArchive, match=r"a\.seg"):
        docs[0]
