"""What standing queries find in commits: a plain model, kills, other writers, damage."""

from __future__ import annotations

import itertools
import os
import pickle
import random
import shutil
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import searchlib as sl
from searchlib.errors import ArchiveError, ArgumentError, CorruptArchive
from searchlib.index import index_writer
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore, remove_empty
from searchlib.ingest.record import canonical_json, digest
from searchlib.watches import alerting, batch, registry
from searchlib.watches.registry import registry_of

WORDS = ["rain", "snow", "wind"]
QUERIES = {
    "rain": lambda words: "rain" in words,
    "rain -snow": lambda words: "rain" in words and "snow" not in words,
    "snow OR wind": lambda words: "snow" in words or "wind" in words,
    '"rain snow"': lambda words: ("rain", "snow") in itertools.pairwise(words),
}
KEYS = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.lists(st.sampled_from(WORDS), max_size=3)
NAMES = st.sampled_from(["one", "two", "three"])
FILES = {".seg", ".del", ".wat", ".prg", ".alr"}


def keep_few_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the programs of a few queries in a file, which else are made anew."""
    monkeypatch.setattr(registry, "_MIN_STORED", 1)
    monkeypatch.setattr(registry, "_MIN_CHANGES", 0)


class AlertModel(RuleBasedStateMachine):
    """An archive beside a dict of articles, a dict of watches, and a list of alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        keep_few_programs(self.patch)
        self.path = Path(mkdtemp())
        self.archive: Any = sl.Archive.create(self.path)
        self.articles: dict[str, list[str]] = {}
        self.watches: dict[str, sl.Watch] = {}
        self.expected: list[tuple[str, str, str]] = []
        self.token: str | None = None
        self.since = 0  # of expected: what the token has seen

    def teardown(self) -> None:
        self.archive.close()
        shutil.rmtree(self.path)
        self.patch.undo()

    @rule(batch=st.lists(st.tuples(KEYS, TEXTS), min_size=1, max_size=6))
    def add(self, batch: list[tuple[str, list[str]]]) -> None:
        report = self.archive.add([{"id": key, "title": " ".join(words)} for key, words in batch])
        new = dict(batch)
        # In the order of the last records of the keys that changed while the batch was taken.
        current, order = dict(self.articles), dict[str, None]()
        for key, words in batch:
            if current.get(key) != words:
                order.pop(key, None)
                order[key] = None
            current[key] = words
        told = self._tell([key for key in order if self.articles.get(key) != new[key]], new)
        assert [(a.name, a.key, a.kind) for a in report.alerts] == told
        assert report.alert_count == len(told)
        self.articles.update(new)

    def _tell(self, keys: list[str], new: dict[str, list[str]]) -> list[tuple[str, str, str]]:
        told = []
        for watch in self.watches.values():
            is_match = QUERIES[watch.query]
            first, changed = [], []
            for key in keys:
                if is_match(new[key]):
                    before = key in self.articles and is_match(self.articles[key])
                    (changed if before else first).append(key)
            told += [(watch.name, key, "first") for key in first]
            if watch.notify == "changed":
                told += [(watch.name, key, "changed") for key in changed]
        self.expected += told
        return told

    @rule(keys=st.lists(KEYS, max_size=2))
    def delete(self, keys: list[str]) -> None:
        self.archive.delete(keys)
        for key in keys:
            self.articles.pop(key, None)

    @rule(
        name=NAMES, query=st.sampled_from(list(QUERIES)), notify=st.sampled_from(["new", "changed"])
    )
    def watch(self, name: str, query: str, notify: Any) -> None:
        self.watches[name] = self.archive.watch(name, query, notify=notify)

    @rule(name=NAMES)
    def unwatch(self, name: str) -> None:
        if self.watches.pop(name, None):
            self.archive.unwatch(name)

    @rule()
    def merge(self) -> None:
        self.archive.optimize()

    @rule()
    def reopen(self) -> None:
        self.archive.close()
        self.archive = sl.open(self.path)

    @rule()
    def read_on(self) -> None:
        alerts = self.archive.alerts(since=self.token)
        assert [(a.name, a.key, a.kind) for a in alerts] == self.expected[self.since :]
        self.token, self.since = alerts.token, len(self.expected)

    @rule()
    def forget(self) -> None:
        if self.token is not None:
            self.archive.forget_alerts(self.token)
            self.expected, self.since = self.expected[self.since :], 0

    @invariant()
    def same(self) -> None:
        alerts = self.archive.alerts()
        assert [(a.name, a.key, a.kind) for a in alerts] == self.expected
        commits = [a.commit for a in alerts]
        assert commits == sorted(commits)


