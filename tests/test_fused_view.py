"""Archives of different schemas, asked together: counts and orders beside plain Python, ranks by
fusion."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.dates import DateSettings
from searchlib.errors import SnapshotClosed
from searchlib.fused_view import FusedView, InPart, Part, _sort_rank
from searchlib.stats import FieldStats, Stats

TWO_TYPES = r"section is a keyword field in .* and a number field in .*papers"
WORDS = "rain snow wind bank vote harbour".split()
NEWS = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text(), section=sl.Keyword(), words=sl.Number(),
    date=sl.Date(),
)  # fmt: skip
BLOGS = sl.Schema(
    id=sl.Key(), text=sl.Text(), section=sl.Keyword(), date=sl.Date(), tags=sl.Keyword(many=True)
)
PAPERS = sl.Schema(ref=sl.Key(), body=sl.Text(), words=sl.Number(), section=sl.Number())


def text(rng: random.Random, most: int = 12) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randrange(1, most)))


def news(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": f"n{number}", "title": text(rng, 4), "body": text(rng),
        "section": rng.choice(["World", "world", "Arts"]), "words": rng.randrange(300),
        "date": f"202{rng.randrange(5)}-0{rng.randrange(1, 10)}-11",
    }  # fmt: skip


def blog(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": f"b{number}", "text": text(rng), "section": rng.choice(["world", "Sports"]),
        "date": rng.choice(["2022", "2023-05", "2021-04-11T10:00+02:00", "2022-03-04"]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[list[dict[str, Any]]]]:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("sets")
    articles = [[news(rng, n) for n in range(60)], [news(rng, n) for n in range(60, 90)]]
    articles.append([blog(rng, n) for n in range(50)])
    folders = [str(folder / name) for name in ("news", "more", "blogs")]
    for place, schema, some in zip(folders, (NEWS, NEWS, BLOGS), articles, strict=True):
        with sl.Archive.create(place, schema) as archive:
            archive.add(some)
    return folders, articles


def has(record: dict[str, Any], word: str) -> bool:
    texts = (record.get(name, "") for name in ("title", "body", "text"))
    return word in " ".join(texts).split()


def test_counts_and_orders_are_exact(made: tuple[list[str], list[list[dict[str, Any]]]]) -> None:
    folders, articles = made
    every = [(folder, one) for folder, some in zip(folders, articles, strict=True) for one in some]
    with sl.open_many(folders) as archives:
        assert len(archives) == len(every)
        assert set(archives) == {record["id"] for _, record in every}
        assert archives.stats().articles == len(every)
        for word in WORDS:
            found = [(folder, one) for folder, one in every if has(one, word)]
            facets = [
                "section",
                "date:year",
                "words:step=100",
                "section:limit=1,prefix=wo",
                "words",
            ]
            results = archives.search(word, limit=None, facets=facets)
            assert results.total == len(found) == archives.count(word)
            assert {(hit.archive, hit.id) for hit in results} == {(f, r["id"]) for f, r in found}
            sections = Counter(record["section"].lower() for _, record in found)
            counts = results.facets["section"]
            assert {label.lower(): count for label, count in counts} == sections
            assert [count for _, count in counts] == sorted(sections.values(), reverse=True)
            assert results.facets["section:limit=1,prefix=wo"].values() in (["World"], ["world"])
            years = Counter(record["date"][:4] for _, record in found)
            assert list(results.facets["date:year"]) == sorted(years.items())
            numbers = Counter(record["words"] // 100 for _, record in found if "words" in record)
            steps = results.facets["words:step=100"]
            assert {label: count for label, count in steps if count} == {
                f"{100 * n}..{100 * n + 99}": count for n, count in numbers.items()
            }
            assert steps.missing == sum("words" not in record for _, record in found)
            assert archives.timeline([word], by="year").to_dicts()[0]["period"] == min(years)
            filtered = archives.search(
                word, filters={"section": "world"}, facets=["section", "date:year"]
            )
            assert filtered.total == sections["world"]
            assert sum(filtered.facets["section"].counts()) == len(found)  # sideways
            assert sum(filtered.facets["date:year"].counts()) == sections["world"]
            for sort in ("-words", "section,id", "-id", "words:missing=first,id"):
                check_order(archives.search(word, sort=sort, limit=None), sort, len(found))
            pages = [hit for page in range(9) for hit in archives.search(
                word, sort="-date,id", limit=20, offset=20 * page)]  # fmt: skip
            whole = archives.search(word, sort="-date,id", limit=None)
            assert [hit.id for hit in pages] == [hit.id for hit in whole]
            dates = [hit.datetime() for hit in whole]
            assert dates == sorted(dates, reverse=True)  # type: ignore[type-var]


def check_order(results: sl.Results, sort: str, total: int) -> None:
    assert len(results) == total
    keys = []
    for hit in results:
        words = hit.get("words")
        if sort == "-words":
            keys.append((words is None, -(words or 0)))
        elif sort == "-id":
            keys.append(tuple(-ord(sign) for sign in hit.id.ljust(4, "\0")))
        elif sort == "section,id":
            keys.append((hit["section"].lower(), hit.id))
        else:
            keys.append((words is not None, words or 0, hit.id))
    assert keys == sorted(keys)


def test_ranks_are_fused(made: tuple[list[str], list[list[dict[str, Any]]]]) -> None:
    folders, _ = made
    with (
        sl.open_many(folders) as archives,
        sl.open_many(folders[:2]) as both,
        sl.open(folders[2]) as blogs,
    ):
        for match in ("all", "any", "best"):
            results = archives.search("rain snow", match=match, limit=None)
            parts = [one.search("rain snow", match=match, limit=None) for one in (both, blogs)]
            assert results.total == sum(part.total for part in parts)
            for part in parts:  # each keeps its own order
                ids = {hit.id for hit in part}
                assert [hit.id for hit in results if hit.id in ids] == [hit.id for hit in part]
            assert [hit.rank for hit in results] == list(range(1, results.total + 1))
            if match == "best":
                assert results.complete == sum(part.complete or 0 for part in parts)
                first = list(results)[: results.complete]
                assert all(has(dict(h), "rain") and has(dict(h), "snow") for h in first)
            else:
                tops = {part[0].id for part in parts if part.total}
                assert {hit.id for hit in list(results)[: len(tops)]} == tops
                scores = [hit.score for hit in results]
                assert scores == sorted(scores, reverse=True)
            pages = archives.search("rain snow", match=match, limit=7)
            assert [hit.id for hit in pages.next()] == [hit.id for hit in results][7:14]
            assert [hit.id for hit in pages.all()] == [hit.id for hit in results]
        assert any(note.startswith("ranks are fused: ") for note in results.notes)
        assert not any("fused" in note for note in archives.search("rain", sort="id").notes)
        hit = archives.search("text:rain")[0]
        assert hit.archive == folders[2]
        assert archives[hit] == dict(hit)
        assert "**rain**" in hit.snippet("text")
        for one in (hit, pickle.loads(pickle.dumps(hit))):
            assert (one["title"], one.snippet("title"), "title" in one) == (None, "", False)
            with pytest.raises(sl.UnknownKey):
                one["nothing"]
        assert archives.explain("rain", hit).matched
        assert archives.why_not("rain", hit) == []
        assert all(one.archive == folders[2] for one in archives.similar(hit))
        assert archives.similar(hit, limit=3).next().request.offset == 3
        assert archives.suggest("har") == ["harbour"]
        assert archives.did_you_mean("harbuor") == "harbour"
        assert archives.did_you_mean("harbour") is None


def test_what_only_some_have(made: tuple[list[str], list[list[dict[str, Any]]]]) -> None:
    folders, _ = made
    with sl.open_many(folders) as archives, sl.open_many(folders, partial=False) as strict:
        results = archives.search("title:rain")
        assert any(f"partial: {folders[2]} is left out: " in note for note in results.notes)
        assert results.total == archives.count("title:rain") > 0
        line = archives.timeline(["title:rain", "rain"])
        assert len(line.notes) == 1
        assert line.notes[0].startswith(f"partial: {folders[2]} is left out: ")
        assert not archives.timeline("rain").notes
        with pytest.raises(sl.QueryError, match="title"):
            strict.search("title:rain")
        for bad in ("nofield:rain", "rain AND"):
            with pytest.raises(sl.QueryError):
                archives.search(bad)
        with pytest.raises(sl.ArgumentError, match="no archive has a field 'nothing'"):
            archives.search("rain", facets=["nothing"])
        with pytest.raises(sl.ArgumentError, match="cannot sort by 'tags'"):
            archives.search("rain", sort="tags")
        with pytest.raises(sl.ArgumentError):
            archives.search("rain", filters={"nothing": "x"})
        with pytest.raises(sl.NotSupported, match="without stories"):
            archives.search("rain", collapse="story")
        with archives.snapshot() as snapshot:
            assert snapshot.count("rain") == archives.count("rain")
            assert set(snapshot.generations) == set(folders)
        with pytest.raises(sl.SnapshotClosed):
            snapshot.search("rain")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The folders of three archives of two schemas with stories, and one without."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng, folder = random.Random(seed), tmp_path_factory.mktemp("mixed")
    folders = [str(folder / name) for name in ("news", "more", "blogs", "plain")]
    for number, place in enumerate(folders):
        texts = [text(rng, 40) + " harbour rain vote" for _ in range(12)]
        texts[6:] = (one.replace("snow", "wind") for one in texts[6:])
        schema = BLOGS if number == 2 else NEWS
        with sl.Archive.create(place, schema, stories=number < 3) as archive:
            rows = [blog(rng, n) if number == 2 else news(rng, n) for n in range(60)]
            body = "text" if number == 2 else "body"
            rows = [row | {body: rng.choice(texts), "id": f"{number}-{row['id']}"} for row in rows]
            for some in (rows[:40], rows[40:]):
                archive.add(some)
    return folders


def _folded(counts: Any) -> Counter[str]:
    return Counter({value.lower(): count for value, count in counts.stories.items()})


@pytest.mark.parametrize("query", ["rain", "rain snow", "title:vote", "*"])
def test_stories_of_archives_that_differ(mixed: list[str], query: str) -> None:
    """Those of each, which the archives themselves say; the one without is named."""
    options: Any = {"collapse": "story", "limit": None}
    facets = ["section", "date:year", "words"]
    with sl.open_many(mixed) as archives, sl.open_many(mixed[:2]) as two, sl.open(mixed[2]) as blog:
        found = archives.search(query, facets=facets, **options)
        copied = archives.most_copied(query, limit=1000)
        for notes in (found.notes, copied.notes):
            assert any(
                note.startswith(f"partial: {mixed[3]} is left out: this archive was made without")
                for note in notes
            )
        parts: list[Any] = [two] if ":" in query else [two, blog]
        own = [one.search(query, facets=facets[:2], **options) for one in parts]
        assert (found.total, found.stories) == (
            sum(one.total for one in own), sum(one.stories or 0 for one in own),
        )  # fmt: skip
        assert len(found) == found.stories
        for name in facets[:2]:
            expected = sum((_folded(one.facets[name]) for one in own), Counter[str]())
            assert _folded(found.facets[name]) == expected
        numbers = two.search(query, facets=["words"], **options).facets["words"]
        assert found.facets["words"].stories == numbers.stories
        line = archives.timeline([query], by="year", collapse="story")
        years = {year: n for year, n in zip(line.periods, line.counts[query], strict=True) if n}
        assert years == found.facets["date:year"].stories
        each = [hit for one in parts for hit in one.most_copied(query, limit=1000)]
        assert sorted(hit.id for hit in copied) == sorted(hit.id for hit in each)
        sizes = [(hit.copies.found, hit.copies.count) for hit in copied if hit.copies]
        assert sizes == sorted(sizes, reverse=True)
        assert {hit.archive for hit in copied} <= {*mixed[:3]}


@pytest.mark.parametrize("which", ["story", "story:first", "story:latest"])
@pytest.mark.parametrize("sort", [None, "-date,id"])
@pytest.mark.parametrize("match", ["all", "best"])
def test_the_order_of_stories_of_archives_that_differ(
    mixed: list[str], which: str, sort: str | None, match: str
) -> None:
    """Each keeps the order that it has by itself; a story comes where its best article comes,
    whichever is shown, and those with all words first."""
    options: Any = {"collapse": which, "sort": sort, "match": match, "limit": None}
    with sl.open_many(mixed) as archives, sl.open_many(mixed[:2]) as two, sl.open(mixed[2]) as blog:
        whole = archives.search("rain snow", **options)
        for one in (two, blog):
            own = [hit.id for hit in one.search("rain snow", **options)]
            assert [hit.id for hit in whole if hit.id in own] == own
        heads = list(archives.search("rain snow", **options | {"collapse": "story"}))
        assert [hit.archive == mixed[2] for hit in heads] == [
            hit.archive == mixed[2] for hit in whole
        ]
        has_all = [not archives.why_not("rain snow", hit) for hit in heads]
        assert has_all == sorted(has_all, reverse=True)
        assert any(has_all) and (match == "all") == all(has_all)
        if sort:
            for group in (True, False):
                dates = [
                    h.datetime() for h, own in zip(heads, has_all, strict=True) if own == group
                ]
                assert dates == sorted(dates, reverse=True)  # type: ignore[type-var]
        pages = archives.search("rain snow", **options | {"limit": 4})
        assert [hit.id for hit in pages.all()] == [hit.id for hit in whole]
        assert [hit.id for hit in pages.next()] == [hit.id for hit in whole][4:8]


def test_stories_by_ranges_of_numbers_are_refused_where_archives_differ(mixed: list[str]) -> None:
    with sl.open_many(mixed) as archives, sl.open_many(mixed[:2]) as two:
        asked: Any = {"collapse": "story", "facets": ["words:step=100"]}
        with pytest.raises(sl.NotSupported, match="not counted by ranges of numbers"):
            archives.search("rain", **asked)
        assert two.search("rain", **asked).facets["words:step=100"].stories


def test_stories_without_a_value_are_those_of_all_archives(tmp_path: Path) -> None:
    text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
    fields: dict[str, Any] = {"body": sl.Text(), "desk": sl.Keyword()}
    for number, name in enumerate("abc"):
        key = {f"id{number}": sl.Key()}
        schema = sl.Schema(**key, **(fields if number < 2 else {"body": sl.Text()}))
        with sl.Archive.create(tmp_path / name, schema, stories=True) as archive:
            one = {"body": text} | ({"desk": "x"} if number < 2 else {})
            archive.add([{f"id{number}": "1", **one}, {f"id{number}": "2", "body": text}])
    with sl.open_many([tmp_path / name for name in "abc"]) as archives:
        counts = archives.search("rain", collapse="story", facets=["desk"]).facets["desk"]
    assert (dict(counts), counts.missing) == ({"x": 2}, 4)
    assert (counts.stories, counts.missing_stories) == ({"x": 2}, 3)


def test_articles_like_one_by_story(mixed: list[str]) -> None:
    with sl.open_many(mixed) as archives:
        hit = archives.search("text:rain")[0]
        request = archives.similar(hit).request
        found = archives.search(replace(request, collapse="story"))
        assert {one.archive for one in found} == {mixed[2]}
        assert {one.archive for one in archives.most_copied(request.query)} == {mixed[2]}


def test_a_field_of_two_types(tmp_path: Path, made: Any) -> None:
    folders, _ = made
    with sl.Archive.create(tmp_path / "papers", PAPERS) as archive:
        archive.add([{"ref": "p1", "body": "rain", "words": 7, "section": 3}])
    with sl.open_many([*folders, tmp_path / "papers"]) as archives:
        assert archives["p1"]["section"] == 3
        assert archives.search("rain", sort="words")[0].id
        with pytest.raises(sl.ArgumentError, match=TWO_TYPES):
            archives.search("rain", facets=["section"])
        with pytest.raises(sl.ArgumentError, match=TWO_TYPES):
            archives.search("rain", sort="section")


def test_best_puts_articles_with_all_words_first_in_any_order(made: Any) -> None:
    folders, articles = made
    rows = [row for some in articles for row in some]
    has_all = {row["id"] for row in rows if _has_words(row, "rain", "snow", least=2)}
    with sl.open_many(folders) as both:
        whole = both.search("rain snow", match="best", sort="-date", limit=None)
        pages = [
            hit.id
            for offset in range(0, whole.total, 7)
            for hit in both.search("rain snow", match="best", sort="-date", limit=7, offset=offset)
        ]
    found = [hit.id for hit in whole]
    assert {*found[: len(has_all)]} == has_all
    assert pages == found
    assert len({*found}) == sum(_has_words(row, "rain", "snow", least=1) for row in rows)


def _has_words(row: dict[str, Any], *words: str, least: int) -> bool:
    tokens = " ".join(str(row.get(name, "")) for name in ("title", "body", "text")).split()
    return sum(word in tokens for word in words) >= least


class _View:
    """A part that answers as it is told, and notes what it is asked."""

    def __init__(self, schema: sl.Schema, name: str, **answers: Any) -> None:
        self.schema, self.name, self.answers = schema, name, answers
        self.dates = DateSettings(zone=UTC)
        self.asked: list[Any] = []
        self.closed = 0
        self.reader = SimpleNamespace(live_count=answers.get("total", 0), generations={name: 7})

    def _answer(self, what: str, default: Any = None) -> Any:
        if isinstance(self.answers.get("refuses"), Exception):
            raise self.answers["refuses"]
        return self.answers.get(what, default)

    def search(self, request: sl.SearchRequest) -> sl.Results:
        self.asked.append(request)
        rows = self._answer("rows", [])
        hits = [
            sl.Hit(f"{self.name}{n}", 9.0 - n, n, lambda row=row: row, schema=self.schema)
            for n, row in enumerate(rows, 1)
        ]
        total = self.answers.get("total", len(hits))
        return sl.Results(
            hits, request=request, total=total, took=0.0, query=lambda: f"as {self.name}",
            notes=lambda: list(self.answers.get("notes", ())), facets={}, page=self.search,
            complete=self.answers.get("complete"),
        )  # fmt: skip

    def counts(self, request: sl.SearchRequest, facet: Any) -> sl.FacetCounts:
        self.asked.append(request)
        counts = self._answer("counts", [("World", 1)])
        if request.query == wq.Every():
            counts = self._answer("every", counts)
        return sl.FacetCounts(str(facet), counts, missing=1)

    def parse(self, *arguments: Any) -> Any:
        return self._answer("parsed", arguments)

    def find(self, key: str, archive: str | None) -> Any:
        return (self.name, archive) if key in self.answers.get("keys", ()) else None

    def explain(self, request: Any, place: Any, key: str) -> Any:
        return (self.name, place, key)

    def copies(self, place: Any) -> Any:
        return [self.name, place]

    def most_copied(self, request: Any) -> list[Any]:
        return [
            SimpleNamespace(
                id=self.name, copies=SimpleNamespace(count=count, found=found), archive=None
            )
            for found, count in self._answer("copied", [])
        ]

    def completions(self, start: str, limit: int) -> list[str]:
        return list(self._answer("words", []))[:limit]

    def corrected_query(self, query: str) -> str | None:
        corrected: str | None = self._answer("corrected")
        return corrected

    def close(self) -> None:
        self.closed += 1


ONE = sl.Schema(id=sl.Key(), title=sl.Text(), section=sl.Keyword(), words=sl.Number())
OTHER = sl.Schema(ref=sl.Key(), title=sl.Text(), section=sl.Keyword(), date=sl.Date())
REFUSED = sl.QueryError("unknown-field", (0, 1), "there is no such field", "name another", "x")


def fused(*answers: dict[str, Any], partial: bool = True) -> tuple[FusedView, list[_View]]:
    views = [
        _View(schema, name, **some)
        for schema, name, some in zip((ONE, OTHER, ONE), "abc", answers, strict=False)
    ]
    figures = [
        Stats(n, n + 1, n + 2, n + 3, n, tuple(view.answers.get("fields", ())))
        for n, view in enumerate(views, 1)
    ]
    parts = [
        Part((view.name,), view, lambda one=one: one)
        for view, one in zip(views, figures, strict=True)
    ]
    return FusedView(parts, partial), views


ROWS = [{"title": "rain"}, {"title": "snow"}]


def test_what_each_part_is_asked_for() -> None:
    view, (a, b) = fused({"rows": ROWS}, {"rows": ROWS})
    sort = [sl.SortKey("words"), sl.SortKey("date"), sl.SortKey("section")]
    view.search(sl.SearchRequest("rain", offset=2, limit=3, sort=sort))
    asked = [sl.SearchRequest("rain", limit=5, sort=["words", "section"]),
             sl.SearchRequest("rain", limit=5, sort=["date", "section"])]  # fmt: skip
    assert [*a.asked, *b.asked] == asked
    for one in (a, b):
        one.asked.clear()
    view.search(sl.SearchRequest("rain", offset=2, limit=0, filters={"date": "2022"}))
    # Nothing has a date in the first one.
    assert (a.asked, b.asked) == (
        [], [sl.SearchRequest("rain", limit=0, filters={"date": "2022"})]
    )  # fmt: skip
    view.search(sl.SearchRequest(InPart(wq.Term("title", "x"), 1), limit=1))
    assert a.asked == []
    assert b.asked[-1] == sl.SearchRequest(wq.Term("title", "x"), limit=1)
    view.close()
    with pytest.raises(SnapshotClosed):
        view.search(sl.SearchRequest("rain"))
    assert (a.closed, b.closed, view.reader.closed) == (1, 1, True)


def test_queries_for_one_part_are_values() -> None:
    term, queries = wq.Term("title", "x"), [InPart(wq.Term("title", "x"), n) for n in (0, 1)]
    assert [repr(query) for query in queries] == [f"InPart({term!r}, {n})" for n in (0, 1)]
    assert str(queries[0]) == "title:x"
    assert queries[0] == InPart(wq.Term("title", "x"), 0)
    assert len({*queries, InPart(term, 0), InPart(wq.Term("title", "y"), 0)}) == 3
    assert queries[0] != queries[1]
    assert queries[0] != term


@pytest.mark.parametrize(
    ("answers", "complete", "order", "tiers"),
    [
        ([{"rows": ROWS}, {"rows": ROWS}], None, "a1 b1 a2 b2", []),
        ([{"rows": ROWS, "complete": 1}, {"rows": ROWS}], None, "a1 b1 b2 a2", []),
        ([{"rows": ROWS, "complete": 1, "total": 5}, {"rows": ROWS, "complete": 0, "total": 4}], 1,
         "a1 a2 b1 b2", ["9 articles have some of the words, 1 all: these come first"]),
        ([{"rows": ROWS, "complete": 0}, {"rows": ROWS, "complete": 2}], 2, "b1 b2 a1 a2",
         ["4 articles have some of the words, 2 all: these come first"]),
    ],
)  # fmt: skip
def test_ranks_of_parts_are_fused(
    answers: list[dict[str, Any]], complete: int | None, order: str, tiers: list[str]
) -> None:
    view, _ = fused(*answers)
    view.partial_notes = ("one is away",)
    found = view.search(sl.SearchRequest("rain"))
    assert [hit.id for hit in found] == order.split()
    assert {hit.id: hit.score for hit in found} == {
        f"{part}{n}": 1 / (60 + n) for part in "ab" for n in (1, 2)
    }
    assert [hit.rank for hit in found] == [1, 2, 3, 4]
    assert {hit.archive for hit in found} == {"a", "b"}
    assert all(list(hit.of_others) == list(view.schema.fields) for hit in found)
    assert (found.complete, found.query) == (complete, "as a")
    assert found.total == sum(one.get("total", 2) for one in answers)
    assert 0 <= found.took < 60
    fusion = "ranks are fused: a and b differ in schema or settings, and each ranks its own"
    assert found.notes == ["one is away", fusion, *tiers]
    page = view.search(sl.SearchRequest("rain", offset=1, limit=2))
    assert [(hit.id, hit.rank) for hit in page] == list(zip(order.split()[1:3], (2, 3)))
    for plain in (sl.SearchRequest("rain", limit=0), sl.SearchRequest("rain", sort="section")):
        assert fusion not in view.search(plain).notes


def test_notes_of_parts() -> None:
    tiers = "9 articles have some of the words, 1 all: these come first"
    both, some = "no article has the word 'x'", "last week -> May"
    view, _ = fused(
        {"rows": ROWS, "notes": [both, some]}, {"rows": ROWS, "notes": [both]},
        {"total": 9, "complete": 1, "notes": [tiers, both, some]},
    )  # fmt: skip
    notes = view.search(sl.SearchRequest("rain", sort="section")).notes
    assert notes == [both, f"a: {some}", f"c: {some}"]
    fusion = view.search(sl.SearchRequest("rain")).notes[0]
    assert fusion.startswith("ranks are fused: a, b and c differ in")


def test_parts_that_refuse() -> None:
    note = f"partial: b is left out: {REFUSED}"
    view, _ = fused({"rows": ROWS}, {"refuses": REFUSED})
    found = view.search(sl.SearchRequest("rain"))
    assert (found.total, found.notes) == (2, [note])
    counts = view.counts(sl.SearchRequest("rain"), sl.FacetRequest("section"))
    assert (counts.notes, list(counts)) == ((note,), [("World", 1)])
    for answers, partial in (
        ([{"refuses": REFUSED}, {"rows": ROWS}], False),
        ([{"refuses": REFUSED}, {"refuses": sl.ArgumentError("other")}], True),
    ):
        view, _ = fused(*answers, partial=partial)
        with pytest.raises(sl.QueryError, match="there is no such field"):
            view.search(sl.SearchRequest("rain"))
        if partial:
            with pytest.raises(sl.QueryError, match="there is no such field"):
                view.parse("rain", "all", False)
        else:
            assert view.parse("rain", "any", True) == ("rain", "any", True, None)
    view, (a, b) = fused({"refuses": sl.ArgumentError("no such filter")}, {"rows": ROWS})
    with pytest.raises(sl.ArgumentError, match="no such filter"):  # which no part has
        view.search(sl.SearchRequest("rain", filters={"nothing": "x"}))
    assert (len(a.asked), len(b.asked)) == (1, 0)


def test_counts_ask_for_no_hits() -> None:
    view, (a, b) = fused({"rows": ROWS}, {"rows": ROWS, "total": 4})
    request = sl.SearchRequest("rain", offset=3, limit=9, facets=["section"], sort="section",
                               filters={"section": "World"})  # fmt: skip
    counts = view.counts(request, sl.FacetRequest("section"))
    assert (list(counts), counts.missing, counts.notes) == ([("World", 2)], 2, ())
    plain = sl.SearchRequest("rain", limit=0, filters={"section": "World"})
    for one in (a, b):
        assert [replace(asked, sideways=True) for asked in one.asked] == [plain, plain]
        one.asked.clear()
    # What one lacks is missing in all that it finds there.
    counts = view.counts(sl.SearchRequest("rain"), sl.FacetRequest("date", "year"))
    assert counts.missing == 1 + 2


def test_what_is_in_one_part() -> None:
    view, (a, b) = fused({"keys": "xy"}, {"keys": "yz"})
    assert [view.find(key) for key in "xyzw"] == [
        (0, ("a", None)), (0, ("a", None)), (1, ("b", None)), None
    ]  # fmt: skip
    assert view.find("y", "b") == (1, ("b", "b"))
    assert view.find("y", "elsewhere") == (0, ("a", "elsewhere"))
    request = sl.SearchRequest("rain")
    assert view.explain(request, (1, (3, 4)), "y") == ("b", (3, 4), "y")
    assert view.explain(request, None, "w") == ("a", None, "w")
    assert view.copies((1, (3, 4))) == ["b", (3, 4)]
    assert view.dates is a.dates is not b.dates
    assert view.reader.generations == {"a": 7, "b": 7}
    assert view.reader.generation == 14


@pytest.mark.parametrize("partial", [True, False])
def test_the_most_copied_stories_of_all_parts(partial: bool) -> None:
    view, _ = fused({"copied": [(5, 5), (2, 2)]}, {"copied": [(2, 7), (1, 9)]}, partial=partial)
    request = sl.SearchRequest("rain", limit=3)
    counts = [hit.copies.count for hit in view.most_copied(request) if hit.copies]
    assert counts == [5, 7, 2]
    assert len(view.most_copied(replace(request, limit=9))) == 4
    view, _ = fused({"refuses": REFUSED}, {"copied": [(5, 5)]}, partial=partial)
    if partial:
        assert [hit.id for hit in view.most_copied(request)] == ["b"]
    else:
        with pytest.raises(sl.QueryError):
            view.most_copied(request)
    view, _ = fused({"refuses": REFUSED}, {"refuses": sl.ArgumentError("x")}, partial=partial)
    with pytest.raises(sl.QueryError):
        view.most_copied(request)


def test_words_of_all_parts() -> None:
    view, _ = fused({"words": ["rain", "rains"]}, {"words": ["rain", "raid", "rail"]})
    assert view.completions("ra", 9) == ["rain", "rains", "raid", "rail"]
    assert view.completions("ra", 3) == ["rain", "rains", "raid"]
    for answers, corrected in (
        ([{"corrected": "rain"}, {"corrected": "raid"}], "rain"),
        ([{"corrected": "rain"}, {}], None),
        ([{}, {"corrected": "rain"}], None),
        ([{"refuses": REFUSED}, {"corrected": "rain"}], "rain"),
        ([{"refuses": REFUSED}, {"refuses": REFUSED}], None),
    ):
        assert fused(*answers)[0].corrected_query("rian") == corrected


def test_figures_of_all_parts() -> None:
    fields = [
        [FieldStats("title", "text", 5, 0), FieldStats("section", "keyword", 0, 2),
         FieldStats("words", "number", 0, 0, 3, 9)],
        [FieldStats("title", "text", 7, 0), FieldStats("section", "keyword", 0, 4),
         FieldStats("words", "text", 99, 0)],
        [FieldStats("words", "number", 0, 0, -1, 5)],
    ]  # fmt: skip
    view, _ = fused(*({"fields": some, "total": 2} for some in fields))
    stats = view.stats()
    assert (stats.articles, stats.deleted, stats.segments, stats.bytes) == (6, 9, 12, 15)
    assert stats.generation == 21
    assert view.reader.live_count == 6
    assert {one.name: one for one in stats.fields} == {
        "id": FieldStats("id", "key", 0, 0), "ref": FieldStats("ref", "stored", 0, 0),
        "title": FieldStats("title", "text", 12, 0),
        "section": FieldStats("section", "keyword", 0, 1),  # by their names: there is "World" alone
        "words": FieldStats("words", "number", 0, 0, -1, 9),
        "date": FieldStats("date", "date", 0, 0),
    }  # fmt: skip
    view, _ = fused({"fields": fields[0]}, {"fields": fields[2]})
    assert next(f for f in view.stats().fields if f.name == "section").values == 2


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        (sl.Number(), [{"x": -2}, {"x": 0.5}, {"x": 3}, {}]),
        (sl.Keyword(), [{"x": "Arts"}, {"x": "ärts b"}, {"x": "World"}, {}]),
        (sl.Text(), [{"x": "a bank"}, {"x": "The rain"}, {"x": "Zoo"}, {"x": ""}]),
        (sl.Date(), [{"x": "2021"}, {"x": "2022-01-01T00:00+02:00"}, {"x": "2022"}, {}]),
        (sl.Key(), [{"x": "A"}, {"x": "a"}, {"x": "b"}]),
    ],
)
def test_hits_are_put_where_a_searcher_puts_them(field: Any, rows: list[dict[str, Any]]) -> None:
    key = {} if isinstance(field, sl.Key) else {"id": sl.Key()}
    schema = sl.Schema(x=field, **key)
    hits = [sl.Hit(str(n), 1.0, 1, lambda row=row: row) for n, row in enumerate(rows)]
    numbers = list(range(len(rows)))
    turned = numbers[::-1]
    known = [n for n in numbers if rows[n].get("x")]
    unknown = [n for n in numbers if not rows[n].get("x")]
    for descending in (False, True):
        for missing in ("last", "first"):
            sort = sl.SortKey("x", descending=descending, missing=missing)  # type: ignore[arg-type]
            order = sorted(turned, key=lambda n: _sort_rank(sort, hits[n], schema, UTC))
            expected = known[::-1] if descending else known
            assert order == ([*expected, *unknown] if missing == "last" else [*unknown, *expected])
    assert _sort_rank(sl.SortKey("y"), hits[0], schema, UTC) == (1, 0)
    assert _sort_rank(sl.SortKey("y", missing="first"), hits[0], schema, UTC) == (-1, 0)


def test_a_part_of_several_archives_is_named_by_the_first() -> None:
    def label(*names: str) -> str:
        return Part(names, None, lambda: Stats(0, 0, 0, 0, 0, ())).label

    assert [label("a"), label("a", "b"), label("a", "b", "c")] == [
        "a",
        "a and 1 more",
        "a and 2 more",
    ]
    cluster = SimpleNamespace(live_count=lambda: 3, unpin=lambda: None, schema=ONE,
                              dates=DateSettings(zone=UTC))  # fmt: skip
    part = Part(("c",), cluster, lambda: Stats(0, 0, 0, 0, 0, ()))
    assert part.live_count() == 3
    view = FusedView([part], True)
    assert (view.reader.live_count, view.reader.generations) == (3, {})
    view.close()
    with pytest.raises(sl.NotSupported, match="not grouped into stories on a cluster yet"):
        view.copies((0, ()))


def test_a_facet_of_a_filtered_field_counts_what_lacks_it() -> None:
    """Of the first part no article has a date: none is found, but all would be without it."""
    view, (a, b) = fused({"total": 5}, {"rows": ROWS, "counts": [("2022", 2)]})
    request = sl.SearchRequest(
        "rain", filters={"section": "x", "date": "2022"}, facets=["date:year", "section"]
    )
    found = view.search(request)
    assert found.total == 2
    assert found.facets["date:year"].missing == 5 + 1
    assert list(found.facets["date:year"]) == [("2022", 2)]
    assert found.facets["section"].missing == 1
    asked = [one.filters for one in a.asked]
    assert asked == [(("section", ("x",)),)]
    assert (("date", ("2022",)),) in [one.filters for one in b.asked]


def test_ranges_are_whole_if_all_numbers_of_all_archives_are() -> None:
    for every, label in (([("1", 1)], "0..9"), ([("0.5", 1)], "[0 TO 10}")):
        view, _ = fused(
            {"counts": [("1", 2)]}, {"rows": ROWS}, {"counts": [("3", 1)], "every": every}
        )
        for facet in ("words:step=10", "words:edges=0/10"):
            counts = view.counts(sl.SearchRequest("rain"), sl.FacetRequest.parse(facet))
            assert counts[0] == (label, 3)


@pytest.mark.parametrize(
    ("made", "note"),
    [
        ([True, True, False], "c differs from the others in stories, and each ranks its own; ask "
         "copies with stories to rank them as one: searchlib copy c NEW --stories"),
        ([False, "strict", False], "b differs from the others in stories"),
        (["strict", False], "a and b differ in stories, and each ranks its own; ask copies with "
         "stories to rank them as one: searchlib copy b NEW --strict-stories"),
        ([True, "strict"], "a and b differ in stories, and each ranks its own"),
        (["zone", False], "a and b differ in zone, and each ranks its own"),
        (["zone", True], "a and b differ in stories and zone, and each ranks its own"),
        (["schema", True], "a and b differ in schema and stories, and each ranks its own"),
    ],
)  # fmt: skip
def test_the_note_says_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Any], note: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, how in zip("abc", made, strict=False):
        schema = sl.Schema(id=sl.Key(), body=sl.Text(weight=2.0 if how == "schema" else 1.0))
        zone = "Europe/Oslo" if how == "zone" else "UTC"
        stories = False if how in ("zone", "schema") else how
        with sl.Archive.create(name, schema, zone=zone, stories=stories) as archive:
            archive.add([{"id": name, "body": "Rain in Oslo."}])
    with sl.open_many(list("abc")[: len(made)]) as archives:
        [said] = archives.search("rain").notes
    assert said.removeprefix("ranks are fused: ").startswith(note)
    assert len(note) < 50 or said.endswith(note)


def test_an_archive_without_a_match_has_no_story_of_it(tmp_path: Path) -> None:
    text = "The ferry ran aground at dawn near the harbour and all who were on board are safe now"
    schemas = [sl.Schema(id=sl.Key(), body=sl.Text(language=name)) for name in ("de", "en")]
    for number, schema in enumerate(schemas):
        with sl.Archive.create(tmp_path / str(number), schema, stories=True) as archive:
            archive.add({"id": key, "body": text if number else "Wheat rose."} for key in "ab")
    with sl.open_many([tmp_path / "0", tmp_path / "1"]) as several:
        found = several.search("ferry", collapse="story")
        assert (found.stories, found.total, len(found)) == (1, 2, 1)
