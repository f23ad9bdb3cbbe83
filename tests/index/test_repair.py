"""Repair: whole archives are copied; of damaged ones, what can be read is saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.repair import repair
from searchlib.index.store import IndexStore
from tests.parts import SCHEMA, create_store, delete_keys


def saved_keys(path: Path) -> list[str]:
    with IndexStore(Directory(path)).reader() as reader:
        return [key.decode() for segment in reader.segments for key in segment.core.keys.keys]


def damaged(path: Path) -> IndexStore:
    store = create_store(path, *({"id": str(n), "body": f"rain {n}"} for n in range(5)))
    delete_keys(store, "2")
    return store


def test_a_whole_archive_is_copied_without_deleted_articles(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert (report.saved, report.lost, report.problems) == (4, 0, [])
    assert saved_keys(tmp_path / "new") == ["0", "1", "3", "4"]


def test_a_segment_without_its_footer_is_scanned(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    [path] = (tmp_path / "old").glob("*.seg")
    path.write_bytes(path.read_bytes()[:-5])
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert report.saved == 5  # the deleted article is back, and the report says so
    assert any("may be back" in problem for problem in report.problems)


def test_a_damaged_manifest_needs_a_schema(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    (tmp_path / "old" / "manifest.json").write_bytes(b"{}")
    with pytest.raises(CorruptArchive):
        repair(store.directory, Directory(tmp_path / "new"))
    report = repair(store.directory, Directory(tmp_path / "new"), SCHEMA)
    assert report.saved == 5
    assert len(report.problems) == 1


def test_a_missing_segment_is_lost(tmp_path: Path) -> None:
    store = damaged(tmp_path / "old")
    [path] = (tmp_path / "old").glob("*.seg")
    path.unlink()
    report = repair(store.directory, Directory(tmp_path / "new"))
    assert (report.saved, report.lost) == (0, 4)
    assert path.name in report.problems[0]