TestAlertModel = AlertModel.TestCase
TestAlertModel.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain")
        archive.watch("changes", "rain", notify="changed")
        archive.add([{"id": "a", "title": "rain"}, {"id": "b", "title": "sun"}])
    return tmp_path / "archive"


def _told(archive: Any) -> list[tuple[str, str, str]]:
    return [(alert.name, alert.key, alert.kind) for alert in archive.alerts()]


FIRST = [("rain", "a", "first"), ("changes", "a", "first")]


def test_all_that_makes_no_article_new_alerts_of_none(path: Path, tmp_path: Path) -> None:
    with sl.open(path) as archive:
        archive.add([{"id": "a", "title": "rain"}])  # unchanged
        archive.add([{"id": "a", "title": "more rain"}])
        assert _told(archive) == [*FIRST, ("changes", "a", "changed")]
        archive.optimize()
        archive.delete(["a"])
        archive.upgrade()
        assert len(archive.alerts()) == 3
        pickle.loads(pickle.dumps(archive.alerts()))
        assert sl.Archive.repair(path, tmp_path / "saved").problems == []
        alerts = archive.alerts()
    with sl.open(tmp_path / "saved") as saved:
        assert tuple(saved.alerts()) == tuple(alerts)
        saved.add([{"id": "c", "title": "rain"}])
        assert [alert.key for alert in saved.alerts(since=alerts.token)] == ["c", "c"]


def test_each_part_of_a_long_run_has_its_alerts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_writer, "_MAX_CHUNKS", 40)
    with sl.open(path) as archive:
        token = archive.alerts().token
        report = archive.add({"id": f"{n}", "title": f"rain {n % 30}"} for n in range(400))
        alerts = archive.alerts(since=token)
        assert len({alert.commit for alert in alerts}) > 3
        for name in ("rain", "changes"):
            assert [a.key for a in alerts if a.name == name] == [f"{n}" for n in range(400)]
        assert report.alerts == tuple(alerts)


def test_through_the_whoosh_writer(path: Path) -> None:
    with sl.open(path) as archive:
        writer = archive.whoosh.writer()
        writer.add_document(id="c", title="rain")
        writer.update_document(id="a", title="rain again")
        writer.commit()
        assert _told(archive)[2:] == [
            ("rain", "c", "first"), ("changes", "c", "first"), ("changes", "a", "changed"),
        ]  # fmt: skip


def test_dates_are_those_of_the_day_of_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("today", "date:today")
        today = datetime.now().astimezone().astimezone(archive.snapshot()._view.dates.zone).date()
        archive.watch("since", f"date:{today - timedelta(days=30)}..today")
        archive.add([{"id": "old", "date": "2020-02-02"}, {"id": "new", "date": f"{today}"}])
        told = [(alert.name, alert.key) for alert in archive.alerts()]
        assert told == [("today", "new"), ("since", "new")]


FORMS = [
    "rain", '"rain snow"', "rain NEAR/2 wind", "rain /s snow", "=rained", "rai* -snow", "*ind",
    "first3(snow)", "haeuser", "wind OR title:t1*",
]  # fmt: skip


