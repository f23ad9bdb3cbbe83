"""Several archives asked as one, beside one archive that holds all their articles."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import random
import shutil
import tempfile
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.archive_set import ArchiveSet
from searchlib.cli.main import searchlib
from searchlib.set_members import Member

WORDS = ["rain", "snow", "wind", "bank", "vote", "harbour", "rains", "voted", "raid", "band"]
QUERIES = [
    "rain", "rain snow", "rain OR wind", '"rain snow"', "rain -vote", "title:bank", "harb*",
    "rain NEAR/3 vote", "section:world rain", "date:2023 snow", "*",
    # One archive may have one or two of the words of a pattern, and all together more.
    "ra*", "ban*^2 snow", "*rai*", "ra??", "rain~1", "bank~1 vote", "/ba.*/", "title:b..s",
    "b* OR snow", "section:wor*", "po*", "po*^3 OR rain", "/po.*/", "title:po..pz", "posh~2",
]  # fmt: skip


RARE = ["port", "pole", "post", "poem", "pond"]


def article(rng: random.Random, number: int) -> dict[str, Any]:
    rare = [] if rng.randrange(50) else [rng.choice(RARE)]
    return {
        "id": f"a{number}",
        "title": " ".join(rng.choices(WORDS, k=rng.randrange(1, 4)) + rare),
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


_FACETS = ["section", "words:step=5", "date:year", "section:order=value,limit=1", "words"]
_SORTS = [None, "-date,id", "section,-id", "words:missing=first,id", "title,id", "-words,date,id"]
_articles = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
            "body": st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join),
        },
        optional={
            "section": st.sampled_from(["World", "world", "sports"]),
            "words": st.integers(0, 20),
            "date": st.sampled_from(["2022", "2023-04", "2023-04-05", "2024-01-01T23:30-05:00"]),
        },
    ),
    min_size=1, max_size=25,
)  # fmt: skip
_requests: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        query=st.sampled_from([*QUERIES, "words:3..9", "has:words rain", "sports OR title:rains"]),
        match=st.sampled_from(["all", "any", "best"]),
        sort=st.sampled_from(_SORTS),
        filters=st.sampled_from([{}, {"section": "world"}, {"section": ["sports", "world"]}]),
        recency=st.sampled_from([None, 300.0]),
    ),
    min_size=3, max_size=6,
)  # fmt: skip


def folded(facets: dict[str, sl.FacetCounts]) -> dict[str, Any]:
    """Of spellings that are as common the first is shown, and updates change which that is."""
    return {
        name: ([(label.lower(), n) for label, n in counts], counts.missing, counts.distinct)
        for name, counts in facets.items()
    }


def check_division(folder: Path, articles: list[dict[str, Any]], owners: list[int],
                   changes: list[int], requests: list[dict[str, Any]]) -> None:  # fmt: skip
    """Three archives are asked beside one with all articles, of which some are updated or deleted
    in both. Archives without an article that has ``words`` lack the field."""
    wide = sl.Schema(
        id=sl.Key(), title=sl.Text(weight=3.0), body=sl.Text(), section=sl.Keyword(),
        date=sl.Date(), words=sl.Number(),
    )  # fmt: skip
    narrow = sl.Schema(**{name: field for name, field in wide if name != "words"})
    for number, article in enumerate(articles):
        article["id"] = f"a{number:02}"
    whole = sl.Archive.create(folder / "whole", wide)
    parts = []
    for n in range(3):
        own = [a for a, owner in zip(articles, owners, strict=False) if owner == n]
        has_words = n == 0 or any("words" in one for one in own)
        parts.append(sl.Archive.create(folder / str(n), wide if has_words else narrow))
        parts[n].add(own)
        whole.add(own)
    with sl.open_many([part.path for part in parts]) as archives:
        for number in changes:
            if number < len(articles):
                key, owner = articles[number]["id"], owners[number]
                for archive in (whole, parts[owner]):
                    if number % 2:
                        archive.delete([key])
                    else:
                        archive.update(key, body="rain vote harbour", section="sports")
        assert sorted(archives) == sorted(whole)
        for asked in requests:
            options = {**asked, "facets": _FACETS}
            query = options.pop("query")
            expected = whole.search(query, limit=None, **options)
            found = archives.search(query, limit=None, **options)
            assert (found.total, found.complete) == (expected.total, expected.complete)
            assert folded(found.facets) == folded(expected.facets)
            assert found.notes == expected.notes
            hits, others = (
                [(hit.id, hit.score, dict(hit)) for hit in r] for r in (found, expected)
            )
            if options["sort"] is None:  # articles of one score have an order by archive
                scores = [score for _, score, _ in hits]
                assert options["match"] == "best" or scores == sorted(scores, reverse=True)
                hits, others = sorted(hits, key=itemgetter(0)), sorted(others, key=itemgetter(0))
            assert [hit[::2] for hit in hits] == [hit[::2] for hit in others]
            if not changes:  # what is deleted counts in statistics until its segment is merged
                assert [hit[1] for hit in hits] == pytest.approx([hit[1] for hit in others])
            pages = [
                hit.id
                for start in range(0, 30, 4)
                for hit in archives.search(query, limit=4, offset=start, **options)
            ]
            assert pages == [hit.id for hit in found]
    for archive in (whole, *parts):
        archive.close()


_division = given(
    _articles, st.lists(st.integers(0, 2), min_size=25, max_size=25),
    st.lists(st.integers(0, 24), max_size=4, unique=True), _requests,
)  # fmt: skip


@_division
@settings(max_examples=12)
def test_any_division_answers_as_the_whole(
    articles: list[dict[str, Any]], owners: list[int], changes: list[int],
    requests: list[dict[str, Any]],
) -> None:  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        check_division(Path(folder), articles, owners, changes, requests)


@pytest.mark.slow
@_division
@settings(max_examples=300)
def test_many_divisions_answer_as_the_whole(
    articles: list[dict[str, Any]], owners: list[int], changes: list[int],
    requests: list[dict[str, Any]],
) -> None:  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        check_division(Path(folder), articles, owners, changes, requests)


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
        assert results.notes[:2] == [
            f"partial: {folders[0]} is left out: there is no archive",
            f"partial: {folders[1]} is left out: it is damaged; see searchlib check --archive "
            f"{folders[1]}",
        ]
        assert archives.paths == (str(folders[2]),)
    with pytest.raises(sl.ArchiveNotFound):
        sl.open_many(folders, partial=False)
    with pytest.raises(sl.ArchiveError, match=r"there is no archive to ask: .*one"):
        sl.open_many(folders[:1])


def test_an_archive_goes_and_comes_back(folders: list[Path]) -> None:
    for folder in folders:
        with sl.Archive.create(folder) as archive:
            archive.add([{"id": folder.name, "title": "Rain"}])
    away = folders[1].with_name("away")
    with sl.open_many(folders) as archives, sl.open_many(folders, partial=False) as strict:
        before = archives.search("rain")
        folders[1].rename(away)
        assert {hit.id for hit in archives.search("rain")} == {"one", "three"}
        assert list(archives.missing) == [str(folders[1])]
        assert archives.count("rain") == 2
        assert before.total == 3
        assert {hit["title"] for hit in before} == {"Rain"}
        with pytest.raises(sl.ArchiveNotFound, match="two"):
            strict.search("rain")
        away.rename(folders[1])
        assert archives.count("rain") == strict.count("rain") == 3
        assert not archives.missing
        for folder in (folders[0], folders[2], folders[1]):
            assert archives.count("rain")
            folder.rename(folder.with_name(f"{folder.name}-away"))
        with pytest.raises(sl.ArchiveNotFound):
            archives.search("rain")
        folders[1].with_name("two-away").rename(folders[1])
        assert archives.count("rain") == 1  # as it was asked before
        assert archives.paths == (str(folders[1]),)
        assert list(archives.missing) == [str(folders[0]), str(folders[2])]


def test_another_thread_leaves_an_archive_out_meanwhile(folders: list[Path]) -> None:
    for folder in folders:
        with sl.Archive.create(folder) as archive:
            archive.add([{"id": "a"}])
    with sl.open_many(folders) as archives:
        member = archives._members[1]
        whole = member.archive

        class Closed:
            """An archive that is closed while it is asked."""

            def __init__(self, then: Any) -> None:
                self.then = then

            def stats(self) -> Any:
                member.archive = self.then
                if self.then is None:
                    member.error = sl.ArchiveError("it is away")
                raise sl.SnapshotClosed("it was closed")

            check = stats

        member.archive = Closed(whole)  # type: ignore[assignment]
        assert list(archives.stats_of_each()) == list(map(str, folders))
        member.archive = Closed(None)  # type: ignore[assignment]
        assert list(archives.stats_of_each()) == [str(folders[0]), str(folders[2])]
        member.archive = Closed(None)  # type: ignore[assignment]
        assert archives.check() == ["it is away"]
        member.archive, member.error = whole, None
        assert archives.check() == []
        assert whole is not None
        whole.close()
        with pytest.raises(sl.SnapshotClosed):
            archives.stats_of_each()


def test_an_archive_of_another_zone_takes_the_place_of_one(folders: list[Path]) -> None:
    article = {"id": "a", "date": "2024-05-02"}
    for folder in folders:
        with sl.Archive.create(folder) as archive:
            archive.add([article])
    with sl.open_many(folders) as archives:
        assert archives.count("date:2024-05-02") == 3
        shutil.rmtree(folders[1])
        with sl.Archive.create(folders[1], zone="Asia/Tokyo") as archive:
            archive.add([article, {"id": "b", "date": "2024-05-01T20:00Z"}])
        found = archives.search("date:2024-05-02", sort="date")
        assert {(hit.archive, hit.id) for hit in found} == {
            (str(folders[0]), "a"), (str(folders[1]), "a"), (str(folders[1]), "b"),
            (str(folders[2]), "a"),
        }  # fmt: skip
        assert not archives.missing


def test_damage_that_is_found_when_it_is_asked(folders: list[Path]) -> None:
    for folder in folders:
        with sl.Archive.create(folder) as archive:
            archive.add({"id": f"{folder.name}{n}", "body": "rain snow"} for n in range(500))
    [segment] = folders[2].glob("*.seg")
    whole = segment.read_bytes()
    damaged = bytearray(whole)
    damaged[100 : len(whole) - 30_000 : 512] = b"\xff" * len(
        range(100, len(whole) - 30_000, 512)
    )  # the footer stays
    segment.write_bytes(damaged)
    asked: list[Callable[[sl.ArchiveSet], Any]] = [
        lambda archives: archives.search("rain").total,
        lambda archives: archives.count("rain"),
        lambda archives: sum(archives.timeline(["rain"]).missing.values()),
        lambda archives: archives.search("*", sort="id").total,
    ]
    for ask in asked:
        with sl.open_many(folders) as archives:
            assert ask(archives) == 1000
            assert isinstance(archives.missing[str(folders[2])], sl.CorruptArchive)
            assert archives.check()[0].startswith(str(segment))
        with (
            sl.open_many(folders, partial=False) as archives,
            pytest.raises(sl.CorruptArchive, match="three"),
        ):
            ask(archives)
    with sl.open_many(folders) as archives:
        assert archives.count("rain") == 1000
        segment.write_bytes(whole)  # restored from a copy
        assert archives.count("rain") == 1500


def test_an_archive_counts_once(folders: list[Path]) -> None:
    with sl.Archive.create(folders[0]) as archive:
        archive.add([{"id": "a", "title": "Rain"}])
    folders[1].symlink_to(folders[0])
    with sl.open_many([folders[0], f"{folders[0]}/", folders[1]]) as archives:
        assert len(archives) == archives.count("rain") == 1
    with pytest.raises(sl.ArgumentTypeError, match="several folders are expected"):
        sl.open_many(str(folders[0]))
    with pytest.raises(sl.ArgumentTypeError, match="text or a Path, not 3"):
        sl.open_many([3])  # type: ignore[list-item]
    with pytest.raises(sl.ArgumentError, match="no folder is given"):
        sl.open_many([])


def test_a_hit_is_of_its_archive(folders: list[Path]) -> None:
    """Where a key is in several archives."""
    for folder in folders:
        with sl.Archive.create(folder, stories=True) as archive:
            archive.add([{"id": "a", "title": f"Rain {folder.name}"}])
            archive.add([{"id": "b", "title": f"Snow {folder.name}"}])
    with sl.open_many(folders) as archives:
        hits = archives.search("rain", match="any")
        assert len(hits) == 3
        for hit in hits:
            name = Path(hit.archive or "").name
            assert archives[hit]["title"] == hit["title"] == f"Rain {name}"
            assert archives.explain("rain", hit).score == pytest.approx(hit.score)
            assert archives.why_not(f"rain {name}", hit) == []
            assert len(archives.why_not("rain elsewhere", hit)) == 1
            assert next(iter(archives.similar(hit))).archive == hit.archive
            assert [copy.archive for copy in archives.copies(hit)] == [hit.archive]
            assert hit in archives
        with sl.open_many(folders[:1]) as others:
            assert others[hits[2]]["title"] == "Rain one"  # an archive that is not among them


def test_a_snapshot_does_not_change(folders: list[Path]) -> None:
    made = [sl.Archive.create(folder) for folder in folders]
    made[0].add([{"id": "a", "title": "Rain"}])
    with sl.open_many(folders) as archives, archives.snapshot() as snapshot:
        made[1].add([{"id": "b", "title": "Rain"}])
        made[0].delete(["a"])
        made[0].optimize()
        assert [hit.archive for hit in snapshot.search("rain")] == [str(folders[0])]
        assert [hit["title"] for hit in snapshot.search("rain")] == ["Rain"]
        assert snapshot.generations == {str(folder): folder is folders[0] for folder in folders}
        assert archives.search("rain")[0].archive == str(folders[1])
        archives.close()
        assert snapshot.count("rain") == 1
    with pytest.raises(sl.SnapshotClosed):
        snapshot.search("rain")
    with pytest.raises(sl.SnapshotClosed):
        archives.snapshot()
    for archive in made:
        archive.close()


def test_what_writes_is_for_one_archive(folders: list[Path]) -> None:
    sl.Archive.create(folders[0]).close()
    with sl.open_many(folders[:1]) as archives:
        unlike: Any = archives
        for name in ("add", "delete", "watches", "settings"):
            with pytest.raises(sl.NotSupported, match="open one by itself"):
                getattr(unlike, name)
        with pytest.raises(AttributeError):
            getattr(unlike, "no_such_method")  # noqa: B009


def test_the_command(folders: list[Path]) -> None:
    for folder, title in zip(folders[:2], ("Rain in Oslo", "Rain"), strict=True):
        with sl.Archive.create(folder) as archive:
            archive.add([{"id": "a", "title": title, "date": "2024-05-07"}])
    places = [option for folder in folders for option in ("--archive", str(folder))]
    shown = CliRunner().invoke(searchlib, ["search", "rain", *places, "--json"])
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {hit["archive"] for hit in answer["hits"]} == set(map(str, folders[:2]))
    assert f"partial: {folders[2]} is left out: there is no archive" in answer["notes"]
    shown = CliRunner().invoke(searchlib, ["search", "rain", *places])
    assert str(folders[1]) in shown.stdout.replace("\n", "").replace(" ", "")
    shown = CliRunner().invoke(searchlib, ["timeline", "rain", *places[:4], "--csv"])
    assert shown.stdout.splitlines() == ["period,total,rain", "2024-05,2,2"]
    shown = CliRunner().invoke(searchlib, ["optimize", *places[:4]])
    assert (shown.exit_code, "one --archive at a time" in shown.output) == (2, True)


def test_commands_that_take_several(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for folder in folders[:2]:
        with sl.Archive.create(folder, stories=True) as archive:
            text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
            title = f"Rain {folder.name}"
            archive.add([{"id": "a", "title": title, "body": text, "date": "2024-05-07"}])
    places = [option for folder in folders for option in ("--archive", str(folder))]

    def run(*arguments: str, **options: Any) -> Any:
        shown = CliRunner().invoke(searchlib, [*arguments, *places], **options)
        assert shown.exit_code == 0, shown.output
        assert "is left out" in shown.stderr
        return shown

    figures = json.loads(run("stats", "--json").stdout)
    assert figures["articles"] == 2
    assert {name: one["articles"] for name, one in figures["archives"].items()} == {
        str(folder): 1 for folder in folders[:2]
    }
    assert "1 article" in run("stats").stdout
    exported = run("export", "--query", "rain", "--about").stdout.splitlines()
    about = json.loads(exported[0].removeprefix("# "))
    assert about["archive"] == list(map(str, folders))
    assert about["commit"] == {str(folder): 1 for folder in folders[:2]}
    assert {json.loads(line)["title"] for line in exported[1:]} == {"Rain one", "Rain two"}
    one, two = map(str, folders[:2])
    assert run("stories").stdout.startswith("    2  Rain")
    (story,) = json.loads(run("stories", "--json").stdout)
    ends = [(story["copies"][end]["id"], story["copies"][end]["archive"]) for end in
            ("first", "last")]  # fmt: skip
    assert ends == [("a", one), ("a", two)]
    assert run("stories", "--csv").stdout.splitlines() == [
        "copies,found,archive,id,title,first,last,sources",
        f"2,2,{one},a,Rain one,2024-05-07,2024-05-07,",
    ]
    shown = run("repl", input="rain\n:open 2\n:copies 1\n:stats\n:explain 2\n:similar 1\n").stdout
    assert "2 articles" in shown
    queries = tmp_path / "queries.csv"
    queries.write_text("name,query\nwet,rain\n", encoding="utf-8")
    assert run("search", "--queries", str(queries)).stdout.splitlines()[1].startswith("wet,rain")
    shown = CliRunner().invoke(searchlib, ["check", *places])
    assert shown.stdout.startswith(f"{folders[2]}: no archive here")
    shown = CliRunner().invoke(searchlib, ["check", *places[:4]])
    assert (shown.stdout, shown.stderr) == ("", "sound\n")


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


def _replace(folder: Path) -> None:
    """Ten articles at a time, and now and then all of them again in one segment."""
    with sl.Archive.open(folder) as archive:
        for number in range(40):
            archive.add([{"id": f"{number}-{k}", "body": "rain " * (k + 1)} for k in range(10)])
            if number % 7 == 3:
                archive.delete([f"{number - 1}-{k}" for k in range(10)])
                archive.optimize()
        archive.add([{"id": "last", "body": "done"}])


def _read(folders: list[Path]) -> None:
    """Each snapshot is of one commit of each archive, however often it is asked."""
    with sl.open_many(folders, partial=False) as archives:
        done = False
        while not done:
            with archives.snapshot() as snapshot:
                done = snapshot.count("done") == len(folders)
                results = snapshot.search("rain", limit=None, sort="id")
                assert results.total % 10 == 0
                for folder in folders:
                    keys = [
                        hit.id.partition("-")[0] for hit in results if hit.archive == str(folder)
                    ]
                    assert all(keys.count(key) == 10 for key in set(keys))
                assert all(hit["body"].startswith("rain") for hit in results)
                assert snapshot.count("rain") == snapshot.search("rain", limit=0).total
                assert [hit.id for hit in snapshot.search("rain", limit=None, sort="id")] == [
                    hit.id for hit in results
                ]


@pytest.mark.slow
def test_two_processes_search_while_others_write(folders: list[Path]) -> None:
    for folder in folders:
        sl.Archive.create(folder).close()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_replace, args=(folder,)) for folder in folders]
    processes += [context.Process(target=_read, args=(folders,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


class _Cluster:
    """An archive that is in no folder, and answers as it is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fails: sl.ArchiveError | None = None
        self.closed = 0

    def _view(self, kind: str) -> Any:
        def stats() -> str:
            if self.fails is not None:
                raise self.fails
            return f"{kind} {self.name}"

        return SimpleNamespace(
            kind=kind, partial_notes=(), stats=stats, close=lambda: None, schema=sl.NEWS,
            dates=None, live_count=lambda: 1, reader=None,
        )  # fmt: skip

    def _current(self) -> Any:
        return self._view("live")

    def snapshot(self) -> Any:
        return SimpleNamespace(_current=lambda: self._view("pinned"))

    def stats(self) -> Any:
        return self._current().stats()

    def check(self) -> list[str]:
        return [f"{self.name} is cut"]

    def close(self) -> None:
        self.closed += 1


