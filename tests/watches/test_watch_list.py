"""The kept standing queries: a plain model, other writers, damage, earlier formats."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import searchlib as sl
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive, UnknownKey
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import Manifest, WatchFile
from searchlib.index.store import remove_empty
from searchlib.watches import watch_list
from searchlib.watches.watch_list import (
    committed_alerts,
    committed_watches,
    encode_watches,
    malformed_rows_named,
)
from tests.watches.test_matcher import FakeStore

NAMES = st.sampled_from(["a", "b", "ü", "quoted \"'"])
QUERIES = st.sampled_from(["rain", '"heavy rain"', "section:world -snow", "date:today", "été"])


class WatchList(RuleBasedStateMachine):
    """The standing queries beside a dict, between changes of the articles."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(mkdtemp())
        self.archive = sl.Archive.create(self.path)
        self.model: dict[str, sl.Watch] = {}
        self.keys: set[str] = set()

    def teardown(self) -> None:
        self.archive.close()
        shutil.rmtree(self.path)

    @rule(name=NAMES, query=QUERIES, match=st.sampled_from(["all", "any", "best"]))
    def watch(self, name: str, query: str, match: Any) -> None:
        self.model[name] = self.archive.watch(name, query, match=match)

    @rule(name=NAMES)
    def unwatch(self, name: str) -> None:
        if self.model.pop(name, None):
            self.archive.unwatch(name)
        else:
            with pytest.raises(UnknownKey, match="watches\\(\\) lists"):
                self.archive.unwatch(name)

    @rule(name=NAMES)
    def refused(self, name: str) -> None:
        with pytest.raises(sl.QueryError):
            self.archive.watch(name, "autor:x")

    @rule(key=st.sampled_from("abcdef"), title=st.sampled_from(["rain", "snow"]))
    def add(self, key: str, title: str) -> None:
        self.archive.add([{"id": key, "title": title}])
        self.keys.add(key)

    @rule(key=st.sampled_from("abcdef"))
    def delete(self, key: str) -> None:
        self.archive.delete([key])
        self.keys.discard(key)

    @rule()
    def optimize(self) -> None:
        self.archive.optimize()

    @rule()
    def cancelled(self) -> None:
        with IndexWriter(self.archive._store) as writer:
            writer.put_watches(b"never committed")

    @rule()
    def reopen(self) -> None:
        self.archive.close()
        self.archive = sl.open(self.path)

    @invariant()
    def same(self) -> None:
        assert self.archive.watches() == list(self.model.values())
        assert set(self.archive) == self.keys
        assert len(list(self.path.glob("*.wat"))) == bool(self.model)
        format_number = json.loads((self.path / "manifest.json").read_text()[:-10])["format"]
        has_alerts = any(self.path.glob("*.alr"))
        assert format_number == (4 if self.model or has_alerts else 3)
        assert self.archive.check() == []


TestWatchList = WatchList.TestCase
TestWatchList.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add([{"id": "a", "title": "rain"}])
        archive.watch("rain", "rain", filters={"section": ["world", "sports"]})
        archive.watch("snow", "snow OR sleet", match="any")
    return tmp_path / "archive"


def test_every_flip_and_cut_is_an_error_that_names_the_file(path: Path) -> None:
    [file] = path.glob("*.wat")
    data = file.read_bytes()
    damaged = [data[:n] for n in range(len(data))] + [data + b" "]
    damaged += [data[:n] + bytes([data[n] ^ 1 << n % 8]) + data[n + 1 :] for n in range(len(data))]
    with sl.open(path) as archive:
        for wrong in damaged:
            file.write_bytes(wrong)
            for ask in (archive.watches, lambda: archive.match({"id": "b"})):
                with pytest.raises(CorruptArchive, match=file.name):
                    ask()
        assert [line for line in archive.check() if file.name in line]
        assert archive.count("rain") == 1
        with pytest.raises(CorruptArchive, match=file.name):
            archive.watch("more", "rain")
        file.unlink()
        with pytest.raises(CorruptArchive, match=file.name):
            archive.unwatch("rain")


