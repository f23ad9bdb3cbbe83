"""A node of OpenSearch for the tests that need one: ``.ci/opensearch start``, and its port in
SEARCHLIB_TEST_OPENSEARCH."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import searchlib as sl
from searchlib.opensearch.address import Address
from searchlib.opensearch.cluster import Cluster
from tests.opensearch.stand_in import StandIn

PORT = os.environ.get("SEARCHLIB_TEST_OPENSEARCH", "")


@pytest.fixture
def address() -> Iterator[str]:
    """The address of an index that is not there, and is taken away afterwards."""
    if not PORT:
        pytest.skip("no OpenSearch: .ci/opensearch start, and SEARCHLIB_TEST_OPENSEARCH=its port")
    yield from new_index(PORT, "shards=2")


def new_index(port: str, options: str) -> Iterator[str]:
    """The address of an index of a node that is not there, and is taken away afterwards."""
    pytest.importorskip("opensearchpy")
    name = f"opensearch+http://127.0.0.1:{port}/test-{uuid4().hex}?{options}"
    yield name
    cluster = Cluster(Address.parse(name))
    if cluster.exists():
        cluster.call("DELETE", "")
    cluster.close()


@pytest.fixture
def pair(address: str, tmp_path: Path) -> Iterator[Callable[..., tuple[Any, Any]]]:
    """Makes an archive in a folder and one on the cluster, of the same articles."""
    yield from _pairs(address, tmp_path)


@pytest.fixture
def pair_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Any, Any]]]:
    """The same, with a stand-in for the cluster."""
    monkeypatch.setattr("searchlib.opensearch.archive.Cluster", StandIn)
    yield from _pairs("opensearch+http://localhost/wire", tmp_path)


def _pairs(address: str, tmp_path: Path) -> Iterator[Callable[..., tuple[Any, Any]]]:
    archives: list[Any] = []

    def make(schema: sl.Schema, rows: list[Any], **settings: Any) -> tuple[Any, Any]:
        archives.append(sl.Archive.create(tmp_path / "folder", schema, **settings))
        archives.append(sl.ClusterArchive.create(address, schema, **settings))
        for archive in archives:
            archive.add(rows)
        return archives[0], archives[1]

    yield make
    for archive in archives:
        archive.close()
