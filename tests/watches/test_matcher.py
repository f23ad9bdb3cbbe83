"""Which standing queries an article answers: those whose search finds it once it is added."""

from __future__ import annotations

import random
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import fields

import searchlib as sl
from searchlib.errors import ArgumentError, ArgumentTypeError, RecordError, SnapshotClosed
from searchlib.watches import matcher
from searchlib.watches.registry import registry_of
from searchlib.whoosh_backend import create_in

WORDS = ["rain", "rains", "snow", "oslo", "river", "bank", "banks", "café", "cafe", "storm", "U.S."]
PARTS = [
    *WORDS, '"rain oslo"', '"river bank"~3', "rain NEAR/3 oslo", "rain W/2 river", "bank /s storm",
    "bank /p storm", "title:rain", "body:banks", '"rain os*"', "riv*", "*orm", "b?nk", "ran~",
    "rainn~1", "/ri.er/", "section:world", "section:w*", "date:2020", "date:2019..2021",
    "date:>2020-06", "words:>5", "words:1..9", "rain^3", "has:section", "atleast2(rain)",
    "first:10(oslo)", "-snow", "*",
]  # fmt: skip


def parts_that_parse() -> list[str]:
    """The parts that the schema of the test has."""
    good = []
    for part in PARTS:
        try:
            sl.query.parse(part, SCHEMA)
        except sl.QueryError:
            continue
        good.append(part)
    return good


SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), date=sl.Date(), section=sl.Keyword(),
    words=sl.Number(),
)  # fmt: skip
GOOD = parts_that_parse()


def query_texts() -> st.SearchStrategy[str]:
    """Random queries of the parts."""
    joined = lambda inner: st.one_of(  # noqa: E731
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR ", " AND NOT "]), inner).map("".join),
        inner.map("({})".format),
    )
    return st.recursive(st.sampled_from(GOOD), joined, max_leaves=6)


def article(chance: random.Random, key: str) -> dict[str, Any]:
    """A random article of few words, so that queries find some."""
    return {
        "id": key,
        "title": " ".join(chance.choices(WORDS, k=3)),
        "body": "\n\n".join(
            ". ".join(" ".join(chance.choices(WORDS, k=4)).capitalize() for _ in range(3))
            for _ in range(2)
        ),
        "date": f"{chance.randrange(2018, 2023)}-0{chance.randrange(1, 10)}-03",
        "section": chance.choice(["World", "Sports"]),
        "words": chance.randrange(12),
    }


def test_the_forms_of_the_language_are_there() -> None:
    assert len(GOOD) >= len(PARTS) - 4, set(PARTS) - set(GOOD)


@settings(max_examples=40, deadline=None)
@given(
    queries=st.lists(query_texts(), min_size=1, max_size=12, unique=True),
    match=st.sampled_from(["all", "any", "best"]),
    section=st.sampled_from([(), {"section": "world"}, {"section": ["world", "sports"]}]),
    seed=st.integers(0, 1 << 30),
    others=st.integers(0, 4),
    is_update=st.booleans(),
)
def test_match_is_what_a_search_finds_after_add(
    tmp_path_factory: pytest.TempPathFactory, queries: list[str], match: Any, section: Any,
    seed: int, others: int, is_update: bool,
) -> None:  # fmt: skip
    chance = random.Random(seed)
    path = tmp_path_factory.mktemp("match") / "archive"
    with sl.Archive.create(path, SCHEMA) as archive:
        for n in range(others):
            archive.add([article(chance, f"k{n}"), article(chance, f"l{n}")])
        kept = []
        for query in queries:
            try:
                archive.watch(query, query, match=match, filters=section)
            except (sl.QueryError, ArgumentError):
                with pytest.raises((sl.QueryError, ArgumentError)):
                    archive.search(query, match=match, filters=section)
                continue
            kept.append(query)
        new = article(chance, "k0" if is_update else "new")
        generation = archive.generation
        matched = archive.match(new)
        assert archive.generation == generation
        archive.add([new])
        expected = [
            query for query in kept
            if new["id"] in [
                hit.id for hit in archive.search(query, match=match, filters=section, limit=None)
            ]
        ]  # fmt: skip
        assert matched == expected


@pytest.mark.parametrize(
    ("others", "expected"), [([], []), (["pâris"], ["city"]), (["Paris"] * 40 + ["pâris"], [])]
)
def test_what_a_word_stands_for_is_what_the_archive_says(
    tmp_path: Path, others: list[str], expected: list[str]
) -> None:
    """One "pâris" in many "Paris" does not make the word find every "par"; it alone does."""
    with sl.Archive.create(tmp_path / "archive", SCHEMA, language="fr") as archive:
        archive.add([{"id": f"{n}", "body": body} for n, body in enumerate(others)])
        archive.watch("city", "paris")
        new = {"id": "new", "body": "par"}
        assert archive.match(new) == expected
        archive.add([new])
        found = [hit.id for hit in archive.search("paris", limit=None)]
        assert ("new" in found) == bool(expected)


