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
from searchlib.index.repair import Repair, repair
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


def repaired(path: Path, into: Path) -> Repair:
    return repair(Directory(path), Directory(into), SCHEMA)


def test_a_whole_archive_is_copied(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    source, right = whole
    report = repair(Directory(source), Directory(tmp_path / "new"))
    assert (report.saved, report.lost, report.problems) == (len(right), 0, [])
    assert contents(tmp_path / "new") == right
    with sl.Archive.open(tmp_path / "new") as archive:
        assert archive._store.settings["zone"] == "Asia/Shanghai"


@pytest.mark.parametrize("count", [40, pytest.param(300, marks=pytest.mark.slow)])
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
