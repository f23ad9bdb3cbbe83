"""A node that is killed while an archive with replicas is written and searched.

Three nodes are to be started by hand, of which the second is killed::

    nodes=$(.ci/opensearch start 3)
    SEARCHLIB_TEST_OPENSEARCH_NODES=$nodes python -m pytest -m slow tests/opensearch/test_nodes.py
    .ci/opensearch stop
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch.address import Address
from searchlib.opensearch.cluster import Cluster

from .conftest import new_index

NODES = [
    tuple(map(int, node.split(":")))
    for node in os.environ.get("SEARCHLIB_TEST_OPENSEARCH_NODES", "").split(",")
    if node
]
SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text())
COUNT = 16_000


@pytest.fixture
def address() -> Iterator[str]:
    if len(NODES) != 3:
        pytest.skip("three nodes by hand: SEARCHLIB_TEST_OPENSEARCH_NODES=what start 3 prints")
    yield from new_index(str(NODES[0][0]), "shards=3&replicas=1")


def articles() -> Iterator[dict[str, Any]]:
    for n in range(COUNT):
        yield {"id": n, "title": f"Rain {n}", "body": f"word{n % 700} " * 30}


@pytest.mark.slow
def test_nothing_is_lost_with_a_node(address: str) -> None:
    """Either a call says that the cluster was not reached, or its answer is whole."""
    sl.ClusterArchive.create(address, SCHEMA).close()
    cluster = Cluster(Address.parse(address))
    with sl.open(address) as archive:
        archive.add(row for row in articles() if row["id"] < COUNT // 2)
    _wait(cluster, "green")
    answers: list[int] = []
    errors: list[sl.SearchlibError] = []
    stopped = False

    def search() -> None:
        with sl.open(address) as archive:
            while not stopped:
                try:
                    answers.append(archive.count(f"rain AND {COUNT // 2 - 1}"))
                except sl.ArchiveUnreachable as error:
                    errors.append(error)

    searching = Thread(target=search)
    searching.start()
    reports = _load(address, lambda: os.kill(NODES[1][1], signal.SIGKILL))
    _wait(cluster, "yellow")
    time.sleep(1)
    stopped = True
    searching.join()
    print(f"{len(answers)} answers and {len(errors)} errors while searching; loads: {reports}")
    assert set(answers) == {1} and len(answers) > 5
    with sl.open(address) as archive:
        assert len(archive) == archive.count("rain") == COUNT
        assert sorted(map(int, archive)) == list(range(COUNT))
        assert archive.add(articles()).unchanged == COUNT
        problems = archive.check()
        assert problems == [] or "copies of shards work" in problems[0]


def _load(address: str, kill: Any) -> list[str]:
    """Add all articles, again where that was broken off; what became of each run."""
    reports = []

    def rows() -> Iterator[dict[str, Any]]:
        for row in articles():
            if row["id"] == COUNT * 3 // 4 and not reports:
                kill()
            yield row

    for _ in range(20):
        try:
            with sl.open(address) as archive:
                report = archive.add(rows())
            reports.append(f"{report.added} added, {report.unchanged} unchanged")
            return reports
        except sl.ArchiveUnreachable as error:
            reports.append(str(error))
            time.sleep(0.5)
    raise AssertionError(reports)


def _wait(cluster: Cluster, status: str) -> None:
    """Wait until the index has this state at least."""
    params = {"wait_for_status": status}  # half a minute
    path = f"/_cluster/health/{cluster.address.index}"
    assert not cluster._request("GET", path, None, params)["timed_out"]