@pytest.mark.parametrize(
    "body",
    [
        b"{}7",
        b"[" * 100_000,
        b'[{"name": "a"}]',
        b'[{"name": "", "query": "rain", "match": "all", "filters": []}]',
        b'[{"name": "a", "query": "rain", "match": "none", "filters": []}]',
        b'[{"name": "a", "query": "rain", "match": "all", "filters": 7}]',
        b"["
        + b",".join([b'{"name": "a", "query": "rain", "match": "all", "filters": []}'] * 2)
        + b"]",
        b"\xff",
    ],
)
def test_signed_nonsense_is_an_error_that_names_the_file(path: Path, body: bytes) -> None:
    with sl.open(path) as archive:
        with IndexWriter(archive._store) as writer:
            writer.put_watches(body)
            writer.commit()
        [file] = path.glob("*.wat")
        with pytest.raises(CorruptArchive, match=file.name):
            archive.watches()


@pytest.mark.parametrize(
    "watches",
    [7, None, {}, {"file": "../x.wat", "bytes": 1, "crc": 1}, {"file": "00000001.seg"},
     {"file": "99999999.wat", "bytes": 1, "crc": 1},
     {"file": "00000001.wat", "bytes": -1, "crc": 1}],
)  # fmt: skip
def test_a_manifest_that_names_no_such_file(path: Path, watches: Any) -> None:
    text = (path / "manifest.json").read_bytes()[:-10]
    body = json.dumps(json.loads(text) | {"watches": watches}).encode()
    (path / "manifest.json").write_bytes(body + b"\n%08x\n" % crc32(body))
    with pytest.raises(CorruptArchive, match=r"manifest\.json"):
        sl.open(path)


def test_repair_saves_them_or_says_that_they_are_lost(path: Path, tmp_path: Path) -> None:
    assert sl.Archive.repair(path, tmp_path / "saved").problems == []
    with sl.open(path) as old, sl.open(tmp_path / "saved") as new:
        assert new.watches() == old.watches()
        assert len(new.watches()) == 2
    [file] = path.glob("*.wat")
    file.write_bytes(b"x")
    [problem] = sl.Archive.repair(path, tmp_path / "again").problems
    assert file.name in problem
    assert problem.endswith("the standing queries are lost")
    with sl.open(tmp_path / "again") as new:
        assert new.watches() == []
        assert len(new) == 1


def test_a_reader_sees_one_commit_while_another_writes(path: Path) -> None:
    with sl.open(path) as reader, sl.open(path) as other:
        assert len(committed_watches(reader._store)) == 2
        other.unwatch("rain")
        assert [watch.name for watch in reader.watches()] == ["snow"]
        with other.snapshot() as before:
            other.watch("rain", "rain")
            assert before.count("rain") == 1


def test_many_are_kept_in_one_commit_or_none_is(path: Path) -> None:
    with sl.open(path) as archive:
        before, generation = archive.watches(), archive.generation
        new = [
            sl.Watch("rain", "drizzle"),
            sl.Watch("wind", "wind*", match="any", notify="changed"),
        ]
        for wrong in (sl.Watch("bad", "(rain"), sl.Watch("bad", "rain", filters={"title": "x"})):
            with pytest.raises((sl.QueryError, sl.ArgumentError), match=r"'bad': .*none was kept"):
                archive.watch_all([*new, wrong])
        with pytest.raises(sl.ArgumentTypeError, match="tuple is no standing query"):
            archive.watch_all([*new, ("bad", "rain")])  # type: ignore[list-item]
        assert (archive.watches(), archive.generation) == (before, generation)
        assert archive.watch_all(iter([sl.Watch("wind", "gone"), *new])) == 2
        assert archive.watches() == [new[0], before[1], new[1]]
        assert archive.generation == generation + 1


