"""The store: created once, its settings, and the manifest read only when its file changed."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from whoosh import fields

from searchlib.codec.directory import Directory
from searchlib.codec.postings import PostingsFormat
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive, SchemaError
from searchlib.index.lock import LOCK
from searchlib.index.manifest import MANIFEST, AlertFile, Manifest, WatchFile
from searchlib.index.store import IndexStore, remove_empty
from searchlib.schema import Key, Keyword, Number, Schema
from tests.parts import SCHEMA, add_records, create_store


def test_create_refuses_a_directory_with_an_archive(tmp_path: Path) -> None:
    create_store(tmp_path)
    with pytest.raises(ArchiveError, match="there is an archive here already"):
        create_store(tmp_path)
    (tmp_path / MANIFEST).unlink()
    (tmp_path / "00000001.seg").touch()
    with pytest.raises(CorruptArchive, match="it is missing"):
        create_store(tmp_path)


def test_opening_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound):
        IndexStore(Directory(tmp_path))


def test_settings_give_zone_and_postings_format(tmp_path: Path) -> None:
    layout = {"block": 4, "dense": 2}
    IndexStore.create(Directory(tmp_path), SCHEMA, zone="Europe/Oslo", layout=layout)
    store = IndexStore(Directory(tmp_path))
    assert str(store.zone) == "Europe/Oslo"
    assert (store.postings_format.block, store.postings_format.dense) == (4, 2)


@pytest.mark.parametrize("layout", [{"block": 1, "dense": 1}, {"block": 255, "dense": 1 << 40}])
def test_the_ends_of_the_postings_format(tmp_path: Path, layout: dict[str, int]) -> None:
    manifest = Manifest(SCHEMA, settings={"layout": layout})
    Directory(tmp_path).write_atomic(MANIFEST, manifest.to_bytes())
    assert IndexStore(Directory(tmp_path)).postings_format == PostingsFormat(**layout)


@pytest.mark.parametrize(
    "layout",
    [{"block": 0}, {"block": 256}, {"block": 2.0}, {"block": True}, {"dense": True}, {"dense": 0},
     {"x": 1}, 7],
)  # fmt: skip
def test_settings_that_are_not_valid(tmp_path: Path, layout: object) -> None:
    manifest = Manifest(SCHEMA, settings={"layout": layout})
    Directory(tmp_path).write_atomic(MANIFEST, manifest.to_bytes())
    with pytest.raises(CorruptArchive):
        IndexStore(Directory(tmp_path))


def test_an_unknown_time_zone_names_the_cure(tmp_path: Path) -> None:
    manifest = Manifest(SCHEMA, settings={"zone": "Mars/Olympus"})
    Directory(tmp_path).write_atomic(MANIFEST, manifest.to_bytes())
    with pytest.raises(ArchiveError, match="install the package tzdata"):
        IndexStore(Directory(tmp_path))


def test_a_manifest_that_did_not_change_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = create_store(tmp_path)
    monkeypatch.setattr("searchlib.index.store._TIME_RESOLUTION", 0)
    manifest = store.manifest()
    with monkeypatch.context() as patch:
        patch.delattr("searchlib.index.store.read_manifest")
        assert store.manifest() is manifest
    add_records(IndexStore(Directory(tmp_path)), {"id": "a"})
    assert store.manifest().generation == manifest.generation + 1


@pytest.mark.parametrize(("age", "is_known"), [(0.0, False), (5.0, True)])
def test_a_young_file_is_read_again_whatever_its_own_time_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float, is_known: bool
) -> None:
    # A copy keeps the time of the last change of its text, not that of its inode.
    store = create_store(tmp_path)
    written = time.time_ns()
    os.utime(tmp_path / MANIFEST, (0, 0))
    monkeypatch.setattr(time, "time_ns", lambda: written + int(age * 1e9))
    store = IndexStore(Directory(tmp_path))
    stamp = store.known_file(store.manifest())
    assert (stamp is not None) is is_known
    if stamp is not None:
        status = os.stat(tmp_path / MANIFEST)
        assert stamp == (
            os.fsencode(tmp_path / MANIFEST), status.st_ino, status.st_size, 0, status.st_ctime_ns
        )  # fmt: skip
    assert store.known_file(replace(store.manifest(), generation=9)) is None
    manifest = store.manifest()
    store.forget_manifest()
    assert store.manifest() is manifest  # which did not change: nor does what was made of it
    assert store.known_file(store.manifest()) is None or is_known


def test_fields_may_be_added_but_not_removed(tmp_path: Path) -> None:
    IndexStore.create(Directory(tmp_path), Schema(id=Key(), n=Number()))
    wider = Schema(id=Key(), n=Number(), kind=Keyword())
    with IndexStore(Directory(tmp_path), wider).reader() as reader:
        assert reader.schema == wider
    with pytest.raises(SchemaError):
        IndexStore(Directory(tmp_path), Schema(id=Key()))


def test_the_segments_of_the_last_commit_stay_open_for_the_next_writer(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    [core] = store.pool._cores.values()
    add_records(store, {"id": "b"})
    assert core in store.pool._cores.values()
    store.keep_open(None)
    assert not store.pool._cores


def test_an_archive_with_other_settings_in_its_place_is_not_written_to(tmp_path: Path) -> None:
    store = create_store(tmp_path / "a", {"id": "a"})
    assert not store.is_replaced()
    for settings in ({"zone": "Asia/Tokyo"}, {"stories": {"field": "body", "strict": False}}):
        shutil.rmtree(tmp_path / "a")
        assert not store.is_replaced()  # nothing is there
        IndexStore.create(Directory(tmp_path / "a"), SCHEMA, **settings)
        assert store.is_replaced()
        with pytest.raises(ArchiveError, match="made with other settings: open it again"):
            store.reader()
        with pytest.raises(ArchiveError, match="made with other settings"):
            add_records(store, {"id": "b"})
        add_records(IndexStore(Directory(tmp_path / "a")), {"id": "b"})


def test_a_commit_of_another_process_is_not_known_to_be_durable(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    assert store.is_durable(store.manifest())
    other = IndexStore(Directory(tmp_path))
    assert not other.is_durable(other.manifest())
    add_records(other, {"id": "b"})
    assert not store.is_durable(store.manifest())


@pytest.mark.parametrize("name", ["notes.seg", "00000001.del", "draft-x.tmp", "manifest.json.new"])
def test_create_among_files_that_are_no_segments(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    assert store.manifest().generation == 0


def test_create_among_a_segment_and_other_files(tmp_path: Path) -> None:
    for name in ("00000001.seg", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(CorruptArchive, match="it is missing, its segments are there"):
        IndexStore.create(Directory(tmp_path / "." / ""), SCHEMA)


def test_only_the_archive_of_a_whoosh_program_is_replaced(tmp_path: Path) -> None:
    program = Schema.from_whoosh(fields.Schema(id=fields.ID(stored=True)), exact=True)
    directory = Directory(tmp_path / "new" / "folder")
    before = IndexStore.create(directory, program).manifest()
    other = Schema.from_whoosh(fields.Schema(title=fields.ID(stored=True)), exact=True)
    IndexStore.replace(directory, other)
    after = IndexStore(directory).manifest()
    assert (after.generation, "title" in after.schema.fields) == (before.generation + 1, True)
    directory = Directory(tmp_path / "ours")
    IndexStore.create(directory, SCHEMA)
    with pytest.raises(ArchiveError, match="already, and not one of a Whoosh program: open it"):
        IndexStore.replace(directory, program)
    assert IndexStore(directory).manifest().generation == 0


def test_the_schema_over_that_of_a_commit(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), Schema(id=Key(), n=Number()))
    wider = IndexStore(store.directory, Schema(id=Key(), n=Number(), kind=Keyword()))
    first = wider.manifest()
    assert wider.schema_of(first) is wider.schema_of(first)
    assert list(wider.schema_of(first).fields) == ["id", "n", "kind"]
    another = replace(first, schema=Schema(id=Key()))
    assert set(wider.schema_of(another).fields) == {"id", "n", "kind"}
    assert wider.schema_of(replace(first)) is not wider.schema_of(another)
    with pytest.raises(SchemaError):
        wider.schema_of(replace(first, schema=Schema(id=Key(), kind=Number())))
    assert store.schema_of(first) is first.schema


def test_the_manifest_of_an_archive_that_is_gone(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    manifest = store.manifest()
    (tmp_path / MANIFEST).write_bytes(manifest.to_bytes())  # another file with the same contents
    assert store.manifest() is manifest
    (tmp_path / MANIFEST).unlink()
    for read in (store.manifest, store.reader):
        with pytest.raises(ArchiveNotFound):
            read()


@pytest.mark.parametrize("attempts", [0, 1, 5])
def test_a_commit_whose_files_are_deleted_while_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    monkeypatch.setattr("searchlib.index.store._ATTEMPTS", attempts)
    store = create_store(tmp_path, {"id": "a"})
    open_commit, opened = store.open_commit, []

    def open_late(manifest: Manifest) -> object:
        opened.append(manifest.generation)
        if len(opened) < max(1, attempts):
            add_records(IndexStore(Directory(tmp_path)), {"id": str(len(opened))})
            raise CorruptArchive("a.seg", "it is missing")
        return open_commit(manifest)

    monkeypatch.setattr(store, "open_commit", open_late)
    with store.reader() as reader:
        assert reader.generation == opened[-1] == store.manifest().generation
    assert len(opened) == max(1, attempts)
    monkeypatch.setattr(store, "open_commit", lambda _: 1 / 0)
    store._known = (None, store.manifest())

    def fail(manifest: Manifest) -> object:
        raise CorruptArchive("a.seg", "its checksum is wrong")

    monkeypatch.setattr(store, "open_commit", fail)  # and no other commit: it is damaged
    with pytest.raises(CorruptArchive, match="its checksum is wrong"):
        store.reader()


@pytest.mark.parametrize("with_folder", [True, False])
def test_an_empty_archive_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_folder: bool
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(Directory, "sync", lambda self: synced.append(self.path))
    IndexStore.create(directory := Directory(tmp_path / "a"), SCHEMA)
    synced.clear()
    assert remove_empty(directory, with_folder=with_folder) is True
    assert synced == [tmp_path / "a"]
    assert (tmp_path / "a").exists() is not with_folder
    assert directory.list_files() == []
    IndexStore.create(directory, SCHEMA)
    (tmp_path / "a" / "notes.txt").touch()
    assert remove_empty(directory, with_folder=True) is True
    assert directory.list_files() == ["notes.txt"]


def test_an_archive_with_anything_in_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = create_store(tmp_path, {"id": "a"}).manifest()
    for changes in (
        {},
        {"segments": (), "watches": WatchFile("00000001.wat", 1, 1)},
        {"segments": (), "alerts": (AlertFile("00000001.alr", 1, 1, 1, 1),)},
    ):
        Directory(tmp_path).write_atomic(MANIFEST, replace(manifest, **changes).to_bytes())
        assert remove_empty(Directory(tmp_path), with_folder=True) is False
        assert (tmp_path / MANIFEST).exists()
    empty = replace(manifest, segments=()).to_bytes()
    Directory(tmp_path).write_atomic(MANIFEST, empty)
    monkeypatch.setattr(Directory, "delete", lambda self, name: False)
    assert remove_empty(Directory(tmp_path), with_folder=True) is False
    assert {MANIFEST, LOCK} <= set(os.listdir(tmp_path))