@pytest.mark.parametrize("few", [0, 8])  # tokens of these documents are read, or also of all
def test_what_is_not_stored_is_asked_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(batch, "_FEW", few)
    chance = random.Random(few)
    words = [*WORDS, "rained", "häuser", "snow.", "the", "windy"]

    def article(number: int) -> dict[str, str]:
        body = " ".join(chance.choices(words, k=chance.choice((0, 2, 9))))
        return {"id": f"{number}", "title": f"t{chance.randrange(20)}", "body": body}

    commits = [[article(n) for n in range(60)]]
    commits += [[article(n) for n in chance.sample(range(60), k)] for k in (2, 30)]
    commits += [[{"id": "1", "title": "t1", "body": ""}], [article(1)]]
    told = []
    for is_stored in (True, False):
        schema = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(stored=is_stored))
        with sl.Archive.create(tmp_path / f"{is_stored}", schema, language="en") as archive:
            archive.watch_all(sl.Watch(query, query, notify="changed") for query in FORMS)
            told.append([archive.add(commit).alerts for commit in commits])
    assert told[0] == told[1]
    assert {alert.kind for alerts in told[0] for alert in alerts} == {"first", "changed"}


def test_too_many_alerts_fail_the_commit_by_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_writer, "_MAX_ALERTS", 5)
    with sl.open(path) as archive:
        archive.watch("all", "rain OR sun")
        with pytest.raises(ArchiveError, match=r"standing query 'all'.*nothing was committed"):
            archive.add([{"id": f"{n}", "title": "sun" if n else "rain"} for n in range(9)])
        assert len(archive) == 2
        assert _told(archive) == FIRST


def test_a_commit_that_dies_has_neither_articles_nor_alerts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sl.open(path) as archive:

        def die(*_: object) -> None:
            raise ArchiveError("the power went")

        for step in ("write", "sync", "write_atomic"):
            with monkeypatch.context() as patch:
                patch.setattr(type(archive._store.directory), step, die)
                with pytest.raises(ArchiveError, match="the power went"):
                    archive.add([{"id": "c", "title": "rain"}])
            assert _told(archive) == FIRST
            assert len(archive) == 2
        archive.add([{"id": "c", "title": "rain"}])
        assert len(archive.alerts()) == 4
        assert len(list(path.glob("*.alr"))) == 2


def test_damage_is_named_and_nothing_is_skipped(path: Path, monkeypatch: Any) -> None:
    [file] = path.glob("*.alr")
    file.write_bytes(b"x" + file.read_bytes()[1:])
    with sl.open(path) as archive:
        with pytest.raises(CorruptArchive, match=file.name):
            archive.alerts()
        assert [problem for problem in archive.check() if file.name in problem]
        archive.forget_alerts()
        assert archive.check() == []
        monkeypatch.setattr(IndexStore, "alert_finder", None)
        with pytest.raises(ArchiveError, match="nothing runs its standing queries"):
            archive.add([{"id": "z"}])


def test_an_archive_of_alerts_alone_is_kept(path: Path) -> None:
    with sl.open(path) as archive:
        archive.unwatch("rain")
        archive.unwatch("changes")
        archive.delete(["a", "b"])
        assert _told(archive) == FIRST
        assert not remove_empty(archive._store.directory, with_folder=True)  # type: ignore[attr-defined]
    with sl.open(path) as archive:
        assert _told(archive) == FIRST


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")
def test_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ``kill -9`` at any moment each version of each article that was committed was told
    once, with updates and deletes in between."""
    keep_few_programs(monkeypatch)
    kill_often(tmp_path / "archive", 8)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")
def test_many_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_few_programs(monkeypatch)
    for number in range(4):
        kill_often(tmp_path / f"archive{number}", 30)


def kill_often(path: Path, kills: int) -> None:
    """Kill a child that adds, updates and deletes so many times, and compare after each."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance, done = random.Random(seed), 0
    with sl.Archive.create(path) as archive:
        archive.watch("rain", "rain", notify="changed")
        archive.watch("even", "double rain")
    for number in range(kills):
        done += _killed(path, number, chance.uniform(0.02, 0.25))
        with sl.open(path) as archive:
            assert archive.check() == []
            _compare(archive)
            archive.delete(["what a dead process left goes with this"])
            assert {file.suffix for file in path.iterdir()} <= {".json", ".lock", *FILES}
            assert all(len(list(path.glob(f"*{suffix}"))) <= 1 for suffix in (".wat", ".prg"))
    assert done


