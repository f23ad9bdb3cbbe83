"""Tests of searchlib/opensearch/archive.py."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

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


ADDRESS = "opensearch+http://localhost:9200/wire?shards=2&replicas=1"


class _Cluster:
    """An index without a node: its mapping, and what was asked of it."""

    indexes: ClassVar[dict[str, dict[str, Any]]] = {}

    def __init__(self, address: Address) -> None:
        self.address = address
        self.asked: list[tuple[Any, ...]] = []
        self.closed = 0

    def exists(self) -> bool:
        return self.address.index in self.indexes

    def call(self, method: str, path: str, body: Any = None, params: Any = None) -> Any:
        self.asked.append((method, path, body, params))
        name = self.address.index
        if (method, path) == ("PUT", ""):
            made = json.loads(json.dumps(body))
            made["mappings"]["dynamic"] = "false"
            self.indexes[name] = made
        elif (method, path) == ("PUT", "/_mapping"):
            self.indexes[name]["mappings"] |= json.loads(json.dumps(body))
        return {name: self.indexes[name]}

    def close(self) -> None:
        self.closed += 1

    def pinned(self) -> Any:
        return SimpleNamespace(pinned_of=self)


@pytest.fixture
def mappings(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The indexes of a cluster, by name."""
    monkeypatch.setattr("searchlib.opensearch.archive.Cluster", _Cluster)
    monkeypatch.setattr(_Cluster, "indexes", {})
    return _Cluster.indexes


SMALL = sl.Schema(id=sl.Key(), title=sl.Text(), section=sl.Keyword())


def test_the_index_of_an_archive(mappings: dict[str, dict[str, Any]]) -> None:
    made = sl.ClusterArchive.create(ADDRESS, SMALL, language="fr", zone="Asia/Tokyo", week_start=6)
    cluster: Any = made._cluster
    (method, path, body, params), *_ = cluster.asked
    assert (method, path, params) == ("PUT", "", {"wait_for_active_shards": "1"})
    assert body["settings"]["index"]["number_of_shards"] == 2
    assert body["mappings"]["dynamic"] is False
    meta = body["mappings"]["_meta"]["searchlib"]
    assert meta == {
        "format": 2, "schema": SMALL.to_json(), "analysis": 2,
        "settings": {"zone": "Asia/Tokyo", "week_start": 6, "day_first": None, "language": "fr"},
    }  # fmt: skip
    assert body["mappings"]["_source"] == {"includes": ["article", "digest"]}
    with pytest.raises(sl.ArchiveError, match="there is an index here already: open it, or name"):
        sl.ClusterArchive.create(ADDRESS)
    opened = sl.ClusterArchive.open(ADDRESS)
    for archive in (made, opened):
        assert (archive.schema, archive.language, archive.analysis_version) == (SMALL, "fr", 2)
        assert archive.settings == meta["settings"]
        assert archive.path == "opensearch+http://localhost:9200/wire"
        assert repr(archive) == f"ClusterArchive({archive.path!r})"
    assert [call[:2] for call in opened._cluster.asked] == [("GET", "/_mapping")]  # type: ignore[attr-defined]
    opened.close()
    assert opened._cluster.closed == 1  # type: ignore[attr-defined]
    opened._cluster.pinned = None  # type: ignore[assignment]
    for ask in (opened.check, opened.snapshot, opened.stats, lambda: len(opened),
                lambda: opened.add([]), lambda: opened.delete(["a"])):  # fmt: skip
        with pytest.raises(sl.SnapshotClosed, match="this archive was closed: open it again"):
            ask()


def test_fields_are_added_to_the_mapping(mappings: dict[str, dict[str, Any]]) -> None:
    sl.ClusterArchive.create(ADDRESS, SMALL, language="fr")
    more = sl.Schema(**SMALL.fields, words=sl.Number())
    archive = sl.ClusterArchive.open(ADDRESS, more)
    assert (archive.schema, archive.language) == (more, "fr")
    assert sl.ClusterArchive.open(ADDRESS).schema == more
    assert mappings["wire"]["mappings"]["_meta"]["searchlib"]["settings"]["language"] == "fr"
    with pytest.raises(sl.SchemaError):
        sl.ClusterArchive.open(ADDRESS, sl.Schema(id=sl.Key()))


def _changed(mappings: dict[str, Any], *path: str, to: Any = None) -> None:
    for name in path[:-1]:
        mappings = mappings[name]
    if to is None:
        del mappings[path[-1]]
    else:
        mappings[path[-1]] = to