def test_relative_dates_are_read_when_the_article_comes(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive._now = datetime(2026, 11, 26, 12, tzinfo=UTC)
        archive.watch("today", "date:today")
        assert archive.match({"id": "a", "date": "2026-11-26"}) == ["today"]
        assert archive.match({"id": "a", "date": "2026-11-27"}) == []
        archive._now = datetime(2026, 11, 27, 12, tzinfo=UTC)
        assert archive.match({"id": "a", "date": "2026-11-26"}) == []
        assert archive.match({"id": "a", "date": "2026-11-27"}) == ["today"]


def test_a_standing_query_that_no_longer_parses_is_named(tmp_path: Path) -> None:
    small = sl.Schema(id=sl.Key(), body=sl.Text())
    with sl.Archive.create(tmp_path / "archive", small) as archive:
        archive.watch("breaking", "count: rain")
    larger = sl.Schema(id=sl.Key(), body=sl.Text(), count=sl.Number())
    with sl.open(tmp_path / "archive", larger) as archive:
        with pytest.raises(sl.QueryError, match="standing query 'breaking': "):
            archive.match({"id": "b"})
        with pytest.raises(sl.QueryError, match=r"'breaking': .*nothing was committed"):
            archive.add([{"id": "a", "count": 3}])
        assert len(archive) == 0
        archive.unwatch("breaking")
        assert archive.match({"id": "b"}) == []


def test_the_archive_of_a_whoosh_program_has_alerts_and_no_match(tmp_path: Path) -> None:
    index = create_in(tmp_path, fields.Schema(path=fields.ID(unique=True), title=fields.TEXT))
    with sl.Archive.open(tmp_path) as archive:
        archive.watch("rain", "rain")
        with pytest.raises(sl.NotSupported, match="alerts"):
            archive.match({"title": "Rain"})
        with index.writer() as writer:
            writer.add_document(title="Rain")
        assert [alert.name for alert in archive.alerts()] == ["rain"]


def test_what_cannot_be_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    archive = sl.Archive.create(tmp_path / "archive", SCHEMA)
    generation = archive.generation
    with pytest.raises(sl.QueryError) as refused:
        archive.watch("a", "rain autor:x")
    assert refused.value.span == (5, 10)
    with pytest.raises(sl.QueryError, match="there is no word to look for: type a word"):
        archive.watch("a", "  ")
    with pytest.raises(ArgumentError, match="'body' cannot be filtered"):
        archive.watch("a", "rain", filters={"body": "x"})
    assert archive.generation == generation
    assert archive.watches() == []
    with pytest.raises(RecordError, match="the key is missing"):
        archive.match({"title": "rain"})
    with pytest.raises(ArgumentTypeError, match="list is no article: give an Article or a dict"):
        archive.match([])  # type: ignore[arg-type]
    archive.close()
    for call in (archive.watches, lambda: archive.unwatch("a"), lambda: archive.match({"id": "a"})):
        with pytest.raises(SnapshotClosed):
            call()


class FakeStore:
    """A store whose manifests are numbers, one after the other; the last one stays."""

    def __init__(self, *manifests: int) -> None:
        self.manifests = list(manifests)
        self.forgotten = 0

    def manifest(self) -> int:
        return self.manifests.pop(0) if len(self.manifests) > 1 else self.manifests[0]

    def forget_manifest(self) -> None:
        self.forgotten += 1

    def schema_of(self, manifest: int) -> str:
        return f"schema {manifest}"


@pytest.mark.parametrize(
    ("manifests", "loads", "read"),
    [
        ([1], 1, True), ([1, 1], 1, False), ([1, 2, 2], 2, True), ([1, 2, 2, 3, 3], 3, True),
        ([1, 2, 2, 3, 3, 4], 3, False), ([1, 2, 2, 2], 2, False),
    ],
)  # fmt: skip
def test_a_writer_may_replace_the_queries_meanwhile(
    manifests: list[int], loads: int, read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read anew while there is another commit, three times at most here."""
    monkeypatch.setattr(matcher, "_ATTEMPTS", 3)
    store, calls = FakeStore(*manifests), list[tuple[Any, ...]]()

    class FakeRegistry:
        def load(self, *arguments: Any) -> None:
            calls.append(arguments)
            if len(calls) < loads or not read:
                raise sl.CorruptArchive(Path("queries"), "it is gone")

    load = lambda: matcher._load(FakeRegistry(), store, "dates")  # type: ignore[arg-type]  # noqa: E731
    with nullcontext() if read else pytest.raises(sl.CorruptArchive):
        load()
    assert [call[1:] for call in calls] == [
        (number, f"schema {number}", "dates") for number in range(1, loads + 1)
    ]
    assert store.forgotten == loads - read


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.watch("rain", "rain")
        files = sorted(path.name for path in (tmp_path / "archive").iterdir())
        assert archive.match(sl.Article(id="a", title="Rain")) == ["rain"]
        assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == files
        assert not list((tmp_path / "tmp").iterdir())
        assert not registry_of(archive._store).known._forms  # in memory
        archive.add([{"id": "a", "title": "rain"}])
        assert not registry_of(archive._store).known._forms


def test_nothing_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sl.Archive.create(tmp_path) as archive:
        archive.watch("rain", "rain")
        monkeypatch.setattr("os.fsync", None)
        assert archive.match({"id": "a", "title": "Rain"}) == ["rain"]
