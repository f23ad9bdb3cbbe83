"""Threads that search one archive while another writes: their answers are those of one thread.

On a free-threaded Python they run at the same time, with nothing of searchlib or of what it needs
switching the interpreter lock on.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib import kernels
from tests.trust.world import SCHEMA, article

ROOT = Path(__file__).parent.parent.parent
HAS_LOCK = getattr(sys, "_is_gil_enabled", lambda: True)

#: One of each way to be run.
QUERIES: list[tuple[Any, dict[str, Any]]] = [
    ("rain", {}),
    ("rain storm coast", {"match": "any"}),
    ("election^2 bank", {"match": "best"}),
    ('"rain oslo"', {}),
    ('"rain oslo" =running -ran', {"match": "any"}),
    ("har* runn~1", {}),
    ("rain NEAR/3 oslo", {}),
    ("rain /s oslo", {}),
    ("section:world words:100..500", {"filters": {"topics": ["a"]}}),
    ("rain date:2012..2024", {"sort": "-date", "facets": ["section", "words", "date:month"]}),
    (wq.Or([wq.Term("body", "rain"), wq.Term("body", "oslo")], scale=0.5), {}),
]


def answer(archive: sl.Archive, number: int) -> str:
    query, options = QUERIES[number]
    results = archive.search(query, **options)
    hits = [(hit.id, hit.score, hit["title"], str(hit.snippet("body"))) for hit in results]
    return repr((results.total, hits, {name: list(rows) for name, rows in results.facets.items()}))


def search_beside_a_writer(path: Path, threads: int, commits: int) -> None:
    """What many threads are answered by one archive, of which another thread makes commits, is
    what one thread is answered after each of these."""
    expected: list[set[str]] = [set() for _ in QUERIES]
    done = threading.Event()

    def note() -> None:
        with sl.Archive.open(path) as own:  # which shares nothing with the others
            for number in range(len(QUERIES)):
                expected[number].add(answer(own, number))

    def ask(thread: int) -> list[tuple[int, str]]:
        seen, order, is_last = [], list(range(len(QUERIES))), False
        random.Random(thread).shuffle(order)
        while not is_last:
            is_last = done.is_set()
            seen += [(number, answer(archive, number)) for number in order]
        return seen

    with sl.Archive.create(path, SCHEMA) as archive, ThreadPoolExecutor(threads) as pool:
        archive.add([article(f"k{n}", 0, 40) for n in range(60)])
        note()
        asking = [pool.submit(ask, thread) for thread in range(threads)]
        try:
            for commit in range(1, commits + 1):
                archive.add([article(f"k{n}", commit, 40) for n in range(commit, commit + 20)])
                note()
                if commit % 3 == 2:
                    archive.delete([f"k{commit}"])
                    note()
                    archive.optimize()
                    note()
        finally:
            done.set()
        for thread in asking:
            for number, seen in thread.result():
                assert seen in expected[number], QUERIES[number]


@pytest.mark.parametrize(
    ("threads", "commits"), [(3, 1), pytest.param(6, 8, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("compiled", [True, False])
def test_threads_are_answered_as_one_is_beside_a_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, threads: int, commits: int
) -> None:
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    search_beside_a_writer(tmp_path / "archive", threads=threads, commits=commits)


SEARCH = """
import sys, tempfile
import searchlib as sl
with sl.Archive.create(tempfile.mkdtemp()) as archive:
    archive.add([{"id": 1, "title": "Rain", "body": "It rained.", "date": "2022-08-31"}])
    [hit] = archive.search("raining date:2022", facets=["section"])
    hit.snippet("body")
assert not sys._is_gil_enabled()
"""


@pytest.mark.skipif(HAS_LOCK(), reason="the interpreter lock is on here")
@pytest.mark.parametrize("compiled", ["on", "off"])
def test_nothing_switches_the_interpreter_lock_on(compiled: str) -> None:
    environment = {"SEARCHLIB_KERNELS": compiled, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", SEARCH], check=True, env=environment)
