"""Segments: fields by type, live docs, and a file that is closed after its last user."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.codec.cache import Cache
from searchlib.errors import CorruptArchive
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_reader import SegmentCore
from tests.parts import create_store, delete_keys


def test_fields_by_type(tmp_path: Path) -> None:
    store = create_store(
        tmp_path, {"id": "a", "body": "rain", "kind": ["x"], "n": 2, "day": "2022"}
    )
    with store.reader() as reader:
        core = reader.segments[0].core
        assert core.text("body") is core.text("body")
        assert core.text("kind") is None
        assert core.text("nowhere") is None
        keywords, numbers = core.keyword("kind"), core.number("n")
        assert keywords is not None
        assert keywords.label_texts == ["x"]
        assert core.keyword("body") is None
        assert numbers is not None
        assert numbers.values.tolist() == [2.0]
        assert core.number("day") is not None
        assert core.number("kind") is None
        assert core.keys.find(b"a") == [0]
        assert len(core.doc_store) == 1


def test_live_docs_of_a_commit(tmp_path: Path) -> None:
    store = create_store(tmp_path, *({"id": str(n)} for n in range(70)))
    with store.reader() as reader:
        assert reader.segments[0].live_docs is None
        assert reader.segments[0].live_bitset is None
    delete_keys(store, "0", "69")
    with store.reader() as reader:
        [segment] = reader.segments
        assert segment.live_docs is not None
        assert [n for n, live in enumerate(segment.live_docs) if not live] == [0, 69]
        bitset = segment.live_bitset
        assert bitset is not None
        assert [int(word) for word in bitset] == [(1 << 64) - 2, 0b011111]


def test_another_number_of_documents_is_refused(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    [info] = store.manifest().segments
    wrong = SegmentInfo(info.file, info.documents + 1, info.bytes, info.crc)
    with pytest.raises(CorruptArchive, match="another number of documents"):
        SegmentCore(store.directory, wrong, Cache())


def test_a_core_closed_by_its_last_user_is_not_acquired_again(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    core = SegmentCore(store.directory, store.manifest().segments[0], Cache())
    assert core.acquire()
    assert core.acquire()
    assert not core.release()
    assert core.release()
    assert not core.acquire()