def _compare(archive: Any) -> None:
    """The child writes "log" articles that are never changed and say what was done in a commit."""
    expected = []
    log = sorted(
        (archive[key] for key in archive if key.startswith("log")), key=lambda r: r["body"]
    )
    articles: dict[str, str] = {}
    for record in log:
        rain, even = [], []
        for change in record["body"].split()[1:]:
            key, version = change.split("=")
            if version == "1":  # it was deleted, or is new
                articles.pop(key, None)
            rain.append((key, "changed" if key in articles else "first"))
            if int(version) % 2 == 0 and int(articles.get(key, 1)) % 2:
                even.append((key, "first"))
            articles[key] = version
        expected.append((sorted(rain), sorted(even)))
    alerts = list(archive.alerts())
    told = []
    for _, group in itertools.groupby(alerts, key=lambda alert: alert.commit):
        rows = list(group)
        told.append(tuple(
            sorted((a.key, a.kind) for a in rows if a.name == name) for name in ("rain", "even")
        ))  # fmt: skip
    assert told == expected


def _killed(path: Path, number: int, moment: float) -> int:
    """Add and update until killed; how many commits were told to be done."""
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        try:
            archive = sl.open(path)
            for count in itertools.count():
                _change(archive, f"{number:04}-{count:06}", count)
                os.write(say, b"d")
        finally:
            os._exit(1)
    os.close(say)
    first = os.read(hear, 1) if number % 2 else b""
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(hear, "rb") as pipe:
        return len(first + pipe.read())


def _change(archive: Any, name: str, count: int) -> None:
    """One commit: two articles are added or updated, and the log says so. Another deletes one now
    and then, whose versions begin anew."""
    changes, records = [], []
    for key in (f"k{count % 5}", f"k{count % 7 + 10}"):
        version = int(archive[key]["words"]) + 1 if key in archive else 1
        double = "double" if version % 2 == 0 else "single"
        records.append({"id": key, "title": f"{double} rain {version}", "words": version})
        changes.append(f"{key}={version}")
    archive.add([*records, {"id": f"log{name}", "body": f"{name} {' '.join(changes)}"}])
    if count % 3 == 0:
        archive.delete([f"k{count * 2 % 5}"])
    if count % 4 == 0:
        archive.watch("others", f"snow{count}")  # finds nothing, and has another program


UNSTORED = {"id": sl.Key(), "title": sl.Text(stored=False)}


