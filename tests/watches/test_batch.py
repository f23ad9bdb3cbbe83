"""Commits find what searches find: random standing queries of every form of the language, held
against batches of new, changed and deleted articles, beside the searcher.

After each commit each query is run by :meth:`Archive.search`, which knows nothing of leaves and
programs; of articles that were there before, the answer of the commit before is remembered."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.errors import ArgumentError
from searchlib.index import index_writer
from searchlib.index.index_writer import IndexWriter
from searchlib.watches import batch_arrays, registry
from searchlib.watches.watch_list import encode_watches
from tests.query.test_language import examples, others

WORDS = """rain rains rained snow oslo river bank banks banking café cafe cafés storm U.S. us US
    co-operation AT&T O'Neill häuser haeuser Haus häusern 北京大学 3.5 Straße the of""".split()
#: Words of the examples on the page about the query language.
PAGE_WORDS = """tax taxes cut cuts rate budget rice wheat price bank banking banks america crisis
    econom economic growth civil civilization civilisation woman women colour color colors
    ann@example.org president Fire! rain or shine snow wind""".split()
SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), date=sl.Date(),
    note=sl.Text(language="", searched=False), section=sl.Keyword(), lang=sl.Keyword(),
    authors=sl.Keyword(many=True), words=sl.Number(), source=sl.Keyword(), url=sl.Stored(),
)  # fmt: skip
#: The same, with texts that only the index has.
UNSTORED = sl.Schema(**dict(SCHEMA.fields) | {"body": sl.Text(stored=False)})
PATTERNS = ["ri*", "*in", "*s", "b?nk", "ra*n", "rainn~1", "cafe~", "/ri.er/", "h*", "/ra.*/"]
KEYWORDS = [
    "section:world", "section:w*", 'authors:"Ann Lee"', "authors:(ann OR bo)", "has:section",
    "-has:authors", "lang:de", "date:2020", "date:2019..2021-03", "date:>2020-06", "date:2020-05",
    "words:>5", "words:1..9", "words:3", "id:k3", "has:date", "has:note", "*",
]  # fmt: skip


EXAMPLES = [text for text, error in examples() if not error] + others()


def query_of(chance: random.Random, depth: int = 3) -> str:
    """A random query."""
    if depth == 0 or chance.random() < 0.35:
        return leaf_of(chance)
    inside = [query_of(chance, depth - 1) for _ in range(chance.randint(2, 3))]
    join = chance.choice([" ", " AND ", " OR ", " NOT ", " ANDMAYBE ", " OR "])
    text = join.join(f"({part})" if " " in part else part for part in inside)
    return f"-({text})" if chance.random() < 0.1 else text


def leaf_of(chance: random.Random) -> str:
    """A random query without brackets."""
    word = lambda: chance.choice(WORDS)  # noqa: E731
    pattern = lambda: chance.choice([*PATTERNS, word(), word()])  # noqa: E731
    kind = chance.randrange(17)
    if kind < 3:
        return f"{chance.choice(['', '', 'title:', 'body:', 'note:', '='])}{word()}"
    if kind < 5:
        phrase = " ".join(word() for _ in range(chance.randint(1, 3)))
        return f'{chance.choice(["", "", "title:", "note:"])}"{phrase}"'
    if kind == 5:
        return chance.choice(PATTERNS)
    if kind < 8:
        return chance.choice(KEYWORDS)
    if kind < 11:
        operator = chance.choice(["NEAR/2", "NEAR/5", "W/1", "W/3", "NEAR", "/s", "/p"])
        part = chance.choice(
            [pattern, lambda: f'"{word()} {word()}"', lambda: f"({word()} OR {pattern()})"]
        )
        field = chance.choice(["", "", "body:", "title:"])
        text = f"{part()} {operator} {pattern()}"
        return f"{field}({text})" if field else text
    if kind == 11:
        first, second = chance.choice(["NEAR/3", "/s"]), chance.choice(["W/4", "/s"])
        return f"{word()} {first} {word()} {second} {word()}"
    if kind == 12:
        return chance.choice(
            [f"atleast2({word()})", f"first10({word()})", f"atleast3({pattern()})"]
        )
    if kind == 13:
        return f'"{word()} {word()}"~{chance.randint(2, 4)}'
    if kind == 14:
        return f'"{word()} {pattern()}"'
    return chance.choice(EXAMPLES)


def article_of(chance: random.Random, key: str) -> dict[str, Any]:
    """A random article of few words."""
    words = chance.choice([WORDS, PAGE_WORDS])
    sentence = lambda: " ".join(chance.choices(words, k=chance.randint(1, 6))).capitalize()  # noqa: E731
    paragraphs = [". ".join(sentence() for _ in range(3)) for _ in range(2)]
    record = {"id": key, "title": " ".join(chance.choices(words, k=3))}
    if chance.random() < 0.9:
        record["body"] = "\n\n".join(paragraphs)
    if chance.random() < 0.3:
        record["note"] = " ".join(chance.choices(WORDS, k=3))
    if chance.random() < 0.8:
        record["date"] = f"{chance.randrange(2018, 2023)}" + chance.choice(["", "-05", "-05-03"])
    if chance.random() < 0.8:
        record["section"] = chance.choice(["World", "Sports", "wide"])
    if chance.random() < 0.5:
        record["authors"] = chance.sample(["Ann", "Bo", "Ann Lee"], chance.randint(1, 2))
    if chance.random() < 0.5:
        record["words"] = chance.choice([chance.randrange(12), 100, 300, 301])
    if chance.random() < 0.5:
        record["source"] = chance.choice(["wire", "Harbour Wire", "Other"])
    if chance.random() < 0.5:
        record["lang"] = chance.choice(["en", "de", "fr"])
    return record


