"""The sketches of an archive with stories: damage is found or changes nothing, numbers with right
checksums that make no sense do no harm, and after a kill the stories are those of the articles
that are there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import searchlib as sl
from searchlib.errors import CorruptArchive
from tests.copies import articles
from tests.trust.signing import SegmentParts, read_manifest, write_manifest
from tests.trust.test_corruption import KINDS, damage

_POOL = articles(5, 160)


def _stories(archive: Any) -> set[tuple[str, ...]]:
    return {tuple(hit.id for hit in archive.copies(key)) for key in archive}


def _of_fresh(records: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        sl.Archive.create(Path(folder, "a"), stories=True) as archive,
    ):
        archive.add(records)
        return _stories(archive)


def _make(path: Path) -> None:
    with sl.Archive.create(path, stories=True) as archive:
        archive.add(_POOL[:100])
        archive.add(_POOL[100:])
        archive.delete([str(number) for number in range(0, 160, 13)])


def _ask(archive: sl.Archive) -> Any:
    found = archive.search("rain OR bridge", collapse="story", facets=["source"], limit=50)
    return (
        _stories(archive), found.total, found.stories, [hit.id for hit in found],
        found.facets["source"].stories, [hit.id for hit in archive.most_copied()],
    )  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    path = tmp_path_factory.mktemp("stories") / "archive"
    _make(path)
    with sl.Archive.open(path) as archive:
        return path, _ask(archive)


def _judge(path: Path, right: Any) -> bool:
    """Whether damage is found; else the answers must be right."""
    try:
        with sl.Archive.open(path) as archive:
            assert _ask(archive) == right
    except CorruptArchive:
        return True
    return False


def _damaged(sound: tuple[Path, Any], tmp_path: Path, count: int) -> int:
    """Damage whole files, and single bytes of the sketches' sections; how often it was found."""
    source, right = sound
    chance, caught = random.Random(count), 0
    for number in range(count):
        path = tmp_path / "archive"
        shutil.copytree(source, path)
        if number % 2:
            damage(path, chance, number % len(KINDS))
        else:
            _flip(path, chance)
        is_found = _judge(path, right)
        assert is_found or number % 2, "a byte of the sketches was another one"
        caught += is_found
        shutil.rmtree(path)
    return caught


def _flip(path: Path, chance: random.Random) -> None:
    """Change a byte of a section of sketches."""
    entry = chance.choice(read_manifest(path)["segments"])
    parts = SegmentParts.read(path / entry["file"])
    data = bytearray((path / entry["file"]).read_bytes())
    array = parts.arrays[chance.choice([n for n in parts.arrays if n.startswith("stories.")])]
    at = data.index(array.tobytes()) + chance.randrange(array.nbytes)
    data[at] ^= 1 << chance.randrange(8)
    (path / entry["file"]).write_bytes(data)


def test_damage_is_found_or_changes_no_story(sound: tuple[Path, Any], tmp_path: Path) -> None:
    assert _damaged(sound, tmp_path, 24) >= 12


@pytest.mark.slow
def test_much_damage(sound: tuple[Path, Any], tmp_path: Path) -> None:
    assert _damaged(sound, tmp_path, 600) > 300


def _sign(path: Path, chance: random.Random) -> str:
    """Change an array of the sketches, and make the checksums right; says what was done."""
    body = read_manifest(path)
    entry = chance.choice(body["segments"])
    parts = SegmentParts.read(path / entry["file"])
    name = chance.choice([n for n in parts.arrays if n.startswith("stories.")])
    array = parts.arrays[name].copy()
    how = chance.choice(("number", "numbers", "ones", "zero", "cut", "grow", "swap", "random"))
    most = np.iinfo(array.dtype).max
    match how:
        case "number" | "numbers":
            for _ in range(1 if how == "number" else 9):
                array[chance.randrange(len(array))] = chance.randrange(most + 1)
        case "ones":
            array[:] = most
        case "zero":
            array[:] = 0
        case "cut":
            array = array[: chance.randrange(len(array))]
        case "grow":
            array = np.append(array, array[: 1 + chance.randrange(len(array))])
        case "swap":
            array = np.roll(array, 1 + chance.randrange(len(array)))
        case "random":
            array = np.frombuffer(chance.randbytes(array.nbytes), array.dtype)
    parts.arrays[name] = array
    entry["bytes"], entry["crc"] = parts.write(path / entry["file"])
    write_manifest(path, body)
    return f"{name} of {entry['file']}: {how}"


def _signed(source: Path, tmp_path: Path, seeds: range) -> None:
    """Numbers that were signed give an answer or an error; merging and checking too."""
    keys = None
    for seed in seeds:
        path = tmp_path / "archive"
        shutil.copytree(source, path)
        what = _sign(path, random.Random(seed))
        try:
            with sl.Archive.open(path) as archive:
                keys = sorted(archive)
                stories = _stories(archive)
                assert sorted(key for story in stories for key in story) == keys, f"{seed}: {what}"
                archive.add([{"id": "new", "body": "rain"}])
                archive.optimize()
                _ask(archive)
        except sl.SearchlibError:
            with sl.Archive.open(path) as archive:
                assert archive.check(), f"{seed}: {what}"
        shutil.rmtree(path)


def test_signed_sketches_that_make_no_sense_do_no_harm(
    sound: tuple[Path, Any], tmp_path: Path
) -> None:
    _signed(sound[0], tmp_path, range(10))


@pytest.mark.slow
def test_many_signed_sketches(sound: tuple[Path, Any], tmp_path: Path) -> None:
    _signed(sound[0], tmp_path, range(10, 200))


def _work(path: Path, chance: random.Random) -> None:
    """The child: adds, updates, deletes and merges for ever."""
    with sl.Archive.open(path) as archive:
        while True:
            batch = chance.sample(_POOL, chance.choice((1, 6, 40)))
            other = chance.choice(_POOL)["body"]
            archive.add([row | {"body": other} if chance.random() < 0.2 else row for row in batch])
            archive.delete([str(chance.randrange(160)) for _ in range(chance.randrange(9))])
            if chance.random() < 0.3:
                archive.optimize()


def _kill(path: Path, rounds: int) -> None:
    sl.Archive.create(path, stories=True).close()
    chance = random.Random(rounds)
    for number in range(rounds):
        child = os.fork()
        if not child:
            try:
                _work(path, random.Random(number))
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0.02, 0.3))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        with sl.Archive.open(path) as archive:
            assert archive.check() == [], f"round {number}"
            records = list(archive.export())
            assert _stories(archive) == _of_fresh(records), f"round {number}"


@pytest.fixture
def place() -> Iterator[Path]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


_CAN_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")


@_CAN_FORK
def test_after_kills_the_stories_are_those_of_the_articles(place: Path) -> None:
    _kill(place / "archive", 4)


@_CAN_FORK
@pytest.mark.slow
def test_after_many_kills(place: Path) -> None:
    _kill(place / "archive", 60)
