"""Archives of different schemas, asked together: counts and orders beside plain Python, ranks by
fusion."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl

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
        with pytest.raises(sl.NotSupported, match="collapse"):
            archives.search("rain", collapse="story")
        with archives.snapshot() as snapshot:
            assert snapshot.count("rain") == archives.count("rain")
            assert set(snapshot.generations) == set(folders)
        with pytest.raises(sl.SnapshotClosed):
            snapshot.search("rain")


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
