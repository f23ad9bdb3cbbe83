"""Commits find what searches find: random standing queries of every form of the language, held
against batches of new, changed and deleted articles, beside the searcher.

After each commit each query is run by :meth:`Archive.search`, which knows nothing of leaves and
programs; of articles that were there before, the answer of the commit before is remembered."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.errors import ArgumentError
from searchlib.index import index_writer
from searchlib.index.index_writer import IndexWriter
from searchlib.watches import batch, batch_arrays, registry
from searchlib.watches.batch import Batch, LeafFailure
from searchlib.watches.known_words import KnownWords
from searchlib.watches.leaves import LeafTable, rows_of
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.programs import ProgramMaker
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
        # For these loops alone: what tests share, as an archive that is open, has kernels or not.
        monkeypatch.setattr(batch_arrays, "kernels", Mock(available=False))


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
        for _ in range(3):
            judge.commit(25)
        answers = judge.answers()
        assert sum(map(bool, answers.values())) > len(answers) * 0.7
    finally:
        judge.close()


#: A few of each kind, and of each way in which a batch finds it: each finds some articles.
FEW_WORDS = "rain rains snow oslo river bank storm of cafés harbour".split()
QUERIES = [
    *FEW_WORDS, *(text for text in KEYWORDS if text not in ("*", "words:3")), "ri*", "r?ins",
    "ra*n", "rainn~1", "/ri.er/", "title:rain", "body:banks", "note:river", "=rains",
    "title:=rain", '"river bank"', 'title:"of rain"', 'note:"rain of"', "rain NEAR/3 snow",
    "rain W/2 oslo", "oslo W/5 storm", '"river bank" NEAR/9 storm', '"snow oslo" W/4 "oslo rain"',
    "(rain OR snow) NEAR/2 (ri* OR oslo)", "rain /s snow", "oslo /p storm", '"of rain" /s oslo',
    "body:(river /p bank)", "body:(atleast2(rain))", "body:(first3(snow))", '"rain snow"~4',
    "rain NEAR/4 snow NEAR/4 oslo", "*afes", "storm*", "date:2018..2019", "date:<2020",
    "date:2018..2019-02", "date:2018..2020-02", "date:2018..2022-02", "words:<6", "words:<=1",
    "words:>=9", "rain -snow",
]  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two segments of twelve articles."""
    chance = random.Random(14)  # with which all queries find some
    words = [*FEW_WORDS, "river bank", "of rain", "snow oslo", "oslo rain", "harbour", "harbour"]
    some = lambda count: " ".join(chance.choices(words, k=count)).capitalize()  # noqa: E731
    articles = [
        article_of(chance, f"k{n}")
        | {"title": some(2), "body": f"{some(3)}. {some(3)}\n\n{some(3)}"}
        for n in range(24)
    ]
    for article in articles[::2]:
        article["note"] = some(2)
    with sl.Archive.create(tmp_path_factory.mktemp("batch") / "archive", SCHEMA) as archive:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(index_writer, "next_merge", lambda *_, **__: [])
            for first in (0, 12):
                archive.add(articles[first : first + 12])
        yield archive


