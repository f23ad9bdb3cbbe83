"""A power cut at every step. The model: a file keeps only what was fsynced (and of the rest some
part, or zeros), a name only what the fsync of its folder made durable (and of the rest some)."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveNotFound
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.watches.watch import Watch
from searchlib.watches.watch_list import committed_alerts, encode_watches
from tests.trust.faults import Calls
from tests.trust.world import SCHEMA, article, contents, put
from tests.watches.test_alerting import keep_few_programs


@dataclass
class File:
    """What was written to a file, and how much of it is on the disk."""

    data: bytearray = field(default_factory=bytearray)
    safe: int = 0


@dataclass(frozen=True)
class Named:
    """A change of names in a folder: what a name means from then on (None: nothing)."""

    changes: tuple[tuple[str, File | str | None], ...]


class Disk:
    """Follows the calls, and can say at any moment what a power cut would leave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now: dict[str, dict[str, File | str]] = {str(root): {}}
        self.safe: dict[str, dict[str, File | str]] = {str(root): {}}
        self.waiting: dict[str, list[Named]] = {str(root): []}
        self.open: dict[int, File | str] = {}
        self.at_step: Callable[[], None] = lambda: None

    def __call__(self, name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        result = call(*args)
        getattr(self, f"_{name}", lambda *_: None)(result, *args)
        if name in ("open", "write", "fsync", "replace", "unlink", "mkdir"):
            self.at_step()
        return result

    def _name(self, *changes: tuple[str, File | str | None]) -> None:
        folder = os.path.dirname(changes[0][0])
        if folder in self.now:
            pairs = tuple((os.path.basename(path), what) for path, what in changes)
            self.waiting[folder].append(Named(pairs))
            apply(self.now[folder], Named(pairs))

    def _open(self, handle: int, path: Any, flags: int, *_: Any) -> None:
        path = str(path)
        folder, name = os.path.split(path)
        if path in self.now:
            self.open[handle] = path
        elif folder in self.now and flags & os.O_CREAT:
            known = self.now[folder].get(name)
            if known is None:
                known = File()
                self._name((path, known))
            assert isinstance(known, File)
            if flags & os.O_TRUNC:
                known.data, known.safe = bytearray(), 0
            self.open[handle] = known

    def _close(self, _: None, handle: int) -> None:
        self.open.pop(handle, None)

    def _write(self, count: int, handle: int, data: Any) -> None:
        file = self.open.get(handle)
        if isinstance(file, File):
            file.data += bytes(data[:count])

    def _fsync(self, _: None, handle: int) -> None:
        opened = self.open.get(handle)
        if isinstance(opened, File):
            opened.safe = len(opened.data)
        elif opened is not None:
            for change in self.waiting[opened]:
                apply(self.safe[opened], change)
            self.waiting[opened] = []

    def _replace(self, _: None, old: Any, new: Any) -> None:
        folder, name = os.path.split(str(old))
        self._name((str(old), None), (str(new), self.now[folder][name]))

    def _unlink(self, _: None, path: Any) -> None:
        self._name((str(path), None))

    def _mkdir(self, _: None, path: Any, *args: Any) -> None:
        path = str(path)
        self._name((path, path))
        self.now[path], self.safe[path], self.waiting[path] = {}, {}, []

    def cut(self, into: Path, chance: random.Random | None) -> None:
        """Write what is left: nothing that is not safe, or by chance some of it."""
        self._cut(str(self.root), into, chance, {})

    def _cut(
        self, folder: str, into: Path, chance: random.Random | None, kept: dict[int, bytes]
    ) -> None:
        into.mkdir()
        names = dict(self.safe[folder])
        for change in self.waiting[folder]:
            if chance is not None and chance.random() < 0.5:
                apply(names, change)
        for name, what in names.items():
            if isinstance(what, str):
                self._cut(what, into / name, chance, kept)
                continue
            if id(what) not in kept:
                kept[id(what)] = remains(what, chance)
            (into / name).write_bytes(kept[id(what)])


def apply(names: dict[str, File | str], change: Named) -> None:
    for name, what in change.changes:
        if what is None:
            names.pop(name, None)
        else:
            names[name] = what


def remains(file: File, chance: random.Random | None) -> bytes:
    safe, rest = bytes(file.data[: file.safe]), bytes(file.data[file.safe :])
    if chance is None or not rest:
        return safe
    part = rest[: chance.randrange(len(rest) + 1)]
    return safe + (part if chance.random() < 0.5 else bytes(len(part)))


Told = list[tuple[str, str, str]]  # the name of a standing query, a key, "first" or "changed"
State = tuple[dict[str, Any], Told]


class History:
    """Makes an archive and changes it; ``states`` are what it may hold, articles and alerts,
    ``sure`` how many of them were acknowledged. With ``watches`` it has standing queries."""

    def __init__(self, disk: Disk, path: Path, *, watches: bool) -> None:
        self.states: list[State | None] = [None]
        self.sure = 0
        self._disk = disk
        self._path = path
        self._watches = watches
        self._told: Told = []

    def run(self) -> None:
        self._to({})
        store = IndexStore.create(Directory(self._path), SCHEMA)
        self.sure = 1
        if self._watches:
            self._to({})
            with IndexWriter(store) as writer:
                writer.put_watches(encode_watches(WATCHES))
                writer.commit()
            self.sure += 1
        chance = random.Random(5)
        state: dict[str, Any] = {}
        for version in range(12):
            added = [article(f"k{chance.randrange(30)}", version, 60) for _ in range(9)]
            gone = chance.sample(sorted(state), min(3, len(state)))
            self._tell({record["id"]: record for record in added}, state)
            for key in gone:
                del state[key]
            state.update({record["id"]: record for record in added})
            self._to(dict(state))
            put(store, added, delete=gone, optimize=version % 5 == 4)
            self.sure += 1

    def _tell(self, added: dict[str, Any], before: dict[str, Any]) -> None:
        for watch in WATCHES if self._watches else ():
            for key, record in added.items():
                if answers(watch, record):
                    was = key in before and answers(watch, before[key])
                    if not was or watch.notify == "changed":
                        self._told.append((watch.name, key, "changed" if was else "first"))

    def _to(self, state: dict[str, Any]) -> None:
        self.states.append((state, sorted(self._told)))

    def holds(self, path: Path) -> bool:
        """Whether what a cut left is the last acknowledged state, or the one after it."""
        try:
            found: State | None = held(path)
        except (ArchiveNotFound, AssertionError):
            assert self.sure == 0, "an archive that was acknowledged is not there"
            found = None
        return found in self.states[self.sure :]


def held(path: Path) -> State:
    """The articles and the alerts of an archive."""
    articles = contents(path)
    store = IndexStore(Directory(path))
    alerts = committed_alerts(store, None, None)
    read_watch_file(store.directory, store.manifest().programs)  # it is as it was written
    return articles, sorted((alert.name, alert.key, alert.kind) for alert in alerts)


WATCHES = [
    Watch("rain", "rain"),
    Watch("changes", "body:(rain NEAR/2 oslo)", notify="changed"),
    Watch("dry", 'section:world -"v1"', notify="changed"),
]


def answers(watch: Watch, record: dict[str, Any]) -> bool:
    """Whether an article answers one of these standing queries."""
    body = record["body"].split()
    if watch.name == "rain":
        return "rain" in body or "rain" in record["title"].split()
    if watch.name == "dry":
        return record["section"] == "World" and "v1" not in record["title"].split()
    places = {word: [n for n, w in enumerate(body) if w == word] for word in ("rain", "oslo")}
    return any(abs(a - b) <= 2 for a in places["rain"] for b in places["oslo"])


def cuts(tmp_path: Path, random_cuts: int, every: int, *, watches: bool) -> tuple[int, int]:
    """Cut the power at every ``every``-th step, and by chance so many times."""
    root = tmp_path / "disk"
    root.mkdir()
    disk = Disk(root)
    history = History(disk, root / "deep" / "archive", watches=watches)
    tried = steps = 0
    chance = random.Random(random_cuts)

    def step() -> None:
        nonlocal steps, tried
        steps += 1
        if steps % every:
            return
        for way in [None] + [chance] * share:
            into = tmp_path / "after"
            disk.at_step = lambda: None  # what looking does is no step
            disk.cut(into, way)
            assert history.holds(into / "deep" / "archive"), (steps, way)
            shutil.rmtree(into)
            disk.at_step = step
            tried += 1

    share = 0
    disk.at_step = step
    with Calls(lambda *call: disk(*call)).installed():
        expected = 500 // every
        share = -(-random_cuts // expected)
        history.run()
        disk.at_step = lambda: None
        into = tmp_path / "end"
        disk.cut(into, None)
    assert held(into / "deep" / "archive") == history.states[-1]
    return tried, steps


def test_power_cuts(tmp_path: Path) -> None:
    tried, _ = cuts(tmp_path, 60, 6, watches=False)
    assert tried >= 60


def test_power_cuts_of_commits_with_alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article is there with its alerts, or neither is; programs are kept in a file too."""
    keep_few_programs(monkeypatch)
    tried, _ = cuts(tmp_path, 20, 25, watches=True)
    assert tried >= 20


@pytest.mark.slow
@pytest.mark.parametrize("watches", [False, True])
def test_many_power_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watches: bool) -> None:
    keep_few_programs(monkeypatch)
    tried, _ = cuts(tmp_path, 2000, 1, watches=watches)
    assert tried >= 1000
