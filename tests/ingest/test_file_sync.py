"""An archive is kept in step with files: what is new, changed and gone, and what cannot be read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib.ingest.article import Rejected
from searchlib.ingest.file_sync import FileKeys, FileSync


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sl.Archive:
    (tmp_path / "news").mkdir()
    monkeypatch.chdir(tmp_path)
    return sl.Archive.create("archive", language="en")


def write(name: str, *lines: str) -> None:
    """Write a file; each time its time is another, however fast it comes."""
    path = Path("news", name)
    path.parent.mkdir(exist_ok=True)
    at = path.stat().st_mtime_ns + 10_000_000 if path.exists() else None
    path.write_text("".join(f"{line}\n" for line in lines))
    if at is not None:
        os.utime(path, ns=(at, at))


def article(key: str, title: str = "Rain") -> str:
    return json.dumps({"id": key, "title": title})


def outcome(report: sl.Report) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.deleted, report.skipped


def test_new_changed_and_gone(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"), article("a2"))
    write("b.html", "<title>Snow</title><p>It snowed.")
    write("c.jsonl", article("c1"), article("c2"))
    assert outcome(archive.sync(sl.read("news"))) == (5, 0, 0, 0, 0)
    assert outcome(archive.sync(sl.read("news"))) == (0, 0, 0, 0, 3)
    write("a.jsonl", article("a2", "Sun"), article("a3"))
    write("b.html", "<title>Snow</title><p>It snowed again.")
    report = archive.sync(sl.read("news"), keys=True)
    assert outcome(report) == (1, 2, 0, 1, 1)
    assert report.keys == {"added": ["a3"], "updated": ["a2", "news/b.html"]}
    Path("news/b.html").unlink()
    assert outcome(archive.sync(sl.read("news"))) == (0, 0, 0, 1, 2)
    assert sorted(archive) == ["a2", "a3", "c1", "c2"]


def test_all_is_read_again_from_the_start(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"))
    write("b.jsonl", article("b1"))
    archive.sync(sl.read("news"))
    archive.update("a1", title="Snow")
    assert outcome(archive.sync(sl.read("news"))) == (0, 0, 0, 0, 2)
    Path("news/b.jsonl").unlink()
    report = archive.sync(sl.read("news"), resume=False)
    assert outcome(report) == (0, 1, 0, 1, 0)
    assert archive["a1"]["title"] == "Rain"
    assert outcome(archive.sync(sl.read("news"))) == (0, 0, 0, 0, 1)


def test_keys_are_compared_as_they_are_stored(archive: sl.Archive) -> None:
    write("a.csv", "id,title", " 7 ,Rain", "Cafe\u0301,Snow", ",Sun")
    assert archive.sync(sl.read("news")).added == 3
    before = sorted(archive)
    report = archive.sync(sl.read("news", section="x"))  # all is read again
    assert (report.updated, report.deleted, sorted(archive)) == (3, 0, before)


def test_an_article_that_moves_to_another_file_stays(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"), article("a2"))
    write("b.jsonl", article("b1"))
    archive.sync(sl.read("news"))
    write("a.jsonl", article("a1"))
    write("b.jsonl", article("b1"), article("a2"))
    assert archive.sync(sl.read("news")).deleted == 0
    assert sorted(archive) == ["a1", "a2", "b1"]


def test_what_cannot_be_read_is_not_deleted(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"), article("a2"))
    write("b.jsonl", article("b1"))
    archive.sync(sl.read("news"))
    write("a.jsonl", article("a1"), '{"id": "a2", "title": [')
    write("b.jsonl", article("b2"))
    report = archive.sync(sl.read("news"))
    assert (report.deleted, report.not_deleted) == (1, "")  # b1 is gone; a2 may be what is damaged
    assert sorted(archive) == ["a1", "a2", "b2"]
    write("c.jsonl", "{")  # of which nothing is known
    write("b.jsonl", article("b3"))
    report = archive.sync(sl.read("news"))
    assert (report.deleted, report.not_deleted) == (0, "news/c.jsonl could not be read whole")
    Path("news/c.jsonl").unlink()
    assert archive.sync(sl.read("news")).deleted == 1
    assert sorted(archive) == ["a1", "a2", "b3"]


def test_most_of_it_is_not_deleted_unasked(archive: sl.Archive) -> None:
    write("a.jsonl", *(article(f"a{n}") for n in range(10)))
    archive.sync(sl.read("news"))
    write("a.jsonl", article("new"))
    with pytest.raises(sl.TooManyDeletes) as caught:
        archive.sync(sl.read("news"))
    assert (caught.value.deletes, caught.value.articles) == (10, 11)
    assert len(archive) == 11
    assert archive.sync(sl.read("news"), most_deleted=1).deleted == 10
    assert list(archive) == ["new"]


def test_articles_that_were_deleted_come_back(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"), article("a2"))
    archive.sync(sl.read("news"))
    archive.delete("a1")
    assert outcome(archive.sync(sl.read("news"))) == (1, 0, 1, 0, 0)


def test_other_options_read_all_again(archive: sl.Archive) -> None:
    write("a.jsonl", article("a1"))
    archive.sync(sl.read("news"))
    assert outcome(archive.sync(sl.read("news", section="world"))) == (0, 1, 0, 0, 0)
    Path("archive/sync.json").write_text("{damaged")
    assert outcome(archive.sync(sl.read("news", section="world"))) == (0, 0, 1, 0, 0)


def test_streams_cannot_be_kept_in_step(archive: sl.Archive) -> None:
    with pytest.raises(sl.ArgumentError, match="not streams"):
        archive.sync(sl.read("-"))
    with pytest.raises(sl.ArgumentTypeError, match=r"searchlib\.read"):
        archive.sync([{"id": "a"}])  # type: ignore[arg-type]


def test_a_large_file_is_read_again(archive: sl.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.ingest.file_sync._MAX_KEYS", 2)
    write("a.jsonl", *(article(f"a{n}") for n in range(3)))
    archive.sync(sl.read("news"))
    assert outcome(archive.sync(sl.read("news"))) == (0, 0, 3, 0, 0)


FILES = st.dictionaries(
    st.sampled_from("abcd"),
    st.dictionaries(st.sampled_from("uvwxyz"), st.integers(0, 3)),
    max_size=4,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FILES, min_size=1, max_size=4))
def test_the_archive_is_what_the_files_are(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, dict[str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("sync")
    news = folder / "news"
    news.mkdir()
    with sl.Archive.create(folder / "archive", language="en") as archive:
        for number, files in enumerate(steps, 1):
            for old in news.iterdir():
                old.unlink()
            wanted = {}
            (news / "always.jsonl").write_text("")
            for name, articles in files.items():
                path = news / f"{name}.jsonl"
                rows = [{"id": f"{name}{key}", "title": f"t{n}"} for key, n in articles.items()]
                path.write_text("".join(json.dumps(row) + "\n" for row in rows))
                # The same content has the same time, so that some files are not read.
                os.utime(path, (0, hash(str(articles)) % 10**6))
                wanted |= {row["id"]: row for row in rows}
            archive.sync(sl.read(news), most_deleted=1)
            assert {row["id"]: row for row in archive.export()} == wanted, number


def test_a_state_that_is_none_is_empty() -> None:
    for data in (b"", b"[]", b'{"a": 1}', b'{"a": ["x"]}', b"[" * 100_000):
        assert FileSync.from_bytes(data, lambda _: True).to_bytes() == b"{}"


def test_what_is_known_of_files(tmp_path: Path) -> None:
    """Of each its state and the keys of its articles, all of which the archive must still have."""
    path = tmp_path / "a.jsonl"
    path.write_text("x")
    name, status = str(path), os.stat(path)
    archive = {"a", "b"}

    def run(state: bytes, settings: str = "s") -> FileSync:
        sync = FileSync.from_bytes(state, archive.__contains__)
        sync.begin(settings)
        return sync

    sync = run(b"{}")
    keys = sync.begin_file(name, status)
    assert keys is not None
    for key in ("a", "b", ""):
        keys.note(object(), lambda item, key=key: key)
    sync.end_file(name, keys)
    assert (sync.seen, sync.skipped, sync.unread) == ({"a", "b"}, 0, [])
    state = sync.to_bytes()

    sync = run(state)
    assert sync.begin_file(name, status) is None
    assert (sync.seen, sync.skipped, sync.to_bytes()) == ({"a", "b"}, 1, state)
    assert run(state, "other").begin_file(name, status) is not None
    archive.discard("b")
    sync = run(state)
    keys = sync.begin_file(name, status)
    assert keys is not None
    assert (sync.skipped, sync.seen) == (0, set())

    # What could not be read may be among what was there.
    keys.note(Rejected("a:1", None, "no JSON"), lambda item: "never asked")
    sync.end_file(name, keys)
    assert (sync.seen, sync.unread) == ({"a", "b"}, [])
    archive.add("b")
    assert run(sync.to_bytes()).begin_file(name, status) is not None
    sync = run(b"{}")
    sync.end_file(name, FileKeys("state", ["a"], is_whole=False))
    assert (sync.seen, sync.unread, sync.to_bytes()) == ({"a"}, [name], b"{}")


@pytest.mark.parametrize("count", [1000, 1001])
def test_files_of_many_articles_are_read_each_time(tmp_path: Path, count: int) -> None:
    sync = FileSync({}, lambda key: True)
    sync.end_file(str(tmp_path / "a"), FileKeys("state", [str(n) for n in range(count)]))
    assert (sync.to_bytes() == b"{}") == (count == 1001)
    assert len(sync.seen) == count