def batch_of(
    archive: Any, reader: Any, texts: list[str], are_used: Any = None,
    limits: sl.query.Limits = registry._LIMITS, schema: sl.Schema = SCHEMA,
    docs: dict[int, Any] | None = None,
) -> tuple[Batch, PackedPrograms, LeafTable]:  # fmt: skip
    """A batch of all segments, and the programs of queries that are read as they are typed."""
    table = LeafTable(schema)
    maker = ProgramMaker(table)
    trees = [sl.query.parse(text, schema).query for text in texts]
    programs = PackedPrograms.of([maker.compile(tree) for tree in trees])
    known = KnownWords(table)
    words = known.update(reader)
    are_used = programs.are_used if are_used is None else are_used
    return Batch(table, known, reader, words, limits, are_used, docs), programs, table


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("cheap", [0, 1 << 30])
@pytest.mark.parametrize("tokens", [1, 40, 1 << 21])
def test_some_articles_of_a_segment(
    archive: Any, cheap: int, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their places, and those of their bits; others have none."""
    monkeypatch.setattr(batch, "_CHEAP", cheap)
    monkeypatch.setattr(batch, "_TOKENS", tokens)
    hits = {text: {hit.id for hit in archive.search(text, limit=None)} for text in QUERIES}
    assert [text for text, found in hits.items() if not 0 < len(found) < 24] == []
    with archive._store.reader() as reader:
        held, programs, table = batch_of(archive, reader, QUERIES)
        for segment, docs, bits in (
            (1, [2, 3, 5, 9], [70, 0, 63, 5]), (0, [*range(12)], [*range(64, 76)]),
            (1, [11], [127]), (0, [0, 11], [1, 0]), (1, [2, 3, 5], [2, 1, 0]),
        ):  # fmt: skip
            rows = held.rows(segment, np.array(docs), np.array(bits), 2)
            assert rows.shape == (table.count, 2)
            for text, row in zip(QUERIES, programs.run(rows), strict=True):
                found = {bit for bit in range(128) if int(row[bit >> 6]) >> (bit & 63) & 1}
                keys = [f"k{segment * 12 + doc}" for doc in docs]
                expected = {b for key, b in zip(keys, bits, strict=True) if key in hits[text]}
                assert found == expected, text


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("cheap", [0, 1 << 30])
@pytest.mark.parametrize(("few", "is_all"), [(0, False), (3, False), (4, True)])
def test_the_tokens_of_few_articles_are_read(
    archive: Any, cheap: int, few: int, is_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of all where they are one in so many or more; of the others of a segment no more is
    known."""
    monkeypatch.setattr(batch, "_CHEAP", cheap)
    monkeypatch.setattr(batch, "_FEW", few)
    reads: list[Any] = []
    docs, read = [2, 5, 9], batch._token_forms
    monkeypatch.setattr(batch, "_token_forms", lambda *some: reads.append(some) or read(*some))
    with archive._store.reader() as reader:
        wanted = {1: np.array(docs)}
        held, programs, _ = batch_of(archive, reader, QUERIES, docs=wanted)
        for some in (docs, docs[1:]):
            found = programs.run(held.rows(1, np.array(some), np.arange(len(some)), 1))
            for text, [row] in zip(QUERIES, found.tolist(), strict=True):
                hits = {hit.id for hit in archive.search(text, limit=None)}
                expected = {f"k{12 + doc}" for doc in some} & hits
                assert {f"k{12 + doc}" for n, doc in enumerate(some) if row >> n & 1} == expected
    assert bool(reads) == is_all


def test_articles_without_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_FEW", 0)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "title": "rain"}, {"id": "b", "body": "rain"}])
        with archive._store.reader() as reader:
            docs = {0: np.array([0])}
            held, programs, _ = batch_of(archive, reader, ["body:rain", "rain"], docs=docs)
            rows = held.rows(0, np.array([0]), np.array([0]), 1)
            assert programs.run(rows).tolist() == [[0], [1]]


def test_each_query_by_itself(archive: Any) -> None:
    with archive._store.reader() as reader:
        for text in QUERIES:
            hits = {hit.id for hit in archive.search(text, limit=None)}
            held, programs, _ = batch_of(archive, reader, [text])
            [[bits]] = programs.run(held.rows(1, np.arange(2, 12), np.arange(10), 1)).tolist()
            assert {f"k{bit + 14}" for bit in range(64) if bits >> bit & 1} == hits & {
                f"k{n}" for n in range(14, 24)
            }, text


def test_fields_that_a_segment_has_not(archive: Any) -> None:
    more = {"summary": sl.Text(), "topic": sl.Keyword(), "count": sl.Number()}
    texts = ["rain", "summary:rain", "topic:a", "count:1", "topic:a OR title:rain", "words:<6"]
    schema = sl.Schema(**dict(SCHEMA.fields) | more)
    with sl.open(archive._store.directory.path, schema) as larger, larger._store.reader() as reader:
        held, programs, _ = batch_of(archive, reader, texts, schema=schema)
        rows = programs.run(held.rows(0, np.arange(12), np.arange(12), 1))[:, 0].tolist()
    assert [bool(row) for row in rows] == [True, False, False, False, True, True]


def test_the_limits_of_a_query(archive: Any) -> None:
    limits = replace(registry._LIMITS, expansions=1)
    with archive._store.reader() as reader:
        held, _, _ = batch_of(archive, reader, ["body:/r.+/"], limits=limits)
        with pytest.raises(LeafFailure) as failure:
            held.rows(0, np.arange(12), np.arange(12), 1)
        assert "more than 1" in str(failure.value.error)


def test_the_searcher_is_not_asked_what_no_query_has(
    archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sl.QueryError("too-slow", (0, 0), "it takes too long", "ask for less")

    def fail(*_: object) -> Any:
        raise error

    monkeypatch.setattr("searchlib.search.planner.Planner.plan", fail)
    with archive._store.reader() as reader:
        for text in ("snow body:(atleast2(rain))", "rain has:section"):
            are_used = np.zeros(2, bool)
            held, _, table = batch_of(archive, reader, [text], are_used)
            assert held.rows(0, np.arange(12), np.arange(12), 1).shape == (table.count, 1)
            [entry] = table.searcher_leaves
            are_used = np.arange(entry.leaf + 2) == entry.leaf + 1
            held, _, table = batch_of(archive, reader, [text], are_used)
            assert not held.rows(0, np.arange(12), np.arange(12), 1)[entry.leaf].any()
            are_used = np.arange(entry.leaf + 1) == entry.leaf
            held, _, table = batch_of(archive, reader, [text], are_used)
            with pytest.raises(LeafFailure) as failure:
                held.rows(0, np.arange(12), np.arange(12), 1)
            assert (failure.value.leaf, failure.value.error) == (entry.leaf, error)


def test_the_searcher_is_asked_of_the_articles_with_the_words(
    archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = {hit.id for hit in archive.search("body:rain body:snow", limit=None)}
    asked = []

    class Plan:
        def contains(self, segment: int, docs: Any) -> Any:
            asked.append((segment, docs.tolist()))
            return docs % 2 == 0

    monkeypatch.setattr("searchlib.search.planner.Planner.plan", lambda *_: Plan())
    with archive._store.reader() as reader:
        held, programs, _ = batch_of(archive, reader, ["body:(atleast2(rain NEAR/9 snow))"])
        rows = held.rows(1, np.arange(1, 12), np.arange(11), 1)
        docs = [doc for doc in range(1, 12) if f"k{12 + doc}" in hits]
        assert asked == [(1, docs)]
        [[row]] = programs.run(rows).tolist()
        assert {bit + 1 for bit in range(11) if row >> bit & 1} == {d for d in docs if d % 2 == 0}


@pytest.mark.parametrize(
    ("docs", "first", "bits"),
    [([3, 4, 6], 3, [7, 9]), ([0, 2, 7, 8], 3, []), ([], 0, []), ([0, 1, 2, 3], 0, [7, 8, 9])],
)
def test_the_bits_of_documents(docs: list[int], first: int, bits: list[int]) -> None:
    bits_of = np.array([7, 8, -1, 9] if first == 0 else [7, -1, -1, 9], np.int32)
    assert batch._bits(np.array(docs, np.int32), first, bits_of).tolist() == bits


def test_numbers_of_keys() -> None:
    numbers = {"a": [5], "c": [7, 6], "e": []}
    indices, flat = batch._pairs(["b", "a", "c", "a", "e"], numbers)
    assert (indices.tolist(), flat.tolist()) == ([1, 2, 2, 3], [5, 7, 6, 5])
    assert [some.tolist() for some in batch._pairs([], numbers)] == [[], []]


@pytest.mark.parametrize("tokens", [1, 2, 1 << 21])
def test_the_forms_of_tokens(tmp_path: Path, tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_TOKENS", tokens)
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "banks rain bank"}, {"id": "b", "body": "rains banks"}])
        with archive._store.reader() as reader:
            field = reader.segments[0].core.text("body")
            assert field is not None
            firsts, forms = field.forms_by_term()
            found = batch._token_forms(field, firsts)
    assert [[*forms][form] for form in found] == [b"banks", b"rain", b"bank", b"rains", b"banks"]


def test_phrases_among_places() -> None:
    """Sets 0 and 1 have places of their own; node 1 is of the sets 1 and 2, node 0 of none."""
    ends, places = np.array([0, 2, 3, 3], np.int64), np.array([4, 9, 6], np.int32)
    nodes = rows_of(np.array([1, 1]), np.array([1, 2]), 2)
    pairs = np.array([[1, 7], [1, 2], [0, 5]], np.int32)
    ends, places = batch._with_phrases(ends, places, nodes, pairs)
    assert (ends.tolist(), places.tolist()) == ([0, 2, 5, 7], [4, 9, 2, 6, 7, 2, 7])
    assert (ends.dtype, places.dtype) == (np.int64, np.int32)
    assert batch._with_phrases(ends, places, nodes, pairs[2:])[1] is places


@pytest.mark.slow
def test_ten_thousand_random_queries() -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    for round_ in range(10):
        play(random.Random(seed + round_), size=40, queries=1000, steps=6)
