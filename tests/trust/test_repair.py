"""``repair`` saves what is readable, believes nothing else, and says what is lost."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.repair import RepairReport, repair
from tests.trust.test_corruption import damage
from tests.trust.world import SCHEMA, article, contents


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    path = tmp_path_factory.mktemp("repair") / "archive"
    with sl.Archive.create(path, SCHEMA, zone="Asia/Shanghai") as archive:
        archive.add([article(f"k{n}", 0, 300) for n in range(400)])
        archive.add([article(f"k{n}", 1) for n in range(30, 60)])
        archive.delete(["k3", "k61"])
    return path, contents(path)


def repaired(path: Path, into: Path) -> RepairReport:
    return repair(Directory(path), Directory(into), SCHEMA)


def test_a_whole_archive_is_copied(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    source, right = whole
    report = repair(Directory(source), Directory(tmp_path / "new"))
    assert (report.saved, report.lost, report.problems) == (len(right), 0, [])
    assert contents(tmp_path / "new") == right
    with sl.Archive.open(tmp_path / "new") as archive:
        assert archive._store.settings["zone"] == "Asia/Shanghai"


@pytest.mark.parametrize("count", [15, pytest.param(300, marks=pytest.mark.slow)])
def test_only_articles_that_were_written_are_saved(
    count: int, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    source, right = whole
    chance = random.Random(count)
    ever = {**{f"k{n}": article(f"k{n}", 0, 300) for n in range(400)}}
    for number in range(count):
        shutil.copytree(source, tmp_path / "a")
        done, _ = damage(tmp_path / "a", chance, number)
        report = repaired(tmp_path / "a", tmp_path / "b")
        found = contents(tmp_path / "b")
        assert report.saved == len(found), done
        for key, record in found.items():
            assert record in (right.get(key), ever[key]), f"{done}: {key}"
        if found != right:
            assert report.problems, done
        if ".json" not in done:
            assert len(found) + report.lost >= len(right), done
        shutil.rmtree(tmp_path / "a")
        shutil.rmtree(tmp_path / "b")


def test_one_flipped_byte_costs_one_block(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    source, right = whole
    shutil.copytree(source, tmp_path / "a")
    file = max((tmp_path / "a").glob("*.seg"), key=lambda path: path.stat().st_size)
    data = bytearray(file.read_bytes())
    data[data.index(b"\x28\xb5\x2f\xfd") + 200] ^= 1
    file.write_bytes(data)
    report = repaired(tmp_path / "a", tmp_path / "b")
    assert 0 < report.lost < 60
    assert report.saved == len(right) - report.lost
    assert file.name in report.problems[0]


def test_without_a_manifest_or_a_footer(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    source, right = whole
    shutil.copytree(source, tmp_path / "a")
    for file in (tmp_path / "a").glob("*.seg"):
        file.write_bytes(file.read_bytes()[:-5])
    (tmp_path / "a" / "manifest.json").unlink()
    with pytest.raises(CorruptArchive):
        repair(Directory(tmp_path / "a"), Directory(tmp_path / "b"))
    repaired(tmp_path / "a", tmp_path / "b")
    found = contents(tmp_path / "b")
    assert right.keys() <= found.keys()


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("place", [0, 1, 200])
def test_a_flipped_byte_costs_no_other_block(
    which: str, place: int, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    source, right = whole
    shutil.copytree(source, tmp_path / "a")
    file = max((tmp_path / "a").glob("*.seg"), key=lambda path: path.stat().st_size)
    with sl.Archive.open(tmp_path / "a") as archive:
        reader = archive._store.reader()
        [core] = [s.core for s in reader.segments if s.core.file == file.name]
        firsts = [*core.doc_store.firsts.tolist(), core.documents]
        assert len(firsts) > 4
        block = {"first": 0, "middle": len(firsts) // 2 - 1, "last": len(firsts) - 2}[which]
        inside = {core.keys.keys[n].decode() for n in range(firsts[block], firsts[block + 1])}
        start = core.segment_file.offset("stored")
        start += int(core.doc_store.ends[block - 1]) if block else 0
        reader.close()
    data = bytearray(file.read_bytes())
    assert data[start : start + 4] == b"\x28\xb5\x2f\xfd"
    data[start + place] ^= 1
    file.write_bytes(data)
    report = repair(Directory(tmp_path / "a"), Directory(tmp_path / "b"))
    found = contents(tmp_path / "b")
    newer = set(right) - {f"k{n}" for n in range(400)} | {f"k{n}" for n in range(30, 60)}
    lost = (inside & right.keys()) - newer
    if place == 200:  # what is before it in the block may still be proved by its digest
        assert right.keys() - lost <= found.keys() < right.keys()
    else:
        assert found.keys() == right.keys() - lost
    assert report.saved + report.lost == len(right)
    assert {key: right[key] for key in found} == found