@pytest.mark.parametrize(
    ("path", "to", "says"),
    [
        (("_meta",), None, "this is no archive of searchlib's: name another index"),
        (("_meta", "searchlib"), "x", "this is no archive of searchlib's"),
        (("_meta", "searchlib", "format"), 1, "this is no archive of searchlib's"),
        (("_meta", "searchlib", "format"), 3, "this is no archive of searchlib's"),
        (("_meta", "searchlib", "analysis"), 99, "its analysis is not known here: use a newer"),
        (("_meta", "searchlib", "schema"), [], "its analysis is not known here"),
        (("_meta", "searchlib", "settings", "zone"), "Mars", "its analysis is not known here"),
        (("dynamic",), "true", "someone has changed its mapping: make it anew"),
        (("properties", "f"), None, "someone has changed its mapping"),
        (("properties", "more"), {}, "someone has changed its mapping"),
        (("properties", "f", "properties", "section"), None, "the mapping of section: make it"),
        (("properties", "f", "properties", "section", "properties", "value"), {"type": "text"},
         "someone has changed the mapping of section"),
    ],
)  # fmt: skip
def test_indexes_that_are_not_as_they_were_made(
    mappings: dict[str, dict[str, Any]], path: tuple[str, ...], to: Any, says: str
) -> None:
    sl.ClusterArchive.create(ADDRESS, SMALL)
    _changed(mappings["wire"]["mappings"], *path, to=to)
    with pytest.raises(sl.ArchiveError, match=f"localhost:9200/wire: .*{says}") as raised:
        sl.ClusterArchive.open(ADDRESS)
    assert raised.value.path == "opensearch+http://localhost:9200/wire"


@pytest.mark.parametrize(
    ("states", "problems"),
    [
        (["STARTED"] * 4, []), (["STARTED"] * 3, ["3 of 4 copies of shards work"]),
        (["STARTED", "STARTED", "STARTED", "RELOCATING"], ["3 of 4 copies of shards work"]),
        ([], ["0 of 4 copies of shards work"]),
    ],
)  # fmt: skip
def test_copies_of_shards(
    mappings: dict[str, dict[str, Any]], states: list[str], problems: list[str]
) -> None:
    archive = sl.ClusterArchive.create(ADDRESS, SMALL)
    copies = [{"state": state} for state in states]
    answers = {
        "/_search_shards": {"shards": [copies[:2], copies[2:]]},
        "/_settings": {"wire": {"settings": {"index": {
            "number_of_shards": "2", "number_of_replicas": "1"}}}},
    }  # fmt: skip
    archive._cluster.call = lambda method, path: answers[path]  # type: ignore[assignment]
    assert archive.check() == problems


class _View:
    """What an archive asks of its view."""

    def __init__(self, cluster: Any, schema: Any, dates: Any, limits: Any, settings: Any) -> None:
        self.cluster, self.schema, self.dates, self.limits = cluster, schema, dates, limits
        self.settings, self.unpinned = settings, 0

    def live_count(self) -> int:
        return 7

    def field_stats(self) -> tuple[Any, ...]:
        return ()

    def unpin(self) -> None:
        self.unpinned += 1

    def records(self) -> Any:
        return iter([{"id": "a"}])

    def keys(self) -> Any:
        return iter(["a"])


