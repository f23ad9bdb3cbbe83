"""Several archives asked as one, beside one archive that holds all their articles."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import searchlib as sl
from searchlib.cli.main import searchlib

WORDS = ["rain", "snow", "wind", "bank", "vote", "harbour", "rains", "voted"]
QUERIES = [
    "rain", "rain snow", "rain OR wind", '"rain snow"', "rain -vote", "title:bank", "harb*",
    "rain NEAR/3 vote", "section:world rain", "date:2023 snow", "*",
]  # fmt: skip


def article(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "title": " ".join(rng.choices(WORDS, k=rng.randrange(1, 4))),
        "body": " ".join(rng.choices(WORDS, k=rng.randrange(1, 40))),
        "section": rng.choice(["world", "sports"]),
        "date": f"202{rng.randrange(2, 5)}-0{rng.randrange(1, 10)}-11",
    }


def answers(archive: Any, query: str, **options: Any) -> Any:
    found = archive.search(query, limit=None, facets=["section", "date:month"], **options)
    hits = {hit.id: hit.score for hit in found}
    return found.total, hits, {name: dict(counts) for name, counts in found.facets.items()}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("one", "two", "three")]


def test_a_division_answers_as_the_whole(tmp_path: Path, folders: list[Path]) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    articles = [article(rng, number) for number in range(300)]
    parts: list[list[dict[str, Any]]] = [[], [], []]
    for one in articles:
        rng.choice(parts).append(one)
    for folder, part in zip(folders, parts, strict=True):
        with sl.Archive.create(folder) as archive:
            archive.add(part[: len(part) // 2])
            archive.add(part[len(part) // 2 :])
    with sl.Archive.create(tmp_path / "all") as whole, sl.open_many(folders) as archives:
        whole.add(articles)
        assert len(archives) == len(whole)
        assert set(archives) == set(whole)
        for query in QUERIES:
            for match in ("all", "any", "best"):
                expected = answers(whole, query, match=match)
                assert answers(archives, query, match=match) == expected, query
            assert archives.count(query) == whole.count(query)
            ours = archives.search(query, sort="date,id", limit=40)
            theirs = whole.search(query, sort="date,id", limit=40)
            assert [hit.id for hit in ours] == [hit.id for hit in theirs]
            assert ours.notes == theirs.notes
        for hit in archives.search("rain", limit=20):
            assert hit.id in sl.Archive.open(hit.archive or "")
            assert archives[hit]["body"] == whole[hit]["body"]
            assert archives.explain("rain", hit).score == pytest.approx(hit.score)
        pages = [
            hit.id for page in range(4) for hit in archives.search("*", limit=75, offset=75 * page)
        ]
        assert sorted(pages) == sorted(one["id"] for one in articles)
        timelines = [one.timeline(["rain", "snow"]).to_dicts() for one in (archives, whole)]
        assert timelines[0] == timelines[1]
        assert archives.suggest("har") == whole.suggest("har")


def test_each_commit_of_any_is_seen(folders: list[Path]) -> None:
    made = [sl.Archive.create(folder) for folder in folders]
    with sl.open_many(folders) as archives:
        assert archives.count("rain") == 0
        before = archives.generation
        made[1].add([{"id": "a", "title": "Rain"}])
        made[2].add([{"id": "a", "title": "Rain again"}])
        results = archives.search("rain")
        assert archives.generation > before
        assert {(hit.id, hit.archive) for hit in results} == {
            ("a", str(folders[1])), ("a", str(folders[2]))
        }  # fmt: skip
        made[1].delete(["a"])
        assert archives.count("rain") == 1
        assert results.total == len(results) == 2
        assert pickle.loads(pickle.dumps(results[0])).archive == results[0].archive
    with pytest.raises(sl.SnapshotClosed):
        archives.search("rain")
    for archive in made:
        archive.close()


def test_what_is_away_or_damaged_is_named(folders: list[Path]) -> None:
    for folder in folders:
        with sl.Archive.create(folder) as archive:
            archive.add([{"id": "a", "title": "Rain"}])
    shutil.rmtree(folders[0])
    (folders[1] / "manifest.json").write_bytes(b"{")
    with sl.open_many(folders) as archives:
        assert list(archives.missing) == [str(folders[0]), str(folders[1])]
        assert isinstance(archives.missing[str(folders[0])], sl.ArchiveNotFound)
        assert isinstance(archives.missing[str(folders[1])], sl.CorruptArchive)
        results = archives.search("rain")
        assert results.total == 1
        assert results.notes[:2] == [f"partial: {name} is left out" for name in archives.missing]
        assert archives.paths == (str(folders[2]),)
    with pytest.raises(sl.ArchiveNotFound):
        sl.open_many(folders, partial=False)
    with pytest.raises(sl.ArgumentError, match=r"there is no archive to ask: .*one"):
        sl.open_many(folders[:1])
    with pytest.raises(sl.NotSupported, match="folders"):
        sl.open_many(["opensearch+http://localhost:9200/wire"])


def test_the_command(folders: list[Path]) -> None:
    for folder, title in zip(folders[:2], ("Rain in Oslo", "Rain"), strict=True):
        with sl.Archive.create(folder) as archive:
            archive.add([{"id": "a", "title": title, "date": "2024-05-07"}])
    places = [option for folder in folders for option in ("--archive", str(folder))]
    shown = CliRunner().invoke(searchlib, ["search", "rain", *places, "--json"])
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {hit["archive"] for hit in answer["hits"]} == set(map(str, folders[:2]))
    assert f"partial: {folders[2]} is left out" in answer["notes"]
    shown = CliRunner().invoke(searchlib, ["search", "rain", *places])
    assert str(folders[1]) in shown.stdout.replace("\n", "").replace(" ", "")
    shown = CliRunner().invoke(searchlib, ["timeline", "rain", *places[:4], "--csv"])
    assert shown.stdout.splitlines() == ["period,total,rain", "2024-05,2,2"]
    shown = CliRunner().invoke(searchlib, ["stats", *places[:4]])
    assert (shown.exit_code, "one --archive at a time" in shown.output) == (2, True)


def test_archives_that_do_not_fit_together(tmp_path: Path) -> None:
    sl.Archive.create(tmp_path / "news").close()
    sl.Archive.create(tmp_path / "paris", zone="Europe/Paris").close()
    sl.Archive.create(tmp_path / "other", sl.Schema(id=sl.Key(), text=sl.Text())).close()
    with pytest.raises(sl.ArgumentError, match="paris has other settings"):
        sl.open_many([tmp_path / "news", tmp_path / "paris"])
    with pytest.raises(sl.ArgumentError, match="other has another schema"):
        sl.open_many([tmp_path / "news", tmp_path / "other"])


def _write(folder: Path) -> None:
    with sl.Archive.open(folder) as archive:
        for number in range(30):
            archive.add([{"id": f"{number}-{k}", "title": "Rain"} for k in range(10)])


def test_another_process_writes_meanwhile(folders: list[Path]) -> None:
    """Each answer is of one commit of each archive: ten articles come at a time."""
    for folder in folders:
        sl.Archive.create(folder).close()
    writer = multiprocessing.get_context("spawn").Process(target=_write, args=(folders[1],))
    with sl.open_many(folders) as archives:
        writer.start()
        seen = set()
        while writer.is_alive():
            results = archives.search("rain", facets=["section"], limit=None)
            assert results.total % 10 == 0
            assert len({hit.id for hit in results}) == results.total
            seen.add(results.total)
        writer.join()
        assert writer.exitcode == 0
        assert archives.count("rain") == 300
        assert len(seen) > 1
