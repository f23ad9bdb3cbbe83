"""The benchmark suite in small: the generator, the drawing of queries, and searchlib as a peer."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import threading
import time
from pathlib import Path

import pytest
import whoosh.index

import searchlib as sl
from benchmarks import (
    archive_sets,
    cluster,
    comparison,
    corpus,
    counting,
    merging,
    peers,
    queries,
    report,
    threads,
    timing,
    whoosh_face,
)
from benchmarks.__main__ import main
from benchmarks.timing import Timings
from searchlib import whoosh_backend

ARTICLES = 300


@pytest.fixture(scope="module")
def made() -> list[corpus.Article]:
    return list(corpus.Generator(7).articles(ARTICLES))


@pytest.fixture(scope="module")
def words(made: list[corpus.Article]) -> queries.Words:
    return queries.Words(iter(made), random.Random(1))


def ours() -> peers.Peer:
    peer = peers.make("searchlib")
    if why := peer.missing():
        pytest.skip(why)
    return peer


def test_archive_sets_in_small(
    made: list[corpus.Article], words: queries.Words, tmp_path: Path
) -> None:
    whole, *parts = archive_sets.build(made, tmp_path, 3)
    asked = archive_sets.requests(queries.draw_from(words, 1, 1))
    assert list(asked)[-2:] == ["newest first", "by month"]
    with sl.open(whole) as one, sl.open_many(parts) as many:
        assert len(one) == len(many) == ARTICLES
        for rows in asked.values():
            [(first, second)] = archive_sets.measure(one, many, rows, 1)
            assert first > 0 < second


def test_merging_in_small(tmp_path: Path) -> None:
    file = corpus.prepare("synthetic", ARTICLES, tmp_path, seed=7)
    folder = tmp_path / "archive"
    merging.build_unmerged(file, folder, ours().fields, 12)  # eight small ones would be merged
    figures = merging.optimize(folder)
    assert (figures["before"]["segments"], figures["after"]["segments"]) == (12, 1)
    assert figures["before"]["bytes"] > figures["after"]["bytes"] > 0
    assert figures["seconds"] > 0 < figures["copy_seconds"]


def test_a_seed_always_makes_the_same_articles(made: list[corpus.Article]) -> None:
    assert list(corpus.Generator(7).articles(ARTICLES)) == made
    assert next(corpus.Generator(8).articles(1)) != made[0]


def test_a_small_corpus_is_the_start_of_a_large_one(made: list[corpus.Article]) -> None:
    assert list(corpus.Generator(7).articles(20)) == made[:20]


def test_articles_are_like_news(made: list[corpus.Article]) -> None:
    assert len({article["id"] for article in made}) == ARTICLES
    for article in made:
        assert tuple(article) == corpus.FIELDS
        assert article["body"]
        assert article["title"]
        assert article["authors"]
        assert "2004-01-01" <= article["date"] < "2016-01-01"
    frequency = queries.Words(iter(made), random.Random(1)).frequency
    assert frequency["the"] > 0.9 * ARTICLES
    assert sum(count == 1 for count in frequency.values()) > len(frequency) / 3
    lengths = [len(article["body"].split()) for article in made]
    assert 100 < sum(lengths) / ARTICLES < 500


def test_a_corpus_file_holds_the_articles(tmp_path: Path, made: list[corpus.Article]) -> None:
    file = corpus.prepare("synthetic", ARTICLES, tmp_path, seed=7)
    assert file.articles == ARTICLES
    assert list(file.read()) == made
    batches = [list(batch) for batch in file.batches(7)]
    assert [article for batch in batches for article in batch] == made
    assert {len(batch) for batch in batches} == {42, 43}
    with pytest.raises(FileNotFoundError, match="synthetic"):
        corpus.prepare("no such corpus", None, tmp_path)


def test_queries_are_drawn_from_all_bands(words: queries.Words) -> None:
    drawn = queries.draw_from(words, 60, seed=3)
    assert drawn == queries.draw_from(words, 60, seed=3)
    assert drawn != queries.draw_from(words, 60, seed=4)
    assert {query.kind for query in drawn} == set(queries.KINDS)
    counts = [words.frequency[q.words[0]] for q in drawn if q.kind == "one word"]
    assert min(counts) == 1
    assert max(counts) > ARTICLES / 3
    for query in drawn:
        assert query.kind[-1] not in "234" or len(query.words) == int(query.kind[-1])
        assert not query.since or "2004-01-01" <= query.since <= query.until


def test_phrases_are_cut_from_running_text(
    words: queries.Words, made: list[corpus.Article]
) -> None:
    texts = [article["body"].lower() for article in made]
    phrases = [q for q in queries.draw_from(words, 20, seed=3) if q.match == "phrase"]
    assert all(any(" ".join(query.words) in text for text in texts) for query in phrases)
    exact = [query.words for query in phrases if not query.stems]
    assert exact == [query.words for query in phrases if query.stems]


def test_figures_of_known_timings() -> None:
    asked = [queries.Query("one word", ("a",)), queries.Query("one word", ("b",))]
    fast = Timings([100, 400], [[100, 90, 110], [400]], [peers.Answer(100, ["x"]), None])
    slow = Timings([300, 900], [[200, 190], [200]], [peers.Answer(90, ["x"]), None])
    both = {"ours": fast, "theirs": slow}
    figures = comparison.compare(asked, both, dict.fromkeys(both, fast))
    theirs = figures["one word"]["theirs"]
    assert theirs["ratio"] == pytest.approx((100 / 195 * 400 / 200) ** 0.5)
    assert theirs["totals_differ"] == 1.0
    assert figures["all"]["ours"]["ratio"] == 1.0
    assert comparison.agreement(both)["ours"]["theirs"] == 1.0
    assert timing.percentile([5, 1, 3], 0.99) == 5


def test_searchlib_as_a_peer(tmp_path: Path, words: queries.Words) -> None:
    peer = ours()
    file = corpus.prepare("synthetic", ARTICLES, tmp_path, seed=7)
    peer.build(file, tmp_path / "one")
    peer.build(file, tmp_path / "many", commits=3)
    one, many = peer.open(tmp_path / "one"), peer.open(tmp_path / "many")
    for query in queries.draw_from(words, 3, seed=5):
        found = one.search(query)
        assert len(found.ids) == min(10, found.total)
        assert set(found.facets) == set(query.facets)
        assert many.search(query).total == found.total
        if query.kind == "one word":
            assert found.total >= words.frequency[query.words[0]]
        if query.match == "phrase":
            assert found.total >= 1
    one.close()
    many.close()
    extra = [a | {"id": f"new {a['id']}"} for a in corpus.Generator(8).articles(5)]
    _, total = peer.append(tmp_path / "one", extra, queries.Query("one word", ("the",)))
    assert total > words.frequency["the"]


def test_the_command_runs_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    sizes = ["--corpus", "synthetic", "--limit", "200", "--queries", "2", "--rounds", "1"]
    main(["size", "queries", "fts5", *sizes, "--work", str(tmp_path / "work")])
    said = capsys.readouterr().out
    assert "## size (synthetic-seed1-200)" in said
    assert "## queries" in said
    assert (tmp_path / "results" / "queries-synthetic-seed1-200.json").exists()
    with pytest.raises(SystemExit):
        main(["no such part"])


def test_threads_count_their_searches_together() -> None:
    asked = queries.draw_from(
        queries.Words(corpus.Generator(7).articles(30), random.Random(1)), 1, 1
    )
    seen: set[int] = set()

    def search(query: queries.Query) -> None:
        seen.add(threading.get_ident())
        time.sleep(0.001)

    assert threads.costly(search, asked, 100) == asked
    assert threads.costly(search, asked, 1e6) == []
    assert threads.searches_in(search, asked, 2, 0.02) > 2
    assert len(seen) == 3

    def fail(query: queries.Query) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.searches_in(fail, asked, 2, 0.02)


def test_an_archive_on_a_cluster_is_asked_as_one_in_a_folder(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": n, "body": "oil prices", "date": f"1987-0{n}"} for n in (1, 2, 2)])
        took, answer, first = cluster._asked(archive, "oil prices")
        assert answer == (2, [("1987-01", 1), ("1987-02", 1)]) and first == ["1", "2"]
        assert 0 < took < 60
        for query in cluster._QUERIES:
            cluster._asked(archive, query)  # each can be read


def test_counting_gives_what_plain_python_counts(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl.gz"
    days = ["2022-01-05", "2022-02-03", "2023-02-01"]
    with gzip.open(file, "wt", encoding="utf-8") as out:
        for n in range(60):
            body = "rain " * (n % 2) + "snow " * (n % 3 == 0) + f"word{'abc'[n % 3]}"
            article = {"id": n, "body": body, "date": days[n % 3], "authors": ["AB"[n % 2]]}
            out.write(json.dumps(article) + "\n")
    records = counting._records(file)
    for peer in (counting.Ours, counting.Tantivy, counting.DuckDB):
        if peer is not counting.Ours and importlib.util.find_spec(peer.__name__.lower()) is None:
            continue
        folder = tmp_path / peer.__name__
        folder.mkdir()
        made = peer(records, folder)
        assert made.facet("rain") == {"b": 30}
        assert made.facet("snow") == {"a": 10, "b": 10}
        assert sum(made.months("rain").values()) == 30
        assert made.filter("snow", ["a", "x"]) == 10
        assert made.timeline(["rain", "snow"]) == 50
    assert counting.Ours(records, tmp_path).months("snow") == {"2022-01": 20}


def test_a_whoosh_program_in_small(
    made: list[corpus.Article], words: queries.Words, tmp_path: Path
) -> None:
    indexes = []
    for module in (whoosh.index, whoosh_backend):
        folder = tmp_path / module.__name__
        folder.mkdir()
        indexes.append(module.create_in(str(folder), whoosh_face.whoosh_schema()))
        whoosh_face.fill(indexes[-1], made[:40])
    asked = whoosh_face.searches(queries.draw_from(words, 1, 1), indexes[0])
    assert len([kind for kind in asked if kind in queries.KINDS]) == 9
    with indexes[0].searcher() as stock, indexes[1].searcher() as ours:
        for rows in asked.values():
            [(first, second)] = whoosh_face.measure(stock, ours, rows, 1, titles=True)
            assert first > 0 < second
