"""A disk that is really full: a small file system in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import searchlib as sl
from tests.trust.world import SCHEMA, article, contents, leftovers

ROOM = 3  # MB


def fill(path: Path) -> None:
    """Write a file until the disk is full."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    os.close(handle)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    path.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no mount here")
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(path)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no small file system can be made")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_full_disk_loses_nothing(disk: Path) -> None:
    path = disk / "archive"
    acknowledged: set[str] = set()
    errors = number = 0
    with sl.Archive.create(path, SCHEMA) as archive:
        while errors < 6:
            keys = [f"b{number}x{n}" for n in range(30)]
            number += 1
            try:
                archive.add([article(key, number, 300) for key in keys])
            except sl.ArchiveError as error:
                assert type(error) is sl.ArchiveError
                assert "space" in str(error)
                errors += 1
            else:
                acknowledged |= set(keys)
            assert archive.count("body:only*") >= len(acknowledged)
    assert len(acknowledged) > 100
    found = contents(path)
    assert acknowledged <= found.keys()
    assert len(found) % 30 == 0, "a batch is there in part"


def test_freed_space_is_used(disk: Path) -> None:
    path = disk / "archive"
    with sl.Archive.create(path, SCHEMA) as archive:
        archive.add([article("a")])
        filler = disk / "filler"
        fill(filler)
        with pytest.raises(sl.ArchiveError, match="space"):
            archive.add([article("b", 0, 3000)])
        with pytest.raises(sl.ArchiveError, match="space"):
            archive.delete(["a"])
        assert archive.search("v0").total == 1
        filler.unlink()
        assert archive.add([article("b", 0, 3000)]).added == 1
        assert archive.delete(["a"]) == 1
    assert contents(path).keys() == {"b"}
    assert leftovers(path) == []
    assert os.listdir(disk) == ["archive"]