class Judge:
    """An archive with standing queries, and for each what it is to find next."""

    def __init__(
        self, chance: random.Random, size: int, queries: int, schema: sl.Schema = SCHEMA
    ) -> None:
        self.path = Path(mkdtemp())
        self.chance = chance
        self.archive = sl.Archive.create(self.path, schema)
        self.rows: dict[str, dict[str, Any]] = {}  # the articles that were added
        self.keys = [f"k{n}" for n in range(size)]
        self.watches: dict[str, sl.Watch] = {}
        self.add_watches(queries)

    def add_watches(self, count: int) -> None:
        """Keep more random queries."""
        before = len(self.watches)
        while len(self.watches) < before + count:
            self.add_watch(query_of(self.chance))
        self.keep()

    def add_watch(self, query: str) -> None:
        """Have a query, if it can be searched for."""
        chance = self.chance
        filters = chance.choice([{}, {}, {}, {"section": "world"}, {"date": "2020"}])
        watch = sl.Watch(
            f"w{len(self.watches)}", query, match=chance.choice(["all", "any"]),
            filters=filters, notify=chance.choice(["new", "changed"]),
        )  # fmt: skip
        with suppress(sl.QueryError, ArgumentError):
            self.archive.search(replace(watch.request(), limit=0))
            self.watches[watch.name] = watch

    def keep(self) -> None:
        """Keep the queries in the archive."""
        with IndexWriter(self.archive._store) as writer:
            writer.put_watches(encode_watches(self.watches.values()))
            writer.commit(merge=False)

    def close(self) -> None:
        self.archive.close()
        shutil.rmtree(self.path)

    def answers(self) -> dict[str, set[str]]:
        """What each query finds now."""
        found = {}
        for watch in self.watches.values():
            results = self.archive.search(
                watch.query, match=watch.match, filters=watch.filters, limit=None, highlight=False
            )
            found[watch.name] = {hit.id for hit in results}
        return found

    def commit(self, count: int) -> None:
        """Add some articles, and compare the alerts with searches."""
        keys = self.chance.sample(self.keys, min(count, len(self.keys)))
        records = [article_of(self.chance, key) for key in keys]
        before = self.answers() if any(key in self.archive for key in keys) else {}
        old = {key: self.rows[key] for key in keys if key in self.archive}
        self.rows |= {row["id"]: row for row in map(self.archive.schema.normalize, records)}
        token = self.archive.alerts().token
        with pytest.MonkeyPatch.context() as patch:
            # Merges drop the words of articles that are no more, and so change what words mean.
            patch.setattr(index_writer, "next_merge", lambda *_, **__: [])
            self.archive.add(records)
        now = self.answers()
        expected = []
        for name, watch in self.watches.items():
            for kind in ("first", "changed"):
                for key in keys:
                    if key not in now[name] or old.get(key) == self.rows[key]:
                        continue
                    is_known = key in old and key in before[name]
                    if is_known == (kind == "changed") and (
                        kind == "first" or watch.notify == kind
                    ):
                        expected.append((name, key, kind))
        alerts = self.archive.alerts(since=token)
        told = [(alert.name, alert.key, alert.kind) for alert in alerts]
        for row in set(told) ^ set(expected):
            raise AssertionError((row, row in told, self.watches[row[0]], self.archive[row[1]]))
        assert told == expected
        with IndexWriter(self.archive._store) as writer:
            writer.commit()  # merges


@pytest.fixture(params=["kernels", "arrays"])
def loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "arrays":
        monkeypatch.setattr(batch_arrays.kernels, "available", False)


@pytest.mark.usefixtures("loops")
def test_commits_find_what_searches_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches of a few articles, so that there are several in a commit."""
    monkeypatch.setattr(registry, "BATCH", 5)

    @settings(max_examples=1 if batch_arrays.loops() is batch_arrays else 3, deadline=None)
    @given(st.integers(0, 1 << 30))
    def run(seed: int) -> None:
        play(random.Random(seed), size=8, queries=12, steps=3)

    run()


def play(chance: random.Random, *, size: int, queries: int, steps: int) -> None:
    """Add, update, delete, merge, reopen, and keep more queries, at random; with the programs in a
    file or without."""
    patch = pytest.MonkeyPatch()
    if chance.random() < 0.7:
        patch.setattr(registry, "_MIN_STORED", 1)
        patch.setattr(registry, "_MIN_CHANGES", chance.choice([0, 5, 20]))
    judge = Judge(chance, size, queries, chance.choice([SCHEMA, SCHEMA, UNSTORED]))
    try:
        for _ in range(steps):
            judge.commit(chance.randint(1, size))
            step = chance.randrange(6)
            if step == 0:
                judge.archive.delete(chance.sample(judge.keys, 2))
            elif step == 1:
                judge.archive.optimize()
            elif step == 2:
                judge.archive.close()
                judge.archive = sl.open(judge.path)
            elif step == 3:
                judge.add_watches(5)
    finally:
        judge.close()
        patch.undo()


def test_every_example_of_the_page_finds_what_searches_find() -> None:
    judge = Judge(random.Random(18), 40, 0)
    try:
        for text in EXAMPLES:
            judge.add_watch(text)
        assert len(judge.watches) == len(EXAMPLES) > 100
        judge.keep()
        judge.commit(25)
        judge.commit(25)
        answers = judge.answers()
        assert sum(map(bool, answers.values())) > len(answers) * 0.7
    finally:
        judge.close()


@pytest.mark.slow
def test_ten_thousand_random_queries() -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    for round_ in range(10):
        play(random.Random(seed + round_), size=40, queries=1000, steps=6)
