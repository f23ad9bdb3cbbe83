"""Readers search while a writer commits: each sees one commit, and all handles are released."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

import searchlib as sl
from tests.trust.world import SCHEMA, WORDS, contents, handles, leftovers, maps

GROUP = 40


def version(number: int) -> list[dict[str, object]]:
    """All articles at one version: every commit replaces every article."""
    word = WORDS[number % len(WORDS)]
    return [
        {"id": f"k{n}", "body": f"always {word}", "words": number, "section": f"s{number}"}
        for n in range(GROUP)
    ]


def read(archive: sl.Archive, stop: threading.Event, errors: list[BaseException]) -> int:
    """Search until ``stop`` is set; every answer must be of one commit."""
    seen, last = 0, -1
    try:
        while not stop.is_set():
            with archive.snapshot() as snapshot:
                found = snapshot.search("always", limit=GROUP, facets=["section"])
                time.sleep(0.001)
                numbers = {hit["words"] for hit in found}
                assert found.total == GROUP
                assert len(numbers) == 1, "a mixed answer"
                number = numbers.pop()
                assert list(found.facets["section"]) == [(f"s{number}", GROUP)]
                assert number >= last, "an older commit than before"
                assert snapshot.search(WORDS[number % len(WORDS)]).total == GROUP
                assert {r["words"] for r in snapshot.export()} == {number}
                seen, last = seen + 1, number
            assert archive.search("always", limit=0).total == GROUP
    except BaseException as error:
        errors.append(error)
    return seen


def read_while_writing(path: Path, seconds: float, least: int) -> int:
    """Read in threads, through a shared archive and others, while one writes for so long and at
    least so often; how many commits were made."""
    gc.collect()
    before = handles()
    errors: list[BaseException] = []
    stop = threading.Event()
    with sl.Archive.create(path, SCHEMA) as archive, sl.Archive.open(path) as second:
        archive.add(version(0))
        threads = [
            threading.Thread(target=read, args=(view, stop, errors))
            for view in (archive, second, second)
        ]
        for thread in threads:
            thread.start()
        end, number = time.monotonic() + seconds, 0
        old = archive.snapshot()
        try:
            while (time.monotonic() < end or number <= least) and not errors:
                number += 1
                archive.add(version(number))
                if number % 10 == 0:
                    archive.optimize()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not errors, errors[0]
        assert {record["words"] for record in old.export()} == {0}  # its files are long gone
        assert old.search(WORDS[0]).total == GROUP
        old.close()
        with pytest.raises(sl.SnapshotClosed):
            old.search("always")
    gc.collect()
    assert handles() == before
    assert maps(path) == []
    assert {record["words"] for record in contents(path, words=False).values()} == {number}
    assert leftovers(path) == []
    return number


def test_readers_beside_a_writer(tmp_path: Path) -> None:
    assert read_while_writing(tmp_path / "archive", 3, least=10) > 10


@pytest.mark.slow
def test_readers_beside_a_writer_for_a_minute(tmp_path: Path) -> None:
    assert read_while_writing(tmp_path / "archive", 60, least=200) > 200


def test_refresh_is_cheap(tmp_path: Path) -> None:
    """A search after a commit opens what is new and no more."""
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([{"id": f"k{n}", "body": "rain " * 200} for n in range(2000)])
        archive.search("rain")
        took = []
        for number in range(10):
            archive.add([{"id": f"n{number}", "body": "sun"}])
            started = time.perf_counter()
            assert archive.search("sun").total == number + 1
            took.append(time.perf_counter() - started)
        assert sorted(took)[5] < 0.05