def test_what_an_archive_asks_of_its_view(
    mappings: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.opensearch.archive.ClusterView", _View)
    limits = sl.Limits(articles_read=3)
    sl.ClusterArchive.create(ADDRESS, SMALL, zone="Asia/Tokyo")
    archive = sl.ClusterArchive.open(ADDRESS, limits=limits)
    view = archive._current()
    assert (view.cluster, view.schema, view.limits) == (archive._cluster, SMALL, limits)
    assert view.settings == archive._settings
    assert str(view.dates.zone) == "Asia/Tokyo"
    assert isinstance(sl.ClusterArchive.open(ADDRESS)._current().limits, sl.Limits)
    assert (len(archive), list(archive.export())) == (7, [{"id": "a"}])
    primaries = {"docs": {"deleted": 2}, "segments": {"count": 3}, "store": {"size_in_bytes": 4}}
    monkeypatch.setattr(
        archive._cluster, "call", lambda method, path: {"_all": {"primaries": primaries}}
    )
    assert archive.stats() == sl.Stats(7, 2, 3, 4, 0, ())
    snapshot: Any = archive.snapshot()
    assert snapshot._view.cluster.pinned_of is archive._cluster
    assert (len(snapshot), snapshot.schema) == (7, SMALL)
    for one in (archive, snapshot):
        for name in ("generation", "copies", "most_copied"):
            with pytest.raises(sl.NotSupported):
                getattr(one, name)
    for name in ("optimize", "watch", "whoosh"):
        with pytest.raises(sl.NotSupported, match=name):
            getattr(archive, name)
    with pytest.raises(AttributeError, match="ClusterArchive has no attribute 'nothing'"):
        archive.nothing  # noqa: B018
    with pytest.raises(sl.NotSupported, match="bytes and segments are those of now: ask the"):
        snapshot.stats()
    snapshot.close()
    snapshot.close()
    assert snapshot._view.unpinned == 1
    with pytest.raises(sl.SnapshotClosed, match="this snapshot was closed: take a new one"):
        len(snapshot)


class _Writer:
    """Notes what is written, and keeps it."""

    made: ClassVar[list[_Writer]] = []

    def __init__(self, cluster: Any, schema: Any, zone: Any, *, names_language: bool) -> None:
        self.arguments = (cluster, schema, str(zone), names_language)
        self.deleted: list[Any] = []
        self.made.append(self)

    def delete(self, keys: Any) -> int:
        self.deleted += keys
        return len(self.deleted)


def test_what_an_archive_asks_of_its_writer(
    mappings: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.opensearch.archive.ClusterWriter", _Writer)
    monkeypatch.setattr(_Writer, "made", [])
    for language in ("fr", None):
        mappings.clear()
        archive = sl.ClusterArchive.create(ADDRESS, SMALL, language=language)
        assert archive.delete(["a", "b"]) == 2
        writer = _Writer.made[-1]
        assert writer.deleted == ["a", "b"]
        assert writer.arguments == (archive._cluster, SMALL, "UTC", language is not None)
    view = SimpleNamespace(matching_keys=lambda request: [request.query, "x"])
    monkeypatch.setattr(archive, "_view", lambda: view)
    assert archive.delete(query="rain") == 2
    assert _Writer.made[-1].deleted == ["rain", "x"]
    with pytest.raises(sl.ArgumentTypeError, match="delete takes either keys or a query"):
        archive.delete(["a"], query="rain")
    mappings["wire"]["mappings"]["_meta"]["searchlib"]["analysis"] = 1
    earlier = sl.ClusterArchive.open(ADDRESS)
    with pytest.raises(sl.NotSupported, match="its texts were cut by earlier rules: add them to a"):
        earlier.delete(["a"])


def test_what_is_added_is_reported(
    mappings: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = sl.ClusterArchive.create(ADDRESS, SMALL)
    monkeypatch.setattr(archive, "_writer", lambda: "a writer")
    runs: list[Any] = []

    class Run:
        def __init__(self, writer: Any, articles: Any, **options: Any) -> None:
            self.asked = [writer, list(articles), options]
            self.seen = 5
            runs.append(self.asked)

        def add_all(self, articles: Any, on_progress: Any) -> None:
            self.asked.append(on_progress)

        def report(self, took: float) -> Any:
            assert 0 <= took < 60
            return "a report"

        def close(self) -> None:
            self.asked.append("closed")

    monkeypatch.setattr("searchlib.opensearch.archive.IndexingRun", Run)
    seen: list[int] = []
    assert archive.add([{"id": "a"}], on_progress=seen.append, keys=True) == "a report"
    assert runs == [
        ["a writer", [{"id": "a"}], {"resume": True, "keys": True}, seen.append, "closed"]
    ]
    assert seen == [5]
    monkeypatch.setattr(
        type(archive), "__getitem__", lambda self, key: {"id": key, "title": "Rain", "section": "x"}
    )
    assert archive.update("a", title="Snow", section=None) == "a report"
    assert runs[-1][1] == [{"id": "a", "title": "Snow"}]
    with pytest.raises(sl.ArgumentError, match="the id of an article cannot be changed"):
        archive.update("a", id="b")
    with pytest.raises(sl.ArgumentTypeError):
        archive.add("rain")  # type: ignore[arg-type]


def test_an_archive_remembers_what_a_sync_has_read(
    mappings: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.opensearch.archive.ClusterView", _View)
    archive, asked = sl.ClusterArchive.create(ADDRESS, SMALL), list[Any]()

    def keep_in_step(*arguments: Any, **options: Any) -> Any:
        asked.append((arguments, options))
        return f"report {len(asked)}", b"read"

    monkeypatch.setattr("searchlib.opensearch.archive.keep_in_step", keep_in_step)
    reader: Any = object()
    assert archive.sync(reader) == "report 1"
    assert archive.sync(reader, most_deleted=1.0, resume=False, keys=True) == "report 2"
    plain = {"most_deleted": 0.5, "on_progress": None, "timeout": 10.0, "resume": True,
             "keys": False}  # fmt: skip
    other = {**plain, "most_deleted": 1.0, "resume": False, "keys": True}
    assert asked == [
        ((archive, reader, b"{}", {"a"}), plain), ((archive, reader, b"read", {"a"}), other)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["create", "open", "add", "update", "sync", "delete", "search"])
def test_what_is_not_said_is_as_in_a_folder(name: str) -> None:
    of_folder = inspect.signature(getattr(sl.Archive, name)).parameters
    of_cluster = inspect.signature(getattr(sl.ClusterArchive, name)).parameters
    defaults = {one: of_cluster[one].default for one in of_cluster if one != "address"}
    assert defaults == {one: of_folder[one].default for one in defaults}
    assert defaults
