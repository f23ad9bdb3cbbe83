"""Surroundings that are not as usual: a disk that may not be written, no handles left, odd names,
clocks that go back, files that are taken away."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive
from tests.trust.test_fulldisk import disk, fill
from tests.trust.world import SCHEMA, article, contents, leftovers

ROOT = Path(__file__).parent.parent.parent
__all__ = ["disk"]  # a fixture


def made(path: Path, count: int = 20) -> Path:
    with sl.Archive.create(path, SCHEMA) as archive:
        archive.add([article(f"k{n}") for n in range(count)])
        archive.delete(["k3"])
    return path


def test_a_disk_that_may_only_be_read(disk: Path) -> None:
    path = made(disk / "archive")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with sl.Archive.open(path) as archive:
        assert archive.search("v0", facets=["section"]).total == 19
        assert archive.check() == []
        with pytest.raises(ArchiveError, match="ead-only"):
            archive.add([article("new")])
        assert len(archive) == 19
    with pytest.raises(ArchiveError, match="ead-only"):
        sl.Archive.create(disk / "other")


@pytest.mark.slow
def test_a_run_that_filled_the_disk_goes_on(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.index.index_writer._MAX_CHUNKS", 5000)
    news = tmp_path / "news.jsonl"
    with sl.Archive.create(tmp_path / "big", SCHEMA) as big:
        big.add([article(f"k{n}", 0, 60) for n in range(6000)])
        news.write_text("".join(f"{json.dumps(record)}\n" for record in big.export()))
    with sl.Archive.create(disk / "archive", SCHEMA) as archive:
        with pytest.raises(ArchiveError, match="space"):
            archive.add(sl.read(news))
        done = len(archive)
        assert 0 < done < 6000
        fill(disk / "filler")
        with pytest.raises(ArchiveError, match="space"):
            archive.add(sl.read(news))  # not even the first part
        assert len(archive) == done
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        report = archive.add(sl.read(news))
        assert report.resumed
        assert report.added == 6000 - done
    assert len(contents(disk / "archive")) == 6000
    assert leftovers(disk / "archive") == []


HANDLES = """
import resource, sys
import searchlib as sl
from tests.trust.world import article
path, extra = sys.argv[1], int(sys.argv[2])
import json
import os
used = max(map(int, os.listdir("/proc/self/fd")))
resource.setrlimit(resource.RLIMIT_NOFILE, (used + extra, used + extra))
try:
    with sl.Archive.open(path) as archive:
        archive.search("v0", facets=["section"]).total
        archive.add([article("new")])
        archive.optimize()
except sl.ArchiveError as error:
    sys.exit(7 if type(error) is sl.ArchiveError else 8)
"""


def test_no_handles_left(tmp_path: Path) -> None:
    source = made(tmp_path / "source")
    codes = []
    for extra in (0, 3, 12):
        path = tmp_path / "archive"
        shutil.copytree(source, path)
        command = [sys.executable, "-c", HANDLES, str(path), str(extra)]
        codes.append(subprocess.run(command, cwd=ROOT, check=False).returncode)
        assert contents(path).keys() - {"new"} == contents(source).keys()
        shutil.rmtree(path)
    assert codes[0] == 7
    assert codes[-1] == 0
    assert set(codes) == {0, 7}, codes


@pytest.mark.parametrize(
    "name", ["new\nline", "quo'te\"", " blank ", "\udcff\udcfe", "ε🙂", "a%sb"]
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    path = made(tmp_path / name / "archive")
    news = tmp_path / f"{name}.jsonl"
    news.write_text('{"id": "n1", "title": "Rain"}\n{half\n')
    with sl.Archive.open(path) as archive:
        report = archive.add(sl.read(news))
        assert (report.added, len(report.rejected)) == (1, 1)
        assert archive.search("title:rain").total
    assert contents(path, words=False).keys() >= {"n1"}


def test_a_clock_that_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "archive")
    now = time.time_ns()
    with sl.Archive.open(path) as reader, sl.Archive.open(path) as writer:
        for number in range(20):
            back = now - number * 3_600_000_000_000
            monkeypatch.setattr("searchlib.index.store.time.time_ns", lambda back=back: back)
            writer.add([article("clock", number)])
            os.utime(path / "manifest.json", ns=(back, back))
            record = reader.get("clock")
            assert record is not None
            assert record["note"] == {"v": number}


def test_files_that_are_taken_away_while_open(tmp_path: Path) -> None:
    path = made(tmp_path / "archive")
    with sl.Archive.open(path) as archive:
        total = archive.search("v0").total
        for file in path.glob("*.seg"):
            file.unlink()
        assert archive.search("v0").total == total  # what is open stays
        assert "missing" in "".join(archive.check())
        with pytest.raises(CorruptArchive, match="missing"):
            sl.Archive.open(path).search("v0")
    shutil.rmtree(path)
    with pytest.raises(ArchiveNotFound):
        sl.Archive.open(path)


def test_every_byte_of_the_manifest(tmp_path: Path) -> None:
    path = made(tmp_path / "archive", 4)
    file = path / "manifest.json"
    right = file.read_bytes()
    with sl.Archive.open(path) as archive:
        whole = list(archive.export())
    for at in range(len(right)):
        flipped = right[at] ^ (1 << at % 8)
        cut = right[:at] if at < len(right) - 1 else b""  # the last byte is a line break
        for wrong in (right[:at] + bytes([flipped]) + right[at + 1 :], cut):
            file.write_bytes(wrong)
            with pytest.raises(CorruptArchive) as caught:
                sl.Archive.open(path)
            assert caught.value.file == str(file)
    file.write_bytes(right)
    with sl.Archive.open(path) as archive:
        assert list(archive.export()) == whole


def test_create_never_harms_what_is_there(tmp_path: Path) -> None:
    for damage in ("none", "manifest cut", "manifest gone", "segment gone", "lock is a folder"):
        path = made(tmp_path / damage)
        if damage == "manifest cut":
            os.truncate(path / "manifest.json", 10)
        elif damage == "manifest gone":
            (path / "manifest.json").unlink()
        elif damage == "segment gone":
            next(path.glob("*.seg")).unlink()
        elif damage == "lock is a folder":
            (path / "writer.lock").unlink()
            (path / "writer.lock").mkdir()
        before = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
        with pytest.raises(ArchiveError):
            sl.Archive.create(path, SCHEMA)
        after = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
        assert after == before, damage


def test_memory_that_is_limited(tmp_path: Path) -> None:
    """An archive that says it is huge is refused before memory is taken for it."""
    path = made(tmp_path / "archive")
    with open(next(path.glob("*.seg")), "r+b") as file:
        file.truncate(1 << 36)  # a hole of 64 GB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CorruptArchive, match="bytes, not"):
        sl.Archive.open(path).search("v0")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
