"""Damage of every kind in every kind of file: an answer is right, or it is CorruptArchive."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from tests.trust.world import SCHEMA, WORDS, article

Answers = dict[str, Callable[[sl.Archive], Any]]

MEMORY = 300_000  # KB more than at the start, at the most
SECONDS = 20


def search(query: str, **options: Any) -> Callable[[sl.Archive], Any]:
    def ask(archive: sl.Archive) -> Any:
        found = archive.search(query, **options)
        hits = [(hit.id, round(hit.score, 9), hit["title"], hit.snippet("body")) for hit in found]
        return found.total, hits, {name: list(f) for name, f in found.facets.items()}

    return ask


ANSWERS: Answers = {
    "word": search("rain", facets=["section", "topics", "date:year"]),
    "two": search("oslo river", match="any", limit=50),
    "phrase": search('"rain oslo"', limit=50),
    "exact": search("body:running", limit=50),
    "prefix": search("har*", limit=50),
    "range": search("date:2012..2020 words:>300", sort="-date", limit=50),
    "keyword": search("section:world -topics:a", limit=50),
    "names": search("names:lee", sort="words", limit=50),
    "get": lambda archive: [archive.get(f"k{n}") for n in range(0, 90, 7)],
    "suggest": lambda archive: archive.suggest("r"),
    "stats": lambda archive: archive.stats().fields,
    "export": lambda archive: list(archive.export()),
    "reading": lambda archive: archive._store.manifest().commit_data,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """An archive of several segments, one with deletes, and a run that was stopped; its answers."""
    path = tmp_path_factory.mktemp("whole") / "archive"
    with sl.Archive.create(path, SCHEMA) as archive:
        archive.add([article(f"k{n}", 0, 40) for n in range(400)])
        archive.add([article(f"k{n}", 1) for n in range(30, 60)])
        archive.delete(["k3", "k61"])
        assert archive.stats().segments > 1
    with IndexWriter(IndexStore(Directory(path))) as writer:
        writer.commit_data = [[f"{n:016x}", f"{n:016x}", n, n, f"{n:016x}"] for n in range(9)]
        writer.commit()
    with sl.Archive.open(path) as archive:
        return path, {name: ask(archive) for name, ask in ANSWERS.items()}


KINDS = ["bit", "byte", "tail", "cut", "grow", "zero", "copy", "gone", "swap"]


def damage(path: Path, chance: random.Random, number: int) -> tuple[str, list[str]]:
    """Damage one file, or swap two; what was done, and the names of the files."""
    names = sorted(name for name in os.listdir(path) if name != "writer.lock")
    ending = (".json", ".seg", ".del")[number // len(KINDS) % 3]
    name = chance.choice([name for name in names if name.endswith(ending)])
    file = path / name
    data = bytearray(file.read_bytes())
    at, end = sorted((chance.randrange(len(data)), chance.randrange(len(data))))
    kind = KINDS[number % len(KINDS)]
    if kind == "bit":
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "byte":
        data[at] = (data[at] + chance.randrange(1, 256)) % 256
    elif kind == "tail":
        data[-chance.randrange(1, min(len(data), 400) + 1)] ^= chance.randrange(1, 256)
    elif kind == "cut":
        del data[at:]
    elif kind == "grow":
        data += chance.randbytes(chance.randrange(1, 100))
    elif kind == "zero":
        data[at:end] = bytes(end - at)
    elif kind == "copy":
        data[at:end] = data[: end - at]
    elif kind == "gone":
        file.unlink()
        return f"{kind} {name}", [name]
    else:
        other = chance.choice([n for n in names if n != name])
        data = bytearray((path / other).read_bytes())
        (path / other).write_bytes(file.read_bytes())
        file.write_bytes(data)
        return f"{kind} {name} {other}", [name, other]
    file.write_bytes(data)
    return f"{kind} {name} {at} {end}", [name]


def judge(path: Path, right: dict[str, Any], done: str, names: list[str], same: bool) -> int:
    """Ask everything of a damaged archive; how many questions found the damage."""
    blamed = 0

    def blame(error: CorruptArchive) -> None:
        nonlocal blamed
        blamed += 1
        assert os.path.basename(error.file) in names, f"{done}: blames {error.file}"

    try:
        archive = sl.Archive.open(path)
    except CorruptArchive as error:
        blame(error)
        return blamed
    with archive:
        for name, ask in ANSWERS.items():
            try:
                answer = ask(archive)
            except CorruptArchive as error:
                blame(error)
            else:
                assert answer == right[name], f"{done}: another answer to {name!r}"
        assert bool(archive.check()) is not same, f"{done}: check says {archive.check()}"
    return blamed


def mutations(whole: tuple[Path, dict[str, Any]], tmp_path: Path, count: int) -> tuple[int, int]:
    source, right = whole
    chance = random.Random(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kinds, caught = set(), 0
    for number in range(count):
        path = tmp_path / "archive"
        shutil.copytree(source, path)
        done, names = damage(path, chance, number)
        same = all(
            (path / n).exists() and (path / n).read_bytes() == (source / n).read_bytes()
            for n in names
        )
        # A manifest that lost nothing but its last line break says the same.
        same = same or (done.startswith("cut man") and (path / names[0]).read_bytes() + b"\n"
                        == (source / names[0]).read_bytes())  # fmt: skip
        signal.alarm(SECONDS)
        caught += bool(judge(path, right, done, names, same))
        signal.alarm(0)
        kinds.add((done.split()[0], names[0].rsplit(".")[-1]))
        shutil.rmtree(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MEMORY, f"{grown} KB more than before"
    return len(kinds), caught


def test_mutations(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    kinds, _ = mutations(whole, tmp_path, 150)
    assert kinds == 9 * 3


@pytest.mark.slow
def test_many_mutations(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    kinds, caught = mutations(whole, tmp_path, 6000)
    assert kinds == 9 * 3
    assert caught > 1000


def test_every_file_can_be_missing(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    source, _ = whole
    for name in os.listdir(source):
        path = tmp_path / name
        shutil.copytree(source, path)
        (path / name).unlink()
        if name == "writer.lock":
            sl.Archive.open(path).close()
            continue
        with pytest.raises(CorruptArchive) as caught:
            sl.Archive.open(path).search("rain")
        assert os.path.basename(caught.value.file) == name
        assert "restore" in str(caught.value)
        with pytest.raises(CorruptArchive):  # and nothing is made in its place
            sl.Archive.create(path) if name == "manifest.json" else sl.Archive.open(path).add([])


def test_damage_while_open_is_found_by_check(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([article(f"k{n}", 0, 200) for n in range(300)])
        assert archive.check() == []
        assert archive.search(WORDS[0]).total
        file = next(tmp_path.glob("*.seg"))
        with open(file, "r+b") as handle:
            handle.seek(file.stat().st_size // 2)
            old = handle.read(1)
            handle.seek(-1, os.SEEK_CUR)
            handle.write(bytes([old[0] ^ 1]))
        assert file.name in "".join(archive.check())
