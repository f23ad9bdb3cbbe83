"""A stopped run is resumed from its checkpoints: nothing is read twice, nothing is left out."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index.manifest import read_manifest
from tests.trust.world import contents

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword())
PART = 2500  # chunks of text a commit, so that small runs have parts too


class Stopped(Exception):
    pass


@pytest.fixture(autouse=True)
def small_parts() -> Iterator[None]:
    with patch("searchlib.index.index_writer._MAX_CHUNKS", PART):
        yield


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as made:
        yield made


def write(path: Path, numbers: Iterable[int], text: str = "rain") -> Path:
    """A file with an article a line, compressed if its name says so."""
    rows = [{"id": f"k{n}", "title": f"{text} {n}", "body": f"onlyk{n}"} for n in numbers]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


def stop(archive: sl.Archive, paths: Any, after: int, **options: Any) -> None:
    """Add files, and stop after so many records."""

    def progress(seen: int) -> None:
        if seen >= after:
            raise Stopped

    files = paths if isinstance(paths, list) else [paths]
    with pytest.raises(Stopped):
        archive.add(sl.read(*files, **options), on_progress=progress)


def reading(archive: sl.Archive) -> int:
    """How many checkpoints the archive has: files read in part, or in a run that was stopped."""
    return len(read_manifest(Directory(archive.path)).commit_data)


def ids(archive: sl.Archive) -> list[str]:
    return sorted(record["id"] for record in archive.export())


def all_of(count: int) -> list[str]:
    return sorted(f"k{n}" for n in range(count))


@pytest.mark.parametrize("name", ["news.jsonl", "news.jsonl.gz"])
def test_a_stopped_run_is_resumed(archive: sl.Archive, tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name, range(3000))
    stop(archive, file, 2000)
    done = len(archive)
    assert 0 < done < 3000
    assert reading(archive) == 1
    report = archive.add(sl.read(file))
    assert report.accepted < 3000 - done + 256
    assert report.added == 3000 - done
    (where,) = report.resumed
    assert where.startswith(f"{file} at line ")
    assert int(where.split()[-1].replace(",", "")) == 3000 - report.accepted + 1
    assert ids(archive) == all_of(3000)
    assert reading(archive) == 0
    # The same again reads all and changes nothing.
    generation = archive.stats().generation
    report = archive.add(sl.read(file))
    assert (report.unchanged, report.accepted, report.resumed) == (3000, 3000, ())
    assert archive.stats().generation == generation


@pytest.mark.parametrize("name", ["news.jsonl", "news.jsonl.gz"])
def test_line_numbers_in_errors_are_right_after_resuming(
    archive: sl.Archive, tmp_path: Path, name: str
) -> None:
    rows: list[Any] = [{"id": f"k{n}", "title": "rain"} for n in range(3000)]
    rows[5] = rows[2700] = {"id": [], "title": "no key"}
    lines = [json.dumps(row) for row in rows]
    lines[100] = lines[2800] = "{half"
    lines[2750] = ""
    data = "\ufeff" + "\r\n".join(lines)
    packed = gzip.compress(data.encode()) if name.endswith("gz") else data.encode()
    (tmp_path / name).write_bytes(packed)
    stop(archive, tmp_path / name, 2000)
    report = archive.add(sl.read(tmp_path / name))
    assert report.resumed
    # Those of the part that is done are told by the same run once more, which reads all.
    assert [bad.where for bad in report.rejected] == [
        f"{tmp_path / name}:{n}" for n in (2701, 2801)
    ]
    assert len(archive) == 3000 - 5
    again = archive.add(sl.read(tmp_path / name))
    lines_ = [int(bad.where.rpartition(":")[2]) for bad in again.rejected]
    assert lines_ == [6, 101, 2701, 2801]


def test_a_plain_file_is_not_read_again(archive: sl.Archive, tmp_path: Path) -> None:
    file = write(tmp_path / "news.jsonl", range(30_000))
    with patch("searchlib.index.index_writer._MAX_CHUNKS", 20_000):
        stop(archive, file, 25_000)
    part = read_manifest(Directory(archive.path)).commit_data[0][3]
    raw = file.read_bytes()
    file_times = os.stat(file)
    # What was finished is overwritten, but for its last bytes: nobody looks there.
    file.write_bytes(b"?" * (part - 5000) + raw[part - 5000 :])
    os.utime(file, ns=(file_times.st_atime_ns, file_times.st_mtime_ns))
    report = archive.add(sl.read(file))
    assert not report.rejected
    assert ids(archive) == all_of(30_000)


@pytest.mark.parametrize("name", ["news.jsonl", "news.jsonl.gz"])
@pytest.mark.parametrize("how", ["longer", "touched", "replaced", "shorter", "told", "schema"])
def test_a_changed_file_is_read_from_its_start(
    archive: sl.Archive, tmp_path: Path, name: str, how: str
) -> None:
    file, options, count = write(tmp_path / name, range(3000)), {}, 3000
    stop(archive, file, 2000)
    seen, used = os.stat(file), archive
    if how == "longer":
        write(file, range(count := 3001))
    elif how == "touched":
        os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))
    elif how == "replaced":  # with the same size and time
        write(file, range(3000), "snow")
        os.truncate(file, seen.st_size)
        os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    elif how == "shorter":
        write(file, range(count := 300))
    elif how == "told":
        options = {"section": "weather"}
    elif how == "schema":
        used = sl.Archive.open(archive.path, sl.Schema(**dict(SCHEMA), words=sl.Number()))
    report = used.add(sl.read(file, **options))
    assert report.resumed == ()
    if how != "replaced":
        assert report.accepted == count
    elif file.suffix == ".jsonl":
        assert (report.accepted, used.count("snow")) == (3000, 3000)
    if how == "told":
        assert used.count("section:weather") == 3000
    assert reading(used) == 0
    if used is not archive:
        used.close()


def test_resume_can_be_turned_off(archive: sl.Archive, tmp_path: Path) -> None:
    file = write(tmp_path / "news.jsonl", range(3000))
    stop(archive, file, 2000)
    archive.delete(["k1"])
    report = archive.add(sl.read(file), resume=False)
    assert (report.accepted, report.resumed, reading(archive)) == (3000, (), 0)
    assert ids(archive) == all_of(3000)


def test_changes_between_the_runs_are_kept(archive: sl.Archive, tmp_path: Path) -> None:
    file = write(tmp_path / "news.jsonl", range(3000))
    stop(archive, file, 2000)
    archive.delete(["k1"])
    archive.add([{"id": "k2", "title": "newer"}])
    archive.optimize()
    writer = archive.whoosh.writer()
    writer.add_document(id="other", title="by Whoosh")
    writer.commit()
    assert archive.add(sl.read(file)).resumed
    assert sorted([*ids(archive), "k1"]) == sorted([*all_of(3000), "other"])
    record = archive.get("k2")
    assert record is not None
    assert record["title"] == "newer"


def test_an_emptied_archive_reads_all_files_again(archive: sl.Archive, tmp_path: Path) -> None:
    file = write(tmp_path / "news.jsonl", range(3000))
    stop(archive, file, 2000)
    archive.delete(query="*")
    assert archive.add(sl.read(file)).accepted == 3000
    assert ids(archive) == all_of(3000)


def test_finished_files_are_not_opened_again(archive: sl.Archive, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for n in range(1200):
        (folder / f"{n:04d}.txt").write_text(f"Rain number {n}\n\n(Wire) May 2, 2022\n\nWet.\n")
    stop(archive, folder, 1000)
    report = archive.add(sl.read(folder))
    assert report.accepted < 1200 - 256
    assert [text.split(maxsplit=2)[2] for text in report.resumed] == [
        "files that had been finished"
    ]
    assert len(archive) == 1200
    assert archive.add(sl.read(folder)).unchanged == 1200


def test_runs_do_not_disturb_each_other(archive: sl.Archive, tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", range(3000))
    two = write(tmp_path / "two.jsonl.gz", range(3000, 6000))
    stop(archive, one, 2000)
    stop(archive, two, 2000)
    assert reading(archive) == 2
    archive.add(sl.read(write(tmp_path / "three.jsonl", range(6000, 6010))))
    assert reading(archive) == 2
    assert archive.add(sl.read(two)).resumed
    assert archive.add(sl.read(one)).resumed
    assert reading(archive) == 0
    assert ids(archive) == all_of(6010)


def test_a_damaged_compressed_file_is_reported_again(archive: sl.Archive, tmp_path: Path) -> None:
    cut = write(tmp_path / "a.jsonl.gz", range(3000))
    os.truncate(cut, cut.stat().st_size - 100)
    other = write(tmp_path / "b.jsonl", range(3000, 6000))
    stop(archive, [cut, other], 5000)
    report = archive.add(sl.read(cut, other))
    assert len(report.resumed) == 2
    assert ["ends too early" in bad.why for bad in report.rejected] == [True, True][
        : len(report.rejected)
    ]
    assert report.rejected


def test_very_long_lines(archive: sl.Archive, tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    short = "".join(json.dumps({"id": f"k{n}", "body": "rain " * 8}) + "\n" for n in range(1500))
    file.write_text("x" * 50_000 + "\n" + short)
    with patch("searchlib.ingest.json_lines.MAX_RECORD", 40_000):
        stop(archive, file, 1000)
        report = archive.add(sl.read(file))
    assert report.resumed
    assert ids(archive) == all_of(1500)


def test_a_reader_that_was_started_is_continued_as_it_is(
    archive: sl.Archive, tmp_path: Path
) -> None:
    file = write(tmp_path / "news.jsonl", range(3000))
    stop(archive, file, 2000)
    found = sl.read(file)
    next(found)
    assert archive.add(found).accepted == 2999
    assert archive.add(iter([*sl.read(file)])).accepted == 3000
    assert reading(archive) == 1  # nobody knows what those were


HALF = 2500


def killed(path: Path, files: list[Path], moment: float | None) -> bool:
    """Add files in a child, and kill it then (None: never); False if it was done before that."""
    child = os.fork()
    if not child:
        try:
            with sl.Archive.open(path) as archive:
                archive.add(sl.read(*files))
            os._exit(0)
        finally:
            os._exit(1)
    if moment is not None:
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def run(tmp_path: Path, wanted: int) -> tuple[int, int]:
    """Kill runs until so many have gone on from a part that was there; how many records those
    read, of how many."""
    files = [
        write(tmp_path / "a.jsonl", range(HALF)),
        write(tmp_path / "b.jsonl.gz", range(HALF, 2 * HALF)),
    ]
    chance, resumed, read, every = random.Random(wanted), 0, 0, 0
    # How long a whole run takes here: kills come at any moment of it.
    sl.Archive.create(tmp_path / "whole", SCHEMA).close()
    started = time.monotonic()
    assert not killed(tmp_path / "whole", files, None)
    whole = time.monotonic() - started
    for number in range(20 * wanted):
        if resumed == wanted:
            break
        path = tmp_path / f"archive{number}"
        sl.Archive.create(path, SCHEMA).close()
        for _ in range(chance.randrange(1, 5)):
            if not killed(path, files, chance.uniform(0.1, 0.9) * whole):
                break
        with sl.Archive.open(path) as archive:
            before = len(archive)
            assert before == 0 or reading(archive) or before == 2 * HALF
            report = archive.add(sl.read(*files))
            assert report.rejected == []
            if 0 < before < 2 * HALF:
                resumed += 1
                read += report.accepted
                every += 2 * HALF
                assert report.resumed
                assert report.accepted < 2 * HALF
                assert report.added == 2 * HALF - before
                assert report.unchanged < 256
        assert sorted(contents(path)) == all_of(2 * HALF)
        assert reading(archive) == 0
    assert resumed == wanted
    return read, every


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")


@needs_fork
def test_kills(tmp_path: Path) -> None:
    read, every = run(tmp_path, 2)
    assert read < every


@needs_fork
@pytest.mark.slow
def test_many_kills(tmp_path: Path) -> None:
    read, every = run(tmp_path, 12)
    print(f"{read} of {every} records were read")
    assert read < every


def test_a_slow_run_is_committed_every_few_seconds(archive: sl.Archive, tmp_path: Path) -> None:
    file = write(tmp_path / "news.jsonl", range(3000))

    def stop(seen: int) -> None:
        if seen >= 2000:
            raise KeyboardInterrupt

    with (
        patch("searchlib.index.index_writer._MAX_SECONDS", 0.0),
        patch("searchlib.index.index_writer._MIN_CHUNKS", PART),
        pytest.raises(KeyboardInterrupt),
    ):
        archive.add(sl.read(file), on_progress=stop)
    kept = len(archive)
    assert 256 <= kept < 2000
    report = archive.add(sl.read(file))
    assert report.resumed
    assert report.accepted < 3000 - kept + 256
    assert ids(archive) == all_of(3000)