def _members(*names: str) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("searchlib.set_members.open_archive", lambda name, limits: _Cluster(name))
        return [Member(name, None) for name in names]


def test_a_set_of_clusters() -> None:
    (member,) = _members("one")
    archives = ArchiveSet([member])
    assert (archives.paths, archives.path, repr(archives)) == (
        ("one",),
        "one",
        "<ArchiveSet of one>",
    )
    assert archives._current().kind == "live"
    assert archives.snapshot()._view.kind == "pinned"
    assert archives.stats_of_each() == {"one": "live one"}
    assert archives.check() == ["one is cut"]
    archives.close()
    assert member.archive.closed == 1
    for ask in (archives.stats_of_each, archives.check, archives.snapshot, archives._current):
        with pytest.raises(sl.SnapshotClosed):
            ask()


def test_an_archive_that_fails_is_left_out_if_another_is_left() -> None:
    members = _members("one", "two")
    archives = ArchiveSet(members)
    assert (archives.path, archives.stats_of_each()) == (
        "one, two", {"one": "live one", "two": "live two"},
    )  # fmt: skip
    cluster = members[0].archive
    cluster.fails = sl.CorruptArchive("one", "it is cut")
    assert archives.stats_of_each() == {"two": "live two"}
    assert (archives.paths, cluster.closed) == (("two",), 1)
    assert archives.check() == [str(cluster.fails), "two is cut"]
    assert dict(archives.missing) == {"one": cluster.fails}
    note = "partial: one is left out: it is damaged; see searchlib check --archive one"
    assert archives.partial_notes == (note,)
    members[1].archive.fails = sl.CorruptArchive("two", "it is cut")
    for ask in (archives.stats_of_each, archives.stats):
        with pytest.raises(sl.CorruptArchive):
            ask()
    for fails in (sl.CorruptArchive("elsewhere", "it is cut"), sl.SnapshotClosed("closed", "one")):
        others = ArchiveSet(_members("one", "two"))
        others._members[0].archive.fails = fails  # type: ignore[union-attr]
        with pytest.raises(type(fails)):
            others.stats_of_each()
        assert others.paths == ("one", "two")
    strict = ArchiveSet(_members("one", "two"), partial=False)
    strict._members[0].archive.fails = sl.CorruptArchive("one", "it is cut")  # type: ignore[union-attr]
    with pytest.raises(sl.CorruptArchive):
        strict.stats_of_each()


