"""Tests of searchlib/opensearch/archive.py."""

from __future__ import annotations

import pytest

import searchlib as sl
from searchlib.opensearch.address import Address
from searchlib.opensearch.cluster import Cluster


def test_an_archive_is_made_once_and_opened(address: str) -> None:
    with sl.ClusterArchive.create(address, language="fr", zone="Europe/Paris") as archive:
        assert archive.add([{"id": 1, "title": "Les maisons"}]).added == 1
    with pytest.raises(sl.ArchiveError, match="an index here already"):
        sl.ClusterArchive.create(address)
    with sl.open(address) as same:
        assert (same.language, same.schema, len(same)) == ("fr", sl.NEWS, 1)
        assert same.count("maison") == 1 and same.check() == [] and same.stats().articles == 1
        assert "?" not in same.path and same.analysis_version == 2
    with pytest.raises(sl.SnapshotClosed):
        same.search("maison")


def test_settings_that_cannot_be_are_refused_before_anything_is_asked() -> None:
    for settings in ({"zone": "Mars"}, {"week_start": 9}, {"language": "none-such"}):
        with pytest.raises(sl.ArgumentError):
            sl.ClusterArchive.create("opensearch+http://localhost:1/wire", **settings)  # type: ignore[arg-type]


def test_a_mapping_that_was_changed_is_said(address: str) -> None:
    sl.ClusterArchive.create(address).close()
    cluster = Cluster(Address.parse(address))
    cluster.call("PUT", "/_mapping", {"properties": {"more": {"type": "keyword"}}})
    with pytest.raises(sl.ArchiveError, match="someone has changed its mapping"):
        sl.open(address)


def test_an_index_of_others_is_no_archive(address: str) -> None:
    Cluster(Address.parse(address)).call("PUT", "")
    with pytest.raises(sl.ArchiveError, match="no archive of searchlib"):
        sl.open(address)
