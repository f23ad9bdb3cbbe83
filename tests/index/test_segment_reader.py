"""Segments: fields by type, live docs, and a file that is closed after its last user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.cache import Cache
from searchlib.errors import CorruptArchive, SnapshotClosed
from searchlib.index.manifest import SegmentInfo, read_manifest
from searchlib.index.segment_reader import SegmentCore
from searchlib.schema import Date, Schema
from tests.index.resigned import change_segment
from tests.parts import SCHEMA, create_store, delete_keys, open_files


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


def core_of(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> SegmentCore:
    """The core of a segment with an article that has all fields, changed but rightly signed."""
    record = {"id": "a", "body": "rain sun", "kind": ["x"], "n": 2, "day": "2022"}
    store = create_store(path, record)
    store.keep_open(None)
    change_segment(path, 0, change)
    [info] = read_manifest(store.directory).segments
    return SegmentCore(store.directory, info, Cache())


_FIELDS = "its fields are not well formed"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fields": None}, _FIELDS),
        ({"fields": []}, _FIELDS),
        ({"fields": {"n": "number"}}, _FIELDS),
        ({"fields": {"n": {}}}, _FIELDS),
        ({"fields": {"n": {"kind": "number"}, "k": {"kind": "other"}}}, _FIELDS),
        ({"documents": 2}, "it has another number of documents"),
        ({"documents": None}, "it has another number of documents"),
        ({"analysis": "2"}, "its analysis is not well formed"),
        ({"analysis": True}, "its analysis is not well formed"),
        ({"languages": "en"}, "its analysis is not well formed"),
        ({"languages": ["en", 7]}, "its analysis is not well formed"),
        ({"analysis": "2", "languages": 7}, "its analysis is not well formed"),
    ],
)
def test_meta_data_that_make_no_sense(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    before = open_files()
    with pytest.raises(CorruptArchive, match=says) as raised:
        core_of(tmp_path, lambda sections, meta: meta.update(change))
    assert raised.value.__traceback__ is not None
    assert open_files() == before


def test_digests_say_how_many_documents_there_are(tmp_path: Path) -> None:
    def change(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        sections["key.digests"] = np.append(sections["key.digests"], np.zeros(8, np.uint8))

    with pytest.raises(CorruptArchive, match="it has another number of documents"):
        core_of(tmp_path, change)


def test_what_the_first_segments_do_not_say(tmp_path: Path) -> None:
    def change(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        del meta["analysis"], meta["languages"]

    core = core_of(tmp_path, change)
    assert (core.analysis, core.languages) == (1, ())
    with pytest.raises(CorruptArchive, match="its analysis has version 1, the archive's 2"):
        core.check_schema(SCHEMA.bound(2, "en"))


def test_the_schema_of_a_segment(tmp_path: Path) -> None:
    core = core_of(tmp_path, lambda sections, meta: None)
    version = core.analysis
    assert core.languages == ("en",)
    core.check_schema(SCHEMA.bound(version, "en"))
    names = ["id", "body", "raw", "kind", "n", "day", "nowhere"]
    kinds = [None, "text", "text", "keyword", "number", "date", None]
    assert [core.kind(name) for name in names] == kinds
    assert [core.token_count(name) for name in names] == [0, 2, 0, 0, 0, 0, 0]
    fields = dict(SCHEMA)
    for name, field, says in (
        ("n", None, "its field 'n' is of type 'number', in the schema it is unknown"),
        ("n", Date(), "its field 'n' is of type 'number', in the schema it is of type 'date'"),
    ):
        others = {key: value for key, value in fields.items() if key != name}
        schema = Schema(**others, **({} if field is None else {name: field}))
        with pytest.raises(CorruptArchive, match=says):
            core.check_schema(schema.bound(version, "en"))


@pytest.mark.parametrize("tokens", [-1, 1 << 32, 2.0, True, None])
def test_numbers_of_tokens_that_cannot_be(tmp_path: Path, tokens: object) -> None:
    core = core_of(tmp_path, lambda sections, meta: meta["fields"]["body"].update(tokens=tokens))
    with pytest.raises(CorruptArchive, match=f"the number of tokens of field 'body' is {tokens}"):
        core.token_count("body")


def test_the_highest_number_of_tokens(tmp_path: Path) -> None:
    most = (1 << 32) - 1
    core = core_of(tmp_path, lambda sections, meta: meta["fields"]["body"].update(tokens=most))
    assert core.token_count("body") == most


def test_readers_of_fields_are_made_once_and_forgotten(tmp_path: Path) -> None:
    core = core_of(tmp_path, lambda sections, meta: None)
    core.acquire()
    for read in (
        lambda: core.text("body"), lambda: core.keyword("kind"), lambda: core.number("n"),
        lambda: core.number("day"), lambda: core.keys, lambda: core.doc_store,
    ):  # fmt: skip
        assert read() is read()
    assert core.story_sketches is None
    body = core.text("body")
    assert body is not None
    assert body.find(b"rain") is not None
    assert body.find(b"rain").docs.tolist() == [0]  # type: ignore[union-attr]
    assert core._cache.bytes > 0
    core.reset_lock()
    assert core.doc_store[0]
    assert core.release()
    assert core._cache.bytes == 0
    assert not core.release()
    with pytest.raises(SnapshotClosed):
        core.text("body")


def test_other_documents_deleted_than_a_file_says(tmp_path: Path) -> None:
    store = create_store(tmp_path, *({"id": str(n)} for n in range(4)))
    delete_keys(store, "0")
    with store.reader() as reader:
        [segment] = reader.segments
        assert segment.live_bitset is segment.live_bitset
        changed = segment.with_live_docs(np.array([False, True, False, True]))
        assert (changed.documents, changed.info.live_count) == (4, 2)
        assert changed.live_bitset is not None
        assert changed.live_bitset.tolist() == [0b1010]
        assert segment.live_bitset is not None
        assert segment.live_bitset.tolist() == [0b1110]
        assert segment.info.live_count == 3


def test_a_core_closed_by_its_last_user_is_not_acquired_again(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    core = SegmentCore(store.directory, store.manifest().segments[0], Cache())
    assert core.acquire()
    assert core.acquire()
    assert not core.release()
    assert core.release()
    assert not core.acquire()