def test_what_is_missing_is_looked_at_anew(folders: list[Path]) -> None:
    for folder in folders[:2]:
        sl.Archive.create(folder).close()
    with sl.open_many(folders[:2]) as archives:
        assert not archives.missing
        folders[0].rename(folders[2])
        assert list(archives.missing) == [str(folders[0])]
        folders[2].rename(folders[0])
        assert not archives.missing
        for folder in folders[:2]:
            shutil.rmtree(folder)
        assert list(archives.missing) == [str(folder) for folder in folders[:2]]


def test_a_set_that_cannot_be_asked_is_closed(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sl.Archive.create(folders[0]).close()
    made: list[ArchiveSet] = []

    def current(self: ArchiveSet) -> Any:
        made.append(self)
        raise sl.CorruptArchive("elsewhere", "it is cut")

    monkeypatch.setattr(ArchiveSet, "_current", current)
    with pytest.raises(sl.CorruptArchive):
        sl.open_many(folders[:1])
    (archives,) = made
    with pytest.raises(sl.SnapshotClosed):
        archives.check()
    with pytest.raises(sl.SnapshotClosed):
        archives._members[0].archive.search("rain")  # type: ignore[union-attr]


@pytest.mark.parametrize("differ", [False, True])
def test_a_key_that_several_have_is_not_guessed(tmp_path: Path, differ: bool) -> None:
    """They are named, and a pair or a hit chooses; also in archives that do not rank as one."""
    one, two, other = (str(tmp_path / name) for name in ("one", "two", "other"))
    texts = {one: "Rain in Oslo", two: "Rain and snow in Oslo", other: "Sun"}
    other_schema = sl.Schema(id=sl.Key(), title=sl.Text())
    for place, title in texts.items():
        schema = other_schema if differ and place != one else sl.NEWS
        with sl.Archive.create(place, schema, stories=True, language="en") as archive:
            archive.add([{"id": "a", "title": title}] if place != other else [{"id": "z"}])
    with sl.open_many(texts) as archives, archives.snapshot() as snapshot:
        for asked in (archives, snapshot):
            assert "a" in asked and (one, "a") in asked and (other, "a") not in asked
            asks: list[Any] = [
                asked.get, asked.__getitem__, asked.similar, asked.copies,
                lambda key, asked=asked: asked.explain("rain", key),
                lambda key, asked=asked: asked.why_not("snow", key),
            ]  # fmt: skip
            for ask in asks:
                with pytest.raises(sl.ArgumentError) as caught:
                    ask("a")
                assert str(caught.value) == (
                    f"the key 'a' is in {one} and {two}: say which: ({one!r}, 'a'), or a hit"
                )
                with pytest.raises(sl.ArgumentError, match=r"no archive 'none' among .*one, "):
                    ask(("none", "a"))
            for place in (one, two):
                (hit,) = (hit for hit in asked.search("rain") if hit.archive == place)
                assert asked[place, "a"] == asked[hit] == {"id": "a", "title": texts[place]}
                assert (asked.why_not("snow", (place, "a")) == []) == (place == two)
                assert asked.explain("snow", (place, "a")).matched == (place == two)
                assert [one.archive for one in asked.copies((place, "a"))] == [place]
                assert f"archive={place!r})" in repr(hit)
            assert asked["z"] == asked[other, "z"] == {"id": "z"}
            assert asked.get((other, "a")) is None
            with pytest.raises(sl.UnknownKey, match="'a'"):
                asked[other, "a"]
    with sl.open(one) as archive:
        with pytest.raises(sl.ArgumentError, match="one archive: give 'a' alone, without 'x'"):
            archive.get(("x", "a"))  # type: ignore[arg-type]
        assert ("x", "a") not in archive and ("a", "b", "c") not in archive
