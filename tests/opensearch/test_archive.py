"""Tests of searchlib/opensearch/archive.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    for call in (
        lambda: same.search("maison"), lambda: same.add([{"id": 2}]), lambda: same.delete(["1"]),
        same.snapshot, lambda: same["1"], same.check,
    ):  # fmt: skip
        with pytest.raises(sl.SnapshotClosed):
            call()


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


def test_a_snapshot_does_not_change(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.opensearch.view._PAGE", 2)
    with sl.ClusterArchive.create(address) as archive:
        archive.add([{"id": n, "title": "Rain", "section": "a"} for n in range(5)])
        with archive.snapshot() as before:
            archive.delete(["0", "1"])
            archive.add([{"id": "x", "title": "Rains again", "section": "b"}])
            assert (len(before), len(archive)) == (5, 4)
            assert before.count("rain") == 5 and before.suggest("again") == []
            assert before.suggest("rai") == ["rain"] and before.did_you_mean("rian") == "rain"
            assert [hit.id for hit in before.search("rain", limit=3).next()] == ["3", "4"]
            assert list(before) == list("01234") == [row["id"] for row in before.export()]
            assert before.search("rain", facets="section").facets["section"] == [("a", 5)]
            assert "x" not in before and before["0"]["title"] == "Rain"
            pinned = before._view._cluster  # type: ignore[attr-defined]
            assert pinned.pinned() is pinned
            assert before.explain("rain", "0").matched and before.schema == archive.schema
            for name in ("generation", "stats"):
                with pytest.raises(sl.NotSupported, match=name):
                    getattr(before, name)() if name == "stats" else before.generation
            archive._cluster._request("DELETE", "/_search/point_in_time/_all", None, None)
            with pytest.raises(sl.ArchiveError, match="took too long"):
                before.search("rain")
        with pytest.raises(sl.SnapshotClosed):
            before.search("rain")
        before.close()


def test_fields_are_added(address: str) -> None:
    old = sl.Schema(id=sl.Key(), title=sl.Text())
    new = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword())
    with sl.ClusterArchive.create(address, old, language="fr") as archive:
        archive.add([{"id": "a", "title": "Les maisons"}])
    with sl.open(address, new) as archive:
        assert archive.schema == new and archive.count("section:news") == 0
        found = archive.search("maison", sort="section", facets="section")
        assert (found.total, found.facets["section"].missing) == (1, 1)
        archive.add([{"id": "b", "title": "Neige", "body": "Une maison", "section": "News"}])
    with sl.open(address) as archive:
        assert archive.schema == new and archive.count("maison") == 2
        assert archive.count("section:news") == 1 and archive.language == "fr"
    with pytest.raises(sl.SchemaError, match="title"):
        sl.open(address, sl.Schema(id=sl.Key(), title=sl.Keyword()))


def test_an_index_of_others_is_no_archive(address: str) -> None:
    Cluster(Address.parse(address)).call("PUT", "")
    with pytest.raises(sl.ArchiveError, match="no archive of searchlib"):
        sl.open(address)


def test_in_a_set_with_a_folder(pair: Any) -> None:
    """Two archives of the same articles: all is found twice, and ranks alternate."""
    rows = [
        {"id": f"a{n}", "title": "Rain" if n % 2 else "Snow", "date": f"2024-0{n % 9 + 1}-11",
         "section": "arts" if n % 3 else "World"}
        for n in range(12)
    ]  # fmt: skip
    folder, cluster = pair(sl.NEWS, rows)
    with sl.open_many([folder.path, cluster.path]) as archives:
        assert len(archives) == 24
        assert set(archives.stats_of_each()) == {folder.path, cluster.path}
        results = archives.search("rain", facets=["section", "date:month"], limit=None)
        assert results.total == 12
        assert [hit.archive for hit in results] == [folder.path, cluster.path] * 6
        whole = folder.search("rain", facets=["section", "date:month"])
        for name, counts in whole.facets.items():
            assert dict(results.facets[name]) == {value: 2 * n for value, n in counts}
        dates = [hit["date"] for hit in archives.search("rain", sort="-date", limit=None)]
        assert dates == sorted(dates, reverse=True)
        assert [hit.id for hit in archives.search("*", sort="id", limit=4)] == [
            "a0",
            "a0",
            "a1",
            "a1",
        ]
        hit = results[1]
        assert archives[hit] == cluster[hit.id]
        assert archives.explain("rain", hit).matched
        assert len(archives.similar(hit)) == 5
        assert archives.count("rain") == 12
        rows_by_month = archives.timeline(["rain"]).to_dicts()
        assert sum(row["rain"] for row in rows_by_month) == 12
        with archives.snapshot() as snapshot:
            cluster.delete(["a1"])
            assert snapshot.count("rain") == 12
        assert archives.count("rain") == 11


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    pytest.importorskip("opensearchpy")
    with sl.Archive.create(tmp_path / "folder") as archive:
        archive.add([{"id": "a", "title": "Rain"}])
    away = "opensearch+http://127.0.0.1:9/wire"
    with sl.open_many([tmp_path / "folder", away]) as archives:
        assert isinstance(archives.missing[away], sl.ArchiveUnreachable)
        results = archives.search("rain")
        assert results.total == 1
        assert results.notes == [f"partial: {away} is left out: its cluster does not answer"]
    with pytest.raises(sl.ArchiveUnreachable):
        sl.open_many([tmp_path / "folder", away], partial=False)