def test_an_empty_archive_with_standing_queries_is_not_removed(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
    assert not remove_empty(Directory(tmp_path / "archive"), with_folder=True)


def test_a_commit_that_dies_leaves_the_old_ones(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sl.open(path) as archive:
        before = archive.watches()

        def die(*_: object) -> None:
            raise ArchiveError("the power went")

        for step in ("write", "sync", "write_atomic"):
            with monkeypatch.context() as patch:
                patch.setattr(type(archive._store.directory), step, die)
                with pytest.raises(ArchiveError, match="the power went"):
                    archive.watch("more", "rain")
            assert archive.watches() == before
        archive.watch("more", "rain")
        assert len(archive.watches()) == 3
        assert len(list(path.glob("*.wat"))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")
def test_kills(tmp_path: Path) -> None:
    """After ``kill -9`` at any moment there are the standing queries of one of the last commits."""
    path, chance, done = tmp_path / "archive", random.Random(18), 0
    sl.Archive.create(path).close()
    for number in range(10):
        count = _killed(path, number, chance.uniform(0.01, 0.12))
        with sl.open(path) as archive:
            names = [watch.name for watch in archive.watches()]
            assert archive.check() == []
            if count or names not in ([], ["after"]):  # those from before the first commit
                sure, begun = f"{number}/{count - 1}", f"{number}/{count}"
                assert names[-1] in (sure, begun), f"round {number}: {names} after {count} commits"
            for name in names:
                archive.unwatch(name)
            archive.delete(["article"])
            archive.watch("after", "rain")
        assert len(list(path.glob("*.wat"))) == 1
        done += count
    assert done


def _killed(path: Path, number: int, moment: float) -> int:
    """Replace the standing query again and again until killed; how many times it was told so."""
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        try:
            archive = sl.open(path)
            for count in itertools.count():
                with IndexWriter(archive._store) as writer:
                    watch = sl.Watch(f"{number}/{count}", "rain")
                    writer.put_watches(encode_watches([watch]))
                    writer.commit()
                os.write(say, b"d")
                archive.add([{"id": "article", "title": f"{count}"}])
        finally:
            os._exit(1)
    os.close(say)
    # In every other round something was done, however slow the machine is.
    first = os.read(hear, 1) if number % 2 else b""
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(hear, "rb") as pipe:
        return len(first + pipe.read())


@pytest.mark.parametrize("number", [1, 2, 3])
def test_archives_of_earlier_formats_take_them_and_keep_them(tmp_path: Path, number: int) -> None:
    frozen = Path(__file__).parent.parent / "trust" / "frozen" / f"format{number}"
    path = tmp_path / "archive"
    shutil.copytree(frozen, path)
    with sl.open(path) as archive:
        assert archive.watches() == []
        record = archive[next(iter(archive))]
        key = record[archive.schema.key]
        watch = archive.watch("one", f'{archive.schema.key}:"{key}"')
        assert archive.match(record) == ["one"]
        archive.upgrade()
        assert archive.watches() == [watch]
        assert archive.match(record) == ["one"]
        archive.unwatch("one")
        assert archive.check() == []


@pytest.mark.parametrize(
    ("error", "why"), [(ValueError("it is odd"), "it is odd"), (ValueError(), "ValueError()")]
)
def test_what_is_wrong_with_rows_is_said(tmp_path: Path, error: Exception, why: str) -> None:
    for watches, file in ((WatchFile("7.wat", 1, 2), "7.wat"), (None, "?")):
        manifest = Manifest(sl.NEWS, watches=watches)
        with (
            pytest.raises(CorruptArchive) as corrupt,
            malformed_rows_named(Directory(tmp_path), manifest),
        ):
            raise error
        assert (str(corrupt.value.file), corrupt.value.why) == (str(tmp_path / file), why)


@pytest.mark.parametrize("what", ["watches", "alerts"])
@pytest.mark.parametrize(
    ("manifests", "reads", "is_read"),
    [
        ([1], 1, True), ([1, 1], 1, False), ([1, 2, 2], 2, True), ([1, 2, 2, 3, 3], 3, True),
        ([1, 2, 2, 3, 3, 4], 3, False), ([1, 2, 2, 2], 2, False),
    ],
)  # fmt: skip
def test_they_are_read_again_while_there_is_another_commit(
    what: str, manifests: list[int], reads: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times at most here; the queries a last time, whatever comes of that."""
    monkeypatch.setattr(watch_list, "_ATTEMPTS", 3)
    commits = [SimpleNamespace(generation=n, alerts=f"alerts {n}") for n in manifests]
    store: Any = FakeStore(*commits)  # type: ignore[arg-type]
    store.directory, calls = "here", list[tuple[Any, ...]]()
    if what == "watches" and len(manifests) == 6:
        reads = 4

    def read(*arguments: Any) -> str:
        calls.append(arguments)
        if len(calls) < reads or not is_read:
            raise CorruptArchive(Path("file"), "it is gone")
        return "what there is"

    monkeypatch.setattr(watch_list, "_read_watches", read)
    monkeypatch.setattr(watch_list, "read_alerts", read)
    with nullcontext() if is_read else pytest.raises(CorruptArchive):
        found: Any = (
            committed_watches(store) if what == "watches" else committed_alerts(store, None, 9)
        )
        assert found == "what there is"
    numbers = range(1, reads + 1)
    if what == "watches":
        assert [(place, one.generation) for place, one in calls] == [("here", n) for n in numbers]
    else:
        assert calls == [("here", f"alerts {n}", (0, 0), n, 9) for n in numbers]
    assert store.forgotten == (reads - is_read if reads < 4 else 3)
