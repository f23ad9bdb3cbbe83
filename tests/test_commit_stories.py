"""Stories of an archive: the same whatever the commits, and hits, counts and facets by story."""

from __future__ import annotations

import os
import pickle
import random
import signal
import tempfile
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import searchlib as sl
from searchlib.errors import NotSupported
from searchlib.requests import Collapse
from tests.copies import articles, plain_stories
from tests.copies import text as copied_text
from tests.trust.faults import Calls

_POOL = articles(7, 60)


def _stories(archive: Any) -> set[tuple[str, ...]]:
    """The keys of the articles of each story, the first one first."""
    return {tuple(hit.id for hit in archive.copies(key)) for key in archive}


class StoriesMachine(RuleBasedStateMachine):
    """An archive that is changed in commits of any size, also by a process that is killed, has the
    stories that plain Python finds in its articles."""

    @initialize()
    def make(self) -> None:
        self.path = tempfile.mkdtemp()
        self.archive = sl.Archive.create(self.path, stories=True)
        self.model: dict[str, dict[str, Any]] = {}

    @rule(
        numbers=st.lists(st.integers(0, 59), max_size=12),
        texts=st.lists(st.integers(0, 59), min_size=12, max_size=12),
    )
    def add(self, numbers: list[int], texts: list[int]) -> None:
        """Articles, some of them with the text of another one: they are updates then."""
        batch = self.batch(numbers, texts)
        self.archive.add(batch)
        self.take(batch)

    @staticmethod
    def batch(numbers: list[int], texts: list[int]) -> list[dict[str, Any]]:
        return [
            _POOL[number] | {"body": _POOL[text if text % 3 else number]["body"]}
            for number, text in zip(numbers, texts, strict=False)
        ]

    def take(self, batch: list[dict[str, Any]]) -> None:
        for article in batch:
            if self.model.get(article["id"]) != article:
                self.model.pop(article["id"], None)  # it is the last one now
                self.model[article["id"]] = article

    @precondition(lambda self: hasattr(os, "fork"))
    @rule(
        numbers=st.lists(st.integers(0, 59), max_size=12),
        texts=st.lists(st.integers(0, 59), min_size=12, max_size=12),
        is_late=st.booleans(),
    )
    def kill(self, numbers: list[int], texts: list[int], is_late: bool) -> None:
        """Another process adds articles, and dies just before or after its commit."""
        batch = self.batch(numbers, texts)

        def die(name: str, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
            if name != "replace":
                return call(*args)
            if is_late:
                call(*args)
            os.kill(os.getpid(), signal.SIGKILL)
            return None

        child = os.fork()
        if not child:
            with Calls(die).installed(), sl.Archive.open(self.path) as archive:
                archive.add(batch)
            os._exit(0)  # there was nothing to commit
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if is_late or code == 0:
            self.take(batch)

    @rule(numbers=st.lists(st.integers(0, 59), max_size=8))
    def delete(self, numbers: list[int]) -> None:
        self.archive.delete([str(number) for number in numbers])
        for number in numbers:
            self.model.pop(str(number), None)

    @rule()
    def optimize(self) -> None:
        self.archive.optimize()

    @rule()
    def reopen(self) -> None:
        self.archive.close()
        self.archive = sl.Archive.open(self.path)

    @invariant()
    def same_stories(self) -> None:
        assert _stories(self.archive) == plain_stories(self.model.values())

    def teardown(self) -> None:
        assert self.archive.check() == []
        self.archive.close()


TestStories = StoriesMachine.TestCase
TestStories.settings = settings(max_examples=6, stateful_step_count=8, deadline=None)


@pytest.mark.slow
class TestManyStories(StoriesMachine.TestCase):  # type: ignore[name-defined,misc]
    """The same, longer."""

    settings = settings(max_examples=120, stateful_step_count=30, deadline=None)


@given(st.lists(st.integers(1, 15), min_size=1, max_size=5), st.integers(0, 99))
@settings(max_examples=4, deadline=None)
def test_the_stories_are_the_same_whatever_the_sizes_of_the_commits(
    sizes: list[int], seed: int
) -> None:
    made = articles(seed, sum(sizes))
    with tempfile.TemporaryDirectory() as path, sl.Archive.create(path, stories=True) as archive:
        rest = iter(made)
        for size in sizes:
            archive.add(islice(rest, size))
        assert _stories(archive) == plain_stories(made)
        archive.optimize()
        assert _stories(archive) == plain_stories(made)


def test_a_story_without_its_first_article_is_that_of_the_others_alone(tmp_path: Path) -> None:
    words = copied_text(random.Random(5), 300).split()
    bodies = {"whole": words, "start": words[:170], "end": words[130:], "short": words[:150]}
    made = [{"id": key, "body": " ".join(body), "date": f"2024-05-07T1{hour}:00"}
            for hour, (key, body) in enumerate(bodies.items())]  # fmt: skip
    with sl.Archive.create(tmp_path / "a", stories=True) as archive:
        archive.add(made)
        assert _stories(archive) == {("whole", "start", "end", "short")}
        archive.delete("whole")
        assert _stories(archive) == {("start", "short"), ("end",)} == plain_stories(made[1:])
        archive.add(made[:1])
        assert _stories(archive) == {("whole", "start", "end", "short")}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Any:
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text(), date=sl.Date(),
        source=sl.Keyword(), places=sl.Keyword(many=True), words=sl.Number(),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("stories")
    with sl.Archive.create(path / "a", schema, stories=True) as archive:
        made = articles(11, 300)
        for number, article in enumerate(made):
            article["places"] = ["Oslo", "Bergen", "Turku"][number % 3 :]
            article["words"] = len(article["body"].split())
        for start in range(0, 300, 70):
            archive.add(made[start : start + 70])
        archive.delete([str(number) for number in range(0, 300, 17)])
        yield archive


@pytest.fixture(scope="module")
def story_of(archive: Any) -> dict[str, tuple[str, ...]]:
    return {key: story for story in _stories(archive) for key in story}


@pytest.mark.parametrize("query", ["rain", "harbour OR rain OR bridge", "*", "nothingness"])
@pytest.mark.parametrize("which", ["story", "story:first", "story:latest"])
@pytest.mark.parametrize("sort", [None, "-date", "source,date"])
def test_one_hit_a_story(
    archive: Any,
    story_of: dict[str, tuple[str, ...]],
    query: str,
    which: Collapse,
    sort: str | None,
) -> None:
    plain = archive.search(query, limit=None, sort=sort)
    matching = {hit.id for hit in plain}
    expected = []
    for head in dict.fromkeys(story_of[hit.id] for hit in plain):
        found = [key for key in head if key in matching]
        best = next(hit.id for hit in plain if hit.id in head)
        expected.append({"story": best, "story:first": found[0], "story:latest": found[-1]}[which])
    results = archive.search(query, limit=None, sort=sort, collapse=which)
    assert [hit.id for hit in results] == expected
    assert (results.total, results.stories) == (plain.total, len(expected))
    scores = {hit.id: hit.score for hit in plain}
    assert [hit.score for hit in results] == pytest.approx([scores[key] for key in expected])
    paged = archive.search(query, limit=40, sort=sort, collapse=which)
    pages = []
    while paged:
        pages += [hit.id for hit in paged]
        paged = paged.next()
    assert pages == expected


@pytest.mark.parametrize(
    "facet",
    ["source", "places", "date:day", "date:month", "words", "words:step=50", "words:step=nice"],
)
def test_facets_count_articles_and_stories(
    archive: Any, story_of: dict[str, tuple[str, ...]], facet: str
) -> None:
    plain = archive.search("rain OR bridge", limit=None, facets=[facet])
    found = archive.search("rain OR bridge", limit=0, facets=[facet], collapse="story").facets[
        facet
    ]
    assert list(found) == list(plain.facets[facet])
    name, _, unit = facet.partition(":")
    expected: dict[str, set[Any]] = defaultdict(set)
    for hit in plain:
        value = hit.get(name)
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            label = _label(str(one), unit, found.values())
            if label:
                expected[label].add(story_of[hit.id])
    assert {value: count for value, count in found.stories.items() if count} == {
        value: len(stories) for value, stories in expected.items()
    }
    if not unit.startswith(("step", "day", "month")):  # of dates some say the year alone
        without = {story_of[hit.id] for hit in plain if hit.get(name) in (None, [])}
        assert found.missing_stories == len(without)
    assert (found.missing_stories == 0) == (found.missing == 0)
    assert archive.search("rain", facets=[facet]).facets[facet].missing_stories is None


def _label(value: str, unit: str, labels: list[str]) -> str:
    if unit in ("day", "month"):
        return value[: {"day": 10, "month": 7}[unit]]
    if not unit.startswith("step"):
        return value
    for label in labels:
        low, _, high = label.partition("..")
        if low.isdecimal() and int(low) <= int(value) <= int(high or low):
            return label
    return ""


def test_a_timeline_counts_stories(archive: Any) -> None:
    line = archive.timeline(["rain"], by="day", collapse="story")
    assert line.counted == "stories"
    assert archive.timeline(["rain"], by="day").counted == "articles"
    facets = archive.search("rain", facets=["date:day"], collapse="story").facets["date:day"]
    shown = dict(zip(line.periods, line.counts["rain"], strict=True))
    assert {day: count for day, count in shown.items() if count} == facets.stories


def test_filters_narrow_the_facet_of_another_field_alone(archive: Any) -> None:
    filters = {"source": ["Wire"]}
    found = archive.search("rain", filters=filters, facets=["source", "places"], collapse="story")
    wide = archive.search("rain", facets=["source"], collapse="story")
    assert found.facets["source"].stories == wide.facets["source"].stories
    narrow = archive.search("rain source:Wire", facets=["places"], collapse="story")
    assert found.facets["places"].stories == narrow.facets["places"].stories


def test_the_most_copied_stories_of_a_query(
    archive: Any, story_of: dict[str, tuple[str, ...]]
) -> None:
    counts: dict[Any, int] = defaultdict(int)
    for hit in archive.search("rain", limit=None):
        counts[story_of[hit.id]] += 1
    copied = [story for story in counts if len(story) > 1]
    found = archive.most_copied("rain", limit=100)
    assert {story_of[hit.id] for hit in found} == set(copied)
    shown = [(hit.copies.found, hit.copies.count) for hit in found]
    assert shown == sorted(((counts[story], len(story)) for story in copied), reverse=True)
    assert any(found < count for found, count in shown)
    rainy = {hit.id for hit in archive.search("rain", limit=None)}
    firsts = [next(key for key in story_of[hit.id] if key in rainy) for hit in found]
    assert [hit.id for hit in found] == firsts
    assert pickle.loads(pickle.dumps(found[0])).copies.found == found[0].copies.found


def test_a_hit_knows_its_copies_and_keeps_them(archive: Any) -> None:
    (hit,) = archive.most_copied(limit=1)
    copies = hit.copies
    story = archive.copies(hit)
    assert copies.count == len(story) == sum(count for _, count in copies.sources)
    assert (copies.first.id, copies.last.id) == (story[0].id, story[-1].id)
    assert pickle.loads(pickle.dumps(hit)).copies == copies
    results = archive.search("rain", collapse="story")
    assert pickle.loads(pickle.dumps(results)).stories == results.stories
    assert results.to_json()["stories"] == results.stories
    assert results.to_dicts()[0]["copies"] == results[0].copies.count


def test_with_some_words_those_with_all_come_first(
    archive: Any, story_of: dict[str, tuple[str, ...]]
) -> None:
    found = archive.search("rain bridge", match="best", collapse="story", limit=None)
    plain = archive.search("rain bridge", match="best", limit=None)
    heads = list(dict.fromkeys(story_of[hit.id] for hit in plain))
    assert [story_of[hit.id] for hit in found] == heads


def test_an_archive_without_stories_says_so(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add(_POOL[:3])
        assert archive.search("*")[0].copies is None
        assert "stories" not in archive.settings
        for ask in (lambda: archive.copies("0"), lambda: archive.search("*", collapse="story")):
            with pytest.raises(NotSupported, match="without stories"):
                ask()
        assert '"format": 3' in (tmp_path / "a" / "manifest.json").read_text()


def test_what_cannot_be_copied_is_not_to_be_copied(tmp_path: Path) -> None:
    for is_stored in (True, False):
        schema = sl.Schema(id=sl.Key(), body=sl.Text(stored=is_stored))
        with sl.Archive.create(tmp_path / str(is_stored), schema) as archive:
            archive.add([{"id": "a", "body": "Rain"}])
            with pytest.raises(NotSupported, match="stories=True") as caught:
                archive.copies("a")
        cure = f"copy this one: searchlib copy {tmp_path / str(is_stored)} TO --stories"
        assert (cure in str(caught.value)) == is_stored
        other = "make another one: searchlib index FILES --stories --archive NEW"
        assert caught.value.shell_cure == (cure if is_stored else other)


def test_several_archives_without_stories_are_to_be_copied_each(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in "ab"]
    for folder in folders:
        sl.Archive.create(folder).close()
    with sl.open_many(folders) as archive, pytest.raises(NotSupported) as caught:
        archive.search("*", collapse="story")
    assert caught.value.shell_cure == f"copy each of them: searchlib copy {folders[0]} TO --stories"


def test_the_format_of_an_archive_with_stories_is_a_later_one(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", stories=True) as archive:
        archive.add(_POOL[:3])
        archive.watch("rain", "rain")
        assert '"format": 5' in (tmp_path / "a" / "manifest.json").read_text()
        assert [watch.name for watch in sl.Archive.open(tmp_path / "a").watches()] == ["rain"]


def test_only_texts_have_stories(tmp_path: Path) -> None:
    with pytest.raises(sl.ArgumentError, match="no text field"):
        sl.Archive.create(tmp_path / "a", sl.Schema(id=sl.Key()), stories=True)
    with pytest.raises(sl.ArgumentError, match="stories is"):
        sl.Archive.create(tmp_path / "a", stories="yes")  # type: ignore[arg-type]


_TEXT = (
    "The ferry Nordlys ran aground off Bergen on Tuesday with 212 people aboard, and the coast "
    "guard brought all of them ashore before nightfall, its spokesman Arne Haugen said."
)


@pytest.mark.parametrize(
    ("fields", "first", "sources"),
    [
        ({"source": sl.Keyword()}, "Zed", (("Ann", 1), ("Zed", 1))),
        ({"source": sl.Keyword(many=True)}, "Zed, Bo", (("Ann", 1), ("Bo", 1), ("Zed", 1))),
        ({"source": sl.Text()}, None, ()), ({}, None, ()),
    ],
)  # fmt: skip
def test_who_carried_a_story(
    tmp_path: Path, fields: dict[str, Any], first: str | None, sources: tuple[tuple[str, int], ...]
) -> None:
    source = ["Zed", "Bo"] if first == "Zed, Bo" else "Zed"
    rows = [
        {"id": "x", "body": _TEXT, "date": "2024-05-07", "source": source},
        {"id": "y", "body": f"{_TEXT} More.", "date": "2024-05-08", "source": "Ann"},
    ]  # fmt: skip
    for dates in ({"date": sl.Date()}, {}):
        schema = sl.Schema(id=sl.Key(), body=sl.Text(), **fields, **dates)
        with sl.Archive.create(tmp_path / f"{len(dates)}", schema, stories=True) as archive:
            archive.add(rows)
            copies = archive.search("nordlys", sort="id")[0].copies
        assert copies is not None
        assert (copies.count, copies.first.source, copies.sources) == (2, first, sources)
        assert copies.first.date == ("2024-05-07" if dates else None)


def test_a_source_that_was_added_later(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"id": sl.Key(), "body": sl.Text()}
    with sl.Archive.create(tmp_path, sl.Schema(**fields), stories=True) as archive:
        archive.add([{"id": "x", "body": _TEXT}])
    with sl.open(tmp_path, sl.Schema(**fields, source=sl.Keyword())) as archive:
        archive.add([{"id": "y", "body": f"{_TEXT} More.", "source": "Ann"}])
        assert archive.stats().segments == 2
        copies = archive.search("nordlys")[0].copies
    assert copies is not None
    assert (copies.count, copies.sources) == (2, (("Ann", 1),))


def test_copies_are_asked_of_an_open_archive(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, stories=True) as archive:
        archive.add([{"id": "x", "body": _TEXT}])
        (hit,) = archive.search("nordlys")
        (other,) = archive.search("nordlys")
        assert hit.copies is not None
    with pytest.raises(sl.SnapshotClosed):
        _ = other.copies


def test_an_article_that_is_shown_for_a_story_has_its_own_score(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), date=sl.Date(), n=sl.Number())
    with sl.Archive.create(tmp_path, schema, stories=True) as archive:
        archive.add([
            {"id": "x", "body": _TEXT, "date": "2024-05-07", "n": 50},
            {"id": "y", "body": f"{_TEXT} Nordlys.", "date": "2024-05-08", "n": 9},
        ])  # fmt: skip
        scores = {hit.id: hit.score for hit in archive.search("nordlys", boost_by="n")}
        for which, key in (("story:first", "x"), ("story:latest", "y")):
            (hit,) = archive.search("nordlys", boost_by="n", collapse=which)  # type: ignore[call-overload]
            assert (hit.id, hit.score) == (key, pytest.approx(scores[key]))


def test_the_most_copied_of_a_pattern_of_too_many_words(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, stories=True) as archive:
        archive.add([{"id": "x", "body": _TEXT}])
    limits = sl.Limits(expansions=0)
    with sl.open(tmp_path, limits=limits) as archive, pytest.raises(sl.QueryError) as caught:
        archive.most_copied("ferry nord*")
    assert (caught.value.code, caught.value.span) == ("too-many-words", (6, 11))
