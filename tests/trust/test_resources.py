"""Handles, maps and memory do not grow with opens, searches and closes."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.index_writer import IndexWriter
from searchlib.index.segment_writer import SegmentWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from tests.trust.world import SCHEMA, article, handles, maps

GROWTH = 8_000  # KB in all: what allocators keep, not what a leak of 10,000 would be


def memory() -> int:
    """KB of this process that are in memory and not of files."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def use(path: Path, number: int) -> None:
    with sl.Archive.open(path) as archive:
        found = archive.search("rain oslo", facets=["section"], limit=3)
        assert found.total
        assert found[0]["title"]
        assert found[0].snippet("body")
        if number % 4 == 0:
            archive.search('"rain oslo"', sort="-date")
            archive.suggest("r")
            next(iter(archive.export()))
            archive.snapshot().close()


def cycle(path: Path, times: int) -> None:
    with sl.Archive.create(path, SCHEMA) as archive:
        archive.add([article(f"k{n}", 0, 60) for n in range(200)])
        archive.add([article(f"m{n}") for n in range(5)])
        archive.delete(["k3"])
    for number in range(60):
        use(path, number)
    gc.collect()
    before, size = handles(), memory()
    for number in range(times):
        use(path, number)
    gc.collect()
    assert handles() == before
    assert maps(path) == []
    assert memory() - size < GROWTH


def test_opens_and_closes(tmp_path: Path) -> None:
    cycle(tmp_path / "archive", 80)


@pytest.mark.slow
def test_ten_thousand_opens_and_closes(tmp_path: Path) -> None:
    cycle(tmp_path / "archive", 10_000)


def test_unclosed_readers_are_released_when_collected(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([article(f"k{n}") for n in range(20)])
    gc.collect()  # what earlier tests left behind
    before = handles()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            sl.Archive.open(tmp_path).search("rain")
            list(sl.Archive.open(tmp_path).snapshot().export())
        gc.collect()
    assert handles() == before
    assert maps(tmp_path) == []


def test_a_reader_open_during_many_commits(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([article("first")])
        archive.search("v0")
        gc.collect()
        before = len(handles())
        for number in range(30):
            archive.add([article("first", number)])
            archive.search("v1")
        gc.collect()
        assert len(handles()) <= before + 3
        assert len(set(maps(tmp_path))) <= 3


def test_an_interrupted_writer_leaves_nothing(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    gc.collect()
    before = handles()
    writer = IndexWriter(store)
    writer.__enter__()
    del writer  # an interrupt may fall where no block gives it back
    gc.collect()
    assert handles() == before
    with IndexWriter(store, timeout=0.5):
        pass
    assert handles() == before


def test_adding_fresh_words_keeps_no_memory(tmp_path: Path) -> None:
    """Each segment has 10,000 words that no other has. What it took is given back."""

    def add(first: int, times: int) -> None:
        for number in range(first, first + times):
            words = " ".join(f"w{number}x{n:05}" for n in range(10_000))
            row = SCHEMA.normalize({"id": str(number), "body": words})
            data = canonical_json(row)
            segment_writer = SegmentWriter(
                store.directory, SCHEMA, store.postings_format, store.zone
            )
            try:
                segment_writer.add(digest(data), row, data)
                segment_writer.write("00000001.seg")
            finally:
                segment_writer.close()

    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    add(0, 6)
    gc.collect()
    before = memory()
    add(6, 50)
    gc.collect()
    assert memory() - before < GROWTH