@pytest.mark.parametrize("fields", [{"id": sl.Key(), "title": sl.Text()}, UNSTORED])
def test_articles_in_batches(
    tmp_path: Path, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches and a part of another; the old versions of some are in two segments."""
    monkeypatch.setattr(registry, "BATCH", 64)
    monkeypatch.setattr(index_writer, "next_merge", lambda *_, **__: [])
    queries = {"rain": "rain", "snow": "snow", "both": "rain snow", "hail": "hail"}
    old = {f"k{n}": f"{'rain ' * (n % 3 == 0)}{'snow ' * (n % 4 == 0)}" for n in range(0, 150, 2)}
    new = {
        key: old[key] if n % 10 == 8
        else f"{'rain ' * (n % 7 < 4)}{'snow ' * (n % 2 == 0)}again"
        for n, key in enumerate(f"k{n}" for n in range(150))
    }  # fmt: skip
    with sl.Archive.create(tmp_path / "archive", sl.Schema(**fields)) as archive:
        articles = [{"id": key, "title": text} for key, text in old.items()]
        archive.add(articles[:40])
        archive.add(articles[40:])
        for name, query in queries.items():
            archive.watch(name, query, notify="new" if name == "snow" else "changed")
        report = archive.add({"id": key, "title": text} for key, text in new.items())
        expected = []
        for name, query in queries.items():
            words = set(query.split())
            finds = [key for key, text in new.items() if words <= set(text.split())]
            finds = [key for key in finds if new[key] != old.get(key)]
            before = [key for key in finds if words <= set(old.get(key, "").split())]
            expected += [(name, key, "first") for key in finds if key not in before]
            expected += [(name, key, "changed") for key in before if name != "snow"]
        assert [(a.name, a.key, a.kind) for a in report.alerts] == expected
        [commit] = {alert.commit for alert in report.alerts}
        assert commit == archive.generation
        assert report.alert_count == len(expected) > 100
        assert not registry_of(archive._store).known._forms  # in memory


def test_a_commit_of_several_segments(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.watch("rain", "rain", notify="changed")
        archive.watch("snow", "snow")
        archive.add([{"id": "b", "title": "rain"}, {"id": "d", "title": "rain"}])
        token = archive.alerts().token
        with IndexWriter(archive._store) as writer:
            for number, part in enumerate(("a rain", "b rain", "c snow"), 1):
                key, word = part.split()
                row = writer.schema.normalize({"id": key, "title": f"{word} {number}"})
                data = canonical_json(row)
                writer.put_many([(key, digest(data), row, data)])
                writer._flush()
            writer.commit(merge=False)
        told = [(a.name, a.key, a.kind) for a in archive.alerts(since=token)]
        assert told == [("rain", "a", "first"), ("rain", "b", "changed"), ("snow", "c", "first")]


def test_what_came_back_as_it_was_is_no_news(path: Path) -> None:
    with sl.open(path) as archive:
        token = archive.alerts().token
        with IndexWriter(archive._store) as writer:
            for key, title in (("a", "rain again"), ("a", "rain"), ("c", "rain")):
                row = writer.schema.normalize({"id": key, "title": title})
                data = canonical_json(row)
                writer.put(key, digest(data), row, data)
            writer.commit(merge=False)
        told = [(alert.name, alert.key) for alert in archive.alerts(since=token)]
        assert told == [("rain", "c"), ("changes", "c")]


def test_errors_say_that_nothing_was_committed() -> None:
    query_error = sl.QueryError("too-slow", (1, 2), "it takes long", "ask for less", "rain")
    with pytest.raises(sl.QueryError) as error, alerting._saying_that_nothing_was_committed():
        raise query_error
    assert vars(error.value) == vars(query_error) | {"cure": "ask for less; nothing was committed"}
    with pytest.raises(ArgumentError) as other, alerting._saying_that_nothing_was_committed():
        raise ArgumentError("it is wrong")
    assert str(other.value) == "it is wrong; nothing was committed"


def test_matches_of_several_batches() -> None:
    """Articles and queries that are not told of are left out."""
    matches, changed = alerting._Matches(), np.array([[1], [0], [0]], np.uint64)
    matches.add(np.array([[5], [0], [1]], np.uint64), None, 0, 3)
    matches.add(np.array([[0], [0], [2]], np.uint64), changed, 3, 2)
    alerts = matches.alerts(7, list("abcde"), ["q", "r", "s"])
    assert (alerts.generation, alerts.keys, alerts.names) == (7, list("acde"), ["q", "s"])
    first, changes = ([*map(np.ndarray.tolist, rows)] for rows in (alerts.first, alerts.changed))
    assert (first, changes) == ([[2, 2], [0, 1, 0, 3]], [[1, 0], [2]])
    assert list(alerts)[2:] == [
        ("q", "d", 7, "changed"),
        ("s", "a", 7, "first"),
        ("s", "e", 7, "first"),
    ]
    assert alerts.first.numbers.dtype == np.uint32
    every = alerting._Matches()
    every.add(np.array([[7]], np.uint64), None, 0, 3)
    alerts = every.alerts(8, list("abc"), ["q"])
    assert (alerts.keys, alerts.first.numbers.tolist()) == (list("abc"), [0, 1, 2])
    assert len(alerting._Matches().alerts(9, ["a"], ["q"])) == 0
